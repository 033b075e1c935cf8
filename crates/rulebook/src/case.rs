//! Case（用例）: rows of the national tables and knowledge, and what the rule must answer.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::parameter::Value;

/// Case（用例）.
///
/// A case states only the columns that matter; the rest is an ordinary, lawful default.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in Chinese.
    pub name: String,
    /// The rule, in stand-alone case files only.
    pub rule: Option<String>,
    /// Rows by national table name, `fee_list_d` and so on.
    #[serde(default)]
    pub given: BTreeMap<String, Vec<Row>>,
    /// Knowledge rows by table name; none means that the shipped knowledge is used.
    #[serde(default)]
    pub knowledge: BTreeMap<String, Vec<Row>>,
    /// First day that the data cover; none means that nothing earlier is missing.
    pub data_from: Option<String>,
    /// Parameters set for this case.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    /// Findings expected, none, or `"undecided"`.
    pub expect: Expect,
}

/// A row: column → value; numbers may be written plainly, decimals as texts.
pub type Row = BTreeMap<String, Scalar>;

/// A cell of a case's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match toml::Value::deserialize(from)? {
            toml::Value::String(text) => text,
            toml::Value::Integer(n) => n.to_string(),
            // TOML has no decimals; the shortest text of the float is what the author wrote.
            toml::Value::Float(n) => n.to_string(),
            toml::Value::Boolean(b) => if b { "1" } else { "0" }.to_owned(),
            toml::Value::Datetime(at) => at.to_string(),
            other => return Err(serde::de::Error::custom(format!("单元格不能是 {}", other.type_str()))),
        }))
    }
}

/// What a case expects（期望）.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// These findings, no more and no less; empty means clear.
    Findings(Vec<ExpectedFinding>),
    /// Undecided, and no finding.
    Undecided,
}

impl<'de> Deserialize<'de> for Expect {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(from)? {
            toml::Value::String(word) if word == "undecided" => Ok(Self::Undecided),
            toml::Value::String(word) if word == "clear" => Ok(Self::Findings(Vec::new())),
            toml::Value::Array(list) => list
                .into_iter()
                .map(toml::Value::try_into)
                .collect::<Result<_, _>>()
                .map(Self::Findings)
                .map_err(serde::de::Error::custom),
            other => Err(serde::de::Error::custom(format!("expect 应是疑点列表、[]、\"clear\" 或 \"undecided\"，不是 {other}"))),
        }
    }
}

/// A finding that a case expects; only what is stated is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFinding {
    /// Offending lines, as `bkkp_sn` or `mdtrt_id:bkkp_sn`, in any order.
    pub lines: Option<Vec<String>>,
    /// Excess amount in fen.
    pub amount_fen: Option<i64>,
    /// Fund's share in fen.
    pub fund_amount_fen: Option<i64>,
    /// Grade by name.
    pub grade: Option<String>,
    /// Visit charged.
    pub mdtrt_id: Option<String>,
    /// Amount basis by name.
    pub amount_basis: Option<String>,
    /// Whom it names beside: members of a group, other visits, in any order.
    pub related: Option<Vec<String>>,
    /// Lines that show it and are not charged, in any order.
    pub related_lines: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    rule: Option<String>,
    #[serde(rename = "case")]
    cases: Vec<Case>,
}

/// Reads a stand-alone case file: `rule = "CODE"` and `[[case]]` tables.
pub fn parse_file(text: &str) -> Result<Vec<Case>, String> {
    let file: CaseFile = toml::from_str(text).map_err(|e| crate::rule::toml_problem(text, &e))?;
    let default = file.rule;
    file.cases
        .into_iter()
        .map(|mut case| {
            case.rule = case.rule.or_else(|| default.clone());
            if case.rule.is_none() {
                return Err(format!("用例“{}”没有写明规则：在文件开头写 rule = \"编码\"", case.name));
            }
            Ok(case)
        })
        .collect()
}
