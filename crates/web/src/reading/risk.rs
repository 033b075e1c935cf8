//! Risk profiles as pages show them, ready to be read: numbers with their units, and why each point was given.

use std::collections::HashSet;

use casework::Scope;
use serde::{Deserialize, Serialize};

/// Whose profiles（画像对象）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileOf {
    /// 机构
    Institution,
    /// 医师
    Doctor,
    /// 参保人
    Person,
}

/// What all profiles of a kind have in common: the run, the method, the totals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskHead {
    /// Run.
    pub run_id: String,
    /// Version of the lake that it read.
    pub lake_version: u64,
    /// When the profiles were made.
    pub made_at: String,
    /// Since when the method is in force, and where it stands.
    pub scheme: String,
    /// Points from which on a risk is high and middle.
    pub bands: (String, String),
    /// Profiles in all.
    pub units: usize,
    /// Of these: high, middle, low.
    pub by_band: (usize, usize, usize),
    /// Times a rule could not tell.
    pub undecided: u64,
    /// Findings of rules on trial.
    pub trial: u64,
    /// Below so many peers nothing is compared.
    pub least_peers: usize,
    /// Findings that the data explain.
    pub aside: Vec<RiskAside>,
}

/// Findings that the data explain（数据问题）.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskAside {
    /// Why.
    pub reason: String,
    /// How many.
    pub findings: u64,
}

/// Profile（风险画像）.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskProfile {
    /// Code of the institution, doctor or person.
    pub code: String,
    /// Place among all, from 1.
    pub rank: usize,
    /// Name, where one is known.
    pub name: String,
    /// Region of an institution.
    pub region: String,
    /// Whom it is compared with.
    pub peers: String,
    /// Points.
    pub score: String,
    /// high, middle or low.
    pub band: String,
    /// Whether the monthly rate rises or falls, in words.
    pub trend: String,
    /// Findings that count: 明确违规, 高度可疑, 可疑, 提示.
    pub grades: (u64, u64, u64, u64),
    /// Their amount with every line counted once, in fen.
    pub amount_fen: i64,
    /// What of it the funds paid, in fen.
    pub fund_fen: i64,
    /// Visits.
    pub visits: i64,
    /// What gave how many points.
    pub factors: Vec<RiskFactor>,
    /// Findings that the data explain.
    pub aside: Vec<RiskAside>,
    /// Findings of rules on trial.
    pub trial: u64,
    /// The gravest findings.
    pub gravest: Vec<String>,
    /// Months.
    pub months: Vec<RiskMonth>,
}

/// What one factor gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskFactor {
    /// Name.
    pub label: String,
    /// What is counted.
    pub counts: String,
    /// Value.
    pub value: String,
    /// What a rate rests on.
    pub n: String,
    /// Median of the peers.
    pub median: String,
    /// How many peers.
    pub peers: usize,
    /// Points given.
    pub points: String,
    /// Points there are.
    pub of: String,
    /// Given of those there are, in percent.
    pub percent: u8,
    /// Why, in a sentence.
    pub words: String,
}

/// A month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskMonth {
    /// As `2026-03`.
    pub month: String,
    /// Visits.
    pub visits: i64,
    /// Amount billed, in fen.
    pub amount_fen: i64,
    /// What of it the funds paid, in fen.
    pub fund_fen: i64,
    /// Findings that count.
    pub findings: u64,
}

/// What is asked of the profiles.
#[derive(Clone, Debug)]
pub struct ProfilesAsked {
    /// Whose.
    pub of: ProfileOf,
    /// Institutions that may be shown.
    pub scope: Scope,
    /// Only these codes, where it is known who may be shown.
    pub among: Option<HashSet<String>>,
    /// Code, or words of the name.
    pub words: Option<String>,
    /// high, middle or low.
    pub band: Option<String>,
    /// Whom they are compared with.
    pub peers: Option<String>,
    /// Rows passed over.
    pub skip: usize,
    /// Most rows.
    pub most: usize,
}

impl ProfilesAsked {
    /// Whether a profile is asked for.
    pub fn wants(&self, profile: &RiskProfile) -> bool {
        let covered = self.of != ProfileOf::Institution || self.scope.covers(Some(&profile.code), &profile.region);
        covered
            && self.among.as_ref().is_none_or(|codes| codes.contains(&profile.code))
            && self.band.as_deref().is_none_or(|band| profile.band == band)
            && self.peers.as_deref().is_none_or(|peers| profile.peers == peers)
            && self.words.as_deref().is_none_or(|words| profile.code == words || profile.name.contains(words))
    }
}
