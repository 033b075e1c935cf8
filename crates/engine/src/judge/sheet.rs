//! Sheet（整张处方，T6）: a prescription as a whole against limits: kinds, quantity, amount.

use std::collections::{BTreeMap, BTreeSet};

use claims::{Fen, Quantity};
use rulebook::Undecided;

use super::line::notes;
use super::{Candidate, Charged, Decision, Draft, Who, chargeable, decision, evaluated, sheet};
use crate::event::EventLine;
use crate::program::Program;
use crate::sink::Sink;
use crate::value::Tri;
use crate::view::{Own, SheetFacts, View};

/// A prescription: its name, its members as rows of the candidates, and what the rule sees of it.
struct Sheet {
    name: String,
    rows: Vec<usize>,
    facts: SheetFacts,
}

pub(super) fn judge(program: &Program, number: usize, candidates: &[Candidate<'_>], sink: &mut Sink) -> Result<(), String> {
    if candidates.is_empty() {
        return Ok(());
    }
    let rule = &program.rules[number];
    let (_, answers) = evaluated(program, rule, candidates)?;
    let is_member = |row: &usize| {
        answers.tri("members", *row, Tri::Yes) != Tri::No
            && answers.tri("scope", *row, Tri::Yes) != Tri::No
            && chargeable(rule, candidates[*row].line) != Tri::No
    };
    let mut by_name: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    for row in (0..candidates.len()).filter(is_member) {
        let folder = std::ptr::from_ref(candidates[row].folder) as usize;
        by_name.entry((folder, sheet(candidates[row].line))).or_default().push(row);
    }
    let sheets: Vec<Sheet> = by_name
        .into_iter()
        .map(|((_, name), rows)| {
            // Whether a line belongs to the prescription may be open; then what the prescription holds is open too.
            let certain = rows.iter().all(|row| answers.tri("members", *row, Tri::Yes) == Tri::Yes);
            let facts = if certain { facts(candidates, &rows) } else { SheetFacts::default() };
            Sheet { name, rows, facts }
        })
        .collect();
    let views: Vec<View<'_>> =
        sheets.iter().map(|one| View { own: Own::Sheet(&one.facts), ..candidates[one.rows[0]].view() }).collect();
    let answers = rule.subjects.evaluate(&views, &program.settings(rule))?;
    for (row, one) in sheets.iter().enumerate() {
        let told = |reason: &str| Undecided {
            subject: "prescription".to_owned(),
            period: Some(one.name.clone()),
            ..candidates[one.rows[0]].undecided(rule.code(), reason)
        };
        match decision(rule, &answers, row) {
            Decision::Out => {}
            Decision::Clear => sink.clear(number),
            Decision::Exempt(exception) => sink.exempt(number, exception, |by| told(by)),
            Decision::Unknown(missing) => sink.undecided(number, &missing, || told(&missing)),
            Decision::Hit(grade) => {
                let draft = draft(program, number, candidates, one, views[row]);
                sink.hit(number, Draft { grade, ..draft }.finding());
            }
        }
    }
    Ok(())
}

/// What a rule sees of a prescription.
pub(super) fn facts(candidates: &[Candidate<'_>], rows: &[usize]) -> SheetFacts {
    let lines = || rows.iter().map(|row| candidates[*row].line);
    let codes: BTreeSet<_> = lines().map(|line| line.code()).collect();
    let mapped = !codes.contains(&None);
    SheetFacts {
        kinds: mapped.then(|| i64::try_from(codes.len()).unwrap_or(i64::MAX)),
        quantity: Some(lines().map(|line| line.cnt).sum::<Quantity>()),
        amount: Some(lines().map(|line| line.amount).sum::<Fen>()),
        beside: None,
    }
}

fn draft<'a>(program: &'a Program, number: usize, candidates: &[Candidate<'_>], one: &Sheet, view: View<'a>) -> Draft<'a> {
    let first = &candidates[one.rows[0]];
    let chart = first.folder.chart;
    let lines = || one.rows.iter().map(|row| candidates[*row].line);
    let shown = |text: Option<String>| text.unwrap_or_else(|| "未知".to_owned());
    let kinds = shown(one.facts.kinds.map(|kinds| kinds.to_string()));
    let quantity = shown(one.facts.quantity.map(|quantity| quantity.to_string()));
    let amount = shown(one.facts.amount.map(|amount| amount.to_string()));
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "prescription",
        key: format!("{}|{}", chart.fixmedins_code, one.name),
        who: Who::of(&chart.fixmedins_code, first.visit()),
        charged: lines().map(|line| Charged { line: EventLine::of(chart, line), excess: line.amount }).collect(),
        related: Vec::new(),
        related_lines: Vec::new(),
        occurred_on: first.line.day,
        grade: (program.rules[number].rule.result.grade(), None),
        no_amount: false,
        quantity_excess: None,
        arithmetic: vec![format!("处方 {}：{kinds} 种，数量合计 {quantity}，金额 {amount} 元", one.name)],
        notes: notes(first),
        words: Vec::new(),
    }
}
