//! Chart（归一化后的就诊档案）: everything one person had at one institution, after normalisation.
//!
//! A [`Folder`] is what was delivered. [`chart`] nets refunds, merges stays, works out ages, sexes, billable days and fund
//! shares, and marks dates that cannot be trusted. Rules see charts only, so each of these notions exists once.

mod assemble;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

pub use assemble::chart;

use crate::fund::{self, ShareUnknown};
use crate::lines::LineRow;
use crate::record::{Diagnosis, Institution, Operation, Order, Person, Settlement, Visit};
use crate::{Day, Fen, Moment, Quantity, Text, UnitPrice};

/// Folder（就诊档案）: all records of one person at one institution, as delivered.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// The person; unknown persons have only their number.
    pub person: Arc<Person>,
    /// The institution's dated rows, oldest first; empty when the register was not delivered.
    pub institution: Arc<[Institution]>,
    /// Institution（定点医药机构编号）.
    pub fixmedins_code: Text,
    /// Visits, in any order.
    pub visits: Vec<Visit>,
    /// Settlements of those visits.
    pub settlements: Vec<Settlement>,
    /// Diagnoses of those visits.
    pub diagnoses: Vec<Diagnosis>,
    /// Operations of those visits.
    pub operations: Vec<Operation>,
    /// Orders of those visits; empty when orders were not delivered.
    pub orders: Vec<Order>,
    /// Fee lines of those visits, each where it stands in its batch.
    pub lines: Vec<LineRow>,
}

/// Norms（归一化口径）: the regional readings that normalisation needs. Defaults are those of the national rule base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Norms {
    /// Whether the day of discharge counts as a billable day（出院日计费）.
    pub count_discharge_day: bool,
    /// Least lines before dates can be called unreliable.
    pub unreliable_min_lines: usize,
    /// Share of lines in one minute, in percent, above which dates are unreliable.
    pub unreliable_share_percent: usize,
    /// Hours within which an emergency visit before admission belongs to the stay（急诊转住院合并小时数）.
    pub emergency_merge_hours: i64,
    /// Codes, or beginnings of codes, of items that only newborns get（新生儿项目）.
    pub neonatal_items: BTreeSet<Text>,
}

impl Default for Norms {
    fn default() -> Self {
        Self {
            count_discharge_day: false,
            unreliable_min_lines: 10,
            unreliable_share_percent: 60,
            emergency_merge_hours: 24,
            // 新生儿特殊诊疗（3112.02）, 新生儿护理, 新生儿特殊护理.
            neonatal_items: ["00311202", "001201000070000"].into_iter().map(Text::from).collect(),
        }
    }
}

/// Class of care（就医方式）, from `med_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VisitClass {
    /// 住院
    Inpatient,
    /// 普通门诊
    Outpatient,
    /// 急诊
    Emergency,
    /// 门诊慢特病
    Chronic,
    /// 药店购药
    Pharmacy,
    /// 日间手术、家庭病床等: a class of its own, neither stay nor plain visit
    Special,
    /// 未知
    Unknown,
}

/// Sex（性别）: the codes 1 and 2; everything else is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

/// Age（年龄） on the day of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Completed years（周岁）.
    pub years: i32,
    /// Completed months.
    pub months: i32,
    /// Days; the day of birth is 0.
    pub days: i32,
}

/// A visit with what normalisation worked out about it.
#[derive(Clone, Debug)]
pub struct ChartVisit {
    /// As delivered.
    pub record: Visit,
    /// Class of care.
    pub class: VisitClass,
    /// Index of the stay it belongs to in [`Chart::stays`].
    pub stay: usize,
    /// Its settlements that stand (neither a refund nor refunded), as indexes into [`Chart::settlements`].
    pub settlements: Vec<usize>,
    /// Sex; unknown too when visit and person table disagree.
    pub sex: Option<Sex>,
    /// Whether visit and person table disagree about the sex.
    pub sex_conflict: bool,
    /// Birth date; unknown when it is a placeholder, impossible, or the two tables disagree.
    pub birth: Option<Day>,
    /// Day of death, from the visit, the person table or the death register.
    pub death: Option<Day>,
    /// Scheme that paid（险种类型）: of the standing settlement, else of the visit.
    pub insutype: Option<Text>,
    /// Insured region（参保地）.
    pub insu_admdvs: Option<Text>,
    /// Way of clearing（清算方式） of the standing settlement.
    pub clr_way: Option<Text>,
    /// Level on the day of the visit（医院等级）, from the dated register, else from the visit; none when unrated or unknown.
    pub hosp_lv: Option<Text>,
    /// Region of the place of treatment（就医地区划）: register, else characters 2–7 of the institution's code.
    pub region: Option<Text>,
    /// A baby was delivered or is billed here（新生儿标志 or a delivery in the stay）.
    pub baby_on_bill: bool,
    /// Number of babies; at least 1.
    pub babies: i32,
    /// An emergency or outpatient visit that ended shortly before an admission here, for visit-mode rules only.
    pub before_admission: bool,
}

/// Stay（合并后的住院，或一次门诊、购药）.
#[derive(Clone, Debug)]
pub struct Stay {
    /// Its first `mdtrt_id`: the subject key.
    pub id: Text,
    /// Its visits, in order of begin, as indexes into [`Chart::visits`].
    pub visits: Vec<usize>,
    /// Whether it is a hospital stay.
    pub inpatient: bool,
    /// Begin.
    pub begin: Moment,
    /// End; none while in hospital or not delivered.
    pub end: Option<Moment>,
    /// Day of the last service line: bounds an unknown end from below.
    pub last_service: Option<Day>,
    /// Billable days（计费床日数）: in-not-out, at least 1; none without an end.
    pub billable_days: Option<i32>,
    /// Dates of its lines cannot be trusted（费用时间不可靠）.
    pub dates_unreliable: bool,
    /// Why visits were merged, for the explanation.
    pub merged_by: Vec<MergeReason>,
}

