//! Run（一次审核）: a compiled pack over a source of folders → findings, counts, report.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use claims::Day;
use claims::chart::Folder;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::SessionContext;
use rulebook::{Exempted, Finding, Undecided};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::context::RunContext;
use crate::judge::NO_KNOWLEDGE;
use crate::operators::{self, Work};
use crate::program::Program;
use crate::query::{self, ShardColumns};
use crate::settle::{Distinct, distinct, settle};
use crate::sink::{Sink, Tally, Unmapped};
use crate::stock;

/// Folders of one shard, one after another.
pub type Folders<'a> = Box<dyn Iterator<Item = Result<Folder, String>> + 'a>;

/// Source（来源）: where folders come from, shard by shard.
pub trait Source: Send + Sync {
    /// Number of shards; each is a unit of work.
    fn shards(&self) -> usize;
    /// The folders of a shard, in any order, each person and institution once.
    fn folders(&self, shard: usize) -> Result<Folders<'_>, String>;
    /// A read-only SQL session over the national tables, for query rules; none where there is no SQL.
    fn session(&self) -> Result<Option<SessionContext>, String>;
    /// The same tables shard by shard, for query rules that look at one institution at a time; none where they are not in shards.
    fn columns(&self) -> Option<&dyn ShardColumns> {
        None
    }
}

/// Watch（进度）: told of progress, asked whether to stop.
pub trait Watch: Send + Sync {
    /// So many more lines were read.
    fn lines(&self, more: usize);
    /// Whether the user wants to stop.
    fn cancelled(&self) -> bool;
}

/// A watch that counts lines and can be told to stop.
#[derive(Debug, Default)]
pub struct Counter {
    /// Lines read so far.
    pub lines: AtomicU64,
    /// Set to stop.
    pub cancel: AtomicBool,
}

impl Watch for Counter {
    fn lines(&self, more: usize) {
        self.lines.fetch_add(more as u64, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// Options of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of the run.
    pub run_id: String,
    /// Findings that occurred from this day on.
    pub from: Option<Day>,
    /// Findings that occurred up to this day, inclusive.
    pub to: Option<Day>,
    /// Threads.
    pub threads: usize,
    /// Version of the lake, for the report.
    pub lake_version: u64,
}

/// What one rule did, in `run.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleReport {
    /// Rule code.
    pub code: String,
    /// Rule name.
    pub name: String,
    /// Rule version.
    pub version: u32,
    /// Rule status.
    pub status: String,
    /// `hit + clear + undecided = rows`.
    pub rows: u64,
    /// Hits.
    pub hit: u64,
    /// Cleared.
    pub clear: u64,
    /// Undecided by missing fact.
    pub undecided: BTreeMap<String, u64>,
    /// Of the cleared, those that an exception cleared, by its words.
    #[serde(default)]
    pub exempted: BTreeMap<String, u64>,
    /// Seconds spent, over all threads.
    pub seconds: f64,
    /// Findings within the range asked for.
    pub findings: u64,
    /// Their amounts.
    pub amount_fen: i64,
    /// Their fund shares, where known.
    pub fund_amount_fen: i64,
    /// Findings whose fund share is not known.
    pub fund_unknown: u64,
}

/// Totals of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Net lines judged.
    pub lines: u64,
    /// Findings.
    pub findings: u64,
    /// Findings by grade.
    pub by_grade: BTreeMap<String, u64>,
    /// Every line's money counted once, without index amounts and hints.
    pub distinct_amount_fen: i64,
    /// The same for the fund's share.
    pub distinct_fund_amount_fen: i64,
    /// Findings whose fund share is not known.
    pub fund_unknown: u64,
    /// Undecided subjects.
    pub undecided: u64,
}

