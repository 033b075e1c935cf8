//! Faults of a delivery, counted by check and table, with a few examples each.

use std::collections::BTreeMap;

use serde::Serialize;

use super::checks::{self, Check};

/// Severity（严重程度）: what a fault does to its row or delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing of the delivery is loaded.
    Fatal,
    /// The row goes to quarantine.
    Error,
    /// The row loads.
    Warning,
}

/// Example（示例）: one place where a fault was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// File.
    pub file: String,
    /// Record number; the header is 1.
    pub row: Option<u64>,
    /// Column, by the name the file gives it where it has one.
    pub column: Option<String>,
    /// Value as delivered.
    pub value: Option<String>,
    /// What is wrong with it.
    pub message: String,
}

/// Fault（数据问题）: all that one check found in one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Catalogue code, such as `D014`.
    pub check: &'static str,
    /// Short English name of the check.
    pub id: &'static str,
    /// Chinese name of the check.
    pub name: &'static str,
    /// What it does.
    pub severity: Severity,
    /// Table, where one is meant.
    pub table: Option<String>,
    /// How often.
    pub count: u64,
    /// What to do.
    pub hint: &'static str,
    /// Up to five places.
    pub examples: Vec<Example>,
}

/// Examples kept of each fault.
pub const MAX_EXAMPLES: usize = 5;

/// All faults of a delivery, and which checks were applied at all.
#[derive(Debug, Default)]
pub(crate) struct FaultLog {
    faults: BTreeMap<(&'static str, String), Fault>,
    applied: BTreeMap<&'static str, u64>,
}

impl FaultLog {
    /// Counts a fault; the example is made only while examples are still wanted.
    pub(crate) fn add(&mut self, code: &'static str, table: &str, example: impl FnOnce() -> Example) {
        self.add_many(code, table, 1, example);
    }

    /// Counts several faults of one kind, with one example.
    pub(crate) fn add_many(&mut self, code: &'static str, table: &str, count: u64, example: impl FnOnce() -> Example) {
        *self.applied.entry(code).or_default() += count;
        let key = (code, table.to_owned());
        let fault = self.faults.entry(key).or_insert_with(|| new_fault(checks::get(code), table));
        fault.count += count;
        if fault.examples.len() < MAX_EXAMPLES {
            fault.examples.push(example());
        }
    }

    /// Notes that a check ran, so that it is reported even if it found nothing.
    pub(crate) fn applied(&mut self, codes: &[&'static str]) {
        for code in codes {
            self.applied.entry(code).or_default();
        }
    }

    /// Whether anything fatal was found.
    pub(crate) fn is_fatal(&self) -> bool {
        self.faults.values().any(|fault| fault.severity == Severity::Fatal)
    }

    /// Takes over another log's counts.
    pub(crate) fn merge(&mut self, other: Self) {
        for (code, count) in other.applied {
            *self.applied.entry(code).or_default() += count;
        }
        for (key, fault) in other.faults {
            let Some(mine) = self.faults.get_mut(&key) else {
                self.faults.insert(key, fault);
                continue;
            };
            mine.count += fault.count;
            let room = MAX_EXAMPLES - mine.examples.len().min(MAX_EXAMPLES);
            mine.examples.extend(fault.examples.into_iter().take(room));
        }
    }

    /// The faults, worst first, and the count of every check that ran.
    pub(crate) fn finish(self) -> (Vec<Fault>, BTreeMap<&'static str, u64>) {
        let mut faults: Vec<_> = self.faults.into_values().collect();
        faults.sort_by(|a, b| (a.severity, a.check, &a.table).cmp(&(b.severity, b.check, &b.table)));
        (faults, self.applied)
    }

    /// Lets a fatal fault pass as a warning, because the user accepted it.
    pub(crate) fn accept(&mut self, code: &'static str) {
        for ((_, _), fault) in self.faults.iter_mut().filter(|((one, _), _)| *one == code) {
            fault.severity = Severity::Warning;
        }
    }
}

fn new_fault(check: &'static Check, table: &str) -> Fault {
    Fault {
        check: &check.code,
        id: &check.id,
        name: &check.name,
        severity: check.severity,
        table: (!table.is_empty()).then(|| table.to_owned()),
        count: 0,
        hint: &check.action,
        examples: Vec::new(),
    }
}
