//! `psn_info_b`（个人基本信息表）.

use super::ColumnKind::{Code, Day, Text};
use super::{Table, column, columns};
use crate::code::CodeKind;

/// Insured persons.
pub(super) const PERSON: Table = Table {
    name: "psn_info_b",
    zh: "个人基本信息表",
    aliases: &[],
    columns: columns![
        column("psn_no", "人员编号", Text).key(),
        column("psn_name", "人员姓名", Text).personal(),
        column("gend", "性别", Text),
        column("brdy", "出生日期", Day),
        column("psn_cert_type", "人员证件类型", Text),
        column("certno", "证件号码", Text).personal(),
        column("naty", "民族", Text),
        column("tel", "联系电话", Text).personal().also(&["mob"]),
        column("addr", "联系地址", Text).personal(),
        column("hsreg_addr", "户籍地址", Text).personal(),
        column("surv_stas", "生存状态", Text),
        column("die_date", "死亡日期", Day),
        column("live_admdvs", "居住地医保区划", Code(CodeKind::Region)),
        column("resd_natu", "户口性质", Text),
    ],
};
