//! Data quality（数据质量）: what each delivery brought, what was refused of it and why, and what data explain of findings.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{RawQuery, State};
use casework::{Action, Scope, policy};

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::paging::{PAGE, Pages, Turn};
use crate::reading::{Delivered, DeliveredTable, ProfileOf, ProfilesAsked, RefusedAsked, RefusedPage, RefusedRow, RiskAside};
use crate::text;
use crate::workbook::{self, Cell, MOST, Table};

/// Months that the table of refused rows has beside each other, the newest ones.
const MOST_MONTHS: usize = 12;
/// Institutions whose findings the data explain that are listed.
const MOST_INSTITUTIONS: usize = 20;

struct Loaded {
    table: DeliveredTable,
    amounts: [String; 2],
}

/// A cell of refused rows: how many, and the query of its rows.
struct Opened {
    rows: usize,
    query: String,
}

struct Place {
    name: String,
    all: Opened,
    months: Vec<Opened>,
}

#[derive(Template)]
#[template(path = "quality.html")]
struct QualityPage {
    frame: Frame,
    deliveries: Vec<Delivered>,
    chosen: Option<Delivered>,
    tables: Vec<Loaded>,
    severities: Vec<(&'static str, &'static str)>,
    /// Whether places of faults may be shown: they are not told by institution.
    everything: bool,
    may_open: bool,
    refused: usize,
    months: Vec<String>,
    places: Vec<Place>,
    checks: Vec<(String, String, Opened)>,
    aside: Vec<RiskAside>,
    explained: Vec<(String, String, u64)>,
}

/// GET /quality
pub(crate) async fn page(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let actor = who.actor();
    let deliveries = app.reading.deliveries().await.map_err(Trouble::Records)?;
    let wanted: Option<usize> = fields.one("n").and_then(|text| text.parse().ok());
    let chosen = wanted.map_or_else(|| deliveries.first(), |wanted| deliveries.iter().find(|one| one.number == wanted)).cloned();
    let refused = app.reading.refused(asked(&fields, actor.scope.clone(), 0, 0)).await.map_err(Trouble::Records)?;
    let (months, places) = by_place(&refused);
    let check = |(check, name, rows): (String, String, usize)| {
        let query = Fields::default().with(&[("check", &check)]);
        (check, name, Opened { rows, query })
    };
    let head = app.reading.risk(ProfileOf::Institution).await.map_err(Trouble::Records)?;
    let everything = actor.scope == Scope::All;
    let severities = chosen.iter().flat_map(|chosen| &chosen.faults).map(|fault| severity(&fault.severity)).collect();
    let shown = |table: &DeliveredTable| Loaded { amounts: table.amount_fen.map(text::yuan), table: table.clone() };
    crate::answer::page(&QualityPage {
        frame: Frame::of(&app, &who, "/quality").await,
        tables: chosen.iter().flat_map(|chosen| &chosen.tables).map(shown).collect(),
        may_open: policy::permits(actor.role, Action::ListFindings),
        refused: refused.total,
        checks: refused.by_check.into_iter().map(check).collect(),
        aside: head.filter(|_| everything).map(|head| head.aside).unwrap_or_default(),
        explained: explained(&app, actor.scope).await?,
        severities,
        deliveries,
        chosen,
        everything,
        months,
        places,
    })
}

/// GET /quality.xlsx: refused rows by institution and month, their reasons, and the deliveries.
pub(crate) async fn export(State(app): State<App>, who: Who) -> Answer {
    let actor = who.actor();
    let deliveries = app.reading.deliveries().await.map_err(Trouble::Records)?;
    let asked = asked(&Fields::default(), actor.scope.clone(), 0, 0);
    let refused = app.reading.refused(asked).await.map_err(Trouble::Records)?;
    let named = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
    let place = |(institution, month, rows): &(String, String, usize)| {
        vec![named(institution, "读不出机构").into(), named(month, "读不出月份").into(), Cell::from(*rows)]
    };
    let check = |(check, name, rows): &(String, String, usize)| vec![check.into(), name.into(), Cell::from(*rows)];
    let delivery = |one: &Delivered| {
        let loaded = if one.loaded { "已载入" } else { "没有载入" };
        let failed = one.failed();
        let cells = [one.files.len(), one.faults.len(), failed].map(Cell::from);
        [Cell::from(one.number), (&one.at).into(), loaded.into()].into_iter().chain(cells).collect()
    };
    let heads = ["次序", "时间", "结果", "文件 个", "问题 种", "验收不通过 项"];
    let explained = explained(&app, actor.scope).await?;
    let explained = explained.into_iter().map(|(code, name, findings)| vec![code.into(), name.into(), findings.into()]);
    let tables = vec![
        Table::new("被拒收的行", &["机构", "月份", "行"], refused.by_place.iter().map(place)),
        Table::new("拒收的原因", &["检查", "名称", "行"], refused.by_check.iter().map(check)),
        Table::new("能由数据问题解释的疑点", &["机构", "名称", "疑点 条"], explained),
        Table::new("历次导入", &heads, deliveries.iter().map(delivery)),
    ];
    workbook::export(&app, &who, "quality", &Fields::default(), tables).await
}

