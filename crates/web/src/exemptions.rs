//! Exemptions（限期例外）: what is asked for, in force and over, who decided, and what was set aside under each.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use casework::exemption::{Ruling, Stage};
use casework::{Action, UserId, policy};
use claims::Day;
use store::ExemptionLine;

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;

/// The most shown at once.
const MOST: i64 = 300;

struct Row {
    line: ExemptionLine,
    rule: String,
    state: (&'static str, &'static str),
    asked: String,
    decided: String,
    /// What may be done: decide on it, take it back.
    decide: bool,
    revoke: bool,
    query: String,
}

#[derive(Template)]
#[template(path = "exemptions.html")]
struct ExemptionsPage {
    frame: Frame,
    rows: Vec<Row>,
    rules: Vec<(String, String)>,
    rule: String,
    inst: String,
    may_ask: bool,
    most_days: u32,
    said: Option<String>,
}

/// GET /exemptions
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let lines = app.store.exemptions(&who.actor(), None, MOST).await?;
    let accounts = app.store.accounts().await?;
    let names: BTreeMap<String, String> = accounts.into_iter().map(|account| (account.name, account.display)).collect();
    let may = |action| policy::permits(who.0.account.role, action);
    let rows = lines.into_iter().map(|line| row(&app, &who, line, &names)).collect();
    crate::answer::page(&ExemptionsPage {
        frame: Frame::of(&app, &who, "/exemptions").await,
        rows,
        rules: app.rulebook.cards().iter().map(|rule| (rule.code.clone(), rule.name.clone())).collect(),
        rule: fields.one("rule").unwrap_or_default().to_owned(),
        inst: fields.one("inst").unwrap_or_default().to_owned(),
        may_ask: may(Action::AskExemption),
        most_days: app.clocks.limits.base.exemption_days,
        said: fields.one("said").map(str::to_owned),
    })
}

fn row(app: &App, who: &Who, line: ExemptionLine, names: &BTreeMap<String, String>) -> Row {
    let (exemption, today) = (&line.exemption, app.today());
    let terms = &exemption.terms;
    let name = |user: &UserId| names.get(&user.0).unwrap_or(&user.0).clone();
    let (state, decided) = match &exemption.stage {
        Stage::Asked => (("待批", "yellow"), String::new()),
        Stage::Approved { by, on } if terms.until < today => (("已到期", "secondary"), format!("{} {on} 批准", name(by))),
        Stage::Approved { by, on } => (("执行中", "green"), format!("{} {on} 批准", name(by))),
        Stage::Refused { by, on, reason } => (("未批准", "secondary"), format!("{} {on}：{reason}", name(by))),
        Stage::Revoked { by, on, reason } => (("已撤回", "secondary"), format!("{} {on}：{reason}", name(by))),
    };
    let may = policy::permits(who.0.account.role, Action::DecideExemption);
    let (from, until) = (terms.from.to_string(), terms.until.to_string());
    let aside = [
        ("view", "all"),
        ("state", "exempted"),
        ("rule", &terms.rule_code),
        ("inst", &terms.fixmedins_code),
        ("from", &from),
        ("to", &until),
    ];
    Row {
        rule: app
            .rulebook
            .cards()
            .iter()
            .find(|rule| rule.code == terms.rule_code)
            .map_or_else(String::new, |rule| rule.name.clone()),
        state,
        asked: format!("{} {}", name(&exemption.asked_by), exemption.asked_on),
        decided,
        decide: may && exemption.stage == Stage::Asked && exemption.asked_by.0 != who.0.account.name,
        revoke: may && matches!(exemption.stage, Stage::Approved { .. }),
        query: Fields::default().with(&aside),
        line,
    }
}

fn day(fields: &Fields, name: &str, label: &str) -> Result<Day, Trouble> {
    let text = fields.need(name, label)?;
    Day::parse(text).ok_or_else(|| Trouble::Input(format!("{label}应如 2026-03-02，现为“{text}”")))
}

fn back(said: &str) -> Answer {
    see_other(&format!("/exemptions?{}", Fields::default().with(&[("said", said)])))
}

/// POST /exemptions: 申请.
pub(crate) async fn ask(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let (code, rule) = (fields.need("inst", "机构编码")?, fields.need("rule", "规则编码")?);
    if !app.rulebook.cards().iter().any(|known| known.code == rule) {
        return Err(Trouble::Input(format!("没有规则“{rule}”")));
    }
    let days = (day(&fields, "from", "起始服务日")?, day(&fields, "until", "截止服务日")?);
    let reason = fields.need("reason", "申请理由")?;
    let number = app.store.ask_exemption(&who.actor(), (code, rule), days, reason, &app.clocks, app.now()).await?;
    back(&format!("已申请限期例外 {number}，待他人批准"))
}

/// POST /exemptions/{id}/rule: 批准、不批准 or 撤回.
pub(crate) async fn rule(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let reason = fields.one("reason").unwrap_or_default().to_owned();
    let ruling = match fields.one("ruling") {
        Some("approve") => Ruling::Approve,
        Some("refuse") => Ruling::Refuse { reason },
        Some("revoke") => Ruling::Revoke { reason },
        _ => return Err(Trouble::Input("请选择批准、不批准或撤回".to_owned())),
    };
    let moved = app.store.rule_exemption(&id, fields.version()?, &who.actor(), &ruling, &app.clocks, app.now()).await?;
    back(&match ruling {
        Ruling::Approve => format!("已批准限期例外 {id}，{moved} 条疑点列入例外"),
        Ruling::Refuse { .. } => format!("未批准限期例外 {id}"),
        Ruling::Revoke { .. } => format!("已撤回限期例外 {id}，{moved} 条疑点恢复待初审"),
    })
}
