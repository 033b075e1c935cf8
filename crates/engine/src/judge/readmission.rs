//! Readmission（再入院，T9）: consecutive stays at one institution.

use claims::chart::Stay;
use rulebook::{Cell, Text, Undecided};

use super::{Charged, Draft, Folder, Who, grade, lifted, named, reason};
use crate::event::{EventLine, StayEvent};
use crate::program::{CYCLES, Program};
use crate::sink::{Lifted, Sink};
use crate::value::Tri;
use crate::view::{Own, StaysFacts, View};

pub(super) fn judge(program: &Program, number: usize, folders: &[Folder<'_>], sink: &mut Sink) -> Result<(), String> {
    let rule = &program.rules[number];
    let mut pairs: Vec<(&Folder<'_>, usize, StayEvent, StayEvent, StaysFacts)> = Vec::new();
    for folder in folders {
        let stays: Vec<usize> = (0..folder.chart.stays.len()).filter(|s| folder.chart.stays[*s].inpatient).collect();
        for two in stays.windows(2) {
            let event = |s: usize| {
                let stay = &folder.chart.stays[s];
                StayEvent::of(folder.chart, stay, cycle_therapy(program, folder, stay), false)
            };
            let (earlier, later) = (event(two[0]), event(two[1]));
            let facts = facts(&earlier, &later);
            pairs.push((folder, two[1], earlier, later, facts));
        }
    }
    if pairs.is_empty() {
        return Ok(());
    }
    let views: Vec<View<'_>> = pairs
        .iter()
        .map(|(folder, stay, earlier, later, facts)| View {
            own: Own::Stays(earlier, later, facts),
            ..folder.visit_view(folder.chart.stays[*stay].visits[0])
        })
        .collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    for (row, (folder, stay, earlier, later, facts)) in pairs.iter().enumerate() {
        match answers.tri("scope", row, Tri::Yes) {
            Tri::No => continue,
            Tri::Yes => {}
            Tri::Unknown => {
                let missing = named(answers.missing("scope", row));
                sink.undecided(number, &missing, || undecided(rule.code(), later, &missing));
                continue;
            }
        }
        let missing = match answers.tri("hit", row, Tri::Unknown) {
            Tri::No => {
                sink.clear(number);
                continue;
            }
            Tri::Unknown => Some(named(answers.missing("hit", row))),
            Tri::Yes => match lifted(rule, &answers, row) {
                Lifted::Falls(exception) => {
                    sink.exempt(number, exception, |by| undecided(rule.code(), later, by));
                    continue;
                }
                Lifted::Unknown(missing) => Some(named(missing)),
                Lifted::Stands => None,
            },
        };
        if let Some(missing) = missing {
            sink.undecided(number, &missing, || undecided(rule.code(), later, &missing));
            continue;
        }
        let draft = draft(program, number, folder, *stay, earlier, facts, views[row]);
        sink.hit(number, Draft { grade: grade(rule, &answers, row), ..draft }.finding());
    }
    Ok(())
}

fn facts(earlier: &StayEvent, later: &StayEvent) -> StaysFacts {
    let related = match (earlier.category(), later.category()) {
        (Some(a), Some(b)) => Some(a == b),
        _ => None,
    };
    StaysFacts {
        gap_days: earlier.end.map(|end| i64::from(later.begin.day().since(end.day()))),
        overlap_hours: None,
        overlap_known: None,
        related,
        referred: Some(later.referred_from.as_ref().is_some_and(|from| earlier.members.contains(from))),
        newborn: earlier.newborn || later.newborn,
    }
}

/// Whether a stay shows cycle therapy by a drug, an item or an operation; a diagnosis alone does not（readings 21）.
pub(crate) fn cycle_therapy(program: &Program, folder: &Folder<'_>, stay: &Stay) -> bool {
    let Some(cycles) = program.tables.get(CYCLES) else { return false };
    let places = folder.places.list();
    let speaks = |code: &Text, day, kinds: [&str; 2]| {
        let kind = |p: &&rulebook::knowledge::PointInForce| p.point.columns.get("kind").map(Cell::show);
        cycles.select(code, day, &places).iter().filter_map(kind).any(|kind| kinds.contains(&kind.as_str()))
    };
    let chart = folder.chart;
    let of_stay = |id: &str| stay.visits.iter().any(|v| &*chart.visits[*v].record.mdtrt_id == id);
    let by_line = chart
        .lines
        .iter()
        .filter(|l| stay.visits.contains(&l.visit))
        .any(|l| l.code().is_some_and(|c| speaks(c, l.day, ["drug", "item"])));
    by_line
        || chart.operations.iter().filter(|o| of_stay(&o.mdtrt_id)).any(|o| {
            let code = Text::from(o.oprn_oprt_code.to_ascii_uppercase());
            speaks(&code, o.oprn_oprt_date.unwrap_or(stay.begin.day()), ["operation", "operation"])
        })
}

fn draft<'a>(
    program: &'a Program,
    number: usize,
    folder: &Folder<'_>,
    stay: usize,
    earlier: &StayEvent,
    facts: &StaysFacts,
    view: View<'a>,
) -> Draft<'a> {
    let chart = folder.chart;
    let later = &chart.stays[stay];
    let lines = chart.lines.iter().filter(|l| later.visits.contains(&l.visit));
    let gap = facts.gap_days.map_or("未知".to_owned(), |g| g.to_string());
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "stay-pair",
        key: format!("{}|{}|{}|{}", chart.fixmedins_code, earlier.id, chart.fixmedins_code, later.id),
        who: Who::of(&chart.fixmedins_code, &chart.visits[later.visits[0]]),
        charged: lines.map(|l| Charged { line: EventLine::of(chart, l), excess: l.amount }).collect(),
        related: vec![earlier.id.clone()],
        related_lines: Vec::new(),
        occurred_on: later.begin.day(),
        grade: (program.rules[number].rule.result.grade(), None),
        no_amount: false,
        quantity_excess: None,
        arithmetic: vec![format!("前次出院到后次入院相隔 {gap} 天")],
        notes: Vec::new(),
        words: vec![("gap", gap)],
    }
}

fn undecided(rule: &str, later: &StayEvent, missing: &str) -> Undecided {
    Undecided {
        rule_code: rule.to_owned(),
        subject: "stay-pair".to_owned(),
        fixmedins_code: Some(later.fixmedins_code.clone()),
        psn_no: Some(later.psn_no.clone()),
        mdtrt_id: Some(later.id.clone()),
        line_id: None,
        item: None,
        period: None,
        trace: None,
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}
