//! Records as institutions deliver them, after import has read their columns. Fields carry the national column names.

use crate::{Day, Fen, Moment, Quantity, Text, UnitPrice};

/// Line（费用明细）: one row of `fee_list_d`.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Bookkeeping number（记账流水号）, unique only inside one visit.
    pub bkkp_sn: Text,
    /// Visit（就诊ID）.
    pub mdtrt_id: Text,
    /// Settlement（结算ID）.
    pub setl_id: Option<Text>,
    /// Prescription or order number（处方/医嘱号）.
    pub rx_drord_no: Option<Text>,
    /// Time of service（费用发生时间）; midnight means that only the day is known.
    pub fee_ocur_time: Moment,
    /// National code（医疗目录编码）; none where the institution's own item is not mapped.
    pub med_list_codg: Option<Text>,
    /// Institution's own item name（医药机构目录名称）, or the catalogue's.
    pub name: Option<Text>,
    /// Catalogue kind（目录类别）: 101 drugs, 102 herbs, 201 services, 301 consumables.
    pub list_type: Option<Text>,
    /// Charge category（医疗收费项目类别）.
    pub med_chrgitm_type: Option<Text>,
    /// Quantity（数量）; negative on a refund.
    pub cnt: Quantity,
    /// Unit price（单价）.
    pub pric: Option<UnitPrice>,
    /// Amount（明细项目费用总额）.
    pub det_item_fee_sumamt: Fen,
    /// Part within the policy's scope（符合范围金额）: what the fund shares in.
    pub inscp_amt: Option<Fen>,
    /// Number of the line refunded（原费用流水号）.
    pub init_feedetl_sn: Option<Text>,
    /// Not withdrawn（有效标志）.
    pub vali_flag: bool,
    /// Ordering doctor（开单医师代码）.
    pub bilg_dr_code: Option<Text>,
    /// Ordering department（开单科室编码）.
    pub bilg_dept_codg: Option<Text>,
    /// Maternity charge（生育费用标志）.
    pub matn_fee_flag: Option<bool>,
    /// Filled outside the hospital（处方流转标志）.
    pub rx_circ_flag: Option<bool>,
    /// Drug to take home（出院带药标志）.
    pub dscg_tkdrug_flag: Option<bool>,
}

impl Line {
    /// Id of the line（明细标识）, `mdtrt_id:bkkp_sn`: the bookkeeping number alone is unique only inside its visit.
    pub fn id(&self) -> String {
        format!("{}:{}", self.mdtrt_id, self.bkkp_sn)
    }

    /// The order of two lines by their ids as bytes, without writing the ids down.
    pub fn id_order(&self, other: &Self) -> std::cmp::Ordering {
        if self.mdtrt_id == other.mdtrt_id {
            return self.bkkp_sn.cmp(&other.bkkp_sn);
        }
        let bytes = |line: &Self| [&*line.mdtrt_id, ":", &*line.bkkp_sn].concat().into_bytes();
        bytes(self).cmp(&bytes(other))
    }
}

/// Visit（就诊）: one row of `mdtrt_d`, a stay or an outpatient visit or a purchase.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Visit（就诊ID）.
    pub mdtrt_id: Text,
    /// Person（人员编号）.
    pub psn_no: Text,
    /// Institution（定点医药机构编号）.
    pub fixmedins_code: Text,
    /// Kind of care（医疗类别）.
    pub med_type: Option<Text>,
    /// Begin, or admission（开始时间）.
    pub begntime: Moment,
    /// End, or discharge（结束时间）; none while in hospital or not delivered.
    pub endtime: Option<Moment>,
    /// Scheme（险种类型）.
    pub insutype: Option<Text>,
    /// Insured region（参保所属医保区划）.
    pub insu_admdvs: Option<Text>,
    /// Sex as registered at the visit（性别）, `1` or `2`.
    pub gend: Option<Text>,
    /// Birth date as registered at the visit（出生日期）.
    pub brdy: Option<Day>,
    /// Hospital level at the visit（医院等级）.
    pub hosp_lv: Option<Text>,
    /// Chief doctor（主诊医师代码）.
    pub chfpdr_code: Option<Text>,
    /// A newborn's own visit or a baby billed here（新生儿标志）.
    pub nwb_flag: Option<bool>,
    /// Visit before the transfer（转诊前就诊ID）.
    pub refl_old_mdtrt_id: Option<Text>,
    /// Ward changed during the stay（转科室标志）.
    pub traf_dept_flag: Option<bool>,
    /// Admission department（入院科室编码）.
    pub adm_dept_codg: Option<Text>,
    /// Way of leaving（离院方式）: 1 order, 2 transferred, 3 community, 4 against advice, 5 died, 9 other.
    pub dscg_way: Option<Text>,
    /// Main diagnosis at discharge（住院主诊断代码）.
    pub dscg_maindiag_code: Option<Text>,
    /// Death（死亡日期）.
    pub die_date: Option<Day>,
    /// Days in hospital as reported（住院天数）.
    pub ipt_days: Option<i32>,
    /// Kind of maternity care（生育类别）.
    pub matn_type: Option<Text>,
    /// Babies（胎儿数）.
    pub fetus_cnt: Option<i32>,
    /// Chronic or by-disease code（病种编号）.
    pub dise_no: Option<Text>,
    /// Not withdrawn（有效标志）.
    pub vali_flag: bool,
}

