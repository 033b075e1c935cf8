//! Own figures（本院数据）of an institution: what it was told and what became of it, by month and rule, what it owes, which limits run,
//! and what its doctors made of reminders. Each number opens its rows, and none is of anybody else.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use casework::Actor;
use casework::recovery::Account;
use claims::Day;
use store::realtime::{WarningFilter, Way};
use store::{Grouping, StoreError, Totals};

use crate::answer::Answer;
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::paging::{PAGE, Pages, Turn};
use crate::portal::{PortalFrame, listed};
use crate::realtime::{WarningRow, seen, warning};
use crate::text::{self, Clock};

/// Rules and months shown.
const MOST: i64 = 1_200;
/// Days that reminders are counted back.
const DAYS: i32 = 30;

/// Findings of one kind.
struct Sum {
    label: String,
    query: String,
    findings: String,
    amount: String,
    fund: String,
    apart: String,
}

impl Sum {
    fn of(label: String, query: String, totals: &Totals) -> Self {
        Self {
            label,
            query,
            findings: text::count(totals.findings),
            amount: text::yuan(totals.amount_fen),
            fund: text::yuan(totals.fund_fen),
            apart: text::yuan(totals.index_fen),
        }
    }
}

/// A rule or a month: all of it, what of it was confirmed, and what was overturned.
struct PartRow {
    all: Sum,
    confirmed: (String, String),
    overturned: (String, String),
}

/// A limit that runs.
struct Running {
    label: String,
    address: String,
    findings: String,
    clock: Option<Clock>,
}

