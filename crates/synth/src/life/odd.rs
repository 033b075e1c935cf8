//! Innocent things that a naive rule takes for violations.

use claims::Day;

use crate::dice::Dice;
use crate::everyday::{BIRTH, Disease, TWINS};
use crate::life::{Ward, admit, clinic, lean};
use crate::person::Person;
use crate::place::Kind;
use crate::visit::{ONE, Visit, Year, in_scope};
use crate::world::{World, at};

fn ward_kind(dice: &mut Dice) -> Kind {
    match dice.below(10) {
        0..=2 => Kind::Tertiary,
        3..=6 => Kind::Secondary,
        7 => Kind::Tcm,
        _ => Kind::Township,
    }
}

/// A stay, mostly plain: some settled midway, some posted late, some partly in intensive care.
pub(super) fn plain_or_odd(
    world: &World,
    person: &Person,
    dice: &mut Dice,
    year: &mut Year,
    disease: &'static Disease,
    begin: Day,
    days: i32,
) {
    let kind = ward_kind(dice);
    let place = world.place(dice, kind, person.county);
    let begin = lean::moved(world, year, place, disease, begin, days);
    let (begin, days) = lean::keep(world, year, place, begin, days);
    let mut visit = admit(world, person, dice, year, Ward { place, disease, begin, days });
    lean::stay(world, &mut visit);
    // Some are sent home earlier.
    let days = visit.end.map_or(days, |end| end.day().since(begin));
    let next_month = begin.plus(31).month_start();
    match dice.below(100) {
        0..=3 => post_late(world, &mut visit),
        4..=9 if days >= 5 => intensive_care(world, &mut visit, begin.plus(2)),
        // The books of a month are closed; the patient stays.
        10..=39 if next_month > begin.plus(1) && next_month < begin.plus(days - 1) => visit.settle_midway(next_month),
        40..=44 => over_midnight(world, &mut visit, begin.plus(1)),
        _ => {}
    }
    let coming_back = lean::comes_back(world, &visit, disease);
    year.keep(visit);
    if let Some(back) = coming_back {
        lean::come_back(world, person, year, back);
    }
}

/// The whole stay is posted in the minute of discharge.
pub(crate) fn post_late(world: &World, visit: &mut Visit) {
    let Some(end) = visit.end else { return };
    for line in &mut visit.lines {
        line.at = end;
        let item = &world.catalogue.items[line.item];
        // Billed on the day of discharge, so at that day's price.
        if line.price != item.price_on(end.day()) && item.later.is_some() {
            line.price = item.price_on(end.day());
            line.amount = line.price * line.cnt / ONE;
            line.inscp = Some(in_scope(item, line.amount));
        }
    }
    visit.posted_late = true;
}

/// Ward in the morning, intensive care in the afternoon, and back next day at noon: two half beds a day.
fn intensive_care(world: &World, visit: &mut Visit, day: Day) {
    let basics = world.catalogue.basics;
    for moved in [day, day.plus(1)] {
        let Some(bed) = visit.lines.iter().find(|line| line.item == basics.bed && line.at.day() == moved).map(|line| line.sn)
        else {
            return;
        };
        let line = visit.line(bed);
        line.cnt = ONE / 2;
        line.amount = line.price / 2;
        line.inscp = Some(line.amount);
        visit.bill(&world.catalogue, basics.icu_bed, at(moved, 13 * 60), ONE / 2);
    }
    visit.ward_change = true;
}

/// An infusion from 23:00 to 02:00 belongs to the day it began.
fn over_midnight(world: &World, visit: &mut Visit, day: Day) {
    if let Some(infusion) = world.catalogue.named("静脉输液") {
        visit.bill(&world.catalogue, infusion, at(day, 23 * 60), ONE);
    }
    if let Some(saline) = world.catalogue.named("0.9%氯化钠注射液") {
        visit.bill(&world.catalogue, saline, at(day.plus(1), 30), ONE);
    }
}

