//! Desk（案头）: what people keep for their own work: named filters, and remarks to each other.

use claims::Moment;

use crate::Store;
use crate::db::{Row, Value};
use crate::error::StoreError;

/// Remark（意见）: what somebody says about a finding or a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What it is about: `finding:…` or `rule:…`.
    pub subject: String,
    /// When.
    pub at: String,
    /// Who.
    pub author: String,
    /// What.
    pub body: String,
}

/// The longest remark, in characters.
pub(crate) const LONGEST_REMARK: usize = 2_000;

impl Store {
    /// Keeps a filter under a name; an older one of that name is replaced.
    pub async fn save_view(&self, owner: &str, name: &str, query: &str) -> Result<(), StoreError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 20 {
            return Err(StoreError::Unfit(format!("视图名应为 1 到 20 个字符，现为“{name}”")));
        }
        let sql = "INSERT INTO saved_view (owner, name, query) VALUES ($1, $2, $3) \
                   ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query";
        self.db.execute(sql, &[owner.into(), name.into(), Value::secret(query)]).await.map(|_| ())
    }

    /// Somebody's filters: name and query.
    pub async fn views(&self, owner: &str) -> Result<Vec<(String, String)>, StoreError> {
        let rows = self.db.rows("SELECT name, query FROM saved_view WHERE owner = $1 ORDER BY name", &[owner.into()]).await?;
        rows.iter().map(|row| Ok((row.text("name")?, row.secret("query")?))).collect()
    }

    /// Forgets a filter.
    pub async fn drop_view(&self, owner: &str, name: &str) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM saved_view WHERE owner = $1 AND name = $2", &[owner.into(), name.into()]).await.map(|_| ())
    }

    /// Says something about a finding or a rule.
    pub async fn remark(&self, subject: &str, author: &str, body: &str, now: Moment) -> Result<(), StoreError> {
        let body = body.trim();
        let length = body.chars().count();
        if length == 0 || length > LONGEST_REMARK {
            return Err(StoreError::Unfit(format!("意见应为 1 到 {LONGEST_REMARK} 个字，现为 {length} 个")));
        }
        let sql = "INSERT INTO remark (subject, seq, at, author, body) \
                   SELECT $1, coalesce(max(seq), 0) + 1, $2, $3, $4 FROM remark WHERE subject = $1";
        self.db.execute(sql, &[subject.into(), now.to_string().into(), author.into(), Value::secret(body)]).await.map(|_| ())
    }

    /// What was said, in order.
    pub async fn remarks(&self, subject: &str) -> Result<Vec<Remark>, StoreError> {
        let sql = "SELECT subject, at, author, body FROM remark WHERE subject = $1 ORDER BY seq";
        let remark = |row: &Row| {
            Ok(Remark {
                subject: row.text("subject")?,
                at: row.text("at")?,
                author: row.text("author")?,
                body: row.secret("body")?,
            })
        };
        self.db.rows(sql, &[subject.into()]).await?.iter().map(remark).collect()
    }
}
