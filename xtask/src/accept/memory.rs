//! A file four times larger than the memory limit imports within it: import sorts on disk, not in memory.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::bench::Bench;

const TIMES: u64 = 4;
const SAMPLE_PERSONS: u64 = 500;
const MIB: u64 = 1024 * 1024;

pub(super) fn check(bench: &mut Bench<'_>) -> Result<()> {
    if bench.is_too_small_for("memory") {
        bench.skip("a file larger than memory", "left out of a small run: name it (`cargo xtask accept memory`) to run it");
        return Ok(());
    }
    let limit = bench.options.memory_mib;
    let city = city_of(bench, TIMES * limit * MIB)?;
    let size = largest_file(&city)?;
    bench.holds("largest file, MiB", size / MIB, format!("≥ {}", TIMES * limit), size >= TIMES * limit * MIB);

    let lake = bench.folder("lake")?;
    let (from, at, memory) = (city.display().to_string(), lake.display().to_string(), format!("{limit}MiB"));
    let (status, peak) = bench.mingcha.run_watched(&["import", &from, "--lake", &at, "--memory", &memory, "--json"])?;
    bench.holds("exit status of import", status, "0 or 1", status == 0 || status == 1);
    match peak {
        Some(kib) => bench.holds("peak resident memory, MiB", kib / 1024, format!("≤ {limit}"), kib <= limit * 1024),
        None => bench.skip("peak resident memory", "this system does not tell it (no /proc)"),
    }
    let lines = bench.mingcha.sql_count(&lake, "SELECT count(*) AS n FROM fee_list_d")?;
    bench.holds("lines loaded", lines, "more than 0", lines > 0);
    fs::remove_dir_all(&city).context("cannot remove the large city")?;
    Ok(())
}

/// A city whose fee lines are one file of at least this many bytes; how many persons that takes is measured on a small one.
fn city_of(bench: &Bench<'_>, bytes: u64) -> Result<PathBuf> {
    let sample = lines_by_month(&bench.city(SAMPLE_PERSONS, "none")?)?;
    let sample: u64 = sample.iter().map(|file| Ok(file.metadata()?.len())).sum::<Result<u64>>()?;
    ensure!(sample > 0, "the sample city is empty");
    // A tenth more, because persons differ.
    let persons = (bytes * SAMPLE_PERSONS / sample) * 11 / 10 + 1;
    let city = bench.city(persons, "none")?;
    joined(&lines_by_month(&city)?, &city.join("fee_list_d_all.csv"))?;
    Ok(city)
}

/// The files of fee lines: one a month.
fn lines_by_month(city: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(city).with_context(|| format!("cannot list {}", city.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("fee_list_d_")));
    files.sort();
    Ok(files)
}

/// Makes one file of several with the same header, and removes them.
fn joined(files: &[PathBuf], into: &Path) -> Result<()> {
    let mut out = BufWriter::new(File::create(into).with_context(|| format!("cannot write {}", into.display()))?);
    for (number, file) in files.iter().enumerate() {
        let mut lines = BufReader::new(File::open(file)?);
        let mut header = Vec::new();
        lines.read_until(b'\n', &mut header)?;
        if number == 0 {
            out.write_all(&header)?;
        }
        io::copy(&mut lines, &mut out)?;
        fs::remove_file(file)?;
    }
    Ok(out.flush()?)
}

fn largest_file(folder: &Path) -> Result<u64> {
    let mut largest = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let size = if path.is_dir() { largest_file(&path)? } else { path.metadata()?.len() };
        largest = largest.max(size);
    }
    Ok(largest)
}
