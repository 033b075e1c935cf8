//! Internet hospitals: drugs that may not be prescribed online, and patients whom nobody had seen before.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::life::buy;
use crate::papers::Desk;
use crate::place::Kind;
use crate::visit::{ONE, Visit};
use crate::world::at;

const ONLINE: &str = "E25-047";

const NARCOTIC: &str = "盐酸羟考酮缓释片";
const SEDATIVE: &str = "酒石酸唑吡坦片";
const CREAM: &str = "糠酸莫米松乳膏";

/// An illness that nothing else in the city's year is about, so that whether it is known is known.
const PSORIASIS: (&str, &str) = ("L40.000", "寻常型银屑病");
const CANCER_PAIN: (&str, &str) = ("R52.100", "癌性疼痛");

/// Half a year of data, and a few days, so that who was never seen was not seen.
const LONG_ENOUGH: i32 = 186;

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(ONLINE, "narcotic", Hit, ADULT, 62, |s| seen_again(s, NARCOTIC, 60, |_, _| {})),
    scheme(ONLINE, "sedative", Hit, ADULT, 32, |s| seen_again(s, SEDATIVE, 30, |_, _| {})),
    scheme(ONLINE, "never-seen", Hit, ADULT, 190, never_seen),
    scheme(ONLINE, "from-a-prescription", Hidden, ADULT, 1, circulated),
    scheme(ONLINE, "no-scope-amount", Hidden, ADULT, 62, |s| {
        seen_again(s, NARCOTIC, 60, |visit, sn| visit.line(sn).inscp = None)
    }),
    scheme(ONLINE, "seen-before", Near, ADULT, 102, |s| seen_again(s, CREAM, 100, |_, _| {})),
    scheme(ONLINE, "in-person", Near, ADULT, 62, |s| {
        seen_again(s, NARCOTIC, 60, |visit, _| visit.papers.desk = Desk::Institution)
    }),
    scheme(ONLINE, "self-paid", Near, ADULT, 62, |s| seen_again(s, SEDATIVE, 60, Visit::self_paid)),
];

/// One drug for one diagnosis at a hospital.
fn prescribed(scene: &mut Scene<'_>, drug: &str, after: i32) -> Option<(Visit, u32)> {
    let place = scene.hospital(Kind::Tertiary);
    let begin = at(scene.day.plus(after), 19 * 60 + 10);
    let mut visit = scene.year.visit(place, "11", begin, Some(begin.plus_seconds(1200)));
    visit.doctor = scene.world.doctor(scene.dice, place);
    visit.diags.push(if drug == CREAM { PSORIASIS } else { CANCER_PAIN });
    let item = scene.world.catalogue.named(drug)?;
    let sn = visit.bill(&scene.world.catalogue, item, begin.plus_seconds(600), ONE);
    visit.line(sn).rx = 1;
    Some((visit, sn))
}

/// Seen in person, and so many days later online.
fn seen_again(scene: &mut Scene<'_>, drug: &str, after: i32, change: fn(&mut Visit, u32)) -> Option<()> {
    let (first, _) = prescribed(scene, drug, 0)?;
    scene.year.keep(first);
    let (mut visit, sn) = prescribed(scene, drug, after)?;
    visit.papers.desk = Desk::Internet;
    change(&mut visit, sn);
    let amount = visit.total();
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// A cream for a skin disease of which nobody had heard in half a year.
fn never_seen(scene: &mut Scene<'_>) -> Option<()> {
    let after = (LONG_ENOUGH - scene.day.since(scene.world.first)).max(0);
    let (mut visit, sn) = prescribed(scene, CREAM, after)?;
    visit.papers.desk = Desk::Internet;
    let amount = visit.total();
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// A pharmacy fills a prescription; who wrote it, the tables do not say.
fn circulated(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day);
    visit.lines.clear();
    let begin = visit.begin;
    let sn = scene.bill(&mut visit, SEDATIVE, begin, 1)?;
    visit.line(sn).circulated = true;
    scene.note(visit, &[sn], None);
    Some(())
}
