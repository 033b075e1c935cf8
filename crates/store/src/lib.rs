//! Store（办理库）: casework, people and jobs on disk, in SQLite or PostgreSQL.
//!
//! There is one way in for a finding: a step that casework decided on, saved with its event or not at all. Every read takes the actor and
//! shows what their scope covers.

use std::path::PathBuf;

use claims::Moment;

pub mod account;
mod backup;
pub mod bank_list;
pub mod bulk;
pub mod charge;
pub mod class_appeal;
mod counted;
mod db;
pub mod debt;
mod desk;
mod document;
mod each;
mod error;
pub mod event;
pub mod exemption;
mod filing;
pub mod filter;
pub mod finding;
mod finding_class;
pub mod job;
mod lease;
mod neighbours;
mod number;
pub mod one_time;
mod panel_member;
pub mod paper;
mod preference;
pub mod queue;
pub mod realtime;
pub mod rule_draft;
mod rule_outcome;
mod rule_pack;
mod seal;
mod server;
pub mod sighting;
mod statement;
mod tally;

pub use account::{Account, Session, SignInError};
pub use bank_list::{BankList, BankView};
pub use bulk::{Bulk, BulkMember, BulkPart, Ticks};
pub use charge::{ChargeBalance, ChargeLine};
pub use class_appeal::{ClassLine, ClassRuling, OpenClass};
pub use counted::Counted;
pub use debt::{Balance, BookError, DebtFilter, DebtLine};
pub use desk::Remark;
pub use document::Numbered;
pub use each::{Dealt, Decide, Left, Seen};
pub use error::StoreError;
pub use event::{Entry, Verified};
pub use exemption::ExemptionLine;
pub use filing::{FilingOutcome, Unfound};
pub use filter::{Filter, Order, Reply};
pub use finding::{Clocks, Versioned};
pub use finding_class::FindingClass;
pub use job::Job;
pub use neighbours::Neighbours;
pub use one_time::OneTimeSecret;
pub use paper::{Handed, Paper};
pub use queue::{Group, Grouping, Line, Totals, Waiting};
pub use rule_outcome::RuleRecords;
pub use rule_pack::PackFile;
pub use seal::Seal;
pub use server::Server;
pub use sighting::{PersonsSeen, Place, Sighting};

/// Store（办理库）.
#[derive(Clone, Debug)]
pub struct Store {
    db: db::Db,
    papers: PathBuf,
}

impl Store {
    /// Opens a database by its URL, `sqlite://FILE` or `postgres://…`, and brings its tables to the newest form.
    /// Papers handed in are kept as files in the folder `papers`. With a key, what tells of persons lies sealed in both, from the
    /// moment `now` on if it did not before; a database that is sealed opens with its key only.
    pub async fn open(url: &str, papers: impl Into<PathBuf>, seal: Option<Seal>, now: Moment) -> Result<Self, StoreError> {
        let db = db::Db::open(url, seal, true).await?;
        // A server of another release would meet tables that it does not know.
        if db::Db::lacks(&db.migrated().await?) > 0
            && let Some(server) = server::alive(&db, now).await?
        {
            return Err(StoreError::Served(server));
        }
        db.migrate().await?;
        let store = Self { db, papers: papers.into() };
        store.unlock(now).await?;
        store.count_earlier_decisions().await?;
        store.enter_earlier_debts(now).await?;
        store.fill_reasons().await?;
        store.name_earlier_panels().await?;
        Ok(store)
    }

    /// Opens a database that is there and of this release, for whoever only reads: it changes nothing, also beside a server.
    pub async fn open_to_read(url: &str, papers: impl Into<PathBuf>, seal: Option<Seal>) -> Result<Self, StoreError> {
        let db = db::Db::open(url, seal, false).await?;
        let migrated = db.migrated().await?;
        if migrated.is_empty() {
            return Err(StoreError::Unfit("这里还没有办理库；先用 mingcha user add 新增用户，或运行 mingcha migrate".to_owned()));
        }
        let lacking = db::Db::lacks(&migrated);
        if lacking > 0 {
            let advice = "先备份数据库，停止服务，再运行 mingcha migrate 升级";
            return Err(StoreError::Unfit(format!("办理库是旧版本的形式，还差 {lacking} 步升级；{advice}")));
        }
        let store = Self { db, papers: papers.into() };
        store.fits().await?;
        Ok(store)
    }

    /// Finishes what is being written and lets go of the database.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Whether what tells of persons lies sealed.
    pub fn is_sealed(&self) -> bool {
        self.db.seal.is_some()
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.db.row("SELECT 1 AS one", &[]).await.map(|_| ())
    }
}

#[cfg(any(test, debug_assertions))]
impl Store {
    /// Where the files of papers lie.
    #[doc(hidden)]
    pub fn papers_folder(&self) -> &std::path::Path {
        &self.papers
    }

    /// Runs a statement behind the back of everything above, as somebody with the database's password could. Tests of what must show.
    #[doc(hidden)]
    pub async fn tamper(&self, sql: &str) -> Result<u64, StoreError> {
        self.db.execute(sql, &[]).await
    }
}
