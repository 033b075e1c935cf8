//! Sorting a delivery's rows within a memory budget: sorted runs, spilled to disk when memory is short.

use std::fs::File;
use std::io::BufWriter;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::compute::interleave;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::ipc::reader::FileReader;
use datafusion::arrow::ipc::writer::FileWriter;

use super::places::Places;
use super::rows::{Encoded, Encoder, FOLDER, Hidden, ORIGIN, ROW, with_hidden};
use crate::error::LakeError;
use crate::layout::Partition;
use crate::parquet_write::filled_columns;
use crate::schema::{Order, is_clustered};

/// Rows of a batch of a sorted run.
pub(crate) const RUN_BATCH_ROWS: usize = 4096;

/// Collects rows of one table and makes sorted runs of them.
pub(crate) struct Sorter {
    pub(crate) table: &'static str,
    pub(crate) order: Order,
    /// Columns of the data file but delivery and source, then the hidden ones.
    pub(crate) schema: SchemaRef,
    clustered: bool,
    buffer: Vec<RecordBatch>,
    bytes: usize,
    pub(crate) runs: Vec<Run>,
    /// Which columns hold anything in any run.
    pub(crate) filled: Vec<bool>,
}

/// A sorted run: batches, none of which crosses a partition.
pub(crate) struct Run {
    pub(crate) batches: RunBatches,
    pub(crate) partitions: Vec<Piece>,
}

/// A partition, and which rows or batches are its.
pub(crate) type Piece = (Option<Partition>, Range<usize>);

/// Where a run's batches are.
pub(crate) enum RunBatches {
    Memory(Vec<RecordBatch>),
    Spilled(PathBuf),
}

impl Sorter {
    pub(crate) fn new(table: &'static str, order: Order, columns: &Schema) -> Self {
        let schema = with_hidden(columns);
        let always: Vec<&str> =
            order.group.iter().chain(&order.tail).chain(&order.key).copied().chain([FOLDER, ORIGIN, ROW]).collect();
        let clustered = is_clustered(table);
        let needed = |name: &str| always.contains(&name) || (clustered && ["fixmedins_code", "psn_no"].contains(&name));
        let filled = schema.fields().iter().map(|field| needed(field.name())).collect();
        Self { table, order, schema, clustered, buffer: Vec::new(), bytes: 0, runs: Vec::new(), filled }
    }

