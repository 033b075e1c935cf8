//! A rule is changed: what appears and vanishes is known before anybody switches it on, and the lake keeps nothing of it.

use std::fs;

use serde_json::{Value, json};

use crate::surface::{CLAIMS, Desk, HOSPITAL, INPATIENT_ONLY, ITS_RULE, extract, text};

/// A lake with the three claims, and a draft that finds lines of the drug above an amount.
fn desk() -> Desk {
    let desk = Desk::new();
    let folder = extract(&desk, "extract", &CLAIMS);
    assert!(desk.run(&["import", &text(&folder), "--quiet"]).status <= 1);
    desk.run(&["rule", "new", "L990101-009", "--name", "大额明细", "--out", "old.toml"]).done();
    let rule = fs::read_to_string(desk.path("old.toml")).unwrap();
    let (logic, cases) = rule.split_once("[parameters.oldest]").unwrap();
    let (_, cases) = cases.split_once("# 用例").unwrap();
    let judged = format!(
        "[parameters.least]\nvalue = 8000\nmin = 1000\nmax = 20000\nmeans = \"金额大于多少分\"\nsource = \"试\"\nset_by = \"试\"\nset_on = \"2026-01-01\"\n\n\
         [logic]\nkind = \"line\"\ncharge = \"in_scope\"\namount = \"line\"\nscope = \"line.code = '{INPATIENT_ONLY}'\"\n\
         hit = \"line.amount_fen > p.least\"\n\n# 用例"
    );
    let message = "message = \"{line.name} 金额 {amount} 元\"";
    let logic: Vec<&str> = logic.lines().map(|line| if line.starts_with("message") { message } else { line }).collect();
    let cases = cases.split("[[case]]").next().unwrap();
    desk.write("old.toml", &format!("{}\n{judged}{cases}", logic.join("\n")));
    let old = fs::read_to_string(desk.path("old.toml")).unwrap();
    desk.write("new.toml", &old.replace("value = 8000", "value = 5000").replace("version    = 1", "version    = 2"));
    desk
}

fn messages(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|finding| finding["message"].as_str().unwrap()).collect()
}

#[test]
fn a_lower_limit_lets_findings_appear_and_a_higher_one_lets_them_vanish() {
    let desk = desk();
    let preview = desk.json(&["rule", "diff", "old.toml", "new.toml"]);
    assert_eq!(messages(&preview["appeared"]), ["某注射液 金额 60.00 元"]);
    assert_eq!((&preview["vanished"], &preview["changed"], &preview["unchanged"]), (&json!([]), &json!([]), &json!(1)));
    assert_eq!(preview["rule_changes"], json!([{ "what": "参数 least", "before": "8000", "after": "5000" }]));
    assert_eq!((&preview["old"]["hit"], &preview["new"]["hit"], &preview["new"]["rows"]), (&json!(1), &json!(2), &json!(2)));
    assert_eq!(preview["new"]["distinct"]["amount_fen"], 16_000);
    let of_hospital = &preview["by_institution"][0];
    assert_eq!((&of_hospital["code"], &of_hospital["name"]), (&json!(HOSPITAL), &json!("示例医院")));
    assert_eq!((&of_hospital["appeared_fen"], &of_hospital["amount_fen"]), (&json!(6_000), &json!(6_000)));
    assert_eq!((&preview["by_level"][0]["name"], &preview["by_department"][0]["name"]), (&json!("二级"), &json!("（科室不明）")));
    let drawn = &preview["sample"]["appeared"][0];
    assert_eq!((&drawn["line_ids"], &drawn["other_rule"]), (&json!(["V2:1"]), &json!("不命中")));

    let back = desk.json(&["rule", "diff", "new.toml", "old.toml"]);
    assert_eq!(messages(&back["vanished"]), ["某注射液 金额 60.00 元"]);
    assert_eq!((&back["total"]["vanished_fen"], &back["total"]["amount_fen"]), (&json!(6_000), &json!(-6_000)));
}

#[test]
fn other_rules_on_the_same_lines_are_named_and_the_lake_keeps_nothing() {
    let desk = desk();
    let none = desk.json(&["rule", "diff", "old.toml", "new.toml"]);
    assert_eq!(none["overlap"], Value::Null);
    assert!(!desk.lake().join("runs").exists(), "a trial is no run");
    desk.run(&["run", "--quiet"]).done();
    // A later run of one rule says nothing of the others, and is not taken.
    desk.run(&["run", "--rule", "M010", "--out", "one", "--quiet"]).done();
    let preview = desk.json(&["rule", "diff", "old.toml", "new.toml"]);
    let shared = &preview["overlap"]["rules"][0];
    assert_eq!((&shared["code"], &shared["appeared"], &shared["vanished"]), (&json!(ITS_RULE), &json!(1), &json!(0)));
    assert_eq!(preview["overlap"]["appeared_alone"], 0);
    let of_one = desk.json(&["rule", "diff", "old.toml", "new.toml", "--run", "one"]);
    assert_eq!((&of_one["overlap"]["judged"], &of_one["overlap"]["appeared_alone"]), (&json!(1), &json!(1)));
    let runs = fs::read_dir(desk.lake().join("runs")).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(runs.count(), 2, "a trial is no run");
    let text = desk.run(&["rule", "diff", "old.toml", "new.toml"]).done().out;
    for word in ["参数 least", "新出现 1 条 60.00 元", "示例医院", "旧规则：不命中", "种子 1"] {
        assert!(text.contains(word), "{word}\n{text}");
    }
}

