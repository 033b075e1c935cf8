//! Db（数据库）: SQLite or PostgreSQL behind one small surface. Every statement is written once and runs on both.
//!
//! Only two types cross it: text and 64-bit whole numbers; text that may tell of a person is sealed on its way. SQLite has one writing
//! connection, so that writers wait in turn instead of failing each other, and readers beside it see the state before.

use std::borrow::Cow;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow, Postgres};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row as _, SqlSafeStr, Transaction};

use crate::error::StoreError;
use crate::seal::{self, Seal};
pub(crate) use crate::statement::Statement;

/// Migrations, in order. One is never changed once it is out: its checksum is kept in the database.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "findings", include_str!("../migrations/0001_findings.sql")),
    (2, "people", include_str!("../migrations/0002_people.sql")),
    (3, "recovery", include_str!("../migrations/0003_recovery.sql")),
    (4, "jobs", include_str!("../migrations/0004_jobs.sql")),
    (5, "documents", include_str!("../migrations/0005_documents.sql")),
    (6, "tally", include_str!("../migrations/0006_tally.sql")),
    (7, "one_time_codes", include_str!("../migrations/0007_one_time_codes.sql")),
    (8, "rule_outcomes", include_str!("../migrations/0008_rule_outcomes.sql")),
    (9, "life_of_findings", include_str!("../migrations/0009_life_of_findings.sql")),
    (10, "rule_packs", include_str!("../migrations/0010_rule_packs.sql")),
    (11, "sealing", include_str!("../migrations/0011_sealing.sql")),
    (12, "month_tally", include_str!("../migrations/0012_month_tally.sql")),
    (13, "realtime", include_str!("../migrations/0013_realtime.sql")),
    (14, "sighting", include_str!("../migrations/0014_sighting.sql")),
    (15, "money", include_str!("../migrations/0015_money.sql")),
    (16, "job_attempts", include_str!("../migrations/0016_job_attempts.sql")),
    (17, "bulk_decisions", include_str!("../migrations/0017_bulk_decisions.sql")),
    (18, "awaited", include_str!("../migrations/0018_awaited.sql")),
    (19, "nearest", include_str!("../migrations/0019_nearest.sql")),
];

/// A database, and the seal of what tells of persons in it.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    pools: Pools,
    pub(crate) seal: Option<Arc<Seal>>,
}

#[derive(Clone, Debug)]
enum Pools {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// A transaction. Dropped before it is committed, it changes nothing.
#[derive(Debug)]
pub(crate) struct Tx {
    begun: Begun,
    pub(crate) seal: Option<Arc<Seal>>,
}

#[derive(Debug)]
enum Begun {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A value bound to a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    /// Text that may tell of a person: sealed where there is a key.
    Secret(Option<String>),
    /// The same, long and never looked for: it is packed before it is sealed.
    Bulk(String),
}

impl Value {
    pub(crate) fn secret(text: &str) -> Self {
        Self::Secret(Some(text.to_owned()))
    }
}

/// A row of an answer.
pub(crate) struct Row {
    given: Given,
    seal: Option<Arc<Seal>>,
}

enum Given {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(Some(i64::from(yes)))
    }
}

/// Binds the values in order.
macro_rules! bound {
    ($sql:expr, $values:expr, $seal:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for value in $values {
            query = match value {
                Value::Text(text) => query.bind(text.clone()),
                Value::Int(number) => query.bind(*number),
                Value::Secret(text) => query.bind(text.as_deref().map(|text| seal::at_rest($seal, text))),
                Value::Bulk(text) => query.bind(Some(seal::packed_at_rest($seal, text))),
            };
        }
        query
    }};
}

impl Db {
    /// Opens a database by its URL; an SQLite file that is not there is made where that is wanted.
    pub(crate) async fn open(url: &str, seal: Option<Seal>, make: bool) -> Result<Self, StoreError> {
        Ok(Self { pools: Pools::open(url, make).await?, seal: seal.map(Arc::new) })
    }

    /// The migrations that the database has had; none in one that is new.
    pub(crate) async fn migrated(&self) -> Result<Vec<i64>, StoreError> {
        let known = match &self.pools {
            Pools::Sqlite { .. } => "SELECT name AS there FROM sqlite_master WHERE name = '_sqlx_migrations'",
            Pools::Postgres(_) => "SELECT CAST(to_regclass('_sqlx_migrations') AS TEXT) AS there",
        };
        if self.row(known, &[]).await?.map(|row| row.maybe_text("there")).transpose()?.flatten().is_none() {
            return Ok(Vec::new());
        }
        let rows = self.rows("SELECT version FROM _sqlx_migrations ORDER BY version", &[]).await?;
        rows.iter().map(|row| row.int("version")).collect()
    }

    /// How many migrations it lacks of those that are `migrated`.
    pub(crate) fn lacks(migrated: &[i64]) -> usize {
        MIGRATIONS.iter().filter(|(version, ..)| !migrated.contains(version)).count()
    }

