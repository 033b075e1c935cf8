//! Where casework is kept, and commands that speak to its database: users, backup, restore, the check of the log.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use casework::{Role, Scope};
use clap::{Args, Subcommand};
use serde_json::json;
use store::{Account, Seal, Store, StoreError};

use crate::files;
use crate::number::table;
use crate::place::LakeArguments;
use crate::runtime;
use crate::screen::Screen;
use crate::status::{Status, WrongUse};
use crate::today::now;

/// The database.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DatabaseArguments {
    #[arg(
        long = "db",
        env = "MINGCHA_DB",
        hide_env_values = true,
        value_name = "URL",
        help = "办理库：postgres://… 或 sqlite://文件，默认是数据湖旁边的 SQLite 文件"
    )]
    db: Option<String>,
    #[arg(
        long,
        env = "MINGCHA_KEY_FILE",
        hide_env_values = true,
        value_name = "FILE",
        help = "个人信息密钥文件（64 位十六进制），须在数据湖之外；有它则办理库中的个人信息与申诉材料加密存放"
    )]
    key_file: Option<PathBuf>,
}

impl DatabaseArguments {
    /// The URL, or that of an SQLite file beside the lake.
    pub(crate) fn url(&self, lake: &Path) -> String {
        self.db.clone().unwrap_or_else(|| format!("sqlite://{}", beside(lake, "casework.db").display()))
    }

    /// Whether one is named, or was ever made beside the lake.
    pub(crate) fn is_kept(&self, lake: &Path) -> bool {
        self.db.is_some() || beside(lake, "casework.db").is_file()
    }

    /// Opens the store and brings it to the newest form; papers lie in a folder beside the lake.
    pub(crate) async fn open(&self, lake: &Path) -> Result<Store> {
        self.opened(lake).await.with_context(|| format!("无法打开办理库 {}", shown(&self.url(lake))))
    }

    /// The same, for whoever wants to know why not.
    pub(super) async fn opened(&self, lake: &Path) -> Result<Store, StoreError> {
        let (url, seal) = (self.url(lake), self.seal(lake)?);
        if url.starts_with("sqlite:") {
            let folder = beside(lake, "");
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
            files::make_folder(folder).map_err(|problem| StoreError::Unfit(format!("{problem:#}")))?;
        }
        Store::open(&url, beside(lake, "papers"), seal, now()).await
    }

    /// Opens a store that is there, as it is: for commands that only read, also beside a server.
    pub(crate) async fn open_to_read(&self, lake: &Path) -> Result<Store> {
        let (url, seal) = (self.url(lake), self.seal(lake)?);
        let opened = Store::open_to_read(&url, beside(lake, "papers"), seal).await;
        opened.with_context(|| format!("无法打开办理库 {}", shown(&url)))
    }

    fn seal(&self, lake: &Path) -> Result<Option<Seal>, StoreError> {
        let secret = self.key_file.as_deref().map(|file| lake::read_secret(file, lake)).transpose();
        let secret = secret.map_err(|problem| StoreError::Unfit(problem.to_string()))?;
        Ok(secret.map(|secret| Seal::from_secret(&secret)))
    }

    /// The file of the key, if there is one.
    pub(super) fn key_file(&self) -> Option<&Path> {
        self.key_file.as_deref()
    }
}

fn beside(lake: &Path, name: &str) -> PathBuf {
    lake.parent().unwrap_or_else(|| Path::new(".")).join(name)
}

/// A URL without its password.
pub(super) fn shown(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    }
}

/// Commands that change casework leave it to a server that is alive.
pub(crate) async fn alone(store: &Store) -> Result<()> {
    match store.server(now()).await? {
        Some(server) => bail!("服务正在 http://{} 运行；请在网页上办，或先停止服务", server.address),
        None => Ok(()),
    }
}

/// `mingcha user …`.
#[derive(Debug, Args)]
pub(crate) struct UserGroup {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    #[command(about = "新增用户；密码从标准输入读取")]
    Add(AddArguments),
    #[command(about = "列出用户")]
    List(ListArguments),
}

#[derive(Debug, Args)]
struct AddArguments {
    #[arg(value_name = "NAME", help = "用户名")]
    name: String,
    #[arg(long, value_name = "TEXT", help = "姓名")]
    display: String,
    #[arg(
        long,
        value_name = "ROLE",
        help = "角色：auditor、reviewer、expert、inspector、case_officer、legal、head、leader、statistician、administrator、institution"
    )]
    role: String,
    #[arg(long, value_name = "CODE,…", value_delimiter = ',', help = "数据范围：行政区划，机构用户为机构编码；不给则为全部")]
    scope: Vec<String>,
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

#[derive(Debug, Args)]
struct ListArguments {
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

impl UserGroup {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        match self.command {
            UserCommand::Add(command) => command.run(screen),
            UserCommand::List(command) => command.run(screen),
        }
    }
}

