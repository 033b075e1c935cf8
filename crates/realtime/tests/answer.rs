//! Answers as a doctor gets them: what is said, how strongly, and what is held back.

use std::collections::{BTreeMap, HashMap};

use claims::{Day, Fen};
use realtime::answer::{self, Asked, HeldBack};
use realtime::budget::{self, Budget, Known};
use realtime::records::Mark;
use realtime::{Dialect, Scene, Told};
use rulebook::finding::{AmountBasis, ChargedLine, Evidence, FactUsed, LawCited};
use rulebook::rule::Stage;
use rulebook::{Finding, Grade};

fn finding(rule: &str, grade: Grade, charged: &[(&str, i64)], related: &[&str]) -> Finding {
    let evidence = Evidence {
        charged: charged
            .iter()
            .map(|(line, fen)| ChargedLine { line_id: (*line).to_owned(), excess: Fen(*fen), fund: None })
            .collect(),
        law: vec![LawCited {
            law: "医疗保障基金使用监督管理条例".to_owned(), article: "第三十八条第（三）项".to_owned()
        }],
        cleared_by: vec!["两处病房的护理记录".to_owned()],
        ..Evidence::default()
    };
    Finding {
        finding_id: String::new(),
        revision: 1,
        rule_code: rule.to_owned(),
        rule_version: 1,
        rule_name: "护理等级重复收费".to_owned(),
        rule_status: "active".to_owned(),
        knowledge_id: Some("K1".to_owned()),
        grade,
        subject: "pair".to_owned(),
        subject_key: charged.iter().map(|(line, _)| *line).collect(),
        fixmedins_code: Some("H99010100001".to_owned()),
        psn_no: Some("P1".to_owned()),
        mdtrt_id: Some("M1".to_owned()),
        setl_id: None,
        bilg_dr_code: None,
        related: Vec::new(),
        line_ids: charged.iter().map(|(line, _)| (*line).to_owned()).collect(),
        related_lines: related.iter().map(|line| (*line).to_owned()).collect(),
        insutype: None,
        insu_admdvs: None,
        fund_parts: Vec::new(),
        amount_basis: AmountBasis::Line,
        occurred_on: Day(20_000),
        quantity_excess: None,
        amount_fen: charged.iter().map(|(_, fen)| fen).sum(),
        fund_amount_fen: None,
        message: "同一天开立二级护理与一级护理".to_owned(),
        evidence,
        digest: String::new(),
    }
    .sealed()
}

fn mark(rx_id: &str, current: bool) -> Mark {
    Mark {
        rx_id: rx_id.into(),
        mdtrt_id: "M1".into(),
        line_id: format!("M1:{rx_id}"),
        current,
        doctor: Some("D990101000017".into()),
        dept: Some("A07".into()),
    }
}

