//! What was measured, and whether it is good enough.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::Value;

use super::super::report::plain;
use super::limits::Limits;

/// Fewer findings than this say nothing of a share, where a rule compares institutions of which the city has a dozen.
const FEW: u64 = 5;

/// One rule's figures over the planted city.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RuleFigures {
    pub(super) code: String,
    pub(super) certain: bool,
    pub(super) planted: u64,
    pub(super) found: u64,
    /// Planted by schemes that were written without sight of the rule.
    pub(super) unseen: u64,
    pub(super) unseen_found: u64,
    pub(super) hidden: u64,
    pub(super) hidden_undecided: u64,
    pub(super) findings: u64,
    pub(super) right: u64,
    pub(super) recall: Option<f64>,
    pub(super) precision: Option<f64>,
    pub(super) stray: Option<String>,
}

/// One scheme's figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SchemeFigures {
    pub(super) name: String,
    pub(super) rule: String,
    /// Written without sight of the rule.
    pub(super) unseen: bool,
    pub(super) planted: u64,
    pub(super) found: u64,
    pub(super) undecided: u64,
    pub(super) amount_right: u64,
    pub(super) amount_known: u64,
}

/// Measured（评测所得） over the planted city; rules that did not run are left out, and named.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    pub(super) persons: u64,
    pub(super) visits: u64,
    pub(super) rules: Vec<RuleFigures>,
    pub(super) schemes: Vec<SchemeFigures>,
    pub(super) hidden: Vec<SchemeFigures>,
    pub(super) lawful: Vec<SchemeFigures>,
    pub(super) not_run: BTreeSet<String>,
    /// Rules that ran and were not planted: nobody knows how good they are.
    pub(super) unmeasured: BTreeSet<String>,
    pub(super) violations_on_lawful: u64,
    /// Faults of rules that could not judge: they are as if they had not run.
    pub(super) faults: Vec<String>,
}

/// Clean（守法城市）: what was found where nothing is wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Clean {
    pub(super) visits: u64,
    pub(super) violations: BTreeMap<String, u64>,
    pub(super) suspicions: BTreeMap<String, u64>,
    /// Faults of rules that could not judge: they found nothing, which is no innocence.
    pub(super) faults: Vec<String>,
}

impl Clean {
    /// Suspicions of a rule in 10,000 visits.
    pub(super) fn rate(&self, rule: &str) -> f64 {
        let count = self.suspicions.get(rule).copied().unwrap_or(0);
        share(count, self.visits).map_or(0.0, |share| share * 10_000.0)
    }
}

impl Measured {
    /// Reads `eval --json`.
    pub(super) fn read(report: &Value, ran: &BTreeSet<String>, (persons, visits): (u64, u64)) -> Result<Self> {
        let list = |name: &str| report[name].as_array().with_context(|| format!("`eval --json` has no `{name}`"));
        let certain: BTreeSet<String> = list("schemes")?
            .iter()
            .filter(|scheme| scheme["certain"].as_bool() == Some(true))
            .map(|scheme| plain(&scheme["rule_code"]))
            .collect();
        let schemes = |name: &str| -> Result<Vec<SchemeFigures>> { Ok(list(name)?.iter().map(scheme).collect()) };
        let all: Vec<RuleFigures> = list("rules")?.iter().map(|one| rule(one, &certain)).collect();
        let (ran_rules, silent): (Vec<_>, Vec<_>) = all.into_iter().partition(|rule| ran.contains(&rule.code));
        let rules: Vec<RuleFigures> = ran_rules.into_iter().filter(|rule| rule.planted > 0).collect();
        let planted: BTreeSet<&String> = rules.iter().map(|rule| &rule.code).collect();
        let unmeasured = ran.iter().filter(|code| !planted.contains(code)).cloned().collect();
        let of_ran = |all: Vec<SchemeFigures>| all.into_iter().filter(|scheme| ran.contains(&scheme.rule)).collect();
        Ok(Self {
            persons,
            visits,
            rules,
            schemes: of_ran(schemes("schemes")?),
            hidden: of_ran(schemes("hidden")?),
            lawful: of_ran(schemes("lawful")?),
            not_run: silent.into_iter().filter(|rule| rule.planted > 0).map(|rule| rule.code).collect(),
            unmeasured,
            violations_on_lawful: report["violations_on_lawful"].as_u64().unwrap_or(0),
            faults: Vec::new(),
        })
    }
}

fn scheme(value: &Value) -> SchemeFigures {
    let count = |key: &str| value[key].as_u64().unwrap_or(0);
    SchemeFigures {
        name: plain(&value["scheme"]),
        rule: plain(&value["rule_code"]),
        unseen: value["unseen"].as_bool().unwrap_or(false),
        planted: count("planted"),
        found: count("found"),
        undecided: count("undecided"),
        amount_right: count("amount_right"),
        amount_known: count("amount_known"),
    }
}

