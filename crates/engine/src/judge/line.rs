//! Line（明细规则，T1）: a line against facts of person, doctor, institution, visit.

use std::collections::BTreeMap;

use claims::{Fen, Text};
use rulebook::Grade;
use rulebook::logic::{LineKind, LineSubject};

use super::{Candidate, Charged, Draft, Who, chargeable, grade, lifted, views};
use crate::answers::Answers;
use crate::context::RunContext;
use crate::event::EventLine;
use crate::facet;
use crate::program::{CompiledRule, Program};
use crate::sink::{Lifted, Sink};
use crate::value::Tri;
use crate::view::View;

/// What became of one line.
enum Verdict {
    Out,
    Clear,
    Exempt(String),
    Unknown(String),
    Hit(usize),
}

pub(super) fn judge(
    program: &Program,
    context: &RunContext,
    number: usize,
    kind: &LineKind,
    candidates: &[Candidate<'_>],
    sink: &mut Sink,
) -> Result<(), String> {
    if candidates.is_empty() {
        return Ok(());
    }
    let rule = &program.rules[number];
    let all = views(candidates);
    let (scopes, kept) = in_scope(program, rule, &all)?;
    let candidates: Vec<&Candidate<'_>> = kept.iter().map(|row| &candidates[*row]).collect();
    let facets = facet::of(program, context, rule, &candidates);
    let views: Vec<View<'_>> = if facets.is_empty() && kept.len() == all.len() {
        all
    } else {
        kept.iter().enumerate().map(|(row, place)| View { facets: facets.get(row), ..all[*place] }).collect()
    };
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    // What lifts, grades and measures a hit is asked of the hits alone: they are few.
    let hit = answers.condition("hit", Tri::Unknown);
    let in_scope = scopes.as_ref().map(|scopes| scopes.condition("scope", Tri::Yes));
    let hits: Vec<usize> = (0..candidates.len()).filter(|row| hit.at(*row) == Tri::Yes).collect();
    let hit_views: Vec<View<'_>> = hits.iter().map(|row| views[*row]).collect();
    let further = rule.subjects.evaluate(&hit_views, &program.settings(rule))?;
    let further_row = |row: usize| hits.binary_search(&row).unwrap_or_default();
    let mut by_subject: BTreeMap<(Text, Text), Vec<(usize, Fen)>> = BTreeMap::new();
    for (row, candidate) in candidates.iter().enumerate() {
        let named = |missing| facet::missing(context, facets.get(row), missing);
        let scope = in_scope.map_or(Tri::Yes, |scope| scope.at(kept[row]));
        let verdict = match (chargeable(rule, candidate.line), scope, candidate.open()) {
            (Tri::No, _, _) | (_, Tri::No, _) => Verdict::Out,
            (_, _, Some(open)) => Verdict::Unknown(open.to_owned()),
            (Tri::Unknown, _, None) => Verdict::Unknown("line.in_scope_fen".to_owned()),
            (_, Tri::Unknown, None) => {
                let missing = scopes.as_ref().map_or_else(Vec::new, |scopes| scopes.missing("scope", kept[row]));
                Verdict::Unknown(named(missing))
            }
            (Tri::Yes, Tri::Yes, None) => match hit.at(row) {
                Tri::No => Verdict::Clear,
                Tri::Unknown => Verdict::Unknown(named(answers.missing("hit", row))),
                Tri::Yes => match lifted(rule, &further, further_row(row)) {
                    Lifted::Stands => Verdict::Hit(row),
                    Lifted::Falls(exception) => Verdict::Exempt(exception),
                    Lifted::Unknown(missing) => Verdict::Unknown(named(missing)),
                },
            },
        };
        match verdict {
            Verdict::Out => {}
            Verdict::Clear => sink.clear(number),
            Verdict::Exempt(exception) => sink.exempt(number, exception, |by| candidate.undecided(rule.code(), by)),
            Verdict::Unknown(missing) => sink.undecided(number, &missing, || candidate.undecided(rule.code(), &missing)),
            Verdict::Hit(row) => {
                let whole = candidate.line.amount;
                let excess = further.int("excess", further_row(row)).map_or(whole, Fen);
                by_subject.entry(subject(kind.subject, candidate)).or_default().push((row, excess));
            }
        }
    }
    for rows in by_subject.into_values() {
        let charged: Vec<(&Candidate<'_>, Fen)> = rows.iter().map(|(row, excess)| (candidates[*row], *excess)).collect();
        let first = rows[0].0;
        let grade = if candidates[first].early { early() } else { grade(rule, &further, further_row(first)) };
        let draft = draft(program, number, kind, &charged, views[first], grade);
        // Every line reached is a row of the tally; they share one finding where the subject is wider than a line.
        sink.tallies[number].rows += rows.len() as u64 - 1;
        sink.tallies[number].hit += rows.len() as u64 - 1;
        sink.hit(number, draft.finding());
    }
    Ok(())
}

/// The finding of one subject's lines, each with what of it is charged.
fn draft<'a>(
    program: &'a Program,
    number: usize,
    kind: &LineKind,
    lines: &[(&Candidate<'_>, Fen)],
    view: View<'a>,
    grade: (Grade, Option<String>),
) -> Draft<'a> {
    let first = lines[0].0;
    let (subject, key) = key(kind.subject, first);
    let charged = |(candidate, excess): &(&Candidate<'_>, Fen)| Charged {
        line: EventLine::of(candidate.folder.chart, candidate.line),
        excess: *excess,
    };
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject,
        key,
        who: Who::of(&first.folder.chart.fixmedins_code, first.visit()),
        charged: lines.iter().map(charged).collect(),
        related: Vec::new(),
        related_lines: Vec::new(),
        occurred_on: first.line.day,
        grade,
        no_amount: first.early,
        quantity_excess: None,
        arithmetic: lines.iter().map(|(candidate, excess)| arithmetic(candidate.line, *excess)).collect(),
        notes: notes(first),
        words: Vec::new(),
    }
}

