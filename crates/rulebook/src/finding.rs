//! Finding（疑点）: what a rule found, with everything that decided it.

use std::fmt::Write as _;

use claims::{Day, Fen, Quantity, Text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Grade（严重程度）, from strongest to weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 明确违规
    Violation,
    /// 高度可疑
    SuspicionHigh,
    /// 可疑
    Suspicion,
    /// 提示
    Hint,
}

impl Grade {
    /// As written in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Violation => "violation",
            Self::SuspicionHigh => "suspicion_high",
            Self::Suspicion => "suspicion",
            Self::Hint => "hint",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Violation => "明确违规",
            Self::SuspicionHigh => "高度可疑",
            Self::Suspicion => "可疑",
            Self::Hint => "提示",
        }
    }

    /// The weaker of the two.
    #[must_use]
    pub fn at_most(self, cap: Self) -> Self {
        self.max(cap)
    }
}

/// Amount basis（金额口径）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountBasis {
    /// 整行明细
    Line,
    /// 超出部分
    Excess,
    /// 差价
    Difference,
    /// 整个病例
    Case,
    /// 按病种或床日付费，金额仅供参考
    Index,
    /// 不计金额
    None,
}

impl AmountBasis {
    /// As written in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Excess => "excess",
            Self::Difference => "difference",
            Self::Case => "case",
            Self::Index => "index",
            Self::None => "none",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Line => "整行明细",
            Self::Excess => "超出部分",
            Self::Difference => "差价",
            Self::Case => "整个病例",
            Self::Index => "按病种或床日付费，仅供参考",
            Self::None => "不计金额",
        }
    }
}

/// A charged line inside a finding: how much of it is excess.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargedLine {
    /// Line id: `mdtrt_id:bkkp_sn`.
    pub line_id: String,
    /// Excess part of its amount.
    pub excess: Fen,
    /// Fund's share of that excess; none when the settlement does not tell.
    pub fund: Option<Fen>,
}

/// Fact used（所用事实）: its name in the vocabulary and its value as people read it; none when it was missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactUsed {
    /// Name, such as `line.age_years`.
    pub name: String,
    /// What it is, in Chinese.
    pub label: String,
    /// Value.
    pub value: Option<String>,
}

/// Law cited（法律依据）.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LawCited {
    /// Law or document.
    pub law: String,
    /// Article.
    pub article: String,
}

/// Parameter used（所用参数）.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterUsed {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// What it means, in Chinese.
    pub means: String,
    /// Source: the default's, or the region's paper.
    pub source: String,
}

/// Evidence（证据）: all that decided a finding, enough to compute it again by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Facts that the rule's expressions read.
    pub facts: Vec<FactUsed>,
    /// The deciding knowledge row, column by column.
    pub knowledge: Vec<FactUsed>,
    /// What the deciding row replaced and what replaced it, as known when it was judged.
    #[serde(default)]
    pub succession: Vec<String>,
    /// Parameters.
    pub parameters: Vec<ParameterUsed>,
    /// Law.
    pub law: Vec<LawCited>,
    /// The arithmetic, line by line, in Chinese.
    pub arithmetic: Vec<String>,
    /// Charged lines with their excess.
    pub charged: Vec<ChargedLine>,
    /// In-scope part of the charged lines, in fen.
    pub in_scope_amount_fen: Option<i64>,
    /// Why the grade is not the rule's own.
    pub graded_because: Option<String>,
    /// Why the fund's share is not known.
    pub fund_unknown: Option<String>,
    /// What normalisation did to these lines: refunds, merged stays, unreliable dates.
    pub notes: Vec<String>,
    /// What would clear it.
    pub cleared_by: Vec<String>,
}

