//! Lake source（湖数据源）: folders, context and SQL from a snapshot of the lake.

mod uses;

use std::collections::HashMap;

use claims::visit_class::visit_class;
use claims::{Day, Text, UnitPrice};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Date32Type, Decimal128Type, Fields, Int32Type};
use datafusion::prelude::SessionContext;
use lake::{LineColumn, LineColumns, Snapshot};
use rulebook::logic::Kind;

use crate::context::{RunContext, usual};
use crate::program::Program;
use crate::query::{ShardColumns, bounded};
use crate::run::{Folders, Source};
use crate::slots::Slots;

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
        let session = self.snapshot.session_in(bounded()?).map_err(|e| e.to_string())?;
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

/// Gathers what must be known of everybody first: hospital stays, identities, usual prices, stock movements.
pub fn context(snapshot: &Snapshot, program: &Program) -> Result<RunContext, String> {
    let mut context = RunContext::default();
    let tables: Vec<&str> = snapshot.table_names().collect();
    if tables.contains(&"mdtrt_d") && (program.needs_overlaps() || program.needs_elsewhere()) {
        stays(snapshot, &mut context)?;
    }
    if tables.contains(&"fee_list_d") {
        usual_prices(snapshot, program, &mut context)?;
        uses::history(snapshot, program, &mut context)?;
    }
    if program.rules.iter().any(|r| matches!(r.rule.logic.kind, Kind::Stock(_))) {
        for group in snapshot.stock_movements().map_err(|e| e.to_string())? {
            for movement in group.map_err(|e| e.to_string())? {
                context.add_movement(movement);
            }
        }
    }
    Ok(context)
}

const STAYS: &str = "SELECT DISTINCT psn_no, fixmedins_code, med_type, CAST(begntime AS DATE) AS begin_day, \
     CAST(endtime AS DATE) AS end_day FROM mdtrt_d WHERE coalesce(vali_flag, '1') <> '0'";

fn stays(snapshot: &Snapshot, context: &mut RunContext) -> Result<(), String> {
    // Only care that is a stay counts; which codes are, `claims` says, so the query asks which codes there are first.
    let codes = snapshot.sql("SELECT DISTINCT med_type FROM mdtrt_d").map_err(|e| e.to_string())?;
    let mut inpatient = Vec::new();
    for batch in &codes {
        let column = texts(batch.column(0))?;
        inpatient.extend(column.into_iter().flatten().filter(|code| visit_class(Some(code), "H").is_inpatient()));
    }
    if inpatient.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = inpatient.iter().map(|code| format!("'{}'", code.replace('\'', "''"))).collect();
    let query = format!("{STAYS} AND med_type IN ({})", list.join(", "));
    for batch in snapshot.sql(&query).map_err(|e| e.to_string())? {
        let (persons, institutions) = (texts(batch.column(0))?, texts(batch.column(1))?);
        let begins = batch.column(3).as_primitive_opt::<Date32Type>().ok_or("begin_day is no date")?;
        let ends = batch.column(4).as_primitive_opt::<Date32Type>().ok_or("end_day is no date")?;
        for row in 0..batch.num_rows() {
            let (Some(psn_no), Some(institution)) = (&persons[row], &institutions[row]) else { continue };
            if begins.is_null(row) {
                continue;
            }
            let person = snapshot.person(psn_no).map_err(|e| e.to_string())?;
            let end = ends.is_valid(row).then(|| Day(ends.value(row)));
            context.add_stay(psn_no, person.identity(), institution, Day(begins.value(row)), end);
        }
    }
    Ok(())
}

fn texts(column: &dyn Array) -> Result<Vec<Option<String>>, String> {
    let column =
        datafusion::arrow::compute::cast(column, &datafusion::arrow::datatypes::DataType::Utf8).map_err(|e| e.to_string())?;
    Ok(column.as_string::<i32>().iter().map(|t| t.map(str::to_owned)).collect())
}

/// Usual full prices of the items that discount rules speak of（readings 18）.
fn usual_prices(snapshot: &Snapshot, program: &Program, context: &mut RunContext) -> Result<(), String> {
    let codes: Vec<String> = program
        .rules
        .iter()
        .filter(|r| matches!(r.rule.logic.kind, Kind::Discount(_)))
        .filter_map(|r| r.index.as_ref())
        .flat_map(|index| index.codes().map(|code| format!("'{code}'")))
        .collect();
    if codes.is_empty() {
        return Ok(());
    }
    let query = format!(
        "SELECT fixmedins_code, med_list_codg, CAST(pric AS DECIMAL(18,6)) AS pric, CAST(count(*) AS INT) AS n FROM fee_list_d \
         WHERE cnt > 0 AND pric > 0 AND med_list_codg IN ({}) GROUP BY 1, 2, 3",
        codes.join(", ")
    );
    let mut prices: HashMap<(Text, Text), HashMap<UnitPrice, usize>> = HashMap::new();
    for batch in snapshot.sql(&query).map_err(|e| e.to_string())? {
        let (institutions, items) = (texts(batch.column(0))?, texts(batch.column(1))?);
        let price = batch.column(2).as_primitive_opt::<Decimal128Type>().ok_or("pric is no decimal")?;
        let count = batch.column(3).as_primitive_opt::<Int32Type>().ok_or("n is no integer")?;
        for row in 0..batch.num_rows() {
            let (Some(institution), Some(item)) = (&institutions[row], &items[row]) else { continue };
            let key = (Text::from(institution.as_str()), Text::from(item.as_str()));
            let price = UnitPrice(i64::try_from(price.value(row)).unwrap_or(i64::MAX));
            *prices.entry(key).or_default().entry(price).or_default() += usize::try_from(count.value(row)).unwrap_or(0);
        }
    }
    for ((institution, item), counts) in prices {
        if let Some(price) = usual(&counts) {
            context.add_usual_price(&institution, &item, price);
        }
    }
    Ok(())
}
