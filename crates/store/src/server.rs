//! Server（服务）: one at a time writes to a database. It says again and again that it is alive; who crashed counts as alive until it has
//! been silent for a while, or until it is known to be gone.

use claims::Moment;

use crate::Store;
use crate::db::Db;
use crate::error::StoreError;
use crate::job::LEASE_SECONDS;

/// Server（服务）, by its last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Which process it is.
    pub owner: String,
    /// Where it listens.
    pub address: String,
    /// Until when its last word holds.
    pub alive_until: String,
}

/// Where the table of servers came.
const SINCE: i64 = 4;

/// The server that is alive, also in a database of an older form.
pub(crate) async fn alive(db: &Db, now: Moment) -> Result<Option<Server>, StoreError> {
    if !db.migrated().await?.contains(&SINCE) {
        return Ok(None);
    }
    let sql = "SELECT owner, address, alive_until FROM server WHERE alive_until >= $1";
    let Some(row) = db.row(sql, &[now.to_string().into()]).await? else { return Ok(None) };
    Ok(Some(Server { owner: row.text("owner")?, address: row.text("address")?, alive_until: row.text("alive_until")? }))
}

impl Store {
    /// Says that a server writes to this database for the next while. `Served` names another one that is alive.
    pub async fn serve(&self, owner: &str, address: &str, now: Moment) -> Result<(), StoreError> {
        let sql = "INSERT INTO server (id, owner, address, alive_until) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO UPDATE SET \
                   owner = excluded.owner, address = excluded.address, alive_until = excluded.alive_until \
                   WHERE server.owner = excluded.owner OR server.alive_until < $4";
        let until = now.plus_seconds(LEASE_SECONDS).to_string();
        if self.db.execute(sql, &[owner.into(), address.into(), until.into(), now.to_string().into()]).await? == 0 {
            // It left between the two statements: whoever tries again comes in.
            return Err(self.server(now).await?.map_or(StoreError::Stale, StoreError::Served));
        }
        Ok(())
    }

    /// The server that is alive.
    pub async fn server(&self, now: Moment) -> Result<Option<Server>, StoreError> {
        alive(&self.db, now).await
    }

    /// The server goes.
    pub async fn leave(&self, owner: &str) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM server WHERE owner = $1", &[owner.into()]).await.map(|_| ())
    }

    /// A server is known to be gone: it no longer counts as alive, and its jobs wait for the next worker. Asked of a database as it is,
    /// whatever its form.
    pub async fn bury(url: &str, dead: &str) -> Result<(), StoreError> {
        let db = Db::open(url, None, false).await?;
        // Before the row that tells whose they are.
        db.execute("UPDATE job SET lease_until = '' WHERE owner = $1 AND state = 'running'", &[dead.into()]).await?;
        db.execute("DELETE FROM server WHERE owner = $1", &[dead.into()]).await?;
        db.close().await;
        Ok(())
    }
}
