//! Stay（住院规则，T10）: one hospital stay with its profile; and the events that stays and visits send to the timeline.

use rulebook::Undecided;
use rulebook::finding::AmountBasis;

use super::{Admitted, Charged, Decision, Draft, Folder, Who, cycle_therapy, decision, idle, reason};
use crate::context::{RunContext, meets_others, within};
use crate::event::{Event, EventLine, StayEvent, VisitEvent};
use crate::program::Program;
use crate::sink::Sink;
use crate::view::View;

pub(super) fn judge(
    program: &Program,
    number: usize,
    folders: &[Folder<'_>],
    admitted: &Admitted,
    sink: &mut Sink,
) -> Result<(), String> {
    let rule = &program.rules[number];
    let stays: Vec<(&Folder<'_>, usize)> = folders
        .iter()
        .flat_map(|f| (0..f.chart.stays.len()).filter(|s| f.chart.stays[*s].inpatient).map(move |s| (f, s)))
        .collect();
    if stays.is_empty() {
        return Ok(());
    }
    let views: Vec<View<'_>> = stays.iter().map(|(f, s)| f.visit_view(f.chart.stays[*s].visits[0])).collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    for (row, (folder, stay)) in stays.iter().enumerate() {
        let at = folders.iter().position(|f| std::ptr::eq(f, *folder)).unwrap_or_default();
        let first = folder.chart.stays[*stay].visits[0];
        if !admitted.allows(number, at, first) {
            continue;
        }
        match decision(rule, &answers, row) {
            Decision::Out => {}
            Decision::Clear => sink.clear(number),
            Decision::Exempt(exception) => sink.exempt(number, exception, |by| undecided_stay(rule.code(), folder, *stay, by)),
            Decision::Unknown(missing) => {
                sink.undecided(number, &missing, || undecided_stay(rule.code(), folder, *stay, &missing));
            }
            Decision::Hit(grade) => {
                let draft = draft(program, number, folder, *stay, views[row]);
                sink.hit(number, Draft { grade, ..draft }.finding());
            }
        }
    }
    Ok(())
}

/// A finding about the case charges the whole stay; else the lines of idle days are charged.
fn draft<'a>(program: &'a Program, number: usize, folder: &Folder<'_>, stay: usize, view: View<'a>) -> Draft<'a> {
    let chart = folder.chart;
    let of_stay = &chart.stays[stay];
    let places = folder.places.list();
    let days = idle::days(program, chart, of_stay, &places);
    let whole = program.rules[number].rule.logic.amount == AmountBasis::Case;
    let charged: Vec<Charged> = chart
        .lines
        .iter()
        .filter(|l| of_stay.visits.contains(&l.visit) && (whole || days.contains(&l.day)))
        .map(|l| Charged { line: EventLine::of(chart, l), excess: l.amount })
        .collect();
    let shown: Vec<String> = days.iter().map(ToString::to_string).collect();
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "stay",
        key: format!("{}|{}", chart.fixmedins_code, of_stay.id),
        who: Who::of(&chart.fixmedins_code, &chart.visits[of_stay.visits[0]]),
        charged,
        related: Vec::new(),
        related_lines: Vec::new(),
        occurred_on: days.first().copied().unwrap_or(of_stay.begin.day()),
        grade: (program.rules[number].rule.result.grade(), None),
        no_amount: false,
        quantity_excess: None,
        arithmetic: vec![format!("无诊疗的整天：{}", shown.join("、"))],
        notes: Vec::new(),
        words: vec![("days", shown.join("、"))],
    }
}

fn undecided_stay(rule: &str, folder: &Folder<'_>, stay: usize, missing: &str) -> Undecided {
    let visit = &folder.chart.visits[folder.chart.stays[stay].visits[0]].record;
    Undecided {
        rule_code: rule.to_owned(),
        subject: "stay".to_owned(),
        fixmedins_code: Some(folder.chart.fixmedins_code.to_string()),
        psn_no: Some(visit.psn_no.to_string()),
        mdtrt_id: Some(visit.mdtrt_id.to_string()),
        line_id: None,
        item: None,
        period: None,
        trace: None,
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}

/// Sends stays that may overlap another institution's, and visits that fall within a stay.
pub(super) fn emit(program: &Program, context: &RunContext, folder: &Folder<'_>, sink: &mut Sink) {
    let (overlaps, elsewhere) = (program.needs_overlaps(), program.needs_elsewhere());
    if !overlaps && !elsewhere {
        return;
    }
    let chart = folder.chart;
    // A folder is one person's, so one visit tells who it is.
    let Some(first) = chart.visits.first() else { return };
    let spans = context.stays_of(&first.record.psn_no, chart.person.identity());
    if spans.is_empty() && chart.stays.iter().all(|stay| !stay.inpatient) {
        return;
    }
    // Lines come in order of visit.
    let billed = |visit: usize| {
        let first = chart.lines.partition_point(|line| line.visit < visit);
        chart.lines.get(first).is_some_and(|line| line.visit == visit)
    };
    for (number, visit) in chart.visits.iter().enumerate() {
        let stay = &chart.stays[visit.stay];
        if stay.inpatient {
            let overlaps = overlaps && meets_others(spans, &chart.fixmedins_code, stay);
            // Where visits elsewhere matter every stay is sent, since which visits meet it is seen only later; but only two
            // stays at once charge lines.
            if stay.visits[0] == number && (overlaps || elsewhere) {
                let event = StayEvent::of(chart, stay, cycle_therapy(program, folder, stay), overlaps);
                sink.events.push(Event::Stay(event));
            }
        } else if elsewhere && within(spans, visit.record.begntime.day()) && billed(number) {
            sink.events.push(Event::Visit(VisitEvent::of(chart, number)));
        }
    }
}
