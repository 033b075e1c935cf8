//! Window（窗口数量，T3）: the quantity of an item within a window against a limit, with bounds where a line is uncertain.

mod hours;
mod posting;

use std::collections::BTreeMap;

use claims::chart::NetLine;
use claims::day::HOUR_SECONDS;
use claims::money::mul_div;
use claims::{Day, Fen, Moment, Quantity, Text};
use rulebook::logic::{Measure, WindowKind};
use rulebook::{Cell, Grade, Undecided};

use hours::{ordered_hours, possible_hours, stay_hours};
use posting::{Limit, Postings};

use super::line::notes;
use super::{Candidate, Charged, Draft, INSURED_PLACE, Who, chargeable, evaluated, grade, lifted, named};
use crate::answers::Answers;
use crate::event::EventLine;
use crate::program::{CompiledRule, Program};
use crate::sink::{Lifted, Sink};
use crate::value::Tri;
use crate::view::{Own, View, WindowFacts};

/// A window as a key: kind, and where it lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Hour(i64),
    Day(Day),
    Visit(usize),
    Stay(usize),
    /// A stay over which the quantities of its days or hours are spread, because their times cannot be relied on.
    Spread(usize),
    Month(Day),
    Year(i32),
    Unknown(usize),
}

struct Group<'a, 'b> {
    kind: &'b WindowKind,
    rows: Vec<(&'b Candidate<'a>, bool)>,
    low: Quantity,
    high: Quantity,
    missing: Vec<String>,
    facts: WindowFacts,
    place: Place,
    /// Its item was charged at one moment of the stay and at no other.
    at_one_moment: bool,
}

pub(super) fn judge(
    program: &Program,
    number: usize,
    kind: &WindowKind,
    candidates: &[Candidate<'_>],
    sink: &mut Sink,
) -> Result<(), String> {
    if candidates.is_empty() {
        return Ok(());
    }
    let rule = &program.rules[number];
    let (_, scopes) = evaluated(program, rule, candidates)?;
    let groups = group(rule, kind, candidates, &scopes);
    let views: Vec<View<'_>> = groups.iter().map(|g| View { own: Own::Window(&g.facts), ..g.rows[0].0.view() }).collect();
    let answers = rule.subjects.evaluate(&views, &program.settings(rule))?;
    for (row, group) in groups.iter().enumerate() {
        decide(program, number, group, views[row], &answers, row, sink);
    }
    Ok(())
}

fn group<'a, 'b>(
    rule: &CompiledRule,
    kind: &'b WindowKind,
    candidates: &'b [Candidate<'a>],
    scopes: &Answers<'_>,
) -> Vec<Group<'a, 'b>> {
    let postings = Postings::of(kind, candidates);
    let mut groups: BTreeMap<(usize, bool, Text, Place), Group<'a, 'b>> = BTreeMap::new();
    for (row, candidate) in candidates.iter().enumerate() {
        let (charge, scope) = (chargeable(rule, candidate.line), scopes.tri("scope", row, Tri::Yes));
        if charge == Tri::No || scope == Tri::No {
            continue;
        }
        let place = place(kind, candidate);
        let timed = !matches!(place, Place::Unknown(_));
        // Asked of the answers themselves: an expression may be unknown without one fact that could be named.
        let certain = candidate.open().is_none() && charge == Tri::Yes && scope == Tri::Yes && timed;
        let mut missing = Vec::new();
        missing.extend(candidate.open().map(str::to_owned));
        if charge == Tri::Unknown {
            missing.push("line.in_scope_fen".to_owned());
        }
        if scope == Tri::Unknown {
            missing.extend(scopes.missing("scope", row));
        }
        if !timed {
            missing.push("line.service_time".to_owned());
        }
        let item = combined(kind, candidate);
        // A mother and a newborn with a bill under her number are two patients.
        let key = (std::ptr::from_ref(candidate.folder) as usize, candidate.line.for_baby, item, place.clone());
        let group = groups.entry(key).or_insert_with(|| Group {
            kind,
            rows: Vec::new(),
            low: Quantity::ZERO,
            high: Quantity::ZERO,
            missing: Vec::new(),
            facts: facts(candidate, &place),
            at_one_moment: matches!(place, Place::Day(_) | Place::Hour(_)) && postings.at_one_moment(kind, candidate),
            place,
        });
        group.rows.push((candidate, certain));
        group.high += most(kind, candidate.line);
        if certain {
            group.low += measured(kind, candidate.line);
            group.facts.quantity = group.low;
        }
        group.missing.extend(missing);
    }
    let mut groups: Vec<Group<'a, 'b>> = groups.into_values().collect();
    for group in &mut groups {
        group.facts.ordered_hours = ordered_hours(group);
    }
    groups
}

