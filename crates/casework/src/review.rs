//! First review（初审）: somebody looks at a machine's finding before anybody is told of it.

use claims::{Day, Moment};
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::event::{Event, Step};
use crate::finding::{Finding, State};
use crate::notice::Limits;
use crate::policy::{Action, require};
use crate::refusal::Refusal;

/// First review（初审结论）.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstReview {
    /// 通过: it is sound, and may be told.
    Pass,
    /// 撤销: it is not; the reason becomes part of the rule's record.
    Dismiss {
        /// Why.
        reason: String,
    },
}

impl Finding {
    /// 作出初审结论
    pub fn review(&self, actor: &Actor, review: FirstReview, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::Review, self)?;
        if self.state != State::Filed {
            return Err(self.wrong_state(Action::Review));
        }
        if review == FirstReview::Pass {
            self.is_judged()?;
        }
        let by = actor.user.clone();
        let (state, event) = match review {
            FirstReview::Pass => (State::Passed, Event::Passed { by: by.clone() }),
            FirstReview::Dismiss { reason } => (State::Dismissed, Event::Dismissed { by: by.clone(), reason: said(&reason)? }),
        };
        let mut step = self.moved(state, event, today);
        step.next.reviewer = Some(by);
        Ok(step)
    }

    /// This finding as it is after somebody looked at it from one moment to another: what counts of that for one finding has an end.
    #[must_use]
    pub fn looked_at(self, opened: Moment, now: Moment, limits: Limits) -> Self {
        self.looked_at_for(Look::at(opened, now, limits).seconds, limits)
    }

    /// This finding after so many seconds more.
    #[must_use]
    pub fn looked_at_for(mut self, seconds: u32, limits: Limits) -> Self {
        let most = limits.review_minutes.saturating_mul(60);
        self.review_seconds = self.review_seconds.saturating_add(seconds).min(most.max(self.review_seconds));
        self.timed = true;
        self
    }

    /// Nobody is accused on what the newest run cannot judge.
    pub(crate) fn is_judged(&self) -> Result<(), Refusal> {
        self.undecided().map_or(Ok(()), |missing| Err(Refusal::InDoubt { missing: missing.to_owned() }))
    }

    /// Whether anything is known of how long people looked at it. Of a look at a thousand findings, one may have less than a second.
    pub const fn is_timed(&self) -> bool {
        self.timed || self.review_seconds > 0
    }

    pub(crate) fn wrong_state(&self, action: Action) -> Refusal {
        Refusal::WrongState { action, state: self.state.label() }
    }

    /// Whoever reviewed it first does not judge it again.
    pub(crate) fn by_somebody_else(&self, actor: &Actor) -> Result<(), Refusal> {
        if self.reviewer.as_ref() == Some(&actor.user) { Err(Refusal::OwnDecision) } else { Ok(()) }
    }
}

/// Look（审阅用时）: time at one page, which may show many findings.
///
/// Whoever decides on all of them spent it once: the parts of the findings add up to it, to the second. A page that is left open is not
/// looked at all day, however many findings are on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// What is not handed out yet.
    pub seconds: u32,
}

impl Look {
    /// A look at a page, from one moment to another.
    pub fn at(opened: Moment, now: Moment, limits: Limits) -> Self {
        let most = limits.review_minutes.saturating_mul(60);
        Self { seconds: u32::try_from((now.0 - opened.0).max(0)).unwrap_or(u32::MAX).min(most) }
    }

    /// Takes the part of some of the findings that are still to come.
    #[must_use]
    pub fn part(&mut self, of: usize, findings: usize) -> Self {
        let (of, findings) = (of.min(findings) as u64, findings.max(1) as u64);
        let seconds = u32::try_from(u64::from(self.seconds) * of / findings).unwrap_or(self.seconds);
        self.seconds -= seconds;
        Self { seconds }
    }
}

/// A reason, without the blanks around it.
pub(crate) fn said(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() { Err(Refusal::BlankReason) } else { Ok(reason.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{day, filed, limits};

    #[test]
    fn time_adds_up_to_what_one_finding_may_cost() {
        let finding = Finding::filed(filed(100), day(1)).next;
        let at = |minute: i64| day(2).midnight().plus_seconds(minute * 60);
        let once = finding.looked_at(at(0), at(12), limits());
        assert_eq!(once.review_seconds, 12 * 60);
        assert_eq!(once.clone().looked_at(at(20), at(10), limits()).review_seconds, 12 * 60, "no clock takes time back");
        let twice = once.looked_at(at(30), at(600), limits());
        assert_eq!(twice.review_seconds, 60 * 60, "a page left open counts an hour");
    }

    #[test]
    fn a_look_at_many_is_handed_out_to_the_second() {
        let at = |minute: i64| day(2).midnight().plus_seconds(minute * 60);
        for (minutes, findings) in [(10, 1_usize), (10, 7), (10, 600), (10, 10_000), (0, 3), (900, 11)] {
            let whole = Look::at(at(0), at(minutes), limits());
            assert!(whole.seconds <= 60 * 60, "a page left open counts an hour, whatever is on it");
            let mut look = whole;
            let parts: Vec<u32> = (0..findings).map(|done| look.part(1, findings - done).seconds).collect();
            assert_eq!((parts.iter().sum::<u32>(), look.seconds), (whole.seconds, 0), "{minutes} {findings}");
            let (least, most) = (parts.iter().min().unwrap(), parts.iter().max().unwrap());
            assert!(most - least <= 1, "{parts:?}");
        }
        let short = Finding::filed(filed(100), day(1)).next.looked_at_for(0, limits());
        assert!(short.is_timed() && short.review_seconds == 0, "less than a second is known as well");
    }
}
