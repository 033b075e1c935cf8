//! Bulk decisions（批量办理）: one act on all findings of a list, with a preview that shows each, exceptions, one reason, and what became of each.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use casework::{Actor, BulkAct, policy};
use store::{Bulk, BulkMember, BulkPart, Line, Ticks};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::chosen::{assigned, put_off};
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;
use crate::paging::{PAGE, Pages, Turn};
use crate::queue::{Row, filter, picks};
use crate::workbook::{self, MOST};
use crate::{export, text};

/// How long an answer waits for the work; what takes longer goes on, and its page tells how far it is.
const PATIENCE: Duration = Duration::from_secs(5);
/// A step takes moments. Where none was done for so many seconds, the server was stopped in between.
const STANDSTILL: i64 = 60;

/// What an actor may do to many findings at once: name in forms, as shown.
pub(crate) fn acts(actor: &Actor) -> Vec<(&'static str, &'static str)> {
    let acts = [
        ("pass", BulkAct::Pass),
        ("dismiss", BulkAct::Dismiss),
        ("tell", BulkAct::Tell),
        ("assign", BulkAct::Assign { to: actor.user.clone() }),
        ("snooze", BulkAct::Snooze { until: claims::Day(0) }),
    ];
    let may = |act: &BulkAct| policy::permits(actor.role, act.action());
    acts.into_iter().filter(|(_, act)| may(act)).map(|(name, act)| (name, act.label())).collect()
}

async fn act(app: &App, fields: &Fields) -> Result<BulkAct, Trouble> {
    match fields.one("act") {
        Some("pass") => Ok(BulkAct::Pass),
        Some("dismiss") => Ok(BulkAct::Dismiss),
        Some("tell") => Ok(BulkAct::Tell),
        Some("assign") => assigned(app, fields).await,
        Some("snooze") => put_off(fields),
        _ => Err(Trouble::Input("请选择整组怎么办".to_owned())),
    }
}

/// POST /bulk: a preview of an act on all findings of a list.
pub(crate) async fn preview(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let actor = who.actor();
    let act = act(&app, &fields).await?;
    let query = fields.one("of").or_else(|| fields.one("back")).unwrap_or_default();
    let list = Fields::parse(query.as_bytes());
    let filter = filter(&list, &actor, app.today());
    let number = app.store.preview_bulk(&actor, &act, &filter, &list.with(&[("group", ""), ("said", "")]), app.now()).await?;
    see_other(&format!("/bulk/{number}"))
}

/// A finding of the decision.
struct Member {
    finding: BulkMember,
    /// None where the actor no longer sees it.
    row: Option<Row>,
    outcome: String,
}

impl Member {
    fn of(member: BulkMember, line: Option<Line>, app: &App) -> Self {
        Self { outcome: outcome(&member), row: line.map(|line| Row::of(line, app)), finding: member }
    }
}

/// What became of a finding, in words.
fn outcome(member: &BulkMember) -> String {
    match &member.outcome {
        Some(Ok(())) => "已办".to_owned(),
        Some(Err(why)) => format!("没有办：{why}"),
        None if member.excepted => "除外".to_owned(),
        None if !member.same => "看过之后已有变动，不办".to_owned(),
        None => "待办".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "bulk.html")]
struct BulkPage {
    frame: Frame,
    bulk: Bulk,
    /// To whom, or until when.
    aim: String,
    conditions: Vec<String>,
    members: Vec<Member>,
    parts: Vec<(&'static str, i64, &'static str, bool)>,
    amount: String,
    fund: String,
    apart: Option<String>,
    pages: Pages,
    page: usize,
    running: bool,
    said: Option<String>,
}

/// The parts of a decision that was begun.
const PARTS: [(BulkPart, &str, &str); 4] = [
    (BulkPart::Done, "done", "已办"),
    (BulkPart::Left, "left", "没有办"),
    (BulkPart::Excepted, "excepted", "除外"),
    (BulkPart::All, "all", "全部"),
];

