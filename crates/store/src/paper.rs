//! Papers（申诉材料）: what an institution hands in with an appeal. The content lies in a file named by its digest; the database says
//! what it is, and to which finding it belongs.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use casework::{Action, Actor, policy};
use claims::Moment;
use sha2::{Digest, Sha256};

use crate::Store;
use crate::db::{Row, Tx};
use crate::error::StoreError;
use crate::seal;

/// The largest paper, in bytes.
pub const LARGEST: usize = 20 * 1024 * 1024;

/// Paper（材料）.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// SHA-256 of its content.
    pub digest: String,
    /// Finding that it belongs to.
    pub finding_id: String,
    /// Name that its owner gave it, without any path.
    pub name: String,
    /// What it is, by its content.
    pub kind: String,
    /// Bytes.
    pub size: i64,
    /// Which of the asked-for papers it is.
    pub asked_for: String,
    /// Who handed it in.
    pub handed_by: String,
    /// When.
    pub at: String,
}

/// Handed（交来的材料）: a paper as it comes in.
#[derive(Clone, Copy, Debug)]
pub struct Handed<'a> {
    /// Which of the asked-for papers it is.
    pub asked_for: &'a str,
    /// Name that its owner gave it.
    pub name: &'a str,
    /// Its content.
    pub content: &'a [u8],
}

/// A paper whose content is kept, and that may belong to findings from now on.
pub(crate) struct Kept {
    pub(crate) digest: String,
    name: String,
    kind: &'static str,
    size: i64,
    asked_for: String,
}

impl Kept {
    /// Makes it a paper of a finding. The same content again is the same paper.
    pub(crate) async fn hand_in(&self, tx: &mut Tx, finding_id: &str, actor: &Actor, now: Moment) -> Result<(), StoreError> {
        let sql = "INSERT INTO paper (digest, finding_id, name, kind, size, asked_for, handed_by, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (finding_id, digest) DO NOTHING";
        let values = [
            self.digest.as_str().into(),
            finding_id.into(),
            self.name.as_str().into(),
            self.kind.into(),
            self.size.into(),
            self.asked_for.as_str().into(),
            actor.user.0.as_str().into(),
            now.to_string().into(),
        ];
        tx.execute(sql, &values).await.map(|_| ())
    }
}

/// What a paper may be: type, and how its content begins.
const KINDS: [(&str, &[u8]); 4] = [
    ("application/pdf", b"%PDF-"),
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    // Office documents are ZIP archives.
    ("application/zip", b"PK\x03\x04"),
];

/// The type of a content by how it begins, whatever its name says.
pub fn kind(content: &[u8]) -> Option<&'static str> {
    KINDS.iter().find(|(_, begin)| content.starts_with(begin)).map(|(kind, _)| *kind)
}

