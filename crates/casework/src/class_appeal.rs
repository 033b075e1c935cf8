//! Class appeal（同类申诉）: an institution contests all findings of one rule and one reason together, with one set of papers; whoever
//! decides, decides on the class, and singles out those that are different. Each finding keeps its own events.

use std::collections::BTreeSet;

use claims::Day;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, UserId};
use crate::appeal::Verdict;
use crate::calendar::Calendar;
use crate::event::{Event, Step};
use crate::finding::{Finding, State};
use crate::notice::Limits;
use crate::policy::{Action, allow};
use crate::refusal::Refusal;

/// Class appeal（同类申诉）.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassAppeal {
    /// Year, and number within it.
    pub number: String,
    /// Institution.
    pub fixmedins_code: String,
    /// Region that the institution is in.
    pub region: String,
    /// Rule.
    pub rule_code: String,
    /// The reason that its findings share, such as a knowledge row.
    pub reason: String,
    /// What the institution says.
    pub grounds: String,
    /// Digests of the papers handed in.
    pub papers: Vec<String>,
    /// Who contests.
    pub by: UserId,
    /// When.
    pub on: Day,
}

/// Brief（同类申诉内容）: what an institution brings forward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    /// Year, and number within it, that the appeal gets.
    pub number: String,
    /// The reason that the findings share.
    pub reason: String,
    /// What the institution says.
    pub grounds: String,
    /// Digests of the papers handed in.
    pub papers: Vec<String>,
}

/// Class verdict（同类结论）: a class stands or falls. What is to be reduced is an amount of one finding, and is decided there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassVerdict {
    /// 维持
    Upheld,
    /// 撤销
    Overturned,
}

/// Ruled（同类办理结果）: the steps of a class, and what could not be decided with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruled {
    /// Place of the finding in what was given, and its step.
    pub steps: Vec<(usize, Step)>,
    /// Place of the finding in what was given, and why it is left.
    pub left: Vec<(usize, Refusal)>,
}

impl ClassAppeal {
    /// 提出同类申诉: of the findings given, all that may still be answered. They are of one institution and one rule.
    pub fn bring(
        actor: &Actor,
        findings: &[Finding],
        brief: Brief,
        limits: Limits,
        calendar: &Calendar,
        today: Day,
    ) -> Result<(Self, Ruled), Refusal> {
        allow(actor, Action::Appeal)?;
        let first = findings.first().ok_or(Refusal::NoClass)?;
        let filed = &first.filed;
        let alike = |finding: &Finding| {
            finding.filed.rule_code == filed.rule_code && finding.filed.fixmedins_code == filed.fixmedins_code
        };
        let Some(code) = filed.fixmedins_code.clone().filter(|_| findings.iter().all(alike)) else {
            return Err(Refusal::NoClass);
        };
        let mut ruled = Ruled::default();
        for (place, finding) in findings.iter().enumerate() {
            match finding.appeal(actor, &brief.grounds, brief.papers.clone(), limits, calendar, today) {
                Ok(step) => ruled.steps.push((place, Step { event: of_class(step.event, &brief.number), ..step })),
                Err(refusal @ (Refusal::WrongState { .. } | Refusal::AppealClosed { .. })) => ruled.left.push((place, refusal)),
                Err(refusal) => return Err(refusal),
            }
        }
        if let (true, Some((_, refusal))) = (ruled.steps.is_empty(), ruled.left.first()) {
            return Err(refusal.clone());
        }
        let appeal = Self {
            number: brief.number,
            fixmedins_code: code,
            region: filed.region.clone(),
            rule_code: filed.rule_code.clone(),
            reason: brief.reason,
            grounds: brief.grounds.trim().to_owned(),
            papers: brief.papers,
            by: actor.user.clone(),
            on: today,
        };
        Ok((appeal, ruled))
    }

    /// 作出同类结论: on all of its findings that are still contested, but those singled out by their ids.
    pub fn decide(
        &self,
        actor: &Actor,
        findings: &[Finding],
        verdict: ClassVerdict,
        reason: &str,
        apart: &BTreeSet<String>,
        today: Day,
    ) -> Result<Ruled, Refusal> {
        allow(actor, Action::DecideAppeal)?;
        if !actor.scope.covers(Some(&self.fixmedins_code), &self.region) {
            return Err(Refusal::OutOfScope);
        }
        let verdict = match verdict {
            ClassVerdict::Upheld => Verdict::Upheld,
            ClassVerdict::Overturned => Verdict::Overturned,
        };
        let mut ruled = Ruled::default();
        let contested = |finding: &Finding| matches!(finding.state, State::UnderAppeal { .. });
        let chosen = |finding: &Finding| contested(finding) && !apart.contains(&finding.filed.finding_id);
        for (place, finding) in findings.iter().enumerate().filter(|(_, finding)| chosen(finding)) {
            match finding.decide_appeal(actor, verdict, reason, today) {
                Ok(step) => ruled.steps.push((place, Step { event: of_class(step.event, &self.number), ..step })),
                Err(refusal @ Refusal::OwnDecision) => ruled.left.push((place, refusal)),
                Err(refusal) => return Err(refusal),
            }
        }
        match (ruled.steps.is_empty(), ruled.left.first()) {
            (true, Some((_, refusal))) => Err(refusal.clone()),
            (true, None) => Err(Refusal::NoClass),
            _ => Ok(ruled),
        }
    }
}

