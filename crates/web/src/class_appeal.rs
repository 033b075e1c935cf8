//! Class appeal（同类申诉）as the bureau decides it: the institution's grounds and papers once, the findings below, some singled out.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use casework::{Action, ClassVerdict, Refusal, policy};
use claims::Moment;
use store::{ClassLine, ClassRuling, Paper};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;
use crate::queue::Row;
use crate::text;

/// A finding of the class, and whether it still waits.
struct Member {
    row: Row,
    open: bool,
}

#[derive(Template)]
#[template(path = "class_appeal.html")]
struct ClassPage {
    frame: Frame,
    line: ClassLine,
    members: Vec<Member>,
    papers: Vec<Paper>,
    first: String,
    amount: String,
    by: String,
    may_decide: bool,
    /// What of the class the page shows, and since when.
    seen: String,
    opened: String,
    said: Option<String>,
}

/// GET /appeals/{id}
pub(crate) async fn page(State(app): State<App>, who: Who, Path(id): Path<String>, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let actor = who.actor();
    let (line, findings) = app.store.class_appeal(&id, &actor).await?;
    let ids: Vec<String> = findings.iter().map(|finding| finding.value.filed.finding_id.clone()).collect();
    let mut members = Vec::new();
    for chunk in ids.chunks(500) {
        let lines = app.store.lines(&actor, chunk).await?;
        members.extend(lines.into_iter().map(|line| Member { open: line.state == "under_appeal", row: Row::of(line, &app) }));
    }
    let first = ids.first().cloned().unwrap_or_default();
    let papers = if first.is_empty() { Vec::new() } else { app.store.papers(&first, &actor).await? };
    let papers = papers.into_iter().filter(|paper| line.appeal.papers.contains(&paper.digest)).collect();
    let accounts = app.store.accounts().await?;
    let by = &line.appeal.by.0;
    let by = accounts.iter().find(|account| account.name == *by).map_or_else(|| by.clone(), |account| account.display.clone());
    crate::answer::page(&ClassPage {
        frame: Frame::of(&app, &who, "/appeals").await,
        amount: text::yuan(members.iter().map(|member| member.row.line.amount_fen).sum()),
        may_decide: policy::permits(actor.role, Action::DecideAppeal) && members.iter().any(|member| member.open),
        seen: store::class_appeal::seen(&findings),
        opened: app.now().to_string(),
        said: fields.one("said").map(str::to_owned),
        line,
        members,
        papers,
        first,
        by,
    })
}

/// POST /appeals/{id}/decide: 作出同类结论; what is ticked is singled out.
pub(crate) async fn decide(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let verdict = match fields.one("verdict") {
        Some("uphold") => ClassVerdict::Upheld,
        Some("overturn") => ClassVerdict::Overturned,
        _ => return Err(Trouble::Input("请选择维持或撤销".to_owned())),
    };
    let apart: BTreeSet<String> = fields.all("apart").into_iter().collect();
    let ruling = ClassRuling {
        verdict,
        reason: fields.one("reason").unwrap_or_default(),
        seen: fields.one("seen").ok_or_else(|| Trouble::Input("表单缺少版本号，请刷新页面".to_owned()))?,
        opened: fields.one("opened").and_then(Moment::parse),
    };
    let (done, left) = app.store.decide_class(&id, &who.actor(), ruling, &apart, &app.clocks, app.now()).await?;
    let mut said = format!("已办 {done} 条");
    if !apart.is_empty() {
        said.push_str(&format!("；单独处理 {} 条", apart.len()));
    }
    let held = left.iter().filter(|refusal| matches!(refusal, Refusal::Held { .. })).count();
    if held > 0 {
        said.push_str(&format!("；{held} 条正由他人审理，未办"));
    }
    if left.len() > held {
        said.push_str(&format!("；{} 条由您初审，须由他人复审", left.len() - held));
    }
    see_other(&format!("/appeals/{id}?{}", Fields::default().with(&[("said", &said)])))
}