fn rule(value: &Value, certain: &BTreeSet<String>) -> RuleFigures {
    let count = |key: &str| value[key].as_u64().unwrap_or(0);
    let code = plain(&value["rule_code"]);
    let (right, findings) = (count("findings_right"), count("findings") - count("findings_tolerated"));
    RuleFigures {
        certain: certain.contains(&code),
        planted: count("planted"),
        found: count("found"),
        unseen: count("unseen"),
        unseen_found: count("unseen_found"),
        hidden: count("hidden"),
        hidden_undecided: count("hidden_undecided"),
        findings,
        right,
        recall: share(count("found"), count("planted")),
        precision: share(right, findings),
        stray: value["strays"].as_array().and_then(|strays| strays.first()).map(plain),
        code,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is for reading; whole is whole at any size")]
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Everything that is not good enough, in words.
pub(super) fn faults(limits: &Limits, measured: &Measured, clean: &Clean) -> Vec<String> {
    let broken = measured.faults.iter().chain(&clean.faults);
    let mut faults: Vec<String> = broken.map(|fault| format!("could not judge: {fault}")).collect();
    if measured.rules.len() < limits.least_rules {
        faults.push(format!("{} rules were planted and ran, at least {} must", measured.rules.len(), limits.least_rules));
    }
    for rule in &measured.unmeasured {
        if limits.why_unmeasured(rule, measured.persons).is_none() {
            faults.push(format!("{rule}: nothing was planted for it, and no reason is given"));
        }
    }
    faults.extend(measured.rules.iter().filter_map(|rule| missed(limits, measured, rule)));
    faults.extend(measured.schemes.iter().filter_map(|scheme| found_after_all(limits, scheme)));
    let says_much = |rule: &&RuleFigures| !limits.lacks_peers(&rule.code, measured.persons) || rule.findings >= FEW;
    faults.extend(measured.rules.iter().filter(says_much).filter_map(|rule| astray(limits, rule)));
    if measured.violations_on_lawful > 0 {
        faults.push(format!(
            "{} findings of grade violation on lawful subjects of the planted city",
            measured.violations_on_lawful
        ));
    }
    faults.extend(on_lawful(limits, clean, measured.persons));
    faults
}

/// A rule that overlooks too much; not one that has nobody to compare with. Shapes that it is not asked for do not count.
fn missed(limits: &Limits, measured: &Measured, rule: &RuleFigures) -> Option<String> {
    let target = limits.target(&rule.code, rule.certain);
    let of_rule = measured.schemes.iter().filter(|scheme| scheme.rule == rule.code);
    let asked: Vec<&SchemeFigures> = of_rule.filter(|scheme| !limits.missed.contains_key(&scheme.name)).collect();
    let (planted, found) = (asked.iter().map(|s| s.planted).sum(), asked.iter().map(|s| s.found).sum());
    let poor = share(found, planted).is_some_and(|recall| recall < target.recall);
    if !poor || limits.lacks_peers(&rule.code, measured.persons) {
        return None;
    }
    let missed = asked.iter().filter(|scheme| scheme.found < scheme.planted);
    let names: Vec<String> = missed.map(|s| format!("{} {}/{}", s.name, s.found, s.planted)).collect();
    let (code, names) = (&rule.code, names.join(", "));
    Some(format!("{code}: recall {found} of {planted} planted, at least {:.2} is asked; missed in {names}", target.recall))
}

/// A shape that its rule is said not to read, and finds nearly always: the list is out of date.
fn found_after_all(limits: &Limits, scheme: &SchemeFigures) -> Option<String> {
    limits.missed.get(&scheme.name)?;
    let recall = share(scheme.found, scheme.planted)?;
    let (rule, name) = (&scheme.rule, &scheme.name);
    (recall >= limits.suspected.recall).then(|| format!("{rule}: {name} is found now; take it off the list of what is missed"))
}

/// A rule that says too much.
fn astray(limits: &Limits, rule: &RuleFigures) -> Option<String> {
    let target = limits.target(&rule.code, rule.certain);
    let (code, right, findings) = (&rule.code, rule.right, rule.findings);
    let example = rule.stray.as_deref().unwrap_or("—");
    rule.precision.filter(|precision| *precision < target.precision).map(|_| {
        let asked = target.precision;
        format!("{code}: {right} of {findings} findings are right, at least {asked:.2} is asked; for example not: {example}")
    })
}

/// What was found in the lawful city and should not have been, rule by rule.
fn on_lawful(limits: &Limits, clean: &Clean, persons: u64) -> Vec<String> {
    let violations = clean.violations.iter();
    let mut faults: Vec<String> =
        violations.map(|(rule, count)| format!("{rule}: {count} violations in the lawful city, none is allowed")).collect();
    for (rule, count) in &clean.suspicions {
        // Among a dozen institutions one stands out now and then.
        if *count == 1 && limits.lacks_peers(rule, persons) {
            continue;
        }
        let (rate, ceiling) = (clean.rate(rule), limits.ceiling(rule));
        if rate > ceiling {
            faults.push(format!("{rule}: {rate:.2} suspicions in 10,000 lawful visits, at most {ceiling:.2} are allowed"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::limits::SAMPLE;
    use super::*;

    fn report(found: u64, right: u64) -> Value {
        json!({
            "schemes": [{ "scheme": "R-a", "rule_code": "R", "certain": true, "planted": 100, "found": found }],
            "hidden": [], "lawful": [], "violations_on_lawful": 0,
            "rules": [
                { "rule_code": "R", "planted": 100, "found": found, "findings": 100, "findings_tolerated": 0,
                  "findings_right": right, "strays": ["violation p1 m1"] },
                { "rule_code": "D", "planted": 7, "found": 0, "findings": 0, "findings_tolerated": 0, "findings_right": 0 }
            ]
        })
    }

    fn judged(report: &Value, clean: &Clean) -> Vec<String> {
        judged_in(report, clean, &["R"], 100_000)
    }

    fn judged_in(report: &Value, clean: &Clean, ran: &[&str], persons: u64) -> Vec<String> {
        let ran = ran.iter().map(|&code| code.to_owned()).collect();
        let measured = Measured::read(report, &ran, (persons, 1000)).expect("lawful");
        assert_eq!(measured.not_run, BTreeSet::from(["D".to_owned()]), "a rule that does not run is named, not judged");
        faults(&Limits::parse(SAMPLE).expect("lawful"), &measured, clean)
    }

    #[test]
    fn good_figures_pass_and_a_broken_rule_is_named() {
        assert_eq!(judged(&report(100, 100), &Clean::default()), Vec::<String>::new());
        let missed = judged(&report(60, 100), &Clean::default());
        assert_eq!(missed, ["R: recall 60 of 100 planted, at least 0.99 is asked; missed in R-a 60/100"]);
        let wrong = judged(&report(100, 90), &Clean::default());
        assert_eq!(wrong, ["R: 90 of 100 findings are right, at least 0.99 is asked; for example not: violation p1 m1"]);
    }

    #[test]
    fn a_shape_that_is_not_asked_for_may_be_missed_and_must_not_be_found() {
        let with_blind = |found: u64| {
            let mut report = report(100, 100);
            let blind = json!({ "scheme": "R-blind", "rule_code": "R", "certain": true, "planted": 50, "found": found });
            report["schemes"].as_array_mut().expect("a list").push(blind);
            judged(&report, &Clean::default())
        };
        assert_eq!(with_blind(0), Vec::<String>::new());
        assert_eq!(with_blind(50), ["R: R-blind is found now; take it off the list of what is missed"]);
    }

    #[test]
    fn a_lawful_city_has_no_violations_and_few_suspicions() {
        let mut clean = Clean { visits: 10_000, ..Clean::default() };
        clean.suspicions.insert("M8".to_owned(), 2);
        assert!(judged(&report(100, 100), &clean).is_empty());
        clean.suspicions.insert("M8".to_owned(), 3);
        clean.violations.insert("R".to_owned(), 1);
        let faults = judged(&report(100, 100), &clean);
        assert_eq!(faults[0], "R: 1 violations in the lawful city, none is allowed");
        assert_eq!(faults[1], "M8: 3.00 suspicions in 10,000 lawful visits, at most 2.50 are allowed");
    }

    #[test]
    fn a_rule_that_could_not_judge_is_a_fault() {
        let clean = Clean { faults: vec!["R：内存不足".to_owned()], ..Clean::default() };
        assert_eq!(judged(&report(100, 100), &clean), ["could not judge: R：内存不足"]);
    }

    #[test]
    fn a_rule_that_nothing_plants_needs_a_reason() {
        let found = judged_in(&report(100, 100), &Clean::default(), &["R", "U", "V"], 100_000);
        assert_eq!(found, ["V: nothing was planted for it, and no reason is given"]);
    }

    #[test]
    fn a_rule_that_compares_may_miss_in_a_small_city_but_not_go_astray() {
        let mut compares = report(0, 90);
        for list in ["schemes", "rules"] {
            compares[list][0]["rule_code"] = json!("P");
        }
        let judged_at = |persons| judged_in(&compares, &Clean::default(), &["P"], persons);
        assert_eq!(
            judged_at(4999),
            ["P: 90 of 100 findings are right, at least 0.99 is asked; for example not: violation p1 m1"]
        );
        assert!(judged_at(5000)[0].starts_with("P: recall 0 of 100"), "there are peers enough");
    }

    #[test]
    fn one_wrong_suspicion_of_a_rule_that_compares_says_nothing_in_a_small_city() {
        let mut one = report(0, 0);
        for list in ["schemes", "rules"] {
            one[list][0]["rule_code"] = json!("P");
        }
        one["rules"][0]["findings"] = json!(1);
        let clean = |count| Clean { visits: 40_000, suspicions: BTreeMap::from([("P".to_owned(), count)]), ..Clean::default() };
        assert_eq!(judged_in(&one, &clean(1), &["P"], 2000), Vec::<String>::new());
        one["rules"][0]["findings"] = json!(5);
        assert_eq!(judged_in(&one, &clean(5), &["P"], 2000).len(), 2, "five are too many, on either side");
    }
}