    pub(crate) fn push(&mut self, batch: RecordBatch) {
        self.bytes += batch.get_array_memory_size();
        self.buffer.push(batch);
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Sorts what is buffered into a run, in memory or on disk.
    pub(crate) fn close_run(&mut self, places: &Places, spill: Option<&Path>) -> Result<(), LakeError> {
        let batches = std::mem::take(&mut self.buffer);
        self.bytes = 0;
        if batches.iter().all(|batch| batch.num_rows() == 0) {
            return Ok(());
        }
        let encoder = Encoder::new(&self.order, &self.schema)?;
        let order = self.sorted_order(&encoder, &batches, places)?;
        let filled = filled_columns(&batches, &self.schema);
        for (all, here) in self.filled.iter_mut().zip(&filled) {
            *all |= here;
        }
        let kept: Vec<usize> = (0..filled.len()).filter(|column| self.filled[*column]).collect();
        let schema = Arc::new(self.schema.project(&kept)?);
        let pieces = self.pieces(&order, &batches, places)?;
        let cut = pieces.iter().map(|(_, rows)| gather(&batches, &kept, &schema, &order[rows.clone()]));
        let run = match spill {
            None => RunBatches::Memory(cut.collect::<Result<_, _>>()?),
            Some(folder) => {
                let path = folder.join(format!("{}-{}.arrow", self.table, self.runs.len()));
                write_run(&path, &schema, cut)?;
                RunBatches::Spilled(path)
            }
        };
        self.runs.push(Run { batches: run, partitions: by_partition(&pieces) });
        Ok(())
    }

    fn sorted_order(&self, encoder: &Encoder, batches: &[RecordBatch], places: &Places) -> Result<Vec<RowAt>, LakeError> {
        let mut encoded: Vec<Encoded> = Vec::with_capacity(batches.len());
        let mut order = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
        for (at, batch) in (0_u32..).zip(batches) {
            encoded.push(encoder.to_sort(batch)?);
            let hidden = Hidden::of(batch)?;
            for (row, folder) in (0_u32..).zip(hidden.folder.values()) {
                let rank = if self.clustered { places.rank_of(*folder) } else { 0 };
                order.push(RowAt { rank, batch: at, row });
            }
        }
        order.sort_by(|a, b| {
            let (left, right) = (&encoded[a.batch as usize], &encoded[b.batch as usize]);
            let (i, j) = (a.row as usize, b.row as usize);
            a.rank.cmp(&b.rank).then_with(|| left.group(i).cmp(right.group(j))).then_with(|| left.tail(i).cmp(right.tail(j)))
        });
        Ok(order)
    }

    /// Cuts the order into pieces of one partition each.
    fn pieces(&self, order: &[RowAt], batches: &[RecordBatch], places: &Places) -> Result<Vec<Piece>, LakeError> {
        let folders: Vec<Hidden> = batches.iter().map(Hidden::of).collect::<Result<_, _>>()?;
        let partition = |at: &RowAt| {
            let folder = folders[at.batch as usize].folder.value(at.row as usize);
            self.clustered.then(|| places.partition(folder))
        };
        let mut pieces = Vec::new();
        let mut begin = 0;
        let mut last_rank = None;
        for end in 1..=order.len() {
            let full = end - begin == RUN_BATCH_ROWS || end == order.len();
            // Only where the rank changes can the partition change.
            let changes = !full && {
                let rank = Some(order[end].rank);
                let other = rank != last_rank && partition(&order[end]) != partition(&order[begin]);
                last_rank = rank;
                other
            };
            if full || changes {
                pieces.push((partition(&order[begin]).cloned(), begin..end));
                begin = end;
                last_rank = None;
            }
        }
        Ok(pieces)
    }
}

/// A row among the buffered batches.
#[derive(Clone, Copy)]
struct RowAt {
    rank: u32,
    batch: u32,
    row: u32,
}

fn by_partition(pieces: &[Piece]) -> Vec<Piece> {
    let mut index: Vec<Piece> = Vec::new();
    for (at, (partition, _)) in pieces.iter().enumerate() {
        match index.last_mut() {
            Some((last, range)) if last == partition => range.end = at + 1,
            _ => index.push((partition.clone(), at..at + 1)),
        }
    }
    index
}

fn gather(batches: &[RecordBatch], kept: &[usize], schema: &SchemaRef, rows: &[RowAt]) -> Result<RecordBatch, LakeError> {
    let refs: Vec<(usize, usize)> = rows.iter().map(|at| (at.batch as usize, at.row as usize)).collect();
    interleave_columns(batches, kept, schema, &refs)
}

/// Takes rows from several batches; contiguous rows of one batch are not copied.
pub(crate) fn interleave_columns(
    batches: &[RecordBatch],
    kept: &[usize],
    schema: &SchemaRef,
    rows: &[(usize, usize)],
) -> Result<RecordBatch, LakeError> {
    if let Some((batch, first)) = rows.first()
        && rows.iter().enumerate().all(|(at, row)| *row == (*batch, first + at))
    {
        let columns = kept.iter().map(|column| batches[*batch].column(*column).slice(*first, rows.len())).collect();
        return Ok(RecordBatch::try_new(schema.clone(), columns)?);
    }
    // Interleaving looks at every array it is given, so only those used are.
    let mut used: Vec<usize> = rows.iter().map(|(batch, _)| *batch).collect();
    used.sort_unstable();
    used.dedup();
    let refs: Vec<(usize, usize)> = rows.iter().map(|(batch, row)| (used.binary_search(batch).unwrap_or(0), *row)).collect();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(kept.len());
    for column in kept {
        let arrays: Vec<_> = used.iter().map(|batch| batches[*batch].column(*column).as_ref()).collect();
        columns.push(interleave(&arrays, &refs)?);
    }
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

fn write_run(
    path: &Path,
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, LakeError>>,
) -> Result<(), LakeError> {
    let file = File::create(path).map_err(LakeError::io(path))?;
    let mut writer = FileWriter::try_new(BufWriter::new(file), schema)?;
    for batch in batches {
        writer.write(&batch?)?;
    }
    writer.finish()?;
    Ok(())
}

impl Run {
    /// The batches of a partition, in order.
    pub(crate) fn of_partition(&self, partition: Option<&Partition>) -> Result<RunReader<'_>, LakeError> {
        let found = self.partitions.iter().find(|(here, _)| here.as_ref() == partition);
        let range = found.map_or(0..0, |(_, range)| range.clone());
        let file = match &self.batches {
            RunBatches::Spilled(path) if !range.is_empty() => {
                let file = File::open(path).map_err(LakeError::io(path))?;
                Some(FileReader::try_new(file, None)?)
            }
            _ => None,
        };
        Ok(RunReader { run: self, file, range })
    }
}

/// Reads a partition's batches of a run.
pub(crate) struct RunReader<'a> {
    run: &'a Run,
    file: Option<FileReader<File>>,
    range: Range<usize>,
}

impl RunReader<'_> {
    pub(crate) fn has_more(&self) -> bool {
        !self.range.is_empty()
    }

    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        let Some(at) = self.range.next() else { return Ok(None) };
        match (&self.run.batches, &mut self.file) {
            (RunBatches::Memory(batches), _) => Ok(batches.get(at).cloned()),
            (RunBatches::Spilled(_), Some(file)) => {
                file.set_index(at)?;
                Ok(file.next().transpose()?)
            }
            (RunBatches::Spilled(_), None) => Ok(None),
        }
    }
}

/// The batch with exactly these columns; those it lacks are null.
pub(crate) fn with_columns(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, LakeError> {
    let column = |name: &str, data_type| {
        batch.column_by_name(name).cloned().unwrap_or_else(|| new_null_array(data_type, batch.num_rows()))
    };
    let columns = schema.fields().iter().map(|field| column(field.name(), field.data_type())).collect();
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}
