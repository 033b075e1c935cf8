//! More hours than there were, more days than were spent.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::visit::{ONE, Visit};
use crate::world::at;

const HOURS: &str = "M020";
const DAYS: &str = "M021";
const FREQUENCY: &str = "GZ10000102014000";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(HOURS, "evening-admission", Hit, ADULT, 10, |s| evening(s, 12)),
    scheme(HOURS, "over-24", Hit, ADULT, 10, |s| whole_day(s, 30)),
    scheme(HOURS, "all-evening", Near, ADULT, 10, |s| evening(s, 4)),
    scheme(HOURS, "exactly-24", Near, ADULT, 10, |s| whole_day(s, 24)),
    scheme(DAYS, "two-beds", Hit, ADULT, 12, |s| beds(s, 4, End::Known)),
    scheme(DAYS, "two-nursings", Hit, ADULT, 12, |s| nursing(s, 4)),
    scheme(DAYS, "no-discharge", Hidden, ADULT, 12, |s| beds(s, 4, End::Missing)),
    scheme(DAYS, "one-more-bed", Near, ADULT, 12, |s| beds(s, 1, End::Known)),
    scheme(DAYS, "extra-refunded", Near, ADULT, 12, |s| beds(s, 4, End::Refunded)),
];

/// Admitted at 20:00, and monitored for so many hours before midnight.
fn evening(scene: &mut Scene<'_>, hours: i64) -> Option<()> {
    let item = scene.special(&scene.world.catalogue.specials.hour_services)?.item;
    let mut visit = stay(scene, 6);
    visit.begin = at(scene.day, 20 * 60);
    let evening = at(scene.day, 20 * 60 + 5);
    for line in visit.lines.iter_mut().filter(|line| line.at < evening) {
        line.at = evening.plus_seconds(i64::from(line.sn) * 40);
    }
    let sn = visit.bill(&scene.world.catalogue, item, at(scene.day, 20 * 60 + 30), hours * ONE);
    let excess = (hours - 4) * visit.line(sn).price;
    scene.note(visit, &[sn], Some(excess));
    Some(())
}

/// So many hours in one day of the stay.
fn whole_day(scene: &mut Scene<'_>, hours: i64) -> Option<()> {
    let item = scene.special(&scene.world.catalogue.specials.hour_services)?.item;
    let mut visit = stay(scene, 6);
    let sn = visit.bill(&scene.world.catalogue, item, at(scene.day.plus(2), 60), hours * ONE);
    let excess = (hours - 24) * visit.line(sn).price;
    scene.note(visit, &[sn], Some(excess));
    if hours > 24 {
        // More than a day has is more than the frequency allows, too.
        scene.note_also(FREQUENCY);
    }
    Some(())
}

fn stay(scene: &mut Scene<'_>, days: i32) -> Visit {
    let place = scene.hospital(Kind::Secondary);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    scene.stay(Ward { place, disease, begin: scene.day, days })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Known,
    Missing,
    Refunded,
}

/// On so many days a bed in a double room beside the bed of the ward.
fn beds(scene: &mut Scene<'_>, extra: i32, end: End) -> Option<()> {
    let basics = scene.world.catalogue.basics;
    let mut visit = stay(scene, 8);
    let lines = second_of_class(scene, &mut visit, basics.bed, basics.double_bed, extra);
    if end == End::Refunded {
        for line in visit.lines.clone().iter().filter(|line| line.item == basics.double_bed && line.cnt > 0) {
            visit.refund(line.sn, ONE, 600);
        }
    }
    if end == End::Missing {
        visit.end = None;
    }
    note_excess(scene, visit, &lines, extra)
}

fn nursing(scene: &mut Scene<'_>, extra: i32) -> Option<()> {
    let basics = scene.world.catalogue.basics;
    let mut visit = stay(scene, 8);
    let lines = second_of_class(scene, &mut visit, basics.nursing, basics.light_nursing, extra);
    note_excess(scene, visit, &lines, extra)
}

/// Bills the second item on the last days; all lines of the class, the latest first.
fn second_of_class(scene: &Scene<'_>, visit: &mut Visit, first: usize, second: usize, extra: i32) -> Vec<u32> {
    for back in 1..=extra {
        visit.bill(&scene.world.catalogue, second, at(scene.day.plus(8 - back), 23 * 60), ONE);
    }
    let mut lines: Vec<_> = visit.lines.iter().filter(|line| line.item == first || line.item == second).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.at));
    lines.iter().map(|line| line.sn).collect()
}

/// Eight nights and one day more are allowed: what is over that, the latest lines first. Both items cost the same.
fn note_excess(scene: &mut Scene<'_>, mut visit: Visit, lines: &[u32], extra: i32) -> Option<()> {
    let over = usize::try_from(extra - 1).ok()?;
    let latest = if over == 0 { lines.get(..1)? } else { lines.get(..over)? };
    let amount = if over == 0 { 0 } else { latest.iter().map(|sn| visit.line(*sn).amount).sum() };
    scene.note(visit, latest, Some(amount));
    Some(())
}
