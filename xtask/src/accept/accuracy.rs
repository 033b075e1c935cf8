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
use super::report::{findings_of_run, plain, report_of_run, rules_of_run};
pub(super) use limits::Limits;
use verdict::{Clean, Measured};

const USAGE: &str = "\
cargo xtask accuracy [--persons N] [--months N] [--seed N] [--check] [--only CODE,…] [--rates even|real] [--rules DIR] [--bin FILE] [--release] [--out FILE]

--persons  persons of each of the two cities (100000)
--months   months of the cities (13: what must be known for a year can be known in the last month only)
--seed     seed of the cities (20300226), which no development used
--check    ask the same of small cities and write no page, as CI does: 2600 persons, of a seed of its own
--only     plant and run these rules only, in a city of any size; no page
--rates    `real`: plant as often as audits have reported, instead of everything equally often; no page
--rules    local rules and parameters beside the shipped ones, to see what they do to the figures
--bin      binary to drive; otherwise the workspace is built first
--release  build and drive the release profile; with --bin, say that it is one
--out      page to write (docs/accuracy.md); `-` writes none
";

/// Persons of the cities of `--check`: so few that CI has the time, and enough that every scheme which needs no peers is played once.
const CHECK_PERSONS: u64 = 2600;
/// Seed of the cities of `--check`. Everybody who changes a rule sees what it brings, so it must not be the one of the page.
const CHECK_SEED: u64 = 20_260_426;

struct Options {
    persons: u64,
    months: u64,
    seed: u64,
    /// Rules that alone are planted and run.
    only: Option<String>,
    /// How often violations are planted.
    rates: String,
    rules: Option<PathBuf>,
    build: super::Options,
    out: String,
    /// Both cities at a time: small ones leave memory for that, and cores idle.
    together: bool,
}

impl Default for Options {
    fn default() -> Self {
        let (build, out) = (super::Options::default(), "docs/accuracy.md".to_owned());
        Self {
            persons: 100_000,
            months: 13,
            seed: 20_300_226,
            only: None,
            rates: "even".to_owned(),
            rules: None,
            build,
            out,
            together: false,
        }
    }
}

/// Measures and judges; `false` when some figure is not good enough.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<bool> {
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{USAGE}");
        return Ok(true);
    }
    let options = parse(arguments)?;
    let mut limits = Limits::load(root)?;
    let in_part = options.only.is_some() || options.rates != "even";
    if in_part {
        limits.least_rules = 0;
    }
    let mingcha = Mingcha::find(root, &options.build)?;
    let scratch = tempfile::Builder::new().prefix("mingcha-accuracy-").tempdir()?;
    let names = names(&mingcha)?;
    let (mut measured, clean) = both(&mingcha, &options, scratch.path())?;
    if in_part {
        // What is rare is not planted in every city.
        measured.unmeasured.clear();
    }
    let faults = verdict::faults(&limits, &measured, &clean);
    if options.out != "-" {
        let head = page::Head {
            build: options.build_in_words(),
            persons: options.persons,
            months: options.months,
            seed: options.seed,
            visits: measured.visits,
        };
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

impl Options {
    /// What is driven, for the page.
    const fn build_in_words(&self) -> &'static str {
        match (self.build.release, self.build.binary.is_some()) {
            (true, _) => "a release build",
            (false, false) => "a development build",
            (false, true) => "a binary built beforehand",
        }
    }
}

