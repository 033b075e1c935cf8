//! Means（追回方式）: how money moves, and what proves that it did.

use claims::Day;
use serde::{Deserialize, Serialize};

use super::{Account, Debt, Refused};
use crate::actor::UserId;
use crate::policy::Action;

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
        /// Who paid; empty where it was not written down.
        #[serde(default)]
        payer: String,
        /// Day on which the money came; the day of the posting where it is not another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        received: Option<Day>,
        /// Digest of the paper that shows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paper: Option<String>,
    },
    /// 抵扣
    Offset {
        /// 清算年月: the settlement with the institution that was paid out less. Earlier postings name it by its number only.
        #[serde(default)]
        clr_ym: String,
        /// Number of that settlement's document.
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
    /// 调减: the decision asks for less than it did, or for nothing.
    Lowering {
        /// Who has the power to.
        authority: UserId,
        /// Why.
        reason: String,
    },
    /// 划分基金: money whose fund of origin nobody knew is told its funds.
    Naming {
        /// Who has the power to.
        authority: UserId,
        /// Why.
        reason: String,
    },
    /// 退还机构
    Return {
        /// Number of the voucher.
        voucher: String,
    },
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
            Self::Lowering { .. } => "lowering",
            Self::Naming { .. } => "naming",
            Self::Return { .. } => "return",
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
            Self::Lowering { .. } => "调减",
            Self::Naming { .. } => "划分基金",
            Self::Return { .. } => "退还机构",
        }
    }

    /// What it asks of whoever books it.
    pub const fn action(&self) -> Action {
        match self {
            Self::Waiver { .. } => Action::WaiveRecovery,
            Self::Lowering { .. } => Action::LowerRecovery,
            Self::Naming { .. } => Action::DetermineRecovery,
            Self::Claim | Self::Payment { .. } | Self::Offset { .. } | Self::Reversal { .. } | Self::Return { .. } => {
                Action::BookRecovery
            }
        }
    }

    /// Whether it can be taken back: what moved money, or gave it up.
    pub const fn is_reversible(&self) -> bool {
        matches!(self, Self::Payment { .. } | Self::Offset { .. } | Self::Waiver { .. } | Self::Return { .. })
    }

    /// Where the money goes to and where it comes from, and on which side it stands there.
    pub(super) const fn accounts(&self) -> Option<(Account, Account, i64)> {
        match self {
            Self::Payment { .. } => Some((Account::Paid, Account::Outstanding, 1)),
            Self::Offset { .. } => Some((Account::Offset, Account::Outstanding, 1)),
            Self::Waiver { .. } => Some((Account::Waived, Account::Outstanding, 1)),
            Self::Return { .. } => Some((Account::Returned, Account::Credit, -1)),
            Self::Claim | Self::Reversal { .. } | Self::Lowering { .. } | Self::Naming { .. } => None,
        }
    }

    /// What proves it is there and in its form.
    pub(super) fn check(&self) -> Result<(), Refused> {
        let missing = |text: &str, what| if text.trim().is_empty() { Err(Refused::Missing(what)) } else { Ok(()) };
        match self {
            Self::Payment { receipt, .. } => missing(receipt, "收据号"),
            Self::Offset { clr_ym, .. } if is_period(clr_ym) => Ok(()),
            Self::Offset { clr_ym, .. } => Err(Refused::Period(clr_ym.clone())),
            Self::Return { voucher } => missing(voucher, "退还凭证号"),
            Self::Waiver { reason, .. } | Self::Lowering { reason, .. } | Self::Naming { reason, .. } => missing(reason, "理由"),
            Self::Claim | Self::Reversal { .. } => Ok(()),
        }
    }
}

/// Whether a text is a year and a month: 202603.
fn is_period(text: &str) -> bool {
    let month = text.get(4..).and_then(|month| month.parse::<u32>().ok());
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) && month.is_some_and(|month| (1..=12).contains(&month))
}

