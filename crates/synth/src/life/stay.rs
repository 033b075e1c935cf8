//! A stay in hospital, day by day.

use claims::{Day, Moment};

use crate::dice::Dice;
use crate::everyday::Disease;
use crate::person::Person;
use crate::visit::{ONE, Visit, Year};
use crate::world::{World, at};

/// Where and how long somebody stays.
#[derive(Clone, Copy)]
pub(crate) struct Ward<'a> {
    pub(crate) place: usize,
    pub(crate) disease: &'a Disease,
    pub(crate) begin: Day,
    /// Nights.
    pub(crate) days: i32,
}

/// A stay with everything billed: bed, nursing and consultation for every night, drugs and care every day, tests at times.
pub(crate) fn admit(world: &World, person: &Person, dice: &mut Dice, year: &mut Year, ward: Ward<'_>) -> Visit {
    let begin = at(ward.begin, dice.between(8 * 60, 11 * 60));
    let end = at(ward.begin.plus(ward.days), dice.between(9 * 60, 11 * 60));
    let mut visit = year.visit(ward.place, "21", begin, Some(end));
    visit.doctor = world.doctor(dice, ward.place);
    visit.dept = if person.age <= 14 { "A07" } else { "A03" };
    visit.diags.push(World::diagnosis(ward.disease));
    if person.age >= 60 && dice.chance(400) && ward.disease.icd != "I10.x00" {
        visit.diags.push(("I10.x00", "特发性(原发性)高血压"));
    }
    let drugs: Vec<usize> = world.items(ward.disease.drugs).collect();
    for night in 0..ward.days {
        let day = ward.begin.plus(night);
        // On the day of admission nothing is done before the patient has come.
        let from = if night == 0 { 12 * 60 } else { 7 * 60 };
        basics(world, &mut visit, dice, day, from);
        treat(world, &mut visit, dice, &drugs, day, from);
        for care in world.items(ward.disease.cares) {
            visit.bill(&world.catalogue, care, moment(dice, day, from), ONE);
        }
        if night == 0 || night % 4 == 3 {
            tests(world, &mut visit, dice, ward.disease, day, from, night == 0);
        }
    }
    for _ in 0..dice.below(3) {
        return_drug(&mut visit, dice, &drugs);
    }
    visit
}

fn moment(dice: &mut Dice, day: Day, from: i32) -> Moment {
    at(day, dice.between(from, 22 * 60)).plus_seconds(i64::from(dice.between(1, 59)))
}

fn basics(world: &World, visit: &mut Visit, dice: &mut Dice, day: Day, from: i32) {
    let basics = world.catalogue.basics;
    for item in [basics.bed, basics.nursing, basics.consult] {
        visit.bill(&world.catalogue, item, moment(dice, day, from), ONE);
    }
}

fn treat(world: &World, visit: &mut Visit, dice: &mut Dice, drugs: &[usize], day: Day, from: i32) {
    for drug in drugs {
        let sn = visit.bill(&world.catalogue, *drug, moment(dice, day, from), ONE);
        visit.line(sn).rx = 1 + visit.begin.day().0.abs_diff(day.0);
    }
    for (name, count) in [("0.9%氯化钠注射液", 2), ("5%葡萄糖注射液", 1), ("静脉输液", 1), ("静脉注射", 1), ("葡萄糖测定", 2)]
    {
        let Some(item) = world.catalogue.named(name) else { continue };
        for _ in 0..count {
            visit.bill(&world.catalogue, item, moment(dice, day, from), ONE);
        }
    }
    if dice.chance(30)
        && let Some(unmapped) = dice.pick(&world.catalogue.unmapped)
    {
        visit.bill(&world.catalogue, *unmapped, moment(dice, day, from), ONE);
    }
}

/// Tests on admission and now and then.
const PANEL: [&str; 16] = [
    "血细胞分析",
    "尿常规检查",
    "粪便常规",
    "血清总蛋白测定",
    "血清白蛋白测定",
    "钾测定",
    "钠测定",
    "氯测定",
    "血清总胆红素测定",
    "血清直接胆红素测定",
    "血清丙氨酸氨基转移酶测定",
    "血清天门冬氨酸氨基转移酶测定",
    "尿素测定",
    "肌酐测定",
    "血浆凝血酶原时间测定",
    "常规心电图检查",
];

fn tests(world: &World, visit: &mut Visit, dice: &mut Dice, disease: &Disease, day: Day, from: i32, all: bool) {
    let count = if all { PANEL.len() } else { 6 };
    let wanted = PANEL[..count].iter().chain(disease.tests.iter().filter(|test| !PANEL[..count].contains(test)));
    for test in wanted {
        if let Some(item) = world.catalogue.named(test) {
            visit.bill(&world.catalogue, item, moment(dice, day, from), ONE);
        }
    }
}

/// A drug that was not used goes back to the pharmacy.
fn return_drug(visit: &mut Visit, dice: &mut Dice, drugs: &[usize]) {
    let candidates: Vec<u32> =
        visit.lines.iter().filter(|line| line.cnt > 0 && drugs.first() == Some(&line.item)).map(|line| line.sn).collect();
    let Some(sn) = dice.pick(&candidates).copied() else { return };
    if visit.lines.iter().all(|line| line.init != sn) {
        visit.refund(sn, ONE, 1800);
    }
}
