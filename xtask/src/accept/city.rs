//! The synthetic city: what was planted is found, what was not is left alone, and every subject has one of three answers.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::accuracy::Limits;
use super::bench::Bench;
use super::binary::Mingcha;
use super::report::{doubled, findings_of_run, plain, report_of_run, rules_of_run};

const PRECISION: f64 = 0.99;

pub(super) fn check(bench: &mut Bench<'_>) -> Result<()> {
    if bench.is_too_small_for("city") {
        bench.skip("a planted and a clean city", "left out of a small run, of which `cargo xtask accuracy --check` asks more");
        return Ok(());
    }
    let persons = bench.options.persons;
    let city = bench.city(persons, "all")?;
    let (lake, out) = (bench.folder("lake")?, bench.folder("out")?);
    import(bench.mingcha, &city, &lake)?;
    run(bench.mingcha, &lake, &out)?;
    every_subject_is_answered(bench, &out)?;
    let twice = doubled(&findings_of_run(&out)?);
    bench.equal("findings with the id of another", twice, 0);

    let report = eval(bench.mingcha, &out, &city, &[])?;
    recall_and_precision(bench, &report)?;
    clean_city(bench, persons)
}

/// Loads a city: its regional knowledge, where it brings some as files, and its extract.
pub(super) fn import(mingcha: &Mingcha, city: &Path, lake: &Path) -> Result<()> {
    let at = lake.display().to_string();
    let files: Vec<String> = knowledge_files(&city.join("knowledge")).iter().map(|file| file.display().to_string()).collect();
    if !files.is_empty() {
        let mut arguments = vec!["knowledge", "import", "--lake", &at, "--json"];
        arguments.extend(files.iter().map(String::as_str));
        mingcha.run(&arguments)?.done(&[0])?;
    }
    mingcha.run(&["import", &city.display().to_string(), "--lake", &at, "--json"])?.done(&[0, 1])?;
    Ok(())
}

fn knowledge_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Runs all rules over a lake.
pub(super) fn run(mingcha: &Mingcha, lake: &Path, out: &Path) -> Result<()> {
    let faults = run_with(mingcha, lake, out, &[])?;
    // A rule that could not judge finds nothing, which must never pass for innocence.
    ensure!(faults.is_empty(), "rules that could not judge: {}", faults.join("; "));
    Ok(())
}

/// Runs all rules over a lake, with further arguments. Gives the faults of the rules that could not judge.
pub(super) fn run_with(mingcha: &Mingcha, lake: &Path, out: &Path, more: &[String]) -> Result<Vec<String>> {
    let (at, to) = (lake.display().to_string(), out.display().to_string());
    let mut arguments = vec!["run", "--lake", &at, "--out", &to, "--csv", "--json"];
    arguments.extend(more.iter().map(String::as_str));
    // A local rule that was refused would leave the figures as they are, and look harmless.
    let lawful: &[i32] = if more.is_empty() { &[0, 1] } else { &[0] };
    mingcha.run(&arguments)?.done(lawful)?;
    let report = report_of_run(out)?;
    Ok(report["faults"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// What a run found, compared with the city's truth.
pub(super) fn eval(mingcha: &Mingcha, out: &Path, city: &Path, more: &[String]) -> Result<Value> {
    let truth = city.join("truth.csv").display().to_string();
    let findings = out.join("findings.parquet").display().to_string();
    let mut arguments = vec!["eval", "--findings", &findings, "--truth", &truth, "--json"];
    arguments.extend(more.iter().map(String::as_str));
    mingcha.run(&arguments)?.done(&[0, 1])?.json()
}

/// Every row that a rule looked at is a hit, clear or undecided.
pub(super) fn every_subject_is_answered(bench: &mut Bench<'_>, out: &Path) -> Result<()> {
    let rules = rules_of_run(out)?;
    let unbalanced: Vec<String> = rules
        .iter()
        .filter(|rule| rule.hit + rule.clear + rule.undecided != rule.rows)
        .map(|rule| format!("{} ({} + {} + {} ≠ {})", rule.code, rule.hit, rule.clear, rule.undecided, rule.rows))
        .collect();
    let measured = if unbalanced.is_empty() { format!("{} rules balance", rules.len()) } else { unbalanced.join("; ") };
    bench.holds("hit + clear + undecided = rows", measured, "every rule", unbalanced.is_empty() && !rules.is_empty());
    Ok(())
}

fn recall_and_precision(bench: &mut Bench<'_>, report: &Value) -> Result<()> {
    let limits = Limits::load(bench.root)?;
    let schemes = report["schemes"].as_array().context("`eval --json` has no `schemes`")?;
    if schemes.is_empty() {
        bail!("`eval --json` lists no scheme: nothing was planted");
    }
    for scheme in schemes {
        let name = format!("{} {}", plain(&scheme["rule_code"]), plain(&scheme["scheme"]));
        let share = |key: &str| scheme[key].as_f64();
        if let Some(missed) = limits.missed.get(&plain(&scheme["scheme"])) {
            bench.note(&format!("{name} (not asked for): recall {}. {}", word(share("recall")), missed.reason));
        } else if is_certain(scheme) {
            let recall = share("recall");
            bench.holds(&format!("{name}: recall"), word(recall), "1.0", recall == Some(1.0));
            let precision = share("precision");
            bench.holds(
                &format!("{name}: precision"),
                word(precision),
                "≥ 0.99",
                precision.is_some_and(|share| share >= PRECISION),
            );
        } else {
            bench.note(&format!(
                "{name} (no certain rule): recall {}, precision {}",
                word(share("recall")),
                word(share("precision"))
            ));
        }
    }
    Ok(())
}

/// A scheme of a certain rule says so; where it does not, the statistical models are the uncertain ones.
fn is_certain(scheme: &Value) -> bool {
    scheme["certain"].as_bool().unwrap_or_else(|| !plain(&scheme["rule_code"]).starts_with('M'))
}

fn word(share: Option<f64>) -> String {
    share.map_or_else(|| "none".to_owned(), |share| format!("{share:.4}"))
}

fn clean_city(bench: &mut Bench<'_>, persons: u64) -> Result<()> {
    let city = bench.city(persons, "none")?;
    let (lake, out) = (bench.folder("clean-lake")?, bench.folder("clean-out")?);
    import(bench.mingcha, &city, &lake)?;
    run(bench.mingcha, &lake, &out)?;
    let mut violations: Vec<String> =
        findings_of_run(&out)?.into_iter().filter(|found| found.grade == "violation").map(|found| found.rule_code).collect();
    let count = violations.len();
    violations.sort();
    violations.dedup();
    if count > 0 {
        bench.note(&format!("clean city: violations of {}", violations.join(", ")));
    }
    bench.equal("violations in a clean city", count, 0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_report_decides_what_is_certain_and_the_code_only_where_it_is_silent() {
        assert!(is_certain(&json!({ "rule_code": "M004", "certain": true })));
        assert!(!is_certain(&json!({ "rule_code": "GZ10000102014000", "certain": false })));
        assert!(is_certain(&json!({ "rule_code": "GZ10000102014000" })));
        assert!(!is_certain(&json!({ "rule_code": "M004" })));
    }
}
