//! `drugtracinfo`（药品追溯码信息表）.

use super::ColumnKind::{Code, Flag, Moment, Quantity, Text};
use super::{Table, column, columns};
use crate::code::CodeKind;

/// Trace codes scanned on sale（readings 30）.
pub(super) const TRACE: Table = Table {
    name: "drugtracinfo",
    zh: "药品追溯码信息表",
    aliases: &[],
    columns: columns![
        column("fixmedins_code", "定点医药机构编号", Code(CodeKind::Institution)).key(),
        column("mdtrt_id", "就诊ID", Text).key(),
        column("setl_id", "结算ID", Text).key_where_given(),
        column("bkkp_sn", "记账流水号", Text).key_where_given().also(&["feedetl_sn"]),
        column("psn_no", "人员编号", Text),
        column("med_list_codg", "医疗目录编码", Code(CodeKind::Item)),
        column("drug_trac_codg", "药品追溯码", Code(CodeKind::Trace)).key(),
        column("trdn_flag", "拆零标志", Flag),
        column("sel_retn_cnt", "销售/退货数量", Quantity),
        column("sel_retn_time", "销售/退货时间", Moment).key_where_given(),
    ],
};
