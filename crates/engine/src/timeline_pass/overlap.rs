//! Overlap（时空冲突，T9）: two stays at once, or a visit elsewhere while in hospital.

use claims::Moment;
use claims::day::{DAY_SECONDS, HOUR_SECONDS};
use rulebook::{Finding, Undecided};

use crate::event::{EventLine, StayEvent, VisitEvent};
use crate::judge::{Charged, Decision, Draft, Who, decision, reason};
use crate::program::Program;
use crate::sink::Sink;
use crate::view::{Own, Places, StaysFacts, View};

/// Two stays of one person at different institutions.
pub(super) fn stays(program: &Program, number: usize, stays: &[StayEvent], sink: &mut Sink) -> Result<(), String> {
    let mut pairs = Vec::new();
    for (index, earlier) in stays.iter().enumerate() {
        for later in &stays[index + 1..] {
            let apart = earlier.end.is_some_and(|end| end.day() < later.begin.day());
            if !apart && earlier.fixmedins_code != later.fixmedins_code {
                pairs.push((earlier, later, facts(earlier, later), Places::of(&later.fixmedins_code, later.region.as_deref())));
            }
        }
    }
    if pairs.is_empty() {
        return Ok(());
    }
    let rule = &program.rules[number];
    let views: Vec<View<'_>> = pairs
        .iter()
        .map(|(earlier, later, facts, places)| View {
            own: Own::Stays(earlier, later, facts),
            places: Some(places),
            day: Some(later.begin.day()),
            ..View::default()
        })
        .collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    for (row, (earlier, later, facts, _)) in pairs.iter().enumerate() {
        match decision(rule, &answers, row) {
            Decision::Out => {}
            Decision::Clear => sink.clear(number),
            Decision::Exempt(exception) => {
                sink.exempt(number, exception, |by| undecided(rule.code(), "stay-pair", later, None, by));
            }
            Decision::Unknown(missing) => {
                sink.undecided(number, &missing, || undecided(rule.code(), "stay-pair", later, None, &missing));
            }
            Decision::Hit(grade) => {
                sink.hit(number, overlap_finding(program, number, earlier, later, facts, views[row], grade));
            }
        }
    }
    Ok(())
}

/// The overlap that is certain from the known dates and lines.
fn facts(earlier: &StayEvent, later: &StayEvent) -> StaysFacts {
    // A time at midnight is only a day: the stay then certainly held from the end of that day, or to its beginning.
    let begin = |stay: &StayEvent| if stay.begin.is_midnight() { stay.begin.plus_seconds(DAY_SECONDS) } else { stay.begin };
    let end = |stay: &StayEvent| stay.end.or_else(|| stay.last_service.map(claims::Day::midnight));
    let overlap = match (end(earlier), end(later)) {
        (Some(a), Some(b)) => Some((a.min(b).0 - begin(earlier).max(begin(later)).0).max(0) / HOUR_SECONDS),
        _ => None,
    };
    let timed = |stay: &StayEvent| !stay.begin.is_midnight() && stay.end.is_some_and(|e| !e.is_midnight());
    let related = match (earlier.category(), later.category()) {
        (Some(a), Some(b)) => Some(a == b),
        _ => None,
    };
    StaysFacts {
        gap_days: earlier.end.map(|e| i64::from(later.begin.day().since(e.day()))),
        overlap_hours: overlap,
        overlap_known: Some(
            earlier.end.is_some() && later.end.is_some() && (timed(earlier) && timed(later) || day_apart(earlier, later)),
        ),
        related,
        referred: Some(later.referred_from.as_ref().is_some_and(|from| earlier.members.contains(from))),
        newborn: earlier.newborn || later.newborn,
    }
}

/// Whether the dates alone bound the overlap to a day, whatever the hours.
fn day_apart(earlier: &StayEvent, later: &StayEvent) -> bool {
    let days = |a: Option<Moment>, b: Moment| a.map(|a| a.day().since(b.day()));
    days(earlier.end, later.begin).is_some_and(|d| d < 1)
}

