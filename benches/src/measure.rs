//! What one phase took: time, processor, memory, as the process itself sees it.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Clock ticks a second in `/proc`: fixed by the kernel's interface, whatever its own clock does.
const TICKS: f64 = 100.0;

/// Measured（实测值）: what a phase prints, and a peer's script likewise.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Wall seconds of the work, without the start of the process.
    pub(crate) seconds: f64,
    /// Processor seconds of the whole process.
    pub(crate) cpu_seconds: f64,
    /// Highest resident memory in KiB.
    pub(crate) peak_kib: u64,
    /// Rows gone through.
    pub(crate) rows: u64,
    /// Seconds of parts, by name.
    #[serde(default)]
    pub(crate) parts: BTreeMap<String, f64>,
    /// Counts by rule.
    #[serde(default)]
    pub(crate) hits: BTreeMap<String, i64>,
}

/// Measures from its making to its end.
pub(crate) struct Stopwatch {
    begin: Instant,
    measured: Measured,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { begin: Instant::now(), measured: Measured::default() }
    }

    /// Notes a part that took from `since` until now.
    pub(crate) fn part(&mut self, name: &str, since: Instant) {
        self.measured.parts.insert(name.to_owned(), since.elapsed().as_secs_f64());
    }

    pub(crate) fn end(mut self, rows: u64) -> Result<Measured> {
        self.measured.seconds = self.begin.elapsed().as_secs_f64();
        self.measured.rows = rows;
        self.measured.peak_kib = peak_kib()?;
        self.measured.cpu_seconds = cpu_seconds()?;
        Ok(self.measured)
    }
}

fn peak_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the system tells no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

fn cpu_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The second field is the program's name in parentheses and may hold blanks.
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat is not as documented")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| -> Result<f64> { Ok(fields.get(index).context("/proc/self/stat is too short")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) / TICKS)
}
