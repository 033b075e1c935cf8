//! Implants that leave no trace afterwards: stents after which nobody takes what everybody with a stent takes, and stents of
//! people who were never in hospital.

use claims::Day;

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::{Ward, buy};
use crate::person::Who;
use crate::place::Kind;
use crate::visit::{Mark, Visit};
use crate::world::at;

const IMPLANT: &str = "M037";

const OLDER: Who = Who { sex: 0, age: Some((58, 76)), insutype: "" };
/// Days that the city must go on after the operation: a year, and a few for the stay.
const WATCHED: i32 = 372;
const ANTIPLATELET: &str = "阿司匹林肠溶片";
const MATERIAL: &str = "颅内支架系统";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(IMPLANT, "heart-never-followed", Hit, OLDER, 12, |s| implanted(s, "36.0701", After::Clinic)),
    scheme(IMPLANT, "neck-never-followed", Hit, OLDER, 12, |s| implanted(s, "00.6301", After::Pharmacy)),
    scheme(IMPLANT, "stent-in-the-clinic", Hit, ADULT, 9, |s| in_the_clinic(s, false)),
    scheme(IMPLANT, "went-away", Hidden, OLDER, 12, |s| implanted(s, "36.0701", After::Nothing)),
    scheme(IMPLANT, "aspirin-in-autumn", Near, OLDER, 12, |s| implanted(s, "36.0701", After::Aspirin)),
    scheme(IMPLANT, "aspirin-taken-home", Near, OLDER, 12, |s| implanted(s, "36.0701", After::TakenHome)),
    scheme(IMPLANT, "admitted-that-day", Near, ADULT, 9, |s| in_the_clinic(s, true)),
];

/// What is on record of the year after a stent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Clinic,
    Pharmacy,
    Aspirin,
    TakenHome,
    Nothing,
}

/// A stent as early in the city's time as a year after it can be known, and a year in which the person is seen again and again, or not.
fn implanted(scene: &mut Scene<'_>, code: &'static str, after: After) -> Option<()> {
    let spare = scene.world.last.since(scene.world.first) - WATCHED;
    if spare < 2 {
        // Nobody can know yet, so nothing is planted.
        return Some(());
    }
    let begin = scene.world.first.plus(scene.dice.between(2, spare));
    scene.day = begin;
    let (first, last) = (scene.world.first, scene.year.last());
    scene.year.mark(first, last, Mark::Blocked);
    let mut stay = surgery(scene, code)?;
    if after == After::TakenHome {
        let when = at(begin.plus(6), 8 * 60);
        let sn = scene.bill(&mut stay, ANTIPLATELET, when, 2)?;
        stay.line(sn).take_home = true;
    }
    scene.note(stay, &[], None);
    let seen: &[i32] = if after == After::Nothing { &[] } else { &[48, 104, 175, 260, 331] };
    for (turn, day) in seen.iter().enumerate() {
        let shop = after == After::Pharmacy && turn % 2 == 1 || after == After::Aspirin && turn == 3;
        let mut visit = if shop { shopping(scene, begin.plus(*day)) } else { consultation(scene, *day) };
        if after == After::Aspirin && shop {
            let when = visit.begin;
            scene.bill(&mut visit, ANTIPLATELET, when, 1)?;
        }
        scene.year.keep(visit);
    }
    Some(())
}

fn surgery(scene: &mut Scene<'_>, code: &'static str) -> Option<Visit> {
    let place = scene.hospital(Kind::Tertiary);
    let heart = code.starts_with("36");
    let disease = &ADMITTED[if heart { 3 } else { 2 }];
    let mut visit = scene.mapped_stay(Ward { place, disease, begin: scene.day, days: 6 });
    visit.doctor = scene.reserved(place, scene.person.index);
    let day = scene.day.plus(1);
    super::operation::record(&mut visit, code, at(day, 9 * 60), at(day, 10 * 60 + 20));
    if heart {
        visit.diags = vec![("I25.103", "冠状动脉粥样硬化性心脏病")];
        scene.bill(&mut visit, "经皮冠状动脉介入", at(day, 9 * 60 + 5), 1)?;
        scene.bill(&mut visit, "冠状动脉药物洗脱支架", at(day, 9 * 60 + 40), 1)?;
    }
    Some(visit)
}

fn consultation(scene: &mut Scene<'_>, after: i32) -> Visit {
    let place = scene.hospital(Kind::Secondary);
    scene.outpatient(place, after)
}

fn shopping(scene: &mut Scene<'_>, day: Day) -> Visit {
    let place = scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county);
    buy(scene.world, scene.dice, scene.year, place, day)
}

/// A stent on an outpatient bill; perhaps the patient went on to the ward.
fn in_the_clinic(scene: &mut Scene<'_>, admitted: bool) -> Option<()> {
    let place = scene.hospital(Kind::Tertiary);
    let mut visit = scene.outpatient(place, 0);
    visit.begin = at(scene.day, 8 * 60);
    visit.end = Some(at(scene.day, 10 * 60));
    let begin = visit.begin;
    visit.lines.iter_mut().for_each(|line| line.at = begin.plus_seconds(i64::from(line.sn) * 60));
    let sn = scene.bill_later(&mut visit, MATERIAL, 3600, 1)?;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    if admitted {
        let mut stay = scene.mapped_stay(Ward { place, disease: &ADMITTED[2], begin: scene.day, days: 6 });
        stay.begin = at(scene.day, 11 * 60);
        scene.year.keep(stay);
    }
    Some(())
}
