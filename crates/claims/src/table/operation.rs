//! `setl_list_oprn_d`（手术操作信息表）.

use super::ColumnKind::{Code, Day, Flag, Moment, Text};
use super::{Table, column, columns};
use crate::code::CodeKind;

/// Operations of visits.
pub(super) const OPERATION: Table = Table {
    name: "setl_list_oprn_d",
    zh: "手术操作信息表",
    aliases: &[],
    columns: columns![
        column("setl_id", "结算ID", Text),
        column("mdtrt_id", "就诊ID", Text).key(),
        column("psn_no", "人员编号", Text),
        column("oprn_oprt_type", "手术操作类别", Text),
        column("main_oprn_flag", "主手术操作标志", Flag),
        column("oprn_oprt_code", "手术操作代码", Code(CodeKind::Operation)).key(),
        column("oprn_oprt_name", "手术操作名称", Text),
        column("oprn_oprt_date", "手术操作日期", Day).key_where_given(),
        column("oprn_oprt_begntime", "手术操作开始时间", Moment).key_where_given(),
        column("oprn_oprt_endtime", "手术操作结束时间", Moment),
        column("anst_way", "麻醉方式", Text),
        column("anst_begntime", "麻醉开始时间", Moment),
        column("anst_endtime", "麻醉结束时间", Moment),
        column("oper_dr_code", "术者医师代码", Code(CodeKind::Doctor)),
        column("oper_dr_name", "术者医师姓名", Text),
        column("anst_dr_code", "麻醉医师代码", Code(CodeKind::Doctor)),
        column("anst_dr_name", "麻醉医师姓名", Text),
    ],
};
