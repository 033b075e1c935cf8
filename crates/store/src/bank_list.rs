//! Bank lists（到账清单）on disk: what the bank or the treasury says came in, and which payments were found there.

use casework::reconcile::{BankLine, BookedPayment, Match, Reconciled, matched};
use casework::recovery::Debt;
use casework::{Action, Actor, Scope, policy};
use claims::{Day, Fen, Moment};

use crate::Store;
use crate::db::{Row, Statement, Tx};
use crate::debt::seen_by;
use crate::error::StoreError;
use crate::event::{self, New};
use crate::finding::decoded;
use crate::number::next_number;

/// A list as it was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankList {
    /// Year, and number within it.
    pub list_id: String,
    /// Version seen.
    pub version: i64,
    /// Name of its file.
    pub name: String,
    /// First day that it speaks of.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// Who imported it.
    pub imported_by: String,
    /// When.
    pub imported_at: String,
    /// Lines.
    pub lines: i64,
}

/// A list held against what is booked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankView {
    /// The list.
    pub list: BankList,
    /// Its lines.
    pub lines: Vec<BankLine>,
    /// Payments booked here.
    pub paid: Vec<BookedPayment>,
    /// What was found.
    pub found: Reconciled,
}

/// The subject of a list's chain.
pub fn subject(list_id: &str) -> String {
    format!("bank_list:{list_id}")
}

const LIST: &str = "SELECT list_id, version, name, from_day, to_day, imported_by, imported_at, \
                    (SELECT count(*) FROM bank_line l WHERE l.list_id = bank_list.list_id) AS lines FROM bank_list WHERE 1 = 1";

/// Lists name payers of everywhere: they are for who imported them and for who sees everything.
fn own(query: &mut Statement, actor: &Actor) {
    if actor.scope != Scope::All {
        query.and(" AND imported_by = ").bind(&actor.user.0);
    }
}

