//! Stock（进销存，T13）: what an institution billed of an item against what it can have had.

use claims::money::mul_div;
use claims::record::StockMovement;
use claims::{Day, Fen, Quantity, Text};
use rulebook::knowledge::{Chosen, PointInForce};
use rulebook::logic::{Kind, StockKind};
use rulebook::{Cell, Finding, Grade, Undecided};

use crate::context::RunContext;
use crate::judge::{Decision, Draft, Who, decision, reason};
use crate::program::Program;
use crate::sink::{Billed, Sink};
use crate::view::{Own, Places, StockFacts, View};

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
                let billed = sink.billed.get(&(Text::clone(institution), Text::clone(item))).cloned().unwrap_or_default();
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
        .map(|l| View { own: Own::Stock(&l.facts), places: Some(&l.places), day: Some(l.to), ..View::default() })
        .collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    for (row, ledger) in ledgers.iter().enumerate() {
        match decision(rule, &answers, row) {
            Decision::Out => {}
            Decision::Clear => sink.clear(number),
            Decision::Exempt(exception) => sink.exempt(number, exception, |by| undecided(rule.code(), ledger, by)),
            Decision::Unknown(missing) => sink.undecided(number, &missing, || undecided(rule.code(), ledger, &missing)),
            Decision::Hit(grade) => {
                let excess = answers.int("excess", row).map_or_else(|| ledger.facts.gap.unwrap_or_default(), Fen);
                sink.hit(number, finding(program, number, ledger, excess, views[row], grade));
            }
        }
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
    let region = claims::code::region_of_institution(institution).map(ToString::to_string);
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
    let units = Units::of(program, kind, institution, item, to, &places);
    let in_period = |day: Day| from <= day && day <= to;
    let moved = |sign: i64| -> Option<Quantity> {
        let of = movements.iter().filter(|m| direction(&m.inv_chg_type) == sign && in_period(m.inv_chg_time.day()));
        of.map(|m| units.smallest(m).map(Quantity::abs)).sum()
    };
    let (inflow, outflow) = (moved(1), moved(-1));
    let within: Vec<&Billed> = billed.iter().filter(|b| in_period(b.day)).collect();
    let packs: Quantity = within.iter().map(|b| b.cnt).sum();
    let amount: Fen = within.iter().map(|b| b.amount).sum();
    let begin = opening.and_then(|m| units.smallest(m));
    let end = match closing {
        Some(count) => units.smallest(count),
        None => Some(Quantity::ZERO),
    };
    let expected = (|| Some(begin? + inflow? - outflow? - end?))();
    let factor = units.billed_factor(packs, expected);
    let billed_minimum = factor.and_then(|f| mul_div(packs.0, f, 1_000_000)).map(Quantity);
    let gap = billed_minimum.zip(expected).map(|(billed, expected)| {
        let over = (billed - expected).0.max(0);
        Fen(mul_div(amount.0, over, billed.0).unwrap_or(0))
    });
    let lowest = begin.and_then(|begin| lowest(begin, movements, &within, &units, factor, from, to));
    let shown = |q: Option<Quantity>| q.map_or("未知".to_owned(), |q| q.to_string());
    let arithmetic = vec![
        format!("期间 {from} 至 {to}（最小计价单位）"),
        format!(
            "期初 {} + 入库 {} − 其他出库 {} − 期末 {} = 可销售 {}",
            shown(begin),
            shown(inflow),
            shown(outflow),
            if closing.is_some() { shown(end) } else { "未盘存（按 0）".to_owned() },
            shown(expected)
        ),
        format!("计费 {packs}（计费单位）= {}（最小单位），金额 {amount} 元", shown(billed_minimum)),
    ];
    let facts = StockFacts {
        item: Some(Text::clone(item)),
        opening_known: opening.is_some(),
        unit_known: factor.is_some() && expected.is_some(),
        opening: begin,
        inflow,
        outflow,
        expected_out: expected,
        billed: billed_minimum,
        lowest,
        gap,
    };
    Ledger { institution, facts, places, from, to, arithmetic }
}

/// Units（单位换算）of an item: billed unit → smallest unit, by the knowledge table of pack factors.
struct Units {
    /// Billed unit, smallest unit, factor in millionths.
    rows: Vec<(String, String, i64)>,
}

impl Units {
    fn of(program: &Program, kind: &StockKind, institution: &str, item: &str, day: Day, places: &Places) -> Self {
        let Some(table) = program.tables.get(&kind.units) else { return Self { rows: Vec::new() } };
        let rows: Chosen<'_> = table.select(item, day, &places.list());
        let text = |p: &PointInForce, column: &str| p.point.columns.get(column).map(Cell::show).unwrap_or_default();
        let own: Vec<&&PointInForce> = rows.iter().filter(|p| text(p, "fixmedins_code") == institution).collect();
        let of_all: Vec<&&PointInForce> = rows.iter().filter(|p| text(p, "fixmedins_code").is_empty()).collect();
        let chosen = if own.is_empty() { of_all } else { own };
        let factor = |p: &PointInForce| match p.point.columns.get("unit_factor") {
            Some(Cell::Decimal(factor)) => Some(*factor),
            Some(Cell::Int(factor)) => Some(factor * 1_000_000),
            _ => None,
        };
        let rows = chosen.into_iter().filter_map(|p| Some((text(p, "bill_unit"), text(p, "min_unit"), factor(p)?))).collect();
        Self { rows }
    }

    /// A movement in smallest units; none when its unit is not one we can convert.
    fn smallest(&self, movement: &StockMovement) -> Option<Quantity> {
        let Some(unit) = movement.unt.as_deref() else { return Some(movement.cnt) };
        if let Some((_, _, factor)) = self.rows.iter().find(|(bill, ..)| bill == unit) {
            return mul_div(movement.cnt.0, *factor, 1_000_000).map(Quantity);
        }
        self.rows.iter().any(|(_, minimum, _)| minimum == unit).then_some(movement.cnt)
    }

    /// The factor of what was billed. Lines do not name their unit: where several are possible, one decides only if it cannot
    /// be wrong, that is, when the largest still fits or the smallest is already too much.
    fn billed_factor(&self, packs: Quantity, expected: Option<Quantity>) -> Option<i64> {
        let least = self.rows.iter().map(|(.., f)| *f).min()?;
        let most = self.rows.iter().map(|(.., f)| *f).max()?;
        let billed = |factor| mul_div(packs.0, factor, 1_000_000).map(Quantity);
        match expected {
            _ if least == most => Some(most),
            Some(expected) if billed(most)? <= expected => Some(most),
            Some(expected) if billed(least)? > expected => Some(least),
            _ => None,
        }
    }
}

fn lowest(
    begin: Quantity,
    movements: &[StockMovement],
    billed: &[&Billed],
    units: &Units,
    factor: Option<i64>,
    from: Day,
    to: Day,
) -> Option<Quantity> {
    let mut changes: Vec<(Day, i64)> = Vec::new();
    for m in movements.iter().filter(|m| !is_count(m) && from <= m.inv_chg_time.day() && m.inv_chg_time.day() <= to) {
        changes.push((m.inv_chg_time.day(), direction(&m.inv_chg_type) * units.smallest(m)?.abs().0));
    }
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

fn finding(
    program: &Program,
    number: usize,
    ledger: &Ledger<'_>,
    gap: Fen,
    view: View<'_>,
    grade: (Grade, Option<String>),
) -> Finding {
    let item = ledger.facts.item.as_deref().unwrap_or_default();
    let period = format!("{}~{}", ledger.from, ledger.to);
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
        no_amount: false,
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
