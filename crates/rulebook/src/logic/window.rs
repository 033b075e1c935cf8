//! Arguments of a window rule（限量）.

use serde::Deserialize;

use super::Sql;

/// WindowKind（限量判定）: arguments of [`super::Kind::Window`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowKind {
    /// `day`, `visit`, `stay`, `hour`, `month`, `year`, `knowledge`: the row's column `window`, or `k.<column>`.
    pub window: String,
    /// Limit of the quantity in the window, over `k`, `p`, `w`, `stay`, `visit`.
    pub limit: Sql,
    /// Limit of a whole stay, for days or hours whose charges were posted together; without it nothing is spread.
    pub stay_limit: Option<Sql>,
    /// Knowledge column whose equal values are counted together; items with none are counted by code.
    pub combine: Option<String>,
    /// What is added up.
    #[serde(default)]
    pub measure: Measure,
}

/// Measure（计量）: what a window rule adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 数量
    #[default]
    Quantity,
    /// 符合范围金额, in yuan
    InScope,
}