/// Treated in a county hospital, sent on the same day to a larger one.
pub(super) fn transfer(
    world: &World,
    person: &Person,
    dice: &mut Dice,
    year: &mut Year,
    disease: &'static Disease,
    begin: Day,
    days: i32,
) {
    let first_place = world.place(dice, Kind::Secondary, person.county);
    let second_place = world.place(dice, Kind::Tertiary, person.county);
    let nights = days / 2;
    let mut first = admit(world, person, dice, year, Ward { place: first_place, disease, begin, days: nights });
    first.leaving = "2";
    let second_day = begin.plus(nights);
    let mut second =
        admit(world, person, dice, year, Ward { place: second_place, disease, begin: second_day, days: days - nights });
    second.referred_from = Some(first.id);
    second.med_type = "21";
    // Later on the day than the first one ended.
    second.begin = at(second_day, 11 * 60 + 30);
    year.keep(first);
    year.keep(second);
}

/// Seen as an outpatient in the morning, admitted before noon.
pub(super) fn same_day_admission(
    world: &World,
    person: &Person,
    dice: &mut Dice,
    year: &mut Year,
    disease: &'static Disease,
    begin: Day,
    days: i32,
) {
    let place = world.place(dice, Kind::Secondary, person.county);
    let mut visit = clinic(world, dice, year, place, disease, begin);
    visit.begin = at(begin, 8 * 60);
    visit.end = Some(at(begin, 9 * 60 + 30));
    visit
        .lines
        .iter_mut()
        .enumerate()
        .for_each(|(index, line)| line.at = at(begin, 8 * 60 + 5 + i32::try_from(index).unwrap_or(0) * 5));
    let mut stay = admit(world, person, dice, year, Ward { place, disease, begin, days });
    stay.begin = at(begin, 11 * 60);
    year.keep(visit);
    year.keep(stay);
}

/// A death in hospital shortly before midnight, with the last lines posted after it.
pub(super) fn death(
    world: &World,
    person: &Person,
    dice: &mut Dice,
    year: &mut Year,
    disease: &'static Disease,
    begin: Day,
    days: i32,
) -> Day {
    let place = world.hospital(dice, Kind::Tertiary, person.county);
    let mut visit = admit(world, person, dice, year, Ward { place, disease, begin, days });
    let died = begin.plus(days);
    visit.end = Some(at(died, 23 * 60 + 50));
    visit.leaving = "5";
    visit.died = Some(died);
    for name in ["氧气吸入", "静脉注射", "0.9%氯化钠注射液"] {
        if let Some(item) = world.catalogue.named(name) {
            visit.bill(&world.catalogue, item, at(died.plus(1), 30), ONE);
        }
    }
    year.keep(visit);
    died
}

/// A birth: the baby has no number yet, so its lines are on the mother's bill.
pub(super) fn birth(world: &World, person: &Person, dice: &mut Dice, year: &mut Year) {
    let begin = world.first.plus(dice.between(10, i32::try_from(world.days()).unwrap_or(60) - 40));
    if !year.is_free(begin, begin.plus(4)) {
        return;
    }
    let place = world.place(dice, Kind::Maternity, person.county);
    let babies = if dice.chance(30) { 2 } else { 1 };
    let visit = delivery(world, person, dice, year, (place, begin, 4), babies);
    year.keep(visit);
}

/// The mother's stay, at a place from a day on for so many nights.
pub(crate) fn delivery(
    world: &World,
    person: &Person,
    dice: &mut Dice,
    year: &mut Year,
    (place, begin, days): (usize, Day, i32),
    babies: u8,
) -> Visit {
    let disease = if babies > 1 { &TWINS } else { &BIRTH };
    let mut visit = admit(world, person, dice, year, Ward { place, disease, begin, days });
    visit.med_type = "52";
    visit.dept = "A05";
    visit.matn_type = "1";
    visit.babies = babies;
    for name in ["血清总胆红素测定", "维生素K1注射液"] {
        if let Some(item) = world.catalogue.named(name) {
            visit.bill(&world.catalogue, item, at(begin.plus(1), 10 * 60), ONE * i64::from(babies));
        }
    }
    visit.lines.iter_mut().for_each(|line| line.maternity = true);
    visit
}
