//! Clinics that bill what is done to one sex to whoever comes of the other.

use crate::dice::Dice;
use crate::person::{Person, Register};
use crate::place::Leaning;
use crate::special::Specials;
use crate::truth::{Expect, Truth};
use crate::visit::{ONE, Visit, Year};
use crate::world::World;

/// Of a thousand outpatients, so many are billed.
const OFTEN: usize = 60;
const SEX_SERVICE: &str = "GZ10000302004000";

/// Bills an outpatient, whose sex is known, for something that is done to the other sex.
pub(in crate::life) fn cross(world: &World, person: &Person, visit: &mut Visit) {
    let leans = world.places.institutions[visit.place].leanings_on(visit.begin.day()).any(|one| one == Leaning::CrossedServices);
    let known = person.sex_in_table == Register::Right && person.sex_at_visit == Register::Right;
    if !leans || !known || person.age < 18 || visit.family_account {
        return;
    }
    let mut dice = Dice::new(world.seed, u64::MAX / 1024 + visit.id);
    let all = Specials::of_sex(&world.catalogue.specials.sex_services, i32::from(3 - person.sex));
    if let Some(one) = dice.pick(&all).filter(|_| dice.chance(OFTEN)) {
        visit.crossed = Some(visit.bill(&world.catalogue, one.item, visit.begin.plus_seconds(2040), ONE));
    }
}

/// Each of these lines is wrong by itself, whatever the clinic does besides.
pub(crate) fn crossed(world: &World, person: &Person, year: &Year) -> Vec<Truth> {
    let billed = year.visits.iter().filter_map(|visit| Some((visit, visit.crossed?)));
    billed
        .map(|(visit, sn)| {
            let (place, line) = (&world.places.institutions[visit.place].code, visit.line_id(sn));
            Truth {
                scheme: format!("{SEX_SERVICE}-services-at-a-clinic-unseen"),
                rule_code: SEX_SERVICE.to_owned(),
                subject: format!("{place}|{}|{line}", visit.id),
                fixmedins_code: place.clone(),
                psn_no: person.number.clone(),
                mdtrt_id: visit.id.to_string(),
                amount_fen: visit.lines.iter().find(|one| one.sn == sn).map(|one| one.amount),
                line_ids: line,
                expect: Expect::Hit,
            }
        })
        .collect()
}
