//! `death_register`（死亡登记表）.

use super::ColumnKind::{Day, Text};
use super::{Table, column, columns};

/// Deaths from outside registers（readings 22）.
pub(super) const DEATH: Table = Table {
    name: "death_register",
    zh: "死亡登记表",
    aliases: &[],
    columns: columns![
        column("psn_no", "人员编号", Text).key(),
        column("certno", "证件号码", Text).personal(),
        column("die_date", "死亡日期", Day).required(),
        column("source", "来源", Text),
    ],
};