/// Received（收款）: a payment that stands, by fund, as a bank's list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Number of its posting.
    pub posting: usize,
    /// Day on which the money came.
    pub on: Day,
    /// Number of the receipt.
    pub receipt: String,
    /// Who paid; empty where it was not written down.
    pub payer: String,
    /// Fund.
    pub fund: String,
    /// How much, in fen.
    pub amount_fen: i64,
}

impl Debt {
    /// Payments that stand: what was taken back is left out.
    pub fn received(&self) -> Vec<Received> {
        let mut all = Vec::new();
        for (number, posting) in self.postings.iter().enumerate().filter(|(number, _)| !self.is_reversed(*number)) {
            let Means::Payment { receipt, payer, received, .. } = &posting.means else { continue };
            let paid = posting.entries.iter().filter(|(account, ..)| *account == Account::Paid);
            all.extend(paid.map(|(_, fund, amount)| Received {
                posting: number,
                on: received.unwrap_or(posting.on),
                receipt: receipt.clone(),
                payer: payer.clone(),
                fund: fund.clone(),
                amount_fen: *amount,
            }));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use claims::Fen;

    use super::*;
    use crate::sample::day;

    fn debt() -> Debt {
        Debt::new(&[("hifp_pay".to_owned(), 1_000), ("maf_pay".to_owned(), 500)], day(1), day(31)).unwrap()
    }

    fn payment(receipt: &str) -> Means {
        Means::Payment { receipt: receipt.to_owned(), payer: "市一院".to_owned(), received: Some(day(3)), paper: None }
    }

    #[test]
    fn a_receipt_is_booked_once_and_again_after_it_was_taken_back() {
        let paid = debt().book(Fen(300), payment("A1"), day(5)).unwrap();
        assert_eq!(paid.book(Fen(300), payment("A1"), day(5)), Err(Refused::SameReceipt("A1".to_owned())));
        assert_eq!(debt().book(Fen(300), payment(" "), day(5)), Err(Refused::Missing("收据号")));
        let received = paid.received();
        assert_eq!(
            received.iter().map(|one| (one.on, one.fund.as_str(), one.amount_fen)).collect::<Vec<_>>(),
            [(day(3), "hifp_pay", 200), (day(3), "maf_pay", 100)]
        );
        let back = paid.book(Fen::ZERO, Means::Reversal { of: 1 }, day(6)).unwrap();
        assert!(back.received().is_empty() && back.book(Fen(300), payment("A1"), day(7)).is_ok());
    }

    #[test]
    fn an_offset_names_the_settlement_by_year_and_month_and_what_of_it_is_of_which_fund() {
        let offset = |clr_ym: &str| Means::Offset { clr_ym: clr_ym.to_owned(), settlement: String::new() };
        for bad in ["", "2026-03", "202613", "202600", "20263", "下月"] {
            assert_eq!(debt().book(Fen(100), offset(bad), day(5)), Err(Refused::Period(bad.to_owned())));
        }
        let part = |fund: &str, amount| (fund.to_owned(), amount);
        let set_off = debt().book_parts(&[part("maf_pay", 400)], offset("202604"), day(5)).unwrap();
        assert_eq!((set_off.total(Account::Offset), set_off.outstanding()), (Fen(400), Fen(1_100)));
        let more = set_off.book_parts(&[part("maf_pay", 101)], offset("202605"), day(6));
        assert_eq!(more, Err(Refused::TooMuch { amount: Fen(101), outstanding: Fen(100) }), "a fund gets back no other's money");
        let twice = debt().book_parts(&[part("maf_pay", 1), part("maf_pay", 1)], offset("202605"), day(6));
        assert_eq!(twice, Err(Refused::FundTwice("maf_pay".to_owned())));
    }

    #[test]
    fn what_a_leader_gave_up_nobody_with_less_power_takes_back() {
        let waiver = Means::Waiver { authority: UserId::new("局长"), reason: "机构注销".to_owned() };
        let waived = debt().book(Fen(100), waiver, day(5)).unwrap().book(Fen(100), payment("A1"), day(6)).unwrap();
        assert_eq!(waived.action(&Means::Reversal { of: 1 }), Action::WaiveRecovery);
        assert_eq!(waived.action(&Means::Reversal { of: 2 }), Action::BookRecovery);
    }
}
