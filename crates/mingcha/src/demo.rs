//! `mingcha demo`: a synthetic city, imported, audited, reported, measured. Nothing else is needed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use lake::intake::{Options, Profile};
use serde_json::json;
use synth::Config;

use crate::city;
use crate::eval;
use crate::files;
use crate::import;
use crate::knowledge;
use crate::number::{count, yuan};
use crate::pack::RulesArguments;
use crate::report;
use crate::run;
use crate::runs::FINDINGS;
use crate::screen::Screen;
use crate::status::Status;

mod site;

/// How large, and where.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, default_value_t = 800, value_name = "N", help = "参保人数，至少 300")]
    persons: usize,
    #[arg(long, default_value = "./mingcha-data/demo", value_name = "DIR", help = "写到哪里；以前的演示会被清除")]
    out: PathBuf,
    #[arg(long, value_name = "P", help = "网页的端口，默认 8700，被占用时另选一个")]
    port: Option<u16>,
    #[arg(long, help = "不打开网页，做完就结束；给 --json 而不给 --port 时也是这样")]
    no_web: bool,
}

/// The file by which an older demo is known, so that nothing else is ever removed.
const MARK: &str = ".mingcha-demo";

impl Arguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let begin = Instant::now();
        clear(&self.out)?;
        let place = |name: &str| self.out.join(name);
        let (city, lake, out, reports) = (place("city"), place("lake"), place("out"), place("report"));
        let steps = Steps { screen, last: std::cell::Cell::new(begin) };

        let made = city::make(&Config { persons: self.persons, ..Config::default() }, &city)?;
        steps.done(&format!("合成城市：{} 人，{} 次就诊，{} 条明细", count(made.persons), count(made.visits), count(made.lines)));
        let points = knowledge::import_files(&lake, &files::under(&[city.join("knowledge")])?)?;
        steps.done(&format!("地方知识：{points} 个知识点"));
        let imported = import::into_lake(&lake, std::slice::from_ref(&city), &Options::new(Profile::load("national")?), screen)?;
        ensure!(imported.exit_status() != 3, "合成城市没有载入：{}", imported.text());
        let loaded: u64 = imported.tables.values().map(|table| table.rows_loaded).sum();
        let rejected: u64 = imported.tables.values().map(|table| table.rows_rejected).sum();
        steps.done(&format!("导入：载入 {} 行，拒收 {} 行", count(loaded), count(rejected)));
        let whole = run::Order::whole(&lake, RulesArguments::default().load_with(&lake)?);
        let order = run::Order { out: Some(&out), csv: true, ..whole };
        let pack = order.loaded.pack.clone();
        let (run, audited) = run::carry_out(order, screen)?;
        steps.done(&format!(
            "审核：{} 条规则，疑点 {} 条，未决 {} 次",
            audited.rules.len(),
            count(audited.totals.findings),
            count(audited.totals.undecided)
        ));
        let written = report::write(&lake, None, &reports)?;
        steps.done("报告");
        let measured = eval::measure(&out.join(FINDINGS), &city.join("truth.csv"), &pack)?;
        steps.done("评测");

        let seconds = begin.elapsed().as_secs();
        let findings = out.join(FINDINGS);
        let json = json!({
            "seconds": seconds,
            "run_id": audited.run_id,
            "findings": audited.totals.findings,
            "distinct_amount_fen": audited.totals.distinct_amount_fen,
            "distinct_fund_amount_fen": audited.totals.distinct_fund_amount_fen,
            "city": city, "lake": lake, "findings_file": findings,
            "report_html": written.html, "report_xlsx": written.xlsx,
            "eval": measured, "faults": audited.faults,
        });
        screen.answer(&json, || {
            let mut text = format!("\n金额前列的规则\n{}", run::by_rule(&audited, 8));
            text.push_str(&format!(
                "涉及金额 {} 元，其中基金 {} 元（每条明细只计一次）\n\n评测（对照植入的真值）\n{}",
                yuan(audited.totals.distinct_amount_fen),
                yuan(audited.totals.distinct_fund_amount_fen),
                measured.verdict()
            ));
            text.push_str(&format!("\n用时 {seconds} 秒。结果在：\n  报告  {}\n  表格  {}\n  疑点  {}\n  数据湖 {}\n", full(&written.html), full(&written.xlsx), full(&findings), full(&lake)));
            text.push_str(&format!(
                "再试试：\n  mingcha findings --lake {0}\n  mingcha findings explain <疑点编号> --lake {0}\n  mingcha sql --lake {0} \"SELECT med_type, count(*) FROM mdtrt_d GROUP BY med_type\"\n",
                lake.display()
            ));
            text
        })?;
        if !self.no_web && (self.port.is_some() || !screen.is_json()) {
            site::open(&lake, &run, self.port, screen)?;
        }
        Ok(Status::refused_if(!audited.faults.is_empty()))
    }
}

fn full(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// Makes the folder anew. One that is not an older demo is left alone.
fn clear(out: &Path) -> Result<()> {
    if out.exists() && out.read_dir()?.next().is_some() {
        if !out.join(MARK).exists() {
            bail!("{} 里有别的文件，没有动它；用 --out 换一个目录", out.display());
        }
        fs::remove_dir_all(out).with_context(|| format!("无法清除 {}", out.display()))?;
    }
    files::write_whole(&out.join(MARK), b"")
}

/// Says each step when it is done, and how long it took.
struct Steps<'a> {
    screen: &'a Screen,
    last: std::cell::Cell<Instant>,
}

impl Steps<'_> {
    fn done(&self, text: &str) {
        let took = self.last.replace(Instant::now()).elapsed();
        self.screen.note(&format!("✓ {text}（{:.1} 秒）", took.as_secs_f64()));
    }
}
