//! `mingcha rule list`.

use anyhow::Result;
use clap::Args;
use rulebook::rule::Stage;
use rulebook::{Pack, Rule};
use serde::Serialize;

use crate::number::table;
use crate::pack::RulesArguments;
use crate::screen::{Screen, say_faults};
use crate::status::Status;

/// What to list.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    rules: RulesArguments,
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
    knowledge_rows: usize,
    cases: usize,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let loaded = self.rules.load()?;
        say_faults(screen, &loaded.faults);
        let rows: Vec<Row> = loaded.pack.rules.iter().map(|rule| row(&loaded.pack, rule)).collect();
        screen.answer(&rows, || {
            let head = ["编码", "名称", "分类", "状态", "版本", "判定类型", "结果", "环节", "知识点", "用例"];
            let mut lines = vec![head.map(str::to_owned).to_vec()];
            lines.extend(loaded.pack.rules.iter().zip(&rows).map(|(rule, row)| line(rule, row)));
            format!("{}共 {} 条规则\n", table(&lines), rows.len())
        })?;
        Ok(Status::refused_if(!loaded.faults.is_empty()))
    }
}

fn line(rule: &Rule, row: &Row) -> Vec<String> {
    vec![
        row.code.clone(),
        row.name.clone(),
        row.class.to_owned(),
        rule.status.label().to_owned(),
        row.version.to_string(),
        row.kind.to_owned(),
        row.result.to_owned(),
        rule.stages.iter().map(|stage| stage.label()).collect::<Vec<_>>().join("、"),
        row.knowledge_rows.to_string(),
        row.cases.to_string(),
    ]
}

fn row(pack: &Pack, rule: &Rule) -> Row {
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
        knowledge_rows: pack.knowledge.feeding(rule).count(),
        cases: rule.cases.len(),
    }
}
