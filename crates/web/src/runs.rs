//! Runs（审核任务）: rules over the lake, and the filing of what they found. Both are jobs: they go on when the page is closed.

use askama::Template;
use axum::extract::{Path, State};
use store::{FilingOutcome, Job};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::{App, RunCard};
use crate::guard::{Posted, Who};
use crate::layout::Frame;
use crate::text;

/// Kind of a job that runs all rules.
pub const RUN: &str = "run";
/// Kind of a job that checks and tries a draft; its body names the draft and its version.
pub const EXAMINE: &str = "examine";
/// Kind of a job that files a run; its body names the run.
pub const FILE: &str = "file";

struct Row {
    card: RunCard,
    lines: String,
    findings: String,
    undecided: String,
    amount: String,
    fund: String,
    filed: Option<(String, FilingOutcome)>,
    /// Digest of the pack as people read it, and the address of a published one.
    pack: String,
    published: Option<String>,
    /// The pack was published, and knowledge or program changed before it ran.
    changed_since: bool,
}

#[derive(Template)]
#[template(path = "runs.html")]
struct RunsPage {
    frame: Frame,
    rows: Vec<Row>,
    jobs: Vec<(Job, &'static str, &'static str)>,
    busy: bool,
    may_run: bool,
    may_compare: bool,
}

/// GET /runs
pub(crate) async fn list(State(app): State<App>, who: Who) -> Answer {
    let filings = app.store.filings().await?;
    let row = |card: RunCard| Row {
        lines: count(card.lines),
        findings: count(card.findings),
        undecided: count(card.undecided),
        amount: text::yuan(card.amount_fen),
        fund: text::yuan(card.fund_fen),
        pack: short(card.published_pack.as_ref().unwrap_or(&card.pack_digest)),
        published: card.published_pack.clone(),
        changed_since: card.published_pack.as_ref().is_some_and(|published| *published != card.pack_digest),
        filed: filings.iter().find(|(run, ..)| *run == card.run_id).map(|(_, on, outcome)| (on.clone(), *outcome)),
        card,
    };
    let jobs = app.store.jobs(20).await?;
    let busy = jobs.iter().any(Job::is_open);
    crate::answer::page(&RunsPage {
        frame: Frame::of(&app, &who, "/runs").await,
        rows: app.records.runs().await.map_err(Trouble::Records)?.into_iter().map(row).collect(),
        jobs: jobs
            .into_iter()
            .map(|job| {
                let (text, colour) = state(&job);
                (job, text, colour)
            })
            .collect(),
        busy,
        may_run: casework::policy::permits(who.0.account.role, casework::Action::Run),
        may_compare: casework::policy::permits(who.0.account.role, casework::Action::ListFindings),
    })
}

/// The state of a job as people say it, with its colour.
pub(crate) fn state(job: &Job) -> (&'static str, &'static str) {
    match job.state.as_str() {
        "queued" => ("等待", "secondary"),
        "running" => ("进行中", "blue"),
        "done" => ("完成", "green"),
        "cancelled" => ("已取消", "secondary"),
        _ => ("失败", "red"),
    }
}

/// The beginning of a digest.
pub(crate) fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

fn count(number: u64) -> String {
    text::count(i64::try_from(number).unwrap_or(i64::MAX))
}

/// POST /runs: asks for a run of all rules.
pub(crate) async fn start(State(app): State<App>, who: Who, _form: Posted) -> Answer {
    app.store.ask(RUN, "{}", &who.0.account.name, app.now()).await?;
    see_other("/runs")
}

/// POST /runs/{id}/file: asks for the filing of a run.
pub(crate) async fn file(State(app): State<App>, who: Who, Path(id): Path<String>, _form: Posted) -> Answer {
    let known = app.records.runs().await.map_err(Trouble::Records)?.iter().any(|run| run.run_id == id);
    if !known {
        return Err(Trouble::Input(format!("没有审核 {id}")));
    }
    let body = serde_json::json!({ "run_id": id }).to_string();
    app.store.ask(FILE, &body, &who.0.account.name, app.now()).await?;
    see_other("/runs")
}

/// POST /jobs/{id}/cancel
pub(crate) async fn cancel(State(app): State<App>, who: Who, Path(id): Path<String>, _form: Posted) -> Answer {
    app.store.cancel(&id, &who.0.account.name, app.now()).await?;
    see_other("/runs")
}
