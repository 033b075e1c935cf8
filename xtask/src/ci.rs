//! What CI runs, so that nobody has to guess it: one script, called from here and from the machine.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// Runs `.ci/run` and reports whether it succeeded.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let status = Command::new("bash").arg(".ci/run").current_dir(root).status().context("cannot start bash for .ci/run")?;
    Ok(status.success())
}
