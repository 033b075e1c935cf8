//! Reading data files: some columns of one file, as our schema has them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchReader};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
    RowFilter, RowSelection,
};

use crate::error::LakeError;

/// Row groups of a data file, each of which can be read by itself.
pub(crate) fn row_groups(path: &Path) -> Result<usize, LakeError> {
    let file = File::open(path).map_err(LakeError::io(path))?;
    Ok(metadata(&file, path)?.metadata().num_row_groups())
}

fn metadata(file: &File, path: &Path) -> Result<ArrowReaderMetadata, LakeError> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    ArrowReaderMetadata::load(file, options).map_err(LakeError::parquet(path))
}

/// Reads some columns of a data file. Columns that the file lacks are left out.
pub(crate) struct DataFileReader {
    inner: ParquetRecordBatchReader,
    path: PathBuf,
}

impl DataFileReader {
    /// Opens a file for those columns of `schema` that it has, with the types that `schema` gives them.
    pub(crate) fn open(path: &Path, schema: &SchemaRef, batch_rows: usize) -> Result<Self, LakeError> {
        let builder = Self::builder(path, schema, batch_rows)?;
        Self::build(builder, path)
    }

    /// The same, but only the rows that are chosen by one column, which the file must have to have any. Of the other rows nothing
    /// else is decoded.
    pub(crate) fn open_where(
        path: &Path,
        schema: &SchemaRef,
        batch_rows: usize,
        column: &'static str,
        mut choose: impl FnMut(&ArrayRef) -> BooleanArray + Send + 'static,
    ) -> Result<Self, LakeError> {
        let builder = Self::builder(path, schema, batch_rows)?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), [column]);
        let chosen = ArrowPredicateFn::new(mask, move |batch| {
            let none = || BooleanArray::from(vec![false; batch.num_rows()]);
            Ok(batch.column_by_name(column).map_or_else(none, &mut choose))
        });
        Self::build(builder.with_row_filter(RowFilter::new(vec![Box::new(chosen)])), path)
    }

    /// Opens one row group of a file, or some rows of it.
    pub(crate) fn open_group(
        path: &Path,
        schema: &SchemaRef,
        batch_rows: usize,
        group: usize,
        rows: Option<RowSelection>,
    ) -> Result<Self, LakeError> {
        let builder = Self::builder(path, schema, batch_rows)?.with_row_groups(vec![group]);
        let builder = match rows {
            Some(rows) => builder.with_row_selection(rows),
            None => builder,
        };
        Self::build(builder, path)
    }

    fn build(builder: ParquetRecordBatchReaderBuilder<File>, path: &Path) -> Result<Self, LakeError> {
        let inner = builder.build().map_err(LakeError::parquet(path))?;
        Ok(Self { inner, path: path.to_owned() })
    }

    fn builder(path: &Path, schema: &SchemaRef, batch_rows: usize) -> Result<ParquetRecordBatchReaderBuilder<File>, LakeError> {
        let file = File::open(path).map_err(LakeError::io(path))?;
        let found = metadata(&file, path)?;
        let wanted = |field: &Arc<Field>| schema.field_with_name(field.name()).ok().cloned();
        let fields: Vec<Field> =
            found.schema().fields().iter().map(|field| wanted(field).unwrap_or_else(|| field.as_ref().clone())).collect();
        let roots: Vec<usize> =
            found.schema().fields().iter().enumerate().filter(|(_, f)| wanted(f).is_some()).map(|(i, _)| i).collect();
        let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
        let metadata = ArrowReaderMetadata::try_new(found.metadata().clone(), options).map_err(LakeError::parquet(path))?;
        let mask = ProjectionMask::roots(found.parquet_schema(), roots);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        Ok(builder.with_projection(mask).with_batch_size(batch_rows))
    }

    /// Names of the columns that it reads.
    pub(crate) fn columns(&self) -> Vec<String> {
        self.inner.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Iterator for DataFileReader {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.inner.next()?.map_err(LakeError::from))
    }
}