/// The candidates that are in the rule's scope or may be, and the answers of the scope for all of them.
fn in_scope<'r>(
    program: &'r Program,
    rule: &'r CompiledRule,
    views: &[View<'_>],
) -> Result<(Option<Answers<'r>>, Vec<usize>), String> {
    let Some(slots) = &rule.scope else { return Ok((None, (0..views.len()).collect())) };
    let scopes = slots.evaluate(views, &program.settings(rule))?;
    let scope = scopes.condition("scope", Tri::Yes);
    let kept = (0..views.len()).filter(|row| scope.at(*row) != Tri::No).collect();
    Ok((Some(scopes), kept))
}

/// The grade of service before the knowledge began.
fn early() -> (Grade, Option<String>) {
    (Grade::Hint, Some("知识点晚于服务日发布，只作提示".to_owned()))
}

fn subject(subject: LineSubject, candidate: &Candidate<'_>) -> (Text, Text) {
    let record = &candidate.line.record;
    match subject {
        LineSubject::Line => (Text::from(record.mdtrt_id()), Text::from(record.bkkp_sn())),
        LineSubject::Visit => (Text::clone(&candidate.folder.chart.stays[candidate.visit().stay].id), Text::from("")),
        LineSubject::Person => {
            (Text::clone(&candidate.visit().record.psn_no), Text::clone(&candidate.folder.chart.fixmedins_code))
        }
    }
}

fn key(subject: LineSubject, candidate: &Candidate<'_>) -> (&'static str, String) {
    let institution = &candidate.folder.chart.fixmedins_code;
    let record = &candidate.line.record;
    match subject {
        LineSubject::Line => ("line", format!("{institution}|{}|{}:{}", record.mdtrt_id(), record.mdtrt_id(), record.bkkp_sn())),
        LineSubject::Visit => ("visit", format!("{institution}|{}", candidate.folder.chart.stays[candidate.visit().stay].id)),
        LineSubject::Person => ("person", format!("{}|{institution}", candidate.visit().record.psn_no)),
    }
}

fn arithmetic(line: &claims::chart::NetLine, excess: Fen) -> String {
    let whole = format!("明细 {}：净数量 {}，净金额 {} 元", line.record.bkkp_sn(), line.cnt, line.amount);
    if excess == line.amount { format!("{whole}，全部计入") } else { format!("{whole}，超出部分 {excess} 元") }
}

/// What normalisation did to a line, for the explanation.
pub(super) fn notes(candidate: &Candidate<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let line = candidate.line;
    if !line.refunds.is_empty() {
        notes.push(format!("明细 {} 已扣除退费 {}", line.record.bkkp_sn(), line.refunds.join("、")));
    }
    if line.for_baby {
        notes.push("按母亲账单上的新生儿费用处理：用新生儿的年龄，性别未知".to_owned());
    }
    let stay = &candidate.folder.chart.stays[candidate.visit().stay];
    if stay.visits.len() > 1 {
        notes.push(format!("由 {} 次就诊合并为一次住院（{} 起）", stay.visits.len(), stay.begin.day()));
    }
    if stay.dates_unreliable {
        notes.push("该次住院的费用时间不可靠（集中记账）".to_owned());
    }
    notes
}
