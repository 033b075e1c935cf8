//! More than fits into a day: of a device, of a therapist, of a patient, of a surgeon.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, late_group, scheme};
use crate::everyday::ADMITTED;
use crate::life::{Ward, post_late};
use crate::place::Kind;
use crate::visit::{ONE, Visit};
use crate::world::at;

const DEVICE: &str = "M031";
const SURGEON: &str = "M032";
const THERAPY: &str = "M052";

const SLEEP: &str = "多导睡眠监测";
const BRAIN: &str = "视频脑电监测";

/// Three hours of therapy, by units of half an hour.
const THREE_HOURS: &[(&str, i64)] = &[("作业疗法", 3), ("言语训练", 3)];
const FOUR_HOURS: &[(&str, i64)] = &[("作业疗法", 4), ("言语训练", 4)];
/// 120, 120 and 60 minutes: one fifth is beyond four hours.
const FIVE_HOURS: &[(&str, i64)] = &[("作业疗法", 4), ("言语训练", 4), ("关节松动训练", 3)];
/// 60, 60, 60 and 90 minutes: one ninth is beyond four hours.
const ALL_SORTS: &[(&str, i64)] = &[("作业疗法", 2), ("言语训练", 2), ("关节松动训练", 3), ("空气压力波治疗", 3)];
/// One hour with a therapist, two and a half with a machine.
const MACHINE: &[(&str, i64)] = &[("关节松动训练", 3), ("空气压力波治疗", 5)];

/// Removal of the gall bladder, and an examination that begins and ends without the surgeon.
const REMOVAL: (&str, (&str, &str)) = ("51.2300", ("K80.100", "胆囊结石伴慢性胆囊炎"));
const ANGIOGRAPHY: (&str, (&str, &str)) = ("88.4101", ("I63.900", "脑梗死"));

// Hits and near misses of one rule are at hospitals of different kinds, for what is found of a hospital is found of all of it.
pub(super) const SCHEMES: &[Scheme] = &[
    late_group(3, DEVICE, "three-nights-in-one", Hit, 9, |s| examined(s, Kind::Tertiary, SLEEP, Of::Ward)),
    late_group(6, DEVICE, "clinic-and-ward", Hit, 9, |s| examined(s, Kind::Tertiary, BRAIN, Of::Both)),
    late_group(3, DEVICE, "no-register", Hidden, 9, |s| examined(s, Kind::Unrated, SLEEP, Of::Clinic)),
    late_group(4, DEVICE, "two-devices", Near, 9, |s| examined(s, Kind::Secondary, SLEEP, Of::Clinic)),
    late_group(5, DEVICE, "fifth-refunded", Near, 9, |s| examined(s, Kind::Secondary, SLEEP, Of::LastRefunded)),
    late_group(3, THERAPY, "one-therapist", Hit, 2, |s| treated_together(s, Kind::Community, THREE_HOURS)),
    late_group(6, THERAPY, "two-therapists-six-patients", Hit, 2, |s| treated_together(s, Kind::Secondary, THREE_HOURS)),
    late_group(4, THERAPY, "four-therapists", Near, 2, |s| treated_together(s, Kind::Tertiary, THREE_HOURS)),
    late_group(3, THERAPY, "in-a-group", Near, 2, |s| treated_together(s, Kind::Tcm, THREE_HOURS)),
    late_group(3, THERAPY, "by-machine", Near, 2, |s| treated_together(s, Kind::Township, MACHINE)),
    scheme(THERAPY, "five-hours", Hit, ADULT, 2, |s| treated_long(s, FIVE_HOURS, 60, 300)),
    scheme(THERAPY, "all-sorts", Hit, ADULT, 9, |s| treated_in_ward(s, ALL_SORTS, Some((30, 270)))),
    scheme(THERAPY, "posted-late", Hidden, ADULT, 9, |s| treated_in_ward(s, FIVE_HOURS, None)),
    scheme(THERAPY, "four-hours", Near, ADULT, 2, |s| treated_long(s, FOUR_HOURS, 0, 240)),
    late_group(3, SURGEON, "until-midnight", Hit, 9, |s| {
        operated(s, Kind::Tertiary, REMOVAL, List { every: 360, minutes: 350, rooms: 1 })
    }),
    late_group(7, SURGEON, "seven-in-a-row", Hit, 9, |s| {
        operated(s, Kind::Tertiary, REMOVAL, List { every: 150, minutes: 150, rooms: 1 })
    }),
    late_group(4, SURGEON, "sixteen-hours", Near, 9, |s| {
        operated(s, Kind::Secondary, REMOVAL, List { every: 240, minutes: 240, rooms: 1 })
    }),
    late_group(6, SURGEON, "two-rooms", Near, 9, |s| {
        operated(s, Kind::Secondary, ANGIOGRAPHY, List { every: 185, minutes: 180, rooms: 2 })
    }),
];

