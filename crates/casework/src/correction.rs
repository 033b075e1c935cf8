//! Correction（更正）: the bureau takes back what it should not have said, before an answer and after a decision. Only in favour of the
//! institution, and never by whoever said it.

use claims::Day;

use crate::actor::Actor;
use crate::appeal::Verdict;
use crate::calendar::Calendar;
use crate::event::{Event, Step};
use crate::finding::{Finding, Ground, State};
use crate::notice::Limits;
use crate::policy::{Action, require};
use crate::refusal::Refusal;
use crate::review::said;

impl Finding {
    /// 退回初审: what passed is not told, but looked at again.
    pub fn send_back(&self, actor: &Actor, reason: &str, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::SendBack, self)?;
        if self.state != State::Passed {
            return Err(self.wrong_state(Action::SendBack));
        }
        let event = Event::SentBack { by: actor.user.clone(), reason: said(reason)? };
        let mut step = self.moved(State::Filed, event, today);
        step.next.reviewer = None;
        Ok(step)
    }

    /// 撤回下发: the institution was told in error.
    pub fn withdraw(&self, actor: &Actor, reason: &str, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::Withdraw, self)?;
        let State::Told { .. } = self.state else {
            return Err(self.wrong_state(Action::Withdraw));
        };
        self.by_somebody_else(actor)?;
        let event = Event::Withdrawn { by: actor.user.clone(), reason: said(reason)? };
        Ok(self.moved(State::Dismissed, event, today))
    }

    /// 延长答复期限: by as much as an answer has at first, at most. It may be over already.
    pub fn extend(
        &self,
        actor: &Actor,
        working_days: u32,
        reason: &str,
        limits: Limits,
        calendar: &Calendar,
        today: Day,
    ) -> Result<Step, Refusal> {
        require(actor, Action::Extend, self)?;
        let State::Told { answer_by } = self.state else {
            return Err(self.wrong_state(Action::Extend));
        };
        if !(1..=limits.answer).contains(&working_days) {
            return Err(Refusal::ExtensionLength { most: limits.answer });
        }
        let longer = calendar.after(answer_by.max(today), working_days);
        let event = Event::Extended { by: actor.user.clone(), answer_by: longer, reason: said(reason)? };
        Ok(self.moved(State::Told { answer_by: longer }, event, today))
    }

    /// 对逾期未答复的作出复审结论: where silence does not accept by itself, somebody decides on what is there.
    pub fn decide_unanswered(&self, actor: &Actor, verdict: Verdict, reason: &str, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::DecideAppeal, self)?;
        let State::Told { answer_by } = self.state else {
            return Err(self.wrong_state(Action::DecideAppeal));
        };
        if today <= answer_by {
            return Err(Refusal::StillAnswerable { answer_by });
        }
        self.by_somebody_else(actor)?;
        self.decided(actor, verdict, reason, today)
    }

    /// 更正认定: less is owed than was decided, or nothing.
    pub fn correct(&self, actor: &Actor, verdict: Verdict, reason: &str, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::Correct, self)?;
        let State::Confirmed { owed, .. } = self.state else {
            return Err(self.wrong_state(Action::Correct));
        };
        self.by_somebody_else(actor)?;
        let state = match verdict {
            Verdict::Overturned => State::Dismissed,
            Verdict::Reduced { .. } if !owed.is_positive() => return Err(Refusal::NoAmount),
            Verdict::Reduced { owed: less } if less.is_positive() && less < owed => {
                State::Confirmed { owed: less, ground: Ground::Corrected }
            }
            Verdict::Reduced { .. } | Verdict::Upheld => return Err(Refusal::NotReduced { found: owed }),
        };
        let event = Event::Corrected { by: actor.user.clone(), verdict, reason: said(reason)? };
        let step = self.moved(state, event, today);
        Ok(Step { next: Self { doubt: None, ..step.next }, ..step })
    }
}

#[cfg(test)]
mod tests {
    use claims::Fen;

    use super::*;
    use crate::FirstReview;
    use crate::actor::Role;
    use crate::sample::{actor, auditor, day, filed, hospital, limits, told};

    fn reviewer() -> Actor {
        actor("复审员", Role::Reviewer)
    }

