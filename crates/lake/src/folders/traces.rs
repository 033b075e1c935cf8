//! Repeated trace codes: of millions of scans, those whose code was scanned more than once.
//!
//! Almost every pack is sold once. So the codes alone are read first, as hashes; then, of the few rows whose code comes again, all
//! columns. Both readings go row group by row group, several at once.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use claims::record::TraceScan;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::parquet::arrow::arrow_reader::RowSelection;
use foldhash::fast::FixedState;

use super::column::TextColumn;
use super::groups::Reading;
use super::records::{Columns, TraceTable};
use crate::append::columns_of;
use crate::data_file::{DataFileReader, row_groups};
use crate::error::LakeError;
use crate::side_by_side::side_by_side;
use crate::snapshot::Snapshot;

const TABLE: &str = "drugtracinfo";
const CODE: &str = "drug_trac_codg";
const OPENED: &str = "trdn_flag";
/// Rows decoded at once.
const ROWS: usize = 8_192;

/// One row group of a file.
struct Part {
    path: PathBuf,
    group: usize,
}

/// The codes of a row group as hashes.
struct Codes {
    /// Of every row, in order.
    rows: Vec<u64>,
    /// Of the rows that count, by their first bits.
    counted: [Vec<u64>; BUCKETS],
}

/// Equal hashes lie in one bucket, so that buckets can be looked through side by side.
const BUCKETS: usize = 16;

/// Which scans count: by their code, and whether the pack was sold in part.
type Counts<'a> = &'a (dyn Fn(&str, Option<bool>) -> bool + Sync);

impl Snapshot {
    /// Every scan of the codes that at least two scans which count have. In rare cases further scans come with them.
    pub fn repeated_trace_scans(&self, counts: Counts<'_>, threads: usize) -> Result<Vec<TraceScan>, LakeError> {
        let mut parts = Vec::new();
        for file in self.files(TABLE)? {
            parts.extend((0..row_groups(&file.path)?).map(|group| Part { path: file.path.clone(), group }));
        }
        let schema = code_schema()?;
        let codes = side_by_side(threads, &parts, |part| codes(part, &schema, counts))?;
        let buckets: Vec<usize> = (0..BUCKETS).collect();
        let repeated = side_by_side(threads, &buckets, |bucket| Ok::<_, LakeError>(repeated(&codes, *bucket)))?.concat();
        let repeated: HashSet<u64, FixedState> = repeated.into_iter().collect();
        let wanted: Vec<(Part, RowSelection)> =
            parts.into_iter().zip(codes).filter_map(|(part, codes)| Some((part, selection(&codes.rows, &repeated)?))).collect();
        let reading = Reading::new::<TraceTable>(TABLE, (CODE, CODE), ROWS, |_| true)?;
        let scans = side_by_side(threads, &wanted, |(part, rows)| scans(part, rows, reading.schema()))?;
        Ok(scans.into_iter().flatten().collect())
    }
}

/// The codes as they are, since they hardly repeat; the flag by its dictionary.
fn code_schema() -> Result<SchemaRef, LakeError> {
    let table = claims::table::table(TABLE).ok_or_else(|| LakeError::NoSuchTable { name: TABLE.to_owned() })?;
    let coded = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = columns_of(table, &[CODE, OPENED]);
    let fields = fields.fields().iter().map(|field| match field.name().as_str() {
        OPENED => field.as_ref().clone().with_data_type(coded.clone()),
        _ => field.as_ref().clone(),
    });
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

fn codes(part: &Part, schema: &SchemaRef, counts: Counts<'_>) -> Result<Codes, LakeError> {
    let mut found = Codes { rows: Vec::new(), counted: Default::default() };
    let (mut code, mut opened) = (TextColumn::default(), TextColumn::default());
    for batch in open(part, schema, None)? {
        let batch: RecordBatch = batch?;
        code.load(&batch, CODE);
        opened.load(&batch, OPENED);
        for row in 0..batch.num_rows() {
            let text = code.str(row).unwrap_or_default();
            let hash = FixedState::default().hash_one(text);
            found.rows.push(hash);
            if counts(text, opened.flag(row)) {
                found.counted[bucket(hash)].push(hash);
            }
        }
    }
    Ok(found)
}

fn bucket(hash: u64) -> usize {
    usize::try_from(hash >> 60).unwrap_or(0) % BUCKETS
}

/// The hashes of a bucket that come at least twice. Two codes of one hash would bring scans that nobody asked for, and lose none.
fn repeated(codes: &[Codes], bucket: usize) -> Vec<u64> {
    let mut hashes: Vec<u64> = codes.iter().flat_map(|codes| codes.counted[bucket].iter().copied()).collect();
    hashes.sort_unstable();
    hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
}

/// The rows of the wanted codes; none where there is no such row.
fn selection(rows: &[u64], wanted: &HashSet<u64, FixedState>) -> Option<RowSelection> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (row, _) in rows.iter().enumerate().filter(|(_, hash)| wanted.contains(hash)) {
        match ranges.last_mut().filter(|last| last.end == row) {
            Some(last) => last.end = row + 1,
            None => ranges.push(row..row + 1),
        }
    }
    (!ranges.is_empty()).then(|| RowSelection::from_consecutive_ranges(ranges.into_iter(), rows.len()))
}

fn scans(part: &Part, rows: &RowSelection, schema: &SchemaRef) -> Result<Vec<TraceScan>, LakeError> {
    let mut table = TraceTable::default();
    let mut scans = Vec::new();
    for batch in open(part, schema, Some(rows.clone()))? {
        let batch = batch?;
        table.load(&batch);
        scans.extend((0..batch.num_rows()).filter_map(|row| table.record(row)));
    }
    Ok(scans)
}

fn open(part: &Part, schema: &SchemaRef, rows: Option<RowSelection>) -> Result<DataFileReader, LakeError> {
    DataFileReader::open_group(&part.path, schema, ROWS, part.group, rows)
}
