//! What an institution does differently from its like, where ordinary people come: what everybody does a little of, it does
//! much. All chance here is drawn from the visit's own number, so that nothing else in a person's year changes with it.

mod crossed;
mod festival;
mod group;
mod shop;
mod ward;

use crate::dice::Dice;
use crate::place::{Kind, Leaning};
use crate::visit::{ONE, Visit};
use crate::world::World;

pub(super) use crossed::cross;
pub(crate) use crossed::crossed;
pub(super) use festival::keep;
pub(crate) use festival::{AROUND_FESTIVAL, kept, spring_festival};
pub(crate) use group::{Group, groups};
pub(super) use shop::{scanned, sell};
pub(crate) use ward::{AROUND, bedside, holiday};
pub(super) use ward::{come_back, comes_back, moved, stay};

/// Chance that belongs to a visit.
fn of_visit(world: &World, visit: &Visit) -> Dice {
    Dice::new(world.seed, u64::MAX - visit.id)
}

/// So many of a thousand, a little different in every institution.
fn usual(world: &World, place: usize, least: usize, spread: usize) -> usize {
    least + Dice::new(world.seed, u64::MAX / 2 - place as u64).below(spread)
}

/// An outpatient visit at an institution that leans to something.
pub(super) fn clinic(world: &World, visit: &mut Visit) {
    let mut dice = of_visit(world, visit);
    let place = &world.places.institutions[visit.place];
    let leanings: Vec<Leaning> = place.leanings_on(visit.begin.day()).collect();
    if matches!(place.kind, Kind::Township | Kind::Community) {
        infusion_set(world, visit, &leanings);
        ultrasound(world, visit, &mut dice, &leanings);
    }
    package(world, visit);
    for leaning in leanings {
        match leaning {
            Leaning::Herbs => herbs(world, visit, &mut dice),
            Leaning::Dressings => more(world, visit, &["医用冷敷贴"], 1),
            Leaning::Drugs => more(world, visit, &["香砂养胃丸", "碳酸钙D3片", "腺苷钴胺片", "六味地黄丸"], 5),
            Leaning::Tests => more(world, visit, TESTS, 4),
            Leaning::Treatment => more(world, visit, &["红外线治疗", "低频脉冲电治疗", "普通针刺", "推拿治疗"], 3),
            Leaning::Scans => more(world, visit, &["X线计算机体层平扫"], 3),
            Leaning::Consumables => {
                more(world, visit, &["一次性使用静脉留置针", "医用水胶体敷料", "医用冷敷贴"], 3);
            }
            Leaning::TestsEverybody if dice.chance(920) => more(world, visit, &[ONE_TEST], 1),
            Leaning::TestsHalf if dice.chance(560) => more(world, visit, &[ONE_TEST], 1),
            Leaning::TestsQuarterly if ends_a_quarter(visit) && dice.chance(600) => more(world, visit, &[ONE_TEST], 1),
            Leaning::TestsReturned => taken_back(world, visit),
            _ => {}
        }
    }
}

const TESTS: &[&str] = &[
    "血清尿酸测定",
    "血清淀粉酶测定",
    "血清肌酸激酶测定",
    "常规心电图检查",
    "B超常规检查",
    "C-反应蛋白测定",
    "血浆凝血酶原时间测定",
];

/// What some test everybody for: nothing that an outpatient is usually tested for.
const ONE_TEST: &str = "血清高密度脂蛋白胆固醇测定";

/// What some test everybody for together.
const PACKAGE: &[&str] = &["血清总胆固醇测定", "血清甘油三酯测定", "血清低密度脂蛋白胆固醇测定", "血清肌酸激酶测定"];

/// Four tests together, for whoever comes, a chronic patient who only needs the usual drugs included.
pub(super) fn package(world: &World, visit: &mut Visit) {
    let leans = world.places.institutions[visit.place].leanings_on(visit.begin.day()).any(|one| one == Leaning::TestsPackage);
    if !leans || !Dice::new(world.seed, u64::MAX / 512 + visit.id).chance(950) {
        return;
    }
    for item in world.items(PACKAGE) {
        if visit.lines.iter().all(|line| line.item != item) {
            visit.bill(&world.catalogue, item, visit.begin.plus_seconds(1200), ONE);
        }
    }
}