impl AddArguments {
    fn run(self, screen: &Screen) -> Result<Status> {
        let role: Role = serde_json::from_value(json!(self.role)).map_err(|_| WrongUse(format!("没有角色“{}”", self.role)))?;
        let scope = match (role, self.scope.is_empty()) {
            (Role::Institution, true) => return Err(WrongUse("机构用户须用 --scope 给出机构编码".to_owned()).into()),
            (Role::Institution, false) => Scope::Institutions(self.scope.into_iter().collect()),
            (_, true) => Scope::All,
            (_, false) => Scope::Regions(self.scope.into_iter().collect()),
        };
        let mut password = String::new();
        screen.note("请输入密码，以换行结束：");
        std::io::stdin().read_line(&mut password).context("没能读到密码")?;
        let account = Account::new(self.name, self.display, role, scope);
        runtime::wait(async {
            let store = self.database.open(self.lake.folder()).await?;
            // The first account is needed before anybody can sign in to a server that runs already.
            if store.has_accounts().await? {
                alone(&store).await?;
            }
            store.add_account(&account, password.trim_end_matches(['\r', '\n']), "命令行", now()).await?;
            Ok::<_, anyhow::Error>(())
        })?;
        screen.summary(&json!({ "name": account.name }), || format!("已新增用户 {}（{}）\n", account.name, role.label()))?;
        Ok(Status::Done)
    }
}

impl ListArguments {
    fn run(self, screen: &Screen) -> Result<Status> {
        let accounts = runtime::wait(async {
            let store = self.database.open_to_read(self.lake.folder()).await?;
            Ok::<_, anyhow::Error>(store.accounts().await?)
        })?;
        let rows: Vec<_> = accounts
            .iter()
            .map(|account| json!({ "name": account.name, "display": account.display, "role": account.role, "scope": account.scope, "disabled": account.disabled }))
            .collect();
        screen.answer(&rows, || {
            let line = |account: &Account| vec![account.name.clone(), account.display.clone(), account.role.label().to_owned()];
            let head = ["用户名", "姓名", "角色"].map(str::to_owned).to_vec();
            table(&std::iter::once(head).chain(accounts.iter().map(line)).collect::<Vec<_>>())
        })?;
        Ok(Status::Done)
    }
}

/// `mingcha backup FILE`.
#[derive(Debug, Args)]
pub(crate) struct BackupArguments {
    #[arg(value_name = "FILE", help = "写到这个文件；服务运行时也可以备份")]
    file: PathBuf,
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

impl BackupArguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let failed = || format!("无法写入 {}", self.file.display());
        let part = self.file.with_extension("part");
        let (rows, (papers, missing)) = runtime::wait(async {
            let store = self.database.open_to_read(self.lake.folder()).await?;
            let mut out = zstd::Encoder::new(BufWriter::new(File::create(&part).with_context(failed)?), 3)?;
            let written = (store.backup(&mut out).await?, store.backup_papers(&mut out).await?);
            let mut inner = out.finish()?;
            inner.flush()?;
            inner.get_ref().sync_all()?;
            Ok::<_, anyhow::Error>(written)
        })?;
        // Renamed when it is whole: half a backup is never taken for one.
        std::fs::rename(&part, &self.file).with_context(failed)?;
        for digest in &missing {
            screen.fault(&format!("申诉材料 {digest} 的文件不在或已损坏，没有备份到"));
        }
        let told = json!({ "rows": rows, "papers": papers, "missing_papers": missing, "file": self.file });
        screen.summary(&told, || {
            format!(
                "已备份 {rows} 行和 {papers} 份申诉材料到 {}\n数据湖 {} 与密钥不在其中，请另行备份\n",
                self.file.display(),
                self.lake.folder().display()
            )
        })?;
        Ok(Status::refused_if(!missing.is_empty()))
    }
}

/// `mingcha restore FILE`.
#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    #[arg(value_name = "FILE", help = "备份文件；只能恢复到空的办理库")]
    file: PathBuf,
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

impl RestoreArguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let file = File::open(&self.file).with_context(|| format!("无法读取 {}", self.file.display()))?;
        let mut lines = BufReader::new(zstd::Decoder::new(file)?);
        lines.fill_buf().with_context(|| format!("{} 不是备份文件", self.file.display()))?;
        let restored = runtime::wait(async {
            let store = self.database.open(self.lake.folder()).await?;
            alone(&store).await?;
            Ok::<_, anyhow::Error>(store.restore(&mut lines).await?)
        })?;
        screen.summary(&json!({ "rows": restored }), || format!("已恢复 {restored} 行\n"))?;
        Ok(Status::Done)
    }
}

/// `mingcha migrate`.
#[derive(Debug, Args)]
pub(crate) struct MigrateArguments {
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

impl MigrateArguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let url = self.database.url(self.lake.folder());
        runtime::wait(async {
            let store = self.database.open(self.lake.folder()).await?;
            alone(&store).await
        })?;
        screen.summary(&json!({ "database": shown(&url) }), || format!("办理库 {} 已是最新形式\n", shown(&url)))?;
        Ok(Status::Done)
    }
}

/// `mingcha audit-log …`.
#[derive(Debug, Args)]
pub(crate) struct LogGroup {
    #[command(subcommand)]
    command: LogCommand,
}

#[derive(Debug, Subcommand)]
enum LogCommand {
    #[command(about = "核验操作记录：每条链从头算一遍，每个封存日对一遍")]
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
struct VerifyArguments {
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

impl LogGroup {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let LogCommand::Verify(command) = self.command;
        let verified = runtime::wait(async {
            let store = command.database.open_to_read(command.lake.folder()).await?;
            Ok::<_, anyhow::Error>(store.verify().await?)
        })?;
        for fault in &verified.faults {
            screen.fault(fault);
        }
        screen.summary(&verified, || {
            format!(
                "核验 {} 条记录、{} 条链、{} 个封存日：{} 处不符\n",
                verified.entries,
                verified.subjects,
                verified.seals,
                verified.faults.len()
            )
        })?;
        Ok(Status::refused_if(!verified.faults.is_empty()))
    }
}
