//! Steps（办理步骤）of a bulk decision: what is excepted, how it is begun, and a few hundred of its findings at a time.

use casework::{Actor, Look};
use claims::Moment;

use super::{COLUMNS, DONE, Detail, Ticks, subject};
use crate::Store;
use crate::db::{Row, Statement, Tx, Value};
use crate::each::{BATCH, Dealt, Round, Seen, TRIES};
use crate::error::StoreError;
use crate::event::{self, New};
use crate::finding::{Clocks, decoded, encoded};
use crate::tally::Tally;

impl Store {
    /// 除外: of the findings that a page shows, all but those kept are excepted.
    pub async fn except_from_bulk(&self, number: &str, actor: &Actor, ticks: Ticks<'_>) -> Result<(), StoreError> {
        self.bulk(number, actor).await?;
        let mut tx = self.db.begin().await?;
        except(&mut tx, number, ticks).await?;
        tx.commit().await
    }

    /// 开始办理: from now on its findings are decided, step by step, with this reason. What the page shows is excepted first.
    pub async fn begin_bulk(
        &self,
        number: &str,
        actor: &Actor,
        reason: &str,
        ticks: Ticks<'_>,
        clocks: &Clocks,
        now: Moment,
    ) -> Result<(), StoreError> {
        let bulk = self.bulk(number, actor).await?;
        bulk.act.check(actor, reason, now.day())?;
        let look = Look::at(bulk.made_at, now, clocks.limits.base);
        let detail = Detail { act: bulk.act, query: bulk.query, reason: reason.trim().to_owned(), look };
        let mut tx = self.db.begin().await?;
        except(&mut tx, number, ticks).await?;
        let sql = "UPDATE bulk_decision SET begun_at = $1, step_at = $1, detail = $2 WHERE bulk_id = $3";
        let values = [now.to_string().into(), Value::Secret(Some(encoded(&detail))), number.into()];
        tx.execute(sql, &values).await?;
        let sql = "SELECT count(*) AS findings FROM bulk_member WHERE bulk_id = $1 AND excepted = 0";
        let chosen = tx.row(sql, &[number.into()]).await?.map_or(Ok(0), |row| row.int("findings"))?;
        if chosen == 0 {
            return Err(StoreError::Unfit("没有选中疑点".to_owned()));
        }
        let body = serde_json::json!({ "act": detail.act, "query": detail.query, "reason": detail.reason, "findings": chosen });
        let new = New { subject: subject(number), actor: &actor.user.0, kind: "bulk_begun", body: body.to_string() };
        event::append(&mut tx, new, now).await?;
        tx.commit().await
    }

    /// Decides on the next some hundred of a decision that was begun. Returns whether any still wait.
    pub async fn bulk_step(&self, number: &str, actor: &Actor, clocks: &Clocks, now: Moment) -> Result<bool, StoreError> {
        self.bulk(number, actor).await?;
        let mut tries = 0;
        loop {
            match self.try_bulk_step(number, actor, clocks, now).await {
                // Who moved one of them at this very moment wins, and the others are decided anew.
                Err(problem) if problem.is_of_the_moment() && tries < TRIES => tries += 1,
                done => return done,
            }
        }
    }

    async fn try_bulk_step(&self, number: &str, actor: &Actor, clocks: &Clocks, now: Moment) -> Result<bool, StoreError> {
        let (mut tx, mut tally) = (self.db.begin().await?, Tally::default());
        // Whoever takes a step has the decision alone until it is written.
        let sql = "UPDATE bulk_decision SET version = version + 1, step_at = $1 \
                   WHERE bulk_id = $2 AND begun_at IS NOT NULL AND ended_at IS NULL";
        if tx.execute(sql, &[now.to_string().into(), number.into()]).await? == 0 {
            return Ok(false);
        }
        let row = tx.row("SELECT detail FROM bulk_decision WHERE bulk_id = $1", &[number.into()]).await?;
        let mut detail: Detail = decoded("bulk_decision", number, &row.ok_or(StoreError::NotFound)?.secret("detail")?)?;
        let (batch, waiting) = next_batch(&mut tx, number).await?;
        let part = detail.look.part(batch.len(), waiting);
        let decide = |finding: &casework::Finding| {
            detail.act.decide(
                finding,
                actor,
                &detail.reason,
                clocks.limits.of(&finding.filed.region),
                &clocks.calendar,
                now.day(),
            )
        };
        let dealt =
            Round { actor, decide: &decide, papers: &[], clocks, now }.deal(&mut tx, &mut tally, &batch, Some(part)).await?;
        if dealt.done.is_empty() {
            detail.look.seconds += part.seconds;
        }
        note(&mut tx, number, &dealt).await?;
        let sql = "UPDATE bulk_decision SET detail = $1 WHERE bulk_id = $2";
        tx.execute(sql, &[Value::Secret(Some(encoded(&detail))), number.into()]).await?;
        let more = waiting > batch.len();
        if !more {
            end(&mut tx, number, actor, now).await?;
        }
        tally.write(&mut tx).await?;
        tx.commit().await?;
        Ok(more)
    }
}

