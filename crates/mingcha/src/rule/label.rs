//! Label（规则标签）: what a rule has done so far: in a run, on the synthetic city, and in the hands of reviewers.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use casework::standing::Record;
use clap::Args;
use engine::run::{RuleReport, RunReport};
use rulebook::Pack;
use serde::{Deserialize, Serialize};
use store::RuleRecords;
use synth::eval::RuleResult;

use crate::files;
use crate::number::{count, yuan};
use crate::place::LakeArguments;
use crate::runs::Runs;
use crate::runtime;
use crate::serve::database::DatabaseArguments;

/// Where the figures of a label come from.
#[derive(Debug, Args)]
pub(super) struct LabelArguments {
    #[arg(long, help = "加上规则标签：判定数、疑点、未决率、金额、召回率、准确率、复核结果")]
    label: bool,
    #[arg(
        long,
        value_name = "ID|DIR",
        requires = "label",
        help = "用哪次审核：数据湖里的编号，或 run --out 的目录；默认覆盖规则最多的审核中最近的一次"
    )]
    run: Option<String>,
    #[arg(
        long,
        value_name = "FILE",
        requires = "label",
        help = "合成城市的评测结果：mingcha eval … --json 的输出，召回率和准确率取自它"
    )]
    accuracy: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseArguments,
    #[command(flatten)]
    lake: LakeArguments,
}

/// Label（规则标签）.
#[derive(Debug, Serialize)]
pub(super) struct Label {
    /// The run that the figures of this table come from.
    run_id: String,
    /// Version that the run judged by; the rule may have moved on.
    judged_version: Option<u32>,
    rows: Option<u64>,
    hit: Option<u64>,
    findings: Option<u64>,
    undecided: Option<u64>,
    /// Undecided ÷ rows, in ten-thousandths.
    undecided_bp: Option<u64>,
    amount_fen: Option<i64>,
    fund_amount_fen: Option<i64>,
    seconds: Option<f64>,
    recall: Option<Share>,
    precision: Option<Share>,
    /// Findings of the version in force that reviewers confirmed, and that were overturned; none while no casework is kept.
    confirmed: Option<u64>,
    overturned: Option<u64>,
    /// Money back by hour of review, in fen.
    fen_per_reviewer_hour: Option<i64>,
}

/// A share with what it is a share of: of few, only the counts mean anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Share {
    part: u64,
    whole: u64,
    /// In ten-thousandths; none of fewer than 30.
    bp: Option<u64>,
}

/// The labels of all rules, and what they rest on.
pub(super) struct Labels {
    run_id: String,
    lake_version: u64,
    /// Of the rules that run, how many took part, and how many there are.
    covered: (usize, usize),
    accuracy: Option<PathBuf>,
    judged: HashMap<String, RuleReport>,
    measured: HashMap<String, RuleResult>,
    /// What reviewers decided; none while no casework is kept.
    decided: Option<RuleRecords>,
}

/// Of the report of `mingcha eval --json`, what a label shows.
#[derive(Deserialize)]
struct Accuracy {
    rules: Vec<RuleResult>,
}

/// Below this a rate says more than is known.
const LEAST: u64 = 30;

impl Share {
    pub(super) fn of(part: u64, whole: u64) -> Self {
        Self { part, whole, bp: (whole >= LEAST).then(|| part * 10_000 / whole) }
    }

    fn text(self) -> String {
        match self.bp {
            Some(bp) => format!("{}.{:02}%", bp / 100, bp % 100),
            None => format!("{} / {}", self.part, self.whole),
        }
    }
}

impl LabelArguments {
    /// The labels, if they are asked for.
    pub(super) fn load(&self, pack: &Pack) -> Result<Option<Labels>> {
        let (lake, database) = (self.lake.folder(), self.database.is_kept(self.lake.folder()).then_some(&self.database));
        let load = || Labels::load(pack, lake, self.run.as_deref(), self.accuracy.as_deref(), database);
        self.label.then(load).transpose()
    }
}

/// What reviewers decided on each version of a rule.
fn decided(database: &DatabaseArguments, lake: &Path) -> Result<RuleRecords> {
    runtime::wait(async {
        let store = database.open_to_read(lake).await?;
        let records = store.rule_records().await?;
        store.close().await;
        Ok(records)
    })
}

fn read_accuracy(file: &Path) -> Result<Vec<RuleResult>> {
    let accuracy: Accuracy = serde_json::from_str(&files::text(file)?).with_context(|| {
        format!("{} 不是评测结果；用 mingcha eval --findings F --truth truth.csv --json 得到", file.display())
    })?;
    Ok(accuracy.rules)
}

/// Of the rules, how many the run judged.
fn coverage(report: &RunReport, rules: &BTreeSet<&str>) -> usize {
    report.rules.iter().filter(|rule| rules.contains(rule.code.as_str())).count()
}

/// The newest of the runs that judged the most rules: whoever has tried a single rule since still wants to see all of them.
/// A run that cannot be read is no candidate, as long as another can.
fn fullest(runs: &Runs, rules: &BTreeSet<&str>) -> Result<RunReport> {
    let mut best: Option<(usize, RunReport)> = None;
    for report in runs.all()?.into_iter().filter_map(|run| run.report().ok()) {
        let covered = coverage(&report, rules);
        if best.as_ref().is_none_or(|(most, _)| covered > *most) {
            best = Some((covered, report));
        }
        if covered == rules.len() {
            break;
        }
    }
    best.map_or_else(|| runs.find(None)?.report(), |(_, report)| Ok(report))
}

