//! `mingcha findings`: list and export, explain, diff.

pub(crate) mod diff;
pub(crate) mod difference;
mod explain;
mod list;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::screen::Screen;
use crate::status::Status;

/// The group: a list, unless an action is named.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Group {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: list::Arguments,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Explain.
    #[command(about = "解释一条疑点：事实、知识、参数、计算、依据")]
    Explain(explain::Arguments),
    /// Diff.
    #[command(about = "比较两次审核：新出现、消失、改变的疑点")]
    Diff(diff::Arguments),
}

impl Group {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        match self.action {
            Some(Action::Explain(arguments)) => arguments.run(screen),
            Some(Action::Diff(arguments)) => arguments.run(screen),
            None => self.list.run(screen),
        }
    }
}
