//! Which rules are measured.

use clap::ValueEnum;
use rulebook::logic::Kind;
use rulebook::{Pack, Rule};

/// RuleSet（规则范围）: the rules of a measurement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleSet {
    /// Those that the peer judges too.
    #[default]
    Compared,
    /// Every shipped rule.
    All,
    /// The first 48 that rest on no SELECT.
    Few,
    /// Those, and a hundred line rules more.
    Added,
}

/// How many rules [`RuleSet::Few`] takes.
const FEW: usize = 48;

/// How many line rules [`RuleSet::Added`] has more.
const MORE: usize = 100;

impl RuleSet {
    /// The pack with what the set adds: copies of the shipped line rules in turn, which judge by the knowledge of the original.
    pub(crate) fn pack(self, mut pack: Pack) -> Pack {
        if self == Self::Added {
            let lines: Vec<Rule> = pack.rules.iter().filter(|rule| matches!(rule.logic.kind, Kind::Line(_))).cloned().collect();
            let copies = lines.iter().cycle().take(if lines.is_empty() { 0 } else { MORE }).zip(0..);
            pack.rules.extend(copies.map(|(rule, number)| copy(rule, number)));
        }
        pack
    }

    /// Codes of the rules to run; none for all.
    pub(crate) fn codes(self, pack: &Pack) -> Vec<String> {
        let code = |rule: &Rule| rule.code.clone();
        let few = || pack.rules.iter().filter(|rule| !is_copy(rule) && rule.logic.kind.select().is_none()).take(FEW).map(code);
        match self {
            Self::Compared => COMPARED.iter().map(|code| (*code).to_owned()).collect(),
            Self::All => Vec::new(),
            Self::Few => few().collect(),
            Self::Added => few().chain(pack.rules.iter().filter(|rule| is_copy(rule)).map(code)).collect(),
        }
    }
}

/// Codes of copies begin so; no shipped rule's does.
const COPY: &str = "COPY-";

fn is_copy(rule: &Rule) -> bool {
    rule.code.starts_with(COPY)
}

fn copy(rule: &Rule, number: usize) -> Rule {
    let mut copy = rule.clone();
    copy.logic.points_of.get_or_insert_with(|| rule.code.clone());
    copy.code = format!("{COPY}{number:03}");
    copy
}

/// Rules that both contestants judge, and the stock ledger, which the peer leaves out. More rules would be more work for one side.
const COMPARED: [&str; 28] = [
    "E25-013",
    "E25-031",
    "GZ10000101001000",
    "GZ10000101002000",
    "GZ10000101004000",
    "GZ10000101007000",
    "GZ10000101010000",
    "GZ10000101012000",
    "GZ10000102001000",
    "GZ10000102002000",
    "GZ10000102010000",
    "GZ10000102012000",
    "GZ10000102014000",
    "GZ10000201008000",
    "GZ10000202001000",
    "GZ10000204001000",
    "GZ10000204006000",
    "GZ10000301002000",
    "GZ10000301004000",
    "GZ10000302003000",
    "GZ10000302004000",
    "M004",
    "M005",
    "M007",
    "M010",
    "M020",
    "M021",
    "M024",
];
