//! Appeal（申诉）: an institution contests a finding that it was told of, and somebody else decides.

use claims::{Day, Fen};
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::calendar::Calendar;
use crate::event::{Event, Step};
use crate::finding::{Finding, Ground, State};
use crate::notice::Limits;
use crate::policy::{Action, require};
use crate::refusal::Refusal;
use crate::review::said;

/// Verdict（复审结论）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 维持
    Upheld,
    /// 核减: less is owed than was found.
    Reduced {
        /// What is owed.
        owed: Fen,
    },
    /// 撤销
    Overturned,
}

impl Finding {
    /// 提出申诉
    pub fn appeal(
        &self,
        actor: &Actor,
        grounds: &str,
        papers: Vec<String>,
        limits: Limits,
        calendar: &Calendar,
        today: Day,
    ) -> Result<Step, Refusal> {
        require(actor, Action::Appeal, self)?;
        let State::Told { answer_by } = self.state else {
            return Err(self.wrong_state(Action::Appeal));
        };
        if today > answer_by {
            return Err(Refusal::AppealClosed { closed_on: answer_by });
        }
        let grounds = said(grounds)?;
        let state = State::UnderAppeal { decide_by: calendar.after(today, limits.decide) };
        Ok(self.moved(state, Event::Appealed { by: actor.user.clone(), grounds, papers, class: None }, today))
    }

    /// 作出复审结论
    pub fn decide_appeal(&self, actor: &Actor, verdict: Verdict, reason: &str, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::DecideAppeal, self)?;
        let State::UnderAppeal { .. } = self.state else {
            return Err(self.wrong_state(Action::DecideAppeal));
        };
        self.by_somebody_else(actor)?;
        self.decided(actor, verdict, reason, today)
    }

    /// The state that a verdict leads to, whoever came to it.
    pub(crate) fn decided(&self, actor: &Actor, verdict: Verdict, reason: &str, today: Day) -> Result<Step, Refusal> {
        let found = self.filed.amount();
        let state = match verdict {
            Verdict::Upheld => State::Confirmed { owed: found, ground: Ground::Upheld },
            Verdict::Reduced { .. } if !found.is_positive() => return Err(Refusal::NoAmount),
            Verdict::Reduced { owed } if owed.is_positive() && owed < found => State::Confirmed { owed, ground: Ground::Reduced },
            Verdict::Reduced { .. } => return Err(Refusal::NotReduced { found }),
            Verdict::Overturned => State::Dismissed,
        };
        let event = Event::Decided { by: actor.user.clone(), verdict, reason: said(reason)?, class: None };
        Ok(self.moved(state, event, today))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::sample::{actor, appealed, auditor, day, hospital, limits, told};

    #[test]
    fn the_last_day_of_an_appeal_is_in_time_and_the_next_is_not() {
        // Told on Wednesday the 4th: five working days are up on Wednesday the 11th.
        let contest = |on| told(100).appeal(&hospital(), "附病历", vec![], limits(), &Calendar::default(), day(on));
        assert_eq!(contest(11).map(|step| step.next.state), Ok(State::UnderAppeal { decide_by: day(25) }));
        assert_eq!(contest(12), Err(Refusal::AppealClosed { closed_on: day(11) }));
    }

    #[test]
    fn an_appeal_is_decided_by_somebody_else() {
        let first = actor("初审员", Role::Reviewer);
        assert_eq!(appealed(100).decide_appeal(&first, Verdict::Upheld, "证据充分", day(9)), Err(Refusal::OwnDecision));
        let other = actor("复审员", Role::Reviewer);
        let step = appealed(100).decide_appeal(&other, Verdict::Upheld, "证据充分", day(9)).unwrap();
        assert_eq!(step.next.state, State::Confirmed { owed: Fen(100), ground: Ground::Upheld });
    }

    #[test]
    fn reduced_is_more_than_nothing_and_less_than_was_found() {
        let reviewer = actor("复审员", Role::Reviewer);
        let decide = |owed| appealed(100).decide_appeal(&reviewer, Verdict::Reduced { owed: Fen(owed) }, "部分属实", day(9));
        assert_eq!(decide(40).unwrap().next.state, State::Confirmed { owed: Fen(40), ground: Ground::Reduced });
        for owed in [0, -1, 100, 101] {
            assert_eq!(decide(owed), Err(Refusal::NotReduced { found: Fen(100) }));
        }
        let none = appealed(0).decide_appeal(&reviewer, Verdict::Reduced { owed: Fen(1) }, "部分属实", day(9));
        assert_eq!(none, Err(Refusal::NoAmount));
    }

    #[test]
    fn grounds_and_reasons_are_not_blank() {
        let blank = told(100).appeal(&hospital(), "  ", vec![], limits(), &Calendar::default(), day(5));
        assert_eq!(blank, Err(Refusal::BlankReason));
        let reviewer = actor("复审员", Role::Reviewer);
        assert_eq!(appealed(100).decide_appeal(&reviewer, Verdict::Overturned, "\n", day(9)), Err(Refusal::BlankReason));
    }

    #[test]
    fn another_hospital_sees_nothing_and_an_auditor_does_not_appeal() {
        let mut other = hospital();
        other.scope = crate::Scope::Institutions(["H99010100002".to_owned()].into());
        let contest = |by: &Actor| told(100).appeal(by, "附病历", vec![], limits(), &Calendar::default(), day(5));
        assert_eq!(contest(&other), Err(Refusal::OutOfScope));
        assert_eq!(contest(&auditor("初审员")), Err(Refusal::NotPermitted(Action::Appeal)));
    }
}