/// Settlement（结算）: one row of `setl_d`.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// Settlement（结算ID）.
    pub setl_id: Text,
    /// Visit（就诊ID）.
    pub mdtrt_id: Text,
    /// The settlement that this one refunds（原结算ID）.
    pub init_setl_id: Option<Text>,
    /// A refund, or refunded（退费结算标志）.
    pub refd_setl_flag: Option<bool>,
    /// Settled before discharge（中途结算标志）.
    pub mid_setl_flag: Option<bool>,
    /// Scheme（险种类型）.
    pub insutype: Option<Text>,
    /// Kind of care（医疗类别）.
    pub med_type: Option<Text>,
    /// Insured region（参保所属医保区划）.
    pub insu_admdvs: Option<Text>,
    /// Way of clearing（清算方式）: 01 by item, 02 single disease, 03 bed-day, 04 per capita, 05 DRG points.
    pub clr_way: Option<Text>,
    /// Time of settlement（结算时间）.
    pub setl_time: Option<Moment>,
    /// Total（医疗费总额）.
    pub medfee_sumamt: Option<Fen>,
    /// Paid by all funds（基金支付总额）.
    pub fund_pay_sumamt: Option<Fen>,
    /// What each fund paid, by its column (`hifp_pay`, `maf_pay` …), in the order of [`FUND_COLUMNS`].
    pub funds: Vec<(&'static str, Fen)>,
    /// Paid from a family account（账户共济支付金额）; `None` or zero otherwise.
    pub acct_mulaid_pay: Option<Fen>,
    /// Not withdrawn（有效标志）.
    pub vali_flag: bool,
}

/// The funds that a settlement names（各基金支出）: column and Chinese name. `fund_pay_sumamt` is their sum.
pub const FUND_COLUMNS: [(&str, &str); 8] = [
    ("hifp_pay", "统筹基金"),
    ("cvlserv_pay", "公务员医疗补助"),
    ("hifes_pay", "补充医疗保险"),
    ("hifmi_pay", "大病补充医疗保险"),
    ("hifob_pay", "大额医疗补助"),
    ("hifdm_pay", "伤残人员医疗保障"),
    ("maf_pay", "医疗救助"),
    ("othfund_pay", "其他基金"),
];

/// Diagnosis（诊断）: one row of `setl_list_diag_d`.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// Visit（就诊ID）.
    pub mdtrt_id: Text,
    /// Code（诊断代码）, ICD-10 医保版, upper case.
    pub diag_code: Text,
    /// Name（诊断名称）.
    pub diag_name: Option<Text>,
    /// Main diagnosis（主诊断标志）.
    pub maindiag_flag: bool,
    /// Kind（诊断类别）: 1 western, 2 TCM disease, 3 TCM syndrome.
    pub diag_type: Option<Text>,
}

/// Operation（手术操作）: one row of `setl_list_oprn_d`.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Visit（就诊ID）.
    pub mdtrt_id: Text,
    /// Code（手术操作代码）, ICD-9-CM-3 医保版.
    pub oprn_oprt_code: Text,
    /// Day（手术操作日期）.
    pub oprn_oprt_date: Option<Day>,
    /// Begin（手术开始时间）.
    pub oprn_oprt_begntime: Option<Moment>,
    /// End（手术结束时间）.
    pub oprn_oprt_endtime: Option<Moment>,
}

