//! The national tables as data: their columns, what each holds, which must be there, and under which other names they come.
//!
//! The lake reads, checks and stores deliveries by these lists, and the synthetic city writes by them, so that a column is
//! named in one place. Names are those of the bureaus' tables; the interface's names are aliases.

mod death;
mod diagnosis;
mod doctor;
mod institution;
mod line;
mod operation;
mod order;
mod person;
mod settlement;
mod stock;
mod trace;
mod visit;

use crate::code::CodeKind;

/// Table（库表）: a national table, by the bureaus' name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Name, such as `setl_d`.
    pub name: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// Other names under which the table is delivered.
    pub aliases: &'static [&'static str],
    /// Columns, in the order in which we write them.
    pub columns: &'static [Column],
}

/// Column（字段） of a national table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name, such as `fee_ocur_time`.
    pub name: &'static str,
    /// Chinese name.
    pub zh: &'static str,
    /// What its values are.
    pub kind: ColumnKind,
    /// Whether a row may do without it.
    pub need: Need,
    /// Names a person, or leads to one: sealed on import, never stored in the open.
    pub personal: bool,
    /// Other names under which the column is delivered.
    pub aliases: &'static [&'static str],
}

/// Kind of value（字段类型）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Any text, or a value of a small code book.
    Text,
    /// A national code of a known structure, checked by [`crate::code::is_well_formed`].
    Code(CodeKind),
    /// Date and time, [`crate::Moment`].
    Moment,
    /// Date, [`crate::Day`].
    Day,
    /// Amount of money, two places, [`crate::Fen`].
    Amount,
    /// Unit price, six places, [`crate::UnitPrice`].
    Price,
    /// Quantity, four places, [`crate::Quantity`].
    Quantity,
    /// Ratio, four places, written `0.8000`.
    Ratio,
    /// Whole number.
    Int,
    /// `1` yes, `0` no.
    Flag,
}

/// Need（是否必填）: whether a row may do without a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Part of the key, always filled. A file without the column cannot be loaded.
    Key,
    /// Part of the key, but may be empty: an empty value is a key value like any other.
    KeyWhereGiven,
    /// Not part of the key, but a row without it says nothing that can be used.
    Required,
    /// May be absent.
    Optional,
}

impl Need {
    /// Whether it is part of the key.
    pub const fn is_key(self) -> bool {
        matches!(self, Self::Key | Self::KeyWhereGiven)
    }

    /// Whether every row must have a value.
    pub const fn must_be_filled(self) -> bool {
        matches!(self, Self::Key | Self::Required)
    }
}

impl Table {
    /// The column of this name or alias, in any case; a name of its own goes before an alias.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        let by_name = self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        by_name.or_else(|| self.columns.iter().find(|column| is_among(column.aliases, name)))
    }

    /// The columns that together tell one row from another.
    pub fn key(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.need.is_key())
    }
}

/// All national tables we read.
pub const fn tables() -> &'static [Table] {
    &TABLES
}

/// The table of this name or alias, in any case.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name.eq_ignore_ascii_case(name) || is_among(table.aliases, name))
}

static TABLES: [Table; 12] = [
    settlement::SETTLEMENT,
    visit::VISIT,
    line::LINE,
    diagnosis::DIAGNOSIS,
    operation::OPERATION,
    person::PERSON,
    institution::INSTITUTION,
    doctor::DOCTOR,
    order::ORDER,
    stock::STOCK,
    trace::TRACE,
    death::DEATH,
];

fn is_among(names: &[&str], name: &str) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

const fn column(name: &'static str, zh: &'static str, kind: ColumnKind) -> Column {
    Column { name, zh, kind, need: Need::Optional, personal: false, aliases: &[] }
}

impl Column {
    const fn key(self) -> Self {
        Self { need: Need::Key, ..self }
    }

    const fn key_where_given(self) -> Self {
        Self { need: Need::KeyWhereGiven, ..self }
    }

    const fn required(self) -> Self {
        Self { need: Need::Required, ..self }
    }

    const fn personal(self) -> Self {
        Self { personal: true, ..self }
    }

    const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
}

/// A table's own columns, then those at the tail of every national table.
macro_rules! columns {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            super::column("vali_flag", "有效标志", super::ColumnKind::Flag),
            super::column("memo", "备注", super::ColumnKind::Text),
            super::column("rid", "数据唯一记录号", super::ColumnKind::Text),
            super::column("crte_time", "创建时间", super::ColumnKind::Moment),
            super::column("updt_time", "更新时间", super::ColumnKind::Moment),
            super::column("optins_no", "经办机构编号", super::ColumnKind::Text),
            super::column("poolarea_no", "统筹区编号", super::ColumnKind::Text),
        ]
    };
}
use columns;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::record::FUND_COLUMNS;

    #[test]
    fn every_name_leads_to_one_column() {
        for table in tables() {
            let mut seen = HashSet::new();
            for column in table.columns {
                assert!(seen.insert(column.name), "{}.{} twice", table.name, column.name);
                assert!(!column.zh.is_empty(), "{}.{} has no Chinese name", table.name, column.name);
            }
            for alias in table.columns.iter().flat_map(|column| column.aliases) {
                assert!(seen.insert(alias), "{}.{alias} is an alias and another name too", table.name);
            }
            assert!(table.columns.iter().any(|column| column.need == Need::Key), "{} has no key", table.name);
        }
    }

    #[test]
    fn both_names_of_the_diagnosis_table_are_one_table() {
        assert_eq!(table("SETL_DIAG_LIST_D"), table("setl_list_diag_d"));
        assert!(table("nothing_d").is_none());
    }

    #[test]
    fn interface_names_lead_to_the_bureaus_columns() {
        let lines = table("fee_list_d").unwrap();
        for (interface, bureau) in [("feedetl_sn", "bkkp_sn"), ("INSCP_SCP_AMT", "inscp_amt"), ("bilg_dr_codg", "bilg_dr_code")] {
            assert_eq!(lines.column(interface).map(|column| column.name), Some(bureau));
        }
        assert_eq!(table("setl_d").unwrap().column("oth_pay").map(|column| column.name), Some("othfund_pay"));
        assert_eq!(table("mdtrt_d").unwrap().column("atddr_no").map(|column| column.name), Some("chfpdr_code"));
    }

    #[test]
    fn names_and_numbers_of_persons_are_marked() {
        for table in tables() {
            for name in ["certno", "psn_name", "tel", "addr", "mdtrt_cert_no"] {
                assert!(table.column(name).is_none_or(|column| column.personal), "{}.{name}", table.name);
            }
        }
    }

    #[test]
    fn a_line_has_what_rules_cannot_do_without() {
        let lines = table("fee_list_d").unwrap();
        let key: Vec<_> = lines.key().map(|column| column.name).collect();
        assert_eq!(key, ["mdtrt_id", "bkkp_sn"]);
        for name in ["fixmedins_code", "psn_no", "fee_ocur_time", "cnt", "det_item_fee_sumamt"] {
            assert_eq!(lines.column(name).map(|column| column.need), Some(Need::Required), "{name}");
        }
    }

    #[test]
    fn every_fund_is_an_amount_of_the_settlement() {
        let settlements = table("setl_d").unwrap();
        for (name, _) in FUND_COLUMNS {
            assert_eq!(settlements.column(name).map(|column| column.kind), Some(ColumnKind::Amount), "{name}");
        }
    }
}
