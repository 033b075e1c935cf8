//! Lowering（调减）: a decision turned out to ask too much. What is not paid is owed no more, and what is paid goes back.

use std::collections::BTreeMap;

use claims::money::{apportion, mul_div};
use claims::{Day, Fen};

use super::{Account, Debt, Instalment, Means, Posting, Refused};
use crate::finding::Filed;

impl Debt {
    /// What each fund is still to be asked for where a decision is corrected from one amount to another: the same part of each.
    pub fn corrected(&self, filed: &Filed, from: Fen, to: Fen) -> Vec<(String, i64)> {
        let claimed = self.claimed();
        let all: i64 = claimed.values().sum();
        // Where the whole of it was booked, the new amount is what the decision says, to the fen.
        let rest = if Fen(all) == filed.fund_for(from) { filed.fund_for(to).0 } else { mul_div(all, to.0, from.0).unwrap_or(0) };
        let weights: Vec<i64> = claimed.values().copied().collect();
        let shares = apportion(rest.min(all), &weights).unwrap_or_default();
        let funds = claimed.into_keys().map(str::to_owned);
        funds.zip(shares).filter(|(_, share)| *share > 0).collect()
    }

    /// What is claimed, by fund.
    pub fn claimed(&self) -> BTreeMap<&str, i64> {
        self.balance(Account::Claimed).into_iter().map(|(fund, amount)| (fund, -amount)).collect()
    }

    /// Lowers the claim of each fund to what is named; a fund that is not named has none left. Nothing named withdraws it all.
    ///
    /// What is outstanding is owed no more; then what was given up; what was paid or set off beyond that is owed to the institution.
    #[must_use = "a debt is a value: what comes back is the debt afterwards"]
    pub fn lower(&self, to: &[(String, i64)], means: Means, on: Day) -> Result<Self, Refused> {
        means.check()?;
        let named = |fund: &str| to.iter().filter(|(known, _)| known == fund).map(|(_, amount)| *amount).sum::<i64>();
        let claimed = self.claimed();
        if to.iter().any(|(fund, amount)| *amount < 0 || claimed.get(fund.as_str()).copied().unwrap_or(0) < named(fund)) {
            return Err(Refused::NotLower);
        }
        let mut entries = Vec::new();
        for (fund, claim) in claimed {
            let mut less = claim - named(fund);
            if less == 0 {
                continue;
            }
            entries.push((Account::Claimed, fund.to_owned(), less));
            for account in [Account::Outstanding, Account::Waived] {
                let part = less.min(self.balance(account).get(fund).copied().unwrap_or(0));
                if part > 0 {
                    entries.push((account, fund.to_owned(), -part));
                    less -= part;
                }
            }
            if less > 0 {
                entries.push((Account::Credit, fund.to_owned(), -less));
            }
        }
        if entries.is_empty() {
            return Err(Refused::NotLower);
        }
        Ok(self.with(Posting { on, means, entries }))
    }

    /// Claims anew, after all was withdrawn. What came back before counts.
    #[must_use = "a debt is a value: what comes back is the debt afterwards"]
    pub fn claim_again(&self, parts: &[(String, i64)], on: Day, due: Day) -> Result<Self, Refused> {
        if parts.is_empty() || parts.iter().any(|(_, amount)| *amount <= 0) {
            return Err(Refused::NotPositive);
        }
        let mut entries = Vec::new();
        for (fund, amount) in parts {
            entries.extend(self.taken_back(Account::Outstanding, fund, *amount));
            entries.push((Account::Claimed, fund.clone(), -amount));
        }
        let after = self.with(Posting { on, means: Means::Claim, entries });
        let amount = after.outstanding();
        Ok(Self { plan: vec![Instalment { due, amount }], ..after })
    }

