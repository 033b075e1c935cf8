//! Storerooms of hospitals: consumables billed beyond what ever came in. What is billed is counted here; what came in is set when
//! all have been counted.

use std::collections::BTreeMap;

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme, unseen};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::sheet::Sheet;
use crate::truth::{Expect, Truth};
use crate::visit::{ONE, Visit};
use crate::world::{World, at};

const STOREROOM: &str = "GZ10000203001000";

/// Boxes left on the shelf by whoever keeps honest books.
const RESERVE: i64 = 6;

/// Books of one consumable（耗材账）.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Books {
    /// A third of what was billed came in.
    Third,
    /// Nothing came in.
    Nothing,
    /// A third came in, and nobody had counted at the beginning.
    NotCounted,
    /// All came in, and some went back to the supplier.
    SentBack,
    /// On consignment: it comes in when it has been used.
    Consigned,
    /// All came in, and two thirds are still there. Written without sight of the rule.
    Untouched,
}

/// Consumable, smallest units in a box, its books: one for each scheme, in order. Each is used in one kind of hospital, so that nothing else is true of it.
const KEPT: [(&str, i64, Books); 6] = [
    ("可吸收止血纱布", 5, Books::Third),
    ("藻酸盐敷料", 10, Books::Nothing),
    ("骨水泥", 1, Books::NotCounted),
    ("生物补片", 1, Books::SentBack),
    ("椎间融合器", 1, Books::Consigned),
    ("银离子敷料", 10, Books::Untouched),
];

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(STOREROOM, "a-third-bought", Hit, ADULT, 9, |s| used(s, Kind::Secondary, 0, 6)),
    scheme(STOREROOM, "never-bought", Hit, ADULT, 9, |s| used(s, Kind::Township, 1, 16)),
    scheme(STOREROOM, "no-opening-count", Hidden, ADULT, 9, |s| used(s, Kind::Tcm, 2, 3)),
    scheme(STOREROOM, "some-sent-back", Near, ADULT, 9, |s| used(s, Kind::Tertiary, 3, 2)),
    scheme(STOREROOM, "on-consignment", Near, ADULT, 9, |s| used(s, Kind::Tertiary, 4, 1)),
    unseen(STOREROOM, "still-on-the-shelf", ADULT, 44, |s| dressed(s, Kind::Community, 5, 8)),
];

/// Three outpatient visits, three weeks apart, at each of which so many boxes are billed.
fn dressed(scene: &mut Scene<'_>, kind: Kind, kept: usize, boxes: i64) -> Option<()> {
    let place = scene.hospital(kind);
    for time in 0..3 {
        let mut visit = scene.outpatient(place, time * 21);
        scene.bill_later(&mut visit, KEPT.get(kept)?.0, 2400, boxes)?;
        scene.year.keep(visit);
    }
    Some(())
}

/// A stay in which so many boxes are billed. What is true of the storeroom is noted when all has been counted.
fn used(scene: &mut Scene<'_>, kind: Kind, kept: usize, boxes: i64) -> Option<()> {
    let place = scene.hospital(kind);
    let mut visit = scene.mapped_stay(Ward { place, disease: &ADMITTED[7], begin: scene.day, days: 6 });
    let when = at(scene.day.plus(1), 10 * 60);
    scene.bill(&mut visit, KEPT.get(kept)?.0, when, boxes)?;
    scene.year.keep(visit);
    Some(())
}

/// Storeroom（耗材库）: boxes billed, by hospital and consumable.
#[derive(Debug, Default)]
pub(super) struct Storeroom {
    kept: Vec<usize>,
    billed: BTreeMap<(usize, usize), i64>,
}

impl Storeroom {
    pub(super) fn new(world: &World) -> Self {
        let kept = KEPT.iter().filter_map(|(name, ..)| world.catalogue.named(name)).collect();
        Self { kept, billed: BTreeMap::new() }
    }

    /// Counts what a visit was billed.
    pub(super) fn count(&mut self, visit: &Visit) {
        for line in &visit.lines {
            if let Some(number) = self.kept.iter().position(|item| *item == line.item) {
                *self.billed.entry((visit.place, number)).or_default() += line.cnt / ONE;
            }
        }
    }

    /// Writes what came in and went out, and says what is true of it.
    pub(super) fn write(&self, world: &World, sheet: &mut Sheet) -> Vec<Truth> {
        self.billed.iter().map(|((place, number), boxes)| self.account(world, sheet, (*place, *number), *boxes)).collect()
    }

    fn account(&self, world: &World, sheet: &mut Sheet, (place, number): (usize, usize), boxes: i64) -> Truth {
        let (_, factor, books) = KEPT[number];
        let (code, item) = (&world.places.institutions[place].code, &world.catalogue.items[self.kept[number]]);
        let mut write = |kind: &str, when: claims::Moment, packs: i64| {
            let mut row = sheet.row();
            row.text(code).text(&item.code).text(&item.name).text(kind).moment(when).quantity(packs * factor * ONE);
            row.text(unit(factor)).yuan(item.price * 9 / 10 / factor).text("1").end();
        };
        let came = boxes / 3;
        let (opening, bought, back, closing) = match books {
            Books::Third | Books::NotCounted => (0, came, 0, 0),
            Books::Nothing => (0, 0, 0, 0),
            Books::SentBack => (RESERVE, boxes + 4, 4, RESERVE),
            Books::Consigned => (0, boxes, 0, 0),
            Books::Untouched => (0, boxes, 0, boxes * 2 / 3),
        };
        if books != Books::NotCounted {
            write("count", at(world.first, 1), opening);
            write("count", at(world.last, 24 * 60 - 1), closing);
        }
        if bought > 0 {
            let when = if books == Books::Consigned { at(world.last, 20 * 60) } else { at(world.first, 60) };
            write("108", when, bought);
        }
        if back > 0 {
            write("109", at(world.last, 10 * 60), back);
        }
        // Three percent belong to the limit; half a fen is rounded up.
        let had = opening + bought - back - closing;
        let excess = boxes * item.price - (had * item.price * 103 + 50) / 100;
        note((code, &item.code), number, excess)
    }

    /// Name, code, institution, smallest unit and how many of it make a box.
    pub(super) fn factors(&self, world: &World) -> Vec<[String; 5]> {
        let keys = self.billed.keys();
        keys.map(|(place, number)| {
            let (place, item) = (&world.places.institutions[*place], &world.catalogue.items[self.kept[*number]]);
            let factor = KEPT[*number].1;
            [item.name.clone(), item.code.clone(), place.code.clone(), unit(factor).to_owned(), factor.to_string()]
        })
        .collect()
    }
}

fn unit(factor: i64) -> &'static str {
    if factor == 1 { "盒" } else { "片" }
}

fn note((place, item): (&str, &str), number: usize, excess: i64) -> Truth {
    let case = &SCHEMES[number];
    let hit = case.role == Hit;
    Truth {
        scheme: case.name(),
        rule_code: STOREROOM.to_owned(),
        subject: format!("{place}|{item}"),
        fixmedins_code: place.to_owned(),
        psn_no: String::new(),
        mdtrt_id: String::new(),
        line_ids: String::new(),
        amount_fen: hit.then_some(excess),
        expect: if hit { Expect::Hit } else { Expect::Clear },
    }
}
