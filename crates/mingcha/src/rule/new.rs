//! `mingcha rule new`: a rule file to start from. It parses and is a draft; `rule check` says what it still lacks.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::files;
use crate::pack;
use crate::screen::Screen;
use crate::status::Status;

const TEMPLATE: &str = include_str!("../../templates/rule.toml");

/// What to write.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "CODE", help = "本地规则编码，如 L990100-001")]
    code: String,
    #[arg(long, default_value = "（规则名称）", value_name = "NAME", help = "规则名称")]
    name: String,
    #[arg(long, value_name = "FILE", help = "写到哪里，默认 ./<编码>.toml")]
    out: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        if pack::shipped()?.rule(&self.code).is_some() {
            bail!("规则编码 {} 已有；本地规则请另取编码", self.code);
        }
        let out = self.out.unwrap_or_else(|| PathBuf::from(format!("{}.toml", self.code)));
        if out.exists() {
            bail!("{} 已经存在，没有改动它", out.display());
        }
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let text = TEMPLATE.replace("\"{code}\"", &quoted(&self.code)).replace("\"{name}\"", &quoted(&self.name));
        files::write_whole(&out, text.as_bytes())?;
        screen.summary(&json!({ "file": out }), || {
            format!("已写入 {0}\n改好后运行 mingcha rule check {0} 和 mingcha rule test {0}\n", out.display())
        })?;
        Ok(Status::Done)
    }
}

#[cfg(test)]
mod tests {
    use rulebook::Rule;
    use rulebook::rule::Status;

    #[test]
    fn the_template_is_a_draft_rule_with_cases() {
        let rule = Rule::parse("rule.toml", super::TEMPLATE).expect("the template parses");
        assert_eq!(rule.status, Status::Draft);
        assert!(rule.cases.len() >= 4);
    }
}
