//! Builds batches of national tables from texts, as an import would.

use std::sync::Arc;

use claims::table::{Column, ColumnKind, table};
use claims::{Day, Fen, Moment, Quantity, UnitPrice};
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use lake::schema::arrow;
use lake::{Append, DeliveryOptions, Lake, LoadReport, Pushed, Source};

/// A row: column and value.
pub(crate) type Row<'a> = Vec<(&'a str, String)>;

fn cells<'a>(rows: &'a [Row<'a>], name: &str) -> Vec<Option<&'a str>> {
    rows.iter().map(|row| row.iter().find(|(column, _)| *column == name).map(|(_, value)| value.as_str())).collect()
}

fn decimals(cells: &[Option<&str>], precision: u8, scale: i8, read: impl Fn(&str) -> i64) -> ArrayRef {
    let values = cells.iter().map(|cell| cell.map(|cell| i128::from(read(cell))));
    Arc::new(values.collect::<Decimal128Array>().with_precision_and_scale(precision, scale).unwrap())
}

fn array(column: &Column, cells: &[Option<&str>]) -> ArrayRef {
    match column.kind {
        ColumnKind::Text | ColumnKind::Code(_) | ColumnKind::Flag => Arc::new(StringArray::from(cells.to_vec())),
        ColumnKind::Moment => {
            let micros = |cell: &str| Moment::parse(cell).unwrap().0 * 1_000_000;
            Arc::new(cells.iter().map(|cell| cell.map(micros)).collect::<TimestampMicrosecondArray>())
        }
        ColumnKind::Day => {
            Arc::new(cells.iter().map(|cell| cell.map(|cell| Day::parse(cell).unwrap().0)).collect::<Date32Array>())
        }
        ColumnKind::Int => {
            Arc::new(cells.iter().map(|cell| cell.map(|cell| cell.parse::<i32>().unwrap())).collect::<Int32Array>())
        }
        ColumnKind::Amount => decimals(cells, 18, 2, |cell| Fen::parse(cell).unwrap().0),
        ColumnKind::Price => decimals(cells, 18, 6, |cell| UnitPrice::parse(cell).unwrap().0),
        ColumnKind::Quantity => decimals(cells, 18, 4, |cell| Quantity::parse(cell).unwrap().0),
        ColumnKind::Ratio => decimals(cells, 9, 4, |cell| Quantity::parse(cell).unwrap().0),
    }
}

pub(crate) fn batch(name: &str, rows: &[Row<'_>]) -> RecordBatch {
    let table = table(name).unwrap();
    let columns = table.columns.iter().map(|column| array(column, &cells(rows, column.name))).collect();
    RecordBatch::try_new(arrow(table), columns).unwrap()
}

pub(crate) const HOSPITAL: &str = "H33020000001";
pub(crate) const OTHER: &str = "H33020000002";

pub(crate) fn visit(id: &str, person: &str, institution: &str, begin: &str) -> Row<'static> {
    vec![
        ("mdtrt_id", id.to_owned()),
        ("psn_no", person.to_owned()),
        ("fixmedins_code", institution.to_owned()),
        ("med_type", "21".to_owned()),
        ("begntime", begin.to_owned()),
    ]
}

pub(crate) fn line(visit: &str, number: &str, person: &str, institution: &str, time: &str, amount: &str) -> Row<'static> {
    vec![
        ("mdtrt_id", visit.to_owned()),
        ("bkkp_sn", number.to_owned()),
        ("psn_no", person.to_owned()),
        ("fixmedins_code", institution.to_owned()),
        ("fee_ocur_time", time.to_owned()),
        ("med_list_codg", "001101000010000-110100001".to_owned()),
        ("medins_list_name", "普通门诊诊查费".to_owned()),
        ("cnt", "1".to_owned()),
        ("pric", amount.to_owned()),
        ("det_item_fee_sumamt", amount.to_owned()),
    ]
}

pub(crate) fn settlement(id: &str, visit: &str, person: &str, institution: &str, total: &str, fund: &str) -> Row<'static> {
    vec![
        ("setl_id", id.to_owned()),
        ("mdtrt_id", visit.to_owned()),
        ("psn_no", person.to_owned()),
        ("fixmedins_code", institution.to_owned()),
        ("medfee_sumamt", total.to_owned()),
        ("fund_pay_sumamt", fund.to_owned()),
        ("hifp_pay", fund.to_owned()),
    ]
}

pub(crate) fn source(digest: &str) -> Vec<Source> {
    vec![Source { digest: digest.to_owned(), name: format!("{digest}.csv") }]
}

pub(crate) fn begin(lake: &Lake, digest: &str) -> Append {
    lake.append(source(digest), DeliveryOptions::default()).unwrap()
}

pub(crate) fn push(append: &mut Append, table: &str, rows: &[Row<'_>]) -> Pushed {
    let numbers: Vec<u64> = (1..=rows.len() as u64).collect();
    append.push(table, 0, &numbers, &batch(table, rows)).unwrap()
}

/// Loads one delivery of visits, then other rows.
pub(crate) fn load(lake: &Lake, digest: &str, visits: &[Row<'_>], others: &[(&str, Vec<Row<'_>>)]) -> LoadReport {
    let mut append = begin(lake, digest);
    assert_eq!(push(&mut append, "mdtrt_d", visits).refused, []);
    for (table, rows) in others {
        assert_eq!(push(&mut append, table, rows).refused, [], "{table}");
    }
    append.commit().unwrap()
}
