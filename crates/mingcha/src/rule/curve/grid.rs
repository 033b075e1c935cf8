//! Which values of a parameter are tried: around the default, at the bounds, where regions have set it, where hits lie.

use rulebook::parameter::{Parameter, Value};

const ONE: i64 = 1_000_000;
/// Percent of the default; a value near it matters more than one far off.
const PERCENT: [i64; 7] = [50, 75, 90, 110, 125, 150, 200];
/// Up to here a whole number is moved by steps, not by shares.
const SMALL: i64 = 10;
/// Percent of the findings that lie at or below a threshold.
const QUANTILES: [usize; 5] = [10, 25, 50, 75, 90];

pub(super) const fn is_numeric(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Decimal(_))
}

/// A number in millionths.
pub(super) const fn millionths(value: &Value) -> Option<i64> {
    match value {
        Value::Int(n) => Some(n.saturating_mul(ONE)),
        Value::Decimal(n) => Some(*n),
        Value::Flag(_) | Value::Text(_) => None,
    }
}

/// A value of the parameter's kind; a decimal has one place more than the default is written with.
fn value(parameter: &Parameter, millionths: i64) -> Value {
    let step = match &parameter.value {
        Value::Decimal(default) => step_below(*default),
        _ => ONE,
    };
    let rounded = (millionths + step / 2).div_euclid(step) * step;
    if matches!(parameter.value, Value::Decimal(_)) { Value::Decimal(rounded) } else { Value::Int(rounded / ONE) }
}

/// A tenth of the last place of a decimal.
fn step_below(decimal: i64) -> i64 {
    let mut step = ONE;
    while decimal % step != 0 && step > 1 {
        step /= 10;
    }
    (step / 10).max(1)
}

/// The default, steps around it, the bounds, and what regions have set, from low to high.
pub(super) fn around(parameter: &Parameter, regional: impl Iterator<Item = Value>) -> Vec<Value> {
    let Some(default) = millionths(&parameter.value) else { return Vec::new() };
    let bounds = [&parameter.min, &parameter.max].map(|bound| bound.as_ref().and_then(millionths));
    let is_small = matches!(parameter.value, Value::Int(n) if n.abs() <= SMALL);
    let mut tried: Vec<i64> = if is_small {
        (-3..=3).map(|offset| default + offset * ONE).chain([2 * default]).collect()
    } else if default == 0 {
        // Nothing is a share of zero: the upper bound gives the measure.
        PERCENT.iter().filter_map(|percent| Some(bounds[1]? / 200 * percent)).collect()
    } else {
        PERCENT.iter().map(|percent| default / 100 * percent).collect()
    };
    tried.extend(bounds.into_iter().flatten());
    tried.push(default);
    let mut values: Vec<Value> = tried.into_iter().map(|millionths| value(parameter, millionths)).chain(regional).collect();
    values.retain(|value| admitted(parameter, value));
    in_order(values)
}

/// Values below, at and above which the given shares of the observed ones lie.
pub(super) fn quantiles(parameter: &Parameter, mut observed: Vec<i64>) -> Vec<Value> {
    observed.sort_unstable();
    if observed.is_empty() {
        return Vec::new();
    }
    let at = |percent: &usize| value(parameter, observed[(observed.len() - 1) * percent / 100]);
    let mut values: Vec<Value> = QUANTILES.iter().map(at).collect();
    values.retain(|value| admitted(parameter, value));
    in_order(values)
}

/// Within the bounds; and where none are stated, not on the other side of zero.
fn admitted(parameter: &Parameter, value: &Value) -> bool {
    let turns = parameter.min.is_none() && millionths(&parameter.value) >= Some(0) && millionths(value) < Some(0);
    parameter.admits(value).is_ok() && !turns
}

fn in_order(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_key(millionths);
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(value: Value, min: Option<Value>, max: Option<Value>) -> Parameter {
        Parameter {
            value,
            min,
            max,
            unit: None,
            means: "m".to_owned(),
            source: "s".to_owned(),
            set_by: "a".to_owned(),
            set_on: claims::Day(0),
        }
    }

    fn shown(values: &[Value]) -> Vec<String> {
        values.iter().map(Value::show).collect()
    }

    #[test]
    fn a_small_number_moves_by_steps_a_large_one_by_shares_and_both_stay_within_bounds() {
        let small = parameter(Value::Int(2), Some(Value::Int(1)), Some(Value::Int(31)));
        assert_eq!(shown(&around(&small, std::iter::empty())), ["1", "2", "3", "4", "5", "31"]);
        let large = parameter(Value::Int(15), None, Some(Value::Int(20)));
        assert_eq!(shown(&around(&large, std::iter::once(Value::Int(10)))), ["8", "10", "11", "14", "15", "17", "19", "20"]);
        let none = parameter(Value::Int(0), None, None);
        assert_eq!(shown(&around(&none, std::iter::empty())), ["0", "1", "2", "3"]);
    }

    #[test]
    fn a_decimal_keeps_its_places_and_one_more() {
        let share = parameter(Value::Decimal(600_000), Some(Value::Decimal(200_000)), Some(Value::Decimal(ONE)));
        assert_eq!(shown(&around(&share, std::iter::empty())), ["0.2", "0.3", "0.45", "0.54", "0.6", "0.66", "0.75", "0.9", "1"]);
        assert_eq!(shown(&quantiles(&share, vec![512_345, 700_000, 950_001])), ["0.51", "0.7"]);
    }
}
