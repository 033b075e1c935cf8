//! Where the lake is.

use std::path::{Path, PathBuf};

use clap::Args;

/// The lake's folder.
#[derive(Clone, Debug, Args)]
pub(crate) struct LakeArguments {
    #[arg(
        long,
        env = "MINGCHA_LAKE",
        default_value = "./mingcha-data/lake",
        hide_env_values = true,
        value_name = "DIR",
        help = "数据湖目录，默认取环境变量 MINGCHA_LAKE"
    )]
    lake: PathBuf,
}

impl LakeArguments {
    pub(crate) fn folder(&self) -> &Path {
        &self.lake
    }
}
