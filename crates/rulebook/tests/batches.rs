//! Later batches beside older ones: what takes over from what, and from when.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by stopping")]

use claims::Day;
use rulebook::Pack;
use rulebook::knowledge::{BatchReport, KnowledgeIndex, import_batch};

const RULE: &str = "E25-013";
const CODES: [&str; 2] = ["XB05BAU005B002010199998", "XB05BAU005B002010199999"];

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

struct Row {
    id: &'static str,
    name: &'static str,
    codes: &'static [&'static str],
    constraint: &'static str,
}

fn import(pack: &mut Pack, batch: i64, published: &str, rows: &[Row]) -> (BatchReport, Vec<String>) {
    let row = |r: &Row| {
        serde_json::json!({ "kp_id": r.id, "rule_class": "药品限就医方式", "med_codes": r.codes, "item_name": r.name,
                            "constraint": r.constraint, "batch": batch, "published_at": published })
    };
    let text = serde_json::Value::from(rows.iter().map(row).collect::<Vec<_>>()).to_string();
    let mut report = BatchReport::default();
    let faults = import_batch(&mut pack.knowledge, &pack.rules, &format!("batch-{batch}.json"), &text, None, &mut report);
    (report, faults.iter().map(ToString::to_string).collect())
}

/// The points that speak of a code on a day.
fn on(pack: &Pack, code: &str, text: &str) -> Vec<String> {
    let (index, faults) = KnowledgeIndex::build(&pack.knowledge, "kp_drug_pay", RULE, &["visit_mode".to_owned()], None);
    assert!(faults.is_empty(), "{}", faults[0]);
    index.select(code, day(text), &[]).iter().map(|p| p.point.id.to_string()).collect()
}

#[test]
fn points_of_one_batch_that_share_a_name_stand_beside_each_other() {
    let mut pack = Pack::shipped().unwrap();
    let rows = |a, b| {
        [
            Row { id: a, name: "甲", codes: &CODES[..1], constraint: "一" },
            Row { id: b, name: "甲", codes: &CODES[1..], constraint: "二" },
        ]
    };
    import(&mut pack, 9, "2026-04-01", &rows("A9", "B9"));
    let (report, faults) = import(&mut pack, 10, "2026-05-01", &rows("A10", "B10"));
    assert_eq!((report.superseding, faults.len()), (2, 0));
    for (code, before, after) in [(CODES[0], "A9", "A10"), (CODES[1], "B9", "B10")] {
        assert_eq!(
            (on(&pack, code, "2026-04-30"), on(&pack, code, "2026-05-01")),
            (vec![before.to_owned()], vec![after.to_owned()])
        );
    }
}

#[test]
fn a_later_batch_decides_for_the_codes_it_names_under_whatever_name() {
    let mut pack = Pack::shipped().unwrap();
    import(&mut pack, 9, "2026-04-01", &[Row { id: "A9", name: "甲", codes: &CODES, constraint: "一" }]);
    import(&mut pack, 10, "2026-05-01", &[Row { id: "B10", name: "乙", codes: &CODES[1..], constraint: "二" }]);
    assert_eq!(
        (on(&pack, CODES[0], "2026-06-01"), on(&pack, CODES[1], "2026-06-01")),
        (vec!["A9".to_owned()], vec!["B10".to_owned()])
    );
    assert_eq!(on(&pack, CODES[1], "2026-04-30"), ["A9"]);
}

#[test]
fn an_older_batch_that_comes_late_ends_where_the_newer_begins() {
    let mut pack = Pack::shipped().unwrap();
    import(&mut pack, 10, "2026-05-01", &[Row { id: "A10", name: "甲", codes: &CODES, constraint: "二" }]);
    import(&mut pack, 9, "2026-04-01", &[Row { id: "A9", name: "甲", codes: &CODES, constraint: "一" }]);
    assert_eq!(
        (on(&pack, CODES[0], "2026-04-30"), on(&pack, CODES[0], "2026-05-01")),
        (vec!["A9".to_owned()], vec!["A10".to_owned()])
    );
}

#[test]
fn a_point_without_a_day_of_publication_is_refused_unless_the_import_names_one() {
    let mut pack = Pack::shipped().unwrap();
    let rows = [Row { id: "A9", name: "甲", codes: &CODES, constraint: "一" }];
    let (report, faults) = import(&mut pack, 9, "soon", &rows);
    assert_eq!((report.points_rejected, faults.len()), (1, 1));
    assert!(faults[0].contains("soon"), "{}", faults[0]);
    let (report, faults) = import(&mut pack, 9, "", &rows);
    assert_eq!((report.points_rejected, faults.len()), (1, 1));
}

/// One made-up point of a class.
fn of_class(pack: &Pack, class: &str) -> (BatchReport, Vec<String>) {
    let mut knowledge = pack.knowledge.clone();
    let point = serde_json::json!([{ "kp_id": "KP-made-up", "rule_class": class, "med_codes": [CODES[0], CODES[1]],
                                     "item_name": "甲", "constraint": "示例", "batch": 18, "published_at": "2026-12-01" }]);
    let mut report = BatchReport::default();
    let faults = import_batch(&mut knowledge, &pack.rules, "batch-18.json", &point.to_string(), None, &mut report);
    (report, faults.iter().map(ToString::to_string).collect())
}

#[test]
fn a_point_of_any_class_waits_for_review_or_is_refused_with_the_reason() {
    let pack = Pack::shipped().unwrap();
    let national = pack.rules.iter().filter(|rule| ["GZ", "ZB", "E25"].iter().any(|begin| rule.code.starts_with(begin)));
    let (mut waiting, mut refused) = (0, 0);
    for rule in national {
        let (report, faults) = of_class(&pack, &rule.name);
        match (report.points_loaded, report.unreviewed, faults.as_slice()) {
            (1, 1, []) => waiting += 1,
            (0, 0, [why]) if why.contains("不用知识点") && why.contains(&rule.code) => refused += 1,
            other => panic!("{}: {other:?}", rule.name),
        }
    }
    assert_eq!((waiting, refused), (68, 20));
}

#[test]
fn a_class_is_known_by_the_names_under_which_it_is_published() {
    let pack = Pack::shipped().unwrap();
    for (name, code) in [("药品限最大开药天数/开药量", "GZ10000101009000"), ("中药饮片单方不予支付", "GZ10000101004000")]
    {
        let (report, faults) = of_class(&pack, name);
        assert_eq!((report.by_rule.get(code), faults.len()), (Some(&1), 0), "{name}");
    }
    let (report, faults) = of_class(&pack, "没有这样的规则");
    assert_eq!(report.points_rejected, 1);
    assert!(faults[0].contains("没有叫“没有这样的规则”的规则"), "{}", faults[0]);
}
