//! Recovery（追回）: what is owed after a decision, and how it comes back, by the fund that paid it.
//!
//! Every movement is a posting whose entries sum to zero in each fund, so nothing is lost between accounts. What is kept apart: this is
//! the refund（退回基金）alone; contractual penalties and fines have books of their own.

use std::collections::BTreeMap;

use claims::money::apportion;
use claims::{Day, Fen};
use serde::{Deserialize, Serialize};

use crate::policy::Action;

mod ageing;
mod funds;
mod lower;
mod means;
mod refused;

pub use ageing::{Age, Band, ages};
pub use funds::{checked_parts, fund_label, fund_named};
pub use means::{Means, Received};
pub use refused::Refused;

/// The name under which money stands whose fund of origin nobody knows: the settlement's total.
pub const UNNAMED_FUND: &str = "fund_pay_sumamt";

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
    /// 应退还机构: what came back of a claim that was lowered afterwards. It stands on the other side.
    Credit,
    /// 已退还机构: what of that was paid out again, on the other side as well.
    Returned,
}

/// Debt state（款项状态）: what became of a confirmed finding's money. Every one has a row, so that none is lost in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebtState {
    /// 已入账
    Claimed,
    /// 待核定金额: nobody knows yet what of it the funds paid.
    Undetermined,
    /// 前已入账: earlier decisions booked all that its lines give back.
    BookedBefore,
    /// 基金未支付: there is nothing of the funds in it.
    NoFund,
}

