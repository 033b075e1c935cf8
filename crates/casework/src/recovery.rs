//! Recovery（追回）: what is owed after a decision, and how it comes back, by the fund that paid it.
//!
//! Every movement is a posting whose entries sum to zero in each fund, so nothing is lost between accounts. What is kept apart: this is
//! the refund（退回基金）alone; contractual penalties and fines have books of their own.

use std::collections::BTreeMap;

use claims::money::apportion;
use claims::{Day, Fen};
use serde::{Deserialize, Serialize};

use crate::actor::UserId;

/// Account（科目）: where money of a debt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// 应追回: what decisions ask for; the other side of what is outstanding.
    Claimed,
    /// 未收
    Outstanding,
    /// 已收
    Paid,
    /// 已从结算款中抵扣
    Offset,
    /// 经批准免除
    Waived,
}

/// Means（追回方式）: how money of a debt comes back, or is given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "means")]
pub enum Means {
    /// 认定
    Claim,
    /// 缴回
    Payment {
        /// Number of the receipt.
        receipt: String,
    },
    /// 抵扣
    Offset {
        /// The settlement of the institution that was paid out less.
        settlement: String,
    },
    /// 免除
    Waiver {
        /// Who has the power to.
        authority: UserId,
        /// Why.
        reason: String,
    },
    /// 冲正: takes an earlier posting back, such as a cheque that was not honoured.
    Reversal {
        /// Number of the posting that it takes back.
        of: usize,
    },
}

impl Account {
    /// As the ledger names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Outstanding => "outstanding",
            Self::Paid => "paid",
            Self::Offset => "offset",
            Self::Waived => "waived",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Claimed => "应追回",
            Self::Outstanding => "未收",
            Self::Paid => "已收",
            Self::Offset => "已抵扣",
            Self::Waived => "已免除",
        }
    }
}

impl Means {
    /// As the ledger names it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Payment { .. } => "payment",
            Self::Offset { .. } => "offset",
            Self::Waiver { .. } => "waiver",
            Self::Reversal { .. } => "reversal",
        }
    }

    /// As shown to people.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Claim => "认定",
            Self::Payment { .. } => "缴回",
            Self::Offset { .. } => "结算抵扣",
            Self::Waiver { .. } => "免除",
            Self::Reversal { .. } => "冲正",
        }
    }
}

/// Posting（记账）: one movement. Its entries sum to zero in each fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Day.
    pub on: Day,
    /// How.
    pub means: Means,
    /// Account, fund, amount in fen.
    pub entries: Vec<(Account, String, i64)>,
}

/// Instalment（分期）: a part of the debt and its last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// Last day.
    pub due: Day,
    /// How much.
    pub amount: Fen,
}

/// Debt（追回款）: what one decision asks of one institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debt {
    postings: Vec<Posting>,
    plan: Vec<Instalment>,
}

/// Refused（不予入账）: why a movement was not booked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Amounts are positive.
    #[error("金额应大于 0")]
    NotPositive,
    /// Nobody pays more than is owed.
    #[error("金额 {amount} 元超过未收的 {outstanding} 元")]
    TooMuch {
        /// Asked.
        amount: Fen,
        /// Left.
        outstanding: Fen,
    },
    /// Instalments make up what is left.
    #[error("各期合计 {planned} 元，与未收的 {outstanding} 元不同")]
    PlanDiffers {
        /// Sum of the plan.
        planned: Fen,
        /// Left.
        outstanding: Fen,
    },
    /// Instalments come one after another.
    #[error("各期的日期应依次在后")]
    PlanOrder,
    /// There is no such posting, or it was taken back already, or it cannot be.
    #[error("第 {0} 笔记账不能冲正")]
    NotReversible(usize),
}

impl Debt {
    /// A debt, by fund, due as a whole on one day.
    pub fn new(parts: &[(String, i64)], on: Day, due: Day) -> Result<Self, Refused> {
        if parts.is_empty() || parts.iter().any(|(_, amount)| *amount <= 0) {
            return Err(Refused::NotPositive);
        }
        let entries = parts.iter().flat_map(|(fund, amount)| {
            [(Account::Outstanding, fund.clone(), *amount), (Account::Claimed, fund.clone(), -amount)]
        });
        let postings = vec![Posting { on, means: Means::Claim, entries: entries.collect() }];
        let amount = parts.iter().map(|(_, amount)| Fen(*amount)).sum();
        Ok(Self { postings, plan: vec![Instalment { due, amount }] })
    }

