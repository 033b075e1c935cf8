//! Charge（违约金与罚款）: what an institution owes beside the refund. Each kind has a book of its own, and none is ever set off
//! against another: a contractual penalty is of the agreement, a fine goes to the treasury, the refund goes back to its fund.

use claims::{Day, Fen};
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::policy::{Action, allow};
use crate::recovery::{Account, Debt, Means, Posting, Refused};
use crate::refusal::Refusal;

/// Charge kind（款项种类）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// 违约金
    Penalty,
    /// 罚款
    Fine,
}

impl ChargeKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Penalty, Self::Fine];

    /// As the store names it; the book that its money stands in.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Penalty => "penalty",
            Self::Fine => "fine",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Penalty => "违约金",
            Self::Fine => "罚款",
        }
    }

    /// By its name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Charge decision（处理决定）: what a charge rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeDecision {
    /// Kind.
    pub kind: ChargeKind,
    /// Institution.
    pub fixmedins_code: String,
    /// Region that the institution is in.
    pub region: String,
    /// Number of the decision.
    pub number: String,
    /// Who decided: the agency under its agreement, or the bureau under the law.
    pub authority: String,
    /// Day of the decision.
    pub decided_on: Day,
    /// Last day to pay.
    pub due: Day,
    /// How much.
    pub amount: Fen,
}

/// Charge（违约金或罚款）: a decision, and its money in double entry in the book of its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// What it rests on.
    pub decision: ChargeDecision,
    money: Debt,
}

impl Charge {
    /// 登记: opens the charge that a decision leads to.
    pub fn open(actor: &Actor, decision: ChargeDecision, today: Day) -> Result<Self, Refusal> {
        allow(actor, Action::BookCharge)?;
        if !actor.scope.covers(Some(&decision.fixmedins_code), &decision.region) {
            return Err(Refusal::OutOfScope);
        }
        for (text, what) in [(&decision.number, "决定书文号"), (&decision.authority, "作出决定的机关")] {
            if text.trim().is_empty() {
                return Err(Refusal::Missing(what));
            }
        }
        if decision.decided_on > today {
            return Err(Refusal::InFuture { day: decision.decided_on });
        }
        if decision.due < decision.decided_on {
            return Err(Refusal::NotLater { than: decision.decided_on });
        }
        let book = vec![(decision.kind.name().to_owned(), decision.amount.0)];
        let money = Debt::new(&book, today, decision.due)?;
        Ok(Self { decision, money })
    }

    /// Books a payment, a waiver, or takes one of them back. Nothing else moves a charge: it is never set off.
    pub fn book(&self, actor: &Actor, amount: Fen, means: Means, today: Day) -> Result<Self, Refusal> {
        let action = match self.money.action(&means) {
            Action::BookRecovery => Action::BookCharge,
            other => other,
        };
        allow(actor, action)?;
        if !matches!(means, Means::Payment { .. } | Means::Waiver { .. } | Means::Reversal { .. }) {
            return Err(Refused::NeverSetOff.into());
        }
        Ok(Self { money: self.money.book(amount, means, today)?, ..self.clone() })
    }

    /// What is left to pay.
    pub fn outstanding(&self) -> Fen {
        self.money.outstanding()
    }

    /// What stands on an account.
    pub fn total(&self, account: Account) -> Fen {
        self.money.total(account)
    }

    /// All movements, in order.
    pub fn postings(&self) -> &[Posting] {
        self.money.postings()
    }

    /// Last day to pay; none where nothing is left.
    pub fn due(&self) -> Option<Day> {
        self.money.next_due()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::{Role, UserId};
    use crate::sample::{HOSPITAL, actor, day};

    fn decision(kind: ChargeKind) -> ChargeDecision {
        ChargeDecision {
            kind,
            fixmedins_code: HOSPITAL.to_owned(),
            region: "990101".to_owned(),
            number: "医保罚〔2026〕1 号".to_owned(),
            authority: "示例市医疗保障局".to_owned(),
            decided_on: day(2),
            due: day(17),
            amount: Fen(5_000),
        }
    }

    fn officer() -> Actor {
        actor("办案", Role::CaseOfficer)
    }

    fn payment() -> Means {
        Means::Payment { receipt: "缴1".to_owned(), payer: "市一院".to_owned(), received: None, paper: None }
    }

    #[test]
    fn each_kind_stands_in_its_own_book_and_is_never_set_off() {
        for kind in ChargeKind::ALL {
            let charge = Charge::open(&officer(), decision(kind), day(3)).unwrap();
            let paid = charge.book(&officer(), Fen(2_000), payment(), day(4)).unwrap();
            assert_eq!((paid.outstanding(), paid.total(Account::Paid), paid.due()), (Fen(3_000), Fen(2_000), Some(day(17))));
            assert!(paid.postings().iter().flat_map(|posting| &posting.entries).all(|(_, book, _)| book == kind.name()));
            let offset = Means::Offset { clr_ym: "202603".to_owned(), settlement: String::new() };
            assert_eq!(paid.book(&officer(), Fen(1), offset, day(5)), Err(Refused::NeverSetOff.into()));
        }
    }

    #[test]
    fn a_charge_names_its_decision_and_who_made_it() {
        let open = |change: fn(&mut ChargeDecision)| {
            let mut decision = decision(ChargeKind::Fine);
            change(&mut decision);
            Charge::open(&officer(), decision, day(3)).unwrap_err()
        };
        assert_eq!(open(|decision| decision.number.clear()), Refusal::Missing("决定书文号"));
        assert_eq!(open(|decision| decision.authority.clear()), Refusal::Missing("作出决定的机关"));
        assert_eq!(open(|decision| decision.amount = Fen::ZERO), Refused::NotPositive.into());
        assert_eq!(open(|decision| decision.decided_on = day(4)), Refusal::InFuture { day: day(4) });
        assert_eq!(open(|decision| decision.due = day(1)), Refusal::NotLater { than: day(2) });
        assert_eq!(open(|decision| "990201".clone_into(&mut decision.region)), Refusal::OutOfScope);
        let auditor = Charge::open(&actor("甲", Role::Auditor), decision(ChargeKind::Fine), day(3));
        assert_eq!(auditor.unwrap_err(), Refusal::NotPermitted(Action::BookCharge));
    }

    #[test]
    fn only_who_may_waive_takes_a_waiver_back() {
        let charge = Charge::open(&officer(), decision(ChargeKind::Penalty), day(3)).unwrap();
        let waiver = || Means::Waiver { authority: UserId::new("局长"), reason: "破产".to_owned() };
        assert_eq!(charge.book(&officer(), Fen(1_000), waiver(), day(4)), Err(Refusal::NotPermitted(Action::WaiveRecovery)));
        let leader = actor("局长", Role::Leader);
        let waived = charge.book(&leader, Fen(1_000), waiver(), day(4)).unwrap();
        let back = Means::Reversal { of: 1 };
        assert_eq!(waived.book(&officer(), Fen::ZERO, back.clone(), day(5)), Err(Refusal::NotPermitted(Action::WaiveRecovery)));
        assert_eq!(waived.book(&leader, Fen::ZERO, back, day(5)).unwrap().outstanding(), Fen(5_000));
    }
}
