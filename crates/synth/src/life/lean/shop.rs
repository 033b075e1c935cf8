//! Pharmacies: drugs that only one sex needs, sold to whoever needs them, or to whoever comes.

use super::of_visit;
use crate::person::{Person, Register};
use crate::place::Leaning;
use crate::special::Specials;
use crate::truth::{Expect, Truth};
use crate::visit::{ONE, Visit, Year};
use crate::world::World;

/// Every single sale breaks this rule as well.
const OTHER_SEX: &str = "GZ10000301004000";

/// Now and then somebody buys what their sex needs; where a pharmacy does not look, what the other needs.
pub(in crate::life) fn sell(world: &World, person: &Person, visit: &mut Visit) {
    let known = person.sex_in_table == Register::Right && person.sex_at_visit == Register::Right;
    if !known || person.age < 18 {
        return;
    }
    let mut dice = of_visit(world, visit);
    let (mut other, mut family) = (0, 0);
    for leaning in world.places.institutions[visit.place].leanings_on(visit.begin.day()) {
        match leaning {
            Leaning::Crossed => other = 25,
            Leaning::CrossedForFamily => family = 40,
            _ => {}
        }
    }
    let crossed = dice.chance(other) && !visit.family_account;
    let fetched = !crossed && dice.chance(family);
    let sex = if crossed || fetched { 3 - person.sex } else { person.sex };
    if !crossed && !fetched && !dice.chance(60) {
        return;
    }
    let all = Specials::of_sex(&world.catalogue.specials.sex_drugs, i32::from(sex));
    let Some(item) = dice.pick(&all).map(|one| one.item) else { return };
    let sn = visit.bill(&world.catalogue, item, visit.begin, ONE);
    visit.family_account |= fetched;
    visit.crossed = crossed.then_some(sn);
}

/// Sales to the wrong sex, one by one.
pub(crate) fn crossed(world: &World, person: &Person, year: &Year) -> Vec<Truth> {
    let sold = year.visits.iter().filter_map(|visit| Some((visit, visit.crossed?)));
    sold.map(|(visit, sn)| {
        let place = &world.places.institutions[visit.place].code;
        Truth {
            scheme: format!("{OTHER_SEX}-over-the-counter"),
            rule_code: OTHER_SEX.to_owned(),
            subject: format!("{place}|{}|{}", visit.id, visit.line_id(sn)),
            fixmedins_code: place.clone(),
            psn_no: person.number.clone(),
            mdtrt_id: visit.id.to_string(),
            line_ids: visit.line_id(sn),
            amount_fen: visit.lines.iter().find(|line| line.sn == sn).map(|line| line.amount),
            expect: Expect::Hit,
        }
    })
    .collect()
}
