use claims::Day;
use proptest::prelude::*;
use rulebook::finding::AmountBasis;

use super::super::fixture::{finding, unit};
use super::super::scheme::{Band, in_force};
use super::*;

fn scheme() -> Scheme {
    in_force(&[], None, Day::ymd(2026, 1, 1).unwrap()).unwrap()
}

fn at(institution: &str, rule: &str, number: u32, grade: Grade) -> Finding {
    let found = finding(rule, number);
    Finding { fixmedins_code: Some(institution.to_owned()), grade, ..found }.sealed()
}

fn hits(findings: &[Finding]) -> Vec<Hit<'_>> {
    let around = || Surround { doctor: Some("D1".to_owned()), ..Surround::default() };
    findings.iter().map(|finding| Hit { finding, around: around() }).collect()
}

fn scored(units: &[Unit], findings: &[Finding]) -> Scored {
    profiles(units, &hits(findings), &scheme(), Of::Institution)
}

fn score_of(units: &[Unit], findings: &[Finding], code: &str) -> f64 {
    scored(units, findings).profiles.iter().find(|profile| profile.code == code).unwrap().score
}

fn hospitals() -> Vec<Unit> {
    (1..=8).map(|n| unit(&format!("H{n}"), 100)).collect()
}

#[test]
fn grades_weigh_differently_and_a_visit_counts_by_its_gravest() {
    let units = hospitals();
    let scores: Vec<f64> = [Grade::Violation, Grade::SuspicionHigh, Grade::Suspicion, Grade::Hint]
        .map(|grade| score_of(&units, &[at("H1", "R", 1, grade)], "H1"))
        .to_vec();
    assert!(scores.windows(2).all(|pair| pair[0] > pair[1]), "{scores:?}");
    let one = score_of(&units, &[at("H1", "R", 1, Grade::Violation)], "H1");
    let same_line = [at("H1", "R", 1, Grade::Violation), at("H1", "Q", 1, Grade::Violation)];
    assert!((score_of(&units, &same_line, "H1") - one).abs() < 1e-9, "two rules on one line are one visit and one yuan");
}

#[test]
fn what_the_data_explain_is_listed_apart_and_gives_nothing() {
    let units = hospitals();
    let findings = [at("H1", "GZ10000201001000", 1, Grade::Violation), at("H1", "GZ10000301004000", 2, Grade::Violation)];
    let scored = scored(&units, &findings);
    let profile = scored.profiles.iter().find(|profile| profile.code == "H1").unwrap();
    assert!((profile.score - score_of(&units, &[], "H1")).abs() < 1e-9);
    let aside: Vec<(DataFault, u64)> = profile.aside.iter().map(|aside| (aside.fault, aside.findings)).collect();
    assert_eq!(aside, [(DataFault::Record, 1), (DataFault::Mispicked, 1)]);
    assert_eq!(profile.findings, GradeCounts::default());
    assert_eq!(scored.aside.iter().map(|aside| aside.findings).sum::<u64>(), 2);
}

#[test]
fn a_rule_on_trial_gives_nothing() {
    let units = hospitals();
    let trial = Finding { rule_status: "trial".to_owned(), ..at("H1", "R", 1, Grade::Violation) };
    let scored = scored(&units, std::slice::from_ref(&trial));
    assert_eq!((scored.trial, scored.profiles.iter().map(|profile| profile.trial).sum::<u64>()), (1, 1));
    assert!((score_of(&units, &[trial], "H1") - score_of(&units, &[], "H1")).abs() < 1e-9);
}

#[test]
fn small_numbers_are_believed_less() {
    let mut units = hospitals();
    units.push(unit("SMALL", 4));
    units.push(unit("LARGE", 1000));
    let small = [at("SMALL", "R", 1, Grade::Violation)];
    let large: Vec<Finding> = (0..250).map(|n| at("LARGE", "R", 1000 + n, Grade::Violation)).collect();
    let believed = |findings: &[Finding], code: &str| {
        let scored = scored(&units, findings);
        let profile = scored.profiles.into_iter().find(|profile| profile.code == code).unwrap();
        profile.factors.into_iter().find(|factor| factor.name == "findings").unwrap()
    };
    let (small, large) = (believed(&small, "SMALL"), believed(&large, "LARGE"));
    assert_eq!(small.value(), large.value(), "the same rate");
    assert!(small.points * 2.0 < large.points, "{} {}", small.points, large.points);
    assert!(small.words().contains("样本少"), "{}", small.words());
}