/// The event with the number of the class that it was part of.
fn of_class(event: Event, number: &str) -> Event {
    let class = Some(number.to_owned());
    match event {
        Event::Appealed { by, grounds, papers, .. } => Event::Appealed { by, grounds, papers, class },
        Event::Decided { by, verdict, reason, .. } => Event::Decided { by, verdict, reason, class },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::sample::{actor, day, hospital, limits, told};

    fn named(id: &str, finding: Finding) -> Finding {
        let mut finding = finding;
        id.clone_into(&mut finding.filed.finding_id);
        finding
    }

    fn brief() -> Brief {
        let grounds = "同一批次均有会诊记录".to_owned();
        Brief { number: "2026-1".to_owned(), reason: "K1".to_owned(), grounds, papers: vec!["d".to_owned()] }
    }

    fn brought(findings: &[Finding], on: i32) -> Result<(ClassAppeal, Ruled), Refusal> {
        ClassAppeal::bring(&hospital(), findings, brief(), limits(), &Calendar::default(), day(on))
    }

    fn after(findings: &[Finding], ruled: &Ruled) -> Vec<Finding> {
        let mut all = findings.to_vec();
        for (place, step) in &ruled.steps {
            all[*place] = step.next.clone();
        }
        all
    }

    #[test]
    fn a_class_is_contested_together_and_each_finding_says_so() {
        let accepted = named("f2", told(100).accept(&hospital(), day(5)).unwrap().next);
        let findings = [named("f1", told(100)), accepted, named("f3", told(70))];
        let (appeal, ruled) = brought(&findings, 6).unwrap();
        assert_eq!((appeal.rule_code.as_str(), ruled.steps.len(), ruled.left.len()), ("E25-013", 2, 1));
        assert!(
            matches!(&ruled.steps[0].1.event, Event::Appealed { class: Some(class), papers, .. } if class == "2026-1" && papers.len() == 1)
        );
        assert_eq!(brought(&findings, 12).unwrap_err(), Refusal::AppealClosed { closed_on: day(11) });
        assert_eq!(brought(&[], 6).unwrap_err(), Refusal::NoClass);
        let mut other = named("f4", told(100));
        "E25-030".clone_into(&mut other.filed.rule_code);
        assert_eq!(brought(&[findings[0].clone(), other], 6).unwrap_err(), Refusal::NoClass);
    }

    #[test]
    fn a_class_is_decided_but_for_what_is_singled_out_and_by_somebody_else() {
        let findings = [named("f1", told(100)), named("f2", told(100)), named("f3", told(100))];
        let (appeal, ruled) = brought(&findings, 6).unwrap();
        let mut findings = after(&findings, &ruled);
        let decide = |findings: &[Finding], by: &str| {
            let apart = BTreeSet::from(["f2".to_owned()]);
            appeal.decide(&actor(by, Role::Reviewer), findings, ClassVerdict::Overturned, "确有会诊", &apart, day(9))
        };
        assert_eq!(decide(&findings, "初审员").unwrap_err(), Refusal::OwnDecision);
        findings[0].reviewer = Some(UserId::new("复审员"));
        let ruled = decide(&findings, "复审员").unwrap();
        assert_eq!((ruled.steps.len(), ruled.left.len()), (1, 1), "the one that they reviewed themselves is left");
        let done = after(&findings, &ruled);
        let states: Vec<&str> = done.iter().map(|finding| finding.state.name()).collect();
        assert_eq!(states, ["under_appeal", "under_appeal", "dismissed"]);
        let apart: BTreeSet<String> = ["f1", "f2", "f3"].map(str::to_owned).into();
        let none = appeal.decide(&actor("丙", Role::Reviewer), &done, ClassVerdict::Upheld, "x", &apart, day(9));
        assert_eq!(none.unwrap_err(), Refusal::NoClass);
    }
}
