//! Kinds that rest on a SELECT（查询）over the national tables, and are judged after the passes.

use serde::Deserialize;

use super::Sql;

/// Reach（查询范围）: whose records one row of a SELECT's answer rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Those of one institution: the SELECT may be asked of one set of institutions after another.
    Institution,
    /// Those of all institutions, such as everything that one person had anywhere.
    #[default]
    Lake,
}

/// Select（查询）: the SELECT that a kind is, or rests on.
#[derive(Clone, Copy, Debug)]
pub struct Select<'a> {
    /// Its text.
    pub sql: &'a Sql,
    /// Knowledge tables that it reads by their names.
    pub tables: &'a [String],
    /// Whose records one row of its answer rests on.
    pub reach: Reach,
}

/// RateKind（同行对比判定）: arguments of [`Kind::Rate`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateKind {
    /// A SELECT with `unit`, `period`, `numerator`, `denominator`, the columns of `peers`, and who is charged. Where what is counted
    /// links persons, further rows tell the links of a unit, as [`GroupKind`] has them (`a`, `b`, …), whose weights add up to the
    /// numerator; `bundle` names links that stand or fall together. The finding then names the smallest part that is still a hit.
    pub sql: Sql,
    /// Columns whose equal values make units peers of each other, within a period.
    pub peers: Vec<String>,
    /// What one finding is about: `institution`, `doctor`, `item`.
    pub subject: String,
    /// The one column of `peers` that an institution may have nothing of: a row that leaves it empty tells that the institution was
    /// there in the period, and whoever was there without a row for it counts among the peers, and in its own history, with zero.
    #[serde(default)]
    pub absent: Option<String>,
    /// Knowledge tables that the SELECT reads by their names.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Whose records a row of the answer rests on.
    #[serde(default)]
    pub reach: Reach,
}

/// GroupKind（团伙判定）: arguments of [`Kind::Group`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupKind {
    /// A SELECT of links: `a`, `b` (members), `period`, and for each link `shared` (what links them), `weight` (how often) and
    /// `related_lines` (the lines that show it).
    pub sql: Sql,
    /// Least links that every member of the group has within it.
    pub links: Sql,
    /// Knowledge tables that the SELECT reads by their names.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Whose records a row of the answer rests on.
    #[serde(default)]
    pub reach: Reach,
}

/// QueryKind（整表查询判定）: arguments of [`Kind::Query`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryKind {
    /// The SELECT; its columns are named in the manual of rules (`subject`, `verdict`, `fixmedins_code`, `line_id` …). A row with `a`
    /// and `b` tells a link, as [`GroupKind`] has them.
    pub sql: Sql,
    /// What one finding is about, as the `subject` column of findings says it.
    pub subject: String,
    /// Knowledge tables that the SELECT reads by their names.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Whose records a row of the answer rests on.
    #[serde(default)]
    pub reach: Reach,
}
