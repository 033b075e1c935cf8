//! Operators（算子）: the two passes as DataFusion plans, so that one plan runs in process and on a cluster.
//!
//! ```text
//! TimelineExec ◄── RepartitionExec: hash(key) ◄── VisitExec (one partition a shard)
//! ```
//!
//! Rows between them are `(key, body)`: the key of an event is the person, or the pack, that it is about; of what is already decided, zero.

use std::fmt;
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::{ArrayRef, AsArray, BinaryArray, RecordBatch, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt64Type};
use datafusion::common::Result as DfResult;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use futures::StreamExt;
use futures::channel::mpsc::Sender;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::context::RunContext;
use crate::event::Event;
use crate::program::Program;
use crate::run::{Source, Watch};
use crate::sink::Sink;
use crate::timeline_pass::Timeline;
use crate::visit_pass::VisitPass;

/// Everything both operators need; shared, never copied.
pub(crate) struct Work {
    pub(crate) program: Arc<Program>,
    pub(crate) context: Arc<RunContext>,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) watch: Arc<dyn Watch>,
    /// Shards judged at once. Each holds open readers, so this bounds memory as well as threads.
    pub(crate) permits: Arc<Semaphore>,
}

/// What a row's body holds.
#[derive(Serialize, Deserialize)]
enum Body {
    Decided(Box<Sink>),
    Event(Box<Event>),
}

/// The key of what is already decided; the timeline hands it on unopened.
const DECIDED: u64 = 0;

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("key", DataType::UInt64, false), Field::new("body", DataType::Binary, false)]))
}

/// What DataFusion hands over to look at an operator's expressions; ours have none of its own.
type Visitor<'v> = dyn for<'a> FnMut(&'a Arc<dyn PhysicalExpr>) -> DfResult<TreeNodeRecursion> + 'v;

fn outside(problem: impl fmt::Display) -> DataFusionError {
    DataFusionError::External(problem.to_string().into())
}

fn batch(rows: &[(u64, Body)]) -> DfResult<RecordBatch> {
    let bodies: Vec<Vec<u8>> = rows.iter().map(|(_, body)| packed(body)).collect::<DfResult<_>>()?;
    batch_of(rows.iter().map(|(key, _)| *key), &bodies)
}

fn packed(body: &Body) -> DfResult<Vec<u8>> {
    postcard::to_stdvec(body).map_err(outside)
}

fn batch_of(keys: impl Iterator<Item = u64>, bodies: &[Vec<u8>]) -> DfResult<RecordBatch> {
    let columns: Vec<ArrayRef> =
        vec![Arc::new(UInt64Array::from_iter_values(keys)), Arc::new(BinaryArray::from_iter_values(bodies))];
    RecordBatch::try_new(schema(), columns).map_err(Into::into)
}

fn properties(partitions: usize) -> Arc<PlanProperties> {
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(schema()),
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Incremental,
        Boundedness::Bounded,
    ))
}

/// The whole plan: visits by shard, events to their person or pack, persons and packs judged.
pub(crate) fn plan(work: Arc<Work>, threads: usize) -> DfResult<Arc<dyn ExecutionPlan>> {
    let visits: Arc<dyn ExecutionPlan> = Arc::new(VisitExec::new(Arc::clone(&work)));
    let key = col("key", &schema())?;
    let shuffled = Arc::new(RepartitionExec::try_new(visits, Partitioning::Hash(vec![key], threads.max(1)))?);
    Ok(Arc::new(TimelineExec::new(work, shuffled)))
}

/// VisitExec（就诊遍算子）: a leaf; each partition judges one shard.
struct VisitExec {
    work: Arc<Work>,
    properties: Arc<PlanProperties>,
}

impl VisitExec {
    fn new(work: Arc<Work>) -> Self {
        let properties = properties(work.source.shards().max(1));
        Self { work, properties }
    }
}

/// Events gathered before they are handed on.
const EVENT_BATCH: usize = 1_024;

fn judge_shard(work: &Work, shard: usize, send: &dyn Fn(RecordBatch) -> bool) -> DfResult<()> {
    if shard >= work.source.shards() {
        return Ok(());
    }
    let mut pass = VisitPass::new(&work.program, &work.context);
    for folder in work.source.folders(shard).map_err(outside)? {
        if work.watch.cancelled() {
            return Err(outside("已取消"));
        }
        let folder = folder.map_err(outside)?;
        work.watch.lines(folder.lines.len());
        pass.push(folder).map_err(outside)?;
        if pass.sink.events.len() >= EVENT_BATCH && !send(events(work, &mut pass.sink)?) {
            return Ok(());
        }
    }
    pass.flush().map_err(outside)?;
    send(events(work, &mut pass.sink)?);
    send(batch(&[(DECIDED, Body::Decided(Box::new(pass.sink)))])?);
    Ok(())
}

