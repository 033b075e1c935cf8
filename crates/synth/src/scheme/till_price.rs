//! Pharmacies at whose till the insured pay more than people with cash.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, group, scheme};
use crate::life::buy;
use crate::place::Kind;
use crate::visit::ONE;

const PRICES: &str = "M049";

/// Drug, cash price in fen, whether it is for members only: what inspectors noted at every pharmacy.
pub(crate) const REPORTS: [(&str, i64, bool); 4] = [
    ("非布司他片", 3000, false),
    ("多烯磷脂酰胆碱胶囊", 4000, false),
    ("氨糖软骨素片", 1800, true),
    ("盐酸坦索罗辛胶囊", 2600, false),
];

pub(super) const SCHEMES: &[Scheme] = &[
    group(7, PRICES, "above-own-cash-sales", Hit, 2, |s| sold(s, "甲钴胺片", 2000, 2600, 6)),
    group(5, PRICES, "few-cash-sales", Near, 2, |s| sold(s, "复方甘草酸苷片", 2000, 2600, 4)),
    scheme(PRICES, "a-fifth-above-cash", Hit, ADULT, 1, |s| insured(s, "非布司他片", 3600, 2, Some(600))),
    scheme(PRICES, "far-above-platform", Hit, ADULT, 1, |s| insured(s, "普瑞巴林胶囊", 3400, 3, Some(400))),
    scheme(PRICES, "no-price", Hidden, ADULT, 1, |s| insured(s, "盐酸坦索罗辛胶囊", 3600, 1, None)),
    scheme(PRICES, "five-percent", Near, ADULT, 1, |s| insured(s, "多烯磷脂酰胆碱胶囊", 4200, 2, Some(0))),
    scheme(PRICES, "members-price", Near, ADULT, 1, |s| insured(s, "氨糖软骨素片", 2400, 2, Some(0))),
];

/// So many boxes at a price, each of them so much too dear; not told when the price was not delivered.
fn insured(scene: &mut Scene<'_>, drug: &str, price: i64, boxes: i64, dearer: Option<i64>) -> Option<()> {
    let place = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
    let item = scene.world.catalogue.named(drug)?;
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day);
    visit.lines.clear();
    let begin = visit.begin;
    let sn = visit.bill_at(&scene.world.catalogue, item, begin, boxes * ONE, price);
    visit.line(sn).unpriced = dearer.is_none();
    scene.note(visit, &[sn], dearer.map(|fen| fen * boxes));
    Some(())
}

/// One drug at one pharmacy on one day: the first so many pay cash, the last is insured.
fn sold(scene: &mut Scene<'_>, drug: &str, cash: i64, price: i64, payers: usize) -> Option<()> {
    let place = scene.by_turn(Kind::Pharmacy)?;
    let item = scene.world.catalogue.named(drug)?;
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day);
    visit.lines.clear();
    let begin = visit.begin;
    let pays_cash = scene.member < payers;
    let sn = visit.bill_at(&scene.world.catalogue, item, begin, ONE, if pays_cash { cash } else { price });
    if pays_cash {
        visit.self_paid(sn);
        scene.year.keep(visit);
    } else {
        scene.note(visit, &[sn], Some(price - cash));
    }
    Some(())
}
