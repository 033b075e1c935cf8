//! Chores of the repository: what a reviewer would otherwise have to remember is checked here.
//!
//! `cargo xtask tidy` tests the repository itself, `cargo xtask accept` drives the built binary over real data as a user would.

use std::process::ExitCode;

use anyhow::{Result, bail};

mod accept;
mod ci;
mod glossary;
mod mutants;
mod repository;
mod rule_base;
mod terms;
mod tidy;

const USAGE: &str = "\
cargo xtask tidy                     test the repository itself: arrows, sizes, names, terms, generated files
cargo xtask glossary                 write docs/glossary.md from the doc comments of the pure crates
cargo xtask lock                     write rules/rules.lock; a meaning changed under an old version is refused
cargo xtask schema                   write rules/rule.schema.json, for editors of rule files
cargo xtask mutants --bin FILE       try the mutants of every changed rule that is a SELECT; writes rules/mutants.lock
cargo xtask accept [NAME…] [OPTION…] run the acceptance checks over real data (see `cargo xtask accept --help`)
cargo xtask accuracy [OPTION…]       measure recall and precision over a planted city; writes docs/accuracy.md (see `--help`)
cargo xtask ci                       run what CI runs
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Runs one chore; `false` means that it ran and found something wrong.
fn dispatch(arguments: &[String]) -> Result<bool> {
    let Some((chore, rest)) = arguments.split_first() else {
        print!("{USAGE}");
        return Ok(true);
    };
    let root = repository::root();
    match chore.as_str() {
        "tidy" => tidy::run(&root),
        "glossary" => glossary::write(&root),
        "lock" => rule_base::write_lock(&root),
        "schema" => rule_base::write_schema(&root),
        "mutants" => mutants::run(&root, rest),
        "accept" => accept::run(&root, rest),
        "accuracy" => accept::accuracy::run(&root, rest),
        "ci" => ci::run(&root),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(true)
        }
        other => bail!("there is no chore `{other}`\n\n{USAGE}"),
    }
}
