//! Facets（旁证）: what a line rule looks at beside the line: earlier uses, a condition tree, companions, registers.

mod companion;
mod indication;
mod register;

use claims::Text;
use rulebook::knowledge::{Descriptor, Match};
use rulebook::logic::{Kind, LineKind};
use rulebook::tree::Tree;
use rulebook::{Cell, Point, Rule};

pub(crate) use companion::CompanionFacts;
pub(crate) use indication::{IndicationFacts, trees};
pub(crate) use register::RegisterFacts;

use crate::context::RunContext;
use crate::history;
use crate::judge::{Candidate, HISTORY_FROM, named};
use crate::program::{CompiledRule, Program};
use crate::view::HistoryFacts;

/// What one line's rule sees beside it; what the rule does not ask for is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facets<'a> {
    pub(crate) history: Option<HistoryFacts>,
    pub(crate) indication: Option<IndicationFacts>,
    pub(crate) companion: Option<CompanionFacts>,
    pub(crate) register: Option<RegisterFacts<'a>>,
}

/// The facets of candidates; empty where the rule asks for none.
pub(crate) fn of<'a>(
    program: &'a Program,
    context: &RunContext,
    rule: &'a CompiledRule,
    candidates: &[&Candidate<'_>],
) -> Vec<Facets<'a>> {
    let Kind::Line(kind) = &rule.rule.logic.kind else { return Vec::new() };
    if *kind == (LineKind { subject: kind.subject, ..LineKind::default() }) {
        return Vec::new();
    }
    let facets = |candidate: &&Candidate<'_>| Facets {
        history: history::facts(program, context, rule, candidate),
        indication: kind.indication.as_ref().and_then(|_| indication::facts(program, context, rule, candidate)),
        companion: kind.companion.as_ref().and_then(|need| companion::facts(need, candidate)),
        register: kind.register.as_ref().map(|need| register::facts(program, need, candidate)),
    };
    candidates.iter().map(facets).collect()
}

/// Names in a rule's facets that are no parameter, column or table, in words.
pub(crate) fn unknown_names(
    kind: &LineKind,
    rule: &Rule,
    own: Option<&Descriptor>,
    descriptor: &dyn Fn(&str) -> Option<Match>,
) -> Vec<String> {
    let mut problems = kind.history.as_ref().map_or_else(Vec::new, |need| history::unknown_names(need, rule, own));
    let mut column = |name: &str| {
        if !own.is_some_and(|d| d.columns.contains_key(name)) {
            problems.push(format!("知识表没有列 {name}"));
        }
    };
    kind.indication.iter().for_each(|name| column(name));
    if let Some(need) = &kind.companion {
        column(&need.codes);
        match need.window.as_str() {
            "day" | "stay" | "prescription" => {}
            "knowledge" => column("window"),
            other => problems.push(format!("window 只能是 day、stay、prescription 或 knowledge，不是 {other}")),
        }
    }
    if let Some(need) = &kind.register {
        match descriptor(&need.table) {
            None => problems.push(format!("没有名为 {} 的知识表", need.table)),
            Some(Match::Doctor | Match::Person | Match::Institution) => {}
            Some(_) => problems.push(format!("{} 不是按医师、人员或机构登记的表", need.table)),
        }
    }
    problems
}

/// Codes that a column lists, divided by `;`.
pub(crate) fn listed(point: &Point, column: &str) -> Vec<Text> {
    match point.columns.get(column) {
        Some(Cell::Text(list)) => {
            let codes = list.split(';').map(str::trim).filter(|code| !code.is_empty());
            codes.map(|code| Text::from(code.to_ascii_uppercase())).collect()
        }
        _ => Vec::new(),
    }
}

/// Missing facts as one text: where a tree is open, what leaves it open; where the data do not reach back, since when they do.
pub(crate) fn missing(context: &RunContext, facets: Option<&Facets<'_>>, mut names: Vec<String>) -> String {
    if let Some(indication) = facets.and_then(|f| f.indication.as_ref())
        && names.iter().any(|name| name.starts_with("indication."))
    {
        names.retain(|name| !name.starts_with("indication."));
        names.extend(indication.open.iter().cloned());
    }
    match context.history.from {
        Some(from) if names.iter().any(|name| matches!(name.as_str(), "history.complete" | "history.covered")) => {
            format!("{HISTORY_FROM}{from}")
        }
        _ => named(names),
    }
}

/// Trees of a rule's points, by the point's id.
pub(crate) type Trees = std::collections::HashMap<Text, Tree>;
