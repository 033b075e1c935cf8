//! Counted（计入通报的疑点）: findings with the lines that they charge, for reports that count every line once.

use casework::{Actor, Finding, Sheet, State};

use crate::Store;
use crate::db::{Row, Statement};
use crate::error::StoreError;
use crate::filter::{Filter, filtered};
use crate::finding::{decoded, within};

/// A finding as reports count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Finding.
    pub finding_id: String,
    /// Rule.
    pub rule_code: String,
    /// Institution; empty where the finding names none.
    pub fixmedins_code: String,
    /// Its name.
    pub institution: String,
    /// Visit.
    pub mdtrt_id: Option<String>,
    /// What stands of the amount, in fen: nothing where the stay was paid by case or day.
    pub amount_fen: i64,
    /// What of it the funds paid, in fen.
    pub fund_fen: i64,
    /// Lines with what stands of each and what the funds paid of that, in fen.
    pub lines: Vec<(String, i64, i64)>,
}

impl Store {
    /// All findings that meet a filter, with their lines. Words are not asked for: reports know none.
    pub async fn counted(&self, actor: &Actor, filter: &Filter) -> Result<Vec<Counted>, StoreError> {
        let mut query = Statement::new(
            "SELECT f.finding_id AS finding_id, f.rule_code AS rule_code, coalesce(f.fixmedins_code, '') AS fixmedins_code, \
             f.institution AS institution, f.mdtrt_id AS mdtrt_id, f.detail AS detail, s.body AS body \
             FROM finding f JOIN sheet s ON s.finding_id = f.finding_id AND s.digest = f.digest WHERE 1 = 1",
        );
        within(&mut query, actor);
        filtered(&mut query, &Filter { words: None, ..filter.clone() });
        query.and(" ORDER BY f.finding_id");
        self.db.rows(&query.sql, &query.values).await?.iter().map(counted).collect()
    }
}

fn counted(row: &Row) -> Result<Counted, StoreError> {
    let finding_id = row.text("finding_id")?;
    let sheet: Sheet = decoded("sheet", &finding_id, &row.secret("body")?)?;
    let finding: Finding = decoded("finding", &finding_id, &row.secret("detail")?)?;
    let stands = if let State::Confirmed { owed, .. } = finding.state { owed } else { finding.filed.amount() };
    let (amount_fen, fund_fen, lines) = sheet.standing(&finding.filed, stands);
    Ok(Counted {
        rule_code: row.text("rule_code")?,
        fixmedins_code: row.text("fixmedins_code")?,
        institution: row.text("institution")?,
        mdtrt_id: row.maybe_text("mdtrt_id")?,
        amount_fen,
        fund_fen,
        lines: lines.into_iter().map(|line| (line.line_id, line.excess, line.fund.unwrap_or_default())).collect(),
        finding_id,
    })
}
