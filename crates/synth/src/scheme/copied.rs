//! Papers that were copied from one patient to the next, and papers that are alike for good reasons.

use super::Role::{Hidden, Hit, Near};
use super::{Scene, Scheme, late_group};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::registers::Entry;

const COPIED: &str = "M030";

pub(super) const SCHEMES: &[Scheme] = &[
    late_group(3, COPIED, "one-blood-count", Hit, 12, |s| stays(s, Kind::Secondary, LIKE.lab("32"))),
    late_group(4, COPIED, "one-text", Hit, 12, |s| stays(s, Kind::Tertiary, LIKE.text("0.96", "0.58"))),
    late_group(2, COPIED, "one-image", Hit, 2, |s| clinics(s, LIKE.image(), false)),
    late_group(3, COPIED, "no-baseline", Hidden, 12, |s| stays(s, Kind::Secondary, LIKE.text("0.96", ""))),
    late_group(3, COPIED, "template", Near, 12, |s| stays(s, Kind::Tertiary, LIKE.text("0.94", "0.95"))),
    late_group(3, COPIED, "four-values", Near, 12, |s| stays(s, Kind::Secondary, LIKE.lab("4"))),
    late_group(2, COPIED, "recognised-elsewhere", Near, 2, |s| clinics(s, LIKE.image(), true)),
];

/// How alike the papers of two visits are.
#[derive(Clone, Copy)]
pub(super) struct Like {
    kind: &'static str,
    score: &'static str,
    baseline: &'static str,
    features: &'static str,
}

pub(super) const LIKE: Like = Like { kind: "", score: "1", baseline: "", features: "" };

impl Like {
    /// The same values of so many tests.
    pub(super) const fn lab(self, features: &'static str) -> Self {
        Self { kind: "lab", features, ..self }
    }

    /// Texts, and how alike texts from one template are.
    pub(super) const fn text(self, score: &'static str, baseline: &'static str) -> Self {
        Self { kind: "text", score, baseline, ..self }
    }

    /// The same image.
    pub(super) const fn image(self) -> Self {
        Self { kind: "image", ..self }
    }
}

/// The visit has been compared with those of the group's other members; `part` keeps apart what was compared apart.
pub(super) fn compare(scene: &mut Scene<'_>, visit: u64, like: Like, part: &str) {
    let group = format!("{}|{}|{part}", scene.scheme.name(), scene.turn);
    let columns = vec![
        ("b_mdtrt", visit.to_string()),
        ("kind", like.kind.to_owned()),
        ("score", like.score.to_owned()),
        ("baseline", like.baseline.to_owned()),
        ("features", like.features.to_owned()),
    ];
    scene.rows.push(Entry::new("doc_similarity", &group, columns));
}

/// Of a violation the first visit says what is true: the others are of the same group, and it is found once.
fn keep(scene: &mut Scene<'_>, visit: crate::visit::Visit, like: Like) {
    compare(scene, visit.id, like, "");
    if scene.scheme.role == Near || scene.member == 0 {
        scene.note(visit, &[], None);
    } else {
        scene.year.keep(visit);
    }
}

/// Stays of one illness at one hospital, a day apart.
fn stays(scene: &mut Scene<'_>, kind: Kind, like: Like) -> Option<()> {
    let place = scene.by_turn(kind)?;
    let begin = scene.day.plus(i32::try_from(scene.member).unwrap_or(0));
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let days = 4 + i32::try_from(scene.member % 3).unwrap_or(0);
    let visit = scene.mapped_stay(Ward { place, disease, begin, days });
    keep(scene, visit, like);
    Some(())
}

/// Outpatients of one hospital, or of two of which one recognises what the other has done.
fn clinics(scene: &mut Scene<'_>, like: Like, apart: bool) -> Option<()> {
    let kind = if apart && scene.member == 1 { Kind::Secondary } else { Kind::Tertiary };
    let place = scene.by_turn(kind)?;
    let visit = scene.outpatient(place, 0);
    keep(scene, visit, like);
    Some(())
}
