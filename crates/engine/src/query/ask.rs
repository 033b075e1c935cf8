//! Asking a SELECT: its steps one after another, within a bound of memory, and its answer as rows.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::SessionContext;
use rulebook::Rule;
use rulebook::logic::{Kind, Reach, Select};
use rulebook::parameter::Value;

use super::Row;
use super::distinct;
use super::returned;
use super::steps::{self, Step};

/// What the joins, groupings and sortings of one query may hold in memory in a lake of up to [`LINES`] fee lines, in bytes, and in
/// proportion beyond that; groupings and sortings go on on disk beyond it.
const MEMORY: u64 = 512 << 20;

/// So many fee lines are worth one [`MEMORY`].
const LINES: u64 = 10_000_000;

/// Tasks that were told to stop do so at their next batch of rows.
const GIVEN_BACK_WITHIN: Duration = Duration::from_secs(20);

/// The longest that a step may take: far more than any needs on fifty million lines.
const PATIENCE: Duration = Duration::from_mins(30);

/// The longest that a rule's SELECT may take altogether, over all its steps and shares of the lake, where nothing else is said.
pub(crate) const QUERY_PATIENCE: Duration = Duration::from_hours(2);

/// A session whose queries share a bound of memory, which grows with the fee lines of the lake.
pub(crate) fn bounded(lines: u64) -> Result<SessionContext, String> {
    let bound = MEMORY.max(lines.saturating_mul(MEMORY / LINES));
    let bound = usize::try_from(bound).unwrap_or(usize::MAX);
    let runtime = RuntimeEnvBuilder::new().with_memory_limit(bound, 1.0).build_arc().map_err(|e| e.strip_backtrace())?;
    Ok(lake::blank_session(runtime))
}

/// A SELECT of a rule, taken apart into its steps.
pub(super) struct Question<'a> {
    pub(super) rule: &'a Rule,
    pub(super) select: Select<'a>,
    /// Its text with the notions that it names.
    sql: String,
    steps: Vec<Step>,
    /// What it may take altogether, and what it took so far.
    patience: Duration,
    taken: Mutex<Duration>,
}

/// What was answered so far.
#[derive(Default)]
pub(super) struct Answer {
    /// Rows, without those of a query rule that are clear.
    pub(super) rows: Vec<Row>,
    /// Subjects of a query rule that are clear. There may be a million of them, and nothing of them is kept but their number.
    pub(super) clear: usize,
}

impl<'a> Question<'a> {
    pub(super) fn new(rule: &'a Rule, select: Select<'a>, patience: Duration) -> Result<Self, String> {
        let sql = rulebook::notion::expanded(&select.sql.0);
        let steps = steps::steps(&sql, select.reach == Reach::Institution)?;
        Ok(Self { rule, select, sql, steps, patience, taken: Mutex::default() })
    }

    /// The words of its text: every table and column that it names is among them.
    pub(super) fn words(&self) -> BTreeSet<&str> {
        self.sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect()
    }

    /// Asks it and adds the rows to the answer. The tables made on the way are dropped afterwards, but for those that are kept and taken
    /// from there the next time.
    pub(super) async fn ask(&self, session: &SessionContext, kept: Kept<'_>, answer: &mut Answer) -> Result<(), String> {
        let mut tables = Vec::new();
        let batches = self.step_by_step(session, kept, &mut tables).await;
        for table in tables {
            session.deregister_table(table.as_str()).map_err(|e| e.strip_backtrace())?;
        }
        self.take(&batches?, answer)
    }

    /// Adds the rows of its last step to the answer.
    pub(super) fn take(&self, batches: &[RecordBatch], answer: &mut Answer) -> Result<(), String> {
        let split = matches!(self.rule.logic.kind, Kind::Query(_));
        let mut clear = HashSet::new();
        for batch in batches {
            let keep = if split { open_rows(batch, &mut clear)? } else { (0..batch.num_rows()).collect() };
            answer.rows.extend(read(batch, &keep)?);
        }
        answer.clear += clear.len();
        Ok(())
    }

