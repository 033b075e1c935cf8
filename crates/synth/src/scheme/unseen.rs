//! Violations written from the national text alone: its logic, its parameters, its known traps. Whoever wrote them had not seen
//! the rule, so that what a rule finds of them is more than its own words again.

mod limits;
mod management;
mod medical;
mod model;
mod persons;
mod policy;
mod rings;
mod stays;

pub(super) use limits::SCHEMES as LIMITS;
pub(super) use management::SCHEMES as MANAGEMENT;
pub(super) use medical::SCHEMES as MEDICAL;
pub(super) use model::SCHEMES as MODELS;
pub(super) use persons::SCHEMES as PERSONS;
pub(super) use policy::SCHEMES as POLICY;
pub(super) use rings::SCHEMES as RINGS;
pub(super) use stays::SCHEMES as STAYS;

use super::Scene;
use super::deed::Setting;
use crate::everyday::ADMITTED;
use crate::life::{Ward, buy};
use crate::place::Kind;
use crate::visit::{ONE, Visit};
use crate::world::at;

/// A visit in a setting with so many units of an item, of which so many are given back; the line's number.
fn billed(scene: &mut Scene<'_>, item: usize, setting: Setting, (units, back): (i64, i64)) -> (Visit, u32) {
    let mut visit = opened(scene, setting);
    let when = if visit.is_stay() { at(scene.day.plus(1), 14 * 60 + 5) } else { visit.begin.plus_seconds(1800) };
    let sn = visit.bill(&scene.world.catalogue, item, when, units * ONE);
    if back > 0 {
        visit.refund(sn, back * ONE, 900);
    }
    (visit, sn)
}

fn opened(scene: &mut Scene<'_>, setting: Setting) -> Visit {
    match setting {
        Setting::Clinic(kind) => {
            let place = scene.hospital(kind);
            scene.outpatient(place, 0)
        }
        Setting::Emergency(kind) => {
            let place = scene.hospital(kind);
            let mut visit = scene.outpatient(place, 0);
            (visit.med_type, visit.dept) = ("13", "A20");
            visit
        }
        Setting::Shop => {
            let place = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
            buy(scene.world, scene.dice, scene.year, place, scene.day)
        }
        Setting::Ward(kind, days) => {
            let place = scene.hospital(kind);
            let disease = &ADMITTED[scene.turn % ADMITTED.len()];
            scene.mapped_stay(Ward { place, disease, begin: scene.day, days })
        }
    }
}

/// The same, noted: what was not given back is wrong.
fn noted(scene: &mut Scene<'_>, item: usize, setting: Setting, (units, back): (i64, i64)) -> Option<()> {
    let (mut visit, sn) = billed(scene, item, setting, (units, back));
    let amount = visit.line(sn).price * (units - back);
    scene.note(visit, &[sn], Some(amount));
    Some(())
}
