//! Notice（下发）: the institution is told, and accepts or lets the limit pass.

use claims::Day;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::calendar::Calendar;
use crate::event::{Event, Step};
use crate::finding::{Finding, Ground, State};
use crate::policy::{Action, require};
use crate::refusal::Refusal;

/// What a region decides about limits. No national number of days exists（医保办发〔2022〕智能审核和监控：省、市自行规定）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Working days of the first review, from the filing on.
    pub review: u32,
    /// Working days until what passed it is told.
    pub tell: u32,
    /// Working days in which an institution may answer.
    pub answer: u32,
    /// Working days in which the bureau decides an appeal.
    pub decide: u32,
    /// Working days in which an institution hands in what it is asked for during an appeal.
    pub supply: u32,
    /// Working days in which an institution pays back what stands.
    pub refund: u32,
    /// Minutes for which somebody who takes a finding has it alone.
    pub lease_minutes: u32,
    /// Minutes of review that count for one finding at most: who leaves a page open does not look at it all day.
    pub review_minutes: u32,
    /// Days that an exemption may last.
    pub exemption_days: u32,
    /// Whether silence counts as acceptance. Only where the region's own rules say so.
    pub silence_accepts: bool,
}

/// What a region gets that has not said anything else: two weeks for a step of the bureau, a week for an answer, and no silence.
impl Default for Limits {
    fn default() -> Self {
        Self {
            review: 10,
            tell: 3,
            answer: 7,
            decide: 10,
            supply: 5,
            refund: 10,
            lease_minutes: 20,
            review_minutes: 60,
            exemption_days: 180,
            silence_accepts: false,
        }
    }
}

impl Finding {
    /// 下发
    pub fn tell(&self, actor: &Actor, limits: Limits, calendar: &Calendar, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::Tell, self)?;
        if self.state != State::Passed {
            return Err(self.wrong_state(Action::Tell));
        }
        self.is_judged()?;
        let answer_by = calendar.after(today, limits.answer);
        let event = Event::Told { by: actor.user.clone(), answer_by };
        Ok(self.moved(State::Told { answer_by }, event, today))
    }

    /// 认可. It may be accepted late as well: that harms nobody.
    pub fn accept(&self, actor: &Actor, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::Accept, self)?;
        let State::Told { .. } = self.state else {
            return Err(self.wrong_state(Action::Accept));
        };
        let event = Event::Accepted { by: actor.user.clone() };
        Ok(self.moved(State::Confirmed { owed: self.filed.amount(), ground: Ground::Accepted }, event, today))
    }

    /// What the passing of a day does by itself: where the region's rules say that silence accepts, an unanswered finding stands
    /// from the day after its limit on, unless nobody can judge it any more; and what was asked for in an appeal is waited for no longer.
    pub fn day_passes(&self, limits: Limits, calendar: &Calendar, today: Day) -> Option<Step> {
        let State::Told { answer_by } = self.state else { return self.supply_lapses(calendar, today) };
        if !limits.silence_accepts || today <= answer_by || self.undecided().is_some() {
            return None;
        }
        let state = State::Confirmed { owed: self.filed.amount(), ground: Ground::Silence };
        Some(self.moved(state, Event::Silent { answer_by }, today))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{auditor, day, filed, hospital, limits, told};

    #[test]
    fn silence_accepts_only_where_the_region_says_so_and_only_after_the_last_day() {
        let says = Limits { silence_accepts: true, ..limits() };
        assert_eq!(told(100).day_passes(limits(), &Calendar::default(), day(31)), None);
        assert_eq!(told(100).day_passes(says, &Calendar::default(), day(11)), None);
        let step = told(100).day_passes(says, &Calendar::default(), day(12)).unwrap();
        assert_eq!(step.next.state, State::Confirmed { owed: told(100).filed.amount(), ground: Ground::Silence });
    }

    #[test]
    fn nobody_is_told_of_what_was_not_reviewed() {
        let filed = Finding::filed(filed(100), day(1)).next;
        let step = filed.tell(&auditor("甲"), limits(), &Calendar::default(), day(2));
        assert_eq!(step, Err(Refusal::WrongState { action: Action::Tell, state: "待初审" }));
        assert_eq!(filed.accept(&hospital(), day(2)), Err(Refusal::OutOfScope), "the hospital does not know of it");
    }

    #[test]
    fn what_is_accepted_late_is_accepted() {
        let step = told(100).accept(&hospital(), day(30)).unwrap();
        assert_eq!(step.event, Event::Accepted { by: hospital().user });
    }
}