    #[test]
    fn what_passed_is_looked_at_again_by_anybody() {
        let passed = Finding::filed(filed(100), day(1)).next.review(&auditor("甲"), FirstReview::Pass, day(2)).unwrap().next;
        let back = passed.send_back(&reviewer(), "金额有误", day(3)).unwrap().next;
        assert_eq!((&back.state, back.reviewer.as_ref(), back.told), (&State::Filed, None, false));
        assert_eq!(
            told(100).send_back(&reviewer(), "误", day(5)).unwrap_err().to_string(),
            "这条疑点现在是“已下发”，不能退回初审"
        );
    }

    #[test]
    fn what_was_told_in_error_is_taken_back_by_somebody_else() {
        assert_eq!(told(100).withdraw(&reviewer(), "重复", day(5)).unwrap().next.state, State::Dismissed);
        assert_eq!(told(100).withdraw(&actor("初审员", Role::Head), "重复", day(5)), Err(Refusal::OwnDecision));
        assert_eq!(told(100).withdraw(&auditor("甲"), "重复", day(5)), Err(Refusal::NotPermitted(Action::Withdraw)));
        assert_eq!(told(100).withdraw(&reviewer(), "", day(5)), Err(Refusal::BlankReason));
    }

    #[test]
    fn who_does_not_answer_is_decided_on_after_the_last_day() {
        let decide = |on| told(100).decide_unanswered(&reviewer(), Verdict::Upheld, "逾期未答复，证据充分", day(on));
        assert_eq!(decide(11), Err(Refusal::StillAnswerable { answer_by: day(11) }));
        assert_eq!(decide(12).unwrap().next.state, State::Confirmed { owed: Fen(100), ground: Ground::Upheld });
        let first = actor("初审员", Role::Reviewer);
        let own = told(100).decide_unanswered(&first, Verdict::Upheld, "证据充分", day(12));
        assert_eq!(own, Err(Refusal::OwnDecision));
        // The bureau's own limit runs from the day after the institution's last.
        assert_eq!(told(100).due(limits(), &Calendar::default()), Some(Calendar::default().after(day(11), limits().decide)));
    }

    #[test]
    fn an_answer_may_have_longer_but_not_for_ever() {
        let calendar = Calendar::default();
        let extend = |days, on| told(100).extend(&reviewer(), days, "病案室搬迁", limits(), &calendar, day(on));
        assert_eq!(extend(2, 6).unwrap().next.state, State::Told { answer_by: day(13) });
        assert_eq!(extend(2, 20).unwrap().next.state, State::Told { answer_by: day(24) }, "from today, where it was over");
        for days in [0, limits().answer + 1] {
            assert_eq!(extend(days, 6), Err(Refusal::ExtensionLength { most: limits().answer }));
        }
        let again = extend(2, 20).unwrap().next;
        assert!(again.appeal(&hospital(), "附病历", vec![], limits(), &calendar, day(24)).is_ok());
    }

    #[test]
    fn a_decision_is_only_ever_corrected_downwards() {
        let stands = told(100).accept(&hospital(), day(6)).unwrap().next;
        let correct = |verdict| stands.correct(&reviewer(), verdict, "费用已退", day(20));
        assert_eq!(correct(Verdict::Overturned).unwrap().next.state, State::Dismissed);
        let less = correct(Verdict::Reduced { owed: Fen(40) }).unwrap().next;
        assert_eq!(less.state, State::Confirmed { owed: Fen(40), ground: Ground::Corrected });
        for verdict in [Verdict::Upheld, Verdict::Reduced { owed: Fen(100) }, Verdict::Reduced { owed: Fen(0) }] {
            assert_eq!(correct(verdict), Err(Refusal::NotReduced { found: Fen(100) }));
        }
        assert_eq!(
            less.correct(&reviewer(), Verdict::Reduced { owed: Fen(70) }, "误", day(21)),
            Err(Refusal::NotReduced { found: Fen(40) })
        );
        let own = stands.correct(&actor("初审员", Role::Head), Verdict::Overturned, "误", day(20));
        assert_eq!(own, Err(Refusal::OwnDecision));
    }
}
