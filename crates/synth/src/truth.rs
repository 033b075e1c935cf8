//! What was planted, written down by hand as it is planted.

use serde::{Deserialize, Serialize};

/// What an audit should say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// A finding.
    Hit,
    /// A hint at least: the rule grades risks, and accuses nobody.
    Hint,
    /// No finding: lawful, or not to be known from the data.
    Clear,
}

impl Expect {
    /// Whether something should be said.
    pub const fn is_wrong(self) -> bool {
        matches!(self, Self::Hit | Self::Hint)
    }
}

/// Truth（植入真值）: one row of `truth.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Scheme: the rule's code and the variant; `near-…` lawful but close, `trap-…` innocent oddity, `…-hidden` under a data fault,
    /// `…-unseen` written without sight of the rule.
    pub scheme: String,
    /// Rule concerned.
    pub rule_code: String,
    /// Subject key, its parts joined by `|`.
    pub subject: String,
    /// Institution.
    pub fixmedins_code: String,
    /// Person.
    pub psn_no: String,
    /// Visit.
    pub mdtrt_id: String,
    /// Offending lines, joined by `;`.
    pub line_ids: String,
    /// Excess in fen, worked out by the planter; empty where a rule's amount is a matter of its definition.
    pub amount_fen: Option<i64>,
    /// What an audit should say.
    pub expect: Expect,
}

impl Truth {
    /// Its lines.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.line_ids.split(';').filter(|id| !id.is_empty())
    }

    /// Hidden under a data fault: the right answer is undecided.
    pub fn is_hidden(&self) -> bool {
        self.scheme.ends_with("-hidden")
    }

    /// Written from the national text alone, without sight of the rule.
    pub fn is_unseen(&self) -> bool {
        is_unseen(&self.scheme)
    }

    /// An innocent oddity about which a cautious rule may say that it is suspicious, never that it is a violation.
    pub fn is_trap(&self) -> bool {
        self.scheme.starts_with("trap-")
    }
}

/// Whether a scheme of this name was written without sight of the rule.
pub(crate) fn is_unseen(scheme: &str) -> bool {
    scheme.ends_with("-unseen")
}