    /// All movements, in order.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// What stands on an account, by fund.
    pub fn balance(&self, account: Account) -> BTreeMap<&str, i64> {
        let mut balance = BTreeMap::new();
        for (of, fund, amount) in self.postings.iter().flat_map(|posting| &posting.entries) {
            if *of == account {
                *balance.entry(fund.as_str()).or_default() += amount;
            }
        }
        balance
    }

    /// What stands on an account in all.
    pub fn total(&self, account: Account) -> Fen {
        Fen(self.balance(account).values().sum())
    }

    /// What is left to pay.
    pub fn outstanding(&self) -> Fen {
        self.total(Account::Outstanding)
    }

    /// What should have come back by that day and did not.
    pub fn overdue(&self, on: Day) -> Fen {
        let asked: Fen = self.plan.iter().filter(|part| part.due < on).map(|part| part.amount).sum();
        let planned: Fen = self.plan.iter().map(|part| part.amount).sum();
        // What is not due yet may stay outstanding.
        let later = planned - asked;
        Fen((self.outstanding() - later).0.max(0))
    }

    /// The instalments as agreed.
    pub fn instalments(&self) -> &[Instalment] {
        &self.plan
    }

    /// Last day of the first instalment that is not paid in full; none where nothing is left.
    pub fn next_due(&self) -> Option<Day> {
        let planned: Fen = self.plan.iter().map(|part| part.amount).sum();
        let mut came = planned - self.outstanding();
        for part in &self.plan {
            if came < part.amount {
                return Some(part.due);
            }
            came -= part.amount;
        }
        None
    }

    /// Books money that came in, was set off, or is given up. It is spread over the funds by what each is still owed.
    #[must_use = "a debt is a value: what comes back is the debt afterwards"]
    pub fn book(&self, amount: Fen, means: Means, on: Day) -> Result<Self, Refused> {
        let account = match &means {
            Means::Payment { .. } => Account::Paid,
            Means::Offset { .. } => Account::Offset,
            Means::Waiver { .. } => Account::Waived,
            Means::Claim => return Err(Refused::NotPositive),
            Means::Reversal { of } => return self.reverse(*of, on),
        };
        let outstanding = self.outstanding();
        if !amount.is_positive() {
            return Err(Refused::NotPositive);
        }
        if amount > outstanding {
            return Err(Refused::TooMuch { amount, outstanding });
        }
        let left: Vec<(String, i64)> =
            self.balance(Account::Outstanding).into_iter().map(|(fund, amount)| (fund.to_owned(), amount)).collect();
        let weights: Vec<i64> = left.iter().map(|(_, amount)| *amount).collect();
        let shares = apportion(amount.0, &weights).unwrap_or_default();
        let entries = left
            .into_iter()
            .zip(shares)
            .filter(|(_, share)| *share != 0)
            .flat_map(|((fund, _), share)| [(account, fund.clone(), share), (Account::Outstanding, fund, -share)]);
        Ok(self.with(Posting { on, means, entries: entries.collect() }))
    }

    fn reverse(&self, of: usize, on: Day) -> Result<Self, Refused> {
        let again = |posting: &Posting| posting.means == Means::Reversal { of };
        let posting = self.postings.get(of).ok_or(Refused::NotReversible(of))?;
        let fixed = matches!(posting.means, Means::Claim | Means::Reversal { .. });
        if fixed || self.postings.iter().any(again) {
            return Err(Refused::NotReversible(of));
        }
        let entries = posting.entries.iter().map(|(account, fund, amount)| (*account, fund.clone(), -amount)).collect();
        Ok(self.with(Posting { on, means: Means::Reversal { of }, entries }))
    }

    /// Agrees on instalments of what is left.
    pub fn in_instalments(&self, plan: Vec<Instalment>) -> Result<Self, Refused> {
        let outstanding = self.outstanding();
        let planned: Fen = plan.iter().map(|part| part.amount).sum();
        if plan.iter().any(|part| !part.amount.is_positive()) {
            return Err(Refused::NotPositive);
        }
        if planned != outstanding {
            return Err(Refused::PlanDiffers { planned, outstanding });
        }
        if plan.windows(2).any(|pair| pair[0].due >= pair[1].due) {
            return Err(Refused::PlanOrder);
        }
        Ok(Self { plan, ..self.clone() })
    }