/// What a line adds to its window for certain: its quantity, or its in-scope amount in yuan（four places, like a quantity）. An
/// amount that was not delivered adds nothing.
fn measured(kind: &WindowKind, line: &NetLine) -> Quantity {
    match kind.measure {
        Measure::Quantity => line.cnt,
        Measure::InScope => Quantity(line.in_scope.map_or(0, |amount| amount.0 * 100)),
    }
}

/// The most that a line may add to its window: where its in-scope amount was not delivered, its whole amount.
fn most(kind: &WindowKind, line: &NetLine) -> Quantity {
    match (kind.measure, line.in_scope) {
        (Measure::InScope, None) => Quantity(line.amount.0 * 100),
        _ => measured(kind, line),
    }
}

fn combined(kind: &WindowKind, candidate: &Candidate<'_>) -> Text {
    let column = kind.combine.as_ref().and_then(|c| candidate.point.and_then(|p| p.point.columns.get(c)));
    column.map_or_else(|| candidate.line.code().cloned().unwrap_or_default(), word)
}

fn word(cell: &Cell) -> Text {
    match cell {
        Cell::Text(text) => text.clone(),
        other => other.show().into(),
    }
}

fn place(kind: &WindowKind, candidate: &Candidate<'_>) -> Place {
    let line = candidate.line;
    let of_point = |column: &str| candidate.point.and_then(|p| p.point.columns.get(column)).map(word);
    let named = match kind.window.as_str() {
        "knowledge" => of_point("window"),
        fixed => fixed.strip_prefix("k.").map_or_else(|| Some(fixed.into()), of_point),
    };
    match named.as_deref().unwrap_or("day") {
        "visit" => Place::Visit(line.visit),
        "stay" => Place::Stay(candidate.visit().stay),
        "month" => Place::Month(line.day.month_start()),
        "year" => Place::Year(line.day.month().get(..4).and_then(|y| y.parse().ok()).unwrap_or_default()),
        // An hour at midnight is an hour nobody knows（readings 16）.
        "hour" if line.record.fee_ocur_time().is_midnight() => Place::Unknown(line.visit),
        _ if kind.stay_limit.is_some() && candidate.stay().dates_unreliable => Place::Spread(candidate.visit().stay),
        "hour" => Place::Hour(line.record.fee_ocur_time().0.div_euclid(HOUR_SECONDS)),
        _ => Place::Day(line.day),
    }
}

fn facts(candidate: &Candidate<'_>, place: &Place) -> WindowFacts {
    let visit = candidate.visit();
    let multiplier = if visit.baby_on_bill || visit.babies > 1 { i64::from(visit.babies.max(1)) } else { 1 };
    let day = match place {
        Place::Day(day) | Place::Month(day) => *day,
        Place::Stay(stay) | Place::Spread(stay) => candidate.folder.chart.stays[*stay].begin.day(),
        _ => candidate.line.day,
    };
    // A stay's quantity has no day whose hours would bound it.
    let of_day = if matches!(place, Place::Spread(_)) { None } else { possible_hours(candidate, day) };
    WindowFacts {
        day,
        quantity: Quantity::ZERO,
        possible_hours: of_day,
        stay_hours: stay_hours(candidate.stay()),
        ordered_hours: None,
        multiplier,
    }
}

fn decide(
    program: &Program,
    number: usize,
    group: &Group<'_, '_>,
    view: View<'_>,
    answers: &Answers<'_>,
    row: usize,
    sink: &mut Sink,
) {
    let rule = &program.rules[number];
    // No limit is the right one, so that staying below it says nothing.
    if group.rows.iter().any(|(candidate, _)| candidate.place_open) {
        sink.undecided(number, INSURED_PLACE, || undecided(rule, group, INSURED_PLACE));
        return;
    }
    let limit = match posting::limit(group, answers, row) {
        Ok(limit) => limit,
        Err(missing) => {
            let missing = named(if group.missing.is_empty() { missing } else { group.missing.clone() });
            sink.undecided(number, &missing, || undecided(rule, group, &missing));
            return;
        }
    };
    if group.high <= limit.value {
        sink.clear(number);
        return;
    }
    if group.low <= limit.value {
        let missing = named(group.missing.clone());
        sink.undecided(number, &missing, || undecided(rule, group, &missing));
        return;
    }
    match lifted(rule, answers, row) {
        Lifted::Falls(exception) => sink.exempt(number, exception, |by| undecided(rule, group, by)),
        Lifted::Unknown(missing) => {
            let missing = named(missing);
            sink.undecided(number, &missing, || undecided(rule, group, &missing));
        }
        Lifted::Stands => sink.hit(number, draft(program, rule, group, view, grade(rule, answers, row), &limit).finding()),
    }
}

