//! Absence（未再发现）: why a later run over the same records does not find something again, and what follows from it.
//!
//! Only what the run judged and found in order closes a finding. What it could not judge says nothing: nobody is acquitted by a fact that
//! is missing, and nobody is accused on it.

use claims::Day;
use serde::{Deserialize, Serialize};

use crate::event::{Event, Step};
use crate::filing::Coverage;
use crate::finding::{Finding, State};

/// Absence（未再发现的原因）.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Absence {
    /// 费用已退: its lines are there, and nothing of them is charged any more.
    Refunded,
    /// 数据已更新, such as a diagnosis that was written down since.
    RecordsChanged {
        /// Version of the lake that the run read.
        lake_version: u64,
    },
    /// 规则已更新
    RuleChanged {
        /// Version of the rule that ran.
        version: u32,
    },
    /// 仅作提示: the rule still hits, but accuses nobody of it.
    HintOnly,
    /// 未决: a fact is missing.
    Undecided {
        /// What is missing, in Chinese.
        missing: String,
    },
}

impl Absence {
    /// As said to people.
    pub fn said(&self) -> String {
        match self {
            Self::Refunded => "费用已退".to_owned(),
            Self::RecordsChanged { lake_version } => format!("数据更新至第 {lake_version} 版后不再违反（如补充诊断、更正明细）"),
            Self::RuleChanged { version } => format!("规则更新至第 {version} 版后不再违反"),
            Self::HintOnly => "规则现在只作提示".to_owned(),
            Self::Undecided { missing } => format!("不能判断：{missing}"),
        }
    }
}

/// Doubt（存疑）: what the newest run says of a finding that it did not find again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Run.
    pub run_id: String,
    /// Why.
    pub absence: Absence,
}

impl Finding {
    /// A later run that looked for it does not find it. Nothing where nothing follows.
    ///
    /// An open finding that is in order now is closed. What was decided stands until somebody corrects it, and the doubt is shown beside
    /// it. What could not be judged, and a hint on what was told already, is left to people.
    pub fn not_found(&self, coverage: &Coverage, absence: Absence, today: Day) -> Option<Step> {
        if !coverage.covers(&self.filed) {
            return None;
        }
        let decided = matches!(self.state, State::Confirmed { .. });
        if self.state.is_closed() && !decided {
            return None;
        }
        let doubted = match absence {
            Absence::Refunded | Absence::RecordsChanged { .. } | Absence::RuleChanged { .. } => decided,
            Absence::HintOnly => decided || self.told,
            // What was decided was decided on the papers that were there.
            Absence::Undecided { .. } if decided => return None,
            Absence::Undecided { .. } => true,
        };
        if doubted { self.doubted(coverage, absence, today) } else { Some(self.vanished(coverage, absence, today)) }
    }

    fn vanished(&self, coverage: &Coverage, absence: Absence, today: Day) -> Step {
        let event = Event::Vanished { run_id: coverage.run_id.clone(), absence: Some(absence) };
        let step = self.moved(State::Gone, event, today);
        Step { next: Self { doubt: None, ..step.next }, ..step }
    }

    /// The same doubt in another run is no news.
    fn doubted(&self, coverage: &Coverage, absence: Absence, today: Day) -> Option<Step> {
        if self.doubt.as_ref().is_some_and(|known| known.absence == absence) {
            return None;
        }
        let run_id = coverage.run_id.clone();
        let event = Event::Doubted { run_id: run_id.clone(), absence: absence.clone() };
        Some(Step { next: Self { doubt: Some(Doubt { run_id, absence }), ..self.clone() }, event, on: today })
    }

