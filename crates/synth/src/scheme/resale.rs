//! Drugs bought to be sold again: hoarded by one, gathered by many, taken without a prescription.

use super::Role::{Hit, Near};
use super::stock::SWAP;
use super::{ADULT, Scene, Scheme, group, scheme, unseen};
use crate::life::buy;
use crate::place::Kind;
use crate::visit::{ONE, Order, Visit};
use crate::world::at;

const HOARD: &str = "M039";
const RING: &str = "M040";
const UNPRESCRIBED: &str = "M060";

pub(super) const SCHEMES: &[Scheme] = &[
    // What a purchase of these is worth noting, the pharmacy's books tell when all have been made.
    scheme(SWAP, "original-for-copy", Hit, ADULT, 2, |s| swapped(s, "孟鲁司特钠片（原研）", 3)),
    scheme(SWAP, "dearer-still", Hit, ADULT, 2, |s| swapped(s, "奥氮平片（原研）", 2)),
    scheme(SWAP, "bought-dear", Near, ADULT, 2, |s| swapped(s, "氯沙坦钾片（原研）", 3)),
    scheme(SWAP, "bought-dear-again", Near, ADULT, 2, |s| swapped(s, "氯沙坦钾片（原研）", 2)),
    unseen(SWAP, "three-in-four-at-clinics", ADULT, 58, prescribed_dear),
    scheme(HOARD, "three-pharmacies", Hit, ADULT, 30, |s| hoard(s, "恩替卡韦片", 3, 3, 7)),
    scheme(HOARD, "little-by-little", Hit, ADULT, 40, |s| hoard(s, "银杏酮酯滴丸", 2, 5, 6)),
    scheme(HOARD, "monthly", Near, ADULT, 100, |s| hoard(s, "恩替卡韦片", 1, 4, 28)),
    scheme(HOARD, "twelve-weeks", Near, ADULT, 100, |s| hoard(s, "恩替卡韦片", 3, 2, 84)),
    group(6, RING, "three-rounds", Hit, 80, |s| ring(s, 3, 6)),
    group(5, RING, "five-rounds", Hit, 80, |s| ring(s, 5, 5)),
    group(2, RING, "couple", Near, 80, |s| ring(s, 3, 2)),
    group(6, RING, "one-pharmacy-twice", Near, 80, |s| ring(s, 2, 6)),
    scheme(UNPRESCRIBED, "no-prescription", Hit, ADULT, 4, |s| prescribed(s, None, 2)),
    scheme(UNPRESCRIBED, "expired", Hit, ADULT, 14, |s| prescribed(s, Some(9), 1)),
    scheme(UNPRESCRIBED, "prescribed", Near, ADULT, 6, |s| prescribed(s, Some(1), 2)),
    scheme(UNPRESCRIBED, "third-day", Near, ADULT, 8, |s| prescribed(s, Some(3), 1)),
];

/// A purchase of so many packs of one drug and nothing else.
fn purchase(scene: &mut Scene<'_>, place: usize, after: i32, drug: &str, packs: i64) -> Option<Visit> {
    let item = scene.world.catalogue.named(drug)?;
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day.plus(after));
    visit.lines.clear();
    let begin = visit.begin;
    visit.bill(&scene.world.catalogue, item, begin, packs * ONE);
    Some(visit)
}

/// Bills a dear drug of which the pharmacy may have only the cheap kind.
fn swapped(scene: &mut Scene<'_>, drug: &str, packs: i64) -> Option<()> {
    let place = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
    let visit = purchase(scene, place, 0, drug, packs)?;
    scene.year.keep(visit);
    Some(())
}

/// Prescribes a dear drug at a clinic in three months, of which the clinic buys mostly the cheap kind.
fn prescribed_dear(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Kind::Community);
    for time in 0..3 {
        let mut visit = scene.outpatient(place, time * 28);
        let sn = scene.bill_later(&mut visit, "替格瑞洛片（原研）", 1500, 2)?;
        visit.line(sn).rx = 1;
        scene.year.keep(visit);
    }
    Some(())
}

/// So many packs, so many times, so many days apart. A pack is four weeks, or thirty days.
fn hoard(scene: &mut Scene<'_>, drug: &str, packs: i64, times: i32, apart: i32) -> Option<()> {
    const MOST: i64 = 60;
    let pharmacies: Vec<usize> = scene.world.places.all_of(Kind::Pharmacy).collect();
    let days_a_pack = if drug == "恩替卡韦片" { 28 } else { 30 };
    let mut left = 0;
    let (mut ids, mut amount) = (Vec::new(), 0);
    let mut last: Option<Visit> = None;
    for turn in 0..times {
        let place = pharmacies[(scene.turn + usize::try_from(turn).unwrap_or(0)) % pharmacies.len()];
        let mut visit = purchase(scene, place, turn * apart, drug, packs)?;
        left = if turn == 0 { 0 } else { (left - i64::from(apart)).max(0) };
        if left > MOST {
            ids.push(visit.line_id(1));
            amount += visit.line(1).amount;
        }
        left += packs * days_a_pack;
        if let Some(earlier) = last.replace(visit) {
            scene.year.keep(earlier);
        }
    }
    let visit = last?;
    if ids.is_empty() {
        ids.push(visit.line_id(1));
    }
    scene.note_ids(&visit, &ids, Some(amount));
    scene.year.keep(visit);
    Some(())
}

/// All members buy the watched drug within half an hour, round after round, at two pharmacies by turns.
fn ring(scene: &mut Scene<'_>, rounds: i32, _members: usize) -> Option<()> {
    let pharmacies: Vec<usize> = scene.world.places.all_of(Kind::Pharmacy).collect();
    let first = scene.shared.below(pharmacies.len());
    for round in 0..rounds {
        let turn = if rounds == 2 { 0 } else { usize::try_from(round % 2).unwrap_or(0) };
        let place = pharmacies[(first + turn) % pharmacies.len()];
        let mut visit = purchase(scene, place, round * 15, "银杏酮酯滴丸", 1)?;
        let minute = 15 * 60 + i32::try_from(scene.member).unwrap_or(0) * 4;
        let begin = at(scene.day.plus(round * 15), minute);
        (visit.begin, visit.end) = (begin, Some(begin));
        visit.lines.iter_mut().for_each(|line| line.at = begin);
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// A drug on prescription, sold so many days after the prescription was written; none is without one.
fn prescribed(scene: &mut Scene<'_>, written: Option<i32>, packs: i64) -> Option<()> {
    let place = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
    let sold = written.unwrap_or(0);
    let mut visit = purchase(scene, place, sold, "头孢克肟胶囊", packs)?;
    if written.is_some() {
        visit.line(1).rx = 1;
        let (number, item) = (visit.prescription(1), visit.lines[0].item);
        let begin = at(scene.day, 8 * 60);
        visit.orders.push(Order { number, item, begin, end: None, cnt: packs * ONE, unit: "" });
    }
    let amount = visit.total();
    scene.note(visit, &[1], Some(amount));
    Some(())
}
