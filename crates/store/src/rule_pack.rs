//! Rule packs（规则包）as they were published: written once, with every file, and read as long as the database lives.

use casework::rule_draft::DraftStep;
use casework::{Publication, RuleDraft};
use claims::Moment;

use crate::Store;
use crate::db::Row;
use crate::error::StoreError;
use crate::event::{self, New};
use crate::finding::{Versioned, decoded, encoded};
use crate::paper::digest;
use crate::rule_draft::move_draft;

/// A file of a pack: its name and its text.
pub type PackFile = (String, String);

impl Store {
    /// Publishes a pack together with the step of the draft that it takes in. `Stale`: another pack was published first.
    pub async fn publish(
        &self,
        draft: &Versioned<RuleDraft>,
        step: &DraftStep,
        publication: &Publication,
        files: &[PackFile],
        now: Moment,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let number: i64 = publication.number;
        let sql = "INSERT INTO rule_pack (number, digest, published_at, detail) SELECT $1, $2, $3, $4 \
                   WHERE (SELECT coalesce(max(number), 0) FROM rule_pack) = $5 ON CONFLICT (number) DO NOTHING";
        let values = [
            number.into(),
            publication.digest.as_str().into(),
            now.to_string().into(),
            encoded(publication).into(),
            (number - 1).into(),
        ];
        if tx.execute(sql, &values).await? == 0 {
            return Err(StoreError::Stale);
        }
        for (name, body) in files {
            let text = digest(body.as_bytes());
            let sql = "INSERT INTO rule_text (digest, body) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
            tx.execute(sql, &[text.as_str().into(), body.into()]).await?;
            let sql = "INSERT INTO rule_pack_file (number, name, digest) VALUES ($1, $2, $3)";
            tx.execute(sql, &[number.into(), name.into(), text.into()]).await?;
        }
        move_draft(&mut tx, draft, step, now).await?;
        let body = serde_json::json!({ "publication": publication, "files": listed(files) }).to_string();
        let subject = format!("rule-pack:{number}");
        event::append(&mut tx, New { subject, actor: &publication.published_by.0, kind: "pack_published", body }, now).await?;
        tx.commit().await
    }

    /// The pack in force; none before the first was published.
    pub async fn pack_in_force(&self) -> Result<Option<Publication>, StoreError> {
        let row = self.db.row("SELECT number, detail FROM rule_pack ORDER BY number DESC LIMIT 1", &[]).await?;
        row.as_ref().map(publication).transpose()
    }

    /// All packs, the newest first.
    pub async fn packs(&self) -> Result<Vec<Publication>, StoreError> {
        self.db.rows("SELECT number, detail FROM rule_pack ORDER BY number DESC", &[]).await?.iter().map(publication).collect()
    }

    /// The pack of a digest, or of the beginning of one; the newest where it was published more than once.
    pub async fn pack(&self, of: &str) -> Result<Publication, StoreError> {
        let fits = of.len() >= 8 && of.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !fits {
            return Err(StoreError::NotFound);
        }
        let sql = "SELECT number, detail FROM rule_pack WHERE digest LIKE $1 ORDER BY number DESC LIMIT 1";
        let row = self.db.row(sql, &[format!("{of}%").into()]).await?;
        publication(&row.ok_or(StoreError::NotFound)?)
    }

    /// The files of a pack, by name. A text that is not what its digest says is not given out.
    pub async fn pack_files(&self, number: i64) -> Result<Vec<PackFile>, StoreError> {
        let sql = "SELECT f.name AS name, t.digest AS digest, t.body AS body FROM rule_pack_file f JOIN rule_text t ON t.digest = f.digest \
                   WHERE f.number = $1 ORDER BY f.name";
        let mut files = Vec::new();
        for row in self.db.rows(sql, &[number.into()]).await? {
            let (name, body) = (row.text("name")?, row.text("body")?);
            if digest(body.as_bytes()) != row.text("digest")? {
                return Err(StoreError::garbled("rule_text", &name, &"内容与摘要不符"));
            }
            files.push((name, body));
        }
        Ok(files)
    }
}

/// The names of files with the digests of their texts, as the log keeps them.
fn listed(files: &[PackFile]) -> serde_json::Map<String, serde_json::Value> {
    files.iter().map(|(name, body)| (name.clone(), digest(body.as_bytes()).into())).collect()
}

fn publication(row: &Row) -> Result<Publication, StoreError> {
    decoded("rule_pack", &row.int("number")?.to_string(), &row.text("detail")?)
}
