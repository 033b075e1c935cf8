//! Tally（计数）: how many findings of each kind there are, and their sums, kept in the transaction of every step.
//!
//! Counting a million rows for every page would take longer than the page. What is counted here is what lists, tabs and reports ask for
//! most: institution, rule, state, grade, whose it is, whether it is put off, told, or differs.

use std::collections::BTreeMap;

use casework::Finding;
use casework::sheet::Sheet;

use crate::db::{Row, Statement, Tx, Value};
use crate::error::StoreError;
use crate::rule_outcome::Outcomes;

/// What a kind is known by, in the order of the table's key: text as it stands, numbers as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    fixmedins_code: String,
    rule_code: String,
    state: String,
    grade: String,
    assignee: String,
    snoozed_until: String,
    told: i64,
    differs: i64,
    region: String,
}

/// What findings of a month of service are counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct OfMonth {
    fixmedins_code: String,
    month: String,
    state: String,
    told: i64,
    region: String,
}

/// What is added to a kind.
#[derive(Clone, Debug, Default)]
struct Change {
    institution: String,
    rule_name: String,
    closed: i64,
    sums: Sums,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    findings: i64,
    amount_fen: i64,
    fund_fen: i64,
    index_fen: i64,
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.findings += other.findings;
        self.amount_fen += other.amount_fen;
        self.fund_fen += other.fund_fen;
        self.index_fen += other.index_fen;
    }

    fn cells(self) -> [Value; 4] {
        [self.findings.into(), self.amount_fen.into(), self.fund_fen.into(), self.index_fen.into()]
    }
}

/// Changes of a transaction. They are written at its end in the order of their keys, so that no two transactions wait for each other.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    kinds: BTreeMap<Kind, Change>,
    /// By month: whether it is closed, and the sums.
    months: BTreeMap<OfMonth, (i64, Sums)>,
    /// What is decided on rules.
    pub(crate) outcomes: Outcomes,
}

const SELECT: &str = "SELECT region, coalesce(fixmedins_code, '') AS fixmedins_code, institution, rule_code, rule_name, grade, state, \
                      closed, told, coalesce(assignee, '') AS assignee, coalesce(snoozed_until, '') AS snoozed_until, differs, \
                      substr(occurred_on, 1, 7) AS month, amount_fen, fund_fen, index_fen FROM finding WHERE finding_id = $1";

impl Tally {
    /// A finding as it stands in the database, taken off before a step or added after it.
    pub(crate) async fn count(&mut self, tx: &mut Tx, finding_id: &str, sign: i64) -> Result<(), StoreError> {
        if let Some(row) = tx.row(SELECT, &[finding_id.into()]).await? {
            self.add_row(&row, sign)?;
        }
        Ok(())
    }

    fn add_row(&mut self, row: &Row, sign: i64) -> Result<(), StoreError> {
        let kind = Kind {
            fixmedins_code: row.text("fixmedins_code")?,
            rule_code: row.text("rule_code")?,
            state: row.text("state")?,
            grade: row.text("grade")?,
            assignee: row.text("assignee")?,
            snoozed_until: row.text("snoozed_until")?,
            told: row.int("told")?,
            differs: row.int("differs")?,
            region: row.text("region")?,
        };
        let change = Change {
            institution: row.text("institution")?,
            rule_name: row.text("rule_name")?,
            closed: row.int("closed")?,
            sums: Sums {
                findings: sign,
                amount_fen: sign * row.int("amount_fen")?,
                fund_fen: sign * row.int("fund_fen")?,
                index_fen: sign * row.int("index_fen")?,
            },
        };
        self.add(kind, row.text("month")?, change);
        Ok(())
    }

    /// A new finding.
    pub(crate) fn new_finding(&mut self, finding: &Finding, sheet: &Sheet) {
        let filed = &finding.filed;
        let kind = Kind {
            fixmedins_code: filed.fixmedins_code.clone().unwrap_or_default(),
            rule_code: filed.rule_code.clone(),
            state: finding.state.name().to_owned(),
            grade: sheet.grade.clone(),
            assignee: String::new(),
            snoozed_until: String::new(),
            told: 0,
            differs: 0,
            region: filed.region.clone(),
        };
        let change = Change {
            institution: sheet.institution.clone(),
            rule_name: sheet.rule_name.clone(),
            closed: 0,
            sums: Sums {
                findings: 1,
                amount_fen: filed.amount_fen,
                fund_fen: filed.fund_amount().0,
                index_fen: sheet.index_fen(filed),
            },
        };
        self.add(kind, filed.occurred_on.month(), change);
    }

