//! Imports（历次导入）: what became of each delivery, kept in the lake's folder as `imports/0001.json`, also of those that loaded nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use lake::intake::Report;
use serde_json::{Value, json};

use crate::files;
use crate::today::now_text;

/// A kept report.
pub(crate) struct Kept {
    /// Place in the order of imports, from 1.
    pub(crate) number: usize,
    /// When, and the report as `import --json` prints it.
    pub(crate) imported_at: String,
    pub(crate) report: Value,
}

/// Keeps the report of an import under the next number, which it returns.
pub(crate) fn keep(lake: &Path, report: &Report) -> Result<usize> {
    let folder = lake.join("imports");
    files::make_folder(&folder)?;
    let number = numbered(&folder)?.last().map_or(1, |(number, _)| number + 1);
    let kept = json!({ "imported_at": now_text(), "report": report.json() });
    files::write_whole(&folder.join(format!("{number:04}.json")), &serde_json::to_vec_pretty(&kept)?)?;
    Ok(number)
}

/// All kept reports, the newest first. Imports of older releases left none.
pub(crate) fn all(lake: &Path) -> Result<Vec<Kept>> {
    let read = |(number, path): (usize, PathBuf)| {
        let kept: Value =
            serde_json::from_slice(&files::bytes(&path)?).with_context(|| format!("{} 无法读取", path.display()))?;
        let imported_at = kept["imported_at"].as_str().unwrap_or_default().to_owned();
        Ok(Kept { number, imported_at, report: kept["report"].clone() })
    };
    numbered(&lake.join("imports"))?.into_iter().rev().map(read).collect()
}

/// Files by their numbers, the first first.
fn numbered(folder: &Path) -> Result<Vec<(usize, PathBuf)>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("无法打开目录 {}", folder.display()))? {
        let path = entry?.path();
        let number = files::name(&path).strip_suffix(".json").and_then(|stem| stem.parse().ok());
        found.extend(number.map(|number: usize| (number, path)));
    }
    found.sort();
    Ok(found)
}
