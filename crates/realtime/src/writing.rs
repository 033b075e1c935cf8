//! Writing（写报文）: records as a hospital's system would send them. What rules say of a message is held against what they say of the
//! records afterwards, and load is made of it.

use claims::chart::Folder;
use claims::lines::LineRow;
use claims::record::{Diagnosis, Operation, Person, Settlement, Visit};
use claims::{Fen, Moment, Text};
use serde_json::{Map, Value, json};

use crate::envelope::Service;

/// Sending（发送）: what is sent of a folder.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    /// Which service is asked.
    pub service: Service,
    /// Number of the message.
    pub msgid: &'a str,
    /// Moment in the hospital's day（触发场景）.
    pub trig_scen: &'a str,
    /// The visit asked about.
    pub mdtrt_id: &'a str,
    /// Visits that are told beside it, by folder: what else the hospital knows of the person.
    pub beside: &'a [&'a Folder],
}

/// A message about a visit of a folder. Of the orders of that visit those in `current` are being entered; only orders that `written` admits
/// are told.
pub fn message(
    folder: &Folder,
    sending: &Sending<'_>,
    written: &dyn Fn(&LineRow) -> bool,
    current: &dyn Fn(&LineRow) -> bool,
) -> Value {
    let asked = folder.visits.iter().find(|visit| visit.mdtrt_id == sending.mdtrt_id);
    let sent = asked.map_or(Moment(0), |visit| visit.endtime.unwrap_or(visit.begntime));
    let own = folder.visits.iter().map(|visit| {
        let is_asked = visit.mdtrt_id == sending.mdtrt_id;
        let telling = Telling {
            written: &|line| !is_asked || written(line),
            current: &|line| is_asked && current(line),
            // While orders are written nobody has worked out yet what is paid.
            settled: !is_asked || sending.service != Service::Before,
        };
        encounter(folder, visit, &telling)
    });
    let whole = Telling { written: &|_| true, current: &|_| false, settled: true };
    let others = sending.beside.iter().flat_map(|other| other.visits.iter().map(|visit| encounter(other, visit, &whole)));
    let visit = asked.or(folder.visits.first());
    let mut person = person(&folder.person, visit);
    person.insert("curr_mdtrt_id".to_owned(), json!(sending.mdtrt_id));
    person.insert("fsi_encounter_dtos".to_owned(), own.chain(others).collect());
    json!({
        "infno": sending.service.infno(),
        "msgid": sending.msgid,
        "mdtrtarea_admvs": claims::code::region_of_institution(&folder.fixmedins_code),
        "insuplc_admdvs": visit.and_then(|visit| visit.insu_admdvs.as_deref()),
        "recer_sys_code": "FSI",
        "infver": "V1.0",
        "opter_type": "1",
        "opter": "HIS",
        "opter_name": "HIS",
        "inf_time": sent.to_string(),
        "fixmedins_code": folder.fixmedins_code.as_str(),
        "fixmedins_name": "",
        "input": { "data": { "syscode": "HIS", "task_id": sending.msgid, "trig_scen": sending.trig_scen, "rule_ids": [],
                             "patient_dtos": [Value::Object(person)] } },
    })
}

fn person(person: &Person, visit: Option<&Visit>) -> Map<String, Value> {
    let psn_no = visit.map_or(person.psn_no.as_str(), |visit| &visit.psn_no);
    let of_visit = |read: fn(&Visit) -> Option<&Text>| visit.and_then(read).map(Text::as_str);
    let birth = person.brdy.or_else(|| visit?.brdy);
    let mut object = Map::new();
    object.insert("patn_id".to_owned(), json!(psn_no));
    object.insert("patn_name".to_owned(), json!(""));
    object.insert("gend".to_owned(), json!(person.gend.as_deref().or_else(|| of_visit(|visit| visit.gend.as_ref()))));
    object.insert("brdy".to_owned(), json!(birth.map(|day| day.to_string())));
    object.insert("poolarea".to_owned(), json!(of_visit(|visit| visit.insu_admdvs.as_ref())));
    object
}

/// Telling（所发内容）: what is told of a visit.
struct Telling<'a> {
    written: &'a dyn Fn(&LineRow) -> bool,
    current: &'a dyn Fn(&LineRow) -> bool,
    settled: bool,
}

