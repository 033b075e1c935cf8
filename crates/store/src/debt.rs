//! Debts（追回台账）on disk: what a decision asks of an institution, every movement of it, and what is booked on single lines.

use casework::line_ledger::Booked;
use casework::recovery::{Account, Debt, DebtState, Instalment, Means, Refused};
use casework::self_refund::Origin;
use casework::sheet::Sheet;
use casework::{Action, Actor, Filed, Finding, policy};
use claims::{Day, Fen, Moment};

use crate::Store;
use crate::db::{Row, Tx};
use crate::error::StoreError;
use crate::event::{self, New};
use crate::finding::{Clocks, Versioned, decoded, encoded};

mod determine;
mod earlier;
mod lines;
mod list;
mod lower;
mod paper;
mod self_refund;

pub use list::DebtFilter;
pub(crate) use list::seen_by;
pub(crate) use lower::corrected;

/// A debt as the ledger lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DebtLine {
    /// Its id: that of the finding it comes from, or its own number.
    pub debt_id: String,
    /// Version seen.
    pub version: i64,
    /// What became of the money.
    pub state: DebtState,
    /// What it comes from.
    pub origin: Origin,
    /// Institution.
    pub fixmedins_code: String,
    /// Its name.
    pub institution: String,
    /// Rule; empty where it comes from none.
    pub rule_code: String,
    /// Day of the decision.
    pub opened_on: String,
    /// Last day of the next instalment that is not paid.
    pub due: Option<Day>,
    /// Asked for, in fen.
    pub claimed_fen: i64,
    /// Not received, in fen.
    pub outstanding_fen: i64,
    /// Owed back to the institution, in fen.
    pub credit_fen: i64,
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

/// The subject of a debt's chain, and of the papers that belong to it.
pub fn subject(debt_id: &str) -> String {
    format!("debt:{debt_id}")
}

/// Whom a debt is about, and what it comes from.
struct Head<'a> {
    id: &'a str,
    fixmedins_code: &'a str,
    institution: &'a str,
    region: &'a str,
    rule_code: &'a str,
    origin: Origin,
}

/// Opens the debt that a confirmed finding leads to: the funds' part, line by line up to what is not booked on the line yet. Every
/// confirmed finding gets its row, also where nothing is asked, so that each can be seen with the reason.
pub(crate) async fn open(tx: &mut Tx, finding: &Finding, owed: Fen, clocks: &Clocks, now: Moment) -> Result<(), StoreError> {
    let filed = &finding.filed;
    let (id, Some(code)) = (filed.finding_id.as_str(), filed.fixmedins_code.as_deref()) else { return Ok(()) };
    let sheet = sheet_of(tx, filed).await?;
    let asked = sheet.asked(filed, owed);
    let booked = lines::book(tx, id, &asked).await?;
    // Where no line is named, the amount stands on the visit as a whole.
    let amount = if asked.is_empty() { filed.fund_for(owed) } else { booked.iter().map(|line| line.amount).sum() };
    let state = match amount {
        amount if amount.is_positive() => DebtState::Claimed,
        _ if owed.is_positive() && sheet.is_undetermined(filed) => DebtState::Undetermined,
        _ if asked.iter().any(|line| line.amount.is_positive()) => DebtState::BookedBefore,
        _ => DebtState::NoFund,
    };
    let body = serde_json::json!({
        "asked_fen": filed.fund_for(owed).0, "booked_fen": amount.0, "state": state.name(), "before": before(&booked),
    });
    event::append(tx, New { subject: subject(id), actor: "", kind: "debt_opened", body: body.to_string() }, now).await?;
    let head = Head {
        id,
        fixmedins_code: code,
        institution: &sheet.institution,
        region: &filed.region,
        rule_code: &filed.rule_code,
        origin: Origin::Finding,
    };
    enter(tx, &head, state, &filed.split_by_fund(amount), clocks, now).await
}

