//! `mingcha rule diff OLD NEW`: what a changed rule would find that the old one does not, and the other way round, before anybody
//! switches it on.

mod changes;
mod sample;
mod shift;
mod text;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::Result;
use clap::Args;
use engine::run::{RuleReport, RunReport};
use engine::settle::{Distinct, distinct};
use rulebook::{Finding, Grade, Pack, Rule};
use serde::Serialize;

use super::trial::{self, Tried, Variant};
use crate::findings::difference::{self, Difference, Lists};
use crate::pack::RulesArguments;
use crate::place::LakeArguments;
use crate::runs::{Run, Runs};
use crate::screen::{Screen, say_faults};
use crate::status::Status;
use changes::Changed;
use sample::Sample;
use shift::{Places, Shift};

/// What to compare.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "OLD", help = "原来的规则：编码（随程序发布的或 --rules 里的）或规则文件")]
    old: String,
    #[arg(value_name = "NEW", help = "改动后的规则：规则文件或编码；草稿也照样试算")]
    new: String,
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    rules: RulesArguments,
    #[arg(
        long,
        value_name = "ID|DIR",
        help = "与哪次审核里其他规则的疑点比重叠：编号，或 run --out 的目录；默认判过规则最多的里最近一次"
    )]
    run: Option<String>,
    #[arg(long, value_name = "S", default_value_t = 1, help = "抽样种子：相同则抽到的相同")]
    seed: u64,
}

/// One side of the comparison.
#[derive(Debug, Serialize)]
struct Side {
    code: String,
    name: String,
    version: u32,
    status: &'static str,
    #[serde(flatten)]
    report: Answers,
    /// Every line's money counted once.
    distinct: Distinct,
}

#[derive(Debug, Serialize)]
struct Answers {
    rows: u64,
    hit: u64,
    clear: u64,
    undecided: BTreeMap<String, u64>,
    findings: u64,
    seconds: f64,
}

/// Preview（规则变更预审）.
#[derive(Debug, Serialize)]
struct Preview {
    old: Side,
    new: Side,
    lake_version: u64,
    /// What differs in the rules themselves.
    rule_changes: Vec<Changed>,
    /// Whether both speak of the same kind of subject; else every finding appears or vanishes.
    comparable: bool,
    #[serde(flatten)]
    lists: Lists,
    unchanged: usize,
    /// How grades moved where both rules find the same subject.
    regraded: Vec<Regraded>,
    total: Shift,
    by_institution: Vec<Shift>,
    by_level: Vec<Shift>,
    by_department: Vec<Shift>,
    overlap: Option<Overlap>,
    sample: Sample,
    /// Appeals that were upheld and that the change would bring back; none while no casework is kept.
    past_appeals: Option<u64>,
}

/// Findings of one grade that have another with the new rule.
#[derive(Debug, Serialize)]
struct Regraded {
    before: Grade,
    after: Grade,
    findings: usize,
}

/// What other rules found on the lines of what appears and vanishes.
#[derive(Debug, Serialize)]
struct Overlap {
    run_id: String,
    lake_version: u64,
    /// Rules that the run judged.
    judged: usize,
    /// Findings that appear, and of which no other rule has found a line.
    appeared_alone: usize,
    vanished_alone: usize,
    rules: Vec<Shared>,
}

#[derive(Debug, Serialize)]
struct Shared {
    code: String,
    name: String,
    /// Findings that appear and share a line with a finding of this rule.
    appeared: usize,
    vanished: usize,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let loaded = self.rules.load_with(self.lake.folder())?;
        say_faults(screen, &loaded.faults);
        let (old, new) = (super::rule_or_file(&loaded.pack, &self.old)?, super::rule_or_file(&loaded.pack, &self.new)?);
        let preview = self.preview(&loaded.pack, &old, &new, screen)?;
        screen.answer(&preview, || text::of(&preview))?;
        Ok(Status::refused_if(!loaded.faults.is_empty()))
    }

    fn preview(&self, pack: &Pack, old: &Rule, new: &Rule, screen: &Screen) -> Result<Preview> {
        let variants = [old, new].map(|rule| Variant { rule: rule.clone(), fixed: None });
        let (tried, lake_version) = trial::all(self.lake.folder(), pack, &variants, screen)?;
        let (before, after) = (&tried[0], &tried[1]);
        // Codes may differ, and versions do: what is compared is what an institution would be told.
        let found =
            difference::between(&before.findings, &after.findings, |f| (f.subject.as_str(), f.subject_key.as_str()), alike);
        let places = Places::of(self.lake.folder(), lake_version, &found)?;
        let subjects = |tried: &Tried| tried.findings.iter().map(|f| f.subject.clone()).collect::<HashSet<_>>();
        let (of_old, of_new) = (subjects(before), subjects(after));
        Ok(Preview {
            old: side(old, before),
            new: side(new, after),
            lake_version,
            rule_changes: changes::between(old, new),
            comparable: of_old.is_empty() || of_new.is_empty() || !of_old.is_disjoint(&of_new),
            lists: Lists::of(&found),
            unchanged: found.unchanged.len(),
            regraded: regraded(&found),
            total: shift::total(&found),
            by_institution: shift::by(&found, |finding| places.institution(finding)),
            by_level: shift::by(&found, |finding| places.level(finding)),
            by_department: shift::by(&found, |finding| places.department(finding)),
            overlap: overlap(self.lake.folder(), self.run.as_deref(), &[&old.code, &new.code], &found)?,
            sample: sample::draw(&found, before, after, self.seed),
            past_appeals: None,
        })
    }
}

