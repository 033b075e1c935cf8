//! Further operations through one incision, which cost only a part.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme, unseen};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::visit::{ONE, Operation, Visit};
use crate::world::at;

const DISCOUNT: &str = "GZ10000102002000";
/// So many operations of each group are on the city's price list; the rest are not.
pub(crate) const PRICED: usize = 3;

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(DISCOUNT, "second-full-price", Hit, ADULT, 12, |s| operate(s, How::Full)),
    scheme(DISCOUNT, "second-at-three-quarters", Hit, ADULT, 12, |s| operate(s, How::ThreeQuarters)),
    unseen(DISCOUNT, "three-at-full-price", ADULT, 12, three),
    scheme(DISCOUNT, "no-catalogue-price", Hidden, ADULT, 12, |s| operate(s, How::Unpriced)),
    scheme(DISCOUNT, "second-at-half", Near, ADULT, 12, |s| operate(s, How::HalfPrice)),
    scheme(DISCOUNT, "second-as-half-unit", Near, ADULT, 12, |s| operate(s, How::HalfUnit)),
    scheme(DISCOUNT, "second-session", Near, ADULT, 12, |s| operate(s, How::OtherSession)),
    scheme(DISCOUNT, "first-refunded", Near, ADULT, 12, |s| operate(s, How::FirstRefunded)),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Full,
    ThreeQuarters,
    Unpriced,
    HalfPrice,
    HalfUnit,
    OtherSession,
    FirstRefunded,
}

fn operate(scene: &mut Scene<'_>, how: How) -> Option<()> {
    let incisions = &scene.world.catalogue.specials.incisions;
    let incision = incisions.get(scene.turn % incisions.len().max(1))?;
    let (dear, cheap) = choose(scene, &incision.items, how)?;
    let place = scene.hospital(Kind::Tertiary);
    let disease = &ADMITTED[6 + scene.turn % 2];
    let mut visit = scene.stay(Ward { place, disease, begin: scene.day, days: 8 });
    visit.dept = "A04";
    let day = scene.day.plus(2);
    record(&mut visit, EXPLORED, at(day, 13 * 60), at(day, 15 * 60));
    let catalogue = &scene.world.catalogue;
    for item in [dear, cheap] {
        if let Some((_, code, name)) = OPERATIONS.iter().find(|(item_code, ..)| *item_code == catalogue.items[item].code) {
            record(&mut visit, (code, name), at(day, 13 * 60), at(day, 15 * 60));
        }
    }
    let first = visit.bill(catalogue, dear, at(day, 13 * 60 + 10), ONE);
    let full = catalogue.items[cheap].price;
    let allowed = full * incision.ratio_2 / 100;
    let second_at = if how == How::OtherSession { at(day, 19 * 60 + 15) } else { at(day, 13 * 60 + 40) };
    let (price, cnt) = match how {
        How::ThreeQuarters => (full * 3 / 4 / 2 * 2, ONE),
        How::HalfPrice => (allowed, ONE),
        How::HalfUnit => (full, ONE * incision.ratio_2 / 100),
        _ => (full, ONE),
    };
    let second = visit.bill_at(catalogue, cheap, second_at, cnt, price);
    if how == How::OtherSession {
        record(&mut visit, EXPLORED, at(day, 19 * 60), at(day, 20 * 60 + 30));
    }
    if how == How::FirstRefunded {
        visit.refund(first, ONE, 3600);
    }
    let excess = visit.line(second).amount - allowed;
    scene.note(visit, &[second], Some(excess));
    Some(())
}

/// Three operations through one incision, each at its full price: the second and the third cost half.
fn three(scene: &mut Scene<'_>) -> Option<()> {
    let catalogue = &scene.world.catalogue;
    let incisions = &catalogue.specials.incisions;
    let incision = incisions.get(scene.turn % incisions.len().max(1))?;
    let mut items: Vec<usize> = incision.items.iter().take(PRICED).copied().collect();
    items.sort_by_key(|item| std::cmp::Reverse(catalogue.items[*item].price));
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.stay(Ward { place, disease: &ADMITTED[6], begin: scene.day, days: 8 });
    visit.dept = "A04";
    let day = scene.day.plus(2);
    record(&mut visit, EXPLORED, at(day, 9 * 60), at(day, 12 * 60));
    let mut lines = Vec::new();
    for (minute, item) in (10..).step_by(20).zip(items) {
        if let Some((_, code, name)) = OPERATIONS.iter().find(|(item_code, ..)| *item_code == catalogue.items[item].code) {
            record(&mut visit, (code, name), at(day, 9 * 60), at(day, 12 * 60));
        }
        lines.push(visit.bill(catalogue, item, at(day, 9 * 60 + minute), ONE));
    }
    let later = lines.get(1..3)?;
    let excess = later.iter().map(|sn| visit.line(*sn).amount / 2).sum();
    scene.note(visit, later, Some(excess));
    Some(())
}

/// Two operations of different price, the dearer one first; both are priced, or the cheaper one is not.
fn choose(scene: &Scene<'_>, items: &[usize], how: How) -> Option<(usize, usize)> {
    let price = |item: usize| scene.world.catalogue.items[item].price;
    let (priced, unpriced) = items.split_at(PRICED.min(items.len()));
    let cheaper = if how == How::Unpriced { unpriced } else { priced };
    let couples = priced.iter().flat_map(|dear| cheaper.iter().map(move |cheap| (*dear, *cheap)));
    let all: Vec<_> = couples.filter(|(dear, cheap)| price(*dear) > price(*cheap)).collect();
    all.get(scene.turn / 3 % all.len().max(1)).copied()
}

/// The operation on record of most sessions: code and name.
const EXPLORED: (&str, &str) = ("54.1101", "剖腹探查术");
/// Items that the national tables map to an operation, with its code and name: a record without it would be a false one.
const OPERATIONS: [(&str, &str, &str); 1] = [("003311030010000", "57.1900", "膀胱切开取石术")];

/// Puts an operation on record.
fn record(visit: &mut Visit, (code, name): (&'static str, &'static str), begin: claims::Moment, end: claims::Moment) {
    visit.operations.push(Operation { code, name, begin, end });
}
