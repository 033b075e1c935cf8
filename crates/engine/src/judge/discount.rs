//! Discount（手术折价，T7）: the second and later operations through one incision must cost less.

use std::collections::{BTreeMap, BTreeSet};

use claims::chart::NetLine;
use claims::money::mul_div;
use claims::record::Operation;
use claims::{Day, Fen, Moment, Quantity, UnitPrice};
use rulebook::knowledge::{Chosen, PointInForce};
use rulebook::logic::DiscountKind;
use rulebook::{Cell, Grade};

use super::line::notes;
use super::{Candidate, Charged, Draft, Folder, Who, chargeable, evaluated, grade, lifted, named};
use crate::answers::Answers;
use crate::context::RunContext;
use crate::event::EventLine;
use crate::program::Program;
use crate::sink::{Lifted, Sink};
use crate::value::Tri;

/// Full price of an item, and whether the catalogue says so.
#[derive(Clone, Copy)]
struct FullPrice {
    price: UnitPrice,
    from_catalogue: bool,
}

pub(super) fn judge(
    program: &Program,
    context: &RunContext,
    number: usize,
    kind: &DiscountKind,
    candidates: &[Candidate<'_>],
    sink: &mut Sink,
) -> Result<(), String> {
    if candidates.is_empty() {
        return Ok(());
    }
    let rule = &program.rules[number];
    let (_, answers) = evaluated(program, rule, candidates)?;
    for rows in sessions(kind, candidates).into_values() {
        let mut ranked: Vec<usize> = rows.into_iter().filter(|row| answers.tri("scope", *row, Tri::Yes) != Tri::No).collect();
        let codes: BTreeSet<_> = ranked.iter().map(|row| candidates[*row].line.code()).collect();
        if codes.len() < 2 {
            continue;
        }
        let context = Session { program, context, number, kind, candidates, answers: &answers };
        ranked.sort_by_key(|row| {
            std::cmp::Reverse((context.rank_price(*row), std::cmp::Reverse(candidates[*row].line.record.bkkp_sn())))
        });
        let mut rank = 0;
        let mut previous = None;
        for row in ranked {
            let code = candidates[row].line.code();
            if previous != Some(code) {
                rank += 1;
                previous = Some(code);
            }
            context.decide(row, rank, sink);
        }
    }
    Ok(())
}

type SessionKey = (usize, usize, String, Day, Option<Moment>);

/// Operations of one group in one session: the same operation record, else the same day（readings 18）.
fn sessions(kind: &DiscountKind, candidates: &[Candidate<'_>]) -> BTreeMap<SessionKey, Vec<usize>> {
    let mut sessions: BTreeMap<SessionKey, Vec<usize>> = BTreeMap::new();
    for (row, candidate) in candidates.iter().enumerate() {
        let group = candidate.point.and_then(|p| p.point.columns.get(&kind.group)).map(Cell::show).unwrap_or_default();
        let session = operation_begin(candidate.folder, candidate.line);
        let folder = std::ptr::from_ref(candidate.folder) as usize;
        sessions.entry((folder, candidate.line.visit, group, candidate.line.day, session)).or_default().push(row);
    }
    sessions
}

/// Begin of the operation that a line belongs to, where several operations of the day have their own times.
fn operation_begin(folder: &Folder<'_>, line: &NetLine) -> Option<Moment> {
    let mut begins: Vec<Moment> = folder
        .chart
        .operations
        .iter()
        .filter(|o| o.mdtrt_id == line.record.mdtrt_id())
        .filter_map(|o| o.oprn_oprt_begntime)
        .filter(|at| at.day() == line.day && !at.is_midnight())
        .collect();
    begins.sort_unstable();
    begins.dedup();
    if begins.len() < 2 || line.record.fee_ocur_time().is_midnight() {
        return None;
    }
    begins.iter().rev().find(|at| **at <= line.record.fee_ocur_time()).or(begins.first()).copied()
}

/// Whether all operations recorded for the day are known to be of one session. Charges are often entered together after the last of
/// them, so that of two sessions nobody knows which one a charge belongs to（readings 18）.
fn is_one_session(folder: &Folder<'_>, line: &NetLine) -> bool {
    let of_day = |o: &&Operation| {
        let day = o.oprn_oprt_begntime.map(Moment::day).or(o.oprn_oprt_date);
        o.mdtrt_id == line.record.mdtrt_id() && day.is_none_or(|day| day == line.day)
    };
    let begins: Vec<Option<Moment>> =
        folder.chart.operations.iter().filter(of_day).map(|o| o.oprn_oprt_begntime.filter(|at| !at.is_midnight())).collect();
    begins.len() < 2 || (begins[0].is_some() && begins.iter().all(|begin| *begin == begins[0]))
}

struct Session<'a> {
    program: &'a Program,
    context: &'a RunContext,
    number: usize,
    kind: &'a DiscountKind,
    candidates: &'a [Candidate<'a>],
    answers: &'a Answers<'a>,
}

