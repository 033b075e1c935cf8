//! What the lake has already: which visits, which keys, and which partitions a delivery touches.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use claims::table::{Table, table};
use claims::{Day, Moment};
use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array, UInt64Array, new_null_array};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef, TimestampMicrosecondType};

use super::places::{Places, visit_hash};
use super::rows::{FOLDER, KeyHasher, ORIGIN, ROW, text};
use super::{Append, Known};
use crate::data_file::DataFileReader;
use crate::delta::DataFile;
use crate::error::LakeError;
use crate::layout::{Month, Partition, shard_of};
use crate::schema::{CLUSTERED, in_file, is_clustered, source_column};

const READ_ROWS: usize = 8192;

/// Some columns of a table's files.
pub(crate) fn columns_of(table: &Table, names: &[&str]) -> SchemaRef {
    let inside = in_file(table);
    let fields = names.iter().filter_map(|name| inside.field_with_name(name).ok().cloned());
    Arc::new(Schema::new(fields.collect::<Vec<Field>>()))
}

/// A partition and its files.
pub(super) type PartitionFiles = (Option<Partition>, Vec<DataFile>);

impl Append {
    /// Learns which delivered visits the lake has.
    pub(super) fn know_delivered(&mut self) -> Result<(), LakeError> {
        if self.visits_known == Known::Nothing {
            self.know(false)?;
            self.visits_known = Known::Delivered;
        }
        Ok(())
    }

    /// Learns all visits of the lake, for rows of visits that the delivery does not bring.
    pub(super) fn know_all(&mut self) -> Result<(), LakeError> {
        if self.visits_known != Known::All {
            self.know(true)?;
            self.visits_known = Known::All;
        }
        Ok(())
    }

    fn know(&mut self, all: bool) -> Result<(), LakeError> {
        let Some(visits) = table("mdtrt_d") else { return Ok(()) };
        let schema = columns_of(visits, &["mdtrt_id", "fixmedins_code", "psn_no", "begntime"]);
        for file in self.base.files("mdtrt_d")? {
            let month = file.partition.as_ref().map(Partition::month);
            let replaced = month.and_then(|month| self.replaced.in_month(month));
            for batch in DataFileReader::open(&file.path, &schema, READ_ROWS)? {
                let batch = batch?;
                let ids = text(&batch, "mdtrt_d", "mdtrt_id")?;
                let institutions = text(&batch, "mdtrt_d", "fixmedins_code")?;
                let persons = text(&batch, "mdtrt_d", "psn_no")?;
                let begins = batch.column_by_name("begntime").map(AsArray::as_primitive::<TimestampMicrosecondType>);
                for row in 0..batch.num_rows() {
                    if replaced.is_some_and(|replaced| replaced.contains(institutions.value(row))) {
                        continue;
                    }
                    let day = begins.map_or(Day(0), |begins| Moment(begins.value(row).div_euclid(1_000_000)).day());
                    let month = month.unwrap_or_else(|| Month::of(day));
                    self.places.know(visit_hash(ids.value(row)), month, institutions.value(row), persons.value(row), all);
                }
            }
        }
        Ok(())
    }

    /// Takes rows of visits that moved out of the lake, to be placed anew.
    pub(super) fn readmit_moved(&mut self) -> Result<(), LakeError> {
        let left: HashSet<Partition> = self.places.left_partitions().cloned().collect();
        if left.is_empty() {
            return Ok(());
        }
        for name in CLUSTERED {
            let Some(table) = table(name) else { continue };
            for file in self.base.files(name)? {
                if file.partition.as_ref().is_some_and(|partition| left.contains(partition)) {
                    self.readmit(table, &file)?;
                }
            }
        }
        Ok(())
    }

    fn readmit(&mut self, table: &'static Table, file: &DataFile) -> Result<(), LakeError> {
        let source = source_column(table);
        for batch in DataFileReader::open(&file.path, &in_file(table), READ_ROWS)? {
            let batch = batch?;
            let visits = text(&batch, table.name, "mdtrt_id")?;
            let moved: BooleanArray = visits.iter().map(|id| id.map(|id| self.places.has_moved(visit_hash(id)))).collect();
            if moved.true_count() == 0 {
                continue;
            }
            let batch = filter_record_batch(&batch, &moved)?;
            let origins = self.origins.read(&batch, source);
            let moved = self.moved_rows(table, &batch, &origins)?;
            self.sorter(table).push(moved);
        }
        Ok(())
    }