    /// Brings the tables to the newest form.
    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        let migration = |(version, name, sql): (i64, &'static str, &'static str)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        };
        let migrator = Migrator::with_migrations(MIGRATIONS.iter().copied().map(migration).collect());
        match &self.pools {
            Pools::Sqlite { write, .. } => migrator.run(write).await?,
            Pools::Postgres(pool) => migrator.run(pool).await?,
        }
        Ok(())
    }

    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(self.begun(match &self.pools {
            // The lock is taken at once: a reader that became a writer half-way would have to give up.
            Pools::Sqlite { write, .. } => Begun::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Begun::Postgres(pool.begin().await?),
        }))
    }

    /// A transaction that sees one state of the database throughout, and changes nothing.
    pub(crate) async fn begin_reading(&self) -> Result<Tx, StoreError> {
        Ok(self.begun(match &self.pools {
            Pools::Sqlite { read, .. } => Begun::Sqlite(read.begin().await?),
            Pools::Postgres(pool) => Begun::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?),
        }))
    }

    fn begun(&self, begun: Begun) -> Tx {
        Tx { begun, seal: self.seal.clone() }
    }

    pub(crate) async fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let seal = self.seal.as_deref();
        Ok(match &self.pools {
            Pools::Sqlite { read, .. } => {
                given(bound!(sql, values, seal).fetch_all(read).await?, Given::Sqlite, self.seal.as_ref())
            }
            Pools::Postgres(pool) => given(bound!(sql, values, seal).fetch_all(pool).await?, Given::Postgres, self.seal.as_ref()),
        })
    }

    pub(crate) async fn row(&self, sql: &str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// One statement in a transaction of its own; how many rows it touched.
    pub(crate) async fn execute(&self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let seal = self.seal.as_deref();
        Ok(match &self.pools {
            Pools::Sqlite { write, .. } => bound!(sql, values, seal).execute(write).await?.rows_affected(),
            Pools::Postgres(pool) => bound!(sql, values, seal).execute(pool).await?.rows_affected(),
        })
    }

    /// Takes off the disk what rows of these tables said before they were sealed.
    pub(crate) async fn forget(&self, tables: impl Iterator<Item = &'static str>) -> Result<(), StoreError> {
        let statements: Vec<String> = match &self.pools {
            Pools::Sqlite { .. } => ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"].map(str::to_owned).into(),
            Pools::Postgres(_) => tables.map(|table| format!("VACUUM FULL {table}")).collect(),
        };
        for statement in statements {
            self.execute(&statement, &[]).await?;
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

impl Pools {
    async fn open(url: &str, make: bool) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(10)).connect(url).await?;
            return Ok(Self::Postgres(pool));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(make)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit is on the disk before it is answered: what was told to an institution is not forgotten by a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("cache_size", "-65536")
            // What is written anew, sealed, does not stay behind in the file.
            .pragma("secure_delete", "ON");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options.clone())
            .await?;
        let read =
            SqlitePoolOptions::new().max_connections(8).acquire_timeout(Duration::from_secs(10)).connect_with(options).await?;
        Ok(Self::Sqlite { read, write })
    }
}

fn given<R>(rows: Vec<R>, of: fn(R) -> Given, seal: Option<&Arc<Seal>>) -> Vec<Row> {
    rows.into_iter().map(|row| Row { given: of(row), seal: seal.cloned() }).collect()
}

impl Tx {
    pub(crate) async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let seal = self.seal.as_deref();
        Ok(match &mut self.begun {
            Begun::Sqlite(tx) => given(bound!(sql, values, seal).fetch_all(&mut **tx).await?, Given::Sqlite, self.seal.as_ref()),
            Begun::Postgres(tx) => {
                given(bound!(sql, values, seal).fetch_all(&mut **tx).await?, Given::Postgres, self.seal.as_ref())
            }
        })
    }

    pub(crate) async fn row(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let seal = self.seal.as_deref();
        Ok(match &mut self.begun {
            Begun::Sqlite(tx) => bound!(sql, values, seal).execute(&mut **tx).await?.rows_affected(),
            Begun::Postgres(tx) => bound!(sql, values, seal).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// A statement of many rows; the rows of its answer.
    pub(crate) async fn rows_of_many(&mut self, many: &Statement) -> Result<Vec<Row>, StoreError> {
        let sql = self.placed(many);
        self.rows(&sql, &many.values).await
    }

    /// A statement of many rows; how many rows it touched.
    pub(crate) async fn execute_many(&mut self, many: &Statement) -> Result<u64, StoreError> {
        let sql = self.placed(many);
        self.execute(&sql, &many.values).await
    }

    /// SQLite looks for a numbered placeholder among all of them, which takes the square of thousands.
    fn placed<'a>(&self, many: &'a Statement) -> Cow<'a, str> {
        match self.begun {
            Begun::Sqlite(_) => Cow::Owned(many.unnumbered()),
            Begun::Postgres(_) => Cow::Borrowed(&many.sql),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self.begun {
            Begun::Sqlite(tx) => tx.commit().await?,
            Begun::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl Row {
    /// Text as it lies there.
    pub(crate) fn maybe_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(match &self.given {
            Given::Sqlite(row) => row.try_get(column)?,
            Given::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(crate) fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(self.maybe_text(column)?.unwrap_or_default())
    }

    /// Text that may tell of a person, opened.
    pub(crate) fn maybe_secret(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.maybe_text(column)?.map(|text| self.opened(&text)).transpose()
    }

    /// A text of this row, or a part of one, opened.
    pub(crate) fn opened(&self, text: &str) -> Result<String, StoreError> {
        seal::opened(self.seal.as_deref(), text)
    }

    pub(crate) fn secret(&self, column: &str) -> Result<String, StoreError> {
        Ok(self.maybe_secret(column)?.unwrap_or_default())
    }

    pub(crate) fn maybe_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(match &self.given {
            Given::Sqlite(row) => row.try_get(column)?,
            Given::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(crate) fn int(&self, column: &str) -> Result<i64, StoreError> {
        Ok(self.maybe_int(column)?.unwrap_or_default())
    }
}
