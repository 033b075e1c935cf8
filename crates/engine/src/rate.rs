//! Rate（同行对比，T12）: a unit's rate in a period against its peers, by median and median absolute deviation.
//!
//! Robust, because one monster among ten hospitals must not hide itself by stretching the mean; with a least number of peers and of
//! cases set by the rule, because a unit with twelve cases has a wild rate by chance（rules 6, trap 30）.

mod compared;
mod part;

use rulebook::Undecided;
use rulebook::logic::RateKind;

use self::compared::{Sample, Unit};
use self::part::{Part, Ties};
use crate::judge::{Decision, Draft, Who, decision, reason};
use crate::program::Program;
use crate::query::{Row, day_of};
use crate::sink::Sink;
use crate::view::{Own, RateFacts, View};

/// Compares every unit with its peers and judges it.
pub(crate) fn judge(program: &Program, number: usize, kind: &RateKind, rows: Vec<Row>, sink: &mut Sink) -> Result<(), String> {
    let (ties, rows) = Ties::split(rows)?;
    let sample = Sample::read(rows, kind)?;
    let units = &sample.units;
    if units.is_empty() {
        return Ok(());
    }
    let mut facts = sample.compared();
    facts.iter_mut().try_for_each(|facts| ties.fill(facts))?;
    let rule = &program.rules[number];
    let days: Vec<_> = units.iter().map(|unit| day_of(&unit.row)).collect();
    let views: Vec<View<'_>> =
        facts.iter().zip(&days).map(|(facts, day)| View { own: Own::Rate(facts), day: Some(*day), ..View::default() }).collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    for (row, unit) in units.iter().enumerate() {
        match decision(rule, &answers, row) {
            Decision::Out => {}
            Decision::Clear => sink.clear(number),
            Decision::Exempt(exception) => sink.exempt(number, exception, |by| undecided(rule.code(), kind, unit, by)),
            Decision::Unknown(missing) => sink.undecided(number, &missing, || undecided(rule.code(), kind, unit, &missing)),
            Decision::Hit(grade) => {
                let part = part::smallest(program, number, &facts[row], days[row], ties.of(&facts[row]))?;
                let draft = draft(program, number, kind, unit, (&facts[row], part), views[row]);
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

fn arithmetic(facts: &RateFacts, peers: &str) -> [String; 3] {
    [
        format!("{} ÷ {} = {}", shown(Some(facts.numerator)), shown(Some(facts.denominator)), shown(facts.value)),
        format!(
            "同组（{peers}）{} 个单位，中位数 {}，稳健标准差 {}，稳健z值 {}",
            facts.peers,
            shown(facts.median),
            shown(facts.scale),
            shown(facts.z)
        ),
        format!(
            "同组百分位 {}，上期 {}，以前最高 {}",
            shown(facts.percentile),
            shown(facts.previous),
            shown(Some(facts.highest))
        ),
    ]
}

/// What the unit is compared with, in words: how many peers and how few would do, their median, spread, and where the unit stands.
fn compared(facts: &RateFacts, least: Option<&str>, figure: fn(Option<i64>) -> String) -> String {
    let least = least.map_or_else(String::new, |least| format!("（至少{least}个才比较）"));
    let stands = facts.z.map_or_else(
        || "同组过半没有差别，算不出稳健z值".to_owned(),
        |z| format!("稳健标准差{}，稳健z值{}", figure(facts.scale), hundredths(z)),
    );
    let percentile = facts.percentile.map_or_else(String::new, |share| format!("，不低于其中的{}%", hundredths(share)));
    format!("同组{}个单位{least}，中位数{}，{stands}{percentile}", facts.peers, figure(facts.median))
}

/// A figure in millionths with two places, rounded.
fn hundredths(millionths: i64) -> String {
    let (sign, size) = (if millionths < 0 { "-" } else { "" }, millionths.unsigned_abs().saturating_add(5_000) / 10_000);
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

fn draft<'a>(
    program: &'a Program,
    number: usize,
    kind: &'a RateKind,
    unit: &Unit,
    (facts, part): (&RateFacts, Option<Part>),
    view: View<'a>,
) -> Draft<'a> {
    let rule = &program.rules[number];
    let part = part.unwrap_or_default();
    let least = program.settings(rule).show("min_peers", &view);
    let peers = if unit.peers.is_empty() { "全部".to_owned() } else { unit.peers.join("、") };
    Draft {
        program,
        rule,
        view,
        subject: &kind.subject,
        key: format!("{}|{}", unit.name, unit.period),
        who: who(&unit.row),
        charged: Vec::new(),
        related: part.told.members,
        related_lines: part.told.lines,
        occurred_on: day_of(&unit.row),
        grade: (rule.rule.result.grade(), None),
        no_amount: false,
        quantity_excess: None,
        arithmetic: arithmetic(facts, &peers).into_iter().chain(part.told.sentences).collect(),
        notes: Vec::new(),
        words: vec![
            ("percent", percent(facts.value)),
            ("median_percent", percent(facts.median)),
            ("compared", compared(facts, least.as_deref(), shown)),
            ("compared_percent", compared(facts, least.as_deref(), percent)),
            ("part", part.words),
        ],
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_unit_is_compared_with_is_said_in_numbers() {
        let facts = RateFacts {
            peers: 12,
            median: Some(12_500),
            scale: Some(4_000),
            z: Some(-8_125_000),
            percentile: Some(91_666_667),
            ..RateFacts::default()
        };
        let told = compared(&facts, Some("5"), percent);
        assert_eq!(told, "同组12个单位（至少5个才比较），中位数1.25%，稳健标准差0.40%，稳健z值-8.13，不低于其中的91.67%");
        let alike = RateFacts { z: None, scale: None, percentile: None, ..facts };
        assert_eq!(compared(&alike, None, shown), "同组12个单位，中位数0.0125，同组过半没有差别，算不出稳健z值");
    }
}
