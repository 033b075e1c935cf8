//! A knowledge point as a row of a list: common columns, codes, own columns.

use claims::Day;
use rulebook::{Cell, Knowledge, Point};
use serde_json::{Map, Value, json};

/// The row of a point, own columns beside the common ones.
pub(crate) fn of(knowledge: &Knowledge, point: &Point) -> Map<String, Value> {
    let day = |day: Option<Day>| day.map(|d| d.to_string());
    let common = json!({
        "id": point.id,
        "table": point.table,
        "rule": point.rule.as_deref(),
        "name": point.name,
        "codes": point.keys,
        "valid_from": day(point.valid_from),
        "valid_to": day(point.valid_to),
        "known_from": day(point.known_from),
        "supersedes": point.supersedes,
        "region": point.region.as_deref(),
        "batch": point.batch,
        "constraint": point.constraint.as_deref(),
        "citation": point.citation.as_deref(),
        "reviewed_by": point.reviewed_by.as_deref(),
        "reviewed_on": day(point.reviewed_on),
        "note": point.note.as_deref(),
        "source": format!("{}:{}", point.file, point.row),
    });
    let Value::Object(mut row) = common else { unreachable!("the value above is written as an object") };
    if let Some(descriptor) = knowledge.descriptor(&point.table).filter(|d| d.key != "codes") {
        row.insert(descriptor.key.clone(), Value::from(point.keys.join(";")));
    }
    for (name, cell) in &point.columns {
        row.insert(name.clone(), value(cell));
    }
    row
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Int(n) => Value::from(*n),
        Cell::Flag(flag) => Value::from(i32::from(*flag)),
        Cell::Text(_) | Cell::Decimal(_) | Cell::Day(_) => Value::from(cell.show()),
    }
}

/// The deciding values in words: `限定性别 女`.
pub(crate) fn values(knowledge: &Knowledge, point: &Point) -> String {
    let descriptor = knowledge.descriptor(&point.table);
    let word = |(name, cell): (&String, &Cell)| {
        let means = descriptor.and_then(|d| d.columns.get(name)).map_or(name.as_str(), |column| column.means.as_str());
        let shown = descriptor.map_or_else(|| cell.show(), |d| d.label(name, cell));
        format!("{means} {shown}")
    };
    point.columns.iter().map(word).collect::<Vec<_>>().join("，")
}

/// When a point holds: `2026-02-01 起`, `2025-01-01 至 2026-01-31`.
pub(crate) fn period(point: &Point) -> String {
    match (point.valid_from, point.valid_to) {
        (None, None) => "不限".to_owned(),
        (Some(from), None) => format!("{from} 起"),
        (None, Some(to)) => format!("至 {to}"),
        (Some(from), Some(to)) => format!("{from} 至 {to}"),
    }
}
