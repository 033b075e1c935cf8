//! Sheet（疑点单）: what a finding shows to people, frozen with it: the sentence, whom it concerns, and the evidence.

use claims::Fen;
use serde::{Deserialize, Serialize};

use crate::finding::Filed;
use crate::line_ledger::Asked;

/// Sheet（疑点单）. It belongs to one digest and never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// 规则名称
    pub rule_name: String,
    /// 级别: `violation`, `suspicion_high`, `suspicion` or `hint`.
    pub grade: String,
    /// What kind of thing it is about: line, pair, visit …
    pub subject: String,
    /// 机构名称; its code where the register has no name.
    pub institution: String,
    /// 人员编号; none where it is about no single person.
    pub psn_no: Option<String>,
    /// 就诊
    pub mdtrt_id: Option<String>,
    /// 结算
    pub setl_id: Option<String>,
    /// 开单医师
    pub bilg_dr_code: Option<String>,
    /// 知识点
    pub knowledge_id: Option<String>,
    /// 金额口径: line, excess, difference, case, index or none.
    pub amount_basis: String,
    /// One sentence with item, value and limit.
    pub message: String,
    /// Offending lines.
    pub line_ids: Vec<String>,
    /// Lines involved but not charged.
    pub related_lines: Vec<String>,
    /// Other visits, lines and persons involved.
    pub related: Vec<String>,
    /// Offending lines with their excess and what of it the funds paid, in fen.
    pub charged: Vec<Charged>,
    /// What would clear it.
    pub cleared_by: Vec<String>,
    /// All facts, values, law and arithmetic, as JSON.
    pub evidence: String,
}

/// Charged（计入明细）: a line with its part of the amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// `mdtrt_id:bkkp_sn`.
    pub line_id: String,
    /// What of the line is too much, in fen.
    pub excess: i64,
    /// What of that the funds paid, in fen; none where it is not known.
    pub fund: Option<i64>,
}

impl Sheet {
    /// What of the amount is no money of the funds: all of it where the stay was paid by case or day（按病种、按床日付费）.
    pub fn index_fen(&self, filed: &Filed) -> i64 {
        if self.amount_basis == "index" { filed.amount_fen } else { 0 }
    }

    /// What stands of the finding, in fen: of the amount, of the funds' part, and of each line. A decision over less leaves less; a stay
    /// that was paid by case or day owes no money by its lines.
    pub fn standing(&self, filed: &Filed, stands: Fen) -> (i64, i64, Vec<Charged>) {
        if self.index_fen(filed) > 0 {
            let line = |line: &Charged| Charged { excess: 0, fund: None, ..line.clone() };
            return (0, 0, self.charged.iter().map(line).collect());
        }
        let fund = filed.fund_for(stands).0;
        if stands >= filed.amount() {
            return (filed.amount_fen, fund, self.charged.clone());
        }
        let part = |fen: i64| claims::money::mul_div(fen, stands.0, filed.amount_fen).unwrap_or(0);
        let weights: Vec<i64> = self.charged.iter().map(|line| line.excess.max(0)).collect();
        let shares = claims::money::apportion(stands.0, &weights).unwrap_or_else(|| vec![0; weights.len()]);
        let line = |(line, excess): (&Charged, i64)| Charged { excess, fund: line.fund.map(part), ..line.clone() };
        (stands.0, fund, self.charged.iter().zip(shares).map(line).collect())
    }

    /// Whether nobody knows what of the amount the funds paid. Where they are known to have paid nothing, that is known.
    pub fn is_undetermined(&self, filed: &Filed) -> bool {
        let counts = filed.amount_fen > 0 && !["index", "none"].contains(&self.amount_basis.as_str());
        let told = !self.charged.is_empty() && self.charged.iter().all(|line| line.fund.is_some());
        counts && filed.fund_parts.is_empty() && !told
    }

    /// What an amount that somebody determined asks of each line: by the excess, for nobody knows the funds' part of any.
    pub fn asked_of(&self, amount: Fen) -> Vec<Asked> {
        let weights: Vec<i64> = self.charged.iter().map(|line| line.excess.max(0)).collect();
        let shares = claims::money::apportion(amount.0, &weights).unwrap_or_default();
        let asked =
            |(line, share): (&Charged, i64)| Asked { line_id: line.line_id.clone(), fund_share: Fen(share), amount: Fen(share) };
        self.charged.iter().zip(shares).filter(|(_, share)| *share > 0).map(asked).collect()
    }

