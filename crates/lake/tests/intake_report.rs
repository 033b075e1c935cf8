//! The report's shape, re-delivery, and the profiles of foreign layouts.

mod intake_support;

use intake_support::{LINES, SETTLEMENTS, Scene, VISITS, fault, ordinary};
use lake::intake::{Profile, data_check};

#[test]
fn the_report_has_the_shape_that_the_contract_fixes() {
    let scene = ordinary();
    scene.file("fee_list_d.csv", format!("{LINES}V1,S1,9,P1,H44010000001,2026-03-02 09:00:00,001101000010000,x,1,1.00\n"));
    let json = scene.import().json();
    let lines = &json["tables"]["fee_list_d"];
    for (key, value) in [
        ("rows_read", 4),
        ("rows_loaded", 3),
        ("rows_rejected", 1),
        ("rows_duplicate", 0),
        ("rows_revised", 0),
        ("amount_read_fen", 32_150),
        ("amount_loaded_fen", 32_050),
    ] {
        assert_eq!(lines[key], value, "{key}: {lines}");
    }
    let fault = &json["faults"][0];
    assert_eq!((&fault["check"], &fault["severity"], &fault["count"]), (&"D010".into(), &"error".into(), &1.into()));
    let example = &fault["examples"][0];
    assert_eq!((&example["file"], &example["row"]), (&"fee_list_d.csv".into(), &5.into()));
    assert_eq!((&example["column"], &example["value"]), (&"cnt".into(), &"x".into()));
    assert_eq!(json["acceptance"].as_array().unwrap().len(), 12);
    for key in ["name", "measured", "limit", "pass"] {
        assert!(json["acceptance"][2].get(key).is_some(), "{key}");
    }
}

#[test]
fn the_same_file_again_changes_nothing_and_says_so() {
    let scene = ordinary();
    scene.import();
    let before = scene.lake().snapshot().unwrap().version();
    let report = scene.import();
    assert_eq!(scene.lake().snapshot().unwrap().version(), before);
    let table = report.tables["fee_list_d"];
    assert_eq!((table.rows_read, table.rows_loaded, table.rows_duplicate), (3, 0, 3));
    assert!(report.text().contains("数据湖没有改变") && report.exit_status() == 0, "{}", report.text());
}

#[test]
fn a_row_that_comes_again_with_other_content_is_a_revision() {
    let scene = ordinary();
    scene.import();
    scene.file("fee_list_d.csv", LINES.replace("300.00", "301.00")).remove("mdtrt_d.csv").remove("setl_d.csv");
    let report = scene.import();
    let table = report.tables["fee_list_d"];
    assert_eq!((table.rows_revised, table.rows_loaded, table.rows_duplicate), (1, 1, 2), "{}", report.text());
    assert_eq!(scene.sql("SELECT sum(det_item_fee_sumamt) FROM fee_list_d"), ["321.50"]);
}

#[test]
fn provider_claims_load_by_their_profile() {
    let scene = Scene::new("provider-fraud");
    scene.file(
        "Train_Beneficiarydata-1.csv",
        "\"BeneID\",\"DOB\",\"DOD\",\"Gender\"\n\"B1\",1943-01-01,NA,1\n\"B2\",1936-09-01,2009-12-01,2\n",
    );
    let codes = |kind: &str, from: u32, to: u32| (from..=to).map(|n| format!("Clm{kind}Code_{n}")).collect::<Vec<_>>().join(",");
    let header = format!(
        "BeneID,ClaimID,ClaimStartDt,ClaimEndDt,Provider,InscClaimAmtReimbursed,AttendingPhysician,OperatingPhysician,AdmissionDt,ClmAdmitDiagnosisCode,DeductibleAmtPaid,DischargeDt,{},{}",
        codes("Diagnosis", 1, 10),
        codes("Procedure", 1, 6)
    );
    let row = "B1,C1,2009-04-12,2009-04-18,PRV1,26000,PHY1,NA,2009-04-12,7866,NA,2009-04-18,1970,4019,1970,NA,NA,NA,NA,NA,NA,NA,7092,NA,NA,NA,NA,NA";
    scene.file("Train_Inpatientdata-1.csv", format!("{header}\n{row}\n"));
    scene.file("labels_dev.csv", "Provider,PotentialFraud\nPRV1,No\n");
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert_eq!(scene.sql("SELECT fund_pay_sumamt, act_pay_dedc, med_type FROM setl_d"), ["26000.00|∅|21"]);
    assert_eq!(scene.sql("SELECT psn_no, die_date FROM psn_info_b ORDER BY 1"), ["B1|∅", "B2|2009-12-01"]);
    // A code named twice in a claim is one diagnosis.
    assert_eq!(scene.sql("SELECT diag_code, maindiag_flag FROM setl_list_diag_d ORDER BY 2 DESC"), ["1970|1", "4019|0"]);
    assert_eq!(report.checks["death_before_admission"], 0);
}

