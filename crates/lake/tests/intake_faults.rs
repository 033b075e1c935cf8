//! Every fault is found, named by file, row, column and value, and stops what it must and nothing else.

mod intake_support;

use std::fmt::Write;

use intake_support::{LINE_HEADER, LINES, SETTLEMENTS, Scene, VISITS, fault, ordinary};
use proptest::prelude::*;

/// An ordinary delivery with one more line, and what becomes of it.
fn with_line(line: &str) -> (Scene, lake::intake::Report) {
    let scene = ordinary();
    scene.file("fee_list_d.csv", format!("{LINES}{line}\n"));
    let report = scene.import();
    (scene, report)
}

#[test]
fn a_row_with_a_bad_value_goes_whole_to_quarantine_and_the_rest_loads() {
    let cases = [
        ("V1,S1,9,P1,H44010000001,2026-03-02 09:00:00,001101000010000,x1,1,1.00", "D010", "cnt", "x1"),
        ("V1,S1,9,P1,H44010000001,2026-03-02 09:00:00,001101000010000,1,1,1.2E1", "D011", "det_item_fee_sumamt", "1.2E1"),
        ("V1,S1,9,P1,H44010000001,2026-03-02 09:00:00,001101000010000,1,1,1.005", "D012", "det_item_fee_sumamt", "1.005"),
        (
            "V1,S1,9,P1,H44010000001,2026-03-02 09:00:00,001101000010000,1,1,\"1,000.00\"",
            "D013",
            "det_item_fee_sumamt",
            "1,000.00",
        ),
        ("V1,S1,9,P1,H44010000001,2026-02-30 09:00:00,001101000010000,1,1,1.00", "D014", "fee_ocur_time", "2026-02-30 09:00:00"),
        ("V1,S1,9,P1,H44010000001,2026/3/2 9:00,001101000010000,1,1,1.00", "D015", "fee_ocur_time", "2026/3/2 9:00"),
        (
            "V1,S1,9,P1,H44010000001,2026-03-02 09:00:00,001101000010000,1,1,12345678901234567.00",
            "D019",
            "det_item_fee_sumamt",
            "12345678901234567.00",
        ),
    ];
    for (line, check, column, value) in cases {
        let (scene, report) = with_line(line);
        assert_eq!(report.exit_status(), 1, "{check}");
        let table = report.tables["fee_list_d"];
        assert_eq!((table.rows_read, table.rows_loaded, table.rows_rejected), (4, 3, 1), "{check}: {}", report.text());
        let example = &fault(&report, check).unwrap_or_else(|| panic!("{check}: {}", report.text())).examples[0];
        assert_eq!((example.file.as_str(), example.row), ("fee_list_d.csv", Some(5)), "{check}");
        assert_eq!((example.column.as_deref(), example.value.as_deref()), (Some(column), Some(value)), "{check}");
        let refused = scene.quarantine(&report);
        assert_eq!(refused.len(), 1, "{check}");
        assert_eq!(
            (&refused[0]["check"], &refused[0]["row"], &refused[0]["raw"]["bkkp_sn"]),
            (&check.into(), &5.into(), &"9".into())
        );
        assert_eq!(refused[0]["raw"][column], value, "{check}");
        assert!(refused[0]["hint"].as_str().unwrap().chars().count() > 5);
    }
}

#[test]
fn missing_values_repeated_keys_orphans_and_misshapen_rows() {
    let cases = [
        ("V1,S1,9,P1,H44010000001,,001101000010000,1,1,1.00", "D018"),
        ("V1,S1,1,P1,H44010000001,2026-03-02 09:00:00,001101000010000,1,1,1.00", "D020"),
        ("V9,S9,1,P1,H44010000001,2026-03-02 09:00:00,001101000010000,1,1,0.00", "D021"),
        ("V1,S1,9,P2,H44010000001,2026-03-02 09:00:00,001101000010000,1,1,1.00", "D026"),
        ("V1,S1,9,P1,H44010000001,2026-03-02", "D004"),
    ];
    for (line, check) in cases {
        let (scene, report) = with_line(line);
        assert_eq!(report.exit_status(), 1, "{check}");
        let found = fault(&report, check).unwrap_or_else(|| panic!("{check}: {}", report.text()));
        assert_eq!((found.count, found.examples[0].row), (1, Some(5)), "{check}");
        assert_eq!(report.tables["fee_list_d"].rows_rejected, 1, "{check}");
        assert_eq!(scene.quarantine(&report).len(), 1, "{check}");
        assert_eq!(scene.sql("SELECT count(*) FROM fee_list_d"), ["3"], "{check}");
        // Without a lake the same faults are found, but for what only the lake can know.
        if check != "D026" {
            assert!(fault(&scene.check(), check).is_some(), "{check}");
        }
    }
}

