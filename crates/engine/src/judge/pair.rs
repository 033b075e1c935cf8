//! Pair（成对项目，T4）: A and B charged together within a window; B is inside A.

use std::collections::{BTreeMap, HashSet};

use claims::chart::{NetLine, VisitClass};
use claims::day::HOUR_SECONDS;
use claims::money::mul_div;
use claims::{Fen, Quantity};
use rulebook::knowledge::PointInForce;
use rulebook::{Cell, Grade, Point};

use super::line::notes;
use super::{Candidate, Charged, Draft, Folder, NOT_REVIEWED, Who, chargeable, grade, lifted, named};
use crate::event::EventLine;
use crate::program::{CompiledRule, Program};
use crate::sink::{Lifted, Sink};
use crate::value::Tri;
use crate::view::{Own, PairFacts, View};

/// B lines inside the windows of the A lines of one point.
struct Match<'a> {
    folder: &'a Folder<'a>,
    point: &'a PointInForce,
    /// A lines of one window.
    parents: Vec<&'a NetLine>,
    /// B line.
    child: &'a NetLine,
    facts: PairFacts,
}

pub(super) fn judge(program: &Program, number: usize, candidates: &[Candidate<'_>], sink: &mut Sink) -> Result<(), String> {
    let rule = &program.rules[number];
    let matches = matches(candidates);
    if matches.is_empty() {
        return Ok(());
    }
    let views: Vec<View<'_>> =
        matches.iter().map(|m| View { own: Own::Pair(&m.facts), ..m.folder.line_view(m.child, Some(m.point)) }).collect();
    let settings = program.settings(rule);
    let scopes = rule.lines.evaluate(&views, &settings)?;
    let answers = rule.subjects.evaluate(&views, &settings)?;
    // One B line is one subject, however many A speak of it: the strongest answer stands.
    let mut best: BTreeMap<(usize, usize), (Answer, Option<usize>)> = BTreeMap::new();
    let mut spent: BTreeMap<(usize, String, String), Quantity> = BTreeMap::new();
    for (row, m) in matches.iter().enumerate().rev() {
        let answer = answer(rule, m, &scopes, &answers, row, &mut spent);
        let key = (std::ptr::from_ref(m.folder) as usize, std::ptr::from_ref(m.child) as usize);
        let entry = best.entry(key).or_insert((Answer::Out, None));
        if answer.rank() > entry.0.rank() {
            *entry = (answer, Some(row));
        }
    }
    for (answer, row) in best.into_values() {
        let Some(row) = row else { continue };
        let m = &matches[row];
        let told = |reason: &str| {
            let candidate = Candidate { folder: m.folder, line: m.child, point: Some(m.point), early: false, place_open: false };
            rulebook::Undecided { subject: "pair".to_owned(), ..candidate.undecided(rule.code(), reason) }
        };
        match answer {
            Answer::Out => {}
            Answer::Clear => sink.clear(number),
            Answer::Exempt(exception) => sink.exempt(number, exception, |by| told(by)),
            Answer::Unknown(missing) => sink.undecided(number, &missing, || told(&missing)),
            Answer::Hit(quantity) => {
                let draft = draft(program, rule, m, views[row], grade(rule, &answers, row), quantity);
                sink.hit(number, draft.finding());
            }
        }
    }
    Ok(())
}

#[derive(Clone, Debug)]
enum Answer {
    Out,
    Clear,
    Exempt(String),
    Unknown(String),
    Hit(Quantity),
}

impl Answer {
    const fn rank(&self) -> u8 {
        match self {
            Self::Out => 0,
            Self::Clear | Self::Exempt(_) => 1,
            Self::Unknown(_) => 2,
            Self::Hit(_) => 3,
        }
    }
}

fn number_of(point: &Point, column: &str) -> Option<i64> {
    match point.columns.get(column) {
        Some(Cell::Int(n)) => Some(*n),
        _ => None,
    }
}

fn word<'a>(point: &'a Point, column: &str) -> &'a str {
    match point.columns.get(column) {
        Some(Cell::Text(text)) => text,
        _ => "",
    }
}

