//! Records（报文成为记录）: a visit of a message as the records that rules judge. Each order becomes a fee line that nobody has billed yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use claims::chart::Folder;
use claims::code::{CodeKind, is_well_formed};
use claims::lines::LineBatch;
use claims::record::{Diagnosis, Line, Operation, Order, Person, Settlement, Visit};
use claims::{Day, Fen, Moment, Text};
use rulebook::finding::line_id;

use crate::dialect::Dialect;
use crate::node::{Fault, Node};

/// Around（报文中就诊以外的事实）: what a visit takes from the person and the envelope.
#[derive(Clone, Debug)]
pub struct Around<'a> {
    /// Person（人员编号）.
    pub psn_no: Text,
    /// Sex（性别）.
    pub gend: Option<Text>,
    /// Birth date（出生日期）.
    pub brdy: Option<Day>,
    /// Region of insurance（参保地）.
    pub insu_admdvs: Option<Text>,
    /// Institution that sends the message.
    pub fixmedins_code: Text,
    /// When the message was sent: stands for times that it does not tell.
    pub sent: Moment,
    /// Whether the day of discharge that is told is one: the patient leaves, or left some time ago.
    pub ended: bool,
    /// How the region writes the interface.
    pub dialect: &'a Dialect,
}

/// Bed（床位）and ward of a patient, as the message tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bed {
    /// Ward（病区标识）.
    pub ward: Option<Text>,
    /// Room（病房号）.
    pub room: Option<Text>,
    /// Bed（病床号）.
    pub bed: Option<Text>,
    /// Department（科室标识）: where the patient is now.
    pub dept_code: Option<Text>,
    /// Its name（科室名称）.
    pub dept_name: Option<Text>,
}

/// Mark（医嘱标记）: an order of the message, by the id of the line that it became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Order（处方(医嘱)标识）.
    pub rx_id: Text,
    /// Visit（就诊标识）.
    pub mdtrt_id: Text,
    /// The line, `mdtrt_id:rx_id`.
    pub line_id: String,
    /// Whether it is part of what is being entered now（是否当前处方）.
    pub current: bool,
    /// Doctor（开单医生）.
    pub doctor: Option<Text>,
    /// Department（开单科室）.
    pub dept: Option<Text>,
}

/// Remarks（提示）: what was made out of values that were not as the interface wants them, by order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Orders whose code is not a national one: no rule of items can look at them.
    pub unmapped: Vec<Text>,
    /// Orders whose code stood in the field of the name.
    pub swapped: Vec<Text>,
    /// Orders that could not be read, and were left out.
    pub left_out: Vec<Text>,
}

impl Remarks {
    /// As the sender is told; empty where there is nothing to tell.
    pub fn told(&self) -> String {
        let tell = |orders: &[Text], what: &str| {
            let few: Vec<&str> = orders.iter().take(3).map(Text::as_str).collect();
            let more = if orders.len() > few.len() { "等" } else { "" };
            (!orders.is_empty()).then(|| format!("{} 条医嘱{what}（{}{more}）", orders.len(), few.join("、")))
        };
        let all = [
            tell(&self.unmapped, "的编码不是国家医保编码，未按项目审核"),
            tell(&self.swapped, "的编码与名称填反，已按编码审核"),
            tell(&self.left_out, "读不出，未审核"),
        ];
        all.into_iter().flatten().collect::<Vec<_>>().join("；")
    }
}

/// Told（就诊所述）: a visit of a message as records.
#[derive(Clone, Debug)]
pub struct VisitTold {
    /// The visit.
    pub visit: Visit,
    /// Its diagnoses.
    pub diagnoses: Vec<Diagnosis>,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Its orders, as lines.
    pub lines: Vec<Line>,
    /// Its orders, as orders.
    pub orders: Vec<Order>,
    /// What was paid, where the message tells it.
    pub settlement: Option<Settlement>,
    /// Its orders by line.
    pub marks: Vec<Mark>,
    /// Where the patient lies.
    pub bed: Bed,
    /// Total（总费用）.
    pub medfee_sumamt: Option<Fen>,
}

/// Names of the list of orders: one region leaves the prefix out.
pub(crate) const ORDERS: [&str; 2] = ["fsi_order_dtos", "order_dtos"];
const DIAGNOSES: [&str; 2] = ["fsi_diagnose_dtos", "diagnose_dtos"];
const OPERATIONS: [&str; 2] = ["fsi_operation_dtos", "operation_dtos"];

