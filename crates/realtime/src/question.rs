//! Question（审核请求, 3101 and 3102）: the persons of a message, the visit that is asked about, and the visits told beside it.

use claims::record::Person;
use claims::{Day, Text};
use serde_json::{Map, Value, json};

use crate::dialect::Dialect;
use crate::envelope::{Envelope, Refusal, Service};
use crate::node::{Fault, Node};
use crate::records::{self, Around, Mark, ORDERS, Remarks, VisitTold};
use crate::scene::Scene;

/// Question（审核请求）.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its own id of this call（任务ID）.
    pub task_id: Option<Text>,
    /// As it was sent（触发场景）.
    pub trig_scen: Option<Text>,
    /// What it means.
    pub scene: Scene,
    /// Rules asked for（规则标识集合）; empty for all.
    pub rule_ids: Vec<Text>,
    /// The persons.
    pub persons: Vec<PersonTold>,
    /// What was made out of values that were not as they should be.
    pub remarks: Remarks,
    /// Values that could not be read; the rest was.
    pub faults: Vec<Fault>,
}

/// PersonTold（参保人所述）: a person and their visits.
#[derive(Clone, Debug)]
pub struct PersonTold {
    /// The person.
    pub person: Person,
    /// The visit asked about（当前就诊标识）.
    pub current: Text,
    /// Visits, the one asked about among them.
    pub visits: Vec<VisitTold>,
    /// The visit asked about, to be kept for later questions.
    pub body: Value,
}

impl PersonTold {
    /// The visit asked about.
    pub fn asked(&self) -> Option<&VisitTold> {
        self.visits.iter().find(|told| told.visit.mdtrt_id == self.current)
    }

    /// The orders of all visits told.
    pub fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.visits.iter().flat_map(|told| &told.marks)
    }
}

/// Reads a question.
///
/// # Errors
/// If it names no person, or no visit that is asked about, or another institution's.
pub fn read(envelope: &Envelope, dialect: &Dialect, received: claims::Moment) -> Result<Question, Refusal> {
    let mut faults = Vec::new();
    let mut remarks = Remarks::default();
    let input = Node::new("input", &envelope.input);
    // Some callers leave the layer `data` out.
    let data = input.nodes(&["data"], &mut faults).into_iter().next().unwrap_or(input);
    let trig_scen = data.text("trig_scen");
    let scene = dialect.scene(trig_scen.as_ref());
    let nodes = data.nodes(&["patient_dtos"], &mut faults);
    if nodes.is_empty() {
        faults.push(Fault {
            path: data.path_of("patient_dtos"), value: None, problem: "为空，请填写参保人信息".to_owned()
        });
        return Err(Refusal::of(envelope, &faults));
    }
    let mut persons = Vec::with_capacity(nodes.len());
    for node in &nodes {
        let mut reading = Reading { envelope, dialect, scene, received, remarks: &mut remarks, faults: Vec::new() };
        match reading.person(node) {
            Some(person) => persons.push(person),
            None => return Err(Refusal::of(envelope, &reading.faults)),
        }
        faults.append(&mut reading.faults);
    }
    Ok(Question { task_id: data.text("task_id"), trig_scen, scene, rule_ids: data.texts("rule_ids"), persons, remarks, faults })
}

struct Reading<'a> {
    envelope: &'a Envelope,
    dialect: &'a Dialect,
    scene: Scene,
    received: claims::Moment,
    remarks: &'a mut Remarks,
    faults: Vec<Fault>,
}

