//! `cargo xtask accept`: drives the built binary over real data, as a user would, and prints what came out beside what must.
//!
//! The real data lies beside the repository (`../shared/data`) and is never part of it; where it is absent, the checks that
//! need it say so and are skipped. Everything else these checks know is the contract: commands, exit statuses, report shapes.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

pub(crate) mod accuracy;
mod bench;
mod binary;
mod city;
mod front_pages;
mod kill;
mod knowledge;
mod medimodel;
mod memory;
mod problem_list;
mod provider_fraud;
mod report;
mod risk_ranking;
mod shared;
mod stays_by_hand;
mod synthea;

use bench::Bench;

const USAGE: &str = "\
cargo xtask accept [NAME…] [--persons N] [--rounds N] [--seed N] [--memory-mib N] [--shared DIR] [--bin FILE] [--release] [--keep]

NAME          checks to run, all if none is given (see the list below)
--persons     size of the synthetic city (20000); under 20000 the checks of city and memory run only when named
--rounds      how often import and run are killed (4)
--seed        seed of the moments at which they are killed (20260302)
--memory-mib  memory limit of the memory check (512)
--shared      folder with the real data (../shared)
--bin         binary to drive; otherwise the workspace is built first
--release     build and drive the release profile
--keep        leave the temporary folder in place and say where it is
";

/// One acceptance check: alone in its file, runnable alone.
struct Check {
    name: &'static str,
    about: &'static str,
    needs_shared: bool,
    body: fn(&mut Bench<'_>) -> Result<()>,
}

const CHECKS: [Check; 8] = [
    Check {
        name: "provider-fraud",
        about: "foreign inpatient claims load to the unit",
        needs_shared: true,
        body: provider_fraud::check,
    },
    Check {
        name: "risk",
        about: "risk scores rank labelled providers above their amount; stays agree with brute force",
        needs_shared: true,
        body: risk_ranking::check,
    },
    Check {
        name: "synthea",
        about: "header/detail check fails at 3.3 %, transfers are not charges",
        needs_shared: true,
        body: synthea::check,
    },
    Check {
        name: "front-pages",
        about: "1,000 front pages load, sex and age rules find nothing",
        needs_shared: true,
        body: front_pages::check,
    },
    Check {
        name: "knowledge",
        about: "2,693 published points and 236 typical problems agree with their sources",
        needs_shared: true,
        body: knowledge::check,
    },
    Check {
        name: "city",
        about: "recall and precision on planted schemes, none in a clean city",
        needs_shared: false,
        body: city::check,
    },
    Check {
        name: "memory",
        about: "a file four times the memory limit imports within it",
        needs_shared: false,
        body: memory::check,
    },
    Check {
        name: "kill",
        about: "kill -9 in import and in run: nothing lost, nothing doubled",
        needs_shared: false,
        body: kill::check,
    },
];

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    names: Vec<String>,
    persons: u64,
    rounds: u32,
    seed: u64,
    memory_mib: u64,
    shared: Option<PathBuf>,
    binary: Option<PathBuf>,
    release: bool,
    keep: bool,
    help: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            persons: 20_000,
            rounds: 4,
            seed: 20_260_302,
            memory_mib: 512,
            shared: None,
            binary: None,
            release: false,
            keep: false,
            help: false,
        }
    }
}

/// Runs the checks named, or all; `false` when one of them failed.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<bool> {
    let options = parse(arguments)?;
    if options.help {
        print!("{USAGE}\nchecks:\n");
        for check in &CHECKS {
            println!("  {:<15} {}", check.name, check.about);
        }
        return Ok(true);
    }
    let shared = options.shared.clone().unwrap_or_else(|| root.join("..").join("shared"));
    let shared = shared.join("data").is_dir().then_some(shared);
    let wanted: Vec<&Check> =
        CHECKS.iter().filter(|check| options.names.is_empty() || options.names.iter().any(|name| name == check.name)).collect();
    if shared.is_none() && wanted.iter().all(|check| check.needs_shared) {
        println!("accept: skipped, because the real data (../shared/data) is not beside this repository");
        return Ok(true);
    }
    let mingcha = binary::Mingcha::find(root, &options)?;
    let scratch = tempfile::Builder::new().prefix("mingcha-accept-").tempdir()?;
    let mut bench = Bench::new(root, &mingcha, &options, shared, scratch.path());
    for check in wanted {
        bench.begin(check.name);
        if check.needs_shared && !bench.has_shared() {
            bench.skip(check.about, "../shared/data is not beside this repository");
            continue;
        }
        if let Err(error) = (check.body)(&mut bench) {
            bench.broken(check.about, &error);
        }
    }
    let passed = bench.print();
    if options.keep {
        println!("kept: {}", scratch.keep().display());
    }
    Ok(passed)
}

fn parse(arguments: &[String]) -> Result<Options> {
    let mut options = Options::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| anyhow::anyhow!("{argument} needs a value\n\n{USAGE}"));
        match argument.as_str() {
            "--persons" => options.persons = value()?.parse()?,
            "--rounds" => options.rounds = value()?.parse()?,
            "--seed" => options.seed = value()?.parse()?,
            "--memory-mib" => options.memory_mib = value()?.parse()?,
            "--shared" => options.shared = Some(value()?.into()),
            "--bin" => options.binary = Some(value()?.into()),
            "--release" => options.release = true,
            "--keep" => options.keep = true,
            "--help" | "-h" => options.help = true,
            name if CHECKS.iter().any(|check| check.name == name) => options.names.push(name.to_owned()),
            other => bail!("`{other}` is neither a check nor an option\n\n{USAGE}"),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn names_and_options_may_be_mixed() {
        let options = parsed("city --persons 2000 kill").expect("a lawful line");
        assert_eq!(options.names, ["city", "kill"]);
        assert_eq!(options.persons, 2000);
        assert_eq!(options.rounds, Options::default().rounds);
    }

    #[test]
    fn an_unknown_check_is_refused_by_name() {
        let refusal = parsed("citty").expect_err("there is no such check").to_string();
        assert!(refusal.starts_with("`citty` is neither a check nor an option"), "{refusal}");
    }

    #[test]
    fn an_option_without_its_value_is_refused() {
        assert!(parsed("--persons").is_err());
        assert!(parsed("--persons many").is_err());
    }
}