#[test]
fn a_shipped_rule_stands_under_its_code_with_its_points_and_a_renamed_one_is_compared_by_subject() {
    let desk = desk();
    desk.run(&["run", "--quiet"]).done();
    let same = desk.json(&["rule", "diff", ITS_RULE, ITS_RULE]);
    assert_eq!((&same["unchanged"], &same["appeared"], &same["rule_changes"]), (&json!(2), &json!([]), &json!([])));
    // What a trial finds has the id that a run gives it.
    let ids: Vec<Value> =
        desk.findings().iter().filter(|f| f["rule_code"] == ITS_RULE).map(|f| f["finding_id"].clone()).collect();
    let gone = desk.json(&["rule", "diff", ITS_RULE, "old.toml"]);
    assert_eq!((gone["changed"].as_array().unwrap().len(), &gone["comparable"]), (1, &json!(true)));
    assert_eq!(gone["regraded"], json!([{ "before": "violation", "after": "suspicion", "findings": 1 }]));
    assert!(gone["vanished"].as_array().unwrap().iter().all(|finding| ids.contains(&finding["finding_id"])), "{gone}");
    assert_eq!(desk.run(&["rule", "diff", "NONE", ITS_RULE]).status, 2);
    desk.write("broken.toml", "code = 1\n");
    assert_eq!(desk.run(&["rule", "diff", ITS_RULE, "broken.toml"]).status, 3);
}

/// The points of the curve of the only parameter, by what `of` takes of each.
fn points(curves: &Value, of: &str) -> Vec<Value> {
    curves["curves"][0]["points"].as_array().unwrap().iter().map(|point| point[of].clone()).collect()
}

#[test]
fn a_curve_tries_the_default_the_bounds_what_regions_set_and_where_the_hits_lie() {
    let desk = desk();
    desk.run(&["rule", "explain", "old.toml", "--curve", "--json"]).done();
    fs::create_dir(desk.path("local")).unwrap();
    fs::rename(desk.path("old.toml"), desk.path("local/rule.toml")).unwrap();
    let overlay = "[[overlay]]\nrule = \"L990101-009\"\nparameter = \"least\"\nvalue = 5900\nregion = \"990101\"\nsource = \"某局\"\n\
         set_by = \"某局\"\nset_on = \"2026-01-01\"\n";
    desk.write("local/parameters.toml", overlay);
    let curves = desk.json(&["rule", "explain", "L990101-009", "--curve", "--rules", "local"]);
    let curve = &curves["curves"][0];
    assert_eq!((&curve["parameter"], &curve["condition"]), (&json!("least"), &json!("line.amount_fen > p.least")));
    // A line of 60 yuan and one of 100: the quantiles of what is hit are among the thresholds.
    let values = ["1000", "4000", "5900", "6000", "7200", "8000", "8800", "10000", "12000", "16000", "20000"];
    assert_eq!(points(&curves, "value"), values);
    assert_eq!(points(&curves, "findings"), [2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0]);
    assert_eq!(points(&curves, "amount_fen"), [16_000, 16_000, 16_000, 10_000, 10_000, 10_000, 10_000, 0, 0, 0, 0]);
    assert_eq!(points(&curves, "is_default").iter().position(|is| *is == json!(true)), Some(5));
    assert_eq!(points(&curves, "regions")[2], json!(["990101"]));
    assert_eq!(points(&curves, "zone")[0], Value::Null);
    assert!(!desk.lake().join("runs").exists(), "a trial is no run");

    let text = desk.run(&["rule", "explain", "L990101-009", "--curve", "--rules", "local"]).done().out;
    for word in ["地方 990101", "默认", "160.00", "████"] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    assert_eq!(desk.run(&["rule", "explain", ITS_RULE, "--curve", "--parameter", "nothing"]).status, 2);
    assert_eq!(desk.run(&["rule", "explain", ITS_RULE, "--parameter", "least"]).status, 2, "only curves have parameters");
}

#[test]
fn zones_are_marked_and_counted_apart() {
    let desk = desk();
    let old = fs::read_to_string(desk.path("old.toml")).unwrap();
    let strict = "[parameters.strict]\nvalue = 9000\nmeans = \"严重\"\nsource = \"试\"\nset_by = \"试\"\nset_on = \"2026-01-01\"\n\n[logic]";
    let grade = "hit = \"line.amount_fen > p.least\"\n\n[[logic.grade]]\nwhen = \"line.amount_fen > p.strict\"\n\
                 grade = \"suspicion_high\"\nbecause = \"金额大\"\n";
    desk.write("zones.toml", &old.replace("[logic]", strict).replace("hit = \"line.amount_fen > p.least\"", grade));
    let curves = desk.json(&["rule", "explain", "zones.toml", "--curve", "--parameter", "least"]);
    assert_eq!((&curves["zones"]["core"], &curves["zones"]["watch"]), (&json!("strict"), &json!("least")));
    let at = |value: &str| {
        let all = curves["curves"][0]["points"].as_array().unwrap();
        let point = all.iter().find(|point| point["value"] == value).unwrap();
        (point["zone"].clone(), point["core"].clone(), point["watch"].clone())
    };
    assert_eq!(at("4000"), (json!("outside"), json!(1), json!(1)));
    assert_eq!(at("8800"), (json!("watch"), json!(1), json!(0)));
    assert_eq!(at("10000"), (json!("core"), json!(0), json!(0)));
    let text = desk.run(&["rule", "explain", "zones.toml", "--curve"]).done().out;
    assert!(text.contains("核心区：line.amount_fen > p.strict（高度可疑，金额大）") && text.contains('░'), "{text}");
}
