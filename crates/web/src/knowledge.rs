//! Knowledge（知识库）: tables of dated points, who judges by them, and what each file that was brought in changed.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use claims::Day;
use store::StoreError;

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::paging::{PAGE, Pages, Turn};
use crate::reading::{KnowledgeChanges, KnowledgeImport, PointCard, PointsAsked, TableCard};

/// Changes of one kind that a page lists; the others are counted.
const MOST_CHANGES: usize = 500;

/// Where the page of a point lies: ids hold whatever their publisher wrote.
fn point_address(id: &str) -> String {
    format!("/knowledge/point?{}", Fields::default().with(&[("id", id)]))
}

#[derive(Template)]
#[template(path = "knowledge.html")]
struct TablesPage {
    frame: Frame,
    tables: Vec<TableCard>,
    points: usize,
    unreviewed: usize,
    imports: Vec<KnowledgeImport>,
}

/// GET /knowledge
pub(crate) async fn tables(State(app): State<App>, who: Who) -> Answer {
    let tables = app.reading.tables().await.map_err(Trouble::Records)?;
    let points = tables.iter().map(|table| table.points).sum();
    let reviewed: usize = tables.iter().map(|table| table.reviewed).sum();
    crate::answer::page(&TablesPage {
        frame: Frame::of(&app, &who, "/knowledge").await,
        points,
        unreviewed: points - reviewed,
        imports: app.reading.knowledge_imports().await.map_err(Trouble::Records)?,
        tables,
    })
}

#[derive(Template)]
#[template(path = "knowledge_points.html")]
struct PointsPage {
    frame: Frame,
    rows: Vec<(String, PointCard)>,
    tables: Vec<(String, String, bool)>,
    rule: String,
    file: String,
    on: String,
    words: String,
    unreviewed: bool,
    picks: Vec<(String, String)>,
    pages: Pages,
}

/// GET /knowledge/points
pub(crate) async fn points(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let text = |name: &str| fields.one(name).map(str::to_owned);
    let on = match fields.one("on") {
        None => None,
        Some(text) => Some(Day::parse(text).ok_or_else(|| Trouble::Input(format!("日期应如 2026-03-02，现为“{text}”")))?),
    };
    let turn = Turn::of(&fields);
    let unreviewed = fields.one("unreviewed").is_some();
    let (table, rule, file, words) = (text("table"), text("rule"), text("file"), text("q"));
    let asked = PointsAsked { table: table.clone(), rule, on, words, file, unreviewed, skip: turn.skip, most: PAGE };
    let found = app.reading.points(asked.clone()).await.map_err(Trouble::Records)?;
    let pages = turn.pages("/knowledge/points", &fields, found.rows.len(), found.total);
    let known = app.reading.tables().await.map_err(Trouble::Records)?;
    let choice = |card: TableCard| (card.table == table.clone().unwrap_or_default(), card);
    let tables = known.into_iter().map(choice).map(|(on, card)| (card.table, card.name, on));
    crate::answer::page(&PointsPage {
        frame: Frame::of(&app, &who, "/knowledge").await,
        rows: found.rows.into_iter().map(|point| (point_address(&point.id), point)).collect(),
        tables: tables.collect(),
        picks: picks(&fields),
        rule: asked.rule.unwrap_or_default(),
        file: asked.file.unwrap_or_default(),
        words: asked.words.unwrap_or_default(),
        on: on.map(|day| day.to_string()).unwrap_or_default(),
        unreviewed,
        pages,
    })
}

/// Conditions that are set, each with the query without it.
fn picks(fields: &Fields) -> Vec<(String, String)> {
    let labels = [("rule", "规则"), ("file", "来源"), ("on", "有效于"), ("q", "含"), ("unreviewed", "待审核")];
    let pick = |(name, label): (&str, &str)| {
        let value = fields.one(name)?;
        let label = if name == "unreviewed" { label.to_owned() } else { format!("{label}：{value}") };
        Some((label, fields.with(&[(name, "")])))
    };
    labels.into_iter().filter_map(pick).collect()
}

#[derive(Template)]
#[template(path = "knowledge_point.html")]
struct PointPage {
    frame: Frame,
    point: PointCard,
}

/// GET /knowledge/point
pub(crate) async fn point(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let found = app.reading.point(fields.one("id").unwrap_or_default()).await.map_err(Trouble::Records)?;
    let point = found.ok_or(Trouble::Store(StoreError::NotFound))?;
    crate::answer::page(&PointPage { frame: Frame::of(&app, &who, "/knowledge").await, point })
}

/// Changes of one kind, with the addresses of their points.
struct Part {
    title: &'static str,
    count: usize,
    rows: Vec<(String, crate::reading::KnowledgeChange)>,
}

#[derive(Template)]
#[template(path = "knowledge_import.html")]
struct ImportPage {
    frame: Frame,
    import: KnowledgeImport,
    points: String,
    parts: Vec<Part>,
    unchanged: usize,
    refused: Vec<String>,
}

/// GET /knowledge/imports/{number}
pub(crate) async fn import(State(app): State<App>, who: Who, Path(number): Path<String>) -> Answer {
    let number = number.parse().map_err(|_| Trouble::Store(StoreError::NotFound))?;
    let changes = app.reading.knowledge_changes(number).await.map_err(Trouble::Records)?;
    let changes = changes.ok_or(Trouble::Store(StoreError::NotFound))?;
    let KnowledgeChanges { import, added, ended, changed, unchanged, refused } = changes;
    let part = |title, changes: Vec<crate::reading::KnowledgeChange>| Part {
        title,
        count: changes.len(),
        rows: changes.into_iter().take(MOST_CHANGES).map(|change| (point_address(&change.id), change)).collect(),
    };
    crate::answer::page(&ImportPage {
        frame: Frame::of(&app, &who, "/knowledge").await,
        points: Fields::default().with(&[("file", &import.label)]),
        parts: vec![part("新增", added), part("有效期改变（被取代）", ended), part("取值或编码改变", changed)],
        import,
        unchanged,
        refused,
    })
}
