//! Persons in two places, of another sex than their diagnosis, or dead.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, MAN, Scene, Scheme, WOMAN, scheme};
use crate::everyday::{ADMITTED, MEN, WOMEN};
use crate::life::{Ward, buy};
use crate::person::{DeathNote, Register, Who};
use crate::place::Kind;
use crate::visit::Mark;
use crate::world::at;

const DIAGNOSIS: &str = "GZ10000204006000";
const ELSEWHERE: &str = "M004";
const DEAD: &str = "M007";

const OLD: Who = Who { sex: 0, age: Some((70, 88)), insutype: "" };

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(DIAGNOSIS, "man", Hit, MAN, 1, |s| diagnosed(s, true)),
    scheme(DIAGNOSIS, "woman", Hit, WOMAN, 1, |s| diagnosed(s, false)),
    scheme(DIAGNOSIS, "sex-unknown", Hidden, MAN, 1, |s| {
        (s.person.sex_in_table, s.person.sex_at_visit) = (Register::Default, Register::Default);
        diagnosed(s, true)
    }),
    scheme(DIAGNOSIS, "right-sex", Near, WOMAN, 1, |s| diagnosed(s, true)),
    scheme(DIAGNOSIS, "mans-breast", Near, MAN, 1, breast),
    scheme(ELSEWHERE, "outpatient", Hit, ADULT, 14, |s| elsewhere(s, 4, false)),
    scheme(ELSEWHERE, "day-before-discharge", Hit, ADULT, 14, |s| elsewhere(s, 7, false)),
    scheme(ELSEWHERE, "no-discharge", Hidden, ADULT, 20, |s| elsewhere(s, 12, true)),
    scheme(ELSEWHERE, "admission-day", Near, ADULT, 14, |s| elsewhere(s, 0, false)),
    scheme(ELSEWHERE, "discharge-day", Near, ADULT, 14, |s| elsewhere(s, 8, false)),
    scheme(ELSEWHERE, "relatives-buy", Near, ADULT, 14, relatives_buy),
    scheme(DEAD, "pharmacy", Hit, OLD, 30, |s| after_death(s, 5, Some(DeathNote::Person))),
    scheme(DEAD, "register-only", Hit, OLD, 30, |s| after_death(s, 9, Some(DeathNote::RegisterOnly))),
    scheme(DEAD, "undated", Hidden, OLD, 30, |s| after_death(s, 5, Some(DeathNote::Undated))),
    scheme(DEAD, "day-of-death", Near, OLD, 30, |s| after_death(s, 0, Some(DeathNote::Person))),
    scheme(DEAD, "day-after", Near, OLD, 30, |s| after_death(s, 1, Some(DeathNote::RegisterOnly))),
];

fn diagnosed(scene: &mut Scene<'_>, women: bool) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    let disease = if women { &WOMEN } else { &MEN };
    visit.diags.push((disease.icd, disease.name));
    scene.note(visit, &[], None);
    Some(())
}

/// Men have breasts, too.
fn breast(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    visit.diags.push(("N63.x00", "乳房肿块"));
    scene.note(visit, &[], None);
    Some(())
}

/// An outpatient visit at another hospital, so many days after an admission for eight nights.
fn elsewhere(scene: &mut Scene<'_>, after: i32, no_end: bool) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let other = scene.world.other_hospital(scene.dice, Kind::Tertiary, place);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let mut stay = scene.stay(Ward { place, disease, begin: scene.day, days: 8 });
    if no_end {
        stay.end = None;
        stay.leaving = "";
    }
    scene.year.keep(stay);
    let visit = scene.outpatient(other, after);
    let lines: Vec<u32> = visit.lines.iter().map(|line| line.sn).collect();
    scene.note(visit, &lines, None);
    Some(())
}

/// Relatives fetch drugs at a pharmacy for somebody in hospital.
fn relatives_buy(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let stay = scene.stay(Ward { place, disease, begin: scene.day, days: 8 });
    scene.year.keep(stay);
    let pharmacy = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
    let visit = buy(scene.world, scene.dice, scene.year, pharmacy, scene.day.plus(4));
    scene.note(visit, &[], None);
    Some(())
}

/// A purchase so many days after death.
fn after_death(scene: &mut Scene<'_>, after: i32, note: Option<DeathNote>) -> Option<()> {
    scene.person.death = note.map(|note| (scene.day, note));
    let place = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day.plus(after));
    visit.begin = at(scene.day.plus(after), 7 * 60);
    visit.end = Some(visit.begin);
    let begin = visit.begin;
    visit.lines.iter_mut().for_each(|line| line.at = begin);
    let lines: Vec<u32> = visit.lines.iter().map(|line| line.sn).collect();
    let amount = visit.total();
    scene.note(visit, &lines, Some(amount));
    let (day, last) = (scene.day, scene.year.last());
    scene.year.mark(day, last, Mark::Blocked);
    Some(())
}
