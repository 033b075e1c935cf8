//! Debts（追回台账）on disk: what a decision asks of an institution, every movement of it, and what is booked on single lines.

use casework::line_ledger::{Asked, Booked, LineLedger};
use casework::recovery::{Account, Debt, Instalment, Means, Refused};
use casework::sheet::Sheet;
use casework::{Action, Actor, Finding, policy};
use claims::{Day, Fen, Moment};

use crate::Store;
use crate::db::{Row, Statement, Tx};
use crate::error::StoreError;
use crate::event::{self, New};
use crate::finding::{Clocks, Versioned, decoded, encoded, within};

/// A debt as the ledger lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebtLine {
    /// Its id: that of the finding it comes from.
    pub debt_id: String,
    /// Version seen.
    pub version: i64,
    /// Institution.
    pub fixmedins_code: String,
    /// Its name.
    pub institution: String,
    /// Rule.
    pub rule_code: String,
    /// Day of the decision.
    pub opened_on: String,
    /// Last day of the next instalment that is not paid.
    pub due: Option<Day>,
    /// Asked for, in fen.
    pub claimed_fen: i64,
    /// Not received, in fen.
    pub outstanding_fen: i64,
}

/// What stands on the accounts of all debts that an actor may see, by fund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Account as the ledger names it.
    pub account: String,
    /// Fund.
    pub fund: String,
    /// Balance, in fen.
    pub amount_fen: i64,
}

/// Why a movement was not booked.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It cannot be.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// The actor may not.
    #[error("{0}")]
    NotPermitted(#[from] casework::Refusal),
    /// It could not be kept.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// The subject of a debt's chain.
pub fn subject(debt_id: &str) -> String {
    format!("debt:{debt_id}")
}

/// Opens the debt that a confirmed finding leads to: the funds' part, line by line up to what is not booked on the line yet.
pub(crate) async fn open(tx: &mut Tx, finding: &Finding, owed: Fen, clocks: &Clocks, now: Moment) -> Result<(), StoreError> {
    let filed = &finding.filed;
    let (id, Some(code)) = (filed.finding_id.as_str(), filed.fixmedins_code.as_deref()) else { return Ok(()) };
    let sql = "SELECT body FROM sheet WHERE finding_id = $1 AND digest = $2";
    let row = tx.row(sql, &[id.into(), filed.digest.as_str().into()]).await?.ok_or(StoreError::NotFound)?;
    let sheet: Sheet = decoded("sheet", id, &row.secret("body")?)?;
    let asked = sheet.asked(filed, owed);
    let booked = book_lines(tx, id, &asked).await?;
    // Where no line is named, the amount stands on the visit as a whole.
    let amount = if asked.is_empty() { filed.fund_for(owed) } else { booked.iter().map(|line| line.amount).sum() };
    let body = serde_json::json!({
        "asked_fen": filed.fund_for(owed).0,
        "booked_fen": amount.0,
        "before": booked.iter().filter(|line| !line.before.is_empty()).map(|line| (&line.line_id, &line.before)).collect::<Vec<_>>(),
    });
    let new = New { subject: subject(id), actor: "", kind: "debt_opened", body: body.to_string() };
    event::append(tx, new, now).await?;
    let parts = filed.split_by_fund(amount);
    if parts.is_empty() {
        return Ok(());
    }
    let today = now.day();
    let due = clocks.calendar.after(today, clocks.limits.of(&filed.region).refund);
    let debt = Debt::new(&parts, today, due).map_err(|refused| StoreError::Unfit(refused.to_string()))?;
    let sql = "INSERT INTO debt (debt_id, version, fixmedins_code, institution, region, rule_code, opened_on, due, claimed_fen, \
               outstanding_fen, detail) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = [
        id.into(),
        code.into(),
        sheet.institution.as_str().into(),
        filed.region.as_str().into(),
        filed.rule_code.as_str().into(),
        today.to_string().into(),
        next_due(&debt).into(),
        amount.0.into(),
        debt.outstanding().0.into(),
        encoded(&debt).into(),
    ];
    tx.execute(sql, &values).await?;
    post(tx, id, &debt, 0).await
}

