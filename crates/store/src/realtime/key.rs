//! Keys（机构密钥）: by what an institution's calls are known to be its own.

use std::fmt;

use casework::{Action, Actor, Refusal, policy};
use claims::Moment;

use crate::Store;
use crate::account::random;
use crate::db::{Row, Value};
use crate::error::StoreError;
use crate::event::{self, New};

/// Algorithm（签名算法）of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC over SM3.
    HmacSm3,
    /// HMAC over SHA-256.
    HmacSha256,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::HmacSm3, Self::HmacSha256];

    /// As written in headers and in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSm3 => "hmac-sm3",
            Self::HmacSha256 => "hmac-sha256",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// InstitutionKey（机构密钥）: what a signature is checked with.
#[derive(Clone, PartialEq, Eq)]
pub struct InstitutionKey {
    /// Which key: every call names it.
    pub key_id: String,
    /// Whose.
    pub fixmedins_code: String,
    /// For which signatures.
    pub algorithm: Algorithm,
    /// What both sides know, 64 hexadecimal digits; signatures are made with this text.
    pub secret: String,
}

impl fmt::Debug for InstitutionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstitutionKey({} of {})", self.key_id, self.fixmedins_code)
    }
}

/// A key as the list shows it: without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// Which key.
    pub key_id: String,
    /// Whose.
    pub fixmedins_code: String,
    /// For which signatures.
    pub algorithm: Algorithm,
    /// What it is for.
    pub note: String,
    /// When it was given out.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
    /// When it was revoked.
    pub revoked_at: Option<String>,
}

/// The longest note, in characters.
const LONGEST_NOTE: usize = 200;

impl Store {
    /// Gives out a key. Its secret is told here and to whoever checks signatures, and in no list.
    pub async fn add_key(
        &self,
        actor: &Actor,
        fixmedins_code: &str,
        algorithm: Algorithm,
        note: &str,
        now: Moment,
    ) -> Result<InstitutionKey, StoreError> {
        policy::allow(actor, Action::ManageUsers)?;
        in_hand(actor, fixmedins_code)?;
        let (code, note) = (fixmedins_code.trim(), note.trim());
        if code.is_empty() || note.chars().count() > LONGEST_NOTE {
            return Err(StoreError::Unfit(format!("机构代码不能为空，说明应不超过 {LONGEST_NOTE} 个字符")));
        }
        let key_id = random()?.split_at(16).0.to_owned();
        let key = InstitutionKey { key_id, fixmedins_code: code.to_owned(), algorithm, secret: random()? };
        let mut tx = self.db.begin().await?;
        let sql = "INSERT INTO institution_key (key_id, fixmedins_code, algorithm, secret, note, created_at, created_by, revoked_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)";
        let values = [
            key.key_id.as_str().into(),
            code.into(),
            algorithm.name().into(),
            Value::secret(&key.secret),
            note.into(),
            now.to_string().into(),
            actor.user.0.as_str().into(),
        ];
        tx.execute(sql, &values).await?;
        let body = serde_json::json!({ "fixmedins_code": code, "algorithm": algorithm.name(), "note": note }).to_string();
        let new = New { subject: subject(&key.key_id), actor: &actor.user.0, kind: "key_added", body };
        event::append(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(key)
    }

    /// Revokes a key: nothing that it signs counts from now on.
    pub async fn revoke_key(&self, actor: &Actor, key_id: &str, now: Moment) -> Result<(), StoreError> {
        policy::allow(actor, Action::ManageUsers)?;
        let mut tx = self.db.begin().await?;
        let sql = "SELECT fixmedins_code FROM institution_key WHERE key_id = $1 AND revoked_at IS NULL";
        let row = tx.row(sql, &[key_id.into()]).await?.ok_or(StoreError::NotFound)?;
        in_hand(actor, &row.text("fixmedins_code")?)?;
        let sql = "UPDATE institution_key SET revoked_at = $1 WHERE key_id = $2 AND revoked_at IS NULL";
        if tx.execute(sql, &[now.to_string().into(), key_id.into()]).await? == 0 {
            return Err(StoreError::Stale);
        }
        let new = New { subject: subject(key_id), actor: &actor.user.0, kind: "key_revoked", body: "{}".to_owned() };
        event::append(&mut tx, new, now).await?;
        tx.commit().await
    }

    /// Keys of the institutions that the actor looks after, revoked ones last.
    pub async fn keys(&self, actor: &Actor) -> Result<Vec<KeyLine>, StoreError> {
        policy::allow(actor, Action::ManageUsers)?;
        let sql = "SELECT key_id, fixmedins_code, algorithm, note, created_at, created_by, revoked_at FROM institution_key \
                   ORDER BY CASE WHEN revoked_at IS NULL THEN 0 ELSE 1 END, fixmedins_code, created_at, key_id";
        let lines = self.db.rows(sql, &[]).await?.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        Ok(lines.into_iter().filter(|line| in_hand(actor, &line.fixmedins_code).is_ok()).collect())
    }

    /// The key of a signature; none where it was revoked or never given out.
    pub async fn key(&self, key_id: &str) -> Result<Option<InstitutionKey>, StoreError> {
        let sql =
            "SELECT key_id, fixmedins_code, algorithm, secret FROM institution_key WHERE key_id = $1 AND revoked_at IS NULL";
        let Some(row) = self.db.row(sql, &[key_id.into()]).await? else { return Ok(None) };
        Ok(Some(InstitutionKey {
            key_id: row.text("key_id")?,
            fixmedins_code: row.text("fixmedins_code")?,
            algorithm: algorithm(&row)?,
            secret: row.secret("secret")?,
        }))
    }

    /// Whether any key was ever given out. Revoked ones count: taking back the last key must not open the door to calls without one.
    pub async fn has_keys(&self) -> Result<bool, StoreError> {
        Ok(self.db.row("SELECT 1 AS there FROM institution_key LIMIT 1", &[]).await?.is_some())
    }
}

/// The subject of a key's chain.
fn subject(key_id: &str) -> String {
    format!("institution_key:{key_id}")
}

/// Whether the actor looks after the institution, whose code holds its region.
fn in_hand(actor: &Actor, fixmedins_code: &str) -> Result<(), Refusal> {
    let region = fixmedins_code.get(1..7).unwrap_or_default();
    if actor.scope.covers(Some(fixmedins_code), region) { Ok(()) } else { Err(Refusal::OutOfScope) }
}

fn algorithm(row: &Row) -> Result<Algorithm, StoreError> {
    let name = row.text("algorithm")?;
    Algorithm::named(&name).ok_or_else(|| StoreError::garbled("institution_key", &name, &"algorithm"))
}

fn line(row: &Row) -> Result<KeyLine, StoreError> {
    Ok(KeyLine {
        key_id: row.text("key_id")?,
        fixmedins_code: row.text("fixmedins_code")?,
        algorithm: algorithm(row)?,
        note: row.text("note")?,
        created_at: row.text("created_at")?,
        created_by: row.text("created_by")?,
        revoked_at: row.maybe_text("revoked_at")?,
    })
}