/// The next that wait, and how many wait in all.
async fn next_batch(tx: &mut Tx, number: &str) -> Result<(Vec<Seen>, usize), StoreError> {
    let sql = "SELECT count(*) AS waiting FROM bulk_member WHERE bulk_id = $1 AND excepted = 0 AND outcome IS NULL";
    let waiting = tx.row(sql, &[number.into()]).await?.map_or(Ok(0), |row| row.int("waiting"))?;
    let sql = "SELECT finding_id, version FROM bulk_member WHERE bulk_id = $1 AND excepted = 0 AND outcome IS NULL \
               ORDER BY finding_id LIMIT $2";
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let seen = |row: &Row| Ok(Seen { finding_id: row.text("finding_id")?, version: row.int("version")? });
    let batch = tx.rows(sql, &[number.into(), most.into()]).await?.iter().map(seen).collect::<Result<_, StoreError>>()?;
    Ok((batch, usize::try_from(waiting).unwrap_or(0)))
}

/// Writes down what became of each.
async fn note(tx: &mut Tx, number: &str, dealt: &Dealt) -> Result<(), StoreError> {
    let mut update = Statement::new("UPDATE bulk_member SET outcome = ");
    update.bind(DONE).and(" WHERE bulk_id = ").bind(number).and(" AND finding_id IN ").list(&dealt.done);
    tx.execute(&update.sql, &update.values).await?;
    for (id, left) in &dealt.left {
        let sql = "UPDATE bulk_member SET outcome = $1 WHERE bulk_id = $2 AND finding_id = $3";
        tx.execute(sql, &[left.to_string().into(), number.into(), id.as_str().into()]).await?;
    }
    Ok(())
}

async fn end(tx: &mut Tx, number: &str, actor: &Actor, now: Moment) -> Result<(), StoreError> {
    let sql = "UPDATE bulk_decision SET ended_at = $1 WHERE bulk_id = $2";
    tx.execute(sql, &[now.to_string().into(), number.into()]).await?;
    let mut query = Statement::new(COLUMNS);
    query.bind(number);
    let row = tx.row(&query.sql, &query.values).await?.ok_or(StoreError::NotFound)?;
    let body = serde_json::json!({ "done": row.int("done")?, "left": row.int("left_over")?, "excepted": row.int("excepted")? });
    let new = New { subject: subject(number), actor: &actor.user.0, kind: "bulk_ended", body: body.to_string() };
    event::append(tx, new, now).await
}

/// Excepts what was shown and is not kept, in a decision that was not begun.
async fn except(tx: &mut Tx, number: &str, Ticks { version, shown, kept }: Ticks<'_>) -> Result<(), StoreError> {
    let sql = "UPDATE bulk_decision SET version = version + 1 WHERE bulk_id = $1 AND version = $2 AND begun_at IS NULL";
    if tx.execute(sql, &[number.into(), version.into()]).await? == 0 {
        return Err(StoreError::Stale);
    }
    for (excepted, wanted) in [(0_i64, true), (1, false)] {
        let mut update = Statement::new("UPDATE bulk_member SET excepted = ");
        update.bind(excepted).and(" WHERE bulk_id = ").bind(number).and(" AND finding_id IN ");
        update.list(shown.iter().filter(|id| kept.contains(*id) == wanted));
        tx.execute(&update.sql, &update.values).await?;
    }
    Ok(())
}