#[test]
fn only_charges_of_synthea_are_lines() {
    let scene = Scene::new("synthea");
    scene.file("patients.csv", "Id,BIRTHDATE,DEATHDATE,GENDER\np1,2011-03-18,,F\n");
    scene.file("encounters.csv", "Id,START,STOP,PATIENT,ORGANIZATION,PROVIDER,ENCOUNTERCLASS,TOTAL_CLAIM_COST,PAYER_COVERAGE,REASONDESCRIPTION\ne1,2014-05-06T08:34:30Z,2014-05-06T08:49:30Z,p1,o1,d1,wellness,85.55,0.00,\n");
    let transactions = "ID,CHARGEID,PATIENTID,TYPE,AMOUNT,FROMDATE,PLACEOFSERVICE,PROCEDURECODE,UNITS,NOTES,UNITAMOUNT,APPOINTMENTID,PROVIDERID\n\
        t1,0,p1,CHARGE,85.55,2014-05-06T08:34:30Z,o1,185345009,1,Encounter,85.55,e1,d1\n\
        t2,1,p1,PAYMENT,,2014-05-06T08:34:30Z,o1,185345009,1,Encounter,0.00,e1,d1\n\
        t3,1,p1,TRANSFERIN,35.55,2014-05-06T08:34:30Z,o1,185345009,1,Encounter,0.00,e1,d1\n";
    scene.file("claims_transactions.csv", transactions);
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert_eq!(report.tables["fee_list_d"].rows_read, 1);
    assert_eq!(scene.sql("SELECT p.gend, m.med_type FROM psn_info_b p, mdtrt_d m"), ["2|11"]);
}

#[test]
fn front_pages_keep_their_ages_and_lists() {
    let scene = Scene::new("front-page");
    let pages = "case,gender,age,ageDay,weight,dept,inHospitalTime,leavingType,zdList,ssList\n\
        1,1,60,0,0,13030704,6,1,\"q55.606,E11.401+G63.2*,q55.606\",\"51.2300,43.5x00x007\"\n\
        2,2,0,43,0,13030704,1,4,K80.100x001,\n";
    scene.file("frontpage_2.csv", pages);
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert_eq!(fault(&report, "D045").map(|fault| fault.count), None, "{}", report.text());
    assert_eq!(
        scene.sql("SELECT brdy, endtime, dscg_way FROM mdtrt_d ORDER BY mdtrt_id"),
        ["1964-01-01|2024-01-07T00:00:00|1", "2023-11-19|2024-01-02T00:00:00|4"]
    );
    let diagnoses = "SELECT mdtrt_id, diag_srt_no, diag_code, maindiag_flag FROM setl_list_diag_d ORDER BY 1, 2";
    assert_eq!(scene.sql(diagnoses), ["1|1|q55.606|1", "1|2|E11.401+G63.2*|0", "2|1|K80.100x001|1"]);
    assert_eq!(scene.sql("SELECT count(*) FROM setl_list_oprn_d"), ["2"]);
}