#[test]
fn few_peers_are_no_comparison_and_it_is_said() {
    let units = [unit("H1", 100), unit("H2", 100)];
    let findings: Vec<Finding> = (0..20).map(|n| at("H1", "R", n, Grade::Violation)).collect();
    let scored = scored(&units, &findings);
    let profile = &scored.profiles[0];
    assert_eq!(profile.code, "H1");
    let factor = |name: &str| profile.factors.iter().find(|factor| factor.name == name).unwrap();
    assert_eq!((factor("findings").peers, factor("findings").peers_median), (1, None));
    assert!(factor("findings").words().contains("同行只有 1 个，不作比较，按自身比例计"));
    assert!(factor("findings").points > 0.0);
    assert!(factor("size_fund").points.abs() < 1e-9 && factor("size_fund").words().contains("不计分"));
}

#[test]
fn size_alone_lifts_nobody_out_of_the_lowest_band() {
    let mut units = hospitals();
    units.push(unit("HUGE", 1_000_000));
    for unit in &mut units {
        unit.figures.insert("size_days", (unit.total().visits, 1));
    }
    let scored = scored(&units, &[]);
    let huge = &scored.profiles[0];
    assert_eq!((huge.code.as_str(), huge.band), ("HUGE", Band::Low));
    assert!((huge.score - 20.0).abs() < 1e-9);
}

#[test]
fn amounts_for_reference_add_no_money() {
    let units = hospitals();
    let index = Finding { amount_basis: AmountBasis::Index, ..at("H1", "R", 1, Grade::Violation) };
    assert_eq!(scored(&units, &[index]).profiles[0].amount_fen, 0);
}

#[test]
fn whom_no_register_and_no_visit_knows_is_still_there() {
    let scored = scored(&hospitals(), &[at("H99", "R", 1, Grade::Violation)]);
    let stranger = scored.profiles.iter().find(|profile| profile.code == "H99").unwrap();
    assert_eq!((stranger.peers.as_str(), stranger.findings.violation), ("不明", 1));
}

fn grade() -> impl Strategy<Value = Grade> {
    prop_oneof![Just(Grade::Violation), Just(Grade::SuspicionHigh), Just(Grade::Suspicion), Just(Grade::Hint)]
}

fn found() -> impl Strategy<Value = Finding> {
    let rule = prop_oneof![Just("R"), Just("Q"), Just("GZ10000201001000"), Just("GZ10000301004000")];
    (1..6_u32, rule, 0..40_u32, grade()).prop_map(|(h, rule, number, grade)| at(&format!("H{h}"), rule, number * 10 + h, grade))
}

fn city() -> impl Strategy<Value = Vec<Unit>> {
    prop::collection::vec(1..400_i64, 1..12)
        .prop_map(|sizes| sizes.into_iter().enumerate().map(|(n, visits)| unit(&format!("H{}", n + 1), visits)).collect())
}

proptest! {
    #[test]
    fn an_added_violation_never_lowers_the_score(units in city(), findings in prop::collection::vec(found(), 0..60), h in 1..6_u32, number in 0..400_u32) {
        let code = format!("H{h}");
        let mut more = findings.clone();
        more.push(at(&code, "R", number, Grade::Violation));
        let score = |findings: &[Finding]| scored(&units, findings).profiles.iter().find(|p| p.code == code).map_or(0.0, |p| p.score);
        prop_assert!(score(&more) >= score(&findings) - 1e-9, "{} {}", score(&findings), score(&more));
    }

    #[test]
    fn the_order_of_findings_and_units_does_not_matter(units in city(), findings in prop::collection::vec(found(), 0..60), turn in 0..60_usize) {
        let (mut turned, mut others) = (findings.clone(), units.clone());
        if !turned.is_empty() {
            let by = turn % turned.len();
            turned.rotate_left(by);
        }
        others.reverse();
        prop_assert_eq!(scored(&units, &findings).profiles, scored(&others, &turned).profiles);
    }

    #[test]
    fn a_score_lies_between_nothing_and_a_hundred(units in city(), findings in prop::collection::vec(found(), 0..60)) {
        for profile in scored(&units, &findings).profiles {
            prop_assert!((0.0..=100.0 + 1e-9).contains(&profile.score));
            let sum: f64 = profile.factors.iter().map(|factor| factor.points).sum();
            prop_assert!((sum - profile.score).abs() < 1e-9);
        }
    }
}
