//! The first page: all rules by class and group, to search and to filter.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use askama::Template;
use rulebook::rule::{Class, ResultType, Status};
use rulebook::{Rule, problem};

use super::shelf::{Shelf, Site, rule_file, tables_of};
use super::tone;
use crate::number;

#[derive(Template)]
#[template(path = "book/index.html")]
struct Page {
    site: Site,
    cases: String,
    points: String,
    problems: String,
    statuses: Vec<Counted>,
    choices: Vec<Choice>,
    groups: Vec<Group>,
}

struct Counted {
    name: &'static str,
    label: &'static str,
    count: usize,
}

/// A filter with what may be chosen.
struct Choice {
    name: &'static str,
    label: &'static str,
    options: Vec<Counted>,
}

struct Group {
    class: &'static str,
    class_label: &'static str,
    /// The first of its class, to which the page can be jumped.
    first: bool,
    name: String,
    rules: Vec<Row>,
}

struct Row {
    href: String,
    code: String,
    name: String,
    violation: String,
    kind: &'static str,
    kind_label: &'static str,
    result: &'static str,
    result_label: &'static str,
    result_tone: &'static str,
    status: &'static str,
    status_label: &'static str,
    status_tone: &'static str,
    stages: String,
    points: usize,
    cases: usize,
    /// What else the search should find it by.
    text: String,
}

pub(super) fn render(shelf: &Shelf<'_>) -> Result<String> {
    let rules = &shelf.pack.rules;
    let statuses = counted(rules, |rule| (rule.status.name(), rule.status.label()));
    let order = [Status::Active, Status::Trial, Status::Draft, Status::Suspended, Status::Retired].map(Status::name);
    let place = |name: &str| order.iter().position(|known| *known == name);
    let in_order = |mut options: Vec<Counted>| {
        options.sort_by_key(|option| place(option.name));
        options
    };
    let choices = vec![
        Choice { name: "class", label: "分类", options: counted(rules, |rule| (rule.class.name(), rule.class.label())) },
        Choice { name: "kind", label: "判定类型", options: kinds(rules) },
        Choice {
            name: "status",
            label: "状态",
            options: in_order(counted(rules, |rule| (rule.status.name(), rule.status.label()))),
        },
        Choice {
            name: "result",
            label: "严重程度",
            options: counted(rules, |rule| (result_name(rule.result), rule.result.label())),
        },
    ];
    let page = Page {
        site: shelf.site("rules", ""),
        cases: number::count(rules.iter().map(|rule| rule.cases.len() as u64).sum::<u64>()),
        points: number::count(shelf.pack.knowledge.points().len() as u64),
        problems: problem::tally(problem::all(&shelf.pack.knowledge), rules).to_string(),
        statuses: in_order(statuses),
        choices,
        groups: groups(shelf),
    };
    Ok(page.render()?)
}

/// How many rules there are of each word, in the order in which the words first come.
fn counted(rules: &[Rule], word: impl Fn(&Rule) -> (&'static str, &'static str)) -> Vec<Counted> {
    let mut all: Vec<Counted> = Vec::new();
    for rule in rules {
        let (name, label) = word(rule);
        match all.iter_mut().find(|known| known.name == name) {
            Some(known) => known.count += 1,
            None => all.push(Counted { name, label, count: 1 }),
        }
    }
    all
}

/// Kinds, the most frequent first.
fn kinds(rules: &[Rule]) -> Vec<Counted> {
    let mut all = counted(rules, |rule| (rule.logic.kind.name(), rule.logic.kind.label()));
    all.sort_by_key(|kind| (std::cmp::Reverse(kind.count), kind.name));
    all
}

const fn result_name(result: ResultType) -> &'static str {
    result.grade().name()
}

fn groups(shelf: &Shelf<'_>) -> Vec<Group> {
    let mut by_group: BTreeMap<(Class, &str), Vec<Row>> = BTreeMap::new();
    for rule in &shelf.pack.rules {
        by_group.entry((rule.class, &rule.group)).or_default().push(row(shelf, rule));
    }
    let mut seen = BTreeSet::new();
    let group = |((class, name), rules): ((Class, &str), Vec<Row>)| Group {
        class: class.name(),
        class_label: class.label(),
        first: seen.insert(class),
        name: name.to_owned(),
        rules,
    };
    by_group.into_iter().map(group).collect()
}

fn row(shelf: &Shelf<'_>, rule: &Rule) -> Row {
    let laws = rule.basis.iter().flat_map(|basis| [basis.law.as_str(), basis.article.as_str()]);
    let named = |table: &&str| shelf.pack.knowledge.descriptor(table).map(|descriptor| descriptor.name.as_str());
    let tables = tables_of(rule);
    let text: Vec<&str> = laws.chain(tables.iter().copied()).chain(tables.iter().filter_map(named)).collect();
    Row {
        href: rule_file(&rule.code),
        code: rule.code.clone(),
        name: rule.name.clone(),
        violation: rule.violation.clone(),
        kind: rule.logic.kind.name(),
        kind_label: rule.logic.kind.label(),
        result: result_name(rule.result),
        result_label: rule.result.label(),
        result_tone: tone::result(rule.result),
        status: rule.status.name(),
        status_label: rule.status.label(),
        status_tone: tone::status(rule.status),
        stages: rule.stages.iter().map(|stage| stage.label()).collect::<Vec<_>>().join("·"),
        points: shelf.pack.knowledge.feeding(rule).count(),
        cases: rule.cases.len(),
        text: text.join(" "),
    }
}