/// Order（医嘱）: one row of `drord_d`.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Visit（就诊ID）.
    pub mdtrt_id: Text,
    /// Order number（医嘱号）.
    pub drord_no: Text,
    /// National code（医疗目录编码）.
    pub med_list_codg: Option<Text>,
    /// Begin（开嘱时间）.
    pub drord_begntime: Option<Moment>,
    /// Stop（停嘱时间）.
    pub drord_endtime: Option<Moment>,
}

/// Person（参保人）: one row of `psn_info_b`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// Person（人员编号）.
    pub psn_no: String,
    /// Sex（性别）, `1` or `2`.
    pub gend: Option<Text>,
    /// Birth date（出生日期）; default and impossible dates are none.
    pub brdy: Option<Day>,
    /// Marked as dead（生存状态）.
    pub dead: Option<bool>,
    /// Death（死亡日期）, from here or from the death register.
    pub die_date: Option<Day>,
    /// Keyed hash of the certificate number, the same for all numbers of one person.
    pub cert_hash: Option<Text>,
}

impl Person {
    /// Who it is（身份）: the hash of the certificate where there is one, since a person may have several numbers（rules 4.13,
    /// readings 37）, else the number.
    pub fn identity(&self) -> &str {
        self.cert_hash.as_deref().unwrap_or(&self.psn_no)
    }
}

/// Institution（定点医药机构）: one dated row of `fixmedins_b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Institution {
    /// Institution（定点医药机构编号）: H or P and eleven digits.
    pub fixmedins_code: Text,
    /// Name（机构名称）.
    pub fixmedins_name: Option<Text>,
    /// Kind（定点机构类型）: 1 medical institution, 2 pharmacy.
    pub fixmedins_type: Option<Text>,
    /// Level（医院等级）: 01–03 tertiary …, 11 unrated.
    pub hosp_lv: Option<Text>,
    /// Region（定点归属医保区划）.
    pub fix_blng_admdvs: Option<Text>,
    /// In force from（开始时间）; none means always.
    pub begntime: Option<Day>,
    /// In force to, inclusive（结束时间）.
    pub endtime: Option<Day>,
}

/// Stock movement（库存变更）: one row of `inv_d`.
#[derive(Clone, Debug, PartialEq)]
pub struct StockMovement {
    /// Institution（定点医药机构编号）.
    pub fixmedins_code: Text,
    /// National code（医疗目录编码）.
    pub med_list_codg: Text,
    /// Type（库存变更类型）: 101–111, or `count` for a stocktake.
    pub inv_chg_type: Text,
    /// When（库存变更时间）.
    pub inv_chg_time: Moment,
    /// Quantity（数量）, in `unt`.
    pub cnt: Quantity,
    /// Unit（单位）; none means the smallest priced unit.
    pub unt: Option<Text>,
}

/// Trace scan（药品追溯码）: one row of `drugtracinfo`.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceScan {
    /// Institution（定点医药机构编号）.
    pub fixmedins_code: Text,
    /// Visit（就诊ID）.
    pub mdtrt_id: Text,
    /// Settlement（结算ID）.
    pub setl_id: Option<Text>,
    /// Line（记账流水号）.
    pub bkkp_sn: Option<Text>,
    /// Person（人员编号）.
    pub psn_no: Option<Text>,
    /// National code（医疗目录编码）.
    pub med_list_codg: Option<Text>,
    /// Trace code（追溯码）.
    pub drug_trac_codg: Text,
    /// Sold in part（拆零标志）.
    pub trdn_flag: Option<bool>,
    /// Packs sold, or negative where they came back（销售/退货数量）; none means one sold.
    pub sel_retn_cnt: Option<Quantity>,
    /// When（销售/退货时间）.
    pub sel_retn_time: Option<Moment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_of_one_certificate_are_one_person() {
        let person = |number: &str, hash: Option<&str>| Person {
            psn_no: number.into(),
            cert_hash: hash.map(Into::into),
            ..Person::default()
        };
        assert_eq!(person("1", Some("h")).identity(), person("2", Some("h")).identity());
        assert_eq!(person("1", None).identity(), "1");
    }
}