    /// What the newest run could not judge for want of a fact.
    pub(crate) fn undecided(&self) -> Option<&str> {
        match &self.doubt.as_ref()?.absence {
            Absence::Undecided { missing } => Some(missing),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appeal::Verdict;
    use crate::calendar::Calendar;
    use crate::sample::{actor, appealed, auditor, coverage, day, filed, hospital, limits, told};
    use crate::{FirstReview, Limits, Refusal, Role};

    fn undecided() -> Absence {
        Absence::Undecided { missing: "缺少：出院诊断".to_owned() }
    }

    fn changed() -> Absence {
        Absence::RecordsChanged { lake_version: 2 }
    }

    #[test]
    fn what_is_in_order_now_is_closed_with_its_reason() {
        let first = Finding::filed(filed(100), day(1)).next;
        for absence in [Absence::Refunded, changed(), Absence::RuleChanged { version: 2 }] {
            let step = first.not_found(&coverage(), absence.clone(), day(2)).unwrap();
            assert_eq!(step.next.state, State::Gone);
            assert_eq!(step.event, Event::Vanished { run_id: "R2".to_owned(), absence: Some(absence) });
            assert_eq!(told(100).not_found(&coverage(), changed(), day(9)).unwrap().next.state, State::Gone);
        }
        let again = first.not_found(&coverage(), changed(), day(2)).unwrap().next.found_again(filed(100), day(3)).unwrap().next;
        assert_eq!(again.state, State::Filed);
    }

    #[test]
    fn what_could_not_be_judged_is_neither_gone_nor_told() {
        let first = Finding::filed(filed(100), day(1)).next;
        let passed = first.review(&auditor("甲"), FirstReview::Pass, day(2)).unwrap().next;
        let doubted = passed.not_found(&coverage(), undecided(), day(3)).unwrap().next;
        assert_eq!((&doubted.state, doubted.doubt.is_some()), (&State::Passed, true));
        assert_eq!(doubted.not_found(&coverage(), undecided(), day(4)), None, "the same doubt is said once");
        let refused = doubted.tell(&auditor("甲"), limits(), &Calendar::default(), day(4));
        assert_eq!(refused, Err(Refusal::InDoubt { missing: "缺少：出院诊断".to_owned() }));
        let found = doubted.found_again(filed(100), day(5)).unwrap();
        assert_eq!((&found.event, found.next.doubt.is_none()), (&Event::FoundAgain { run_id: "R1".to_owned() }, true));
        assert!(found.next.tell(&auditor("甲"), limits(), &Calendar::default(), day(5)).is_ok());
        let first = first.not_found(&coverage(), undecided(), day(3)).unwrap().next;
        assert!(matches!(first.review(&auditor("甲"), FirstReview::Pass, day(4)), Err(Refusal::InDoubt { .. })));
    }

    #[test]
    fn silence_does_not_convict_on_what_cannot_be_judged() {
        let says = Limits { silence_accepts: true, ..limits() };
        let doubted = told(100).not_found(&coverage(), undecided(), day(9)).unwrap().next;
        assert_eq!(doubted.day_passes(says, &Calendar::default(), day(20)), None);
        assert!(told(100).day_passes(says, &Calendar::default(), day(20)).is_some());
    }

    #[test]
    fn a_hint_closes_what_nobody_was_told_and_is_shown_beside_the_rest() {
        let first = Finding::filed(filed(100), day(1)).next;
        assert_eq!(first.not_found(&coverage(), Absence::HintOnly, day(2)).unwrap().next.state, State::Gone);
        let told = told(100).not_found(&coverage(), Absence::HintOnly, day(9)).unwrap().next;
        assert!(matches!(told.state, State::Told { .. }) && told.doubt.is_some());
    }

    #[test]
    fn what_was_decided_stands_until_somebody_corrects_it() {
        let stands = told(100).accept(&hospital(), day(6)).unwrap().next;
        let doubted = stands.not_found(&coverage(), Absence::Refunded, day(20)).unwrap().next;
        assert_eq!((&doubted.state, doubted.doubt.is_some()), (&stands.state, true));
        assert_eq!(stands.not_found(&coverage(), undecided(), day(20)), None);
        let dismissed =
            appealed(100).decide_appeal(&actor("复审员", Role::Reviewer), Verdict::Overturned, "有指征", day(9)).unwrap();
        assert_eq!(dismissed.next.not_found(&coverage(), changed(), day(20)), None);
    }
}
