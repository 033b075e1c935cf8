//! Workbench（工作台）: what is due comes before any statistic.

use askama::Template;
use axum::extract::State;
use store::{Filter, Grouping, Order};

use crate::answer::{Answer, see_other};
use crate::app::App;
use crate::guard::Who;
use crate::layout::{Frame, home};
use crate::queue::Row;
use crate::text;
use crate::trend::Trend;

struct Counter {
    label: &'static str,
    findings: i64,
    note: String,
    address: String,
}

struct Bar {
    name: String,
    findings: String,
    amount: String,
    apart: String,
    query: String,
}

#[derive(Template)]
#[template(path = "workbench.html")]
struct WorkbenchPage {
    frame: Frame,
    counters: Vec<Counter>,
    due: Vec<Row>,
    mine: Vec<Row>,
    rules: Vec<Bar>,
    institutions: Vec<Bar>,
    trend: Trend,
}

/// GET /
pub(crate) async fn page(State(app): State<App>, who: Who) -> Answer {
    if home(who.0.account.role) != "/" {
        return see_other(home(who.0.account.role));
    }
    let (actor, today) = (who.actor(), app.today());
    let open = Filter { open: true, awake_on: Some(today), ..Filter::default() };
    let waiting = app.store.waiting(&actor, today).await?;
    let counted = [
        ("逾期与今日到期", waiting.due, "view=due"),
        ("待初审", waiting.filed, "view=all&state=filed"),
        ("待下发", waiting.passed, "view=all&state=passed"),
        ("机构已申诉", waiting.under_appeal, "view=all&state=under_appeal"),
        ("合议中", waiting.in_panel, "view=all&state=in_panel"),
        ("结果有变", waiting.differs, "view=differs"),
    ];
    let counters = counted.into_iter().map(|(label, totals, query)| Counter {
        label,
        findings: totals.findings,
        note: text::sums(&totals),
        address: format!("/findings?{query}"),
    });
    let rows = async |filter: &Filter| -> Result<Vec<Row>, store::StoreError> {
        let lines = app.store.list(&actor, filter, Order::Due, 0, 12).await?;
        Ok(lines.into_iter().map(|line| Row::of(line, &app)).collect())
    };
    let mine = Filter { assignee: Some(actor.user.0.clone()), ..open.clone() };
    let bars = async |by: Grouping, key: &str| -> Result<Vec<Bar>, store::StoreError> {
        let groups = app.store.tallied(&actor, &open, by, 8).await?;
        let bar = |group: store::Group| Bar {
            query: format!("view=open&{key}={}", group.key),
            name: group.name,
            findings: text::count(group.totals.findings),
            amount: text::yuan(group.totals.amount_fen),
            apart: text::yuan(group.totals.index_fen),
        };
        Ok(groups.into_iter().map(bar).collect())
    };
    crate::answer::page(&WorkbenchPage {
        frame: Frame::of(&app, &who, "/").await,
        due: rows(&open).await?,
        mine: rows(&mine).await?,
        rules: bars(Grouping::Rule, "rule").await?,
        institutions: bars(Grouping::Institution, "inst").await?,
        counters: counters.collect(),
        trend: Trend::of(&app, &actor).await?,
    })
}
