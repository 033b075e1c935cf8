//! Charges（违约金与罚款）on disk: tables of their own, so that no sum ever holds a refund and a fine together.

use casework::charge::{Charge, ChargeDecision, ChargeKind};
use casework::recovery::{Account, Means};
use casework::{Action, Actor, policy};
use claims::{Day, Fen, Moment};

use crate::Store;
use crate::db::{Row, Statement, Tx};
use crate::debt::seen_by;
use crate::error::StoreError;
use crate::event::{self, New};
use crate::exemption::place;
use crate::finding::{Versioned, decoded, encoded};
use crate::number::next_number;

/// A charge as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeLine {
    /// Year, and number within it.
    pub charge_id: String,
    /// Kind.
    pub kind: ChargeKind,
    /// Institution.
    pub fixmedins_code: String,
    /// Its name.
    pub institution: String,
    /// Number of the decision.
    pub number: String,
    /// Day of the decision.
    pub decided_on: String,
    /// Last day to pay; none where nothing is left.
    pub due: Option<Day>,
    /// Asked for, in fen.
    pub charged_fen: i64,
    /// Not received, in fen.
    pub outstanding_fen: i64,
}

/// What stands on an account of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeBalance {
    /// Kind: the book.
    pub kind: String,
    /// Account as the ledger names it.
    pub account: String,
    /// Balance, in fen.
    pub amount_fen: i64,
}

/// The subject of a charge's chain.
pub fn subject(charge_id: &str) -> String {
    format!("charge:{charge_id}")
}

