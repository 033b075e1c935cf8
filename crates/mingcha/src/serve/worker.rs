//! Worker（后台）: carries out jobs one after another, keeps the days' work, and says that the server is alive.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use casework::standing::Floor;
use claims::Day;
use store::job::LEASE_SECONDS;
use store::{Clocks, Job, Store, StoreError};
use tokio::task::JoinHandle;

use super::BEAT;
use super::filing::Filing;
use super::inbox::Inbox;
use super::{reading, shelf};
use crate::cancel;
use crate::number::count;
use crate::pack::RulesArguments;
use crate::run::{self, Order, Progress};
use crate::runs::Runs;
use crate::screen::Screen;
use crate::today::now;

/// How often it is seen whether the work has ended, or is to end.
const GLANCE: Duration = Duration::from_millis(200);

/// How long work may go on that was asked to stop because the process ends.
const GRACE: Duration = Duration::from_secs(20);

/// How often the store is told how a job ended that does not hear it.
const TOLD_AGAIN: u32 = 15;

/// What came of a job, and the job that follows from it.
pub(super) struct Done {
    outcome: String,
    next: Option<(&'static str, String)>,
}

impl Done {
    const fn of(outcome: String) -> Self {
        Self { outcome, next: None }
    }
}

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
    /// The longest that the SELECT of one rule may take altogether.
    pub(crate) query_seconds: Option<u64>,
    /// What was handed in for import.
    pub(crate) inbox: Inbox,
    /// What changes with knowledge.
    pub(crate) shelf: Arc<shelf::Shelf>,
    /// The file of the key under which personal data are imported.
    pub(crate) key_file: Option<PathBuf>,
}

