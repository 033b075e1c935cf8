//! `dr_info_b`（医师信息表）.

use super::ColumnKind::{Code, Day, Flag, Text};
use super::{Table, column, columns};
use crate::code::CodeKind;

/// Doctors. Rows are dated（readings 32）.
pub(super) const DOCTOR: Table = Table {
    name: "dr_info_b",
    zh: "医师信息表",
    aliases: &[],
    columns: columns![
        column("dr_code", "医师代码", Code(CodeKind::Doctor)).key(),
        column("dr_name", "医师姓名", Text),
        column("dr_prac_type", "执业类别", Text),
        column("dr_prac_scp_code", "执业范围代码", Text),
        column("dr_prac_scp_name", "执业范围名称", Text),
        column("mul_prac_flag", "多点执业标志", Flag),
        column("main_pracins_no", "主执业机构编号", Code(CodeKind::Institution)),
        column("main_pracins_name", "主执业机构名称", Text),
        column("fixmedins_code", "定点医药机构编号", Code(CodeKind::Institution)),
        column("begntime", "开始时间", Day).key_where_given(),
        column("endtime", "结束时间", Day),
        column("nemp_time", "离职时间", Day),
        column("prac_stas", "执业状态", Text),
        column("dr_pro_tech_duty", "专业技术职务", Text),
        column("cred_lv", "信用等级", Text),
        column("vola_bhvr", "违规行为", Text),
        column("cntr_begntime", "协议开始时间", Day),
        column("cntr_endtime", "协议结束时间", Day),
    ],
};
