//! `mingcha rule check`: reads and compiles rules, counts and runs their cases, and tries every clause by mutants.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use clap::Args;
use engine::program::Program;
use rulebook::case::Expect;
use rulebook::rule::Status as RuleStatus;
use rulebook::{Pack, Parameters, Rule};
use serde::Serialize;

use crate::files;
use crate::pack::{Loaded, RulesArguments, is_rule_file};
use crate::runtime;
use crate::screen::{Screen, say_faults};
use crate::status::Status;

/// What to check.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "PATH", help = "规则文件或目录；不写则检查随程序发布的规则")]
    paths: Vec<PathBuf>,
    #[arg(long, help = "不做变异检查（快）")]
    no_mutants: bool,
    #[command(flatten)]
    rules: RulesArguments,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    rules: usize,
    cases: usize,
    mutants: usize,
    /// Those of them that are in the text of a SELECT.
    select_mutants: usize,
    equivalent: usize,
    /// Changes in the text of a SELECT that no case finds yet.
    open: Vec<String>,
    problems: Vec<String>,
}

/// What was found of one rule.
#[derive(Default)]
pub(super) struct Checked {
    pub(super) mutants: usize,
    select_mutants: usize,
    equivalent: usize,
    pub(super) open: Vec<String>,
    pub(super) problems: Vec<String>,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let Loaded { mut pack, faults, .. } = self.rules.load()?;
        let (codes, mut problems) = self.codes(&mut pack)?;
        problems.extend(faults.iter().map(ToString::to_string));
        let rules: Vec<&Rule> = codes.iter().filter_map(|code| pack.rule(code)).collect();
        let checked = check_all(&pack, &rules, !self.no_mutants, screen);
        let mut report = Report { rules: rules.len(), ..Report::default() };
        for (rule, one) in rules.iter().zip(checked) {
            report.cases += rule.cases.len();
            report.mutants += one.mutants;
            report.select_mutants += one.select_mutants;
            report.equivalent += one.equivalent;
            report.open.extend(one.open.into_iter().map(|mutant| format!("{} {}：{mutant}", rule.code, rule.name)));
            problems.extend(one.problems.into_iter().map(|problem| format!("{} {}：{problem}", rule.code, rule.name)));
        }
        report.problems = problems;
        say_faults(screen, &report.problems);
        say_open(screen, &report.open);
        screen.summary(&report, || {
            format!(
                "检查 {} 条规则、{} 个用例、{} 个变异（其中 {} 个注明等价）：{}\n",
                report.rules,
                report.cases,
                report.mutants,
                report.equivalent,
                if report.problems.is_empty() {
                    "没有问题".to_owned()
                } else {
                    format!("{} 个问题", report.problems.len())
                }
            )
        })?;
        Ok(Status::refused_if(!report.problems.is_empty()))
    }

    /// The codes to check and what was wrong on reading. Rules from files take the place of shipped ones.
    fn codes(&self, pack: &mut Pack) -> Result<(Vec<String>, Vec<String>)> {
        if self.paths.is_empty() {
            return Ok((pack.rules.iter().map(|rule| rule.code.clone()).collect(), Vec::new()));
        }
        let (mut codes, mut problems, mut lock) = (Vec::new(), Vec::new(), None);
        for file in files::under(&self.paths)? {
            let name = files::name(&file);
            if name == "rules.lock" {
                lock = Some(files::text(&file)?);
            } else if is_rule_file(&name) {
                match pack.replace_rule(&file.display().to_string(), &files::text(&file)?) {
                    Ok(code) if codes.contains(&code) => problems.push(format!("{}：编码 {code} 重复", file.display())),
                    Ok(code) => codes.push(code),
                    Err(faults) => problems.extend(faults.iter().map(ToString::to_string)),
                }
            }
        }
        if let Some(lock) = lock {
            problems.extend(rulebook::lock::check(&lock, &pack.rules).iter().map(ToString::to_string));
        }
        Ok((codes, problems))
    }
}

/// Checks rules side by side; each is work of its own.
fn check_all(pack: &Pack, rules: &[&Rule], mutants: bool, screen: &Screen) -> Vec<Checked> {
    let bar = screen.bar(rules.len() as u64, "条");
    bar.set_message("检查规则");
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(rules.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((number, rule)) = take(&next, rules) {
                    let checked = check(pack, rule, mutants);
                    results.lock().expect("no check panics while it holds the results").push((number, checked));
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut results = results.into_inner().expect("every checking thread has ended without a panic");
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, checked)| checked).collect()
}

