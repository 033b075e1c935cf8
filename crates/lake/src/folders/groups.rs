//! Merging sorted files by two key columns: rows of all files with the same key come together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use claims::Text;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::column::TextColumn;
use super::records::Columns;
use crate::append::columns_of;
use crate::data_file::DataFileReader;
use crate::delta::DataFile;
use crate::error::LakeError;

/// The two values that rows of a group share.
pub(super) type GroupKey = (Text, Text);

/// Files of several tables, merged by key into groups of type `G`.
pub(super) struct Groups<G> {
    parts: Vec<Box<dyn Part<G>>>,
    heap: BinaryHeap<Reverse<(GroupKey, usize)>>,
}

/// One sorted file of some table.
trait Part<G>: Send {
    fn key(&mut self) -> Option<GroupKey>;
    fn drain(&mut self, key: &GroupKey, group: &mut G) -> Result<(), LakeError>;
}

impl<G: 'static> Groups<G> {
    pub(super) fn new() -> Self {
        Self { parts: Vec::new(), heap: BinaryHeap::new() }
    }

    /// Adds the files of a table. `keys` are columns by which the files are sorted first.
    pub(super) fn add<C: Columns + 'static>(
        &mut self,
        files: &[DataFile],
        reading: &Reading,
        put: fn(&mut G, C::Record),
    ) -> Result<(), LakeError> {
        for file in files {
            let reader = DataFileReader::open(&file.path, &reading.schema, reading.rows)?;
            let mut part = FilePart::<C, G> {
                reader,
                columns: C::default(),
                names: reading.keys,
                keys: Default::default(),
                row: 0,
                rows: 0,
                put,
            };
            part.next_batch()?;
            if let Some(key) = part.key() {
                self.heap.push(Reverse((key, self.parts.len())));
            }
            self.parts.push(Box::new(part));
        }
        Ok(())
    }

    /// Takes all rows of the next key into `group`.
    pub(super) fn next(&mut self, group: &mut G) -> Result<Option<GroupKey>, LakeError> {
        let Some(Reverse((key, first))) = self.heap.pop() else { return Ok(None) };
        self.take(first, &key, group)?;
        while let Some(Reverse((other, _))) = self.heap.peek() {
            if *other != key {
                break;
            }
            if let Some(Reverse((_, part))) = self.heap.pop() {
                self.take(part, &key, group)?;
            }
        }
        Ok(Some(key))
    }

    fn take(&mut self, part: usize, key: &GroupKey, group: &mut G) -> Result<(), LakeError> {
        self.parts[part].drain(key, group)?;
        if let Some(next) = self.parts[part].key() {
            self.heap.push(Reverse((next, part)));
        }
        Ok(())
    }
}

/// How a table is read.
pub(super) struct Reading {
    schema: SchemaRef,
    keys: (&'static str, &'static str),
    rows: usize,
}

impl Reading {
    /// Reads the columns of `C` that are wanted, by these keys, so many rows at a time.
    pub(super) fn new<C: Columns>(
        table: &str,
        keys: (&'static str, &'static str),
        rows: usize,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self, LakeError> {
        let table = claims::table::table(table).ok_or_else(|| LakeError::NoSuchTable { name: table.to_owned() })?;
        let mut names: Vec<&str> = C::NAMES.iter().copied().filter(|name| wanted(name)).collect();
        names.extend([keys.0, keys.1]);
        names.sort_unstable();
        names.dedup();
        let plain = columns_of(table, &names);
        let fields = plain.fields().iter().map(|field| coded(field));
        Ok(Self { schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())), keys, rows })
    }
}

impl Reading {
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }
}

/// Texts that hardly repeat inside a file are read as they are; all others by their dictionary.
const PLAIN: [&str; 8] =
    ["bkkp_sn", "mdtrt_id", "setl_id", "rx_drord_no", "init_feedetl_sn", "init_setl_id", "refl_old_mdtrt_id", "drug_trac_codg"];

fn coded(field: &Field) -> Field {
    if *field.data_type() != DataType::Utf8 || PLAIN.contains(&field.name().as_str()) {
        return field.clone();
    }
    field.clone().with_data_type(DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)))
}

struct FilePart<C: Columns, G> {
    reader: DataFileReader,
    columns: C,
    names: (&'static str, &'static str),
    keys: (TextColumn, TextColumn),
    row: usize,
    /// Rows of the batch; none at the end.
    rows: usize,
    put: fn(&mut G, C::Record),
}

impl<C: Columns, G> FilePart<C, G> {
    /// Moves to the next batch that has rows; at the end there are none.
    fn next_batch(&mut self) -> Result<(), LakeError> {
        (self.row, self.rows) = (0, 0);
        while let Some(batch) = self.reader.next().transpose()? {
            if batch.num_rows() == 0 {
                continue;
            }
            for name in [self.names.0, self.names.1] {
                if batch.column_by_name(name).is_none() {
                    return Err(LakeError::DataFile { path: self.reader.path().to_owned(), column: name.to_owned() });
                }
            }
            self.keys.0.load(&batch, self.names.0);
            self.keys.1.load(&batch, self.names.1);
            self.columns.load(&batch);
            self.rows = batch.num_rows();
            return Ok(());
        }
        Ok(())
    }
}

impl<C: Columns, G> Part<G> for FilePart<C, G> {
    fn key(&mut self) -> Option<GroupKey> {
        (self.row < self.rows).then(|| (self.keys.0.always(self.row), self.keys.1.always(self.row)))
    }

    fn drain(&mut self, key: &GroupKey, group: &mut G) -> Result<(), LakeError> {
        while self.row < self.rows {
            let same = |column: &TextColumn, text: &Text| column.str(self.row).unwrap_or_default() == text.as_str();
            if !same(&self.keys.0, &key.0) || !same(&self.keys.1, &key.1) {
                return Ok(());
            }
            // The second key changes more often, so it bounds how far the first is looked through.
            let end = self.keys.1.run_end(self.row, self.rows);
            let end = self.keys.0.run_end(self.row, end);
            while self.row < end {
                (self.put)(group, self.columns.record(self.row));
                self.row += 1;
            }
            if self.row == self.rows {
                self.next_batch()?;
            }
        }
        Ok(())
    }
}
