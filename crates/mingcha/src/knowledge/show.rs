//! `mingcha knowledge show KEY`.

use anyhow::{Result, bail};
use clap::Args;
use rulebook::{Knowledge, Point};
use serde_json::{Map, Value};

use super::row;
use crate::pack::RulesArguments;
use crate::place::LakeArguments;
use crate::screen::Screen;
use crate::status::Status;

/// What to show.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "KEY", help = "知识点编号，或药品、项目、诊断编码")]
    key: String,
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    rules: RulesArguments,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let knowledge = self.rules.load_with(self.lake.folder())?.pack.knowledge;
        let code = self.key.trim().to_ascii_uppercase();
        let points: Vec<&Point> = match knowledge.point(self.key.trim()) {
            Some(point) => vec![point],
            None => knowledge.points().iter().filter(|point| point.keys.iter().any(|key| **key == *code)).collect(),
        };
        if points.is_empty() {
            bail!("没有编号或编码为 {} 的知识点", self.key);
        }
        let rows: Vec<Map<String, Value>> = points.iter().map(|point| row::of(&knowledge, point)).collect();
        screen.answer(&rows, || points.iter().map(|point| text(&knowledge, point)).collect::<Vec<_>>().join("\n"))?;
        Ok(Status::Done)
    }
}

fn text(knowledge: &Knowledge, point: &Point) -> String {
    let mut lines = vec![format!("{} {}", point.id, point.name)];
    let table = knowledge.descriptor(&point.table).map_or("", |d| d.name.as_str());
    let mut say = |label: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            lines.push(format!("  {label}：{value}"));
        }
    };
    let text = |t: &Option<claims::Text>| t.as_deref().map(str::to_owned);
    say("知识表", Some(format!("{} {table}", point.table)));
    say("规则", text(&point.rule));
    say("取值", Some(row::values(knowledge, point)));
    say("有效期", Some(row::period(point)));
    say("地区", Some(text(&point.region).unwrap_or_else(|| "全国".to_owned())));
    say("公布的限定", text(&point.constraint));
    say("出处", text(&point.citation));
    say("取代", Some(point.supersedes.join("、")));
    say("沿革", Some(point.succession.join("；")));
    let by = text(&point.reviewed_by).map(|by| match point.reviewed_on {
        Some(day) => format!("{by}，{day}"),
        None => by,
    });
    let waits = match knowledge.descriptor(&point.table) {
        Some(descriptor) if descriptor.matches.is_of_rules() => "待审核：对照还没有人审核，只供参考",
        _ => "待审核：所供规则对这些编码答“无法判定”",
    };
    say("审核", Some(by.unwrap_or_else(|| waits.to_owned())));
    say("备注", text(&point.note));
    say("来源", Some(format!("{} 第{}行", point.file, point.row)));
    say(&format!("编码（{}）", point.keys.len()), Some(point.keys.join("；")));
    lines.push(String::new());
    lines.join("\n")
}
