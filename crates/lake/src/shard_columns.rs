//! Columns of one shard: for whoever asks many questions of the same rows, and would read them anew for each.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::arrow::datatypes::{FieldRef, Fields, Schema, SchemaRef};

use crate::data_file::DataFileReader;
use crate::delta::DataFile;
use crate::error::LakeError;
use crate::snapshot::Snapshot;

/// Rows of a batch. Each reading cuts the rows alike, so that columns read one after another lie side by side.
const BATCH_ROWS: usize = 65_536;

impl Snapshot {
    /// Rows of a table within a shard.
    pub fn rows_in_shard(&self, table: &str, shard: u32) -> Result<u64, LakeError> {
        Ok(self.files_of_shard(table, shard)?.iter().map(|file| file.rows).sum())
    }

    /// Columns of a table within a shard, with the types asked for. What a file does not have is null.
    pub fn shard_columns(&self, table: &str, shard: u32, fields: &Fields) -> Result<Vec<RecordBatch>, LakeError> {
        let schema: SchemaRef = Arc::new(Schema::new(fields.clone()));
        let mut batches = Vec::new();
        for file in self.files_of_shard(table, shard)? {
            let reader = DataFileReader::open(&file.path, &schema, BATCH_ROWS)?;
            for batch in reader {
                let batch = batch?;
                let columns: Vec<ArrayRef> = fields.iter().map(|field| column(&batch, field)).collect();
                let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
                batches.push(RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?);
            }
        }
        Ok(batches)
    }

    fn files_of_shard(&self, table: &str, shard: u32) -> Result<Vec<DataFile>, LakeError> {
        let mut files = self.files(table)?;
        files.retain(|file| file.partition.as_ref().is_some_and(|partition| partition.shard == shard));
        Ok(files)
    }
}

fn column(batch: &RecordBatch, field: &FieldRef) -> ArrayRef {
    batch.column_by_name(field.name()).map_or_else(|| new_null_array(field.data_type(), batch.num_rows()), Arc::clone)
}
