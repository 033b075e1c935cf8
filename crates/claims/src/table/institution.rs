//! `fixmedins_b`（定点医药机构信息表）.

use super::ColumnKind::{Code, Day, Flag, Text};
use super::{Table, column, columns};
use crate::code::CodeKind;

/// Designated institutions. Rows are dated: level, name and region change（readings 32）.
pub(super) const INSTITUTION: Table = Table {
    name: "fixmedins_b",
    zh: "定点医药机构信息表",
    aliases: &[],
    columns: columns![
        column("fixmedins_code", "定点医药机构编号", Code(CodeKind::Institution)).key(),
        column("medins_mgtcode", "医药机构管理码", Text),
        column("uscc", "统一社会信用代码", Text),
        column("orgcode", "组织机构代码", Text),
        column("fix_blng_admdvs_city", "定点归属市级医保区划", Code(CodeKind::Region)),
        column("fix_blng_admdvs", "定点归属医保区划", Code(CodeKind::Region)),
        column("fixmedins_name", "定点医药机构名称", Text),
        column("fixmedins_type", "定点医疗服务机构类型", Text),
        column("hosp_lv", "医院等级", Text),
        column("lmtpric_hosp_lv", "限价医院等级", Text),
        column("dedc_hosp_lv", "起付线医院等级", Text),
        column("begntime", "开始时间", Day).key_where_given(),
        column("endtime", "结束时间", Day),
        column("hi_resper_name", "医保办负责人姓名", Text).personal(),
        column("hi_resper_tel", "医保办负责人联系电话", Text).personal(),
        column("hi_resper_cert_type", "医保办负责人证件类型", Text),
        column("hi_resper_certno", "医保办负责人证件号码", Text).personal(),
        column("out_fixmedins_type", "异地医药机构类型", Text),
        column("fix_onln_open_flag", "定点联网开通标志", Flag),
        column("out_onln_open_type", "异地联网开通类型", Text),
        column("nat_plaf_code", "国家异地平台机构编号", Text),
        column("prov_plaf_code", "省内异地平台机构编号", Text),
    ],
};
