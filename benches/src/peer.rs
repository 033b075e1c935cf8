//! The peer: DuckDB by its Python package, in scripts beside this program.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::measure::Measured;
use crate::{Settings, city};

/// DuckDB copies every table of the extract into sorted Parquet.
pub(crate) fn import(settings: &Settings) -> Result<Measured> {
    script(settings, "duckdb_import.py", &[&city::folder(settings), &settings.dir.join("duckdb")])
}

/// DuckDB judges the same data by one query a rule.
pub(crate) fn rules(settings: &Settings) -> Result<Measured> {
    script(settings, "duckdb_rules.py", &[&settings.dir.join("duckdb"), &settings.dir.join("knowledge")])
}

fn script(settings: &Settings, name: &str, arguments: &[&Path]) -> Result<Measured> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let output = Command::new(&settings.python)
        .arg(&script)
        .args(["--threads", &settings.threads.to_string()])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{} cannot be started", settings.python.display()))?;
    ensure!(output.status.success(), "{name} failed");
    serde_json::from_slice(&output.stdout).with_context(|| format!("{name} printed something else than its figures"))
}
