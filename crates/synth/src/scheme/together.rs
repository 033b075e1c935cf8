//! People who come together and whom nobody gathered: a family, a dialysis shift, a factory, a nursing home, a village.
//!
//! Each group does in one year whatever might tempt a rule about gangs, so that no such rule may find any of them.

use super::Role::Near;
use super::burst::lawful;
use super::copied::{LIKE, Like, compare};
use super::{ADULT, Scene, Scheme, late_group};
use crate::everyday::{ACUTE, ADMITTED, Disease, RENAL};
use crate::life::{Ward, buy, clinic};
use crate::person::Who;
use crate::place::{Kind, county_code};
use crate::visit::{ONE, Visit};
use crate::world::at;

/// Rules about persons who come together, and the one about accounts.
const OF_PERSONS: [&str; 4] = ["M001", "M002", "M040", "M054"];
/// Rules about pharmacies that are too popular.
const OF_PHARMACIES: [&str; 2] = ["M038", "M041"];
const COPIED: &str = "M030";

const OLD: Who = Who { sex: 0, age: Some((72, 88)), insutype: "" };
const MIDDLE: Who = Who { sex: 0, age: Some((42, 66)), insutype: "" };
const EMPLOYEE: Who = Who { sex: 0, age: Some((25, 56)), insutype: "310" };
const RESIDENT: Who = Who { sex: 0, age: Some((40, 75)), insutype: "390" };

/// A drug that regions watch because it is easily sold again.
const WATCHED: &str = "银杏酮酯滴丸";

pub(super) const SCHEMES: &[Scheme] = &[
    of(ADULT, late_group(4, "M002", "family", Near, 200, family)),
    of(MIDDLE, late_group(6, "M002", "dialysis-shift", Near, 280, dialysis)),
    of(EMPLOYEE, late_group(30, "M001", "employer-checkup", Near, 40, employer)),
    of(OLD, late_group(8, "M001", "nursing-home", Near, 200, nursing_home)),
    of(RESIDENT, late_group(8, "M002", "village-bus-day", Near, 170, village)),
];

const fn of(who: Who, scheme: Scheme) -> Scheme {
    Scheme { who, ..scheme }
}

/// No rule may find the person, one visit whose papers are like those of others, or the pharmacy that all of them go to.
fn clear(scene: &mut Scene<'_>, compared: &Visit, pharmacy: usize) {
    let own = scene.scheme.rule;
    scene.note_person();
    OF_PERSONS.iter().filter(|rule| **rule != own).for_each(|rule| scene.note_also(rule));
    scene.note_ids(compared, &[], None);
    scene.rename_last(COPIED);
    if scene.member == 0 {
        for rule in OF_PHARMACIES {
            scene.note_place(pharmacy, None);
            scene.rename_last(rule);
        }
    }
}

fn member(scene: &Scene<'_>) -> i32 {
    i32::try_from(scene.member).unwrap_or(0)
}

/// The unit through which all members are insured.
fn unit(scene: &mut Scene<'_>, letter: char) {
    let county = scene.shared.below(scene.world.places.counties);
    let number = scene.shared.below(1_000_000);
    scene.person.unit = format!("{letter}{}{number:06}", county_code(county));
}

/// An outpatient visit at a minute of a day.
fn seen(scene: &mut Scene<'_>, place: usize, disease: &Disease, after: i32, minute: i32) -> Visit {
    let mut visit = clinic(scene.world, scene.dice, scene.year, place, disease, scene.day.plus(after));
    visit.begin = at(scene.day.plus(after), minute);
    visit.end = Some(visit.begin.plus_seconds(3600));
    let begin = visit.begin;
    visit.lines.iter_mut().for_each(|line| line.at = begin.plus_seconds(i64::from(line.sn) * 90));
    visit
}

/// One pack of one drug, at so many seconds after a minute of a day.
fn bought(scene: &mut Scene<'_>, place: usize, drug: &str, after: i32, minute: i32, seconds: i32) -> Option<Visit> {
    let item = scene.world.catalogue.named(drug)?;
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day.plus(after));
    visit.lines.clear();
    let begin = at(scene.day.plus(after), minute).plus_seconds(i64::from(seconds));
    (visit.begin, visit.end) = (begin, Some(begin));
    visit.bill(&scene.world.catalogue, item, begin, ONE);
    Some(visit)
}

