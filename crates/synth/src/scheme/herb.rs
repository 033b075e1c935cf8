//! Herbs that are not paid for when prescribed alone. The list is the city's own.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::place::Kind;
use crate::visit::ONE;

const HERB: &str = "GZ10000101004000";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(HERB, "single", Hit, ADULT, 1, |s| prescribe(s, 1, 0, false)),
    scheme(HERB, "all-listed", Hit, ADULT, 1, |s| prescribe(s, 2, 0, false)),
    scheme(HERB, "no-scope-amount", Hidden, ADULT, 1, |s| prescribe(s, 1, 0, true)),
    scheme(HERB, "with-others", Near, ADULT, 1, |s| prescribe(s, 1, 3, false)),
    scheme(HERB, "single-unlisted", Near, ADULT, 1, |s| prescribe(s, 0, 1, false)),
    scheme(HERB, "self-paid", Near, ADULT, 1, self_paid),
    scheme(HERB, "day-before-listed", Near, ADULT, 1, before_listed),
];

/// How many herbs of the list are on it all the time; the one after them is listed in the middle of the year.
const ALWAYS: usize = 3;

fn prescribe(scene: &mut Scene<'_>, listed: usize, others: usize, no_scope: bool) -> Option<()> {
    let place = scene.hospital(Kind::Tcm);
    let mut visit = scene.outpatient(place, 0);
    let at = visit.begin.plus_seconds(2400);
    let catalogue = &scene.world.catalogue;
    let mut lines = Vec::new();
    let chosen = (0..listed).map(|index| catalogue.lone_herbs[(scene.turn + index) % ALWAYS]);
    for herb in chosen.chain((0..others).map(|index| catalogue.herbs[(scene.turn + index) % catalogue.herbs.len()])) {
        let sn = visit.bill(catalogue, herb, at, 60 * ONE);
        visit.line(sn).rx = 9;
        if no_scope {
            visit.line(sn).inscp = None;
        }
        lines.push(sn);
    }
    let amount = lines.iter().map(|sn| visit.line(*sn).amount).sum();
    scene.note(visit, &lines, Some(amount));
    Some(())
}

fn self_paid(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Kind::Tcm);
    let mut visit = scene.outpatient(place, 0);
    let herb = scene.world.catalogue.lone_herbs[scene.turn % ALWAYS];
    let sn = visit.bill(&scene.world.catalogue, herb, visit.begin.plus_seconds(2400), 60 * ONE);
    visit.line(sn).rx = 9;
    visit.self_paid(sn);
    scene.note(visit, &[sn], None);
    Some(())
}

/// The herb is listed from the day on which the year changes; this is some days earlier.
fn before_listed(scene: &mut Scene<'_>) -> Option<()> {
    let day = scene.world.changed_on.plus(-1 - i32::try_from(scene.turn % 5).unwrap_or(0));
    if day < scene.world.first {
        return None;
    }
    scene.day = day;
    let herb = *scene.world.catalogue.lone_herbs.get(ALWAYS)?;
    let place = scene.hospital(Kind::Tcm);
    let mut visit = scene.outpatient(place, 0);
    let sn = visit.bill(&scene.world.catalogue, herb, visit.begin.plus_seconds(2400), 60 * ONE);
    visit.line(sn).rx = 9;
    scene.note(visit, &[sn], None);
    Some(())
}
