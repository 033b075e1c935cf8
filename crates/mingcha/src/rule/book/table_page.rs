//! A page a knowledge table, and the list of all tables. A big table is cut into sheets, each a page.

use std::collections::BTreeSet;

use anyhow::Result;
use askama::Template;
use rulebook::Point;
use rulebook::knowledge::Descriptor;

use super::shelf::{Link, Shelf, Site, days, rule_link, table_file};
use crate::number;

/// Points of one sheet: as many as a browser shows without effort.
const SHEET: usize = 1000;
/// Signs of an id that are shown; the whole id is one hover away.
const ID_SHOWN: usize = 16;
/// Own columns that fit beside each other; of more, each row lists what it fills.
const COLUMNS_SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "book/tables.html")]
struct ListPage {
    site: Site,
    points: String,
    rows: Vec<Listed>,
}

struct Listed {
    href: String,
    table: String,
    name: String,
    matches: &'static str,
    points: usize,
    reviewed: usize,
    regional: usize,
    rules: Vec<Link>,
    text: String,
}

#[derive(Template)]
#[template(path = "book/table.html")]
struct Page<'a> {
    site: Site,
    table: &'a Descriptor,
    points: String,
    reviewed: String,
    sheet: usize,
    sheets: usize,
    previous: Option<Link>,
    next: Option<Link>,
    columns: Vec<ColumnRow>,
    rules: Vec<Link>,
    rule_choices: Vec<Link>,
    shown: Vec<Shown<'a>>,
    is_wide: bool,
    rows: Vec<Row>,
}

struct ColumnRow {
    name: String,
    means: String,
    kind: &'static str,
    labels: String,
    filled: String,
}

/// A column that some row of the table fills.
struct Shown<'a> {
    name: &'a str,
    means: &'a str,
}

struct Row {
    id: String,
    short_id: String,
    rule: String,
    name: String,
    constraint: String,
    code: String,
    further: String,
    codes: usize,
    cells: Vec<String>,
    /// The filled columns in words, where the table has too many to stand side by side.
    values: Vec<String>,
    days: String,
    region: String,
    citation: String,
    note: String,
    review: String,
    reviewed_on: Option<claims::Day>,
}

pub(super) fn render_list(shelf: &Shelf<'_>) -> Result<String> {
    let listed = |descriptor: &Descriptor| {
        let held = shelf.held(&descriptor.table);
        let columns = descriptor.columns.iter().flat_map(|(name, column)| [name.as_str(), column.means.as_str()]);
        Listed {
            href: table_file(&descriptor.table, 1),
            table: descriptor.table.clone(),
            name: descriptor.name.clone(),
            matches: descriptor.matches.label(),
            points: held.points,
            reviewed: held.reviewed,
            regional: held.regional,
            rules: shelf.used_by(&descriptor.table).iter().map(|rule| rule_link("", rule)).collect(),
            text: columns.collect::<Vec<_>>().join(" "),
        }
    };
    let rows = shelf.pack.knowledge.descriptors().map(listed).collect();
    let points = number::count(shelf.pack.knowledge.points().len() as u64);
    Ok(ListPage { site: shelf.site("tables", ""), points, rows }.render()?)
}

