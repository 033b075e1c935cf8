//! Outpatient visits and purchases at pharmacies.

use claims::Day;

use crate::dice::Dice;
use crate::everyday::{ACUTE, Disease, MEN, WOMEN};
use crate::person::{Person, Register};
use crate::place::Kind;
use crate::special::{Special, Specials};
use crate::visit::{ONE, Scan, Visit, Year};
use crate::world::{World, at};

/// An ordinary outpatient visit: consultation, tests, drugs, care.
pub(crate) fn clinic(world: &World, dice: &mut Dice, year: &mut Year, place: usize, disease: &Disease, day: Day) -> Visit {
    let begin = at(day, dice.between(8 * 60, 16 * 60));
    let mut visit = year.visit(place, "11", begin, Some(begin.plus_seconds(7200)));
    visit.doctor = world.doctor(dice, place);
    visit.diags.push(World::diagnosis(disease));
    let later = |dice: &mut Dice| begin.plus_seconds(i64::from(dice.between(120, 6000)));
    if let Some(consult) = world.catalogue.named("普通门诊诊查费") {
        visit.bill(&world.catalogue, consult, begin.plus_seconds(60), ONE);
    }
    for item in world.items(disease.tests).chain(world.items(disease.cares)) {
        visit.bill(&world.catalogue, item, later(dice), ONE);
    }
    for item in world.items(disease.drugs) {
        let sn = visit.bill(&world.catalogue, item, later(dice), ONE * i64::from(dice.between(1, 2)));
        visit.line(sn).rx = 1;
    }
    if dice.chance(600) {
        for item in world.items(&["尿素测定", "肌酐测定", "血清丙氨酸氨基转移酶测定", "血清天门冬氨酸氨基转移酶测定"])
        {
            visit.bill(&world.catalogue, item, later(dice), ONE);
        }
    }
    if dice.chance(8) {
        visit.lines.iter_mut().for_each(|line| line.nobody = true);
    }
    super::lean::clinic(world, &mut visit);
    visit
}

/// Which complaint it is: of winter, in winter.
fn complaint(dice: &mut Dice, day: Day) -> &'static Disease {
    let month = day.month();
    let winter = ["-11", "-12", "-01", "-02", "-03"].iter().any(|end| month.ends_with(end));
    if winter && dice.chance(550) { &ACUTE[dice.below(3)] } else { &ACUTE[dice.below(ACUTE.len())] }
}

fn free_day(dice: &mut Dice, year: &Year, month: usize) -> Option<Day> {
    let day = year.first.plus(i32::try_from(month).unwrap_or(0) * 30 + dice.between(0, 29));
    year.is_free(day, day).then_some(day)
}

fn where_to(world: &World, person: &Person, dice: &mut Dice) -> usize {
    let kind = match dice.below(100) {
        0..=14 => Kind::Tertiary,
        15..=39 => Kind::Secondary,
        40..=49 => Kind::Tcm,
        50..=74 => Kind::Township,
        75..=95 => Kind::Community,
        _ => Kind::Unrated,
    };
    let kind = if person.age <= 14 && dice.chance(400) { Kind::Children } else { kind };
    world.place(dice, kind, person.county)
}

/// A visit for an acute complaint, with what belongs to the person's sex and age.
pub(super) fn visit_doctor(world: &World, person: &Person, dice: &mut Dice, year: &mut Year, month: usize) {
    let Some(day) = free_day(dice, year, month) else { return };
    let place = where_to(world, person, dice);
    let of_sex = person.age >= 18 && dice.chance(60);
    let disease = match (of_sex, person.sex) {
        (true, 2) => &WOMEN,
        (true, _) => &MEN,
        _ => complaint(dice, day),
    };
    let mut visit = clinic(world, dice, year, place, disease, day);
    let known = [person.sex_in_table, person.sex_at_visit].iter().all(|register| *register == Register::Right);
    if of_sex && known {
        lawful_sex_items(world, person, dice, &mut visit);
    }
    let kind = world.places.institutions[place].kind;
    if kind == Kind::Tcm {
        herbs(world, dice, &mut visit);
    }
    if (1..=11).contains(&person.age) && person.birth_note == Register::Right && dice.chance(300) {
        lawful_child_items(world, dice, &mut visit);
    }
    super::lean::check_up(world, &mut visit);
    super::lean::register(world, &mut visit);
    oddities(world, dice, &mut visit);
    super::lean::cross(world, person, &mut visit);
    year.keep(visit);
}

fn lawful_sex_items(world: &World, person: &Person, dice: &mut Dice, visit: &mut Visit) {
    let specials = &world.catalogue.specials;
    for all in [&specials.sex_drugs, &specials.sex_services] {
        if let Some(one) = dice.pick(&Specials::of_sex(all, i32::from(person.sex))) {
            visit.bill(&world.catalogue, one.item, visit.begin.plus_seconds(900), ONE);
        }
    }
}

fn lawful_child_items(world: &World, dice: &mut Dice, visit: &mut Visit) {
    let specials = &world.catalogue.specials;
    let all: [&[Special]; 2] = [&specials.child_drugs, &specials.child_services];
    let unbounded: Vec<&Special> = all[dice.below(2)].iter().filter(|one| one.age_max.is_none_or(|last| last >= 13)).collect();
    if let Some(one) = dice.pick(&unbounded) {
        visit.bill(&world.catalogue, one.item, visit.begin.plus_seconds(960), ONE);
    }
}

