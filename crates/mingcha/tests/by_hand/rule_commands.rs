//! Rules without any lake: list, explain, test, check, new; and wrong use.

use std::fs;
use std::path::Path;

use crate::surface::{Desk, ITS_RULE};

/// How many rule files the repository holds: the binary must ship every one of them.
fn shipped() -> usize {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let folders = fs::read_dir(rules).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    files.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).count()
}

#[test]
fn the_cases_of_shipped_rules_run_by_code() {
    // One of each way to decide: line by line, by a period, by a query. The engine's own tests run every case of every rule.
    let report = Desk::new().json(&["rule", "test", ITS_RULE, "GZ10000102014000", "M024"]);
    assert_eq!(report["failed"], 0);
    assert!(report["passed"].as_u64().unwrap() > 30, "{report}");
}

#[test]
fn the_list_has_what_the_contract_says() {
    let rules = Desk::new().json(&["rule", "list"]);
    let rule = rules.as_array().unwrap().iter().find(|rule| rule["code"] == ITS_RULE).unwrap();
    for key in ["code", "name", "status", "version", "kind", "stages", "knowledge_rows"] {
        assert!(!rule[key].is_null(), "{key}");
    }
    assert_eq!(rule["kind"], "line");
    assert!(rule["knowledge_rows"].as_u64().unwrap() > 0);
    assert_eq!(rules.as_array().unwrap().len(), shipped());
}