fn encounter(folder: &Folder, visit: &Visit, telling: &Telling<'_>) -> Value {
    let own = |id: &str| id == visit.mdtrt_id;
    let lines = folder.lines.iter().filter(|line| own(line.mdtrt_id()) && line.vali_flag() && (telling.written)(line));
    let settlement = folder.settlements.iter().find(|settlement| own(&settlement.mdtrt_id) && settlement.vali_flag);
    let settlement = settlement.filter(|_| telling.settled);
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    put("mdtrt_id", json!(visit.mdtrt_id.as_str()));
    put("medins_id", json!(folder.fixmedins_code.as_str()));
    put("medins_lv", json!(visit.hosp_lv.as_deref()));
    put("adm_date", json!(visit.begntime.to_string()));
    put("dscg_date", json!(visit.endtime.map(|end| end.to_string())));
    put("dscg_main_dise_codg", json!(visit.dscg_maindiag_code.as_deref()));
    put("dr_codg", json!(visit.chfpdr_code.as_deref()));
    put("adm_dept_codg", json!(visit.adm_dept_codg.as_deref()));
    put("med_type", json!(visit.med_type.as_deref()));
    put("insutype", json!(visit.insutype.as_deref()));
    put("fsi_diagnose_dtos", folder.diagnoses.iter().filter(|one| own(&one.mdtrt_id)).map(diagnosis).collect());
    put("fsi_operation_dtos", folder.operations.iter().filter(|one| own(&one.mdtrt_id)).map(operation).collect());
    put("fsi_order_dtos", lines.map(|line| order(line, (telling.current)(line))).collect());
    payments(settlement, &mut put);
    Value::Object(object)
}

fn payments(settlement: Option<&Settlement>, put: &mut dyn FnMut(&str, Value)) {
    let Some(settlement) = settlement else { return };
    let assistance = settlement.funds.iter().find(|(fund, _)| *fund == "maf_pay").map_or(Fen::ZERO, |(_, paid)| *paid);
    put("medfee_sumamt", json!(settlement.medfee_sumamt.map(|fen| fen.to_string())));
    put("hifp_payamt", json!(settlement.fund_pay_sumamt.map(|all| (all - assistance).to_string())));
    put("ma_amt", json!(assistance.to_string()));
}

fn diagnosis(one: &Diagnosis) -> Value {
    json!({ "dise_codg": one.diag_code.as_str(), "dise_name": one.diag_name.as_deref(),
            "maindise_flag": if one.maindiag_flag { "1" } else { "0" }, "inout_dise_type": "2" })
}

fn operation(one: &Operation) -> Value {
    let at = one.oprn_oprt_begntime.or_else(|| Some(one.oprn_oprt_date?.midnight()));
    json!({ "oprn_code": one.oprn_oprt_code.as_str(), "oprn_date": at.map(|at| at.to_string()), "main_oprn_flag": "0" })
}

fn order(line: &LineRow, current: bool) -> Value {
    let in_scope = line.inscp_amt();
    // What is out of scope was either the person's own or to be paid first; which of the two no rule asks.
    let first = in_scope.map(|in_scope| (line.det_item_fee_sumamt() - in_scope).to_string());
    json!({
        "rx_id": line.bkkp_sn(),
        "rxno": line.rx_drord_no(),
        "hilist_type": line.list_type().map(Text::as_str),
        "chrg_type": line.med_chrgitm_type().map(Text::as_str),
        "drord_bhvr": if line.dscg_tkdrug_flag() == Some(true) { "1" } else { "0" },
        "hilist_code": line.med_list_codg().map(Text::as_str),
        "hilist_name": line.name().map(Text::as_str),
        "cnt": line.cnt().to_string(),
        "pric": line.pric().map(|price| price.to_string()),
        "sumamt": line.det_item_fee_sumamt().to_string(),
        "ownpay_amt": in_scope.map(|_| "0.00"),
        "selfpay_amt": first,
        "drord_begn_date": line.fee_ocur_time().to_string(),
        "drord_dept_codg": line.bilg_dept_codg().map(Text::as_str),
        "drord_dr_codg": line.doctor().map(Text::as_str),
        "curr_drord_flag": if current { "1" } else { "0" },
    })
}