/// The digest by which a content is known.
pub fn digest(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// A file name as it is kept: a name and nothing that leads anywhere.
pub fn plain_name(name: &str) -> Result<String, StoreError> {
    let name = name.trim();
    let leads = name.contains(['/', '\\', ':', '\0']) || name.starts_with('.') || name.chars().any(char::is_control);
    if name.is_empty() || leads || name.chars().count() > 120 {
        return Err(StoreError::Unfit(format!("文件名“{name}”不能用：不含路径，不以点开头，不超过 120 个字符")));
    }
    Ok(name.to_owned())
}

/// Name and type of a paper that may be handed in.
pub fn fitting(name: &str, content: &[u8]) -> Result<(String, &'static str), StoreError> {
    let name = plain_name(name)?;
    if content.len() > LARGEST {
        return Err(StoreError::Unfit(format!("“{name}”为 {} MB，超过 20 MB", content.len() / 1024 / 1024)));
    }
    match kind(content) {
        Some(kind) => Ok((name, kind)),
        None => Err(StoreError::Unfit(format!("“{name}”的内容不是 PDF、PNG、JPEG 或 Office 文档，不能上传"))),
    }
}

impl Store {
    /// Keeps a paper of a finding. The same content again is the same paper.
    pub async fn hand_in(
        &self,
        actor: &Actor,
        finding_id: &str,
        asked_for: &str,
        name: &str,
        content: &[u8],
        now: Moment,
    ) -> Result<String, StoreError> {
        policy::allow(actor, Action::Appeal).map_err(|refusal| StoreError::Unfit(refusal.to_string()))?;
        self.finding(finding_id, actor).await?;
        let kept = self.keep_paper(&Handed { asked_for, name, content })?;
        let mut tx = self.db.begin().await?;
        kept.hand_in(&mut tx, finding_id, actor, now).await?;
        tx.commit().await?;
        Ok(kept.digest)
    }

    /// Keeps a paper's content, if it is one.
    pub(crate) fn keep_paper(&self, paper: &Handed<'_>) -> Result<Kept, StoreError> {
        let content = paper.content;
        let (name, kind) = fitting(paper.name, content)?;
        let digest = digest(content);
        self.write_paper(&digest, content)?;
        let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
        Ok(Kept { digest, name, kind, size, asked_for: paper.asked_for.to_owned() })
    }

    /// Papers of a finding, in the order in which they came.
    pub async fn papers(&self, finding_id: &str, actor: &Actor) -> Result<Vec<Paper>, StoreError> {
        self.finding(finding_id, actor).await?;
        self.papers_of(finding_id).await
    }

    /// Papers of whatever they belong to. Whether the actor may see that was asked before.
    pub(crate) async fn papers_of(&self, owner: &str) -> Result<Vec<Paper>, StoreError> {
        let sql = "SELECT digest, finding_id, name, kind, size, asked_for, handed_by, at FROM paper WHERE finding_id = $1 ORDER BY at, digest";
        self.db.rows(sql, &[owner.into()]).await?.iter().map(paper).collect()
    }

    /// A paper with its content, which is what its digest says, or is not given out.
    pub async fn paper(&self, finding_id: &str, digest: &str, actor: &Actor) -> Result<(Paper, Vec<u8>), StoreError> {
        let papers = self.papers(finding_id, actor).await?;
        self.content_of(papers, digest)
    }

    /// One of these papers with its content.
    pub(crate) fn content_of(&self, papers: Vec<Paper>, digest: &str) -> Result<(Paper, Vec<u8>), StoreError> {
        let paper = papers.into_iter().find(|paper| paper.digest == digest).ok_or(StoreError::NotFound)?;
        let path = self.paper_path(&paper.digest);
        let content = std::fs::read(&path).map_err(|problem| StoreError::file(&path, problem))?;
        let content = seal::opened_file(self.db.seal.as_deref(), content)?;
        if self::digest(&content) != paper.digest {
            return Err(StoreError::garbled("paper", digest, &"内容与摘要不符"));
        }
        Ok((paper, content))
    }

    pub(crate) fn paper_path(&self, digest: &str) -> PathBuf {
        self.papers.join(digest)
    }

    fn write_paper(&self, digest: &str, content: &[u8]) -> Result<(), StoreError> {
        self.put_paper(digest, &seal::file_at_rest(self.db.seal.as_deref(), content))
    }

    /// Puts a paper into its file as it is to lie there. One that is there stays.
    pub(crate) fn put_paper(&self, digest: &str, at_rest: &[u8]) -> Result<(), StoreError> {
        let path = self.paper_path(digest);
        if path.exists() {
            return Ok(());
        }
        std::fs::create_dir_all(&self.papers).map_err(|problem| StoreError::file(&path, problem))?;
        write_whole(&path, at_rest)
    }
}

/// Whether a file is a paper: its name is a digest and nothing else.
pub(crate) fn is_named_by_digest(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Written beside and renamed, so that it is there whole or not at all.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let failed = |problem| StoreError::file(path, problem);
    let part = path.with_extension(format!("{}.part", crate::account::random()?.split_at(8).0));
    let mut file = std::fs::File::create(&part).map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&part, path).map_err(failed)
}

fn paper(row: &Row) -> Result<Paper, StoreError> {
    Ok(Paper {
        digest: row.text("digest")?,
        finding_id: row.text("finding_id")?,
        name: row.text("name")?,
        kind: row.text("kind")?,
        size: row.int("size")?,
        asked_for: row.text("asked_for")?,
        handed_by: row.text("handed_by")?,
        at: row.text("at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_and_a_type_is_what_the_content_says() {
        assert_eq!(plain_name(" 病程记录 1.pdf ").ok().as_deref(), Some("病程记录 1.pdf"));
        for bad in ["", "../x.pdf", "a/b.pdf", "C:\\x.pdf", ".htaccess", "a\u{0}b.pdf", "a\nb.pdf"] {
            assert!(plain_name(bad).is_err(), "{bad:?}");
        }
        assert_eq!(kind(b"%PDF-1.7\n"), Some("application/pdf"));
        assert_eq!(kind(b"MZ\x90\x00"), None);
        assert_eq!(kind(b"<script>alert(1)</script>"), None);
    }
}
