//! The bench on which a check works: the binary, the folders, and the table of what was measured.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::Options;
use super::binary::Mingcha;

/// Runs of fewer persons leave out what takes long, unless it is named.
const FULL_RUN_PERSONS: u64 = 20_000;

/// Outcome of one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Pass,
    Fail,
    Skip,
}

impl Mark {
    const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Skip => "skipped",
        }
    }
}

struct Row {
    check: &'static str,
    what: String,
    measured: String,
    expected: String,
    mark: Mark,
}

/// Everything a check needs, and where it writes what it measured.
pub(super) struct Bench<'a> {
    /// The repository.
    pub(super) root: &'a Path,
    pub(super) mingcha: &'a Mingcha,
    pub(super) options: &'a Options,
    shared: Option<PathBuf>,
    scratch: &'a Path,
    check: &'static str,
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        root: &'a Path,
        mingcha: &'a Mingcha,
        options: &'a Options,
        shared: Option<PathBuf>,
        scratch: &'a Path,
    ) -> Self {
        Self { root, mingcha, options, shared, scratch, check: "", rows: Vec::new(), notes: Vec::new() }
    }

    pub(super) fn begin(&mut self, check: &'static str) {
        eprintln!("accept: {check} …");
        self.check = check;
    }

    pub(super) fn has_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// A file or folder of the real data.
    pub(super) fn data(&self, path: &str) -> Result<PathBuf> {
        let shared = self.shared.as_ref().context("the real data is not beside this repository")?;
        let found = shared.join("data").join(path);
        ensure!(found.exists(), "{} is not there", found.display());
        Ok(found)
    }

    /// An empty folder of this check's own.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.scratch.join(self.check).join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// A synthetic city, made once for all checks that ask for the same one.
    pub(super) fn city(&self, persons: u64, plant: &str) -> Result<PathBuf> {
        let folder = self.scratch.join(format!("city-{persons}-{plant}"));
        if !folder.exists() {
            let (persons, out) = (persons.to_string(), folder.display().to_string());
            self.mingcha
                .run(&["synth", "--persons", &persons, "--seed", "20260302", "--plant", plant, "--out", &out])?
                .done(&[0])?;
        }
        Ok(folder)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "counts are given as they are; borrowing them would only add noise to every check"
    )]
    pub(super) fn equal<T: PartialEq + Display>(&mut self, what: &str, measured: T, expected: T) {
        let mark = if measured == expected { Mark::Pass } else { Mark::Fail };
        self.row(what, measured.to_string(), expected.to_string(), mark);
    }

    pub(super) fn holds(&mut self, what: &str, measured: impl Display, expected: impl Display, holds: bool) {
        self.row(what, measured.to_string(), expected.to_string(), if holds { Mark::Pass } else { Mark::Fail });
    }

    /// Whether a check that takes long is left out of this run.
    pub(super) fn is_too_small_for(&self, check: &str) -> bool {
        self.options.persons < FULL_RUN_PERSONS && !self.options.names.iter().any(|name| name == check)
    }

    pub(super) fn skip(&mut self, what: &str, why: &str) {
        self.row(what, why.to_owned(), String::new(), Mark::Skip);
    }

    pub(super) fn broken(&mut self, what: &str, error: &anyhow::Error) {
        self.row(what, format!("{error:#}"), "can be carried out".to_owned(), Mark::Fail);
    }

    /// Something to read below the table; no verdict.
    pub(super) fn note(&mut self, note: &str) {
        self.notes.push(format!("{}: {note}", self.check));
    }

    fn row(&mut self, what: &str, measured: String, expected: String, mark: Mark) {
        eprintln!("  {:<8} {what}: {measured}", mark.word());
        self.rows.push(Row { check: self.check, what: what.to_owned(), measured, expected, mark });
    }

    /// Prints the table and the notes; `true` when nothing failed.
    pub(super) fn print(&self) -> bool {
        println!("\n| check | what | measured | expected | |\n|---|---|---|---|---|");
        for row in &self.rows {
            let cells = [row.check, &row.what, &row.measured, &row.expected, row.mark.word()];
            let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
            println!("| {} |", cells.join(" | "));
        }
        if !self.notes.is_empty() {
            println!();
        }
        for note in &self.notes {
            println!("- {note}");
        }
        let count = |mark: Mark| self.rows.iter().filter(|row| row.mark == mark).count();
        println!("\naccept: {} passed, {} failed, {} skipped", count(Mark::Pass), count(Mark::Fail), count(Mark::Skip));
        count(Mark::Fail) == 0
    }
}
