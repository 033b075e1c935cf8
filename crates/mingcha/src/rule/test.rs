//! `mingcha rule test`.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::Args;
use rulebook::case::{self, Case};
use serde::Serialize;

use crate::files;
use crate::pack::{self, Loaded, RulesArguments, is_case_file, is_rule_file};
use crate::runtime;
use crate::screen::{Screen, say_faults};
use crate::status::Status;

/// What to test.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "CODE|FILE", help = "规则编码、规则文件、用例文件或目录；不写则测试全部规则")]
    what: Vec<String>,
    #[command(flatten)]
    rules: RulesArguments,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    passed: usize,
    failed: usize,
    faults: Vec<String>,
    results: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    rule: String,
    case: String,
    problem: Option<String>,
}

/// Cases to run, by rule code.
type Batches = Vec<(String, Vec<Case>)>;

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let mut loaded = self.rules.load()?;
        let batches = gather(&self.what, &mut loaded)?;
        let mut report = Report { faults: loaded.faults.iter().map(ToString::to_string).collect(), ..Report::default() };
        for (code, cases) in &batches {
            match pack::rule(&loaded.pack, code) {
                Ok(rule) => report.add(code, runtime::wait(engine::cases::test(&loaded.pack, rule, cases))),
                Err(error) => report.faults.push(error.to_string()),
            }
        }
        let problems: Vec<String> = report.faults.iter().cloned().chain(report.failures()).collect();
        say_faults(screen, &problems);
        screen.summary(&report, || format!("用例 {} 个通过，{} 个不符\n", report.passed, report.failed))?;
        Ok(Status::refused_if(!problems.is_empty()))
    }
}

impl Report {
    fn add(&mut self, code: &str, results: Vec<engine::cases::CaseResult>) {
        for result in results {
            *(if result.problem.is_none() { &mut self.passed } else { &mut self.failed }) += 1;
            self.results.push(Row { rule: code.to_owned(), case: result.name, problem: result.problem });
        }
    }

    fn failures(&self) -> impl Iterator<Item = String> {
        self.results.iter().filter_map(|row| Some(format!("{} 用例“{}”：{}", row.rule, row.case, row.problem.as_ref()?)))
    }
}

/// What the arguments stand for; files of rules are added to the pack.
fn gather(what: &[String], loaded: &mut Loaded) -> Result<Batches> {
    if what.is_empty() {
        return Ok(loaded.pack.rules.iter().map(|rule| (rule.code.clone(), rule.cases.clone())).collect());
    }
    let mut batches = Batches::new();
    for one in what {
        let path = Path::new(one);
        if !path.exists() {
            let rule = pack::rule(&loaded.pack, one)?;
            batches.push((rule.code.clone(), rule.cases.clone()));
            continue;
        }
        for file in files::under(&[PathBuf::from(one)])? {
            let (name, shown) = (files::name(&file), file.display().to_string());
            if is_case_file(&name) {
                batches.extend(cases_of(&shown, &files::text(&file)?)?);
            } else if is_rule_file(&name) {
                batches.extend(rule_of(&shown, &files::text(&file)?, loaded));
            }
        }
    }
    Ok(batches)
}

fn cases_of(file: &str, text: &str) -> Result<Batches> {
    let cases = case::parse_file(text).map_err(|problem| anyhow!("{file}：{problem}"))?;
    let mut batches = Batches::new();
    for case in cases {
        let code = case.rule.clone().unwrap_or_default();
        match batches.iter_mut().find(|(of, _)| *of == code) {
            Some((_, known)) => known.push(case),
            None => batches.push((code, vec![case])),
        }
    }
    Ok(batches)
}

/// The cases of a rule file. The file takes the place of a shipped rule of the same code, which it may be a draft of.
fn rule_of(file: &str, text: &str, loaded: &mut Loaded) -> Option<(String, Vec<Case>)> {
    match loaded.pack.replace_rule(file, text) {
        Ok(code) => loaded.pack.rule(&code).map(|rule| (code.clone(), rule.cases.clone())),
        Err(faults) => {
            loaded.faults.extend(faults);
            None
        }
    }
}
