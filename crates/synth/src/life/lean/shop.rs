//! Pharmacies: drugs that only one sex needs, sold to whoever needs them, or to whoever comes.

use super::of_visit;
use crate::person::{Person, Register};
use crate::place::Leaning;
use crate::special::Specials;
use crate::visit::{ONE, Visit};
use crate::world::World;

/// Now and then somebody buys what their sex needs, or what somebody at home does; where a pharmacy does not look, many do.
pub(in crate::life) fn sell(world: &World, person: &Person, visit: &mut Visit) {
    let known = person.sex_in_table == Register::Right && person.sex_at_visit == Register::Right;
    if !known || person.age < 18 {
        return;
    }
    let mut dice = of_visit(world, visit);
    let (mut other, mut family) = (2, 0);
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
    visit.bill(&world.catalogue, item, visit.begin, ONE);
    visit.family_account |= fetched;
}
