//! Comparing and hashing rows by some of their columns.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array, UInt64Array};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Field, Schema, SchemaRef, TimestampMicrosecondType, UInt32Type, UInt64Type,
};
use datafusion::arrow::row::{RowConverter, Rows, SortField};

use crate::error::LakeError;
use crate::layout::hash64;
use crate::schema::Order;

/// Hidden column: the row's folder in the index of visits.
pub(crate) const FOLDER: &str = "__folder";
/// Hidden column: which file the row came from.
pub(crate) const ORIGIN: &str = "__origin";
/// Hidden column: number of the row in that file.
pub(crate) const ROW: &str = "__row";

/// Adds the hidden columns to a schema.
pub(crate) fn with_hidden(schema: &Schema) -> SchemaRef {
    let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    fields.push(Field::new(FOLDER, DataType::UInt32, false));
    fields.push(Field::new(ORIGIN, DataType::UInt32, false));
    fields.push(Field::new(ROW, DataType::UInt64, false));
    Arc::new(Schema::new(fields))
}

/// The hidden columns of a batch.
pub(crate) struct Hidden {
    pub(crate) folder: UInt32Array,
    pub(crate) origin: UInt32Array,
    pub(crate) row: UInt64Array,
}

impl Hidden {
    pub(crate) fn of(batch: &RecordBatch) -> Result<Self, LakeError> {
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or_else(|| LakeError::Columns { table: String::new(), detail: format!("缺少 {name}") })
        };
        Ok(Self {
            folder: column(FOLDER)?.as_primitive::<UInt32Type>().clone(),
            origin: column(ORIGIN)?.as_primitive::<UInt32Type>().clone(),
            row: column(ROW)?.as_primitive::<UInt64Type>().clone(),
        })
    }
}

/// Reads text columns.
pub(crate) fn text<'a>(batch: &'a RecordBatch, table: &str, name: &str) -> Result<&'a StringArray, LakeError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref::<StringArray>());
    column.ok_or_else(|| LakeError::Columns { table: table.to_owned(), detail: format!("缺少文本列 {name}") })
}

/// Puts rows into bytes that compare as the columns do.
pub(crate) struct Encoder {
    group: Columns,
    tail: Columns,
    key: Columns,
}

struct Columns {
    names: Vec<&'static str>,
    converter: RowConverter,
}

impl Columns {
    fn new(names: &[&'static str], schema: &Schema) -> Result<Self, LakeError> {
        let mut fields = Vec::new();
        for name in names {
            fields.push(SortField::new(schema.field_with_name(name)?.data_type().clone()));
        }
        Ok(Self { names: names.to_vec(), converter: RowConverter::new(fields)? })
    }

    fn rows(&self, batch: &RecordBatch) -> Result<Option<Rows>, LakeError> {
        if self.names.is_empty() {
            return Ok(None);
        }
        let columns = columns_of(batch, &self.names)?;
        Ok(Some(self.converter.convert_columns(&columns)?))
    }
}

fn columns_of(batch: &RecordBatch, names: &[&'static str]) -> Result<Vec<ArrayRef>, LakeError> {
    let missing = |name: &str| LakeError::Columns { table: String::new(), detail: format!("缺少键列 {name}") };
    names.iter().map(|name| batch.column_by_name(name).cloned().ok_or_else(|| missing(name))).collect()
}

/// The encoded rows of a batch. What a table does not order by is none.
pub(crate) struct Encoded {
    pub(crate) group: Option<Rows>,
    pub(crate) tail: Option<Rows>,
    pub(crate) key: Option<Rows>,
}

impl Encoder {
    pub(crate) fn new(order: &Order, schema: &Schema) -> Result<Self, LakeError> {
        Ok(Self {
            group: Columns::new(&order.group, schema)?,
            tail: Columns::new(&order.tail, schema)?,
            key: Columns::new(&order.key, schema)?,
        })
    }

    pub(crate) fn to_sort(&self, batch: &RecordBatch) -> Result<Encoded, LakeError> {
        Ok(Encoded { group: self.group.rows(batch)?, tail: self.tail.rows(batch)?, key: None })
    }

    pub(crate) fn to_merge(&self, batch: &RecordBatch) -> Result<Encoded, LakeError> {
        Ok(Encoded { group: self.group.rows(batch)?, tail: self.tail.rows(batch)?, key: self.key.rows(batch)? })
    }
}

impl Encoded {
    pub(crate) fn group(&self, row: usize) -> &[u8] {
        bytes(self.group.as_ref(), row)
    }

    pub(crate) fn tail(&self, row: usize) -> &[u8] {
        bytes(self.tail.as_ref(), row)
    }

    pub(crate) fn key(&self, row: usize) -> &[u8] {
        bytes(self.key.as_ref(), row)
    }
}

fn bytes(rows: Option<&Rows>, row: usize) -> &[u8] {
    rows.map_or(&[], |rows| rows.row(row).data())
}

/// Hashes whole keys, for asking whether the lake may have them.
pub(crate) struct KeyHasher {
    columns: Vec<ArrayRef>,
}

impl KeyHasher {
    pub(crate) fn new(batch: &RecordBatch, names: &[&'static str]) -> Result<Self, LakeError> {
        Ok(Self { columns: columns_of(batch, names)? })
    }

    pub(crate) fn hash(&self, row: usize) -> u64 {
        self.columns.iter().fold(7, |seed, column| hash_value(column, row, seed))
    }
}

fn hash_value(column: &ArrayRef, row: usize, seed: u64) -> u64 {
    if column.is_null(row) {
        return hash64(&[], seed ^ 1);
    }
    match column.data_type() {
        DataType::Utf8 => hash64(column.as_string::<i32>().value(row).as_bytes(), seed),
        DataType::Date32 => hash64(&column.as_primitive::<Date32Type>().value(row).to_le_bytes(), seed),
        DataType::Timestamp(..) => hash64(&column.as_primitive::<TimestampMicrosecondType>().value(row).to_le_bytes(), seed),
        // Keys hold texts, days and moments only; anything else would merely make the question less sharp.
        _ => seed,
    }
}