fn draft<'a>(
    program: &'a Program,
    rule: &'a CompiledRule,
    group: &Group<'_, '_>,
    view: View<'a>,
    grade: (Grade, Option<String>),
    decided_by: &Limit,
) -> Draft<'a> {
    let (kind, limit) = (group.kind, decided_by.value);
    let (charged, related_lines, mut arithmetic) = excess_lines(group, limit);
    let first = group.rows[0].0;
    let excess = group.low - limit;
    let what = if kind.measure == Measure::InScope { "符合范围金额（元）" } else { "净数量" };
    arithmetic.insert(0, format!("窗口内{what} {}，上限 {limit}，超出 {excess}", group.low));
    arithmetic.splice(0..0, decided_by.arithmetic.clone());
    let folder = first.folder;
    let visit = charged.last().map_or(first.visit(), |(candidate, _)| candidate.visit());
    let stay = &folder.chart.stays[visit.stay];
    let by_time = matches!(group.place, Place::Day(_) | Place::Hour(_) | Place::Unknown(_));
    let unreliable = (by_time && stay.dates_unreliable).then_some("费用时间不可靠，按日或按小时的判断最高定为可疑");
    let grade = match decided_by.suspicion_because.or(unreliable) {
        Some(because) => (grade.0.at_most(Grade::Suspicion), Some(because.to_owned())),
        None => grade,
    };
    let subject_key = format!(
        "{}|{}|{}|{}",
        visit.record.psn_no,
        folder.chart.fixmedins_code,
        combined(kind, first),
        window_start(group, first)
    );
    Draft {
        program,
        rule,
        view,
        subject: "window",
        key: subject_key,
        who: Who::of(&folder.chart.fixmedins_code, visit),
        occurred_on: charged.last().map_or(first.line.day, |(c, _)| c.line.day),
        charged: charged.into_iter().map(|(c, excess)| Charged { line: EventLine::of(c.folder.chart, c.line), excess }).collect(),
        related: Vec::new(),
        related_lines,
        grade,
        no_amount: false,
        quantity_excess: (kind.measure == Measure::Quantity).then_some(excess),
        arithmetic,
        notes: notes(first),
        words: vec![
            ("quantity", group.low.to_string()),
            ("limit", limit.to_string()),
            ("excess", excess.to_string()),
            ("first_day", shown_start(group, first)),
        ],
    }
}

fn window_start(group: &Group<'_, '_>, first: &Candidate<'_>) -> String {
    match &group.place {
        Place::Hour(hour) => Moment(hour * HOUR_SECONDS).to_string(),
        Place::Day(day) | Place::Month(day) => day.to_string(),
        Place::Year(year) => year.to_string(),
        Place::Visit(visit) | Place::Unknown(visit) => first.folder.chart.visits[*visit].record.mdtrt_id.to_string(),
        Place::Stay(stay) | Place::Spread(stay) => first.folder.chart.stays[*stay].id.to_string(),
    }
}

/// Where the window lies, as a reader is told: a stay by its days, not by its number.
fn shown_start(group: &Group<'_, '_>, first: &Candidate<'_>) -> String {
    match &group.place {
        Place::Spread(stay) => {
            let stay = &first.folder.chart.stays[*stay];
            let end = stay.end.map_or_else(|| "今".to_owned(), |end| end.day().to_string());
            format!("{}至{end}住院期间", stay.begin.day())
        }
        _ => window_start(group, first),
    }
}

type Excess<'a, 'b> = (Vec<(&'b Candidate<'a>, Fen)>, Vec<String>, Vec<String>);

/// The latest certain lines make up the excess（readings 26）; the others are involved.
fn excess_lines<'a, 'b>(group: &Group<'a, 'b>, limit: Quantity) -> Excess<'a, 'b> {
    let mut certain: Vec<&'b Candidate<'a>> = group.rows.iter().filter(|(_, certain)| *certain).map(|(c, _)| *c).collect();
    certain.sort_by_key(|c| (c.line.record.fee_ocur_time(), c.line.record.mdtrt_id(), c.line.record.bkkp_sn()));
    let mut left = group.low - limit;
    let (mut charged, mut related, mut arithmetic) = (Vec::new(), Vec::new(), Vec::new());
    for candidate in certain.into_iter().rev() {
        let line = candidate.line;
        let whole = measured(group.kind, line);
        if !left.is_positive() || !whole.is_positive() {
            related.push(line.record.id());
            continue;
        }
        let part = left.min(whole);
        let excess = Fen(mul_div(line.amount.0, part.0, whole.0).unwrap_or(line.amount.0));
        arithmetic.push(format!("明细 {}：{} 元 × {part} ÷ {whole} = {excess} 元", line.record.bkkp_sn(), line.amount));
        left -= part;
        charged.push((candidate, excess));
    }
    charged.reverse();
    related.reverse();
    arithmetic.reverse();
    (charged, related, arithmetic)
}

fn undecided(rule: &CompiledRule, group: &Group<'_, '_>, missing: &str) -> Undecided {
    let first = group.rows[0].0;
    Undecided {
        subject: "window".to_owned(),
        period: Some(window_start(group, first)),
        line_id: None,
        ..first.undecided(rule.code(), missing)
    }
}
