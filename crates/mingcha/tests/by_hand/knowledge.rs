//! Knowledge as a bureau brings it: batches and tables, dated and superseding.

use crate::surface::{CLAIMS, Desk, INPATIENT_ONLY, ITS_POINT, ITS_RULE, extract, text};
use serde_json::{Value, json};

fn loaded() -> Desk {
    let desk = Desk::new();
    let folder = extract(&desk, "extract", &CLAIMS);
    assert!(desk.run(&["import", &text(&folder)]).status <= 1);
    desk
}

fn hits(desk: &Desk) -> Vec<String> {
    desk.run(&["run", "--rule", ITS_RULE]).done();
    desk.findings().iter().map(|f| f["mdtrt_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_law_of_the_day_judges_the_day() {
    let desk = loaded();
    assert_eq!(hits(&desk), ["V1", "V2"], "an emergency visit is no hospital stay");
    let rows = format!(
        "id,rule,name,codes,visit_mode,valid_from,supersedes,citation\n\
         LOCAL-1,{ITS_RULE},ω-3鱼油脂肪乳注射液,{INPATIENT_ONLY},er_ip,2026-02-01,{ITS_POINT},示例文件\n"
    );
    desk.write("kp_drug_pay.csv", &rows);
    let report = desk.json(&["knowledge", "import", "kp_drug_pay.csv"]);
    assert_eq!((&report["points_loaded"], &report["superseding"], &report["unreviewed"]), (&json!(1), &json!(1), &json!(0)));
    // From February on emergencies may use it; January is judged by what held in January.
    assert_eq!(hits(&desk), ["V1"]);
    let shown = desk.json(&["knowledge", "show", ITS_POINT]);
    assert_eq!(shown[0]["valid_to"], "2026-01-31");

    let again = desk.json(&["knowledge", "import", "kp_drug_pay.csv"]);
    assert_eq!(again["points_loaded"], 0);
    assert_eq!(again["already_imported"].as_array().unwrap().len(), 1);
}

#[test]
fn a_changed_restriction_waits_for_review() {
    let desk = loaded();
    let batch = json!([{
        "kp_id": "KP-made-up-1", "rule_class": "药品限就医方式", "med_codes": [INPATIENT_ONLY],
        "item_name": "ω-3鱼油脂肪乳注射液", "constraint": "限门诊和住院使用（示例）", "batch": 9, "published_at": "2026-02-01",
    }]);
    desk.write("batch-09.json", &batch.to_string());
    let before = desk.json(&["knowledge", "diff", "batch-09.json"]);
    assert_eq!((before["added"].as_array().unwrap().len(), before["ended"].as_array().unwrap().len()), (1, 1), "{before}");
    let report = desk.json(&["knowledge", "import", "batch-09.json"]);
    assert_eq!((&report["points_read"], &report["unreviewed"], &report["superseding"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(hits(&desk), ["V1"]);
    let undecided = desk.json(&["sql", "SELECT mdtrt_id, missing_fact FROM undecided"]);
    assert_eq!(undecided, json!([{ "mdtrt_id": "V2", "missing_fact": "knowledge not reviewed" }]));
}

#[test]
fn rows_that_contradict_others_are_refused_by_name() {
    let desk = Desk::new();
    let rows = format!(
        "rule,name,codes,visit_mode,valid_from\n{ITS_RULE},甲,{INPATIENT_ONLY},er_ip,2026-02-01\n\
         {ITS_RULE},乙,XB05BAU005B002010199999,ip,2026-02-01\n{ITS_RULE},丙,XB05BAU005B002010199998,ip,soon\n"
    );
    desk.write("kp_drug_pay.csv", &rows);
    let answer = desk.run(&["knowledge", "import", "kp_drug_pay.csv", "--json"]);
    assert_eq!(answer.status, 1, "{}", answer.err);
    let report = answer.json();
    assert_eq!((&report["points_read"], &report["points_loaded"], &report["points_rejected"]), (&json!(3), &json!(1), &json!(2)));
    let faults = report["faults"].as_array().unwrap();
    assert!(faults.iter().any(|f| f["row"] == 4 && f["column"] == "valid_from" && f["value"] == "soon"), "{faults:?}");
    assert!(faults.iter().any(|f| f["row"] == 2 && f["problem"].as_str().unwrap().contains(ITS_POINT)), "{faults:?}");
    // What was refused stays out, what was taken stays in.
    let listed = desk.json(&["knowledge", "list", "--rule", ITS_RULE]);
    let names: Vec<&str> = listed.as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    assert!(names.contains(&"乙") && !names.contains(&"甲") && !names.contains(&"丙"));
}

#[test]
fn a_list_has_codes_and_own_columns_beside_each_other() {
    let desk = Desk::new();
    let rows = desk.json(&["knowledge", "list"]);
    let find = |id: &str| rows.as_array().unwrap().iter().find(|row| row["id"] == id).cloned().unwrap_or(Value::Null);
    let point = find(ITS_POINT);
    assert_eq!(point["visit_mode"], "ip");
    assert_eq!(point["codes"].as_array().unwrap().len(), 3);
    let pair = rows.as_array().unwrap().iter().find(|row| row["table"] == "kp_pair_exclusion").unwrap();
    assert!(pair["item_a"].is_string() && pair["item_b"].is_string());
}

#[test]
fn a_table_that_does_not_exist_is_an_error_that_names_those_that_do() {
    let desk = Desk::new();
    desk.write("kp_nonsense.csv", "codes\nX\n");
    let answer = desk.run(&["knowledge", "import", "kp_nonsense.csv"]);
    assert_eq!(answer.status, 3);
    assert!(answer.err.contains("kp_drug_pay"), "{}", answer.err);
    assert!(!desk.lake().join("knowledge/files.json").exists());
}