/// Reads a visit. None where it has no number, which is then among the faults.
pub fn visit(node: &Node<'_>, around: &Around<'_>, remarks: &mut Remarks, faults: &mut Vec<Fault>) -> Option<VisitTold> {
    let mdtrt_id = node.need("mdtrt_id", faults)?;
    let fixmedins_code = node.text("medins_id").unwrap_or_else(|| around.fixmedins_code.clone());
    let med_type = around.dialect.med_type(node.text("med_type"));
    let begin = node.moment("adm_date", faults).unwrap_or(around.sent);
    let inpatient = claims::visit_class::visit_class(med_type.as_deref(), &fixmedins_code).is_inpatient();
    let end = end(node.moment("dscg_date", faults), begin, inpatient, around);
    let main = node.text("dscg_main_dise_codg");
    let record = Visit {
        mdtrt_id: mdtrt_id.clone(),
        psn_no: around.psn_no.clone(),
        fixmedins_code,
        med_type: med_type.clone(),
        begntime: begin,
        endtime: end,
        insutype: node.text("insutype"),
        insu_admdvs: around.insu_admdvs.clone(),
        gend: around.gend.clone(),
        brdy: around.brdy,
        hosp_lv: node.text("medins_lv"),
        chfpdr_code: node.text("dr_codg"),
        nwb_flag: None,
        refl_old_mdtrt_id: None,
        traf_dept_flag: None,
        adm_dept_codg: node.text("adm_dept_codg"),
        dscg_way: None,
        dscg_maindiag_code: main.clone().filter(|_| end.is_some()),
        die_date: None,
        ipt_days: None,
        matn_type: None,
        fetus_cnt: None,
        dise_no: None,
        vali_flag: true,
    };
    let settlement = settlement(node, &record, faults);
    let diagnoses = diagnoses(node, &mdtrt_id, main, faults);
    let operations = operations(node, &mdtrt_id, faults);
    let mut told = VisitTold {
        visit: record,
        diagnoses,
        operations,
        lines: Vec::new(),
        orders: Vec::new(),
        settlement,
        marks: Vec::new(),
        bed: bed(node),
        medfee_sumamt: node.fen("medfee_sumamt", faults),
    };
    for (number, order) in node.nodes(&ORDERS, faults).iter().enumerate() {
        read_order(order, number, around, &mut told, remarks, faults);
    }
    Some(told)
}

/// The day of discharge is sent while the patient is still in hospital, as the time of admission or of the message. It is one only
/// when the patient leaves, or when the visit is history; and never one that is the time of admission, or lies ahead.
fn end(sent: Option<Moment>, begin: Moment, inpatient: bool, around: &Around<'_>) -> Option<Moment> {
    if !inpatient {
        return sent.filter(|end| begin <= *end).or(Some(begin));
    }
    sent.filter(|end| around.ended && begin < *end && *end < around.sent.day().plus(1).midnight())
}

fn bed(node: &Node<'_>) -> Bed {
    Bed {
        ward: node.text("wardarea_codg"),
        room: node.text("wardno"),
        bed: node.text("bedno"),
        dept_code: node.text("dscg_dept_codg").or_else(|| node.text("adm_dept_codg")),
        dept_name: node.text("dscg_dept_name").or_else(|| node.text("adm_dept_name")),
    }
}

/// Diagnoses, each once: a message repeats those of admission at discharge. The main one of the visit is among them.
fn diagnoses(node: &Node<'_>, mdtrt_id: &Text, main: Option<Text>, faults: &mut Vec<Fault>) -> Vec<Diagnosis> {
    let mut all: Vec<Diagnosis> = Vec::new();
    let mut add = |code: Text, name: Option<Text>, is_main: bool| {
        let (code, name) = unswapped(CodeKind::Disease, code, name);
        let code: Text = code.to_uppercase().into();
        match all.iter_mut().find(|known| known.diag_code == code) {
            Some(known) => known.maindiag_flag |= is_main,
            None => all.push(Diagnosis {
                mdtrt_id: mdtrt_id.clone(),
                diag_code: code,
                diag_name: name,
                maindiag_flag: is_main,
                diag_type: None,
            }),
        }
    };
    for one in node.nodes(&DIAGNOSES, faults) {
        let is_main = one.flag("maindise_flag") == Some(true);
        if let Some(code) = one.text("dise_codg").or_else(|| one.text("dise_name")) {
            add(code, one.text("dise_name"), is_main);
        }
    }
    if let Some(code) = main {
        add(code, node.text("dscg_main_dise_name"), true);
    }
    all
}

