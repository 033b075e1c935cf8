//! Figures（统计报表）: findings by state, rule and institution; each number opens its rows.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use store::{Filter, Grouping};

use crate::answer::Answer;
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::text;
use crate::trend::Trend;
use crate::workbook::{self, Cell, MOST, Table};

struct Row {
    name: String,
    query: String,
    code: String,
    findings: String,
    amount: String,
    fund: String,
    apart: String,
    confirmed: String,
    owed: String,
}

#[derive(Template)]
#[template(path = "stats.html")]
struct StatsPage {
    frame: Frame,
    states: Vec<(&'static str, String, String, String, String, String)>,
    institutions: Vec<Row>,
    trend: Trend,
    grades: Vec<(&'static str, String, String, String, String)>,
}

/// The most institutions that the page lists.
const MOST_INSTITUTIONS: i64 = 500;

/// GET /stats.xlsx: the tables of the page, in yuan; institutions are all there.
pub(crate) async fn export(State(app): State<App>, who: Who) -> Answer {
    let actor = who.actor();
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let all = Filter::default();
    let sums = |totals: &store::Totals| {
        let money = [totals.amount_fen, totals.fund_fen, totals.index_fen].map(Cell::Yuan);
        std::iter::once(Cell::from(totals.findings)).chain(money).collect::<Vec<Cell>>()
    };
    let named =
        |name: String, totals: &store::Totals| std::iter::once(Cell::from(name)).chain(sums(totals)).collect::<Vec<Cell>>();
    let heads = |name: &'static str| [name, "疑点 条", "涉及金额 元（各规则相加）", "其中基金 元", "按病种床日 元"];
    let states = app.store.tallied(&actor, &all, Grouping::State, 20).await?;
    let states = states.into_iter().map(|group| named(text::state(&group.key).0.to_owned(), &group.totals));
    let grades = app.store.tallied(&actor, &all, Grouping::Grade, 20).await?;
    let grades = grades.into_iter().map(|group| named(text::grade(&group.key).0.to_owned(), &group.totals));
    let mut months = app.store.tallied(&actor, &all, Grouping::Month, 1_200).await?;
    months.sort_by(|a, b| a.key.cmp(&b.key));
    let months = months.into_iter().map(|group| named(group.key, &group.totals));
    let confirmed = Filter { states: vec!["confirmed".to_owned()], ..Filter::default() };
    let decided = app.store.tallied(&actor, &confirmed, Grouping::Institution, most).await?;
    let decided: HashMap<String, store::Totals> = decided.into_iter().map(|group| (group.key, group.totals)).collect();
    let institution = |group: store::Group| {
        let own = decided.get(&group.key).cloned().unwrap_or_default();
        let after = [Cell::from(own.findings), Cell::Yuan(own.fund_fen)];
        std::iter::once(Cell::from(group.key)).chain(named(group.name, &group.totals)).chain(after).collect()
    };
    let institutions = app.store.tallied(&actor, &all, Grouping::Institution, most).await?;
    let [name, findings, amount, fund, apart] = heads("名称");
    let tables = vec![
        Table::new("按状态", &heads("状态"), states),
        Table::new("按级别", &heads("级别"), grades),
        Table::new("按服务月", &heads("月份"), months),
        Table::new(
            "按机构",
            &["机构", name, findings, amount, fund, apart, "已认定 条", "认定涉及基金 元"],
            institutions.into_iter().map(institution),
        ),
    ];
    workbook::export(&app, &who, "stats", &Fields::default(), tables).await
}

/// GET /stats
pub(crate) async fn page(State(app): State<App>, who: Who) -> Answer {
    let actor = who.actor();
    let all = Filter::default();
    let state = |group: store::Group| {
        let (label, _) = text::state(&group.key);
        (
            label,
            format!("view=all&state={}", group.key),
            text::count(group.totals.findings),
            text::wan(group.totals.amount_fen),
            text::wan(group.totals.fund_fen),
            text::wan(group.totals.index_fen),
        )
    };
    let grade = |group: store::Group| {
        (
            text::grade(&group.key).0,
            format!("view=all&grade={}", group.key),
            text::count(group.totals.findings),
            text::wan(group.totals.amount_fen),
            text::wan(group.totals.index_fen),
        )
    };
    let confirmed = Filter { states: vec!["confirmed".to_owned()], ..Filter::default() };
    let decided = app.store.tallied(&actor, &confirmed, Grouping::Institution, 100_000).await?;
    let row = |group: store::Group| {
        let own = decided.iter().find(|other| other.key == group.key).map(|other| other.totals.clone()).unwrap_or_default();
        Row {
            query: format!("view=all&inst={}", if group.key.is_empty() { "-" } else { &group.key }),
            code: group.key,
            name: group.name,
            findings: text::count(group.totals.findings),
            amount: text::wan(group.totals.amount_fen),
            fund: text::wan(group.totals.fund_fen),
            apart: text::wan(group.totals.index_fen),
            confirmed: text::count(own.findings),
            owed: text::wan(own.fund_fen),
        }
    };
    crate::answer::page(&StatsPage {
        frame: Frame::of(&app, &who, "/stats").await,
        trend: Trend::of(&app, &actor).await?,
        states: app.store.tallied(&actor, &all, Grouping::State, 20).await?.into_iter().map(state).collect(),
        grades: app.store.tallied(&actor, &all, Grouping::Grade, 20).await?.into_iter().map(grade).collect(),
        institutions: app
            .store
            .tallied(&actor, &all, Grouping::Institution, MOST_INSTITUTIONS)
            .await?
            .into_iter()
            .map(row)
            .collect(),
    })
}
