//! The twelve acceptance checks, by their own numbers, on inspection extracts and on national tables.

mod intake_support;

use intake_support::{LINES, SETTLEMENTS, Scene, VISITS, fault, ordinary};
use lake::intake::{Acceptance, Pass, Report};

fn outcome(report: &Report, number: u8) -> &Acceptance {
    report.acceptance.iter().find(|one| one.number == number).expect("there are always twelve")
}

fn passes(report: &Report) -> Vec<Pass> {
    (1..=12).map(|number| outcome(report, number).pass).collect()
}

const ZY: &str = "HOSPITAL_ID,HOSPITAL_NAME,BRIDGE_ID,HISID,P_LEVEL,BILL_DATE,ZYH,PATIENT_ID,ID_CARD,BENEFIT_TYPE,ADMISSION_DEPT_NAME,DISCHARGE_DEPT_NAME,DOCTOR_NAME,PATIENT_GENDER,PATIENT_BIRTHDAY,PATIENT_AGE,CLAIM_TYPE,IF_LOCAL_FLAG,ADMISSION_DATE,DISCHARGE_DATE,ZYTS,DISCHARGE_STATUS,TOTAL_AMOUNT,BMI_PAY_AMOUNT,MEDICAL_INSURANCE_FLAG,REFUND_FLAG_TYPE,REFUND_HISID\n\
H44010000001,甲医院,B1,Z1,3,2026-02-10 10:00:00,ZY1,P1,X1,城镇职工,内科,内科,医师甲,男,1960-05-01,65,普通住院,本地,2026-02-03 08:00:00,2026-02-10 09:00:00,7.00,1.医嘱离院,1000.00,700.00,0,0,无\n\
H44010000001,甲医院,B2,Z2,3,2026-03-10 10:00:00,ZY2,P2,X2,自费,内科,内科,医师甲,女,1980-05-01,45,日间手术,异地,2026-03-09 08:00:00,2026-03-10 09:00:00,1,3,500.00,0,1,0,-\n\
H44010000001,甲医院,B1,Z3,3,2026-03-11 10:00:00,ZY1,P1,X1,城镇职工,内科,内科,医师甲,男,1960-05-01,65,普通住院,本地,2026-02-03 08:00:00,2026-02-10 09:00:00,7,1,-100.00,-70.00,0,1,Z1\n";

const ZY_DETAIL: &str = "HOSPITAL_ID,HOSPITAL_NAME,HISID,ZYH,ID_CARD,BILLING_DEPT_NAME,BILLING_TIME,USAGE_DATE,EXCUTE_DEPT_ID,EXCUTE_DEPT_NAME,DOCTOR_NAME,P_CATEGORY,BILL_DATE,ITEM_ID_HOSP,ITEM_NAME_HOSP,ITEM_ID,ITEM_NAME,UNIT_PRICE,NUM,COST,P_TYPE,REFUND_FLAG_TYPE,REFUND_HISID\n\
H44010000001,甲医院,Z1,ZY1,X1,内科,2026-02-04 08:00:00,,D1,内科,医师甲,护理费,2026-02-10 10:00:00,A1,护理,001201000030000,护理,100.00,10,1000.00,甲类,0,无\n\
H44010000001,甲医院,Z2,ZY2,X2,内科,2026-03-09 08:00:00,2026-03-09 12:00:00,D1,内科,医师甲,床位费,2026-03-10 10:00:00,A2,床位,,,250.00,2,500.00,,0,\n\
H44010000001,甲医院,Z3,ZY1,X1,内科,2026-02-04 08:00:00,,D1,内科,医师甲,护理费,2026-03-11 10:00:00,A1,护理,001201000030000,护理,100.00,-1,-100.00,甲类,1,Z1\n";

const ZY_DIAGNOSIS: &str = "HOSPITAL_ID,HOSPITAL_NAME,BRIDGE_ID,HISID,ZYH,PATIENT_ID,ID_CARD,ADMISSION_DISEASE_ID,ADMISSION_DISEASE_NAME,DISCHARGE_DISEASE_ID_MAIN,DISCHARGE_DISEASE_NAME_MAIN,DISCHARGE_DISEASE_ID_OTHER1,DISCHARGE_DISEASE_NAME_OTHER1,DISCHARGE_DISEASE_ID_OTHER2,DISCHARGE_DISEASE_NAME_OTHER2\n\
H44010000001,甲医院,B1,Z1,ZY1,P1,X1,I10.x00|E11.900,高血压|糖尿病,I10.x00,高血压,E11.900,糖尿病,,\n";

