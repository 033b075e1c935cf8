//! The repository's test of itself. Each module is one law; each fault says where, what, and what to do.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::glossary;
use crate::repository::{TextFile, text_files};

mod arrows;
mod rule_base;
mod sizes;
mod terms;
mod words;

/// Something that breaks a law of the house, or comes close to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    place: String,
    problem: String,
    warning: bool,
}

impl Fault {
    fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into(), warning: false }
    }

    fn warning(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into(), warning: true }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.warning { "warning" } else { "fault" };
        write!(f, "{word}: {}: {}", self.place, self.problem)
    }
}

/// Runs all laws; prints every fault, not only the first.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let files = text_files(root)?;
    let mut faults = arrows::check(root)?;
    faults.extend(sizes::check(&files));
    faults.extend(words::check(&files));
    faults.extend(terms::check(&files, &exempt(root)));
    faults.extend(fresh(root, glossary::PATH, &glossary::text(&files), "cargo xtask glossary"));
    faults.extend(rule_base::check(root, &files));
    for fault in &faults {
        eprintln!("{fault}");
    }
    let broken = faults.iter().filter(|fault| !fault.warning).count();
    println!("tidy: {} files, {broken} faults, {} warnings", files.len(), faults.len() - broken);
    Ok(broken == 0)
}

/// A generated file must say what its generator says today.
fn fresh(root: &Path, path: &str, expected: &str, command: &str) -> Option<Fault> {
    let found = fs::read_to_string(root.join(path)).unwrap_or_default();
    (found != expected).then(|| Fault::new(path, format!("is not fresh: run `{command}` and commit the result")))
}

/// Types that are no words of the field, one a line, `#` for comments.
fn exempt(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join(terms::EXEMPT)).unwrap_or_default();
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Files that are somebody else's text or generated rows, where words mean nothing.
fn is_rows(file: &TextFile) -> bool {
    file.has_extension("csv") || file.has_extension("lock")
}
