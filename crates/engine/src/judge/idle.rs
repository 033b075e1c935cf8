//! Idle days（无诊疗日）: interior days of a stay on which nothing but bed, nursing, consultation, heating was billed.

use std::collections::BTreeSet;

use claims::chart::{Chart, NetLine, Stay};
use claims::money::mul_div;
use claims::{Day, Fen};
use rulebook::Cell;

use crate::program::{Program, ROLES};
use crate::view::{Places, Shares, StayProfile};

/// Roles that keep a bed without treating anybody.
const KEEPING: [&str; 5] = ["bed", "nursing", "consult", "heating", "cooling"];

/// The profiles of a chart's stays: what each cost, and how many of its whole days were idle.
pub(crate) fn profiles(program: &Program, chart: &Chart, places: &Places) -> Vec<StayProfile> {
    let mut amounts = vec![Fen::ZERO; chart.stays.len()];
    for line in &chart.lines {
        amounts[chart.visits[line.visit].stay] += line.amount;
    }
    chart.stays.iter().zip(amounts).map(|(stay, amount)| profile(program, chart, stay, amount, places)).collect()
}

fn profile(program: &Program, chart: &Chart, stay: &Stay, amount: Fen, places: &Places) -> StayProfile {
    let lines = || chart.lines.iter().filter(|l| stay.visits.contains(&l.visit));
    if !stay.inpatient {
        return StayProfile { amount, ..StayProfile::default() };
    }
    let costs = if program.asks_costs {
        costs(chart, stay, amount, &lines().collect::<Vec<_>>())
    } else {
        StayProfile { amount, ..StayProfile::default() }
    };
    let Some(end) = stay.end else { return costs };
    let places = places.list();
    let treated = treated(program, lines(), &places);
    let (first, last) = (stay.begin.day().plus(1), end.day());
    let (mut idle, mut run, mut longest) = (0, 0, 0);
    let mut day = first;
    while day < last {
        if treated.contains(&day) {
            run = 0;
        } else {
            idle += 1;
            run += 1;
            longest = longest.max(run);
        }
        day = day.plus(1);
    }
    let interior = i64::from(last.since(first).max(0));
    StayProfile { interior_days: Some(interior), idle_days: Some(idle), idle_run: Some(longest), ..costs }
}

/// What a line is charged as（收费项目类别）: the first two digits, since regions divide the national categories further.
fn category(line: &NetLine) -> Option<&str> {
    line.record.med_chrgitm_type().and_then(|code| code.get(..2))
}

fn is_exam(line: &NetLine) -> bool {
    matches!(category(line), Some("03" | "04"))
}

/// What a stay's cost is made of. A line without a category leaves the shares open: it may belong to any.
fn costs(chart: &Chart, stay: &Stay, amount: Fen, lines: &[&NetLine]) -> StayProfile {
    let complete = amount.is_positive() && lines.iter().all(|line| category(line).is_some());
    let of = |categories: &[&str]| {
        let sum: Fen = lines.iter().filter(|l| category(l).is_some_and(|c| categories.contains(&c))).map(|l| l.amount).sum();
        mul_div(sum.0, 1_000_000, amount.0).unwrap_or_default()
    };
    let shares = complete.then(|| Shares {
        drug: of(&["09", "10", "11"]),
        exam: of(&["03", "04"]),
        treatment: of(&["05", "06"]),
        material: of(&["08"]),
    });
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let second_day = stay.begin.day().plus(1);
    let kinds: BTreeSet<_> = lines.iter().filter(|l| is_exam(l)).map(|l| l.code()).collect();
    let late: BTreeSet<Day> = lines.iter().filter(|l| is_exam(l) && l.day > second_day).map(|l| l.day).collect();
    let days: BTreeSet<Day> = lines.iter().map(|l| l.day).collect();
    let of_stay = |id: &str| stay.visits.iter().any(|visit| &*chart.visits[*visit].record.mdtrt_id == id);
    StayProfile {
        amount,
        shares,
        exam_kinds: complete.then(|| count(kinds.len())),
        late_exam_days: complete.then(|| count(late.len())),
        operations: count(chart.operations.iter().filter(|one| of_stay(&one.mdtrt_id)).count()),
        service_days: count(days.len()),
        ..StayProfile::default()
    }
}

/// Whether a line only keeps the bed. An unmapped line counts as treatment: nobody is accused for a missing mapping.
pub(super) fn keeps_bed(program: &Program, line: &NetLine, places: &[&str]) -> bool {
    let Some(code) = line.code() else { return false };
    let Some(roles) = program.tables.get(ROLES) else { return false };
    let keeps = |role: &Cell| matches!(role, Cell::Text(role) if KEEPING.contains(&role.as_str()));
    roles.select(code, line.day, places).iter().any(|p| p.point.columns.get("role").is_some_and(keeps))
}

/// Days on which more was billed than what keeps a bed. Lines of a day come together, and one that is more settles the day.
fn treated<'a>(program: &Program, lines: impl Iterator<Item = &'a NetLine>, places: &[&str]) -> BTreeSet<Day> {
    let mut treated = BTreeSet::new();
    let mut last = None;
    for line in lines {
        if last != Some(line.day) && !keeps_bed(program, line, places) {
            treated.insert(line.day);
            last = Some(line.day);
        }
    }
    treated
}

/// Idle interior days.
pub(super) fn days(program: &Program, chart: &Chart, stay: &Stay, places: &[&str]) -> BTreeSet<Day> {
    let Some(end) = stay.end else { return BTreeSet::new() };
    let lines = chart.lines.iter().filter(|l| stay.visits.contains(&l.visit));
    let treated = treated(program, lines, places);
    (stay.begin.day().0 + 1..end.day().0).map(Day).filter(|day| !treated.contains(day)).collect()
}