    /// What is owed back to the institution.
    pub fn credit(&self) -> Fen {
        Fen(-self.total(Account::Credit).0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::actor::UserId;
    use crate::sample::day;

    fn part(fund: &str, amount: i64) -> (String, i64) {
        (fund.to_owned(), amount)
    }

    fn debt() -> Debt {
        Debt::new(&[part("hifp_pay", 1_000), part("maf_pay", 500)], day(1), day(31)).unwrap()
    }

    fn payment(number: usize) -> Means {
        Means::Payment { receipt: format!("收{number}"), payer: String::new(), received: None, paper: None }
    }

    fn because() -> Means {
        Means::Lowering { authority: UserId::new("负责人"), reason: "退费后重算".to_owned() }
    }

    #[test]
    fn what_was_paid_of_a_withdrawn_claim_is_owed_to_the_institution_until_it_is_returned() {
        let paid = debt().book(Fen(300), payment(1), day(2)).unwrap();
        let withdrawn = paid.lower(&[], because(), day(3)).unwrap();
        assert_eq!(
            (withdrawn.outstanding(), withdrawn.credit(), withdrawn.total(Account::Claimed)),
            (Fen::ZERO, Fen(300), Fen::ZERO)
        );
        assert_eq!(withdrawn.lower(&[], because(), day(4)), Err(Refused::NotLower), "nothing is withdrawn twice");
        let back = |amount| withdrawn.book(Fen(amount), Means::Return { voucher: "退1".to_owned() }, day(5));
        assert_eq!(back(301), Err(Refused::TooMuch { amount: Fen(301), outstanding: Fen(300) }));
        let returned = back(300).unwrap();
        assert_eq!((returned.credit(), returned.total(Account::Returned)), (Fen::ZERO, Fen(-300)));
        // The cheque was not honoured after all: nothing is owed for it.
        let bounced = withdrawn.book(Fen::ZERO, Means::Reversal { of: 1 }, day(6)).unwrap();
        assert_eq!((bounced.credit(), bounced.outstanding()), (Fen::ZERO, Fen::ZERO));
        // Returned already, it is owed by the institution again.
        let late = returned.book(Fen::ZERO, Means::Reversal { of: 1 }, day(6)).unwrap();
        assert_eq!((late.credit(), late.outstanding()), (Fen::ZERO, Fen(300)));
    }

    #[test]
    fn a_lower_claim_takes_first_what_is_not_paid_and_never_rises() {
        let paid = debt().book(Fen(300), payment(1), day(2)).unwrap();
        let lowered = paid.lower(&[part("hifp_pay", 500), part("maf_pay", 60)], because(), day(3)).unwrap();
        assert_eq!((lowered.outstanding(), lowered.credit()), (Fen(300), Fen(40)));
        for more in [part("hifp_pay", 1_001), part("maf_pay", -1), part("othfund_pay", 1)] {
            assert_eq!(paid.lower(&[more], because(), day(3)), Err(Refused::NotLower));
        }
        let same = [part("hifp_pay", 1_000), part("maf_pay", 500)];
        assert_eq!(paid.lower(&same, because(), day(3)), Err(Refused::NotLower));
    }

    #[test]
    fn a_claim_that_comes_again_counts_what_came_before() {
        let withdrawn = debt().book(Fen(300), payment(1), day(2)).unwrap().lower(&[], because(), day(3)).unwrap();
        let again = withdrawn.claim_again(&[part("hifp_pay", 1_000)], day(9), day(20)).unwrap();
        assert_eq!((again.outstanding(), again.credit(), again.next_due()), (Fen(800), Fen(100), Some(day(20))));
    }

    proptest! {
        #[test]
        fn lowering_returning_and_naming_balance_in_every_fund(
            parts in prop::collection::vec(1_i64..100_000, 2..4),
            movements in prop::collection::vec((1_i64..60_000, 0_usize..7, 0_usize..12, 0_i64..100), 0..25),
        ) {
            let funds = [crate::recovery::UNNAMED_FUND, "hifp_pay", "maf_pay"];
            let parts: Vec<(String, i64)> = parts.into_iter().zip(funds).map(|(amount, fund)| part(fund, amount)).collect();
            let mut debt = Debt::new(&parts, day(1), day(31)).unwrap();
            for (number, (amount, kind, of, share)) in movements.into_iter().enumerate() {
                let next = match kind {
                    0 | 1 => debt.book(Fen(amount), payment(number), day(2)),
                    2 => debt.book(Fen(amount), Means::Waiver { authority: UserId::new("甲"), reason: "注销".to_owned() }, day(2)),
                    3 => debt.book(Fen(amount), Means::Return { voucher: "退".to_owned() }, day(2)),
                    4 => debt.book(Fen::ZERO, Means::Reversal { of }, day(2)),
                    5 => {
                        let to: Vec<_> = debt.claimed().into_iter().map(|(fund, claim)| part(fund, claim * share / 100)).collect();
                        debt.lower(&to, because(), day(2))
                    }
                    _ => {
                        let unnamed = debt.claimed().get(funds[0]).copied().unwrap_or(0);
                        let first = unnamed * share / 100;
                        let named: Vec<_> = [part("hifp_pay", first), part("hifmi_pay", unnamed - first)].into_iter().filter(|(_, fen)| *fen > 0).collect();
                        debt.name_funds(&named, Means::Naming { authority: UserId::new("甲"), reason: "查明".to_owned() }, day(2))
                    }
                };
                let Ok(next) = next else { continue };
                debt = next;
                for posting in debt.postings() {
                    let mut by_fund: BTreeMap<&str, i64> = BTreeMap::new();
                    for (_, fund, amount) in &posting.entries {
                        *by_fund.entry(fund).or_default() += amount;
                    }
                    prop_assert!(by_fund.values().all(|sum| *sum == 0));
                }
                prop_assert!(debt.is_sound(), "{debt:?}");
                let all: i64 = Account::ALL.iter().map(|account| debt.total(*account).0).sum();
                prop_assert_eq!(all, 0);
                let left: i64 = debt.left().iter().map(|left| left.amount.0).sum();
                prop_assert_eq!(left, debt.outstanding().0);
            }
        }
    }
}