impl Labels {
    /// Reads a run, of the lake or exported, the evaluation of a synthetic city, and what was decided in a database of casework, where
    /// there is one.
    pub(super) fn load(
        pack: &Pack,
        lake: &Path,
        run: Option<&str>,
        accuracy: Option<&Path>,
        database: Option<&DatabaseArguments>,
    ) -> Result<Self> {
        let runs = Runs::of(lake);
        let rules: BTreeSet<&str> = pack.rules.iter().filter(|rule| rule.status.runs()).map(|rule| rule.code.as_str()).collect();
        let report = match run {
            Some(_) => runs.find_or_folder(run)?.report()?,
            None => fullest(&runs, &rules)?,
        };
        let covered = (coverage(&report, &rules), rules.len());
        let measured = accuracy.map(read_accuracy).transpose()?.unwrap_or_default();
        Ok(Self {
            run_id: report.run_id,
            lake_version: report.lake_version,
            covered,
            accuracy: accuracy.map(Path::to_owned),
            judged: report.rules.into_iter().map(|rule| (rule.code.clone(), rule)).collect(),
            measured: measured.into_iter().map(|rule| (rule.rule_code.clone(), rule)).collect(),
            decided: database.map(|database| decided(database, lake)).transpose()?,
        })
    }

    /// The label of a rule's version in force.
    pub(super) fn of(&self, code: &str, version: u32) -> Label {
        let decided = self.decided.as_ref();
        let decided = decided.map(|records| records.get(&(code.to_owned(), version)).copied().unwrap_or_default());
        let judged = self.judged.get(code);
        let undecided = judged.map(|rule| rule.undecided.values().sum::<u64>());
        let measured = self.measured.get(code);
        let found = |rule: &RuleResult| (rule.planted > 0).then(|| Share::of(rule.found, rule.planted));
        let right = |rule: &RuleResult| {
            let counted = rule.findings.saturating_sub(rule.findings_tolerated);
            (counted > 0).then(|| Share::of(rule.findings_right, counted))
        };
        Label {
            run_id: self.run_id.clone(),
            judged_version: judged.map(|rule| rule.version),
            rows: judged.map(|rule| rule.rows),
            hit: judged.map(|rule| rule.hit),
            findings: judged.map(|rule| rule.findings),
            undecided,
            undecided_bp: judged.zip(undecided).filter(|(rule, _)| rule.rows > 0).map(|(rule, none)| none * 10_000 / rule.rows),
            amount_fen: judged.map(|rule| rule.amount_fen),
            fund_amount_fen: judged.map(|rule| rule.fund_amount_fen),
            seconds: judged.map(|rule| rule.seconds),
            recall: measured.and_then(found),
            precision: measured.and_then(right),
            confirmed: decided.map(|record| record.confirmed),
            overturned: decided.map(|record| record.overturned),
            fen_per_reviewer_hour: decided.and_then(Record::fen_per_hour),
        }
    }

    /// What the figures rest on, and which are missing.
    pub(super) fn sources(&self) -> String {
        let city = match &self.accuracy {
            Some(file) => format!("召回率、准确率取自合成城市的评测 {}（不足 {LEAST} 的只写个数）", files::name(file)),
            None => "没有给 --accuracy，召回率、准确率空着：用 mingcha eval … --json 评测合成城市".to_owned(),
        };
        let covered = match self.covered {
            (judged, all) if judged == all => format!("覆盖全部 {all} 条规则"),
            (judged, all) => format!("覆盖 {all} 条规则中的 {judged} 条，没有参与的空着"),
        };
        let reviewed = match &self.decided {
            Some(_) => {
                "确认、推翻取自办理库，只算现行版本的疑点；元/审核小时为已认定疑点的基金金额除以审核用时，没有记到用时的疑点不计入，都没有记到的空着"
            }
            None => "确认、推翻、元/审核小时空着：系统还没有疑点的复核记录",
        };
        format!("判定、疑点、未决、金额取自审核 {}（数据 v{}，{covered}）\n{city}\n{reviewed}\n", self.run_id, self.lake_version)
    }
}

/// Heads of the columns that a label adds.
pub(super) const HEADS: [&str; 9] = ["判定", "疑点", "未决率", "金额（元）", "召回率", "准确率", "确认", "推翻", "元/审核小时"];

impl Label {
    /// The rule's version, and the one that was judged by where it is another.
    pub(super) fn version(&self, now: u32) -> String {
        match self.judged_version {
            Some(judged) if judged != now => format!("{now}（审核用第{judged}版）"),
            _ => now.to_string(),
        }
    }

    /// Its columns; a figure that nobody has is a dash.
    pub(super) fn cells(&self) -> [String; 9] {
        let none = || "—".to_owned();
        let counted = |n: Option<u64>| n.map_or_else(none, count);
        let money = |fen: Option<i64>| fen.map_or_else(none, yuan);
        let share = |share: Option<Share>| share.map_or_else(none, Share::text);
        let undecided = self.undecided.zip(self.rows).filter(|(_, rows)| *rows > 0);
        [
            counted(self.rows),
            counted(self.findings),
            share(undecided.map(|(none, rows)| Share::of(none, rows))),
            money(self.amount_fen),
            share(self.recall),
            share(self.precision),
            counted(self.confirmed),
            counted(self.overturned),
            money(self.fen_per_reviewer_hour),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_few_is_written_as_counts() {
        assert_eq!(Share::of(29, 29).text(), "29 / 29");
        assert_eq!(Share::of(29, 30).text(), "96.66%");
        assert_eq!(Share::of(1, 400).text(), "0.25%");
    }
}
