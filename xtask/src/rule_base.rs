//! Generated files of the rule base: `rules/rules.lock` and `rules/rule.schema.json`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use rulebook::{Rule, RuleFault, lock, schema};

use crate::repository::{TextFile, text_files};

/// Code, version and hash of meaning of every rule.
pub(crate) const LOCK: &str = "rules/rules.lock";
/// What a rule file may say, for editors.
pub(crate) const SCHEMA: &str = "rules/rule.schema.json";

/// The rules of the tree, or every fault that keeps one from being read.
pub(crate) fn rules(files: &[TextFile]) -> Result<Vec<Rule>, Vec<RuleFault>> {
    let mut rules = Vec::new();
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("rules/") && file.has_extension("toml")) {
        match Rule::parse(&file.path, &file.text) {
            Ok(rule) => rules.push(rule),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() { Ok(rules) } else { Err(faults) }
}

/// Writes the lock. A meaning that changed under an unchanged version is refused, or the lock would forget what it guards.
pub(crate) fn write_lock(root: &Path) -> Result<bool> {
    let before = fs::read_to_string(root.join(LOCK)).unwrap_or_default();
    let found = rules(&text_files(root)?).and_then(|rules| {
        let silent = lock::check(&before, &rules);
        if silent.is_empty() { Ok(rules) } else { Err(silent) }
    });
    match found {
        Ok(rules) => write(root, LOCK, &lock::lock_text(&rules)),
        Err(faults) => {
            for fault in &faults {
                eprintln!("fault: {}: {}: {}", fault.file, fault.key, fault.problem);
            }
            Ok(false)
        }
    }
}

/// Writes the schema.
pub(crate) fn write_schema(root: &Path) -> Result<bool> {
    write(root, SCHEMA, &schema::schema_text())
}

fn write(root: &Path, path: &str, text: &str) -> Result<bool> {
    fs::write(root.join(path), text).with_context(|| format!("cannot write {path}"))?;
    println!("wrote {path}");
    Ok(true)
}
