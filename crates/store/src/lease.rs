//! Leases（占用）on disk: one person at a time judges a finding, and takes the next of a list that nobody else has.

use std::collections::BTreeMap;

use casework::{Actor, Lease, Refusal, Step, UserId};
use claims::Moment;

use crate::Store;
use crate::db::{Row, Statement, Tx};
use crate::error::StoreError;
use crate::filter::{Filter, Order, filtered, ordered};
use crate::finding::{Clocks, within};

/// How many of a list are tried at a time: others may be taking them at this very moment.
const TRIED: i64 = 20;

impl Store {
    /// Takes a finding for the actor, who gives up whatever else they had.
    pub async fn lease(&self, id: &str, actor: &Actor, clocks: &Clocks, now: Moment) -> Result<Lease, StoreError> {
        let finding = self.finding(id, actor).await?.value;
        let held = self.leases(&[id.to_owned()], now).await?.remove(id);
        let limits = clocks.limits.of(&finding.filed.region);
        let lease = finding.lease(actor, held.as_ref(), limits, now)?;
        let user = actor.user.0.as_str();
        let sql = "DELETE FROM lease WHERE holder = $1 AND finding_id <> $2";
        self.db.execute(sql, &[user.into(), id.into()]).await?;
        // Whoever came first between the reading and the writing keeps it.
        let sql = "INSERT INTO lease (finding_id, holder, begun, ends) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (finding_id) DO UPDATE SET holder = excluded.holder, begun = excluded.begun, ends = excluded.ends \
                   WHERE lease.holder = excluded.holder OR lease.ends <= $5";
        let values = [id.into(), user.into(), text(lease.since).into(), text(lease.until).into(), text(now).into()];
        if self.db.execute(sql, &values).await? == 0 {
            return Err(StoreError::Stale);
        }
        Ok(lease)
    }

    /// 锁定并审下一条: takes the first finding of a list that waits for the actor's judgement and that nobody else has or is to deal with.
    pub async fn lease_next(
        &self,
        actor: &Actor,
        filter: &Filter,
        order: Order,
        clocks: &Clocks,
        now: Moment,
    ) -> Result<Option<String>, StoreError> {
        let user = actor.user.0.as_str();
        for _ in 0..TRIED {
            let mut query = Statement::new("SELECT finding_id FROM finding WHERE state IN ");
            query.list(casework::lease::judged_by(actor));
            // Nobody judges again what they judged themselves.
            query.and(" AND (state = 'filed' OR coalesce(reviewer, '') <> ").bind(user).and(")");
            query.and(" AND coalesce(assignee, '') IN ").list(["", user]);
            query.and(" AND NOT EXISTS (SELECT 1 FROM lease WHERE lease.finding_id = finding.finding_id AND lease.ends > ");
            query.bind(text(now)).and(" AND lease.holder <> ").bind(user).and(")");
            within(&mut query, actor);
            filtered(&mut query, filter);
            query.and(ordered(order, filter)).and(" LIMIT ").bind(TRIED);
            let rows = self.db.rows(&query.sql, &query.values).await?;
            for row in &rows {
                let id = row.text("finding_id")?;
                match self.lease(&id, actor, clocks, now).await {
                    Ok(_) => return Ok(Some(id)),
                    // Somebody else was quicker, or decided on it.
                    Err(StoreError::Stale | StoreError::NotFound | StoreError::Refused(_)) => {}
                    Err(problem) => return Err(problem),
                }
            }
            if rows.is_empty() {
                break;
            }
        }
        Ok(None)
    }

    /// Gives up a finding, or all that somebody has.
    pub async fn release(&self, id: Option<&str>, user: &str) -> Result<(), StoreError> {
        let mut query = Statement::new("DELETE FROM lease WHERE holder = ");
        query.bind(user);
        if let Some(id) = id {
            query.and(" AND finding_id = ").bind(id);
        }
        self.db.execute(&query.sql, &query.values).await.map(|_| ())
    }

    /// Who has which of these findings at this moment.
    pub async fn leases(&self, ids: &[String], now: Moment) -> Result<BTreeMap<String, Lease>, StoreError> {
        let mut query = Statement::new("SELECT finding_id, holder, begun, ends FROM lease WHERE ends > ");
        query.bind(text(now)).and(" AND finding_id IN ").list(ids);
        let rows = self.db.rows(&query.sql, &query.values).await?;
        rows.iter().map(|row| Ok((row.text("finding_id")?, lease(row)?))).collect()
    }
}

/// Nobody judges what another has, and whoever is done with a finding no longer has it.
pub(crate) async fn respect(tx: &mut Tx, step: &Step, now: Moment) -> Result<(), StoreError> {
    let id = step.next.filed.finding_id.as_str();
    if let (true, Some(by)) = (step.event.is_judgement(), step.event.by()) {
        let sql = "SELECT holder, begun, ends FROM lease WHERE finding_id = $1";
        let held = tx.row(sql, &[id.into()]).await?.as_ref().map(lease).transpose()?;
        if let Some(other) = held.filter(|lease| lease.keeps_out(by, now)) {
            return Err(Refusal::Held { by: other.by, until: other.until }.into());
        }
    }
    if step.event.ends_lease() {
        tx.execute("DELETE FROM lease WHERE finding_id = $1", &[id.into()]).await?;
    }
    Ok(())
}

fn lease(row: &Row) -> Result<Lease, StoreError> {
    let holder = row.text("holder")?;
    let moment = |column: &str| {
        let text = row.text(column)?;
        Moment::parse(&text).ok_or_else(|| StoreError::garbled("lease", &holder, &text))
    };
    Ok(Lease { since: moment("begun")?, until: moment("ends")?, by: UserId::new(holder.clone()) })
}

/// A moment as text, which sorts as time goes on.
fn text(moment: Moment) -> String {
    moment.to_string()
}
