//! Store（办理库）: casework, people and jobs on disk, in SQLite or PostgreSQL.
//!
//! There is one way in for a finding: a step that casework decided on, saved with its event or not at all. Every read takes the actor and
//! shows what their scope covers.

use std::path::PathBuf;

use claims::Moment;

pub mod account;
mod backup;
pub mod bank_list;
pub mod charge;
pub mod class_appeal;
mod counted;
mod db;
pub mod debt;
mod desk;
mod document;
mod error;
pub mod event;
pub mod exemption;
mod filing;
pub mod filter;
pub mod finding;
pub mod job;
mod lease;
mod number;
pub mod one_time;
pub mod paper;
pub mod queue;
pub mod realtime;
pub mod rule_draft;
mod rule_outcome;
mod rule_pack;
mod seal;
mod statement;
mod tally;

pub use account::{Account, Session, SignInError};
pub use bank_list::{BankList, BankView};
pub use charge::{ChargeBalance, ChargeLine};
pub use class_appeal::{ClassLine, OpenClass};
pub use counted::Counted;
pub use debt::{Balance, BookError, DebtFilter, DebtLine};
pub use desk::Remark;
pub use error::StoreError;
pub use event::{Entry, Verified};
pub use exemption::ExemptionLine;
pub use filing::FilingOutcome;
pub use filter::{Filter, Order};
pub use finding::{Clocks, Versioned};
pub use job::Job;
pub use one_time::OneTimeSecret;
pub use paper::{Handed, Paper};
pub use queue::{Group, Grouping, Line, Totals, Waiting};
pub use rule_outcome::RuleRecords;
pub use rule_pack::PackFile;
pub use seal::Seal;

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
        let db = db::Db::open(url, seal).await?;
        db.migrate().await?;
        let store = Self { db, papers: papers.into() };
        store.unlock(now).await?;
        store.count_earlier_decisions().await?;
        store.enter_earlier_debts(now).await?;
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