/// Why two visits are one stay（合并原因）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MergeReason {
    /// 中途结算
    MidSettlement,
    /// 同一就诊ID再次结算
    SameVisitNumber,
    /// 转诊前就诊ID相连，同日或次日
    ReferredOnward,
    /// 同日转科、转账户
    WardChange,
}

/// A line that stands after refunds（净明细）.
#[derive(Clone, Debug)]
pub struct NetLine {
    /// As delivered.
    pub record: LineRow,
    /// Its own index into [`Chart::lines`].
    pub number: usize,
    /// Index into [`Chart::visits`].
    pub visit: usize,
    /// Standing settlement it belongs to, as an index into [`Chart::settlements`].
    pub settlement: Option<usize>,
    /// Day of service.
    pub day: Day,
    /// Quantity after refunds; always positive.
    pub cnt: Quantity,
    /// Amount after refunds.
    pub amount: Fen,
    /// In-scope amount after refunds; none when not delivered.
    pub in_scope: Option<Fen>,
    /// Numbers of the refund lines taken off.
    pub refunds: Vec<Text>,
    /// A baby's line on the mother's bill: judged with the baby's age and unknown sex.
    pub for_baby: bool,
    /// Age of who was served, on the day of service.
    pub age: Option<Age>,
    /// Sex of who was served.
    pub sex: Option<Sex>,
}

impl NetLine {
    /// National code, upper case, without a local suffix; none when not mapped.
    pub fn code(&self) -> Option<&Text> {
        self.record.national()
    }

    /// Unit price that was really billed: amount ÷ quantity.
    pub fn unit_price(&self) -> Option<UnitPrice> {
        UnitPrice::of(self.amount, self.cnt)
    }

    /// Ordering doctor; placeholders are none.
    pub fn doctor(&self) -> Option<&Text> {
        self.record.doctor()
    }
}

/// A fault found while normalising（数据问题）: shown as a data fault, never as a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFault {
    /// Catalogue code, such as `D030`.
    pub check: &'static str,
    /// Visit（就诊ID）.
    pub mdtrt_id: Text,
    /// Line, where one is meant.
    pub bkkp_sn: Option<Text>,
    /// What is wrong, in Chinese, with the values.
    pub message: String,
}

/// The normalised folder.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The person.
    pub person: Arc<Person>,
    /// The institution's dated rows.
    pub institution: Arc<[Institution]>,
    /// Institution（定点医药机构编号）.
    pub fixmedins_code: Text,
    /// Visits in order of begin.
    pub visits: Vec<ChartVisit>,
    /// Settlements as delivered, valid ones.
    pub settlements: Vec<Settlement>,
    /// Stays in order of begin.
    pub stays: Vec<Stay>,
    /// Diagnoses, grouped by visit.
    pub diagnoses: Vec<Diagnosis>,
    /// Operations, grouped by visit.
    pub operations: Vec<Operation>,
    /// Orders.
    pub orders: Vec<Order>,
    /// Standing lines in order of visit, time, number.
    pub lines: Vec<NetLine>,
    /// Faults met on the way.
    pub faults: Vec<ChartFault>,
    /// Fund shares of the lines of each settlement, worked out when one is asked for.
    pub(crate) shares: Vec<OnceLock<Shares>>,
}

/// Fund shares of the lines of one settlement: number of the line and share, or why they cannot be told.
type Shares = Result<Vec<(usize, Fen)>, ShareUnknown>;

impl Chart {
    /// Scheme that a line was paid by（险种类型）: its settlement's, else the visit's. One visit may be settled by two schemes.
    pub fn insutype(&self, line: &NetLine) -> Option<&Text> {
        let of_settlement = line.settlement.and_then(|settlement| self.settlements.get(settlement)?.insutype.as_ref());
        of_settlement.or_else(|| self.visits.get(line.visit)?.insutype.as_ref())
    }

    /// What the funds paid of a line, or why that cannot be told（readings 25）. Few lines are ever asked for, so the spreading of a
    /// settlement over its lines waits until one is.
    pub fn fund_share(&self, line: &NetLine) -> Result<Fen, ShareUnknown> {
        let settlement = line.settlement.ok_or(ShareUnknown::NoSettlement)?;
        let shares = self.shares[settlement].get_or_init(|| self.spread(settlement)).as_ref().map_err(|why| *why)?;
        let place = shares.binary_search_by_key(&line.number, |(number, _)| *number).map_err(|_| ShareUnknown::NoSettlement)?;
        Ok(shares[place].1)
    }

    fn spread(&self, settlement: usize) -> Shares {
        let mut lines: Vec<&NetLine> = self.lines.iter().filter(|line| line.settlement == Some(settlement)).collect();
        lines.sort_by(|a, b| a.record.id_order(&b.record));
        let in_scope: Vec<Option<Fen>> = lines.iter().map(|line| line.in_scope).collect();
        let shares = fund::line_shares(self.settlements[settlement].fund_pay_sumamt, &in_scope)?;
        let mut shares: Vec<(usize, Fen)> = lines.into_iter().map(|line| line.number).zip(shares).collect();
        shares.sort_unstable_by_key(|(number, _)| *number);
        Ok(shares)
    }
}