#[test]
fn an_explanation_names_law_logic_knowledge_parameters_and_cases() {
    let text = Desk::new().run(&["rule", "explain", ITS_RULE]).done().out;
    for word in ["依据：", "判定逻辑：", "知识：", "参数（全国默认值）：", "用例（", "医疗保障基金使用监督管理条例"]
    {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn a_new_rule_is_sound_as_written_and_a_broken_clause_is_caught() {
    let desk = Desk::new();
    desk.run(&["rule", "new", "L990101-001", "--name", "样板规则"]).done();
    desk.run(&["rule", "check", "L990101-001.toml"]).done();
    desk.run(&["rule", "test", "L990101-001.toml"]).done();
    let path = desk.path("L990101-001.toml");
    let text = fs::read_to_string(&path).unwrap();

    fs::write(&path, text.replace("line.age_years > p.oldest", "line.age_years >= p.oldest")).unwrap();
    let wrong = desk.run(&["rule", "test", "L990101-001.toml"]);
    assert_eq!(wrong.status, 1);
    assert!(wrong.err.contains("差一天满十八岁"), "{}", wrong.err);

    fs::write(&path, text.replace("line.age_years > p.oldest", "line.age_decades > p.oldest")).unwrap();
    let unknown = desk.run(&["rule", "check", "L990101-001.toml"]);
    assert_eq!(unknown.status, 1);
    assert!(unknown.err.contains("无法编译"), "{}", unknown.err);

    fs::write(&path, text.replace("line.age_years > p.oldest", "line.age_years > p.oldest AND line.amount_fen <> -1")).unwrap();
    let untried = desk.run(&["rule", "check", "L990101-001.toml"]);
    assert_eq!(untried.status, 1);
    assert!(untried.err.contains("没有用例能发现"), "{}", untried.err);
}

#[test]
fn cases_in_a_file_of_their_own_run_against_shipped_rules() {
    let desk = Desk::new();
    let case = |expect: &str| {
        format!(
            "rule = \"{ITS_RULE}\"\n[[case]]\nname = \"门诊用药\"\nexpect = {expect}\n\
             [case.given]\nfee_list_d = [{{ med_list_codg = \"{}\" }}]\n",
            crate::surface::INPATIENT_ONLY
        )
    };
    desk.write("right.cases.toml", &case("[{ lines = [\"L1\"] }]"));
    desk.write("wrong.cases.toml", &case("[]"));
    assert_eq!(desk.json(&["rule", "test", "right.cases.toml"])["passed"], 1);
    let wrong = desk.run(&["rule", "test", "wrong.cases.toml"]);
    assert_eq!(wrong.status, 1);
    assert!(wrong.err.contains("门诊用药"), "{}", wrong.err);
}

#[test]
fn local_rules_join_and_a_taken_code_is_refused() {
    let desk = Desk::new();
    desk.run(&["rule", "new", "L990101-002", "--out", "local/rule.toml"]).done();
    let rules = desk.json(&["rule", "list", "--rules", "local"]);
    assert_eq!(rules.as_array().unwrap().len(), shipped() + 1);
    assert_eq!(desk.run(&["rule", "new", ITS_RULE]).status, 3);
    let text = fs::read_to_string(desk.path("local/rule.toml")).unwrap();
    desk.write("clash/rule.toml", &text.replace("L990101-002", ITS_RULE));
    let clash = desk.run(&["rule", "list", "--rules", "clash"]);
    assert_eq!(clash.status, 1);
    assert!(clash.err.contains("已存在"), "{}", clash.err);
}

#[test]
fn a_local_rule_brings_its_own_table_of_knowledge() {
    let desk = Desk::new();
    desk.run(&["rule", "new", "L990101-003", "--out", "local/rule.toml"]).done();
    let text = fs::read_to_string(desk.path("local/rule.toml")).unwrap();
    let text = text
        .replace("kind   = \"line\"", "kind   = \"line\"\nknowledge = \"kp_local_age\"\ndeciding = [\"oldest\"]\n#")
        .replace("scope  = \"line.code = 'XA01ABD075A002010100483'\"\n", "")
        .replace("status     = \"draft\"", "status = \"trial\"")
        .replace("line.age_years > p.oldest", "line.age_years > greatest(k.oldest, p.oldest)");
    desk.write("local/rule.toml", &text);
    let description = "table = \"kp_local_age\"\nname = \"地方年龄限制\"\nkey = \"codes\"\nmatch = \"item\"\n\
                       [columns.oldest]\nkind = \"int\"\nmeans = \"允许的最大年龄\"\n";
    desk.write("local/knowledge/kp_local_age.toml", description);
    let rows =
        "id,rule,codes,name,oldest,valid_from,reviewed_by\nLK-1,L990101-003,XA01ABD075A002010100483,某药,17,2020-01-01,某局\n";
    desk.write("local/knowledge/kp_local_age/rows.csv", rows);
    let tested = desk.run(&["rule", "test", "L990101-003", "--rules", "local", "--json"]);
    assert_eq!((tested.status, &tested.json()["failed"]), (0, &serde_json::json!(0)), "{}{}", tested.out, tested.err);
    let listed = desk.json(&["rule", "list", "--rules", "local"]);
    let own = listed.as_array().unwrap().iter().find(|rule| rule["code"] == "L990101-003").unwrap();
    assert_eq!(own["knowledge_rows"], 1);

    desk.write("local/knowledge/kp_local_age/rows.csv", &rows.replace(",17,", ",seventeen,"));
    let wrong = desk.run(&["rule", "list", "--rules", "local"]);
    assert_eq!(wrong.status, 1);
    assert!(wrong.err.contains("第2行") && wrong.err.contains("seventeen"), "{}", wrong.err);
}

#[test]
fn the_exported_rules_are_the_shipped_ones() {
    let desk = Desk::new();
    desk.run(&["rule", "export", "--out", "export"]).done();
    let report = desk.json(&["rule", "check", "export/rules", "--no-mutants"]);
    assert_eq!(report["rules"], shipped());
    assert_eq!(report["problems"].as_array().unwrap().len(), 0, "{report}");
}

#[test]
fn exit_statuses_are_those_of_the_contract() {
    let desk = Desk::new();
    let status = |arguments: &[&str]| desk.run(arguments).status;
    assert_eq!(status(&["--help"]), 0);
    assert_eq!(status(&["--version"]), 0);
    assert_eq!(status(&[]), 2);
    assert_eq!(status(&["frobnicate"]), 2);
    assert_eq!(status(&["run", "--from", "yesterday"]), 2);
    assert_eq!(status(&["rule", "explain", "NONE"]), 2);
    assert_eq!(status(&["import", "nothing-there"]), 3);
    assert_eq!(status(&["run"]), 3, "there is no lake");
    assert_eq!(status(&["findings"]), 3, "there is no run");
    assert_eq!(status(&["data-check", "explain", "D014"]), 0);
    assert!(!desk.lake().join("runs").exists(), "a run that could not be done leaves nothing");
}
