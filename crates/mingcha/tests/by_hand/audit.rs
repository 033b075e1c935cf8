//! From a delivery to a report, through what a user touches.

use std::fs;

use crate::surface::{CLAIMS, Desk, HOSPITAL, ITS_RULE, extract, text};
use serde_json::Value;

fn loaded() -> Desk {
    let desk = Desk::new();
    let folder = extract(&desk, "extract", &CLAIMS);
    let answer = desk.run(&["import", &text(&folder), "--json"]);
    assert!(answer.status <= 1, "{}\n{}", answer.out, answer.err);
    assert_eq!(answer.json()["tables"]["fee_list_d"]["rows_loaded"], 3, "{}", answer.out);
    desk
}

fn money(finding: &Value) -> (i64, i64) {
    (finding["amount_fen"].as_i64().unwrap(), finding["fund_amount_fen"].as_i64().unwrap())
}

#[test]
fn a_delivery_becomes_findings_with_their_reasons() {
    let desk = loaded();
    let sums = desk.json(&["sql", "SELECT count(*) AS n, sum(det_item_fee_sumamt) AS total FROM fee_list_d"]);
    assert_eq!(sums[0]["n"], 3);
    assert_eq!(sums[0]["total"].to_string(), "190.0", "{sums}");

    let report = desk.json(&["run", "--out", "out", "--csv"]);
    for rule in report["rules"].as_array().unwrap() {
        let undecided: i64 = rule["undecided"].as_object().unwrap().values().filter_map(Value::as_i64).sum();
        assert_eq!(rule["hit"].as_i64().unwrap() + rule["clear"].as_i64().unwrap() + undecided, rule["rows"].as_i64().unwrap());
    }
    for file in ["findings.parquet", "findings.csv", "undecided.parquet", "undecided.csv", "run.json"] {
        assert!(desk.path("out").join(file).is_file(), "{file}");
    }

    let findings = desk.findings();
    let of_rule: Vec<&Value> = findings.iter().filter(|f| f["rule_code"] == ITS_RULE).collect();
    assert_eq!(of_rule.iter().map(|f| money(f)).collect::<Vec<_>>(), [(10_000, 10_000), (6_000, 6_000)]);
    assert_eq!(report["totals"]["distinct_amount_fen"], 16_000, "{findings:?}");

    let id = of_rule[0]["finding_id"].as_str().unwrap();
    let told = desk.run(&["findings", "explain", &id[..12]]).done().out;
    for word in ["药品限就医方式", "金额：100.00 元", "其中基金支付：100.00 元", "医疗保障基金使用监督管理条例", "V1:1"]
    {
        assert!(told.contains(word), "{word} is not in\n{told}");
    }
    let csv = desk.run(&["findings", "--format", "csv"]).done().out;
    assert_eq!(csv.lines().count(), findings.len() + 1);
    assert_eq!(csv, fs::read_to_string(desk.path("out/findings.csv")).unwrap());
}

