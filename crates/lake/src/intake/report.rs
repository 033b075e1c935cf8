//! The import report（导入报告）, in the shape that the contract fixes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::acceptance::{Acceptance, Pass};
use super::fault::{Fault, Severity};

/// Report（导入报告）: what became of a delivery.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Profile.
    pub profile: String,
    /// Whether anything was to be loaded: not by `check`.
    pub checked_only: bool,
    /// Whether the delivery stands in the lake.
    pub loaded: bool,
    /// Number of the delivery, where something was loaded.
    pub delivery: Option<i64>,
    /// Version of the lake afterwards.
    pub lake_version: Option<u64>,
    /// Files, in the order in which they were read.
    pub files: Vec<FileReport>,
    /// By national table.
    pub tables: BTreeMap<String, TableReport>,
    /// Faults, worst first.
    pub faults: Vec<Fault>,
    /// Every check that ran, by its short name, with how often it found something: zero is an answer.
    pub checks: BTreeMap<&'static str, u64>,
    /// The twelve acceptance checks.
    pub acceptance: Vec<Acceptance>,
    /// What else people should know, in Chinese.
    pub warnings: Vec<String>,
    /// Folder with the refused rows, relative to the lake.
    pub quarantine: Option<String>,
}

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Name.
    pub file: String,
    /// What it is: name of the source table.
    pub source: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub digest: String,
    /// Records, without the header.
    pub rows: u64,
    /// Loaded before, with the same content.
    pub already_loaded: bool,
}

/// One table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Rows made from the files.
    pub rows_read: u64,
    /// Rows that now stand in the lake because of this delivery.
    pub rows_loaded: u64,
    /// Rows in quarantine.
    pub rows_rejected: u64,
    /// Rows that the lake had already, with the same content.
    pub rows_duplicate: u64,
    /// Rows that the lake had with other content; these now stand. They count as loaded too.
    pub rows_revised: u64,
    /// Amount of the rows read, in fen.
    pub amount_read_fen: i64,
    /// Amount of the rows loaded, in fen.
    pub amount_loaded_fen: i64,
}

impl Report {
    /// Whether a fault forbade loading.
    pub fn is_fatal(&self) -> bool {
        self.faults.iter().any(|fault| fault.severity == Severity::Fatal)
    }

    /// The exit status of the command: 0 all in order, 1 something refused or found invalid, 3 fatal and nothing loaded.
    pub fn exit_status(&self) -> u8 {
        if self.is_fatal() {
            return if self.checked_only { 1 } else { 3 };
        }
        let refused = self.tables.values().any(|table| table.rows_rejected > 0)
            || self.faults.iter().any(|fault| fault.severity == Severity::Error);
        let failed = self.acceptance.iter().any(|check| check.pass == Pass::No);
        u8::from(refused || failed)
    }

    /// The report as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