/// GET /quality/rows.xlsx
pub(crate) async fn export_rows(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let found = app.reading.refused(asked(&fields, who.actor().scope, 0, MOST)).await.map_err(Trouble::Records)?;
    let row = |row: RefusedRow| {
        vec![
            row.check.into(),
            row.name.into(),
            row.institution.into(),
            row.month.into(),
            row.place.file.into(),
            row.place.row.to_string().into(),
            row.place.column.into(),
            row.place.value.into(),
            row.place.message.into(),
            row.hint.into(),
        ]
    };
    let heads = ["检查", "名称", "机构", "月份", "文件", "行", "列", "值", "问题", "怎么办"];
    let table = Table::new("被拒收的行", &heads, found.rows.into_iter().map(row));
    let total = i64::try_from(found.total).unwrap_or(i64::MAX);
    workbook::export(&app, &who, "refused-rows", &fields, vec![table.of(total)]).await
}

fn asked(fields: &Fields, scope: Scope, skip: usize, most: usize) -> RefusedAsked {
    let text = |name: &str| fields.one(name).map(str::to_owned);
    RefusedAsked {
        scope,
        delivery: fields.one("delivery").and_then(|text| text.parse().ok()),
        institution: text("inst"),
        month: text("month"),
        check: text("check"),
        skip,
        most,
    }
}

/// A severity as people say it, with its colour.
fn severity(name: &str) -> (&'static str, &'static str) {
    match name {
        "fatal" => ("致命", "red"),
        "error" => ("错误", "orange"),
        _ => ("提醒", "yellow"),
    }
}

/// The newest months, and each institution's refused rows in them.
fn by_place(refused: &RefusedPage) -> (Vec<String>, Vec<Place>) {
    let known: BTreeSet<&str> = refused.by_place.iter().map(|(_, month, _)| month.as_str()).collect();
    let skipped = known.len().saturating_sub(MOST_MONTHS);
    let months: Vec<&str> = known.into_iter().skip(skipped).collect();
    let mut institutions: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (institution, month, rows) in &refused.by_place {
        *institutions.entry(institution).or_default().entry(month).or_default() += rows;
    }
    let named = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let place = |(institution, rows): (&str, BTreeMap<&str, usize>)| {
        let inst = named(institution);
        let cell = |month: &&str| Opened {
            rows: rows.get(month).copied().unwrap_or_default(),
            query: Fields::default().with(&[("inst", &inst), ("month", &named(month))]),
        };
        Place {
            name: if institution.is_empty() { "读不出机构".to_owned() } else { institution.to_owned() },
            all: Opened { rows: rows.values().sum(), query: Fields::default().with(&[("inst", &inst)]) },
            months: months.iter().map(cell).collect(),
        }
    };
    let places = institutions.into_iter().map(place).collect();
    let label = |month: &&str| if month.is_empty() { "读不出月份".to_owned() } else { (*month).to_owned() };
    (months.iter().map(label).collect(), places)
}

/// Institutions whose findings the data explain, most of them first: code, name, findings.
async fn explained(app: &App, scope: Scope) -> Result<Vec<(String, String, u64)>, Trouble> {
    let asked = ProfilesAsked {
        of: ProfileOf::Institution,
        scope,
        among: None,
        words: None,
        band: None,
        peers: None,
        skip: 0,
        most: usize::MAX,
    };
    let (_, profiles) = app.reading.profiles(asked).await.map_err(Trouble::Records)?;
    let mut found: Vec<(String, String, u64)> = profiles
        .into_iter()
        .map(|profile| (profile.code, profile.name, profile.aside.iter().map(|aside| aside.findings).sum()))
        .filter(|(.., findings)| *findings > 0)
        .collect();
    found.sort_by(|a, b| (b.2, &a.0).cmp(&(a.2, &b.0)));
    found.truncate(MOST_INSTITUTIONS);
    Ok(found)
}

#[derive(Template)]
#[template(path = "quality_rows.html")]
struct RowsPage {
    frame: Frame,
    rows: Vec<RefusedRow>,
    query: String,
    picks: Vec<(String, String)>,
    pages: Pages,
}

/// GET /quality/rows
pub(crate) async fn rows(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let turn = Turn::of(&fields);
    let found = app.reading.refused(asked(&fields, who.actor().scope, turn.skip, PAGE)).await.map_err(Trouble::Records)?;
    let pages = turn.pages("/quality/rows", &fields, found.rows.len(), found.total);
    let labels = [("delivery", "交付"), ("inst", "机构"), ("month", "月份"), ("check", "检查")];
    let pick = |(name, label): (&str, &str)| {
        let value = fields.one(name).map(|value| if value == "-" { "读不出" } else { value })?;
        Some((format!("{label}：{value}"), fields.with(&[(name, "")])))
    };
    crate::answer::page(&RowsPage {
        frame: Frame::of(&app, &who, "/quality").await,
        picks: labels.into_iter().filter_map(pick).collect(),
        query: fields.with(&[]),
        pages,
        rows: found.rows,
    })
}