/// Judges a shard and sends what it finds; a fault is the last thing sent. Nobody listening any more is a reason to stop.
fn stream_shard(work: &Work, shard: usize, send: Sender<DfResult<RecordBatch>>) {
    let slot = Mutex::new(send);
    let push = |item: DfResult<RecordBatch>| {
        let Ok(mut send) = slot.lock() else { return false };
        futures::executor::block_on(futures::SinkExt::send(&mut *send, item)).is_ok()
    };
    if let Err(fault) = judge_shard(work, shard, &|batch| push(Ok(batch))) {
        push(Err(fault));
    }
}

fn events(work: &Work, sink: &mut Sink) -> DfResult<RecordBatch> {
    let rows: Vec<(u64, Body)> = std::mem::take(&mut sink.events)
        .into_iter()
        .map(|event| (event.key(&work.context), Body::Event(Box::new(event))))
        .collect();
    batch(&rows)
}

impl ExecutionPlan for VisitExec {
    fn name(&self) -> &'static str {
        "VisitExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn apply_expressions(&self, _: &mut Visitor<'_>) -> DfResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> DfResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> {
        let (send, receive) = futures::channel::mpsc::channel::<DfResult<RecordBatch>>(4);
        let work = Arc::clone(&self.work);
        tokio::spawn(async move {
            // The semaphore is never closed, and the permit is held until the shard is done.
            let permit = Arc::clone(&work.permits).acquire_owned().await;
            let judged = tokio::task::spawn_blocking(move || stream_shard(&work, partition, send));
            drop(judged.await);
            drop(permit);
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema(), receive)))
    }
}

/// TimelineExec（时间线算子）: gathers each person's and each pack's events, and passes on what is already decided.
struct TimelineExec {
    work: Arc<Work>,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl TimelineExec {
    fn new(work: Arc<Work>, input: Arc<dyn ExecutionPlan>) -> Self {
        let partitions = input.properties().output_partitioning().partition_count();
        Self { work, input, properties: properties(partitions) }
    }
}

async fn judge_events(work: Arc<Work>, mut input: SendableRecordBatchStream) -> DfResult<RecordBatch> {
    let mut timeline = Timeline::default();
    let mut decided: Vec<Vec<u8>> = Vec::new();
    while let Some(rows) = input.next().await {
        let rows = rows?;
        let keys = rows.column(0).as_primitive::<UInt64Type>();
        let bodies = rows.column(1).as_binary::<i32>();
        for (key, body) in keys.values().iter().zip(bodies.iter()) {
            let body = body.unwrap_or_default();
            if *key == DECIDED {
                decided.push(body.to_vec());
            } else if let Body::Event(event) = postcard::from_bytes(body).map_err(outside)? {
                timeline.add(*key, *event);
            }
        }
    }
    let judged = tokio::task::spawn_blocking(move || -> Result<Sink, String> {
        let mut sink = Sink::new(work.program.rules.len());
        timeline.judge(&work.program, &mut sink)?;
        Ok(sink)
    });
    let sink = judged.await.map_err(outside)?.map_err(outside)?;
    decided.push(packed(&Body::Decided(Box::new(sink)))?);
    batch_of(decided.iter().map(|_| DECIDED), &decided)
}

impl ExecutionPlan for TimelineExec {
    fn name(&self) -> &'static str {
        "TimelineExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn apply_expressions(&self, _: &mut Visitor<'_>) -> DfResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> DfResult<Arc<dyn ExecutionPlan>> {
        match children.pop() {
            Some(input) => Ok(Arc::new(Self::new(Arc::clone(&self.work), input))),
            None => Err(outside("TimelineExec needs an input")),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let judged = futures::stream::once(judge_events(Arc::clone(&self.work), input));
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema(), judged)))
    }
}

macro_rules! shown_as {
    ($operator:ident, $words:literal) => {
        impl DisplayAs for $operator {
            fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}: {}", $words, &self.work.program.digest[..12])
            }
        }
        impl fmt::Debug for $operator {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, $words)
            }
        }
    };
}
shown_as!(VisitExec, "VisitExec");
shown_as!(TimelineExec, "TimelineExec");

/// What the plan's batches hold, together.
pub(crate) fn gather(batches: &[RecordBatch], rules: usize) -> Result<Sink, String> {
    let mut all = Sink::new(rules);
    for rows in batches {
        for body in rows.column(1).as_binary::<i32>().iter().flatten() {
            match postcard::from_bytes(body).map_err(|e| e.to_string())? {
                Body::Decided(sink) => all.add(*sink),
                Body::Event(_) => return Err("an event came out of the timeline pass".to_owned()),
            }
        }
    }
    Ok(all)
}
