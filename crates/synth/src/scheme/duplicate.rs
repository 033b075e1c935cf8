//! Items that contain one another, and items that are billed at most once a day.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::{ADMITTED, TWINS};
use crate::life::Ward;
use crate::person::Who;
use crate::place::Kind;
use crate::special::Pair;
use crate::visit::ONE;
use crate::world::at;

const PAIR: &str = "GZ10000102012000";
const FREQUENCY: &str = "GZ10000102014000";
const DAYS: &str = "M021";

const MOTHER: Who = Who { sex: 2, age: Some((22, 38)), insutype: "" };

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(PAIR, "day", Hit, ADULT, 2, |s| pair(s, |s| &s.world.catalogue.specials.day_pairs, Between::Minutes(20))),
    scheme(PAIR, "hour", Hit, ADULT, 2, |s| pair(s, |s| &s.world.catalogue.specials.hour_pairs, Between::Minutes(20))),
    scheme(PAIR, "visit", Hit, ADULT, 2, |s| pair(s, |s| &s.world.catalogue.specials.visit_pairs, Between::Minutes(20))),
    scheme(PAIR, "more-than-covered", Hit, ADULT, 2, |s| pair(s, |s| &s.world.catalogue.specials.day_pairs, Between::Twice)),
    scheme(PAIR, "no-time", Hidden, ADULT, 2, |s| pair(s, |s| &s.world.catalogue.specials.hour_pairs, Between::NoTime)),
    scheme(PAIR, "no-scope-amount", Hidden, ADULT, 2, |s| pair(s, |s| &s.world.catalogue.specials.day_pairs, Between::NoScope)),
    scheme(PAIR, "next-day", Near, ADULT, 3, |s| pair(s, |s| &s.world.catalogue.specials.day_pairs, Between::NextDay)),
    scheme(PAIR, "whole-refunded", Near, ADULT, 2, |s| pair(s, |s| &s.world.catalogue.specials.day_pairs, Between::Refunded)),
    scheme(PAIR, "part-self-paid", Near, ADULT, 2, |s| pair(s, |s| &s.world.catalogue.specials.day_pairs, Between::SelfPaid)),
    scheme(PAIR, "seven-hours-apart", Near, ADULT, 2, |s| {
        pair(s, |s| &s.world.catalogue.specials.hour_pairs, Between::Minutes(7 * 60 + 5))
    }),
    scheme(FREQUENCY, "nursing-twice", Hit, ADULT, 10, |s| twice(s, Day::Paid)),
    scheme(FREQUENCY, "no-scope-amount", Hidden, ADULT, 10, |s| twice(s, Day::NoScope)),
    scheme(FREQUENCY, "second-refunded", Near, ADULT, 10, |s| twice(s, Day::Refunded)),
    scheme(FREQUENCY, "second-self-paid", Near, ADULT, 10, |s| twice(s, Day::SelfPaid)),
    scheme(FREQUENCY, "two-halves", Near, ADULT, 10, halves),
    scheme(FREQUENCY, "twins", Near, MOTHER, 8, twins),
];

/// How the contained item lies to the containing one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Minutes(i32),
    NextDay,
    /// Two of the contained one, of which the single containing one covers one.
    Twice,
    NoTime,
    NoScope,
    Refunded,
    SelfPaid,
}

fn pair(scene: &mut Scene<'_>, of: for<'s> fn(&'s Scene<'_>) -> &'s Vec<Pair>, how: Between) -> Option<()> {
    let pairs = of(scene);
    let pair = pairs.get(scene.turn % pairs.len().max(1))?.clone();
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    visit.begin = at(scene.day, 8 * 60);
    visit.end = Some(at(scene.day.plus(i32::from(how == Between::NextDay)), 18 * 60));
    let catalogue = &scene.world.catalogue;
    let nine = at(scene.day, 9 * 60);
    let (first, second) = match how {
        Between::NoTime => (scene.day.midnight(), scene.day.midnight()),
        Between::NextDay => (nine, at(scene.day.plus(1), 9 * 60)),
        Between::Minutes(minutes) => (nine, nine.plus_seconds(i64::from(minutes) * 60)),
        _ => (nine, nine.plus_seconds(1200)),
    };
    let whole = visit.bill(catalogue, pair.whole, first, ONE);
    let count = if how == Between::Twice { 2 } else { 1 };
    let part = visit.bill(catalogue, pair.part, second, count * ONE);
    match how {
        Between::Refunded => drop(visit.refund(whole, ONE, 600)),
        Between::SelfPaid => visit.self_paid(part),
        Between::NoScope => visit.line(part).inscp = None,
        _ => {}
    }
    let excess = visit.line(part).price;
    scene.note(visit, &[part], Some(excess));
    Some(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Day {
    Paid,
    NoScope,
    Refunded,
    SelfPaid,
}

/// A stay with one more nursing fee, or consultation, on one day than it has.
fn twice(scene: &mut Scene<'_>, how: Day) -> Option<()> {
    if !scene.world.catalogue.specials.once_a_day {
        return None;
    }
    let basics = scene.world.catalogue.basics;
    let place = scene.hospital(Kind::Secondary);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let mut visit = scene.stay(Ward { place, disease, begin: scene.day, days: 7 });
    let item = [basics.nursing, basics.consult, basics.bed][scene.turn % 3];
    let sn = visit.bill(&scene.world.catalogue, item, at(scene.day.plus(3), 23 * 60), ONE);
    match how {
        Day::Paid => {}
        Day::NoScope => visit.line(sn).inscp = None,
        Day::Refunded => drop(visit.refund(sn, ONE, 600)),
        Day::SelfPaid => visit.self_paid(sn),
    }
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// Half a day's bed in the morning and half a day's in the evening.
fn halves(scene: &mut Scene<'_>) -> Option<()> {
    let bed = scene.world.catalogue.basics.bed;
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.stay(Ward { place, disease: &ADMITTED[scene.turn % 4], begin: scene.day, days: 7 });
    let day = scene.day.plus(2);
    let line = visit.lines.iter_mut().find(|line| line.item == bed && line.at.day() == day)?;
    line.cnt = ONE / 2;
    line.amount = line.price / 2;
    line.inscp = Some(line.amount);
    let first = line.sn;
    let second = visit.bill(&scene.world.catalogue, bed, at(day, 22 * 60 + 30), ONE / 2);
    scene.note(visit, &[first, second], None);
    Some(())
}

/// Two babies on their mother's bill: two nursing fees for newborns a day.
fn twins(scene: &mut Scene<'_>) -> Option<()> {
    if !scene.world.catalogue.specials.once_a_day {
        return None;
    }
    let place = scene.hospital(Kind::Maternity);
    let mut visit = scene.stay(Ward { place, disease: &TWINS, begin: scene.day, days: 5 });
    visit.med_type = "52";
    visit.dept = "A05";
    (visit.matn_type, visit.babies) = ("1", 2);
    let item = scene.world.catalogue.basics.newborn_nursing;
    let lines: Vec<u32> =
        (1..5).map(|day| visit.bill(&scene.world.catalogue, item, at(scene.day.plus(day), 9 * 60), 2 * ONE)).collect();
    visit.lines.iter_mut().for_each(|line| line.maternity = true);
    scene.note(visit, &lines, None);
    scene.note_also(DAYS);
    // Nursing of newborns is for children: the babies are, whoever pays.
    scene.note_also("GZ10000302003000");
    Some(())
}
