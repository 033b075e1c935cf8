//! Event（事件）: what the visit pass tells the timeline pass about a person, or about a pack by its trace code. Few and narrow.

use claims::chart::{Chart, ChartVisit, NetLine, Stay};
use claims::record::FUND_COLUMNS;
use claims::{Day, Fen, Moment, Quantity, Text, diagnosis};
use rulebook::finding::line_id;
use serde::{Deserialize, Serialize};

use crate::context::{RunContext, hash};
use crate::view::class_word;

/// An event of one person, or of one pack.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Event {
    Stay(StayEvent),
    Visit(VisitEvent),
    Use(Box<UseEvent>),
    Sale(Box<SaleEvent>),
}

impl Event {
    /// What it is about: the person, the same for all numbers of one; or the pack, which may be sold to several. Never zero, which is
    /// the key of what is decided.
    pub(crate) fn key(&self, context: &RunContext) -> u64 {
        let of_person = |psn_no: &str| context.identity(psn_no, psn_no);
        let key = match self {
            Self::Stay(e) => of_person(&e.psn_no),
            Self::Visit(e) => of_person(&e.psn_no),
            Self::Use(e) => of_person(&e.psn_no),
            Self::Sale(e) => hash(&e.code),
        };
        key.max(1)
    }
}

/// A line as the timeline needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct EventLine {
    pub(crate) line_id: String,
    pub(crate) day: Day,
    pub(crate) time: Moment,
    pub(crate) cnt: Quantity,
    pub(crate) amount: Fen,
    pub(crate) in_scope: Option<Fen>,
    pub(crate) fund: Option<Fen>,
    /// What each fund paid of the settlement, in the order of `FUND_COLUMNS`.
    pub(crate) weights: Vec<i64>,
    pub(crate) setl_id: Option<String>,
    pub(crate) doctor: Option<String>,
    pub(crate) index_only: bool,
}

/// A hospital stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StayEvent {
    pub(crate) psn_no: String,
    pub(crate) fixmedins_code: String,
    pub(crate) region: Option<String>,
    pub(crate) id: String,
    pub(crate) begin: Moment,
    pub(crate) end: Option<Moment>,
    pub(crate) last_service: Option<Day>,
    pub(crate) dates_unreliable: bool,
    pub(crate) main_diagnosis: Option<String>,
    pub(crate) dscg_way: Option<String>,
    pub(crate) med_type: Option<String>,
    pub(crate) cycle_therapy: bool,
    pub(crate) newborn: bool,
    pub(crate) referred_from: Option<String>,
    pub(crate) members: Vec<String>,
    pub(crate) insutype: Option<String>,
    pub(crate) insu_admdvs: Option<String>,
    pub(crate) lines: Vec<EventLine>,
}

/// An outpatient visit or purchase that falls within a stay of the same person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct VisitEvent {
    pub(crate) psn_no: String,
    pub(crate) fixmedins_code: String,
    pub(crate) region: Option<String>,
    pub(crate) mdtrt_id: String,
    pub(crate) class: Option<String>,
    pub(crate) day: Day,
    pub(crate) insutype: Option<String>,
    pub(crate) insu_admdvs: Option<String>,
    pub(crate) lines: Vec<EventLine>,
}

/// A use of an item that a course or period rule counts, with the limits that its knowledge row and parameters set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UseEvent {
    pub(crate) rule: u16,
    pub(crate) group: String,
    pub(crate) psn_no: String,
    pub(crate) fixmedins_code: String,
    pub(crate) mdtrt_id: String,
    pub(crate) stay_id: String,
    pub(crate) insutype: Option<String>,
    pub(crate) insu_admdvs: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) name: String,
    pub(crate) point: String,
    pub(crate) line: EventLine,
    pub(crate) limit: Option<i64>,
    pub(crate) days: Option<i64>,
    pub(crate) reach: Option<String>,
    pub(crate) new_course_after: Option<i64>,
    pub(crate) least_gap: Option<i64>,
    /// Days are counted from the first use on, used or not.
    pub(crate) by_span: bool,
    /// Certain to be a use in scope; else it may be one, and these facts are missing.
    pub(crate) certain: bool,
    /// A use counts towards the course, but only a chargeable one is charged（readings 15）.
    pub(crate) chargeable: bool,
    pub(crate) missing: Vec<String>,
    pub(crate) grade: Option<(rulebook::Grade, String)>,
}

/// A sale of a pack that was scanned more than once; of packs sold in part there are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SaleEvent {
    pub(crate) code: Text,
    pub(crate) setl_id: String,
    pub(crate) mdtrt_id: String,
    pub(crate) fixmedins_code: String,
    pub(crate) psn_no: String,
    pub(crate) region: Option<String>,
    pub(crate) insutype: Option<String>,
    pub(crate) insu_admdvs: Option<String>,
    pub(crate) at: Option<Moment>,
    /// Its line; none where the scan names none. A line that does not stand has no amount.
    pub(crate) line: Option<EventLine>,
    /// The price of one pack, as it was billed.
    pub(crate) price: Fen,
    /// What is missing before it is certain that a whole pack was sold, and when.
    pub(crate) missing: Option<String>,
}

