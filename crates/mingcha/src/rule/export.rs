//! `mingcha rule export`: the shipped rule files, to read or to start from, or a published pack.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use rulebook::pack::shipped_rule_files;
use serde_json::json;

use crate::files;
use crate::pack;
use crate::place::LakeArguments;
use crate::published;
use crate::runtime;
use crate::screen::Screen;
use crate::serve::database::DatabaseArguments;
use crate::status::Status;

/// Where to.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(long, value_name = "DIR", help = "写到哪个目录")]
    out: PathBuf,
    #[arg(
        long,
        value_name = "DIGEST",
        help = "导出办理库里已发布的这个规则包（摘要或其开头 8 位以上），不给则导出随程序发布的规则"
    )]
    pack: Option<String>,
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        match &self.pack {
            Some(digest) => self.published(digest, screen),
            None => self.shipped(screen),
        }
    }

    /// A published pack, from the store.
    fn published(&self, digest: &str, screen: &Screen) -> Result<Status> {
        let (publication, pack) = runtime::wait(async {
            let store = self.database.open_to_read(self.lake.folder()).await?;
            let publication = store.pack(digest).await.with_context(|| format!("没有已发布的规则包 {digest}"))?;
            let pack = store.pack_files(publication.number).await?;
            Ok::<_, anyhow::Error>((publication, pack))
        })?;
        published::write(&self.out, &publication, &pack)?;
        let report = json!({ "folder": self.out, "pack": publication.digest, "number": publication.number, "files": pack.len() });
        screen.summary(&report, || {
            format!("已导出第 {} 号规则包（{} 个文件）到 {}\n", publication.number, pack.len(), self.out.display())
        })?;
        Ok(Status::Done)
    }

    fn shipped(&self, screen: &Screen) -> Result<Status> {
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
