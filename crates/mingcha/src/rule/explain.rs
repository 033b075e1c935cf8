//! `mingcha rule explain CODE`.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::pack::{self, RulesArguments};
use crate::screen::Screen;
use crate::status::Status;

/// What to explain.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "CODE", help = "规则编码或名称")]
    code: String,
    #[command(flatten)]
    rules: RulesArguments,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let pack = self.rules.load()?.pack;
        let rule = pack::rule(&pack, &self.code)?;
        let text = rulebook::explain::rule(rule, &pack.knowledge);
        screen.answer(&json!({ "code": rule.code, "name": rule.name, "version": rule.version, "text": text }), || text.clone())?;
        Ok(Status::Done)
    }
}