impl Session<'_> {
    /// Operations rank by their full price; where none is known, by what was billed.
    fn rank_price(&self, row: usize) -> UnitPrice {
        let candidate = &self.candidates[row];
        let billed = candidate.line.unit_price().unwrap_or_default();
        self.full_price(candidate).map_or(billed, |full| full.price)
    }

    fn full_price(&self, candidate: &Candidate<'_>) -> Option<FullPrice> {
        let code = candidate.line.code()?;
        let visit = candidate.visit();
        let tier = claims::institution::level_class(visit.hosp_lv.as_deref()).map(|t| t.to_string());
        let prices = self.program.tables.get(&self.kind.prices);
        let rows: Chosen<'_> =
            prices.map(|p| p.select(code, candidate.line.day, &candidate.folder.places.list())).unwrap_or_default();
        let of_tier = |p: &&&PointInForce| p.point.columns.get("tier").map(Cell::show) == tier;
        let any_tier = |p: &&&PointInForce| !p.point.columns.contains_key("tier");
        let row = rows.iter().find(of_tier).or_else(|| rows.iter().find(any_tier));
        if let Some(Cell::Decimal(cap)) = row.and_then(|p| p.point.columns.get("cap")) {
            return Some(FullPrice { price: UnitPrice(*cap), from_catalogue: true });
        }
        let usual = self.context.usual_price(&candidate.folder.chart.fixmedins_code, code)?;
        Some(FullPrice { price: usual, from_catalogue: false })
    }

    fn decide(&self, row: usize, rank: usize, sink: &mut Sink) {
        let (candidate, rule) = (&self.candidates[row], &self.program.rules[self.number]);
        let charge = chargeable(rule, candidate.line);
        if charge == Tri::No {
            return;
        }
        let mut undecided = |missing: String| {
            sink.undecided(self.number, &missing, || candidate.undecided(rule.code(), &missing));
        };
        if let Some(open) = candidate.open() {
            return undecided(open.to_owned());
        }
        if charge == Tri::Unknown {
            return undecided("line.in_scope_fen".to_owned());
        }
        if self.answers.tri("scope", row, Tri::Yes) == Tri::Unknown {
            return undecided(named(self.answers.missing("scope", row)));
        }
        if rank < 2 {
            return sink.clear(self.number);
        }
        let slot = if rank == 2 { "second" } else { "later" };
        let Some(ratio) = self.answers.decimal(slot, row) else {
            return undecided(named(self.answers.missing(slot, row)));
        };
        let Some(full) = self.full_price(candidate) else { return undecided("price_catalog.cap".to_owned()) };
        let allowed = allowed(candidate.line, full.price, ratio);
        let excess = candidate.line.amount - allowed;
        if !excess.is_positive() {
            return sink.clear(self.number);
        }
        match lifted(rule, self.answers, row) {
            Lifted::Falls(exception) => sink.exempt(self.number, exception, |by| candidate.undecided(rule.code(), by)),
            Lifted::Unknown(missing) => undecided(named(missing)),
            Lifted::Stands => sink.hit(self.number, self.draft(row, rank, ratio, full, excess).finding()),
        }
    }

    fn draft(&self, row: usize, rank: usize, ratio: i64, full: FullPrice, excess: Fen) -> Draft<'_> {
        let candidate = &self.candidates[row];
        let (line, chart) = (candidate.line, candidate.folder.chart);
        let rule = &self.program.rules[self.number];
        let source = if full.from_catalogue { "目录价" } else { "本机构常用全价" };
        let recorded = chart.operations.iter().any(|o| o.mdtrt_id == line.record.mdtrt_id());
        let mut grade = grade(rule, self.answers, row);
        if !full.from_catalogue {
            grade = (grade.0.at_most(Grade::Suspicion), Some("没有目录价，按本机构常用全价推算，最高定为可疑".to_owned()));
        } else if !recorded {
            grade = (grade.0.at_most(Grade::Suspicion), Some("没有手术记录，按同一服务日判断，最高定为可疑".to_owned()));
        } else if !is_one_session(candidate.folder, line) {
            let why = "当天有多条手术记录，开始时间不同或没有开始时间，收费记在哪一次不能确定，最高定为可疑";
            grade = (grade.0.at_most(Grade::Suspicion), Some(why.to_owned()));
        }
        Draft {
            program: self.program,
            rule,
            view: candidate.view(),
            subject: "line",
            key: format!("{}|{}|{}", chart.fixmedins_code, line.record.mdtrt_id(), line.record.id()),
            who: Who::of(&chart.fixmedins_code, candidate.visit()),
            charged: vec![Charged { line: EventLine::of(chart, line), excess }],
            related: Vec::new(),
            related_lines: Vec::new(),
            occurred_on: line.day,
            grade,
            no_amount: false,
            quantity_excess: None,
            arithmetic: vec![format!(
                "第{rank}项手术：允许 {source} {} × {} = {} 元，实收 {} 元，多收 {excess} 元",
                full.price,
                UnitPrice(ratio),
                line.amount - excess,
                line.amount
            )],
            notes: notes(candidate),
            words: vec![("rank", rank.to_string()), ("limit", (line.amount - excess).to_string())],
        }
    }
}

/// Allowed amount of a line: ratio × full price, for as many operations as the quantity begins; a discount given through a
/// quantity below one is a discount.
fn allowed(line: &NetLine, full: UnitPrice, ratio: i64) -> Fen {
    let times = Quantity(((line.cnt.0 + 9_999) / 10_000).max(1) * 10_000);
    UnitPrice(mul_div(full.0, ratio, 1_000_000).unwrap_or(full.0)).times(times)
}
