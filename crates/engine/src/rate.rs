//! Rate（同行对比，T12）: a unit's rate in a period against its peers, by median and median absolute deviation.
//!
//! Robust, because one monster among ten hospitals must not hide itself by stretching the mean; with a least number of peers and of
//! cases set by the rule, because a unit with twelve cases has a wild rate by chance（rules 6, trap 30）.

use std::collections::BTreeMap;

use rulebook::Undecided;
use rulebook::logic::RateKind;

use crate::judge::{Decision, Draft, Who, decision, reason};
use crate::program::Program;
use crate::query::{Row, day_of};
use crate::sink::Sink;
use crate::view::{Own, RateFacts, View};

/// What makes a median absolute deviation comparable with a standard deviation, where values are normal.
const NORMAL: f64 = 1.4826;
/// Figures are handed to expressions in millionths.
const MILLION: f64 = 1_000_000.0;

/// A unit in a period, as the SELECT tells it.
struct Unit {
    row: Row,
    name: String,
    period: String,
    peers: Vec<String>,
    numerator: f64,
    denominator: f64,
}

impl Unit {
    fn read(row: Row, kind: &RateKind) -> Result<Self, String> {
        let text = |column: &str| row.get(column).cloned().ok_or_else(|| format!("查询结果缺少 {column}"));
        let number = |column: &str| -> Result<f64, String> {
            let shown = text(column)?;
            shown.parse().map_err(|_| format!("{column} 应是数字，不是“{shown}”"))
        };
        let (name, period) = (text("unit")?, text("period")?);
        let (numerator, denominator) = (number("numerator")?, number("denominator")?);
        text("occurred_on")?;
        let peers = kind.peers.iter().map(|column| row.get(column).cloned().unwrap_or_default()).collect();
        Ok(Self { row, name, period, peers, numerator, denominator })
    }

    fn value(&self) -> Option<f64> {
        (self.denominator > 0.0).then(|| self.numerator / self.denominator)
    }
}

/// Compares every unit with its peers and judges it.
pub(crate) fn judge(program: &Program, number: usize, kind: &RateKind, rows: Vec<Row>, sink: &mut Sink) -> Result<(), String> {
    let units: Vec<Unit> = rows.into_iter().map(|row| Unit::read(row, kind)).collect::<Result<_, _>>()?;
    if units.is_empty() {
        return Ok(());
    }
    let facts = compared(&units);
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

fn millionths(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a rate in millionths is far from the bounds of an integer")]
    let whole = (value * MILLION).round() as i64;
    whole
}

fn compared(units: &[Unit]) -> Vec<RateFacts> {
    let mut groups: BTreeMap<(&str, &[String]), Vec<f64>> = BTreeMap::new();
    for unit in units {
        let group = groups.entry((&unit.period, &unit.peers)).or_default();
        group.extend(unit.value());
    }
    for values in groups.values_mut() {
        values.sort_by(f64::total_cmp);
    }
    let facts = |unit: &Unit| {
        let peers = &groups[&(&*unit.period, &*unit.peers)];
        let value = unit.value();
        let median = median(peers);
        let spread = median.and_then(|median| spread(peers, median));
        let z = value.zip(median).zip(spread).map(|((value, median), spread)| (value - median) / spread);
        let percentile = value.map(|value| percentile(peers, value));
        let count = i64::try_from(peers.len()).unwrap_or(i64::MAX);
        RateFacts {
            unit: unit.name.clone(),
            period: unit.period.clone(),
            value: value.map(millionths),
            numerator: millionths(unit.numerator),
            denominator: millionths(unit.denominator),
            peers: count,
            median: median.map(millionths),
            z: z.map(millionths),
            percentile: percentile.map(millionths),
            previous: previous(units, unit).and_then(Unit::value).map(millionths),
        }
    };
    units.iter().map(facts).collect()
}

/// The same unit among the same peers in the last period before.
fn previous<'a>(units: &'a [Unit], unit: &Unit) -> Option<&'a Unit> {
    let same = |other: &&Unit| other.name == unit.name && other.peers == unit.peers && other.period < unit.period;
    units.iter().filter(same).max_by(|a, b| a.period.cmp(&b.period))
}

fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// Median absolute deviation, made comparable with a standard deviation; none where half of the peers do not differ at all.
fn spread(sorted: &[f64], median_of_all: f64) -> Option<f64> {
    let mut far: Vec<f64> = sorted.iter().map(|value| (value - median_of_all).abs()).collect();
    far.sort_by(f64::total_cmp);
    median(&far).map(|mad| mad * NORMAL).filter(|spread| *spread > 0.0)
}

/// Share of the peers, in percent, that are not above the value.
#[expect(clippy::cast_precision_loss, reason = "peers are few")]
fn percentile(sorted: &[f64], value: f64) -> f64 {
    let not_above = sorted.partition_point(|other| *other <= value);
    100.0 * not_above as f64 / sorted.len().max(1) as f64
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
            format!("同组百分位 {}，上期 {}", shown(facts.percentile), shown(facts.previous)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str, period: &str, numerator: f64) -> Unit {
        Unit {
            row: Row::new(),
            name: name.to_owned(),
            period: period.to_owned(),
            peers: vec!["2".to_owned()],
            numerator,
            denominator: 100.0,
        }
    }

    #[test]
    fn one_monster_does_not_hide_itself() {
        let mut units: Vec<Unit> = (0..9).map(|n| unit(&format!("H{n}"), "2026", 30.0 + f64::from(n))).collect();
        units.push(unit("monster", "2026", 90.0));
        let facts = compared(&units);
        assert_eq!(facts[9].peers, 10);
        assert_eq!(facts[9].median, Some(345_000));
        assert_eq!(facts[9].percentile, Some(100_000_000));
        assert!(facts[9].z > Some(14_000_000), "{:?}", facts[9].z);
        assert!(facts[..9].iter().all(|f| f.z < Some(2_000_000)));
    }

    #[test]
    fn peers_that_do_not_differ_measure_nothing() {
        let units: Vec<Unit> = (0..5).map(|n| unit(&format!("H{n}"), "2026", 30.0)).collect();
        assert_eq!(compared(&units)[0].z, None);
        assert_eq!(compared(&[unit("alone", "2026", 30.0)])[0].peers, 1);
    }

    #[test]
    fn the_last_period_before_is_the_previous_one() {
        let units = [unit("H", "2024", 10.0), unit("H", "2025", 20.0), unit("H", "2026", 30.0), unit("G", "2025", 99.0)];
        assert_eq!(compared(&units)[2].previous, Some(200_000));
        assert_eq!(compared(&units)[0].previous, None);
    }

    #[test]
    fn a_rate_without_denominator_is_unknown() {
        let none = Unit { denominator: 0.0, ..unit("H", "2026", 1.0) };
        assert_eq!(compared(&[none])[0].value, None);
    }
}
