//! Fee lines that a query gave, as the records that charts are made of.

use std::sync::Arc;

use claims::lines::LineRow;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};
use datafusion::arrow::error::ArrowError;

use super::records::{Columns, LineTable};

/// The lines of a batch whose columns bear the names of `fee_list_d`; a column that is not there is none in every line.
///
/// # Errors
/// Where a column's texts cannot be read.
pub fn queried_lines(batch: &RecordBatch) -> Result<Vec<LineRow>, ArrowError> {
    let mut table = LineTable::default();
    table.load(&plain(batch)?);
    Ok((0..batch.num_rows()).map(|row| table.record(row)).collect())
}

/// The batch with its texts one after another: queries hand them on as views.
fn plain(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let column = if column.data_type() == &DataType::Utf8View { cast(column, &DataType::Utf8)? } else { Arc::clone(column) };
        fields.push(Field::new(field.name(), column.data_type().clone(), true));
        columns.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(Fields::from(fields))), columns)
}