/// Asks about a visit of two orders, of which the second is being entered.
fn with_asked<T>(stage: Stage, scene: Scene, ask: impl FnOnce(&Asked<'_>) -> T) -> T {
    let marks = [mark("OR-1", false), mark("OR-2", true), mark("OR-0", false)];
    let by_line: HashMap<&str, &Mark> = marks.iter().map(|mark| (mark.line_id.as_str(), mark)).collect();
    let dialect = Dialect::default();
    ask(&Asked {
        fixmedins_code: "H99010100001",
        msgid: "MSG1",
        sent: claims::Moment::parse("2026-03-02 10:15:30").expect("a moment"),
        task_id: Some("T1"),
        stage,
        scene,
        psn_no: "P1",
        mdtrt_id: "M1",
        marks: &by_line,
        dialect: &dialect,
    })
}

#[test]
fn a_finding_is_told_with_its_lines_its_law_and_its_amount() {
    let found = finding("R1", Grade::Violation, &[("M1:OR-1", 2_400)], &["M1:OR-2", "M7:L1"]);
    let told = with_asked(Stage::Pre, Scene::InpatientOrder, |asked| {
        let answer = answer::weigh(vec![found.clone()], asked);
        assert_eq!(answer.told[0].held_back, None, "an order that is being entered is involved");
        answer.told[0].result("management", asked)
    });
    assert_eq!((told["sev_deg"].as_str(), told["vola_amt"].to_string().as_str()), (Some("1"), "24.0"));
    assert!(told["vola_evid"].as_str().expect("a text").contains("第三十八条第（三）项"));
    let details = told["judge_result_detail_dtos"].as_array().expect("details");
    let kinds: Vec<(&str, &str)> = details
        .iter()
        .map(|one| (one["rx_id"].as_str().expect("rx_id"), one["vola_item_type"].as_str().expect("a kind")))
        .collect();
    assert_eq!(kinds, [("OR-1", "1"), ("OR-2", "2")], "another visit's line is none of the caller's");
}

#[test]
fn what_may_still_fall_is_no_certain_violation_and_says_what_would_clear_it() {
    let mut found = finding("R1", Grade::Violation, &[("M1:OR-2", 2_400)], &[]);
    found.evidence.facts =
        vec![FactUsed { name: "indication.met".to_owned(), label: "条件成立".to_owned(), value: Some("否".to_owned()) }];
    let found = found.sealed();
    let graded = |stage, scene| {
        with_asked(stage, scene, |asked| {
            let answer = answer::weigh(vec![found.clone()], asked);
            (answer.told[0].grade, answer.told[0].sentence())
        })
    };
    let (grade, sentence) = graded(Stage::Pre, Scene::InpatientOrder);
    assert_eq!(grade, Grade::SuspicionHigh);
    assert!(sentence.contains("暂定：条件成立") && sentence.contains("护理记录"), "{sentence}");
    assert_eq!(graded(Stage::Mid, Scene::InpatientSettlement), (Grade::Violation, found.message.clone()));
}

#[test]
fn hints_and_what_was_there_before_are_held_back() {
    let found = vec![
        finding("R1", Grade::Hint, &[("M1:OR-2", 100)], &[]),
        finding("R2", Grade::Violation, &[("M1:OR-0", 100)], &["M1:OR-1"]),
        finding("R3", Grade::Suspicion, &[("M1:OR-2", 100)], &[]),
    ];
    let held = |stage| {
        with_asked(stage, Scene::InpatientOrder, |asked| {
            let told = answer::weigh(found.clone(), asked).told;
            told.iter().map(|one| (one.finding.rule_code.clone(), one.held_back)).collect::<BTreeMap<_, _>>()
        })
    };
    let expected = |context| {
        [("R1", Some(HeldBack::Grade)), ("R2", context), ("R3", None)].map(|(rule, held)| (rule.to_owned(), held)).into()
    };
    assert_eq!(held(Stage::Pre), expected(Some(HeldBack::Context)));
    assert_eq!(held(Stage::Mid), expected(None), "at settlement everything is said");
}

#[test]
fn the_same_message_has_the_same_ids_and_another_has_others() {
    let ids = |msgid: &str| {
        with_asked(Stage::Pre, Scene::InpatientOrder, |asked| {
            let asked = Asked { msgid, ..*asked };
            let told = answer::weigh(vec![finding("R1", Grade::Violation, &[("M1:OR-2", 100)], &[])], &asked).told;
            (told[0].jr_id.clone(), told[0].repeat_key.clone())
        })
    };
    assert_eq!(ids("MSG1"), ids("MSG1"));
    assert_ne!(ids("MSG1").0, ids("MSG2").0);
    assert_eq!(ids("MSG1").1, ids("MSG2").1, "the same was said of the same orders");
    assert!(ids("MSG1").0.len() <= 50 && ids("MSG1").0.starts_with("JR20260302101530"));
}

fn weighed() -> Vec<Told> {
    let found = vec![
        finding("R1", Grade::Violation, &[("M1:OR-2", 1_000)], &[]),
        finding("R2", Grade::Suspicion, &[("M1:OR-2", 90_000)], &[]),
        finding("R3", Grade::Suspicion, &[("M1:OR-2", 500)], &[]),
    ];
    with_asked(Stage::Pre, Scene::InpatientOrder, |asked| answer::weigh(found, asked).told)
}

fn said(told: &[Told]) -> Vec<&str> {
    told.iter().filter(|one| one.held_back.is_none()).map(|one| one.finding.rule_code.as_str()).collect()
}

#[test]
fn beyond_the_budget_what_is_worth_most_is_said() {
    let mut told = weighed();
    let known = Known { shown: [("D990101000017".to_owned(), 1)].into(), ..Known::default() };
    budget::hold_back(&mut told, &Budget { per_doctor_hour: Some(2) }, &known);
    assert_eq!(said(&told), ["R2"]);
    let mut told = weighed();
    let unlikely = Known { precision: [("R2".to_owned(), 0)].into(), ..Known::default() };
    budget::hold_back(&mut told, &Budget { per_doctor_hour: Some(1) }, &unlikely);
    assert_eq!(said(&told), ["R1"], "a rule whose findings never stand is worth nothing");
    let mut told = weighed();
    budget::hold_back(&mut told, &Budget { per_doctor_hour: None }, &Known::default());
    assert_eq!(said(&told).len(), 3);
}

#[test]
fn what_was_answered_is_not_said_again() {
    let mut told = weighed();
    let known = Known { answered: [told[0].repeat_key.clone()].into(), ..Known::default() };
    let answered = told[0].finding.rule_code.clone();
    budget::hold_back(&mut told, &Budget::default(), &known);
    assert_eq!(told[0].held_back, Some(HeldBack::Repeated));
    assert!(!said(&told).contains(&answered.as_str()));
}
