//! Rule drafts（规则草案）on disk: one way in, by steps, each with its event.

use casework::RuleDraft;
use casework::rule_draft::DraftStep;
use claims::Moment;

use crate::Store;
use crate::account::random;
use crate::db::{Row, Tx};
use crate::error::StoreError;
use crate::event::{self, New};
use crate::finding::{Versioned, decoded, encoded};

/// The most drafts that a list shows.
const MOST: i64 = 200;

/// The subject of a draft's chain.
pub fn subject(draft_id: &str) -> String {
    format!("rule-draft:{draft_id}")
}

/// An id for a new draft.
pub fn new_id() -> Result<String, StoreError> {
    Ok(random()?.split_at(16).0.to_owned())
}

impl Store {
    /// Keeps a draft that has just begun.
    pub async fn begin_draft(&self, step: &DraftStep, now: Moment) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let draft = &step.next;
        let sql = "INSERT INTO rule_draft (draft_id, version, kind, name, state, changed_at, detail) VALUES ($1, 1, $2, $3, $4, $5, $6)";
        let values = [
            draft.draft_id.as_str().into(),
            draft.kind.name().into(),
            draft.name.as_str().into(),
            draft.state.name().into(),
            now.to_string().into(),
            encoded(draft).into(),
        ];
        tx.execute(sql, &values).await?;
        told(&mut tx, step, now).await?;
        tx.commit().await
    }

    /// A draft.
    pub async fn draft(&self, id: &str) -> Result<Versioned<RuleDraft>, StoreError> {
        let row = self.db.row("SELECT draft_id, version, detail FROM rule_draft WHERE draft_id = $1", &[id.into()]).await?;
        versioned(&row.ok_or(StoreError::NotFound)?)
    }

    /// The drafts that moved last, with the time of it.
    pub async fn drafts(&self) -> Result<Vec<(Versioned<RuleDraft>, String)>, StoreError> {
        let sql = "SELECT draft_id, version, detail, changed_at FROM rule_draft ORDER BY changed_at DESC, draft_id LIMIT $1";
        let rows = self.db.rows(sql, &[MOST.into()]).await?;
        rows.iter().map(|row| Ok((versioned(row)?, row.text("changed_at")?))).collect()
    }

    /// Saves a step with its event, or neither. `Stale`: somebody else moved the draft first.
    pub async fn apply_draft(&self, draft: &Versioned<RuleDraft>, step: &DraftStep, now: Moment) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        move_draft(&mut tx, draft, step, now).await?;
        tx.commit().await
    }
}

/// A step within a transaction.
pub(crate) async fn move_draft(
    tx: &mut Tx,
    draft: &Versioned<RuleDraft>,
    step: &DraftStep,
    now: Moment,
) -> Result<(), StoreError> {
    let sql = "UPDATE rule_draft SET version = version + 1, state = $1, changed_at = $2, detail = $3 WHERE draft_id = $4 AND version = $5";
    let values = [
        step.next.state.name().into(),
        now.to_string().into(),
        encoded(&step.next).into(),
        step.next.draft_id.as_str().into(),
        draft.version.into(),
    ];
    if tx.execute(sql, &values).await? == 0 {
        return Err(StoreError::Stale);
    }
    told(tx, step, now).await
}

/// The text itself goes into the event by its digest: who wrote what is then known without keeping every version of it.
async fn told(tx: &mut Tx, step: &DraftStep, now: Moment) -> Result<(), StoreError> {
    let text = crate::paper::digest(step.next.text.as_bytes());
    let body = serde_json::json!({ "event": step.event, "file": step.next.kind.file(&step.next.name), "text": text }).to_string();
    event::append(
        tx,
        New { subject: subject(&step.next.draft_id), actor: step.event.actor(), kind: step.event.name(), body },
        now,
    )
    .await
}

fn versioned(row: &Row) -> Result<Versioned<RuleDraft>, StoreError> {
    let id = row.text("draft_id")?;
    Ok(Versioned { value: decoded("rule_draft", &id, &row.text("detail")?)?, version: row.int("version")? })
}
