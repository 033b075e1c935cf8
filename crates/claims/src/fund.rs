//! Fund share（基金份额）: how much of a line, and of a finding, the funds paid（contract, Money; readings 24, 25）.

use crate::Fen;
use crate::money::{apportion, mul_div};

/// Unknown share（基金份额未知原因）: why the funds' part of a line cannot be told. The verdict stands all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ShareUnknown {
    /// The line belongs to no standing settlement that was delivered.
    NoSettlement,
    /// `fund_pay_sumamt` is missing.
    NoFundTotal,
    /// `inscp_amt` is missing on a line of the settlement.
    NoInScope,
    /// The in-scope amounts sum to zero.
    ZeroInScope,
}

impl ShareUnknown {
    /// In words, for reports.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::NoSettlement => "明细没有对应的有效结算记录，无法计算基金份额",
            Self::NoFundTotal => "结算记录缺少基金支付总额（fund_pay_sumamt），无法计算基金份额",
            Self::NoInScope => "该结算的明细缺少符合范围金额（inscp_amt），无法计算基金份额",
            Self::ZeroInScope => "该结算的明细符合范围金额合计为 0，无法计算基金份额",
        }
    }
}

/// Spreads what the funds paid for one settlement over its net lines, by in-scope amount.
///
/// Shares sum to `fund_total` exactly. `in_scope` must come in the byte order of the line ids: ties of the largest remainder go
/// to the first.
pub fn line_shares(fund_total: Option<Fen>, in_scope: &[Option<Fen>]) -> Result<Vec<Fen>, ShareUnknown> {
    let total = fund_total.ok_or(ShareUnknown::NoFundTotal)?;
    let weights: Vec<i64> = in_scope
        .iter()
        .map(|amount| amount.map(|amount| amount.0.max(0)))
        .collect::<Option<_>>()
        .ok_or(ShareUnknown::NoInScope)?;
    let shares = apportion(total.0, &weights).ok_or(ShareUnknown::ZeroInScope)?;
    Ok(shares.into_iter().map(Fen).collect())
}

/// A finding's share of one line: line share × excess ÷ line amount, rounded half up. None for a line of no amount.
pub fn finding_share(line_share: Fen, excess: Fen, line_amount: Fen) -> Option<Fen> {
    mul_div(line_share.0, excess.0, line_amount.0).map(Fen)
}

/// Splits a finding's share among the funds that paid the settlement, by what each paid; ties go by fund code.
///
/// Empty where the settlement does not name its funds. Funds that would get nothing are left out.
pub fn split_among_funds(share: Fen, funds: &[(&'static str, Fen)]) -> Vec<(&'static str, Fen)> {
    let mut funds: Vec<_> = funds.iter().filter(|(_, paid)| paid.is_positive()).copied().collect();
    funds.sort_by_key(|(code, _)| *code);
    let weights: Vec<i64> = funds.iter().map(|(_, paid)| paid.0).collect();
    let Some(shares) = apportion(share.0, &weights) else { return Vec::new() };
    let shared = funds.into_iter().zip(shares).map(|((code, _), share)| (code, Fen(share)));
    shared.filter(|(_, share)| *share != Fen::ZERO).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample;

    fn some(amounts: &[i64]) -> Vec<Option<Fen>> {
        amounts.iter().map(|amount| Some(Fen(*amount))).collect()
    }

    #[test]
    fn ties_of_the_remainder_go_to_the_first_line() {
        assert_eq!(line_shares(Some(Fen(100)), &some(&[1, 1, 1])), Ok(vec![Fen(34), Fen(33), Fen(33)]));
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        assert_eq!(line_shares(None, &some(&[1])), Err(ShareUnknown::NoFundTotal));
        assert_eq!(line_shares(Some(Fen(100)), &[Some(Fen(1)), None]), Err(ShareUnknown::NoInScope));
        assert_eq!(line_shares(Some(Fen(100)), &some(&[0, 0])), Err(ShareUnknown::ZeroInScope));
        assert_eq!(line_shares(Some(Fen(0)), &some(&[5, 0])), Ok(vec![Fen(0), Fen(0)]), "the funds paid nothing: that is known");
    }

    #[test]
    fn a_finding_takes_its_part_of_the_line() {
        assert_eq!(finding_share(Fen(700), Fen(500), Fen(1000)), Some(Fen(350)));
        assert_eq!(finding_share(Fen(1), Fen(1), Fen(2)), Some(Fen(1)), "half a fen rounds up");
        assert_eq!(finding_share(Fen(1), Fen(1), Fen(0)), None);
    }

    #[test]
    fn funds_share_by_what_they_paid_and_ties_go_by_code() {
        let mut settlement = sample::settlement("S1", "V1");
        settlement.funds = vec![("maf_pay", Fen(100)), ("hifp_pay", Fen(100)), ("othfund_pay", Fen(0))];
        assert_eq!(split_among_funds(Fen(101), &settlement.funds), [("hifp_pay", Fen(51)), ("maf_pay", Fen(50))]);
        settlement.funds.clear();
        assert_eq!(split_among_funds(Fen(101), &settlement.funds), []);
    }

    proptest! {
        #[test]
        fn line_shares_sum_to_the_settlement(total in 0_i64..10_000_000, scope in prop::collection::vec(0_i64..1_000_000, 1..40)) {
            match line_shares(Some(Fen(total)), &some(&scope)) {
                Ok(shares) => {
                    prop_assert_eq!(shares.iter().copied().sum::<Fen>(), Fen(total));
                    for (share, scope) in shares.iter().zip(&scope) {
                        prop_assert!(*scope > 0 || *share == Fen::ZERO, "a line outside the scope has no share");
                    }
                }
                Err(why) => prop_assert!(why == ShareUnknown::ZeroInScope && scope.iter().all(|amount| *amount == 0)),
            }
        }

        #[test]
        fn fund_splits_sum_to_the_share(share in 0_i64..10_000_000, paid in prop::collection::vec(1_i64..1_000_000, 8)) {
            let mut settlement = sample::settlement("S1", "V1");
            settlement.funds = crate::record::FUND_COLUMNS.iter().zip(paid).map(|((code, _), paid)| (*code, Fen(paid))).collect();
            let split = split_among_funds(Fen(share), &settlement.funds);
            prop_assert_eq!(split.iter().map(|(_, share)| *share).sum::<Fen>(), Fen(share));
        }
    }
}