/// Books lines, one decision at a time: the turn is held until the transaction ends, so that two decisions on one line see each other.
async fn book_lines(tx: &mut Tx, decision: &str, asked: &[Asked]) -> Result<Vec<Booked>, StoreError> {
    tx.execute("UPDATE ledger_turn SET taken = taken + 1 WHERE id = 1", &[]).await?;
    let mut ledger = LineLedger::default();
    for chunk in asked.chunks(500) {
        let mut query = Statement::new("SELECT line_id, decision, amount_fen FROM line_booking WHERE line_id IN ");
        query.list(chunk.iter().map(|line| &line.line_id)).and(" ORDER BY line_id, decision");
        for row in tx.rows(&query.sql, &query.values).await? {
            ledger.known(&row.text("line_id")?, &row.text("decision")?, Fen(row.int("amount_fen")?));
        }
    }
    let booked = ledger.book(decision, asked);
    for line in booked.iter().filter(|line| line.amount.is_positive()) {
        let sql = "INSERT INTO line_booking (line_id, decision, amount_fen) VALUES ($1, $2, $3)";
        tx.execute(sql, &[line.line_id.as_str().into(), decision.into(), line.amount.0.into()]).await?;
    }
    Ok(booked)
}

/// The postings from a number on, an entry a row.
async fn post(tx: &mut Tx, id: &str, debt: &Debt, from: usize) -> Result<(), StoreError> {
    for (number, posting) in debt.postings().iter().enumerate().skip(from) {
        for (entry, (account, fund, amount)) in posting.entries.iter().enumerate() {
            let sql = "INSERT INTO posting_entry (debt_id, posting, entry, on_day, means, account, fund, amount_fen) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
            let values = [
                id.into(),
                i64::try_from(number).unwrap_or(i64::MAX).into(),
                i64::try_from(entry).unwrap_or(i64::MAX).into(),
                posting.on.to_string().into(),
                posting.means.name().into(),
                account.name().into(),
                fund.as_str().into(),
                (*amount).into(),
            ];
            tx.execute(sql, &values).await?;
        }
    }
    Ok(())
}

fn next_due(debt: &Debt) -> Option<String> {
    debt.next_due().map(|day| day.to_string())
}

impl Store {
    /// A debt, if the actor may see it.
    pub async fn debt(&self, id: &str, actor: &Actor) -> Result<Versioned<Debt>, StoreError> {
        let mut query = Statement::new("SELECT debt_id, version, detail, 1 AS told FROM debt WHERE debt_id = ");
        query.bind(id);
        seen_by(&mut query, actor);
        let row = self.db.row(&query.sql, &query.values).await?.ok_or(StoreError::NotFound)?;
        let value = decoded("debt", id, &row.text("detail")?)?;
        Ok(Versioned { value, version: row.int("version")? })
    }

    /// Debts, the overdue first; with `open`, only those that are not settled.
    pub async fn debts(
        &self,
        actor: &Actor,
        open: bool,
        institution: Option<&str>,
        most: i64,
    ) -> Result<Vec<DebtLine>, StoreError> {
        let mut query = Statement::new(
            "SELECT debt_id, version, fixmedins_code, institution, rule_code, opened_on, due, claimed_fen, outstanding_fen \
             FROM debt WHERE 1 = 1",
        );
        seen_by(&mut query, actor);
        if open {
            query.and(" AND outstanding_fen > 0");
        }
        if let Some(code) = institution {
            query.and(" AND fixmedins_code = ").bind(code);
        }
        query.and(" ORDER BY CASE WHEN outstanding_fen > 0 THEN 0 ELSE 1 END, due, debt_id LIMIT ").bind(most);
        self.db.rows(&query.sql, &query.values).await?.iter().map(debt_line).collect()
    }

