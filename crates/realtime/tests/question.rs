//! Questions as real callers write them: one visit in all the shapes that the interface has been seen in.

use claims::{Fen, Moment};
use proptest::prelude::*;
use realtime::{Dialect, Envelope, Question, Scene, question};
use serde_json::{Value, json};

fn order(rx_id: &str, current: &str) -> Value {
    json!({
        "rx_id": rx_id, "rxno": "RX-1", "hilist_type": "201", "chrg_type": "07", "drord_bhvr": "0",
        "hilist_code": "001201000040000", "hilist_name": "二级护理", "cnt": "1.00", "pric": "24.00", "sumamt": "24.00",
        "ownpay_amt": "0.00", "selfpay_amt": "4.00", "drord_begn_date": "2026-03-01 00:00:00", "drord_stop_date": null,
        "drord_dept_codg": "A07", "drord_dr_codg": "D990101000017", "curr_drord_flag": current
    })
}

fn visit() -> Value {
    json!({
        "mdtrt_id": "M1", "medins_id": "H99010100001", "medins_lv": "02", "wardarea_codg": "W07", "wardno": "0712", "bedno": "03",
        "adm_date": "2026-02-28 09:20:00", "dscg_date": "2026-03-02 10:15:30", "dscg_main_dise_codg": "I63.900",
        "dscg_main_dise_name": "脑梗死", "dr_codg": "D990101000017", "adm_dept_codg": "A07", "med_type": "21", "insutype": "310",
        "medfee_sumamt": "842.60", "hifp_payamt": "-",
        "fsi_diagnose_dtos": [
            {"dise_codg": "I63.900", "dise_name": "脑梗死", "maindise_flag": "1", "inout_dise_type": "1"},
            {"dise_codg": "i10.x00", "dise_name": "高血压", "maindise_flag": "0", "inout_dise_type": "1"}
        ],
        "fsi_order_dtos": [order("OR-1", "1"), order("OR-2", "0")],
        "fsi_operation_dtos": ""
    })
}

fn sent() -> Value {
    let person = json!({
        "patn_id": "9901P1", "gend": "1", "brdy": "1956-04-12", "poolarea": "990100", "curr_mdtrt_id": "M1",
        "fsi_encounter_dtos": [visit()]
    });
    json!({
        "infno": "3101", "msgid": "H99010100001202603021015300001", "mdtrtarea_admvs": "990101", "insuplc_admdvs": "990101",
        "opter": "DOC017", "inf_time": "2026-03-02 10:15:30", "fixmedins_code": "H99010100001",
        "input": {"data": {"syscode": "HIS", "task_id": "T1", "trig_scen": "5", "rule_ids": [], "patient_dtos": [person]}}
    })
}

fn read(sent: &Value) -> Result<Question, String> {
    let envelope = Envelope::open(sent.to_string().as_bytes(), None).map_err(|refusal| refusal.err_msg)?;
    let received = Moment::parse("2026-03-02 10:15:31").expect("a moment");
    question::read(&envelope, &Dialect::default(), received).map_err(|refusal| refusal.err_msg)
}

fn at<'a>(value: &'a mut Value, pointer: &str) -> &'a mut Value {
    value.pointer_mut(pointer).expect("a place in the message")
}

const PERSON: &str = "/input/data/patient_dtos/0";
const VISIT: &str = "/input/data/patient_dtos/0/fsi_encounter_dtos/0";

#[test]
fn a_visit_becomes_the_records_that_rules_judge() {
    let question = read(&sent()).expect("a question");
    assert_eq!((question.scene, question.persons.len()), (Scene::InpatientOrder, 1));
    let person = &question.persons[0];
    let told = person.asked().expect("the visit");
    assert_eq!(told.visit.endtime, None, "the day of discharge is sent while the patient is in hospital");
    assert_eq!(told.visit.insu_admdvs.as_deref(), Some("990101"));
    let codes: Vec<(&str, bool)> = told.diagnoses.iter().map(|one| (one.diag_code.as_str(), one.maindiag_flag)).collect();
    assert_eq!(codes, [("I63.900", true), ("I10.X00", false)]);
    assert_eq!(told.lines[0].inscp_amt, Some(Fen(2_000)), "what is paid first is out of scope");
    assert_eq!((told.marks[0].line_id.as_str(), told.marks[0].current, told.marks[1].current), ("M1:OR-1", true, false));
    assert!(told.settlement.is_none() && told.operations.is_empty());
    assert_eq!(told.bed.bed.as_deref(), Some("03"));
    assert!(question.faults.is_empty() && question.remarks.told().is_empty());
}

