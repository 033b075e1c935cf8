//! Lines that cannot be right as they stand: an amount that is not quantity times price, more given back than was billed.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::{Ward, buy};
use crate::place::Kind;
use crate::visit::{ONE, Visit};
use crate::world::at;

const SUMS: &str = "GZ10000201002000";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(SUMS, "digits-swapped", Hit, ADULT, 1, |s| billed(s, 3, 2400, 2700)),
    scheme(SUMS, "decimal-point", Hit, ADULT, 9, decimal_point),
    scheme(SUMS, "more-back-than-billed", Hit, ADULT, 1, |s| given_back(s, 3)),
    scheme(SUMS, "no-price", Hidden, ADULT, 1, no_price),
    scheme(SUMS, "price-of-a-tablet-rounded", Near, ADULT, 1, |s| billed(s, 300, 33, 9999)),
    scheme(SUMS, "four-fen", Near, ADULT, 1, |s| billed(s, 2, 2400, 4804)),
    scheme(SUMS, "all-back", Near, ADULT, 1, |s| given_back(s, 2)),
];

/// Sets an amount by hand, all of it within scope.
fn amount_to(visit: &mut Visit, sn: u32, amount: i64) {
    let line = visit.line(sn);
    (line.amount, line.inscp) = (amount, Some(amount));
}

/// So many tablets or boxes at a price, for an amount; 7200 fen written as 2700, or rounded.
fn billed(scene: &mut Scene<'_>, units: i64, price: i64, amount: i64) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    let item = scene.world.catalogue.named("碳酸钙D3片")?;
    let when = visit.begin.plus_seconds(1800);
    let sn = visit.bill_at(&scene.world.catalogue, item, when, units * ONE, price);
    amount_to(&mut visit, sn, amount);
    scene.note(visit, &[sn], None);
    Some(())
}

/// Insulin of a stay at ten times its price in one line: a point was lost.
fn decimal_point(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Kind::Tertiary);
    let mut visit = scene.mapped_stay(Ward { place, disease: &ADMITTED[0], begin: scene.day, days: 6 });
    let when = at(scene.day.plus(2), 15 * 60);
    let sn = scene.bill(&mut visit, "甘精胰岛素注射液", when, 1)?;
    let amount = visit.line(sn).price * 10;
    amount_to(&mut visit, sn, amount);
    scene.note(visit, &[sn], None);
    Some(())
}

/// Two boxes billed, so many given back.
fn given_back(scene: &mut Scene<'_>, back: i64) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    let sn = scene.bill_later(&mut visit, "复方丹参滴丸", 1800, 2)?;
    let refund = visit.refund(sn, back * ONE, 900);
    scene.note(visit, &[refund], None);
    Some(())
}

/// A pharmacy delivers a sale without its price; that it cannot be checked, is said of the pharmacy and its month.
fn no_price(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day);
    visit.line(1).unpriced = true;
    scene.year.keep(visit);
    scene.note_place(place, None);
    Some(())
}
