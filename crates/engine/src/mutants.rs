//! Mutants（变异）: every clause of a rule must earn its place. A clause is changed, and some case must fail.

mod expression;
mod select;

use rulebook::logic::{Kind, Logic, Sql, TraceKind};
use rulebook::{Pack, Rule};

use self::expression::expression_mutants;
use self::select::select_mutants;
use crate::cases::Bench;

/// Mutant（变异）: a rule with one change.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The change, as `slot: what`.
    pub name: String,
    rule: Rule,
}

/// What became of one mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutantResult {
    /// The change, as `slot: what`.
    pub mutant: String,
    /// Whether some case failed.
    pub killed: bool,
    /// Why it cannot be told apart, where the rule lists it.
    pub equivalent: Option<String>,
}

impl MutantResult {
    /// Whether nothing needs to be done about it.
    pub const fn is_settled(&self) -> bool {
        self.killed || self.equivalent.is_some()
    }

    /// Whether the change is in the text of a SELECT.
    pub fn is_of_select(&self) -> bool {
        self.mutant.starts_with(SELECT)
    }
}

impl Mutant {
    /// Whether the change is in the text of a SELECT: there are many of these, and each is planned anew for every case.
    pub fn is_of_select(&self) -> bool {
        self.name.starts_with(SELECT)
    }

    /// Runs the cases of the rule against the changed one. A change that leaves no rule which could be run is no mutant: none.
    pub async fn judge(&self, pack: &Pack) -> Option<MutantResult> {
        let equivalent = self.rule.equivalents.iter().find(|e| e.mutant == self.name).map(|e| e.reason.clone());
        let mut killed = false;
        let mut bench = Bench::new(pack, &self.rule);
        for case in &self.rule.cases {
            killed = bench.problem(case).await.ok()?.is_some();
            if killed {
                break;
            }
        }
        Some(MutantResult { mutant: self.name.clone(), killed, equivalent })
    }
}

/// Changes the rule clause by clause and runs its cases each time.
pub async fn check(pack: &Pack, rule: &Rule) -> Vec<MutantResult> {
    let mut results = Vec::new();
    for mutant in mutants(rule) {
        results.extend(mutant.judge(pack).await);
    }
    results
}

/// Slot of a change in the text of a SELECT.
const SELECT: &str = "sql: ";

/// Every mutant of a rule.
pub fn mutants(rule: &Rule) -> Vec<Mutant> {
    let mut all = Vec::new();
    let mut add = |name: String, rule: Rule| all.push(Mutant { name, rule });
    for (slot, sql) in rule.logic.expressions() {
        for (what, changed) in expression_mutants(&sql.0) {
            let logic = rule.logic.with_expression(&slot, Sql(changed));
            add(format!("{slot}: {what}"), Rule { logic, ..rule.clone() });
        }
    }
    if let Some(select) = rule.logic.kind.select() {
        for (what, changed) in select_mutants(&select.sql.0) {
            let logic = rule.logic.with_select(Sql(changed));
            add(format!("{SELECT}{what}"), Rule { logic, ..rule.clone() });
        }
    }
    for index in 0..rule.logic.unless.len() {
        let mut changed = rule.clone();
        changed.logic.unless.remove(index);
        add(format!("unless.{index}: dropped"), changed);
    }
    for index in 0..rule.logic.grades.len() {
        let mut changed = rule.clone();
        changed.logic.grades.remove(index);
        add(format!("grade.{index}: dropped"), changed);
    }
    for (what, kind) in kind_mutants(&rule.logic.kind) {
        add(what, Rule { logic: Logic { kind, ..rule.logic.clone() }, ..rule.clone() });
    }
    for name in rule.parameters.keys() {
        let mut changed = rule.clone();
        // The other cases are what they were, and hold.
        changed.cases.retain_mut(|case| case.parameters.remove(name).is_some());
        add(format!("parameter {name}: ignored"), changed);
    }
    all
}

/// Arguments that are numbers, each one less and one more.
fn kind_mutants(kind: &Kind) -> Vec<(String, Kind)> {
    let Kind::Trace(TraceKind { least_signs }) = kind else { return Vec::new() };
    let shifted = [least_signs.saturating_sub(1), least_signs.saturating_add(1)];
    let mutant = |less_or_more| {
        let what = format!("least_signs: {least_signs} -> {less_or_more}");
        (what, Kind::Trace(TraceKind { least_signs: less_or_more }))
    };
    shifted.into_iter().map(mutant).collect()
}
