//! Inbox（收件目录）: what is to be imported, and where it lies: in a folder of the server that the configuration names, or uploaded from a
//! page. The binary hands it over.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::reading::KnowledgeChange;

/// Kind of a job that imports claims; its body is an [`ImportOrder`].
pub const IMPORT: &str = "import";
/// Kind of a job that takes a file of knowledge into force; its body is a [`LearnOrder`].
pub const LEARN: &str = "learn";

/// Source（来源）of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A file or folder of the inbox, by its name there.
    Inbox(String),
    /// What somebody uploaded, by the number that it was given.
    Upload(String),
}

impl Source {
    /// Where it lies and under which name, as a form holds it.
    pub(crate) fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Inbox(name) => ("inbox", name),
            Self::Upload(number) => ("upload", number),
        }
    }
}

/// An import of claims that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOrder {
    /// What.
    pub source: Source,
    /// Which shipped profile says how it is read.
    pub profile: String,
}

/// A file of knowledge that somebody wants in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnOrder {
    /// What.
    pub source: Source,
    /// Knowledge table, where the name of the file does not tell.
    pub table: Option<String>,
    /// Day of publication, where the file names none.
    pub published: Option<String>,
    /// What was compared when it was accepted: the file, and the knowledge in force.
    pub compared: String,
}

/// What lies in the inbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lying {
    /// Its name there.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Bytes of a file.
    pub bytes: u64,
}

/// Preview（预览）: what a file of knowledge would change, before anybody accepts it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Name of the file.
    pub name: String,
    /// What was compared: the file, and the knowledge in force.
    pub compared: String,
    /// Kinds of change, each with its points.
    pub parts: Vec<PreviewPart>,
    /// Points that stay as they are.
    pub unchanged: usize,
    /// What is refused of it, a sentence each.
    pub faults: Vec<String>,
    /// The file was imported before: the place in the order of imports.
    pub known: Option<usize>,
}

/// Points of one kind of change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreviewPart {
    /// Which kind.
    pub title: &'static str,
    /// How many there are; not all are listed.
    pub count: usize,
    /// Points, each with code and name of the rules that judge by it.
    pub rows: Vec<(KnowledgeChange, Vec<(String, String)>)>,
}

/// Inbox（收件目录）. What cannot be done is said in words.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Shipped profiles by name, the usual one first.
    fn profiles(&self) -> Vec<&'static str>;
    /// What lies in the inbox; none where the site has none.
    async fn lying(&self) -> Result<Option<Vec<Lying>>, String>;
    /// Keeps uploaded files, by name and content, until they are imported.
    async fn keep(&self, files: Vec<(String, Vec<u8>)>) -> Result<Source, String>;
    /// Whether a source is there and lies where it may.
    async fn check(&self, source: &Source) -> Result<(), String>;
    /// What a file of knowledge would change; `compared` of the order is not looked at.
    async fn preview(&self, order: &LearnOrder) -> Result<Preview, String>;
}

/// How an import that was numbered ended: the number leads to its page.
pub fn outcome(number: usize, told: &str) -> String {
    format!("第 {number} 次导入：{told}")
}

/// The number of such an outcome.
pub(crate) fn numbered(outcome: &str) -> Option<usize> {
    outcome.strip_prefix("第 ")?.split_once(" 次导入：")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_outcome_is_found_again() {
        assert_eq!(numbered(&outcome(12, "载入 3 行")), Some(12));
        assert_eq!((numbered("已取消"), numbered("第 x 次导入：")), (None, None));
    }
}
