//! Knowledge as pages show it: tables, points, files that were brought in.

use claims::Day;

/// Table（知识表）in the list of tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableCard {
    /// Table.
    pub table: String,
    /// Chinese name.
    pub name: String,
    /// Points in it.
    pub points: usize,
    /// Points that somebody reviewed.
    pub reviewed: usize,
    /// Points of one region.
    pub regional: usize,
    /// Code and name of the rules that read it.
    pub rules: Vec<(String, String)>,
}

/// What is asked of the points. What is empty asks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PointsAsked {
    /// Table.
    pub table: Option<String>,
    /// Rule that judges by them.
    pub rule: Option<String>,
    /// In force on that day.
    pub on: Option<Day>,
    /// Words of the name, the restriction or the source; or an id or code.
    pub words: Option<String>,
    /// File from which they came.
    pub file: Option<String>,
    /// Only what nobody has reviewed.
    pub unreviewed: bool,
    /// Rows passed over.
    pub skip: usize,
    /// Most rows.
    pub most: usize,
}

/// A page of points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// How many there are in all.
    pub total: usize,
    /// Those of the page.
    pub rows: Vec<PointCard>,
}

/// Point（知识点）as a row and as a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PointCard {
    /// Id.
    pub id: String,
    /// Table.
    pub table: String,
    /// Chinese name of the table.
    pub table_name: String,
    /// Item, drug or whatever it speaks of.
    pub name: String,
    /// Codes by which it is matched.
    pub codes: Vec<String>,
    /// Its values in words.
    pub values: String,
    /// When it holds, in words.
    pub period: String,
    /// Region; empty means the whole country.
    pub region: String,
    /// Restriction as published.
    pub constraint: String,
    /// Where it stands.
    pub citation: String,
    /// By whom and when it was reviewed; empty where nobody did.
    pub reviewed: String,
    /// Note.
    pub note: String,
    /// File and row from which it came.
    pub source: String,
    /// What it replaced and what replaced it, in sentences.
    pub succession: Vec<String>,
    /// Rules that judge by this very point: code and name.
    pub rules: Vec<(String, String)>,
    /// Rules that read the whole table in a query of their own.
    pub readers: Vec<(String, String)>,
}

/// A file of knowledge that was brought in（知识导入）.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnowledgeImport {
    /// Place in the order of import, from 1.
    pub number: usize,
    /// Name of the file.
    pub name: String,
    /// Name as the source of its points.
    pub label: String,
    /// When.
    pub at: String,
    /// Digest of its content.
    pub digest: String,
    /// Points of it that are in force or were.
    pub points: usize,
    /// Points that were refused because they contradict others.
    pub refused: usize,
}

/// A point that a file changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnowledgeChange {
    /// Point.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it said before; empty where it is new.
    pub before: String,
    /// What it says now.
    pub after: String,
}

/// What a file changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnowledgeChanges {
    /// The file.
    pub import: KnowledgeImport,
    /// New points.
    pub added: Vec<KnowledgeChange>,
    /// Points whose time changed, most often because others took their place.
    pub ended: Vec<KnowledgeChange>,
    /// Points that say something else.
    pub changed: Vec<KnowledgeChange>,
    /// Points that stayed as they were.
    pub unchanged: usize,
    /// Ids that were refused.
    pub refused: Vec<String>,
}
