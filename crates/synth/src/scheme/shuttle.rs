//! Two hospitals that send each other their patients and have them back, with nothing written down about it.

use super::Role::{Hidden, Hit, Near};
use super::{Role, Scene, Scheme, group};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::world::at;

const SHUTTLE: &str = "M015";

/// A second round begins in another quarter, so that nobody is admitted too often.
const SECOND_ROUND: i32 = 100;
const NIGHTS: i32 = 4;

const fn rounds(size: usize, variant: &'static str, role: Role, play: fn(&mut Scene<'_>) -> Option<()>) -> Scheme {
    group(size, SHUTTLE, variant, role, SECOND_ROUND + 3 * NIGHTS + 4, play)
}

pub(super) const SCHEMES: &[Scheme] = &[
    rounds(6, "same-day", Hit, |s| shuttled(s, (Kind::Secondary, Kind::Tertiary), 2, 0, "1")),
    rounds(6, "next-day", Hit, |s| shuttled(s, (Kind::Township, Kind::Secondary), 2, 1, "1")),
    rounds(6, "leaving-not-told", Hidden, |s| shuttled(s, (Kind::Community, Kind::Unrated), 2, 0, "")),
    rounds(3, "few", Near, |s| shuttled(s, (Kind::Community, Kind::Tcm), 1, 0, "1")),
    rounds(6, "one-way-for-a-speciality", Near, |s| shuttled(s, (Kind::Community, Kind::Tertiary), 0, 0, "1")),
    rounds(6, "referred", Near, |s| shuttled(s, (Kind::Tcm, Kind::Tertiary), 2, 0, "2")),
];

/// A pair of hospitals that no other subject of the scheme has.
fn two(scene: &Scene<'_>, kinds: (Kind, Kind)) -> Option<(usize, usize)> {
    let of = |kind: Kind| -> Vec<usize> {
        let paid_by_item = |place: &usize| scene.world.places.institutions[*place].clr_way == "01";
        scene.world.places.all_of(kind).filter(paid_by_item).collect()
    };
    let (some, others) = (of(kinds.0), of(kinds.1));
    let turn = scene.turn;
    let other = (turn + turn / some.len().max(1)) % others.len().max(1);
    Some((*some.get(turn % some.len().max(1))?, *others.get(other)?))
}

/// Two rounds of each member, there and back, each stay for another illness; so many members begin at the other hospital.
fn shuttled(scene: &mut Scene<'_>, kinds: (Kind, Kind), other_way: usize, gap: i32, leaving: &'static str) -> Option<()> {
    let (home, other) = two(scene, kinds)?;
    let (first, second) = if scene.member < other_way { (other, home) } else { (home, other) };
    for round in [0, SECOND_ROUND] {
        let mut before = None;
        for (turn, place) in [first, second, first].into_iter().enumerate() {
            // A lung, a back, a hip: nothing that one of them begins is carried on by the next.
            let disease = &ADMITTED[[0, 5, 7][turn]];
            let step = i32::try_from(turn).unwrap_or(0) * (NIGHTS + gap);
            let begin = scene.day.plus(round + step);
            let mut visit = scene.mapped_stay(Ward { place, disease, begin, days: NIGHTS });
            visit.diags.truncate(1);
            visit.leaving = leaving;
            if turn > 0 {
                visit.begin = at(begin, 11 * 60 + 30);
            }
            if leaving == "2" {
                visit.referred_from = before.replace(visit.id);
            }
            scene.year.keep(visit);
        }
    }
    if scene.member == 0 {
        note(scene, home, other);
    }
    Some(())
}

/// Of a pair, the one from which more patients set out answers for it; where that cannot be known, the first by number.
fn note(scene: &mut Scene<'_>, home: usize, other: usize) {
    let code = |place: usize| &scene.world.places.institutions[place].code;
    let place = if scene.scheme.role == Hidden && code(other) < code(home) { other } else { home };
    scene.note_place(place, None);
}
