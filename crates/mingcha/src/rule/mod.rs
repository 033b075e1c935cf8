//! `mingcha rule`: list, explain, check, test, new, export, diff, book.

pub(crate) mod book;
mod check;
mod curve;
mod diff;
mod explain;
mod export;
mod label;
mod list;
mod new;
mod test;
mod trial;
mod try_out;

use std::path::Path;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use rulebook::{Pack, Rule};

use crate::files;
use crate::pack;
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
    #[command(about = "列出规则；--label 加上规则标签：疑点、未决率、金额、召回率、准确率")]
    List(list::Arguments),
    /// Explain.
    #[command(about = "解释一条规则：依据、逻辑、知识、参数、用例")]
    Explain(explain::Arguments),
    /// Check.
    #[command(about = "检查规则文件：能否读取和编译、用例是否齐全并通过、每个条件是否都有用例证明")]
    Check(check::Arguments),
    /// Test.
    #[command(about = "运行用例：规则文件里的，或单独的用例文件（*.cases.toml）")]
    Test(test::Arguments),
    /// New.
    #[command(about = "写一个规则文件的样板，照着改")]
    New(new::Arguments),
    /// Export.
    #[command(about = "导出随程序发布的规则文件、编辑器用的结构说明和版本锁；或导出已发布的规则包")]
    Export(export::Arguments),
    /// Diff.
    #[command(about = "规则变更预审：新旧两条规则在同一份数据上各有哪些疑点，哪些新出现、哪些消失")]
    Diff(diff::Arguments),
    /// Trial.
    #[command(about = "试算：检查一份规则或地方参数的草案，并在数据湖上算一遍会多出和减少哪些疑点，不留下任何东西")]
    Trial(try_out::Arguments),
    /// Book.
    #[command(about = "把规则库和知识库写成可以浏览、检索、打印的网页")]
    Book(book::Arguments),
}

impl Group {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        match self.action {
            Action::List(arguments) => arguments.run(screen),
            Action::Explain(arguments) => arguments.run(screen),
            Action::Check(arguments) => arguments.run(screen),
            Action::Test(arguments) => arguments.run(screen),
            Action::New(arguments) => arguments.run(screen),
            Action::Export(arguments) => arguments.run(screen),
            Action::Diff(arguments) => arguments.run(screen),
            Action::Trial(arguments) => arguments.run(screen),
            Action::Book(arguments) => arguments.run(screen),
        }
    }
}

/// The rule that a file holds, or the one of a code.
fn rule_or_file(pack: &Pack, what: &str) -> Result<Rule> {
    let path = Path::new(what);
    if !path.is_file() {
        return Ok(pack::rule(pack, what)?.clone());
    }
    match Rule::parse(what, &files::text(path)?) {
        Ok(rule) => Ok(rule),
        Err(faults) => bail!("规则文件无法读取：{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("；")),
    }
}