impl Reading<'_> {
    fn person(&mut self, node: &Node<'_>) -> Option<PersonTold> {
        let psn_no = node.need("patn_id", &mut self.faults)?;
        let (gend, brdy) = (sex(node), node.day("brdy", &mut self.faults));
        let encounters = node.nodes(&["fsi_encounter_dtos", "encounter_dtos"], &mut self.faults);
        let current = self.current(node, &encounters)?;
        let insu_admdvs = self.envelope.insuplc_admdvs.clone().or_else(|| node.text("poolarea"));
        let around = |ended| Around {
            psn_no: psn_no.clone(),
            gend: gend.clone(),
            brdy,
            insu_admdvs: insu_admdvs.clone(),
            fixmedins_code: self.envelope.fixmedins_code.clone(),
            sent: self.envelope.inf_time.unwrap_or(self.received),
            ended,
            dialect: self.dialect,
        };
        let mut visits = Vec::with_capacity(encounters.len());
        let mut body = Value::Null;
        for encounter in &encounters {
            let is_current = encounter.text("mdtrt_id").as_ref() == Some(&current);
            // Before an order is saved nobody leaves, whatever the message says（interface-31xx 7.4）.
            let leaves = self.envelope.service == Service::During && self.scene.tells_discharge();
            let of_visit = around(!is_current || leaves);
            // What is not as it should be in earlier visits is no matter of this question.
            let mut of_history = Remarks::default();
            let remarks = if is_current { &mut *self.remarks } else { &mut of_history };
            visits.extend(records::visit(encounter, &of_visit, remarks, &mut self.faults));
            if is_current {
                body = kept(encounter, &of_visit);
            }
        }
        let asked = visits.iter().find(|told: &&VisitTold| told.visit.mdtrt_id == current)?;
        if asked.visit.fixmedins_code != self.envelope.fixmedins_code {
            let problem = format!("不是发送方 {} 的就诊，只能审核本机构的就诊", self.envelope.fixmedins_code);
            let value = Some(asked.visit.fixmedins_code.to_string());
            self.faults.push(Fault { path: node.path_of("fsi_encounter_dtos.medins_id"), value, problem });
            return None;
        }
        let person = Person { psn_no: psn_no.to_string(), gend: gend.clone(), brdy, ..Person::default() };
        Some(PersonTold { person, current, visits, body })
    }

    /// The visit asked about: the only one need not be named.
    fn current(&mut self, node: &Node<'_>, encounters: &[Node<'_>]) -> Option<Text> {
        let named = node.text("curr_mdtrt_id");
        let ids: Vec<Text> = encounters.iter().filter_map(|encounter| encounter.text("mdtrt_id")).collect();
        match (named, ids.as_slice()) {
            (Some(named), ids) if ids.contains(&named) => Some(named),
            (None, [only]) => Some(only.clone()),
            (Some(named), _) => {
                let problem = "不在 fsi_encounter_dtos 中，请一并发送这次就诊".to_owned();
                self.faults.push(Fault { path: node.path_of("curr_mdtrt_id"), value: Some(named.to_string()), problem });
                None
            }
            (None, _) => {
                let problem = "为空，请填写要审核的就诊标识".to_owned();
                self.faults.push(Fault { path: node.path_of("curr_mdtrt_id"), value: None, problem });
                None
            }
        }
    }
}

/// Sex（性别）: `1` and `2`; all else is unknown.
fn sex(node: &Node<'_>) -> Option<Text> {
    node.text("gend").filter(|gend| gend == "1" || gend == "2")
}

/// A visit as it is kept for later questions: as it was told, with what it took from around it.
fn kept(encounter: &Node<'_>, around: &Around<'_>) -> Value {
    json!({
        "psn_no": around.psn_no.as_str(),
        "gend": around.gend.as_deref(),
        "brdy": around.brdy.map(|day| day.to_string()),
        "insu_admdvs": around.insu_admdvs.as_deref(),
        "sent": around.sent.to_string(),
        "discharged": around.ended,
        "visit": encounter.object(),
    })
}

/// Reads a visit that was kept; none where it cannot be read any more.
pub fn recalled(body: &Value, dialect: &Dialect) -> Option<VisitTold> {
    let kept = body.as_object()?;
    let node = Node::new("", kept);
    let mut faults = Vec::new();
    let visit = kept.get("visit")?.as_object()?;
    let encounter = Node::new("visit", visit);
    let around = Around {
        psn_no: node.text("psn_no")?,
        gend: node.text("gend"),
        brdy: node.text("brdy").and_then(|text| Day::parse(&text)),
        insu_admdvs: node.text("insu_admdvs"),
        fixmedins_code: encounter.text("medins_id")?,
        sent: node.moment("sent", &mut faults)?,
        ended: node.flag("discharged") == Some(true),
        dialect,
    };
    records::visit(&encounter, &around, &mut Remarks::default(), &mut faults)
}

/// What is kept of a visit after one more message about it. At settlement the message holds all orders; before, those of earlier messages
/// stay beside them. Orders of a 3101 are not written yet, and may never be: none of them is kept.
pub fn kept_after(before: Option<&Value>, told: &Value, written: bool, complete: bool) -> Value {
    let mut kept = told.clone();
    if complete {
        return kept;
    }
    let earlier = before.map(orders_of).unwrap_or_default();
    let now = if written { orders_of(told) } else { Vec::new() };
    let known: Vec<Option<Text>> = now.iter().map(rx_id).collect();
    let mut all: Vec<Value> = earlier.into_iter().filter(|order| !known.contains(&rx_id(order))).map(Value::Object).collect();
    all.extend(now.into_iter().map(Value::Object));
    if let Some(visit) = kept.get_mut("visit").and_then(Value::as_object_mut) {
        for name in ORDERS {
            visit.remove(name);
        }
        visit.insert(ORDERS[0].to_owned(), Value::Array(all));
    }
    kept
}

fn orders_of(body: &Value) -> Vec<Map<String, Value>> {
    let Some(visit) = body.get("visit").and_then(Value::as_object) else { return Vec::new() };
    Node::new("", visit).nodes(&ORDERS, &mut Vec::new()).iter().map(|node| node.object().clone()).collect()
}

fn rx_id(order: &Map<String, Value>) -> Option<Text> {
    Node::new("", order).text("rx_id")
}