impl Workshop {
    /// Until the process is asked to end.
    pub(crate) async fn work(self) {
        let beats = tokio::spawn(self.clone().beat());
        while !stopping() {
            match self.store.claim(&self.owner, now()).await {
                Ok(Some(job)) => {
                    self.carry_out(&job).await;
                    self.tidy(&job).await;
                }
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
        self.tidy_old().await?;
        Ok(())
    }

    async fn carry_out(&self, job: &Job) {
        let ended = match job.kind.as_str() {
            web::RUN => self.run(job).await,
            web::FILE => self.file(job).await.map(Done::of),
            web::EXAMINE => self.examine(job).await.map(Done::of),
            web::PROFILE => self.profile(job).await.map(Done::of),
            web::IMPORT => self.import(job).await.map(Done::of),
            web::LEARN => self.learn(job).await.map(Done::of),
            other => Err(anyhow!("没有“{other}”这种任务")),
        };
        match ended {
            Ok(Done { outcome, next: None }) => self.say(async || self.store.end(job, true, &outcome, now()).await).await,
            Ok(Done { outcome, next: Some((kind, body)) }) => {
                self.say(async || self.store.end_and_ask(job, &outcome, (kind, &body), now()).await).await;
            }
            // The process ends, and the next one takes it up.
            Err(_) if stopping() => self.say(async || self.store.requeue(job, now()).await).await,
            Err(problem) => {
                let outcome = format!("{problem:#}");
                self.say(async || self.store.end(job, false, &outcome, now()).await).await;
            }
        }
    }

    /// Says how a job ended, again until the store hears it: what is not heard is done anew when the claim is over.
    async fn say(&self, said: impl AsyncFn() -> Result<bool, StoreError>) {
        for _ in 0..TOLD_AGAIN {
            match said().await {
                // Where it does not count, it was cancelled, or somebody else has it.
                Ok(_) => return,
                Err(problem) => tracing::error!(%problem, "the end of a job is not kept"),
            }
            tokio::time::sleep(BEAT).await;
        }
    }

    /// Waits for work on a thread of its own. Says meanwhile how far it is, and has it stop where the job was cancelled, the claim is
    /// lost, or the process is to end; a store that does not answer for a while stops nothing.
    pub(super) async fn watch<T>(
        &self,
        job: &Job,
        mut work: JoinHandle<Result<T>>,
        stop: &AtomicBool,
        said: impl Fn() -> String,
    ) -> Result<T> {
        let (mut heard, mut spoke, mut asked) = (Instant::now(), None::<Instant>, None::<Instant>);
        loop {
            tokio::select! {
                ended = &mut work => return ended.context("任务中断")?,
                () = tokio::time::sleep(GLANCE) => {}
            }
            if stopping() {
                stop.store(true, Ordering::Relaxed);
                // What it has begun to write is whole or not there; nobody waits for it for ever.
                if asked.get_or_insert_with(Instant::now).elapsed() > GRACE {
                    bail!("服务停止，任务没有做完");
                }
            }
            if spoke.is_none_or(|at| at.elapsed() >= BEAT) {
                spoke = Some(Instant::now());
                match self.store.progress(job, &said(), now()).await {
                    Ok(true) => heard = Instant::now(),
                    Ok(false) => stop.store(true, Ordering::Relaxed),
                    Err(problem) => {
                        tracing::error!(%problem, "the progress of a job is not kept");
                        // By now somebody else may have it.
                        if heard.elapsed().as_secs() >= LEASE_SECONDS.unsigned_abs() {
                            stop.store(true, Ordering::Relaxed);
                        }
                    }
                }
            }
        }
    }

    /// All rules over the whole lake.
    async fn run(&self, job: &Job) -> Result<Done> {
        let progress = Arc::new(Progress::default());
        let (lake, rules, shared, id) = (self.lake.clone(), self.rules.clone(), progress.clone(), job.job_id.clone());
        let (loaded, query_seconds) = (shelf::in_force(&self.store, &rules, &lake).await?, self.query_seconds);
        let work = tokio::task::spawn_blocking(move || {
            let whole = Order::whole(&lake, loaded);
            let order = Order { query_seconds, progress: Some(shared), job: Some(id), ..whole };
            run::carry_out(order, &Screen::new(false, true))
        });
        let said = || format!("已判定明细 {} 条", count(progress.lines.load(Ordering::Relaxed)));
        let (run, report) = self.watch(job, work, &progress.stop, said).await?;
        let (id, totals) = (&run.id, &report.totals);
        let (findings, undecided) = (count(totals.findings), count(totals.undecided));
        Ok(Done {
            outcome: format!("{id}：疑点 {findings} 条，未决 {undecided} 次，用时 {:.0} 秒", report.seconds),
            next: Some((web::PROFILE, serde_json::json!({ "run_id": id }).to_string())),
        })
    }

    /// Works out the risk profiles of a run.
    async fn profile(&self, job: &Job) -> Result<String> {
        let (lake, id, stop) = (self.lake.clone(), named_run(job)?, Arc::new(AtomicBool::new(false)));
        let told = stop.clone();
        let work = tokio::task::spawn_blocking(move || {
            let run = Runs::of(&lake).find(Some(&id))?;
            reading::risk::keep(&lake, &run, &told)
        });
        let units = self.watch(job, work, &stop, || "正在计算画像".to_owned()).await?;
        let [institutions, doctors, persons] = units.map(|units| count(units as u64));
        Ok(format!("机构 {institutions} 个，医师 {doctors} 名，参保人 {persons} 名"))
    }

    /// Files a run.
    async fn file(&self, job: &Job) -> Result<String> {
        let id = named_run(job)?;
        let (lake, records, floor) = (self.lake.clone(), self.store.rule_records().await?, self.floor);
        let reading = tokio::task::spawn_blocking(move || {
            let run = Runs::of(&lake).find(Some(&id))?;
            Filing::of(&lake, &run, &records, floor)
        });
        let filing = self.watch(job, reading, &AtomicBool::new(false), || "正在读取疑点".to_owned()).await?;
        let told = async |done: usize, all: usize| -> Result<bool> {
            let said = format!("已立案 {} / {} 条", count(done as u64), count(all as u64));
            let going = self.store.progress(job, &said, now()).await.unwrap_or_else(|problem| {
                tracing::error!(%problem, "the progress of a job is not kept");
                true
            });
            Ok(going && !stopping())
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
