//! What is said, and where: answers on standard output, faults and progress on standard error.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Screen（输出）: how the user wants to be answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    json: bool,
    quiet: bool,
}

impl Screen {
    pub(crate) const fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// The same, with nothing said but faults; for the steps of a longer command.
    pub(crate) const fn silent() -> Self {
        Self { json: false, quiet: true }
    }

    /// What the command was asked for: as JSON, or as text, however quiet.
    pub(crate) fn answer(&self, report: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        if self.json { Self::print_json(report) } else { Self::print(&text()) }
    }

    /// What the command did: as JSON, or as text unless quiet.
    pub(crate) fn summary(&self, report: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        if self.json || !self.quiet { self.answer(report, text) } else { Ok(()) }
    }

    /// Text to standard output, ended by one line end.
    pub(crate) fn print(text: &str) -> Result<()> {
        let mut out = stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        Ok(out.flush()?)
    }

    fn print_json(report: &impl Serialize) -> Result<()> {
        let mut out = stdout().lock();
        serde_json::to_writer_pretty(&mut out, report)?;
        out.write_all(b"\n")?;
        Ok(out.flush()?)
    }

    /// A word on what is going on.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(stderr(), "{text}");
        }
    }

    /// Something refused, invalid or broken: always said.
    #[expect(clippy::unused_self, reason = "faults are said to whoever holds the screen, in whichever mode")]
    pub(crate) fn fault(&self, text: &str) {
        let _ = writeln!(stderr(), "{text}");
    }

    /// A progress bar with rate and remaining time; seen only on a terminal.
    pub(crate) fn bar(&self, total: u64, unit: &str) -> ProgressBar {
        if self.quiet || !stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let (done, rate) = match unit {
            "B" => ("{bytes}/{total_bytes}", "{bytes_per_sec}"),
            _ => ("{human_pos}/{human_len}", "{per_sec}"),
        };
        let template = format!("{{msg}} {{bar:30}} {done} {rate} 剩余 {{eta}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

/// At most so many faults are said one by one; the report has them all.
pub(crate) const FAULTS_SAID: usize = 20;

/// Says the first faults, and how many more there are.
pub(crate) fn say_faults<T: ToString>(screen: &Screen, faults: &[T]) {
    for fault in faults.iter().take(FAULTS_SAID) {
        screen.fault(&fault.to_string());
    }
    if faults.len() > FAULTS_SAID {
        screen.fault(&format!("……另有 {} 条，用 --json 查看全部", faults.len() - FAULTS_SAID));
    }
}
