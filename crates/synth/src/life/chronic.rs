//! Monthly refills of the chronically ill.

use crate::dice::Dice;
use crate::everyday::{CHRONIC, CHRONIC_COVER};
use crate::person::Person;
use crate::place::Kind;
use crate::visit::{ONE, Year};
use crate::world::{World, at};

/// Refills once a month, at one's own clinic; every third month with tests.
pub(super) fn refills(world: &World, person: &Person, dice: &mut Dice, year: &mut Year) {
    let Some(which) = person.chronic else { return };
    let disease = &CHRONIC[which];
    let kind = if dice.chance(600) { Kind::Community } else { Kind::Secondary };
    let place = world.place(dice, kind, person.county);
    let doctor = world.doctor(dice, place);
    let tested = dice.pick(&world.catalogue.specials.period_services).map(|one| one.item);
    for month in 0..i32::try_from(world.days() / 30).unwrap_or(0) {
        let day = world.first.plus(month * 30 + dice.between(3, 9));
        if !year.is_free(day, day) {
            continue;
        }
        let begin = at(day, dice.between(8 * 60, 16 * 60));
        let mut visit = year.visit(place, "14", begin, Some(begin.plus_seconds(3600)));
        visit.doctor = doctor;
        visit.dise_no = CHRONIC_COVER[which];
        visit.diags.push(World::diagnosis(disease));
        for item in world.items(disease.drugs) {
            visit.bill(&world.catalogue, item, begin.plus_seconds(600), ONE * i64::from(dice.between(1, 2)));
        }
        if month % 3 == 0 {
            for item in world.items(disease.tests).chain(world.items(&["血清总胆固醇测定", "血清甘油三酯测定"])) {
                if visit.lines.iter().all(|line| line.item != item) {
                    visit.bill(&world.catalogue, item, begin.plus_seconds(900), ONE);
                }
            }
            // Months apart, so far beyond any period that a point sets.
            if let Some(item) = tested.filter(|_| which == 1 && month % 6 == 0) {
                visit.bill(&world.catalogue, item, begin.plus_seconds(960), ONE);
            }
        }
        super::lean::package(world, &mut visit);
        year.keep(visit);
    }
}
