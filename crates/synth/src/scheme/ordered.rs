//! Billed without an order, and more than was ordered, at hospitals that deliver the orders of every stay.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::visit::{ONE, Order, Visit};
use crate::world::at;

const NO_ORDER: &str = "M056";
const TOO_MUCH: &str = "M057";

/// Drug ordered in capsules, and the capsules in a pack.
pub(crate) const IN_CAPSULES: (&str, i64) = ("乌苯美司胶囊", 14);
/// Drug of which nobody has registered what is in a pack.
const UNREGISTERED: &str = "复合维生素B片";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(NO_ORDER, "two-tests", Hit, ADULT, 11, |s| unordered(s, &["血清淀粉酶测定", "血清肌酸激酶测定"], &[1], How::Plain)),
    scheme(NO_ORDER, "three-days-of-a-drug", Hit, ADULT, 11, |s| unordered(s, &["腺苷钴胺片"], &[2, 3, 4], How::Plain)),
    scheme(NO_ORDER, "order-without-code", Hidden, ADULT, 11, |s| unordered(s, &["血清淀粉酶测定"], &[1], How::Uncoded)),
    scheme(NO_ORDER, "refunded", Near, ADULT, 11, |s| unordered(s, &["血清淀粉酶测定"], &[1], How::Refunded)),
    scheme(NO_ORDER, "by-number", Near, ADULT, 11, |s| unordered(s, &["血清肌酸激酶测定"], &[1, 4], How::ByNumber)),
    scheme(NO_ORDER, "by-nobody", Near, ADULT, 11, |s| unordered(s, &["普通针刺", "推拿治疗"], &[1, 2, 3], How::Plain)),
    scheme(TOO_MUCH, "five-for-two", Hit, ADULT, 11, |s| dispensed(s, &[(2, "盒")], &[2, 3], 3)),
    scheme(TOO_MUCH, "two-packs-in-capsules", Hit, ADULT, 11, |s| dispensed(s, &[(28, "粒")], &[2, 2, 2], 4)),
    scheme(TOO_MUCH, "two-orders-outrun", Hit, ADULT, 11, |s| dispensed(s, &[(1, "盒"), (14, "粒")], &[1, 3, 2], 4)),
    scheme(TOO_MUCH, "unregistered-pack", Hidden, ADULT, 11, vitamins),
    scheme(TOO_MUCH, "one-more", Near, ADULT, 11, |s| dispensed(s, &[(2, "盒")], &[2, 1], 0)),
    scheme(TOO_MUCH, "rounded-up", Near, ADULT, 11, |s| dispensed(s, &[(30, "粒")], &[3], 0)),
    scheme(TOO_MUCH, "returned", Near, ADULT, 11, |s| dispensed(s, &[(2, "盒")], &[2, 3], -3)),
    scheme(TOO_MUCH, "two-orders", Near, ADULT, 11, |s| dispensed(s, &[(2, "盒"), (28, "粒")], &[2, 2], 0)),
];

/// What becomes of an item that nobody ordered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Plain,
    Refunded,
    /// It carries the number of an order that names another item.
    ByNumber,
    /// An order says no code: it may be the one.
    Uncoded,
}

fn stay(scene: &mut Scene<'_>) -> Visit {
    let place = scene.hospital(Kind::Tcm);
    let disease = &ADMITTED[[0, 2, 3, 5][scene.turn % 4]];
    scene.mapped_stay(Ward { place, disease, begin: scene.day, days: 8 })
}

/// Items that are not among the orders of the stay, on these days of it.
fn unordered(scene: &mut Scene<'_>, names: &[&str], days: &[i32], how: How) -> Option<()> {
    let mut visit = stay(scene);
    for name in names {
        let item = scene.world.catalogue.named(name)?;
        // The stay itself may have billed it, by order.
        visit.keep_lines(|line| line.item != item);
        visit.unordered.push(item);
    }
    let mut lines = Vec::new();
    for day in days {
        for name in names {
            let sn = scene.bill(&mut visit, name, at(scene.day.plus(*day), 15 * 60), 1)?;
            match how {
                How::Refunded => drop(visit.refund(sn, ONE, 3600)),
                How::ByNumber => visit.line(sn).rx = 90,
                How::Plain | How::Uncoded => {}
            }
            lines.push(sn);
        }
    }
    let begin = visit.begin;
    if how == How::ByNumber {
        let (number, item) = (visit.prescription(90), scene.world.catalogue.named("血清尿酸测定")?);
        visit.orders.push(Order { number, item, begin, end: None, cnt: 2 * ONE, unit: "次" });
    }
    if how == How::Uncoded {
        let (number, item) = (visit.prescription(91), *scene.world.catalogue.unmapped.first()?);
        visit.orders.push(Order { number, item, begin, end: None, cnt: ONE, unit: "次" });
    }
    let amount = lines.iter().map(|sn| visit.line(*sn).amount).sum();
    scene.note(visit, &lines, Some(amount));
    Some(())
}

/// Orders of so many packs or capsules, bills of so many packs a day; so many packs of the last bills are too many, or go back.
fn dispensed(scene: &mut Scene<'_>, orders: &[(i64, &'static str)], packs: &[i64], excess: i64) -> Option<()> {
    let item = scene.world.catalogue.named(IN_CAPSULES.0)?;
    let mut visit = stay(scene);
    let begin = visit.begin;
    for (place, (cnt, unit)) in orders.iter().enumerate() {
        let number = visit.prescription(80) + place as u64;
        visit.orders.push(Order { number, item, begin, end: None, cnt: cnt * ONE, unit });
    }
    let mut billed = Vec::new();
    for (turn, count) in packs.iter().enumerate() {
        let day = scene.day.plus(1 + 2 * i32::try_from(turn).unwrap_or(0));
        billed.push(scene.bill(&mut visit, IN_CAPSULES.0, at(day, 10 * 60), *count)?);
    }
    let last = *billed.last()?;
    if excess < 0 {
        visit.refund(last, -excess * ONE, 3600);
    }
    // From the last bill backwards, until the excess is covered.
    let (mut lines, mut left) = (Vec::new(), excess);
    for (sn, count) in billed.iter().zip(packs).rev() {
        if left > 0 {
            lines.push(*sn);
        }
        left -= count;
    }
    let amount = excess * visit.line(last).price;
    if lines.is_empty() {
        lines.push(last);
    }
    scene.note(visit, &lines, Some(amount));
    Some(())
}

/// Two packs ordered and six billed, of what may be packs or sheets.
fn vitamins(scene: &mut Scene<'_>) -> Option<()> {
    let item = scene.world.catalogue.named(UNREGISTERED)?;
    let mut visit = stay(scene);
    let (number, begin) = (visit.prescription(80), visit.begin);
    visit.orders.push(Order { number, item, begin, end: None, cnt: 2 * ONE, unit: "包" });
    let sn = scene.bill(&mut visit, UNREGISTERED, at(scene.day.plus(2), 10 * 60), 6)?;
    scene.note(visit, &[sn], None);
    Some(())
}
