//! Pharmacies: drugs that only one sex needs, sold to whoever needs them, or to whoever comes.

use super::of_visit;
use crate::dice::Dice;
use crate::person::{Person, Register};
use crate::place::Leaning;
use crate::special::Specials;
use crate::visit::{ONE, Scan, Visit, in_scope};
use crate::world::World;

/// What is scanned of a sale: not everything everywhere, and not always the code of what was sold.
pub(in crate::life) fn scanned(world: &World, visit: &Visit, scans: &mut Vec<Scan>) {
    let dice = |number: u64| Dice::new(world.seed, u64::MAX / 16 + visit.id * 64 + number);
    for leaning in world.places.institutions[visit.place].leanings_on(visit.begin.day()) {
        match leaning {
            Leaning::Unscanned => scans.retain(|scan| !dice(u64::from(scan.sn)).chance(300)),
            Leaning::ScannerBroken if visit.begin.day().to_string().ends_with("-10") => scans.clear(),
            Leaning::NeverScans => scans.clear(),
            Leaning::OneCode if dice(0).chance(400) => {
                let first = scans.first().map(|scan| scan.code.clone()).unwrap_or_default();
                for scan in scans.iter_mut() {
                    scan.code.clone_from(&first);
                }
            }
            _ => {}
        }
    }
}

/// Where purchases are made to cost what they may cost, in fen: more of what is bought, and nothing beyond.
fn fill(world: &World, visit: &mut Visit, limit: i64) {
    while visit.total() > limit && visit.lines.len() > 1 {
        visit.lines.pop();
    }
    let mut order: Vec<u32> = visit.lines.iter().map(|line| line.sn).collect();
    order.sort_by_key(|sn| std::cmp::Reverse(visit.lines[*sn as usize - 1].price));
    for sn in order {
        let price = visit.line(sn).price.max(1);
        let more = (limit - visit.total()).max(0) / price;
        let line = visit.line(sn);
        line.cnt += more * ONE;
        line.amount = line.price * line.cnt / ONE;
        line.inscp = Some(in_scope(&world.catalogue.items[line.item], line.amount));
    }
}

/// Four packs at twenty yuan each, and nothing else.
fn set(world: &World, visit: &mut Visit) {
    if let Some(item) = world.catalogue.named("阿奇霉素片") {
        visit.keep_lines(|_| false);
        visit.bill(&world.catalogue, item, visit.begin, 4 * ONE);
    }
}

/// Now and then somebody buys what their sex needs, or what somebody at home does; where a pharmacy does not look, many do.
pub(in crate::life) fn sell(world: &World, person: &Person, visit: &mut Visit) {
    for leaning in world.places.institutions[visit.place].leanings_on(visit.begin.day()) {
        match leaning {
            Leaning::NearlyHundred => fill(world, visit, 9_900),
            Leaning::NearlyFifty => fill(world, visit, 4_900),
            Leaning::Sets if of_visit(world, visit).chance(900) => set(world, visit),
            _ => {}
        }
    }
    let known = person.sex_in_table == Register::Right && person.sex_at_visit == Register::Right;
    if !known || person.age < 18 {
        return;
    }
    let mut dice = of_visit(world, visit);
    let (mut other, mut family) = (2, 0);
    for leaning in world.places.institutions[visit.place].leanings_on(visit.begin.day()) {
        match leaning {
            Leaning::Crossed => other = 25,
            Leaning::CrossedForFamily => family = 40,
            _ => {}
        }
    }
    let crossed = dice.chance(other) && !visit.family_account;
    let fetched = !crossed && dice.chance(family);
    let sex = if crossed || fetched { 3 - person.sex } else { person.sex };
    if !crossed && !fetched && !dice.chance(60) {
        return;
    }
    let all = Specials::of_sex(&world.catalogue.specials.sex_drugs, i32::from(sex));
    let Some(item) = dice.pick(&all).map(|one| one.item) else { return };
    visit.bill(&world.catalogue, item, visit.begin, ONE);
    visit.family_account |= fetched;
}
