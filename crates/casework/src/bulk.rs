//! Bulk acts（批量办理）: one act on many findings, with one reason. Each finding is decided by itself, as if it were the only one.

use claims::Day;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, UserId};
use crate::calendar::Calendar;
use crate::event::Step;
use crate::finding::Finding;
use crate::notice::Limits;
use crate::policy::{Action, allow};
use crate::refusal::Refusal;
use crate::review::{FirstReview, said};

/// Bulk act（批量办理）: what is done to each of many findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum BulkAct {
    /// 初审通过
    Pass,
    /// 判为不成立
    Dismiss,
    /// 下发机构
    Tell,
    /// 分派
    Assign {
        /// To whom.
        to: UserId,
    },
    /// 暂缓
    Snooze {
        /// Until when.
        until: Day,
    },
}

impl BulkAct {
    /// As shown to people.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Pass => "初审通过",
            Self::Dismiss => "判为不成立",
            Self::Tell => "下发机构",
            Self::Assign { .. } => "分派",
            Self::Snooze { .. } => "暂缓",
        }
    }

    /// What somebody must be allowed to do it.
    pub const fn action(&self) -> Action {
        match self {
            Self::Pass | Self::Dismiss => Action::Review,
            Self::Tell => Action::Tell,
            Self::Assign { .. } => Action::Assign,
            Self::Snooze { .. } => Action::Snooze,
        }
    }

    /// The state in which findings wait for it, as the store names it; any that is not closed where there is none.
    pub const fn waits_in(&self) -> Option<&'static str> {
        match self {
            Self::Pass | Self::Dismiss => Some("filed"),
            Self::Tell => Some("passed"),
            Self::Assign { .. } | Self::Snooze { .. } => None,
        }
    }

    /// Whether each of them needs a reason.
    pub const fn needs_reason(&self) -> bool {
        matches!(self, Self::Dismiss | Self::Snooze { .. })
    }

    /// Whether it can be done at all, whatever the finding.
    pub fn check(&self, actor: &Actor, reason: &str, today: Day) -> Result<(), Refusal> {
        allow(actor, self.action())?;
        if self.needs_reason() {
            said(reason)?;
        }
        match self {
            Self::Snooze { until } if *until <= today => Err(Refusal::NotLater { than: today }),
            _ => Ok(()),
        }
    }

    /// The step of one finding.
    pub fn decide(
        &self,
        finding: &Finding,
        actor: &Actor,
        reason: &str,
        limits: Limits,
        calendar: &Calendar,
        today: Day,
    ) -> Result<Step, Refusal> {
        match self {
            Self::Pass => finding.review(actor, FirstReview::Pass, today),
            Self::Dismiss => finding.review(actor, FirstReview::Dismiss { reason: reason.to_owned() }, today),
            Self::Tell => finding.tell(actor, limits, calendar, today),
            Self::Assign { to } => finding.assign(actor, to.clone(), today),
            Self::Snooze { until } => finding.snooze(actor, *until, reason, today),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::sample::{actor, auditor, day, filed, limits};

    fn all() -> [BulkAct; 5] {
        let to = UserId::new("乙");
        [BulkAct::Pass, BulkAct::Dismiss, BulkAct::Tell, BulkAct::Assign { to }, BulkAct::Snooze { until: day(9) }]
    }

    fn step(act: &BulkAct, finding: &Finding) -> Result<Step, Refusal> {
        act.decide(finding, &auditor("甲"), "误报", limits(), &Calendar::default(), day(3))
    }

    #[test]
    fn what_waits_for_an_act_can_be_done_and_nothing_else() {
        let filed = Finding::filed(filed(100), day(1)).next;
        let passed = filed.review(&auditor("甲"), FirstReview::Pass, day(2)).unwrap().next;
        let gone = Finding { state: crate::State::Gone, ..passed.clone() };
        for act in all() {
            for finding in [&filed, &passed, &gone] {
                let waits = act.waits_in().map_or(!finding.state.is_closed(), |state| state == finding.state.name());
                assert_eq!(step(&act, finding).is_ok(), waits, "{act:?} {}", finding.state.name());
            }
        }
    }

    #[test]
    fn what_no_finding_could_allow_is_refused_at_once() {
        let expert = actor("专家", Role::Expert);
        for act in all() {
            assert_eq!(act.check(&expert, "误报", day(3)), Err(Refusal::NotPermitted(act.action())));
            assert_eq!(act.check(&auditor("甲"), "误报", day(3)), Ok(()));
            let blank = act.check(&auditor("甲"), "  ", day(3));
            assert_eq!(blank, if act.needs_reason() { Err(Refusal::BlankReason) } else { Ok(()) }, "{act:?}");
        }
        let late = BulkAct::Snooze { until: day(3) }.check(&auditor("甲"), "等病历", day(3));
        assert_eq!(late, Err(Refusal::NotLater { than: day(3) }));
    }
}