/// One of the pharmacies that groups of a kind go to. Each kind has a quarter of them, for what two groups do on two days is not
/// what one of them does.
fn pharmacy(scene: &Scene<'_>, kind: usize, next: usize) -> usize {
    let places = &scene.world.places;
    // The first two of each county are those of whose prescribers something is planted; at the last, vouchers are swiped.
    let prescribed = |place: &usize| {
        (0..places.counties).any(|county| places.of(Kind::Pharmacy, county).iter().take(2).any(|one| one == place))
    };
    let own: Vec<usize> = lawful(places).filter(|place| !prescribed(place)).skip(kind).step_by(4).collect();
    own[(scene.turn + next) % own.len().max(1)]
}

/// Days from the scene's day to the same day of so many months later: what is done monthly is done once in a month.
fn monthly(scene: &Scene<'_>, months: i32) -> i32 {
    let start = (0..=months).fold(scene.day, |day, _| day.plus(31).month_start());
    // Every group has a day of its own.
    start.plus(1 + i32::try_from(scene.turn * 5 % 26).unwrap_or(0)).since(scene.day)
}

/// Keeps a visit; its papers are like those of the others, for a reason.
fn keep_alike(scene: &mut Scene<'_>, visit: Visit, like: Like) -> Visit {
    compare(scene, visit.id, like, "");
    scene.year.keep(visit.clone());
    visit
}

/// Four of one household: together to the doctor, together in hospital after one bad meal, and one account pays for all.
fn family(scene: &mut Scene<'_>) -> Option<()> {
    const BAD_MEAL: (&str, &str) = ("K52.900", "非感染性胃肠炎和结肠炎");
    unit(scene, 'V');
    let (near, ward) = (scene.by_turn(Kind::Community)?, scene.by_turn(Kind::Secondary)?);
    for turn in 0..4 {
        let disease = &ACUTE[3 + usize::try_from(turn).unwrap_or(0)];
        let visit = seen(scene, near, disease, turn * 12, 9 * 60 + member(scene) * 2);
        scene.year.keep(visit);
    }
    let begin = scene.day.plus(45);
    let mut stay = scene.mapped_stay(Ward { place: ward, disease: &ADMITTED[6], begin, days: 4 });
    stay.diags = vec![BAD_MEAL];
    let stay = keep_alike(scene, stay, LIKE.text("0.93", "0.94"));
    let (first, second) = (pharmacy(scene, 3, 0), pharmacy(scene, 3, 1));
    for turn in 0..3 {
        let place = if turn == 1 { second } else { first };
        let visit = bought(scene, place, WATCHED, 55 + turn * 16, 18 * 60 + member(scene), 0)?;
        scene.year.keep(visit);
    }
    for month in 0..6 {
        let after = monthly(scene, month);
        let mut visit = bought(scene, first, "碳酸钙D3片", after, 17 * 60, member(scene) * 40)?;
        (visit.cash_out, visit.family_account) = (true, true);
        scene.year.keep(visit);
    }
    clear(scene, &stay, first);
    Some(())
}

/// Six of one shift: three times a week at one centre, at one hour, and once a month to the pharmacy beside it.
fn dialysis(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Kind::Tertiary)?;
    let shop = pharmacy(scene, 1, 0);
    let session = scene.world.catalogue.named("血液透析")?;
    let mut compared = None;
    for week in 0..40 {
        for day in [0, 2, 4] {
            let mut visit = seen(scene, place, &RENAL, week * 7 + day, 7 * 60 + 30 + member(scene));
            (visit.med_type, visit.dise_no) = ("14", "M07800");
            visit.bill(&scene.world.catalogue, session, visit.begin.plus_seconds(1800), ONE);
            if week == 0 && day == 0 {
                compared = Some(keep_alike(scene, visit, LIKE.text("0.97", "0.97")));
            } else {
                scene.year.keep(visit);
            }
        }
    }
    for month in 0..8 {
        // After the first session on or after that day.
        let after = monthly(scene, month);
        let after = after + [0, 1, 0, 1, 0, 2, 1][usize::try_from(after % 7).unwrap_or(0)];
        let visit = bought(scene, shop, WATCHED, after, 12 * 60, member(scene) * 45)?;
        scene.year.keep(visit);
    }
    clear(scene, &compared?, shop);
    Some(())
}