fn operations(node: &Node<'_>, mdtrt_id: &Text, faults: &mut Vec<Fault>) -> Vec<Operation> {
    let mut all = Vec::new();
    for one in node.nodes(&OPERATIONS, faults) {
        let Some(code) = one.text("oprn_code") else { continue };
        let at = one.moment("oprn_date", faults);
        all.push(Operation {
            mdtrt_id: mdtrt_id.clone(),
            oprn_oprt_code: code,
            oprn_oprt_date: at.map(Moment::day),
            oprn_oprt_begntime: at.filter(|at| !at.is_midnight()),
            oprn_oprt_endtime: None,
        });
    }
    all
}

/// What was paid, where the message says what the pooled fund pays.
fn settlement(node: &Node<'_>, visit: &Visit, faults: &mut Vec<Fault>) -> Option<Settlement> {
    let pooled = node.fen("hifp_payamt", faults)?;
    let assistance = node.fen("ma_amt", faults).unwrap_or_default();
    Some(Settlement {
        setl_id: settlement_id(&visit.mdtrt_id),
        mdtrt_id: visit.mdtrt_id.clone(),
        init_setl_id: None,
        refd_setl_flag: Some(false),
        mid_setl_flag: None,
        insutype: visit.insutype.clone(),
        med_type: visit.med_type.clone(),
        insu_admdvs: visit.insu_admdvs.clone(),
        clr_way: None,
        setl_time: None,
        medfee_sumamt: node.fen("medfee_sumamt", faults),
        fund_pay_sumamt: Some(pooled + assistance),
        funds: vec![("hifp_pay", pooled), ("maf_pay", assistance)],
        acct_mulaid_pay: None,
        vali_flag: true,
    })
}

/// A settlement that is being worked out has no number yet; inside a check it needs one.
fn settlement_id(mdtrt_id: &Text) -> Text {
    Text::from(format!("{mdtrt_id}:settling"))
}

fn read_order(
    node: &Node<'_>,
    number: usize,
    around: &Around<'_>,
    told: &mut VisitTold,
    remarks: &mut Remarks,
    faults: &mut Vec<Fault>,
) {
    let rx_id = node.text("rx_id").unwrap_or_else(|| Text::from(format!("#{}", number + 1)));
    let cnt = node.quantity("cnt", faults);
    let pric = node.price("pric", faults);
    let amount = node.fen("sumamt", faults).or_else(|| Some(pric?.times(cnt?)));
    let (Some(cnt), Some(amount)) = (cnt, amount) else {
        remarks.left_out.push(rx_id);
        return;
    };
    let begin = node.moment("drord_begn_date", faults);
    let (code, name) = item(node, &rx_id, remarks);
    let chrg_type = around.dialect.chrg_type(node.text("chrg_type"));
    let doctor = node.text("drord_dr_codg");
    let dept = node.text("drord_dept_codg");
    let mdtrt_id = &told.visit.mdtrt_id;
    told.marks.push(Mark {
        rx_id: rx_id.clone(),
        mdtrt_id: mdtrt_id.clone(),
        line_id: line_id(mdtrt_id, &rx_id),
        current: node.flag("curr_drord_flag") == Some(true),
        doctor: doctor.clone(),
        dept: dept.clone(),
    });
    told.orders.push(Order {
        mdtrt_id: mdtrt_id.clone(),
        drord_no: rx_id.clone(),
        med_list_codg: code.clone(),
        drord_begntime: begin,
        drord_endtime: node.moment("drord_stop_date", faults),
    });
    told.lines.push(Line {
        bkkp_sn: rx_id.clone(),
        mdtrt_id: mdtrt_id.clone(),
        setl_id: told.settlement.as_ref().map(|settlement| settlement.setl_id.clone()),
        rx_drord_no: node.text("rxno").or(Some(rx_id)),
        fee_ocur_time: begin.unwrap_or(around.sent),
        med_list_codg: code,
        name,
        list_type: node.text("hilist_type"),
        med_chrgitm_type: chrg_type,
        cnt,
        pric,
        det_item_fee_sumamt: amount,
        inscp_amt: in_scope(node, amount, faults),
        init_feedetl_sn: None,
        vali_flag: true,
        bilg_dr_code: doctor,
        bilg_dept_codg: dept,
        matn_fee_flag: None,
        rx_circ_flag: None,
        dscg_tkdrug_flag: node.text("drord_bhvr").map(|behaviour| behaviour == "1"),
    });
}

