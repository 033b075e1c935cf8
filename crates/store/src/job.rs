//! Jobs（后台任务）: runs, filings, imports. Claimed by lease with a fence, so that a worker that was thought dead cannot finish what
//! another has begun anew, and nothing is done twice.

use claims::Moment;

use crate::Store;
use crate::account::random;
use crate::db::{Row, Tx};
use crate::error::StoreError;
use crate::event::{New, append};

/// How long a claim holds without a word from its worker, in seconds.
pub const LEASE_SECONDS: i64 = 60;

/// How often a job is begun that never comes to an end, most likely because it takes its server with it.
pub const MOST_ATTEMPTS: i64 = 3;

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
    /// How often it was begun without an end of its own.
    pub attempts: i64,
}

impl Job {
    /// Whether it waits or runs.
    pub fn is_open(&self) -> bool {
        matches!(self.state.as_str(), "queued" | "running")
    }
}

const COLUMNS: &str =
    "SELECT job_id, kind, body, state, fence, progress, asked_by, asked_at, ended_at, outcome, attempts FROM job";

impl Store {
    /// Asks for work to be done. The same work that waits or runs already is not asked for twice.
    pub async fn ask(&self, kind: &str, body: &str, by: &str, now: Moment) -> Result<String, StoreError> {
        let mut tx = self.db.begin().await?;
        let id = asked(&mut tx, (kind, body), by, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Claims the oldest job that waits, or whose worker has not been heard of for the length of a lease. One that was begun too often is
    /// given up.
    pub async fn claim(&self, worker: &str, now: Moment) -> Result<Option<Job>, StoreError> {
        let sql = format!(
            "{COLUMNS} WHERE state = 'queued' OR (state = 'running' AND lease_until < $1) ORDER BY asked_at, job_id LIMIT 1"
        );
        let Some(row) = self.db.row(&sql, &[now.to_string().into()]).await? else { return Ok(None) };
        let mut job = job(&row)?;
        if job.state == "running" && job.attempts >= MOST_ATTEMPTS {
            let outcome = format!("开始了 {MOST_ATTEMPTS} 次，每次都随服务一起中断（多半是内存不足），不再重试");
            self.give_up(&job, &outcome, now).await?;
            return Ok(None);
        }
        let sql = "UPDATE job SET state = 'running', fence = fence + 1, attempts = attempts + 1, owner = $1, lease_until = $2 \
                   WHERE job_id = $3 AND fence = $4 AND (state = 'queued' OR (state = 'running' AND lease_until < $5))";
        let until = now.plus_seconds(LEASE_SECONDS).to_string();
        let values = [worker.into(), until.into(), job.job_id.as_str().into(), job.fence.into(), now.to_string().into()];
        if self.db.execute(sql, &values).await? == 0 {
            return Ok(None);
        }
        job.fence += 1;
        job.attempts += 1;
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
        let mut tx = self.db.begin().await?;
        let ended = ended(&mut tx, job, if done { "done" } else { "failed" }, outcome, now).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends a job that is done, and asks for the work that follows from it: both or neither, so that neither is done twice.
    pub async fn end_and_ask(&self, job: &Job, outcome: &str, next: (&str, &str), now: Moment) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        if !ended(&mut tx, job, "done", outcome, now).await? {
            return Ok(false);
        }
        asked(&mut tx, next, &job.asked_by, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives a job back that its server could not finish because it was stopped: the next one takes it up, and this attempt does not
    /// count. `false`: somebody else has claimed it since, or it was cancelled.
    pub async fn requeue(&self, job: &Job, now: Moment) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE job SET state = 'queued', owner = NULL, lease_until = NULL, progress = '', attempts = attempts - 1 \
                   WHERE job_id = $1 AND fence = $2 AND state = 'running'";
        if tx.execute(sql, &[job.job_id.as_str().into(), job.fence.into()]).await? == 0 {
            return Ok(false);
        }
        record(&mut tx, job, "", "job_requeued", now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Cancels a job that waits or runs, and records who did. Its worker hears of it with its next word.
    pub async fn cancel(&self, job_id: &str, by: &str, now: Moment) -> Result<bool, StoreError> {
        let job = self.job(job_id).await?;
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE job SET state = 'cancelled', ended_at = $1 WHERE job_id = $2 AND state IN ('queued', 'running')";
        if tx.execute(sql, &[now.to_string().into(), job_id.into()]).await? == 0 {
            return Ok(false);
        }
        record(&mut tx, &job, by, "job_cancelled", now).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn give_up(&self, job: &Job, outcome: &str, now: Moment) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        if ended(&mut tx, job, "failed", outcome, now).await? {
            record(&mut tx, job, "", "job_given_up", now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The newest jobs.
    pub async fn jobs(&self, most: i64) -> Result<Vec<Job>, StoreError> {
        let sql = format!("{COLUMNS} ORDER BY asked_at DESC, job_id LIMIT $1");
        self.db.rows(&sql, &[most.into()]).await?.iter().map(job).collect()
    }

    /// All jobs that wait or run.
    pub async fn open_jobs(&self) -> Result<Vec<Job>, StoreError> {
        let sql = format!("{COLUMNS} WHERE state IN ('queued', 'running') ORDER BY asked_at, job_id");
        self.db.rows(&sql, &[]).await?.iter().map(job).collect()
    }

    /// One job.
    pub async fn job(&self, id: &str) -> Result<Job, StoreError> {
        let row = self.db.row(&format!("{COLUMNS} WHERE job_id = $1"), &[id.into()]).await?;
        job(&row.ok_or(StoreError::NotFound)?)
    }
}

async fn asked(tx: &mut Tx, (kind, body): (&str, &str), by: &str, now: Moment) -> Result<String, StoreError> {
    let sql = "SELECT job_id FROM job WHERE kind = $1 AND body = $2 AND state IN ('queued', 'running')";
    if let Some(row) = tx.row(sql, &[kind.into(), body.into()]).await? {
        return row.text("job_id");
    }
    let id = random()?.split_at(16).0.to_owned();
    let sql = "INSERT INTO job (job_id, kind, body, state, fence, owner, lease_until, progress, asked_by, asked_at, ended_at, outcome) \
               VALUES ($1, $2, $3, 'queued', 0, NULL, NULL, '', $4, $5, NULL, NULL)";
    tx.execute(sql, &[id.as_str().into(), kind.into(), body.into(), by.into(), now.to_string().into()]).await?;
    Ok(id)
}

async fn ended(tx: &mut Tx, job: &Job, state: &str, outcome: &str, now: Moment) -> Result<bool, StoreError> {
    let sql = "UPDATE job SET state = $1, outcome = $2, ended_at = $3, lease_until = NULL WHERE job_id = $4 AND fence = $5 \
               AND state = 'running'";
    let values = [state.into(), outcome.into(), now.to_string().into(), job.job_id.as_str().into(), job.fence.into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// What befell a job stands in the log of operations.
async fn record(tx: &mut Tx, job: &Job, actor: &str, kind: &str, now: Moment) -> Result<(), StoreError> {
    let body = serde_json::json!({ "kind": job.kind, "work": job.body, "asked_by": job.asked_by }).to_string();
    append(tx, New { subject: format!("job:{}", job.job_id), actor, kind, body }, now).await
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
        attempts: row.int("attempts")?,
    })
}
