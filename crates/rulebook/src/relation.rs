//! Relation（规则关系）: how rules that touch the same lines stand to each other.

use serde::Deserialize;

/// Relation（规则关系）.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// How this rule stands to the others.
    pub kind: RelationKind,
    /// The other rules.
    pub rules: Vec<String>,
}

/// RelationKind（规则关系类型）: how a rule stands to another that hits the same lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// 优先于: this rule's finding is the primary one; the other's is kept as supporting.
    Outranks,
    /// 包含: a hit of this rule on the stay makes the other's finding supporting.
    Subsumes,
    /// 互斥: only one of the two can be true of a line; the stronger grade stands, the other becomes a hint.
    Excludes,
}

impl RelationKind {
    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Outranks => "优先于",
            Self::Subsumes => "包含",
            Self::Excludes => "互斥",
        }
    }
}
