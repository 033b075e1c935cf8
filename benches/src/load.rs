//! Import: the extract into a fresh lake.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, ensure};
use lake::intake::{self, Options, Profile, Progress, Watch};
use lake::{Config, Lake};

use crate::measure::{Measured, Stopwatch};
use crate::{Settings, city};

pub(crate) fn lake_folder(settings: &Settings) -> PathBuf {
    settings.dir.join("lake")
}

/// Loads the city into an empty lake.
pub(crate) fn import(settings: &Settings) -> Result<Measured> {
    let folder = lake_folder(settings);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let files = city::extract(settings)?;
    let mut options = Options::new(Profile::load("national")?);
    // The city plants faults; a fatal one would load nothing and measure nothing.
    options.accept_with_faults = true;
    let stopwatch = Stopwatch::start();
    let lake = Lake::open_or_create(&folder, &Config::default())?;
    let mut silent = |_: &Progress<'_>| {};
    let report = intake::import(&lake, &files, &options, &mut Watch { progress: &mut silent, cancel: &AtomicBool::new(false) })?;
    let lines = report.tables.get("fee_list_d").context("no fee lines were loaded")?.rows_loaded;
    ensure!(!report.is_fatal() && lines > 0, "the import was refused");
    let measured = stopwatch.end(lines)?;
    std::fs::write(settings.dir.join("import.json"), serde_json::to_vec_pretty(&report.json())?)?;
    Ok(measured)
}

/// Bytes of the extract.
pub(crate) fn bytes(files: &[PathBuf]) -> Result<u64> {
    let size = |file: &Path| -> Result<u64> { Ok(file.metadata()?.len()) };
    files.iter().map(|file| size(file)).sum()
}
