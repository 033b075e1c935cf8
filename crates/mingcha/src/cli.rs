//! The commands and what they share.

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::screen::Screen;
use crate::status::Status;
use crate::{city, data_check, demo, eval, findings, import, knowledge, lake_care, report, risk, rule, run, serve, sql};

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
    #[command(about = "演示：造一座合成城市，导入、审核、出报告、评测，一步完成", help_template = HELP)]
    Demo(demo::Arguments),
    #[command(about = "生成合成城市的数据文件和植入违规的真值", help_template = HELP)]
    Synth(city::Arguments),
    #[command(about = "导入数据：全部检查后载入数据湖", help_template = HELP)]
    Import(import::ImportArguments),
    #[command(about = "只检查数据，不载入", help_template = HELP)]
    Check(import::CheckArguments),
    #[command(name = "data-check", about = "数据检查目录：列出、解释", help_template = HELP)]
    DataCheck(data_check::Group),
    #[command(about = "知识点：导入、列出、比较、查看", help_template = HELP)]
    Knowledge(knowledge::Group),
    #[command(about = "规则：列出、解释、检查、测试、新建、导出、变更预审、成书", help_template = HELP)]
    Rule(rule::Group),
    #[command(about = "运行规则，得到疑点", help_template = HELP)]
    Run(run::Arguments),
    #[command(about = "疑点：查看、导出、解释、比较", help_template = HELP)]
    Findings(findings::Group),
    #[command(about = "按月、按机构、按规则汇总一次审核，输出网页与电子表格", help_template = HELP)]
    Report(report::Arguments),
    #[command(about = "风险画像：机构、医师、参保人按风险排序，逐项说明得分", help_template = HELP)]
    Risk(risk::Arguments),
    #[command(about = "用合成城市的真值评测：召回率与准确率", help_template = HELP)]
    Eval(eval::Arguments),
    #[command(about = "对数据湖做只读 SQL 查询", help_template = HELP)]
    Sql(sql::Arguments),
    #[command(about = "数据湖维护：合并整理", help_template = HELP)]
    Lake(lake_care::Group),
    #[command(about = "服务：网页、院端与后台任务", help_template = HELP)]
    Serve(serve::Arguments),
    #[command(about = "用户：新增、列出", help_template = HELP)]
    User(serve::database::UserGroup),
    #[command(about = "机构密钥：实时接口的签名密钥，新增、列出、停用", help_template = HELP)]
    Key(crate::realtime::KeyGroup),
    #[command(about = "备份办理库", help_template = HELP)]
    Backup(serve::database::BackupArguments),
    #[command(about = "把备份恢复到空的办理库", help_template = HELP)]
    Restore(serve::database::RestoreArguments),
    #[command(about = "把办理库升级到最新形式", help_template = HELP)]
    Migrate(serve::database::MigrateArguments),
    #[command(name = "audit-log", about = "操作记录：核验", help_template = HELP)]
    AuditLog(serve::database::LogGroup),
}

impl Command {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        match self {
            Self::Demo(command) => command.run(screen),
            Self::Synth(command) => command.run(screen),
            Self::Import(command) => command.run(screen),
            Self::Check(command) => command.run(screen),
            Self::DataCheck(command) => command.run(screen),
            Self::Knowledge(command) => command.run(screen),
            Self::Rule(command) => command.run(screen),
            Self::Run(command) => command.run(screen),
            Self::Findings(command) => command.run(screen),
            Self::Report(command) => command.run(screen),
            Self::Risk(command) => command.run(screen),
            Self::Eval(command) => command.run(screen),
            Self::Sql(command) => command.run(screen),
            Self::Lake(command) => command.run(screen),
            Self::Serve(command) => command.run(screen),
            Self::User(command) => command.run(screen),
            Self::Key(command) => command.run(screen),
            Self::Backup(command) => command.run(screen),
            Self::Restore(command) => command.run(screen),
            Self::Migrate(command) => command.run(screen),
            Self::AuditLog(command) => command.run(screen),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    const UNIT: &str = include_str!("../../../packaging/mingcha.service");

    /// The values of a setting of the unit.
    fn values(setting: &str) -> Vec<&'static str> {
        UNIT.lines().filter_map(|line| line.strip_prefix(setting)?.strip_prefix('=')).collect()
    }

    #[test]
    fn the_unit_of_systemd_starts_what_the_command_line_takes() {
        let started = values("ExecStart");
        assert_eq!(started.len(), 1);
        let Cli { command, .. } = Cli::try_parse_from(started[0].split(' ')).unwrap();
        assert!(matches!(command, Command::Serve(_)));
        let whole = Cli::command();
        let serve = whole.find_subcommand("serve").unwrap();
        let known: Vec<_> = serve.get_arguments().filter_map(|argument| argument.get_env()?.to_str()).collect();
        for variable in values("Environment").iter().filter_map(|set| set.split('=').next()).filter(|name| *name != "TZ") {
            assert!(known.contains(&variable), "{variable} is read by nobody: {known:?}");
        }
        assert!(known.iter().all(|name| UNIT.contains(name)), "{known:?}");
    }

    #[test]
    fn the_unit_is_started_again_for_longer_than_a_crashed_server_counts_as_alive() {
        let seconds = |setting: &str| -> i64 {
            let text = values(setting)[0];
            let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap());
            digits.parse::<i64>().unwrap() * if unit == "min" { 60 } else { 1 }
        };
        let bursts: i64 = values("StartLimitBurst")[0].parse().unwrap();
        assert!(seconds("RestartSec") * bursts > store::job::LEASE_SECONDS);
        assert!(seconds("RestartSec") * bursts < seconds("StartLimitIntervalSec"), "what never starts is left for people");
        assert!(values("RestartPreventExitStatus").contains(&crate::status::WRONG_USE.to_string().as_str()));
    }
}
