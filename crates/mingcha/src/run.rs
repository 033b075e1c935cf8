//! `mingcha run`: all rules over the lake. The run is kept in the lake, and exported where the user wants it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use claims::Day;
use clap::Args;
use engine::lake_source::{self, LakeSource};
use engine::program::Program;
use engine::run::{Options, Outcome, RunReport};
use indicatif::ProgressBar;
use lake::{Lake, Snapshot};
use serde_json::json;

use crate::cancel;
use crate::files;
use crate::number::{count, table, yuan};
use crate::pack::{Loaded, RulesArguments};
use crate::place::LakeArguments;
use crate::runs::{REPORT, Run, Runs};
use crate::runtime;
use crate::screen::{Screen, say_faults};
use crate::status::Status;

/// What to run.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    rules: RulesArguments,
    #[arg(long, value_name = "DATE", value_parser = day, help = "只留发生在这天及以后的疑点，如 2026-01-01")]
    from: Option<Day>,
    #[arg(long, value_name = "DATE", value_parser = day, help = "只留发生在这天及以前的疑点")]
    to: Option<Day>,
    #[arg(long = "rule", value_name = "CODE,…", value_delimiter = ',', help = "只运行这些规则")]
    only: Vec<String>,
    #[arg(long, value_name = "DATE", value_parser = day, help = "按这天已公布的知识判定，默认全部")]
    as_of: Option<Day>,
    #[arg(long, value_name = "hint", value_parser = ["hint"], help = "知识点晚于服务日发布的也给提示（不计金额），默认不给")]
    earlier_service: Option<String>,
    #[arg(long, value_name = "DIR", help = "把疑点、未决和报告导出到这个目录")]
    out: Option<PathBuf>,
    #[arg(long, requires = "out", help = "同时导出 CSV")]
    csv: bool,
    #[arg(long, value_name = "N", help = "线程数，默认等于处理器数")]
    threads: Option<usize>,
    #[arg(long, value_name = "N", help = "一条规则的整表查询合计最多用多少秒，默认 7200；没有算完的规则写进报告")]
    query_seconds: Option<u64>,
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "写成 2026-03-02".to_owned())
}

/// What to run, once rules and place are known.
pub(crate) struct Order<'a> {
    pub(crate) lake: &'a Path,
    pub(crate) loaded: Loaded,
    pub(crate) from: Option<Day>,
    pub(crate) to: Option<Day>,
    pub(crate) only: Vec<String>,
    pub(crate) as_of: Option<Day>,
    pub(crate) earlier_service: bool,
    pub(crate) threads: Option<usize>,
    pub(crate) out: Option<&'a Path>,
    pub(crate) csv: bool,
    /// The longest that the SELECT of one rule may take altogether.
    pub(crate) query_seconds: Option<u64>,
    /// Where somebody else sees how far it is, and may stop it.
    pub(crate) progress: Option<Arc<Progress>>,
    /// The job that asks for it: it comes to one run, however often it is begun.
    pub(crate) job: Option<String>,
}

impl<'a> Order<'a> {
    /// All rules over a whole lake, for nobody who watches.
    pub(crate) const fn whole(lake: &'a Path, loaded: Loaded) -> Self {
        Self {
            lake,
            loaded,
            from: None,
            to: None,
            only: Vec::new(),
            as_of: None,
            earlier_service: false,
            threads: None,
            out: None,
            csv: false,
            query_seconds: None,
            progress: None,
            job: None,
        }
    }
}

/// Progress（进度）of a run, as another thread sees it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) lines: AtomicU64,
    pub(crate) stop: AtomicBool,
}

impl Arguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let loaded = self.rules.load_with(self.lake.folder())?;
        for code in &self.only {
            crate::pack::rule(&loaded.pack, code)?;
        }
        let order = Order {
            lake: self.lake.folder(),
            loaded,
            from: self.from,
            to: self.to,
            only: self.only,
            as_of: self.as_of,
            earlier_service: self.earlier_service.is_some(),
            threads: self.threads,
            out: self.out.as_deref(),
            csv: self.csv,
            query_seconds: self.query_seconds,
            progress: None,
            job: None,
        };
        let (run, report) = carry_out(order, screen)?;
        say_faults(screen, &report.faults);
        let mut json = serde_json::to_value(&report)?;
        json["folder"] = json!(run.folder);
        screen.summary(&json, || text(&run, &report, self.out.as_deref()))?;
        Ok(Status::refused_if(!report.faults.is_empty()))
    }
}

/// Runs the rules, keeps the run in the lake, and exports it.
pub(crate) fn carry_out(order: Order<'_>, screen: &Screen) -> Result<(Run, RunReport)> {
    let runs = Runs::of(order.lake);
    if let Some(run) = order.job.as_deref().map(|job| runs.of_job(job)).transpose()?.flatten() {
        // Whoever began it kept it, and died before they could say so.
        let report = run.report()?;
        return Ok((run, report));
    }
    let snapshot = Lake::open(order.lake)?.snapshot()?;
    let draft = runs.begin(order.job.as_deref())?;
    let (mut program, unfit) = Program::compile(&order.loaded.pack, order.as_of, &order.only);
    program.earlier_service = order.earlier_service;
    if let Some(seconds) = order.query_seconds {
        program.query_patience = Duration::from_secs(seconds);
    }
    let options = Options {
        run_id: draft.id.clone(),
        from: order.from,
        to: order.to,
        threads: threads(order.threads),
        lake_version: snapshot.version(),
    };
    let progress = order.progress.clone().unwrap_or_default();
    let mut outcome = judge(snapshot, program, &order.loaded.pack.knowledge_digest(), &options, progress.clone(), screen)?;
    outcome.report.published_pack.clone_from(&order.loaded.published);
    outcome.report.faults.extend(order.loaded.faults.iter().chain(&unfit).map(ToString::to_string));
    number_revisions(&runs, &mut outcome)?;
    engine::export::write(&outcome, draft.folder(), false)?;
    anyhow::ensure!(!progress.stop.load(Ordering::Relaxed), "已停止，没有留下结果");
    let begun = draft.id.clone();
    let run = draft.publish()?;
    if run.id != begun {
        let report = run.report()?;
        return Ok((run, report));
    }
    if let Some(out) = order.out {
        export(&outcome, out, order.csv)?;
    }
    Ok((run, outcome.report))
}

