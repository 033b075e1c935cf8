//! The page of the typical problems: by list and domain, with what covers each.

use anyhow::Result;
use askama::Template;
use rulebook::Rule;
use rulebook::problem::{self, Coverage, Problem, Reach, Tally};

use super::shelf::{Link, Shelf, Site, rule_link};
use super::tone;

#[derive(Template)]
#[template(path = "book/problems.html")]
struct Page {
    site: Site,
    whole: Tally,
    choices: Vec<(&'static str, &'static str, usize)>,
    domains: Vec<Domain>,
}

struct Domain {
    list: String,
    name: String,
    tally: Tally,
    problems: Vec<ProblemRow>,
}

/// A typical problem as both pages show it.
pub(super) struct ProblemRow {
    pub(super) id: String,
    pub(super) list: String,
    pub(super) domain: String,
    pub(super) number: i64,
    pub(super) label: String,
    pub(super) violation: String,
    pub(super) how: String,
    pub(super) reach: &'static str,
    pub(super) reach_label: &'static str,
    pub(super) reach_tone: &'static str,
    /// What it was taken from, where that is not the list itself.
    pub(super) standing: String,
    pub(super) citation: String,
    pub(super) coverage: &'static str,
    pub(super) rules: Vec<RuleShown>,
}

/// A rule with what keeps it from running, where something does.
pub(super) struct RuleShown {
    pub(super) link: Link,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) runs: bool,
}

pub(super) fn render(shelf: &Shelf<'_>) -> Result<String> {
    let all = || problem::all(&shelf.pack.knowledge);
    let mut groups: Vec<((&str, &str), Vec<Problem<'_>>)> = Vec::new();
    for problem in all() {
        let place = (problem.list(), problem.domain());
        match groups.iter_mut().find(|(known, _)| *known == place) {
            Some((_, problems)) => problems.push(problem),
            None => groups.push((place, vec![problem])),
        }
    }
    // The newest edition first; the order of the table within it.
    groups.sort_by_key(|((list, _), _)| std::cmp::Reverse(*list));
    let domain = |((_, name), problems): ((&str, &str), Vec<Problem<'_>>)| Domain {
        list: problems.first().map(|problem| said(shelf, problem, "list")).unwrap_or_default(),
        name: name.to_owned(),
        tally: problem::tally(problems.iter().copied(), &shelf.pack.rules),
        problems: problems.iter().map(|problem| row(shelf, *problem, "")).collect(),
    };
    let counted = |reach: Reach| (reach.name(), reach.label(), all().filter(|problem| problem.reach() == Some(reach)).count());
    let page = Page {
        site: shelf.site("problems", ""),
        whole: problem::tally(all(), &shelf.pack.rules),
        choices: Reach::ALL.map(counted).to_vec(),
        domains: groups.into_iter().map(domain).collect(),
    };
    Ok(page.render()?)
}

/// The typical problems that a rule can find.
pub(super) fn rows_of(shelf: &Shelf<'_>, code: &str, root: &str) -> Vec<ProblemRow> {
    problem::of_rule(&shelf.pack.knowledge, code).map(|problem| row(shelf, problem, root)).collect()
}

fn row(shelf: &Shelf<'_>, problem: Problem<'_>, root: &str) -> ProblemRow {
    let reach = problem.reach();
    let listed = problem.point.columns.get("standing").is_some_and(|cell| cell.show() == "listed");
    let rules = problem.rules().iter().filter_map(|code| shelf.pack.rule(code)).map(|rule| rule_shown(rule, root));
    ProblemRow {
        id: problem.point.id.to_string(),
        list: said(shelf, &problem, "list"),
        domain: problem.domain().to_owned(),
        number: problem.number(),
        label: problem.label().to_owned(),
        violation: problem.violation().to_owned(),
        how: problem.how().to_owned(),
        reach: reach.map_or("", Reach::name),
        reach_label: reach.map_or("—", Reach::label),
        reach_tone: tone::reach(reach),
        standing: if listed { String::new() } else { said(shelf, &problem, "standing") },
        citation: problem.citation().to_owned(),
        coverage: coverage(problem.coverage(&shelf.pack.rules)),
        rules: rules.collect(),
    }
}

fn rule_shown(rule: &Rule, root: &str) -> RuleShown {
    let (status, tone) = (rule.status.label(), tone::status(rule.status));
    RuleShown { link: rule_link(root, rule), status, tone, runs: rule.status.runs() }
}

/// A value in the table's own words.
fn said(shelf: &Shelf<'_>, problem: &Problem<'_>, column: &str) -> String {
    let Some(cell) = problem.point.columns.get(column) else { return String::new() };
    shelf.pack.knowledge.descriptor(problem::TABLE).map_or_else(|| cell.show(), |table| table.label(column, cell))
}

const fn coverage(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Running => "running",
        Coverage::Draft => "draft",
        Coverage::Nothing => "nothing",
    }
}
