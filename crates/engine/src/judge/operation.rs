//! Operation（手术操作，T11 and T15）: an operation record against person, diagnoses, charges, and the times of antibiotics.

use std::collections::BTreeSet;

use claims::chart::{Chart, NetLine, Stay};
use claims::day::HOUR_SECONDS;
use claims::diagnosis::{DiagnosisSet, code_under};
use claims::record::Operation;
use claims::{Moment, Text};
use rulebook::knowledge::{Match, PointInForce};
use rulebook::logic::OperationKind;
use rulebook::{Cell, Point, Undecided};

use super::{Admitted, Charged, Decision, Draft, Folder, NOT_REVIEWED, Who, decision, reason};
use crate::event::EventLine;
use crate::facet::listed;
use crate::program::Program;
use crate::sink::Sink;
use crate::view::{OperationFacts, Own, View};

struct Operated<'a> {
    folder: &'a Folder<'a>,
    visit: usize,
    record: &'a Operation,
    point: &'a PointInForce,
    facts: OperationFacts,
    /// Charges that the finding rests on.
    lines: Vec<&'a NetLine>,
}

pub(super) fn judge(
    program: &Program,
    number: usize,
    kind: &OperationKind,
    folders: &[Folder<'_>],
    admitted: &Admitted,
    sink: &mut Sink,
) -> Result<(), String> {
    let rule = &program.rules[number];
    let Some(index) = rule.index.as_ref().filter(|_| rule.matches() == Some(Match::Operation)) else { return Ok(()) };
    let mut found = Vec::new();
    for (at, folder) in folders.iter().enumerate() {
        let places = folder.places.list();
        for record in &folder.chart.operations {
            let of_visit = |v: &claims::chart::ChartVisit| v.record.mdtrt_id == record.mdtrt_id;
            let Some(visit) = folder.chart.visits.iter().position(of_visit) else { continue };
            if !admitted.allows(number, at, visit) {
                continue;
            }
            let code = Text::from(record.oprn_oprt_code.to_ascii_uppercase());
            let day = record.oprn_oprt_date.unwrap_or(folder.chart.visits[visit].record.begntime.day());
            for point in index.select_above(&code, day, &places) {
                let (facts, lines) = facts(program, kind, folder, visit, record, &point.point);
                found.push(Operated { folder, visit, record, point, facts, lines });
            }
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let views: Vec<View<'_>> = found
        .iter()
        .map(|o| View { own: Own::Operation(&o.facts), point: Some(&o.point.point), ..o.folder.visit_view(o.visit) })
        .collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    // Parts of one operation may stand in several records of one code: they are one subject, and the first answer stands.
    let mut seen: BTreeSet<(usize, String, Option<Moment>)> = BTreeSet::new();
    for (row, one) in found.iter().enumerate() {
        let key = (std::ptr::from_ref(one.folder) as usize, subject(one), one.record.oprn_oprt_begntime);
        if !seen.insert(key) {
            continue;
        }
        if !one.point.decides {
            sink.undecided(number, NOT_REVIEWED, || undecided(rule.code(), one, NOT_REVIEWED));
            continue;
        }
        match decision(rule, &answers, row) {
            Decision::Out => {}
            Decision::Clear => sink.clear(number),
            Decision::Exempt(exception) => sink.exempt(number, exception, |by| undecided(rule.code(), one, by)),
            Decision::Unknown(missing) => sink.undecided(number, &missing, || undecided(rule.code(), one, &missing)),
            Decision::Hit(grade) => {
                let draft = draft(program, number, one, views[row]);
                sink.hit(number, Draft { grade, ..draft }.finding());
            }
        }
    }
    Ok(())
}

fn facts<'a>(
    program: &Program,
    kind: &OperationKind,
    folder: &'a Folder<'a>,
    visit: usize,
    record: &Operation,
    point: &Point,
) -> (OperationFacts, Vec<&'a NetLine>) {
    let chart = folder.chart;
    let stay = &chart.stays[chart.visits[visit].stay];
    let diagnoses = DiagnosisSet::of(chart, visit);
    let main = main_diagnosis(chart, visit);
    let related = kind.diagnoses.as_ref().and_then(|column| {
        let (main, codes) = (main.as_ref()?, listed(point, column));
        (!codes.is_empty()).then(|| codes.iter().any(|code| code_under(main, code)))
    });
    let antibiotics = kind.antibiotics.as_ref().map(|table| antibiotics(program, folder, stay, table)).unwrap_or_default();
    let allowed = match point.columns.get("allowed_set") {
        Some(Cell::Text(_)) if !antibiotics.is_empty() => {
            let codes = listed(point, "allowed_set");
            let is_allowed = |line: &&NetLine| line.code().is_some_and(|own| codes.iter().any(|code| own.starts_with(&**code)));
            Some(antibiotics.iter().all(is_allowed))
        }
        _ => None,
    };
    let times: Option<Vec<Moment>> = antibiotics
        .iter()
        .map(|line| (!line.record.fee_ocur_time().is_midnight()).then_some(line.record.fee_ocur_time()))
        .collect();
    let times = times.filter(|times| !times.is_empty() && !stay.dates_unreliable);
    let begin = record.oprn_oprt_begntime.filter(|at| !at.is_midnight());
    let end = record.oprn_oprt_endtime.filter(|at| !at.is_midnight());
    let first = times.as_ref().and_then(|times| times.iter().min().copied());
    let last = times.as_ref().and_then(|times| times.iter().max().copied());
    let facts = OperationFacts {
        code: Some(record.oprn_oprt_code.clone()),
        day: record.oprn_oprt_date,
        begin: record.oprn_oprt_begntime,
        end: record.oprn_oprt_endtime,
        main_diagnosis: main,
        diagnosis_related: related,
        charged: kind.charges.as_ref().and_then(|column| charged(chart, stay, &listed(point, column))),
        excused: kind.excuses.as_ref().and_then(|column| {
            let codes = listed(point, column);
            (!diagnoses.is_empty() && !codes.is_empty()).then(|| codes.iter().any(|code| diagnoses.has_under(code)))
        }),
        antibiotic_allowed: allowed,
        first_dose_minutes: begin.zip(first).map(|(begin, first)| (begin.0 - first.0).div_euclid(60)),
        last_dose_hours: end.zip(last).map(|(end, last)| (last.0 - end.0).div_euclid(HOUR_SECONDS)),
    };
    (facts, antibiotics)
}

fn main_diagnosis(chart: &Chart, visit: usize) -> Option<Text> {
    let record = &chart.visits[visit].record;
    let marked = chart.diagnoses.iter().find(|one| one.maindiag_flag && one.mdtrt_id == record.mdtrt_id);
    record.dscg_maindiag_code.clone().or_else(|| marked.map(|one| one.diag_code.clone()))
}

/// Lines of the stay whose item the table of antibiotics knows.
fn antibiotics<'a>(program: &Program, folder: &'a Folder<'a>, stay: &Stay, table: &str) -> Vec<&'a NetLine> {
    let Some(index) = program.tables.get(table) else { return Vec::new() };
    let places = folder.places.list();
    let knows = |line: &&NetLine| {
        let code = line.code();
        code.is_some_and(|code| !index.select(code, line.day, &places).is_empty())
    };
    folder.chart.lines.iter().filter(|line| stay.visits.contains(&line.visit)).filter(knows).collect()
}

/// Whether one of the items is charged in the stay; unknown where an item that is not mapped may be it.
fn charged(chart: &Chart, stay: &Stay, codes: &[Text]) -> Option<bool> {
    if codes.is_empty() {
        return None;
    }
    let mut unmapped = false;
    for line in chart.lines.iter().filter(|line| stay.visits.contains(&line.visit)) {
        match line.code() {
            Some(own) if codes.iter().any(|code| own.starts_with(&**code)) => return Some(true),
            Some(_) => {}
            None => unmapped = true,
        }
    }
    (!unmapped).then_some(false)
}

fn subject(one: &Operated<'_>) -> String {
    let chart = one.folder.chart;
    let stay = &chart.stays[chart.visits[one.visit].stay];
    format!("{}|{}|{}", chart.fixmedins_code, stay.id, one.record.oprn_oprt_code)
}

fn draft<'a>(program: &'a Program, number: usize, one: &Operated<'_>, view: View<'a>) -> Draft<'a> {
    let chart = one.folder.chart;
    let visit = &chart.visits[one.visit];
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "visit",
        key: subject(one),
        who: Who::of(&chart.fixmedins_code, visit),
        charged: one.lines.iter().map(|line| Charged { line: EventLine::of(chart, line), excess: line.amount }).collect(),
        related: Vec::new(),
        related_lines: Vec::new(),
        occurred_on: one.record.oprn_oprt_date.unwrap_or(visit.record.begntime.day()),
        grade: (program.rules[number].rule.result.grade(), None),
        no_amount: false,
        quantity_excess: None,
        arithmetic: Vec::new(),
        notes: Vec::new(),
        words: Vec::new(),
    }
}

fn undecided(rule: &str, one: &Operated<'_>, missing: &str) -> Undecided {
    let visit = &one.folder.chart.visits[one.visit].record;
    Undecided {
        rule_code: rule.to_owned(),
        subject: "visit".to_owned(),
        fixmedins_code: Some(one.folder.chart.fixmedins_code.to_string()),
        psn_no: Some(visit.psn_no.to_string()),
        mdtrt_id: Some(visit.mdtrt_id.to_string()),
        line_id: None,
        item: Some(one.record.oprn_oprt_code.to_string()),
        period: None,
        trace: None,
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}
