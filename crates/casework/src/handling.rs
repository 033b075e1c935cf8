//! Handling（经办）: who deals with a finding, and when. It decides nothing, and every limit runs on.

use claims::Day;

use crate::actor::{Actor, UserId};
use crate::event::{Event, Step};
use crate::finding::Finding;
use crate::policy::{Action, require};
use crate::refusal::Refusal;
use crate::review::said;

impl Finding {
    /// 分派
    pub fn assign(&self, actor: &Actor, to: UserId, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::Assign, self)?;
        if self.state.is_closed() {
            return Err(self.wrong_state(Action::Assign));
        }
        let event = Event::Assigned { by: actor.user.clone(), to: to.clone() };
        Ok(Step { next: Self { assignee: Some(to), ..self.clone() }, event, on: today })
    }

    /// 暂缓: out of sight until a day, with a reason.
    pub fn snooze(&self, actor: &Actor, until: Day, reason: &str, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::Snooze, self)?;
        if self.state.is_closed() {
            return Err(self.wrong_state(Action::Snooze));
        }
        if until <= today {
            return Err(Refusal::NotLater { than: today });
        }
        let event = Event::Snoozed { by: actor.user.clone(), until, reason: said(reason)? };
        Ok(Step { next: Self { snoozed_until: Some(until), ..self.clone() }, event, on: today })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::sample::{actor, auditor, day, filed, told};
    use crate::{FirstReview, State};

    #[test]
    fn handling_changes_nobodys_rights_and_no_limit() {
        let finding = Finding::filed(filed(100), day(1)).next;
        let assigned = finding.assign(&auditor("甲"), UserId::new("乙"), day(2)).unwrap().next;
        assert_eq!((&assigned.state, assigned.since), (&State::Filed, day(1)));
        let snoozed = assigned.snooze(&auditor("乙"), day(9), "等病历", day(3)).unwrap().next;
        assert_eq!(
            snoozed.due(crate::sample::limits(), &crate::Calendar::default()),
            finding.due(crate::sample::limits(), &crate::Calendar::default())
        );
        // What is decided is no longer put off.
        assert_eq!(snoozed.review(&auditor("甲"), FirstReview::Pass, day(4)).unwrap().next.snoozed_until, None);
    }

    #[test]
    fn it_is_put_off_to_a_later_day_and_for_a_reason() {
        let put_off = |until, reason| told(100).snooze(&auditor("甲"), day(until), reason, day(5)).map(|_| ());
        assert_eq!(put_off(5, "等病历"), Err(Refusal::NotLater { than: day(5) }));
        assert_eq!(put_off(6, " "), Err(Refusal::BlankReason));
        assert_eq!(put_off(6, "等病历"), Ok(()));
        let expert = told(100).assign(&actor("专家", Role::Expert), UserId::new("乙"), day(5));
        assert_eq!(expert, Err(Refusal::NotPermitted(Action::Assign)));
    }
}