/// The sheets of a table with where they lie.
pub(super) fn render(shelf: &Shelf<'_>, table: &Descriptor) -> Result<Vec<(String, String)>> {
    let points: Vec<&Point> = shelf.pack.knowledge.points().iter().filter(|point| *point.table == *table.table).collect();
    let held = shelf.held(&table.table);
    let sheets = points.len().div_ceil(SHEET).max(1);
    let filled = |column: &str| points.iter().filter(|point| point.columns.contains_key(column)).count();
    let is_shown = |name: &&String| filled(name) > 0;
    let mut pages = Vec::with_capacity(sheets);
    for sheet in 1..=sheets {
        let of_sheet = points.iter().skip((sheet - 1) * SHEET).take(SHEET);
        let mut shown: Vec<Shown<'_>> =
            table.columns.keys().filter(is_shown).map(|name| Shown { name, means: short(table, name) }).collect();
        let is_wide = shown.len() > COLUMNS_SHOWN;
        let rows: Vec<Row> = of_sheet.map(|point| row(table, point, &shown)).collect();
        if is_wide {
            shown.clear();
        }
        let link = |number: usize, name: &str| Link {
            href: format!("../{}", table_file(&table.table, number)),
            name: name.to_owned(),
            code: String::new(),
        };
        let page = Page {
            site: shelf.site("tables", "../"),
            table,
            points: number::count(held.points as u64),
            reviewed: number::count(held.reviewed as u64),
            sheet,
            sheets,
            previous: (sheet > 1).then(|| link(sheet - 1, "上一页")),
            next: (sheet < sheets).then(|| link(sheet + 1, "下一页")),
            columns: columns(table, &filled),
            rules: shelf.used_by(&table.table).iter().map(|rule| rule_link("../", rule)).collect(),
            rule_choices: rule_choices(shelf, &rows),
            shown,
            is_wide,
            rows,
        };
        pages.push((table_file(&table.table, sheet), page.render()?));
    }
    Ok(pages)
}

fn columns(table: &Descriptor, filled: &dyn Fn(&str) -> usize) -> Vec<ColumnRow> {
    let row = |(name, column): (&String, &rulebook::knowledge::Column)| ColumnRow {
        name: name.clone(),
        means: column.means.clone(),
        kind: column.kind.label(),
        labels: column.labels.iter().map(|(value, word)| format!("{value} {word}")).collect::<Vec<_>>().join("，"),
        filled: number::count(filled(name) as u64),
    };
    table.columns.iter().map(row).collect()
}

/// What a column means, without the note in brackets that the list of columns has in full.
fn short<'a>(table: &'a Descriptor, name: &str) -> &'a str {
    let means = table.columns.get(name).map_or("", |column| column.means.as_str());
    means.split('（').next().unwrap_or(means)
}

/// The rules whose points are on the sheet, by code.
fn rule_choices(shelf: &Shelf<'_>, rows: &[Row]) -> Vec<Link> {
    let codes: BTreeSet<&str> = rows.iter().map(|row| row.rule.as_str()).filter(|code| !code.is_empty()).collect();
    codes.into_iter().map(|code| shelf.link("../", code)).collect()
}

fn row(table: &Descriptor, point: &Point, shown: &[Shown<'_>]) -> Row {
    let text = |text: &Option<claims::Text>| text.as_deref().unwrap_or_default().to_owned();
    let cell = |column: &Shown<'_>| point.columns.get(column.name).map(|cell| table.label(column.name, cell)).unwrap_or_default();
    let cells: Vec<String> = shown.iter().map(cell).collect();
    let values = |wide: bool| {
        let pairs = shown.iter().zip(&cells).filter(|(_, cell)| wide && !cell.is_empty());
        pairs.map(|(column, cell)| format!("{}：{cell}", column.means)).collect()
    };
    let mut codes = point.keys.iter().map(ToString::to_string);
    Row {
        id: point.id.to_string(),
        short_id: point.id.chars().take(ID_SHOWN).collect(),
        rule: text(&point.rule),
        name: point.name.to_string(),
        constraint: text(&point.constraint),
        code: codes.next().unwrap_or_default(),
        further: codes.collect::<Vec<_>>().join(" "),
        codes: point.keys.len(),
        values: values(shown.len() > COLUMNS_SHOWN),
        cells: if shown.len() > COLUMNS_SHOWN { Vec::new() } else { cells },
        days: days(point),
        region: point.region.as_deref().unwrap_or("全国").to_owned(),
        citation: text(&point.citation),
        note: text(&point.note),
        review: text(&point.reviewed_by),
        reviewed_on: point.reviewed_on,
    }
}
