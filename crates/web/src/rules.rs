//! Rules（规则库）: what each rule means, and what became of its findings.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use casework::standing::Standing;
use casework::{Action, Actor, policy};
use store::{Filter, Grouping, Remark, RuleRecords};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::{App, RuleCard};
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;
use crate::text;
use crate::workbook::{self, Cell, Table};

/// Below so many decided findings a rate says nothing.
const LEAST_FOR_RATE: i64 = 30;

/// Label（规则标签）: what became of a rule's findings.
#[derive(Clone, Default)]
struct Label {
    findings: i64,
    open: i64,
    confirmed: i64,
    dismissed: i64,
    amount: String,
    amount_fen: i64,
    /// Amounts of stays paid by case or day: no money of the funds.
    apart: i64,
}

impl Label {
    /// Confirmed of what was decided, with its base; only counts where there are few.
    fn rate(&self) -> String {
        let decided = self.confirmed + self.dismissed;
        if decided < LEAST_FOR_RATE {
            return format!("认定 {} / {decided}，样本不足", self.confirmed);
        }
        let permille = self.confirmed * 1_000 / decided;
        format!("{}.{}%（{} / {decided}）", permille / 10, permille % 10, self.confirmed)
    }
}

struct Row {
    rule: RuleCard,
    label: Label,
    rate: String,
    /// Why its findings are hints by now; empty where it accuses.
    hint_only: String,
    hour: String,
}

#[derive(Template)]
#[template(path = "rules.html")]
struct RulesPage {
    frame: Frame,
    rows: Vec<Row>,
    words: String,
    query: String,
    may_draft: bool,
}

async fn labels(app: &App, actor: &Actor) -> Result<BTreeMap<String, Label>, Trouble> {
    let mut labels: BTreeMap<String, Label> = BTreeMap::new();
    let states = |names: &[&str]| Filter { states: names.iter().map(ToString::to_string).collect(), ..Filter::default() };
    let wanted = [states(&[]), Filter { open: true, ..Filter::default() }, states(&["confirmed"]), states(&["dismissed"])];
    for (number, filter) in wanted.iter().enumerate() {
        for group in app.store.tallied(actor, filter, Grouping::Rule, 1_000).await? {
            let label = labels.entry(group.key).or_default();
            match number {
                0 => {
                    label.findings = group.totals.findings;
                    (label.amount, label.amount_fen) = (text::yuan(group.totals.amount_fen), group.totals.amount_fen);
                    label.apart = group.totals.index_fen;
                }
                1 => label.open = group.totals.findings,
                2 => label.confirmed = group.totals.findings,
                _ => label.dismissed = group.totals.findings,
            }
        }
    }
    Ok(labels)
}

/// Why the findings of a rule's version in force are hints, whatever the rule says; empty where they are not.
fn hint_only(app: &App, records: &RuleRecords, rule: &RuleCard) -> String {
    let record = records.get(&(rule.code.clone(), rule.version)).copied().unwrap_or_default();
    if record.standing(app.floor) != Standing::HintOnly {
        return String::new();
    }
    let (confirmed, decided, percent) = (record.confirmed, record.decided(), app.floor.confirmed_percent);
    format!(
        "第 {} 版已有 {decided} 条办结，认定 {confirmed} 条，低于 {percent}% 的降级线：新的结果自动降为提示，不再立案。规则改版后重新计算。",
        rule.version
    )
}

fn may_draft(who: &Who) -> bool {
    policy::permits(who.0.account.role, Action::DraftRule)
}

/// Yuan back by an hour of review of the version in force, and the hours; dashes while no time is known.
fn hour(records: &RuleRecords, rule: &RuleCard) -> (String, String) {
    let record = records.get(&(rule.code.clone(), rule.version)).copied().unwrap_or_default();
    let minutes = record.review_seconds / 60;
    match record.fen_per_hour() {
        Some(fen) => (text::yuan(fen), format!("{} 小时 {} 分", minutes / 60, minutes % 60)),
        None => ("—".to_owned(), "—".to_owned()),
    }
}