impl Store {
    /// 登记 what a decision asks. Returns its number. A decision is entered once.
    pub async fn open_charge(&self, actor: &Actor, decision: ChargeDecision, now: Moment) -> Result<String, StoreError> {
        policy::allow(actor, Action::BookCharge)?;
        let mut tx = self.db.begin().await?;
        let (region, institution) = place(&mut tx, &decision.fixmedins_code).await?;
        let charge = Charge::open(actor, ChargeDecision { region, ..decision }, now.day())?;
        let decision = &charge.decision;
        let number = next_number(&mut tx, "charge", &actor.user.0, now).await?;
        let sql = "INSERT INTO charge (charge_id, version, kind, fixmedins_code, institution, region, number, decided_on, due, charged_fen, \
                   outstanding_fen, detail) VALUES ($1, 0, $2, $3, $4, $5, $6, $7, NULL, $8, 0, '') ON CONFLICT DO NOTHING";
        let values = [
            number.as_str().into(),
            decision.kind.name().into(),
            decision.fixmedins_code.as_str().into(),
            institution.into(),
            decision.region.as_str().into(),
            decision.number.as_str().into(),
            decision.decided_on.to_string().into(),
            decision.amount.0.into(),
        ];
        if tx.execute(sql, &values).await? == 0 {
            return Err(StoreError::Unfit(format!("{}决定“{}”已经登记", decision.kind.label(), decision.number)));
        }
        keep(&mut tx, &number, 0, &charge, 0).await?;
        let new = New { subject: subject(&number), actor: &actor.user.0, kind: "charge_opened", body: encoded(decision) };
        event::append(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// Books a payment or a waiver, or takes one back.
    pub async fn book_charge(
        &self,
        id: &str,
        seen: i64,
        actor: &Actor,
        amount: Fen,
        means: Means,
        now: Moment,
    ) -> Result<(), StoreError> {
        let before = self.charge(id, actor).await?.1;
        let kind = means.name();
        let body = serde_json::json!({ "amount_fen": amount.0, "means": &means }).to_string();
        let after = before.value.book(actor, amount, means, now.day())?;
        if seen != before.version {
            return Err(StoreError::Stale);
        }
        let mut tx = self.db.begin().await?;
        keep(&mut tx, id, seen, &after, before.value.postings().len()).await?;
        event::append(&mut tx, New { subject: subject(id), actor: &actor.user.0, kind, body }, now).await?;
        tx.commit().await
    }

    /// A charge with its institution's name, if the actor may see it.
    pub async fn charge(&self, id: &str, actor: &Actor) -> Result<(String, Versioned<Charge>), StoreError> {
        let mut query = Statement::new("SELECT version, institution, detail FROM charge WHERE charge_id = ");
        query.bind(id);
        seen_by(&mut query, actor);
        let row = self.db.row(&query.sql, &query.values).await?.ok_or(StoreError::NotFound)?;
        let value = decoded("charge", id, &row.text("detail")?)?;
        Ok((row.text("institution")?, Versioned { value, version: row.int("version")? }))
    }

    /// Charges, what is outstanding first.
    pub async fn charges(
        &self,
        actor: &Actor,
        kind: Option<ChargeKind>,
        skip: i64,
        most: i64,
    ) -> Result<Vec<ChargeLine>, StoreError> {
        let mut query = Statement::new(
            "SELECT charge_id, kind, fixmedins_code, institution, number, decided_on, due, charged_fen, outstanding_fen \
             FROM charge WHERE 1 = 1",
        );
        of_kind(&mut query, actor, kind);
        query.and(" ORDER BY CASE WHEN outstanding_fen > 0 THEN 0 ELSE 1 END, due, charge_id LIMIT ").bind(most);
        query.and(" OFFSET ").bind(skip);
        self.db.rows(&query.sql, &query.values).await?.iter().map(charge_line).collect()
    }

    /// How many charges a list has in all.
    pub async fn count_charges(&self, actor: &Actor, kind: Option<ChargeKind>) -> Result<i64, StoreError> {
        let mut query = Statement::new("SELECT count(*) AS charges FROM charge WHERE 1 = 1");
        of_kind(&mut query, actor, kind);
        self.db.row(&query.sql, &query.values).await?.map_or(Ok(0), |row| row.int("charges"))
    }

    /// What stands on each account of each book.
    pub async fn charge_balances(&self, actor: &Actor) -> Result<Vec<ChargeBalance>, StoreError> {
        let mut query = Statement::new(
            "SELECT e.book AS book, e.account AS account, CAST(sum(e.amount_fen) AS BIGINT) AS amount FROM charge_entry e \
             JOIN charge c ON c.charge_id = e.charge_id WHERE 1 = 1",
        );
        seen_by(&mut query, actor);
        query.and(" GROUP BY e.book, e.account ORDER BY e.book, e.account");
        let balance = |row: &Row| {
            Ok(ChargeBalance { kind: row.text("book")?, account: row.text("account")?, amount_fen: row.int("amount")? })
        };
        self.db.rows(&query.sql, &query.values).await?.iter().map(balance).collect()
    }
}

fn of_kind(query: &mut Statement, actor: &Actor, kind: Option<ChargeKind>) {
    seen_by(query, actor);
    if let Some(kind) = kind {
        query.and(" AND kind = ").bind(kind.name());
    }
}

/// Writes a charge over the version that was seen, with its postings from a number on.
async fn keep(tx: &mut Tx, id: &str, version: i64, charge: &Charge, from: usize) -> Result<(), StoreError> {
    let sql = "UPDATE charge SET version = version + 1, due = $1, charged_fen = $2, outstanding_fen = $3, detail = $4 \
               WHERE charge_id = $5 AND version = $6";
    let values = [
        charge.due().map(|day| day.to_string()).into(),
        (-charge.total(Account::Claimed).0).into(),
        charge.outstanding().0.into(),
        encoded(charge).into(),
        id.into(),
        version.into(),
    ];
    if tx.execute(sql, &values).await? == 0 {
        return Err(StoreError::Stale);
    }
    for (number, posting) in charge.postings().iter().enumerate().skip(from) {
        for (entry, (account, book, amount)) in posting.entries.iter().enumerate() {
            let sql = "INSERT INTO charge_entry (charge_id, posting, entry, on_day, means, account, book, amount_fen) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
            let values = [
                id.into(),
                i64::try_from(number).unwrap_or(i64::MAX).into(),
                i64::try_from(entry).unwrap_or(i64::MAX).into(),
                posting.on.to_string().into(),
                posting.means.name().into(),
                account.name().into(),
                book.as_str().into(),
                (*amount).into(),
            ];
            tx.execute(sql, &values).await?;
        }
    }
    Ok(())
}

fn charge_line(row: &Row) -> Result<ChargeLine, StoreError> {
    let (charge_id, kind) = (row.text("charge_id")?, row.text("kind")?);
    Ok(ChargeLine {
        kind: ChargeKind::of(&kind).ok_or_else(|| StoreError::garbled("charge", &charge_id, &kind))?,
        fixmedins_code: row.text("fixmedins_code")?,
        institution: row.text("institution")?,
        number: row.text("number")?,
        decided_on: row.text("decided_on")?,
        due: row.maybe_text("due")?.as_deref().and_then(Day::parse),
        charged_fen: row.int("charged_fen")?,
        outstanding_fen: row.int("outstanding_fen")?,
        charge_id,
    })
}
