//! Two runs side by side.

/// How a finding of two runs compares（运行对比）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// In the later run only.
    Appeared,
    /// In the earlier run only.
    Vanished,
    /// In both, and not the same.
    Changed,
    /// In both, and the same.
    Unchanged,
}

/// A finding of either run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Finding.
    pub finding_id: String,
    /// How it compares.
    pub fate: Fate,
    /// Rule.
    pub rule_code: String,
    /// Its name.
    pub rule_name: String,
    /// Grade.
    pub grade: String,
    /// Institution.
    pub institution: Option<String>,
    /// Amount before, in fen; 0 where it was not there.
    pub before_fen: i64,
    /// Amount afterwards, in fen; 0 where it is not there.
    pub after_fen: i64,
    /// The sentence, of the later run where it is in both.
    pub message: String,
}
