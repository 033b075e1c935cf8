//! Treatment in cycles: many short stays or visits close together, all of them planned.

use crate::dice::Dice;
use crate::everyday::{CHEMO, RENAL};
use crate::life::{Ward, admit, clinic};
use crate::person::Person;
use crate::place::Kind;
use crate::visit::{Operation, Visit, Year};
use crate::world::{World, at};

/// Chemotherapy: four to six stays of three nights, ten to eleven days apart, with the infusion on record.
pub(super) fn chemotherapy(world: &World, person: &Person, dice: &mut Dice, year: &mut Year) {
    let place = world.hospital(dice, Kind::Tertiary, person.county);
    let mut day = world.first.plus(dice.between(5, 60));
    for _ in 0..dice.between(4, 6) {
        if year.is_free(day, day.plus(3)) && year.has_no_stay(day.plus(-5), day.plus(8)) {
            let mut visit = admit(world, person, dice, year, Ward { place, disease: &CHEMO, begin: day, days: 3 });
            visit.diags.insert(0, ("Z51.102", "恶性肿瘤维持性化学治疗"));
            infusion(&mut visit);
            year.keep(visit);
        }
        day = day.plus(dice.between(13, 14));
    }
}

/// Puts the infusion of anti-tumour drugs on record.
pub(crate) fn infusion(visit: &mut Visit) {
    let day = visit.begin.day();
    visit.operations.push(Operation {
        code: "99.2503",
        name: "静脉注射化疗药物",
        begin: at(day, 13 * 60),
        end: at(day, 15 * 60),
    });
}

/// Dialysis: three visits a week at one hospital.
pub(super) fn dialysis(world: &World, person: &Person, dice: &mut Dice, year: &mut Year) {
    let place = world.hospital(dice, Kind::Secondary, person.county);
    let last = i32::try_from(world.days()).unwrap_or(0);
    for week in 0..last / 7 {
        for session in [0, 2, 4] {
            let day = world.first.plus(week * 7 + session);
            if year.is_free(day, day) {
                let mut visit = clinic(world, dice, year, place, &RENAL, day);
                visit.med_type = "14";
                visit.dise_no = "M07800";
                if let Some(session) = world.catalogue.named("血液透析") {
                    visit.bill(&world.catalogue, session, visit.begin.plus_seconds(1800), crate::visit::ONE);
                }
                year.keep(visit);
            }
        }
    }
}
