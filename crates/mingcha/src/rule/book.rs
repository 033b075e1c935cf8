//! `mingcha rule book`: all rules as one text, by class and group.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use rulebook::{Pack, Rule};
use serde_json::json;

use crate::files;
use crate::pack::RulesArguments;
use crate::screen::Screen;
use crate::status::Status;

/// Where to.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    rules: RulesArguments,
    #[arg(long, value_name = "FILE", help = "写到文件，默认写到标准输出")]
    out: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let pack = self.rules.load()?.pack;
        let text = book(&pack);
        match &self.out {
            Some(out) => {
                files::write_whole(out, text.as_bytes())?;
                screen.summary(&json!({ "file": out, "rules": pack.rules.len() }), || format!("已写入 {}\n", out.display()))?;
            }
            None => screen.answer(&json!({ "text": text }), || text.clone())?,
        }
        Ok(Status::Done)
    }
}

fn book(pack: &Pack) -> String {
    let mut chapters: BTreeMap<(rulebook::rule::Class, &str), Vec<&Rule>> = BTreeMap::new();
    for rule in &pack.rules {
        chapters.entry((rule.class, &rule.group)).or_default().push(rule);
    }
    let mut text = String::from("# 规则说明\n\n");
    let _ = writeln!(text, "共 {} 条规则，规则包 {}。\n", pack.rules.len(), &pack.digest()[..12]);
    for ((class, group), rules) in chapters {
        let _ = writeln!(text, "## {} · {group}\n", class.label());
        for rule in rules {
            let _ = writeln!(text, "### {} {}\n", rule.code, rule.name);
            let _ = writeln!(text, "```text\n{}```\n", rulebook::explain::rule(rule, &pack.knowledge));
        }
    }
    text
}
