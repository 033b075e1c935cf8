//! `mingcha knowledge list`.

use anyhow::{Context, Result};
use claims::Day;
use clap::Args;
use rulebook::Point;
use serde_json::{Map, Value};

use super::row;
use crate::number::table;
use crate::pack::RulesArguments;
use crate::place::LakeArguments;
use crate::screen::Screen;
use crate::status::{Status, WrongUse};

/// What to list.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    rules: RulesArguments,
    #[arg(long, value_name = "NAME", help = "只列这张知识表")]
    table: Option<String>,
    #[arg(long, value_name = "CODE", help = "只列供给这条规则的知识点")]
    rule: Option<String>,
    #[arg(long, value_name = "DATE", help = "只列这一天有效的知识点，如 2026-03-02")]
    on: Option<String>,
    #[arg(long, help = "只列待审核的知识点")]
    unreviewed: bool,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let on = self.on.as_deref().map(|day| Day::parse(day).ok_or_else(|| WrongUse(format!("“{day}”不是日期，写成 2026-03-02"))));
        let on = on.transpose()?;
        let knowledge = self.rules.load_with(self.lake.folder())?.pack.knowledge;
        if let Some(name) = &self.table {
            knowledge.descriptor(name).with_context(|| format!("没有知识表 {name}"))?;
        }
        let wanted = |point: &&Point| {
            self.table.as_deref().is_none_or(|table| &*point.table == table)
                && self.rule.as_deref().is_none_or(|rule| point.rule.as_deref() == Some(rule))
                && on.is_none_or(|day| point.in_force(day))
                && (!self.unreviewed || !point.is_reviewed())
        };
        let points: Vec<&Point> = knowledge.points().iter().filter(wanted).collect();
        let rows: Vec<Map<String, Value>> =
            if screen.is_json() { points.iter().map(|p| row::of(&knowledge, p)).collect() } else { Vec::new() };
        screen.answer(&rows, || {
            let mut lines = vec![["编号", "知识表", "名称", "编码数", "有效期", "取值"].map(str::to_owned).to_vec()];
            lines.extend(points.iter().map(|point| {
                let values = row::values(&knowledge, point);
                let values = if point.is_reviewed() { values } else { format!("{values}（待审核）") };
                let codes = point.keys.len().to_string();
                vec![point.id.to_string(), point.table.to_string(), point.name.to_string(), codes, row::period(point), values]
            }));
            format!("{}共 {} 个知识点\n", table(&lines), points.len())
        })?;
        Ok(Status::Done)
    }
}
