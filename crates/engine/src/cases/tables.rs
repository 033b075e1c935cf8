//! The tables of a case as SQL sees them.

use std::sync::Arc;

use claims::{Day, Fen, Moment, Quantity, UnitPrice};
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    TimestampSecondArray, new_null_array,
};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::datasource::MemTable;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::SessionContext;

use super::given::{Given, Row};

/// A session with every national table, those that the case does not give being empty.
pub(super) fn session(given: &Given) -> Result<SessionContext, String> {
    let context = lake::blank_session(Arc::new(RuntimeEnv::default()));
    for table in claims::table::tables() {
        let schema = lake::schema::arrow(table);
        let rows = given.rows(table.name);
        let columns: Vec<ArrayRef> = schema.fields().iter().map(|field| column(rows, field.name(), field.data_type())).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|e| e.to_string())?;
        let table_of_rows = MemTable::try_new(schema, vec![vec![batch]]).map_err(|e| e.strip_backtrace())?;
        context.register_table(table.name, Arc::new(table_of_rows)).map_err(|e| e.strip_backtrace())?;
    }
    Ok(context)
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