fn overlap_finding(
    program: &Program,
    number: usize,
    earlier: &StayEvent,
    later: &StayEvent,
    facts: &StaysFacts,
    view: View<'_>,
    grade: (rulebook::Grade, Option<String>),
) -> Finding {
    let hours = facts.overlap_hours.map_or("未知".to_owned(), |h| h.to_string());
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "stay-pair",
        key: format!("{}|{}|{}|{}", earlier.fixmedins_code, earlier.id, later.fixmedins_code, later.id),
        who: who(later),
        charged: charged(&later.lines),
        related: vec![earlier.id.clone(), earlier.fixmedins_code.clone()],
        related_lines: Vec::new(),
        occurred_on: later.begin.day(),
        grade,
        no_amount: false,
        quantity_excess: None,
        arithmetic: vec![format!("两次住院至少重叠 {hours} 小时：{}，{}", span(earlier), span(later))],
        notes: Vec::new(),
        words: vec![("hours", hours)],
    }
    .finding()
}

fn span(stay: &StayEvent) -> String {
    let end = stay.end.map_or("未出院".to_owned(), |e| e.to_string());
    format!("{}（{} 至 {end}）", stay.fixmedins_code, stay.begin)
}

fn who(stay: &StayEvent) -> Who {
    Who {
        fixmedins_code: Some(stay.fixmedins_code.clone()),
        psn_no: Some(stay.psn_no.clone()),
        mdtrt_id: Some(stay.id.clone()),
        insutype: stay.insutype.clone(),
        insu_admdvs: stay.insu_admdvs.clone(),
    }
}

fn charged(lines: &[EventLine]) -> Vec<Charged> {
    lines.iter().map(|line| Charged { line: line.clone(), excess: line.amount }).collect()
}

/// A visit or purchase while in hospital.
pub(super) fn elsewhere(
    program: &Program,
    number: usize,
    stays: &[StayEvent],
    visits: &[VisitEvent],
    sink: &mut Sink,
) -> Result<(), String> {
    let rule = &program.rules[number];
    let mut pairs = Vec::new();
    for visit in visits {
        let during = |s: &&StayEvent| s.begin.day() <= visit.day && s.end.is_none_or(|end| visit.day <= end.day());
        for stay in stays.iter().filter(during) {
            pairs.push((stay, visit, Places::of(&visit.fixmedins_code, visit.region.as_deref())));
        }
    }
    if pairs.is_empty() {
        return Ok(());
    }
    let views: Vec<View<'_>> = pairs
        .iter()
        .map(|(stay, visit, places)| View {
            own: Own::Elsewhere(stay, visit),
            places: Some(places),
            day: Some(visit.day),
            ..View::default()
        })
        .collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    for (row, (stay, visit, _)) in pairs.iter().enumerate() {
        match decision(rule, &answers, row) {
            Decision::Out => {}
            Decision::Clear => sink.clear(number),
            Decision::Exempt(exception) => {
                sink.exempt(number, exception, |by| undecided(rule.code(), "visit", stay, Some(visit), by));
            }
            Decision::Unknown(missing) => {
                sink.undecided(number, &missing, || undecided(rule.code(), "visit", stay, Some(visit), &missing));
            }
            Decision::Hit(grade) => {
                let draft = Draft {
                    program,
                    rule,
                    view: views[row],
                    subject: "visit",
                    key: format!("{}|{}", visit.fixmedins_code, visit.mdtrt_id),
                    who: Who {
                        fixmedins_code: Some(visit.fixmedins_code.clone()),
                        psn_no: Some(visit.psn_no.clone()),
                        mdtrt_id: Some(visit.mdtrt_id.clone()),
                        insutype: visit.insutype.clone(),
                        insu_admdvs: visit.insu_admdvs.clone(),
                    },
                    charged: charged(&visit.lines),
                    related: vec![stay.id.clone(), stay.fixmedins_code.clone()],
                    related_lines: Vec::new(),
                    occurred_on: visit.day,
                    grade,
                    no_amount: false,
                    quantity_excess: None,
                    arithmetic: vec![format!("住院 {}；{} 在 {} 就诊或购药", span(stay), visit.day, visit.fixmedins_code)],
                    notes: Vec::new(),
                    words: Vec::new(),
                };
                sink.hit(number, draft.finding());
            }
        }
    }
    Ok(())
}

fn undecided(rule: &str, subject: &str, stay: &StayEvent, visit: Option<&VisitEvent>, missing: &str) -> Undecided {
    Undecided {
        rule_code: rule.to_owned(),
        subject: subject.to_owned(),
        fixmedins_code: Some(visit.map_or(&stay.fixmedins_code, |v| &v.fixmedins_code).clone()),
        psn_no: Some(stay.psn_no.clone()),
        mdtrt_id: Some(visit.map_or(&stay.id, |v| &v.mdtrt_id).clone()),
        line_id: None,
        item: None,
        period: None,
        trace: None,
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}
