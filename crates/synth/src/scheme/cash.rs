//! Accounts emptied at the till: the same sum month after month, until nothing is left.

use super::Role::{Hit, Near};
use super::{Scene, Scheme, scheme};
use crate::life::buy;
use crate::person::Who;
use crate::place::Kind;
use crate::visit::ONE;

const EMPTIED: &str = "M054";

const EMPLOYEE: Who = Who { sex: 0, age: Some((30, 58)), insutype: "310" };

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(EMPTIED, "six-months", Hit, EMPLOYEE, 190, |s| emptied(s, 6, true, "碳酸钙D3片")),
    scheme(EMPTIED, "no-drugs", Hit, EMPLOYEE, 190, |s| emptied(s, 6, true, "美容护肤凝胶")),
    scheme(EMPTIED, "four-months", Near, EMPLOYEE, 190, |s| emptied(s, 4, true, "碳酸钙D3片")),
    scheme(EMPTIED, "something-left", Near, EMPLOYEE, 190, |s| emptied(s, 6, false, "碳酸钙D3片")),
];

/// Once a month at one pharmacy, for one sum.
fn emptied(scene: &mut Scene<'_>, months: i32, all: bool, name: &str) -> Option<()> {
    let place = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
    let item = scene.world.catalogue.named(name)?;
    let mut day = scene.day.month_start().plus(3);
    if day < scene.day {
        day = day.plus(31).month_start().plus(3);
    }
    for _ in 0..months {
        let mut visit = buy(scene.world, scene.dice, scene.year, place, day);
        visit.lines.clear();
        let begin = visit.begin;
        visit.bill(&scene.world.catalogue, item, begin, 5 * ONE);
        visit.cash_out = all;
        scene.year.keep(visit);
        day = day.plus(31).month_start().plus(3);
    }
    scene.note_person();
    Some(())
}
