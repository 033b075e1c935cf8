//! `mingcha data-check`: the catalogue of import checks.

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand};
use lake::intake::checks;

use crate::number::table;
use crate::screen::Screen;
use crate::status::Status;

/// The group.
#[derive(Debug, Args)]
pub(crate) struct Group {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List.
    #[command(about = "列出全部数据检查")]
    List,
    /// Explain.
    #[command(about = "解释一项检查：含义、常见原因、怎么办、可能造成哪些规则误判")]
    Explain {
        #[arg(value_name = "CODE", help = "检查编码或英文名，如 D014")]
        code: String,
    },
}

impl Group {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        match self.action {
            Action::List => screen.answer(&checks::list(), list)?,
            Action::Explain { code } => {
                let check = checks::explain(&code)
                    .ok_or_else(|| anyhow!("没有数据检查 {code}；用 mingcha data-check list 查看全部"))?;
                screen.answer(check, || checks::page(check))?;
            }
        }
        Ok(Status::Done)
    }
}

fn list() -> String {
    use lake::intake::Severity;
    let mut rows = vec![["编码", "英文名", "严重程度", "名称"].map(str::to_owned).to_vec()];
    rows.extend(checks::list().iter().map(|check| {
        let severity = match check.severity {
            Severity::Fatal => "致命",
            Severity::Error => "错误",
            Severity::Warning => "提醒",
        };
        vec![check.code.clone(), check.id.clone(), severity.to_owned(), check.name.clone()]
    }));
    table(&rows)
}
