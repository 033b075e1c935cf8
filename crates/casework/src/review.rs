//! First review（初审）: somebody looks at a machine's finding before anybody is told of it.

use claims::Day;

use crate::actor::Actor;
use crate::finding::{Event, Finding, State, Step};
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
        let by = actor.user.clone();
        let (state, event) = match review {
            FirstReview::Pass => (State::Passed, Event::Passed { by: by.clone() }),
            FirstReview::Dismiss { reason } => (State::Dismissed, Event::Dismissed { by: by.clone(), reason: said(&reason)? }),
        };
        let mut step = self.moved(state, event, today);
        step.next.reviewer = Some(by);
        Ok(step)
    }

    pub(crate) fn wrong_state(&self, action: Action) -> Refusal {
        Refusal::WrongState { action, state: self.state.label() }
    }

    /// Whoever reviewed it first does not judge it again.
    pub(crate) fn by_somebody_else(&self, actor: &Actor) -> Result<(), Refusal> {
        if self.reviewer.as_ref() == Some(&actor.user) { Err(Refusal::OwnDecision) } else { Ok(()) }
    }
}

/// A reason, without the blanks around it.
pub(crate) fn said(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() { Err(Refusal::BlankReason) } else { Ok(reason.to_owned()) }
}