/// Rules that words name, with what became of their findings.
async fn rows(app: &App, actor: &Actor, words: &str) -> Result<Vec<Row>, Trouble> {
    let mut labels = labels(app, actor).await?;
    let records = app.store.rule_records().await?;
    let named = |rule: &&RuleCard| rule.name.contains(words) || rule.code.contains(words) || rule.class.contains(words);
    let cards = app.rulebook.cards();
    let rows = cards.iter().filter(named).map(|rule| {
        let label = labels.remove(&rule.code).unwrap_or_default();
        Row {
            rate: label.rate(),
            hint_only: hint_only(app, &records, rule),
            hour: hour(&records, rule).0,
            rule: rule.clone(),
            label,
        }
    });
    Ok(rows.collect())
}

/// GET /rules
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let words = fields.one("q").unwrap_or_default().to_owned();
    crate::answer::page(&RulesPage {
        frame: Frame::of(&app, &who, "/rules").await,
        rows: rows(&app, &who.actor(), &words).await?,
        query: fields.with(&[]),
        words,
        may_draft: may_draft(&who),
    })
}

/// GET /rules.xlsx
pub(crate) async fn export(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let rows = rows(&app, &who.actor(), fields.one("q").unwrap_or_default()).await?;
    let heads = ["编码", "名称", "类别", "状态", "版本", "知识点", "疑点 条", "待办 条", "涉及金额 元", "认定率", "元/审核小时"];
    let row = |row: Row| {
        let status = if row.hint_only.is_empty() { row.rule.status } else { "降为提示".to_owned() };
        vec![
            row.rule.code.into(),
            row.rule.name.into(),
            row.rule.class.into(),
            status.into(),
            i64::from(row.rule.version).into(),
            row.rule.knowledge_rows.into(),
            row.label.findings.into(),
            row.label.open.into(),
            Cell::Yuan(row.label.amount_fen),
            row.rate.into(),
            row.hour.into(),
        ]
    };
    workbook::export(&app, &who, "rules", &fields, vec![Table::new("规则", &heads, rows.into_iter().map(row))]).await
}

#[derive(Template)]
#[template(path = "rule.html")]
struct RulePage {
    frame: Frame,
    rule: RuleCard,
    label: Label,
    rate: String,
    hint_only: String,
    hour: (String, String),
    apart: String,
    institutions: Vec<(String, String, String, String)>,
    remarks: Vec<Remark>,
    may_draft: bool,
}

/// GET /rules/{code}
pub(crate) async fn page(State(app): State<App>, who: Who, Path(code): Path<String>) -> Answer {
    let rule = find(&app, &code)?;
    let actor = who.actor();
    let label = labels(&app, &actor).await?.remove(&code).unwrap_or_default();
    let filter = Filter { rule_code: Some(code.clone()), ..Filter::default() };
    let institution = |group: store::Group| {
        let query = format!("view=all&rule={code}&inst={}", group.key);
        (group.name, query, text::count(group.totals.findings), text::yuan(group.totals.amount_fen))
    };
    let institutions =
        app.store.tallied(&actor, &filter, Grouping::Institution, 12).await?.into_iter().map(institution).collect();
    let records = app.store.rule_records().await?;
    crate::answer::page(&RulePage {
        frame: Frame::of(&app, &who, "/rules").await,
        rate: label.rate(),
        hint_only: hint_only(&app, &records, &rule),
        hour: hour(&records, &rule),
        apart: text::yuan(label.apart),
        remarks: app.store.remarks(&format!("rule:{code}")).await?,
        may_draft: may_draft(&who),
        institutions,
        label,
        rule,
    })
}

fn find(app: &App, code: &str) -> Result<RuleCard, Trouble> {
    app.rulebook.cards().iter().find(|rule| rule.code == code).cloned().ok_or(Trouble::Store(store::StoreError::NotFound))
}

/// POST /rules/{code}/remark
pub(crate) async fn remark(State(app): State<App>, who: Who, Path(code): Path<String>, Posted(fields): Posted) -> Answer {
    find(&app, &code)?;
    let body = fields.one("body").unwrap_or_default();
    app.store.remark(&format!("rule:{code}"), &who.0.account.display, body, app.now()).await?;
    see_other(&format!("/rules/{code}"))
}