impl StayEvent {
    /// Category（类目） of the main diagnosis: its first three characters.
    pub(crate) fn category(&self) -> Option<&str> {
        self.main_diagnosis.as_deref().map(diagnosis::category)
    }

    /// The event of a stay; its lines only where they may be charged.
    pub(crate) fn of(chart: &Chart, stay: &Stay, cycle_therapy: bool, with_lines: bool) -> Self {
        let first = &chart.visits[stay.visits[0]];
        let last = stay.visits.last().map_or(first, |v| &chart.visits[*v]);
        let of_stay = |line: &&NetLine| with_lines && stay.visits.contains(&line.visit);
        let lines = chart.lines.iter().filter(of_stay).map(|l| EventLine::of(chart, l)).collect();
        Self {
            psn_no: first.record.psn_no.to_string(),
            fixmedins_code: chart.fixmedins_code.to_string(),
            region: first.region.as_ref().map(ToString::to_string),
            id: stay.id.to_string(),
            begin: stay.begin,
            end: stay.end,
            last_service: stay.last_service,
            dates_unreliable: stay.dates_unreliable,
            main_diagnosis: main_diagnosis(chart, stay),
            dscg_way: last.record.dscg_way.as_ref().map(ToString::to_string),
            med_type: first.record.med_type.as_ref().map(ToString::to_string),
            cycle_therapy,
            newborn: first.record.nwb_flag == Some(true) && !first.baby_on_bill,
            referred_from: first.record.refl_old_mdtrt_id.as_ref().map(ToString::to_string),
            members: stay.visits.iter().map(|v| chart.visits[*v].record.mdtrt_id.to_string()).collect(),
            insutype: first.insutype.as_ref().map(ToString::to_string),
            insu_admdvs: first.insu_admdvs.as_ref().map(ToString::to_string),
            lines,
        }
    }
}

/// Main diagnosis of a stay: as discharged, else the diagnosis marked main.
fn main_diagnosis(chart: &Chart, stay: &Stay) -> Option<String> {
    let visits = || stay.visits.iter().rev().map(|v| &chart.visits[*v].record);
    visits().find_map(|v| v.dscg_maindiag_code.as_ref()).map(ToString::to_string).or_else(|| {
        let of_stay = |id: &str| visits().any(|v| &*v.mdtrt_id == id);
        chart.diagnoses.iter().find(|d| d.maindiag_flag && of_stay(&d.mdtrt_id)).map(|d| d.diag_code.to_string())
    })
}

impl VisitEvent {
    pub(crate) fn of(chart: &Chart, index: usize) -> Self {
        let visit = &chart.visits[index];
        Self {
            psn_no: visit.record.psn_no.to_string(),
            fixmedins_code: chart.fixmedins_code.to_string(),
            region: visit.region.as_ref().map(ToString::to_string),
            mdtrt_id: visit.record.mdtrt_id.to_string(),
            class: class_word(visit.class).map(str::to_owned),
            day: visit.record.begntime.day(),
            insutype: visit.insutype.as_ref().map(ToString::to_string),
            insu_admdvs: visit.insu_admdvs.as_ref().map(ToString::to_string),
            lines: chart.lines.iter().filter(|l| l.visit == index).map(|l| EventLine::of(chart, l)).collect(),
        }
    }
}

impl EventLine {
    pub(crate) fn of(chart: &Chart, line: &NetLine) -> Self {
        let visit = &chart.visits[line.visit];
        let settlement = line.settlement.map(|s| &chart.settlements[s]);
        Self {
            line_id: line_id(line.record.mdtrt_id(), line.record.bkkp_sn()),
            day: line.day,
            time: line.record.fee_ocur_time(),
            cnt: line.cnt,
            amount: line.amount,
            in_scope: line.in_scope,
            fund: chart.fund_share(line).ok(),
            weights: FUND_COLUMNS
                .iter()
                .map(|(name, _)| settlement.and_then(|s| s.funds.iter().find(|(f, _)| f == name)).map_or(0, |(_, v)| v.0))
                .collect(),
            setl_id: settlement.map(|s| s.setl_id.to_string()),
            doctor: line.doctor().map(ToString::to_string),
            index_only: paid_by_case(visit),
        }
    }
}

/// Whether line amounts of a visit are for reference only: it was paid by single disease, bed-day or DRG（readings 20）.
pub(crate) fn paid_by_case(visit: &ChartVisit) -> bool {
    matches!(visit.clr_way.as_deref(), Some("02" | "03" | "05"))
}
