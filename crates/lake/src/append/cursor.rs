//! Cursors over sorted rows: of a run of the delivery, or of a data file that lies in the lake.

use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array, UInt64Array, new_null_array};
use datafusion::arrow::compute::{concat_batches, filter_record_batch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::row::{RowConverter, Rows};

use super::merge::Context;
use super::places::visit_hash;
use super::rows::{Encoded, Encoder, FOLDER, Hidden, ORIGIN, ROW, text};
use super::sort::{RunReader, with_columns};
use crate::data_file::DataFileReader;
use crate::error::LakeError;
use crate::layout::Partition;

/// Sorted rows, a batch at a time.
pub(crate) struct Cursor<'a> {
    rows: SortedRows<'a>,
    ahead: Option<RecordBatch>,
    pub(crate) loaded: Option<Loaded>,
}

/// Where a cursor's rows come from.
pub(crate) enum SortedRows<'a> {
    Run(RunReader<'a>),
    File { reader: DataFileReader, partition: Option<Partition>, left_out: LeftOut },
}

/// Rows of the lake that are not carried over.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LeftOut {
    /// The delivery replaces them.
    pub(crate) replaced: u64,
    /// Their visit moved to another partition, where they come again.
    pub(crate) moved: u64,
}

/// The batch at which a cursor stands.
pub(crate) struct Loaded {
    pub(crate) batch: RecordBatch,
    pub(crate) hidden: Hidden,
    pub(crate) ranks: Vec<u32>,
    pub(crate) encoded: Encoded,
    content: OnceLock<Rows>,
    pub(crate) at: usize,
}

/// What reading needs to know.
pub(crate) struct Reading<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) encoder: &'a Encoder,
    pub(crate) schema: &'a SchemaRef,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(rows: SortedRows<'a>, reading: &Reading<'_>) -> Result<Self, LakeError> {
        let mut cursor = Self { rows, ahead: None, loaded: None };
        cursor.ahead = cursor.read(reading)?;
        Ok(cursor)
    }

    /// Stands at a row, or is at the end.
    pub(crate) fn refill(&mut self, reading: &Reading<'_>) -> Result<bool, LakeError> {
        if self.loaded.as_ref().is_some_and(|loaded| loaded.at < loaded.batch.num_rows()) {
            return Ok(true);
        }
        self.loaded = match self.ahead.take() {
            Some(batch) => Some(Loaded::new(batch, reading)?),
            None => None,
        };
        self.ahead = self.read(reading)?;
        Ok(self.loaded.is_some())
    }

    /// Adds the next batch to the one it stands at: a visit is longer than a batch.
    pub(crate) fn extend(&mut self, reading: &Reading<'_>) -> Result<(), LakeError> {
        if let (Some(loaded), Some(next)) = (self.loaded.take(), self.ahead.take()) {
            let rest = loaded.batch.slice(loaded.at, loaded.batch.num_rows() - loaded.at);
            let joined = concat_batches(reading.schema, [&rest, &next])?;
            self.loaded = Some(Loaded::new(joined, reading)?);
        }
        self.ahead = self.read(reading)?;
        Ok(())
    }

    pub(crate) fn has_more(&self) -> bool {
        self.ahead.is_some()
    }

    /// Rows that were not carried over so far.
    pub(crate) fn left_out(&self) -> LeftOut {
        match &self.rows {
            SortedRows::File { left_out, .. } => *left_out,
            SortedRows::Run(_) => LeftOut::default(),
        }
    }

    fn read(&mut self, reading: &Reading<'_>) -> Result<Option<RecordBatch>, LakeError> {
        loop {
            let next = match &mut self.rows {
                SortedRows::Run(reader) => {
                    let batch = if reader.has_more() { reader.next()? } else { None };
                    return batch.map(|batch| with_columns(&batch, reading.schema)).transpose();
                }
                SortedRows::File { reader, partition, left_out } => {
                    let Some(batch) = reader.next().transpose()? else { return Ok(None) };
                    let kept = reading.context.keep(&batch, partition.as_ref(), left_out)?;
                    reading.context.adopt(&kept, partition.as_ref(), reading.schema)?
                }
            };
            if next.num_rows() > 0 {
                return Ok(Some(next));
            }
        }
    }
}

