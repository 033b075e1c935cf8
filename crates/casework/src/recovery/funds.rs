//! Funds of origin（原支付基金）: money goes back to the fund that paid it, and where nobody knew which, somebody finds out.

use claims::money::apportion;
use claims::record::FUND_COLUMNS;
use claims::{Day, Fen};

use super::{Account, Debt, Means, Posting, Refused, UNNAMED_FUND};

/// Funds as people call them, where that is not their national name.
const LABELS: [(&str, &str); 5] = [
    ("cvlserv_pay", "公务员医疗补助"),
    ("hifes_pay", "企业补充医疗保险"),
    ("hifmi_pay", "居民大病保险"),
    ("hifob_pay", "职工大额医疗费用补助"),
    (UNNAMED_FUND, "未明基金"),
];

/// A fund as people call it.
pub fn fund_label(code: &str) -> &str {
    LABELS.iter().chain(&FUND_COLUMNS).find(|(known, _)| *known == code).map_or(code, |(_, label)| label)
}

/// A fund by its column, the national name of that, or as people call it.
pub fn fund_named(text: &str) -> Option<&'static str> {
    let fits = |(code, name): &&(&str, &str)| *code == text || *name == text || fund_label(code) == text;
    FUND_COLUMNS.iter().find(fits).map(|(code, _)| *code)
}

/// Amounts by fund as somebody named them: funds that settlements name, each once, each above zero.
pub fn checked_parts(parts: &[(String, i64)]) -> Result<(), Refused> {
    for (number, (fund, amount)) in parts.iter().enumerate() {
        if !FUND_COLUMNS.iter().any(|(code, _)| code == fund) {
            return Err(Refused::UnknownFund(fund.clone()));
        }
        if *amount <= 0 {
            return Err(Refused::NotPositive);
        }
        if parts[..number].iter().any(|(other, _)| other == fund) {
            return Err(Refused::FundTwice(fund.clone()));
        }
    }
    Ok(())
}

impl Debt {
    /// What is claimed under no fund and can be split: nothing where some of it is owed back already.
    pub fn unnamed(&self) -> Fen {
        let of = |account| self.balance(account).get(UNNAMED_FUND).copied().unwrap_or(0);
        let returns = of(Account::Credit) != 0 || of(Account::Returned) != 0;
        if returns { Fen::ZERO } else { Fen(-of(Account::Claimed)) }
    }

    /// 划分基金: what stands under no fund goes to the funds that paid it, on every account; the sums stay.
    #[must_use = "a debt is a value: what comes back is the debt afterwards"]
    pub fn name_funds(&self, parts: &[(String, i64)], means: Means, on: Day) -> Result<Self, Refused> {
        means.check()?;
        checked_parts(parts)?;
        let unnamed = self.unnamed();
        let named: Fen = parts.iter().map(|(_, amount)| Fen(*amount)).sum();
        if named != unnamed || !unnamed.is_positive() {
            return Err(Refused::SplitDiffers { named, unnamed });
        }
        let mut entries = vec![(Account::Claimed, UNNAMED_FUND.to_owned(), unnamed.0)];
        entries.extend(parts.iter().map(|(fund, amount)| (Account::Claimed, fund.clone(), -amount)));
        // Each account takes its part of what the ones before left, so that the last one's is the rest, to the fen.
        let mut rest: Vec<i64> = parts.iter().map(|(_, amount)| *amount).collect();
        for account in [Account::Outstanding, Account::Paid, Account::Offset, Account::Waived] {
            let balance = self.balance(account).get(UNNAMED_FUND).copied().unwrap_or(0);
            let Some(shares) = apportion(balance, &rest).filter(|_| balance > 0) else { continue };
            entries.push((account, UNNAMED_FUND.to_owned(), -balance));
            for ((fund, _), (left, share)) in parts.iter().zip(rest.iter_mut().zip(shares)).filter(|(_, (_, share))| *share != 0)
            {
                *left -= share;
                entries.push((account, fund.clone(), share));
            }
        }
        Ok(self.with(Posting { on, means, entries }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::UserId;
    use crate::sample::day;

    fn part(fund: &str, amount: i64) -> (String, i64) {
        (fund.to_owned(), amount)
    }

    fn found_out() -> Means {
        Means::Naming { authority: UserId::new("负责人"), reason: "查结算单".to_owned() }
    }

    #[test]
    fn money_without_a_fund_is_told_its_funds_and_stays_as_much() {
        let debt = Debt::new(&[part(UNNAMED_FUND, 1_000), part("maf_pay", 100)], day(1), day(31)).unwrap();
        let paid = Means::Payment { receipt: "1".to_owned(), payer: String::new(), received: None, paper: None };
        let paid = debt.book_parts(&[part(UNNAMED_FUND, 333)], paid, day(2)).unwrap();
        let named = paid.name_funds(&[part("hifp_pay", 701), part("hifmi_pay", 299)], found_out(), day(3)).unwrap();
        assert_eq!((named.unnamed(), named.outstanding(), named.total(Account::Paid)), (Fen::ZERO, Fen(767), Fen(333)));
        assert_eq!(named.claimed().get("hifp_pay"), Some(&701));
        let of = |account: Account, fund: &str| named.balance(account).get(fund).copied().unwrap_or(0);
        assert_eq!(of(Account::Paid, "hifp_pay") + of(Account::Outstanding, "hifp_pay"), 701);
        assert_eq!((of(Account::Paid, UNNAMED_FUND), of(Account::Outstanding, UNNAMED_FUND)), (0, 0));
    }

    #[test]
    fn what_is_named_makes_up_what_was_not_and_is_of_a_fund_that_is_there() {
        let debt = Debt::new(&[part(UNNAMED_FUND, 1_000)], day(1), day(31)).unwrap();
        let name = |parts: &[(String, i64)]| debt.name_funds(parts, found_out(), day(3));
        assert_eq!(name(&[part("hifp_pay", 999)]), Err(Refused::SplitDiffers { named: Fen(999), unnamed: Fen(1_000) }));
        assert_eq!(name(&[part(UNNAMED_FUND, 1_000)]), Err(Refused::UnknownFund(UNNAMED_FUND.to_owned())));
        assert_eq!(name(&[part("hifp_pay", 500), part("hifp_pay", 500)]), Err(Refused::FundTwice("hifp_pay".to_owned())));
        let blank = Means::Naming { authority: UserId::new("负责人"), reason: " ".to_owned() };
        assert_eq!(debt.name_funds(&[part("hifp_pay", 1_000)], blank, day(3)), Err(Refused::Missing("理由")));
    }
}