/// Run report（运行报告）: `run.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunReport {
    /// Name of the run.
    pub run_id: String,
    /// Range asked for.
    pub from: Option<Day>,
    /// Range asked for.
    pub to: Option<Day>,
    /// Version of the data.
    pub lake_version: u64,
    /// Digest of the rule pack.
    pub pack_digest: String,
    /// Digest of the published pack that the run rests on; none where the rules were not published. Where it is not the digest of the
    /// pack, knowledge or program have changed since.
    #[serde(default)]
    pub published_pack: Option<String>,
    /// Digest of the knowledge alone.
    pub knowledge_digest: String,
    /// Wall seconds.
    pub seconds: f64,
    /// Rule by rule.
    pub rules: Vec<RuleReport>,
    /// Totals.
    pub totals: Totals,
    /// Unmapped lines by institution, counted once.
    pub unmapped: BTreeMap<String, Unmapped>,
    /// Data faults met in normalisation, by check.
    pub data_faults: BTreeMap<String, u64>,
    /// Rules that could not run, and why.
    pub faults: Vec<String>,
}

/// Outcome（运行结果）.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Findings in a fixed order.
    pub findings: Vec<Finding>,
    /// Undecided subjects.
    pub undecided: Vec<Undecided>,
    /// Subjects that an exception cleared, in a fixed order.
    pub exempted: Vec<Exempted>,
    /// The report.
    pub report: RunReport,
}

/// Run fault（运行失败）.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The user stopped it.
    #[error("已取消；湖中数据未改变")]
    Cancelled,
    /// A pass failed.
    #[error("审核无法完成：{0}")]
    Failed(String),
}

/// Runs every rule of the program. One rule that fails is reported; the others go on.
pub async fn run(
    program: Arc<Program>,
    knowledge_digest: &str,
    context: Arc<RunContext>,
    source: Arc<dyn Source>,
    watch: Arc<dyn Watch>,
    options: &Options,
) -> Result<Outcome, RunError> {
    let begin = std::time::Instant::now();
    let work = Arc::new(Work {
        program: Arc::clone(&program),
        context: Arc::clone(&context),
        source: Arc::clone(&source),
        watch: Arc::clone(&watch),
        permits: Arc::new(Semaphore::new(options.threads.max(1))),
    });
    let mut sink = passes(work, options.threads).await.map_err(|problem| stopped(&*watch, problem))?;
    stock::judge(&program, &context, &mut sink).map_err(RunError::Failed)?;
    tokio::select! {
        judged = query::judge(&program, &*source, &mut sink) => judged.map_err(RunError::Failed)?,
        () = called_off(&*watch) => return Err(RunError::Cancelled),
    }
    if watch.cancelled() {
        return Err(RunError::Cancelled);
    }
    without_knowledge(&program, &mut sink);
    let mut findings = std::mem::take(&mut sink.findings);
    settle(&program, &mut findings);
    findings.retain(|f| options.from.is_none_or(|d| d <= f.occurred_on) && options.to.is_none_or(|d| f.occurred_on <= d));
    let mut undecided = std::mem::take(&mut sink.undecided);
    undecided.sort_by(|a, b| place(a).cmp(&place(b)));
    let mut exempted = std::mem::take(&mut sink.exempted);
    exempted.sort_by(|a, b| (place(&a.subject), &a.cleared_by).cmp(&(place(&b.subject), &b.cleared_by)));
    let report = report(&program, knowledge_digest, sink, &findings, options, begin.elapsed().as_secs_f64());
    Ok(Outcome { findings, undecided, exempted, report })
}

/// How often it is asked whether to stop while SELECTs are worked out, which tell of no lines.
const GLANCE: Duration = Duration::from_millis(200);

async fn called_off(watch: &dyn Watch) {
    while !watch.cancelled() {
        tokio::time::sleep(GLANCE).await;
    }
}

/// Where a subject stands in a list.
fn place(subject: &Undecided) -> (&str, Option<&str>, Option<&str>, Option<&str>) {
    (&subject.rule_code, subject.fixmedins_code.as_deref(), subject.mdtrt_id.as_deref(), subject.line_id.as_deref())
}

