//! Drugs and services limited by sex, age, insurance, level of the hospital, and kind of visit.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, MAN, Scene, Scheme, WOMAN, scheme};
use crate::everyday::ADMITTED;
use crate::life::{Ward, buy};
use crate::person::{Register, Who};
use crate::place::Kind;
use crate::special::Special;
use crate::visit::{ONE, Visit};
use crate::world::at;

const SEX_DRUG: &str = "GZ10000301004000";
const SEX_SERVICE: &str = "GZ10000302004000";
const CHILD_DRUG: &str = "GZ10000301002000";
const CHILD_SERVICE: &str = "GZ10000302003000";
const CHILD_PAY: &str = "GZ10000101007000";
const INJURY: &str = "GZ10000101001000";
const MATERNITY: &str = "GZ10000101002000";
const LEVEL: &str = "GZ10000101012000";
const MODE: &str = "E25-013";

const MOTHER: Who = Who { sex: 2, age: Some((24, 38)), insutype: "310" };
const RESIDENT_MOTHER: Who = Who { sex: 2, age: Some((24, 38)), insutype: "390" };
/// Young enough to become fifteen during the year.
const TEEN: Who = Who { sex: 0, age: Some((12, 13)), insutype: "390" };

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(SEX_DRUG, "outpatient", Hit, MAN, 1, |s| wrong_sex(s, true, 2)),
    scheme(SEX_DRUG, "stay", Hit, WOMAN, 8, sex_drug_in_stay),
    scheme(SEX_DRUG, "no-sex", Hidden, MAN, 1, |s| {
        (s.person.sex_in_table, s.person.sex_at_visit) = (Register::Missing, Register::Missing);
        wrong_sex(s, true, 2)
    }),
    scheme(SEX_DRUG, "right-sex", Near, WOMAN, 1, |s| wrong_sex(s, true, 2)),
    scheme(SEX_DRUG, "husband-buys", Near, MAN, 1, husband_buys),
    scheme(SEX_DRUG, "refunded", Near, MAN, 1, |s| {
        with_line(s, |s| s.special_of(&s.world.catalogue.specials.sex_drugs, 2).cloned(), refunded)
    }),
    scheme(SEX_SERVICE, "outpatient", Hit, MAN, 1, |s| wrong_sex(s, false, 2)),
    scheme(SEX_SERVICE, "woman", Hit, WOMAN, 1, |s| wrong_sex(s, false, 1)),
    scheme(SEX_SERVICE, "sex-conflict", Hidden, MAN, 1, |s| {
        s.person.sex_at_visit = Register::Wrong;
        wrong_sex(s, false, 2)
    }),
    scheme(SEX_SERVICE, "right-sex", Near, WOMAN, 1, |s| wrong_sex(s, false, 2)),
    scheme(SEX_SERVICE, "refunded", Near, MAN, 1, |s| {
        with_line(s, |s| s.special_of(&s.world.catalogue.specials.sex_services, 2).cloned(), refunded)
    }),
    scheme(CHILD_DRUG, "adult", Hit, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.child_drugs).cloned(), plain)
    }),
    scheme(CHILD_DRUG, "ward", Hit, ADULT, 8, |s| {
        let drug = s.special(&s.world.catalogue.specials.child_drugs)?.item;
        in_stay(s, drug, "21")
    }),
    scheme(CHILD_DRUG, "no-birth-date", Hidden, ADULT, 1, |s| {
        s.person.birth_note = Register::Default;
        with_line(s, |s| s.special(&s.world.catalogue.specials.child_drugs).cloned(), plain)
    }),
    scheme(CHILD_DRUG, "day-before-15", Near, TEEN, 1, |s| birthday(s, |s| &s.world.catalogue.specials.child_drugs, 1)),
    scheme(CHILD_DRUG, "refunded", Near, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.child_drugs).cloned(), refunded)
    }),
    scheme(CHILD_SERVICE, "adult", Hit, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.child_services).cloned(), plain)
    }),
    scheme(CHILD_SERVICE, "15th-birthday", Hit, TEEN, 1, |s| birthday(s, |s| &s.world.catalogue.specials.child_services, 0)),
    scheme(CHILD_SERVICE, "no-birth-date", Hidden, ADULT, 1, |s| {
        s.person.birth_note = Register::Missing;
        with_line(s, |s| s.special(&s.world.catalogue.specials.child_services).cloned(), plain)
    }),
    scheme(CHILD_SERVICE, "day-before-15", Near, TEEN, 1, |s| birthday(s, |s| &s.world.catalogue.specials.child_services, 1)),
    scheme(CHILD_SERVICE, "refunded", Near, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.child_services).cloned(), refunded)
    }),
    scheme(CHILD_PAY, "adult", Hit, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.age_drugs).cloned(), plain)
    }),
    scheme(CHILD_PAY, "ward", Hit, ADULT, 8, |s| {
        let drug = s.special(&s.world.catalogue.specials.age_drugs)?.item;
        in_stay(s, drug, "21")
    }),
    scheme(CHILD_PAY, "no-scope-amount", Hidden, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.age_drugs).cloned(), no_scope)
    }),
    scheme(CHILD_PAY, "self-paid", Near, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.age_drugs).cloned(), self_paid)
    }),
    scheme(CHILD_PAY, "last-day-of-limit", Near, TEEN, 1, last_day_of_limit),
    scheme(INJURY, "basic-insurance", Hit, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.injury_drugs).cloned(), plain)
    }),
    scheme(INJURY, "ward", Hit, ADULT, 8, |s| {
        let drug = s.special(&s.world.catalogue.specials.injury_drugs)?.item;
        in_stay(s, drug, "21")
    }),
    scheme(INJURY, "no-scope-amount", Hidden, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.injury_drugs).cloned(), no_scope)
    }),
    scheme(INJURY, "self-paid", Near, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.injury_drugs).cloned(), self_paid)
    }),
    scheme(INJURY, "billed-anew-self-paid", Near, ADULT, 1, billed_anew_self_paid),
    scheme(MATERNITY, "ordinary-stay", Hit, MOTHER, 8, |s| maternity(s, "21", false)),
    scheme(MATERNITY, "injury-stay", Hit, MOTHER, 8, |s| maternity(s, "22", false)),
    scheme(MATERNITY, "maternity-stay", Near, MOTHER, 8, |s| maternity(s, "52", false)),
    scheme(MATERNITY, "resident", Near, RESIDENT_MOTHER, 8, |s| maternity(s, "21", false)),
    scheme(MATERNITY, "self-paid", Near, MOTHER, 8, |s| maternity(s, "21", true)),
    scheme(LEVEL, "township", Hit, ADULT, 1, |s| level(s, false, plain)),
    scheme(LEVEL, "before-raised", Hit, ADULT, 1, |s| raised(s, -12)),
    scheme(LEVEL, "unrated", Hidden, ADULT, 1, |s| {
        let place = s.world.place(s.dice, Kind::Unrated, s.person.county);
        at_place(s, place, 0, |s| s.special(&s.world.catalogue.specials.level_drugs).cloned(), plain)
    }),
    scheme(LEVEL, "second-level", Near, ADULT, 1, |s| level(s, true, plain)),
    scheme(LEVEL, "self-paid", Near, ADULT, 1, |s| level(s, false, self_paid)),
    scheme(LEVEL, "after-raised", Near, ADULT, 1, |s| raised(s, 6)),
    scheme(MODE, "outpatient", Hit, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.inpatient_drugs).cloned(), plain)
    }),
    scheme(MODE, "no-scope-amount", Hidden, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.inpatient_drugs).cloned(), no_scope)
    }),
    scheme(MODE, "self-paid", Near, ADULT, 1, |s| {
        with_line(s, |s| s.special(&s.world.catalogue.specials.inpatient_drugs).cloned(), self_paid)
    }),
    scheme(MODE, "stay", Near, ADULT, 8, |s| {
        let drug = s.special(&s.world.catalogue.specials.inpatient_drugs)?.item;
        in_stay(s, drug, "21")
    }),
    scheme(MODE, "emergency-before-stay", Near, ADULT, 8, emergency_before_stay),
];

