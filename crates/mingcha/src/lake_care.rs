//! `mingcha lake`: care of the lake's files.

use anyhow::Result;
use clap::{Args, Subcommand};
use lake::Lake;
use serde_json::json;

use crate::place::LakeArguments;
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
    /// Compact.
    #[command(about = "合并整理：把分得过碎的文件并成一个，内容不变")]
    Compact(LakeArguments),
}

impl Group {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let Action::Compact(place) = self.action;
        let done = lake::compact(&Lake::open(place.folder())?)?;
        let report = json!({
            "lake_version": done.lake_version,
            "partitions": done.partitions,
            "files_before": done.files_before,
        });
        screen.summary(&report, || {
            format!("整理了 {} 个分区（原有文件 {} 个），数据湖版本 {}\n", done.partitions, done.files_before, done.lake_version)
        })?;
        Ok(Status::Done)
    }
}
