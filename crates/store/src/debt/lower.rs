//! Lowering（调减）: a decision turned out to ask too much. The money and the lines are given free together.

use casework::recovery::{Account, DebtState, Means};
use casework::{Action, Actor, Filed, Refusal, UserId, policy};
use claims::{Fen, Moment};

use super::{keep, keep_state, kept, lines, subject};
use crate::Store;
use crate::db::Tx;
use crate::error::StoreError;
use crate::event::{self, New};

/// Lowers what a debt asks of each fund to what is named, withdraws all of it where nothing is, and gives its lines free. What is not
/// determined yet is withdrawn as a whole. To be called within the transaction of whatever lowers the decision.
pub(crate) async fn lowered(
    tx: &mut Tx,
    id: &str,
    to: &[(String, i64)],
    authority: &UserId,
    reason: &str,
    now: Moment,
) -> Result<(), StoreError> {
    let sql = "SELECT version, state, detail FROM debt WHERE debt_id = $1";
    let row = tx.row(sql, &[id.into()]).await?.ok_or(StoreError::NotFound)?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Refusal::BlankReason.into());
    }
    let entries = if row.text("detail")?.is_empty() {
        keep_state(tx, id, row.int("version")?, DebtState::NoFund).await?;
        Vec::new()
    } else {
        let before = kept(&row, id)?;
        let means = Means::Lowering { authority: authority.clone(), reason: reason.to_owned() };
        let after = before.value.lower(to, means, now.day()).map_err(Refusal::from)?;
        lines::lower(tx, id, Fen(-after.total(Account::Claimed).0)).await?;
        let from = before.value.postings().len();
        keep(tx, id, before.version, DebtState::Claimed, &after, from).await?;
        after.postings().iter().skip(from).flat_map(|posting| posting.entries.clone()).collect()
    };
    let body = serde_json::json!({ "reason": reason, "entries": entries }).to_string();
    event::append(tx, New { subject: subject(id), actor: &authority.0, kind: "debt_lowered", body }, now).await
}

/// The money of a finding whose decision is corrected from one amount to another, nothing at all where it is withdrawn. What is not
/// determined yet is determined by the new amount.
pub(crate) async fn corrected(
    tx: &mut Tx,
    filed: &Filed,
    (from, to): (Fen, Fen),
    by: &UserId,
    reason: &str,
    now: Moment,
) -> Result<(), StoreError> {
    let id = filed.finding_id.as_str();
    let row = tx.row("SELECT version, state, detail FROM debt WHERE debt_id = $1", &[id.into()]).await?;
    // What names no institution is asked of nobody.
    let Some(row) = row else { return Ok(()) };
    let undetermined = row.text("detail")?.is_empty();
    if undetermined && to.is_positive() {
        return Ok(());
    }
    let mut rest = Vec::new();
    if !undetermined {
        let debt = kept(&row, id)?.value;
        rest = debt.corrected(filed, from, to);
        if rest.iter().map(|(_, fen)| fen).sum::<i64>() == debt.claimed().values().sum::<i64>() {
            return Ok(());
        }
    }
    lowered(tx, id, &rest, by, reason, now).await
}

impl Store {
    /// 调减或撤销: by somebody with the power, over the version that was seen.
    pub async fn lower_debt(
        &self,
        id: &str,
        seen: i64,
        actor: &Actor,
        to: &[(String, i64)],
        reason: &str,
        now: Moment,
    ) -> Result<(), StoreError> {
        policy::allow(actor, Action::LowerRecovery)?;
        let line = self.debt_line(id, actor).await?;
        if line.version != seen || line.state != DebtState::Claimed {
            return Err(StoreError::Stale);
        }
        let mut tx = self.db.begin().await?;
        // Whoever moved it since then wrote another version, and wins.
        let sql = "SELECT version FROM debt WHERE debt_id = $1 AND version = $2";
        if tx.row(sql, &[id.into(), seen.into()]).await?.is_none() {
            return Err(StoreError::Stale);
        }
        lowered(&mut tx, id, to, &actor.user, reason, now).await?;
        tx.commit().await
    }
}
