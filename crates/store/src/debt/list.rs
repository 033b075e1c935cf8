//! What the ledger shows: debts that an actor may see, sums by account and fund, ages.

use casework::recovery::{Age, Debt, DebtState, ages};
use casework::self_refund::Origin;
use casework::{Actor, Role};
use claims::{Day, Fen};

use super::{Balance, DebtLine, kept};
use crate::Store;
use crate::db::{Row, Statement};
use crate::error::StoreError;
use crate::finding::{Versioned, within};

/// Which debts a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DebtFilter {
    /// Only those with which something is still to be done: outstanding, undetermined, or owed back.
    pub open: bool,
    /// Institution.
    pub institution: Option<String>,
    /// What became of the money.
    pub state: Option<DebtState>,
}

const LINE: &str = "SELECT debt_id, version, fixmedins_code, institution, rule_code, opened_on, due, claimed_fen, outstanding_fen, state, \
                    origin, credit_fen FROM debt WHERE 1 = 1";

impl Store {
    /// A debt, if there is money in it and the actor may see it.
    pub async fn debt(&self, id: &str, actor: &Actor) -> Result<Versioned<Debt>, StoreError> {
        let mut query = Statement::new("SELECT debt_id, version, detail FROM debt WHERE detail <> '' AND debt_id = ");
        query.bind(id);
        seen_by(&mut query, actor);
        let row = self.db.row(&query.sql, &query.values).await?.ok_or(StoreError::NotFound)?;
        kept(&row, id)
    }

    /// A debt as the ledger lists it, whatever became of its money.
    pub async fn debt_line(&self, id: &str, actor: &Actor) -> Result<DebtLine, StoreError> {
        let mut query = Statement::new(LINE);
        query.and(" AND debt_id = ").bind(id);
        seen_by(&mut query, actor);
        debt_line(&self.db.row(&query.sql, &query.values).await?.ok_or(StoreError::NotFound)?)
    }

    /// Debts, the overdue first; with `open`, only those that are not settled.
    pub async fn debts(
        &self,
        actor: &Actor,
        open: bool,
        institution: Option<&str>,
        most: i64,
    ) -> Result<Vec<DebtLine>, StoreError> {
        let filter = DebtFilter { open, institution: institution.map(str::to_owned), state: None };
        self.debt_page(actor, &filter, 0, most).await
    }

    /// A page of debts: the overdue first, then what is to be determined, what is to go back, and what is settled.
    pub async fn debt_page(&self, actor: &Actor, filter: &DebtFilter, skip: i64, most: i64) -> Result<Vec<DebtLine>, StoreError> {
        let mut query = Statement::new(LINE);
        filtered(&mut query, actor, filter);
        query.and(
            " ORDER BY CASE WHEN outstanding_fen > 0 THEN 0 WHEN state = 'undetermined' THEN 1 WHEN credit_fen > 0 THEN 2 ELSE 3 END, \
             due, debt_id LIMIT ",
        );
        query.bind(most).and(" OFFSET ").bind(skip);
        self.db.rows(&query.sql, &query.values).await?.iter().map(debt_line).collect()
    }

    /// How many debts a list has in all.
    pub async fn count_debts(&self, actor: &Actor, filter: &DebtFilter) -> Result<i64, StoreError> {
        let mut query = Statement::new("SELECT count(*) AS debts FROM debt WHERE 1 = 1");
        filtered(&mut query, actor, filter);
        self.db.row(&query.sql, &query.values).await?.map_or(Ok(0), |row| row.int("debts"))
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

    /// 账龄: what is outstanding of all debts that the actor may see, each instalment by itself.
    pub async fn debt_ages(&self, actor: &Actor, today: Day) -> Result<Vec<Age>, StoreError> {
        let mut query = Statement::new(
            "SELECT p.due AS day, CAST(sum(p.amount_fen) AS BIGINT) AS amount, count(*) AS parts FROM due_part p \
             JOIN debt d ON d.debt_id = p.debt_id WHERE 1 = 1",
        );
        seen_by(&mut query, actor);
        query.and(" GROUP BY p.due");
        let mut left = Vec::new();
        for row in self.db.rows(&query.sql, &query.values).await? {
            let day = row.text("day")?;
            let due = Day::parse(&day).ok_or_else(|| StoreError::garbled("due_part", &day, &"不是日期"))?;
            left.push((due, Fen(row.int("amount")?), row.int("parts")?));
        }
        Ok(ages(&left, today))
    }
}

fn filtered(query: &mut Statement, actor: &Actor, filter: &DebtFilter) {
    seen_by(query, actor);
    if filter.open {
        query.and(" AND (outstanding_fen > 0 OR credit_fen > 0 OR state = 'undetermined')");
    }
    if let Some(code) = &filter.institution {
        query.and(" AND fixmedins_code = ").bind(code);
    }
    if let Some(state) = filter.state {
        query.and(" AND state = ").bind(state.name());
    }
}

/// A debt is known to its institution by its nature: it was told before it was decided.
pub(crate) fn seen_by(query: &mut Statement, actor: &Actor) {
    let staff = Actor { role: Role::Auditor, ..actor.clone() };
    within(query, &staff);
}

fn debt_line(row: &Row) -> Result<DebtLine, StoreError> {
    let id = row.text("debt_id")?;
    let (state, origin) = (row.text("state")?, row.text("origin")?);
    let garbled = |what: &str| StoreError::garbled("debt", &id, &format!("没有“{what}”"));
    Ok(DebtLine {
        version: row.int("version")?,
        state: DebtState::of(&state).ok_or_else(|| garbled(&state))?,
        origin: Origin::of(&origin).ok_or_else(|| garbled(&origin))?,
        fixmedins_code: row.text("fixmedins_code")?,
        institution: row.text("institution")?,
        rule_code: row.text("rule_code")?,
        opened_on: row.text("opened_on")?,
        due: row.maybe_text("due")?.as_deref().and_then(Day::parse),
        claimed_fen: row.int("claimed_fen")?,
        outstanding_fen: row.int("outstanding_fen")?,
        credit_fen: row.int("credit_fen")?,
        debt_id: id,
    })
}