#[test]
fn lone_objects_and_numbers_as_numbers_are_the_same_question() {
    let expected = format!("{:?}", read(&sent()).expect("a question").persons[0].visits);
    let mut lone = sent();
    let visit = at(&mut lone, VISIT).clone();
    *at(&mut lone, &format!("{PERSON}/fsi_encounter_dtos")) = visit;
    let person = at(&mut lone, PERSON).clone();
    *at(&mut lone, "/input/data/patient_dtos") = person;
    assert_eq!(format!("{:?}", read(&lone).expect("a question").persons[0].visits), expected);
    let mut numbers = sent();
    for (field, number) in
        [("cnt", json!(1)), ("pric", json!(24)), ("sumamt", json!(24.0)), ("ownpay_amt", json!(0)), ("selfpay_amt", json!(4.0))]
    {
        *at(&mut numbers, &format!("{VISIT}/fsi_order_dtos/0/{field}")) = number;
    }
    *at(&mut numbers, &format!("{PERSON}/brdy")) = json!("1956-04-12 00:00:00");
    at(&mut numbers, "/input/data")["rule_ids"] = json!("[\"3101\"]");
    at(&mut numbers, "/input/data")["unbekannt"] = json!({"a": 1});
    assert_eq!(format!("{:?}", read(&numbers).expect("a question").persons[0].visits), expected);
}

#[test]
fn a_settlement_tells_the_discharge_and_what_was_paid() {
    let mut leaving = sent();
    at(&mut leaving, "/input/data")["trig_scen"] = json!("8");
    let ends = |sent: &Value| read(sent).expect("a question").persons[0].asked().expect("the visit").visit.endtime;
    assert_eq!(ends(&leaving), None, "nobody leaves before an order is saved");
    leaving["infno"] = json!("3102");
    for elsewhere in ["9", "2", "23", ""] {
        let mut staying = leaving.clone();
        at(&mut staying, "/input/data")["trig_scen"] = json!(elsewhere);
        assert_eq!(ends(&staying), None, "{elsewhere}");
    }
    at(&mut leaving, VISIT)["hifp_payamt"] = json!("700.00");
    at(&mut leaving, VISIT)["ma_amt"] = json!(50);
    let question = read(&leaving).expect("a question");
    let told = question.persons[0].asked().expect("the visit");
    assert_eq!(told.visit.endtime, Moment::parse("2026-03-02 10:15:30"));
    let settlement = told.settlement.as_ref().expect("a settlement");
    assert_eq!(settlement.fund_pay_sumamt, Some(Fen(75_000)));
    assert_eq!(told.lines[0].setl_id.as_ref(), Some(&settlement.setl_id));
}

#[test]
fn own_codes_are_unmapped_and_swapped_ones_are_put_right() {
    let mut odd = sent();
    at(&mut odd, &format!("{VISIT}/fsi_order_dtos/0"))["hilist_code"] = json!("HL000002");
    let order = at(&mut odd, &format!("{VISIT}/fsi_order_dtos/1"));
    order["hilist_code"] = json!("二级护理");
    order["hilist_name"] = json!("001201000040000");
    let broken = json!({"rx_id": "OR-3", "hilist_code": "001201000040000", "cnt": "三"});
    at(&mut odd, &format!("{VISIT}/fsi_order_dtos")).as_array_mut().expect("orders").push(broken);
    let question = read(&odd).expect("a question");
    let told = question.persons[0].asked().expect("the visit");
    let codes: Vec<Option<&str>> = told.lines.iter().map(|line| line.med_list_codg.as_deref()).collect();
    assert_eq!(codes, [None, Some("001201000040000")]);
    assert_eq!(told.lines[1].name.as_deref(), Some("二级护理"));
    let remarks = question.remarks.told();
    assert!(remarks.contains("OR-1") && remarks.contains("OR-2") && remarks.contains("OR-3"), "{remarks}");
    assert_eq!(question.faults[0].path, "input.data.patient_dtos[0].fsi_encounter_dtos[0].fsi_order_dtos[2].cnt");
}

