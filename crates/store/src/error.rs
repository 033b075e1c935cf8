//! What can go wrong between casework and the database.

use std::borrow::Cow;
use std::fmt;

/// `StoreError`: why something was not read or not kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is none, or whoever asked may not see it: both look the same.
    #[error("没有这条记录，或者它不在您的数据范围内")]
    NotFound,
    /// Somebody else moved it first.
    #[error("刚被他人更新，请看最新状态后再办")]
    Stale,
    /// A lawful "no".
    #[error("{0}")]
    Refused(#[from] casework::Refusal),
    /// What was asked does not fit what is kept.
    #[error("{0}")]
    Unfit(String),
    /// A server that is alive, or was a moment ago, writes to the database.
    #[error("另一个服务正在使用这个数据库（http://{}）；请在网页上办，或先停止它", .0.address)]
    Served(crate::Server),
    /// The text of a record is not what this version writes.
    #[error("{table} 的记录 {id} 读不懂：{problem}")]
    Garbled {
        /// Table.
        table: &'static str,
        /// Its key.
        id: String,
        /// What is wrong.
        problem: String,
    },
    /// The database itself.
    #[error("数据库：{0}")]
    Database(#[from] sqlx::Error),
    /// Its migrations.
    #[error("数据库迁移：{0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Files beside it.
    #[error("文件 {path}：{problem}")]
    File {
        /// Where.
        path: String,
        /// What the system says.
        problem: std::io::Error,
    },
    /// What is sealed does not open.
    #[error("加密存放的内容无法解开：没有给出密钥、密钥不符或内容已损坏")]
    Sealed,
    /// The database is sealed under another key.
    #[error(
        "办理库中的个人信息以编号为 {kept} 的密钥加密，{}；请用 --key-file 给出那个密钥文件",
        given.as_deref().map_or_else(|| "现在没有给出密钥".to_owned(), |given| format!("现在给出的密钥编号是 {given}"))
    )]
    WrongKey {
        /// Key of the database.
        kept: String,
        /// Key that was given.
        given: Option<String>,
    },
    /// The system's source of random numbers.
    #[error("无法取得随机数：{0}")]
    Random(getrandom::Error),
}

impl StoreError {
    pub(crate) fn garbled(table: &'static str, id: &str, problem: &dyn fmt::Display) -> Self {
        Self::Garbled { table, id: id.to_owned(), problem: problem.to_string() }
    }

    pub(crate) fn file(path: &std::path::Path, problem: std::io::Error) -> Self {
        Self::File { path: path.display().to_string(), problem }
    }

    /// Whether the database is well, and would not have what was written: said again, it would not have it again.
    pub(crate) fn is_of_the_data(&self) -> bool {
        self.code().is_some_and(|code| is_of_the_data(&code))
    }

    /// Whether another transaction was in the way: said again, it is done.
    pub(crate) fn is_of_the_moment(&self) -> bool {
        matches!(self, Self::Stale) || self.code().is_some_and(|code| is_of_the_moment(&code))
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        if let Self::Database(sqlx::Error::Database(problem)) = self { problem.code() } else { None }
    }
}

/// By PostgreSQL's classes of errors (data, constraints, limits), which have five letters, and by SQLite's numbers (size, constraint, kind),
/// which say more above their lowest byte.
fn is_of_the_data(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 18..=20),
        _ => ["22", "23", "54"].iter().any(|class| code.starts_with(class)),
    }
}

/// PostgreSQL's class of transactions that it rolled back. SQLite's wait in turn.
fn is_of_the_moment(code: &str) -> bool {
    code.len() == 5 && code.starts_with("40")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_the_data_is_told_from_what_is_wrong_with_the_database() {
        for data in ["22021", "23505", "54000", "18", "19", "2067"] {
            assert!(is_of_the_data(data), "{data}");
        }
        for database in ["40P01", "40001", "57P01", "53100", "5", "13", "266", "1"] {
            assert!(!is_of_the_data(database), "{database}");
        }
        assert!(is_of_the_moment("40P01") && is_of_the_moment("40001") && !is_of_the_moment("23505") && !is_of_the_moment("5"));
    }
}
