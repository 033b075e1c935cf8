//! Merging a partition's sorted rows, settling rows with the same key, and writing one sorted file.

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use claims::table::Table;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef};
use datafusion::arrow::row::{RowConverter, SortField};
use deltalake::kernel::Remove;

use super::cursor::{Cursor, LeftOut, Loaded, Reading, SortedRows};
use super::origin::{Origins, Replaced};
use super::places::Places;
use super::rows::{Encoder, Hidden};
use super::sort::{RUN_BATCH_ROWS, Sorter, interleave_columns};
use crate::data_file::DataFileReader;
use crate::delta::DataFile;
use crate::error::LakeError;
use crate::layout::Partition;
use crate::manifest::TableCounts;
use crate::parquet_write::{DataFileWriter, StagedFile};
use crate::schema::{DELIVERY, in_file, source_column};

/// What a merge needs to know besides its rows.
pub(crate) struct Context<'a> {
    pub(crate) table: &'static Table,
    pub(crate) clustered: bool,
    pub(crate) places: &'a Places,
    pub(crate) origins: &'a Origins,
    pub(crate) replaced: &'a Replaced,
}

/// One partition to write.
pub(crate) struct MergeTask<'a> {
    pub(crate) sorter: &'a Sorter,
    pub(crate) partition: Option<Partition>,
    /// Files of the lake to merge with; empty where the new rows are a run of their own.
    pub(crate) existing: Vec<DataFile>,
    /// Write even if no row changes.
    pub(crate) force: bool,
    pub(crate) output: std::path::PathBuf,
}

/// What became of a partition.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) staged: Option<StagedFile>,
    pub(crate) removed: Vec<Remove>,
    pub(crate) counts: TableCounts,
    pub(crate) amount_fen: i64,
    /// Origin and number of rows refused because their key came before in the same file.
    pub(crate) repeated: Vec<(u32, u64)>,
}

/// Column whose sum the import report shows.
fn amount_column(table: &str) -> Option<&'static str> {
    match table {
        "fee_list_d" => Some("det_item_fee_sumamt"),
        "setl_d" => Some("medfee_sumamt"),
        _ => None,
    }
}

pub(crate) fn merge(task: &MergeTask<'_>, context: &Context<'_>) -> Result<Merged, LakeError> {
    let inside = in_file(context.table);
    let mut readers = Vec::new();
    let mut wanted = task.sorter.filled.clone();
    for file in &task.existing {
        let reader = DataFileReader::open(&file.path, &inside, RUN_BATCH_ROWS)?;
        for column in reader.columns() {
            if let Ok(at) = task.sorter.schema.index_of(&column) {
                wanted[at] = true;
            }
        }
        readers.push(reader);
    }
    let kept: Vec<usize> = (0..wanted.len()).filter(|column| wanted[*column]).collect();
    let schema: SchemaRef = Arc::new(task.sorter.schema.project(&kept)?);
    let encoder = Encoder::new(&task.sorter.order, &schema)?;
    let reading = Reading { context, encoder: &encoder, schema: &schema };
    let mut cursors = Vec::new();
    for reader in readers {
        let rows = SortedRows::File { reader, partition: task.partition.clone(), left_out: LeftOut::default() };
        cursors.push(Cursor::new(rows, &reading)?);
    }
    for run in &task.sorter.runs {
        let reader = run.of_partition(task.partition.as_ref())?;
        if reader.has_more() {
            cursors.push(Cursor::new(SortedRows::Run(reader), &reading)?);
        }
    }
    Merge::new(task, context, &schema)?.run(cursors, &reading)
}

struct Merge<'a> {
    task: &'a MergeTask<'a>,
    context: &'a Context<'a>,
    content: RowConverter,
    schema: SchemaRef,
    output: SchemaRef,
    amount: Option<usize>,
    writer: Option<DataFileWriter>,
    merged: Merged,
}

/// A row of a cursor.
type RowRef = (usize, usize);

impl<'a> Merge<'a> {
    fn new(task: &'a MergeTask<'a>, context: &'a Context<'a>, schema: &SchemaRef) -> Result<Self, LakeError> {
        let own = &schema.fields()[..schema.fields().len() - 3];
        let content = RowConverter::new(own.iter().map(|field| SortField::new(field.data_type().clone())).collect())?;
        let mut fields: Vec<Field> = own.iter().map(|field| field.as_ref().clone()).collect();
        fields.push(Field::new(DELIVERY, DataType::Int64, true));
        let source = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        fields.push(Field::new(source_column(context.table), source, true));
        let amount = amount_column(context.table.name).and_then(|name| schema.index_of(name).ok());
        Ok(Self {
            task,
            context,
            content,
            schema: schema.clone(),
            output: Arc::new(Schema::new(fields)),
            amount,
            writer: None,
            merged: Merged::default(),
        })
    }

