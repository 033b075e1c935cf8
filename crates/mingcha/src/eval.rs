//! `mingcha eval`: findings against the truth of a synthetic city.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rulebook::rule::ResultType;
use rulebook::{Finding, Pack};
use serde::Serialize;
use synth::Expect;
use synth::eval::{Evaluation, FindingRow, RuleResult, SchemeResult, UndecidedRow, eval, read_truth};

use crate::files;
use crate::number::{count, table};
use crate::pack::RulesArguments;
use crate::runs::UNDECIDED;
use crate::screen::Screen;
use crate::status::Status;

/// What to evaluate.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "FILE", help = "run 导出的 findings.parquet；同目录的 undecided.parquet 一并读取")]
    findings: PathBuf,
    #[arg(long, value_name = "FILE", help = "synth 写下的 truth.csv")]
    truth: PathBuf,
    #[command(flatten)]
    rules: RulesArguments,
}

/// Measured（评测结果）, scheme by scheme.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    /// Violations planted where the facts are present.
    schemes: Vec<Scheme>,
    /// Violations planted under a data fault: the right answer is undecided.
    hidden: Vec<Scheme>,
    /// Lawful subjects: nothing should be found.
    lawful: Vec<Scheme>,
    pub(crate) rules: Vec<RuleResult>,
    /// Findings of grade `violation` on lawful subjects.
    pub(crate) violations_on_lawful: u64,
}

#[derive(Debug, Serialize)]
struct Scheme {
    #[serde(flatten)]
    result: SchemeResult,
    /// Whether the rule's hits are certain, so that recall must be 1.
    certain: bool,
    recall: Option<f64>,
    /// Of the rule: findings belong to rules, not to schemes.
    precision: Option<f64>,
}

impl Arguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let measured = measure(&self.findings, &self.truth, &self.rules.load()?.pack)?;
        screen.answer(&measured, || measured.text())?;
        Ok(Status::Done)
    }
}

/// Compares findings with a truth file.
pub(crate) fn measure(findings: &Path, truth: &Path, pack: &Pack) -> Result<Measured> {
    let truth = read_truth(&files::text(truth)?).with_context(|| truth.display().to_string())?;
    let found = engine::export::read_findings(findings)?;
    let undecided = read_undecided(&findings.with_file_name(UNDECIDED))?;
    let evaluation = eval(found.into_iter().map(finding_row), undecided, &truth);
    let lawful: BTreeSet<&str> = truth.iter().filter(|t| t.expect == Expect::Clear).map(|t| t.scheme.as_str()).collect();
    let hidden: BTreeSet<&str> = truth.iter().filter(|t| t.is_hidden()).map(|t| t.scheme.as_str()).collect();
    Ok(sorted(evaluation, &lawful, &hidden, pack))
}

fn sorted(evaluation: Evaluation, lawful: &BTreeSet<&str>, hidden: &BTreeSet<&str>, pack: &Pack) -> Measured {
    let precision: BTreeMap<&str, f64> =
        evaluation.rules.iter().filter_map(|rule| Some((rule.rule_code.as_str(), share_of(rule.precision_bp?)))).collect();
    let mut measured =
        Measured { schemes: Vec::new(), hidden: Vec::new(), lawful: Vec::new(), rules: Vec::new(), violations_on_lawful: 0 };
    for result in evaluation.schemes {
        let certain = pack.rule(&result.rule_code).is_some_and(|rule| rule.result == ResultType::Certain);
        let name = result.scheme.as_str();
        let (is_lawful, is_hidden) = (lawful.contains(name), hidden.contains(name));
        let recall = (!is_lawful && result.planted > 0).then(|| ratio(result.found, result.planted));
        let precision = precision.get(result.rule_code.as_str()).copied();
        let scheme = Scheme { result, certain, recall, precision };
        match (is_lawful, is_hidden) {
            (_, true) => measured.hidden.push(scheme),
            (true, false) => measured.lawful.push(scheme),
            (false, false) => measured.schemes.push(scheme),
        }
    }
    measured.rules = evaluation.rules;
    measured.violations_on_lawful = evaluation.violations_on_lawful;
    measured
}

#[expect(clippy::cast_precision_loss, reason = "a share is for reading; whole is whole at any size")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

fn share_of(ten_thousandths: u64) -> f64 {
    ratio(ten_thousandths, 10_000)
}

fn finding_row(finding: Finding) -> FindingRow {
    FindingRow {
        rule_code: finding.rule_code,
        grade: finding.grade.name().to_owned(),
        subject_key: finding.subject_key,
        fixmedins_code: finding.fixmedins_code.unwrap_or_default(),
        psn_no: finding.psn_no.unwrap_or_default(),
        mdtrt_id: finding.mdtrt_id.unwrap_or_default(),
        related: finding.related,
        line_ids: finding.line_ids,
        amount_fen: finding.amount_fen,
    }
}

fn read_undecided(path: &Path) -> Result<Vec<UndecidedRow>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let file = File::open(path).with_context(|| format!("无法读取 {}", path.display()))?;
    let mut rows = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file)?.build()? {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            let text = |name: &str| cell(&batch, name, row).with_context(|| format!("{} 没有列 {name}", path.display()));
            rows.push(UndecidedRow {
                rule_code: text("rule_code")?,
                fixmedins_code: text("fixmedins_code")?,
                psn_no: text("psn_no")?,
                mdtrt_id: text("mdtrt_id")?,
                line_id: text("line_id")?,
                period: text("period")?,
            });
        }
    }
    Ok(rows)
}

fn cell(batch: &RecordBatch, name: &str, row: usize) -> Result<String> {
    let column = batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>()).ok_or_else(|| anyhow!("{name}"))?;
    Ok(if column.is_null(row) { String::new() } else { column.value(row).to_owned() })
}

impl Measured {
    fn text(&self) -> String {
        let head = ["规则", "方案", "植入", "检出", "无法判定", "召回率", "规则准确率"];
        let mut text = String::new();
        for (title, schemes) in
            [("植入的违规", &self.schemes), ("数据缺失，应答无法判定", &self.hidden), ("合法，不应检出", &self.lawful)]
        {
            let mut rows = vec![head.map(str::to_owned).to_vec()];
            rows.extend(schemes.iter().map(Scheme::row));
            text.push_str(&format!("{title}\n{}\n", table(&rows)));
        }
        text + &self.verdict()
    }

    /// What it comes to, in two lines.
    pub(crate) fn verdict(&self) -> String {
        let certain = || self.schemes.iter().filter(|scheme| scheme.certain);
        let planted: u64 = certain().map(|s| s.result.planted).sum();
        let found: u64 = certain().map(|s| s.result.found).sum();
        let hidden: u64 = self.hidden.iter().map(|s| s.result.planted).sum();
        let undecided: u64 = self.hidden.iter().map(|s| s.result.undecided).sum();
        format!(
            "明确规则：植入 {} 处，检出 {} 处；因数据缺失应答无法判定的 {} 处，实际 {} 处\n合法行为被判明确违规：{} 条\n",
            count(planted),
            count(found),
            count(hidden),
            count(undecided),
            count(self.violations_on_lawful)
        )
    }
}

impl Scheme {
    fn row(&self) -> Vec<String> {
        let share = |share: Option<f64>| share.map_or_else(|| "—".to_owned(), |share| format!("{:.2}%", share * 100.0));
        let r = &self.result;
        let counts = [r.planted, r.found, r.undecided].map(count);
        let mut row = vec![r.rule_code.clone(), r.scheme.clone()];
        row.extend(counts);
        row.extend([share(self.recall), share(self.precision)]);
        row
    }
}
