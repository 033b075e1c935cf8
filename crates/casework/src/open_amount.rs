//! Open amount（待核定金额）: a finding stands, and nobody knows what of it the funds paid. Somebody with the power finds out.

use claims::Fen;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, UserId};
use crate::policy::{Action, allow};
use crate::recovery::checked_parts;
use crate::refusal::Refusal;
use crate::review::said;

/// Open amount（待核定金额）: what a confirmed finding owes, of which the funds' part is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAmount {
    /// What is owed: the funds paid no more than that.
    pub owed: Fen,
}

/// Determined（核定）: what the funds paid of it, fund by fund; of no fund where they paid nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Determined {
    /// Fund and fen.
    pub parts: Vec<(String, i64)>,
    /// Who found out.
    pub by: UserId,
    /// From what.
    pub reason: String,
}

impl Determined {
    /// What the funds paid in all.
    pub fn amount(&self) -> Fen {
        self.parts.iter().map(|(_, amount)| Fen(*amount)).sum()
    }
}

impl OpenAmount {
    /// 核定: says what of the amount is of which fund.
    pub fn determine(&self, actor: &Actor, parts: &[(String, i64)], reason: &str) -> Result<Determined, Refusal> {
        allow(actor, Action::DetermineRecovery)?;
        checked_parts(parts)?;
        let determined = Determined { parts: parts.to_vec(), by: actor.user.clone(), reason: said(reason)? };
        let sum = determined.amount();
        if sum > self.owed {
            return Err(Refusal::AboveOwed { sum, owed: self.owed });
        }
        Ok(determined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::recovery::Refused;
    use crate::sample::actor;

    fn part(fund: &str, amount: i64) -> (String, i64) {
        (fund.to_owned(), amount)
    }

    #[test]
    fn the_funds_get_back_no_more_than_was_found() {
        let (open, head) = (OpenAmount { owed: Fen(1_000) }, actor("负责人", Role::Head));
        let parts = [part("hifp_pay", 700), part("maf_pay", 300)];
        assert_eq!(open.determine(&head, &parts, "查结算单").unwrap().amount(), Fen(1_000));
        let more = open.determine(&head, &[part("hifp_pay", 1_001)], "查结算单");
        assert_eq!(more, Err(Refusal::AboveOwed { sum: Fen(1_001), owed: Fen(1_000) }));
        assert_eq!(
            open.determine(&head, &[], "全额自费").unwrap().amount(),
            Fen::ZERO,
            "the funds paid nothing: that is known now"
        );
    }

    #[test]
    fn it_takes_the_power_a_reason_and_funds_that_are_there() {
        let (open, head) = (OpenAmount { owed: Fen(1_000) }, actor("负责人", Role::Head));
        let parts = [part("hifp_pay", 700)];
        for role in Role::ALL {
            let may = matches!(role, Role::Head | Role::Leader);
            assert_eq!(open.determine(&actor("某人", role), &parts, "查结算单").is_ok(), may, "{role:?}");
        }
        assert_eq!(open.determine(&head, &parts, " "), Err(Refusal::BlankReason));
        let refused = |parts: &[(String, i64)]| open.determine(&head, parts, "查结算单").unwrap_err();
        assert_eq!(refused(&[part("fund_pay_sumamt", 1)]), Refused::UnknownFund("fund_pay_sumamt".to_owned()).into());
        assert_eq!(refused(&[part("hifp_pay", 0)]), Refused::NotPositive.into());
        assert_eq!(refused(&[part("hifp_pay", 1), part("hifp_pay", 1)]), Refused::FundTwice("hifp_pay".to_owned()).into());
    }
}
