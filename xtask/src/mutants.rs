//! The ledger of mutants, `rules/mutants.lock`: how many changes in the text of a rule's SELECT were tried, and how many no case finds yet.
//!
//! To try them all takes minutes in a release build and an hour without, so what was tried is written down: under a hash of the rule's
//! meaning, cases and equivalents, which must be that of the tree. What is open may fall; that it rises must be asked for.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, anyhow, bail, ensure};
use rulebook::lock;
use serde_json::Value;

use crate::repository::{TextFile, text_files};
use crate::rule_base::rules;

/// The ledger.
pub(crate) const LEDGER: &str = "rules/mutants.lock";

/// What was tried of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tried {
    proof: String,
    mutants: u64,
    open: u64,
}

type Ledger = BTreeMap<String, Tried>;

struct Options {
    binary: PathBuf,
    /// Rules to try; none for every rule that changed.
    codes: Vec<String>,
    all: bool,
    raise: bool,
}

/// Tries the mutants of every rule that changed since, and writes the ledger after each.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<bool> {
    let options = options(arguments)?;
    let mut ledger = read(&fs::read_to_string(root.join(LEDGER)).unwrap_or_default());
    let wanted = selects(&text_files(root)?)?;
    ledger.retain(|code, _| wanted.iter().any(|rule| rule.code == *code));
    let changed = |rule: &&SelectRule| options.all || ledger.get(&rule.code).is_none_or(|tried| tried.proof != rule.proof);
    let is_asked = |rule: &&SelectRule| options.codes.is_empty() || options.codes.contains(&rule.code);
    let mut changed: Vec<&SelectRule> = wanted.iter().filter(changed).filter(is_asked).collect();
    // In the order of the command line, so that what matters most comes first.
    changed.sort_by_key(|rule| options.codes.iter().position(|code| *code == rule.code));
    let (next, ledger) = (AtomicUsize::new(0), Mutex::new(ledger));
    let work = || -> Result<bool> {
        let mut whole = true;
        while let Some(rule) = changed.get(next.fetch_add(1, Ordering::Relaxed)) {
            let tried = tried(root, &options.binary, rule)?;
            let mut ledger = ledger.lock().map_err(|_| anyhow!("a thread died"))?;
            whole &= entered(&mut ledger, rule, tried, options.raise);
            fs::write(root.join(LEDGER), text(&ledger)).with_context(|| format!("cannot write {LEDGER}"))?;
        }
        Ok(whole)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let whole = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a thread died"))?).collect::<Result<Vec<bool>>>()
    })?;
    let ledger = ledger.into_inner()?;
    let (mutants, open) = ledger.values().fold((0, 0), |(mutants, open), tried| (mutants + tried.mutants, open + tried.open));
    println!("{LEDGER}: {} rules, {mutants} mutants, {open} open", ledger.len());
    Ok(whole.into_iter().all(|whole| whole))
}

/// Enters what was tried of a rule, unless more is open than before.
fn entered(ledger: &mut Ledger, rule: &SelectRule, tried: Tried, raise: bool) -> bool {
    println!("{}: {} mutants, {} open", rule.code, tried.mutants, tried.open);
    if let Some(before) = ledger.get(&rule.code).filter(|before| tried.open > before.open && !raise) {
        eprintln!("fault: {}: {} mutants were open before; add cases, or say --raise", rule.code, before.open);
        return false;
    }
    ledger.insert(rule.code.clone(), tried);
    true
}

/// What the ledger does not say of the tree.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Gaps {
    /// Rules that changed since they were tried.
    pub(crate) stale: Vec<String>,
    /// Rules that were never tried.
    pub(crate) untried: Vec<String>,
    /// Rules of which some mutant is found by no case.
    pub(crate) open: Vec<String>,
}

/// Holds the ledger against the tree.
pub(crate) fn gaps(ledger: &str, files: &[TextFile]) -> Result<Gaps> {
    let (ledger, mut gaps) = (read(ledger), Gaps::default());
    for rule in selects(files)? {
        match ledger.get(&rule.code) {
            None => gaps.untried.push(rule.code),
            Some(tried) if tried.proof != rule.proof => gaps.stale.push(rule.code),
            Some(tried) if tried.open > 0 => gaps.open.push(rule.code),
            Some(_) => {}
        }
    }
    Ok(gaps)
}

fn options(arguments: &[String]) -> Result<Options> {
    let (mut binary, mut codes, mut all, mut raise) = (None, Vec::new(), false, false);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bin" => binary = Some(PathBuf::from(arguments.next().context("--bin needs a file")?)),
            "--all" => all = true,
            "--raise" => raise = true,
            option if option.starts_with('-') => {
                bail!("there is no option `{option}`; usage: cargo xtask mutants --bin FILE [--all] [--raise] [CODE…]")
            }
            code => codes.push(code.to_owned()),
        }
    }
    let binary = binary.context("say which binary with --bin; a release build, or it takes an hour")?;
    Ok(Options { binary: binary.canonicalize().with_context(|| binary.display().to_string())?, codes, all, raise })
}

