//! Figures（统计报表）: findings by state, rule and institution; each number opens its rows.

use askama::Template;
use axum::extract::State;
use store::{Filter, Grouping};

use crate::answer::Answer;
use crate::app::App;
use crate::guard::Who;
use crate::layout::Frame;
use crate::text;
use crate::trend::Trend;

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
    let decided = app.store.tallied(&actor, &confirmed, Grouping::Institution, 1_000).await?;
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
        institutions: app.store.tallied(&actor, &all, Grouping::Institution, 500).await?.into_iter().map(row).collect(),
    })
}
