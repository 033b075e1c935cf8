//! Phases, each in a process of its own, and the rounds in which they alternate.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use crate::figures::Figures;
use crate::load::lake_folder;
use crate::measure::{Measured, Stopwatch};
use crate::rules::RuleSet;
use crate::{Settings, audit, city, load, peer};

/// One phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Phase {
    City,
    Import,
    Floor,
    /// Reads folders, and does nothing with them.
    Folders,
    /// Makes charts of the folders.
    Charts,
    Run,
}

/// Carries a phase out in this process, and prints what it took.
pub(crate) fn here(phase: Phase, settings: &Settings) -> Result<()> {
    let measured = match phase {
        Phase::City => {
            let stopwatch = Stopwatch::start();
            let lines = city::make(settings)?.lines;
            stopwatch.end(lines)?
        }
        Phase::Import => load::import(settings)?,
        Phase::Floor => audit::floor(settings)?,
        Phase::Folders => audit::walked(settings, |folder| folder.lines.len())?,
        Phase::Charts => {
            audit::walked(settings, |folder| claims::chart::chart(folder, &claims::chart::Norms::default()).lines.len())?
        }
        Phase::Run => audit::run(settings)?,
    };
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

/// Rounds: everything in turn, so often.
pub(crate) struct Rounds<'a> {
    settings: &'a Settings,
}

impl<'a> Rounds<'a> {
    pub(crate) fn new(settings: &'a Settings) -> Result<Self> {
        ensure!(settings.rounds > 0 && settings.threads > 0, "rounds and threads must be at least 1");
        let rounds = Self { settings };
        if !city::is_made(settings) {
            rounds.child(Phase::City)?;
        }
        Ok(rounds)
    }

    pub(crate) fn import(&self, figures: &mut Figures) -> Result<()> {
        figures.bytes = load::bytes(&city::extract(self.settings)?)?;
        for round in 1..=self.settings.rounds {
            eprintln!("import, round {round} of {}", self.settings.rounds);
            if !self.settings.without_peer {
                figures.peer_import.push(said("peer", peer::import(self.settings)?));
            }
            figures.import.push(self.child(Phase::Import)?);
        }
        Ok(())
    }

    pub(crate) fn run(&self, figures: &mut Figures) -> Result<()> {
        self.prepare()?;
        city::write_knowledge(self.settings, &city::pack(self.settings)?)?;
        for round in 1..=self.settings.rounds {
            eprintln!("run, round {round} of {}", self.settings.rounds);
            figures.floor.push(self.child(Phase::Floor)?);
            figures.run.push(self.child(Phase::Run)?);
            if !self.settings.without_peer {
                figures.peer_rules.push(said("peer", peer::rules(self.settings)?));
            }
        }
        Ok(())
    }

    /// Few rules and more rules in turn.
    pub(crate) fn added(&self, figures: &mut Figures) -> Result<()> {
        if !lake_folder(self.settings).exists() {
            self.child(Phase::Import)?;
        }
        for round in 1..=self.settings.rounds {
            eprintln!("added rules, round {round} of {}", self.settings.rounds);
            figures.few.push(self.child_with(Phase::Run, RuleSet::Few)?);
            figures.added.push(self.child_with(Phase::Run, RuleSet::Added)?);
        }
        Ok(())
    }

    /// The audit needs what the import leaves; where nobody has imported, that is done first, unmeasured.
    fn prepare(&self) -> Result<()> {
        if !lake_folder(self.settings).exists() {
            self.child(Phase::Import)?;
        }
        if !self.settings.without_peer && !self.settings.dir.join("duckdb").exists() {
            peer::import(self.settings)?;
        }
        Ok(())
    }

    fn child(&self, phase: Phase) -> Result<Measured> {
        self.child_with(phase, self.settings.rules)
    }

    fn child_with(&self, phase: Phase, rules: RuleSet) -> Result<Measured> {
        let (word, rules) = (word(&phase)?, word(&rules)?);
        let output = Command::new(std::env::current_exe()?)
            .args([
                "phase",
                &word,
                "--persons",
                &self.settings.persons.to_string(),
                "--threads",
                &self.settings.threads.to_string(),
                "--rules",
                &rules,
            ])
            .arg("--dir")
            .arg(&self.settings.dir)
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(output.status.success(), "phase {word} failed");
        Ok(said(&word, serde_json::from_slice(&output.stdout)?))
    }
}

/// As it is written on the command line.
fn word(value: &impl ValueEnum) -> Result<String> {
    Ok(value.to_possible_value().context("every value has a name")?.get_name().to_owned())
}

fn said(name: &str, measured: Measured) -> Measured {
    let mib = measured.peak_kib / 1024;
    eprintln!("  {name}: {:.2} s, processor {:.2} s, {mib} MiB, {} rows", measured.seconds, measured.cpu_seconds, measured.rows);
    measured
}