    /// Works the steps out; the tables made on the way are noted, to be dropped afterwards.
    async fn step_by_step(
        &self,
        session: &SessionContext,
        kept: Kept<'_>,
        tables: &mut Vec<String>,
    ) -> Result<Vec<RecordBatch>, String> {
        let mut answer = Vec::new();
        for step in &self.steps {
            let known = step.table.as_ref().and_then(|name| kept.find(name));
            let is_new = known.is_none();
            let made = if let Some(made) = known {
                made.clone()
            } else {
                let (planned, batches) = self.step(session, &step.sql).await?;
                match &step.table {
                    None => {
                        answer = batches;
                        continue;
                    }
                    Some(name) if step.paired => Made::of(name, returned::schema()?, &[returned::pair(&batches)?])?,
                    Some(name) => Made::of(name, planned, &batches)?,
                }
            };
            if session.table_exist(made.name.as_str()).map_err(|e| e.strip_backtrace())? {
                return Err(format!("WITH 中的 {} 与已有的表同名，请换一个名字", made.name));
            }
            session.register_table(made.name.as_str(), made.rows.clone()).map_err(|e| e.strip_backtrace())?;
            tables.push(made.name.clone());
            if is_new && step.of_all {
                kept.here.push(made);
            } else if is_new && step.once {
                kept.of_rule.push(made);
            }
        }
        Ok(answer)
    }

    /// One step. Where a join by hash does not fit into memory, a join by sorting may, because sorting goes on on disk; and where several
    /// parts side by side do not fit, one after another they may, with the whole bound each.
    async fn step(&self, session: &SessionContext, sql: &str) -> Result<(SchemaRef, Vec<RecordBatch>), String> {
        let frame = self.plan(session, sql).await.map_err(|e| e.strip_backtrace())?;
        let schema = Arc::new(frame.schema().as_arrow().clone());
        given_back(session).await;
        let mut answer = self.collected(frame).await;
        for leaner in [by_sorting, one_after_another] {
            if !answer.as_ref().is_err_and(out_of_memory) {
                break;
            }
            given_back(session).await;
            let frame = self.plan(&leaner(session), sql).await.map_err(|e| e.strip_backtrace())?;
            answer = self.collected(frame).await;
        }
        Ok((schema, answer.map_err(|e| told(&e, session))?))
    }

    /// The rows of a step. Queries that spill have been seen to wait for ever (apache/datafusion#24883), and whoever writes a rule may
    /// ask for more than can be worked out: one that does not come to an end is a fault of its rule, and the others go on.
    async fn collected(&self, frame: DataFrame) -> Result<Vec<RecordBatch>, DataFusionError> {
        let taken = *self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = self.patience.saturating_sub(taken).min(PATIENCE);
        let begin = Instant::now();
        let rows = tokio::time::timeout(left, frame.collect()).await;
        let taken = taken + begin.elapsed();
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = taken;
        rows.unwrap_or_else(|_| {
            let (what, bound) = if taken >= self.patience { ("整条规则", self.patience) } else { ("一步", PATIENCE) };
            let told = format!("{what} {} 秒没有算完，这条规则本次没有判定，不等于没有问题", bound.as_secs());
            Err(DataFusionError::External(told.into()))
        })
    }

    /// Its steps, in order.
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub(super) async fn plan(&self, session: &SessionContext, sql: &str) -> Result<DataFrame, DataFusionError> {
        let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        let (state, plan) = session.sql_with_options(sql, options).await?.into_parts();
        let frame = DataFrame::new(state, distinct::counted_by_number(plan)?);
        let values: Vec<(String, ScalarValue)> =
            self.rule.parameters.iter().map(|(name, p)| (name.clone(), scalar(&p.value))).collect();
        if values.is_empty() { Ok(frame) } else { frame.with_param_values(values) }
    }
}

/// Kept（留用的表）: tables that were made for one question, and serve others.
pub(super) struct Kept<'a> {
    /// For all questions of the lines at hand: what does not rest on the rule that asks.
    pub(super) here: &'a mut Vec<Made>,
    /// For the same rule, whichever lines are at hand.
    pub(super) of_rule: &'a mut Vec<Made>,
}

impl Kept<'_> {
    fn find(&self, name: &str) -> Option<&Made> {
        self.here.iter().chain(self.of_rule.iter()).find(|made| made.name == name)
    }
}

/// What a step made: its rows as a table.
#[derive(Clone)]
pub(super) struct Made {
    name: String,
    rows: Arc<MemTable>,
}

impl Made {
    fn of(name: &str, planned: SchemaRef, batches: &[RecordBatch]) -> Result<Self, String> {
        // What was worked out may know more of its columns than what was planned, such as that none is null.
        let schema = batches.first().map_or(planned, RecordBatch::schema);
        let kept = batches.iter().map(slim).collect::<Result<Vec<_>, _>>()?;
        let rows = MemTable::try_new(schema, vec![kept]).map_err(|e| e.strip_backtrace())?;
        Ok(Self { name: name.to_owned(), rows: Arc::new(rows) })
    }
}

