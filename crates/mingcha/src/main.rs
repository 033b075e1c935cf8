//! `mingcha`: the command line. One file per group of commands; what they do is done by the crates below.

#![expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "names of shipped and written files are lower case by rule"
)]
#![expect(clippy::needless_pass_by_value, reason = "an order is carried out once, and an error is told once")]
#![expect(clippy::unused_self, reason = "a page's filters are called by its template as methods")]

use std::process::ExitCode;

use clap::Parser;

mod cancel;
mod city;
mod cli;
mod data_check;
mod demo;
mod eval;
mod files;
mod findings;
mod import;
mod imports;
mod institutions;
mod kit;
mod knowledge;
mod lake_care;
mod number;
mod pack;
mod place;
mod published;
mod realtime;
mod report;
mod risk;
mod rows;
mod rule;
mod run;
mod runs;
mod runtime;
mod screen;
mod serve;
mod sql;
mod status;
mod today;
mod usage;

use cli::Cli;
use screen::Screen;

/// Charts are made and dropped by the million; the system's allocator would be a fifth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::explain(&error),
    };
    let screen = Screen::new(cli.json, cli.quiet);
    status::exit_code(cli.command.run(&screen), &screen)
}