/// Finding（疑点）: one row of `findings.parquet`; columns as in the contract, section 3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Hash of rule code, grain and subject key.
    pub finding_id: String,
    /// Rises as facts change under the same id.
    pub revision: u32,
    /// Rule code.
    pub rule_code: String,
    /// Rule version.
    pub rule_version: u32,
    /// Rule name.
    pub rule_name: String,
    /// `trial` findings are never filed.
    pub rule_status: String,
    /// Deciding knowledge row.
    pub knowledge_id: Option<String>,
    /// Grade.
    pub grade: Grade,
    /// Grain: `line`, `pair`, `window`, `visit`, `stay`, `stay-pair`, `course`, `person`, `institution`, `trace` ….
    pub subject: String,
    /// Subject key, as the contract spells it.
    pub subject_key: String,
    /// Institution charged.
    pub fixmedins_code: Option<String>,
    /// Person.
    pub psn_no: Option<String>,
    /// Visit charged.
    pub mdtrt_id: Option<String>,
    /// Settlement charged.
    pub setl_id: Option<String>,
    /// Ordering doctor of the charged side.
    pub bilg_dr_code: Option<String>,
    /// Involved other visits, lines, persons.
    pub related: Vec<String>,
    /// Offending lines.
    pub line_ids: Vec<String>,
    /// Lines involved but not charged.
    pub related_lines: Vec<String>,
    /// Scheme.
    pub insutype: Option<String>,
    /// Insured region.
    pub insu_admdvs: Option<String>,
    /// Fund → fen; sums to `fund_amount_fen`.
    pub fund_parts: Vec<(String, i64)>,
    /// How the amount is to be understood.
    pub amount_basis: AmountBasis,
    /// Day of service that broke the rule.
    pub occurred_on: Day,
    /// Excess quantity.
    pub quantity_excess: Option<Quantity>,
    /// Excess amount.
    pub amount_fen: i64,
    /// Fund's share of it; none when unknown.
    pub fund_amount_fen: Option<i64>,
    /// One Chinese sentence.
    pub message: String,
    /// All that decided it.
    pub evidence: Evidence,
    /// Hash over all that decided it.
    pub digest: String,
}

impl Finding {
    /// Fills id and digest from the other fields; call it last.
    ///
    /// # Panics
    /// Never: a finding has only texts, numbers and lists, which JSON can hold.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.finding_id = finding_id(&self.rule_code, &self.subject, &self.subject_key);
        self.digest = String::new();
        self.revision = 1;
        // A later batch that ends the deciding row changes nothing of what was judged: it makes no new revision.
        let succession = std::mem::take(&mut self.evidence.succession);
        let text = serde_json::to_string(&self).expect("a finding has only text, numbers and lists, which JSON can hold");
        self.digest = hex(&Sha256::digest(text.as_bytes()));
        self.evidence.succession = succession;
        self
    }
}

/// Undecided（无法判定）: a subject that a rule could not judge, and the missing fact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undecided {
    /// Rule code.
    pub rule_code: String,
    /// Grain.
    pub subject: String,
    /// Institution.
    pub fixmedins_code: Option<String>,
    /// Person.
    pub psn_no: Option<String>,
    /// Visit.
    pub mdtrt_id: Option<String>,
    /// Line.
    pub line_id: Option<String>,
    /// Item.
    pub item: Option<String>,
    /// Period.
    pub period: Option<String>,
    /// Trace code.
    pub trace: Option<String>,
    /// Why, in Chinese.
    pub reason: String,
    /// The missing fact by its name in the vocabulary.
    pub missing_fact: String,
}

/// Exempted（例外放过）: a subject that a rule would have hit, had an exception not cleared it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exempted {
    /// The subject, told as an undecided one would be.
    pub subject: Undecided,
    /// What cleared it: the words of the exception.
    pub cleared_by: String,
}

/// The id that the same subject keeps in every run.
pub fn finding_id(rule_code: &str, grain: &str, key: &str) -> String {
    let mut hash = Sha256::new();
    for part in [rule_code, grain, key] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()[..16])
}

/// A line's id everywhere outside the lake: `mdtrt_id:bkkp_sn`.
pub fn line_id(mdtrt_id: &str, bkkp_sn: &str) -> String {
    format!("{mdtrt_id}:{bkkp_sn}")
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

/// Text handles are cheap to clone; findings leave the engine, so they own plain strings.
pub fn owned(text: Option<&Text>) -> Option<String> {
    text.map(ToString::to_string)
}
