//! Every shipped rule: its cases hold, and every clause of it earns its place.

use std::fmt::Write as _;

use engine::{cases, mutants};
use rulebook::case::{Case, Expect, Scalar};
use rulebook::{Pack, Rule};

fn shipped() -> Pack {
    Pack::shipped().unwrap_or_else(|faults| panic!("{} faults, first: {}", faults.len(), faults[0]))
}

#[tokio::test]
async fn the_cases_of_every_shipped_rule_hold() {
    let pack = shipped();
    let mut problems = String::new();
    for rule in &pack.rules {
        for result in cases::test(&pack, rule, &rule.cases).await {
            if let Some(problem) = result.problem {
                writeln!(problems, "{} {}：{problem}", rule.code, result.name).unwrap();
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[tokio::test]
async fn every_clause_of_every_shipped_rule_earns_its_place() {
    let pack = shipped();
    let mut survivors = String::new();
    for rule in &pack.rules {
        for mutant in mutants::mutants(rule).iter().filter(|mutant| !mutant.is_of_select()) {
            if mutant.judge(&pack).await.is_some_and(|result| !result.is_settled()) {
                writeln!(survivors, "{} {}", rule.code, mutant.name).unwrap();
            }
        }
    }
    assert!(survivors.is_empty(), "\n{survivors}");
}

#[test]
fn every_shipped_rule_has_hits_near_misses_and_an_undecided_case() {
    for rule in shipped().rules {
        let count = |wanted: fn(&Expect) -> bool| rule.cases.iter().filter(|c| wanted(&c.expect)).count();
        assert!(count(|e| matches!(e, Expect::Findings(f) if !f.is_empty())) >= 2, "{} has too few hits", rule.code);
        assert!(count(|e| matches!(e, Expect::Findings(f) if f.is_empty())) >= 2, "{} has too few near misses", rule.code);
        assert!(count(|e| matches!(e, Expect::Undecided)) >= 1, "{} has no undecided case", rule.code);
        for name in rule.parameters.keys() {
            assert!(rule.cases.iter().any(|c| c.parameters.contains_key(name)), "{} never sets {name}", rule.code);
        }
    }
}

/// A scope that is unknown although it read no empty fact once counted as certain, and the lines were hit.
#[tokio::test]
async fn a_scope_that_cannot_be_settled_is_never_a_hit() {
    let pack = shipped();
    let frequency = pack.rule("GZ10000102014000").unwrap();
    let (name, text) = rulebook::pack::shipped_rule_files().into_iter().find(|(name, _)| name.contains(&frequency.code)).unwrap();
    let unsettled = "scope = \"CASE WHEN k.freq_unit = 'never' THEN TRUE END\"";
    let own = text.lines().find(|line| line.starts_with("scope")).unwrap();
    let rule = Rule::parse(&name, &text.replace(own, unsettled)).unwrap();
    assert_ne!(rule.logic, frequency.logic);
    let was_hit = |case: &&mut Case| matches!(&case.expect, Expect::Findings(found) if !found.is_empty());
    let mut cases = rule.cases.clone();
    cases.iter_mut().filter(was_hit).for_each(|case| case.expect = Expect::Undecided);
    cases.retain(|case| matches!(case.expect, Expect::Undecided));
    for result in cases::test(&pack, &rule, &cases).await {
        assert!(result.problem.is_none(), "{}: {:?}", result.name, result.problem);
    }
}

/// The case as it would be had the point just been published: named, dated, and none of its values known.
fn as_published(case: &Case, table: &str, own: &[&String], rule: &str) -> Option<Case> {
    let mut case = case.clone();
    for row in case.knowledge.get_mut(table)? {
        row.retain(|column, _| !own.contains(&column));
        row.insert("reviewed_by".to_owned(), Scalar(String::new()));
        row.insert("rule".to_owned(), Scalar(rule.to_owned()));
    }
    case.expect = Expect::Undecided;
    Some(case)
}

/// A later batch brings codes and a text; whoever it speaks of is neither guilty nor innocent until somebody has read the text.
#[tokio::test]
async fn a_point_as_published_leaves_every_query_rule_undecided() {
    let pack = shipped();
    let mut rules = 0;
    for table in pack.knowledge.descriptors() {
        let own: Vec<&String> = table.columns.keys().collect();
        for code in table.published.keys() {
            let rule = pack.rule(code).unwrap();
            let mut waits = false;
            for case in rule.cases.iter().filter_map(|case| as_published(case, &table.table, &own, code)) {
                let results = cases::test(&pack, rule, &[case]).await;
                waits = results.iter().all(|result| result.problem.is_none());
                if waits {
                    break;
                }
            }
            assert!(waits, "{code}: a point of {} changes nothing", table.table);
            rules += 1;
        }
    }
    assert_eq!(rules, 11);
}

/// The ledger of what was tried of the SELECTs, which is too much for every build; one rule of it is tried here, another with each ledger.
#[tokio::test]
async fn the_ledger_of_mutants_tells_the_truth() {
    let ledger = include_str!("../../../rules/mutants.lock");
    let entry = |line: &'static str| line.split_whitespace().collect::<Vec<_>>();
    let mut entries: Vec<Vec<&str>> = ledger.lines().filter(|line| !line.starts_with('#')).map(entry).collect();
    // The smaller ones, or the build would wait for it.
    entries.sort_by_key(|words| words[2].parse::<usize>().unwrap());
    let turn: usize = ledger.bytes().map(usize::from).sum();
    let words = &entries[turn % entries.len().div_ceil(4)];
    let (pack, mut tried, mut open) = (shipped(), 0, 0);
    for mutant in mutants::mutants(pack.rule(words[0]).unwrap()).into_iter().filter(mutants::Mutant::is_of_select) {
        let Some(result) = mutant.judge(&pack).await else { continue };
        tried += 1;
        open += usize::from(!result.is_settled());
    }
    assert_eq!([tried.to_string(), open.to_string()], [words[2], words[3]], "{}", words[0]);
}
