//! Exceptions: whoever one clears is named, and a region says a set otherwise for all rules that name it.

use crate::surface::{Claim, Desk, INPATIENT_ONLY, ITS_RULE, extract, text};

/// An emergency visit with a drug that is paid for inpatients alone, and the admission on the next morning.
fn admitted() -> Desk {
    let desk = Desk::new();
    let claims = [
        Claim { number: 1, day: "2026-01-20", med_type: "13", item: INPATIENT_ONLY, price: "100.00" },
        Claim { number: 2, day: "2026-01-21", med_type: "21", item: "XA02BCA001A001010199999", price: "30.00" },
    ];
    let folder = extract(&desk, "extract", &claims);
    assert!(desk.run(&["import", &text(&folder)]).status <= 1);
    desk
}

#[test]
fn whom_an_exception_clears_is_counted_and_named() {
    let desk = admitted();
    let report = desk.json(&["run", "--rule", ITS_RULE, "--out", "out", "--csv"]);
    let words = "急诊结束后24小时内在同一机构入院，属于这次住院";
    assert_eq!((&report["rules"][0]["findings"], &report["rules"][0]["exempted"][words]), (&0.into(), &1.into()), "{report}");
    let listed = std::fs::read_to_string(desk.path("out/exempted.csv")).unwrap();
    assert!(listed.lines().any(|row| row.contains("V1") && row.ends_with(words)), "{listed}");
    assert!(desk.run(&["run", "--rule", ITS_RULE]).done().out.contains("另有 1 个对象符合规则所列的例外"));
    let asked = desk.run(&["sql", "SELECT mdtrt_id FROM exempted GROUP BY mdtrt_id"]).done().out;
    assert!(asked.contains("V1"), "{asked}");
    assert!(desk.run(&["rule", "explain", ITS_RULE]).done().out.contains("例外集 emergency_then_admitted"));
}

#[test]
fn a_region_says_a_set_otherwise_and_a_misspelt_one_is_named() {
    let desk = admitted();
    desk.write("local/exceptions/emergency_then_admitted.sql", "-- 本市不并入住院\nFALSE\n");
    let report = desk.json(&["run", "--rule", ITS_RULE, "--rules", "local"]);
    assert_eq!(report["rules"][0]["findings"], 1, "{report}");

    desk.write("misspelt/exceptions/emergency_than_admitted.sql", "-- 本市不并入住院\nFALSE\n");
    let refused = desk.run(&["run", "--rule", ITS_RULE, "--rules", "misspelt"]);
    assert_eq!(refused.status, 1, "{}", refused.err);
    for part in ["emergency_than_admitted.sql", "没有规则引用例外集", "emergency_then_admitted"] {
        assert!(refused.err.contains(part), "{part} is not in {}", refused.err);
    }
}
