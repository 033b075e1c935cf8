//! Outcomes of rules（规则实绩）: what was decided on the findings of each version, counted in the transaction of every decision.

use std::collections::BTreeMap;

use casework::standing::Record;
use casework::{Finding, State};

use crate::Store;
use crate::db::{Statement, Tx};
use crate::error::StoreError;
use crate::finding::decoded;

/// Findings read at once where the counts are made from what was decided before they were kept.
const PAGE: i64 = 5_000;

const COLUMNS: &str = "SELECT rule_code, rule_version, confirmed, overturned, review_seconds, timed_fund_fen FROM rule_outcome";

/// What was decided, by rule and version.
pub type RuleRecords = BTreeMap<(String, u32), Record>;

impl Store {
    /// What was decided on the findings of each rule and version.
    pub async fn rule_records(&self) -> Result<RuleRecords, StoreError> {
        let mut records = RuleRecords::new();
        for row in self.db.rows(COLUMNS, &[]).await? {
            let count = |name: &str| Ok::<u64, StoreError>(u64::try_from(row.int(name)?).unwrap_or(0));
            let version = u32::try_from(row.int("rule_version")?).unwrap_or(0);
            let record = Record {
                confirmed: count("confirmed")?,
                overturned: count("overturned")?,
                review_seconds: count("review_seconds")?,
                timed_fund_fen: row.int("timed_fund_fen")?,
            };
            records.insert((row.text("rule_code")?, version), record);
        }
        Ok(records)
    }

    /// Counts what was decided before the counts were kept: a database of an earlier release has findings and no counts.
    pub(crate) async fn count_earlier_decisions(&self) -> Result<(), StoreError> {
        let sql = "SELECT 1 AS there FROM finding WHERE state IN ('confirmed', 'dismissed') AND NOT EXISTS (SELECT 1 FROM rule_outcome) LIMIT 1";
        if self.db.row(sql, &[]).await?.is_none() {
            return Ok(());
        }
        let (mut tx, mut outcomes, mut last) = (self.db.begin().await?, Outcomes::default(), String::new());
        loop {
            let mut query = Statement::new(
                "SELECT finding_id, detail FROM finding WHERE state IN ('confirmed', 'dismissed') AND finding_id > ",
            );
            query.bind(&last).and(" ORDER BY finding_id LIMIT ").bind(PAGE);
            let rows = tx.rows(&query.sql, &query.values).await?;
            let Some(end) = rows.last() else { break };
            last = end.text("finding_id")?;
            for row in &rows {
                outcomes.add(&decoded("finding", &last, &row.secret("detail")?)?, 1);
            }
        }
        outcomes.write(&mut tx).await?;
        tx.commit().await
    }
}

/// What a transaction changes of a rule's record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Change {
    confirmed: i64,
    overturned: i64,
    review_seconds: i64,
    timed_fund_fen: i64,
}

/// What a transaction decides, by rule and version, in the order in which it is written.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(BTreeMap<(String, u32), Change>);

impl Outcomes {
    /// A finding as it stands, taken off before a step or added after it: a decision that is taken back no longer counts.
    pub(crate) fn add(&mut self, finding: &Finding, sign: i64) {
        let filed = &finding.filed;
        let sum = self.0.entry((filed.rule_code.clone(), filed.rule_version)).or_default();
        sum.review_seconds += sign * i64::from(finding.review_seconds);
        match finding.state {
            State::Confirmed { owed, .. } => {
                sum.confirmed += sign;
                // Money of findings whose time nobody knows would make the hours look better than they were.
                if finding.is_timed() {
                    sum.timed_fund_fen += sign * filed.fund_for(owed).0;
                }
            }
            State::Dismissed => sum.overturned += sign,
            _ => {}
        }
    }

    /// Writes the changes.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        for ((rule, version), change) in self.0 {
            if change == Change::default() {
                continue;
            }
            let mut upsert = Statement::new(
                "INSERT INTO rule_outcome (rule_code, rule_version, confirmed, overturned, review_seconds, timed_fund_fen) VALUES (",
            );
            upsert
                .bind(rule)
                .and(", ")
                .bind(i64::from(version))
                .and(", ")
                .bind(change.confirmed)
                .and(", ")
                .bind(change.overturned);
            upsert.and(", ").bind(change.review_seconds).and(", ").bind(change.timed_fund_fen);
            upsert.and(
                ") ON CONFLICT (rule_code, rule_version) DO UPDATE SET confirmed = rule_outcome.confirmed + excluded.confirmed, \
                 overturned = rule_outcome.overturned + excluded.overturned, \
                 review_seconds = rule_outcome.review_seconds + excluded.review_seconds, \
                 timed_fund_fen = rule_outcome.timed_fund_fen + excluded.timed_fund_fen",
            );
            tx.execute(&upsert.sql, &upsert.values).await?;
        }
        Ok(())
    }
}
