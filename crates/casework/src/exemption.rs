//! Exemption（限期例外）: for a while, a rule accuses one institution of nothing: one person asks for it with a reason, another approves it,
//! and it ends by itself.

use claims::Day;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, UserId};
use crate::event::{Event, Step};
use crate::finding::{Filed, Finding, State};
use crate::notice::Limits;
use crate::policy::{Action, allow};
use crate::refusal::Refusal;
use crate::review::said;

/// Terms（例外条件）: whom an exemption spares of what, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Institution.
    pub fixmedins_code: String,
    /// Region that the institution is in.
    pub region: String,
    /// Rule.
    pub rule_code: String,
    /// First day of service.
    pub from: Day,
    /// Last day of service.
    pub until: Day,
    /// Why.
    pub reason: String,
}

/// Stage（例外状态）: where an exemption stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum Stage {
    /// 待批
    Asked,
    /// 已批准
    Approved {
        /// Who.
        by: UserId,
        /// When.
        on: Day,
    },
    /// 未批准
    Refused {
        /// Who.
        by: UserId,
        /// When.
        on: Day,
        /// Why.
        reason: String,
    },
    /// 已撤回: what it spared is reviewed after all.
    Revoked {
        /// Who.
        by: UserId,
        /// When.
        on: Day,
        /// Why.
        reason: String,
    },
}

impl Stage {
    /// As the store names it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved { .. } => "approved",
            Self::Refused { .. } => "refused",
            Self::Revoked { .. } => "revoked",
        }
    }
}

/// Exemption（限期例外）.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// Year, and number within it.
    pub number: String,
    /// Whom it spares of what.
    pub terms: Terms,
    /// Who asked for it.
    pub asked_by: UserId,
    /// When.
    pub asked_on: Day,
    /// Where it stands.
    pub stage: Stage,
}

/// Ruling（例外决定）: what somebody says to an exemption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// 批准
    Approve,
    /// 不批准
    Refuse {
        /// Why.
        reason: String,
    },
    /// 撤回
    Revoke {
        /// Why.
        reason: String,
    },
}

impl Exemption {
    /// 申请限期例外. `number` is the one that it gets.
    pub fn ask(actor: &Actor, number: String, terms: Terms, limits: Limits, today: Day) -> Result<Self, Refusal> {
        allow(actor, Action::AskExemption)?;
        if !actor.scope.covers(Some(&terms.fixmedins_code), &terms.region) {
            return Err(Refusal::OutOfScope);
        }
        if terms.until < terms.from {
            return Err(Refusal::NotLater { than: terms.from });
        }
        if i64::from(terms.until.since(terms.from)) >= i64::from(limits.exemption_days) {
            return Err(Refusal::TooLong { most: limits.exemption_days });
        }
        let terms = Terms { reason: said(&terms.reason)?, ..terms };
        Ok(Self { number, terms, asked_by: actor.user.clone(), asked_on: today, stage: Stage::Asked })
    }

    /// 批准、不批准或撤回. Whoever asked for it does not decide on it, but may take it back.
    pub fn rule(&self, actor: &Actor, ruling: &Ruling, today: Day) -> Result<Self, Refusal> {
        allow(actor, Action::DecideExemption)?;
        if !actor.scope.covers(Some(&self.terms.fixmedins_code), &self.terms.region) {
            return Err(Refusal::OutOfScope);
        }
        let own = self.asked_by == actor.user;
        let (by, on) = (actor.user.clone(), today);
        let stage = match (ruling, &self.stage) {
            (Ruling::Approve | Ruling::Refuse { .. }, Stage::Asked) if own => return Err(Refusal::OwnRequest),
            (Ruling::Approve, Stage::Asked) => Stage::Approved { by, on },
            (Ruling::Refuse { reason }, Stage::Asked) => Stage::Refused { by, on, reason: said(reason)? },
            (Ruling::Revoke { reason }, Stage::Approved { .. }) => Stage::Revoked { by, on, reason: said(reason)? },
            _ => return Err(Refusal::RuledOn),
        };
        Ok(Self { stage, ..self.clone() })
    }

    /// Whether it spares the institution of what was found: by the day of service, so that it ends by itself.
    pub fn spares(&self, filed: &Filed) -> bool {
        matches!(self.stage, Stage::Approved { .. })
            && filed.fixmedins_code.as_ref() == Some(&self.terms.fixmedins_code)
            && filed.rule_code == self.terms.rule_code
            && (self.terms.from..=self.terms.until).contains(&filed.occurred_on)
    }
}

