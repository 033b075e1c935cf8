//! What is asked of recall, precision and a lawful city: `xtask/accuracy.toml`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use toml::{Table, Value};

/// Least recall and precision, as shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) recall: f64,
    pub(super) precision: f64,
}

/// A rule that cannot do as well as its like, and why.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exception {
    pub(super) target: Target,
    pub(super) reason: String,
}

/// Limits（门槛）.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) certain: Target,
    pub(super) suspected: Target,
    pub(super) least_rules: usize,
    /// Suspicions of one rule in 10,000 visits of a lawful city, for rules that are not named.
    pub(super) ceiling: f64,
    pub(super) ceilings: BTreeMap<String, f64>,
    pub(super) exceptions: BTreeMap<String, Exception>,
}

impl Limits {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let file: Table = text.parse().context("accuracy.toml is no TOML")?;
        let clean = table(&file, "clean")?;
        let ceilings = table(clean, "ceilings")?.iter();
        let mut limits = Self {
            certain: target(table(&file, "certain")?)?,
            suspected: target(table(&file, "suspected")?)?,
            least_rules: usize::try_from(file.get("least_rules").and_then(Value::as_integer).context("`least_rules`")?)?,
            ceiling: number(clean, "suspicions_per_10000_visits")?,
            ceilings: ceilings.map(|(rule, value)| Ok((rule.clone(), float(value, rule)?))).collect::<Result<_>>()?,
            exceptions: BTreeMap::new(),
        };
        for one in file.get("exception").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table) {
            let word = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (rule, reason) = (word("rule"), word("reason"));
            ensure!(!rule.is_empty() && !reason.is_empty(), "an exception names its rule and its reason: {one}");
            limits.exceptions.insert(rule, Exception { target: target(one)?, reason });
        }
        Ok(limits)
    }

    /// What is asked of a rule.
    pub(super) fn target(&self, rule: &str, certain: bool) -> Target {
        let usual = if certain { self.certain } else { self.suspected };
        self.exceptions.get(rule).map_or(usual, |exception| exception.target)
    }

    /// Suspicions of a rule in 10,000 lawful visits at most.
    pub(super) fn ceiling(&self, rule: &str) -> f64 {
        self.ceilings.get(rule).copied().unwrap_or(self.ceiling)
    }
}

fn table<'a>(file: &'a Table, name: &str) -> Result<&'a Table> {
    file.get(name).and_then(Value::as_table).with_context(|| format!("accuracy.toml has no table `{name}`"))
}

fn target(table: &Table) -> Result<Target> {
    Ok(Target { recall: number(table, "recall")?, precision: number(table, "precision")? })
}

fn number(table: &Table, key: &str) -> Result<f64> {
    float(table.get(key).with_context(|| format!("accuracy.toml: `{key}` is missing"))?, key)
}

fn float(value: &Value, key: &str) -> Result<f64> {
    let whole = value.as_integer().and_then(|whole| i32::try_from(whole).ok()).map(f64::from);
    value.as_float().or(whole).with_context(|| format!("accuracy.toml: `{key}` is no number"))
}

#[cfg(test)]
pub(super) const SAMPLE: &str = "\
least_rules = 1
certain = { recall = 0.99, precision = 0.99 }
suspected = { recall = 0.9, precision = 0.8 }
exception = [{ rule = \"M9\", recall = 0.5, precision = 0, reason = \"the lake counts a stay once\" }]
[clean]
suspicions_per_10000_visits = 1
[clean.ceilings]
M8 = 2.5
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_its_own_limit_or_that_of_its_like() {
        let limits = Limits::parse(SAMPLE).expect("lawful");
        assert_eq!(limits.target("R", true), Target { recall: 0.99, precision: 0.99 });
        assert_eq!(limits.target("M9", false), Target { recall: 0.5, precision: 0.0 });
        assert!((limits.ceiling("M8") - 2.5).abs() < 1e-9 && (limits.ceiling("R") - 1.0).abs() < 1e-9);
    }

    #[test]
    fn an_exception_without_a_reason_is_refused() {
        let text = SAMPLE.replace("the lake counts a stay once", "");
        assert!(Limits::parse(&text).is_err());
    }
}
