//! Prices above the ceiling. The ceilings are the city's own price list: what everyday services cost.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::catalogue::{REPRICED, TIERED};
use crate::place::Kind;
use crate::visit::ONE;

const PRICE: &str = "GZ10000102001000";
/// What a unit price may be over the ceiling, in fen: it belongs to the limit.
const TOLERANCE: i64 = 1;

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(PRICE, "above-ceiling", Hit, ADULT, 1, |s| billed(s, 6, 2, false)),
    scheme(PRICE, "old-price-after-cut", Hit, ADULT, 1, |s| around_cut(s, 2)),
    scheme(PRICE, "no-level", Hidden, ADULT, 1, tiered_at_unrated),
    scheme(PRICE, "no-scope-amount", Hidden, ADULT, 1, no_scope),
    scheme(PRICE, "at-ceiling", Near, ADULT, 1, |s| billed(s, 5, 2, false)),
    scheme(PRICE, "self-paid", Near, ADULT, 1, |s| billed(s, 6, 1, true)),
    scheme(PRICE, "old-price-before-cut", Near, ADULT, 1, |s| around_cut(s, -2)),
];

/// Services without tiers and with a price all year.
const CHOICE: [&str; 5] = ["红外线治疗", "静脉输液", "雾化吸入", "推拿治疗", "低频脉冲电治疗"];

/// One of them that the visit does not have yet, at so many fifths of its ceiling.
fn billed(scene: &mut Scene<'_>, fifths: i64, cnt: i64, own: bool) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    let offset = scene.turn % CHOICE.len();
    let free = |item: &usize| visit.lines.iter().all(|line| line.item != *item);
    let item = (0..CHOICE.len()).filter_map(|i| scene.world.catalogue.named(CHOICE[(offset + i) % CHOICE.len()])).find(free)?;
    let ceiling = scene.world.catalogue.items[item].price;
    let price = ceiling * fifths / 5;
    let sn = visit.bill_at(&scene.world.catalogue, item, visit.begin.plus_seconds(1800), cnt * ONE, price);
    if own {
        visit.self_paid(sn);
    }
    let excess = (price - ceiling - TOLERANCE) * cnt;
    scene.note(visit, &[sn], Some(excess));
    Some(())
}

fn no_scope(scene: &mut Scene<'_>) -> Option<()> {
    billed(scene, 7, 1, false)?;
    let visit = scene.year.visits.last_mut()?;
    let last = visit.lines.len();
    visit.line(u32::try_from(last).ok()?).inscp = None;
    Some(())
}

/// At the old price, so many days from the day of the cut.
fn around_cut(scene: &mut Scene<'_>, after: i32) -> Option<()> {
    let item = scene.world.catalogue.named(REPRICED)?;
    let day = scene.world.changed_on.plus(after * (1 + i32::try_from(scene.turn % 4).unwrap_or(0)));
    if day < scene.world.first || day > scene.world.last {
        return None;
    }
    scene.day = day;
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    let (old, (_, new)) = (scene.world.catalogue.items[item].price, scene.world.catalogue.items[item].later?);
    let sn = visit.bill_at(&scene.world.catalogue, item, visit.begin.plus_seconds(1800), ONE, old);
    scene.note(visit, &[sn], Some(old - new - TOLERANCE));
    Some(())
}

/// Above every tier's ceiling but the highest, at an institution that has no level.
fn tiered_at_unrated(scene: &mut Scene<'_>) -> Option<()> {
    let item = scene.world.catalogue.named(TIERED)?;
    let place = scene.world.place(scene.dice, Kind::Unrated, scene.person.county);
    let mut visit = scene.outpatient(place, 0);
    visit.lines.retain(|line| line.item != item);
    (1..).zip(&mut visit.lines).for_each(|(sn, line)| line.sn = sn);
    let price = scene.world.catalogue.items[item].price * 21 / 20;
    let sn = visit.bill_at(&scene.world.catalogue, item, visit.begin.plus_seconds(1800), ONE, price);
    scene.note(visit, &[sn], None);
    Some(())
}
