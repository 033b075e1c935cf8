//! A lawful year of one person: what everybody has, and the innocent oddities that look like violations.

mod chronic;
mod clinic;
mod cycle;
pub(crate) mod lean;
mod odd;
mod stay;

use crate::dice::Dice;
use crate::everyday::ADMITTED;
use crate::person::{DeathNote, Person};
use crate::visit::{Mark, Year};
use crate::world::World;

pub(crate) use clinic::{buy, clinic, scan_the_rest, trace_code};
pub(crate) use odd::{delivery, post_late};
pub(crate) use stay::{Ward, admit};

/// Fills a person's free days.
pub(crate) fn live(world: &World, person: &mut Person, dice: &mut Dice, year: &mut Year) {
    if person.sex == 2 && (21..=40).contains(&person.age) && dice.chance(45) {
        odd::birth(world, person, dice, year);
    } else if person.age >= 45 && dice.chance(6) {
        cycle::chemotherapy(world, person, dice, year);
    } else if person.age >= 40 && dice.chance(4) {
        cycle::dialysis(world, person, dice, year);
    }
    stays(world, person, dice, year);
    chronic::refills(world, person, dice, year);
    let months = world.days() / 30;
    let often = if person.age <= 6 || person.age >= 60 { 560 } else { 380 };
    for month in 0..months {
        for _ in 0..2 {
            if dice.chance(often) {
                clinic::visit_doctor(world, person, dice, year, month);
            }
        }
        if dice.chance(700) {
            clinic::visit_pharmacy(world, person, dice, year, month);
        }
    }
}

fn stays(world: &World, person: &mut Person, dice: &mut Dice, year: &mut Year) {
    let per_mille = match person.age {
        0..=5 => 180,
        6..=39 => 90,
        40..=59 => 200,
        60..=74 => 420,
        _ => 650,
    };
    for _ in 0..2 {
        if !dice.chance(per_mille * world.days() / 365) {
            continue;
        }
        let length = dice.between(4, 14);
        let begin = world.first.plus(dice.between(2, i32::try_from(world.days()).unwrap_or(30) - 25));
        // Far enough from any other stay for nobody to see one stay cut in two.
        if !year.is_free(begin, begin.plus(length)) || !year.has_no_stay(begin.plus(-32), begin.plus(length + 32)) {
            continue;
        }
        let disease = &ADMITTED[dice.below(ADMITTED.len())];
        match dice.below(1000) {
            0..=39 => odd::transfer(world, person, dice, year, disease, begin, length),
            40..=79 => odd::same_day_admission(world, person, dice, year, disease, begin, length),
            // Only who has nothing else in the year may die of it.
            80..=99 if person.age >= 70 && year.visits.is_empty() => {
                let died = odd::death(world, person, dice, year, disease, begin, length);
                person.death = Some((died, DeathNote::Person));
                year.mark(died.plus(-1), year.last(), Mark::Blocked);
                return;
            }
            _ => odd::plain_or_odd(world, person, dice, year, disease, begin, length),
        }
    }
}
