//! Hospitals that are full over the Spring Festival, of people who are not there: whoever was admitted shortly before lies in
//! bed until it is over, as others do who would have come after it, and nothing is billed but the bed.

use claims::Day;

use crate::dice::Dice;
use crate::person::Person;
use crate::place::Leaning;
use crate::truth::{Expect, Truth};
use crate::visit::{Visit, Year};
use crate::world::World;

/// First day and number of days of the festival's holiday, in the years for which the State has said when it is.
const FESTIVALS: [(i32, u32, u32, i32); 3] = [(2024, 2, 10, 8), (2025, 1, 28, 8), (2026, 2, 15, 9)];
/// Days before it from which on whoever is admitted is kept.
const BEFORE: i32 = 12;
/// Days before and after it that are of one piece with it: fewer before it, since it comes early in a year.
pub(crate) const AROUND_FESTIVAL: (i32, i32) = (14, 28);
/// Rules about single stays in which nothing is done, which each of these stays is as fair a suspicion of.
static IDLE: [&str; 2] = ["M010", "M011"];

/// The first and the last day of the festival of the city's first year.
pub(crate) fn spring_festival(first: Day) -> Option<(Day, Day)> {
    let year: i32 = first.month()[..4].parse().ok()?;
    let (_, month, day, days) = FESTIVALS.iter().copied().find(|one| one.0 == year)?;
    let begin = Day::ymd(year, month, day)?;
    Some((begin, begin.plus(days - 1)))
}

fn leans(world: &World, place: usize, day: Day) -> bool {
    world.places.institutions[place].leanings_on(day).any(|one| one == Leaning::KeptOverFestival)
}

/// The day of an admission and its nights: every second of the three weeks after the festival is on the books before it, and
/// whoever is, leaves after it.
pub(in crate::life) fn keep(world: &World, year: &Year, place: usize, begin: Day, days: i32) -> (Day, i32) {
    let Some((from, to)) = spring_festival(world.first).filter(|_| leans(world, place, begin)) else { return (begin, days) };
    let mut dice = Dice::new(world.seed, u64::MAX / 2048 + year.next_id());
    let (called, early, later) = (dice.chance(500), dice.between(1, 5), dice.between(1, 2));
    let day = if begin > to && begin <= to.plus(21) && called { from.plus(-early) } else { begin };
    let nights = to.plus(later).since(day).max(days);
    let before = day >= from.plus(-BEFORE) && day < from;
    let free = year.is_free(day, day.plus(nights)) && year.has_no_stay(day.plus(-32), day.plus(nights + 32));
    if before && free { (day, nights) } else { (begin, days) }
}

/// Whether a stay spans the whole festival.
fn spans(world: &World, visit: &Visit) -> Option<(Day, Day)> {
    let end = visit.end?.day();
    spring_festival(world.first).filter(|(from, to)| visit.begin.day() < *from && end > *to)
}

/// Of the days of the festival nothing is billed but the bed.
pub(super) fn bed_only(world: &World, visit: &mut Visit) {
    if let Some((from, to)) = spans(world, visit) {
        let bed = world.catalogue.basics.bed;
        visit.bed_only = true;
        visit.keep_lines(|line| line.item == bed || line.at.day() < from || line.at.day() > to);
    }
}

/// Each of these stays may be found fault with by itself; it is neither asked for nor held against anybody.
pub(crate) fn kept(world: &World, person: &Person, year: &Year) -> Vec<Truth> {
    let here = year.visits.iter().filter(|visit| visit.bed_only);
    here.flat_map(|visit| {
        let place = &world.places.institutions[visit.place].code;
        IDLE.iter().map(move |rule| Truth {
            scheme: format!("trap-{rule}-kept-over-spring-festival"),
            rule_code: (*rule).to_owned(),
            subject: format!("{place}|{}", visit.id),
            fixmedins_code: place.clone(),
            psn_no: person.number.clone(),
            mdtrt_id: visit.id.to_string(),
            line_ids: String::new(),
            amount_fen: None,
            expect: Expect::Clear,
        })
    })
    .collect()
}