/// The month in which chronic patients are seen again.
fn ends_a_quarter(visit: &Visit) -> bool {
    let month = visit.begin.day().month();
    ["-03", "-06", "-09", "-12"].iter().any(|end| month.ends_with(end))
}

/// The test of a package that nobody wanted: billed, and taken back before anybody paid.
fn taken_back(world: &World, visit: &mut Visit) {
    if let Some(item) = world.catalogue.named(ONE_TEST) {
        let sn = visit.bill(&world.catalogue, item, visit.begin.plus_seconds(4200), ONE);
        visit.refund(sn, ONE, 600);
    }
}

/// Some come only to be registered: another kind of visit, with nothing but the fee.
pub(super) fn register(world: &World, visit: &mut Visit) {
    let counted = world.places.institutions[visit.place].leanings_on(visit.begin.day()).any(|one| one == Leaning::Registered);
    if counted && Dice::new(world.seed, u64::MAX / 32 + visit.id).chance(250) {
        visit.med_type = "12";
        let consult = world.catalogue.named("普通门诊诊查费");
        visit.keep_lines(|line| Some(line.item) == consult);
    }
}

/// So many of each that is not billed already.
fn more(world: &World, visit: &mut Visit, names: &[&str], units: i64) {
    for item in world.items(names) {
        if visit.lines.iter().all(|line| line.item != item) {
            visit.bill(&world.catalogue, item, visit.begin.plus_seconds(4200), units * ONE);
        }
    }
}

/// Whoever is infused, is infused through something: here and there through a dear set, where the institution leans to it always.
fn infusion_set(world: &World, visit: &mut Visit, leanings: &[Leaning]) {
    let dear = if leanings.contains(&Leaning::DearSets) { 900 } else { usual(world, visit.place, 60, 160) };
    let filtered = Dice::new(world.seed, u64::MAX / 256 + visit.id).chance(dear);
    let infused = world.catalogue.named("静脉输液").and_then(|item| visit.lines.iter().find(|line| line.item == item));
    if let Some(at) = infused.map(|line| line.at)
        && let Some(set) = world.catalogue.named(if filtered { "精密过滤输液器" } else { "一次性使用输液器" })
    {
        visit.bill(&world.catalogue, set, at, ONE);
    }
}

/// Some ultrasound is in colour; where the institution leans to it, nearly all.
fn ultrasound(world: &World, visit: &mut Visit, dice: &mut Dice, leanings: &[Leaning]) {
    let (Some(grey), Some(colour)) = (world.catalogue.named("B超常规检查"), world.catalogue.named("彩色多普勒超声常规检查"))
    else {
        return;
    };
    let Some(sn) = visit.lines.iter().find(|line| line.item == grey).map(|line| line.sn) else { return };
    let dear = if leanings.contains(&Leaning::Dear) { 900 } else { usual(world, visit.place, 60, 160) };
    if dice.chance(dear) {
        visit.swap(&world.catalogue, sn, colour);
    } else if leanings.contains(&Leaning::DearReturned) {
        let at = visit.line(sn).at;
        let wrong = visit.bill(&world.catalogue, colour, at, ONE);
        visit.refund(wrong, ONE, 900);
    }
}

/// A prescription of herbs, which count as no drugs.
fn herbs(world: &World, visit: &mut Visit, dice: &mut Dice) {
    let herbs = &world.catalogue.herbs;
    let first = dice.below(herbs.len());
    for index in 0..6 {
        let sn = visit.bill(&world.catalogue, herbs[(first + index) % herbs.len()], visit.begin.plus_seconds(1500), 60 * ONE);
        visit.line(sn).rx = 2;
    }
}

/// Some come to be told that they are well, where that is on offer: nothing but tests, all of them self-paid.
pub(super) fn check_up(world: &World, visit: &mut Visit) {
    let on_offer = world.places.institutions[visit.place].leanings_on(visit.begin.day()).any(|one| one == Leaning::CheckUps);
    if !on_offer || !of_visit(world, visit).chance(250) {
        return;
    }
    visit.med_type = "9107";
    more(world, visit, TESTS, 1);
    visit.lines.iter_mut().for_each(|line| line.inscp = Some(0));
}
