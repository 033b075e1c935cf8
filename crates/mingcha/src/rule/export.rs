//! `mingcha rule export`: the shipped rule files, to read or to start from.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use rulebook::pack::shipped_rule_files;
use serde_json::json;

use crate::files;
use crate::pack;
use crate::screen::Screen;
use crate::status::Status;

/// Where to.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(long, value_name = "DIR", help = "写到哪个目录")]
    out: PathBuf,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let rules = shipped_rule_files();
        for (name, text) in &rules {
            files::write_whole(&self.out.join(name), text.as_bytes())?;
        }
        let pack = pack::shipped()?;
        let folder = self.out.join("rules");
        files::write_whole(&folder.join("rules.lock"), rulebook::lock::lock_text(&pack.rules).as_bytes())?;
        files::write_whole(&folder.join("rule.schema.json"), rulebook::schema::schema_text().as_bytes())?;
        screen.summary(&json!({ "folder": folder, "rules": rules.len() }), || {
            format!("已导出 {} 条规则、结构说明和版本锁到 {}\n", rules.len(), folder.display())
        })?;
        Ok(Status::Done)
    }
}
