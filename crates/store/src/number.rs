//! Numbers（编号）of what people ask for, given out within the transaction that keeps it: a year, and a number within it.

use claims::Moment;

use crate::db::Tx;
use crate::error::StoreError;

/// The next number of a kind, such as `2026-1`. Two at once: one of them is `Stale`.
pub(crate) async fn next_number(tx: &mut Tx, kind: &str, by: &str, now: Moment) -> Result<String, StoreError> {
    let year: i64 = now.to_string().get(..4).and_then(|year| year.parse().ok()).unwrap_or_default();
    let sql = "SELECT coalesce(max(number), 0) + 1 AS number FROM document WHERE kind = $1 AND year = $2";
    let number = tx.row(sql, &[kind.into(), year.into()]).await?.map_or(Ok(1), |row| row.int("number"))?;
    let text = format!("{year}-{number}");
    let sql = "INSERT INTO document (kind, year, number, subject, issued_by, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let values = [kind.into(), year.into(), number.into(), text.as_str().into(), by.into(), now.to_string().into()];
    if tx.execute(sql, &values).await? == 0 {
        return Err(StoreError::Stale);
    }
    Ok(text)
}
