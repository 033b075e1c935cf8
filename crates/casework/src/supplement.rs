//! Supplement（补充材料）: who decides an appeal asks the institution for what is missing. The bureau's clock stands still until it is
//! there, or until the day by which it was asked for is over.

use claims::Day;

use crate::actor::Actor;
use crate::calendar::Calendar;
use crate::event::{Event, Step};
use crate::finding::{Finding, State};
use crate::notice::Limits;
use crate::policy::{Action, require};
use crate::refusal::Refusal;
use crate::review::said;

impl Finding {
    /// 要求补充材料
    pub fn ask_more(&self, actor: &Actor, what: &str, limits: Limits, calendar: &Calendar, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::AskMore, self)?;
        let State::UnderAppeal { decide_by } = self.state else {
            return Err(self.wrong_state(Action::AskMore));
        };
        self.by_somebody_else(actor)?;
        let supply_by = calendar.after(today, limits.supply);
        // What is overdue is due on the day on which the clock runs on.
        let left = calendar.between(today, decide_by);
        let event = Event::MoreAsked { by: actor.user.clone(), what: said(what)?, supply_by };
        Ok(self.moved(State::Supplementing { supply_by, left }, event, today))
    }

    /// 补充材料: the institution hands in what it was asked for, or says why it cannot.
    pub fn supply(
        &self,
        actor: &Actor,
        note: &str,
        papers: Vec<String>,
        calendar: &Calendar,
        today: Day,
    ) -> Result<Step, Refusal> {
        require(actor, Action::Supply, self)?;
        let State::Supplementing { supply_by, left } = self.state else {
            return Err(self.wrong_state(Action::Supply));
        };
        if today > supply_by {
            return Err(Refusal::AppealClosed { closed_on: supply_by });
        }
        let event = Event::Supplied { by: actor.user.clone(), note: said(note)?, papers };
        Ok(self.moved(State::UnderAppeal { decide_by: calendar.after(today, left) }, event, today))
    }

    /// The day is over on which it could have been handed in: the bureau decides on what is there.
    pub(crate) fn supply_lapses(&self, calendar: &Calendar, today: Day) -> Option<Step> {
        let State::Supplementing { supply_by, left } = self.state else { return None };
        if today <= supply_by {
            return None;
        }
        let state = State::UnderAppeal { decide_by: calendar.after(supply_by, left) };
        Some(self.moved(state, Event::SupplyLapsed { supply_by }, today))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::sample::{actor, appealed, auditor, day, hospital, limits, told};

    fn asked() -> Finding {
        // Contested on Thursday the 5th, to be decided by Thursday the 19th; asked on Monday the 9th, with eight working days left.
        let reviewer = actor("复审员", Role::Reviewer);
        appealed(100).ask_more(&reviewer, "请补充手术记录", limits(), &Calendar::default(), day(9)).unwrap().next
    }

    #[test]
    fn the_bureaus_clock_stands_still_meanwhile() {
        let calendar = Calendar::default();
        let open = appealed(100);
        assert_eq!(open.due(limits(), &calendar), Some(day(19)));
        let asked = asked();
        assert_eq!(asked.awaited(), Some(day(16)), "five working days");
        assert_eq!(asked.due(limits(), &calendar), Some(day(26)), "and eight after them");
        let step = asked.supply(&hospital(), "见附件", vec!["d".to_owned()], &calendar, day(11)).unwrap();
        assert_eq!(step.next.state, State::UnderAppeal { decide_by: day(23) });
        assert_eq!(step.next.awaited(), None);
    }

    #[test]
    fn who_hands_nothing_in_is_decided_on_as_it_is() {
        let calendar = Calendar::default();
        assert_eq!(asked().day_passes(limits(), &calendar, day(16)), None);
        let step = asked().day_passes(limits(), &calendar, day(17)).unwrap();
        assert_eq!(step.next.state, State::UnderAppeal { decide_by: day(26) });
        let late = asked().supply(&hospital(), "见附件", vec![], &calendar, day(17));
        assert_eq!(late, Err(Refusal::AppealClosed { closed_on: day(16) }));
    }

    #[test]
    fn the_first_reviewer_does_not_ask_and_nobody_else_answers() {
        let calendar = Calendar::default();
        let first = actor("初审员", Role::Reviewer);
        assert_eq!(appealed(100).ask_more(&first, "病历", limits(), &calendar, day(9)), Err(Refusal::OwnDecision));
        let reviewer = actor("复审员", Role::Reviewer);
        assert_eq!(appealed(100).ask_more(&reviewer, " ", limits(), &calendar, day(9)), Err(Refusal::BlankReason));
        let early = told(100).ask_more(&reviewer, "病历", limits(), &calendar, day(9));
        assert_eq!(early, Err(Refusal::WrongState { action: Action::AskMore, state: "已下发" }));
        let own = asked().supply(&auditor("甲"), "见附件", vec![], &calendar, day(10));
        assert_eq!(own, Err(Refusal::NotPermitted(Action::Supply)));
    }
}