const OPERATIONS: &str = "HOSPITAL_ID,HOSPITAL_NAME,HISID,ZYH,PATIENT_ID,ID_CARD,ICD9_CODE_MAIN,ICD9_NAME_MAIN,ICD9_CODE_OTHER,ICD9_NAME_OTHER,OPRN_OPRT_DATE,ANST_WAY\n\
H44010000001,甲医院,Z2,ZY2,P2,X2,47.0100,切除,54.2100|51.2300,探查|胆囊,2026-03-09,1\n";

const STORE: &str = "HOSPITAL_ID,HOSPITAL_NAME,INVENTORY_NAME,INVENTORY_LEVEL,ITEM_ID_STORE,ITEM_NAME_STORE,BATCH_NO,SPEC,OPENING_DATE,OPENING_PRICE,OPENING_BALANCE,CLOSING_DATE,CLOSING_PRICE,CLOSING_BALANCE,SPLER_NAME,PRODENTP_NAME,PROD_CONVRAT,MIN_PRCUNT\n\
H44010000001,甲医院,西药库,一级库,K1,某药,L1,10mg,2026-02-01,10,5,2026-03-31,10,2.5,甲公司,乙厂,24,片\n";

fn inspection() -> Scene {
    let scene = Scene::new("inspection-2024");
    scene.file("SETTLE_ZY.csv", ZY).file("SETTLE_ZY_DETAIL.csv", ZY_DETAIL).file("SETTLE_ZY_DIAGNOSIS.csv", ZY_DIAGNOSIS);
    scene.file("MDCS_FUND_SETL_LIST_OPRN_D.csv", OPERATIONS).file("HIS_VS_YB_STORE.csv", STORE).file("LABINFO.csv", "A,B\n1,2\n");
    scene
}

#[test]
fn an_inspection_extract_becomes_national_tables() {
    let scene = inspection();
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert!(report.text().contains("LABINFO.csv：没有使用"));
    let visits = "SELECT mdtrt_id, psn_no, gend, med_type, insutype, dscg_way, ipt_days FROM mdtrt_d ORDER BY 1";
    assert_eq!(scene.sql(visits), ["Z1|P1|1|21|310|1|7", "Z2|P2|2|28|∅|4|1"]);
    let settlements =
        "SELECT setl_id, mdtrt_id, init_setl_id, medfee_sumamt, fund_pay_sumamt, refd_setl_flag FROM setl_d ORDER BY 1";
    assert_eq!(scene.sql(settlements), ["Z1|Z1|∅|1000.00|700.00|0", "Z2|Z2|∅|500.00|0.00|0", "Z3|Z1|Z1|-100.00|-70.00|1"]);
    // The list need not name the person on a line: the visit does.
    let lines = "SELECT mdtrt_id, setl_id, psn_no, cnt, fee_ocur_time, chrgitm_lv FROM fee_list_d ORDER BY 2";
    assert_eq!(
        scene.sql(lines),
        [
            "Z1|Z1|P1|10.0000|2026-02-04T08:00:00|01",
            "Z2|Z2|P2|2.0000|2026-03-09T12:00:00|∅",
            "Z1|Z3|P1|-1.0000|2026-02-04T08:00:00|01"
        ]
    );
    let diagnoses =
        "SELECT inout_diag_type, diag_srt_no, diag_code, diag_name, maindiag_flag FROM setl_list_diag_d ORDER BY 1, 2";
    assert_eq!(
        scene.sql(diagnoses),
        ["1|1|I10.x00|高血压|0", "1|2|E11.900|糖尿病|0", "2|1|I10.x00|高血压|1", "2|2|E11.900|糖尿病|0"]
    );
    let operations = "SELECT oprn_oprt_code, oprn_oprt_name, main_oprn_flag FROM setl_list_oprn_d ORDER BY 3 DESC, 1";
    assert_eq!(scene.sql(operations), ["47.0100|切除|1", "51.2300|胆囊|0", "54.2100|探查|0"]);
    assert_eq!(
        scene.sql("SELECT inv_chg_type, cnt, unt FROM inv_d ORDER BY inv_chg_time"),
        ["count|120.0000|片", "count|60.0000|片"]
    );
}

#[test]
fn what_needs_an_outside_figure_is_not_measured_without_one() {
    let report = inspection().check();
    let (yes, not) = (Pass::Yes, Pass::NotMeasured);
    assert_eq!(passes(&report), [yes, not, yes, yes, yes, yes, not, not, yes, yes, not, not], "{}", report.text());
    let json = report.json();
    assert_eq!(json["acceptance"][1]["pass"], "not measured");
    assert_eq!(json["acceptance"][2]["pass"], true);
}

