//! Classes of findings（同类疑点）: one rule, one institution, one reason. What is decided alike is shown together.

use casework::Actor;
use claims::Day;
use serde::Deserialize;

use crate::Store;
use crate::db::{Row, Statement};
use crate::error::StoreError;
use crate::filter::{Filter, filtered};
use crate::finding::within;
use crate::queue::{SUMS, Totals, totals};

/// Findings whose reason is looked up at once.
const PAGE: i64 = 1_000;

/// A class of findings in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingClass {
    /// Rule.
    pub rule_code: String,
    /// Its name.
    pub rule_name: String,
    /// Institution; empty where the findings name none.
    pub fixmedins_code: String,
    /// Its name.
    pub institution: String,
    /// The reason that they share: a knowledge row; empty where the rule has none.
    pub reason: String,
    /// Totals.
    pub totals: Totals,
    /// The nearest limit in it.
    pub due: Option<Day>,
}

/// What of a sheet says the reason.
#[derive(Deserialize)]
struct Reason {
    knowledge_id: Option<String>,
}

impl Store {
    /// The list in classes, the largest first.
    pub async fn classes(&self, actor: &Actor, filter: &Filter, most: i64) -> Result<Vec<FindingClass>, StoreError> {
        let mut query = Statement::new(
            "SELECT rule_code, max(rule_name) AS rule_name, coalesce(fixmedins_code, '') AS fixmedins_code, \
             max(institution) AS institution, coalesce(reason, '') AS reason, min(due) AS due, ",
        );
        query.and(SUMS).and(" FROM finding WHERE 1 = 1");
        within(&mut query, actor);
        filtered(&mut query, filter);
        query.and(" GROUP BY rule_code, coalesce(fixmedins_code, ''), coalesce(reason, '')");
        query.and(" ORDER BY sum(amount_fen) DESC, 1, 3, 5 LIMIT ").bind(most);
        self.db.rows(&query.sql, &query.values).await?.iter().map(class).collect()
    }

    /// Looks up the reasons of findings that were filed before it was kept beside them. Broken off, it goes on where it was left.
    pub(crate) async fn fill_reasons(&self) -> Result<(), StoreError> {
        let sql = "SELECT f.finding_id AS finding_id, s.body AS body FROM finding f LEFT JOIN sheet s \
                   ON s.finding_id = f.finding_id AND s.digest = f.digest WHERE f.reason IS NULL ORDER BY f.finding_id LIMIT $1";
        if self.db.row(sql, &[1_i64.into()]).await?.is_none() {
            return Ok(());
        }
        loop {
            let mut tx = self.db.begin().await?;
            let rows = tx.rows(sql, &[PAGE.into()]).await?;
            for row in &rows {
                // A sheet that nobody can read says no reason; that it is so shows on the finding's page.
                let known: Option<Reason> = serde_json::from_str(&row.secret("body")?).ok();
                let reason = known.and_then(|known| known.knowledge_id).unwrap_or_default();
                let update = "UPDATE finding SET reason = $1 WHERE finding_id = $2";
                tx.execute(update, &[reason.into(), row.text("finding_id")?.into()]).await?;
            }
            tx.commit().await?;
            if rows.is_empty() {
                return Ok(());
            }
        }
    }
}

fn class(row: &Row) -> Result<FindingClass, StoreError> {
    Ok(FindingClass {
        rule_code: row.text("rule_code")?,
        rule_name: row.text("rule_name")?,
        fixmedins_code: row.text("fixmedins_code")?,
        institution: row.text("institution")?,
        reason: row.text("reason")?,
        totals: totals(row)?,
        due: row.maybe_text("due")?.as_deref().and_then(Day::parse),
    })
}
