//! Line ledger（明细台账）: no line gives back more than the funds paid for it, however many findings, cases, self-checks and voluntary
//! refunds name it. Whoever comes second books only the rest, and is told who came first.

use std::collections::BTreeMap;

use claims::Fen;
use serde::{Deserialize, Serialize};

/// Line ledger（明细台账）.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineLedger {
    lines: BTreeMap<String, Account>,
}

/// What is booked on one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Account {
    /// What the funds paid for it.
    fund_share: Fen,
    /// Decision and amount, in the order in which they came.
    booked: Vec<(String, Fen)>,
}

impl Account {
    fn total(&self) -> Fen {
        self.booked.iter().map(|(_, amount)| *amount).sum()
    }
}

/// Asked（请求入账）: a line of which a decision asks something back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `mdtrt_id:bkkp_sn`.
    pub line_id: String,
    /// What the funds paid for the line, as the latest settlement says.
    pub fund_share: Fen,
    /// What the decision asks back of it.
    pub amount: Fen,
}

/// Booked（入账结果）: what a decision could still ask of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// `mdtrt_id:bkkp_sn`.
    pub line_id: String,
    /// What is booked now; less than asked where others came first.
    pub amount: Fen,
    /// Decisions that came before on this line, with what they booked.
    pub before: Vec<(String, Fen)>,
}

impl LineLedger {
    /// What is booked on a line so far, as it was kept.
    pub fn known(&mut self, line_id: &str, decision: &str, amount: Fen) {
        self.lines.entry(line_id.to_owned()).or_default().booked.push((decision.to_owned(), amount));
    }

    /// Books what a decision asks of lines, up to what the funds paid for each.
    pub fn book(&mut self, decision: &str, asked: &[Asked]) -> Vec<Booked> {
        asked.iter().map(|line| self.book_line(decision, line)).collect()
    }

    fn book_line(&mut self, decision: &str, asked: &Asked) -> Booked {
        let account = self.lines.entry(asked.line_id.clone()).or_default();
        // A refund may have lowered what the funds paid since; nothing that is booked is taken back here.
        account.fund_share = asked.fund_share;
        let rest = Fen((account.fund_share - account.total()).0.max(0));
        let amount = asked.amount.min(rest).max(Fen::ZERO);
        let before = account.booked.clone();
        if amount.is_positive() {
            account.booked.push((decision.to_owned(), amount));
        }
        Booked { line_id: asked.line_id.clone(), amount, before }
    }

    /// Leaves a decision so much of what it booked, spread over its lines as it was, and gives the rest free. Returns what it has left.
    pub fn lower(&mut self, decision: &str, to: Fen) -> Vec<(String, Fen)> {
        let own =
            |account: &Account| account.booked.iter().filter(|(by, _)| by == decision).map(|(_, amount)| amount.0).sum::<i64>();
        let held: Vec<(String, i64)> = self.lines.iter().map(|(line, account)| (line.clone(), own(account))).collect();
        let weights: Vec<i64> = held.iter().map(|(_, amount)| *amount).collect();
        let to = to.0.clamp(0, weights.iter().sum());
        self.release(decision);
        let shares = claims::money::apportion(to, &weights).unwrap_or_default();
        let left: Vec<(String, Fen)> =
            held.into_iter().zip(shares).filter(|(_, share)| *share > 0).map(|((line, _), share)| (line, Fen(share))).collect();
        for (line, amount) in &left {
            self.known(line, decision, *amount);
        }
        left
    }

    /// Takes back what a decision booked: it was overturned, or waived.
    pub fn release(&mut self, decision: &str) -> Fen {
        let mut released = Fen::ZERO;
        for account in self.lines.values_mut() {
            released += account.booked.iter().filter(|(by, _)| by == decision).map(|(_, amount)| *amount).sum();
            account.booked.retain(|(by, _)| by != decision);
        }
        released
    }

    /// What is booked on a line in all.
    pub fn booked(&self, line_id: &str) -> Fen {
        self.lines.get(line_id).map_or(Fen::ZERO, Account::total)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(line: &str, amount: i64) -> Asked {
        Asked { line_id: line.to_owned(), fund_share: Fen(800), amount: Fen(amount) }
    }

    #[test]
    fn the_second_decision_books_the_rest_and_names_the_first() {
        let mut ledger = LineLedger::default();
        assert_eq!(ledger.book("疑点一", &[asked("M1:1", 500)])[0].amount, Fen(500));
        let second = ledger.book("案件二", &[asked("M1:1", 500)]).remove(0);
        assert_eq!((second.amount, second.before), (Fen(300), vec![("疑点一".to_owned(), Fen(500))]));
        assert_eq!(ledger.book("自查三", &[asked("M1:1", 1)])[0].amount, Fen::ZERO);
        assert_eq!(ledger.release("疑点一"), Fen(500));
        assert_eq!(ledger.booked("M1:1"), Fen(300));
    }

    #[test]
    fn what_a_lowered_decision_gives_free_the_next_may_ask() {
        let mut ledger = LineLedger::default();
        ledger.book("疑点一", &[asked("M1:1", 600), asked("M1:2", 300)]);
        assert_eq!(ledger.lower("疑点一", Fen(300)), [("M1:1".to_owned(), Fen(200)), ("M1:2".to_owned(), Fen(100))]);
        assert_eq!(ledger.book("案件二", &[asked("M1:1", 800)])[0].amount, Fen(600));
        assert_eq!(ledger.lower("疑点一", Fen::ZERO), []);
        assert_eq!((ledger.booked("M1:1"), ledger.booked("M1:2")), (Fen(600), Fen::ZERO));
    }

    proptest! {
        #[test]
        fn no_line_gives_back_more_than_the_funds_paid(decisions in prop::collection::vec((0_usize..4, 0_usize..3, -50_i64..1_000, any::<bool>()), 0..40)) {
            let mut ledger = LineLedger::default();
            for (number, (line, by, amount, release)) in decisions.into_iter().enumerate() {
                let decision = format!("{by}-{}", number % 5);
                if release {
                    ledger.lower(&decision, Fen(amount / 2));
                } else {
                    ledger.book(&decision, &[asked(&format!("M1:{line}"), amount)]);
                }
                for line in 0..4 {
                    let booked = ledger.booked(&format!("M1:{line}"));
                    prop_assert!(booked >= Fen::ZERO && booked <= Fen(800));
                }
            }
        }
    }
}
