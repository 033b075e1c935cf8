//! A page a rule: law, logic, parameters, knowledge, relations, cases, expressions.

use anyhow::Result;
use askama::Template;
use rulebook::parameter::{Overlay, Parameter, Value};
use rulebook::relation::RelationKind;
use rulebook::{Grade, Point, Rule};

use super::super::label::HEADS;
use super::case_view::{self, CaseRow};
use super::logic_view::{self, Named, Part, Slot};
use super::problems_page::{self, ProblemRow};
use super::shelf::{Link, Shelf, Site, days, rule_link, table_file, tables_of};
use super::tone;

/// Points shown beside the rule; all of them are on the table's own page.
const SAMPLES: usize = 5;
const ROOT: &str = "../";

#[derive(Template)]
#[template(path = "book/rule.html")]
struct Page<'a> {
    site: Site,
    rule: &'a Rule,
    previous: Option<Link>,
    next: Option<Link>,
    status_tone: &'static str,
    result_tone: &'static str,
    why: Vec<&'a str>,
    logic: Vec<&'a str>,
    message: Vec<Part>,
    parameters: Vec<ParameterRow>,
    tables: Vec<TableRow>,
    samples: Vec<Sample>,
    without_points: Option<&'static str>,
    relations: Vec<RelationRow>,
    problems: Vec<ProblemRow>,
    cases: Vec<CaseRow>,
    answers: (usize, usize, usize),
    slots: Vec<Slot>,
    facts: Vec<Named>,
    overview: Vec<Named>,
    label: Vec<Named>,
    sources: Vec<String>,
}

struct ParameterRow {
    name: String,
    means: String,
    value: String,
    unit: String,
    range: String,
    source: String,
    set: String,
    overlays: Vec<OverlayRow>,
}

struct OverlayRow {
    value: String,
    region: String,
    days: String,
    source: String,
    set: String,
}

struct TableRow {
    href: String,
    name: String,
    table: String,
    used: String,
    points: usize,
    reviewed: usize,
}

struct Sample {
    name: String,
    codes: String,
    values: String,
    days: String,
    citation: String,
}

struct RelationRow {
    label: &'static str,
    others: Vec<Link>,
    means: &'static str,
}

impl Page<'_> {
    #[expect(clippy::unused_self, clippy::trivially_copy_pass_by_ref, reason = "templates call methods, with references")]
    fn grade_tone(&self, grade: &Grade) -> &'static str {
        tone::grade(*grade)
    }
}

pub(super) fn render(shelf: &Shelf<'_>, number: usize) -> Result<String> {
    let rules = &shelf.pack.rules;
    let rule = &rules[number];
    let near = |number: Option<usize>| number.and_then(|number| rules.get(number)).map(|rule| rule_link(ROOT, rule));
    let page = Page {
        site: shelf.site("rules", ROOT),
        rule,
        previous: near(number.checked_sub(1)),
        next: near(Some(number + 1)),
        status_tone: tone::status(rule.status),
        result_tone: tone::result(rule.result),
        why: lines(&rule.why),
        logic: lines(&rule.logic_text),
        message: logic_view::message(rule),
        parameters: rule.parameters.iter().map(|(name, parameter)| parameter_row(shelf, rule, name, parameter)).collect(),
        tables: tables(shelf, rule),
        samples: shelf.pack.knowledge.feeding(rule).take(SAMPLES).map(|point| sample(shelf, rule, point)).collect(),
        without_points: without_points(shelf, rule),
        relations: relations(shelf, rule),
        problems: problems_page::rows_of(shelf, &rule.code, ROOT),
        cases: rule.cases.iter().map(|case| case_view::row(case, rule, &shelf.pack.knowledge)).collect(),
        answers: case_view::answers(rule),
        slots: logic_view::slots(rule),
        facts: logic_view::facts(rule),
        overview: overview(rule),
        label: label(shelf, rule),
        sources: shelf.labels.map(|labels| labels.sources().lines().map(str::to_owned).collect()).unwrap_or_default(),
    };
    Ok(page.render()?)
}

