//! Rules with what they have done so far.

use serde_json::{Value, json};

use crate::casework::add_user;
use crate::surface::{CLAIMS, Desk, HOSPITAL, ITS_RULE, extract, text};

fn label(rules: &Value, code: &str) -> Value {
    rules.as_array().unwrap().iter().find(|rule| rule["code"] == code).unwrap()["label"].clone()
}

#[test]
fn a_label_has_what_a_run_and_the_city_say_and_leaves_empty_what_nobody_knows() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["rule", "list", "--label"]).status, 3, "there is no run");
    assert_eq!(desk.run(&["rule", "list", "--accuracy", "x.json"]).status, 2, "only labels have an accuracy");
    let folder = extract(&desk, "extract", &CLAIMS);
    assert!(desk.run(&["import", &text(&folder), "--quiet"]).status <= 1);
    desk.run(&["run", "--out", "out", "--quiet"]).done();
    // Of three planted violations two are found; the third has no such line.
    let planted = |visit: &str| format!("own,{ITS_RULE},line,{HOSPITAL},P1,{visit},{visit}:1,0,hit\n");
    let head = "scheme,rule_code,subject,fixmedins_code,psn_no,mdtrt_id,line_ids,amount_fen,expect\n";
    desk.write("truth.csv", &format!("{head}{}{}{}", planted("V1"), planted("V2"), planted("V9")));
    let measured = desk.run(&["eval", "--findings", "out/findings.parquet", "--truth", "truth.csv", "--json"]).done().out;
    desk.write("accuracy.json", &measured);

    let rules = desk.json(&["rule", "list", "--label", "--accuracy", "accuracy.json"]);
    let of_rule = label(&rules, ITS_RULE);
    let figures = ["rows", "findings", "undecided", "amount_fen"].map(|key| of_rule[key].clone());
    assert_eq!(figures, [2, 2, 0, 16_000]);
    let shipped = rules.as_array().unwrap().iter().find(|rule| rule["code"] == ITS_RULE).unwrap();
    assert_eq!(of_rule["judged_version"], shipped["version"]);
    assert_eq!(of_rule["recall"], json!({ "part": 2, "whole": 3, "bp": null }));
    assert_eq!(of_rule["precision"], json!({ "part": 2, "whole": 2, "bp": null }));
    for empty in ["confirmed", "overturned", "fen_per_reviewer_hour"] {
        assert_eq!(of_rule[empty], Value::Null, "{empty}");
    }
    desk.run(&["rule", "new", "L990101-007", "--out", "local/rule.toml"]).done();
    let with_local = desk.json(&["rule", "list", "--label", "--rules", "local"]);
    assert_eq!(label(&with_local, "L990101-007")["rows"], Value::Null, "a draft has not run");

    let exported = desk.json(&["rule", "list", "--label", "--run", "out"]);
    assert_eq!(label(&exported, ITS_RULE)["findings"], 2);
    assert_eq!(label(&exported, ITS_RULE)["recall"], Value::Null);
    assert!(desk.json(&["rule", "list"])[0].get("label").is_none());

    let table = desk.run(&["rule", "list", "--label", "--accuracy", "accuracy.json"]).done().out;
    for word in ["2 / 3", "160.00", "系统还没有疑点的复核记录", "accuracy.json", "元/审核小时"] {
        assert!(table.contains(word), "{word}\n{table}");
    }
    // The book shows the same label, where a run is named.
    desk.run(&["rule", "book", "--out", "book", "--run", "out", "--accuracy", "accuracy.json", "--quiet"]).done();
    let page = std::fs::read_to_string(desk.path(&format!("book/rule/{ITS_RULE}.html"))).unwrap();
    assert!(page.contains("<dt>召回率</dt><dd>2 / 3</dd>") && page.contains("<dt>确认</dt><dd>—</dd>"));
    // Once casework is kept, what nobody decided on is none, and no longer unknown.
    assert!(add_user(&desk, "admin", "correct horse battery").status.success());
    let reviewed = label(&desk.json(&["rule", "list", "--label"]), ITS_RULE);
    assert_eq!((reviewed["confirmed"].clone(), reviewed["overturned"].clone()), (json!(0), json!(0)));
    assert!(desk.run(&["rule", "list", "--label"]).done().out.contains("取自办理库"));
    desk.write("broken.json", "[]");
    let broken = desk.run(&["rule", "list", "--label", "--accuracy", "broken.json"]);
    assert_eq!(broken.status, 3);
    assert!(broken.err.contains("不是评测结果"), "{}", broken.err);
}

#[test]
fn a_label_takes_the_newest_run_of_all_rules_and_says_which() {
    let desk = Desk::new();
    let folder = extract(&desk, "extract", &CLAIMS);
    assert!(desk.run(&["import", &text(&folder), "--quiet"]).status <= 1);
    let run = |arguments: &[&str]| desk.json(arguments)["run_id"].as_str().unwrap().to_owned();
    let only = run(&["run", "--rule", ITS_RULE]);
    let table = desk.run(&["rule", "list", "--label"]).done().out;
    assert!(table.contains(&only) && table.contains("条规则中的 1 条，没有参与的空着"), "{table}");

    let (whole, tried) = (run(&["run"]), run(&["run", "--rule", ITS_RULE]));
    let table = desk.run(&["rule", "list", "--label"]).done().out;
    assert!(table.contains(&whole) && !table.contains(&tried) && table.contains("覆盖全部"), "{table}");
    assert_eq!(label(&desk.json(&["rule", "list", "--label"]), ITS_RULE)["run_id"], json!(whole));
    let named = desk.run(&["rule", "list", "--label", "--run", &tried]).done().out;
    assert!(named.contains(&tried), "whoever names a run gets it\n{named}");
}

#[test]
fn a_list_tells_a_rule_that_needs_no_knowledge_from_one_that_has_none() {
    let desk = Desk::new();
    let rules = desk.json(&["rule", "list"]);
    let of = |code: &str| rules.as_array().unwrap().iter().find(|rule| rule["code"] == code).unwrap().clone();
    assert_eq!(of("GZ10000204003000")["knowledge_tables"], json!([]), "it looks at records alone");
    let empty = of("GZ10000102008000");
    assert_eq!((&empty["knowledge_rows"], &empty["knowledge_table"]), (&json!(0), &Value::Null));
    assert_eq!(empty["knowledge_tables"][0], json!({ "table": "kp_service_dept", "rows": 0 }));
    assert!(of("GZ10000204005000")["knowledge_rows"].as_u64().unwrap() > 0, "a SELECT reads its table");
    let list = desk.run(&["rule", "list"]).done().out;
    let line = |code: &str| list.lines().find(|line| line.contains(code)).unwrap().to_owned();
    assert!(line("GZ10000204003000").contains("不用") && !line("GZ10000102008000").contains("不用"), "{list}");
    assert!(line("GZ10000102008000").contains("无知识：kp_service_dept 0、dept_map 0"), "{list}");
    assert!(line("M027").contains("kp_dialysis 8、provider_beds 0") && !line("M027").contains("无知识"), "one table has rows");
    assert_eq!((&empty["without_knowledge"], &of("M027")["without_knowledge"]), (&json!(true), &json!(false)));
}
