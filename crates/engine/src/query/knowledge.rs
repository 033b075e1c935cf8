//! Knowledge tables in SQL: one row a code, with the point's own columns, validity and region.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::cast::as_string_array;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::prelude::SessionContext;
use rulebook::knowledge::{ColumnKind, Descriptor, KnowledgeIndex, PointInForce};
use rulebook::{Cell, Text};

use crate::program::Program;
use crate::view::Places;

/// Registers the tables that a query names, and the function `in_region(region, place)`.
pub(super) fn register(session: &SessionContext, program: &Program, tables: &[String]) -> Result<(), String> {
    if tables.is_empty() {
        return Ok(());
    }
    in_region(session);
    for name in tables {
        if session.table_exist(name.as_str()).map_err(|e| e.strip_backtrace())? {
            continue;
        }
        let batch = rows(program, name)?;
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).map_err(|e| e.strip_backtrace())?;
        session.register_table(name.as_str(), Arc::new(table)).map_err(|e| e.strip_backtrace())?;
    }
    Ok(())
}

/// The rows of a knowledge table that a program holds.
pub(super) fn rows(program: &Program, name: &str) -> Result<RecordBatch, String> {
    match (program.tables.get(name), program.described.get(name)) {
        (Some(index), Some(descriptor)) => batch(index, descriptor),
        _ => Err(format!("没有名为 {name} 的知识表")),
    }
}

/// Columns: `code`, `id`, `name`, `rule` (that it was published for, if any), `region` (none is national), `valid_from`, `valid_to`, `reviewed`, then the table's own.
fn batch(index: &KnowledgeIndex, descriptor: &Descriptor) -> Result<RecordBatch, String> {
    let mut rows: Vec<(&Text, &PointInForce)> = index.entries().collect();
    rows.sort_by(|a, b| (a.0, &a.1.point.id).cmp(&(b.0, &b.1.point.id)));
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    let mut add = |name: &str, values: ArrayRef| {
        fields.push(Field::new(name, values.data_type().clone(), true));
        columns.push(values);
    };
    add("code", Arc::new(rows.iter().map(|(code, _)| Some(&***code)).collect::<StringArray>()));
    let text = |read: fn(&PointInForce) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(|(_, point)| read(point)).collect::<StringArray>())
    };
    add("id", text(|p| Some(&p.point.id)));
    add("name", text(|p| Some(&p.point.name)));
    add("rule", text(|p| p.point.rule.as_deref()));
    add("region", text(|p| p.point.region.as_deref()));
    add("valid_from", Arc::new(rows.iter().map(|(_, p)| p.point.valid_from.map(|d| d.0)).collect::<Date32Array>()));
    add("valid_to", Arc::new(rows.iter().map(|(_, p)| p.point.valid_to.map(|d| d.0)).collect::<Date32Array>()));
    add("reviewed", Arc::new(rows.iter().map(|(_, p)| Some(p.point.is_reviewed())).collect::<BooleanArray>()));
    for (name, column) in descriptor.columns.iter().filter(|(name, _)| !COMMON.contains(&name.as_str())) {
        add(name, own_column(&rows, name, column.kind)?);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|e| e.to_string())
}

const COMMON: [&str; 8] = ["code", "id", "name", "rule", "region", "valid_from", "valid_to", "reviewed"];

fn own_column(rows: &[(&Text, &PointInForce)], name: &str, kind: ColumnKind) -> Result<ArrayRef, String> {
    let cells = || rows.iter().map(|(_, point)| point.point.columns.get(name));
    let number = |cell: Option<&Cell>| match cell {
        Some(Cell::Int(n) | Cell::Decimal(n)) => Some(*n),
        _ => None,
    };
    Ok(match kind {
        ColumnKind::Text => Arc::new(cells().map(|cell| cell.map(Cell::show)).collect::<StringArray>()),
        ColumnKind::Int => Arc::new(cells().map(number).collect::<Int64Array>()),
        ColumnKind::Decimal => {
            let values: Decimal128Array = cells().map(|cell| number(cell).map(i128::from)).collect();
            Arc::new(values.with_precision_and_scale(18, 6).map_err(|e| e.to_string())?)
        }
        ColumnKind::Date => {
            let day = |cell: Option<&Cell>| if let Some(Cell::Day(day)) = cell { Some(day.0) } else { None };
            Arc::new(cells().map(day).collect::<Date32Array>())
        }
        ColumnKind::Flag => {
            let flag = |cell: Option<&Cell>| if let Some(Cell::Flag(flag)) = cell { Some(*flag) } else { None };
            Arc::new(cells().map(flag).collect::<BooleanArray>())
        }
    })
}

/// `in_region(region, place)`: whether a row of that region speaks of the place: an institution's code, or the region where somebody is
/// insured（参保地）. A national row always does; whether a region's row speaks of a place that nobody knows is unknown.
pub(super) fn in_region(session: &SessionContext) {
    let function = |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let (regions, places) = (as_string_array(&arrays[0])?, as_string_array(&arrays[1])?);
        let speaks = (0..regions.len()).map(|row| {
            if regions.is_null(row) {
                return Some(true);
            }
            let place = places.is_valid(row).then(|| places.value(row))?;
            Some(Places::named(place).list().contains(&regions.value(row)))
        });
        Ok(ColumnarValue::Array(Arc::new(speaks.collect::<BooleanArray>())))
    };
    let kinds = vec![DataType::Utf8, DataType::Utf8];
    session.register_udf(create_udf("in_region", kinds, DataType::Boolean, Volatility::Immutable, Arc::new(function)));
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::AsArray;

    use super::*;

    #[tokio::test]
    async fn a_row_of_the_synthetic_region_speaks_only_there() {
        let session = SessionContext::new();
        in_region(&session);
        let query = "SELECT in_region(r, i) FROM (VALUES (NULL, 'H37010100001'), ('370000', 'H37010100001'), ('370600', \
             'H37010100001'), ('synthetic', 'H37010100001'), ('synthetic', 'H99010100001'), ('370600', '370602'), ('370600', '370102'), \
             ('370600', NULL), (NULL, NULL)) AS t(r, i)";
        let batches = session.sql(query).await.unwrap().collect().await.unwrap();
        let answers: Vec<Option<bool>> = batches.iter().flat_map(|batch| batch.column(0).as_boolean().iter()).collect();
        let of_institutions = [Some(true), Some(true), Some(false), Some(false), Some(true)];
        let of_insured = [Some(true), Some(false), None, Some(true)];
        assert_eq!(answers, [&of_institutions[..], &of_insured[..]].concat());
    }
}