#[test]
fn stock_messages_become_movements() {
    let scene = Scene::new("national");
    scene.file("3501.csv", "fixmedins_code,med_list_codg,fixmedins_hilist_id,invdate,inv_cnt,fixmedins_bchno\nP44010000001,XJ01FAA051A001010201187,a,2026-01-01,100,b1\n");
    scene.file("3503_goods.csv", "fixmedins_code,med_list_codg,purc_retn_cnt,purc_retn_stoin_time,finl_trns_pric,fixmedins_bchno\nP44010000001,XJ01FAA051A001010201187,24,2026-01-02 10:00:00,1.25,b2\n");
    scene.file("returns.csv", "fixmedins_code,med_list_codg,purc_retn_cnt,purc_retn_stoin_time,medins_prod_purc_no,fixmedins_bchno\nP44010000001,XJ01FAA051A001010201187,4,2026-01-03 10:00:00,n1,b2\n");
    scene.file("inv_d.csv", "fixmedins_code,med_list_codg,inv_chg_type,inv_chg_time,cnt\nP44010000001,XJ01FAA051A001010201187,104,2026-01-04 10:00:00,1\n");
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert_eq!(
        scene.sql("SELECT inv_chg_type, cnt FROM inv_d ORDER BY inv_chg_time"),
        ["count|100.0000", "108|24.0000", "109|4.0000", "104|1.0000"]
    );
}

#[test]
fn a_profile_of_ones_own_maps_renames_constants_units_and_expressions() {
    let text = "name = \"own\"\ntitle = \"本地\"\nnull_words = [\"缺\"]\n[[source]]\nname = \"bills\"\nfiles = [\"bills\"]\n\
        [[source.into]]\ntable = \"mdtrt_d\"\nwhere = \"kind <> 'x'\"\n[source.into.columns]\nmdtrt_id = \"no\"\npsn_no = \"person\"\n\
        fixmedins_code = { value = \"H44010000001\" }\nbegntime = \"day\"\ngend = { column = \"sex\", map = { m = \"1\" } }\n\
        [[source.into]]\ntable = \"setl_d\"\nwhere = \"kind <> 'x'\"\n[source.into.columns]\nsetl_id = { sql = \"'S' || no\" }\nmdtrt_id = \"no\"\n\
        medfee_sumamt = { column = \"total\", unit = \"ten_thousand_yuan\" }\nfund_pay_sumamt = { column = \"fund\", unit = \"fen\" }\n";
    let mut scene = Scene::new("national");
    scene.options.profile = Profile::parse("own", text).unwrap();
    scene.file(
        "bills.csv",
        "no,person,day,sex,total,fund,kind\n1,p,2026-03-01,m,1.5,缺,a\n2,p,2026-03-02,f,0.01,1234,a\n3,p,2026-03-02,f,1,1,x\n",
    );
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert_eq!(
        scene.sql("SELECT setl_id, psn_no, medfee_sumamt, fund_pay_sumamt FROM setl_d ORDER BY 1"),
        ["S1|p|15000.00|∅", "S2|p|100.00|12.34"]
    );
    assert_eq!(scene.sql("SELECT gend FROM mdtrt_d ORDER BY mdtrt_id"), ["1", "∅"]);
}

#[test]
fn national_files_need_no_profile_and_unknown_columns_are_named() {
    let scene = Scene::new("national");
    scene
        .file("mdtrt_d.csv", VISITS.replace("brdy\n", "brdy,本地列\n").replace("-01\n", "-01,x\n").replace("-15\n", "-15,x\n"))
        .file("setl_d.csv", SETTLEMENTS);
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert!(fault(&report, "D007").unwrap().examples[0].message.contains("本地列"));
}

#[test]
fn the_catalogue_answers_by_code_and_name() {
    assert!(data_check::list().len() >= 45);
    assert_eq!(data_check::explain("d060").unwrap().id, "negative_stay");
    assert!(data_check::explain("D999").is_none());
}
