//! Panel（合议）: where one person does not want to decide an appeal alone, experts say what they think, and the decision names them.

use std::collections::BTreeMap;

use claims::Day;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, UserId};
use crate::appeal::Verdict;
use crate::event::{Event, Step};
use crate::finding::{Finding, State};
use crate::policy::{Action, require};
use crate::refusal::Refusal;
use crate::review::said;

/// The fewest members of a panel. An odd number, so that there is a majority.
pub(crate) const LEAST_MEMBERS: usize = 3;

/// Opinion（合议意见）.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// What the member would decide.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

/// Panel（合议组）: its members, and what each of them said so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// Last day of the decision, as before the panel.
    pub decide_by: Day,
    /// Members; none where a member has said nothing yet.
    pub opinions: BTreeMap<UserId, Option<Opinion>>,
}

impl Panel {
    /// How many have not said anything yet.
    pub fn waiting(&self) -> usize {
        self.opinions.values().filter(|opinion| opinion.is_none()).count()
    }
}

impl Finding {
    /// 提交合议
    pub fn convene(&self, actor: &Actor, members: Vec<UserId>, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::ConvenePanel, self)?;
        let State::UnderAppeal { decide_by } = self.state else {
            return Err(self.wrong_state(Action::ConvenePanel));
        };
        self.by_somebody_else(actor)?;
        let opinions: BTreeMap<UserId, Option<Opinion>> = members.iter().map(|member| (member.clone(), None)).collect();
        if opinions.len() != members.len() || members.len() < LEAST_MEMBERS || members.len().is_multiple_of(2) {
            return Err(Refusal::PanelSize { least: LEAST_MEMBERS });
        }
        if self.reviewer.as_ref().is_some_and(|reviewer| opinions.contains_key(reviewer)) {
            return Err(Refusal::OwnDecision);
        }
        let event = Event::Convened { by: actor.user.clone(), members };
        Ok(self.moved(State::InPanel(Panel { decide_by, opinions }), event, today))
    }

    /// 发表合议意见
    pub fn give_opinion(&self, actor: &Actor, verdict: Verdict, reason: &str, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::GiveOpinion, self)?;
        let State::InPanel(panel) = &self.state else {
            return Err(self.wrong_state(Action::GiveOpinion));
        };
        match panel.opinions.get(&actor.user) {
            None => return Err(Refusal::NotOfPanel),
            Some(Some(_)) => return Err(Refusal::AlreadySaid),
            Some(None) => {}
        }
        let opinion = Opinion { verdict, reason: said(reason)? };
        let mut panel = panel.clone();
        panel.opinions.insert(actor.user.clone(), Some(opinion.clone()));
        Ok(self.moved(State::InPanel(panel), Event::Said { by: actor.user.clone(), opinion }, today))
    }

    /// 作出合议结论, when all have spoken. Opinions advise: whoever concludes answers for the decision and its reason.
    pub fn conclude_panel(&self, actor: &Actor, verdict: Verdict, reason: &str, today: Day) -> Result<Step, Refusal> {
        require(actor, Action::ConcludePanel, self)?;
        let State::InPanel(panel) = &self.state else {
            return Err(self.wrong_state(Action::ConcludePanel));
        };
        self.by_somebody_else(actor)?;
        match panel.waiting() {
            0 => self.decided(actor, verdict, reason, today),
            waiting => Err(Refusal::PanelOpen { waiting }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::sample::{actor, appealed, day};

    fn members(names: &[&str]) -> Vec<UserId> {
        names.iter().map(|name| UserId::new(*name)).collect()
    }

    #[test]
    fn a_panel_decides_when_all_have_spoken() {
        let reviewer = actor("复审员", Role::Reviewer);
        let mut finding = appealed(100).convene(&reviewer, members(&["甲", "乙", "丙"]), day(6)).unwrap().next;
        for (number, name) in ["甲", "乙", "丙"].into_iter().enumerate() {
            let early = finding.conclude_panel(&reviewer, Verdict::Overturned, "多数意见", day(7));
            assert_eq!(early, Err(Refusal::PanelOpen { waiting: 3 - number }));
            let expert = actor(name, Role::Expert);
            finding = finding.give_opinion(&expert, Verdict::Overturned, "有指征", day(7)).unwrap().next;
            assert_eq!(finding.give_opinion(&expert, Verdict::Upheld, "再想想", day(7)), Err(Refusal::AlreadySaid));
        }
        let step = finding.conclude_panel(&reviewer, Verdict::Overturned, "多数意见", day(8)).unwrap();
        assert_eq!(step.next.state, State::Dismissed);
    }

    #[test]
    fn a_panel_is_odd_of_different_people_and_without_the_first_reviewer() {
        let reviewer = actor("复审员", Role::Reviewer);
        let convene = |names: &[&str]| appealed(100).convene(&reviewer, members(names), day(6));
        for names in [&["甲"][..], &["甲", "乙"], &["甲", "乙", "丙", "丁"], &["甲", "甲", "乙"]] {
            assert_eq!(convene(names), Err(Refusal::PanelSize { least: LEAST_MEMBERS }));
        }
        assert_eq!(convene(&["甲", "乙", "初审员"]), Err(Refusal::OwnDecision));
        let open = convene(&["甲", "乙", "丙"]).unwrap().next;
        let stranger = actor("丁", Role::Expert);
        assert_eq!(open.give_opinion(&stranger, Verdict::Upheld, "无指征", day(7)), Err(Refusal::NotOfPanel));
    }
}