/// Every B line with the A lines of its window.
fn matches<'a>(candidates: &'a [Candidate<'a>]) -> Vec<Match<'a>> {
    let mut found = Vec::new();
    let mut seen: HashSet<(usize, usize, usize)> = HashSet::new();
    for candidate in candidates {
        let (folder, Some(point)) = (candidate.folder, candidate.point) else { continue };
        let child = word(&point.point, "item_b");
        let window = window_word(word(&point.point, "window"));
        for line in folder.chart.lines.iter().filter(|l| l.code().map(claims::Text::as_str) == Some(child)) {
            let same = within(folder, window, candidate.line, line);
            let key = (
                std::ptr::from_ref(&*point.point) as usize,
                std::ptr::from_ref(line) as usize,
                std::ptr::from_ref(folder) as usize,
            );
            if same == Tri::No || !seen.insert(key) {
                continue;
            }
            let parents: Vec<&NetLine> = candidates
                .iter()
                .filter(|c| {
                    std::ptr::eq(c.folder, folder)
                        && c.point.is_some_and(|p| std::ptr::eq(&raw const *p.point, &raw const *point.point))
                })
                .map(|c| c.line)
                .filter(|parent| within(folder, window, parent, line) != Tri::No)
                .collect();
            let known = parents.iter().any(|parent| within(folder, window, parent, line) == Tri::Yes);
            let facts = facts(folder, &point.point, window, &parents, line, known);
            found.push(Match { folder, point, parents, child: line, facts });
        }
    }
    found
}

fn window_word(word: &str) -> &'static str {
    match word {
        "hour" => "hour",
        "6h" => "6h",
        "visit" => "visit",
        "stay" => "stay",
        _ => "day",
    }
}

/// Whether B lies in A's window; unknown where hours matter and are not known（readings 16）.
fn within(folder: &Folder<'_>, window: &str, a: &NetLine, b: &NetLine) -> Tri {
    // What is the mother's is not done twice because her baby had it too.
    if a.for_baby != b.for_baby {
        return Tri::No;
    }
    let stay = |line: &NetLine| folder.chart.visits[line.visit].stay;
    let yes = |holds: bool| if holds { Tri::Yes } else { Tri::No };
    let (at_a, at_b) = (a.record.fee_ocur_time(), b.record.fee_ocur_time());
    let hours = |far: i64| {
        if a.day.since(b.day).abs() > 1 {
            return Tri::No;
        }
        if at_a.is_midnight() || at_b.is_midnight() {
            return yes(a.day == b.day).min_unknown();
        }
        yes((at_a.0 - at_b.0).abs() <= far * HOUR_SECONDS)
    };
    match window {
        "visit" | "stay" => yes(stay(a) == stay(b)),
        "hour" if at_a.is_midnight() || at_b.is_midnight() => yes(a.day == b.day).min_unknown(),
        "hour" => yes(at_a.0.div_euclid(HOUR_SECONDS) == at_b.0.div_euclid(HOUR_SECONDS)),
        "6h" => hours(6),
        _ => yes(a.day == b.day),
    }
}

impl Tri {
    /// A possible yes that is not certain.
    const fn min_unknown(self) -> Self {
        match self {
            Self::Yes | Self::Unknown => Self::Unknown,
            Self::No => Self::No,
        }
    }
}

fn facts(
    folder: &Folder<'_>,
    point: &Point,
    window: &'static str,
    parents: &[&NetLine],
    child: &NetLine,
    known: bool,
) -> PairFacts {
    let chart = folder.chart;
    let visit = &chart.visits[child.visit];
    let class = |line: &NetLine| chart.visits[line.visit].class;
    let emergency = |class: VisitClass| class == VisitClass::Emergency;
    let two_places = parents.iter().all(|a| {
        (emergency(class(a)) && class(child) == VisitClass::Inpatient)
            || (emergency(class(child)) && class(a) == VisitClass::Inpatient)
    });
    PairFacts { window, distinct_operation: distinct_operation(folder, point, visit.stay, child), two_places, times_known: known }
}

/// Whether an operation record shows a distinct operation in the window（readings 19）. Only points about operations ask it.
fn distinct_operation(folder: &Folder<'_>, point: &Point, stay: usize, child: &NetLine) -> Option<bool> {
    if point.columns.get("override") == Some(&Cell::Flag(false)) {
        return Some(false);
    }
    let chart = folder.chart;
    let stay = &chart.stays[stay];
    let of_stay = |id: &str| stay.visits.iter().any(|v| &*chart.visits[*v].record.mdtrt_id == id);
    let records: Vec<_> = chart.operations.iter().filter(|o| of_stay(&o.mdtrt_id)).collect();
    if records.is_empty() {
        return if stay.inpatient { None } else { Some(false) };
    }
    let of_day: HashSet<_> = records
        .iter()
        .filter(|o| o.oprn_oprt_date.or(o.oprn_oprt_begntime.map(claims::Moment::day)).is_none_or(|day| day == child.day))
        .map(|o| (&o.oprn_oprt_code, o.oprn_oprt_begntime))
        .collect();
    Some(of_day.len() > 1)
}