/// Whether two findings say the same of a subject: the versions of their rules are not part of it.
pub(super) fn alike(a: &Finding, b: &Finding) -> bool {
    let said = |f: &Finding| (f.grade, f.amount_fen, f.fund_amount_fen, f.occurred_on);
    said(a) == said(b) && a.line_ids == b.line_ids
}

fn regraded(found: &Difference<'_>) -> Vec<Regraded> {
    let mut moves: BTreeMap<(Grade, Grade), usize> = BTreeMap::new();
    for (before, after) in found.changed.iter().filter(|(before, after)| before.grade != after.grade) {
        *moves.entry((before.grade, after.grade)).or_default() += 1;
    }
    moves.into_iter().map(|((before, after), findings)| Regraded { before, after, findings }).collect()
}

fn side(rule: &Rule, tried: &Tried) -> Side {
    let RuleReport { rows, hit, clear, undecided, findings, seconds, .. } = tried.report.clone();
    Side {
        code: rule.code.clone(),
        name: rule.name.clone(),
        version: rule.version,
        status: rule.status.name(),
        report: Answers { rows, hit, clear, undecided, findings, seconds },
        distinct: distinct(tried.findings.iter()),
    }
}

/// What the other rules of a run have found on the same lines; none where the lake has no run.
fn overlap(lake: &Path, run: Option<&str>, own: &[&str], found: &Difference<'_>) -> Result<Option<Overlap>> {
    let Some((run, report)) = fullest(lake, run)? else { return Ok(None) };
    let others = run.findings()?;
    let mut by_line: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in others.iter().filter(|finding| !own.contains(&finding.rule_code.as_str())) {
        for line in &finding.line_ids {
            by_line.entry(line).or_default().push(finding);
        }
    }
    let mut shared: BTreeMap<&str, Shared> = BTreeMap::new();
    let mut alone = |findings: &[&Finding], what: fn(&mut Shared) -> &mut usize| {
        let mut alone = 0;
        for finding in findings {
            let meeting = finding.line_ids.iter().filter_map(|line| by_line.get(line.as_str())).flatten();
            let rules: BTreeMap<&str, &str> = meeting.map(|other| (other.rule_code.as_str(), other.rule_name.as_str())).collect();
            alone += usize::from(rules.is_empty());
            for (code, name) in rules {
                let counted = shared.entry(code).or_insert_with(|| Shared {
                    code: code.to_owned(),
                    name: name.to_owned(),
                    appeared: 0,
                    vanished: 0,
                });
                *what(counted) += 1;
            }
        }
        alone
    };
    let (appeared_alone, vanished_alone) =
        (alone(&found.appeared, |shared| &mut shared.appeared), alone(&found.vanished, |shared| &mut shared.vanished));
    let mut rules: Vec<Shared> = shared.into_values().collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.appeared + rule.vanished));
    let judged = report.rules.len();
    Ok(Some(Overlap { run_id: report.run_id, lake_version: report.lake_version, judged, appeared_alone, vanished_alone, rules }))
}

/// The run that was named; else, of those that judged most rules, the newest: a run of one rule overlaps with nothing.
fn fullest(lake: &Path, run: Option<&str>) -> Result<Option<(Run, RunReport)>> {
    let runs = Runs::of(lake);
    let named = run.map(|run| runs.find_or_folder(Some(run))).transpose()?;
    let mut fullest: Option<(Run, RunReport)> = None;
    for run in named.map_or_else(|| runs.all(), |run| Ok(vec![run]))? {
        let report = run.report()?;
        if fullest.as_ref().is_none_or(|(_, known)| known.rules.len() < report.rules.len()) {
            fullest = Some((run, report));
        }
    }
    Ok(fullest)
}
