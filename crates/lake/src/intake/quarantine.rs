//! Quarantine（隔离区）: rows that were refused, whole, with their fault, as JSON lines beside the lake's tables.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use super::block::Misshapen;
use super::checks;
use super::coerce::HIDDEN;
use super::feed::{Cell, Feed};

/// A refused row.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal<'a> {
    pub(crate) check: &'static str,
    pub(crate) name: &'a str,
    pub(crate) file: &'a str,
    pub(crate) row: u64,
    pub(crate) table: &'a str,
    pub(crate) column: Option<&'a str>,
    pub(crate) value: Option<&'a str>,
    pub(crate) message: &'a str,
    pub(crate) hint: &'a str,
    pub(crate) raw: Value,
}

/// Writes refused rows of a delivery; the file is made with the first of them.
pub(crate) struct Quarantine {
    folder: Option<PathBuf>,
    writer: Option<zstd::Encoder<'static, BufWriter<File>>>,
    pub(crate) rows: u64,
}

impl Quarantine {
    /// Of a delivery into a lake. What an import that was cut short left under the same number goes.
    pub(crate) fn of_delivery(lake: &Path, number: i64) -> io::Result<Self> {
        let folder = lake.join("quarantine").join(format!("{number:06}"));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        Ok(Self { folder: Some(folder), writer: None, rows: 0 })
    }

    /// Counts only.
    pub(crate) fn nowhere() -> Self {
        Self { folder: None, writer: None, rows: 0 }
    }

    pub(crate) fn add(&mut self, refusal: &Refusal<'_>) -> io::Result<()> {
        self.rows += 1;
        let Some(folder) = &self.folder else { return Ok(()) };
        let writer = if let Some(writer) = &mut self.writer {
            writer
        } else {
            fs::create_dir_all(folder)?;
            let file = File::create(folder.join("rejected.jsonl.zst"))?;
            self.writer.insert(zstd::Encoder::new(BufWriter::new(file), 3)?)
        };
        serde_json::to_writer(&mut *writer, refusal)?;
        writer.write_all(b"\n")
    }

    /// Makes it durable. Returns the folder, if there is anything in it.
    pub(crate) fn finish(mut self) -> io::Result<Option<PathBuf>> {
        let Some(writer) = self.writer.take() else { return Ok(None) };
        let file = writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(self.folder.take())
    }

    /// Takes everything back, because nothing was loaded.
    pub(crate) fn discard(mut self) -> io::Result<()> {
        self.writer = None;
        match self.folder.take() {
            Some(folder) if folder.exists() => fs::remove_dir_all(folder),
            _ => Ok(()),
        }
    }
}

/// A row as delivered, by the names of the file's header. Values that name a person stay in the delivered file only.
pub(crate) fn raw_row<'a>(feed: &Feed, fields: impl Iterator<Item = &'a str>) -> Value {
    let personal = personal_fields(feed);
    let mut row = Map::new();
    for ((index, name), value) in feed.sniffed.header.iter().enumerate().zip(fields) {
        let value = if personal[index] && !value.is_empty() { HIDDEN } else { value };
        row.insert(name.clone(), Value::from(value));
    }
    Value::Object(row)
}

/// A record of another shape, field by field; what looks like a number of a person or telephone is hidden.
pub(crate) fn raw_fields(record: &Misshapen) -> Value {
    let shown = |field: &String| if looks_personal(field) { HIDDEN.to_owned() } else { field.clone() };
    record.fields.iter().map(shown).collect()
}

fn looks_personal(field: &str) -> bool {
    let field = field.trim();
    let digits = field.bytes().filter(u8::is_ascii_digit).count();
    let is_id = field.len() == 18 && digits >= 17;
    let is_mobile = field.len() == 11 && digits == 11 && field.starts_with('1');
    is_id || is_mobile
}

fn personal_fields(feed: &Feed) -> Vec<bool> {
    let mut personal = vec![false; feed.sniffed.header.len()];
    for target in &feed.targets {
        for (column, cell) in target.table.columns.iter().zip(&target.cells) {
            if let (true, Cell::Field { index, .. }) = (column.personal, cell) {
                personal[*index] = true;
            }
        }
    }
    personal
}

/// A refusal by one of the catalogue's checks.
pub(crate) fn refusal<'a>(
    check: &'static str,
    feed: &'a Feed,
    row: u64,
    table: &'a str,
    message: &'a str,
    raw: Value,
) -> Refusal<'a> {
    let page = checks::get(check);
    Refusal {
        check,
        name: &page.name,
        file: &feed.file.name,
        row,
        table,
        column: None,
        value: None,
        message,
        hint: &page.action,
        raw,
    }
}