/// What is done to the line once it is billed; the amount it is worth as a violation.
type Finish = fn(&mut Visit, u32) -> i64;

fn plain(visit: &mut Visit, sn: u32) -> i64 {
    visit.line(sn).amount
}

fn refunded(visit: &mut Visit, sn: u32) -> i64 {
    let cnt = visit.line(sn).cnt;
    visit.refund(sn, cnt, 1200);
    0
}

fn self_paid(visit: &mut Visit, sn: u32) -> i64 {
    visit.self_paid(sn);
    0
}

fn no_scope(visit: &mut Visit, sn: u32) -> i64 {
    visit.line(sn).inscp = None;
    0
}

/// An outpatient visit at a hospital of the second level with one unit, now and then two, of the item.
fn with_line(scene: &mut Scene<'_>, choose: fn(&Scene<'_>) -> Option<Special>, finish: Finish) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    at_place(scene, place, 0, choose, finish)
}

fn at_place(
    scene: &mut Scene<'_>,
    place: usize,
    after: i32,
    choose: fn(&Scene<'_>) -> Option<Special>,
    finish: Finish,
) -> Option<()> {
    let special = choose(scene)?;
    let mut visit = scene.outpatient(place, after);
    let cnt = ONE * (1 + i64::from(scene.turn % 3 == 2));
    let at = visit.begin.plus_seconds(1800);
    let sn = visit.bill(&scene.world.catalogue, special.item, at, cnt);
    let amount = finish(&mut visit, sn);
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

fn wrong_sex(scene: &mut Scene<'_>, drug: bool, gender: i32) -> Option<()> {
    match (drug, gender) {
        (true, _) => with_line(scene, |s| s.special_of(&s.world.catalogue.specials.sex_drugs, 2).cloned(), plain),
        (false, 2) => with_line(scene, |s| s.special_of(&s.world.catalogue.specials.sex_services, 2).cloned(), plain),
        _ => with_line(scene, |s| s.special_of(&s.world.catalogue.specials.sex_services, 1).cloned(), plain),
    }
}

fn sex_drug_in_stay(scene: &mut Scene<'_>) -> Option<()> {
    let drug = scene.special_of(&scene.world.catalogue.specials.sex_drugs, 1)?.item;
    in_stay(scene, drug, "21")
}

fn in_stay(scene: &mut Scene<'_>, item: usize, med_type: &'static str) -> Option<()> {
    let place = scene.hospital(Kind::Tertiary);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let mut visit = scene.stay(Ward { place, disease, begin: scene.day, days: 6 });
    visit.med_type = med_type;
    let sn = visit.bill(&scene.world.catalogue, item, at(scene.day.plus(2), 600), ONE);
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// A husband fetches his wife's drug at a pharmacy, with his own card.
fn husband_buys(scene: &mut Scene<'_>) -> Option<()> {
    let drug = scene.special_of(&scene.world.catalogue.specials.sex_drugs, 2)?.item;
    let place = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day);
    let sn = visit.bill(&scene.world.catalogue, drug, visit.begin, ONE);
    scene.note(visit, &[sn], None);
    Some(())
}

/// So many days before the fifteenth birthday.
fn birthday(scene: &mut Scene<'_>, of: for<'s> fn(&'s Scene<'_>) -> &'s Vec<Special>, before: i32) -> Option<()> {
    let unbounded: Vec<Special> = of(scene).iter().filter(|one| one.age_max.is_none()).cloned().collect();
    let special = scene.special(&unbounded)?.item;
    scene.turns(15, before);
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    let sn = visit.bill(&scene.world.catalogue, special, visit.begin.plus_seconds(1800), ONE);
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// The day before one is older than the point's own bound.
fn last_day_of_limit(scene: &mut Scene<'_>) -> Option<()> {
    let special = scene.special(&scene.world.catalogue.specials.age_drugs)?.clone();
    let last = special.age_max.unwrap_or(14);
    scene.turns(last + 1, 1);
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    let sn = visit.bill(&scene.world.catalogue, special.item, visit.begin.plus_seconds(1800), ONE);
    scene.note(visit, &[sn], None);
    Some(())
}

fn billed_anew_self_paid(scene: &mut Scene<'_>) -> Option<()> {
    let drug = scene.special(&scene.world.catalogue.specials.injury_drugs)?.item;
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    let sn = visit.bill(&scene.world.catalogue, drug, visit.begin.plus_seconds(1800), ONE);
    let anew = visit.bill_anew(visit.begin.plus_seconds(86_400));
    let valid = *anew.get(sn as usize - 1)?;
    visit.self_paid(valid);
    scene.note(visit, &[valid], None);
    Some(())
}

fn maternity(scene: &mut Scene<'_>, med_type: &'static str, own: bool) -> Option<()> {
    let drug = scene.special(&scene.world.catalogue.specials.maternity_drugs)?.item;
    let place = scene.hospital(Kind::Secondary);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let mut visit = scene.stay(Ward { place, disease, begin: scene.day, days: 4 });
    visit.med_type = med_type;
    let maternity = med_type == "52";
    visit.lines.iter_mut().for_each(|line| line.maternity = maternity);
    let sn = visit.bill(&scene.world.catalogue, drug, at(scene.day.plus(1), 600), ONE);
    if own {
        visit.self_paid(sn);
    }
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

fn level(scene: &mut Scene<'_>, high: bool, finish: Finish) -> Option<()> {
    let place = if high {
        scene.hospital(Kind::Secondary)
    } else {
        let small = |place: &usize| scene.world.places.institutions[*place].raised.is_none();
        let all: Vec<usize> = scene.world.places.all_of(Kind::Township).filter(small).collect();
        *scene.dice.pick(&all)?
    };
    at_place(scene, place, 0, |s| s.special(&s.world.catalogue.specials.level_drugs).cloned(), finish)
}

/// At the township centre that is raised to a hospital of the second level, so many days from that day.
fn raised(scene: &mut Scene<'_>, after: i32) -> Option<()> {
    let place =
        scene.world.places.all_of(Kind::Township).find(|place| scene.world.places.institutions[*place].raised.is_some())?;
    let day = scene.world.changed_on.plus(after - i32::try_from(scene.turn % 5).unwrap_or(0) * after.signum());
    scene.year.mark(day, day, crate::visit::Mark::Free);
    scene.day = if day >= scene.world.first && day <= scene.world.last { day } else { return None };
    at_place(scene, place, 0, |s| s.special(&s.world.catalogue.specials.level_drugs).cloned(), plain)
}

/// Seen in the emergency room, admitted to the ward some hours later.
fn emergency_before_stay(scene: &mut Scene<'_>) -> Option<()> {
    let drug = scene.special(&scene.world.catalogue.specials.inpatient_drugs)?.item;
    let place = scene.hospital(Kind::Tertiary);
    let mut visit = scene.outpatient(place, 0);
    visit.med_type = "13";
    visit.dept = "A20";
    let mut stay = scene.stay(Ward { place, disease: &ADMITTED[scene.turn % 4], begin: scene.day.plus(1), days: 5 });
    stay.begin = at(scene.day.plus(1), 8 * 60);
    visit.begin = at(scene.day, 20 * 60);
    visit.end = Some(at(scene.day, 23 * 60));
    visit.lines.iter_mut().for_each(|line| line.at = at(scene.day, 20 * 60 + 10).plus_seconds(i64::from(line.sn) * 60));
    let sn = visit.bill(&scene.world.catalogue, drug, at(scene.day, 21 * 60 + 30), ONE);
    scene.note(visit, &[sn], None);
    scene.year.keep(stay);
    Some(())
}
