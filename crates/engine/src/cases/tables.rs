//! The tables of a case as SQL sees them.

use std::sync::Arc;

use claims::{Day, Fen, Moment, Quantity, UnitPrice};
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    TimestampSecondArray, new_null_array,
};
use datafusion::arrow::datatypes::{DataType, TimeUnit};

use super::given::{Given, Row};

/// A national table with the rows that the case gives it; often it has none.
pub(super) fn table(given: &Given, name: &str) -> Result<RecordBatch, String> {
    let table = claims::table::table(name).ok_or_else(|| format!("没有名为 {name} 的国家表"))?;
    let schema = lake::schema::arrow(table);
    let rows = given.rows(name);
    let columns: Vec<ArrayRef> = schema.fields().iter().map(|field| column(rows, field.name(), field.data_type())).collect();
    RecordBatch::try_new(schema, columns).map_err(|e| e.to_string())
}

fn column(rows: &[Row], name: &str, kind: &DataType) -> ArrayRef {
    let cells = || rows.iter().map(|row| row.get(name));
    match kind {
        DataType::Utf8 => Arc::new(cells().collect::<StringArray>()),
        DataType::Date32 => Arc::new(cells().map(|c| c.and_then(Day::parse).map(|d| d.0)).collect::<Date32Array>()),
        DataType::Int32 => Arc::new(cells().map(|c| c.and_then(|c| c.parse::<i32>().ok())).collect::<Int32Array>()),
        DataType::Timestamp(TimeUnit::Second, _) => {
            Arc::new(cells().map(|c| c.and_then(Moment::parse).map(|m| m.0)).collect::<TimestampSecondArray>())
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Arc::new(cells().map(|c| c.and_then(Moment::parse).map(|m| m.0 * 1_000_000)).collect::<TimestampMicrosecondArray>())
        }
        DataType::Decimal128(precision, scale) => {
            let digits = |cell: &str| match scale {
                2 => Fen::parse(cell).map(|v| v.0),
                6 => UnitPrice::parse(cell).map(|v| v.0),
                _ => Quantity::parse(cell).map(|v| v.0),
            };
            let values = cells().map(|c| c.and_then(|c| digits(c).ok()).map(i128::from)).collect::<Decimal128Array>();
            match values.with_precision_and_scale(*precision, *scale) {
                Ok(values) => Arc::new(values),
                Err(_) => new_null_array(kind, rows.len()),
            }
        }
        other => new_null_array(other, rows.len()),
    }
}
