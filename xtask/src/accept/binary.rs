//! The built binary, driven as a user drives it: arguments in, exit status and output out.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use super::Options;

/// The binary under test.
pub(super) struct Mingcha {
    program: PathBuf,
}

/// What a finished command left behind.
pub(super) struct Outcome {
    pub(super) status: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
    command: String,
}

impl Outcome {
    /// The outcome, if its exit status is one of these.
    pub(super) fn done(self, lawful: &[i32]) -> Result<Self> {
        let Self { status, command, stderr, .. } = &self;
        ensure!(lawful.contains(status), "`{command}` ended with status {status}, expected one of {lawful:?}: {}", tail(stderr));
        Ok(self)
    }

    /// The machine-readable report on standard output.
    pub(super) fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("`{}` printed no JSON: {}", self.command, tail(&self.stdout)))
    }
}

fn tail(text: &str) -> String {
    let trimmed = text.trim();
    let skip = trimmed.chars().count().saturating_sub(600);
    trimmed.chars().skip(skip).collect()
}

impl Mingcha {
    /// The binary that was named, or the one that the workspace builds.
    pub(super) fn find(root: &Path, options: &Options) -> Result<Self> {
        if let Some(program) = &options.binary {
            ensure!(program.is_file(), "{} is not a file", program.display());
            return Ok(Self { program: program.canonicalize()? });
        }
        // All targets, as the tests build them: another package or target set would unify features anew and build DataFusion again.
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--workspace", "--all-targets"]).current_dir(root);
        // `cargo xtask` sets these for its own package. Build scripts watch some of them, and would build half the world again.
        for (name, _) in std::env::vars_os() {
            let own = name.to_str().is_some_and(|n| n.starts_with("CARGO_PKG_") || n.starts_with("CARGO_MANIFEST_"));
            if own || name == "CARGO" || name == "OUT_DIR" {
                build.env_remove(name);
            }
        }
        if options.release {
            build.arg("--release");
        }
        ensure!(build.status().context("cannot start cargo build")?.success(), "the workspace does not build");
        let profile = if options.release { "release" } else { "debug" };
        let program = target_directory(root)?.join(profile).join(format!("mingcha{}", std::env::consts::EXE_SUFFIX));
        ensure!(program.is_file(), "the build left no {}", program.display());
        Ok(Self { program })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        // What the caller's shell has set must not decide a check.
        command.args(arguments).env_remove("MINGCHA_LAKE").env_remove("MINGCHA_DB").stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Outcome> {
        let output = self.command(arguments).output().with_context(|| format!("cannot start {}", self.program.display()))?;
        Ok(Outcome {
            // Without a status it was killed by a signal, which no contract allows.
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            command: format!("mingcha {}", arguments.join(" ")),
        })
    }

    /// Starts a command and lets it run.
    pub(super) fn spawn(&self, arguments: &[&str]) -> Result<Child> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().with_context(|| format!("cannot start {}", self.program.display()))
    }

    /// Runs a command and watches its peak resident memory, in KiB; none where the system does not tell.
    pub(super) fn run_watched(&self, arguments: &[&str]) -> Result<(i32, Option<u64>)> {
        let mut child = self.spawn(arguments)?;
        let mut peak = None;
        loop {
            peak = peak_kib(child.id()).max(peak);
            if let Some(status) = child.try_wait()? {
                return Ok((status.code().unwrap_or(-1), peak));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Rows of a query over a lake.
    pub(super) fn sql(&self, lake: &Path, query: &str) -> Result<Vec<Map<String, Value>>> {
        let lake = lake.display().to_string();
        let answer = self.run(&["sql", "--lake", &lake, query, "--json"])?.done(&[0])?.json()?;
        let Value::Array(rows) = answer else { bail!("`sql --json` printed no array for: {query}") };
        rows.into_iter().map(|row| row.as_object().cloned().context("a row of `sql --json` is no object")).collect()
    }

    /// The only value of a query, as text.
    pub(super) fn sql_value(&self, lake: &Path, query: &str) -> Result<String> {
        let rows = self.sql(lake, query)?;
        let value = rows.first().and_then(|row| row.values().next()).with_context(|| format!("no row for: {query}"))?;
        Ok(super::report::plain(value))
    }

    /// The only value of a query, as a whole number.
    pub(super) fn sql_count(&self, lake: &Path, query: &str) -> Result<i64> {
        let text = self.sql_value(lake, query)?;
        text.parse().with_context(|| format!("`{text}` is no whole number: {query}"))
    }
}

/// High-water mark of resident memory, as the kernel keeps it.
fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn target_directory(root: &Path) -> Result<PathBuf> {
    let output =
        Command::new(env!("CARGO")).args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata did not print JSON")?;
    metadata["target_directory"].as_str().map(PathBuf::from).context("cargo metadata names no target directory")
}