/// Whose examinations they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// Outpatients, who pay for an examination on a day that need not be its own.
    Clinic,
    /// Patients who lie in the ward, each examined on the day it is charged for.
    Ward,
    /// Patients in the ward, and one who came from outside.
    Both,
    LastRefunded,
}

/// The first member says what is true of the hospital on the day.
fn note_place(scene: &mut Scene<'_>, place: usize) {
    if scene.member == 0 {
        let day = scene.day.to_string();
        scene.note_place(place, Some(&day));
    }
}

/// One examination that takes hours, of each member, all on one day.
fn examined(scene: &mut Scene<'_>, kind: Kind, name: &str, of: Of) -> Option<()> {
    let place = scene.by_turn(kind)?;
    let last = scene.member + 1 == scene.scheme.size;
    let mut visit = if of == Of::Ward || (of == Of::Both && scene.member > 0) {
        let disease = &ADMITTED[2];
        scene.mapped_stay(Ward { place, disease, begin: scene.day.plus(-2), days: 6 })
    } else {
        scene.outpatient(place, 0)
    };
    let when = if visit.is_stay() { at(scene.day, 14 * 60) } else { visit.begin.plus_seconds(1800) };
    let sn = scene.bill(&mut visit, name, when, 1)?;
    if of == Of::LastRefunded && last {
        visit.refund(sn, ONE, 1800);
    }
    scene.year.keep(visit);
    note_place(scene, place);
    Some(())
}

/// Bills so many units of each.
fn therapy(scene: &Scene<'_>, visit: &mut Visit, day: claims::Day, units: &[(&str, i64)]) -> Option<i64> {
    let mut amount = 0;
    for (turn, (name, count)) in (0..).zip(units) {
        let when =
            if visit.is_stay() { at(day, 9 * 60 + turn * 95) } else { visit.begin.plus_seconds(600 + i64::from(turn) * 900) };
        let sn = scene.bill(visit, name, when, *count)?;
        amount += visit.line(sn).amount;
    }
    Some(amount)
}

/// All members are treated at one hospital on one day.
fn treated_together(scene: &mut Scene<'_>, kind: Kind, units: &[(&str, i64)]) -> Option<()> {
    let place = scene.by_turn(kind)?;
    let mut visit = scene.outpatient(place, 0);
    therapy(scene, &mut visit, scene.day, units)?;
    scene.year.keep(visit);
    note_place(scene, place);
    Some(())
}

/// One outpatient is treated for so many minutes, of which so many are too many.
fn treated_long(scene: &mut Scene<'_>, units: &[(&str, i64)], beyond: i64, minutes: i64) -> Option<()> {
    let place = scene.by_turn(Kind::Unrated)?;
    let mut visit = scene.outpatient(place, 0);
    let amount = therapy(scene, &mut visit, scene.day, units)?;
    scene.note(visit, &[], Some(amount * beyond / minutes));
    Some(())
}

/// The same of somebody in the ward; where nothing is said of the minutes, all is posted at discharge.
fn treated_in_ward(scene: &mut Scene<'_>, units: &[(&str, i64)], minutes: Option<(i64, i64)>) -> Option<()> {
    let place = scene.by_turn(Kind::Unrated)?;
    let mut visit = scene.mapped_stay(Ward { place, disease: &ADMITTED[2], begin: scene.day, days: 6 });
    let amount = therapy(scene, &mut visit, scene.day.plus(2), units)?;
    if let Some((beyond, minutes)) = minutes {
        // To the next fen.
        scene.note(visit, &[], Some((amount * beyond + minutes / 2) / minutes));
    } else {
        post_late(scene.world, &mut visit);
        scene.note(visit, &[], None);
    }
    Some(())
}

/// The list of one surgeon: an operation every so many minutes in each room, from six in the morning.
#[derive(Clone, Copy)]
struct List {
    every: i32,
    minutes: i32,
    rooms: usize,
}

/// One operation of each member, on one day, by one surgeon.
fn operated(
    scene: &mut Scene<'_>,
    kind: Kind,
    (code, main): (&'static str, (&'static str, &'static str)),
    list: List,
) -> Option<()> {
    let place = scene.by_turn(kind)?;
    let mut visit = scene.mapped_stay(Ward { place, disease: &ADMITTED[5], begin: scene.day.plus(-1), days: 6 });
    let (first, count) = scene.world.places.institutions[place].doctors;
    // Of the doctors to whom everybody comes: of the others, it is planted that they are away.
    visit.doctor = first + count - 1 - scene.turn % 5;
    visit.dept = "A04";
    visit.diags = vec![main];
    let turn = i32::try_from(scene.member / list.rooms).unwrap_or(0);
    let begin = at(scene.day, 6 * 60 + 5 + turn * list.every);
    super::operation::record(&mut visit, code, begin, begin.plus_seconds(i64::from(list.minutes) * 60));
    scene.year.keep(visit);
    note_place(scene, place);
    Some(())
}
