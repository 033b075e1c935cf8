//! `setl_list_diag_d`（诊断信息表）.

use super::ColumnKind::{Code, Flag, Int, Moment, Text};
use super::{Table, column, columns};
use crate::code::CodeKind;

/// Diagnoses of visits, in the settlement list's form.
pub(super) const DIAGNOSIS: Table = Table {
    name: "setl_list_diag_d",
    zh: "诊断信息表",
    aliases: &["setl_diag_list_d"],
    columns: columns![
        column("diag_info_id", "诊断信息ID", Text),
        column("setl_id", "结算ID", Text),
        column("mdtrt_id", "就诊ID", Text).key(),
        column("psn_no", "人员编号", Text),
        column("inout_diag_type", "出入院诊断类别", Text).key_where_given(),
        column("diag_type", "诊断类别", Text).key_where_given(),
        column("maindiag_flag", "主诊断标志", Flag),
        column("diag_srt_no", "诊断排序号", Int),
        column("diag_code", "诊断代码", Code(CodeKind::Disease)).key(),
        column("diag_name", "诊断名称", Text),
        column("adm_cond_type", "入院病情类型", Text).also(&["adm_cond"]),
        column("diag_dept", "诊断科室", Text),
        column("diag_dr_code", "诊断医师代码", Code(CodeKind::Doctor)).also(&["dise_dor_no"]),
        column("diag_dr_name", "诊断医师姓名", Text).also(&["dise_dor_name"]),
        column("diag_time", "诊断时间", Moment),
    ],
};
