//! The cases of a rule as a table: what happens, what the rule must answer, and the rows that were given.

use std::collections::{BTreeMap, BTreeSet};

use claims::Fen;
use rulebook::case::{Case, Expect, ExpectedFinding, Row};
use rulebook::{Grade, Knowledge, Rule};

use super::logic_view::Named;
use crate::number::yuan;

pub(super) struct CaseRow {
    pub(super) name: String,
    pub(super) answer: &'static str,
    pub(super) tone: &'static str,
    pub(super) result: String,
    pub(super) amount: String,
    pub(super) fund: String,
    pub(super) summary: String,
    /// Parameters set and the day the data begin, where the case says so.
    pub(super) settings: String,
    pub(super) grids: Vec<Grid>,
}

/// Rows of one table.
pub(super) struct Grid {
    pub(super) title: String,
    pub(super) columns: Vec<Named>,
    pub(super) rows: Vec<Vec<String>>,
}

/// How many cases end as a hit, clear, undecided.
pub(super) fn answers(rule: &Rule) -> (usize, usize, usize) {
    let count = |wanted: &str| rule.cases.iter().filter(|case| answer(&case.expect).0 == wanted).count();
    (count("命中"), count("不命中"), count("未决"))
}

const fn answer(expect: &Expect) -> (&'static str, &'static str) {
    match expect {
        Expect::Undecided => ("未决", ""),
        Expect::Findings(found) if found.is_empty() => ("不命中", "green"),
        Expect::Findings(_) => ("命中", "red"),
    }
}

pub(super) fn row(case: &Case, rule: &Rule, knowledge: &Knowledge) -> CaseRow {
    let (answer, tone) = answer(&case.expect);
    let found: &[ExpectedFinding] = match &case.expect {
        Expect::Findings(found) => found,
        Expect::Undecided => &[],
    };
    let grids: Vec<Grid> = case
        .given
        .iter()
        .map(|(table, rows)| national(table, rows))
        .chain(case.knowledge.iter().map(|(table, rows)| of_knowledge(table, rows, knowledge)))
        .collect();
    let sizes: Vec<String> = grids.iter().map(|grid| format!("{} {} 行", short(&grid.title), grid.rows.len())).collect();
    CaseRow {
        name: case.name.clone(),
        answer,
        tone,
        result: if found.is_empty() { "—".to_owned() } else { found.iter().map(said).collect::<Vec<_>>().join("；") },
        amount: money(found, |finding| finding.amount_fen),
        fund: money(found, |finding| finding.fund_amount_fen),
        summary: if sizes.is_empty() { "全部默认".to_owned() } else { sizes.join("，") },
        settings: settings(case, rule),
        grids,
    }
}

fn short(title: &str) -> &str {
    title.split(' ').next().unwrap_or(title)
}

/// What the case says of a finding; it need not say everything.
fn said(finding: &ExpectedFinding) -> String {
    let grade = |name: &String| {
        let all = [Grade::Violation, Grade::SuspicionHigh, Grade::Suspicion, Grade::Hint];
        all.iter().find(|grade| grade.name() == name).map_or_else(|| name.clone(), |grade| grade.label().to_owned())
    };
    let parts = [
        finding.lines.as_ref().map(|lines| format!("明细 {}", lines.join("、"))),
        finding.mdtrt_id.as_ref().map(|visit| format!("就诊 {visit}")),
        finding.grade.as_ref().map(grade),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "一条疑点".to_owned() } else { parts.join("，") }
}

/// The sum of what the case states; a dash where it states nothing.
fn money(found: &[ExpectedFinding], amount: fn(&ExpectedFinding) -> Option<i64>) -> String {
    let stated: Vec<i64> = found.iter().filter_map(amount).collect();
    if stated.is_empty() { "—".to_owned() } else { yuan(stated.iter().map(|fen| Fen(*fen)).map(|fen| fen.0).sum()) }
}

fn settings(case: &Case, rule: &Rule) -> String {
    let set = case.parameters.iter().map(|(name, value)| {
        let means = rule.parameters.get(name).map_or("", |parameter| parameter.means.as_str());
        format!("参数 {name} = {}（{means}）", value.show())
    });
    set.chain(case.data_from.iter().map(|day| format!("数据自 {day} 起"))).collect::<Vec<_>>().join("；")
}

fn national(name: &str, rows: &[Row]) -> Grid {
    let table = claims::table::table(name);
    let title = table.map_or_else(|| name.to_owned(), |table| format!("{} {name}", table.zh));
    let place = |column: &str| table.and_then(|t| t.columns.iter().position(|known| known.name == column)).unwrap_or(usize::MAX);
    let label =
        |column: &str| table.and_then(|t| t.column(column)).map_or_else(|| column.to_owned(), |known| known.zh.to_owned());
    grid(title, rows, &place, &label)
}

fn of_knowledge(name: &str, rows: &[Row], knowledge: &Knowledge) -> Grid {
    let descriptor = knowledge.descriptor(name);
    let title = descriptor.map_or_else(|| name.to_owned(), |table| format!("知识表“{}” {name}", table.name));
    let label = |column: &str| {
        let own = descriptor.and_then(|table| table.columns.get(column)).map(|column| column.means.clone());
        own.unwrap_or_else(|| knowledge_word(column).to_owned())
    };
    grid(title, rows, &|_| 0, &label)
}

fn knowledge_word(column: &str) -> &str {
    match column {
        "id" => "编号",
        "name" => "名称",
        "codes" | "icd" | "code" => "编码",
        "valid_from" => "生效日",
        "valid_to" => "失效日",
        "known_from" => "公布日",
        "region" => "地区",
        "reviewed_by" => "审核人",
        other => other,
    }
}

/// All columns that some row fills, in the order of the table.
fn grid(title: String, rows: &[Row], place: &dyn Fn(&str) -> usize, label: &dyn Fn(&str) -> String) -> Grid {
    let names: BTreeSet<(usize, &str)> = rows.iter().flat_map(BTreeMap::keys).map(|name| (place(name), name.as_str())).collect();
    let names: Vec<&str> = names.into_iter().map(|(_, name)| name).collect();
    let cell = |row: &Row, name: &str| row.get(name).map(|cell| cell.0.clone()).unwrap_or_default();
    Grid {
        title,
        columns: names.iter().map(|name| Named::new(*name, label(name))).collect(),
        rows: rows.iter().map(|row| names.iter().map(|name| cell(row, name)).collect()).collect(),
    }
}