    fn run(mut self, mut cursors: Vec<Cursor<'_>>, reading: &Reading<'_>) -> Result<Merged, LakeError> {
        let mut left_out = LeftOut::default();
        loop {
            let mut at = 0;
            while at < cursors.len() {
                if cursors[at].refill(reading)? {
                    at += 1;
                } else {
                    let ended = cursors.remove(at).left_out();
                    left_out.replaced += ended.replaced;
                    left_out.moved += ended.moved;
                }
            }
            if cursors.is_empty() {
                break;
            }
            let limit = limiting_cursor(&cursors);
            let taken = take_below(&mut cursors, limit);
            if taken.is_empty() {
                // One visit fills the whole batch of the cursor that limits: it must be seen whole.
                cursors[limit.unwrap_or(0)].extend(reading)?;
                continue;
            }
            self.settle(&cursors, taken)?;
        }
        self.finish(left_out)
    }

    /// Settles the rows of whole visits, and writes those that stand.
    fn settle(&mut self, cursors: &[Cursor<'_>], mut taken: Vec<RowRef>) -> Result<(), LakeError> {
        let loaded: Vec<&Loaded> = cursors.iter().filter_map(|cursor| cursor.loaded.as_ref()).collect();
        if taken.windows(2).any(|pair| pair[0].0 != pair[1].0) {
            taken.sort_by(|a, b| {
                let (left, right) = (loaded[a.0], loaded[b.0]);
                let order = left.group(a.1).cmp(&right.group(b.1));
                order.then_with(|| left.encoded.tail(a.1).cmp(right.encoded.tail(b.1)))
            });
        }
        let mut standing = Vec::with_capacity(taken.len());
        for group in taken.chunk_by(|a, b| loaded[a.0].group(a.1) == loaded[b.0].group(b.1)) {
            self.settle_group(&loaded, group, &mut standing)?;
        }
        self.write(&loaded, &standing)
    }

    fn settle_group(&mut self, loaded: &[&Loaded], group: &[RowRef], standing: &mut Vec<RowRef>) -> Result<(), LakeError> {
        let is_new = |row: &RowRef| self.context.origins.is_new(loaded[row.0].hidden.origin.value(row.1));
        let new = group.iter().filter(|row| is_new(row)).count();
        let key = |row: &RowRef| loaded[row.0].encoded.key(row.1);
        let mut seen = HashSet::with_capacity(if group.len() > 1 { group.len() } else { 0 });
        if group.len() == 1 || new == 0 || group.iter().all(|row| seen.insert(key(row))) {
            for row in group.iter().filter(|row| is_new(row)) {
                self.merged.amount_fen += self.amount(loaded, *row);
            }
            self.merged.counts.rows_added += new as u64;
            standing.extend_from_slice(group);
            return Ok(());
        }
        let mut same: HashMap<&[u8], Vec<RowRef>> = HashMap::with_capacity(group.len());
        for row in group {
            same.entry(key(row)).or_default().push(*row);
        }
        let mut winners = HashSet::with_capacity(same.len());
        for mut rows in same.into_values() {
            rows.sort_by_key(|row| loaded[row.0].age(row.1));
            winners.insert(self.newest(loaded, &rows)?);
        }
        standing.extend(group.iter().filter(|row| winners.contains(*row)));
        Ok(())
    }

    /// Of rows with one key, oldest first, the one that stands.
    fn newest(&mut self, loaded: &[&Loaded], rows: &[RowRef]) -> Result<RowRef, LakeError> {
        let origin = |row: RowRef| loaded[row.0].hidden.origin.value(row.1);
        let mut standing = rows[0];
        if self.context.origins.is_new(origin(standing)) {
            self.merged.counts.rows_added += 1;
            self.merged.amount_fen += self.amount(loaded, standing);
        }
        let mut last_origin = origin(standing);
        for row in &rows[1..] {
            if origin(*row) == last_origin && self.context.origins.is_new(last_origin) {
                self.merged.counts.rows_repeated += 1;
                self.merged.repeated.push(loaded[row.0].age(row.1));
                continue;
            }
            last_origin = origin(*row);
            let old = loaded[standing.0].content(standing.1, &self.content)?;
            if old == loaded[row.0].content(row.1, &self.content)? {
                self.merged.counts.rows_duplicate += 1;
            } else {
                self.merged.counts.rows_revised += 1;
                self.merged.amount_fen += self.amount(loaded, *row);
                standing = *row;
            }
        }
        Ok(standing)
    }

    fn amount(&self, loaded: &[&Loaded], row: RowRef) -> i64 {
        let Some(column) = self.amount else { return 0 };
        let amounts = loaded[row.0].batch.column(column).as_primitive::<Decimal128Type>();
        if amounts.is_null(row.1) { 0 } else { i64::try_from(amounts.value(row.1)).unwrap_or(0) }
    }

    fn write(&mut self, loaded: &[&Loaded], rows: &[RowRef]) -> Result<(), LakeError> {
        if rows.is_empty() {
            return Ok(());
        }
        let batches: Vec<RecordBatch> = loaded.iter().map(|loaded| loaded.batch.clone()).collect();
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let batch = interleave_columns(&batches, &all, &self.schema, rows)?;
        let (delivery, source) = self.context.origins.columns(&Hidden::of(&batch)?.origin);
        let mut columns = batch.columns()[..batch.num_columns() - 3].to_vec();
        columns.extend([delivery, source]);
        let batch = RecordBatch::try_new(self.output.clone(), columns)?;
        if self.writer.is_none() {
            self.writer = Some(DataFileWriter::create(&self.task.output, self.output.clone())?);
        }
        match &mut self.writer {
            Some(writer) => writer.write(&batch),
            None => Ok(()),
        }
    }

    fn finish(mut self, left_out: LeftOut) -> Result<Merged, LakeError> {
        let counts = self.merged.counts;
        self.merged.counts.rows_superseded = left_out.replaced;
        let moved = left_out.moved > 0 || self.context.places.any_moved();
        let changed = self.task.force || moved || left_out.replaced + counts.rows_added + counts.rows_revised > 0;
        let Some(writer) = self.writer.take() else {
            if changed {
                self.merged.removed = removals(&self.task.existing);
            }
            return Ok(self.merged);
        };
        if changed {
            self.merged.staged = Some(writer.finish(self.task.partition.clone())?);
            self.merged.removed = removals(&self.task.existing);
        } else {
            drop(writer);
            remove(&self.task.output)?;
        }
        Ok(self.merged)
    }
}

fn removals(files: &[DataFile]) -> Vec<Remove> {
    files.iter().map(|file| file.remove.clone()).collect()
}

fn remove(path: &Path) -> Result<(), LakeError> {
    std::fs::remove_file(path).map_err(LakeError::io(path))
}

/// The cursor whose loaded rows end first, among those with more to come: beyond its last visit nothing is certain yet.
fn limiting_cursor(cursors: &[Cursor<'_>]) -> Option<usize> {
    let last = |cursor: &usize| cursors[*cursor].loaded.as_ref().map(|loaded| loaded.group(loaded.batch.num_rows() - 1));
    (0..cursors.len()).filter(|cursor| cursors[*cursor].has_more()).min_by(|a, b| last(a).cmp(&last(b)))
}

/// Takes all rows of visits before the limit.
fn take_below(cursors: &mut [Cursor<'_>], limit: Option<usize>) -> Vec<RowRef> {
    let ends: Vec<usize> = {
        let bound = limit.and_then(|cursor| {
            let loaded = cursors[cursor].loaded.as_ref()?;
            Some(loaded.group(loaded.batch.num_rows() - 1))
        });
        cursors.iter().map(|cursor| cursor.loaded.as_ref().map_or(0, |loaded| end_below(loaded, bound))).collect()
    };
    let mut taken = Vec::new();
    for (at, (cursor, end)) in cursors.iter_mut().zip(ends).enumerate() {
        if let Some(loaded) = &mut cursor.loaded {
            taken.extend((loaded.at..end).map(|row| (at, row)));
            loaded.at = loaded.at.max(end);
        }
    }
    taken
}

fn end_below(loaded: &Loaded, bound: Option<(u32, &[u8])>) -> usize {
    let rows = loaded.batch.num_rows();
    let Some(bound) = bound else { return rows };
    let (mut low, mut high) = (loaded.at, rows);
    while low < high {
        let middle = usize::midpoint(low, high);
        if loaded.group(middle) < bound {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