/// Waits until what ran before holds no memory any more: the tasks of a query that ended early are only told to stop, and give their
/// memory back when they do. One after another, queries have the whole bound each.
async fn given_back(session: &SessionContext) {
    let pool = &session.runtime_env().memory_pool;
    let begin = Instant::now();
    while pool.reserved() > 0 && begin.elapsed() < GIVEN_BACK_WITHIN {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A batch without the texts that its rows no longer point to: a few rows of a large table would else keep all of it in memory.
fn slim(batch: &RecordBatch) -> Result<RecordBatch, String> {
    let slimmed = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(texts) if texts.get_buffer_memory_size() > 2 * texts.total_buffer_bytes_used() + SMALL => {
            Arc::new(texts.gc()) as ArrayRef
        }
        _ => Arc::clone(column),
    };
    let columns = batch.columns().iter().map(slimmed).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns, &options).map_err(|e| e.to_string())
}

/// Bytes for which nobody copies a column.
const SMALL: usize = 64 << 10;

/// The same tables and functions, with joins that sort instead of hashing.
fn by_sorting(session: &SessionContext) -> SessionContext {
    let mut state = session.state();
    state.config_mut().options_mut().optimizer.prefer_hash_join = false;
    SessionContext::new_with_state(state)
}

/// The same, with one part of the rows at a time.
fn one_after_another(session: &SessionContext) -> SessionContext {
    let mut state = by_sorting(session).state();
    state.config_mut().options_mut().execution.target_partitions = 1;
    SessionContext::new_with_state(state)
}

fn out_of_memory(problem: &DataFusionError) -> bool {
    matches!(problem.find_root(), DataFusionError::ResourcesExhausted(_))
}

fn told(problem: &DataFusionError, session: &SessionContext) -> String {
    let limit = session.runtime_env().memory_pool.memory_limit();
    match (out_of_memory(problem), limit) {
        (true, MemoryLimit::Finite(bound)) => {
            format!("内存不足：一条查询最多用 {} MiB，这条规则本次没有判定，不等于没有问题", bound >> 20)
        }
        _ => problem.strip_backtrace(),
    }
}

pub(super) fn scalar(value: &Value) -> ScalarValue {
    match value {
        Value::Int(n) => ScalarValue::Int64(Some(*n)),
        Value::Decimal(n) => ScalarValue::Decimal128(Some(i128::from(*n)), 18, 6),
        Value::Flag(b) => ScalarValue::Boolean(Some(*b)),
        Value::Text(t) => ScalarValue::Utf8(Some(t.clone())),
    }
}

/// The rows that are hits or undecided; of the others, the subjects are counted.
fn open_rows(batch: &RecordBatch, clear: &mut HashSet<(usize, u64)>) -> Result<Vec<usize>, String> {
    let text = |name: &str| -> Result<Option<ArrayRef>, String> {
        batch.column_by_name(name).map(|column| cast(column, &DataType::Utf8).map_err(|e| e.to_string())).transpose()
    };
    let (verdicts, keys) = (text("verdict")?, text("subject_key")?);
    let value = |column: &Option<ArrayRef>, row: usize| -> Option<String> {
        let column = column.as_ref()?;
        column.is_valid(row).then(|| column.as_string::<i32>().value(row).to_owned())
    };
    let mut open = Vec::new();
    for row in 0..batch.num_rows() {
        if matches!(value(&verdicts, row).as_deref(), Some("hit" | "undecided")) {
            open.push(row);
        } else if let Some(key) = value(&keys, row) {
            let mut hasher = DefaultHasher::new();
            key.hash(&mut hasher);
            clear.insert((0, hasher.finish()));
        } else {
            clear.insert((1 + clear.len(), 0));
        }
    }
    Ok(open)
}

fn read(batch: &RecordBatch, keep: &[usize]) -> Result<Vec<Row>, String> {
    let options = FormatOptions::default().with_date_format(Some("%Y-%m-%d")).with_timestamp_format(Some("%Y-%m-%d %H:%M:%S"));
    let schema = batch.schema();
    let mut rows = vec![Row::new(); keep.len()];
    for (index, field) in schema.fields().iter().enumerate() {
        let column = batch.column(index);
        let shown = ArrayFormatter::try_new(column, &options).map_err(|e| e.to_string())?;
        for (number, row) in keep.iter().zip(&mut rows).filter(|(number, _)| column.is_valid(**number)) {
            row.insert(field.name().clone(), shown.value(*number).to_string());
        }
    }
    Ok(rows)
}
