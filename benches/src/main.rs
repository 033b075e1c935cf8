//! Benches: import and audit over a synthetic city, against the decode floor and against DuckDB, in one run.
//!
//! ```text
//! cargo run --release -p benches -- all --persons 50000 --dir FOLDER
//! ```
//!
//! Every phase is a child process, so that each has a peak of memory of its own; our phases and the peer's alternate, so that
//! a busy machine slows both. `docs/benchmarks.md` says how the figures are to be read.

mod audit;
mod city;
mod figures;
mod load;
mod measure;
mod peer;
mod phase;
mod realtime;
mod rules;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

use figures::Figures;
use phase::{Phase, Rounds};
use rules::RuleSet;

/// The allocator of the binary that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures, and prints a Markdown table.
#[derive(Debug, Parser)]
#[command(name = "benches")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Import against the peer's sorted copy
    Import(Settings),
    /// Audit against the decode floor and the peer's queries
    Run(Settings),
    /// Both
    All(Settings),
    /// What a hundred line rules more cost: an audit by 48 rules and one by 148, in turn
    Added(Settings),
    /// Single visits, as hospitals ask about them: the rules alone, and over HTTP
    Realtime(realtime::Settings),
    /// One phase in this process; the other commands start these
    #[command(hide = true)]
    Phase {
        /// Which.
        phase: Phase,
        #[command(flatten)]
        settings: Settings,
    },
}

/// What to measure with.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Settings {
    /// Persons of the synthetic city; 50,000 have some ten million fee lines a year
    #[arg(long, default_value_t = 50_000)]
    pub(crate) persons: usize,
    /// Folder for city, lakes and the peer's files; what is there is used again
    #[arg(long, default_value = "target/benches")]
    pub(crate) dir: PathBuf,
    /// How often everything is measured; the median counts
    #[arg(long, default_value_t = 3)]
    pub(crate) rounds: usize,
    /// Threads of every contestant
    #[arg(long, default_value_t = 2)]
    pub(crate) threads: usize,
    /// Interpreter that has the package `duckdb`
    #[arg(long, default_value = "python3")]
    pub(crate) python: PathBuf,
    /// Only ourselves
    #[arg(long)]
    pub(crate) without_peer: bool,
    /// Which rules to run
    #[arg(long, value_enum, default_value_t)]
    pub(crate) rules: RuleSet,
}

fn main() -> Result<()> {
    match Arguments::parse().what {
        What::Phase { phase, settings } => phase::here(phase, &settings),
        What::Import(settings) => measured(&settings, true, false),
        What::Run(settings) => measured(&settings, false, true),
        What::All(settings) => measured(&settings, true, true),
        What::Added(settings) => added(&settings),
        What::Realtime(settings) => realtime::measured(&settings),
    }
}

fn measured(settings: &Settings, import: bool, run: bool) -> Result<()> {
    std::fs::create_dir_all(&settings.dir)?;
    let rounds = Rounds::new(settings)?;
    let mut figures = Figures::default();
    if import {
        rounds.import(&mut figures)?;
    }
    if run {
        rounds.run(&mut figures)?;
    }
    figures.print();
    Ok(())
}

fn added(settings: &Settings) -> Result<()> {
    std::fs::create_dir_all(&settings.dir)?;
    let mut figures = Figures::default();
    Rounds::new(settings)?.added(&mut figures)?;
    figures.print_added();
    Ok(())
}