pub(crate) async fn sheet_of(tx: &mut Tx, filed: &Filed) -> Result<Sheet, StoreError> {
    let sql = "SELECT body FROM sheet WHERE finding_id = $1 AND digest = $2";
    let id = filed.finding_id.as_str();
    let row = tx.row(sql, &[id.into(), filed.digest.as_str().into()]).await?.ok_or(StoreError::NotFound)?;
    decoded("sheet", id, &row.secret("body")?)
}

/// Lines on which others came first, with what each of them booked.
fn before(booked: &[Booked]) -> Vec<(&String, &Vec<(String, Fen)>)> {
    booked.iter().filter(|line| !line.before.is_empty()).map(|line| (&line.line_id, &line.before)).collect()
}

/// Writes the row of a debt. One that was withdrawn before is claimed again, and what came back then counts.
async fn enter(
    tx: &mut Tx,
    head: &Head<'_>,
    state: DebtState,
    parts: &[(String, i64)],
    clocks: &Clocks,
    now: Moment,
) -> Result<(), StoreError> {
    let today = now.day();
    let due = clocks.calendar.after(today, clocks.limits.of(head.region).refund);
    let unfit = |refused: Refused| StoreError::Unfit(refused.to_string());
    let known = tx.row("SELECT version, detail FROM debt WHERE debt_id = $1", &[head.id.into()]).await?;
    if let Some(known) = known {
        let (version, detail) = (known.int("version")?, known.text("detail")?);
        let kept: Option<Debt> = if detail.is_empty() { None } else { Some(decoded("debt", head.id, &detail)?) };
        let from = kept.as_ref().map_or(0, |debt| debt.postings().len());
        let debt = match (&kept, parts.is_empty()) {
            (_, true) => return keep_state(tx, head.id, version, state).await,
            (Some(debt), false) => debt.claim_again(parts, today, due).map_err(unfit)?,
            (None, false) => Debt::new(parts, today, due).map_err(unfit)?,
        };
        return keep(tx, head.id, version, state, &debt, from).await;
    }
    insert(tx, head, state, today).await?;
    if parts.is_empty() {
        return Ok(());
    }
    let debt = Debt::new(parts, today, due).map_err(unfit)?;
    keep(tx, head.id, 0, state, &debt, 0).await
}

/// A row without money, under version 0 until its money is there.
async fn insert(tx: &mut Tx, head: &Head<'_>, state: DebtState, today: Day) -> Result<(), StoreError> {
    let sql = "INSERT INTO debt (debt_id, version, fixmedins_code, institution, region, rule_code, opened_on, due, claimed_fen, \
               outstanding_fen, detail, state, origin, credit_fen) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, 0, 0, '', $8, $9, 0)";
    let version = i64::from(state != DebtState::Claimed);
    let values = [
        head.id.into(),
        version.into(),
        head.fixmedins_code.into(),
        head.institution.into(),
        head.region.into(),
        head.rule_code.into(),
        today.to_string().into(),
        state.name().into(),
        head.origin.name().into(),
    ];
    tx.execute(sql, &values).await.map(|_| ())
}