#[test]
fn a_settlement_without_its_visit_is_refused() {
    let scene = ordinary();
    scene.file("setl_d.csv", format!("{SETTLEMENTS}S9,V9,P9,H44010000001,2026-03-05 11:00:00,0.00,0.00,0.00,0.00\n"));
    let report = scene.import();
    assert_eq!(fault(&report, "D022").unwrap().count, 1);
    assert_eq!(report.tables["setl_d"].rows_rejected, 1);
}

#[test]
fn a_header_in_the_middle_is_put_aside() {
    let (header, rows) = LINES.split_once('\n').unwrap();
    let scene = ordinary();
    scene.file("fee_list_d.csv", format!("{header}\n{}{header}\n{}", &rows[..0], rows));
    let report = scene.import();
    assert_eq!(fault(&report, "D005").unwrap().count, 1);
    let table = report.tables["fee_list_d"];
    assert_eq!((table.rows_read, table.rows_loaded, table.rows_rejected), (3, 3, 0));
}

type Spoil<'a> = &'a dyn Fn(&Scene);

#[test]
fn fatal_faults_load_nothing() {
    let not_utf8 = |scene: &Scene| {
        let mut bytes = LINES.as_bytes().to_vec();
        bytes.extend_from_slice(&[0xd2, 0xbd, 0xb1, 0xa3]);
        scene.file("fee_list_d.csv", bytes);
    };
    let no_key = |scene: &Scene| {
        scene.file("fee_list_d.csv", LINES.replacen("bkkp_sn", "number", 1));
    };
    let no_time = |scene: &Scene| {
        scene.file("fee_list_d.csv", LINES.replacen("fee_ocur_time", "time", 1));
    };
    let other_table = |scene: &Scene| {
        scene.file("fee_list_d.csv", SETTLEMENTS);
    };
    let cut_off = |scene: &Scene| {
        let packed = zstd::encode_all(LINES.as_bytes(), 1).unwrap();
        scene.remove("fee_list_d.csv").file("fee_list_d.csv.zst", &packed[..packed.len() - 4]);
    };
    let cases: [(&str, Spoil<'_>); 5] =
        [("D003", &not_utf8), ("D002", &no_key), ("D009", &no_time), ("D001", &other_table), ("D006", &cut_off)];
    for (check, spoil) in cases {
        let scene = ordinary();
        spoil(&scene);
        let report = scene.import();
        assert!(fault(&report, check).is_some(), "{check}: {}", report.text());
        assert_eq!((report.exit_status(), report.loaded, report.quarantine.is_none()), (3, false, true), "{check}");
        assert_eq!(scene.lake().snapshot().unwrap().version(), 0, "{check}");
        assert!(!scene.lake_path().join("quarantine/000001").exists(), "{check}");
        assert_eq!(scene.check().exit_status(), 1, "{check}: check never says 3");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_named_by_their_place_far_into_a_file() {
    let scene = ordinary();
    let mut lines = String::from(LINE_HEADER);
    for number in 0..20_000 {
        let _ = writeln!(lines, "V1,S1,{number},P1,H44010000001,2026-03-02 09:00:00,001101000010000,1,0,0.00");
    }
    let at = lines.len();
    let mut bytes = lines.into_bytes();
    bytes.push(0xff);
    scene.file("fee_list_d.csv", bytes);
    let report = scene.import();
    let example = &fault(&report, "D003").unwrap().examples[0];
    assert!(example.message.contains(&at.to_string()) && example.message.contains("GB18030"), "{}", example.message);
}

#[test]
fn contradictions_are_counted_and_load() {
    let scene = ordinary();
    let visits = "mdtrt_id,psn_no,fixmedins_code,begntime,endtime,med_type,gend,brdy,die_date,chfpdr_code,dscg_maindiag_code\n\
        V1,P1,H44010000001,2026-03-05 08:00:00,2026-03-02 08:00:00,21,M,1900-01-01,2026-03-01,D000000000000,e11.900\n\
        V2,P2,4401,2026-03-03 09:00:00,,11,1,2026-03-09,,D440100000001,Q1\n";
    scene.file("mdtrt_d.csv", visits).file("setl_d.csv", SETTLEMENTS.replace("S2,V2,P2,H44010000001", "S2,V2,P2,4401"));
    let lines = "mdtrt_id,setl_id,bkkp_sn,psn_no,fee_ocur_time,med_list_codg,cnt,pric,det_item_fee_sumamt,inscp_amt\n\
        V1,S1,1,P1,2025-03-02 09:00:00,001101000010000,3,100.000000,300.00,301.00\n\
        V1,S1,2,P1,2026-03-03 09:00:00,,1,0.3,0.50,0.50\n\
        V2,S2,1,P2,2026-03-03 09:10:00,1101,2,10,20.00,\n";
    scene.file("fee_list_d.csv", lines);
    scene.file("psn_info_b.csv", "psn_no,gend,brdy,certno\nP1,1,1960-05-01,00000019900307781X\n");
    scene.file("fixmedins_b.csv", "fixmedins_code,hosp_lv\nH44010000001,03\n");
    let report = scene.import();
    assert_eq!(report.tables["fee_list_d"].rows_loaded, 3, "{}", report.text());
    for check in [
        "D023", "D024", "D040", "D041", "D044", "D045", "D048", "D049", "D050", "D052", "D053", "D060", "D061", "D062", "D070",
        "D075",
    ] {
        assert_eq!(fault(&report, check).map(|fault| fault.count), Some(1), "{check}: {}", report.text());
    }
    assert_eq!(report.exit_status(), 0);
    // Originals stay.
    assert_eq!(scene.sql("SELECT dscg_maindiag_code FROM mdtrt_d WHERE mdtrt_id = 'V1'"), ["e11.900"]);
}

#[test]
fn sums_of_a_settlement_that_disagree_are_counted() {
    let scene = ordinary();
    let settlements = "setl_id,mdtrt_id,psn_no,fixmedins_code,setl_time,medfee_sumamt,fund_pay_sumamt,psn_pay,hifp_pay,maf_pay\n\
        S1,V1,P1,H44010000001,2026-03-05 11:00:00,340.50,200.00,100.50,150.00,40.00\n\
        S2,V2,P2,H44010000001,2026-03-03 09:40:00,20.00,10.00,10.00,10.00,\n\
        S3,V2,P2,H44010000001,2026-03-03 09:40:00,20.00,10.00,10.00,10.00,0\n\
        S4,V2,P2,H44010000001,2026-03-04 09:40:00,-40.00,-20.00,-20.00,-20.00,\n";
    scene.file("setl_d.csv", settlements).remove("fee_list_d.csv");
    let report = scene.import();
    for check in ["D025", "D071", "D073", "D074"] {
        assert_eq!(fault(&report, check).map(|fault| fault.count), Some(1), "{check}: {}", report.text());
    }
    assert_eq!(report.tables["setl_d"].amount_read_fen, 34_050);
    assert_eq!(report.tables["setl_d"].amount_loaded_fen, 34_050);
}

#[test]
fn checks_that_find_nothing_are_reported_as_zero() {
    let report = ordinary().check();
    for id in ["negative_stay", "death_before_admission", "repeated_key", "orphan_detail", "header_detail_totals", "bad_date"] {
        assert_eq!(report.checks.get(id), Some(&0), "{id}");
    }
    assert!(report.text().contains("死亡日期早于入院"));
}

#[test]
fn names_and_numbers_of_persons_stay_out_of_reports_and_quarantine() {
    let scene = ordinary();
    let visits = VISITS
        .replace("brdy\n", "brdy,psn_name,certno\n")
        .replace("1960-05-01\n", "1960-05-31x,王某某,00000019900307781X\n")
        .replace("1980-01-15\n", "1980-01-15,李某某,1\n");
    scene.file("mdtrt_d.csv", visits).remove("fee_list_d.csv").remove("setl_d.csv");
    let report = scene.import();
    assert_eq!(fault(&report, "D014").unwrap().count, 1);
    let all = format!("{}{}{:?}", report.text(), report.json(), scene.quarantine(&report));
    assert!(!all.contains("王某某") && !all.contains("00000019900307781X"), "{all}");
    assert_eq!(scene.quarantine(&report)[0]["raw"]["mdtrt_id"], "V1");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), name in 0_usize..5) {
        let scene = Scene::new("national");
        let name = ["fee_list_d.csv", "mdtrt_d.csv.gz", "x.csv.zst", "setl_d.parquet", "any"][name];
        scene.file(name, &bytes);
        let _ = scene.check().text();
    }

    #[test]
    fn no_text_in_a_field_makes_the_reader_panic(value in "\\PC{0,12}", column in 0_usize..10) {
        let scene = Scene::new("national");
        let mut fields = ["V1", "S1", "1", "P1", "H44010000001", "2026-03-02 09:00:00", "001101000010000", "1", "1", "1.00"];
        let quoted = format!("\"{}\"", value.replace('"', "\"\""));
        fields[column] = &quoted;
        scene.file("fee_list_d.csv", format!("{LINE_HEADER}{}\n", fields.join(",")));
        let report = scene.check();
        prop_assert_eq!(report.tables["fee_list_d"].rows_read, 1);
    }
}
