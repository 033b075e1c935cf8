//! People who come together: gathered by somebody, or neighbours, colleagues and couples.

use super::Role::{Hit, Near};
use super::{Scene, Scheme, group};
use crate::everyday::{ACUTE, ADMITTED};
use crate::life::{Ward, clinic};
use crate::place::{Kind, county_code};
use crate::world::at;

const ADMITTED_TOGETHER: &str = "M001";
const SEEN_TOGETHER: &str = "M002";

pub(super) const SCHEMES: &[Scheme] = &[
    group(6, ADMITTED_TOGETHER, "village-of-backs", Hit, 12, |s| admitted(s, Bus::Gathered, 6)),
    group(7, ADMITTED_TOGETHER, "village-of-lungs", Hit, 14, |s| admitted(s, Bus::Gathered, 8)),
    group(6, ADMITTED_TOGETHER, "village-bus-day", Near, 20, |s| admitted(s, Bus::Market, 6)),
    group(6, ADMITTED_TOGETHER, "operation-campaign", Near, 12, |s| admitted(s, Bus::Campaign, 3)),
    group(3, ADMITTED_TOGETHER, "family", Near, 12, |s| admitted(s, Bus::Gathered, 6)),
    group(5, SEEN_TOGETHER, "strangers", Hit, 90, |s| seen(s, 4, false)),
    group(6, SEEN_TOGETHER, "strangers-often", Hit, 90, |s| seen(s, 6, false)),
    group(5, SEEN_TOGETHER, "nursing-home", Near, 90, |s| seen(s, 4, true)),
    group(2, SEEN_TOGETHER, "couple", Near, 90, |s| seen(s, 6, false)),
];

/// Why people of one village come on one day.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bus {
    /// Somebody gathered them: one illness, in and out together.
    Gathered,
    /// It is the day the bus goes: each has an illness and a stay of their own.
    Market,
    /// A team operates on eyes.
    Campaign,
}

/// A unit of their own for all members.
fn unit(scene: &mut Scene<'_>, letter: char) {
    let county = scene.shared.below(scene.world.places.counties);
    let number = scene.shared.below(1_000_000);
    scene.person.unit = format!("{letter}{}{number:06}", county_code(county));
}

fn admitted(scene: &mut Scene<'_>, bus: Bus, days: i32) -> Option<()> {
    unit(scene, 'W');
    let place = scene.by_turn(Kind::Tertiary)?;
    let shared = [5, 4][scene.turn % 2];
    let which = if bus == Bus::Market { [0, 2, 3, 4, 5, 6][scene.member % 6] } else { shared };
    let days = if bus == Bus::Market { 3 + 2 * i32::try_from(scene.member).unwrap_or(0) } else { days };
    let later = i32::from(bus == Bus::Gathered && scene.member % 3 == 1);
    let begin = scene.day.plus(later);
    let mut visit = scene.mapped_stay(Ward { place, disease: &ADMITTED[which], begin, days });
    visit.diags.truncate(1);
    if bus == Bus::Campaign {
        visit.diags = vec![("H26.900", "白内障")];
        super::operation::record(&mut visit, "13.4100", at(begin.plus(1), 9 * 60), at(begin.plus(1), 9 * 60 + 30));
    }
    scene.year.keep(visit);
    scene.note_person();
    Some(())
}

/// At one clinic within minutes, on so many days.
fn seen(scene: &mut Scene<'_>, times: i32, home: bool) -> Option<()> {
    if home {
        unit(scene, 'N');
    } else {
        let member = u8::try_from(scene.member % 20).unwrap_or(0);
        unit(scene, char::from(b'A' + member));
    }
    let place = scene.by_turn(Kind::Secondary)?;
    for turn in 0..times {
        let disease = &ACUTE[3 + usize::try_from(turn).unwrap_or(0) % 6];
        let mut visit = clinic(scene.world, scene.dice, scene.year, place, disease, scene.day.plus(turn * 14));
        let minute = 8 * 60 + 20 + 13 * (turn % 3) + i32::try_from(scene.member).unwrap_or(0);
        visit.begin = at(scene.day.plus(turn * 14), minute);
        visit.end = Some(visit.begin.plus_seconds(3600));
        let begin = visit.begin;
        visit.lines.iter_mut().for_each(|line| line.at = begin.plus_seconds(i64::from(line.sn) * 90));
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}
