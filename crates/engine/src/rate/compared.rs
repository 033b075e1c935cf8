//! Units and their peers: medians, spreads, and what each unit had before.

use std::collections::{BTreeMap, BTreeSet};

use rulebook::logic::RateKind;

use crate::query::Row;
use crate::view::{GroupFacts, RateFacts};

/// What makes a median absolute deviation comparable with a standard deviation, where values are normal.
const NORMAL: f64 = 1.4826;
/// Figures are handed to expressions in millionths.
const MILLION: f64 = 1_000_000.0;

/// A unit in a period, as the SELECT tells it.
#[derive(Clone, Debug, Default)]
pub(super) struct Unit {
    pub(super) row: Row,
    pub(super) name: String,
    pub(super) period: String,
    pub(super) peers: Vec<String>,
    numerator: f64,
    denominator: f64,
    /// Who might have had it, where units that have none count as well.
    place: Option<Place>,
}

/// An institution and what it is compared by, but for what may be absent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    fixmedins_code: String,
    peers: Vec<String>,
}

/// The places of a unit among all units, by period.
type History<'a> = BTreeMap<&'a str, Vec<usize>>;

/// All units of an answer, and who was there in which period.
#[derive(Debug, Default)]
pub(super) struct Sample {
    pub(super) units: Vec<Unit>,
    there: BTreeMap<Place, BTreeSet<String>>,
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
        let place = kind.absent.as_ref().map(|absent| Place::of(&row, kind, absent));
        Ok(Self { row, name, period, peers, numerator, denominator, place })
    }

    fn value(&self) -> Option<f64> {
        (self.denominator > 0.0).then(|| self.numerator / self.denominator)
    }
}

impl Place {
    fn of(row: &Row, kind: &RateKind, absent: &str) -> Self {
        let get = |column: &str| row.get(column).cloned().unwrap_or_default();
        let peers = kind.peers.iter().filter(|column| *column != absent).map(|column| get(column)).collect();
        Self { fixmedins_code: get("fixmedins_code"), peers }
    }
}

impl Sample {
    /// Reads the rows of a SELECT. Where something may be absent, a row that does not name it tells who was there.
    pub(super) fn read(rows: Vec<Row>, kind: &RateKind) -> Result<Self, String> {
        if let Some(absent) = kind.absent.as_ref().filter(|absent| !kind.peers.contains(absent)) {
            return Err(format!("absent 写的列 {absent} 不在 peers 中"));
        }
        let mut sample = Self::default();
        for row in rows {
            match &kind.absent {
                Some(absent) if !row.contains_key(absent) => {
                    let period = row.get("period").cloned().ok_or("查询结果缺少 period")?;
                    sample.there.entry(Place::of(&row, kind, absent)).or_default().insert(period);
                }
                _ => sample.units.push(Unit::read(row, kind)?),
            }
        }
        Ok(sample)
    }

    /// What each unit is among its peers, in the order of the units.
    pub(super) fn compared(&self) -> Vec<RateFacts> {
        let mut groups: BTreeMap<(&str, &[String]), Vec<usize>> = BTreeMap::new();
        for (number, unit) in self.units.iter().enumerate() {
            groups.entry((&unit.period, &unit.peers)).or_default().push(number);
        }
        let there = self.number_there();
        let mut facts = self.before();
        for ((period, _), members) in groups {
            let mut values: Vec<f64> = members.iter().filter_map(|number| self.units[*number].value()).collect();
            let place = members.first().and_then(|number| self.units[*number].place.as_ref());
            let all = place.and_then(|place| there.get(&(period, &*place.peers))).copied().unwrap_or(0);
            // Whoever was there and has none of it has it at a rate of zero.
            values.resize(all.max(values.len()), 0.0);
            values.sort_by(f64::total_cmp);
            let median = median(&values);
            let spread = median.and_then(|median| spread(&values, median));
            for number in members {
                among(&mut facts[number], &self.units[number], &values, median, spread);
            }
        }
        facts
    }

    /// How many were there, by period and what they are compared by.
    fn number_there(&self) -> BTreeMap<(&str, &[String]), usize> {
        let mut numbers = BTreeMap::new();
        for (place, periods) in &self.there {
            for period in periods {
                *numbers.entry((&**period, &*place.peers)).or_default() += 1;
            }
        }
        numbers
    }

    /// What each unit had in the periods before.
    fn before(&self) -> Vec<RateFacts> {
        let mut histories: BTreeMap<(&str, &[String]), History<'_>> = BTreeMap::new();
        for (number, unit) in self.units.iter().enumerate() {
            let history = histories.entry((&unit.name, &unit.peers)).or_default();
            history.entry(&unit.period).or_default().push(number);
            let there = unit.place.as_ref().and_then(|place| self.there.get(place));
            for period in there.into_iter().flatten() {
                history.entry(period).or_default();
            }
        }
        let mut all = vec![RateFacts::default(); self.units.len()];
        for periods in histories.into_values() {
            let (mut last, mut highest, mut count) = (None, 0.0_f64, 0);
            for numbers in periods.into_values() {
                for number in &numbers {
                    let facts = &mut all[*number];
                    (facts.previous, facts.highest, facts.periods) = (last.map(millionths), millionths(highest), count);
                }
                let values = numbers.iter().filter_map(|number| self.units[*number].value());
                let value = if numbers.is_empty() { Some(0.0) } else { values.max_by(f64::total_cmp) };
                last = value;
                highest = highest.max(value.unwrap_or(0.0));
                count += 1;
            }
        }
        all
    }
}

