//! Groups that stays are paid by, in the hospitals whose results the region hands over: the group is of the illness and of
//! what complicated it, and pays the same wherever the stay was.

use crate::dice::Dice;
use crate::place::{Kind, Leaning};
use crate::registers::Entry;
use crate::visit::{ONE, Visit, Year};
use crate::world::{World, at};

/// Group（病组）: its code, and what it pays in yuan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    family: &'static str,
    part: char,
    standard: i64,
}

/// Illness, family of groups, the heavier family of the same illness, what a stay costs on average in yuan.
const FAMILIES: [(&str, &str, &str, i64); 8] = [
    ("J18.900", "ES2", "ES1", 2_050),
    ("J44.100", "ET2", "ET1", 2_030),
    ("I63.900", "BR2", "BR1", 3_250),
    ("I50.900", "FR2", "FR1", 1_620),
    ("E11.900", "KS1", "KR1", 2_040),
    ("M51.202", "IU2", "IU1", 3_450),
    ("K85.900", "HT2", "HT1", 1_630),
    ("S72.000", "IF2", "IF1", 2_640),
];

/// What the heavier group pays, in hundredths of what the other does.
const HEAVIER: i64 = 140;

/// Bounds beyond which a stay is paid as a cheap or a dear one, in hundredths of what its group pays.
const BOUNDS: (i64, i64) = (70, 120);

/// Gives a stay its group, and what a hospital does about it.
pub(super) fn assign(world: &World, visit: &mut Visit, dice: &mut Dice) {
    let place = &world.places.institutions[visit.place];
    if place.kind != Kind::Secondary {
        return;
    }
    let Some((_, family, heavier, standard)) =
        FAMILIES.iter().find(|(icd, ..)| visit.diags.first().is_some_and(|one| one.0 == *icd))
    else {
        return;
    };
    let leanings: Vec<Leaning> = place.leanings_on(visit.begin.day()).collect();
    let complicated = if leanings.contains(&Leaning::Complicated) { (300, 800) } else { (90, 350) };
    let part = match dice.below(1000) {
        _ if leanings.contains(&Leaning::Undivided) && dice.chance(500) => '9',
        low if low < complicated.0 => '1',
        low if low < complicated.1 => '3',
        _ => '5',
    };
    // Everywhere some of the dear stays are of the heavier group.
    let mut chance = Dice::new(world.seed, u64::MAX / 128 + visit.id);
    let heavy = if leanings.contains(&Leaning::Heavier) {
        chance.chance(550)
    } else {
        visit.total() / standard >= 105 && chance.chance(150)
    };
    let (family, standard) = if heavy { (heavier, standard * HEAVIER / 100) } else { (family, *standard) };
    visit.group = Some(Group { family, part, standard });
    let percent = visit.total() / standard;
    for leaning in leanings {
        match leaning {
            Leaning::JustOver if (52..BOUNDS.0).contains(&percent) => fill(world, visit, standard * BOUNDS.0),
            Leaning::JustUnder if (95..BOUNDS.1 - 2).contains(&percent) => fill(world, visit, standard * (BOUNDS.1 - 1)),
            Leaning::SentHome if percent >= BOUNDS.1 => send_home(world, visit, standard * (BOUNDS.1 - 1)),
            Leaning::Package if (52..76).contains(&percent) => fill(world, visit, standard * 76),
            _ => {}
        }
    }
}

/// Small things, day after day, until the stay costs so many fen.
fn fill(world: &World, visit: &mut Visit, fen: i64) {
    let first = visit.begin.day();
    let days = visit.end.map_or(1, |end| end.day().since(first)).max(2) - 1;
    let mut turn = 0;
    for name in ["推拿治疗", "红外线治疗", "静脉注射"] {
        let Some(item) = world.catalogue.named(name) else { continue };
        let price = world.catalogue.items[item].price;
        let last = name == "静脉注射";
        while visit.total() + price <= fen || last && visit.total() < fen {
            visit.bill(&world.catalogue, item, at(first.plus(1 + turn % days), 13 * 60 + turn), ONE);
            turn += 1;
        }
    }
}

/// A stay ends before it costs more than so many fen: what no longer fits is not done, and the patient goes home on the morning
/// when not even another night fits.
fn send_home(world: &World, visit: &mut Visit, fen: i64) {
    let Some(end) = visit.end else { return };
    let basics = world.catalogue.basics;
    let is_basic = |item: usize| [basics.bed, basics.nursing, basics.consult].contains(&item);
    let (first, last) = (visit.begin.day(), end.day());
    let mut kept: Vec<u32> = Vec::new();
    let (mut total, mut nights) = (0_i64, 0_i32);
    for day in (0..last.since(first)).map(|day| first.plus(day)) {
        let lines: Vec<_> = visit.lines.iter().filter(|line| line.at.day() == day).collect();
        let night: i64 = lines.iter().filter(|line| is_basic(line.item)).map(|line| line.amount).sum();
        if total + night > fen {
            break;
        }
        total += night;
        nights += 1;
        for line in lines {
            // What is taken back goes with what was billed.
            let whole = line.init == 0 || kept.contains(&line.init);
            if is_basic(line.item) {
                kept.push(line.sn);
            } else if whole && total + line.amount <= fen {
                total += line.amount;
                kept.push(line.sn);
            }
        }
    }
    visit.keep_lines(|line| kept.contains(&line.sn));
    visit.end = Some(end.plus_seconds(-86_400 * i64::from(last.since(first) - nights)));
}

/// The groups of a person's stays, as the region hands them over.
pub(crate) fn groups(year: &Year) -> Vec<Entry> {
    let grouped = year.visits.iter().filter_map(|visit| Some((visit.id, visit.group?)));
    grouped
        .map(|(id, group)| {
            let Group { family, part, standard } = group;
            let hundredths = |value: i64| format!("{}.{:02}", value / 100, value % 100);
            let (code, weight) = (format!("{family}{part}"), hundredths(standard / 100));
            let columns = vec![
                ("drg_code", code.clone()),
                ("weight", weight.clone()),
                ("alt_drg_code", code),
                ("alt_weight", weight),
                ("resources", "1".to_owned()),
                ("standard", standard.to_string()),
                ("alt_standard", standard.to_string()),
                ("grouper", "2.0".to_owned()),
                ("low_ratio", hundredths(BOUNDS.0)),
                ("high_ratio", hundredths(BOUNDS.1)),
            ];
            Entry::new("drg_result", &id.to_string(), columns)
        })
        .collect()
}
