//! `inv_d`（库存变更信息表）.

use super::ColumnKind::{Code, Moment, Price, Quantity, Text};
use super::{Table, column, columns};
use crate::code::CodeKind;

/// Stock movements and counts（readings 30）. The messages 3501–3504 arrive under the aliases.
pub(super) const STOCK: Table = Table {
    name: "inv_d",
    zh: "库存变更信息表",
    aliases: &[],
    columns: columns![
        column("fixmedins_code", "定点医药机构编号", Code(CodeKind::Institution)).key(),
        column("med_list_codg", "医疗目录编码", Code(CodeKind::Item)).key(),
        column("fixmedins_hilist_id", "定点医药机构目录编号", Text),
        column("fixmedins_hilist_name", "定点医药机构目录名称", Text),
        column("inv_chg_type", "库存变更类型", Text).key(),
        column("inv_chg_time", "库存变更时间", Moment).key().also(&["invdate", "purc_retn_stoin_time", "sel_retn_time"]),
        column("cnt", "数量", Quantity).required().also(&["inv_cnt", "purc_retn_cnt", "sel_retn_cnt"]),
        column("unt", "单位", Text),
        column("pric", "单价", Price).also(&["finl_trns_pric"]),
        column("manu_lotnum", "生产批号", Text).key_where_given(),
        column("fixmedins_bchno", "定点医药机构批次流水号", Text).key_where_given(),
        column("spler_name", "供应商名称", Text),
        column("purc_invo_no", "采购发票号", Text).key_where_given(),
        column("rx_flag", "处方药标志", Text),
    ],
};