impl Finding {
    /// What an exemption does to a finding of which nobody was told: it is set aside under the exemption's number.
    pub fn exempted(&self, exemption: &Exemption, today: Day) -> Option<Step> {
        if !matches!(self.state, State::Filed | State::Passed) || !exemption.spares(&self.filed) {
            return None;
        }
        let number = exemption.number.clone();
        Some(self.moved(State::Exempted { number: number.clone() }, Event::Exempted { number }, today))
    }

    /// What the end of an exemption before its time does: what it set aside waits for review again.
    pub fn readmitted(&self, exemption: &Exemption, today: Day) -> Option<Step> {
        let (State::Exempted { number }, Stage::Revoked { by, .. }) = (&self.state, &exemption.stage) else { return None };
        if *number != exemption.number {
            return None;
        }
        let event = Event::Readmitted { by: by.clone(), number: number.clone() };
        let mut step = self.moved(State::Filed, event, today);
        step.next.reviewer = None;
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::sample::{HOSPITAL, actor, auditor, day, filed, limits, told};

    fn terms(until: i32) -> Terms {
        Terms {
            fixmedins_code: HOSPITAL.to_owned(),
            region: "990101".to_owned(),
            rule_code: "E25-013".to_owned(),
            from: day(1),
            until: day(until),
            reason: "信息系统切换".to_owned(),
        }
    }

    fn asked(until: i32) -> Exemption {
        Exemption::ask(&auditor("甲"), "2026-1".to_owned(), terms(until), limits(), day(2)).unwrap()
    }

    fn revoke() -> Ruling {
        Ruling::Revoke { reason: "切换已完成".to_owned() }
    }

    #[test]
    fn one_asks_another_approves_and_it_lasts_as_long_as_the_region_allows() {
        let ask = |terms| Exemption::ask(&auditor("甲"), "2026-1".to_owned(), terms, limits(), day(2)).map(|_| ());
        assert_eq!(ask(terms(180)), Ok(()));
        assert_eq!(ask(terms(181)), Err(Refusal::TooLong { most: 180 }));
        assert_eq!(ask(terms(0)), Err(Refusal::NotLater { than: day(1) }));
        assert_eq!(ask(Terms { reason: " ".to_owned(), ..terms(9) }), Err(Refusal::BlankReason));
        assert_eq!(ask(Terms { region: "990201".to_owned(), ..terms(9) }), Err(Refusal::OutOfScope));
        let head = actor("科长", Role::Head);
        assert_eq!(asked(9).rule(&auditor("乙"), &Ruling::Approve, day(3)), Err(Refusal::NotPermitted(Action::DecideExemption)));
        let own = Exemption { asked_by: head.user.clone(), ..asked(9) };
        assert_eq!(own.rule(&head, &Ruling::Approve, day(3)), Err(Refusal::OwnRequest));
        assert_eq!(asked(9).rule(&head, &revoke(), day(3)), Err(Refusal::RuledOn));
        let approved = asked(9).rule(&head, &Ruling::Approve, day(3)).unwrap();
        assert_eq!(approved.rule(&head, &Ruling::Approve, day(4)), Err(Refusal::RuledOn));
    }

    #[test]
    fn it_sets_aside_what_nobody_was_told_of_and_gives_it_back_when_revoked() {
        let finding = Finding::filed(filed(100), day(2)).next;
        let head = actor("科长", Role::Head);
        assert_eq!(finding.exempted(&asked(9), day(3)), None, "nobody approved it");
        let approved = asked(9).rule(&head, &Ruling::Approve, day(3)).unwrap();
        let aside = finding.exempted(&approved, day(3)).unwrap().next;
        assert_eq!(aside.state, State::Exempted { number: "2026-1".to_owned() });
        assert!(aside.state.is_closed() && !aside.told);
        assert_eq!(told(100).exempted(&approved, day(5)), None, "what was told is answered");
        let late = Finding::filed(Filed { occurred_on: day(10), ..filed(100) }, day(11)).next;
        assert_eq!(late.exempted(&approved, day(11)), None, "it is over by itself");
        let other = Finding::filed(Filed { rule_code: "E25-030".to_owned(), ..filed(100) }, day(2)).next;
        assert_eq!(other.exempted(&approved, day(3)), None);

        assert_eq!(aside.readmitted(&approved, day(4)), None);
        let revoked = approved.rule(&head, &revoke(), day(4)).unwrap();
        assert_eq!(aside.readmitted(&revoked, day(4)).unwrap().next.state, State::Filed);
        assert_eq!(aside.readmitted(&Exemption { number: "2026-2".to_owned(), ..revoked }, day(4)), None);
    }
}