/// The unit with the numerator of a part of its links, beside the same peers. Its place among them and its history stay those of the
/// whole unit.
pub(super) fn of_part(whole: &RateFacts, group: GroupFacts) -> RateFacts {
    let ratio = |a: i64, b: i64| {
        let (a, b) = (i128::from(a) * 1_000_000, i128::from(b));
        let rounded = if b > 0 { Some((a + (if a < 0 { -b } else { b }) / 2) / b) } else { None };
        rounded.and_then(|rounded| i64::try_from(rounded).ok())
    };
    let numerator = group.weight.saturating_mul(1_000_000);
    let value = ratio(numerator, whole.denominator);
    let z = value.zip(whole.median).zip(whole.scale).and_then(|((value, median), scale)| ratio(value - median, scale));
    RateFacts { value, numerator, z, group, ..whole.clone() }
}

/// Fills in what a unit is among the sorted values of its peers.
fn among(facts: &mut RateFacts, unit: &Unit, values: &[f64], median: Option<f64>, spread: Option<f64>) {
    let value = unit.value();
    let z = value.zip(median).zip(spread).map(|((value, median), spread)| (value - median) / spread);
    facts.unit.clone_from(&unit.name);
    facts.period.clone_from(&unit.period);
    facts.value = value.map(millionths);
    facts.numerator = millionths(unit.numerator);
    facts.denominator = millionths(unit.denominator);
    facts.peers = i64::try_from(values.len()).unwrap_or(i64::MAX);
    facts.median = median.map(millionths);
    facts.z = z.map(millionths);
    facts.scale = spread.map(millionths);
    facts.percentile = value.map(|value| millionths(percentile(values, value)));
    facts.error = value.and_then(|value| standard_error(value, unit.denominator)).map(millionths);
}

fn millionths(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a rate in millionths is far from the bounds of an integer")]
    let whole = (value * MILLION).round() as i64;
    whole
}

/// How far a share of so many cases strays by chance alone; none where the rate is no share of cases.
fn standard_error(share: f64, cases: f64) -> Option<f64> {
    ((0.0..=1.0).contains(&share) && cases >= 1.0).then(|| (share * (1.0 - share) / cases).sqrt())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str, period: &str, numerator: f64) -> Unit {
        Unit {
            name: name.to_owned(),
            period: period.to_owned(),
            peers: vec!["2".to_owned()],
            numerator,
            denominator: 100.0,
            ..Unit::default()
        }
    }

    fn compared(units: &[Unit]) -> Vec<RateFacts> {
        Sample { units: units.to_vec(), there: BTreeMap::new() }.compared()
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
        assert_eq!(facts[9].scale, Some(37_065));
    }

    #[test]
    fn a_part_of_a_unit_is_held_against_the_same_peers() {
        let mut units: Vec<Unit> = (0..9).map(|n| unit(&format!("H{n}"), "2026", 30.0 + f64::from(n))).collect();
        units.push(unit("monster", "2026", 90.0));
        let whole = compared(&units).remove(9);
        let part = |weight| of_part(&whole, GroupFacts { weight, ..GroupFacts::default() });
        assert_eq!((part(90).value, part(90).numerator), (whole.value, whole.numerator));
        assert!((part(90).z.unwrap() - whole.z.unwrap()).abs() <= 200, "{:?} {:?}", part(90).z, whole.z);
        assert_eq!((part(34).value, part(34).median), (Some(340_000), whole.median));
        assert_eq!(part(34).z, Some(-134_898));
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
    fn the_highest_before_looks_at_all_earlier_periods_of_the_same_unit() {
        let units = [unit("H", "2024", 40.0), unit("H", "2026", 30.0), unit("H", "2025", 20.0), unit("G", "2024", 99.0)];
        let highest: Vec<i64> = compared(&units).iter().map(|facts| facts.highest).collect();
        assert_eq!(highest, [0, 400_000, 400_000, 0]);
    }

    #[test]
    fn chance_strays_less_the_more_cases_there_are() {
        assert_eq!(compared(&[unit("H", "2026", 50.0)])[0].error, Some(50_000));
        assert_eq!(compared(&[unit("H", "2026", 100.0)])[0].error, Some(0));
        assert_eq!(compared(&[unit("H", "2026", 250.0)])[0].error, None, "no share of cases");
    }

    #[test]
    fn a_rate_without_denominator_is_unknown() {
        let none = Unit { denominator: 0.0, ..unit("H", "2026", 1.0) };
        assert_eq!(compared(&[none])[0].value, None);
    }

    #[test]
    fn whoever_has_none_of_it_counts_with_zero() {
        let place = |code: &str| Place { fixmedins_code: code.to_owned(), peers: vec!["2".to_owned()] };
        let had = |period: &str, numerator| Unit {
            peers: vec!["2".to_owned(), "item".to_owned()],
            place: Some(place("A")),
            ..unit("A item", period, numerator)
        };
        let periods = || BTreeSet::from(["2026-01".to_owned(), "2026-02".to_owned(), "2026-03".to_owned()]);
        let there = ["A", "B", "C"].map(|code| (place(code), periods())).into();
        let facts = Sample { units: vec![had("2026-01", 40.0), had("2026-03", 90.0)], there }.compared();
        assert_eq!((facts[1].peers, facts[1].median), (3, Some(0)));
        assert_eq!((facts[1].previous, facts[1].highest, facts[1].periods), (Some(0), 400_000, 2));
        assert_eq!((facts[0].previous, facts[0].highest, facts[0].periods), (None, 0, 0));
    }
}