    /// Rows of moved visits with the institution and person that their visit now has.
    fn moved_rows(
        &mut self,
        table: &'static Table,
        batch: &RecordBatch,
        origins: &UInt32Array,
    ) -> Result<RecordBatch, LakeError> {
        let schema = self.sorter(table).schema.clone();
        let visits = text(batch, table.name, "mdtrt_id")?;
        let folder = |id: Option<&str>| id.and_then(|id| self.places.visit(visit_hash(id))).map_or(0, |place| place.folder);
        let folders: UInt32Array = visits.iter().map(folder).collect::<Vec<_>>().into();
        let rows = batch.num_rows();
        let columns = schema.fields().iter().map(|field| -> ArrayRef {
            match field.name().as_str() {
                FOLDER => Arc::new(folders.clone()),
                ORIGIN => Arc::new(origins.clone()),
                ROW => Arc::new(UInt64Array::from(vec![0; rows])),
                name @ ("fixmedins_code" | "psn_no") => self.filled(None, name, &folders),
                name => match batch.column_by_name(name) {
                    Some(column) => column.clone(),
                    None => new_null_array(field.data_type(), rows),
                },
            }
        });
        let columns = columns.collect();
        Ok(RecordBatch::try_new(schema, columns)?)
    }

    /// The files of the lake that each touched partition has to be merged with.
    pub(super) fn touched(&self, table: &'static Table) -> Result<Vec<PartitionFiles>, LakeError> {
        let files = self.base.files(table.name)?;
        let mut partitions: BTreeSet<Option<Partition>> = BTreeSet::new();
        if is_clustered(table.name) {
            let shards = self.writer.lake.config.shards;
            partitions.extend(
                self.options
                    .replace
                    .iter()
                    .map(|(month, institution)| Some(Partition::new(*month, shard_of(institution, shards)))),
            );
            partitions.extend(self.places.left_partitions().cloned().map(Some));
        }
        if table.name == "mdtrt_d" {
            partitions.extend(self.places.redelivered().cloned().map(Some));
        }
        if let Some(suspects) = self.suspects.get(table.name) {
            for (partition, keys) in &suspects.keys {
                let here = files.iter().filter(|file| file.partition == *partition);
                if suspects.too_many() || any_key(table, here, keys)? {
                    partitions.insert(partition.clone());
                }
            }
        }
        let with_files = partitions.into_iter().map(|partition| {
            let here = files.iter().filter(|file| file.partition == partition).cloned().collect::<Vec<_>>();
            (partition, here)
        });
        Ok(with_files.filter(|(_, files)| !files.is_empty()).collect())
    }
}

/// Enters the folders of files into the index, so that their rows can be ranked.
pub(crate) fn enter_folders(places: &mut Places, table: &Table, files: &[DataFile]) -> Result<(), LakeError> {
    let schema = columns_of(table, &["fixmedins_code", "psn_no"]);
    for file in files {
        let Some(partition) = &file.partition else { continue };
        for batch in DataFileReader::open(&file.path, &schema, READ_ROWS)? {
            places.enter(partition, &batch?, table.name)?;
        }
    }
    Ok(())
}

fn any_key<'a>(table: &'static Table, files: impl Iterator<Item = &'a DataFile>, keys: &HashSet<u64>) -> Result<bool, LakeError> {
    let names: Vec<&'static str> = table.key().map(|column| column.name).collect();
    let schema = columns_of(table, &names);
    for file in files {
        for batch in DataFileReader::open(&file.path, &schema, READ_ROWS)? {
            let batch = super::sort::with_columns(&batch?, &schema)?;
            let hasher = KeyHasher::new(&batch, &names)?;
            if (0..batch.num_rows()).any(|row| keys.contains(&hasher.hash(row))) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
