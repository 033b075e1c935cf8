//! Standing（规则实绩）: whether what people decided on a rule's findings still lets it accuse anybody.
//!
//! A rule whose findings are mostly withdrawn costs hospitals an answer and the bureau a review for nothing. It then gives hints only, which
//! are not filed, until a mended version of it runs: each version answers for itself.

use serde::{Deserialize, Serialize};

/// Record（实绩）: the decided findings of one version of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// 已认定, in full or in part.
    pub confirmed: u64,
    /// 已撤销, at the first review or after an appeal.
    pub overturned: u64,
    /// 审核用时: how long people looked at its findings, in seconds, decided or not.
    pub review_seconds: u64,
    /// What the funds get back by those confirmed findings whose time is known, in fen.
    pub timed_fund_fen: i64,
}

/// Floor（降级线）: what a region asks of its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Floor {
    /// Decided findings before a rule is judged at all.
    pub least_decided: u64,
    /// Of a hundred decided findings, so many confirmed at least.
    pub confirmed_percent: u64,
}

/// What a region gets that has said nothing else. No paper fixes a number: of findings that are wrong as often as right nobody has a use.
impl Default for Floor {
    fn default() -> Self {
        Self { least_decided: 30, confirmed_percent: 50 }
    }
}

/// Standing（规则现状）.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// 样本不足: too few were decided.
    Unproved,
    /// 符合要求
    Holds,
    /// 降为提示: its findings are hints, and are not filed.
    HintOnly,
}

impl Record {
    /// All that were decided.
    pub const fn decided(self) -> u64 {
        self.confirmed + self.overturned
    }

    /// 元/审核小时: what comes back by an hour of review, in fen; none while no time is known.
    pub fn fen_per_hour(self) -> Option<i64> {
        let seconds = i64::try_from(self.review_seconds).ok().filter(|seconds| *seconds > 0)?;
        claims::money::mul_div(self.timed_fund_fen, 3_600, seconds)
    }

    /// How the rule stands with it.
    pub const fn standing(self, floor: Floor) -> Standing {
        if self.decided() == 0 || self.decided() < floor.least_decided {
            Standing::Unproved
        } else if self.confirmed * 100 < self.decided() * floor.confirmed_percent {
            Standing::HintOnly
        } else {
            Standing::Holds
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_review_is_worth_what_came_back_by_it() {
        let record = Record { review_seconds: 1_800, timed_fund_fen: 40_000, ..Record::default() };
        assert_eq!(record.fen_per_hour(), Some(80_000));
        assert_eq!(Record { review_seconds: 0, ..record }.fen_per_hour(), None);
    }

    #[test]
    fn a_rule_falls_when_enough_was_decided_and_too_little_confirmed() {
        let floor = Floor { least_decided: 20, confirmed_percent: 50 };
        let standing = |confirmed, overturned| Record { confirmed, overturned, ..Record::default() }.standing(floor);
        assert_eq!(standing(0, 0), Standing::Unproved);
        assert_eq!(standing(0, 19), Standing::Unproved, "one more decides");
        assert_eq!(standing(0, 20), Standing::HintOnly);
        assert_eq!(standing(9, 11), Standing::HintOnly);
        assert_eq!(standing(10, 10), Standing::Holds, "the floor itself is enough");
        let none = Floor { least_decided: 0, confirmed_percent: 0 };
        assert_eq!(Record { overturned: 5, ..Record::default() }.standing(none), Standing::Holds, "a region may ask for nothing");
        assert_eq!(Record::default().standing(none), Standing::Unproved);
    }
}
