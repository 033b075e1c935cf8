//! Prescription（处方规则，T6）: what stands on one prescription together.

use std::collections::{BTreeMap, BTreeSet};

use claims::Day;
use claims::chart::NetLine;
use rulebook::{Text, Undecided};

use super::line::notes;
use super::sheet::facts;
use super::{Candidate, Charged, Draft, Folder, Who, chargeable, evaluated, grade, lifted, named};
use crate::event::EventLine;
use crate::program::Program;
use crate::sink::{Lifted, Sink};
use crate::value::Tri;
use crate::view::{Own, SheetFacts, View};

pub(super) fn judge(program: &Program, number: usize, candidates: &[Candidate<'_>], sink: &mut Sink) -> Result<(), String> {
    let mut by_folder: BTreeMap<(Text, Text), Vec<&Candidate<'_>>> = BTreeMap::new();
    for candidate in candidates {
        let chart = candidate.folder.chart;
        let key = (Text::clone(&chart.fixmedins_code), Text::clone(&candidate.visit().record.psn_no));
        by_folder.entry(key).or_default().push(candidate);
    }
    for listed in by_folder.into_values() {
        judge_folder(program, number, listed[0].folder, &listed, sink)?;
    }
    Ok(())
}

fn judge_folder(
    program: &Program,
    number: usize,
    folder: &Folder<'_>,
    listed: &[&Candidate<'_>],
    sink: &mut Sink,
) -> Result<(), String> {
    let rule = &program.rules[number];
    let point_of = |line: &NetLine| listed.iter().find(|c| std::ptr::eq(c.line, line)).and_then(|c| c.point);
    let of_line = |line| Candidate { folder, line, point: point_of(line), early: false, place_open: false };
    let lines: Vec<Candidate<'_>> = folder.chart.lines.iter().map(of_line).collect();
    let (views, answers) = evaluated(program, rule, &lines)?;
    let members: Vec<usize> = (0..lines.len()).filter(|row| answers.tri("members", *row, Tri::Yes) != Tri::No).collect();
    let sheets = sheets(&lines, &members);
    let facts: Vec<SheetFacts> = sheets.values().map(|rows| facts_of(&lines, &members, rows)).collect();
    let views = with_facts(views, &sheets, &facts);
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    for rows in sheets.values() {
        let sheet = sheet(lines[rows[0]].line);
        let codes: BTreeSet<Option<&Text>> = rows.iter().map(|row| lines[*row].line.code()).collect();
        let may_stand_alone =
            rows.iter().any(|row| lines[*row].point.is_none() || answers.tri("listed", *row, Tri::No) == Tri::No);
        let reached: Vec<usize> = rows.iter().copied().filter(|row| lines[*row].point.is_some()).collect();
        if reached.is_empty() {
            continue;
        }
        let missing = missing(rule, &lines, &answers, rows, codes.contains(&None));
        let charged: Vec<usize> = reached.iter().copied().filter(|row| chargeable(rule, lines[*row].line) == Tri::Yes).collect();
        if may_stand_alone && missing.as_deref() != Some("line.code") {
            sink.clear(number);
        } else if let Some(missing) = missing {
            let first = &lines[reached[0]];
            sink.undecided(number, &missing, || Undecided {
                subject: "prescription".to_owned(),
                period: Some(sheet.clone()),
                ..first.undecided(rule.code(), &missing)
            });
        } else if !charged.is_empty() {
            match lifted(rule, &answers, charged[0]) {
                Lifted::Stands => {
                    let grade = grade(rule, &answers, charged[0]);
                    let draft = draft(program, number, &lines, &charged, views[charged[0]], &sheet, codes.len());
                    sink.hit(number, Draft { grade, ..draft }.finding());
                }
                Lifted::Falls(exception) => {
                    sink.exempt(number, exception, |by| lines[charged[0]].undecided(rule.code(), by));
                }
                Lifted::Unknown(names) => {
                    let missing = named(names);
                    sink.undecided(number, &missing, || lines[charged[0]].undecided(rule.code(), &missing));
                }
            }
        }
    }
    Ok(())
}

/// Rows of prescriptions, by number and first day; one without a number by what stands for it.
type Sheets = BTreeMap<(String, Option<Day>), Vec<usize>>;

/// The prescriptions of a person. A number that two visits of one day bear is one prescription, billed in two parts: a doctor gives a number
/// once, and a dose that is settled on two bills is no single herb.
fn sheets(lines: &[Candidate<'_>], members: &[usize]) -> Sheets {
    let of_number =
        |row: &usize| lines[*row].line.record.rx_drord_no().map(|number| (lines[*row].line.record.mdtrt_id(), number));
    let mut first_days: BTreeMap<(&str, &str), Day> = BTreeMap::new();
    for row in members {
        if let Some(number) = of_number(row) {
            let first = first_days.entry(number).or_insert(lines[*row].line.day);
            *first = lines[*row].line.day.min(*first);
        }
    }
    let mut sheets = Sheets::new();
    for row in members {
        let key = match of_number(row) {
            Some(number) => (number.1.to_owned(), first_days.get(&number).copied()),
            None => (sheet(lines[*row].line), None),
        };
        sheets.entry(key).or_default().push(*row);
    }
    sheets
}

/// What the rule sees of a prescription, and how much else the person had of its kind on its days.
fn facts_of(lines: &[Candidate<'_>], members: &[usize], rows: &[usize]) -> SheetFacts {
    let days: BTreeSet<Day> = rows.iter().map(|row| lines[*row].line.day).collect();
    let beside = members.iter().filter(|row| !rows.contains(row) && days.contains(&lines[**row].line.day)).count();
    SheetFacts { beside: Some(i64::try_from(beside).unwrap_or(i64::MAX)), ..facts(lines, rows) }
}

/// The views of lines with the facts of the prescriptions that they stand on.
fn with_facts<'a>(views: Vec<View<'a>>, sheets: &Sheets, facts: &'a [SheetFacts]) -> Vec<View<'a>> {
    let mut views = views;
    for (rows, facts) in sheets.values().zip(facts) {
        for row in rows {
            views[*row].own = Own::Sheet(facts);
        }
    }
    views
}

/// The prescription a line stands on: its number, else visit, doctor and minute together.
pub(crate) fn sheet(line: &NetLine) -> String {
    if let Some(number) = &line.record.rx_drord_no() {
        return format!("{}|{number}", line.record.mdtrt_id());
    }
    let minute = line.record.fee_ocur_time().0.div_euclid(60);
    format!("{}|{}|{minute}", line.record.mdtrt_id(), line.doctor().map_or("-", Text::as_str))
}

fn missing(
    rule: &crate::program::CompiledRule,
    lines: &[Candidate<'_>],
    answers: &crate::answers::Answers<'_>,
    rows: &[usize],
    unmapped: bool,
) -> Option<String> {
    if unmapped {
        return Some("line.code".to_owned());
    }
    let mut names = Vec::new();
    for row in rows {
        if answers.tri("members", *row, Tri::Yes) == Tri::Unknown {
            names.extend(answers.missing("members", *row));
        }
        names.extend(lines[*row].open().map(str::to_owned));
        if lines[*row].point.is_some() && chargeable(rule, lines[*row].line) == Tri::Unknown {
            names.push("line.in_scope_fen".to_owned());
        }
    }
    if names.is_empty() { None } else { Some(named(names)) }
}

fn draft<'a>(
    program: &'a Program,
    number: usize,
    lines: &[Candidate<'_>],
    charged: &[usize],
    view: View<'a>,
    sheet: &str,
    members: usize,
) -> Draft<'a> {
    let first = &lines[charged[0]];
    let chart = first.folder.chart;
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "prescription",
        key: format!("{}|{sheet}", chart.fixmedins_code),
        who: Who::of(&chart.fixmedins_code, first.visit()),
        charged: charged
            .iter()
            .map(|row| lines[*row].line)
            .map(|line| Charged { line: EventLine::of(chart, line), excess: line.amount })
            .collect(),
        related: Vec::new(),
        related_lines: Vec::new(),
        occurred_on: first.line.day,
        grade: (program.rules[number].rule.result.grade(), None),
        no_amount: false,
        quantity_excess: None,
        arithmetic: charged
            .iter()
            .map(|row| format!("明细 {}：{} 元，全部计入", lines[*row].line.record.bkkp_sn(), lines[*row].line.amount))
            .collect(),
        notes: notes(first),
        words: vec![("members", members.to_string())],
    }
}