#[test]
fn the_report_has_the_totals_of_the_run() {
    let desk = loaded();
    let run = desk.json(&["run"]);
    let id = run["run_id"].as_str().unwrap();
    let report = desk.json(&["report", "--run", id, "--out", "report"]);
    assert_eq!(report["all"]["amount_fen"], run["totals"]["distinct_amount_fen"]);
    assert_eq!(report["violations"]["institutions"], 1);
    let months: Vec<(&str, i64, i64)> = report["months"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| {
            (
                m["month"].as_str().unwrap(),
                m["violations"]["cases"].as_i64().unwrap(),
                m["violations"]["amount_fen"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(months, [("2026-01", 1, 10_000), ("2026-02", 1, 6_000)]);

    let html = fs::read_to_string(report["html"].as_str().map(|path| desk.path(path)).unwrap()).unwrap();
    assert!(html.contains("160.00") && html.contains("示例医院") && html.contains(HOSPITAL), "{html}");
    assert!(!html.contains("http://") || html.matches("http").count() == html.matches("http://www.w3.org").count());
    assert!(!html.contains("<script") && !html.contains("<link"), "the page stands alone");
    let xlsx = fs::read(desk.path(report["xlsx"].as_str().unwrap())).unwrap();
    assert_eq!(&xlsx[..2], b"PK");
}

#[test]
fn a_second_run_finds_the_same_under_the_same_ids() {
    let desk = loaded();
    let first = desk.json(&["run"])["run_id"].as_str().unwrap().to_owned();
    let before = desk.findings();
    let second = desk.json(&["run"])["run_id"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!(before, desk.findings());
    let difference = desk.json(&["findings", "diff", &first, &second]);
    assert_eq!(difference["unchanged"], before.len());
    assert_eq!(difference["appeared"].as_array().unwrap().len() + difference["vanished"].as_array().unwrap().len(), 0);
    let rows = desk.json(&["sql", "SELECT run_id, count(*) AS n FROM findings GROUP BY run_id ORDER BY run_id"]);
    assert_eq!(rows.as_array().unwrap().len(), 2);
}

#[test]
fn a_changed_fact_is_a_new_revision_of_the_same_finding() {
    let desk = loaded();
    desk.run(&["run"]).done();
    let before = desk.findings();
    let mut claims = CLAIMS;
    claims[0].price = "120.00";
    let folder = extract(&desk, "again", &claims);
    let answer = desk.run(&["import", &text(&folder), "--json"]);
    assert!(answer.status <= 1, "{}", answer.err);
    desk.run(&["run"]).done();
    let after = desk.findings();
    assert_eq!(before[0]["finding_id"], after[0]["finding_id"]);
    assert_eq!((&before[0]["revision"], &after[0]["revision"]), (&Value::from(1), &Value::from(2)));
    assert_eq!(before[1]["revision"], after[1]["revision"]);
    assert_eq!(after[0]["amount_fen"], 12_000);
}

#[test]
fn a_range_chooses_by_the_day_of_service() {
    let desk = loaded();
    desk.run(&["run", "--from", "2026-02-01", "--to", "2026-02-28", "--rule", ITS_RULE]).done();
    let findings = desk.findings();
    assert_eq!(findings.iter().map(|f| f["mdtrt_id"].as_str().unwrap()).collect::<Vec<_>>(), ["V2"]);
}

#[test]
fn loading_the_same_file_twice_changes_nothing_and_says_so() {
    let desk = loaded();
    let again = desk.run(&["import", &text(&desk.path("extract")), "--json"]);
    assert!(again.status <= 1);
    assert_eq!(again.json()["tables"]["fee_list_d"]["rows_loaded"], 0);
    assert!(desk.run(&["import", &text(&desk.path("extract"))]).out.contains("以前已经导入"));
    let count = desk.json(&["sql", "SELECT count(*) AS n FROM fee_list_d"]);
    assert_eq!(count[0]["n"], 3);
}

#[test]
fn a_bad_row_is_refused_by_name_and_the_rest_loads() {
    let desk = Desk::new();
    let folder = extract(&desk, "extract", &CLAIMS);
    let lines = fs::read_to_string(folder.join("fee_list_d.csv")).unwrap();
    fs::write(folder.join("fee_list_d.csv"), lines.replace(",60.00,60.00,60.00,101", ",60.00,sixty,60.00,101")).unwrap();
    let checked = desk.run(&["check", &text(&folder), "--json"]);
    assert_eq!(checked.status, 1, "{}", checked.err);
    assert!(!desk.lake().exists(), "a check loads nothing");
    let answer = desk.run(&["import", &text(&folder), "--json"]);
    let report = answer.json();
    if answer.status == 3 {
        // Headers and details then differ beyond the limit, which is fatal unless accepted.
        assert_eq!(report["loaded"], false);
    }
    let accepted = desk.run(&["import", &text(&folder), "--accept-with-faults", "--json"]);
    assert_eq!(accepted.status, 1, "{}\n{}", accepted.out, accepted.err);
    let report = accepted.json();
    assert_eq!(report["tables"]["fee_list_d"]["rows_loaded"], 2);
    let bad = report["faults"].as_array().unwrap().iter().find(|fault| fault["severity"] == "error").unwrap();
    assert_eq!((&bad["examples"][0]["value"], &bad["examples"][0]["row"]), (&Value::from("sixty"), &Value::from(3)));
}

#[test]
fn a_fatal_fault_loads_nothing_and_still_reports() {
    let desk = Desk::new();
    let folder = extract(&desk, "extract", &CLAIMS);
    let visits = fs::read_to_string(folder.join("mdtrt_d.csv")).unwrap();
    fs::write(folder.join("mdtrt_d.csv"), visits.replace("mdtrt_id,", "visit,")).unwrap();
    let answer = desk.run(&["import", &text(&folder), "--json"]);
    assert_eq!(answer.status, 3, "{}\n{}", answer.out, answer.err);
    assert!(answer.json()["faults"].as_array().unwrap().iter().any(|fault| fault["severity"] == "fatal"));
}
