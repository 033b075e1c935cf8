//! Lake source（湖数据源）: folders, context and SQL from a snapshot of the lake.

mod beforehand;
mod uses;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::Fields;
use datafusion::prelude::SessionContext;
use lake::{LineColumn, LineColumns, Snapshot};
use rulebook::logic::Kind;

use crate::context::RunContext;
use crate::program::Program;
use crate::query::{ShardColumns, bounded};
use crate::run::{Folders, Source};
use crate::slots::Slots;
use crate::traces::{self, Traces};

/// Lake source（湖数据源）.
pub struct LakeSource {
    snapshot: Snapshot,
    shards: Vec<u32>,
    columns: LineColumns,
}

impl LakeSource {
    /// A source that reads only the line columns that the program's rules use.
    pub fn new(snapshot: Snapshot, program: &Program) -> Result<Self, String> {
        let shards = snapshot.shards().map_err(|e| e.to_string())?;
        Ok(Self { snapshot, shards, columns: columns(program) })
    }

    /// The snapshot it reads.
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Decodes exactly the columns that a run reads, and nothing more: the floor of any run. Gives the rows.
    pub fn decode_only(&self, shard: usize) -> Result<u64, String> {
        self.snapshot.decode_only(self.shards[shard], &self.columns).map_err(|e| e.to_string())
    }
}

/// The optional line columns that the rules' expressions and kinds read.
fn columns(program: &Program) -> LineColumns {
    // Names and doctors stand in every finding.
    let mut wanted = vec![LineColumn::Name, LineColumn::BilgDrCode];
    for rule in &program.rules {
        let facts = [Some(&rule.lines), Some(&rule.subjects), rule.visits.as_ref(), rule.scope.as_ref()];
        for fact in facts.into_iter().flatten().flat_map(Slots::fact_names) {
            wanted.extend(column_of(&fact));
        }
        if matches!(rule.rule.logic.kind, Kind::Prescription(_)) {
            wanted.push(LineColumn::RxDrordNo);
        }
    }
    LineColumns::least().with(wanted)
}

fn column_of(fact: &str) -> Option<LineColumn> {
    Some(match fact {
        "line.list_type" => LineColumn::ListType,
        "line.charge_type"
        | "stay.drug_share"
        | "stay.exam_share"
        | "stay.treatment_share"
        | "stay.material_share"
        | "stay.exam_kinds"
        | "stay.late_exam_days" => LineColumn::MedChrgitmType,
        "line.dept" => LineColumn::BilgDeptCodg,
        "line.maternity" => LineColumn::MatnFeeFlag,
        "line.circulated" => LineColumn::RxCircFlag,
        "line.take_home" => LineColumn::DscgTkdrugFlag,
        _ => return None,
    })
}

impl Source for LakeSource {
    fn shards(&self) -> usize {
        self.shards.len()
    }

    fn folders(&self, shard: usize) -> Result<Folders<'_>, String> {
        let reader = self.snapshot.folders(self.shards[shard], &self.columns).map_err(|e| e.to_string())?;
        Ok(Box::new(reader.map(|folder| folder.map_err(|e| e.to_string()))))
    }

    fn session(&self) -> Result<Option<SessionContext>, String> {
        let lines = self.snapshot.rows("fee_list_d").map_err(|e| e.to_string())?;
        let session = self.snapshot.session_in(bounded(lines)?).map_err(|e| e.to_string())?;
        Ok(Some(session.context().clone()))
    }

    fn columns(&self) -> Option<&dyn ShardColumns> {
        Some(self)
    }
}

impl ShardColumns for LakeSource {
    fn number(&self, shard: usize) -> u32 {
        self.shards[shard]
    }

    fn rows(&self, shard: usize, table: &str) -> Result<u64, String> {
        self.snapshot.rows_in_shard(table, self.shards[shard]).map_err(|e| e.to_string())
    }

    fn read(&self, shard: usize, table: &str, fields: &Fields) -> Result<Vec<RecordBatch>, String> {
        self.snapshot.shard_columns(table, self.shards[shard], fields).map_err(|e| e.to_string())
    }
}

/// Gathers what must be known of everybody first: hospital stays, identities, usual prices, earlier uses, stock movements, packs
/// scanned more than once.
pub fn context(snapshot: &Snapshot, program: &Program, threads: usize) -> Result<RunContext, String> {
    snapshot.open_tables(threads).map_err(|e| e.to_string())?;
    let mut context = RunContext::default();
    beforehand::gather(snapshot, program, threads, &mut context)?;
    if program.rules.iter().any(|r| matches!(r.rule.logic.kind, Kind::Stock(_))) {
        for group in snapshot.stock_movements().map_err(|e| e.to_string())? {
            for movement in group.map_err(|e| e.to_string())? {
                context.add_movement(movement);
            }
        }
    }
    if let Some(least_signs) = program.least_trace_signs() {
        let counts = |code: &str, opened| traces::counts(least_signs, code, opened);
        let scans = snapshot.repeated_trace_scans(&counts, threads).map_err(|e| e.to_string())?;
        context.traces = Traces::of(scans, least_signs);
    }
    Ok(context)
}

fn texts(column: &dyn Array) -> Result<Vec<Option<String>>, String> {
    let column =
        datafusion::arrow::compute::cast(column, &datafusion::arrow::datatypes::DataType::Utf8).map_err(|e| e.to_string())?;
    Ok(column.as_string::<i32>().iter().map(|t| t.map(str::to_owned)).collect())
}