    /// What stands on each account, by fund, over all debts that the actor may see.
    pub async fn balances(&self, actor: &Actor) -> Result<Vec<Balance>, StoreError> {
        let mut query = Statement::new(
            "SELECT e.account AS account, e.fund AS fund, CAST(sum(e.amount_fen) AS BIGINT) AS amount FROM posting_entry e \
             JOIN debt d ON d.debt_id = e.debt_id WHERE 1 = 1",
        );
        seen_by(&mut query, actor);
        query.and(" GROUP BY e.account, e.fund ORDER BY e.fund, e.account");
        let balance =
            |row: &Row| Ok(Balance { account: row.text("account")?, fund: row.text("fund")?, amount_fen: row.int("amount")? });
        self.db.rows(&query.sql, &query.values).await?.iter().map(balance).collect()
    }

    /// Books a movement: money that came in, was set off, is given up, or is taken back.
    pub async fn book(
        &self,
        id: &str,
        seen: i64,
        actor: &Actor,
        amount: Fen,
        means: Means,
        now: Moment,
    ) -> Result<(), BookError> {
        let waiver = matches!(means, Means::Waiver { .. });
        policy::allow(actor, if waiver { Action::WaiveRecovery } else { Action::BookRecovery })?;
        let debt = self.debt(id, actor).await?;
        let kind = means.name();
        let body = serde_json::json!({ "amount_fen": amount.0, "means": &means }).to_string();
        let after = debt.value.book(amount, means, now.day())?;
        self.save_debt(id, &debt, seen, &after, actor, kind, body, now).await?;
        Ok(())
    }

    /// Agrees on instalments of what is left.
    pub async fn plan(&self, id: &str, seen: i64, actor: &Actor, plan: Vec<Instalment>, now: Moment) -> Result<(), BookError> {
        policy::allow(actor, Action::BookRecovery)?;
        let debt = self.debt(id, actor).await?;
        let body = encoded(&plan);
        let after = debt.value.in_instalments(plan)?;
        self.save_debt(id, &debt, seen, &after, actor, "planned", body, now).await?;
        Ok(())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a movement is who, what, when and over which version; a struct would be used once"
    )]
    async fn save_debt(
        &self,
        id: &str,
        before: &Versioned<Debt>,
        seen: i64,
        after: &Debt,
        actor: &Actor,
        kind: &str,
        body: String,
        now: Moment,
    ) -> Result<(), StoreError> {
        if seen != before.version {
            return Err(StoreError::Stale);
        }
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE debt SET version = version + 1, due = $1, outstanding_fen = $2, detail = $3 WHERE debt_id = $4 AND version = $5";
        let values =
            [next_due(after).into(), after.outstanding().0.into(), encoded(after).into(), id.into(), before.version.into()];
        if tx.execute(sql, &values).await? == 0 {
            return Err(StoreError::Stale);
        }
        post(&mut tx, id, after, before.value.postings().len()).await?;
        event::append(&mut tx, New { subject: subject(id), actor: &actor.user.0, kind, body }, now).await?;
        tx.commit().await
    }

    /// What is booked on a line in all, in fen.
    pub async fn booked_on_line(&self, line_id: &str) -> Result<i64, StoreError> {
        let sql = "SELECT CAST(coalesce(sum(amount_fen), 0) AS BIGINT) AS amount FROM line_booking WHERE line_id = $1";
        self.db.row(sql, &[line_id.into()]).await?.map_or(Ok(0), |row| row.int("amount"))
    }
}

/// A debt is known to its institution by its nature: it was told before it was decided.
fn seen_by(query: &mut Statement, actor: &Actor) {
    let staff = Actor { role: casework::Role::Auditor, ..actor.clone() };
    within(query, &staff);
}

fn debt_line(row: &Row) -> Result<DebtLine, StoreError> {
    Ok(DebtLine {
        debt_id: row.text("debt_id")?,
        version: row.int("version")?,
        fixmedins_code: row.text("fixmedins_code")?,
        institution: row.text("institution")?,
        rule_code: row.text("rule_code")?,
        opened_on: row.text("opened_on")?,
        due: row.maybe_text("due")?.as_deref().and_then(Day::parse),
        claimed_fen: row.int("claimed_fen")?,
        outstanding_fen: row.int("outstanding_fen")?,
    })
}

/// The accounts that a debt's money can stand on.
pub const ACCOUNTS: [Account; 5] = [Account::Claimed, Account::Outstanding, Account::Paid, Account::Offset, Account::Waived];
