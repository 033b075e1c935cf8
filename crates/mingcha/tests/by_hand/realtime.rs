//! The national interface as a hospital's system calls it: over HTTP, in the words of the interface.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::pages::Pages;
use crate::site::Site;
use crate::surface::{Desk, HOSPITAL, INPATIENT_ONLY, ITS_RULE};

/// An order of the drug that is paid for in hospital only.
fn order(rx_id: &str) -> Value {
    json!({
        "rx_id": rx_id, "rxno": "RX1", "long_drord_flag": "0", "hilist_type": "101", "chrg_type": "09", "drord_bhvr": "0",
        "hilist_code": INPATIENT_ONLY, "hilist_name": "脂肪乳注射液", "hilist_lv": "02", "hilist_pric": "100.00",
        "cnt": "1.00", "pric": "100.00", "sumamt": "100.00", "ownpay_amt": "0.00", "selfpay_amt": "0.00",
        "drord_begn_date": "2026-01-20 10:15:00", "drord_dept_codg": "A07", "drord_dr_codg": "D990101000017",
        "curr_drord_flag": "1"
    })
}

/// A message about a visit of somebody who is 70, with these orders.
fn message(infno: &str, msgid: &str, med_type: &str, scene: &str, orders: &[Value]) -> Value {
    let visit = json!({
        "mdtrt_id": "V1", "medins_id": HOSPITAL, "medins_lv": "02", "wardarea_codg": "W07", "bedno": "03",
        "adm_date": "2026-01-20 09:00:00", "dscg_date": "2026-01-20 10:15:30", "dscg_main_dise_codg": "I63.900",
        "dscg_main_dise_name": "脑梗死", "dr_codg": "D990101000017", "adm_dept_codg": "A07", "adm_dept_name": "神经内科",
        "med_type": med_type, "insutype": "310", "medfee_sumamt": "100.00", "fsi_diagnose_dtos": [], "fsi_operation_dtos": null,
        "fsi_order_dtos": orders
    });
    let person = json!({
        "patn_id": "99010000000000000001", "patn_name": "示例甲", "gend": "1", "brdy": "1956-04-12", "poolarea": "990100",
        "curr_mdtrt_id": "V1", "fsi_encounter_dtos": visit
    });
    envelope(infno, msgid, &json!({ "syscode": "HIS", "task_id": "T1", "trig_scen": scene, "patient_dtos": person }))
}

fn envelope(infno: &str, msgid: &str, data: &Value) -> Value {
    json!({
        "infno": infno, "msgid": msgid, "mdtrtarea_admvs": "990101", "insuplc_admdvs": "990101", "recer_sys_code": "FSI",
        "infver": "V1.0", "opter_type": "1", "opter": "DOC017", "opter_name": "示例医师", "inf_time": "2026-01-20 10:15:30",
        "fixmedins_code": HOSPITAL, "fixmedins_name": "示例医院", "input": { "data": data }
    })
}

fn feedback(msgid: &str, jr_id: &str, way: &str, reason: &str) -> Value {
    let warns = json!([{ "warn_rslt_id": jr_id, "dspo_way": way, "dspo_way_rea": reason }]);
    envelope("3103", msgid, &json!({ "warn_type": "1", "warns": warns }))
}

