//! Stays: charges outside them, stays cut in two, stays in two places, stays without treatment.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::{ADMITTED, CHEMO};
use crate::life::{Ward, post_late};
use crate::place::Kind;
use crate::visit::{ONE, Operation, Settle, SettleRole};
use crate::world::at;

const OUTSIDE: &str = "GZ10000201008000";
const SPLIT: &str = "GZ10000204001000";
const DOUBLE: &str = "M005";
const IDLE: &str = "M010";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(OUTSIDE, "before-admission", Hit, ADULT, 20, |s| outside(s, Outside::WeekBefore)),
    scheme(OUTSIDE, "after-discharge", Hit, ADULT, 20, |s| outside(s, Outside::TwoDaysAfter)),
    scheme(OUTSIDE, "on-discharge-day", Near, ADULT, 20, |s| outside(s, Outside::DischargeDay)),
    scheme(OUTSIDE, "posted-after-midnight", Near, ADULT, 20, |s| outside(s, Outside::AfterMidnight)),
    scheme(OUTSIDE, "test-before-admission", Near, ADULT, 20, |s| outside(s, Outside::TestBefore)),
    scheme(SPLIT, "core", Hit, ADULT, 30, |s| split(s, 1 + i32::try_from(s.turn % 7).unwrap_or(0), Again::Same)),
    scheme(SPLIT, "same-day", Hit, ADULT, 30, |s| split(s, 0, Again::Same)),
    scheme(SPLIT, "watch", Hit, ADULT, 34, |s| split(s, 8 + i32::try_from(s.turn % 8).unwrap_or(0), Again::Same)),
    scheme(SPLIT, "no-diagnosis", Hidden, ADULT, 30, |s| split(s, 3, Again::Undiagnosed)),
    scheme(SPLIT, "sixteen-days", Near, ADULT, 40, |s| split(s, 16, Again::Same)),
    scheme(SPLIT, "other-illness", Near, ADULT, 30, |s| split(s, 5, Again::Other)),
    scheme(SPLIT, "chemotherapy", Near, ADULT, 30, |s| split(s, 10, Again::Cycle)),
    scheme(SPLIT, "settled-midway", Near, ADULT, 30, midway),
    scheme(SPLIT, "transfer", Near, ADULT, 30, |s| overlap(s, 0, 0, false)),
    scheme(DOUBLE, "two-hospitals", Hit, ADULT, 30, |s| overlap(s, 3, 0, false)),
    scheme(DOUBLE, "five-days", Hit, ADULT, 30, |s| overlap(s, 5, 2, false)),
    scheme(DOUBLE, "no-discharge", Hidden, ADULT, 30, |s| overlap(s, -2, 0, true)),
    scheme(DOUBLE, "transfer", Near, ADULT, 30, |s| overlap(s, 0, 0, false)),
    scheme(DOUBLE, "under-a-day", Near, ADULT, 30, |s| overlap(s, 1, 8, false)),
    scheme(IDLE, "idle-days", Hit, ADULT, 14, |s| idle(s, 4, Idle::Billed)),
    scheme(IDLE, "five-days", Hit, ADULT, 14, |s| idle(s, 5, Idle::Billed)),
    scheme(IDLE, "posted-late", Hidden, ADULT, 14, |s| idle(s, 4, Idle::PostedLate)),
    scheme(IDLE, "two-days-leave", Near, ADULT, 14, |s| idle(s, 2, Idle::Leave)),
    scheme(IDLE, "by-bed-day", Near, ADULT, 14, |s| idle(s, 4, Idle::ByBedDay)),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outside {
    WeekBefore,
    TwoDaysAfter,
    DischargeDay,
    AfterMidnight,
    TestBefore,
}

