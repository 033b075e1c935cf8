//! `mingcha key …`: keys by which institutions sign their calls.

use anyhow::Result;
use casework::{Actor, Role, Scope, UserId};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use store::realtime::KeyLine;

use crate::number::table;
use crate::place::LakeArguments;
use crate::runtime;
use crate::screen::Screen;
use crate::serve::database::{DatabaseArguments, alone};
use crate::status::Status;
use crate::today::now;

/// `mingcha key …`.
#[derive(Debug, Args)]
pub(crate) struct KeyGroup {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    #[command(about = "发给一家机构一把新密钥；密钥只在此时显示")]
    Add(AddArguments),
    #[command(about = "列出密钥")]
    List(Place),
    #[command(about = "停用一把密钥")]
    Revoke(RevokeArguments),
}

#[derive(Debug, Args)]
struct Place {
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

#[derive(Debug, Args)]
struct AddArguments {
    #[arg(value_name = "INST", help = "定点医药机构编号")]
    institution: String,
    #[arg(long, value_name = "NAME", default_value = "hmac-sm3", help = "签名算法：hmac-sm3、hmac-sha256")]
    algorithm: Algorithm,
    #[arg(long, value_name = "TEXT", default_value = "", help = "用途，如“住院医生站”")]
    note: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct RevokeArguments {
    #[arg(value_name = "KEY", help = "密钥编号")]
    key: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Algorithm {
    #[value(name = "hmac-sm3")]
    Sm3,
    #[value(name = "hmac-sha256")]
    Sha256,
}

impl From<Algorithm> for store::realtime::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sm3 => Self::HmacSm3,
            Algorithm::Sha256 => Self::HmacSha256,
        }
    }
}

/// Whoever has the machine may give out keys, as they may add users.
fn operator() -> Actor {
    Actor { user: UserId::new("命令行"), role: Role::Administrator, scope: Scope::All }
}

impl KeyGroup {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        match self.command {
            KeyCommand::Add(command) => command.run(screen),
            KeyCommand::List(place) => place.list(screen),
            KeyCommand::Revoke(command) => command.run(screen),
        }
    }
}

impl AddArguments {
    fn run(self, screen: &Screen) -> Result<Status> {
        let key = runtime::wait(async {
            let store = self.place.database.open(self.place.lake.folder()).await?;
            alone(&store).await?;
            Ok::<_, anyhow::Error>(store.add_key(&operator(), &self.institution, self.algorithm.into(), &self.note, now()).await?)
        })?;
        let shown = json!({ "key_id": key.key_id, "secret": key.secret, "algorithm": key.algorithm.name(), "fixmedins_code": key.fixmedins_code });
        screen.answer(&shown, || {
            format!(
                "机构 {} 的密钥已建立，签名算法 {}\n密钥编号 {}\n密钥 {}\n密钥只显示这一次，请交给机构妥善保管\n",
                key.fixmedins_code,
                key.algorithm.name(),
                key.key_id,
                key.secret
            )
        })?;
        Ok(Status::Done)
    }
}

impl RevokeArguments {
    fn run(self, screen: &Screen) -> Result<Status> {
        runtime::wait(async {
            let store = self.place.database.open(self.place.lake.folder()).await?;
            alone(&store).await?;
            store.revoke_key(&operator(), &self.key, now()).await?;
            Ok::<_, anyhow::Error>(())
        })?;
        screen.summary(&json!({ "key_id": self.key }), || format!("密钥 {} 已停用\n", self.key))?;
        Ok(Status::Done)
    }
}

impl Place {
    fn list(self, screen: &Screen) -> Result<Status> {
        let keys = runtime::wait(async {
            let store = self.database.open_to_read(self.lake.folder()).await?;
            Ok::<_, anyhow::Error>(store.keys(&operator()).await?)
        })?;
        let rows: Vec<_> = keys
            .iter()
            .map(|key| {
                json!({ "key_id": key.key_id, "fixmedins_code": key.fixmedins_code, "algorithm": key.algorithm.name(), "note": key.note,
                        "created_at": key.created_at, "created_by": key.created_by, "revoked_at": key.revoked_at })
            })
            .collect();
        screen.answer(&rows, || {
            let line = |key: &KeyLine| {
                let state = key.revoked_at.as_ref().map_or_else(|| "在用".to_owned(), |at| format!("{at} 停用"));
                vec![key.key_id.clone(), key.fixmedins_code.clone(), key.algorithm.name().to_owned(), state, key.note.clone()]
            };
            let head = ["密钥编号", "机构", "签名算法", "状态", "用途"].map(str::to_owned).to_vec();
            table(&std::iter::once(head).chain(keys.iter().map(line)).collect::<Vec<_>>())
        })?;
        Ok(Status::Done)
    }
}
