//! Where nobody knew what the funds paid, and where earlier decisions had booked it all: somebody says so, or books it now.

use casework::open_amount::OpenAmount;
use casework::recovery::{Debt, DebtState};
use casework::{Action, Actor, State, policy};
use claims::money::apportion;
use claims::{Fen, Moment};

use super::{before, keep, keep_state, lines, sheet_of, subject};
use crate::Store;
use crate::error::StoreError;
use crate::event::{self, New};
use crate::finding::Clocks;

impl Store {
    /// 核定: says what of a confirmed finding is of which fund. The debt opens, as far as earlier decisions left the lines anything.
    #[expect(
        clippy::too_many_arguments,
        reason = "a movement is who, what, when and over which version; a struct would be used once"
    )]
    pub async fn determine(
        &self,
        id: &str,
        seen: i64,
        actor: &Actor,
        parts: &[(String, i64)],
        reason: &str,
        clocks: &Clocks,
        now: Moment,
    ) -> Result<DebtState, StoreError> {
        policy::allow(actor, Action::DetermineRecovery)?;
        let finding = self.finding(id, actor).await?.value;
        let State::Confirmed { owed, .. } = finding.state else { return Err(StoreError::Stale) };
        let determined = OpenAmount { owed }.determine(actor, parts, reason)?;
        let mut tx = self.db.begin().await?;
        let row =
            tx.row("SELECT version, state FROM debt WHERE debt_id = $1", &[id.into()]).await?.ok_or(StoreError::NotFound)?;
        if row.int("version")? != seen || row.text("state")? != DebtState::Undetermined.name() {
            return Err(StoreError::Stale);
        }
        let asked = sheet_of(&mut tx, &finding.filed).await?.asked_of(determined.amount());
        let booked = lines::book(&mut tx, id, &asked).await?;
        let amount: Fen = if asked.is_empty() { determined.amount() } else { booked.iter().map(|line| line.amount).sum() };
        let state = match (amount.is_positive(), determined.parts.is_empty()) {
            (true, _) => DebtState::Claimed,
            (false, true) => DebtState::NoFund,
            (false, false) => DebtState::BookedBefore,
        };
        if state == DebtState::Claimed {
            let (today, weights) = (now.day(), determined.parts.iter().map(|(_, part)| *part).collect::<Vec<_>>());
            let shares = apportion(amount.0, &weights).unwrap_or_default();
            let parts: Vec<(String, i64)> =
                determined.parts.iter().map(|(fund, _)| fund.clone()).zip(shares).filter(|(_, share)| *share > 0).collect();
            let due = clocks.calendar.after(today, clocks.limits.of(&finding.filed.region).refund);
            let debt = Debt::new(&parts, today, due).map_err(casework::Refusal::from)?;
            keep(&mut tx, id, seen, state, &debt, 0).await?;
        } else {
            keep_state(&mut tx, id, seen, state).await?;
        }
        let body = serde_json::json!({
            "determined": &determined, "booked_fen": amount.0, "state": state.name(), "before": before(&booked),
        });
        let new = New { subject: subject(id), actor: &actor.user.0, kind: "debt_determined", body: body.to_string() };
        event::append(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(state)
    }

    /// 重新入账: books what earlier decisions had left nothing of, after one of them was lowered.
    pub async fn book_again(
        &self,
        id: &str,
        seen: i64,
        actor: &Actor,
        clocks: &Clocks,
        now: Moment,
    ) -> Result<DebtState, StoreError> {
        policy::allow(actor, Action::BookRecovery)?;
        let line = self.debt_line(id, actor).await?;
        if line.version != seen || line.state != DebtState::BookedBefore {
            return Err(StoreError::Stale);
        }
        let finding = self.finding(id, actor).await?.value;
        let State::Confirmed { owed, .. } = finding.state else { return Err(StoreError::Stale) };
        let mut tx = self.db.begin().await?;
        let new = New { subject: subject(id), actor: &actor.user.0, kind: "debt_booked_again", body: "{}".to_owned() };
        event::append(&mut tx, new, now).await?;
        super::open(&mut tx, &finding, owed, clocks, now).await?;
        tx.commit().await?;
        Ok(self.debt_line(id, actor).await?.state)
    }
}
