//! Document numbers（文书编号）: one for each kind and subject, without gaps within a year.

use claims::Moment;

use crate::Store;
use crate::error::StoreError;
use crate::event::{self, New};

/// Numbered（编号）: a document's year, its number within it, and the day on which it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Year.
    pub year: i64,
    /// Number within the year.
    pub number: i64,
    /// Day: a later copy bears the same.
    pub on: String,
}

impl Store {
    /// The number of a document, given out once; by nobody where the bureau's system did.
    pub async fn number_document(&self, kind: &str, subject: &str, by: &str, now: Moment) -> Result<Numbered, StoreError> {
        let year: i64 = now.to_string().get(..4).and_then(|year| year.parse().ok()).unwrap_or_default();
        // Two at once: one of them takes the number that the other gave, or the next.
        for _ in 0..20 {
            let mut tx = self.db.begin().await?;
            let sql = "SELECT year, number, at FROM document WHERE kind = $1 AND subject = $2";
            if let Some(row) = tx.row(sql, &[kind.into(), subject.into()]).await? {
                let on = row.text("at")?.chars().take(10).collect();
                return Ok(Numbered { year: row.int("year")?, number: row.int("number")?, on });
            }
            let sql = "SELECT coalesce(max(number), 0) + 1 AS number FROM document WHERE kind = $1 AND year = $2";
            let number = tx.row(sql, &[kind.into(), year.into()]).await?.map_or(Ok(1), |row| row.int("number"))?;
            let sql = "INSERT INTO document (kind, year, number, subject, issued_by, at) VALUES ($1, $2, $3, $4, $5, $6) \
                       ON CONFLICT DO NOTHING";
            let values = [kind.into(), year.into(), number.into(), subject.into(), by.into(), now.to_string().into()];
            if tx.execute(sql, &values).await? == 0 {
                continue;
            }
            let body = serde_json::json!({ "kind": kind, "year": year, "number": number }).to_string();
            event::append(
                &mut tx,
                New { subject: format!("document:{kind}:{subject}"), actor: by, kind: "document_issued", body },
                now,
            )
            .await?;
            tx.commit().await?;
            return Ok(Numbered { year, number, on: now.day().to_string() });
        }
        Err(StoreError::Stale)
    }
}
