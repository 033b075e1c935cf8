//! Rate（同行对比，T12）: a unit's rate in a period against its peers, by median and median absolute deviation.
//!
//! Robust, because one monster among ten hospitals must not hide itself by stretching the mean; with a least number of peers and of
//! cases set by the rule, because a unit with twelve cases has a wild rate by chance（rules 6, trap 30）.

mod compared;

use rulebook::Undecided;
use rulebook::logic::RateKind;

use self::compared::{Sample, Unit};
use crate::judge::{Decision, Draft, Who, decision, reason};
use crate::program::Program;
use crate::query::{Row, day_of};
use crate::sink::Sink;
use crate::view::{Own, RateFacts, View};

/// Compares every unit with its peers and judges it.
pub(crate) fn judge(program: &Program, number: usize, kind: &RateKind, rows: Vec<Row>, sink: &mut Sink) -> Result<(), String> {
    let sample = Sample::read(rows, kind)?;
    let units = &sample.units;
    if units.is_empty() {
        return Ok(());
    }
    let facts = sample.compared();
    let rule = &program.rules[number];
    let days: Vec<_> = units.iter().map(|unit| day_of(&unit.row)).collect();
    let views: Vec<View<'_>> =
        facts.iter().zip(&days).map(|(facts, day)| View { own: Own::Rate(facts), day: Some(*day), ..View::default() }).collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    for (row, unit) in units.iter().enumerate() {
        match decision(rule, &answers, row) {
            Decision::Out => {}
            Decision::Clear => sink.clear(number),
            Decision::Unknown(missing) => sink.undecided(number, &missing, || undecided(rule.code(), kind, unit, &missing)),
            Decision::Hit(grade) => {
                let draft = draft(program, number, kind, unit, &facts[row], views[row]);
                sink.hit(number, Draft { grade, ..draft }.finding());
            }
        }
    }
    Ok(())
}

/// A figure in millionths as people read it.
fn shown(millionths: Option<i64>) -> String {
    millionths.map_or("未知".to_owned(), |n| claims::UnitPrice(n).to_string())
}

/// A rate in millionths as a percentage with two places.
fn percent(millionths: Option<i64>) -> String {
    millionths.map_or("未知".to_owned(), |n| format!("{}.{:02}%", n / 10_000, (n % 10_000) / 100))
}

fn who(row: &Row) -> Who {
    let get = |column: &str| row.get(column).cloned();
    Who { fixmedins_code: get("fixmedins_code"), psn_no: get("psn_no"), ..Who::default() }
}

fn draft<'a>(
    program: &'a Program,
    number: usize,
    kind: &'a RateKind,
    unit: &Unit,
    facts: &RateFacts,
    view: View<'a>,
) -> Draft<'a> {
    let peers = if unit.peers.is_empty() { "全部".to_owned() } else { unit.peers.join("、") };
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: &kind.subject,
        key: format!("{}|{}", unit.name, unit.period),
        who: who(&unit.row),
        charged: Vec::new(),
        related: Vec::new(),
        related_lines: Vec::new(),
        occurred_on: day_of(&unit.row),
        grade: (program.rules[number].rule.result.grade(), None),
        no_amount: false,
        quantity_excess: None,
        arithmetic: vec![
            format!("{} ÷ {} = {}", shown(Some(facts.numerator)), shown(Some(facts.denominator)), shown(facts.value)),
            format!("同组（{peers}）{} 个单位，中位数 {}，稳健z值 {}", facts.peers, shown(facts.median), shown(facts.z)),
            format!(
                "同组百分位 {}，上期 {}，以前最高 {}",
                shown(facts.percentile),
                shown(facts.previous),
                shown(Some(facts.highest))
            ),
        ],
        notes: Vec::new(),
        words: vec![("percent", percent(facts.value)), ("median_percent", percent(facts.median))],
    }
}

fn undecided(rule: &str, kind: &RateKind, unit: &Unit, missing: &str) -> Undecided {
    Undecided {
        rule_code: rule.to_owned(),
        subject: kind.subject.clone(),
        fixmedins_code: unit.row.get("fixmedins_code").cloned(),
        psn_no: unit.row.get("psn_no").cloned(),
        mdtrt_id: None,
        line_id: None,
        item: Some(unit.name.clone()),
        period: Some(unit.period.clone()),
        trace: None,
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}
