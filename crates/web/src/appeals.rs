//! Appeals（申诉复核）: what institutions contest, and what panels are about.

use askama::Template;
use axum::extract::{RawQuery, State};
use casework::{Actor, Role};
use store::{ClassLine, Filter, Order};

use crate::answer::Answer;
use crate::app::App;
use crate::export;
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::paging::{Pages, Turn};
use crate::queue::Row;
use crate::workbook::{self, Cell, MOST, Table};

/// A list of the page, with what turns it.
struct Part {
    rows: Vec<Row>,
    pages: Pages,
}

#[derive(Template)]
#[template(path = "appeals.html")]
struct AppealsPage {
    frame: Frame,
    appealed: Part,
    panels: Part,
    classes: Vec<ClassLine>,
    class_pages: Pages,
    expert: bool,
}

fn of(state: &str) -> Filter {
    Filter { states: vec![state.to_owned()], ..Filter::default() }
}

/// An expert sees the panels that they were named to.
fn panels(actor: &Actor) -> Filter {
    Filter { panel_member: (actor.role == Role::Expert).then(|| actor.user.0.clone()), ..of("in_panel") }
}

/// GET /appeals
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let actor = who.actor();
    let expert = actor.role == Role::Expert;
    let turn = Turn::of_part(&fields, "classes");
    let (skip, most) = turn.rows();
    let (count, classes) = if expert {
        (0, Vec::new())
    } else {
        (app.store.class_appeal_count(&actor, true).await?, app.store.class_appeals(&actor, true, skip, most).await?)
    };
    let count = usize::try_from(count).unwrap_or_default();
    crate::answer::page(&AppealsPage {
        frame: Frame::of(&app, &who, "/appeals").await,
        appealed: part(&app, &actor, (!expert).then(|| of("under_appeal")), &fields, "page").await?,
        panels: part(&app, &actor, Some(panels(&actor)), &fields, "panels").await?,
        class_pages: turn.pages("/appeals", &fields, classes.len(), count),
        classes,
        expert,
    })
}

async fn part(
    app: &App,
    actor: &Actor,
    filter: Option<Filter>,
    fields: &Fields,
    field: &'static str,
) -> Result<Part, store::StoreError> {
    let turn = Turn::of_part(fields, field);
    let (skip, most) = turn.rows();
    let Some(filter) = filter else { return Ok(Part { rows: Vec::new(), pages: turn.pages("/appeals", fields, 0, 0) }) };
    let lines = app.store.list(actor, &filter, Order::Due, skip, most).await?;
    let total = usize::try_from(app.store.totals(actor, &filter).await?.findings).unwrap_or_default();
    let pages = turn.pages("/appeals", fields, lines.len(), total);
    Ok(Part { rows: lines.into_iter().map(|line| Row::of(line, app)).collect(), pages })
}

/// GET /appeals.xlsx: the lists of the page, each whole.
pub(crate) async fn export(State(app): State<App>, who: Who) -> Answer {
    let (actor, most) = (who.actor(), i64::try_from(MOST).unwrap_or(i64::MAX));
    let expert = actor.role == Role::Expert;
    let mut tables = Vec::new();
    if !expert {
        let classes = app.store.class_appeals(&actor, true, 0, most).await?;
        let total = app.store.class_appeal_count(&actor, true).await?;
        let heads = ["编号", "机构", "规则", "知识点", "申诉理由", "申诉日", "疑点 条", "未决 条"];
        tables.push(Table::new("同类申诉", &heads, classes.iter().map(class_row)).of(total));
    }
    let lists = [("机构申诉", (!expert).then(|| of("under_appeal"))), ("合议", Some(panels(&actor)))];
    for (name, filter) in lists.into_iter().filter_map(|(name, filter)| filter.map(|filter| (name, filter))) {
        let lines = app.store.list(&actor, &filter, Order::Due, 0, most).await?;
        tables.push(export::table(name, &lines).of(app.store.totals(&actor, &filter).await?.findings));
    }
    workbook::export(&app, &who, "appeals", &Fields::default(), tables).await
}

fn class_row(class: &ClassLine) -> Vec<Cell> {
    let appeal = &class.appeal;
    vec![
        (&appeal.number).into(),
        (&class.institution).into(),
        (&class.rule_name).into(),
        (&appeal.reason).into(),
        (&appeal.grounds).into(),
        appeal.on.to_string().into(),
        class.findings.into(),
        class.open.into(),
    ]
}
