//! Twenty findings to look at: ten that appear, ten that vanish, drawn by a seed so that anybody can draw them again.

use std::collections::HashMap;

use rulebook::finding::FactUsed;
use rulebook::{Finding, Undecided};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::super::trial::Tried;
use crate::findings::difference::Difference;

/// Findings drawn of each side.
const DRAWN: usize = 10;
/// Facts told of each; all of them are in its evidence.
const FACTS: usize = 6;

/// Sample（抽样）.
#[derive(Debug, Serialize)]
pub(super) struct Sample {
    pub(super) seed: u64,
    pub(super) appeared: Vec<Drawn>,
    pub(super) vanished: Vec<Drawn>,
}

/// A finding in short: what, and by what.
#[derive(Debug, Serialize)]
pub(super) struct Drawn {
    pub(super) finding_id: String,
    pub(super) fixmedins_code: Option<String>,
    pub(super) mdtrt_id: Option<String>,
    pub(super) line_ids: Vec<String>,
    pub(super) occurred_on: String,
    pub(super) grade: &'static str,
    pub(super) amount_fen: i64,
    pub(super) message: String,
    pub(super) facts: Vec<String>,
    pub(super) arithmetic: Vec<String>,
    /// What the other rule answers.
    pub(super) other_rule: String,
}

pub(super) fn draw(found: &Difference<'_>, before: &Tried, after: &Tried, seed: u64) -> Sample {
    let (of_old, of_new) = (Silence::of(before), Silence::of(after));
    let drawn = |findings: &[&Finding], other: &Silence<'_>| first(findings, seed).into_iter().map(|f| told(f, other)).collect();
    Sample { seed, appeared: drawn(&found.appeared, &of_old), vanished: drawn(&found.vanished, &of_new) }
}

/// The first findings in an order that only the seed and their ids decide.
fn first<'a>(findings: &[&'a Finding], seed: u64) -> Vec<&'a Finding> {
    let place = |finding: &&Finding| Sha256::digest(format!("{seed}|{}", finding.finding_id).as_bytes());
    let mut all = findings.to_vec();
    all.sort_by_cached_key(place);
    all.truncate(DRAWN);
    all
}

fn told(finding: &Finding, other: &Silence<'_>) -> Drawn {
    let fact = |fact: &FactUsed| Some(format!("{} {}", fact.label, fact.value.as_ref()?));
    Drawn {
        finding_id: finding.finding_id.clone(),
        fixmedins_code: finding.fixmedins_code.clone(),
        mdtrt_id: finding.mdtrt_id.clone(),
        line_ids: finding.line_ids.clone(),
        occurred_on: finding.occurred_on.to_string(),
        grade: finding.grade.label(),
        amount_fen: finding.amount_fen,
        message: finding.message.clone(),
        facts: finding.evidence.facts.iter().filter_map(fact).take(FACTS).collect(),
        arithmetic: finding.evidence.arithmetic.clone(),
        other_rule: other.answer(finding),
    }
}

/// Why a rule has no finding on a subject: it may have been unable to tell.
struct Silence<'a> {
    undecided: HashMap<(&'a Option<String>, &'a Option<String>), Vec<&'a Undecided>>,
}

impl<'a> Silence<'a> {
    fn of(tried: &'a Tried) -> Self {
        let mut undecided: HashMap<_, Vec<&Undecided>> = HashMap::new();
        for one in &tried.undecided {
            undecided.entry((&one.fixmedins_code, &one.mdtrt_id)).or_default().push(one);
        }
        Self { undecided }
    }

    fn answer(&self, finding: &Finding) -> String {
        let of_visit = self.undecided.get(&(&finding.fixmedins_code, &finding.mdtrt_id));
        let speaks_of = |one: &&&Undecided| one.line_id.as_ref().is_none_or(|line| finding.line_ids.contains(line));
        match of_visit.and_then(|all| all.iter().find(speaks_of)) {
            Some(one) => format!("未决：{}", one.reason),
            None => "不命中".to_owned(),
        }
    }
}
