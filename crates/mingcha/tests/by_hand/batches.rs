//! A later batch of national knowledge: imported as a file, in force from its day on, waiting for review where it changed.

use crate::surface::{Claim, Desk, INPATIENT_ONLY, ITS_POINT, ITS_RULE, extract, text};
use serde_json::{Value, json};

/// A drug that no shipped point speaks of.
const OTHER_DRUG: &str = "XB05BAU005B002010199999";

fn claim(number: u32, day: &'static str, med_type: &'static str, item: &'static str) -> Claim {
    Claim { number, day, med_type, item, price: "100.00" }
}

/// Emergency and outpatient visits before and after 2026-02-01, with a drug whose point changes and one whose point does not.
fn loaded() -> Desk {
    let desk = Desk::new();
    let claims = [
        claim(1, "2026-01-20", "13", INPATIENT_ONLY),
        claim(2, "2026-02-05", "13", INPATIENT_ONLY),
        claim(3, "2026-02-05", "11", INPATIENT_ONLY),
        claim(4, "2026-01-20", "11", OTHER_DRUG),
        claim(5, "2026-02-05", "11", OTHER_DRUG),
    ];
    let folder = extract(&desk, "extract", &claims);
    assert!(desk.run(&["import", &text(&folder)]).status <= 1);
    desk
}

fn point(id: &str, name: &str, code: &str, constraint: &str) -> Value {
    json!({ "kp_id": id, "rule_class": "药品限就医方式", "gz_code": null, "med_code": code, "med_codes": [code], "item_name": name,
            "constraint": constraint, "supersedes": null })
}

fn batch(desk: &Desk, number: i64, published: Option<&str>, points: &[Value]) -> String {
    let name = format!("batch-{number:02}.json");
    let dated = points.iter().map(|point| {
        let mut point = point.clone();
        (point["batch"], point["published_at"]) = (json!(number), json!(published));
        point
    });
    desk.write(&name, &Value::from(dated.collect::<Vec<_>>()).to_string());
    name
}

/// Visit → finding of the last run.
fn judged(desk: &Desk) -> Vec<(String, Value)> {
    desk.run(&["run", "--rule", ITS_RULE]).done();
    desk.findings().into_iter().map(|finding| (finding["mdtrt_id"].as_str().unwrap().to_owned(), finding)).collect()
}

fn visits(found: &[(String, Value)]) -> Vec<&str> {
    let mut visits: Vec<&str> = found.iter().map(|(visit, _)| visit.as_str()).collect();
    visits.sort_unstable();
    visits
}

fn of<'f>(found: &'f [(String, Value)], visit: &str) -> &'f Value {
    &found.iter().find(|(of, _)| of == visit).unwrap().1
}

