//! `drord_d`（医嘱信息表）.

use super::ColumnKind::{Code, Moment, Quantity, Text};
use super::{Table, column, columns};
use crate::code::CodeKind;

/// Orders; optional in every delivery.
pub(super) const ORDER: Table = Table {
    name: "drord_d",
    zh: "医嘱信息表",
    aliases: &[],
    columns: columns![
        column("drord_detl_id", "医嘱明细ID", Text).key_where_given(),
        column("drord_no", "医嘱号", Text).key(),
        column("mdtrt_id", "就诊ID", Text).key(),
        column("psn_no", "人员编号", Text),
        column("psn_insu_rlts_id", "人员参保关系ID", Text),
        column("fixmedins_code", "定点医药机构编号", Code(CodeKind::Institution)),
        column("drord_dept_codg", "医嘱科室编码", Text),
        column("drord_dept_name", "医嘱科室名称", Text),
        column("drord_dr_code", "医嘱医师代码", Code(CodeKind::Doctor)),
        column("drord_dr_name", "医嘱医师姓名", Text),
        column("drord_type", "医嘱类别", Text),
        column("drord_begntime", "医嘱开嘱时间", Moment),
        column("drord_endtime", "医嘱停嘱时间", Moment),
        column("medins_list_codg", "医药机构目录编码", Text),
        column("medins_list_name", "医药机构目录名称", Text),
        column("med_list_codg", "医疗目录编码", Code(CodeKind::Item)),
        column("drord_spec", "医嘱规格", Text),
        column("frqu_dscr", "用药频次描述", Text),
        column("medc_way_dscr", "用药途径描述", Text),
        column("sin_dos", "单次剂量", Quantity),
        column("sin_dosunt", "单次剂量单位", Text),
        column("drord_used_cnt", "医嘱使用数量", Quantity),
        column("drord_used_unt", "医嘱使用单位", Text),
        column("used_days", "使用天数", Quantity),
        column("dismed_amt", "发药总量", Quantity),
        column("dismed_unt", "发药总量单位", Text),
    ],
};