    fn with(&self, posting: Posting) -> Self {
        let mut postings = self.postings.clone();
        postings.push(posting);
        Self { postings, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::day;

    fn debt() -> Debt {
        Debt::new(&[("310100".to_owned(), 1_000), ("330100".to_owned(), 500)], day(1), day(31)).unwrap()
    }

    fn payment() -> Means {
        Means::Payment { receipt: "收1".to_owned() }
    }

    #[test]
    fn a_payment_goes_to_the_funds_by_what_each_is_owed() {
        let paid = debt().book(Fen(300), payment(), day(5)).unwrap();
        assert_eq!(paid.balance(Account::Paid), BTreeMap::from([("310100", 200), ("330100", 100)]));
        assert_eq!(paid.outstanding(), Fen(1_200));
    }

    #[test]
    fn nobody_pays_more_than_is_owed_and_nothing_is_taken_back_twice() {
        assert!(matches!(debt().book(Fen(1_501), payment(), day(5)), Err(Refused::TooMuch { .. })));
        let paid = debt().book(Fen(1_500), payment(), day(5)).unwrap();
        let back = paid.book(Fen::ZERO, Means::Reversal { of: 1 }, day(6)).unwrap();
        assert_eq!((back.outstanding(), back.total(Account::Paid)), (Fen(1_500), Fen::ZERO));
        assert_eq!(back.book(Fen::ZERO, Means::Reversal { of: 1 }, day(7)), Err(Refused::NotReversible(1)));
        assert_eq!(back.book(Fen::ZERO, Means::Reversal { of: 0 }, day(7)), Err(Refused::NotReversible(0)));
    }

    #[test]
    fn what_is_not_due_yet_is_not_overdue() {
        let plan = vec![Instalment { due: day(10), amount: Fen(600) }, Instalment { due: day(20), amount: Fen(900) }];
        let debt = debt().in_instalments(plan).unwrap();
        assert_eq!(debt.overdue(day(10)), Fen::ZERO, "the last day is still in time");
        assert_eq!(debt.overdue(day(11)), Fen(600));
        let paid = debt.book(Fen(700), payment(), day(12)).unwrap();
        assert_eq!((paid.overdue(day(15)), paid.overdue(day(21))), (Fen::ZERO, Fen(800)));
    }

    #[test]
    fn a_plan_makes_up_what_is_left_in_order_of_time() {
        let part = |due, amount| Instalment { due: day(due), amount: Fen(amount) };
        assert!(matches!(debt().in_instalments(vec![part(10, 1_499)]), Err(Refused::PlanDiffers { .. })));
        assert_eq!(debt().in_instalments(vec![part(20, 500), part(10, 1_000)]), Err(Refused::PlanOrder));
    }

    proptest! {
        #[test]
        fn every_movement_balances_in_every_fund(
            parts in prop::collection::vec(1_i64..100_000, 1..4),
            movements in prop::collection::vec((1_i64..60_000, 0_usize..4, 0_usize..12), 0..25),
        ) {
            let parts: Vec<(String, i64)> = parts.into_iter().enumerate().map(|(n, amount)| (format!("fund{n}"), amount)).collect();
            let mut debt = Debt::new(&parts, day(1), day(31)).unwrap();
            let owed: i64 = parts.iter().map(|(_, amount)| amount).sum();
            for (amount, means, of) in movements {
                let means = match means {
                    0 => payment(),
                    1 => Means::Offset { settlement: "S1".to_owned() },
                    2 => Means::Waiver { authority: UserId::new("局领导"), reason: "机构注销".to_owned() },
                    _ => Means::Reversal { of },
                };
                if let Ok(next) = debt.book(Fen(amount), means, day(2)) {
                    debt = next;
                }
                for posting in debt.postings() {
                    let mut by_fund: BTreeMap<&str, i64> = BTreeMap::new();
                    for (_, fund, amount) in &posting.entries {
                        *by_fund.entry(fund).or_default() += amount;
                    }
                    prop_assert!(by_fund.values().all(|sum| *sum == 0));
                }
                let came: i64 = [Account::Outstanding, Account::Paid, Account::Offset, Account::Waived].map(|account| debt.total(account).0).iter().sum();
                prop_assert_eq!(came, owed);
                prop_assert!(debt.balance(Account::Outstanding).values().all(|left| *left >= 0));
                prop_assert!(debt.balance(Account::Paid).values().all(|paid| *paid >= 0));
            }
        }
    }
}
