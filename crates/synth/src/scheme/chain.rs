//! Chains of stays, and costs that leave the stay for the outpatient clinic.

use super::Role::{Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::{Ward, clinic};
use crate::place::Kind;

const CHAIN: &str = "M014";
const SHIFT: &str = "M019";
const SPLIT: &str = "GZ10000204001000";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(CHAIN, "three-hospitals", Hit, ADULT, 30, |s| chain(s, &[1, 2], Links::Hospitals)),
    scheme(CHAIN, "four-in-one", Hit, ADULT, 44, |s| chain(s, &[2, 3, 1], Links::One)),
    scheme(CHAIN, "two-only", Near, ADULT, 24, |s| chain(s, &[1], Links::Hospitals)),
    scheme(CHAIN, "transferred", Near, ADULT, 30, |s| chain(s, &[0, 1], Links::Transfers)),
    scheme(CHAIN, "weeks-apart", Near, ADULT, 62, |s| chain(s, &[18, 20], Links::Hospitals)),
    scheme(SHIFT, "same-hospital", Hit, ADULT, 12, |s| shifted(s, 3, "11")),
    scheme(SHIFT, "emergency-room", Hit, ADULT, 12, |s| shifted(s, 5, "13")),
    scheme(SHIFT, "day-of-admission", Near, ADULT, 12, |s| shifted(s, 0, "11")),
    scheme(SHIFT, "chronic-cover", Near, ADULT, 12, |s| shifted(s, 4, "14")),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Hospitals,
    One,
    Transfers,
}

/// Stays of four nights for one illness, with so many days between them.
fn chain(scene: &mut Scene<'_>, gaps: &[i32], links: Links) -> Option<()> {
    const NIGHTS: i32 = 4;
    let home = scene.hospital(Kind::Secondary);
    let disease = &ADMITTED[scene.turn % 4];
    let mut begin = scene.day;
    let mut visits = Vec::new();
    let mut place = home;
    for turn in 0..=gaps.len() {
        let mut visit = scene.mapped_stay(Ward { place, disease, begin, days: NIGHTS });
        visit.diags.truncate(1);
        if links == Links::Transfers {
            visit.leaving = "2";
            visit.referred_from = visits.last().map(|earlier: &crate::visit::Visit| earlier.id);
            visit.begin = crate::world::at(begin, 11 * 60 + 30);
        }
        visits.push(visit);
        begin = begin.plus(NIGHTS + gaps.get(turn).copied().unwrap_or(0));
        if links != Links::One {
            let kind = if turn == 0 { Kind::Tertiary } else { Kind::Secondary };
            place = scene.world.other_hospital(scene.dice, kind, home);
        }
    }
    let later: i64 = visits.iter().skip(1).map(crate::visit::Visit::total).sum();
    let last = visits.pop()?;
    if links == Links::One {
        // At one hospital each later stay is also a stay cut in two.
        for visit in &visits[1..] {
            scene.note_ids(visit, &[], Some(visit.total()));
            scene.rename_last(SPLIT);
        }
        scene.note_ids(&last, &[], Some(last.total()));
        scene.rename_last(SPLIT);
    }
    for visit in visits {
        scene.year.keep(visit);
    }
    scene.note(last, &[], Some(later));
    Some(())
}

/// In hospital for eight nights; an outpatient bill of the same hospital so many days after admission.
fn shifted(scene: &mut Scene<'_>, after: i32, med_type: &'static str) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let stay = scene.stay(Ward { place, disease, begin: scene.day, days: 8 });
    scene.year.keep(stay);
    let acute = &crate::everyday::ACUTE[3 + scene.turn % 6];
    let mut visit = clinic(scene.world, scene.dice, scene.year, place, acute, scene.day.plus(after));
    visit.med_type = med_type;
    if med_type == "14" {
        visit.dise_no = "M03900";
    }
    let lines: Vec<u32> = visit.lines.iter().map(|line| line.sn).collect();
    let amount = visit.total();
    scene.note(visit, &lines, Some(amount));
    Some(())
}