/// GET /bulk/{id}: the preview; of what was begun, how far it is and what became of each.
pub(crate) async fn page(State(app): State<App>, who: Who, Path(number): Path<String>, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let actor = who.actor();
    let bulk = app.store.bulk(&number, &actor).await?;
    let begun = bulk.begun_at.is_some();
    let count = |part: BulkPart| match part {
        BulkPart::Done => bulk.done,
        BulkPart::Left => bulk.left,
        BulkPart::Excepted => bulk.excepted,
        BulkPart::All => bulk.findings,
        BulkPart::Chosen => bulk.chosen(),
    };
    let asked = fields.one("part").and_then(|name| PARTS.iter().find(|(_, known, _)| *known == name)).filter(|_| begun);
    let part = asked.map_or(if begun && bulk.left > 0 { BulkPart::Left } else { BulkPart::All }, |(part, ..)| *part);
    let turn = Turn::of(&fields);
    let (skip, most) = turn.rows();
    let members = members(&app, &actor, &number, part, skip, most).await?;
    let total = usize::try_from(count(part)).unwrap_or_default();
    let totals = app.store.bulk_totals(&number, &actor, if begun { BulkPart::Done } else { BulkPart::Chosen }).await?;
    let still = bulk.step_at.is_none_or(|step| app.now().0 - step.0 > STANDSTILL);
    crate::answer::page(&BulkPage {
        frame: Frame::of(&app, &who, "/findings").await,
        aim: aim(&app, &bulk.act).await,
        conditions: picks(&Fields::parse(bulk.query.as_bytes())).into_iter().map(|pick| pick.label).collect(),
        pages: turn.pages("", &fields, members.len(), total),
        page: turn.skip / PAGE + 1,
        members: members.into_iter().map(|(member, line)| Member::of(member, line, &app)).collect(),
        parts: PARTS.into_iter().map(|(known, name, label)| (name, count(known), label, known == part)).collect(),
        amount: text::yuan(totals.amount_fen),
        fund: text::yuan(totals.fund_fen),
        apart: (totals.index_fen > 0).then(|| text::yuan(totals.index_fen)),
        running: begun && bulk.ended_at.is_none() && !still,
        said: fields.one("said").map(str::to_owned),
        bulk,
    })
}

async fn aim(app: &App, act: &BulkAct) -> String {
    match act {
        BulkAct::Assign { to } => {
            let name = app.store.account(&to.0).await.map_or_else(|_| to.0.clone(), |account| account.display);
            format!("给 {name}")
        }
        BulkAct::Snooze { until } => format!("到 {until}"),
        _ => String::new(),
    }
}

async fn members(
    app: &App,
    actor: &Actor,
    number: &str,
    part: BulkPart,
    skip: i64,
    most: i64,
) -> Result<Vec<(BulkMember, Option<Line>)>, Trouble> {
    let members = app.store.bulk_members(number, part, skip, most).await?;
    let ids: Vec<String> = members.iter().map(|member| member.finding_id.clone()).collect();
    let mut lines = HashMap::new();
    for ids in ids.chunks(500) {
        lines.extend(app.store.lines(actor, ids).await?.into_iter().map(|line| (line.finding_id.clone(), line)));
    }
    let shown = |member: BulkMember| {
        let line = lines.remove(&member.finding_id);
        (member, line)
    };
    Ok(members.into_iter().map(shown).collect())
}

/// GET /bulk/{id}/members.xlsx
pub(crate) async fn export(State(app): State<App>, who: Who, Path(number): Path<String>) -> Answer {
    let actor = who.actor();
    app.store.bulk(&number, &actor).await?;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let members = members(&app, &actor, &number, BulkPart::All, 0, most).await?;
    let rows = members.into_iter().map(|(member, line)| (line, member.finding_id.clone(), outcome(&member)));
    let fields = Fields::default().with(&[("bulk", &number)]);
    let table = export::outcomes(&rows.collect::<Vec<_>>());
    workbook::export(&app, &who, "bulk", &Fields::parse(fields.as_bytes()), vec![table]).await
}

/// The ticks of a page of the preview.
fn ticked(fields: &Fields) -> (Vec<String>, BTreeSet<String>) {
    (fields.all("shown"), fields.all("kept").into_iter().collect())
}

/// POST /bulk/{id}/except: keeps the ticks, and turns the page.
pub(crate) async fn except(State(app): State<App>, who: Who, Path(number): Path<String>, Posted(fields): Posted) -> Answer {
    let (shown, kept) = ticked(&fields);
    let ticks = Ticks { version: fields.version()?, shown: &shown, kept: &kept };
    app.store.except_from_bulk(&number, &who.actor(), ticks).await?;
    let page: usize = fields.one("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    see_other(&format!("/bulk/{number}?page={page}"))
}

/// POST /bulk/{id}/carry-out: keeps the ticks of the page, and does it. What was begun before goes on.
pub(crate) async fn carry_out(State(app): State<App>, who: Who, Path(number): Path<String>, Posted(fields): Posted) -> Answer {
    let actor = who.actor();
    let bulk = app.store.bulk(&number, &actor).await?;
    if bulk.begun_at.is_none() {
        let (shown, kept) = ticked(&fields);
        let ticks = Ticks { version: fields.version()?, shown: &shown, kept: &kept };
        let reason = fields.one("reason").unwrap_or_default();
        app.store.begin_bulk(&number, &actor, reason, ticks, &app.clocks, app.now()).await?;
    }
    // Whoever closes the page does not stop it half-way.
    let work = tokio::spawn(steps(app, actor, number.clone()));
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(Err(problem))) => Err(problem),
        Ok(_) | Err(_) => see_other(&format!("/bulk/{number}")),
    }
}

async fn steps(app: App, actor: Actor, number: String) -> Result<(), Trouble> {
    loop {
        match app.store.bulk_step(&number, &actor, &app.clocks, app.now()).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(problem) => {
                // The page shows what is left to do; why it stopped is for the log.
                tracing::error!(number, "a bulk decision stopped");
                return Err(problem.into());
            }
        }
    }
}
