//! Stock（进销存，T13）: what an institution billed of an item against what it can have had.

use claims::money::mul_div;
use claims::record::StockMovement;
use claims::{Day, Fen, Quantity, Text};
use rulebook::knowledge::PointInForce;
use rulebook::logic::{Kind, StockKind};
use rulebook::{Cell, Finding, Grade, Undecided};

use crate::context::RunContext;
use crate::judge::{Draft, Who, grade, lifted, named, reason};
use crate::program::Program;
use crate::sink::{Billed, Lifted, Sink};
use crate::value::Tri;
use crate::view::{Places, StockFacts, View};
use crate::visit_pass::billed_key;

/// An item at an institution with its ledger.
struct Ledger<'a> {
    institution: &'a Text,
    facts: StockFacts,
    places: Places,
    from: Day,
    to: Day,
    arithmetic: Vec<String>,
}

/// Judges every item whose movements were delivered.
pub(crate) fn judge(program: &Program, context: &RunContext, sink: &mut Sink) -> Result<(), String> {
    let rules: Vec<(usize, StockKind)> = program
        .rules
        .iter()
        .enumerate()
        .filter_map(|(number, rule)| match &rule.rule.logic.kind {
            Kind::Stock(kind) => Some((number, kind.clone())),
            _ => None,
        })
        .collect();
    for (number, kind) in rules {
        let mut items: Vec<_> = context.stock.iter().collect();
        items.sort_by_key(|(key, _)| *key);
        let ledgers: Vec<Ledger<'_>> = items
            .into_iter()
            .map(|((institution, item), movements)| {
                let billed = sink.billed.get(&billed_key(institution, item)).cloned().unwrap_or_default();
                ledger(program, &kind, institution, item, movements, billed)
            })
            .collect();
        judge_rule(program, number, &ledgers, sink)?;
    }
    Ok(())
}

fn judge_rule(program: &Program, number: usize, ledgers: &[Ledger<'_>], sink: &mut Sink) -> Result<(), String> {
    if ledgers.is_empty() {
        return Ok(());
    }
    let rule = &program.rules[number];
    let views: Vec<View<'_>> = ledgers
        .iter()
        .map(|l| View { stock: Some(&l.facts), places: Some(&l.places), day: Some(l.to), ..View::default() })
        .collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    for (row, ledger) in ledgers.iter().enumerate() {
        let missing = match (answers.tri("scope", row, Tri::Yes), answers.tri("hit", row, Tri::Unknown)) {
            (Tri::No, _) => continue,
            (Tri::Yes, Tri::No) => {
                sink.clear(number);
                continue;
            }
            (Tri::Unknown, _) => named(answers.missing("scope", row)),
            (Tri::Yes, Tri::Unknown) => named(answers.missing("hit", row)),
            (Tri::Yes, Tri::Yes) => match lifted(rule, &answers, row) {
                Lifted::Lifted => {
                    sink.clear(number);
                    continue;
                }
                Lifted::Unknown(missing) => named(missing),
                Lifted::Stands => {
                    sink.hit(number, finding(program, number, ledger, views[row], grade(rule, &answers, row)));
                    continue;
                }
            },
        };
        sink.undecided(number, &missing, || undecided(rule.code(), ledger, &missing));
    }
    Ok(())
}

/// Movements that add to stock, and those that take from it（readings 30）.
fn direction(kind: &str) -> i64 {
    match kind {
        "101" | "103" | "106" | "108" | "110" => 1,
        "102" | "104" | "105" | "107" | "109" | "111" => -1,
        _ => 0,
    }
}

fn is_count(movement: &StockMovement) -> bool {
    direction(&movement.inv_chg_type) == 0
}

fn ledger<'a>(
    program: &Program,
    kind: &StockKind,
    institution: &'a Text,
    item: &'a Text,
    movements: &[StockMovement],
    mut billed: Vec<Billed>,
) -> Ledger<'a> {
    let region = claims::code::region_of_institution(institution).map(|r| r.to_string());
    let places = Places::of(institution, region.as_deref());
    billed.sort_by_key(|b| b.day);
    let counts: Vec<&StockMovement> = movements.iter().filter(|m| is_count(m)).collect();
    let opening = counts.first().copied();
    let from = opening.map_or_else(|| movements[0].inv_chg_time.day(), |m| m.inv_chg_time.day());
    let closing = counts.last().copied().filter(|last| last.inv_chg_time.day() > from);
    let to = closing.map_or_else(
        || billed.last().map_or(from, |b| b.day).max(movements[movements.len() - 1].inv_chg_time.day()),
        |m| m.inv_chg_time.day(),
    );
    let factor = factor(program, kind, institution, item, to, &places);
    let minimum = |q: Quantity| factor.and_then(|f| mul_div(q.0, f, 1_000_000)).map(Quantity);
    let in_period = |day: Day| from <= day && day <= to;
    let moved = |sign: i64| -> Quantity {
        let of = movements.iter().filter(|m| direction(&m.inv_chg_type) == sign && in_period(m.inv_chg_time.day()));
        of.map(|m| if sells_by_pack(m, factor) { minimum(m.cnt).unwrap_or(m.cnt) } else { m.cnt }).map(Quantity::abs).sum()
    };
    let (inflow, outflow) = (moved(1), moved(-1));
    let within: Vec<&Billed> = billed.iter().filter(|b| in_period(b.day)).collect();
    let packs: Quantity = within.iter().map(|b| b.cnt).sum();
    let amount: Fen = within.iter().map(|b| b.amount).sum();
    let billed_minimum = minimum(packs);
    let begin = opening.map(|m| m.cnt);
    let expected = begin.map(|begin| begin + inflow - outflow - closing.map_or(Quantity::ZERO, |m| m.cnt));
    let gap = billed_minimum.zip(expected).map(|(billed, expected)| {
        let over = (billed - expected).0.max(0);
        Fen(mul_div(amount.0, over, billed.0).unwrap_or(0))
    });
    let lowest = begin.and_then(|begin| lowest(begin, movements, &within, factor, from, to));
    let shown = |q: Option<Quantity>| q.map_or("未知".to_owned(), |q| q.to_string());
    let arithmetic = vec![
        format!("期间 {from} 至 {to}（最小计价单位）"),
        format!(
            "期初 {} + 入库 {inflow} − 其他出库 {outflow} − 期末 {} = 可销售 {}",
            shown(begin),
            closing.map_or("未盘存（按 0）".to_owned(), |m| m.cnt.to_string()),
            shown(expected)
        ),
        format!("计费 {packs}（计费单位）= {}（最小单位），金额 {amount} 元", shown(billed_minimum)),
    ];
    let facts = StockFacts {
        item: Some(Text::clone(item)),
        opening_known: opening.is_some(),
        unit_known: factor.is_some(),
        opening: begin,
        inflow: Some(inflow),
        outflow: Some(outflow),
        expected_out: expected,
        billed: billed_minimum,
        lowest,
        gap,
    };
    Ledger { institution, facts, places, from, to, arithmetic }
}

