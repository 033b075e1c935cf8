//! Risk profiles over a small synthetic city.

use std::fs;

use crate::surface::Desk;
use serde_json::Value;

fn audited() -> Desk {
    let desk = Desk::new();
    desk.run(&["synth", "--persons", "500", "--seed", "7", "--out", "city"]).done();
    for file in fs::read_dir(desk.path("city/knowledge")).into_iter().flatten().flatten() {
        desk.run(&["knowledge", "import", &file.path().display().to_string()]).done();
    }
    assert!(desk.run(&["import", "city", "--json"]).status <= 1);
    assert!(desk.run(&["run", "--out", "out", "--json"]).status <= 1);
    desk
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn a_city_is_ranked_and_every_point_is_told() {
    let desk = audited();
    for of in ["institution", "doctor", "person"] {
        let report = desk.json(&["risk", "--of", of]);
        let profiles = report["profiles"].as_array().unwrap();
        assert!(profiles.len() > 20, "{of}: {}", profiles.len());
        assert!(profiles.windows(2).all(|pair| number(&pair[0]["score"]) >= number(&pair[1]["score"])), "{of}");
        for profile in profiles {
            let sum: f64 = profile["factors"].as_array().unwrap().iter().map(|factor| number(&factor["points"])).sum();
            assert!((sum - number(&profile["score"])).abs() < 0.1, "{profile}");
        }
        assert!(report["data_faults"].as_array().unwrap().iter().all(|aside| aside["findings"].as_u64().unwrap() > 0));
        let bands = ["high", "middle", "low"].map(|band| report[band].as_u64().unwrap());
        assert_eq!(bands.iter().sum::<u64>(), profiles.len() as u64);
    }
    let doctors = desk.json(&["risk", "--of", "doctor"]);
    let nobody = |profile: &&Value| profile["code"].as_str().unwrap().ends_with("000000");
    assert_eq!(doctors["profiles"].as_array().unwrap().iter().filter(nobody).count(), 0);
}

#[test]
fn what_counts_what_is_set_aside_and_what_is_on_trial_add_up_to_the_run() {
    let desk = audited();
    let report = desk.json(&["risk"]);
    let profiles = report["profiles"].as_array().unwrap();
    let grades = ["violation", "suspicion_high", "suspicion", "hint"];
    let counted: u64 = profiles.iter().flat_map(|p| grades.map(|grade| p["findings"][grade].as_u64().unwrap())).sum();
    let aside: u64 = report["data_faults"].as_array().unwrap().iter().map(|aside| aside["findings"].as_u64().unwrap()).sum();
    let nowhere = desk.findings().iter().filter(|f| f["fixmedins_code"].is_null() && f["rule_status"] != "trial").count() as u64;
    let all = desk.findings().len() as u64;
    assert!(counted > 0 && aside > 0);
    let sum = counted + aside + report["trial"].as_u64().unwrap();
    assert!(sum <= all && all <= sum + nowhere, "{counted} + {aside} + trial of {all}, {nowhere} of no institution");
}

#[test]
fn the_page_stands_alone_and_the_region_sets_its_own_bands() {
    let desk = audited();
    desk.write("local.toml", "[[scheme]]\nregion = \"990100\"\nfrom = \"2026-01-01\"\nbands = { high = 30.0, middle = 24.0 }\n");
    let local = ["risk", "--run", "out", "--scheme", "local.toml", "--region", "990101", "--out", "page"];
    let report = desk.json(&local);
    assert_eq!((number(&report["bands"]["high"]), report["scheme_region"].as_str()), (30.0, Some("990100")));
    let html = fs::read_to_string(desk.path(report["html"].as_str().unwrap())).unwrap();
    for word in ["机构风险画像", "数据问题", "同行中位数", "不影响得分"] {
        assert!(html.contains(word), "{word}");
    }
    assert!(!html.contains("<script") && !html.contains("<link") && !html.contains("http"), "the page stands alone");
    let kept: Value = serde_json::from_slice(&fs::read(desk.path(report["json"].as_str().unwrap())).unwrap()).unwrap();
    assert_eq!(kept["profiles"], report["profiles"]);

    let text = desk.run(&["risk", "--top", "3"]).done().out;
    assert!(text.contains("分起为高") && text.contains("走势"), "{text}");
    desk.write("size.toml", "[[scheme]]\nfrom = \"2026-01-01\"\n[scheme.institution.size_fund]\npoints = 40.0\n");
    let refused = desk.run(&["risk", "--scheme", "size.toml"]);
    assert_eq!(refused.status, 2, "{}", refused.err);
    assert!(refused.err.contains("不能只按金额定风险"), "{}", refused.err);
}
