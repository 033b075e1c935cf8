//! A set of tests billed one by one, and items beyond what the fund pays of them in all.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::place::Kind;
use crate::world::at;

const BUNDLE: &str = "GZ10000102013000";
const CAP: &str = "GZ10000102015000";

/// The hormones of the thyroid: one costs thirty yuan, all three fifty.
const THYROID: [&str; 3] = ["血清促甲状腺激素测定", "血清游离甲状腺素测定", "血清游离三碘甲状原氨酸测定"];

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(BUNDLE, "three-of-three", Hit, ADULT, 1, |s| tests(s, 3, "", false)),
    scheme(BUNDLE, "two-of-three", Hit, ADULT, 1, |s| tests(s, 2, "", false)),
    scheme(BUNDLE, "no-scope-amount", Hidden, ADULT, 1, |s| tests(s, 3, "", true)),
    scheme(BUNDLE, "one-of-three", Near, ADULT, 1, |s| tests(s, 1, "", false)),
    scheme(BUNDLE, "with-the-set", Near, ADULT, 1, |s| tests(s, 2, "甲状腺功能三项", false)),
    scheme(CAP, "twice-a-year", Hit, ADULT, 75, |s| capped(s, 2)),
    scheme(CAP, "twice-a-visit", Hit, ADULT, 1, |s| in_one_visit(s, 2, false)),
    scheme(CAP, "no-scope-amount", Hidden, ADULT, 1, |s| in_one_visit(s, 2, true)),
    scheme(CAP, "once-a-year", Near, ADULT, 75, |s| capped(s, 1)),
    scheme(CAP, "once-a-visit", Near, ADULT, 1, |s| in_one_visit(s, 1, false)),
];

fn tests(scene: &mut Scene<'_>, count: usize, beside: &str, unstated: bool) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    let mut lines = Vec::new();
    for (minute, name) in (0..).zip(&THYROID[..count]) {
        lines.push(scene.bill_later(&mut visit, name, 1200 + minute * 60, 1)?);
    }
    if !beside.is_empty() {
        scene.bill_later(&mut visit, beside, 1800, 1)?;
    }
    if unstated {
        for sn in &lines {
            visit.line(*sn).inscp = None;
        }
    }
    let total: i64 = lines.iter().map(|sn| visit.line(*sn).amount).sum();
    let excess = total - scene.price("甲状腺功能三项");
    // The latest of them bear what is too much.
    let dearest = visit.line(*lines.last()?).amount;
    let bearing = usize::try_from((excess + dearest - 1) / dearest).unwrap_or(1).clamp(1, lines.len());
    let latest = lines.split_off(lines.len() - bearing);
    scene.note(visit, &latest, Some(excess));
    Some(())
}

/// An item of six hundred yuan, of which a thousand a year are paid.
fn capped(scene: &mut Scene<'_>, times: i32) -> Option<()> {
    const ITEM: &str = "步态分析检查";
    let place = scene.hospital(Kind::Secondary);
    let mut last = None;
    for turn in 0..times {
        let mut visit = scene.outpatient(place, turn * 60);
        let day = visit.begin.day();
        let sn = scene.bill(&mut visit, ITEM, at(day, 17 * 60), 1)?;
        visit.end = Some(at(day, 18 * 60));
        if let Some((earlier, _)) = last.replace((visit, sn)) {
            scene.year.keep(earlier);
        }
    }
    let (visit, sn) = last?;
    let excess = scene.price(ITEM) * i64::from(times) - 100_000;
    scene.note(visit, &[sn], Some(excess));
    Some(())
}

/// An item of three hundred yuan, of which five hundred a visit are paid.
fn in_one_visit(scene: &mut Scene<'_>, units: i64, unstated: bool) -> Option<()> {
    const ITEM: &str = "体外冲击波疼痛治疗";
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    let sn = scene.bill_later(&mut visit, ITEM, 1800, units)?;
    if unstated {
        visit.line(sn).inscp = None;
    }
    let excess = scene.price(ITEM) * units - 50_000;
    scene.note(visit, &[sn], Some(excess));
    Some(())
}
