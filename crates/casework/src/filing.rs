//! Filing（立案）: a run's findings meet those that stand in the file.
//!
//! A filing says what it covers. Only what lies inside may be closed as gone: a run of one rule says nothing of the others.

use std::collections::BTreeSet;

use claims::Day;

use crate::actor::Actor;
use crate::event::{Event, Step};
use crate::finding::{Filed, Finding, State};
use crate::policy::{Action, require};
use crate::refusal::Refusal;

/// Coverage（立案范围）: what a run looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Run.
    pub run_id: String,
    /// Version of the lake that it read.
    pub lake_version: u64,
    /// Rules that ran without a fault.
    pub rules: BTreeSet<String>,
    /// First day of service.
    pub from: Day,
    /// Last day of service.
    pub to: Day,
    /// Institutions; none where all of the lake's were looked at.
    pub institutions: Option<BTreeSet<String>>,
}

impl Coverage {
    /// Whether the run would have found this again, if it were still so.
    pub fn covers(&self, filed: &Filed) -> bool {
        let institution = match (&self.institutions, &filed.fixmedins_code) {
            (None, _) => true,
            (Some(known), Some(code)) => known.contains(code),
            (Some(_), None) => false,
        };
        institution
            && self.rules.contains(&filed.rule_code)
            && (self.from..=self.to).contains(&filed.occurred_on)
            && self.lake_version >= filed.lake_version
    }
}

impl Finding {
    /// A new finding of a run.
    pub fn filed(filed: Filed, today: Day) -> Step {
        let event = Event::Filed { digest: filed.digest.clone() };
        let next = Self {
            filed,
            state: State::Filed,
            told: false,
            reviewer: None,
            revision: None,
            since: today,
            assignee: None,
            snoozed_until: None,
            settled: None,
            split_from: None,
            review_seconds: 0,
            doubt: None,
            timed: false,
        };
        Step { next, event, on: today }
    }

    /// The same finding in a later run; nothing where nothing differs.
    ///
    /// What nobody was told of takes the new evidence and is reviewed again. What was told stays as it is, and what differs is shown
    /// beside it: an amount never rises by itself.
    pub fn found_again(&self, found: Filed, today: Day) -> Option<Step> {
        let digest = found.digest.clone();
        // What was gone and is there again begins anew, whoever knew of it.
        if self.told && self.state != State::Gone {
            let settled = self.settled.clone().filter(|settled| *settled == digest);
            let revision = (found.digest != self.filed.digest && settled.is_none()).then(|| found.clone());
            if revision == self.revision && settled == self.settled {
                return self.doubt.is_some().then(|| self.is_found(found.run_id, today));
            }
            let next = Self { revision, settled, doubt: None, ..self.clone() };
            return Some(Step { next, event: Event::Differs { digest }, on: today });
        }
        if self.filed.digest == digest && self.state != State::Gone {
            return self.doubt.is_some().then(|| self.is_found(found.run_id, today));
        }
        // A dismissal was of the evidence as it was.
        let mut step = Self::filed(found, today);
        (step.next.review_seconds, step.next.timed) = (self.review_seconds, self.timed);
        Some(Step { event: Event::Refiled { digest }, ..step })
    }

    fn is_found(&self, run_id: String, today: Day) -> Step {
        Step { next: Self { doubt: None, ..self.clone() }, event: Event::FoundAgain { run_id }, on: today }
    }

    /// 按有利于机构的采用: what was told takes the later run's result, where that asks for no more of the institution, of any money.
    pub fn adopt_revision(&self, actor: &Actor, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::AdoptRevision, self)?;
        let revision = self.revision.clone().ok_or(Refusal::NoRevision)?;
        if self.state.is_closed() {
            return Err(self.wrong_state(Action::AdoptRevision));
        }
        if revision.amount_fen > self.filed.amount_fen || revision.fund_amount() > self.filed.fund_amount() {
            return Err(Refusal::NotInFavour);
        }
        let event = Event::Adopted { by: actor.user.clone(), digest: revision.digest.clone() };
        Ok(Step { next: Self { filed: revision, revision: None, settled: None, ..self.clone() }, event, on: today })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Absence;
    use crate::sample::{auditor, coverage, day, filed, told};

    #[test]
    fn an_untold_finding_takes_the_new_revision_and_is_reviewed_again() {
        let first = Finding::filed(filed(100), day(1)).next;
        let passed = first.review(&auditor("甲"), crate::FirstReview::Pass, day(2)).unwrap().next;
        assert_eq!(passed.found_again(filed(100), day(3)), None);
        let again = passed.found_again(filed(150), day(3)).unwrap().next;
        assert_eq!((again.state, again.reviewer, again.filed.amount_fen), (State::Filed, None, 150));
    }

    #[test]
    fn what_was_told_stays_and_the_difference_lies_beside_it() {
        let told = told(100);
        let step = told.found_again(filed(150), day(9)).unwrap();
        assert_eq!((step.next.filed.amount_fen, step.next.revision.as_ref().map(|new| new.amount_fen)), (100, Some(150)));
        assert_eq!(step.next.found_again(filed(150), day(10)), None, "the same difference is told once");
        let back = step.next.found_again(filed(100), day(11)).unwrap().next;
        assert_eq!(back.revision, None);
    }

    #[test]
    fn an_amount_never_rises_by_itself_and_may_be_lowered_by_somebody() {
        let more = told(100).found_again(filed(150), day(9)).unwrap().next;
        assert_eq!(more.adopt_revision(&auditor("甲"), day(10)), Err(Refusal::NotInFavour));
        let less = told(100).found_again(filed(70), day(9)).unwrap().next;
        let adopted = less.adopt_revision(&auditor("甲"), day(10)).unwrap().next;
        assert_eq!((adopted.filed.amount_fen, adopted.revision), (70, None));
        assert_eq!(told(100).adopt_revision(&auditor("甲"), day(10)), Err(Refusal::NoRevision));
        let mut shifted = less;
        shifted.revision.as_mut().unwrap().fund_parts[0].1 = 101;
        assert_eq!(shifted.adopt_revision(&auditor("甲"), day(10)), Err(Refusal::NotInFavour), "the funds' part would rise");
    }

    #[test]
    fn only_what_a_run_looked_at_may_be_gone() {
        let first = Finding::filed(filed(100), day(1)).next;
        let gone = first.not_found(&coverage(), Absence::Refunded, day(2)).unwrap().next;
        assert_eq!(gone.state, State::Gone);
        assert_eq!(gone.found_again(filed(100), day(3)).unwrap().next.state, State::Filed);
        let others = [
            Coverage { rules: BTreeSet::new(), ..coverage() },
            Coverage { to: day(0), ..coverage() },
            Coverage { institutions: Some(BTreeSet::from(["H99010100009".to_owned()])), ..coverage() },
            Coverage { lake_version: 0, ..coverage() },
        ];
        assert!(others.iter().all(|other| first.not_found(other, Absence::Refunded, day(2)).is_none()));
    }

    #[test]
    fn what_was_told_and_gone_begins_anew_when_it_is_there_again() {
        let gone = told(100).not_found(&coverage(), Absence::Refunded, day(9)).unwrap().next;
        let again = gone.found_again(filed(150), day(20)).unwrap().next;
        assert_eq!((again.state, again.told, again.filed.amount_fen), (State::Filed, false, 150));
    }
}