#[test]
fn outside_figures_are_held_against_the_delivery() {
    let good = "period = [\"2026-02-01\", \"2026-03-31\"]\nfinance_total_fen = 140000\nbureau_total_fen = 90000\n\
        [rows]\nSETTLE_ZY = 3\nsettle_zy_detail = 3\n";
    let report = inspection().expect(good).check();
    assert!(passes(&report).iter().all(|pass| *pass == Pass::Yes), "{}", report.text());
    let bad = "period = [\"2026-01-01\", \"2026-03-10\"]\nfinance_total_fen = 139000\nbureau_total_fen = 90500\n[rows]\nSETTLE_ZY = 4\n";
    let report = inspection().expect(bad).check();
    for number in [2, 7, 8, 11, 12] {
        assert_eq!(outcome(&report, number).pass, Pass::No, "{number}: {}", report.text());
    }
    assert_eq!(outcome(&report, 7).measured, Some(1.0));
    assert!(outcome(&report, 8).detail.contains("2026-01"));
    assert_eq!(report.exit_status(), 1);
}

#[test]
fn each_check_fails_on_its_own_trouble() {
    let scene = inspection();
    // A detail of a document that is not there, a document without details, an empty doctor, a negative total that is no refund.
    let detail = ZY_DETAIL.replace("Z2,ZY2", "Z8,ZY2");
    let main = ZY.replace("医师甲,女", ",女").replace("-70.00,0,1,Z1", "-70.00,0,0,");
    scene.file("SETTLE_ZY_DETAIL.csv", detail).file("SETTLE_ZY.csv", main);
    let report = scene.check();
    for number in [3, 4, 5, 9, 10] {
        assert_eq!(outcome(&report, number).pass, Pass::No, "{number}: {}", report.text());
    }
    assert!(outcome(&report, 10).detail.contains("SETTLE_ZY.DOCTOR_NAME 1 个"));
    let twice = inspection();
    twice.file("SETTLE_ZY.csv", format!("{ZY}{}", ZY.lines().nth(1).unwrap()));
    let report = twice.check();
    assert_eq!(outcome(&report, 6).pass, Pass::No);
    // A repeated document does not count twice.
    assert_eq!(outcome(&report, 3).pass, Pass::Yes, "{}", report.text());
}

#[test]
fn header_against_detail_is_fatal_unless_accepted() {
    let mut scene = ordinary();
    scene.file("setl_d.csv", SETTLEMENTS.replace("300.50", "303.00"));
    let report = scene.import();
    assert_eq!((report.exit_status(), report.loaded), (3, false));
    assert!(fault(&report, "D072").unwrap().examples[0].message.contains("0.780 %"), "{}", report.text());
    assert_eq!(scene.lake().snapshot().unwrap().version(), 0);
    scene.options.accept_with_faults = true;
    let report = scene.import();
    assert_eq!((report.exit_status(), report.loaded), (1, true), "{}", report.text());
    assert_eq!(outcome(&report, 3).pass, Pass::No);
    assert_eq!(scene.sql("SELECT sum(medfee_sumamt) FROM setl_d"), ["323.00"]);
}

#[test]
fn unsettled_stays_and_withdrawn_rows_do_not_spoil_the_comparison() {
    let scene = ordinary();
    scene.file("mdtrt_d.csv", format!("{VISITS}V3,P3,H44010000001,2026-03-30 08:00:00,,21,1,1970-01-01\n"));
    scene.file(
        "setl_d.csv",
        SETTLEMENTS
            .replace("hifp_pay\n", "hifp_pay,vali_flag\n")
            .replace("200.00\n", "200.00,1\n")
            .replace("10.00\n", "10.00,1\n")
            + "S7,V1,P1,H44010000001,2026-03-05 11:00:00,999.00,0.00,999.00,0.00,0\n",
    );
    scene.file("fee_list_d.csv", format!("{LINES}V3,,1,P3,H44010000001,2026-03-30 09:00:00,001101000010000,1,5000,5000.00\n"));
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert!(outcome(&report, 4).detail.contains("1 行明细所属就诊尚未结算"));
}

#[test]
fn a_delivery_of_details_alone_is_not_compared() {
    let scene = ordinary();
    scene.import();
    let later = LINES.lines().next().unwrap().to_owned()
        + "\nV1,S1,7,P1,H44010000001,2026-03-04 09:00:00,001101000010000,-1,100,-100.00\n";
    scene.remove("mdtrt_d.csv").remove("setl_d.csv").file("fee_list_d.csv", later);
    let report = scene.import();
    assert_eq!(report.exit_status(), 0, "{}", report.text());
    assert_eq!(outcome(&report, 3).pass, Pass::NotMeasured);
    assert_eq!(scene.sql("SELECT count(*) FROM fee_list_d"), ["4"]);
}
