//! `mingcha serve`: pages, portal and workers over one lake and one database.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use lake::Lake;
use store::Store;
use web::{App, Setup};

use crate::pack::RulesArguments;
use crate::place::LakeArguments;
use crate::realtime::Interface;
use crate::screen::Screen;
use crate::status::Status;
use crate::today::now;
use crate::{cancel, files, runtime};

mod absence;
mod config;
pub(crate) mod database;
mod examine;
pub(crate) mod filing;
mod former;
mod imports;
mod inbox;
mod log;
mod reading;
mod records;
mod shelf;
mod worker;

pub(crate) use shelf::in_force;

pub(crate) use config::Config;
use database::DatabaseArguments;

/// Where and how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    database: DatabaseArguments,
    #[arg(
        long,
        env = "MINGCHA_LISTEN",
        default_value = "127.0.0.1:8700",
        hide_env_values = true,
        value_name = "ADDR",
        help = "监听地址"
    )]
    listen: SocketAddr,
    #[arg(
        long,
        env = "MINGCHA_CONFIG",
        hide_env_values = true,
        value_name = "FILE",
        help = "配置文件：局名、时限、节假日、是否经 HTTPS 访问"
    )]
    config: Option<PathBuf>,
    #[command(flatten)]
    rules: RulesArguments,
}

impl Arguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let config = Config::load(self.config.as_deref())?;
        let lake = self.lake.folder();
        let (url, key_file) = (self.database.url(lake), self.database.key_file().map(Path::to_owned));
        let place = Place { lake: lake.to_owned(), rules: self.rules, listen: self.listen, config, url, key_file };
        runtime::wait(async {
            let store = former::once_left(&place.url, screen, async || self.database.opened(lake).await).await;
            let store = store.with_context(|| format!("无法打开办理库 {}", database::shown(&place.url)))?;
            if !store.is_sealed() {
                screen.note("没有给出个人信息密钥（--key-file）：参保人编号、疑点单和申诉材料以明文存放");
            }
            if !store.has_accounts().await? {
                screen.note("还没有用户。另开一个终端，用 mingcha user add 新增系统管理员后再登录");
            }
            serve(store, place, screen).await
        })?;
        Ok(Status::Done)
    }
}

/// What is served, and where.
pub(crate) struct Place {
    pub(crate) lake: PathBuf,
    pub(crate) rules: RulesArguments,
    pub(crate) listen: SocketAddr,
    pub(crate) config: Config,
    /// The database, by its URL.
    pub(crate) url: String,
    /// The file of the key, if there is one.
    pub(crate) key_file: Option<PathBuf>,
}

/// How often the server says that it is alive, and looks for work.
const BEAT: Duration = Duration::from_secs(2);

/// Serves until Ctrl-C or a termination: answers what has begun, stops the workers, and leaves the database.
pub(crate) async fn serve(store: Store, place: Place, screen: &Screen) -> Result<()> {
    log::begin(place.config.log);
    make_lake(&place.lake)?;
    let listener = tokio::net::TcpListener::bind(place.listen)
        .await
        .with_context(|| format!("不能监听 {}，可能已被占用；用 --listen 换一个", place.listen))?;
    let address = listener.local_addr()?;
    let owner = former::owner()?;
    former::once_left(&place.url, screen, async || store.serve(&owner, &address.to_string(), now()).await).await?;
    let (shelf, loaded) = shelf::Shelf::open(store.clone(), &place.lake, place.rules.clone()).await?;
    for fault in &loaded.faults {
        screen.fault(&fault.to_string());
    }
    let (shelf, inbox) = (Arc::new(shelf), inbox::Inbox::new(&place.lake, &place.rules, place.config.inbox.clone()));
    let records = Arc::new(records::LakeRecords::new(&place.lake));
    let reading = Arc::new(reading::LakeReading::new(&place.lake, &place.rules));
    let app = App::new(Setup {
        store: store.clone(),
        limits: place.config.regional_limits()?,
        floor: place.config.floor,
        calendar: place.config.calendar(),
        now: Box::new(now),
        records,
        reading,
        inbox: Arc::new(inbox.clone()),
        rulebook: shelf.clone(),
        sso: place.config.sso.as_ref().map(config::SsoConfig::read).transpose()?,
        bureau: place.config.bureau.clone(),
        secure: place.config.secure,
    });
    let rules = place.rules.clone();
    let workshop = worker::Workshop {
        store: store.clone(),
        lake: place.lake.clone(),
        rules: place.rules,
        clocks: store::Clocks { limits: place.config.regional_limits()?, calendar: place.config.calendar() },
        floor: place.config.floor,
        owner: owner.clone(),
        address: address.to_string(),
        query_seconds: place.config.query_seconds,
        inbox,
        shelf,
        key_file: place.key_file,
    };
    // On a thread of its own: a run there may wait as long as it likes.
    let handle = tokio::runtime::Handle::current();
    let worker = tokio::task::spawn_blocking(move || handle.block_on(workshop.work()));
    let interface = Interface::new(store.clone(), &place.config.realtime, address)?;
    let ready = tokio::spawn(Arc::clone(&interface).keep_ready(rules, place.lake));
    screen.note(&format!("明察在 http://{address} 运行，Ctrl-C 停止"));
    let site = interface.routes().fallback_service(web::site(app));
    let serving = axum::serve(listener, site).with_graceful_shutdown(stopped());
    tokio::select! {
        served = serving.into_future() => served?,
        // Whoever does not hear their answer to its end holds up nobody else.
        () = async { stopped().await; tokio::time::sleep(GRACE).await } => {}
    }
    worker.await?;
    ready.abort();
    store.leave(&owner).await?;
    store.close().await;
    Ok(())
}

/// How long answers that have begun may take once the process is asked to end.
const GRACE: Duration = Duration::from_secs(20);

/// Until somebody asks the process to end; the workers hear of it, too.
async fn stopped() {
    let flag = cancel::flag();
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    loop {
        let asked = async {
            match &mut terminated {
                Some(signal) => {
                    signal.recv().await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = asked => flag.store(true, Ordering::Relaxed),
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
        }
        if flag.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// An empty lake where there is none: the first import fills it.
fn make_lake(lake: &Path) -> Result<()> {
    files::make_folder(lake)?;
    if lake.is_dir() {
        // What is there and is no lake is said when it is read.
        let _ = Lake::open(lake);
        return Ok(());
    }
    bail!("{} 不是文件夹", lake.display())
}
