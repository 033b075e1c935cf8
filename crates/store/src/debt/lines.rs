//! What decisions booked on single lines, one decision at a time: the turn is held until the transaction ends, so that two decisions on
//! one line see each other.

use casework::line_ledger::{Asked, Booked, LineLedger};
use claims::Fen;

use crate::Store;
use crate::db::{Statement, Tx};
use crate::error::StoreError;

/// Books lines, up to what is not booked on each yet.
pub(super) async fn book(tx: &mut Tx, decision: &str, asked: &[Asked]) -> Result<Vec<Booked>, StoreError> {
    let mut ledger = ledger(tx, asked.iter().map(|line| line.line_id.as_str()).collect()).await?;
    let booked = ledger.book(decision, asked);
    write(tx, decision, booked.iter().map(|line| (line.line_id.as_str(), line.amount))).await?;
    Ok(booked)
}

/// Takes the turn, and reads what is booked on lines.
pub(super) async fn ledger(tx: &mut Tx, line_ids: Vec<&str>) -> Result<LineLedger, StoreError> {
    tx.execute("UPDATE ledger_turn SET taken = taken + 1 WHERE id = 1", &[]).await?;
    let mut ledger = LineLedger::default();
    for chunk in line_ids.chunks(500) {
        let mut query = Statement::new("SELECT line_id, decision, amount_fen FROM line_booking WHERE line_id IN ");
        query.list(chunk.iter().copied()).and(" ORDER BY line_id, decision");
        for row in tx.rows(&query.sql, &query.values).await? {
            ledger.known(&row.text("line_id")?, &row.text("decision")?, Fen(row.int("amount_fen")?));
        }
    }
    Ok(ledger)
}

/// Writes what a decision booked on lines.
pub(super) async fn write<'a>(
    tx: &mut Tx,
    decision: &str,
    booked: impl Iterator<Item = (&'a str, Fen)>,
) -> Result<(), StoreError> {
    for (line_id, amount) in booked.filter(|(_, amount)| amount.is_positive()) {
        let sql = "INSERT INTO line_booking (line_id, decision, amount_fen) VALUES ($1, $2, $3)";
        tx.execute(sql, &[line_id.into(), decision.into(), amount.0.into()]).await?;
    }
    Ok(())
}

/// Leaves a decision so much of what it booked, spread as it was, and gives the rest of each line free.
pub(super) async fn lower(tx: &mut Tx, decision: &str, to: Fen) -> Result<(), StoreError> {
    tx.execute("UPDATE ledger_turn SET taken = taken + 1 WHERE id = 1", &[]).await?;
    let mut ledger = LineLedger::default();
    let sql = "SELECT line_id, amount_fen FROM line_booking WHERE decision = $1 ORDER BY line_id";
    for row in tx.rows(sql, &[decision.into()]).await? {
        ledger.known(&row.text("line_id")?, decision, Fen(row.int("amount_fen")?));
    }
    let left = ledger.lower(decision, to);
    tx.execute("DELETE FROM line_booking WHERE decision = $1", &[decision.into()]).await?;
    write(tx, decision, left.iter().map(|(line_id, amount)| (line_id.as_str(), *amount))).await
}

impl Store {
    /// What is booked on a line in all, in fen.
    pub async fn booked_on_line(&self, line_id: &str) -> Result<i64, StoreError> {
        let sql = "SELECT CAST(coalesce(sum(amount_fen), 0) AS BIGINT) AS amount FROM line_booking WHERE line_id = $1";
        self.db.row(sql, &[line_id.into()]).await?.map_or(Ok(0), |row| row.int("amount"))
    }

    /// What a decision booked on lines: line and fen.
    pub async fn booked_by(&self, debt_id: &str) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT line_id, amount_fen FROM line_booking WHERE decision = $1 ORDER BY line_id";
        let rows = self.db.rows(sql, &[debt_id.into()]).await?;
        rows.iter().map(|row| Ok((row.text("line_id")?, row.int("amount_fen")?))).collect()
    }
}
