//! Papers of a debt（缴款材料）: the slip of a bank, the voucher of a refund.

use casework::recovery::Means;
use casework::{Action, Actor, policy};
use claims::Moment;

use super::subject;
use crate::Store;
use crate::error::StoreError;
use crate::paper::{Handed, Paper};

impl Store {
    /// Keeps a paper that shows a payment. Returns its digest, for the payment to name.
    pub async fn hand_in_slip(
        &self,
        actor: &Actor,
        debt_id: &str,
        paper: &Handed<'_>,
        now: Moment,
    ) -> Result<String, StoreError> {
        policy::allow(actor, Action::BookRecovery)?;
        self.debt_line(debt_id, actor).await?;
        let kept = self.keep_paper(paper)?;
        let mut tx = self.db.begin().await?;
        kept.hand_in(&mut tx, &subject(debt_id), actor, now).await?;
        tx.commit().await?;
        Ok(kept.digest)
    }

    /// Papers of a debt, in the order in which they came.
    pub async fn slips(&self, debt_id: &str, actor: &Actor) -> Result<Vec<Paper>, StoreError> {
        self.debt_line(debt_id, actor).await?;
        self.papers_of(&subject(debt_id)).await
    }

    /// A paper of a debt with its content.
    pub async fn slip(&self, debt_id: &str, digest: &str, actor: &Actor) -> Result<(Paper, Vec<u8>), StoreError> {
        let papers = self.slips(debt_id, actor).await?;
        self.content_of(papers, digest)
    }

    /// On which of the bank's lists the payments of a debt were found: posting and list.
    pub async fn reconciled(&self, debt_id: &str) -> Result<Vec<(usize, String)>, StoreError> {
        let sql = "SELECT DISTINCT posting, reconciled FROM posting_entry WHERE debt_id = $1 AND means = $2 AND reconciled IS NOT NULL \
                   ORDER BY posting, reconciled";
        let payment = Means::Payment { receipt: String::new(), payer: String::new(), received: None, paper: None };
        let rows = self.db.rows(sql, &[debt_id.into(), payment.name().into()]).await?;
        let found =
            |row: &crate::db::Row| Ok((usize::try_from(row.int("posting")?).unwrap_or_default(), row.text("reconciled")?));
        rows.iter().map(found).collect()
    }
}
