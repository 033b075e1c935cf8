//! Counting findings: institutions, cases, lines, and every line's money once.

use std::collections::{HashMap, HashSet};

use engine::settle::distinct;
use rulebook::finding::AmountBasis;
use rulebook::{Finding, Grade};
use serde::Serialize;

/// Group（汇总数）: what a set of findings comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Group {
    pub(crate) findings: u64,
    /// Institutions concerned.
    pub(crate) institutions: u64,
    /// Visits concerned（病例）.
    pub(crate) cases: u64,
    /// Fee lines concerned（明细）.
    pub(crate) lines: u64,
    /// Every line's money once; amounts for reference only and hints are left out.
    pub(crate) amount_fen: i64,
    /// The same of the fund's share.
    pub(crate) fund_amount_fen: i64,
}

impl Group {
    /// Counts findings.
    pub(crate) fn of(findings: &[&Finding]) -> Self {
        let number = |set: HashSet<&str>| set.len() as u64;
        let money = distinct(findings.iter().copied());
        Self {
            findings: findings.len() as u64,
            institutions: number(findings.iter().filter_map(|f| f.fixmedins_code.as_deref()).collect()),
            cases: number(findings.iter().filter_map(|f| f.mdtrt_id.as_deref()).collect()),
            lines: number(findings.iter().flat_map(|f| &f.line_ids).map(String::as_str).collect()),
            amount_fen: money.amount_fen,
            fund_amount_fen: money.fund_amount_fen,
        }
    }
}

/// A line with all findings that charge it.
pub(crate) struct ChargedLine<'a> {
    pub(crate) line_id: &'a str,
    pub(crate) amount_fen: i64,
    pub(crate) findings: Vec<&'a Finding>,
}

/// Lines by the money charged on them, the dearest first.
pub(crate) fn dearest<'a>(findings: impl Iterator<Item = &'a Finding>, most: usize) -> Vec<ChargedLine<'a>> {
    let mut lines: HashMap<&str, ChargedLine<'_>> = HashMap::new();
    for finding in findings.filter(|f| counts(f)) {
        for charged in &finding.evidence.charged {
            let id = charged.line_id.as_str();
            let line = lines.entry(id).or_insert_with(|| ChargedLine { line_id: id, amount_fen: 0, findings: Vec::new() });
            line.amount_fen = line.amount_fen.max(charged.excess.0);
            line.findings.push(finding);
        }
    }
    let mut lines: Vec<_> = lines.into_values().collect();
    lines.sort_by(|a, b| (b.amount_fen, a.line_id).cmp(&(a.amount_fen, b.line_id)));
    lines.truncate(most);
    lines
}

/// Whether a finding's money is money that may be asked back.
fn counts(finding: &Finding) -> bool {
    !matches!(finding.amount_basis, AmountBasis::Index | AmountBasis::None) && finding.grade != Grade::Hint
}
