//! Uses（使用记录）: what course and period rules count, sent to the timeline with the limits of its knowledge row.

use rulebook::Cell;
use rulebook::knowledge::PointInForce;
use rulebook::logic::Kind;

use super::{Candidate, chargeable, evaluated, grade, lifted};
use crate::answers::Answers;
use crate::event::{Event, EventLine, UseEvent};
use crate::program::{CompiledRule, Program};
use crate::sink::{Lifted, Sink};
use crate::value::Tri;

pub(super) fn emit(program: &Program, number: usize, candidates: &[Candidate<'_>], sink: &mut Sink) -> Result<(), String> {
    if candidates.is_empty() {
        return Ok(());
    }
    let rule = &program.rules[number];
    let (_, answers) = evaluated(program, rule, candidates)?;
    for (row, candidate) in candidates.iter().enumerate() {
        let Some(point) = candidate.point else { continue };
        let Some(missing) = missing_for_use(rule, candidate, &answers, row) else { continue };
        let mut event = use_event(rule, candidate, point, &answers, row, missing);
        event.rule = u16::try_from(number).unwrap_or(u16::MAX);
        sink.events.push(Event::Use(Box::new(event)));
    }
    Ok(())
}

/// The facts missing before a line is certain to be a use; none when it is certain not to be one.
fn missing_for_use(rule: &CompiledRule, candidate: &Candidate<'_>, answers: &Answers<'_>, row: usize) -> Option<Vec<String>> {
    let mut missing = Vec::new();
    match answers.tri("scope", row, Tri::Yes) {
        Tri::No => return None,
        Tri::Unknown => missing.extend(answers.missing("scope", row)),
        Tri::Yes => {}
    }
    match lifted(rule, answers, row) {
        Lifted::Falls(_) => return None,
        Lifted::Unknown(names) => missing.extend(names),
        Lifted::Stands => {}
    }
    missing.extend(candidate.open().map(str::to_owned));
    if chargeable(rule, candidate.line) == Tri::Unknown {
        missing.push("line.in_scope_fen".to_owned());
    }
    if allowed(rule, answers, row).is_none() && !rule.lines.has("least_gap") {
        missing.extend(answers.missing(if rule.lines.has("uses") { "uses" } else { "limit" }, row));
    }
    Some(missing)
}

/// Uses allowed in the period, or whole days allowed in the course.
fn allowed(rule: &CompiledRule, answers: &Answers<'_>, row: usize) -> Option<i64> {
    if matches!(rule.rule.logic.kind, Kind::Period(_)) {
        answers.int("uses", row)
    } else {
        answers.decimal("limit", row).map(|limit| limit / 10_000)
    }
}

fn use_event(
    rule: &CompiledRule,
    candidate: &Candidate<'_>,
    point: &PointInForce,
    answers: &Answers<'_>,
    row: usize,
    missing: Vec<String>,
) -> UseEvent {
    let (line, visit, chart) = (candidate.line, candidate.visit(), candidate.folder.chart);
    let column = |name: &str| point.point.columns.get(name).map(Cell::show);
    let (combine, reach) = match &rule.rule.logic.kind {
        Kind::Course(kind) => (kind.combine.as_deref(), Some(kind.reach.as_str())),
        Kind::Period(kind) => (kind.combine.as_deref(), None),
        _ => (None, None),
    };
    let (own, because) = grade(rule, answers, row);
    let graded = if chart.stays[visit.stay].dates_unreliable {
        Some((own.at_most(rulebook::Grade::Suspicion), "费用时间不可靠，按日的判断最高定为可疑".to_owned()))
    } else {
        because.map(|because| (own, because))
    };
    UseEvent {
        // The caller knows its number.
        rule: 0,
        group: combine.and_then(column).unwrap_or_else(|| line.code().map_or(String::new(), ToString::to_string)),
        psn_no: visit.record.psn_no.to_string(),
        fixmedins_code: chart.fixmedins_code.to_string(),
        mdtrt_id: visit.record.mdtrt_id.to_string(),
        stay_id: chart.stays[visit.stay].id.to_string(),
        insutype: visit.insutype.as_ref().map(ToString::to_string),
        insu_admdvs: visit.insu_admdvs.as_ref().map(ToString::to_string),
        region: visit.region.as_ref().map(ToString::to_string),
        name: line.record.name().unwrap_or(&point.point.name).to_string(),
        point: point.point.id.to_string(),
        line: EventLine::of(chart, line),
        limit: allowed(rule, answers, row),
        days: answers.int("days", row),
        reach: reach.and_then(column),
        new_course_after: answers.int("new_course_after", row),
        least_gap: answers.int("least_gap", row),
        by_span: column("course_basis").as_deref() == Some("span"),
        certain: missing.is_empty(),
        chargeable: chargeable(rule, line) == Tri::Yes,
        missing,
        grade: graded,
    }
}
