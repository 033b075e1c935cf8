//! Self-refund（自查退回）: an institution gives money back that nobody asked for, line by line. It takes from the same ledger of lines as
//! decisions do: what came back of a line is not asked for again.

use claims::{Day, Fen};
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::line_ledger::{Asked, LineLedger};
use crate::policy::{Action, allow};
use crate::recovery::{Debt, Means, checked_parts};
use crate::refusal::Refusal;

/// Origin（款项来源）: what a debt comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// 疑点认定
    Finding,
    /// 自查自纠: asked to look for itself, the institution found it.
    SelfCheck,
    /// 主动退回
    Voluntary,
}

impl Origin {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Finding, Self::SelfCheck, Self::Voluntary];

    /// As the store names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::SelfCheck => "self_check",
            Self::Voluntary => "voluntary",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Finding => "疑点认定",
            Self::SelfCheck => "自查自纠",
            Self::Voluntary => "主动退回",
        }
    }

    /// By its name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }
}

/// Given back（退回明细）: what came back of one line, of one fund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenBack {
    /// `mdtrt_id:bkkp_sn`.
    pub line_id: String,
    /// What the funds paid for the line, as its settlement says.
    pub fund_share: Fen,
    /// Fund that it goes back to.
    pub fund: String,
    /// How much.
    pub amount: Fen,
}

/// Self-refund（自查退回）: what came in, with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfRefund {
    /// Institution.
    pub fixmedins_code: String,
    /// Region that the institution is in.
    pub region: String,
    /// Why it gave it back.
    pub origin: Origin,
    /// Day on which the money came.
    pub received: Day,
    /// Number of the receipt.
    pub receipt: String,
    /// Who paid.
    pub payer: String,
    /// Lines.
    pub lines: Vec<GivenBack>,
}

impl SelfRefund {
    /// 登记: books the lines under `number` in the ledger as it stands, and the money as claimed and paid.
    pub fn book(&self, actor: &Actor, number: &str, ledger: &mut LineLedger, today: Day) -> Result<(Debt, Vec<Asked>), Refusal> {
        allow(actor, Action::BookRecovery)?;
        if !actor.scope.covers(Some(&self.fixmedins_code), &self.region) {
            return Err(Refusal::OutOfScope);
        }
        if self.received > today {
            return Err(Refusal::InFuture { day: self.received });
        }
        for (text, what) in [(&self.receipt, "收据号"), (&self.payer, "付款人")] {
            if text.trim().is_empty() {
                return Err(Refusal::Missing(what));
            }
        }
        let asked = self.asked()?;
        for (booked, asked) in ledger.book(number, &asked).iter().zip(&asked) {
            if booked.amount < asked.amount {
                return Err(Refusal::LineExhausted {
                    line_id: asked.line_id.clone(),
                    fund_share: asked.fund_share,
                    before: booked.before.iter().map(|(_, amount)| *amount).sum(),
                    first: booked.before.first().map_or_else(|| "此前".to_owned(), |(first, _)| first.clone()),
                    rest: booked.amount,
                    amount: asked.amount,
                });
            }
        }
        let parts = self.parts();
        checked_parts(&parts)?;
        let paid = Means::Payment {
            receipt: self.receipt.trim().to_owned(),
            payer: self.payer.trim().to_owned(),
            received: Some(self.received),
            paper: None,
        };
        let debt = Debt::new(&parts, today, today)?.book_parts(&parts, paid, today)?;
        Ok((debt, asked))
    }

    /// What comes back of each line. A line may name several funds, with one share.
    fn asked(&self) -> Result<Vec<Asked>, Refusal> {
        let mut asked: Vec<Asked> = Vec::new();
        for (number, line) in self.lines.iter().enumerate() {
            if line.line_id.trim().is_empty() {
                return Err(Refusal::Missing("明细"));
            }
            if !line.amount.is_positive() {
                return Err(crate::recovery::Refused::NotPositive.into());
            }
            let same = |other: &GivenBack| other.line_id == line.line_id;
            if self.lines[..number]
                .iter()
                .any(|other| same(other) && (other.fund == line.fund || other.fund_share != line.fund_share))
            {
                return Err(Refusal::LineTwice(line.line_id.clone()));
            }
            match asked.iter_mut().find(|known| known.line_id == line.line_id) {
                Some(known) => known.amount += line.amount,
                None => {
                    asked.push(Asked { line_id: line.line_id.clone(), fund_share: line.fund_share, amount: line.amount });
                }
            }
        }
        if asked.is_empty() { Err(Refusal::Missing("退回的明细")) } else { Ok(asked) }
    }

