//! `mingcha rule list`.

use anyhow::Result;
use clap::Args;
use rulebook::rule::Stage;
use rulebook::{Pack, Rule};
use serde::Serialize;

use super::label::{self, Label, LabelArguments, Labels};
use crate::number::table;
use crate::pack::RulesArguments;
use crate::screen::{Screen, say_faults};
use crate::status::Status;

/// What to list.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    rules: RulesArguments,
    #[command(flatten)]
    label: LabelArguments,
}

/// A rule in a list.
#[derive(Debug, Serialize)]
struct Row {
    code: String,
    name: String,
    class: &'static str,
    group: String,
    status: &'static str,
    version: u32,
    kind: &'static str,
    result: &'static str,
    stages: Vec<&'static str>,
    knowledge_table: Option<String>,
    /// Points that feed the rule; of one that has no table of its own, the rows of the tables it reads.
    knowledge_rows: usize,
    /// Every table the rule reads; none where it judges by the records alone.
    knowledge_tables: Vec<TableRead>,
    /// It needs tables, and none of them has a row: a run answers undecided once, and looks at nothing.
    without_knowledge: bool,
    cases: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Label>,
}

/// A knowledge table that a rule reads.
#[derive(Debug, Serialize)]
struct TableRead {
    table: String,
    rows: usize,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let loaded = self.rules.load()?;
        say_faults(screen, &loaded.faults);
        let labels = self.label.load(&loaded.pack)?;
        let rows: Vec<Row> = loaded.pack.rules.iter().map(|rule| row(&loaded.pack, rule, labels.as_ref())).collect();
        screen.answer(&rows, || {
            let mut lines = vec![head(labels.is_some())];
            lines.extend(loaded.pack.rules.iter().zip(&rows).map(|(rule, row)| line(rule, row)));
            let sources = labels.as_ref().map(Labels::sources).unwrap_or_default();
            let without = rows.iter().filter(|row| row.without_knowledge).count();
            format!("{}共 {} 条规则，其中 {without} 条无知识\n{sources}", table(&lines), rows.len())
        })?;
        Ok(Status::refused_if(!loaded.faults.is_empty()))
    }
}

fn head(labelled: bool) -> Vec<String> {
    let columns: Vec<&str> = if labelled {
        ["编码", "名称", "状态", "版本"].into_iter().chain(label::HEADS).collect()
    } else {
        vec!["编码", "名称", "分类", "状态", "版本", "判定类型", "结果", "环节", "用例", "知识（表 行数）"]
    };
    columns.into_iter().map(str::to_owned).collect()
}

fn line(rule: &Rule, row: &Row) -> Vec<String> {
    if let Some(label) = &row.label {
        let known = [row.code.clone(), row.name.clone(), rule.status.label().to_owned(), label.version(row.version)];
        return known.into_iter().chain(label.cells()).collect();
    }
    vec![
        row.code.clone(),
        row.name.clone(),
        row.class.to_owned(),
        rule.status.label().to_owned(),
        row.version.to_string(),
        row.kind.to_owned(),
        row.result.to_owned(),
        rule.stages.iter().map(|stage| stage.label()).collect::<Vec<_>>().join("、"),
        row.cases.to_string(),
        knowledge(row),
    ]
}

/// The tables with their rows, and whether there is anything to judge by at all.
fn knowledge(row: &Row) -> String {
    if row.knowledge_tables.is_empty() {
        return "不用".to_owned();
    }
    let tables: Vec<String> = row.knowledge_tables.iter().map(|read| format!("{} {}", read.table, read.rows)).collect();
    let mark = if row.without_knowledge { "无知识：" } else { "" };
    format!("{mark}{}", tables.join("、"))
}

/// The tables a rule reads, its own first, each with the points there for it to read.
fn tables(pack: &Pack, rule: &Rule) -> Vec<TableRead> {
    let own = rule.logic.knowledge.as_deref().map(|table| (table, pack.knowledge.feeding(rule).count()));
    let rows = |table: &str| pack.knowledge.points().iter().filter(|point| &*point.table == table).count();
    let further = rule.logic.kind.further_tables().into_iter().map(|table| (table, rows(table)));
    own.into_iter().chain(further).map(|(table, rows)| TableRead { table: table.to_owned(), rows }).collect()
}

fn row(pack: &Pack, rule: &Rule, labels: Option<&Labels>) -> Row {
    let knowledge_tables = tables(pack, rule);
    let own = rule.logic.knowledge.is_some();
    Row {
        code: rule.code.clone(),
        name: rule.name.clone(),
        class: rule.class.label(),
        group: rule.group.clone(),
        status: rule.status.name(),
        version: rule.version,
        kind: rule.logic.kind.name(),
        result: rule.result.label(),
        stages: rule.stages.iter().map(|stage: &Stage| stage.name()).collect(),
        knowledge_table: rule.logic.knowledge.clone(),
        knowledge_rows: knowledge_tables.iter().take(if own { 1 } else { usize::MAX }).map(|read| read.rows).sum(),
        without_knowledge: !knowledge_tables.is_empty() && knowledge_tables.iter().all(|read| read.rows == 0),
        knowledge_tables,
        cases: rule.cases.len(),
        label: labels.map(|labels| labels.of(&rule.code, rule.version)),
    }
}
