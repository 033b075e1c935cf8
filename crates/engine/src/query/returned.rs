//! Returned lines（已退明细）: what of each charge was given back, as a table that SELECTs read.
//!
//! The notion `returned_line` gathers the lines that refunds may be about; which charge a refund takes off is decided here by the pairing
//! that charts are made with, so that a SELECT and a line rule see the same lines standing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claims::lines::LineRow;
use claims::net::{VoidSettlements, is_refund, net};
use claims::{Fen, Quantity, Text};
use datafusion::arrow::array::{ArrayRef, AsArray, Decimal128Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{Field, Fields, Schema, SchemaRef};

/// Whether a common table holds lines to be paired, instead of what a SELECT reads.
pub(super) fn is_paired(table: &str) -> bool {
    table == "returned_line"
}

/// Columns of the table, as those of `fee_list_d` by the same names.
const COLUMNS: [&str; 5] = ["mdtrt_id", "bkkp_sn", "cnt", "det_item_fee_sumamt", "inscp_amt"];

/// The table's schema.
pub(super) fn schema() -> Result<SchemaRef, String> {
    let lines = claims::table::table("fee_list_d").ok_or("没有 fee_list_d 的表结构")?;
    let lines = lake::schema::arrow(lines);
    let field = |name: &str| {
        let field = lines.field_with_name(name).map_err(|e| e.to_string())?;
        Ok(Field::new(name, field.data_type().clone(), true))
    };
    let fields: Fields = COLUMNS.into_iter().map(field).collect::<Result<Vec<_>, String>>()?.into();
    Ok(Arc::new(Schema::new(fields)))
}

/// What was billed, or given back, of one charge.
#[derive(Clone, Copy, Default)]
struct Sum {
    cnt: Quantity,
    amount: Fen,
    in_scope: Option<Fen>,
}

impl Sum {
    fn add(&mut self, cnt: Quantity, amount: Fen, in_scope: Option<Fen>) {
        self.cnt += cnt;
        self.amount += amount;
        self.in_scope = self.in_scope.into_iter().chain(in_scope).reduce(|a, b| a + b);
    }

    fn without(self, left: Self) -> Self {
        let in_scope = self.in_scope.map(|whole| whole - left.in_scope.unwrap_or_default());
        Self { cnt: self.cnt - left.cnt, amount: self.amount - left.amount, in_scope }
    }
}

/// The table, of the lines that refunds may be about.
pub(super) fn pair(candidates: &[RecordBatch]) -> Result<RecordBatch, String> {
    let mut lines: Vec<LineRow> = Vec::new();
    let (mut gone, mut paired) = (BTreeSet::new(), BTreeSet::new());
    for batch in candidates {
        let rows = lake::queried_lines(batch).map_err(|e| e.to_string())?;
        settlements(batch, "setl_void", &rows, &mut gone)?;
        settlements(batch, "setl_paired", &rows, &mut paired)?;
        lines.extend(rows);
    }
    let charges: Vec<LineRow> = lines.iter().filter(|line| line.vali_flag() && !is_refund(line)).cloned().collect();
    let mut billed: BTreeMap<(&str, &str), Sum> = BTreeMap::new();
    for charge in &charges {
        let sum = billed.entry((charge.mdtrt_id(), charge.bkkp_sn())).or_default();
        sum.add(charge.cnt(), charge.det_item_fee_sumamt(), charge.inscp_amt());
    }
    let standing = net(lines, &VoidSettlements::known(gone, paired), &mut Vec::new());
    let mut left: BTreeMap<(&str, &str), Sum> = BTreeMap::new();
    for line in &standing {
        left.entry((line.record.mdtrt_id(), line.record.bkkp_sn())).or_default().add(line.cnt, line.amount, line.in_scope);
    }
    let returned = billed.into_iter().map(|(key, whole)| (key, whole.without(left.get(&key).copied().unwrap_or_default())));
    table(&returned.filter(|(_, back)| back.cnt.is_positive() || back.amount != Fen::ZERO).collect::<Vec<_>>())
}

/// Settlements of the rows that a column marks.
fn settlements(batch: &RecordBatch, mark: &str, rows: &[LineRow], found: &mut BTreeSet<Text>) -> Result<(), String> {
    let marks = batch.column_by_name(mark).and_then(|column| column.as_boolean_opt()).ok_or_else(|| format!("没有 {mark} 列"))?;
    let marked = rows.iter().zip(marks).filter(|(_, mark)| *mark == Some(true));
    found.extend(marked.filter_map(|(line, _)| line.setl_id()).map(Text::from));
    Ok(())
}

fn table(rows: &[((&str, &str), Sum)]) -> Result<RecordBatch, String> {
    let schema = schema()?;
    let decimals = |values: Vec<Option<i128>>, precision: u8, scale: i8| {
        let array = Decimal128Array::from(values).with_precision_and_scale(precision, scale).map_err(|e| e.to_string())?;
        Ok::<ArrayRef, String>(Arc::new(array))
    };
    let columns: [ArrayRef; 5] = [
        Arc::new(StringArray::from_iter_values(rows.iter().map(|((visit, _), _)| *visit))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|((_, number), _)| *number))),
        decimals(rows.iter().map(|(_, back)| Some(back.cnt.0.into())).collect(), 18, 4)?,
        decimals(rows.iter().map(|(_, back)| Some(back.amount.0.into())).collect(), 18, 2)?,
        decimals(rows.iter().map(|(_, back)| back.in_scope.map(|fen| fen.0.into())).collect(), 18, 2)?,
    ];
    let as_stored = |(column, field): (&ArrayRef, &Arc<Field>)| cast(column, field.data_type()).map_err(|e| e.to_string());
    let columns = columns.iter().zip(schema.fields()).map(as_stored).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(schema, columns).map_err(|e| e.to_string())
}
