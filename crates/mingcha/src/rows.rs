//! Rows of a query over the lake as texts, for what reports say beside findings.

use anyhow::Result;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use lake::Snapshot;

/// The rows of a query; an empty cell is an empty text.
pub(crate) fn rows(snapshot: &Snapshot, query: &str) -> Result<Vec<Vec<String>>> {
    texts(&snapshot.sql(query)?)
}

/// Batches as rows of texts.
pub(crate) fn texts(batches: &[RecordBatch]) -> Result<Vec<Vec<String>>> {
    let (mut rows, options) = (Vec::new(), FormatOptions::default());
    for batch in batches {
        let columns =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options)).collect::<Result<Vec<_>, _>>()?;
        rows.extend((0..batch.num_rows()).map(|row| columns.iter().map(|column| column.value(row).to_string()).collect()));
    }
    Ok(rows)
}

/// A text as an SQL literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