/// Threads as asked for, else one a processor.
pub(crate) fn threads(asked: Option<usize>) -> usize {
    asked.or_else(|| std::thread::available_parallelism().ok().map(usize::from)).unwrap_or(1)
}

/// Judges a version of the lake by a program; what comes out is kept nowhere yet.
pub(crate) fn judge(
    snapshot: Snapshot,
    program: Program,
    knowledge_digest: &str,
    options: &Options,
    progress: Arc<Progress>,
    screen: &Screen,
) -> Result<Outcome> {
    let bar = screen.bar(snapshot.rows("fee_list_d")?, "行");
    bar.set_message("审核");
    let context = Arc::new(lake_source::context(&snapshot, &program, options.threads).map_err(|problem| anyhow!(problem))?);
    let source = Arc::new(LakeSource::new(snapshot, &program).map_err(|problem| anyhow!(problem))?);
    let watch = Arc::new(Watch { bar: bar.clone(), progress });
    let outcome = runtime::wait(engine::run::run(Arc::new(program), knowledge_digest, context, source, watch, options))?;
    bar.finish_and_clear();
    Ok(outcome)
}

/// A finding seen before keeps its revision while nothing about it changed, and gets the next when something did.
fn number_revisions(runs: &Runs, outcome: &mut Outcome) -> Result<()> {
    let known = runs.revisions()?;
    for finding in &mut outcome.findings {
        if let Some((revision, digest)) = known.get(&finding.finding_id) {
            finding.revision = if *digest == finding.digest { *revision } else { revision + 1 };
        }
    }
    Ok(())
}

/// Exports into a folder; the report comes last, so that where it is, everything else is whole.
fn export(outcome: &Outcome, out: &Path, csv: bool) -> Result<()> {
    files::make_folder(out)?;
    let failed = || format!("无法写入 {}", out.display());
    let old = out.join(REPORT);
    if old.exists() {
        std::fs::remove_file(&old).with_context(failed)?;
    }
    let part = out.join(format!(".part-{}", std::process::id()));
    engine::export::write(outcome, &part, csv)?;
    let mut written = files::under(std::slice::from_ref(&part))?;
    written.sort_by_key(|path| files::name(path) == REPORT);
    for path in written {
        std::fs::rename(&path, out.join(files::name(&path))).with_context(failed)?;
    }
    std::fs::remove_dir(&part).with_context(failed)
}

/// Shows lines read, and hears Ctrl-C.
struct Watch {
    bar: ProgressBar,
    progress: Arc<Progress>,
}

impl engine::run::Watch for Watch {
    fn lines(&self, more: usize) {
        self.bar.inc(more as u64);
        self.progress.lines.fetch_add(more as u64, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        cancel::flag().load(Ordering::Relaxed) || self.progress.stop.load(Ordering::Relaxed)
    }
}

fn text(run: &Run, report: &RunReport, out: Option<&Path>) -> String {
    let totals = &report.totals;
    let mut text = format!(
        "审核 {}：判定明细 {} 条，疑点 {} 条，未决 {} 次，用时 {:.1} 秒\n涉及金额 {} 元，其中基金 {} 元（每条明细只计一次）\n",
        run.id,
        count(totals.lines),
        count(totals.findings),
        count(totals.undecided),
        report.seconds,
        yuan(totals.distinct_amount_fen),
        yuan(totals.distinct_fund_amount_fen)
    );
    text.push_str(&by_rule(report, usize::MAX));
    let exempted: u64 = report.rules.iter().flat_map(|rule| rule.exempted.values()).sum();
    if exempted > 0 {
        text.push_str(&format!(
            "另有 {} 个对象符合规则所列的例外，不作疑点；逐条见 exempted.parquet（同一例外过多时只列前面的，个数见 run.json）\n",
            count(exempted)
        ));
    }
    if let Some(out) = out {
        text.push_str(&format!("已导出到 {}\n", out.display()));
    }
    text
}

/// Rules with findings, the dearest first.
pub(crate) fn by_rule(report: &RunReport, most: usize) -> String {
    let mut rules: Vec<_> = report.rules.iter().filter(|rule| rule.hit > 0 || !rule.undecided.is_empty()).collect();
    rules.sort_by_key(|rule| (std::cmp::Reverse(rule.amount_fen), std::cmp::Reverse(rule.findings)));
    let mut rows = vec![["规则", "名称", "疑点", "未决", "金额（元）", "其中基金（元）"].map(str::to_owned).to_vec()];
    rows.extend(rules.into_iter().take(most).map(|rule| {
        let undecided: u64 = rule.undecided.values().sum();
        let money = [rule.amount_fen, rule.fund_amount_fen].map(yuan);
        let mut row = vec![rule.code.clone(), rule.name.clone(), count(rule.findings), count(undecided)];
        row.extend(money);
        row
    }));
    if rows.len() == 1 { String::new() } else { table(&rows) }
}