#[test]
fn a_question_without_a_person_or_about_anothers_visit_is_refused() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut sent = sent();
        change(&mut sent);
        read(&sent).expect_err("a refusal")
    };
    assert!(refused(&|sent| at(sent, "/input/data")["patient_dtos"] = json!([])).contains("patient_dtos"));
    assert!(refused(&|sent| at(sent, PERSON)["patn_id"] = json!("")).contains("patn_id"));
    assert!(refused(&|sent| at(sent, PERSON)["curr_mdtrt_id"] = json!("M9")).contains("M9"));
    assert!(refused(&|sent| at(sent, VISIT)["medins_id"] = json!("H99010100002")).contains("H99010100002"));
}

#[test]
fn a_visit_is_kept_and_recalled_as_it_was_told() {
    let question = read(&sent()).expect("a question");
    let person = &question.persons[0];
    let body = question::kept_after(None, &person.body, true, false);
    let recalled = question::recalled(&body, &Dialect::default()).expect("a visit");
    assert_eq!(recalled.visit, person.asked().expect("the visit").visit);
    assert_eq!(recalled.lines, person.asked().expect("the visit").lines);
}

#[test]
fn orders_of_written_messages_stay_and_those_about_to_be_written_do_not() {
    let first = read(&sent()).expect("a question").persons.remove(0).body;
    let mut later = sent();
    *at(&mut later, &format!("{VISIT}/fsi_order_dtos")) = json!([order("OR-2", "0"), order("OR-3", "1")]);
    let later = read(&later).expect("a question").persons.remove(0).body;
    let orders = |body: &Value| {
        let told = question::recalled(body, &Dialect::default()).expect("a visit");
        told.marks.iter().map(|mark| mark.rx_id.to_string()).collect::<Vec<_>>()
    };
    let kept = question::kept_after(None, &first, true, false);
    assert_eq!(orders(&question::kept_after(Some(&kept), &later, true, false)), ["OR-1", "OR-2", "OR-3"]);
    assert_eq!(orders(&question::kept_after(Some(&kept), &later, false, false)), ["OR-1", "OR-2"], "a 3101 writes nothing");
    assert_eq!(orders(&question::kept_after(Some(&kept), &later, true, true)), ["OR-2", "OR-3"], "a settlement holds all");
}

#[test]
fn what_is_ordered_under_one_number_and_charged_under_another_is_one_thing() {
    let told = |orders: Value| {
        let mut sent = sent();
        *at(&mut sent, &format!("{VISIT}/fsi_order_dtos")) = orders;
        read(&sent).expect("a question").persons[0].asked().expect("the visit").clone()
    };
    let mut another = order("FEE-2", "0");
    another["drord_begn_date"] = json!("2026-03-02 00:00:00");
    let mut now = told(json!([order("OR-1", "1")]));
    now.join(told(json!([order("OR-1", "0"), order("FEE-1", "0"), another])));
    let lines: Vec<&str> = now.lines.iter().map(|line| line.bkkp_sn.as_str()).collect();
    assert_eq!(lines, ["OR-1", "FEE-2"]);
}

/// Any JSON value, three levels deep.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)),
        "\\PC{0,12}".prop_map(Value::from),
        "[0-9.:+-]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,8}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every place of a message, as a pointer.
fn places(value: &Value, prefix: &str, all: &mut Vec<String>) {
    let mut inner = |key: &str, value: &Value| {
        let place = format!("{prefix}/{key}");
        all.push(place.clone());
        places(value, &place, all);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| inner(key, value)),
        Value::Array(list) => list.iter().enumerate().for_each(|(number, value)| inner(&number.to_string(), value)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever stands at any place of a message, it is answered or refused with words.
    #[test]
    fn whatever_a_message_holds_it_is_read_or_refused(place in any::<prop::sample::Index>(), value in anything()) {
        let mut message = sent();
        let mut all = Vec::new();
        places(&message, "", &mut all);
        *at(&mut message, place.get::<String>(&all)) = value;
        match read(&message) {
            Ok(question) => prop_assert!(question.persons.iter().all(|person| person.asked().is_some())),
            Err(err_msg) => prop_assert!(!err_msg.is_empty() && err_msg.chars().count() <= 200),
        }
    }

    #[test]
    fn whatever_bytes_come_nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Envelope::open(&bytes, None).is_err());
    }
}
