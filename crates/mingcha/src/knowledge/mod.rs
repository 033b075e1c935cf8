//! `mingcha knowledge`: import, list, diff, review, show.

mod delivery;
pub(crate) mod diff;
pub(crate) mod import;
mod list;
mod review;
pub(crate) mod row;
mod show;
pub(crate) mod store;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};

use crate::pack::RulesArguments;
use crate::screen::Screen;
use crate::status::Status;
use crate::today::today;

/// The group.
#[derive(Debug, Args)]
pub(crate) struct Group {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Import.
    #[command(about = "导入知识点：公布的批次（JSON）、地方表（CSV、XLSX，文件名或工作表名为知识表名）")]
    Import(import::Arguments),
    /// List.
    #[command(about = "列出知识点")]
    List(list::Arguments),
    /// Diff.
    #[command(about = "比较：导入这些文件会新增、取代、改变哪些知识点")]
    Diff(diff::Arguments),
    /// Review.
    #[command(about = "审核一个知识点：写明取值和审核人，此后规则按它判断")]
    Review(review::Arguments),
    /// Show.
    #[command(about = "查看一个知识点，或一个编码的全部知识点")]
    Show(show::Arguments),
}

impl Group {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        match self.action {
            Action::Import(arguments) => arguments.run(screen),
            Action::List(arguments) => arguments.run(screen),
            Action::Diff(arguments) => arguments.run(screen),
            Action::Review(arguments) => arguments.run(screen),
            Action::Show(arguments) => arguments.run(screen),
        }
    }
}

/// Imports files into a lake and returns how many points were taken; a file that is refused is an error.
pub(crate) fn import_files(lake: &Path, paths: &[PathBuf]) -> Result<usize> {
    let given = import::Given { table: None, otherwise_from: today() };
    let report = import::into_lake(lake, paths, given, &RulesArguments::default())?;
    ensure!(report.faults.is_empty(), "知识文件有错：{}", report.first_fault());
    Ok(report.points.points_loaded)
}