fn explained(desk: &Desk, found: &[(String, Value)], visit: &str) -> String {
    desk.run(&["findings", "explain", of(found, visit)["finding_id"].as_str().unwrap()]).done().out
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_later_batch_judges_service_from_its_day_on_and_says_so() {
    let desk = loaded();
    let first = batch(&desk, 9, Some("2026-01-10"), &[point("KP-A", "某注射液", OTHER_DRUG, "限住院（示例）")]);
    assert_eq!(desk.json(&["knowledge", "import", &first])["unreviewed"], 1);
    desk.run(&["knowledge", "review", "KP-A", "--set", "visit_mode=ip", "--by", "甲"]).done();
    let before = judged(&desk);
    assert_eq!(visits(&before), ["V1", "V2", "V3", "V4", "V5"]);

    let later = [
        point("KP-B", "某注射液", OTHER_DRUG, "限住院 （示例）"),
        point("KP-C", "ω-3鱼油脂肪乳注射液", INPATIENT_ONLY, "限急诊和住院（示例）"),
    ];
    let report = desk.json(&["knowledge", "import", &batch(&desk, 10, Some("2026-02-01"), &later)]);
    let counts = ["points_loaded", "superseding", "unreviewed"].map(|name| report[name].as_i64().unwrap());
    assert_eq!(counts, [2, 2, 1], "the unchanged point inherits its value, the changed one waits");

    let waiting = judged(&desk);
    assert_eq!(visits(&waiting), ["V1", "V4", "V5"], "January by what held in January");
    assert_eq!(of(&waiting, "V1")["digest"], of(&before, "V1")["digest"], "nothing about January is new");
    assert_eq!((&of(&waiting, "V4")["knowledge_id"], &of(&waiting, "V5")["knowledge_id"]), (&json!("KP-A"), &json!("KP-B")));
    let undecided = desk.json(&["sql", "SELECT mdtrt_id, missing_fact, reason FROM undecided ORDER BY mdtrt_id"]);
    let open: Vec<&str> = undecided.as_array().unwrap().iter().map(|row| row["mdtrt_id"].as_str().unwrap()).collect();
    assert_eq!((open, &undecided[0]["missing_fact"]), (vec!["V2", "V3"], &json!("knowledge not reviewed")));
    says(
        undecided[0]["reason"].as_str().unwrap(),
        &["KP-C（第10批，2026-02-01 起）", ITS_POINT, "只判断到 2026-01-31", "待审核"],
    );
    says(&explained(&desk, &waiting, "V4"), &["KP-A", "有效至 2026-01-31，之后由 KP-B（第10批，2026-02-01 起）取代"]);
    says(&explained(&desk, &waiting, "V5"), &["KP-B", "第10批", "取代 KP-A（第9批", "公布的限定没有变化"]);

    desk.run(&["knowledge", "review", "KP-C", "--set", "visit_mode=er_ip", "--by", "乙"]).done();
    let after = judged(&desk);
    assert_eq!(visits(&after), ["V1", "V3", "V4", "V5"], "in an emergency it may be used from February on");
    assert_eq!(desk.json(&["run", "--rule", ITS_RULE])["totals"]["undecided"], 0, "nothing waits any more");
    says(&explained(&desk, &after, "V1"), &[ITS_POINT, "第4批", "有效至 2026-01-31，之后由 KP-C"]);
    says(&explained(&desk, &after, "V3"), &["KP-C", "第10批", ITS_POINT, "后者只判断到 2026-01-31", "限定有变化，取值由 乙 于"]);
}

#[test]
fn a_batch_without_a_day_says_nothing_of_service_before_its_import() {
    let desk = loaded();
    let undated = [point("KP-A", "某注射液", OTHER_DRUG, "限住院（示例）")];
    let name = batch(&desk, 9, None, &undated);
    desk.run(&["knowledge", "import", &name, "--published", "2026-02-01"]).done();
    desk.run(&["knowledge", "review", "KP-A", "--set", "visit_mode=ip", "--by", "甲"]).done();
    assert_eq!(visits(&judged(&desk)), ["V1", "V2", "V3", "V5"], "the day that the import names");

    let other = loaded();
    other.run(&["knowledge", "import", &batch(&other, 9, None, &undated)]).done();
    let shown = other.json(&["knowledge", "show", "KP-A"]);
    assert!(shown[0]["valid_from"].as_str().unwrap() >= "2026-02-06", "the day of the import: {shown}");
}

#[test]
fn a_review_names_what_it_still_needs_and_who() {
    let desk = loaded();
    desk.run(&[
        "knowledge",
        "import",
        &batch(&desk, 9, Some("2026-01-10"), &[point("KP-A", "某注射液", OTHER_DRUG, "限住院（示例）")]),
    ])
    .done();
    let open = desk.run(&["knowledge", "review", "KP-A", "--by", "甲"]);
    assert_ne!(open.status, 0);
    says(&open.err, &["visit_mode"]);
    let wrong = desk.run(&["knowledge", "review", "KP-A", "--set", "colour=red", "--by", "甲"]);
    says(&wrong.err, &["colour", "visit_mode"]);
    desk.run(&["knowledge", "review", "KP-A", "--set", "visit_mode=ip", "--by", "甲"]).done();
    let shown = desk.json(&["knowledge", "show", "KP-A"]);
    assert_eq!((&shown[0]["reviewed_by"], &shown[0]["batch"], &shown[0]["visit_mode"]), (&json!("甲"), &json!(9), &json!("ip")));
    assert_eq!(desk.json(&["knowledge", "list", "--rule", ITS_RULE, "--unreviewed"]), json!([]));
}

#[test]
fn batch_ten_is_taken_without_a_build_and_a_class_that_has_no_points_is_refused() {
    let desk = loaded();
    let banned = json!([{ "kp_id": "KP-N", "rule_class": "超互联网医院药品支付范围", "med_codes": [OTHER_DRUG], "item_name": "某注射液",
                          "constraint": "示例", "batch": 10, "published_at": "2026-04-28" }]);
    desk.write("batch-10.json", &banned.to_string());
    let report = desk.json(&["knowledge", "import", "batch-10.json"]);
    assert_eq!(["points_loaded", "unreviewed"].map(|name| report[name].as_i64().unwrap()), [1, 1]);
    assert_eq!(desk.json(&["knowledge", "show", "KP-N"])[0]["table"], "kp_internet_ban");

    let counted = json!([{ "kp_id": "KP-S", "rule_class": "药费占比统计", "med_codes": [OTHER_DRUG], "item_name": "某注射液",
                           "constraint": "示例", "batch": 10, "published_at": "2026-04-28" }]);
    desk.write("batch-11.json", &counted.to_string());
    let refused = desk.run(&["knowledge", "import", "batch-11.json"]);
    assert_eq!(refused.status, 1);
    says(&refused.err, &["药费占比统计", "不用知识点", "把机构的指标与同级同类比较"]);
}

#[test]
fn a_herb_whose_list_circulates_under_the_other_name_is_refused() {
    let desk = loaded();
    let herb = |id: &str, class: &str, restriction: &str| {
        json!({ "kp_id": id, "rule_class": class, "med_codes": ["T000000001"], "item_name": "某饮片", "constraint": restriction,
                "batch": 19, "published_at": "2026-05-11" })
    };
    let list = [
        herb("KP-H1", "中药饮片单复方均不予支付", "单方不予支付"),
        herb("KP-H2", "中药饮片单方使用不予支付", "单复方均不予支付"),
        herb("KP-H3", "中药饮片单方使用不予支付", "单方不予支付"),
        herb("KP-H4", "中药饮片单复方均不予支付", "单复方均不予支付"),
    ];
    desk.write("batch-19.json", &Value::from(list.to_vec()).to_string());
    let refused = desk.run(&["knowledge", "import", "batch-19.json"]);
    assert_eq!(refused.status, 1);
    says(&refused.err, &["batch-19.json", "第1行", "第2行", "单方不予支付", "对调"]);
    let loaded = |id: &str| desk.json(&["knowledge", "show", id]).as_array().is_some_and(|points| !points.is_empty());
    assert_eq!(["KP-H3", "KP-H4"].map(loaded), [true, true]);
    assert_ne!(desk.run(&["knowledge", "show", "KP-H1"]).status, 0);
}

#[test]
fn a_reviewer_must_fill_what_the_rule_decides_by() {
    let desk = loaded();
    let capped = json!([{ "kp_id": "KP-C", "rule_class": "医疗服务项目超限定报销总额", "med_codes": ["003402000100000"], "item_name": "某项目",
                          "constraint": "示例", "batch": 18, "published_at": "2026-04-28" }]);
    desk.write("batch-18.json", &capped.to_string());
    desk.run(&["knowledge", "import", "batch-18.json"]).done();
    let without = desk.run(&["knowledge", "review", "KP-C", "--by", "甲"]);
    assert_ne!(without.status, 0);
    says(&without.err, &["GZ10000102015000", "cap_amt"]);
    desk.run(&["knowledge", "review", "KP-C", "--set", "cap_amt=1000", "--by", "甲"]).done();
}
