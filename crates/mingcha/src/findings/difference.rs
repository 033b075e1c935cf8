//! What two lists of findings have in common: the one comparison behind `findings diff` and `rule diff`.

use std::collections::HashMap;
use std::hash::Hash;

use rulebook::Finding;
use serde::Serialize;

/// Difference（疑点差异）between two lists, each in the order in which its findings came.
#[derive(Debug, Default)]
pub(crate) struct Difference<'a> {
    /// In the later list only.
    pub(crate) appeared: Vec<&'a Finding>,
    /// In the earlier list only.
    pub(crate) vanished: Vec<&'a Finding>,
    /// In both, and not the same: before, after.
    pub(crate) changed: Vec<(&'a Finding, &'a Finding)>,
    /// In both, and the same: as the later list has them.
    pub(crate) unchanged: Vec<&'a Finding>,
}

/// Compares two lists. `key` says which findings are about the same subject, `same` whether two such say the same.
pub(crate) fn between<'a, K: Hash + Eq>(
    before: &'a [Finding],
    after: &'a [Finding],
    key: impl Fn(&'a Finding) -> K,
    same: impl Fn(&Finding, &Finding) -> bool,
) -> Difference<'a> {
    let mut old: HashMap<K, &Finding> = before.iter().map(|finding| (key(finding), finding)).collect();
    let mut difference = Difference::default();
    for new in after {
        match old.remove(&key(new)) {
            None => difference.appeared.push(new),
            Some(known) if same(known, new) => difference.unchanged.push(new),
            Some(known) => difference.changed.push((known, new)),
        }
    }
    difference.vanished.extend(before.iter().filter(|finding| old.contains_key(&key(finding))));
    difference
}

/// A difference as reports list it.
#[derive(Debug, Serialize)]
pub(crate) struct Lists {
    pub(crate) appeared: Vec<Row>,
    pub(crate) vanished: Vec<Row>,
    pub(crate) changed: Vec<Change>,
}

/// A finding as reports of differences list it.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    finding_id: String,
    rule_code: String,
    grade: &'static str,
    amount_fen: i64,
    message: String,
}

/// A finding before and after.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    before: Row,
    after: Row,
}

impl Lists {
    pub(crate) fn of(difference: &Difference<'_>) -> Self {
        let rows = |findings: &[&Finding]| findings.iter().map(|finding| Row::of(finding)).collect();
        let change = |(before, after): &(&Finding, &Finding)| Change { before: Row::of(before), after: Row::of(after) };
        Self {
            appeared: rows(&difference.appeared),
            vanished: rows(&difference.vanished),
            changed: difference.changed.iter().map(change).collect(),
        }
    }
}

impl Row {
    fn of(finding: &Finding) -> Self {
        Self {
            finding_id: finding.finding_id.clone(),
            rule_code: finding.rule_code.clone(),
            grade: finding.grade.name(),
            amount_fen: finding.amount_fen,
            message: finding.message.clone(),
        }
    }
}
