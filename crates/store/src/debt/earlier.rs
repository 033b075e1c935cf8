//! Databases of earlier releases: confirmed findings whose money was asked of nobody get their row, and instalments their rest.

use casework::State;
use casework::recovery::Debt;
use claims::Moment;

use super::{due_parts, open};
use crate::Store;
use crate::error::StoreError;
use crate::finding::{Clocks, decoded, versioned};

/// How many rows are read at a time.
const PAGE: i64 = 500;

impl Store {
    /// Enters what earlier releases left out. What is entered is not looked at again.
    pub(crate) async fn enter_earlier_debts(&self, now: Moment) -> Result<(), StoreError> {
        self.enter_findings(now).await?;
        self.enter_rests().await
    }

    /// A confirmed finding with an institution and without a row: nobody knew what the funds paid, they paid nothing, or others had
    /// booked its lines before.
    async fn enter_findings(&self, now: Moment) -> Result<(), StoreError> {
        let mut last = String::new();
        loop {
            let sql = "SELECT finding_id, version, detail FROM finding f WHERE state = 'confirmed' AND fixmedins_code IS NOT NULL \
                       AND NOT EXISTS (SELECT 1 FROM debt d WHERE d.debt_id = f.finding_id) AND finding_id > $1 ORDER BY finding_id LIMIT $2";
            let rows = self.db.rows(sql, &[last.as_str().into(), PAGE.into()]).await?;
            let Some(end) = rows.last() else { return Ok(()) };
            last = end.text("finding_id")?;
            let mut tx = self.db.begin().await?;
            for row in &rows {
                let finding = versioned(row)?.value;
                if let State::Confirmed { owed, .. } = finding.state {
                    open(&mut tx, &finding, owed, &Clocks::default(), now).await?;
                }
            }
            tx.commit().await?;
        }
    }

    async fn enter_rests(&self) -> Result<(), StoreError> {
        let mut last = String::new();
        loop {
            let sql = "SELECT debt_id, detail FROM debt d WHERE outstanding_fen > 0 \
                       AND NOT EXISTS (SELECT 1 FROM due_part p WHERE p.debt_id = d.debt_id) AND debt_id > $1 ORDER BY debt_id LIMIT $2";
            let rows = self.db.rows(sql, &[last.as_str().into(), PAGE.into()]).await?;
            let Some(end) = rows.last() else { return Ok(()) };
            last = end.text("debt_id")?;
            let mut tx = self.db.begin().await?;
            for row in &rows {
                let id = row.text("debt_id")?;
                let debt: Debt = decoded("debt", &id, &row.text("detail")?)?;
                due_parts(&mut tx, &id, &debt).await?;
            }
            tx.commit().await?;
        }
    }
}