/// A prescription of herbs: several together, as lawful.
fn herbs(world: &World, dice: &mut Dice, visit: &mut Visit) {
    let catalogue = &world.catalogue;
    let count = 4 + dice.below(5);
    let first = dice.below(catalogue.herbs.len());
    let doses = ONE * 10 * i64::from(dice.between(5, 7));
    for index in 0..count {
        let herb = catalogue.herbs[(first + index) % catalogue.herbs.len()];
        let sn = visit.bill(catalogue, herb, visit.begin.plus_seconds(1500), doses);
        visit.line(sn).rx = 2;
    }
    if dice.chance(300)
        && let Some(alone) = dice.pick(&catalogue.lone_herbs)
    {
        let sn = visit.bill(catalogue, *alone, visit.begin.plus_seconds(1500), doses);
        visit.line(sn).rx = 2;
    }
}

fn oddities(world: &World, dice: &mut Dice, visit: &mut Visit) {
    match dice.below(1000) {
        0..=24 => {
            let drug = visit.lines.iter().find(|line| world.catalogue.items[line.item].is_drug()).map(|line| (line.sn, line.cnt));
            if let Some((sn, cnt)) = drug {
                visit.refund(sn, cnt, 1800);
            }
        }
        25..=34 => {
            let at = visit.begin.plus_seconds(86_400);
            visit.bill_anew(at);
        }
        35..=54 => visit.family_account = true,
        55..=74 => {
            if let Some(item) = dice.pick(&world.catalogue.unmapped) {
                visit.bill(&world.catalogue, *item, visit.begin.plus_seconds(1200), ONE);
            }
        }
        75..=94 => {
            if let Some(item) = world.catalogue.named("美容护肤凝胶") {
                visit.bill(&world.catalogue, item, visit.begin.plus_seconds(1200), ONE);
            }
        }
        _ => {}
    }
}

/// Drugs people buy over the counter.
const SHELF: [&str; 12] = [
    "感冒清热颗粒",
    "板蓝根颗粒",
    "布洛芬缓释胶囊",
    "对乙酰氨基酚片",
    "六味地黄丸",
    "碳酸钙D3片",
    "氯雷他定片",
    "蒙脱石散",
    "复方丹参滴丸",
    "盐酸二甲双胍片",
    "苯磺酸氨氯地平片",
    "阿莫西林胶囊",
];

pub(super) fn visit_pharmacy(world: &World, person: &Person, dice: &mut Dice, year: &mut Year, month: usize) {
    let Some(day) = free_day(dice, year, month) else { return };
    let place = world.place(dice, Kind::Pharmacy, person.county);
    let mut visit = buy(world, dice, year, place, day);
    visit.family_account = dice.chance(60);
    super::lean::sell(world, person, &mut visit);
    scan(world, year, &visit);
    year.keep(visit);
}

/// A purchase of two to four drugs.
pub(crate) fn buy(world: &World, dice: &mut Dice, year: &mut Year, place: usize, day: Day) -> Visit {
    let begin = at(day, dice.between(8 * 60, 20 * 60));
    let mut visit = year.visit(place, "41", begin, Some(begin));
    visit.doctor = world.doctor(dice, place);
    visit.dept = "A69";
    visit.diags.push(("Z76.000", "签发重复处方"));
    let first = dice.below(SHELF.len());
    for index in 0..2 + dice.below(3) {
        if let Some(item) = world.catalogue.named(SHELF[(first + index * 5) % SHELF.len()]) {
            visit.bill(&world.catalogue, item, begin, ONE * i64::from(dice.between(1, 2)));
        }
    }
    visit
}

/// What was bought at a pharmacy and has no scan yet.
pub(crate) fn scan_the_rest(world: &World, year: &mut Year) {
    let scanned: std::collections::HashSet<usize> = year.scans.iter().map(|scan| scan.visit).collect();
    let of_pharmacy = |visit: &Visit| world.places.institutions[visit.place].kind == Kind::Pharmacy;
    let mut more = Vec::new();
    for (place, visit) in year.visits.iter().enumerate().filter(|(place, visit)| !scanned.contains(place) && of_pharmacy(visit)) {
        more.extend(scans(world, place, visit));
    }
    year.scans.extend(more);
}

/// Every pack sold at a pharmacy is scanned.
fn scan(world: &World, year: &mut Year, visit: &Visit) {
    let place = year.visits.len();
    year.scans.extend(scans(world, place, visit));
}

fn scans(world: &World, place: usize, visit: &Visit) -> Vec<Scan> {
    let mut all = Vec::new();
    for line in visit.lines.iter().filter(|line| line.cnt > 0 && world.catalogue.items[line.item].is_drug()) {
        for pack in 0..line.cnt / ONE {
            let code = trace_code(line.item, visit.id, u64::from(line.sn) * 10 + u64::try_from(pack).unwrap_or(0));
            all.push(Scan { visit: place, sn: line.sn, code, opened: false });
        }
    }
    super::lean::scanned(world, visit, &mut all);
    all
}

/// A trace code: 8, the product, and what makes the pack unique.
pub(crate) fn trace_code(item: usize, visit: u64, pack: u64) -> String {
    format!("8{:06}{:010}{:03}", item % 1_000_000, visit % 10_000_000_000, pack % 1000)
}
