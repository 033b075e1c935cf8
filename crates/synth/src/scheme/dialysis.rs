//! Dialysis more often than anybody needs it.

use super::Role::{Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::RENAL;
use crate::life::clinic;
use crate::place::Kind;

const SESSIONS: &str = "M027";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(SESSIONS, "five-a-week", Hit, ADULT, 10, |s| week(s, &[0, 1, 2, 3, 4], 1)),
    scheme(SESSIONS, "twice-a-day", Hit, ADULT, 10, |s| week(s, &[0, 2, 4], 2)),
    scheme(SESSIONS, "three-a-week", Near, ADULT, 10, |s| week(s, &[0, 2, 4], 1)),
    scheme(SESSIONS, "four-a-week", Near, ADULT, 10, |s| week(s, &[0, 1, 3, 5], 1)),
];

/// Sessions on these days of one week, the last of them so many times.
fn week(scene: &mut Scene<'_>, days: &[i32], last: i64) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    // 1970-01-01 was a Thursday.
    let monday = scene.day.plus(7 - (scene.day.0 + 3).rem_euclid(7));
    let mut kept = None;
    for (turn, day) in days.iter().enumerate() {
        let mut visit = clinic(scene.world, scene.dice, scene.year, place, &RENAL, monday.plus(*day));
        (visit.med_type, visit.dise_no) = ("14", "M07800");
        let units = if turn + 1 == days.len() { last } else { 1 };
        let sn = scene.bill_later(&mut visit, "血液透析", 1800, units)?;
        if let Some((earlier, _)) = kept.replace((visit, sn)) {
            scene.year.keep(earlier);
        }
    }
    let (visit, sn) = kept?;
    let excess = scene.price("血液透析");
    scene.note(visit, &[sn], Some(excess));
    Some(())
}