    fn parts(&self) -> Vec<(String, i64)> {
        let mut parts: Vec<(String, i64)> = Vec::new();
        for line in &self.lines {
            match parts.iter_mut().find(|(fund, _)| *fund == line.fund) {
                Some((_, sum)) => *sum += line.amount.0,
                None => parts.push((line.fund.clone(), line.amount.0)),
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::recovery::Account;
    use crate::sample::{HOSPITAL, actor, day};

    fn line(line_id: &str, fund: &str, amount: i64) -> GivenBack {
        GivenBack { line_id: line_id.to_owned(), fund_share: Fen(800), fund: fund.to_owned(), amount: Fen(amount) }
    }

    fn refund(lines: Vec<GivenBack>) -> SelfRefund {
        SelfRefund {
            fixmedins_code: HOSPITAL.to_owned(),
            region: "990101".to_owned(),
            origin: Origin::SelfCheck,
            received: day(3),
            receipt: "收1".to_owned(),
            payer: "市一院".to_owned(),
            lines,
        }
    }

    fn book(refund: &SelfRefund, ledger: &mut LineLedger) -> Result<Debt, Refusal> {
        refund.book(&actor("办案", Role::CaseOfficer), "2026-1", ledger, day(4)).map(|(debt, _)| debt)
    }

    #[test]
    fn what_came_back_by_itself_is_booked_as_paid_and_not_asked_for_again() {
        let mut ledger = LineLedger::default();
        let debt = book(&refund(vec![line("M1:1", "hifp_pay", 300), line("M1:1", "maf_pay", 100)]), &mut ledger).unwrap();
        assert_eq!((debt.outstanding(), debt.total(Account::Paid)), (Fen::ZERO, Fen(400)));
        assert_eq!(debt.received().iter().map(|one| one.on).collect::<Vec<_>>(), [day(3), day(3)]);
        let asked = Asked { line_id: "M1:1".to_owned(), fund_share: Fen(800), amount: Fen(500) };
        let later = ledger.book("疑点二", &[asked]).remove(0);
        assert_eq!((later.amount, later.before), (Fen(400), vec![("2026-1".to_owned(), Fen(400))]));
    }

    #[test]
    fn more_than_a_line_has_left_is_refused_and_the_first_named() {
        let mut ledger = LineLedger::default();
        ledger.known("M1:1", "f1", Fen(500));
        let refused = book(&refund(vec![line("M1:1", "hifp_pay", 301)]), &mut ledger).unwrap_err();
        let said = "明细 M1:1 由基金支付 8.00 元，f1 已入账 5.00 元，只余 3.00 元，现为 3.01 元";
        assert_eq!(refused.to_string(), said);
    }

    #[test]
    fn a_refund_says_what_it_is_of_and_who_paid() {
        let refused = |refund: &SelfRefund| book(refund, &mut LineLedger::default()).unwrap_err();
        assert_eq!(refused(&refund(Vec::new())), Refusal::Missing("退回的明细"));
        assert_eq!(
            refused(&SelfRefund { receipt: " ".to_owned(), ..refund(vec![line("M1:1", "hifp_pay", 1)]) }),
            Refusal::Missing("收据号")
        );
        let tomorrow = SelfRefund { received: day(5), ..refund(vec![line("M1:1", "hifp_pay", 1)]) };
        assert_eq!(refused(&tomorrow), Refusal::InFuture { day: day(5) });
        let twice = refund(vec![line("M1:1", "hifp_pay", 1), line("M1:1", "hifp_pay", 1)]);
        assert_eq!(refused(&twice), Refusal::LineTwice("M1:1".to_owned()));
        let elsewhere = SelfRefund { region: "990201".to_owned(), ..refund(vec![line("M1:1", "hifp_pay", 1)]) };
        assert_eq!(refused(&elsewhere), Refusal::OutOfScope);
        let auditor =
            refund(vec![line("M1:1", "hifp_pay", 1)]).book(&actor("甲", Role::Auditor), "1", &mut LineLedger::default(), day(4));
        assert_eq!(auditor.unwrap_err(), Refusal::NotPermitted(Action::BookRecovery));
    }
}
