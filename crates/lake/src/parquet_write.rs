//! Writing data files: Parquet that many readers can have open at once.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;
use deltalake::kernel::Add;

use crate::error::LakeError;
use crate::layout::Partition;
use crate::schema::{SHARD, VISIT_MONTH};

const ROW_GROUP_ROWS: usize = 256 * 1024;
/// A reader holds one page of each column of each open file.
const PAGE_BYTES: usize = 128 * 1024;
/// Columns whose values hardly ever repeat: a dictionary would only be thrown away.
const UNIQUE: [&str; 6] = ["bkkp_sn", "rid", "init_feedetl_sn", "diag_info_id", "drord_detl_id", "drug_trac_codg"];

/// A finished data file that no table has yet.
#[derive(Debug)]
pub(crate) struct StagedFile {
    pub(crate) path: PathBuf,
    pub(crate) partition: Option<Partition>,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

impl StagedFile {
    pub(crate) fn add_action(&self, relative: String, now: i64) -> Add {
        let partition_values = self.partition.as_ref().map_or_else(HashMap::new, |partition| {
            HashMap::from([
                (VISIT_MONTH.to_owned(), Some(partition.month().to_string())),
                (SHARD.to_owned(), Some(partition.shard.to_string())),
            ])
        });
        Add {
            path: relative,
            partition_values,
            size: i64::try_from(self.bytes).unwrap_or(i64::MAX),
            modification_time: now,
            data_change: true,
            stats: Some(format!("{{\"numRecords\":{}}}", self.rows)),
            tags: None,
            deletion_vector: None,
            base_row_id: None,
            default_row_commit_version: None,
            clustering_provider: None,
        }
    }
}

/// A data file being written.
pub(crate) struct DataFileWriter {
    writer: ArrowWriter<File>,
    path: PathBuf,
    rows: u64,
}

impl DataFileWriter {
    pub(crate) fn create(path: &Path, schema: SchemaRef) -> Result<Self, LakeError> {
        let file = File::create(path).map_err(LakeError::io(path))?;
        let options = ArrowWriterOptions::new().with_properties(properties(&schema)).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(file, schema, options).map_err(LakeError::parquet(path))?;
        Ok(Self { writer, path: path.to_owned(), rows: 0 })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.rows += batch.num_rows() as u64;
        self.writer.write(batch).map_err(LakeError::parquet(&self.path))
    }

    pub(crate) fn finish(self, partition: Option<Partition>) -> Result<StagedFile, LakeError> {
        let Self { writer, path, rows } = self;
        let file = writer.into_inner().map_err(LakeError::parquet(&path))?;
        file.sync_all().map_err(LakeError::io(&path))?;
        let bytes = file.metadata().map_err(LakeError::io(&path))?.len();
        Ok(StagedFile { path, partition, rows, bytes })
    }
}

fn properties(schema: &SchemaRef) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_size_limit(PAGE_BYTES)
        .set_dictionary_page_size_limit(2 * PAGE_BYTES)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for field in schema.fields() {
        if UNIQUE.contains(&field.name().as_str()) {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(field.name().as_str()), false);
        }
    }
    properties.build()
}

/// The batch without columns that hold nothing: a column missing in a file reads as null, and costs nothing.
pub(crate) fn filled_columns(batches: &[RecordBatch], schema: &SchemaRef) -> Vec<bool> {
    (0..schema.fields().len())
        .map(|column| batches.iter().any(|batch| batch.column(column).null_count() < batch.num_rows()))
        .collect()
}