/// The part within the policy's scope: what is neither outside the catalogue（自费）nor to be paid first（自付）. Unknown where one of the
/// two was not sent.
fn in_scope(node: &Node<'_>, amount: Fen, faults: &mut Vec<Fault>) -> Option<Fen> {
    let (own, first) = (node.fen("ownpay_amt", faults)?, node.fen("selfpay_amt", faults)?);
    Some(amount - own - first)
}

/// The national code and the name of an order's item. A hospital's own code is no national code.
fn item(node: &Node<'_>, rx_id: &Text, remarks: &mut Remarks) -> (Option<Text>, Option<Text>) {
    let (sent, name) = (node.text("hilist_code"), node.text("hilist_name").or_else(|| node.text("hosplist_name")));
    let Some(sent) = sent else {
        remarks.unmapped.push(rx_id.clone());
        return (None, name);
    };
    let (code, other) = unswapped(CodeKind::Item, sent.clone(), name.clone());
    if code != sent {
        remarks.swapped.push(rx_id.clone());
        return (Some(code), other);
    }
    let national = claims::code::national_item(Some(&code)).filter(|code| is_well_formed(CodeKind::Item, code));
    if national.is_none() {
        remarks.unmapped.push(rx_id.clone());
    }
    (national.map(|_| code), name)
}

/// Code and name as they belong: where the code is none and the name is one, they were sent the wrong way round.
fn unswapped(kind: CodeKind, code: Text, name: Option<Text>) -> (Text, Option<Text>) {
    match name {
        Some(name) if !is_well_formed(kind, &code) && is_well_formed(kind, &name) => (name, Some(code)),
        name => (code, name),
    }
}

impl VisitTold {
    /// Adds the orders that earlier messages told of the same visit and this one does not.
    pub fn join(&mut self, earlier: Self) {
        // A system may number what it charges otherwise than what it orders: the same item at the same time is the same order.
        let told = |line: &Line| {
            self.lines.iter().any(|own| {
                own.bkkp_sn == line.bkkp_sn
                    || (&own.med_list_codg, own.fee_ocur_time, own.cnt) == (&line.med_list_codg, line.fee_ocur_time, line.cnt)
            })
        };
        let settlement = self.settlement.as_ref().map(|settlement| settlement.setl_id.clone());
        let lines: Vec<Line> = earlier.lines.into_iter().filter(|line| !told(line)).collect();
        let is_new = |order: &Order| lines.iter().any(|line| line.bkkp_sn == order.drord_no);
        let orders: Vec<Order> = earlier.orders.into_iter().filter(is_new).collect();
        self.lines.extend(lines.into_iter().map(|line| Line { setl_id: settlement.clone(), ..line }));
        self.orders.extend(orders);
    }
}

/// The folders of one person: visits by institution.
pub fn folders(person: &Person, visits: Vec<VisitTold>) -> Vec<Folder> {
    let person = Arc::new(person.clone());
    let mut by_institution: BTreeMap<Text, Vec<VisitTold>> = BTreeMap::new();
    for told in visits {
        by_institution.entry(told.visit.fixmedins_code.clone()).or_default().push(told);
    }
    by_institution.into_iter().map(|(fixmedins_code, visits)| folder(&person, fixmedins_code, visits)).collect()
}

fn folder(person: &Arc<Person>, fixmedins_code: Text, visits: Vec<VisitTold>) -> Folder {
    let mut folder = Folder { person: Arc::clone(person), fixmedins_code, ..Folder::default() };
    let mut lines = Vec::new();
    for told in visits {
        folder.visits.push(told.visit);
        folder.settlements.extend(told.settlement);
        folder.diagnoses.extend(told.diagnoses);
        folder.operations.extend(told.operations);
        folder.orders.extend(told.orders);
        lines.extend(told.lines);
    }
    folder.lines = LineBatch::of(lines);
    folder
}
