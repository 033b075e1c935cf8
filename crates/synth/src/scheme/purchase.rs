//! Too often at the pharmacy, and more than anybody can take.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, IN_CAPSULES, Scene, Scheme, scheme};
use crate::life::buy;
use crate::place::Kind;
use crate::visit::{Mark, ONE, Settle, SettleRole, Visit};
use crate::world::at;

const OFTEN: &str = "GZ10000204003000";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(OFTEN, "four-in-a-day", Hit, ADULT, 1, |s| day(s, &[(0, 9 * 60), (1, 11 * 60), (0, 15 * 60), (2, 18 * 60)], 0)),
    scheme(OFTEN, "eighteen-in-a-month", Hit, ADULT, 33, |s| month(s, 18)),
    scheme(OFTEN, "twelve-weeks-three-times", Hit, ADULT, 75, |s| supplied(s, 84, 20)),
    scheme(OFTEN, "no-time-of-day", Hidden, ADULT, 1, |s| day(s, &[(0, 0), (0, 0), (1, 0), (1, 0)], 0)),
    scheme(OFTEN, "two-tills", Near, ADULT, 1, |s| day(s, &[(0, 540), (0, 544), (1, 700), (1, 715)], 0)),
    scheme(OFTEN, "one-refunded", Near, ADULT, 1, |s| day(s, &[(0, 9 * 60), (1, 11 * 60), (0, 15 * 60), (2, 18 * 60)], 1)),
    scheme(OFTEN, "fifteen-in-a-month", Near, ADULT, 33, |s| month(s, 15)),
    scheme(OFTEN, "twelve-weeks-each-time", Near, ADULT, 200, |s| supplied(s, 84, 84)),
];

/// Different drugs, so that nothing but the number of purchases is odd.
const SHELF: [&str; 6] = ["氯雷他定片", "蒙脱石散", "对乙酰氨基酚片", "玻璃酸钠滴眼液", "多潘立酮片", "香砂养胃丸"];

/// A pharmacy of the county, counted from one that the subject's turn chooses.
fn pharmacy(scene: &Scene<'_>, which: usize) -> Option<usize> {
    let near = scene.world.places.of(Kind::Pharmacy, scene.person.county);
    near.get((scene.turn + which) % near.len().max(1)).copied()
}

/// One pack of one drug at a minute of a day.
fn one(scene: &mut Scene<'_>, place: usize, after: i32, minute: i32, drug: &str) -> Option<Visit> {
    let item = scene.world.catalogue.named(drug)?;
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day.plus(after));
    visit.lines.clear();
    let begin = at(scene.day.plus(after), minute);
    (visit.begin, visit.end) = (begin, Some(begin));
    visit.bill(&scene.world.catalogue, item, begin, ONE);
    Some(visit)
}

/// Purchases of one day, at these pharmacies and minutes; the last so many go back.
fn day(scene: &mut Scene<'_>, purchases: &[(usize, i32)], refunded: usize) -> Option<()> {
    for (turn, (which, minute)) in purchases.iter().enumerate() {
        let place = pharmacy(scene, *which)?;
        let mut visit = one(scene, place, 0, *minute, SHELF[turn % SHELF.len()])?;
        if turn + refunded >= purchases.len() {
            let at = visit.begin.plus_seconds(1200);
            let settled = visit.end.unwrap_or(visit.begin);
            visit.refund(1, ONE, 1200);
            visit.line(2).setl = 1;
            visit.settles = vec![Settle { role: SettleRole::Refunded, at: settled }, Settle { role: SettleRole::Refund, at }];
        }
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// So many days of one calendar month, one purchase each.
fn month(scene: &mut Scene<'_>, count: i32) -> Option<()> {
    let start = scene.day.month_start();
    scene.day = if start < scene.year.first.plus(2) { start.plus(31).month_start() } else { start };
    let (from, to) = (scene.day, scene.day.plus(30));
    scene.year.mark(from, to, Mark::Blocked);
    for turn in 0..count {
        let which = usize::try_from(turn).unwrap_or(0);
        let place = pharmacy(scene, which % 3)?;
        // Not more than one a day, and none after the month.
        let visit = one(scene, place, turn * 27 / count.max(1) + 1, 10 * 60 + 7 * (turn % 9), SHELF[which % SHELF.len()])?;
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// Three times what lasts so many days, so many days apart, each time at another pharmacy.
fn supplied(scene: &mut Scene<'_>, days: u16, apart: i32) -> Option<()> {
    for turn in 0..3 {
        let place = pharmacy(scene, turn)?;
        let after = i32::try_from(turn).unwrap_or(0) * apart;
        let mut visit = one(scene, place, after, 10 * 60, IN_CAPSULES.0)?;
        let sn = visit.lines.first()?.sn;
        let line = visit.line(sn);
        (line.days, line.cnt, line.amount) = (days, 3 * ONE, 3 * line.price);
        line.inscp = Some(line.amount);
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}
