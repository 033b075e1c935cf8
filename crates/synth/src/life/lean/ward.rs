//! Wards: when people are admitted, what they catch, whether they come back.

use claims::Day;

use super::{festival, group, of_visit, usual};
use crate::dice::Dice;
use crate::everyday::{ADMITTED, Disease};
use crate::life::{Ward, admit};
use crate::person::Person;
use crate::place::{Kind, Leaning};
use crate::visit::{ONE, Operation, Visit, Year};
use crate::world::{World, at};

const CAUGHT: [(&str, &str); 2] = [("N39.000", "泌尿道感染"), ("T81.400", "操作后的感染，不可归类在他处者")];

/// What happens to a patient in hospital, or is not written down.
pub(in crate::life) fn stay(world: &World, visit: &mut Visit) {
    let mut dice = of_visit(world, visit);
    let mut chance = usual(world, visit.place, 8, 10);
    for leaning in world.places.institutions[visit.place].leanings_on(visit.begin.day()) {
        match leaning {
            Leaning::Infected => chance = 220,
            Leaning::InfectedBefore if dice.chance(300) => visit.diags.push(CAUGHT[0]),
            Leaning::Unfilled => visit.unfilled = dice.chance(650),
            Leaning::Resonance => resonance(world, visit),
            Leaning::WardTests | Leaning::WardDrugs | Leaning::WardMaterial | Leaning::WardScans => {
                bedside(world, visit, leaning);
            }
            Leaning::Operates | Leaning::ManyScrews | Leaning::BoxOfScrews | Leaning::ScrewsReturned | Leaning::ScrewsAgain => {
                operate(world, visit, leaning);
            }
            Leaning::KeptOverFestival => festival::bed_only(world, visit),
            _ => {}
        }
    }
    if dice.chance(chance) {
        let caught = CAUGHT[dice.below(2)];
        visit.caught = visit.diags.iter().all(|one| one.0 != caught.0).then_some(caught);
    }
    group::assign(world, visit, &mut dice);
}

/// What every day in bed is billed for beyond the usual, whoever lies there and for whatever.
pub(crate) fn bedside(world: &World, visit: &mut Visit, leaning: Leaning) {
    match leaning {
        Leaning::WardTests => {
            by_day(world, visit, &[("C-反应蛋白测定", 3), ("血清肌酸激酶测定", 2), ("血清淀粉酶测定", 2)]);
        }
        Leaning::WardDrugs => by_day(world, visit, &[("低分子肝素钙注射液", 4)]),
        Leaning::WardMaterial => by_day(world, visit, &[("医用水胶体敷料", 2), ("一次性使用静脉留置针", 1)]),
        Leaning::WardScans => by_day(world, visit, &[("磁共振平扫", 1)]),
        _ => {}
    }
}

/// So many of each on every day of a stay.
fn by_day(world: &World, visit: &mut Visit, what: &[(&str, i64)]) {
    let (first, last) = (visit.begin.day(), visit.end.map_or(visit.begin, |end| end).day());
    for day in (1..last.since(first)).map(|day| first.plus(day)) {
        for (name, units) in what {
            if let Some(item) = world.catalogue.named(name) {
                visit.bill(&world.catalogue, item, at(day, 15 * 60 + 40), units * ONE);
            }
        }
    }
}

/// A broken hip is screwed on the day after admission: two or three screws, and here and there many more.
fn operate(world: &World, visit: &mut Visit, leaning: Leaning) {
    let Some(item) = world.catalogue.named("金属接骨螺钉").filter(|_| visit.diags.first().is_some_and(|one| one.0 == "S72.000"))
    else {
        return;
    };
    let mut dice = Dice::new(world.seed, u64::MAX / 64 + visit.id);
    let begin = at(visit.begin.day().plus(1), dice.between(8 * 60, 19 * 60));
    visit.operations.push(Operation {
        code: "79.3500x001",
        name: "股骨颈骨折切开复位内固定术",
        begin,
        end: begin.plus_seconds(4800),
    });
    let usual = 2 + i64::from(dice.chance(usual(world, visit.place, 200, 300)));
    let (units, back) = match leaning {
        Leaning::ManyScrews => (usual * 3, 0),
        Leaning::BoxOfScrews if dice.chance(250) => (20, 0),
        Leaning::ScrewsReturned => (8, 8 - usual),
        _ => (usual, 0),
    };
    let sn = visit.bill(&world.catalogue, item, begin.plus_seconds(1200), units * ONE);
    if back > 0 {
        visit.refund(sn, back * ONE, 7200);
    }
    if leaning == Leaning::ScrewsAgain {
        // The ward's account takes over the list of the theatre, morning after morning, though nobody was operated on again.
        let last = visit.end.map_or(visit.begin, |end| end).day();
        let begin = visit.begin.day();
        for day in (2..5).map(|day| begin.plus(day)).filter(|day| *day < last) {
            visit.bill(&world.catalogue, item, at(day, 10 * 60 + 20), usual * ONE);
        }
    }
}