/// A rule whose tables are all empty looked at nothing. That is said once, as undecided: silence would look like compliance.
fn without_knowledge(program: &Program, sink: &mut Sink) {
    for (number, rule) in program.rules.iter().enumerate() {
        let Some(tables) = program.empty_tables(rule).filter(|_| sink.tallies[number].rows == 0) else { continue };
        let names: Vec<String> = tables.iter().map(|table| format!("{}（{}）", table.name, table.table)).collect();
        sink.undecided(number, NO_KNOWLEDGE, || Undecided {
            rule_code: rule.code().to_owned(),
            subject: "rule".to_owned(),
            fixmedins_code: None,
            psn_no: None,
            mdtrt_id: None,
            line_id: None,
            item: None,
            period: None,
            trace: None,
            reason: format!("无知识：{}没有数据，本规则没有判定任何对象", names.join("、")),
            missing_fact: NO_KNOWLEDGE.to_owned(),
        });
    }
}

fn stopped(watch: &dyn Watch, problem: String) -> RunError {
    if watch.cancelled() { RunError::Cancelled } else { RunError::Failed(problem) }
}

async fn passes(work: Arc<Work>, threads: usize) -> Result<Sink, String> {
    let rules = work.program.rules.len();
    let plan: Arc<dyn ExecutionPlan> = operators::plan(work, threads).map_err(|e| e.strip_backtrace())?;
    let context = SessionContext::new();
    let batches = collect(plan, context.task_ctx()).await.map_err(|e| e.strip_backtrace())?;
    operators::gather(&batches, rules)
}

fn report(program: &Program, knowledge: &str, sink: Sink, findings: &[Finding], options: &Options, seconds: f64) -> RunReport {
    let rules: Vec<RuleReport> =
        program.rules.iter().zip(&sink.tallies).map(|(compiled, tally)| rule_report(&compiled.rule, tally, findings)).collect();
    let Distinct { amount_fen, fund_amount_fen } = distinct(findings.iter());
    let mut by_grade = BTreeMap::new();
    for finding in findings {
        *by_grade.entry(finding.grade.name().to_owned()).or_default() += 1;
    }
    let totals = Totals {
        lines: sink.lines,
        findings: findings.len() as u64,
        by_grade,
        distinct_amount_fen: amount_fen,
        distinct_fund_amount_fen: fund_amount_fen,
        fund_unknown: rules.iter().map(|r| r.fund_unknown).sum(),
        undecided: sink.tallies.iter().map(Tally::undecided_total).sum(),
    };
    RunReport {
        run_id: options.run_id.clone(),
        from: options.from,
        to: options.to,
        lake_version: options.lake_version,
        pack_digest: program.digest.clone(),
        published_pack: None,
        knowledge_digest: knowledge.to_owned(),
        seconds,
        rules,
        totals,
        unmapped: sink.unmapped,
        data_faults: sink.chart_faults,
        faults: sink.faults,
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds are shown to people, and lose nothing that matters")]
fn rule_report(rule: &rulebook::Rule, tally: &Tally, findings: &[Finding]) -> RuleReport {
    let own = || findings.iter().filter(|f| f.rule_code == rule.code);
    RuleReport {
        code: rule.code.clone(),
        name: rule.name.clone(),
        version: rule.version,
        status: rule.status.name().to_owned(),
        rows: tally.rows,
        hit: tally.hit,
        clear: tally.clear,
        undecided: tally.undecided.clone(),
        exempted: tally.exempted.clone(),
        seconds: tally.nanoseconds as f64 / 1e9,
        findings: own().count() as u64,
        amount_fen: own().map(|f| f.amount_fen).sum(),
        fund_amount_fen: own().filter_map(|f| f.fund_amount_fen).sum(),
        fund_unknown: own().filter(|f| f.fund_amount_fen.is_none()).count() as u64,
    }
}