/// A rule that is a SELECT, or rests on one.
struct SelectRule {
    code: String,
    path: String,
    proof: String,
}

fn selects(files: &[TextFile]) -> Result<Vec<SelectRule>> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("rules/") && file.has_extension("toml")) {
        let Ok(read) = rules(std::slice::from_ref(file)) else { bail!("{} cannot be read", file.path) };
        let table: toml::Table = file.text.parse().with_context(|| file.path.clone())?;
        let of_select = read.into_iter().filter(|rule| rule.logic.kind.select().is_some());
        found.extend(of_select.map(|rule| SelectRule { code: rule.code, path: file.path.clone(), proof: lock::proof(&table) }));
    }
    Ok(found)
}

fn tried(root: &Path, binary: &Path, rule: &SelectRule) -> Result<Tried> {
    let output = Command::new(binary).args(["rule", "check", &rule.path, "--json"]).current_dir(root).output()?;
    let report: Value = serde_json::from_slice(&output.stdout).with_context(|| format!("{}: no report", rule.code))?;
    let problems = report["problems"].as_array().context("the report has no problems")?;
    ensure!(problems.is_empty(), "{}: {}", rule.code, problems[0]);
    let mutants = report["select_mutants"].as_u64().context("the report has no select_mutants")?;
    let open = report["open"].as_array().context("the report has no open")?.len() as u64;
    Ok(Tried { proof: rule.proof.clone(), mutants, open })
}

fn read(text: &str) -> Ledger {
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        let (code, proof) = (words.next()?.to_owned(), words.next()?.to_owned());
        Some((code, Tried { proof, mutants: words.next()?.parse().ok()?, open: words.next()?.parse().ok()? }))
    };
    text.lines().filter(|line| !line.starts_with('#')).filter_map(entry).collect()
}

fn text(ledger: &Ledger) -> String {
    let mut text =
        String::from("# Written by `cargo xtask mutants`: code, hash of meaning and cases, mutants of its SELECT, those open.\n");
    for (code, Tried { proof, mutants, open }) in ledger {
        writeln!(text, "{code} {proof} {mutants} {open}").expect("writing to a string cannot fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_may_fall_and_rises_only_when_asked() {
        let rule = SelectRule { code: "X001".to_owned(), path: String::new(), proof: "b".to_owned() };
        let tried = |open| Tried { proof: "b".to_owned(), mutants: 7, open };
        let mut ledger: Ledger = [("X001".to_owned(), Tried { proof: "a".to_owned(), mutants: 7, open: 2 })].into();
        assert!(!entered(&mut ledger, &rule, tried(3), false) && ledger["X001"].proof == "a");
        assert!(entered(&mut ledger, &rule, tried(3), true) && ledger["X001"].open == 3);
        assert!(entered(&mut ledger, &rule, tried(1), false) && ledger["X001"].open == 1);
    }

    #[test]
    fn what_is_written_is_read_and_a_changed_case_makes_it_stale() {
        let rule = |case: &str| TextFile {
            path: "rules/model/X001.toml".into(),
            text: format!(
                "code = \"X001\"\nname = \"例\"\nclass = \"model\"\ngroup = \"例\"\nversion = 1\nstatus = \"trial\"\nstages = [\"post\"]\n\
                 scenarios = [\"inpatient\"]\nresult = \"suspected\"\nviolation = \"例\"\nwhy = \"例\"\nlogic_text = \"例\"\nmessage = \"例\"\n\
                 basis = [{{ law = \"例\", article = \"第一条\" }}]\n[logic]\nkind = \"query\"\nsubject = \"person\"\nsql = \"SELECT 1\"\n\
                 charge = \"all\"\namount = \"none\"\n[[case]]\nname = \"{case}\"\nexpect = []\n"
            ),
        };
        let files = [rule("一")];
        let proof = selects(&files).unwrap()[0].proof.clone();
        let ledger: Ledger = [("X001".to_owned(), Tried { proof, mutants: 7, open: 2 })].into();
        assert_eq!(read(&text(&ledger)), ledger);
        let stale = |codes: &[&str]| Gaps { stale: codes.iter().map(|code| (*code).to_owned()).collect(), ..Gaps::default() };
        assert_eq!(gaps(&text(&ledger), &files).unwrap(), Gaps { open: vec!["X001".to_owned()], ..Gaps::default() });
        assert_eq!(gaps(&text(&ledger), &[rule("二")]).unwrap(), stale(&["X001"]));
        assert_eq!(gaps("", &files).unwrap(), Gaps { untried: vec!["X001".to_owned()], ..Gaps::default() });
    }
}
