//! Line（单条明细判定）: what a rule over single lines may ask for beside the line: history, conditions, companions, a register.

use serde::Deserialize;

/// LineKind（单条明细判定）: arguments of [`Kind::Line`](super::Kind::Line).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineKind {
    /// What one finding is about; lines of one subject add up.
    #[serde(default)]
    pub subject: LineSubject,
    /// What the person must have had before; opens the namespace `history`.
    pub history: Option<HistoryNeed>,
    /// Knowledge column with a condition tree; opens the namespace `indication`.
    pub indication: Option<String>,
    /// What must be charged beside the line; opens the namespace `companion`.
    pub companion: Option<CompanionNeed>,
    /// A register in which doctor, person or institution is looked up; opens `register` and, for its columns, `r`.
    pub register: Option<RegisterNeed>,
}

/// CompanionNeed（伴随项目要求，T5）: which other items a line rule looks for beside the line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompanionNeed {
    /// Knowledge column that lists codes, or beginnings of codes, divided by `;`.
    pub codes: String,
    /// `day`, `stay` (a visit, where it is no stay), `prescription`, or `knowledge`: the row's column `window`.
    pub window: String,
}

/// RegisterNeed（登记信息要求）: a knowledge table by doctor, person or institution.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterNeed {
    /// The table; what its key is matched with says who is looked up.
    pub table: String,
}

/// HistoryNeed（既往使用要求，T8）: which earlier uses a line rule asks for. They are looked up over all institutions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryNeed {
    /// `point`: the codes of the line's own knowledge row; else a column of the row that lists codes, divided by `;`.
    pub codes: String,
    /// Parameter with the days looked back.
    pub days: String,
    /// Flag column of the row; rows where it is not set ask for nothing.
    pub only: Option<String>,
}

/// LineSubject（疑点对象）: what one finding of a line rule is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineSubject {
    /// 明细
    #[default]
    Line,
    /// 就诊
    Visit,
    /// 参保人
    Person,
}
