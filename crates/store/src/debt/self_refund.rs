//! Self-refunds（自查退回）on disk: booked on the same lines and in the same ledger as what decisions ask.

use casework::recovery::DebtState;
use casework::self_refund::SelfRefund;
use casework::{Action, Actor, policy};
use claims::Moment;

use super::{Head, insert, keep, lines, subject};
use crate::Store;
use crate::error::StoreError;
use crate::event::{self, New};
use crate::exemption::place;
use crate::number::next_number;
use crate::paper::Handed;

impl Store {
    /// 登记自查退回: money that came in by itself, with its lines, its receipt and the paper that shows it. Returns its number.
    pub async fn book_self_refund(
        &self,
        actor: &Actor,
        refund: &SelfRefund,
        paper: Option<&Handed<'_>>,
        now: Moment,
    ) -> Result<String, StoreError> {
        policy::allow(actor, Action::BookRecovery)?;
        let kept = paper.map(|paper| self.keep_paper(paper)).transpose()?;
        let mut tx = self.db.begin().await?;
        let (region, institution) = place(&mut tx, &refund.fixmedins_code).await?;
        let refund = SelfRefund { region, ..refund.clone() };
        let number = format!("SR{}", next_number(&mut tx, "self_refund", &actor.user.0, now).await?);
        let mut ledger = lines::ledger(&mut tx, refund.lines.iter().map(|line| line.line_id.as_str()).collect()).await?;
        let (debt, asked) = refund.book(actor, &number, &mut ledger, now.day())?;
        lines::write(&mut tx, &number, asked.iter().map(|line| (line.line_id.as_str(), line.amount))).await?;
        let head = Head {
            id: &number,
            fixmedins_code: &refund.fixmedins_code,
            institution: &institution,
            region: &refund.region,
            rule_code: "",
            origin: refund.origin,
        };
        insert(&mut tx, &head, DebtState::Claimed, now.day()).await?;
        keep(&mut tx, &number, 0, DebtState::Claimed, &debt, 0).await?;
        if let Some(kept) = &kept {
            kept.hand_in(&mut tx, &subject(&number), actor, now).await?;
        }
        let told: Vec<_> = asked.iter().map(|line| (&line.line_id, line.fund_share.0, line.amount.0)).collect();
        let body = serde_json::json!({
            "origin": refund.origin.name(), "receipt": refund.receipt, "payer": refund.payer,
            "received": refund.received.to_string(), "lines": told,
        });
        let new = New { subject: subject(&number), actor: &actor.user.0, kind: "self_refund_booked", body: body.to_string() };
        event::append(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(number)
    }
}
