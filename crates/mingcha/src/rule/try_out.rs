//! `mingcha rule trial FILE`: checks a draft as `rule check` does, and says what it would find on a lake and what it would no longer find.
//! Nothing is kept.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use casework::{Examination, TrialFigures};
use clap::Args;
use engine::settle::distinct;
use rulebook::{Pack, Parameters, Rule};

use super::check;
use super::diff::alike;
use super::trial::{self, Tried, Variant};
use crate::files;
use crate::findings::difference;
use crate::number::{count, table, yuan};
use crate::pack::{Loaded, RulesArguments, is_parameter_file};
use crate::place::LakeArguments;
use crate::screen::{Screen, say_faults};
use crate::status::Status;

/// What to try.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "FILE", help = "规则文件 <编码>.toml，或地方参数文件 <名称>.parameters.toml")]
    file: PathBuf,
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    rules: RulesArguments,
    #[arg(long, help = "不做变异检查（快）")]
    no_mutants: bool,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let examination = self.examine(screen)?;
        say_faults(screen, &examination.faults);
        screen.summary(&examination, || text(&examination))?;
        Ok(Status::refused_if(!examination.faults.is_empty()))
    }

    fn examine(&self, screen: &Screen) -> Result<Examination> {
        let bare = self.rules.bare_with(self.lake.folder())?;
        let published = self.rules.published()?;
        let (file, text) = (format!("local/{}", files::name(&self.file)), files::text(&self.file)?);
        let (mut before, mut after) = (bare.clone(), bare);
        before.take_published(&published);
        after.take_published(&published.clone().with(&file, &text));
        let mut examination = Examination {
            faults: after.faults.iter().filter(|fault| fault.file == file).map(ToString::to_string).collect(),
            ..Examination::default()
        };
        let codes = if is_parameter_file(&file) {
            let earlier = published.files.iter().find(|(name, _)| *name == file).map_or("", |(_, text)| text);
            spoken_of(&[earlier, &text])
        } else {
            self.check_rule(&file, &text, &before.pack, &after.pack, &mut examination);
            Rule::parse(&file, &text).map(|rule| rule.code).into_iter().collect()
        };
        if examination.faults.is_empty() && before.pack.digest() == after.pack.digest() {
            examination.faults.push(format!("{file}：-：与现行规则包判定相同，没有可发布的改动"));
        }
        if examination.faults.is_empty() {
            try_out(self.lake.folder(), &before, &after, &codes, &mut examination, screen)?;
        }
        Ok(examination)
    }

    /// As `rule check` does, and what a published rule needs besides.
    fn check_rule(&self, file: &str, text: &str, before: &Pack, after: &Pack, examination: &mut Examination) {
        let Ok(rule) = Rule::parse(file, text) else { return };
        let mut say = |key: &str, problem: String| examination.faults.push(format!("{file}：{key}：{problem}"));
        if file != format!("local/{}.toml", rule.code) {
            say("code", format!("文件里的编码是 {}，应与草案的编码相同", rule.code));
        }
        if rule.status == rulebook::rule::Status::Draft {
            say("status", "草稿不会运行；试运行写 trial，启用写 active".to_owned());
        }
        if let Some(known) = before.rule(&rule.code).filter(|known| known.version >= rule.version) {
            say("version", format!("现行为第 {} 版，版本要更高", known.version));
        }
        let checked = check::check(after, &rule, !self.no_mutants);
        checked.problems.iter().for_each(|problem| say("-", problem.clone()));
        examination.notes = checked.open.iter().map(|mutant| format!("没有用例能发现的查询变异：{mutant}")).collect();
        examination.cases = rule.cases.len() as u64;
        examination.mutants = checked.mutants as u64;
    }
}

/// The rules that files of parameters speak of.
fn spoken_of(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().filter_map(|text| Parameters::parse(text).ok()).flatten().map(|overlay| overlay.rule).collect()
}

/// Tries the rules with and without the draft.
fn try_out(
    lake: &Path,
    before: &Loaded,
    after: &Loaded,
    codes: &BTreeSet<String>,
    examination: &mut Examination,
    screen: &Screen,
) -> Result<()> {
    let runs = |pack: &Pack| -> Vec<Variant> {
        let rules = codes.iter().filter_map(|code| pack.rule(code)).filter(|rule| rule.status.runs());
        rules.map(|rule| Variant { rule: rule.clone(), fixed: None }).collect()
    };
    let (of_before, of_after) = (runs(&before.pack), runs(&after.pack));
    let (found_before, _) = trial::all(lake, &before.pack, &of_before, screen)?;
    let (found_after, version) = trial::all(lake, &after.pack, &of_after, screen)?;
    examination.lake_version = version;
    for code in codes {
        let find = |tried: &'_ [Tried]| tried.iter().position(|one| one.report.code == *code);
        let old = find(&found_before).map(|place| &found_before[place]);
        let new = find(&found_after).map(|place| &found_after[place]);
        let name = after.pack.rule(code).map(|rule| rule.name.clone()).unwrap_or_default();
        examination.figures.push(figures(code, name, old, new));
    }
    Ok(())
}

fn figures(code: &str, name: String, old: Option<&Tried>, new: Option<&Tried>) -> TrialFigures {
    let findings = |tried: Option<&'_ Tried>| tried.map(|tried| tried.findings.clone()).unwrap_or_default();
    let (before, after) = (findings(old), findings(new));
    let found = difference::between(&before, &after, |f| (f.subject.as_str(), f.subject_key.as_str()), alike);
    let money = distinct(after.iter());
    TrialFigures {
        code: code.to_owned(),
        name,
        before: old.map(|_| before.len() as u64),
        after: after.len() as u64,
        undecided: new.map_or(0, |tried| tried.report.undecided.values().sum()),
        appeared: found.appeared.len() as u64,
        vanished: found.vanished.len() as u64,
        amount_fen: money.amount_fen,
        fund_fen: money.fund_amount_fen,
    }
}

fn text(examination: &Examination) -> String {
    if !examination.faults.is_empty() {
        return format!("{} 个问题，没有试算\n", examination.faults.len());
    }
    let head = ["规则", "名称", "现行疑点", "试算疑点", "新出现", "消失", "未决", "金额（元）"].map(str::to_owned).to_vec();
    let row = |figures: &TrialFigures| {
        vec![
            figures.code.clone(),
            figures.name.clone(),
            figures.before.map_or_else(|| "–".to_owned(), count),
            count(figures.after),
            count(figures.appeared),
            count(figures.vanished),
            count(figures.undecided),
            yuan(figures.amount_fen),
        ]
    };
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(examination.figures.iter().map(row)).collect();
    format!("检查通过：{} 个用例、{} 个变异\n{}", examination.cases, examination.mutants, table(&rows))
}
