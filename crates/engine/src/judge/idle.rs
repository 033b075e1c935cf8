//! Idle days（无诊疗日）: interior days of a stay on which nothing but bed, nursing, consultation, heating was billed.

use std::collections::BTreeSet;

use claims::chart::{Chart, NetLine, Stay};
use claims::{Day, Fen};
use rulebook::Cell;

use crate::program::{Program, ROLES};
use crate::view::{Places, StayProfile};

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
    let Some(end) = stay.end else { return StayProfile { amount, ..StayProfile::default() } };
    let places = places.list();
    let treated: BTreeSet<Day> = lines().filter(|l| !keeps_bed(program, l, &places)).map(|l| l.day).collect();
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
    StayProfile { amount, interior_days: Some(interior), idle_days: Some(idle), idle_run: Some(longest) }
}

/// Whether a line only keeps the bed. An unmapped line counts as treatment: nobody is accused for a missing mapping.
pub(super) fn keeps_bed(program: &Program, line: &NetLine, places: &[&str]) -> bool {
    let Some(code) = &line.code else { return false };
    let Some(roles) = program.tables.get(ROLES) else { return false };
    let role = |p: &&rulebook::knowledge::PointInForce| p.point.columns.get("role").map(Cell::show);
    roles.select(code, line.day, places).iter().filter_map(role).any(|role| KEEPING.contains(&role.as_str()))
}

/// Idle interior days.
pub(super) fn days(program: &Program, chart: &Chart, stay: &Stay, places: &[&str]) -> BTreeSet<Day> {
    let Some(end) = stay.end else { return BTreeSet::new() };
    let lines = chart.lines.iter().filter(|l| stay.visits.contains(&l.visit));
    let treated: BTreeSet<Day> = lines.filter(|l| !keeps_bed(program, l, places)).map(|l| l.day).collect();
    (stay.begin.day().0 + 1..end.day().0).map(Day).filter(|day| !treated.contains(day)).collect()
}
