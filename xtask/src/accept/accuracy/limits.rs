//! What is asked of recall, precision and a lawful city: `xtask/accuracy.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use toml::{Table, Value};

/// What is asked for, in the repository.
const FILE: &str = "xtask/accuracy.toml";

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

/// A shape of a violation that a rule does not read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::accept) struct Missed {
    pub(in crate::accept) rule: String,
    pub(in crate::accept) reason: String,
}

/// Limits（门槛）.
#[derive(Clone, Debug)]
pub(in crate::accept) struct Limits {
    pub(super) certain: Target,
    pub(super) suspected: Target,
    pub(super) least_rules: usize,
    /// Suspicions of one rule in 10,000 visits of a lawful city, for rules that are not named.
    pub(super) ceiling: f64,
    pub(super) ceilings: BTreeMap<String, f64>,
    pub(super) exceptions: BTreeMap<String, Exception>,
    /// Schemes that their rule is not asked to find, and why.
    pub(in crate::accept) missed: BTreeMap<String, Missed>,
    /// Rules that compare with peers, of which a city of fewer persons has too few.
    pub(super) peers: Peers,
    /// Rules without a figure, and why; any other rule must be measured.
    pub(super) unmeasured: BTreeMap<String, String>,
}

/// Rules that need others to compare with, and how many persons a city must have for that.
#[derive(Clone, Debug, Default)]
pub(super) struct Peers {
    pub(super) least_persons: u64,
    pub(super) rules: BTreeSet<String>,
}

impl Limits {
    /// Reads the repository's file.
    pub(in crate::accept) fn load(root: &Path) -> Result<Self> {
        Self::parse(&fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?)
    }

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
            missed: BTreeMap::new(),
            peers: peers(table(&file, "peers")?)?,
            unmeasured: BTreeMap::new(),
        };
        for (rule, reason, one) in reasoned(&file, "exception")? {
            limits.exceptions.insert(rule, Exception { target: target(one)?, reason });
        }
        for (rule, reason, one) in reasoned(&file, "missed")? {
            let scheme =
                one.get("scheme").and_then(Value::as_str).with_context(|| format!("`missed` of {rule} names no scheme"))?;
            limits.missed.insert(scheme.to_owned(), Missed { rule, reason });
        }
        limits.unmeasured = reasoned(&file, "unmeasured")?.into_iter().map(|(rule, reason, _)| (rule, reason)).collect();
        Ok(limits)
    }

    /// Whether a city of so many persons has too few peers for the rule to be asked for its recall.
    pub(super) fn lacks_peers(&self, rule: &str, persons: u64) -> bool {
        persons < self.peers.least_persons && self.peers.rules.contains(rule)
    }

    /// Why a rule has no figure in a city of so many persons; none where it must have one.
    pub(super) fn why_unmeasured(&self, rule: &str, persons: u64) -> Option<String> {
        if let Some(reason) = self.unmeasured.get(rule) {
            return Some(reason.clone());
        }
        let least = self.peers.least_persons;
        self.lacks_peers(rule, persons)
            .then(|| format!("A city of fewer than {least} persons has too few peers to compare with."))
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

/// Entries of a list that name a rule and give a reason.
fn reasoned<'a>(file: &'a Table, list: &str) -> Result<Vec<(String, String, &'a Table)>> {
    let mut entries = Vec::new();
    for one in file.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table) {
        let word = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (rule, reason) = (word("rule"), word("reason"));
        ensure!(!rule.is_empty() && !reason.is_empty(), "an entry of `{list}` names its rule and its reason: {one}");
        entries.push((rule, reason, one));
    }
    Ok(entries)
}

fn peers(table: &Table) -> Result<Peers> {
    let least = table.get("least_persons").and_then(Value::as_integer).context("accuracy.toml: `peers.least_persons`")?;
    let rules = table.get("rules").and_then(Value::as_array).context("accuracy.toml: `peers.rules`")?;
    let rules = rules.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(Peers { least_persons: u64::try_from(least)?, rules })
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
[peers]
least_persons = 5000
rules = [\"P\"]
[[unmeasured]]
rule = \"U\"
reason = \"nothing plants it\"
[[missed]]
rule = \"R\"
scheme = \"R-blind\"
reason = \"it is not in the data\"
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
    fn a_rule_without_a_figure_has_a_reason_and_peers_only_in_a_small_city() {
        let limits = Limits::parse(SAMPLE).expect("lawful");
        assert_eq!(limits.why_unmeasured("U", 100_000).as_deref(), Some("nothing plants it"));
        assert_eq!(limits.why_unmeasured("R", 2000), None, "nobody said why");
        let few = limits.why_unmeasured("P", 4999).expect("too few peers");
        assert!(few.contains("5000 persons"), "{few}");
        assert_eq!(limits.why_unmeasured("P", 5000), None, "there are peers enough");
    }

    #[test]
    fn an_exception_without_a_reason_is_refused() {
        let text = SAMPLE.replace("the lake counts a stay once", "");
        assert!(Limits::parse(&text).is_err());
    }
}