fn outside(scene: &mut Scene<'_>, how: Outside) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let begin = scene.day.plus(8);
    let mut visit = scene.stay(Ward { place, disease: &ADMITTED[scene.turn % ADMITTED.len()], begin, days: 6 });
    let last = begin.plus(6);
    let (names, when) = match how {
        Outside::WeekBefore => (["静脉注射", "奥美拉唑肠溶胶囊"], at(begin.plus(-6), 600)),
        Outside::TwoDaysAfter => (["静脉注射", "0.9%氯化钠注射液"], at(last.plus(2), 600)),
        Outside::DischargeDay => (["静脉注射", "0.9%氯化钠注射液"], at(last, 23 * 60)),
        Outside::AfterMidnight => {
            visit.end = Some(at(last, 22 * 60));
            (["静脉注射", "血细胞分析"], at(last.plus(1), 90))
        }
        Outside::TestBefore => (["血细胞分析", "常规心电图检查"], at(begin.plus(-2), 600)),
    };
    let items: Vec<usize> = scene.world.items(&names).collect();
    let lines: Vec<u32> = items.iter().map(|item| visit.bill(&scene.world.catalogue, *item, when, ONE)).collect();
    let amount = lines.iter().map(|sn| visit.line(*sn).amount).sum();
    scene.note(visit, &lines, Some(amount));
    Some(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    Same,
    Other,
    Cycle,
    Undiagnosed,
}

/// Two stays at one hospital, so many days from discharge to the next admission.
fn split(scene: &mut Scene<'_>, gap: i32, again: Again) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let which = scene.turn % ADMITTED.len();
    // Seven and two have nothing in common: a hip after a pneumonia, and the like.
    let (one, other) = match again {
        Again::Cycle => (&CHEMO, &CHEMO),
        Again::Other => (&ADMITTED[0], &ADMITTED[7]),
        _ => (&ADMITTED[which], &ADMITTED[which]),
    };
    let mut first = scene.stay(Ward { place, disease: one, begin: scene.day, days: 6 });
    let begin = scene.day.plus(6 + gap);
    let mut second = scene.stay(Ward { place, disease: other, begin, days: 6 });
    for visit in [&mut first, &mut second] {
        visit.diags.truncate(1);
    }
    if gap == 0 {
        second.begin = at(begin, 11 * 60 + 30);
    }
    match again {
        Again::Undiagnosed => second.diags.clear(),
        Again::Cycle => {
            for visit in [&mut first, &mut second] {
                visit.diags.insert(0, ("Z51.102", "恶性肿瘤维持性化学治疗"));
                let day = visit.begin.day();
                visit.operations.push(Operation {
                    code: "99.2503",
                    name: "静脉注射化疗药物",
                    begin: at(day, 780),
                    end: at(day, 900),
                });
            }
        }
        Again::Same | Again::Other => {}
    }
    scene.year.keep(first);
    let amount = second.total();
    scene.note(second, &[], Some(amount));
    Some(())
}

/// One stay under two visit numbers: the books were closed at the end of a month.
fn midway(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let closing = scene.day.plus(6);
    let mut first = scene.stay(Ward { place, disease, begin: scene.day, days: 6 });
    let mut second = scene.stay(Ward { place, disease, begin: closing, days: 6 });
    first.end = Some(at(closing, 0));
    second.begin = at(closing, 0);
    first.settles.push(Settle { role: SettleRole::Interim, at: at(closing, 5) });
    first.leaving = "9";
    scene.year.keep(first);
    scene.note(second, &[], None);
    Some(())
}

/// Two stays in two hospitals; the second begins so many days before the first one ends.
fn overlap(scene: &mut Scene<'_>, days: i32, hours_later: i32, no_end: bool) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let other = scene.world.other_hospital(scene.dice, Kind::Tertiary, place);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let mut first = scene.stay(Ward { place, disease, begin: scene.day, days: 7 });
    let begin = scene.day.plus(7 - days);
    let mut second = scene.stay(Ward { place: other, disease, begin, days: 6 });
    second.begin = at(begin, 11 * 60 + 30 + hours_later * 60);
    let from = second.begin;
    for line in second.lines.iter_mut().filter(|line| line.at < from) {
        line.at = from.plus_seconds(i64::from(line.sn) * 30);
    }
    if days == 0 {
        first.leaving = "2";
        second.referred_from = Some(first.id);
    }
    if no_end {
        first.end = None;
        first.leaving = "";
    }
    scene.year.keep(first);
    let amount = second.total();
    scene.note(second, &[], Some(amount));
    Some(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Idle {
    Billed,
    PostedLate,
    Leave,
    ByBedDay,
}

/// A stay of ten nights in which nothing but the bed is billed for some days on end.
fn idle(scene: &mut Scene<'_>, days: i32, how: Idle) -> Option<()> {
    let place = if how == Idle::ByBedDay {
        scene.world.places.all_of(Kind::Secondary).find(|place| scene.world.places.institutions[*place].clr_way == "03")?
    } else {
        scene.hospital(Kind::Secondary)
    };
    let basics = scene.world.catalogue.basics;
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let mut visit = scene.stay(Ward { place, disease, begin: scene.day, days: 10 });
    let (from, to) = (scene.day.plus(4), scene.day.plus(4 + days));
    visit.keep_lines(|line| {
        let within = line.at.day() >= from && line.at.day() < to;
        let bed = [basics.bed, basics.nursing, basics.consult].contains(&line.item);
        !within || (bed && how != Idle::Leave)
    });
    if how == Idle::PostedLate {
        post_late(scene.world, &mut visit);
    }
    let amount = visit.total();
    scene.note(visit, &[], Some(amount));
    Some(())
}
