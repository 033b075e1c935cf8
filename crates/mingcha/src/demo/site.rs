//! The demo's site: its findings filed, a user for each kind of work, and pages until Ctrl-C.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use anyhow::{Context, Result};
use casework::{Role, Scope};
use store::{Account, Clocks, RuleRecords, Store};

use crate::pack::RulesArguments;
use crate::runs::Run;
use crate::runtime;
use crate::screen::Screen;
use crate::serve::filing::Filing;
use crate::serve::{self, Config, Place, database};
use crate::today::now;

/// The port that a demo takes where it is free.
const PORT: u16 = 8700;

/// Who signs in to a demo: name, name as shown, role.
const USERS: [(&str, &str, Role); 11] = [
    ("admin", "示例管理员", Role::Administrator),
    ("auditor", "林示远", Role::Auditor),
    ("reviewer", "周示明", Role::Reviewer),
    ("inspector", "郑示安", Role::Inspector),
    ("officer", "吴示成", Role::CaseOfficer),
    ("head", "何示平", Role::Head),
    ("leader", "陈示和", Role::Leader),
    ("expert1", "专家示甲", Role::Expert),
    ("expert2", "专家示乙", Role::Expert),
    ("expert3", "专家示丙", Role::Expert),
    ("hospital", "江示", Role::Institution),
];

/// Files the run, makes the users with one password, and serves.
pub(super) fn open(lake: &Path, run: &Run, port: Option<u16>, screen: &Screen) -> Result<()> {
    let mut config = Config::default();
    "合成市医疗保障局".clone_into(&mut config.bureau);
    let listen = address(port)?;
    let filing = Filing::of(lake, run, &RuleRecords::default(), config.floor)?;
    runtime::wait(async {
        let database = database::DatabaseArguments::default();
        let (store, url) = (database.open(lake).await?, database.url(lake));
        let clocks = Clocks { limits: config.regional_limits()?, calendar: config.calendar() };
        let outcome = filing.file(&store, &clocks, "演示", async |_, _| Ok(true)).await?;
        let password = store::account::random()?.split_at(12).0.to_owned();
        let body = serde_json::json!({ "run_id": run.id }).to_string();
        store.ask(web::PROFILE, &body, "演示", now()).await?;
        add_users(&store, &password, busiest(&filing)).await?;
        let names: Vec<&str> = USERS.iter().map(|(name, ..)| *name).collect();
        Screen::print(&format!(
            "\n网页 http://{listen}\n  已立案 {} 条疑点\n  用户 {}\n  密码都是 {password}\n",
            outcome.new,
            names.join("、")
        ))?;
        let place = Place { lake: lake.to_owned(), rules: RulesArguments::default(), listen, config, url, key_file: None };
        serve::serve(store, place, screen).await
    })
}

/// The asked-for port, else the usual one, else any that is free.
fn address(port: Option<u16>) -> Result<SocketAddr> {
    let at = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = port {
        return Ok(at(port));
    }
    let free = |port: u16| TcpListener::bind(at(port)).and_then(|listener| listener.local_addr());
    free(PORT).or_else(|_| free(0)).context("本机没有可用的端口")
}

/// The institution with most findings: the demo's hospital user has something to answer.
fn busiest(filing: &Filing) -> String {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for code in filing.found.iter().filter_map(|(filed, _)| filed.fixmedins_code.as_deref()).filter(|code| code.starts_with('H'))
    {
        *counts.entry(code).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, number)| *number).map_or_else(|| "H99010100001".to_owned(), |(code, _)| code.to_owned())
}

async fn add_users(store: &Store, password: &str, hospital: String) -> Result<()> {
    for (name, display, role) in USERS {
        let scope = if role == Role::Institution { Scope::Institutions([hospital.clone()].into()) } else { Scope::All };
        let account = Account::new(name, display, role, scope);
        store.add_account(&account, password, "演示", now()).await?;
    }
    Ok(())
}