fn answer(
    rule: &CompiledRule,
    m: &Match<'_>,
    scopes: &crate::answers::Answers<'_>,
    answers: &crate::answers::Answers<'_>,
    row: usize,
    spent: &mut BTreeMap<(usize, String, String), Quantity>,
) -> Answer {
    let (charge, scope) = (chargeable(rule, m.child), scopes.tri("scope", row, Tri::Yes));
    if charge == Tri::No || scope == Tri::No {
        return Answer::Out;
    }
    if !m.point.decides {
        return Answer::Unknown(NOT_REVIEWED.to_owned());
    }
    if charge == Tri::Unknown {
        return Answer::Unknown("line.in_scope_fen".to_owned());
    }
    if scope == Tri::Unknown {
        return Answer::Unknown(named(scopes.missing("scope", row)));
    }
    if !m.facts.times_known {
        return Answer::Unknown("line.service_time".to_owned());
    }
    match lifted(rule, answers, row) {
        Lifted::Falls(exception) => return Answer::Exempt(exception),
        Lifted::Unknown(missing) => return Answer::Unknown(named(missing)),
        Lifted::Stands => {}
    }
    let covered = covered(m, spent);
    if covered.is_positive() { Answer::Hit(covered) } else { Answer::Clear }
}

/// How much of the B line the A lines of its window cover, beyond what stays allowed and what other B lines took.
fn covered(m: &Match<'_>, spent: &mut BTreeMap<(usize, String, String), Quantity>) -> Quantity {
    let point = &m.point.point;
    let babies = i64::from(m.folder.chart.visits[m.child.visit].babies.max(1));
    let window = match m.facts.window {
        "visit" | "stay" => m.folder.chart.stays[m.folder.chart.visits[m.child.visit].stay].id.to_string(),
        _ => m.child.day.to_string(),
    };
    let key = (std::ptr::from_ref(m.folder) as usize, point.id.to_string(), window);
    let parents: Quantity = m.parents.iter().map(|a| a.cnt).sum();
    let per_parent = number_of(point, "cover_b").unwrap_or(1);
    let allowed = Quantity(number_of(point, "max_b").unwrap_or(0) * babies * 10_000);
    let all: Quantity =
        m.folder.chart.lines.iter().filter(|l| l.code() == m.child.code() && in_window(m, l)).map(|l| l.cnt).sum();
    let total = Quantity((parents.0 * per_parent).min((all - allowed).0.max(0)));
    let used = spent.entry(key).or_insert(Quantity::ZERO);
    let part = Quantity((total - *used).0.clamp(0, m.child.cnt.0));
    *used += part;
    part
}

fn in_window(m: &Match<'_>, line: &NetLine) -> bool {
    m.parents.iter().any(|a| within(m.folder, m.facts.window, a, line) == Tri::Yes)
}

fn draft<'a>(
    program: &'a Program,
    rule: &'a CompiledRule,
    m: &Match<'_>,
    view: View<'a>,
    grade: (Grade, Option<String>),
    quantity: Quantity,
) -> Draft<'a> {
    let chart = m.folder.chart;
    let (line, visit) = (m.child, &chart.visits[m.child.visit]);
    let excess = Fen(mul_div(line.amount.0, quantity.0, line.cnt.0).unwrap_or(line.amount.0));
    let unreliable = chart.stays[visit.stay].dates_unreliable && !matches!(m.facts.window, "visit" | "stay");
    let grade = if unreliable {
        (grade.0.at_most(Grade::Suspicion), Some("费用时间不可靠，按日或按小时的判断最高定为可疑".to_owned()))
    } else {
        grade
    };
    let parent = word(&m.point.point, "name_a");
    let candidate = Candidate { folder: m.folder, line, point: Some(m.point), early: false, place_open: false };
    Draft {
        program,
        rule,
        view,
        subject: "pair",
        key: format!("{}|{}", chart.fixmedins_code, line.record.id()),
        who: Who::of(&chart.fixmedins_code, visit),
        charged: vec![Charged { line: EventLine::of(chart, line), excess }],
        related: Vec::new(),
        related_lines: m.parents.iter().map(|a| a.record.id()).collect(),
        occurred_on: line.day,
        grade,
        no_amount: false,
        quantity_excess: Some(quantity),
        arithmetic: vec![format!(
            "{} 元 × {quantity} ÷ {} = {excess} 元（主项“{parent}”共 {}）",
            line.amount,
            line.cnt,
            m.parents.iter().map(|a| a.cnt).sum::<Quantity>()
        )],
        notes: notes(&candidate),
        words: vec![("quantity", quantity.to_string()), ("other.name", parent.to_owned())],
    }
}