impl Store {
    /// Keeps a list and marks what agrees. Returns its number.
    pub async fn import_bank_list(
        &self,
        actor: &Actor,
        name: &str,
        lines: &[BankLine],
        days: (Day, Day),
        now: Moment,
    ) -> Result<String, StoreError> {
        policy::allow(actor, Action::BookRecovery)?;
        if days.1 < days.0 {
            return Err(casework::Refusal::NotLater { than: days.0 }.into());
        }
        let mut tx = self.db.begin().await?;
        let number = next_number(&mut tx, "bank_list", &actor.user.0, now).await?;
        let sql = "INSERT INTO bank_list (list_id, version, name, from_day, to_day, imported_by, imported_at) \
                   VALUES ($1, 1, $2, $3, $4, $5, $6)";
        let values = [
            number.as_str().into(),
            name.into(),
            days.0.to_string().into(),
            days.1.to_string().into(),
            actor.user.0.as_str().into(),
            now.to_string().into(),
        ];
        tx.execute(sql, &values).await?;
        for line in lines {
            let sql = "INSERT INTO bank_line (list_id, line, on_day, payer, receipt, amount_fen, fund) VALUES ($1, $2, $3, $4, $5, $6, $7)";
            let values = [
                number.as_str().into(),
                line.row.into(),
                line.on.to_string().into(),
                line.payer.as_str().into(),
                line.receipt.as_str().into(),
                line.amount.0.into(),
                line.fund.as_str().into(),
            ];
            tx.execute(sql, &values).await?;
        }
        let paid = payments(&mut tx, actor).await?;
        mark(&mut tx, &number, lines, &paid, days, (actor, "bank_list_imported"), now).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// Holds a list against what is booked by now, and marks what agrees.
    pub async fn reconcile(&self, list_id: &str, seen: i64, actor: &Actor, now: Moment) -> Result<(), StoreError> {
        policy::allow(actor, Action::BookRecovery)?;
        let list = self.bank_list(list_id, actor).await?;
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE bank_list SET version = version + 1 WHERE list_id = $1 AND version = $2";
        if tx.execute(sql, &[list_id.into(), seen.into()]).await? == 0 {
            return Err(StoreError::Stale);
        }
        let (lines, paid) = (lines_of(&mut tx, list_id).await?, payments(&mut tx, actor).await?);
        mark(&mut tx, list_id, &lines, &paid, (list.from, list.to), (actor, "bank_list_reconciled"), now).await?;
        tx.commit().await
    }

    /// The lists that an actor may see, the latest first.
    pub async fn bank_lists(&self, actor: &Actor, most: i64) -> Result<Vec<BankList>, StoreError> {
        let mut query = Statement::new(LIST);
        own(&mut query, actor);
        query.and(" ORDER BY imported_at DESC, list_id DESC LIMIT ").bind(most);
        self.db.rows(&query.sql, &query.values).await?.iter().map(bank_list).collect()
    }

    async fn bank_list(&self, list_id: &str, actor: &Actor) -> Result<BankList, StoreError> {
        let mut query = Statement::new(LIST);
        query.and(" AND list_id = ").bind(list_id);
        own(&mut query, actor);
        bank_list(&self.db.row(&query.sql, &query.values).await?.ok_or(StoreError::NotFound)?)
    }

    /// A list, held against what is booked now.
    pub async fn bank_view(&self, list_id: &str, actor: &Actor) -> Result<BankView, StoreError> {
        let list = self.bank_list(list_id, actor).await?;
        let mut tx = self.db.begin_reading().await?;
        let (lines, paid) = (lines_of(&mut tx, list_id).await?, payments(&mut tx, actor).await?);
        let found = matched(list_id, &lines, &paid, list.from, list.to);
        Ok(BankView { list, lines, paid, found })
    }
}

/// Marks the payments that a list agrees with.
async fn mark(
    tx: &mut Tx,
    list_id: &str,
    lines: &[BankLine],
    paid: &[BookedPayment],
    (from, to): (Day, Day),
    (actor, kind): (&Actor, &str),
    now: Moment,
) -> Result<(), StoreError> {
    let found = matched(list_id, lines, paid, from, to);
    let agreed = found.lines.iter().filter(|(outcome, _)| *outcome == Match::Agrees).flat_map(|(_, numbers)| numbers);
    let mut marked = Vec::new();
    for payment in agreed.filter_map(|number| paid.get(*number)).filter(|payment| payment.reconciled.is_none()) {
        let sql = "UPDATE posting_entry SET reconciled = $1 WHERE debt_id = $2 AND posting = $3 AND fund = $4 AND account = 'paid' \
                   AND reconciled IS NULL";
        let posting = i64::try_from(payment.posting).unwrap_or(i64::MAX);
        let values = [list_id.into(), payment.debt_id.as_str().into(), posting.into(), payment.fund.as_str().into()];
        if tx.execute(sql, &values).await? > 0 {
            marked.push((payment.debt_id.as_str(), posting, payment.fund.as_str()));
        }
    }
    let body = serde_json::json!({ "lines": lines.len(), "marked": marked }).to_string();
    event::append(tx, New { subject: subject(list_id), actor: &actor.user.0, kind, body }, now).await
}

async fn lines_of(tx: &mut Tx, list_id: &str) -> Result<Vec<BankLine>, StoreError> {
    let sql = "SELECT line, on_day, payer, receipt, amount_fen, fund FROM bank_line WHERE list_id = $1 ORDER BY line";
    let line = |row: &Row| {
        Ok(BankLine {
            row: row.int("line")?,
            on: day(row, "on_day")?,
            payer: row.text("payer")?,
            receipt: row.text("receipt")?,
            amount: Fen(row.int("amount_fen")?),
            fund: row.text("fund")?,
        })
    };
    tx.rows(sql, &[list_id.into()]).await?.iter().map(line).collect()
}

/// Payments that stand, of all debts that the actor may see.
async fn payments(tx: &mut Tx, actor: &Actor) -> Result<Vec<BookedPayment>, StoreError> {
    let mut query = Statement::new(
        "SELECT e.debt_id AS debt_id, e.posting AS posting, e.fund AS fund, e.reconciled AS reconciled, d.detail AS detail \
         FROM posting_entry e JOIN debt d ON d.debt_id = e.debt_id WHERE e.account = 'paid' AND e.means = 'payment'",
    );
    seen_by(&mut query, actor);
    query.and(" ORDER BY e.debt_id, e.posting, e.fund");
    let mut all = Vec::new();
    let mut known: Option<(String, Debt)> = None;
    for row in tx.rows(&query.sql, &query.values).await? {
        let debt_id = row.text("debt_id")?;
        if known.as_ref().is_none_or(|(id, _)| *id != debt_id) {
            let debt = decoded("debt", &debt_id, &row.text("detail")?)?;
            known = Some((debt_id.clone(), debt));
        }
        let (posting, fund) = (usize::try_from(row.int("posting")?).unwrap_or_default(), row.text("fund")?);
        let received = known.as_ref().map(|(_, debt)| debt.received()).unwrap_or_default();
        // What was taken back does not stand.
        let Some(one) = received.into_iter().find(|one| one.posting == posting && one.fund == fund) else { continue };
        all.push(BookedPayment {
            debt_id,
            posting,
            on: one.on,
            payer: one.payer,
            receipt: one.receipt,
            fund,
            amount: Fen(one.amount_fen),
            reconciled: row.maybe_text("reconciled")?,
        });
    }
    Ok(all)
}

fn bank_list(row: &Row) -> Result<BankList, StoreError> {
    Ok(BankList {
        list_id: row.text("list_id")?,
        version: row.int("version")?,
        name: row.text("name")?,
        from: day(row, "from_day")?,
        to: day(row, "to_day")?,
        imported_by: row.text("imported_by")?,
        imported_at: row.text("imported_at")?,
        lines: row.int("lines")?,
    })
}

fn day(row: &Row, column: &'static str) -> Result<Day, StoreError> {
    let text = row.text(column)?;
    Day::parse(&text).ok_or_else(|| StoreError::garbled("bank_list", &text, &"不是日期"))
}