    /// What a decision over `owed` of the amount asks back of each line.
    ///
    /// The line's fund share caps it: what the funds paid of the excess is the most that this finding may ask of the line.
    pub fn asked(&self, filed: &Filed, owed: Fen) -> Vec<Asked> {
        let whole = filed.fund_for(filed.amount());
        let part = filed.fund_for(owed);
        let lines: Vec<&Charged> = self.charged.iter().filter(|line| line.fund.is_some_and(|fund| fund > 0)).collect();
        let weights: Vec<i64> = lines.iter().filter_map(|line| line.fund).collect();
        let amounts =
            if whole == part { weights.clone() } else { claims::money::apportion(part.0, &weights).unwrap_or_default() };
        lines
            .into_iter()
            .zip(weights)
            .zip(amounts)
            .map(|((line, fund), amount)| Asked { line_id: line.line_id.clone(), fund_share: Fen(fund), amount: Fen(amount) })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::filed;

    fn sheet() -> Sheet {
        let charged = |line: &str, excess, fund| Charged { line_id: line.to_owned(), excess, fund };
        Sheet {
            charged: vec![charged("M1:1", 60, Some(30)), charged("M1:2", 40, Some(20)), charged("M1:3", 5, None)],
            ..Sheet::default()
        }
    }

    #[test]
    fn what_stands_is_what_a_decision_left_and_no_money_where_the_stay_was_paid_by_case() {
        let mut filed = filed(100);
        filed.fund_parts = vec![("310100".to_owned(), 50)];
        let of = |sheet: &Sheet, stands| {
            let (amount, fund, lines) = sheet.standing(&filed, Fen(stands));
            (amount, fund, lines.iter().map(|line| (line.excess, line.fund)).collect::<Vec<_>>())
        };
        let mut two = sheet();
        two.charged.truncate(2);
        assert_eq!(of(&two, 100), (100, 50, vec![(60, Some(30)), (40, Some(20))]));
        assert_eq!(of(&two, 50), (50, 25, vec![(30, Some(15)), (20, Some(10))]));
        assert_eq!(of(&two, 0), (0, 0, vec![(0, Some(0)), (0, Some(0))]));
        let by_case = Sheet { amount_basis: "index".to_owned(), ..two };
        assert_eq!(of(&by_case, 100), (0, 0, vec![(0, None), (0, None)]));
    }

    #[test]
    fn a_share_that_is_not_known_waits_for_somebody_and_one_of_nothing_does_not() {
        let unknown = Filed { fund_parts: Vec::new(), ..filed(100) };
        assert!(sheet().is_undetermined(&unknown), "of one line nobody knows");
        assert!(Sheet::default().is_undetermined(&unknown), "no line is named");
        let of_nothing =
            Sheet { charged: vec![Charged { line_id: "M1:1".to_owned(), excess: 100, fund: Some(0) }], ..Sheet::default() };
        assert!(!of_nothing.is_undetermined(&unknown), "the patient paid it all");
        assert!(!sheet().is_undetermined(&filed(100)) && !sheet().is_undetermined(&Filed { amount_fen: 0, ..unknown.clone() }));
        for basis in ["index", "none"] {
            assert!(!Sheet { amount_basis: basis.to_owned(), ..sheet() }.is_undetermined(&unknown));
        }
        let asked: Vec<_> = sheet().asked_of(Fen(50)).iter().map(|line| line.amount.0).collect();
        assert_eq!((asked.iter().sum::<i64>(), asked.len()), (50, 3));
    }

    #[test]
    fn a_reduced_amount_is_spread_over_the_lines_and_sums_up() {
        let mut filed = filed(100);
        filed.fund_parts = vec![("310100".to_owned(), 30), ("330100".to_owned(), 20)];
        let amounts = |owed| sheet().asked(&filed, Fen(owed)).iter().map(|line| line.amount.0).collect::<Vec<_>>();
        assert_eq!(amounts(100), [30, 20]);
        assert_eq!(amounts(50), [15, 10]);
        assert_eq!(amounts(1).iter().sum::<i64>(), 1);
        assert_eq!(filed.fund_for(Fen(50)), Fen(25));
    }
}
