//! Standing questions（常备查询）: a SELECT planned once and asked of one small set of tables after another.
//!
//! The cases of a rule differ in a few rows and in nothing that a plan rests on, and planning is nearly all that a case costs. The tables
//! of the plan are refilled for each case; a run over a lake plans anew, for it has millions of rows to plan for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Fields, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::SessionContext;
use rulebook::Rule;

use super::ask::{Answer, Question, bounded};
use super::{by_place, judged, knowledge, questions, returned, spent};
use crate::program::Program;
use crate::sink::Sink;

/// The national tables of a case, by name.
pub(crate) type Tables<'a> = dyn Fn(&str) -> Result<RecordBatch, String> + 'a;

/// A SELECT with its plans, one for each of its steps.
pub(crate) struct Standing {
    session: SessionContext,
    national: BTreeMap<String, Arc<Refilled>>,
    knowledge: BTreeMap<String, Arc<Refilled>>,
    steps: Vec<Planned>,
}

/// A step's plan, and the table that takes its rows; the last step has none.
struct Planned {
    rows: Option<Arc<Refilled>>,
    /// Its rows are paired before the table takes them.
    paired: bool,
    plan: Arc<dyn ExecutionPlan>,
}

impl Standing {
    /// Plans the SELECT of a program's rule, whose parameters stand in the plan.
    async fn new(program: &Program, question: &Question<'_>) -> Result<Self, String> {
        let session = alone()?;
        let words = question.words();
        let mut national = BTreeMap::new();
        for table in claims::table::tables().iter().filter(|table| words.contains(table.name)) {
            national.insert(table.name.to_owned(), register(&session, table.name, lake::schema::arrow(table))?);
        }
        let mut points = BTreeMap::new();
        if !question.select.tables.is_empty() {
            knowledge::in_region(&session);
        }
        for name in question.select.tables {
            points.insert(name.clone(), register(&session, name, knowledge::rows(program, name)?.schema())?);
        }
        by_place::register(&session, program, question.rule);
        let mut steps = Vec::new();
        for step in question.steps() {
            let frame = question.plan(&session, &step.sql).await.map_err(|e| e.strip_backtrace())?;
            let plan = frame.create_physical_plan().await.map_err(|e| e.strip_backtrace())?;
            let made = if step.paired { returned::schema()? } else { nullable(&plan.schema()) };
            let rows = step.table.as_ref().map(|name| register(&session, name, made)).transpose()?;
            steps.push(Planned { rows, paired: step.paired, plan });
        }
        Ok(Self { session, national, knowledge: points, steps })
    }

    /// Refills the tables and works the plans out.
    async fn ask(&self, program: &Program, tables: &Tables<'_>) -> Result<Vec<RecordBatch>, String> {
        for (name, table) in &self.national {
            table.refill(vec![tables(name)?])?;
        }
        for (name, table) in &self.knowledge {
            table.refill(vec![knowledge::rows(program, name)?])?;
        }
        let mut answer = Vec::new();
        for step in &self.steps {
            let plan = reset_plan_states(Arc::clone(&step.plan)).map_err(|e| e.strip_backtrace())?;
            let batches = collect(plan, self.session.task_ctx()).await.map_err(|e| e.strip_backtrace())?;
            match &step.rows {
                Some(table) if step.paired => table.refill(vec![returned::pair(&batches)?])?,
                Some(table) => table.refill(batches)?,
                None => answer = batches,
            }
        }
        Ok(answer)
    }
}

/// The plans of a rule, one for each set of values of its parameters.
#[derive(Default)]
pub(crate) struct Plans(BTreeMap<String, Standing>);

impl Plans {
    /// Judges the program's only rule, where it is a SELECT or rests on one.
    pub(crate) async fn judge(&mut self, program: &Program, tables: &Tables<'_>, sink: &mut Sink) {
        for (number, question) in questions(program, sink) {
            let begin = Instant::now();
            if let Err(problem) = self.asked(program, number, &question, tables, sink).await {
                sink.faults.push(super::not_run(program, number, &problem));
            }
            spent(sink, number, begin);
        }
    }

    async fn asked(
        &mut self,
        program: &Program,
        number: usize,
        question: &Question<'_>,
        tables: &Tables<'_>,
        sink: &mut Sink,
    ) -> Result<(), String> {
        let values = values(question.rule);
        if !self.0.contains_key(&values) {
            self.0.insert(values.clone(), Standing::new(program, question).await?);
        }
        let standing = self.0.get(&values).ok_or("没有这条查询的计划")?;
        let mut answer = Answer::default();
        question.take(&standing.ask(program, tables).await?, &mut answer)?;
        judged(program, number, answer, sink)
    }
}

fn values(rule: &Rule) -> String {
    let values: Vec<_> = rule.parameters.iter().map(|(name, parameter)| (name, &parameter.value)).collect();
    format!("{values:?}")
}

/// A session that does not divide its work: a few rows are soonest done by one.
fn alone() -> Result<SessionContext, String> {
    let mut state = bounded(1)?.state();
    state.config_mut().options_mut().execution.target_partitions = 1;
    Ok(SessionContext::new_with_state(state))
}

/// What a step makes may have no value anywhere: a changed SELECT can know less than its plan says.
fn nullable(schema: &Schema) -> SchemaRef {
    let fields: Fields = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    Arc::new(Schema::new(fields))
}

fn register(session: &SessionContext, name: &str, schema: SchemaRef) -> Result<Arc<Refilled>, String> {
    if session.table_exist(name).map_err(|e| e.strip_backtrace())? {
        return Err(format!("WITH 中的 {name} 与已有的表同名，请换一个名字"));
    }
    let refilled = Arc::new(Refilled { schema: Arc::clone(&schema), rows: Mutex::default() });
    let partition: Arc<dyn PartitionStream> = Arc::<Refilled>::clone(&refilled);
    let table = StreamingTable::try_new(schema, vec![partition]).map_err(|e| e.strip_backtrace())?;
    session.register_table(name, Arc::new(table)).map_err(|e| e.strip_backtrace())?;
    Ok(refilled)
}

/// A table of a plan, whose rows are others for every case.
#[derive(Debug)]
struct Refilled {
    schema: SchemaRef,
    rows: Mutex<Vec<RecordBatch>>,
}

impl Refilled {
    /// What was worked out may know more of its columns than what was planned, such as that none is null; it is told as planned.
    fn refill(&self, batches: Vec<RecordBatch>) -> Result<(), String> {
        let planned = |batch: RecordBatch| {
            RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec()).map_err(|e| e.to_string())
        };
        let batches = batches.into_iter().map(planned).collect::<Result<Vec<_>, _>>()?;
        *self.rows.lock().unwrap_or_else(PoisonError::into_inner) = batches;
        Ok(())
    }
}

impl PartitionStream for Refilled {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows = futures::stream::iter(rows.into_iter().map(Ok));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows))
    }
}
