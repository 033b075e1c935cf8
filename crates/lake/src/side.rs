//! Side tables（附属表）: tables whose columns the lake does not know beforehand: knowledge, runs, findings, rule packs, quarantine.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use crate::data_file::DataFileReader;
use crate::delta::arrow_schema;
use crate::error::LakeError;
use crate::lake::{Lake, TableChange, Writer};
use crate::parquet_write::DataFileWriter;
use crate::snapshot::Snapshot;

const READ_ROWS: usize = 8192;

/// SideTable（附属表）: a table with a schema of its owner.
#[derive(Clone, Debug)]
pub struct SideTable<'a> {
    lake: &'a Lake,
    name: String,
    schema: SchemaRef,
}

impl Lake {
    /// A side table; it exists once rows were written.
    pub fn side_table(&self, name: &str, schema: SchemaRef) -> SideTable<'_> {
        SideTable { lake: self, name: name.to_owned(), schema }
    }

    /// Writes several side tables as one version: all or nothing. Returns the version.
    pub fn write_side(&self, writes: &[SideWrite<'_>]) -> Result<u64, LakeError> {
        let mut writer = self.writer()?;
        let mut changes = Vec::new();
        for write in writes {
            changes.extend(stage_side(&writer, write.name, &write.schema, write.batches, write.replace)?);
        }
        if changes.is_empty() {
            return Ok(writer.manifest.version);
        }
        writer.publish(changes, None)
    }
}

/// Rows to write to one side table.
#[derive(Clone, Debug)]
pub struct SideWrite<'a> {
    /// Table.
    pub name: &'a str,
    /// Columns.
    pub schema: SchemaRef,
    /// Rows.
    pub batches: &'a [RecordBatch],
    /// Whether the rows take the place of all before.
    pub replace: bool,
}

impl SideTable<'_> {
    /// Adds rows, as a version of the lake.
    pub fn append(&self, batches: &[RecordBatch]) -> Result<u64, LakeError> {
        self.write(batches, false)
    }

    /// Puts these rows in the place of all before.
    pub fn replace(&self, batches: &[RecordBatch]) -> Result<u64, LakeError> {
        self.write(batches, true)
    }

    /// All rows of the newest version.
    pub fn read(&self) -> Result<Vec<RecordBatch>, LakeError> {
        self.lake.snapshot()?.read_side(&self.name, &self.schema)
    }

    fn write(&self, batches: &[RecordBatch], replace: bool) -> Result<u64, LakeError> {
        self.lake.write_side(&[SideWrite { name: &self.name, schema: self.schema.clone(), batches, replace }])
    }
}

impl Snapshot {
    /// All rows of a side table; none if it was never written.
    pub fn read_side(&self, name: &str, schema: &SchemaRef) -> Result<Vec<RecordBatch>, LakeError> {
        let mut batches = Vec::new();
        for file in self.files(name)? {
            for batch in DataFileReader::open(&file.path, schema, READ_ROWS)? {
                batches.push(crate::append::sort::with_columns(&batch?, schema)?);
            }
        }
        Ok(batches)
    }
}

pub(crate) fn stage_side(
    writer: &Writer,
    name: &str,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    replace: bool,
) -> Result<Option<TableChange>, LakeError> {
    if claims::table::table(name).is_some() {
        return Err(LakeError::Columns {
            table: name.to_owned(), detail: "这是国家库表，不能作为附属表写入".to_owned()
        });
    }
    let existing = writer.tables.get(name);
    if let Some(existing) = existing {
        check_same(name, &arrow_schema(existing)?, schema)?;
    }
    let removed: Vec<_> = existing
        .filter(|_| replace)
        .map(|table| table.files.iter().map(|file| file.remove.clone()).collect())
        .unwrap_or_default();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let mut added = Vec::new();
    if rows > 0 {
        let path = writer.lake.layout.staging().join(format!("side-{name}.parquet"));
        let mut file = DataFileWriter::create(&path, schema.clone())?;
        for batch in batches {
            file.write(batch)?;
        }
        added.push(file.finish(None)?);
    }
    if added.is_empty() && removed.is_empty() {
        return Ok(None);
    }
    Ok(Some(TableChange { name: name.to_owned(), schema: schema.clone(), partitions: &[], added, removed }))
}

fn check_same(name: &str, existing: &SchemaRef, given: &SchemaRef) -> Result<(), LakeError> {
    for field in given.fields() {
        if existing.field_with_name(field.name()).is_err() {
            let detail = format!("已有的表没有列 {}", field.name());
            return Err(LakeError::Columns { table: name.to_owned(), detail });
        }
    }
    Ok(())
}
