//! The commands and what they share.

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::screen::Screen;
use crate::status::Status;
use crate::{knowledge, rule};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "mingcha",
    version,
    about = "明察：医保基金智能审核。导入数据、运行规则、查看疑点、出具报告",
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true,
    subcommand_value_name = "命令",
    subcommand_help_heading = "命令",
    help_template = HELP
)]
pub(crate) struct Cli {
    /// Machine-readable reports.
    #[arg(long, global = true, help = "在标准输出给出 JSON 报告", help_heading = "通用选项")]
    pub(crate) json: bool,
    /// Only what was asked for.
    #[arg(long, global = true, help = "不显示过程与小结", help_heading = "通用选项")]
    pub(crate) quiet: bool,
    /// Help.
    #[arg(long, short, global = true, action = clap::ArgAction::Help, help = "显示帮助", help_heading = "通用选项")]
    help: Option<bool>,
    /// Version.
    #[arg(long, short = 'V', action = clap::ArgAction::Version, help = "显示版本", help_heading = "通用选项")]
    version: Option<bool>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const HELP: &str = "{about}\n\n用法：{usage}\n\n{all-args}{after-help}";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Knowledge.
    #[command(about = "知识点：导入、列出、比较、查看", help_template = HELP)]
    Knowledge(knowledge::Group),
    /// Rules.
    #[command(about = "规则：列出、解释、检查、测试、新建、导出", help_template = HELP)]
    Rule(rule::Group),
}

impl Command {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        match self {
            Self::Knowledge(group) => group.run(screen),
            Self::Rule(group) => group.run(screen),
        }
    }
}