/// The figures of the rule's label; none where no run was named.
fn label(shelf: &Shelf<'_>, rule: &Rule) -> Vec<Named> {
    let Some(label) = shelf.labels.map(|labels| labels.of(&rule.code, rule.version)) else { return Vec::new() };
    HEADS.iter().zip(label.cells()).map(|(head, cell)| Named::new(*head, cell)).collect()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

fn overview(rule: &Rule) -> Vec<Named> {
    let joined = |words: Vec<&'static str>| words.join("、");
    let mut all = vec![
        Named::new("分类", format!("{} · {}", rule.class.label(), rule.group)),
        Named::new("违规类型", rule.violation.as_str()),
        Named::new("监管环节", joined(rule.stages.iter().map(|stage| stage.label()).collect())),
        Named::new("应用场景", joined(rule.scenarios.iter().map(|scenario| scenario.label()).collect())),
        Named::new("判定类型", format!("{} {}", rule.logic.kind.label(), rule.logic.kind.name())),
    ];
    all.extend(logic_view::arguments(&rule.logic.kind));
    all.push(Named::new("计入范围", rule.logic.charge.label()));
    all.push(Named::new("金额口径", rule.logic.amount.label()));
    all.push(Named::new("含义摘要", &rule.meaning[..rule.meaning.len().min(16)]));
    all
}

fn parameter_row(shelf: &Shelf<'_>, rule: &Rule, name: &str, parameter: &Parameter) -> ParameterRow {
    let overlay = |overlay: &Overlay| OverlayRow {
        value: overlay.value.show(),
        region: overlay.region.clone(),
        days: match (overlay.from, overlay.to) {
            (None, None) => "不限日期".to_owned(),
            (Some(from), None) => format!("{from} 起"),
            (None, Some(to)) => format!("至 {to}"),
            (Some(from), Some(to)) => format!("{from} 至 {to}"),
        },
        source: overlay.source.clone(),
        set: format!("{} {}", overlay.set_by, overlay.set_on),
    };
    let of_this = |overlay: &&Overlay| overlay.rule == rule.code && overlay.parameter == name;
    ParameterRow {
        name: name.to_owned(),
        means: parameter.means.clone(),
        value: parameter.value.show(),
        unit: parameter.unit.clone().unwrap_or_default(),
        range: range(parameter),
        source: parameter.source.clone(),
        set: format!("{} {}", parameter.set_by, parameter.set_on),
        overlays: shelf.pack.parameters.all().filter(of_this).map(overlay).collect(),
    }
}

fn range(parameter: &Parameter) -> String {
    match (&parameter.min, &parameter.max, &parameter.value) {
        (Some(min), Some(max), _) => format!("{} 至 {}", min.show(), max.show()),
        (Some(min), None, _) => format!("不小于 {}", min.show()),
        (None, Some(max), _) => format!("不大于 {}", max.show()),
        (None, None, Value::Flag(_)) => "是、否".to_owned(),
        (None, None, _) => "不限".to_owned(),
    }
}

fn tables(shelf: &Shelf<'_>, rule: &Rule) -> Vec<TableRow> {
    let row = |(place, table): (usize, &str)| {
        let descriptor = shelf.pack.knowledge.descriptor(table);
        let is_own = place == 0 && rule.logic.knowledge.as_deref() == Some(table);
        let (points, reviewed) = if is_own {
            let feeding = || shelf.pack.knowledge.feeding(rule);
            (feeding().count(), feeding().filter(|point| point.is_reviewed()).count())
        } else {
            let held = shelf.held(table);
            (held.points, held.reviewed)
        };
        let anchor = if is_own && points < shelf.held(table).points { format!("#rule={}", rule.code) } else { String::new() };
        TableRow {
            href: format!("{ROOT}{}{anchor}", table_file(table, 1)),
            name: descriptor.map_or_else(|| table.to_owned(), |descriptor| descriptor.name.clone()),
            table: table.to_owned(),
            used: if is_own { deciding(shelf, rule) } else { "一并查阅".to_owned() },
            points,
            reviewed,
        }
    };
    tables_of(rule).into_iter().enumerate().map(row).collect()
}

/// What of a knowledge row decides.
fn deciding(shelf: &Shelf<'_>, rule: &Rule) -> String {
    let descriptor = rule.logic.knowledge.as_deref().and_then(|table| shelf.pack.knowledge.descriptor(table));
    let means = |name: &String| {
        let column = descriptor.and_then(|descriptor| descriptor.columns.get(name));
        column.map_or_else(|| name.clone(), |column| format!("{}（{name}）", column.means))
    };
    let words: Vec<String> = rule.logic.deciding.iter().map(means).collect();
    let whose = rule.logic.points_of.as_ref().map(|of| format!("读规则 {of} 的知识点。")).unwrap_or_default();
    if words.is_empty() {
        format!("{whose}在表中即为事实")
    } else {
        format!("{whose}必须填写：{}", words.join("、"))
    }
}

fn sample(shelf: &Shelf<'_>, rule: &Rule, point: &Point) -> Sample {
    let descriptor = shelf.pack.knowledge.descriptor(&point.table);
    let value = |(name, cell): (&String, &rulebook::Cell)| {
        let means = descriptor.and_then(|d| d.columns.get(name)).map_or(name.as_str(), |column| column.means.as_str());
        let shown = descriptor.map_or_else(|| cell.show(), |descriptor| descriptor.label(name, cell));
        format!("{}：{shown}", means.split('（').next().unwrap_or(means))
    };
    let decides = |name: &String| rule.logic.deciding.is_empty() || rule.logic.deciding.contains(name);
    let values: Vec<String> = point.columns.iter().filter(|(name, _)| decides(name)).map(value).collect();
    let first = point.keys.first().map(ToString::to_string).unwrap_or_default();
    Sample {
        name: point.name.to_string(),
        codes: if point.keys.len() > 1 { format!("{first} 等 {} 个", point.keys.len()) } else { first },
        values: if values.is_empty() { "—".to_owned() } else { values.join("，") },
        days: days(point),
        citation: point.citation.as_deref().unwrap_or("—").to_owned(),
    }
}

fn without_points(shelf: &Shelf<'_>, rule: &Rule) -> Option<&'static str> {
    rule.logic.knowledge.as_ref()?;
    let mut feeding = shelf.pack.knowledge.feeding(rule).peekable();
    if feeding.peek().is_none() {
        return Some("还没有可用的知识点：地方填写并导入之前，本规则没有可看的对象。");
    }
    (!feeding.any(Point::is_reviewed)).then_some("知识点都没有审核：凡涉及它们的对象，本规则答“未决”。")
}

/// Relations that the rule states, and those that others state of it.
fn relations(shelf: &Shelf<'_>, rule: &Rule) -> Vec<RelationRow> {
    let stated = rule.relations.iter().map(|relation| RelationRow {
        label: relation.kind.label(),
        others: relation.rules.iter().map(|code| shelf.link(ROOT, code)).collect(),
        means: meaning(relation.kind),
    });
    let kinds = [RelationKind::Outranks, RelationKind::Subsumes, RelationKind::Excludes];
    let of_others = kinds.into_iter().filter_map(|kind| {
        let states = |other: &&Rule| other.relations.iter().any(|r| r.kind == kind && r.rules.contains(&rule.code));
        let others: Vec<Link> = shelf.pack.rules.iter().filter(states).map(|other| rule_link(ROOT, other)).collect();
        (!others.is_empty()).then_some(RelationRow { label: passive(kind), others, means: passive_meaning(kind) })
    });
    stated.chain(of_others).collect()
}

const fn meaning(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Outranks => "同一明细上本规则的疑点为主，对方的为佐证",
        RelationKind::Subsumes => "本规则命中的住院上，对方的疑点为佐证",
        RelationKind::Excludes => "两者不能同时成立，程度轻的降为提示",
    }
}

const fn passive(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Outranks => "让位于",
        RelationKind::Subsumes => "被包含于",
        RelationKind::Excludes => "互斥",
    }
}

const fn passive_meaning(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Outranks => "同一明细上对方的疑点为主，本规则的为佐证",
        RelationKind::Subsumes => "对方命中的住院上，本规则的疑点为佐证",
        RelationKind::Excludes => "两者不能同时成立，程度轻的降为提示",
    }
}
