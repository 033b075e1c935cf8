//! Later deliveries, and what is kept of persons.

use std::fs;

use rust_xlsxwriter::Workbook;
use serde_json::json;

use crate::surface::{CLAIMS, Claim, Desk, HOSPITAL, INPATIENT_ONLY, ITS_POINT, ITS_RULE, extract, text};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

fn import(desk: &Desk, folder: &str, more: &[&str]) {
    let folder = text(&desk.path(folder));
    let arguments: Vec<&str> = ["import", &folder].into_iter().chain(more.iter().copied()).collect();
    let answer = desk.run(&arguments);
    assert!(answer.status <= 1, "{}\n{}", answer.out, answer.err);
}

#[test]
fn a_replacement_supersedes_the_institutions_month_and_nothing_else() {
    let desk = Desk::new();
    extract(&desk, "first", &CLAIMS);
    import(&desk, "first", &[]);
    // The hospital's February again: the second visit is gone, the third is a new one.
    let february = [Claim { number: 4, day: "2026-02-07", med_type: "11", item: "XA02BCA001A001010199999", price: "45.00" }];
    extract(&desk, "second", &february);
    import(&desk, "second", &["--replace", &format!("2026-02@{HOSPITAL}")]);
    let visits = desk.json(&["sql", "SELECT mdtrt_id FROM mdtrt_d ORDER BY mdtrt_id"]);
    assert_eq!(visits, json!([{ "mdtrt_id": "V1" }, { "mdtrt_id": "V4" }]));
    let lines = desk.json(&["sql", "SELECT mdtrt_id FROM fee_list_d ORDER BY mdtrt_id"]);
    assert_eq!(lines, visits, "lines go with their visits");
    let wrong = desk.run(&["import", &text(&desk.path("second")), "--replace", "February"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.err.contains("2026-01@H99010100001"), "{}", wrong.err);
}

#[test]
fn certificates_are_sealed_with_a_key_and_dropped_without() {
    let desk = Desk::new();
    let folder = extract(&desk, "extract", &CLAIMS);
    fs::write(folder.join("psn_info_b.csv"), "psn_no,psn_name,certno,gend,brdy\nP1,王某某,00000019700505001X,1,1970-05-05\n")
        .unwrap();
    import(&desk, "extract", &[]);
    assert_eq!(desk.json(&["sql", "SELECT count(cert_hash) AS n FROM psn_info_b"]), json!([{ "n": 0 }]), "no key, no hash");

    let keyed = Desk::new();
    let folder = extract(&keyed, "extract", &CLAIMS);
    fs::write(folder.join("psn_info_b.csv"), "psn_no,psn_name,certno,gend,brdy\nP1,王某某,00000019700505001X,1,1970-05-05\n")
        .unwrap();
    let key = keyed.write("key.hex", KEY);
    import(&keyed, "extract", &["--key-file", &text(&key)]);
    assert_eq!(keyed.json(&["sql", "SELECT count(cert_hash) AS n FROM psn_info_b"]), json!([{ "n": 1 }]));
    for desk in [&desk, &keyed] {
        assert!(!holds(&desk.lake(), "00000019700505001X") && !holds(&desk.lake(), "王某某"), "personal data stand in the open");
    }
    let inside = keyed.write("lake/key.hex", KEY);
    let refused = keyed.run(&["import", &text(&keyed.path("extract")), "--key-file", &text(&inside)]);
    assert_eq!(refused.status, 3, "a key inside the lake keeps nothing: {}{}", refused.out, refused.err);
}

/// Whether any file below a folder holds these bytes.
fn holds(folder: &std::path::Path, word: &str) -> bool {
    fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holds(&path, word);
        }
        fs::read(path).unwrap().windows(word.len()).any(|bytes| bytes == word.as_bytes())
    })
}

#[test]
fn a_spreadsheet_is_knowledge_too() {
    let desk = Desk::new();
    extract(&desk, "extract", &CLAIMS);
    import(&desk, "extract", &[]);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("kp_drug_pay").unwrap();
    let rows = [
        ["rule", "name", "codes", "visit_mode", "valid_from", "supersedes", "visit_mod"],
        [ITS_RULE, "ω-3鱼油脂肪乳注射液", INPATIENT_ONLY, "er_ip", "2026-02-01", ITS_POINT, "ip"],
        [ITS_RULE, "某药", "XB05BAU005B002010199999", "ip", "二月", "", ""],
    ];
    for (row, cells) in (0..).zip(rows) {
        sheet.write_row(row, 0, cells).unwrap();
    }
    fs::write(desk.path("local.xlsx"), book.save_to_buffer().unwrap()).unwrap();
    let answer = desk.run(&["knowledge", "import", "local.xlsx", "--json"]);
    assert_eq!(answer.status, 1, "{}", answer.err);
    let report = answer.json();
    assert_eq!((&report["points_loaded"], &report["points_rejected"], &report["superseding"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!((&report["faults"][0]["row"], &report["faults"][0]["column"]), (&json!(3), &json!("valid_from")));
    let ignored = report["ignored_columns"][0].as_str().unwrap();
    assert!(ignored.contains("visit_mod"), "a misspelt column does not vanish without a word: {ignored}");
    desk.run(&["run", "--rule", ITS_RULE]).done();
    assert_eq!(desk.findings().len(), 1, "from February on emergencies may use it");
}