/// Three parts of the body, on three days of a stay that is long enough.
fn resonance(world: &World, visit: &mut Visit) {
    let (first, last) = (visit.begin.day(), visit.end.map_or(visit.begin, |end| end).day());
    let Some(item) = world.catalogue.named("磁共振平扫") else { return };
    if last.since(first) < 5 {
        return;
    }
    for day in (1..4).map(|day| first.plus(day)) {
        visit.bill(&world.catalogue, item, at(day, 15 * 60 + 20), ONE);
    }
}

/// Long holidays, by their first day in each year and their number of days.
const HOLIDAYS: [(u32, u32, i32); 2] = [(5, 1, 5), (10, 1, 7)];
/// Days before and after a holiday that are of one piece with it.
pub(crate) const AROUND: i32 = 28;

/// The first and the last day of a holiday of the city's first year.
pub(crate) fn holiday(first: Day, which: usize) -> Option<(Day, Day)> {
    let year = first.month()[..4].parse().ok()?;
    let (month, day, days) = HOLIDAYS[which];
    let begin = Day::ymd(year, month, day)?;
    Some((begin, begin.plus(days - 1)))
}

/// The day of an admission: where a hospital fills its beds on holidays, two in five of the weeks around are called in.
pub(in crate::life) fn moved(world: &World, year: &Year, place: usize, disease: &Disease, begin: Day, days: i32) -> Day {
    for leaning in world.places.institutions[place].leanings_on(begin) {
        let which = match leaning {
            Leaning::HolidayOfMay => 0,
            Leaning::HolidayOfOctober => 1,
            // Injuries do not wait.
            Leaning::HolidayInjuries if disease.icd.starts_with('S') => 1,
            _ => continue,
        };
        let Some((from, to)) = holiday(world.first, which) else { continue };
        let mut dice = Dice::new(world.seed, u64::MAX / 8 + year.next_id());
        let near = begin >= from.plus(-AROUND) && begin <= to.plus(AROUND);
        let day = from.plus(dice.between(0, to.since(from)));
        let free = year.is_free(day, day.plus(days)) && year.has_no_stay(day.plus(-32), day.plus(days + 32));
        let share = if leaning == Leaning::HolidayInjuries { 1000 } else { 400 };
        if near && free && dice.chance(share) {
            return day;
        }
    }
    begin
}

/// Back（再入院）: a second stay to come.
pub(in crate::life) struct Back {
    place: usize,
    disease: &'static Disease,
    begin: Day,
    days: i32,
    dice: Dice,
}

/// Whether a patient comes back within a month: a few do everywhere.
pub(in crate::life) fn comes_back(world: &World, visit: &Visit, disease: &'static Disease) -> Option<Back> {
    // The second number of the visit, for what comes after it.
    let mut dice = Dice::new(world.seed, u64::MAX / 4 + visit.id);
    let left = visit.end?.day();
    let mut back = Back { place: visit.place, disease, begin: left.plus(dice.between(17, 28)), days: dice.between(4, 9), dice };
    let mut chance = usual(world, visit.place, 25, 45);
    for leaning in world.places.institutions[visit.place].leanings_on(visit.begin.day()) {
        match leaning {
            Leaning::Returned => chance = 450,
            Leaning::ReturnedElsewhere => {
                chance = 450;
                back.place = world.other_hospital(&mut back.dice, Kind::Secondary, visit.place);
            }
            Leaning::OtherIllness if back.dice.chance(450) => {
                let other = ADMITTED.iter().filter(|one| one.icd[..3] != disease.icd[..3]).nth(back.dice.below(7));
                (chance, back.disease) = (1000, other.unwrap_or(disease));
            }
            _ => {}
        }
    }
    back.dice.chance(chance).then_some(back)
}

/// Comes back, unless something else is in the way.
pub(in crate::life) fn come_back(world: &World, person: &Person, year: &mut Year, mut back: Back) {
    let end = back.begin.plus(back.days);
    let free = year.is_free(back.begin, end) && year.has_no_stay(back.begin.plus(-16), end.plus(32));
    if free && end.plus(2) <= year.last() {
        let Back { place, disease, begin, days, .. } = back;
        let mut visit = admit(world, person, &mut back.dice, year, Ward { place, disease, begin, days });
        stay(world, &mut visit);
        year.keep(visit);
    }
}
