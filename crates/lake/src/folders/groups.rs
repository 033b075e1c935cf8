//! Merging sorted files by two key columns: rows of all files with the same key come together.

use std::ops::Range;
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
///
/// The first key changes seldom: only the files that stand at the lowest one are looked at, and those are compared by their second key.
pub(super) struct Groups<G> {
    parts: Vec<Box<dyn Part<G>>>,
    first: Text,
    /// Files that stand at the first key, in the order in which they were added, each with its second key.
    active: Vec<(SortKey, usize)>,
}

/// One sorted file of some table.
trait Part<G>: Send {
    /// The keys of the next row; none at the end.
    fn keys(&self) -> Option<(&str, &str)>;
    /// Takes the rows that follow and have the next row's keys, at least one. Whether the first key may have changed then.
    fn drain(&mut self, group: &mut G) -> Result<bool, LakeError>;
}

impl<G: 'static> Groups<G> {
    pub(super) fn new() -> Self {
        Self { parts: Vec::new(), first: Text::default(), active: Vec::new() }
    }

    /// Adds the files of a table. `keys` are columns by which the files are sorted first.
    pub(super) fn add<C: Columns + 'static>(
        &mut self,
        files: &[DataFile],
        reading: &Reading,
        put: fn(&mut G, &mut C, Range<usize>),
    ) -> Result<(), LakeError> {
        for file in files {
            let reader = DataFileReader::open(&file.path, &reading.schema, reading.rows)?;
            let mut part = FilePart::<C, G> {
                reader,
                columns: C::default(),
                names: reading.keys,
                keys: Default::default(),
                row: 0,
                first_until: 0,
                rows: 0,
                put,
            };
            part.next_batch()?;
            self.parts.push(Box::new(part));
        }
        Ok(())
    }

    /// Takes all rows of the next key into `group`.
    pub(super) fn next(&mut self, group: &mut G) -> Result<Option<GroupKey>, LakeError> {
        if self.active.is_empty() {
            self.activate();
        }
        let Some((lowest, part)) = self.active.iter().min_by(|a, b| a.0.cmp(&b.0)) else { return Ok(None) };
        let (lowest, second) = (lowest.clone(), self.parts[*part].keys().map_or_else(Text::default, |(_, second)| second.into()));
        let mut gone = false;
        for (key, part) in self.active.iter_mut().filter(|(key, _)| *key == lowest) {
            let part = &mut self.parts[*part];
            // Rows of one key may lie in two batches.
            while *key == lowest {
                let moved = part.drain(group)?;
                let here = part.keys().filter(|(first, _)| !moved || *first == self.first);
                *key = here.map_or(SortKey::Gone, |(_, second)| SortKey::of(second));
            }
            gone |= *key == SortKey::Gone;
        }
        if gone {
            self.active.retain(|(key, _)| *key != SortKey::Gone);
        }
        Ok(Some((self.first.clone(), second)))
    }

    /// Moves to the lowest first key that is left.
    fn activate(&mut self) {
        let standing = || self.parts.iter().enumerate().filter_map(|(number, part)| Some((number, part.keys()?)));
        let Some(first) = standing().map(|(_, (first, _))| first).min() else { return };
        self.active = standing().filter(|(_, keys)| keys.0 == first).map(|(part, keys)| (SortKey::of(keys.1), part)).collect();
        self.first = first.into();
    }
}

/// A text as numbers, in the order of texts: two of them are compared without looking at memory elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    /// The first bytes, how many of them are the text's own, and what is left of a longer text.
    Text([u128; 2], usize, Option<Box<str>>),
    /// The file has left the first key.
    Gone,
}

impl SortKey {
    const WIDTH: usize = 32;

    fn of(text: &str) -> Self {
        let mut bytes = [0; Self::WIDTH];
        let own = text.len().min(Self::WIDTH);
        bytes[..own].copy_from_slice(&text.as_bytes()[..own]);
        let (left, right) = bytes.split_at(Self::WIDTH / 2);
        let number = |half: &[u8]| half.iter().fold(0, |number, byte| number << 8 | u128::from(*byte));
        let long = (text.len() > Self::WIDTH).then(|| text.into());
        Self::Text([number(left), number(right)], own, long)
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
    /// The first row behind `row` of the batch that may have another first key.
    first_until: usize,
    /// Rows of the batch; none at the end.
    rows: usize,
    put: fn(&mut G, &mut C, Range<usize>),
}

impl<C: Columns, G> FilePart<C, G> {
    /// Moves to the next batch that has rows; at the end there are none.
    fn next_batch(&mut self) -> Result<(), LakeError> {
        (self.row, self.first_until, self.rows) = (0, 0, 0);
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
            self.first_until = self.keys.0.run_end(0, self.rows);
            return Ok(());
        }
        Ok(())
    }
}

impl<C: Columns, G> Part<G> for FilePart<C, G> {
    fn keys(&self) -> Option<(&str, &str)> {
        let (first, second) = &self.keys;
        (self.row < self.rows).then(|| (first.str(self.row).unwrap_or_default(), second.str(self.row).unwrap_or_default()))
    }

    fn drain(&mut self, group: &mut G) -> Result<bool, LakeError> {
        if self.row == self.rows {
            return Ok(true);
        }
        let end = self.keys.1.run_end(self.row, self.first_until);
        (self.put)(group, &mut self.columns, self.row..end);
        self.row = end;
        if end == self.rows {
            self.next_batch()?;
            return Ok(true);
        }
        let moved = end == self.first_until;
        if moved {
            self.first_until = self.keys.0.run_end(end, self.rows);
        }
        Ok(moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_the_order_of_the_texts() {
        let long = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
        let mut texts = vec!["", "\0", "1", "10", "2", "P0001", "P0001\0", "患者", long, &long[..32], &long[..33], &long[..16]];
        let mut numbers: Vec<(SortKey, &str)> = texts.iter().map(|text| (SortKey::of(text), *text)).collect();
        texts.sort_unstable();
        numbers.sort();
        assert_eq!(numbers.iter().map(|(_, text)| *text).collect::<Vec<_>>(), texts);
        assert!(numbers.iter().all(|(key, _)| *key < SortKey::Gone));
        assert!(numbers.windows(2).all(|two| two[0].0 != two[1].0));
    }
}