impl Loaded {
    fn new(batch: RecordBatch, reading: &Reading<'_>) -> Result<Self, LakeError> {
        let hidden = Hidden::of(&batch)?;
        let encoded = reading.encoder.to_merge(&batch)?;
        let clustered = reading.context.clustered;
        let rank = |folder: &u32| if clustered { reading.context.places.rank_of(*folder) } else { 0 };
        let ranks = hidden.folder.values().iter().map(rank).collect();
        Ok(Self { batch, hidden, ranks, encoded, content: OnceLock::new(), at: 0 })
    }

    /// Where the row lies: folder, then visit.
    pub(crate) fn group(&self, row: usize) -> (u32, &[u8]) {
        (self.ranks[row], self.encoded.group(row))
    }

    pub(crate) fn age(&self, row: usize) -> (u32, u64) {
        (self.hidden.origin.value(row), self.hidden.row.value(row))
    }

    /// The row's delivered content, comparable with that of other batches.
    pub(crate) fn content(&self, row: usize, converter: &RowConverter) -> Result<&[u8], LakeError> {
        if self.content.get().is_none() {
            let columns: Vec<_> = self.batch.columns()[..self.batch.num_columns() - 3].to_vec();
            let _ = self.content.set(converter.convert_columns(&columns)?);
        }
        Ok(self.content.get().map_or(&[], |rows| rows.row(row).data()))
    }
}

impl Context<'_> {
    /// The batch without rows that the delivery replaces or that moved to another partition.
    fn keep(&self, batch: &RecordBatch, partition: Option<&Partition>, left_out: &mut LeftOut) -> Result<RecordBatch, LakeError> {
        let Some(partition) = partition else { return Ok(batch.clone()) };
        let replaced = self.replaced.in_month(partition.month());
        if replaced.is_none() && !self.places.any_moved() {
            return Ok(batch.clone());
        }
        let institutions = text(batch, self.table.name, "fixmedins_code")?;
        let visits = text(batch, self.table.name, "mdtrt_id")?;
        let mut stays = |row: usize| {
            if replaced.is_some_and(|replaced| replaced.contains(institutions.value(row))) {
                left_out.replaced += 1;
                return false;
            }
            let moved = self.places.has_moved(visit_hash(visits.value(row)));
            left_out.moved += u64::from(moved);
            !moved
        };
        let kept: BooleanArray = (0..batch.num_rows()).map(|row| Some(stays(row))).collect();
        Ok(filter_record_batch(batch, &kept)?)
    }

    /// Rows of a data file in the form of the delivery's rows.
    pub(crate) fn adopt(
        &self,
        batch: &RecordBatch,
        partition: Option<&Partition>,
        schema: &SchemaRef,
    ) -> Result<RecordBatch, LakeError> {
        let rows = batch.num_rows();
        let folders: UInt32Array = match partition {
            None => vec![0; rows].into(),
            Some(partition) => {
                let institutions = text(batch, self.table.name, "fixmedins_code")?;
                let persons = text(batch, self.table.name, "psn_no")?;
                (0..rows)
                    .map(|row| self.places.find(partition, institutions.value(row), persons.value(row)).unwrap_or(0))
                    .collect::<Vec<_>>()
                    .into()
            }
        };
        let origins = self.origins.read(batch, crate::schema::source_column(self.table));
        let numbers = UInt64Array::from(vec![0; rows]);
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let column: ArrayRef = match field.name().as_str() {
                FOLDER => Arc::new(folders.clone()),
                ORIGIN => Arc::new(origins.clone()),
                ROW => Arc::new(numbers.clone()),
                name => match batch.column_by_name(name) {
                    Some(column) => column.clone(),
                    None => new_null_array(field.data_type(), rows),
                },
            };
            columns.push(column);
        }
        Ok(RecordBatch::try_new(schema.clone(), columns)?)
    }
}
