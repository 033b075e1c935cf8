//! The tables of some shards, for the rules that look at one institution at a time.
//!
//! Fifty rules read much the same columns. Each column is read once a shard and handed to every rule that names it; what is held
//! is bounded, and what was not asked for longest goes first.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::datatypes::{DataType, FieldRef, Fields, Schema};
use datafusion::datasource::{MemTable, TableProvider};
use datafusion::logical_expr::{col, lit};
use datafusion::prelude::SessionContext;

use super::ask::Question;
use super::by_place;
use super::knowledge;
use crate::program::Program;

/// Bytes of columns held for rules to come.
const HELD: usize = 112 << 20;
/// A table of a shard with more bytes of the columns that one rule names is not held, but read by the query itself.
const LARGE: u64 = 192 << 20;
/// What one value takes: a text is a view of sixteen bytes, a decimal has as many.
const VALUE: u64 = 16;

/// Shard columns（分片列）: the clustered tables of one shard, column by column.
pub trait ShardColumns {
    /// The number under which the tables know the shard.
    fn number(&self, shard: usize) -> u32;
    /// Rows of a table within the shard.
    fn rows(&self, shard: usize, table: &str) -> Result<u64, String>;
    /// Columns of a table within the shard. Every reading cuts the rows into the same batches.
    fn read(&self, shard: usize, table: &str, fields: &Fields) -> Result<Vec<RecordBatch>, String>;
}

/// A column of the shard, batch by batch.
struct Held {
    batches: Vec<ArrayRef>,
    bytes: usize,
    asked: usize,
}

/// The tables of some shards.
pub(super) struct ShardTables<'a> {
    source: &'a dyn ShardColumns,
    lake: &'a SessionContext,
    shards: Vec<usize>,
    held: HashMap<(String, String), Held>,
    /// Nulls by type and length, shared by all columns that hold nothing else.
    nulls: HashMap<(DataType, usize), ArrayRef>,
    turn: usize,
}

impl<'a> ShardTables<'a> {
    pub(super) fn new(source: &'a dyn ShardColumns, lake: &'a SessionContext, shards: Vec<usize>) -> Self {
        Self { source, lake, shards, held: HashMap::new(), nulls: HashMap::new(), turn: 0 }
    }

    /// A session in which the national tables that the question names hold this shard's rows.
    pub(super) async fn session(&mut self, program: &Program, question: &Question<'_>) -> Result<SessionContext, String> {
        self.turn += 1;
        let session = lake::blank_session(self.lake.runtime_env());
        let words = question.words();
        for table in claims::table::tables().iter().filter(|table| words.contains(table.name)) {
            let whole = self.lake.table_provider(table.name).await.map_err(|e| e.strip_backtrace())?;
            let clustered = lake::schema::is_clustered(table.name);
            let provider = if clustered { self.table(table.name, &whole.schema(), &words).await? } else { whole };
            session.register_table(table.name, provider).map_err(|e| e.strip_backtrace())?;
        }
        knowledge::register(&session, program, question.select.tables)?;
        by_place::register(&session, program, question.rule);
        self.forget();
        Ok(session)
    }

    async fn table(&mut self, table: &str, schema: &Schema, words: &BTreeSet<&str>) -> Result<Arc<dyn TableProvider>, String> {
        let named = |field: &&FieldRef| field.name() == "mdtrt_id" || words.contains(field.name().as_str());
        let in_file = |field: &&FieldRef| ![lake::schema::SHARD, lake::schema::VISIT_MONTH].contains(&field.name().as_str());
        let fields: Fields = schema.fields().iter().filter(named).filter(in_file).cloned().collect();
        let rows = self.shards.iter().map(|shard| self.source.rows(*shard, table)).sum::<Result<u64, _>>()?;
        if rows * VALUE * fields.len() as u64 > LARGE {
            let frame = self.lake.table(table).await.map_err(|e| e.strip_backtrace())?;
            let number = |shard: &usize| i32::try_from(self.source.number(*shard)).map(lit).map_err(|e| e.to_string());
            let numbers = self.shards.iter().map(number).collect::<Result<Vec<_>, _>>()?;
            let here = col(lake::schema::SHARD).in_list(numbers, false);
            return Ok(frame.filter(here).map_err(|e| e.strip_backtrace())?.into_view());
        }
        self.hold(table, &fields)?;
        self.in_memory(table, fields)
    }

    /// Reads those columns that are not held yet.
    fn hold(&mut self, table: &str, fields: &Fields) -> Result<(), String> {
        let key = |field: &FieldRef| (table.to_owned(), field.name().clone());
        let missing: Fields = fields.iter().filter(|field| !self.held.contains_key(&key(field))).cloned().collect();
        let mut batches = Vec::new();
        for shard in self.shards.iter().filter(|_| !missing.is_empty()) {
            batches.extend(self.source.read(*shard, table, &missing)?);
        }
        for (index, field) in missing.iter().enumerate() {
            let columns: Vec<ArrayRef> = batches.iter().map(|batch| self.compact(batch.column(index))).collect();
            let bytes =
                columns.iter().filter(|c| c.null_count() < c.len()).map(|c| Array::get_array_memory_size(c.as_ref())).sum();
            self.held.insert(key(field), Held { batches: columns, bytes, asked: self.turn });
        }
        for field in fields {
            if let Some(held) = self.held.get_mut(&key(field)) {
                held.asked = self.turn;
            }
        }
        Ok(())
    }

    fn compact(&mut self, column: &ArrayRef) -> ArrayRef {
        if column.null_count() < column.len() {
            return Arc::clone(column);
        }
        let nulls = self.nulls.entry((column.data_type().clone(), column.len()));
        Arc::clone(nulls.or_insert_with(|| new_null_array(column.data_type(), column.len())))
    }

    fn in_memory(&self, table: &str, fields: Fields) -> Result<Arc<dyn TableProvider>, String> {
        let schema = Arc::new(Schema::new(fields));
        let columns: Vec<&[ArrayRef]> = schema
            .fields()
            .iter()
            .filter_map(|f| self.held.get(&(table.to_owned(), f.name().clone())))
            .map(|held| &*held.batches)
            .collect();
        let count = columns.first().map_or(0, |batches| batches.len());
        let mut partitions = vec![Vec::new(); self.lake.copied_config().target_partitions().clamp(1, count.max(1))];
        let into = partitions.len();
        for batch in 0..count {
            let arrays: Vec<ArrayRef> = columns.iter().filter_map(|batches| batches.get(batch)).map(Arc::clone).collect();
            partitions[batch % into].push(RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(|e| e.to_string())?);
        }
        Ok(Arc::new(MemTable::try_new(schema, partitions).map_err(|e| e.strip_backtrace())?))
    }

    /// Lets go what was not asked for longest, until what is held is within its bound.
    fn forget(&mut self) {
        let mut bytes: usize = self.held.values().map(|held| held.bytes).sum();
        let mut oldest: Vec<((String, String), usize)> = self.held.iter().map(|(key, held)| (key.clone(), held.asked)).collect();
        oldest.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        for (key, asked) in oldest {
            if bytes <= HELD || asked == self.turn {
                return;
            }
            bytes -= self.held.remove(&key).map_or(0, |held| held.bytes);
        }
    }
}