async fn keep_state(tx: &mut Tx, id: &str, version: i64, state: DebtState) -> Result<(), StoreError> {
    let sql = "UPDATE debt SET version = version + 1, state = $1 WHERE debt_id = $2 AND version = $3";
    let changed = tx.execute(sql, &[state.name().into(), id.into(), version.into()]).await?;
    if changed == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// Writes a debt over the version that was seen, with its postings from a number on and what is left of its instalments.
async fn keep(tx: &mut Tx, id: &str, version: i64, state: DebtState, debt: &Debt, from: usize) -> Result<(), StoreError> {
    let sql = "UPDATE debt SET version = version + 1, state = $1, due = $2, claimed_fen = $3, outstanding_fen = $4, credit_fen = $5, \
               detail = $6 WHERE debt_id = $7 AND version = $8";
    let values = [
        state.name().into(),
        debt.next_due().map(|day| day.to_string()).into(),
        (-debt.total(Account::Claimed).0).into(),
        debt.outstanding().0.into(),
        debt.credit().0.into(),
        encoded(debt).into(),
        id.into(),
        version.into(),
    ];
    if tx.execute(sql, &values).await? == 0 {
        return Err(StoreError::Stale);
    }
    post(tx, id, debt, from).await?;
    due_parts(tx, id, debt).await
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

/// What is left of each instalment, for the ages of all debts.
async fn due_parts(tx: &mut Tx, id: &str, debt: &Debt) -> Result<(), StoreError> {
    tx.execute("DELETE FROM due_part WHERE debt_id = $1", &[id.into()]).await?;
    for part in debt.left() {
        let sql = "INSERT INTO due_part (debt_id, due, amount_fen) VALUES ($1, $2, $3)";
        tx.execute(sql, &[id.into(), part.due.to_string().into(), part.amount.0.into()]).await?;
    }
    Ok(())
}

impl Store {
    /// Books a movement: money that came in, was set off, is given up, goes back, or is taken back. It is spread over the funds.
    pub async fn book(
        &self,
        id: &str,
        seen: i64,
        actor: &Actor,
        amount: Fen,
        means: Means,
        now: Moment,
    ) -> Result<(), BookError> {
        self.move_money(id, seen, actor, means, now, |debt, means| debt.book(amount, means, now.day())).await
    }

    /// Books a movement where whoever books says what of it is of which fund.
    pub async fn book_by_fund(
        &self,
        id: &str,
        seen: i64,
        actor: &Actor,
        parts: &[(String, i64)],
        means: Means,
        now: Moment,
    ) -> Result<(), BookError> {
        self.move_money(id, seen, actor, means, now, |debt, means| debt.book_parts(parts, means, now.day())).await
    }

    /// 划分基金: tells money without a fund its funds.
    pub async fn name_funds(
        &self,
        id: &str,
        seen: i64,
        actor: &Actor,
        parts: &[(String, i64)],
        reason: &str,
        now: Moment,
    ) -> Result<(), BookError> {
        let means = Means::Naming { authority: actor.user.clone(), reason: reason.trim().to_owned() };
        self.move_money(id, seen, actor, means, now, |debt, means| debt.name_funds(parts, means, now.day())).await
    }

    async fn move_money(
        &self,
        id: &str,
        seen: i64,
        actor: &Actor,
        means: Means,
        now: Moment,
        moved: impl FnOnce(&Debt, Means) -> Result<Debt, Refused>,
    ) -> Result<(), BookError> {
        // What a reversal asks depends on what it takes back.
        if !matches!(means, Means::Reversal { .. }) {
            policy::allow(actor, means.action())?;
        }
        let debt = self.debt(id, actor).await?;
        policy::allow(actor, debt.value.action(&means))?;
        let kind = means.name();
        let told = means.clone();
        let after = moved(&debt.value, means)?;
        let from = debt.value.postings().len();
        let entries: Vec<_> = after.postings().iter().skip(from).flat_map(|posting| &posting.entries).collect();
        let body = serde_json::json!({ "means": told, "entries": entries }).to_string();
        self.save_debt(id, &debt, seen, &after, actor, (kind, body), now).await?;
        Ok(())
    }

    /// Agrees on instalments of what is left.
    pub async fn plan(&self, id: &str, seen: i64, actor: &Actor, plan: Vec<Instalment>, now: Moment) -> Result<(), BookError> {
        policy::allow(actor, Action::BookRecovery)?;
        let debt = self.debt(id, actor).await?;
        let body = encoded(&plan);
        let after = debt.value.in_instalments(plan)?;
        self.save_debt(id, &debt, seen, &after, actor, ("planned", body), now).await?;
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
        (kind, body): (&str, String),
        now: Moment,
    ) -> Result<(), StoreError> {
        if seen != before.version {
            return Err(StoreError::Stale);
        }
        let mut tx = self.db.begin().await?;
        keep(&mut tx, id, seen, DebtState::Claimed, after, before.value.postings().len()).await?;
        event::append(&mut tx, New { subject: subject(id), actor: &actor.user.0, kind, body }, now).await?;
        tx.commit().await
    }
}

/// A debt as a row keeps it.
fn kept(row: &Row, id: &str) -> Result<Versioned<Debt>, StoreError> {
    Ok(Versioned { value: decoded("debt", id, &row.text("detail")?)?, version: row.int("version")? })
}
