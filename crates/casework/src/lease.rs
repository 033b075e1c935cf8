//! Lease（占用）: whoever takes a finding to judge it has it alone for a while, so that two people never judge the same one at once.
//!
//! A lease is nothing that happened to the finding: it changes no state, it ends by itself, and it is not kept when it is over.

use claims::Moment;

use crate::actor::{Actor, UserId};
use crate::event::Event;
use crate::finding::{Finding, State};
use crate::notice::Limits;
use crate::policy::{Action, require};
use crate::refusal::Refusal;

/// Lease（占用）.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who has it.
    pub by: UserId,
    /// Since when.
    pub since: Moment,
    /// From then on, anybody may take it.
    pub until: Moment,
}

impl Lease {
    /// Whether it still holds.
    pub fn runs(&self, now: Moment) -> bool {
        now < self.until
    }

    /// Whether it keeps somebody from judging.
    pub fn keeps_out(&self, user: &UserId, now: Moment) -> bool {
        self.runs(now) && self.by != *user
    }
}

/// States in which a finding waits for one person's judgement, and for whose.
const JUDGED: [(&str, Action); 2] = [("filed", Action::Review), ("under_appeal", Action::DecideAppeal)];

/// Names of the states in which an actor has something to judge.
pub fn judged_by(actor: &Actor) -> Vec<&'static str> {
    let may = |(state, action): (&'static str, Action)| crate::policy::permits(actor.role, action).then_some(state);
    JUDGED.into_iter().filter_map(may).collect()
}

impl Event {
    /// Whether it is one person's judgement, which nobody makes while another has the finding.
    pub const fn is_judgement(&self) -> bool {
        matches!(
            self,
            Self::Passed { .. } | Self::Dismissed { .. } | Self::Decided { .. } | Self::Convened { .. } | Self::MoreAsked { .. }
        )
    }

    /// Whether whoever had the finding is done with it.
    pub const fn ends_lease(&self) -> bool {
        self.is_judgement()
            || matches!(self, Self::Assigned { .. } | Self::Snoozed { .. } | Self::Vanished { .. } | Self::Exempted { .. })
    }
}

impl Finding {
    /// 占用: the actor takes it to judge it. Who has it already keeps it longer.
    pub fn lease(&self, actor: &Actor, held: Option<&Lease>, limits: Limits, now: Moment) -> Result<Lease, Refusal> {
        require(actor, Action::Lease, self)?;
        if !judged_by(actor).contains(&self.state.name()) {
            return Err(self.wrong_state(Action::Lease));
        }
        if matches!(self.state, State::UnderAppeal { .. }) {
            self.by_somebody_else(actor)?;
        }
        let held = held.filter(|lease| lease.runs(now));
        if let Some(other) = held.filter(|lease| lease.keeps_out(&actor.user, now)) {
            return Err(Refusal::Held { by: other.by.clone(), until: other.until });
        }
        let since = held.map_or(now, |own| own.since);
        Ok(Lease { by: actor.user.clone(), since, until: now.plus_seconds(i64::from(limits.lease_minutes) * 60) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::sample::{actor, appealed, auditor, day, filed, limits, told};

    fn at(minute: i64) -> Moment {
        day(2).midnight().plus_seconds(minute * 60)
    }

    #[test]
    fn one_has_it_until_it_ends_and_then_another_may() {
        let finding = Finding::filed(filed(100), day(1)).next;
        let first = finding.lease(&auditor("甲"), None, limits(), at(0)).unwrap();
        assert_eq!((first.since, first.until), (at(0), at(20)));
        let second = |minute| finding.lease(&auditor("乙"), Some(&first), limits(), at(minute));
        assert_eq!(second(19), Err(Refusal::Held { by: UserId::new("甲"), until: at(20) }));
        assert_eq!(second(20).unwrap().since, at(20));
        let longer = finding.lease(&auditor("甲"), Some(&first), limits(), at(15)).unwrap();
        assert_eq!((longer.since, longer.until), (at(0), at(35)), "who works on keeps the beginning");
    }

    #[test]
    fn only_what_waits_for_ones_judgement_is_taken() {
        let reviewer = actor("复审员", Role::Reviewer);
        assert!(appealed(100).lease(&reviewer, None, limits(), at(0)).is_ok());
        let first = actor("初审员", Role::Head);
        assert_eq!(appealed(100).lease(&first, None, limits(), at(0)), Err(Refusal::OwnDecision));
        assert!(matches!(told(100).lease(&auditor("甲"), None, limits(), at(0)), Err(Refusal::WrongState { .. })));
        let filed = Finding::filed(filed(100), day(1)).next;
        assert!(matches!(filed.lease(&reviewer, None, limits(), at(0)), Err(Refusal::WrongState { .. })));
        let expert = actor("专家", Role::Expert);
        assert_eq!(filed.lease(&expert, None, limits(), at(0)), Err(Refusal::NotPermitted(Action::Lease)));
        assert_eq!((judged_by(&auditor("甲")), judged_by(&reviewer)), (vec!["filed"], vec!["under_appeal"]));
    }
}