    fn add(&mut self, kind: Kind, month: String, change: Change) {
        let of_month = OfMonth {
            fixmedins_code: kind.fixmedins_code.clone(),
            month,
            state: kind.state.clone(),
            told: kind.told,
            region: kind.region.clone(),
        };
        let (closed, sums) = self.months.entry(of_month).or_default();
        *closed = change.closed;
        sums.add(change.sums);
        let sum = self.kinds.entry(kind).or_default();
        sum.sums.add(change.sums);
        (sum.closed, sum.institution, sum.rule_name) = (change.closed, change.institution, change.rule_name);
    }

    /// Writes the changes: the last thing that a transaction does.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        let changed: Vec<(Kind, Change)> = self.kinds.into_iter().filter(|(_, change)| change.sums != Sums::default()).collect();
        for chunk in changed.chunks(500) {
            let mut upsert = Statement::new(
                "INSERT INTO tally (fixmedins_code, rule_code, state, grade, assignee, snoozed_until, told, differs, region, institution, \
                 rule_name, closed, findings, amount_fen, fund_fen, index_fen) VALUES ",
            );
            for (number, (kind, change)) in chunk.iter().enumerate() {
                upsert.and(if number > 0 { ", (" } else { "(" });
                let known: [Value; 12] = [
                    kind.fixmedins_code.as_str().into(),
                    kind.rule_code.as_str().into(),
                    kind.state.as_str().into(),
                    kind.grade.as_str().into(),
                    kind.assignee.as_str().into(),
                    kind.snoozed_until.as_str().into(),
                    kind.told.into(),
                    kind.differs.into(),
                    kind.region.as_str().into(),
                    change.institution.as_str().into(),
                    change.rule_name.as_str().into(),
                    change.closed.into(),
                ];
                cells(&mut upsert, known.into_iter().chain(change.sums.cells()));
            }
            upsert.and(
                " ON CONFLICT (fixmedins_code, rule_code, state, grade, assignee, snoozed_until, told, differs, region) DO UPDATE SET \
                 findings = tally.findings + excluded.findings, amount_fen = tally.amount_fen + excluded.amount_fen, \
                 fund_fen = tally.fund_fen + excluded.fund_fen, \
                 index_fen = tally.index_fen + excluded.index_fen, institution = excluded.institution, rule_name = excluded.rule_name",
            );
            tx.execute(&upsert.sql, &upsert.values).await?;
        }
        write_months(self.months, tx).await?;
        self.outcomes.write(tx).await
    }
}

async fn write_months(months: BTreeMap<OfMonth, (i64, Sums)>, tx: &mut Tx) -> Result<(), StoreError> {
    let changed: Vec<(OfMonth, (i64, Sums))> = months.into_iter().filter(|(_, (_, sums))| *sums != Sums::default()).collect();
    for chunk in changed.chunks(500) {
        let mut upsert = Statement::new(
            "INSERT INTO month_tally (fixmedins_code, month, state, told, region, closed, findings, amount_fen, fund_fen, index_fen) VALUES ",
        );
        for (number, (of, (closed, sums))) in chunk.iter().enumerate() {
            upsert.and(if number > 0 { ", (" } else { "(" });
            let known: [Value; 6] = [
                of.fixmedins_code.as_str().into(),
                of.month.as_str().into(),
                of.state.as_str().into(),
                of.told.into(),
                of.region.as_str().into(),
                (*closed).into(),
            ];
            cells(&mut upsert, known.into_iter().chain(sums.cells()));
        }
        upsert.and(
            " ON CONFLICT (fixmedins_code, month, state, told, region) DO UPDATE SET \
             findings = month_tally.findings + excluded.findings, amount_fen = month_tally.amount_fen + excluded.amount_fen, \
             fund_fen = month_tally.fund_fen + excluded.fund_fen, index_fen = month_tally.index_fen + excluded.index_fen",
        );
        tx.execute(&upsert.sql, &upsert.values).await?;
    }
    Ok(())
}

/// The cells of a row, and its closing bracket.
fn cells(upsert: &mut Statement, cells: impl Iterator<Item = Value>) {
    for (place, cell) in cells.enumerate() {
        upsert.and(if place > 0 { ", " } else { "" }).bind(cell);
    }
    upsert.and(")");
}
