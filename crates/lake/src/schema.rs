//! Arrow schemas of the national tables, as delivered and as stored, and the order in which rows lie.

use std::sync::Arc;

use claims::table::{Column, ColumnKind, Table};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// Partition column: month of the visit's begin, `2026-03`.
pub const VISIT_MONTH: &str = "visit_month";
/// Partition column: shard of the visit's institution.
pub const SHARD: &str = "shard";
/// Number of the delivery that brought the row.
pub const DELIVERY: &str = "delivery";
/// Digest of the file that brought the row.
pub const SOURCE: &str = "source";
/// Keyed hash of the certificate number, in place of `certno`.
pub const CERT_HASH: &str = "cert_hash";

/// Tables whose rows lie in the partition of their visit.
pub const CLUSTERED: [&str; 6] = ["mdtrt_d", "setl_d", "fee_list_d", "setl_list_diag_d", "setl_list_oprn_d", "drord_d"];

/// Whether rows of this table lie in the partition of their visit.
pub fn is_clustered(table: &str) -> bool {
    CLUSTERED.contains(&table)
}

/// Arrow type of a kind of column.
pub fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Text | ColumnKind::Code(_) | ColumnKind::Flag => DataType::Utf8,
        // Delta knows no coarser time than microseconds.
        ColumnKind::Moment => DataType::Timestamp(TimeUnit::Microsecond, None),
        ColumnKind::Day => DataType::Date32,
        ColumnKind::Amount => DataType::Decimal128(18, 2),
        ColumnKind::Price => DataType::Decimal128(18, 6),
        ColumnKind::Quantity => DataType::Decimal128(18, 4),
        ColumnKind::Ratio => DataType::Decimal128(9, 4),
        ColumnKind::Int => DataType::Int32,
    }
}

fn field(column: &Column) -> Field {
    Field::new(column.name, data_type(column.kind), true)
}

/// The columns that a caller pushes: all national columns of the table, personal ones too, in the table's order.
pub fn arrow(table: &Table) -> SchemaRef {
    Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>()))
}

/// The columns inside a data file: without personal columns and partition columns, with our own.
pub fn in_file(table: &Table) -> SchemaRef {
    let mut fields: Vec<Field> = table.columns.iter().filter(|column| !column.personal).map(field).collect();
    if is_clustered(table.name) && table.column("fixmedins_code").is_none() {
        fields.push(Field::new("fixmedins_code", DataType::Utf8, true));
    }
    if table.columns.iter().any(|column| column.name == "certno") {
        fields.push(Field::new(CERT_HASH, DataType::Utf8, true));
    }
    // A national column of this name (a register's own source) stays; ours then makes way.
    fields.push(Field::new(DELIVERY, DataType::Int64, true));
    if table.column(SOURCE).is_none() {
        fields.push(Field::new(SOURCE, DataType::Utf8, true));
    } else {
        fields.push(Field::new(SOURCE_FILE, DataType::Utf8, true));
    }
    Arc::new(Schema::new(fields))
}

/// Our `source` where the national table has a column of that name itself.
pub const SOURCE_FILE: &str = "source_file";

/// Name of the column that holds the digest of the file that brought the row.
pub fn source_column(table: &Table) -> &'static str {
    if table.columns.iter().any(|column| column.name == SOURCE) { SOURCE_FILE } else { SOURCE }
}

/// All columns of the stored table, as SQL sees them.
pub fn stored(table: &Table) -> SchemaRef {
    let inside = in_file(table);
    let mut fields: Vec<Field> = inside.fields().iter().map(|field| field.as_ref().clone()).collect();
    if is_clustered(table.name) {
        fields.push(Field::new(VISIT_MONTH, DataType::Utf8, true));
        fields.push(Field::new(SHARD, DataType::Int32, true));
    }
    Arc::new(Schema::new(fields))
}

/// Partition columns of a table.
pub fn partition_columns(table: &str) -> &'static [&'static str] {
    if is_clustered(table) { &[VISIT_MONTH, SHARD] } else { &[] }
}

/// Order（排序）: by which columns rows of a table lie in a file.
///
/// In a clustered table they lie by institution and person first, which is not repeated here.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// Rows equal in these belong together: the visit, or the whole key of a table that is not clustered.
    pub(crate) group: Vec<&'static str>,
    /// Order inside a group.
    pub(crate) tail: Vec<&'static str>,
    /// What tells rows of a group apart.
    pub(crate) key: Vec<&'static str>,
}

/// The order of a table's rows.
pub(crate) fn order(table: &'static Table) -> Order {
    let keys: Vec<&'static str> = table.key().map(|column| column.name).collect();
    if is_clustered(table.name) {
        let key: Vec<_> = keys.into_iter().filter(|name| *name != "mdtrt_id").collect();
        let time = match table.name {
            "fee_list_d" => Some("fee_ocur_time"),
            "setl_d" => Some("setl_time"),
            "drord_d" => Some("drord_begntime"),
            _ => None,
        };
        let tail = time.into_iter().chain(key.iter().copied()).collect();
        return Order { group: vec!["mdtrt_id"], tail, key };
    }
    let group = match table.name {
        // Stock is read as one item's movements in time; trace codes are compared across institutions.
        "inv_d" => first_then(&["fixmedins_code", "med_list_codg", "inv_chg_time"], keys),
        "drugtracinfo" => first_then(&["drug_trac_codg"], keys),
        _ => keys,
    };
    Order { group, tail: Vec::new(), key: Vec::new() }
}

fn first_then(first: &[&'static str], keys: Vec<&'static str>) -> Vec<&'static str> {
    let rest = keys.into_iter().filter(|name| !first.contains(name));
    first.iter().copied().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use claims::table::{table, tables};

    use super::*;

    #[test]
    fn nothing_personal_is_stored_in_the_open() {
        for table in tables() {
            let stored = stored(table);
            for column in table.columns.iter().filter(|column| column.personal) {
                assert!(stored.field_with_name(column.name).is_err(), "{}.{}", table.name, column.name);
            }
        }
        assert!(stored(table("psn_info_b").unwrap()).field_with_name(CERT_HASH).is_ok());
    }

    #[test]
    fn stored_columns_have_distinct_names() {
        for table in tables() {
            let stored = stored(table);
            let names: std::collections::HashSet<_> = stored.fields().iter().map(|field| field.name()).collect();
            assert_eq!(names.len(), stored.fields().len(), "{}", table.name);
        }
    }

    #[test]
    fn order_covers_the_key() {
        for table in tables() {
            let order = order(table);
            for key in table.key() {
                assert!(order.group.contains(&key.name) || order.key.contains(&key.name), "{}.{}", table.name, key.name);
            }
        }
    }
}
