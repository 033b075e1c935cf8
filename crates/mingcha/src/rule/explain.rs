//! `mingcha rule explain CODE`.

use anyhow::Result;
use clap::Args;
use rulebook::problem::{self, Problem};
use serde_json::{Value, json};

use super::curve;
use crate::pack::{self, RulesArguments};
use crate::place::LakeArguments;
use crate::screen::Screen;
use crate::status::Status;

/// What to explain.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "CODE", help = "规则编码或名称；--curve 时也可以是规则文件")]
    code: String,
    #[command(flatten)]
    rules: RulesArguments,
    #[arg(long, help = "阈值曲线：在数据湖上逐个移动数值参数，看疑点和金额怎样变")]
    curve: bool,
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "curve", help = "只画这些参数的曲线")]
    parameter: Vec<String>,
    #[command(flatten)]
    lake: LakeArguments,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        if self.curve {
            let pack = self.rules.load_with(self.lake.folder())?.pack;
            let rule = super::rule_or_file(&pack, &self.code)?;
            let curves = curve::of(self.lake.folder(), &pack, &rule, &self.parameter, screen)?;
            screen.answer(&curves, || curve::text(&curves, &rule))?;
            return Ok(Status::Done);
        }
        let pack = self.rules.load()?.pack;
        let rule = pack::rule(&pack, &self.code)?;
        let text = rulebook::explain::rule(rule, &pack.knowledge);
        let problems: Vec<Value> = problem::of_rule(&pack.knowledge, &rule.code).map(shown).collect();
        let answer = json!({ "code": rule.code, "name": rule.name, "version": rule.version, "problems": problems, "text": text });
        screen.answer(&answer, || text.clone())?;
        Ok(Status::Done)
    }
}

/// A typical problem that the rule can find.
fn shown(problem: Problem<'_>) -> Value {
    json!({
        "id": problem.point.id,
        "list": problem.list(),
        "domain": problem.domain(),
        "number": problem.number(),
        "label": problem.label(),
        "violation": problem.violation(),
        "reach": problem.reach().map(problem::Reach::name),
        "how": problem.how(),
        "citation": problem.citation(),
        "reviewed": problem.point.is_reviewed(),
    })
}
