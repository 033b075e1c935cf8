//! Jobs（后台任务）: runs, filings, imports. Claimed by lease with a fence, so that a worker that was thought dead cannot finish what
//! another has begun anew, and nothing is done twice.

use claims::Moment;

use crate::Store;
use crate::account::random;
use crate::db::Row;
use crate::error::StoreError;

/// How long a claim holds without a word from its worker, in seconds.
pub const LEASE_SECONDS: i64 = 60;

/// Job（后台任务）.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub job_id: String,
    /// What kind of work.
    pub kind: String,
    /// What exactly, as JSON.
    pub body: String,
    /// queued, running, done, failed or cancelled.
    pub state: String,
    /// The newest claim.
    pub fence: i64,
    /// How far it is, a sentence.
    pub progress: String,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// How it ended.
    pub outcome: Option<String>,
}

const COLUMNS: &str = "SELECT job_id, kind, body, state, fence, progress, asked_by, asked_at, ended_at, outcome FROM job";

impl Store {
    /// Asks for work to be done. The same work that waits or runs already is not asked for twice.
    pub async fn ask(&self, kind: &str, body: &str, by: &str, now: Moment) -> Result<String, StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "SELECT job_id FROM job WHERE kind = $1 AND body = $2 AND state IN ('queued', 'running')";
        if let Some(row) = tx.row(sql, &[kind.into(), body.into()]).await? {
            return row.text("job_id");
        }
        let id = random()?.split_at(16).0.to_owned();
        let sql = "INSERT INTO job (job_id, kind, body, state, fence, owner, lease_until, progress, asked_by, asked_at, ended_at, outcome) \
                   VALUES ($1, $2, $3, 'queued', 0, NULL, NULL, '', $4, $5, NULL, NULL)";
        tx.execute(sql, &[id.as_str().into(), kind.into(), body.into(), by.into(), now.to_string().into()]).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Claims the oldest job that waits, or whose worker has not been heard of for the length of a lease.
    pub async fn claim(&self, worker: &str, now: Moment) -> Result<Option<Job>, StoreError> {
        let sql = format!(
            "{COLUMNS} WHERE state = 'queued' OR (state = 'running' AND lease_until < $1) ORDER BY asked_at, job_id LIMIT 1"
        );
        let Some(row) = self.db.row(&sql, &[now.to_string().into()]).await? else { return Ok(None) };
        let mut job = job(&row)?;
        let sql = "UPDATE job SET state = 'running', fence = fence + 1, owner = $1, lease_until = $2 WHERE job_id = $3 AND fence = $4 \
                   AND (state = 'queued' OR (state = 'running' AND lease_until < $5))";
        let until = now.plus_seconds(LEASE_SECONDS).to_string();
        let values = [worker.into(), until.into(), job.job_id.as_str().into(), job.fence.into(), now.to_string().into()];
        if self.db.execute(sql, &values).await? == 0 {
            return Ok(None);
        }
        job.fence += 1;
        "running".clone_into(&mut job.state);
        Ok(Some(job))
    }

    /// Says how far a job is, and that its worker lives. `false`: the claim is lost or the job was cancelled, and the work is to stop.
    pub async fn progress(&self, job: &Job, progress: &str, now: Moment) -> Result<bool, StoreError> {
        let sql = "UPDATE job SET progress = $1, lease_until = $2 WHERE job_id = $3 AND fence = $4 AND state = 'running'";
        let until = now.plus_seconds(LEASE_SECONDS).to_string();
        Ok(self.db.execute(sql, &[progress.into(), until.into(), job.job_id.as_str().into(), job.fence.into()]).await? == 1)
    }

    /// Ends a job. `false`: somebody else has claimed it since, and this end does not count.
    pub async fn end(&self, job: &Job, done: bool, outcome: &str, now: Moment) -> Result<bool, StoreError> {
        let sql = "UPDATE job SET state = $1, outcome = $2, ended_at = $3, lease_until = NULL WHERE job_id = $4 AND fence = $5 \
                   AND state = 'running'";
        let state = if done { "done" } else { "failed" };
        let values = [state.into(), outcome.into(), now.to_string().into(), job.job_id.as_str().into(), job.fence.into()];
        Ok(self.db.execute(sql, &values).await? == 1)
    }

    /// Cancels a job that waits or runs. Its worker hears of it with its next word.
    pub async fn cancel(&self, job_id: &str, now: Moment) -> Result<bool, StoreError> {
        let sql = "UPDATE job SET state = 'cancelled', ended_at = $1 WHERE job_id = $2 AND state IN ('queued', 'running')";
        Ok(self.db.execute(sql, &[now.to_string().into(), job_id.into()]).await? == 1)
    }

    /// The newest jobs.
    pub async fn jobs(&self, most: i64) -> Result<Vec<Job>, StoreError> {
        let sql = format!("{COLUMNS} ORDER BY asked_at DESC, job_id LIMIT $1");
        self.db.rows(&sql, &[most.into()]).await?.iter().map(job).collect()
    }

    /// One job.
    pub async fn job(&self, id: &str) -> Result<Job, StoreError> {
        let row = self.db.row(&format!("{COLUMNS} WHERE job_id = $1"), &[id.into()]).await?;
        job(&row.ok_or(StoreError::NotFound)?)
    }

    /// Says that a server writes to this database for the next while. `Unfit` names another one that is alive.
    pub async fn serve(&self, owner: &str, address: &str, now: Moment) -> Result<(), StoreError> {
        let sql = "INSERT INTO server (id, owner, address, alive_until) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO UPDATE SET \
                   owner = excluded.owner, address = excluded.address, alive_until = excluded.alive_until \
                   WHERE server.owner = excluded.owner OR server.alive_until < $4";
        let until = now.plus_seconds(LEASE_SECONDS).to_string();
        if self.db.execute(sql, &[owner.into(), address.into(), until.into(), now.to_string().into()]).await? == 0 {
            let other = self.server(now).await?.unwrap_or_default();
            return Err(StoreError::Unfit(format!("另一个服务正在使用这个数据库（{other}）")));
        }
        Ok(())
    }

    /// The address of a server that is alive.
    pub async fn server(&self, now: Moment) -> Result<Option<String>, StoreError> {
        let sql = "SELECT address FROM server WHERE alive_until >= $1";
        self.db.row(sql, &[now.to_string().into()]).await?.map(|row| row.text("address")).transpose()
    }

    /// The server goes.
    pub async fn leave(&self, owner: &str) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM server WHERE owner = $1", &[owner.into()]).await.map(|_| ())
    }
}

fn job(row: &Row) -> Result<Job, StoreError> {
    Ok(Job {
        job_id: row.text("job_id")?,
        kind: row.text("kind")?,
        body: row.text("body")?,
        state: row.text("state")?,
        fence: row.int("fence")?,
        progress: row.text("progress")?,
        asked_by: row.text("asked_by")?,
        asked_at: row.text("asked_at")?,
        ended_at: row.maybe_text("ended_at")?,
        outcome: row.maybe_text("outcome")?,
    })
}
