//! Hospitals that agreed to use so much of a product bought in bulk, and use its dear namesake. What each used is counted here;
//! what it had agreed to is set when all have been counted.

use std::collections::BTreeMap;

use claims::Day;

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::place::Kind;
use crate::registers::Entry;
use crate::truth::{Expect, Truth};
use crate::visit::{ONE, Visit};
use crate::world::World;

const AGREED: &str = "L000000-001";

/// The product bought in bulk, its namesake of the same substance, and the beginning of both codes.
const CHOSEN: &str = "阿哌沙班片（集采中选）";
const OTHER: &str = "阿哌沙班片（未中选）";
const SUBSTANCE: &str = "XB01AFL042A";

/// Where each scheme is played, in order: what is true of a hospital depends on its kind alone.
const KINDS: [Kind; 6] = [Kind::Secondary, Kind::Township, Kind::Unrated, Kind::Tertiary, Kind::Tcm, Kind::Community];

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(AGREED, "half-of-it-and-the-namesake", Hit, ADULT, 2, |s| prescribed(s, KINDS[0], 2, 4)),
    scheme(AGREED, "namesake-only", Hit, ADULT, 2, |s| prescribed(s, KINDS[1], 0, 4)),
    scheme(AGREED, "period-goes-on", Hidden, ADULT, 2, |s| prescribed(s, KINDS[2], 1, 4)),
    scheme(AGREED, "as-agreed", Near, ADULT, 2, |s| prescribed(s, KINDS[3], 3, 3)),
    scheme(AGREED, "a-few-exceptions", Near, ADULT, 2, |s| prescribed(s, KINDS[4], 9, 2)),
    scheme(AGREED, "fewer-patients", Near, ADULT, 2, |s| prescribed(s, KINDS[5], 3, 0)),
];

/// Boxes of either product for one patient. What is true of the hospital is noted when its use has been counted.
fn prescribed(scene: &mut Scene<'_>, kind: Kind, chosen: i64, other: i64) -> Option<()> {
    let place = scene.hospital(kind);
    let mut visit = scene.outpatient(place, 0);
    visit.diags.push(("I48.000", "心房颤动"));
    for (name, boxes) in [(CHOSEN, chosen), (OTHER, other)] {
        if boxes > 0 {
            let sn = scene.bill_later(&mut visit, name, 3000, boxes)?;
            visit.line(sn).rx = 1;
        }
    }
    scene.year.keep(visit);
    Some(())
}

/// Procurement（带量采购）: boxes used within the period, by hospital.
#[derive(Debug)]
pub(crate) struct Procurement {
    chosen: Option<usize>,
    other: Option<usize>,
    /// The full months between the first and the last of the city.
    period: (Day, Day),
    used: BTreeMap<usize, (i64, i64)>,
}

impl Procurement {
    pub(crate) fn new(world: &World) -> Self {
        let period = (world.first.plus(31).month_start(), world.last.month_start().plus(-1));
        let named = |name: &str| world.catalogue.named(name);
        Self { chosen: named(CHOSEN), other: named(OTHER), period, used: BTreeMap::new() }
    }

    /// Counts what a visit used.
    pub(crate) fn count(&mut self, visit: &Visit) {
        for line in visit.lines.iter().filter(|line| line.at.day() >= self.period.0 && line.at.day() <= self.period.1) {
            let (chosen, other) = (Some(line.item) == self.chosen, Some(line.item) == self.other);
            if chosen || other {
                let used = self.used.entry(visit.place).or_default();
                used.0 += if chosen { line.cnt / ONE } else { 0 };
                used.1 += if other { line.cnt / ONE } else { 0 };
            }
        }
    }

    /// What each hospital had agreed to, and what is true of it. What its patients were given depends on its kind.
    pub(crate) fn planted(&self, world: &World) -> (Vec<Entry>, Vec<Truth>) {
        let (mut rows, mut truth) = (Vec::new(), Vec::new());
        let Some(item) = self.chosen else { return (rows, truth) };
        for (place, (chosen, other)) in &self.used {
            let institution = &world.places.institutions[*place];
            let mut cases = KINDS.iter().zip(SCHEMES);
            let Some((_, case)) = cases.find(|(kind, _)| **kind == institution.kind) else { continue };
            let agreed = match case.variant {
                "as-agreed" => *chosen,
                "namesake-only" => *other,
                "fewer-patients" => *chosen * 3,
                _ => *chosen * 2,
            };
            let end = if case.role == Hidden { world.last.plus(120) } else { self.period.1 };
            let columns = vec![
                ("fixmedins_code", institution.code.clone()),
                ("agreed", agreed.to_string()),
                ("period_begin", self.period.0.to_string()),
                ("period_end", end.to_string()),
                ("alternatives", SUBSTANCE.to_owned()),
            ];
            rows.push(Entry::new("vbp_agreement", &world.catalogue.items[item].code, columns));
            let hit = case.role == Hit;
            truth.push(Truth {
                scheme: case.name(),
                rule_code: AGREED.to_owned(),
                subject: institution.code.clone(),
                fixmedins_code: institution.code.clone(),
                psn_no: String::new(),
                mdtrt_id: String::new(),
                line_ids: String::new(),
                amount_fen: None,
                expect: if hit { Expect::Hit } else { Expect::Clear },
            });
        }
        (rows, truth)
    }
}