/// Whether a movement is stated in packs: its unit is named, and a factor says that packs hold more than one.
fn sells_by_pack(movement: &StockMovement, factor: Option<i64>) -> bool {
    movement.unt.as_deref().is_some_and(|unit| matches!(unit, "盒" | "瓶" | "袋" | "支装" | "包")) && factor.is_some_and(|f| f > 1_000_000)
}

/// Smallest units in a billed unit, in millionths; none makes the item undecided.
fn factor(program: &Program, kind: &StockKind, institution: &str, item: &str, day: Day, places: &Places) -> Option<i64> {
    let rows: Vec<&PointInForce> = program.tables.get(&kind.units)?.select(item, day, &places.list());
    let of = |wanted: Option<&str>| {
        rows.iter().find(|p| match p.point.columns.get("fixmedins_code") {
            Some(Cell::Text(code)) => wanted == Some(code),
            _ => wanted.is_none(),
        })
    };
    let row = of(Some(institution)).or_else(|| of(None))?;
    match row.point.columns.get("unit_factor") {
        Some(Cell::Decimal(factor)) => Some(*factor),
        Some(Cell::Int(factor)) => Some(factor * 1_000_000),
        _ => None,
    }
}

fn lowest(begin: Quantity, movements: &[StockMovement], billed: &[&Billed], factor: Option<i64>, from: Day, to: Day) -> Option<Quantity> {
    let mut changes: Vec<(Day, i64)> = movements
        .iter()
        .filter(|m| !is_count(m) && from <= m.inv_chg_time.day() && m.inv_chg_time.day() <= to)
        .map(|m| (m.inv_chg_time.day(), direction(&m.inv_chg_type) * m.cnt.abs().0))
        .collect();
    for b in billed {
        changes.push((b.day, -mul_div(b.cnt.0, factor?, 1_000_000)?));
    }
    // On one day, what came in may be sold: deliveries first.
    changes.sort_by_key(|(day, change)| (*day, std::cmp::Reverse(*change)));
    let mut stock = begin.0;
    let mut lowest = stock;
    for (_, change) in changes {
        stock += change;
        lowest = lowest.min(stock);
    }
    Some(Quantity(lowest))
}

fn finding(program: &Program, number: usize, ledger: &Ledger<'_>, view: View<'_>, grade: (Grade, Option<String>)) -> Finding {
    let item = ledger.facts.item.as_deref().unwrap_or_default();
    let period = format!("{}~{}", ledger.from, ledger.to);
    let gap = ledger.facts.gap.unwrap_or_default();
    let mut finding = Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "item",
        key: format!("{}|{item}|{period}", ledger.institution),
        who: Who { fixmedins_code: Some(ledger.institution.to_string()), ..Who::default() },
        charged: Vec::new(),
        related: Vec::new(),
        related_lines: Vec::new(),
        occurred_on: ledger.to,
        grade,
        quantity_excess: ledger.facts.billed.zip(ledger.facts.expected_out).map(|(b, e)| b - e),
        arithmetic: ledger.arithmetic.clone(),
        notes: Vec::new(),
        words: vec![("period", period), ("amount", gap.to_string())],
    }
    .finding();
    finding.amount_fen = gap.0;
    // The excess cannot be traced to lines, so which fund paid it is not known.
    finding.fund_amount_fen = None;
    finding.fund_parts.clear();
    finding.evidence.fund_unknown = Some("超出部分无法落到具体明细，基金份额未知".to_owned());
    finding.sealed()
}

fn undecided(rule: &str, ledger: &Ledger<'_>, missing: &str) -> Undecided {
    Undecided {
        rule_code: rule.to_owned(),
        subject: "item".to_owned(),
        fixmedins_code: Some(ledger.institution.to_string()),
        psn_no: None,
        mdtrt_id: None,
        line_id: None,
        item: ledger.facts.item.as_ref().map(ToString::to_string),
        period: Some(format!("{}~{}", ledger.from, ledger.to)),
        trace: None,
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}