impl Site {
    /// Calls the interface; the status, and the reply.
    fn call(&self, path: &str, headers: &str, body: &str) -> (u16, Value) {
        let answer = self.send(&format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}\
             content-length: {}\r\n\r\n{body}",
            body.len()
        ));
        assert!(answer.head.contains("application/json"), "{}", answer.head);
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    /// The reply to a message that is answered.
    fn ask(&self, message: &Value) -> Value {
        let (status, reply) = self.call("/fsi", "", &message.to_string());
        assert_eq!(status, 200, "{reply}");
        reply
    }

    /// Waits until the rules are ready.
    fn ready(&self) {
        let begin = Instant::now();
        while self.call("/fsi", "", &message("3101", "READY", "11", "2", &[]).to_string()).0 != 200 {
            assert!(begin.elapsed() < Duration::from_mins(3), "the rules are never ready");
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}

/// Rules of the findings in a reply.
fn rules(reply: &Value) -> Vec<&str> {
    reply["output"]["result"].as_array().unwrap().iter().map(|one| one["rule_id"].as_str().unwrap()).collect()
}

#[test]
fn a_hospital_asks_before_an_order_answers_and_is_told_the_same_after_a_crash() {
    let desk = Desk::new();
    let pages = Pages::start(&desk);
    let site = &pages.0;
    site.ready();
    let asked = message("3101", "MSG1", "11", "2", &[order("OR-1")]);
    let reply = site.ask(&asked);
    assert_eq!((&reply["infcode"], rules(&reply)), (&json!(0), vec![ITS_RULE]), "{reply}");
    let found = &reply["output"]["result"][0];
    assert_eq!((&found["vola_amt"], &found["judge_result_detail_dtos"][0]["rx_id"]), (&json!(100.0), &json!("OR-1")));
    // Whoever is admitted tomorrow was not a plain outpatient today: it is no certain violation yet, and says so.
    assert!(found["sev_deg"] == "2" && found["vola_cont"].as_str().unwrap().contains("暂定"), "{found}");
    let jr_id = found["jr_id"].as_str().unwrap().to_owned();

    // Once stored, the same message is answered the same; another one under its number is not.
    assert_eq!(site.ask(&asked), reply);
    let other = site.ask(&message("3101", "MSG1", "11", "2", &[order("OR-2")]));
    assert!(other["infcode"] == -1 && other["err_msg"].as_str().unwrap().contains("MSG1"), "{other}");

    // In hospital it is paid for; an own code is no national one, and is said so.
    let in_hospital = message("3102", "MSG2", "21", "4", &[order("OR-1")]).to_string().replace("\"V1\"", "\"V2\"");
    assert_eq!(rules(&site.ask(&serde_json::from_str(&in_hospital).unwrap())), Vec::<&str>::new());
    let mut own = order("OR-1");
    own["hilist_code"] = json!("YP0001");
    let own = site.ask(&message("3101", "MSG3", "11", "2", &[own]));
    assert!(rules(&own).is_empty() && own["warn_msg"].as_str().unwrap().contains("OR-1"), "{own}");

    // The doctor goes on, with a reason; what was never shown cannot be answered.
    let without = site.ask(&feedback("MSG4", &jr_id, "1", ""));
    assert!(without["warn_msg"].as_str().unwrap().contains("必须说明原因"), "{without}");
    assert_eq!(site.ask(&feedback("MSG5", &jr_id, "1", "病情需要"))["warn_msg"], "");
    let unknown = site.ask(&feedback("MSG6", "JR-unknown", "2", ""));
    assert!(unknown["infcode"] == 0 && unknown["warn_msg"].as_str().unwrap().contains("JR-unknown"), "{unknown}");
    drop(pages);

    // Killed: what was answered is there, and what the doctor answered is not said again.
    let pages = Pages(Site::again(&desk));
    let site = &pages.0;
    site.ready();
    assert_eq!(site.ask(&asked), reply);
    assert!(rules(&site.ask(&message("3101", "MSG7", "11", "2", &[order("OR-1")]))).is_empty(), "it was said and answered");
    assert_eq!(rules(&site.ask(&message("3101", "MSG8", "11", "2", &[order("OR-9")]))), [ITS_RULE], "another order");
    shown(&pages);
}

/// The bureau sees who lies in hospital, and what doctors made of what they were told.
fn shown(pages: &Pages) {
    let auditor = pages.sign_in("auditor");
    let patients = auditor.page("/inhouse");
    assert!(patients.contains("神经内科") && patients.contains("V2") && !patients.contains("99010000000000000001"), "{patients}");
    assert!(!pages.sign_in("far").page("/inhouse").contains("V2"), "another region's hospital");
    let figures = auditor.page("/realtime?from=2026-01-01");
    assert!(figures.contains(ITS_RULE) && figures.contains("3102 事中"), "{figures}");
    let list = auditor.page(&format!("/realtime/warnings?rule={ITS_RULE}&way=1"));
    assert!(list.contains("病情需要") && list.contains("1–1 / 1"), "{list}");
    assert_eq!(pages.sign_in("hospital").ask("/inhouse").status, 403);
}

#[test]
fn what_cannot_be_read_is_refused_in_words_and_harms_nobody() {
    let desk = Desk::new();
    let site = Site::start(&desk);
    site.ready();
    let refused = |path: &str, body: &str| {
        let (status, reply) = site.call(path, "", body);
        assert!(reply["infcode"] == -1 && reply["output"].is_object(), "{reply}");
        (status, reply["err_msg"].as_str().unwrap().to_owned())
    };
    assert!(refused("/fsi", "{").1.contains("JSON"));
    assert!(refused("/fsi/3102", &message("3101", "MSG1", "11", "2", &[]).to_string()).1.contains("不一致"));
    assert_eq!(refused("/fsi/2204", "{}").0, 404);
    let mut nobody = message("3101", "MSG2", "11", "2", &[]);
    nobody["input"]["data"]["patient_dtos"] = json!([]);
    assert!(refused("/fsi", &nobody.to_string()).1.contains("patient_dtos"));
    let large = format!("{{\"a\": \"{}\"}}", "x".repeat(3 << 20));
    assert_eq!(refused("/fsi", &large).0, 413);
    assert_eq!(rules(&site.ask(&message("3101", "MSG3", "11", "2", &[order("OR-1")]))), [ITS_RULE]);
}

#[test]
fn with_a_key_registered_calls_are_signed_once_each() {
    let desk = Desk::new();
    let key =
        desk.run(&["key", "add", HOSPITAL, "--algorithm", "hmac-sha256", "--note", "医生站", "--lake", "lake", "--json"]).json();
    let site = Site::start(&desk);
    let body = message("3101", "MSG1", "11", "2", &[order("OR-1")]).to_string();
    assert_eq!(site.call("/fsi/3101", "", &body).0, 401);
    let signed = |nonce: &str, secret: &str, body: &str| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().to_string();
        let signed = realtime::signature::Signed { path: "/fsi/3101", timestamp: &now, nonce, body: body.as_bytes() };
        let signature = signed.signature(realtime::signature::Algorithm::Sha256, secret.as_bytes());
        let key_id = key["key_id"].as_str().unwrap();
        format!("x-mc-key: {key_id}\r\nx-mc-timestamp: {now}\r\nx-mc-nonce: {nonce}\r\nx-mc-signature: {signature}\r\n")
    };
    let secret = key["secret"].as_str().unwrap();
    let begin = Instant::now();
    let mut attempt = 0;
    let (status, reply) = loop {
        attempt += 1;
        let (status, reply) = site.call("/fsi/3101", &signed(&format!("n{attempt}"), secret, &body), &body);
        if status != 503 {
            break (status, reply);
        }
        assert!(begin.elapsed() < Duration::from_mins(3), "the rules are never ready");
        std::thread::sleep(Duration::from_millis(300));
    };
    assert_eq!((status, rules(&reply)), (200, vec![ITS_RULE]));
    // The same signature again, another key, another institution.
    let (_, replayed) = site.call("/fsi/3101", &signed(&format!("n{attempt}"), secret, &body), &body);
    assert!(replayed["err_msg"].as_str().unwrap().contains("随机串"), "{replayed}");
    assert_eq!(site.call("/fsi/3101", &signed("other", "guessed", &body), &body).0, 401);
    let elsewhere = body.replace(HOSPITAL, "H99010100002");
    assert_eq!(site.call("/fsi/3101", &signed("elsewhere", secret, &elsewhere), &elsewhere).0, 401);
}