fn parse(arguments: &[String]) -> Result<Options> {
    let mut options = Options::default();
    // First, so that whatever else is given holds, before it or after.
    if arguments.iter().any(|argument| argument == "--check") {
        (options.persons, options.seed, options.out) = (CHECK_PERSONS, CHECK_SEED, "-".to_owned());
        options.together = true;
    }
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| anyhow::anyhow!("{argument} needs a value\n\n{USAGE}"));
        match argument.as_str() {
            "--persons" => options.persons = value()?.parse()?,
            "--months" => options.months = value()?.parse()?,
            "--seed" => options.seed = value()?.parse()?,
            "--only" => (options.only, options.out) = (Some(value()?.clone()), "-".to_owned()),
            "--rates" => (options.rates, options.out) = (value()?.clone(), "-".to_owned()),
            "--rules" => options.rules = Some(value()?.into()),
            "--bin" => options.build.binary = Some(value()?.into()),
            "--check" => {}
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

/// The planted city and the lawful one.
fn both(mingcha: &Mingcha, options: &Options, scratch: &Path) -> Result<(Measured, Clean)> {
    if !options.together {
        return Ok((planted(mingcha, options, scratch)?, clean(mingcha, options, scratch)?));
    }
    std::thread::scope(|scope| {
        let lawful = scope.spawn(|| clean(mingcha, options, scratch));
        let measured = planted(mingcha, options, scratch)?;
        let clean = lawful.join().map_err(|_| anyhow::anyhow!("the lawful city ended in a panic"))??;
        Ok((measured, clean))
    })
}

/// A city with everything planted, compared with its truth.
fn planted(mingcha: &Mingcha, options: &Options, scratch: &Path) -> Result<Measured> {
    let (city, visits) = city(mingcha, options, options.only.as_deref().unwrap_or("all"), scratch)?;
    let (out, faults) = audit(mingcha, options, &city, &scratch.join("planted"))?;
    let report = eval(mingcha, &out, &city, &rules_arguments(options))?;
    let judged = |code: &String| !faults.iter().any(|fault| fault.contains(code.as_str()));
    let ran = rules_of_run(&out)?.into_iter().map(|rule| rule.code).filter(judged).collect();
    let measured = Measured::read(&report, &ran, (options.persons, visits))?;
    Ok(Measured { faults, ..measured })
}

/// A lawful city: what is found in it all the same.
fn clean(mingcha: &Mingcha, options: &Options, scratch: &Path) -> Result<Clean> {
    let (city, visits) = city(mingcha, options, "none", scratch)?;
    let (out, faults) = audit(mingcha, options, &city, &scratch.join("clean"))?;
    let mut clean = Clean { visits, faults, ..Clean::default() };
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
    let folder = scratch.join(if plant == "none" { "city-lawful" } else { "city-planted" });
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
        "--rates",
        &options.rates,
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

/// Imports a city and runs all rules over it; the run's folder, and the faults of rules that could not judge.
fn audit(mingcha: &Mingcha, options: &Options, city: &Path, place: &Path) -> Result<(PathBuf, Vec<String>)> {
    let (lake, out) = (place.join("lake"), place.join("out"));
    fs::create_dir_all(&out)?;
    import(mingcha, city, &lake)?;
    leave_the_truth(city)?;
    let mut arguments = rules_arguments(options);
    arguments.extend(options.only.iter().flat_map(|codes| ["--rule".to_owned(), codes.clone()]));
    let faults = run_with(mingcha, &lake, &out, &arguments)?;
    let report = report_of_run(&out)?;
    eprintln!("accuracy: {} fee lines audited in {} s, {} faults", report["totals"]["lines"], report["seconds"], faults.len());
    // Only the findings are wanted from here on, and a large lake is large.
    fs::remove_dir_all(&lake)?;
    Ok((out, faults))
}

/// Removes what was imported of a city: the files of a large one take as much room as its lake, and only its truth is read again.
fn leave_the_truth(city: &Path) -> Result<()> {
    for entry in fs::read_dir(city)? {
        let path = entry?.path();
        if path.is_file() && path.file_name().is_some_and(|name| name != "truth.csv") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn rules_arguments(options: &Options) -> Vec<String> {
    let folder = options.rules.as_ref().map(|folder| folder.display().to_string());
    folder.map_or_else(Vec::new, |folder| vec!["--rules".to_owned(), folder])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Options {
        parse(&arguments.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>()).expect("lawful")
    }

    #[test]
    fn a_check_is_small_writes_nothing_and_never_sees_the_seed_of_the_page() {
        let (page, check) = (options(&[]), options(&["--check"]));
        assert_eq!((check.persons, check.out.as_str(), check.together), (2600, "-", true));
        assert!(!page.together, "two large cities need the memory of two");
        assert_ne!(check.seed, page.seed);
        assert_eq!(check.months, page.months);
        let named = options(&["--persons", "3000", "--check"]);
        assert_eq!((named.persons, named.seed), (3000, check.seed));
        let one = options(&["--only", "M005"]);
        assert_eq!((one.only.as_deref(), one.out.as_str()), (Some("M005"), "-"), "a part must not pass for the whole page");
    }

    #[test]
    fn the_page_names_the_build() {
        assert_eq!(options(&["--release"]).build_in_words(), "a release build");
        assert_eq!(options(&["--bin", "mingcha"]).build_in_words(), "a binary built beforehand");
    }
}
