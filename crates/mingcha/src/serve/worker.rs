//! Worker（后台）: carries out jobs one after another, keeps the days' work, and says that the server is alive.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, anyhow};
use casework::standing::Floor;
use claims::Day;
use store::{Clocks, Job, Store};

use super::BEAT;
use super::filing::Filing;
use super::{reading, shelf};
use crate::cancel;
use crate::number::count;
use crate::pack::RulesArguments;
use crate::run::{self, Order, Progress};
use crate::runs::Runs;
use crate::screen::Screen;
use crate::today::now;

/// What the worker works with.
#[derive(Clone)]
pub(crate) struct Workshop {
    pub(crate) store: Store,
    pub(crate) lake: PathBuf,
    pub(crate) rules: RulesArguments,
    pub(crate) clocks: Clocks,
    pub(crate) floor: Floor,
    pub(crate) owner: String,
    pub(crate) address: String,
}

impl Workshop {
    /// Until the process is asked to end.
    pub(crate) async fn work(self) {
        let beats = tokio::spawn(self.clone().beat());
        while !stopping() {
            match self.store.claim(&self.owner, now()).await {
                Ok(Some(job)) => self.carry_out(job).await,
                Ok(None) => tokio::time::sleep(BEAT).await,
                Err(problem) => {
                    tracing::error!(%problem, "the worker failed");
                    tokio::time::sleep(BEAT).await;
                }
            }
        }
        beats.abort();
    }

    /// Says that the server is alive; once a day, what the passing of a day does.
    async fn beat(self) {
        let mut kept: Option<Day> = None;
        loop {
            if let Err(problem) = self.store.serve(&self.owner, &self.address, now()).await {
                tracing::error!(%problem, "the worker failed");
            }
            let today = now().day();
            if kept != Some(today) {
                match self.day_begins(today).await {
                    Ok(()) => kept = Some(today),
                    Err(problem) => tracing::error!(%problem, "the worker failed"),
                }
            }
            tokio::time::sleep(BEAT * 5).await;
        }
    }

    async fn day_begins(&self, today: Day) -> Result<()> {
        self.store.day_passes(&self.clocks, now()).await?;
        self.store.seal(today).await?;
        Ok(())
    }

    async fn carry_out(&self, job: Job) {
        let ended = match job.kind.as_str() {
            web::RUN => self.run(&job).await,
            web::FILE => self.file(&job).await,
            web::EXAMINE => self.examine(&job).await,
            web::PROFILE => self.profile(&job).await,
            other => Err(anyhow!("没有“{other}”这种任务")),
        };
        let (done, outcome) = match ended {
            Ok(outcome) => (true, outcome),
            Err(problem) => (false, format!("{problem:#}")),
        };
        if let Err(problem) = self.store.end(&job, done, &outcome, now()).await {
            tracing::error!(%problem, "the worker failed");
        }
    }

    /// All rules over the whole lake.
    async fn run(&self, job: &Job) -> Result<String> {
        let progress = Arc::new(Progress::default());
        let (lake, rules, shared) = (self.lake.clone(), self.rules.clone(), progress.clone());
        let loaded = shelf::in_force(&self.store, &rules, &lake).await?;
        let mut work = tokio::task::spawn_blocking(move || {
            let order = Order {
                lake: &lake,
                loaded,
                from: None,
                to: None,
                only: Vec::new(),
                as_of: None,
                earlier_service: false,
                threads: None,
                out: None,
                csv: false,
                progress: Some(shared),
            };
            run::carry_out(order, &Screen::new(false, true))
        });
        loop {
            tokio::select! {
                ended = &mut work => {
                    let (run, report) = ended.context("审核中断")??;
                    let body = serde_json::json!({ "run_id": run.id }).to_string();
                    self.store.ask(web::PROFILE, &body, &job.asked_by, now()).await?;
                    let totals = &report.totals;
                    return Ok(format!("{}：疑点 {} 条，未决 {} 次，用时 {:.0} 秒", run.id, count(totals.findings), count(totals.undecided), report.seconds));
                }
                () = tokio::time::sleep(BEAT) => {
                    let lines = progress.lines.load(Ordering::Relaxed);
                    let going = self.store.progress(job, &format!("已判定明细 {} 条", count(lines)), now()).await?;
                    if !going || stopping() {
                        progress.stop.store(true, Ordering::Relaxed);
                    }
                }
            }
        }
    }

    /// Works out the risk profiles of a run.
    async fn profile(&self, job: &Job) -> Result<String> {
        let (lake, id) = (self.lake.clone(), named_run(job)?);
        let mut work = tokio::task::spawn_blocking(move || {
            let run = Runs::of(&lake).find(Some(&id))?;
            reading::risk::keep(&lake, &run)
        });
        loop {
            tokio::select! {
                ended = &mut work => {
                    let [institutions, doctors, persons] = ended.context("画像中断")??.map(|units| count(units as u64));
                    return Ok(format!("机构 {institutions} 个，医师 {doctors} 名，参保人 {persons} 名"));
                }
                // Its worker is alive as long as it says so. What is begun ends by itself, and its files are whole or not there.
                () = tokio::time::sleep(BEAT) => {
                    let going = self.store.progress(job, "正在计算画像", now()).await?;
                    if !going || stopping() {
                        return Err(anyhow!("已停止，画像没有算完"));
                    }
                }
            }
        }
    }

    /// Files a run.
    async fn file(&self, job: &Job) -> Result<String> {
        let id = named_run(job)?;
        let (lake, records, floor) = (self.lake.clone(), self.store.rule_records().await?, self.floor);
        let filing = tokio::task::spawn_blocking(move || {
            let run = Runs::of(&lake).find(Some(&id))?;
            Filing::of(&lake, &run, &records, floor)
        });
        let filing = filing.await.context("立案中断")??;
        let told = async |done: usize, all: usize| -> Result<bool> {
            Ok(self.store.progress(job, &format!("已立案 {} / {} 条", count(done as u64), count(all as u64)), now()).await?
                && !stopping())
        };
        let outcome = filing.file(&self.store, &self.clocks, &job.asked_by, told).await?;
        Ok(format!(
            "新立 {}，更新 {}，结果不同 {}，不变 {}，消失 {}，存疑 {}，列入限期例外 {}{}",
            outcome.new,
            outcome.changed,
            outcome.differing,
            outcome.same,
            outcome.gone,
            outcome.doubted,
            outcome.exempted,
            filing.said_of_hints()
        ))
    }
}

/// The run that a job's body names.
fn named_run(job: &Job) -> Result<String> {
    let body: serde_json::Value = serde_json::from_str(&job.body)?;
    Ok(body["run_id"].as_str().context("任务没有说是哪次审核")?.to_owned())
}

/// Whether the process was asked to end.
pub(super) fn stopping() -> bool {
    cancel::flag().load(Ordering::Relaxed)
}