fn take<'a>(next: &AtomicUsize, rules: &[&'a Rule]) -> Option<(usize, &'a Rule)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    Some((number, rules.get(number)?))
}

/// Compiles a rule, runs its cases, and tries its mutants.
pub(super) fn check(pack: &Pack, rule: &Rule, mutants: bool) -> Checked {
    let mut checked = Checked { problems: uncompiled(pack, rule), ..Checked::default() };
    checked.problems.extend(too_few_cases(rule));
    if !checked.problems.iter().any(|problem| problem.starts_with(UNCOMPILED)) {
        let results = runtime::wait(engine::cases::test(pack, rule, &rule.cases));
        let failed = results.into_iter().filter_map(|result| Some(format!("用例“{}”：{}", result.name, result.problem?)));
        let before = checked.problems.len();
        checked.problems.extend(failed);
        // Mutants of a rule that fails its own cases tell nothing.
        if mutants && checked.problems.len() == before {
            try_mutants(pack, rule, &mut checked);
        }
    }
    checked
}

const UNCOMPILED: &str = "无法编译";

fn uncompiled(pack: &Pack, rule: &Rule) -> Vec<String> {
    // A draft is compiled like any other, or it would never become more than a draft.
    let rule = Rule { status: RuleStatus::Active, ..rule.clone() };
    let alone = Pack { rules: vec![rule], knowledge: pack.knowledge.clone(), parameters: Parameters::default() };
    let (_, faults) = Program::compile(&alone, None, &[]);
    faults.iter().map(|fault| format!("{UNCOMPILED}：{}：{}", fault.key, fault.problem)).collect()
}

fn too_few_cases(rule: &Rule) -> Vec<String> {
    let count = |wanted: fn(&Expect) -> bool| rule.cases.iter().filter(|case| wanted(&case.expect)).count();
    let hits = count(|expect| matches!(expect, Expect::Findings(found) if !found.is_empty()));
    let near = count(|expect| matches!(expect, Expect::Findings(found) if found.is_empty()));
    let undecided = count(|expect| matches!(expect, Expect::Undecided));
    let mut problems = Vec::new();
    for (found, least, what) in [(hits, 1, "命中"), (near, 2, "接近而不命中"), (undecided, 1, "无法判定")] {
        if found < least {
            problems.push(format!("{what}的用例至少要 {least} 个，现有 {found} 个"));
        }
    }
    let untried = rule.parameters.keys().filter(|name| !rule.cases.iter().any(|case| case.parameters.contains_key(*name)));
    problems.extend(untried.map(|name| format!("没有用例改变参数 {name}")));
    problems
}

/// How many open mutants are named on the screen; `--json` has all.
const NAMED: usize = 20;

/// The text of a SELECT has scores of conditions. One that no case finds is a case to be written, and no fault of the rule.
fn say_open(screen: &Screen, open: &[String]) {
    if open.is_empty() {
        return;
    }
    screen.note(&format!("查询条件中有 {} 个变异还没有用例能发现，请补用例，或在 [[equivalent]] 里写明理由：", open.len()));
    for mutant in open.iter().take(NAMED) {
        screen.note(&format!("  {mutant}"));
    }
    if open.len() > NAMED {
        screen.note(&format!("……另有 {} 个，用 --json 查看全部", open.len() - NAMED));
    }
}

fn try_mutants(pack: &Pack, rule: &Rule, checked: &mut Checked) {
    for result in runtime::wait(engine::mutants::check(pack, rule)) {
        checked.mutants += 1;
        checked.select_mutants += usize::from(result.is_of_select());
        checked.equivalent += usize::from(result.equivalent.is_some());
        if !result.is_settled() && result.is_of_select() {
            checked.open.push(result.mutant);
        } else if !result.is_settled() {
            checked.problems.push(format!("变异“{}”没有用例能发现：加一个用例，或在 [[equivalent]] 里写明理由", result.mutant));
        } else if result.killed && result.equivalent.is_some() {
            checked.problems.push(format!("变异“{}”列为等价，但有用例能发现它：删去这条 [[equivalent]]", result.mutant));
        }
    }
}
