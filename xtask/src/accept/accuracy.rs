//! `cargo xtask accuracy`: a synthetic city of a seed that nobody developed against, imported, audited and compared with what
//! was planted; and a lawful city, in which nothing is a violation. Writes `docs/accuracy.md`, and fails where a figure falls
//! below what `xtask/accuracy.toml` asks for.

mod limits;
mod page;
mod verdict;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::binary::Mingcha;
use super::city::{eval, import, run_with};
use super::report::{findings_of_run, plain, rules_of_run};
use limits::Limits;
use verdict::{Clean, Measured};

const USAGE: &str = "\
cargo xtask accuracy [--persons N] [--months N] [--seed N] [--rules DIR] [--bin FILE] [--release] [--out FILE]

--persons  persons of each of the two cities (100000)
--months   months of the cities (13: what must be known for a year can be known in the last month only)
--seed     seed of the cities (20281104), which no development used
--rules    local rules and parameters beside the shipped ones, to see what they do to the figures
--bin      binary to drive; otherwise the workspace is built first
--release  build and drive the release profile
--out      page to write (docs/accuracy.md); `-` writes none
";

/// What is asked for, in the repository.
const LIMITS: &str = "xtask/accuracy.toml";

struct Options {
    persons: u64,
    months: u64,
    seed: u64,
    rules: Option<PathBuf>,
    build: super::Options,
    out: String,
}

impl Default for Options {
    fn default() -> Self {
        let (build, out) = (super::Options::default(), "docs/accuracy.md".to_owned());
        Self { persons: 100_000, months: 13, seed: 20_281_104, rules: None, build, out }
    }
}

/// Measures and judges; `false` when some figure is not good enough.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<bool> {
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{USAGE}");
        return Ok(true);
    }
    let options = parse(arguments)?;
    let limits = Limits::parse(&fs::read_to_string(root.join(LIMITS)).with_context(|| format!("cannot read {LIMITS}"))?)?;
    let mingcha = Mingcha::find(root, &options.build)?;
    let scratch = tempfile::Builder::new().prefix("mingcha-accuracy-").tempdir()?;
    let names = names(&mingcha)?;
    let measured = planted(&mingcha, &options, scratch.path())?;
    let clean = clean(&mingcha, &options, scratch.path())?;
    let faults = verdict::faults(&limits, &measured, &clean);
    if options.out != "-" {
        let head = page::Head { persons: options.persons, months: options.months, seed: options.seed, visits: measured.visits };
        let text = page::text(&head, &limits, &measured, &clean, &names);
        fs::write(root.join(&options.out), text).with_context(|| format!("cannot write {}", options.out))?;
        println!("wrote {}", options.out);
    }
    for fault in &faults {
        println!("FAIL {fault}");
    }
    println!("accuracy: {} rules measured, {} faults", measured.rules.len(), faults.len());
    Ok(faults.is_empty())
}

fn parse(arguments: &[String]) -> Result<Options> {
    let mut options = Options::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| anyhow::anyhow!("{argument} needs a value\n\n{USAGE}"));
        match argument.as_str() {
            "--persons" => options.persons = value()?.parse()?,
            "--months" => options.months = value()?.parse()?,
            "--seed" => options.seed = value()?.parse()?,
            "--rules" => options.rules = Some(value()?.into()),
            "--bin" => options.build.binary = Some(value()?.into()),
            "--release" => options.build.release = true,
            "--out" => options.out.clone_from(value()?),
            other => bail!("`{other}` is no option\n\n{USAGE}"),
        }
    }
    Ok(options)
}

/// Name and result type of every shipped rule.
fn names(mingcha: &Mingcha) -> Result<BTreeMap<String, String>> {
    let list = mingcha.run(&["rule", "list", "--json"])?.done(&[0])?.json()?;
    let rules = list.as_array().context("`rule list --json` is no array")?;
    Ok(rules.iter().map(|rule| (plain(&rule["code"]), plain(&rule["name"]))).collect())
}

/// A city with everything planted, compared with its truth.
fn planted(mingcha: &Mingcha, options: &Options, scratch: &Path) -> Result<Measured> {
    let (city, visits) = city(mingcha, options, "all", scratch)?;
    let out = audit(mingcha, options, &city, &scratch.join("planted"))?;
    let report = eval(mingcha, &out, &city, &rules_arguments(options))?;
    let ran = rules_of_run(&out)?.into_iter().map(|rule| rule.code).collect();
    Measured::read(&report, &ran, visits)
}

/// A lawful city: what is found in it all the same.
fn clean(mingcha: &Mingcha, options: &Options, scratch: &Path) -> Result<Clean> {
    let (city, visits) = city(mingcha, options, "none", scratch)?;
    let out = audit(mingcha, options, &city, &scratch.join("clean"))?;
    let mut clean = Clean { visits, ..Clean::default() };
    for found in findings_of_run(&out)? {
        match found.grade.as_str() {
            "violation" => *clean.violations.entry(found.rule_code).or_default() += 1,
            "hint" => {}
            _ => *clean.suspicions.entry(found.rule_code).or_default() += 1,
        }
    }
    Ok(clean)
}

/// Makes a city; its folder and its visits.
fn city(mingcha: &Mingcha, options: &Options, plant: &str, scratch: &Path) -> Result<(PathBuf, u64)> {
    let folder = scratch.join(format!("city-{plant}"));
    let (persons, months, seed) = (options.persons.to_string(), options.months.to_string(), options.seed.to_string());
    let out = folder.display().to_string();
    let made = mingcha.run(&[
        "synth",
        "--persons",
        &persons,
        "--months",
        &months,
        "--seed",
        &seed,
        "--plant",
        plant,
        "--out",
        &out,
        "--json",
    ])?;
    let summary = made.done(&[0])?.json()?;
    let not_played: &Value = &summary["not_played"];
    if not_played.as_object().is_some_and(|schemes| !schemes.is_empty()) {
        eprintln!("accuracy: not played: {not_played}");
    }
    Ok((folder, summary["visits"].as_u64().unwrap_or(0)))
}

/// Imports a city and runs all rules over it; the run's folder.
fn audit(mingcha: &Mingcha, options: &Options, city: &Path, place: &Path) -> Result<PathBuf> {
    let (lake, out) = (place.join("lake"), place.join("out"));
    fs::create_dir_all(&out)?;
    import(mingcha, city, &lake)?;
    run_with(mingcha, &lake, &out, &rules_arguments(options))?;
    // Only the findings are wanted from here on, and a large lake is large.
    fs::remove_dir_all(&lake)?;
    Ok(out)
}

fn rules_arguments(options: &Options) -> Vec<String> {
    let folder = options.rules.as_ref().map(|folder| folder.display().to_string());
    folder.map_or_else(Vec::new, |folder| vec!["--rules".to_owned(), folder])
}