/// Thirty of one factory: within a week examined at one hospital; for six something is found, and they are admitted within days;
/// and the factory's gift is spent, the same sum by everybody, by half of them on one evening.
fn employer(scene: &mut Scene<'_>) -> Option<()> {
    unit(scene, 'E');
    let place = scene.by_turn(Kind::Secondary)?;
    let (day, turn) = (member(scene) / 6, member(scene) % 6);
    let mut visit = seen(scene, place, &ACUTE[3], day, 8 * 60 + turn * 3);
    visit.lines.clear();
    visit.diags = vec![("Z00.000", "一般性医学检查")];
    for (minute, name) in (2..).zip(["血细胞分析", "尿常规检查", "肌酐测定", "B超常规检查", "常规心电图检查"])
    {
        let sn = scene.bill_later(&mut visit, name, minute * 300, 1)?;
        // A check-up is nothing that the fund pays for.
        visit.self_paid(sn);
    }
    compare(scene, visit.id, LIKE.lab("8"), &day.to_string());
    scene.year.keep(visit.clone());
    if scene.member >= 24 {
        let found = [4, 4, 4, 5, 3, 2][scene.member - 24];
        let begin = scene.day.plus(7 + turn % 2);
        let stay = scene.mapped_stay(Ward { place, disease: &ADMITTED[found], begin, days: 5 - turn % 2 });
        scene.year.keep(stay);
    }
    let shop = pharmacy(scene, 0, 0);
    // Half of them go there straight from work.
    let later = if scene.member.is_multiple_of(2) { 0 } else { 1 + turn };
    let gift = bought(scene, shop, "碳酸钙D3片", 20 + later, 17 * 60 + 40 + 7 * later, member(scene) * 20)?;
    scene.year.keep(gift);
    clear(scene, &visit, shop);
    Some(())
}

/// Eight of one nursing home: once a month carried to the clinic, and the carer takes along what all of them take; in one week
/// five are admitted, one after another.
fn nursing_home(scene: &mut Scene<'_>) -> Option<()> {
    unit(scene, 'N');
    let (place, ward) = (scene.by_turn(Kind::Community)?, scene.by_turn(Kind::Secondary)?);
    let shop = pharmacy(scene, 2, 0);
    let mut compared = None;
    for turn in 0..6 {
        let disease = &ACUTE[3 + usize::try_from(turn).unwrap_or(0) % 5];
        let visit = seen(scene, place, disease, monthly(scene, turn), 9 * 60 + member(scene));
        if turn == 0 {
            compared = Some(keep_alike(scene, visit, LIKE.text("0.92", "0.93")));
        } else {
            scene.year.keep(visit);
        }
        let visit = bought(scene, shop, WATCHED, monthly(scene, turn), 11 * 60, member(scene) * 25)?;
        scene.year.keep(visit);
    }
    if scene.member < 5 {
        let begin = scene.day.plus(monthly(scene, 0) + 2 + [0, 1, 3, 4, 5][scene.member]);
        let disease = &ADMITTED[[0, 0, 0, 1, 3][scene.member]];
        let stay = scene.mapped_stay(Ward { place: ward, disease, begin, days: 5 + (member(scene) * 5) % 4 });
        scene.year.keep(stay);
    }
    clear(scene, &compared?, shop);
    Some(())
}

/// Eight off one bus: once a month it is market day, the bus stops between the township's clinic and its pharmacy. Two of them are
/// insured elsewhere.
fn village(scene: &mut Scene<'_>) -> Option<()> {
    unit(scene, 'V');
    if scene.member >= 6 {
        scene.person.unit = format!("E{}{:06}", county_code(scene.person.county), scene.person.index);
    }
    let place = scene.by_turn(Kind::Township)?;
    let shop = pharmacy(scene, 3, 0);
    let mut compared = None;
    for turn in 0..5 {
        let disease = &ACUTE[3 + (scene.member + usize::try_from(turn).unwrap_or(0)) % 5];
        let visit = seen(scene, place, disease, monthly(scene, turn), 9 * 60 + 10 + member(scene));
        if turn == 0 {
            compared = Some(keep_alike(scene, visit, LIKE.text("0.91", "0.93")));
        } else {
            scene.year.keep(visit);
        }
        let visit = bought(scene, shop, WATCHED, monthly(scene, turn), 10 * 60 + 40 + member(scene) * 2, 0)?;
        scene.year.keep(visit);
    }
    clear(scene, &compared?, shop);
    Some(())
}
