//! File anew（另立疑点）: where a later run finds more than an institution was told, the rest becomes a finding of its own, reviewed and
//! told like any other. What was told stays as it is.

use std::collections::BTreeMap;

use claims::money::apportion;
use claims::{Day, Fen};

use crate::actor::Actor;
use crate::event::{Event, Step};
use crate::finding::{Filed, Finding, State};
use crate::policy::{Action, require};
use crate::refusal::Refusal;
use crate::sheet::{Charged, Sheet};

/// Anew（另立结果）: the told finding without what differed, and the new one beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anew {
    /// The told finding's step.
    pub step: Step,
    /// The new finding's first step.
    pub new: Step,
    /// What the new finding shows.
    pub sheet: Sheet,
}

impl Finding {
    /// 另立疑点: what the later result has beyond what was told. `told` and `later` are the sheets of the two, `id` that of the new one.
    pub fn file_anew(&self, actor: &Actor, id: String, told: &Sheet, later: &Sheet, today: Day) -> Result<Anew, Refusal> {
        require(actor, Action::AdoptRevision, self)?;
        if !self.told || self.state == State::Gone {
            return Err(self.wrong_state(Action::AdoptRevision));
        }
        let revision = self.revision.as_ref().ok_or(Refusal::NoRevision)?;
        // Of what was dismissed nothing stands, and the later result is filed as a whole.
        let nothing = (Filed { amount_fen: 0, fund_parts: Vec::new(), ..self.filed.clone() }, Sheet::default());
        let (stands, shown) = if self.state == State::Dismissed { (&nothing.0, &nothing.1) } else { (&self.filed, told) };
        let more = revision.amount_fen - stands.amount_fen;
        if more < 0 || (more == 0 && self.state != State::Dismissed) {
            return Err(Refusal::NothingMore);
        }
        let filed =
            Filed { finding_id: id.clone(), amount_fen: more, fund_parts: parts_beyond(stands, revision), ..revision.clone() };
        let sheet = Sheet {
            charged: charged_beyond(shown, later),
            message: match stands.amount_fen {
                0 => later.message.clone(),
                told => {
                    format!("{}；其中 {} 元已在疑点 {} 中告知，这里只计其余", later.message, Fen(told), self.filed.finding_id)
                }
            },
            ..later.clone()
        };
        let (by, digest) = (actor.user.clone(), revision.digest.clone());
        let next = Self { revision: None, settled: Some(digest.clone()), ..self.clone() };
        let event = Event::SplitOff { by: by.clone(), into: id };
        let mut first = Self::filed(filed, today);
        first.next.split_from = Some(self.filed.finding_id.clone());
        let began = Event::FiledAnew { by, from: self.filed.finding_id.clone(), digest };
        Ok(Anew { step: Step { next, event, on: today }, new: Step { event: began, ..first }, sheet })
    }
}

/// What the funds paid beyond what stands: the difference in all, split over the funds that paid more.
fn parts_beyond(stands: &Filed, later: &Filed) -> Vec<(String, i64)> {
    let before: BTreeMap<&str, i64> = stands.fund_parts.iter().map(|(fund, fen)| (fund.as_str(), *fen)).collect();
    let more = |(fund, fen): &(String, i64)| (fund.clone(), (fen - before.get(fund.as_str()).unwrap_or(&0)).max(0));
    let parts: Vec<(String, i64)> = later.fund_parts.iter().map(more).filter(|(_, fen)| *fen > 0).collect();
    let total = (later.fund_amount().0 - stands.fund_amount().0).max(0);
    let weights: Vec<i64> = parts.iter().map(|(_, fen)| *fen).collect();
    let shares = apportion(total, &weights).unwrap_or_default();
    parts.into_iter().zip(shares).map(|((fund, _), share)| (fund, share)).filter(|(_, share)| *share > 0).collect()
}

/// Lines of which the later result asks more.
fn charged_beyond(told: &Sheet, later: &Sheet) -> Vec<Charged> {
    let before: BTreeMap<&str, &Charged> = told.charged.iter().map(|line| (line.line_id.as_str(), line)).collect();
    let beyond = |line: &Charged| {
        let known = before.get(line.line_id.as_str());
        let fund = line.fund.map(|fund| (fund - known.and_then(|known| known.fund).unwrap_or(0)).max(0));
        Charged { line_id: line.line_id.clone(), excess: line.excess - known.map_or(0, |known| known.excess), fund }
    };
    later.charged.iter().map(beyond).filter(|line| line.excess > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::appeal::Verdict;
    use crate::sample::{actor, appealed, auditor, day, filed, told};

    fn sheet(lines: &[(&str, i64)]) -> Sheet {
        let charged = |(line, fen): &(&str, i64)| Charged { line_id: (*line).to_owned(), excess: *fen, fund: Some(*fen) };
        Sheet { charged: lines.iter().map(charged).collect(), message: "超出".to_owned(), ..Sheet::default() }
    }

    fn anew(finding: &Finding) -> Result<Anew, Refusal> {
        let (before, later) = (sheet(&[("M:1", 100)]), sheet(&[("M:1", 110), ("M:2", 40)]));
        finding.file_anew(&auditor("甲"), "f1-2".to_owned(), &before, &later, day(10))
    }

    #[test]
    fn the_rest_is_a_finding_of_its_own_and_what_was_told_stays() {
        let more = told(100).found_again(filed(150), day(9)).unwrap().next;
        let anew = anew(&more).unwrap();
        assert_eq!((anew.step.next.filed.amount_fen, &anew.step.next.state), (100, &more.state));
        let new = &anew.new.next;
        assert_eq!((new.filed.amount_fen, new.filed.fund_amount(), new.told), (50, Fen(50), false));
        assert_eq!((&new.state, new.split_from.as_deref()), (&State::Filed, Some("f1")));
        let lines: Vec<(&str, i64)> = anew.sheet.charged.iter().map(|line| (line.line_id.as_str(), line.excess)).collect();
        assert_eq!(lines, [("M:1", 10), ("M:2", 40)]);
        assert!(anew.sheet.message.contains("其中 1.00 元已在疑点 f1 中告知"), "{}", anew.sheet.message);
        // The next run finds the same again, and it is dealt with; another result is told of again.
        let next = anew.step.next;
        assert_eq!(next.found_again(filed(150), day(11)), None);
        assert!(next.found_again(filed(160), day(11)).unwrap().next.revision.is_some());
    }

    #[test]
    fn what_is_not_more_is_adopted_and_what_was_dismissed_is_filed_whole() {
        let less = told(100).found_again(filed(70), day(9)).unwrap().next;
        assert_eq!(anew(&less), Err(Refusal::NothingMore));
        assert_eq!(anew(&told(100)), Err(Refusal::NoRevision));
        let reviewer = actor("复审员", Role::Reviewer);
        let dismissed = appealed(100).decide_appeal(&reviewer, Verdict::Overturned, "有指征", day(9)).unwrap().next;
        let again = dismissed.found_again(filed(70), day(10)).unwrap().next;
        assert_eq!(anew(&again).unwrap().new.next.filed.amount_fen, 70);
        let expert = actor("专家", Role::Expert);
        let refused = again.file_anew(&expert, "f1-2".to_owned(), &Sheet::default(), &Sheet::default(), day(10));
        assert_eq!(refused, Err(Refusal::NotPermitted(Action::AdoptRevision)));
    }
}