impl DebtState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Claimed, Self::Undetermined, Self::BookedBefore, Self::NoFund];

    /// As the store names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Undetermined => "undetermined",
            Self::BookedBefore => "booked_before",
            Self::NoFund => "no_fund",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Claimed => "已入账",
            Self::Undetermined => "待核定金额",
            Self::BookedBefore => "前已入账",
            Self::NoFund => "基金未支付",
        }
    }

    /// By its name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Account {
    /// All of them, in the order of the ledger's columns.
    pub const ALL: [Self; 7] =
        [Self::Claimed, Self::Outstanding, Self::Paid, Self::Offset, Self::Waived, Self::Credit, Self::Returned];

    /// As the ledger names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Outstanding => "outstanding",
            Self::Paid => "paid",
            Self::Offset => "offset",
            Self::Waived => "waived",
            Self::Credit => "credit",
            Self::Returned => "returned",
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
            Self::Credit => "应退还",
            Self::Returned => "已退还",
        }
    }

    /// Whether its balance stands on the other side, and is shown with its sign turned.
    pub const fn is_other_side(self) -> bool {
        matches!(self, Self::Claimed | Self::Credit | Self::Returned)
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

    /// What a movement asks of whoever books it. What somebody with more power gave up, nobody with less takes back.
    pub fn action(&self, means: &Means) -> Action {
        match means {
            Means::Reversal { of } => self.postings.get(*of).map_or(Action::BookRecovery, |posting| posting.means.action()),
            other => other.action(),
        }
    }

    /// Books money that came in, was set off, is given up or goes back. It is spread over the funds by what each is still owed.
    #[must_use = "a debt is a value: what comes back is the debt afterwards"]
    pub fn book(&self, amount: Fen, means: Means, on: Day) -> Result<Self, Refused> {
        if let Means::Reversal { of } = means {
            return self.reverse(of, on);
        }
        let open = self.open_for(&means)?;
        let outstanding = open.values().copied().map(Fen).sum();
        if !amount.is_positive() {
            return Err(Refused::NotPositive);
        }
        if amount > outstanding {
            return Err(Refused::TooMuch { amount, outstanding });
        }
        let weights: Vec<i64> = open.values().copied().collect();
        let shares = apportion(amount.0, &weights).unwrap_or_default();
        let parts: Vec<(String, i64)> = open.into_keys().zip(shares).filter(|(_, share)| *share != 0).collect();
        self.book_parts(&parts, means, on)
    }

    /// The same where whoever books says what of it is of which fund.
    #[must_use = "a debt is a value: what comes back is the debt afterwards"]
    pub fn book_parts(&self, parts: &[(String, i64)], means: Means, on: Day) -> Result<Self, Refused> {
        means.check()?;
        if let Means::Payment { receipt, .. } = &means
            && self.received().iter().any(|known| known.receipt == *receipt)
        {
            return Err(Refused::SameReceipt(receipt.clone()));
        }
        let open = self.open_for(&means)?;
        if parts.is_empty() {
            return Err(Refused::NotPositive);
        }
        for (number, (fund, amount)) in parts.iter().enumerate() {
            if *amount <= 0 {
                return Err(Refused::NotPositive);
            }
            if parts[..number].iter().any(|(other, _)| other == fund) {
                return Err(Refused::FundTwice(fund.clone()));
            }
            let outstanding = open.get(fund).copied().unwrap_or(0);
            if *amount > outstanding {
                return Err(Refused::TooMuch { amount: Fen(*amount), outstanding: Fen(outstanding) });
            }
        }
        let (to, from, sign) = means.accounts().ok_or(Refused::NotPositive)?;
        let entries =
            parts.iter().flat_map(|(fund, amount)| [(to, fund.clone(), sign * amount), (from, fund.clone(), -sign * amount)]);
        Ok(self.with(Posting { on, means, entries: entries.collect() }))
    }

    /// What a movement can still move, by fund.
    fn open_for(&self, means: &Means) -> Result<BTreeMap<String, i64>, Refused> {
        let (_, from, sign) = means.accounts().ok_or(Refused::NotPositive)?;
        let balance = self.balance(from).into_iter().map(|(fund, amount)| (fund.to_owned(), sign * amount));
        Ok(balance.filter(|(_, amount)| *amount > 0).collect())
    }

    /// Numbers of postings that were taken back.
    fn is_reversed(&self, of: usize) -> bool {
        self.postings.iter().any(|posting| posting.means == Means::Reversal { of })
    }

    fn reverse(&self, of: usize, on: Day) -> Result<Self, Refused> {
        let posting = self.postings.get(of).ok_or(Refused::NotReversible(of))?;
        if !posting.means.is_reversible() || self.is_reversed(of) {
            return Err(Refused::NotReversible(of));
        }
        let mut entries: Vec<(Account, String, i64)> = Vec::new();
        for (account, fund, amount) in &posting.entries {
            entries.extend(self.taken_back(*account, fund, -amount));
        }
        let after = self.with(Posting { on, means: Means::Reversal { of }, entries });
        if after.is_sound() { Ok(after) } else { Err(Refused::NotReversible(of)) }
    }

    /// What was to go back to the institution for this money is owed no more; the rest is outstanding again.
    fn taken_back(&self, account: Account, fund: &str, amount: i64) -> Vec<(Account, String, i64)> {
        let credit = -self.balance(Account::Credit).get(fund).copied().unwrap_or(0);
        let of_credit = if account == Account::Outstanding { amount.clamp(0, credit.max(0)) } else { 0 };
        let parts = [(Account::Credit, of_credit), (account, amount - of_credit)];
        parts.into_iter().filter(|(_, part)| *part != 0).map(|(account, part)| (account, fund.to_owned(), part)).collect()
    }

    /// Whether every account stands on its side.
    fn is_sound(&self) -> bool {
        Account::ALL.iter().all(|account| {
            self.balance(*account).values().all(|amount| if account.is_other_side() { *amount <= 0 } else { *amount >= 0 })
        })
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
    use crate::actor::UserId;
    use crate::sample::day;

    fn debt() -> Debt {
        Debt::new(&[("310100".to_owned(), 1_000), ("330100".to_owned(), 500)], day(1), day(31)).unwrap()
    }

    fn payment() -> Means {
        paid_by("收1")
    }

    fn paid_by(receipt: &str) -> Means {
        Means::Payment { receipt: receipt.to_owned(), payer: String::new(), received: None, paper: None }
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
            for (number, (amount, means, of)) in movements.into_iter().enumerate() {
                let means = match means {
                    0 => paid_by(&format!("收{number}")),
                    1 => Means::Offset { clr_ym: "202603".to_owned(), settlement: "S1".to_owned() },
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
