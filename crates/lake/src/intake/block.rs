//! Blocks of rows as text, read from a file in its own thread.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::array::{Array, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::source::{self, Form};

/// Block（数据块）: rows of text, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Block {
    columns: usize,
    text: String,
    /// End of every field in `text`, row by row.
    ends: Vec<u32>,
    /// Record number of each row; the header is 1.
    pub(crate) numbers: Vec<u64>,
    /// Rows whose number of fields is not the header's, or that repeat the header.
    pub(crate) misshapen: Vec<Misshapen>,
}

/// A record that is no row of the table.
#[derive(Debug)]
pub(crate) struct Misshapen {
    pub(crate) number: u64,
    pub(crate) fields: Vec<String>,
    pub(crate) is_header: bool,
}

/// Rows of a block. Small enough to stay in the cache of one core with its coerced columns, large enough to amortise a push.
const ROWS: usize = 8192;
/// A block ends early when its text grows beyond this.
const TEXT: usize = 8 << 20;

impl Block {
    /// Rows.
    pub(crate) fn rows(&self) -> usize {
        self.numbers.len()
    }

    /// A field as delivered.
    pub(crate) fn field(&self, row: usize, column: usize) -> &str {
        let index = row * self.columns + column;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.text[start..self.ends[index] as usize]
    }

    /// A whole row.
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = &str> {
        (0..self.columns).map(move |column| self.field(row, column))
    }

    fn is_full(&self) -> bool {
        self.rows() + self.misshapen.len() >= ROWS || self.text.len() >= TEXT
    }

    fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.misshapen.is_empty()
    }
}

/// Reads a file block by block; `take` says whether to go on.
pub(crate) fn read(
    path: &Path,
    form: Form,
    header: &[String],
    read: &Arc<AtomicU64>,
    take: impl FnMut(Block) -> bool,
) -> io::Result<()> {
    match form {
        Form::Parquet => read_parquet(path, header.len(), read, take),
        Form::Delimited { separator, quote } => {
            let bytes = source::open_text(path, separator, read)?;
            read_delimited(source::csv_reader(bytes, separator, quote), header, take)
        }
    }
}

fn read_delimited<R: io::Read>(
    mut reader: csv::Reader<R>,
    header: &[String],
    mut take: impl FnMut(Block) -> bool,
) -> io::Result<()> {
    let mut record = csv::ByteRecord::new();
    let mut number = 0;
    let mut building = Building::new(header.len());
    while reader.read_byte_record(&mut record).map_err(io_error)? {
        number += 1;
        if number == 1 {
            continue;
        }
        building.add(&record, number, header);
        if building.block.is_full() && !take(building.finish()?) {
            return Ok(());
        }
    }
    if !building.block.is_empty() {
        take(building.finish()?);
    }
    Ok(())
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A block whose text is still bytes.
struct Building {
    block: Block,
    bytes: Vec<u8>,
}

impl Building {
    fn new(columns: usize) -> Self {
        Self { block: Block { columns, ..Block::default() }, bytes: Vec::new() }
    }

    fn add(&mut self, record: &csv::ByteRecord, number: u64, header: &[String]) {
        let texts = || record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect::<Vec<_>>();
        let is_header = record.len() == header.len()
            && record.get(0).is_some_and(|field| field.trim_ascii().eq_ignore_ascii_case(header[0].as_bytes()))
            && record.iter().zip(header).all(|(field, name)| field.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
        if record.len() != header.len() || is_header {
            self.block.misshapen.push(Misshapen { number, fields: texts(), is_header });
            return;
        }
        let base = self.bytes.len();
        self.bytes.extend_from_slice(record.as_slice());
        let end = |column: usize| record.range(column).map_or(0, |range| range.end);
        let ends = (0..record.len()).map(|column| u32::try_from(base + end(column)).unwrap_or(u32::MAX));
        self.block.ends.extend(ends);
        self.block.numbers.push(number);
    }

    fn finish(&mut self) -> io::Result<Block> {
        let next = Self::new(self.block.columns);
        let done = std::mem::replace(self, next);
        // The bytes were checked on the way in, and were only cut at ASCII characters since.
        let text = String::from_utf8(done.bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Block { text, ..done.block })
    }
}

/// Column names of a Parquet file.
pub(crate) fn parquet_header(path: &Path) -> io::Result<Vec<String>> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    Ok(builder.schema().fields().iter().map(|field| field.name().clone()).collect())
}

fn read_parquet(path: &Path, columns: usize, read: &Arc<AtomicU64>, mut take: impl FnMut(Block) -> bool) -> io::Result<()> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(ROWS);
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0).max(1);
    let mut number = 1;
    for batch in builder.build()? {
        let batch = batch.map_err(io::Error::other)?;
        let texts = batch.columns().iter().map(as_text).collect::<io::Result<Vec<_>>>()?;
        let mut block = Block { columns, ..Block::default() };
        for row in 0..batch.num_rows() {
            number += 1;
            for text in &texts {
                if text.is_valid(row) {
                    block.text.push_str(text.value(row));
                }
                block.ends.push(u32::try_from(block.text.len()).unwrap_or(u32::MAX));
            }
            block.numbers.push(number);
        }
        read.fetch_add(bytes * batch.num_rows() as u64 / rows, Ordering::Relaxed);
        if !take(block) {
            break;
        }
    }
    Ok(())
}

fn as_text(column: &datafusion::arrow::array::ArrayRef) -> io::Result<StringArray> {
    let text = cast(column, &DataType::Utf8).map_err(io::Error::other)?;
    Ok(text.as_string::<i32>().clone())
}