#[derive(Template)]
#[template(path = "portal_figures.html")]
struct FiguresPage {
    frame: PortalFrame,
    outcomes: Vec<Sum>,
    running: Vec<Running>,
    refunds: Vec<(&'static str, String)>,
    reminders: Vec<(&'static str, String, String)>,
    since: String,
    months: Vec<PartRow>,
    rules: Vec<PartRow>,
}

/// GET /portal/figures
pub(crate) async fn page(State(app): State<App>, who: Who) -> Answer {
    let actor = who.actor();
    let mut months = parts(&app, &actor, Grouping::Month, "month").await?;
    months.sort_by(|a, b| a.all.label.cmp(&b.all.label));
    crate::answer::page(&FiguresPage {
        frame: PortalFrame::of(&app, &who, "/portal/figures").await?,
        outcomes: outcomes(&app, &actor).await?,
        running: running(&app, &actor).await?,
        refunds: refunds(&app, &actor).await?,
        reminders: reminders(&app, &actor).await?,
        since: since(&app).to_string(),
        months,
        rules: parts(&app, &actor, Grouping::Rule, "rule").await?,
    })
}

/// What the institution was told, how it answered, and how it ended.
async fn outcomes(app: &App, actor: &Actor) -> Result<Vec<Sum>, StoreError> {
    let kinds = [
        ("下发", "all"),
        ("待答复", "open"),
        ("认可", "accepted"),
        ("逾期未答复", "silent"),
        ("提出过申诉", "contested"),
        ("申诉中", "appealed"),
        ("已认定", "confirmed"),
        ("已撤销", "overturned"),
    ];
    let mut sums = Vec::new();
    for (label, name) in kinds {
        let totals = app.store.totals(actor, &listed(name)).await?;
        sums.push(Sum::of(label.to_owned(), format!("show={name}"), &totals));
    }
    Ok(sums)
}

/// The same by month of service or by rule.
async fn parts(app: &App, actor: &Actor, by: Grouping, field: &str) -> Result<Vec<PartRow>, StoreError> {
    let counted = async |name: &str| -> Result<BTreeMap<String, i64>, StoreError> {
        let groups = app.store.tallied(actor, &listed(name), by, MOST).await?;
        Ok(groups.into_iter().map(|group| (group.key, group.totals.findings)).collect())
    };
    let (confirmed, overturned) = (counted("confirmed").await?, counted("overturned").await?);
    let of = |name: &str, key: &str, counts: &BTreeMap<String, i64>| {
        (format!("show={name}&{field}={key}"), text::count(counts.get(key).copied().unwrap_or_default()))
    };
    let row = |group: store::Group| PartRow {
        confirmed: of("confirmed", &group.key, &confirmed),
        overturned: of("overturned", &group.key, &overturned),
        all: Sum::of(group.name, format!("show=all&{field}={}", group.key), &group.totals),
    };
    Ok(app.store.tallied(actor, &listed("all"), by, MOST).await?.into_iter().map(row).collect())
}

/// Limits of the institution and of the bureau, the nearest of each rule, and of what is to be paid back.
async fn running(app: &App, actor: &Actor) -> Result<Vec<Running>, StoreError> {
    let clock = |due: Option<Day>| Clock::of(due, app.today(), &app.clocks.calendar);
    let mut rows = Vec::new();
    for (what, name) in [("待本院答复", "open"), ("待医保复审", "appealed")] {
        for group in app.store.groups(actor, &listed(name), Grouping::Rule, MOST).await? {
            rows.push((
                group.due,
                Running {
                    label: format!("{what}　{}", group.name),
                    address: format!("/portal?show={name}&rule={}", group.key),
                    findings: text::count(group.totals.findings),
                    clock: clock(group.due),
                },
            ));
        }
    }
    let debts = app.store.debts(actor, true, None, MOST).await?;
    if let Some(due) = debts.iter().filter_map(|debt| debt.due).min() {
        rows.push((
            Some(due),
            Running {
                label: "待退回".to_owned(),
                address: "/portal/refunds".to_owned(),
                findings: text::count(i64::try_from(debts.len()).unwrap_or(i64::MAX)),
                clock: clock(Some(due)),
            },
        ));
    }
    rows.sort_by_key(|(due, _)| due.map_or(i32::MAX, |day| day.0));
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// What is owed to the funds, and what came of it.
async fn refunds(app: &App, actor: &Actor) -> Result<Vec<(&'static str, String)>, StoreError> {
    let balances = app.store.balances(actor).await?;
    let sum = |account: Account| -> i64 {
        balances.iter().filter(|balance| balance.account == account.name()).map(|balance| balance.amount_fen).sum()
    };
    // What was claimed stands on the other side of the book.
    let shown = [
        ("应退", -sum(Account::Claimed)),
        ("已退", sum(Account::Paid)),
        ("已从结算款抵扣", sum(Account::Offset)),
        ("已免除", sum(Account::Waived)),
        ("未退", sum(Account::Outstanding)),
    ];
    Ok(shown.into_iter().map(|(label, fen)| (label, text::yuan(fen))).collect())
}

fn since(app: &App) -> Day {
    app.today().plus(-DAYS)
}

/// What doctors of the institution were shown, and what they made of it.
async fn reminders(app: &App, actor: &Actor) -> Result<Vec<(&'static str, String, String)>, StoreError> {
    let from = since(app);
    let shown = WarningFilter { from: Some(from), shown: true, ..WarningFilter::default() };
    let of = |way: Way| WarningFilter { way: Some(way), ..shown.clone() };
    let kinds = [
        ("已提示", "", shown.clone()),
        ("返回修改", "&way=2", of(Way::GoBack)),
        ("继续执行", "&way=1", of(Way::GoOn)),
        ("未反馈", "&unanswered=1", WarningFilter { unanswered: true, ..shown.clone() }),
    ];
    let mut rows = Vec::new();
    for (label, query, filter) in kinds {
        let count = app.store.count_warnings(actor, &filter).await?;
        rows.push((label, format!("from={from}{query}"), text::count(count)));
    }
    Ok(rows)
}

#[derive(Template)]
#[template(path = "portal_reminders.html")]
struct RemindersPage {
    frame: PortalFrame,
    rows: Vec<WarningRow>,
    pages: Pages,
}

/// GET /portal/reminders: the rows behind the numbers of reminders.
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let (actor, fields) = (who.actor(), Fields::parse(query.unwrap_or_default().as_bytes()));
    let filter = WarningFilter {
        from: fields.one("from").and_then(Day::parse),
        shown: true,
        way: fields.one("way").and_then(Way::of_code),
        unanswered: fields.one("unanswered").is_some(),
        ..WarningFilter::default()
    };
    let turn = Turn::of(&fields);
    let (skip, most) = (i64::try_from(turn.skip).unwrap_or(i64::MAX), i64::try_from(PAGE).unwrap_or(i64::MAX));
    let kept = app.store.warnings(&actor, &filter, skip, most).await?;
    let total = usize::try_from(app.store.count_warnings(&actor, &filter).await?).unwrap_or_default();
    seen(&app, &who, &kept).await?;
    let names: BTreeMap<String, String> =
        app.rulebook.cards().iter().map(|rule| (rule.code.clone(), rule.name.clone())).collect();
    let rows: Vec<WarningRow> = kept.iter().map(|one| warning(one, &names)).collect();
    crate::answer::page(&RemindersPage {
        frame: PortalFrame::of(&app, &who, "/portal/figures").await?,
        pages: turn.pages("/portal/reminders", &fields, rows.len(), total),
        rows,
    })
}
