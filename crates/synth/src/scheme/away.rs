//! Care where the person cannot have been: two counties within minutes, or abroad.

use super::Role::{Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::life::buy;
use crate::place::Kind;
use crate::registers::Entry;
use crate::world::at;

const TRAVEL: &str = "M006";
const AWAY: &str = "M008";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(TRAVEL, "quarter-of-an-hour", Hit, ADULT, 1, |s| travel(s, 15, false)),
    scheme(TRAVEL, "forty-minutes", Hit, ADULT, 1, |s| travel(s, 40, false)),
    scheme(TRAVEL, "two-hours", Near, ADULT, 1, |s| travel(s, 120, false)),
    scheme(TRAVEL, "family-voucher", Near, ADULT, 1, |s| travel(s, 15, true)),
    scheme(AWAY, "abroad", Hit, ADULT, 30, |s| away(s, "abroad", (-8, 12), Kind::Secondary)),
    scheme(AWAY, "in-custody", Hit, ADULT, 30, |s| away(s, "custody", (-20, 40), Kind::Tertiary)),
    scheme(AWAY, "day-of-departure", Near, ADULT, 30, |s| away(s, "abroad", (0, 12), Kind::Secondary)),
    scheme(AWAY, "relatives-buy", Near, ADULT, 30, |s| away(s, "aboard", (-8, 12), Kind::Pharmacy)),
];

/// Two outpatient visits two hundred kilometres apart, so many minutes one after the other.
fn travel(scene: &mut Scene<'_>, minutes: i32, voucher: bool) -> Option<()> {
    let places = &scene.world.places;
    let here = *places.of(Kind::Secondary, scene.person.county).first()?;
    let there = *places.of(Kind::Secondary, scene.person.county + 1).last()?;
    if places.institutions[here].region == places.institutions[there].region {
        return None;
    }
    let begin = at(scene.day, 9 * 60);
    let mut last = None;
    for (place, minute) in [(here, 0), (there, minutes)] {
        let mut visit = scene.outpatient(place, 0);
        visit.begin = begin.plus_seconds(i64::from(minute) * 60);
        visit.end = Some(visit.begin.plus_seconds(600));
        let from = visit.begin;
        visit.lines.iter_mut().for_each(|line| line.at = from.plus_seconds(i64::from(line.sn) * 20));
        visit.family_account = voucher && minute > 0;
        if let Some(earlier) = last.replace(visit) {
            scene.year.keep(earlier);
        }
    }
    scene.note(last?, &[], None);
    Some(())
}

/// A visit while a register says that the person is away, from and to so many days from the visit.
fn away(scene: &mut Scene<'_>, status: &str, (from, to): (i32, i32), kind: Kind) -> Option<()> {
    let visit = if kind == Kind::Pharmacy {
        let place = scene.world.place(scene.dice, kind, scene.person.county);
        buy(scene.world, scene.dice, scene.year, place, scene.day)
    } else {
        let place = scene.hospital(kind);
        scene.outpatient(place, 0)
    };
    let (begin, end) = (scene.day.plus(from), scene.day.plus(to));
    let columns = vec![("status", status.to_owned()), ("begin_day", begin.to_string()), ("end_day", end.to_string())];
    let number = scene.person.number.clone();
    scene.rows.push(Entry::new("person_status", &number, columns));
    let lines: Vec<u32> = visit.lines.iter().map(|line| line.sn).collect();
    let amount = visit.total();
    scene.note(visit, &lines, Some(amount));
    Some(())
}
