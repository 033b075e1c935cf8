//! Disclosure（向机构公开）: what of a finding's life its institution may see: what it was told, what it answered, what was decided and
//! why, how it ended. How the bureau came to it stays with the bureau, and so do the names of its people.

use crate::event::Event;

/// Office（承办方）: who did something, as the institution is told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Office {
    /// A run, or the passing of a day.
    System,
    /// 经办
    Handling,
    /// 复审
    Review,
    /// 合议组
    Panel,
    /// 本机构
    Institution,
}

impl Office {
    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::System => "系统",
            Self::Handling => "经办",
            Self::Review => "复审",
            Self::Panel => "合议组",
            Self::Institution => "本机构",
        }
    }
}

impl Event {
    /// By which office it was done, where the institution may see that it happened. A new kind of event says here whether it may.
    pub const fn disclosed_by(&self) -> Option<Office> {
        match self {
            Self::Told { .. } | Self::Adopted { .. } => Some(Office::Handling),
            Self::Accepted { .. } | Self::Appealed { .. } | Self::Supplied { .. } => Some(Office::Institution),
            Self::Decided { .. }
            | Self::Withdrawn { .. }
            | Self::Extended { .. }
            | Self::MoreAsked { .. }
            | Self::Corrected { .. } => Some(Office::Review),
            Self::Silent { .. } | Self::SupplyLapsed { .. } | Self::Vanished { .. } => Some(Office::System),
            // What a run found before anybody was told, and what is still to be looked at.
            Self::Filed { .. }
            | Self::Refiled { .. }
            | Self::Differs { .. }
            | Self::Doubted { .. }
            | Self::FoundAgain { .. }
            | Self::SplitOff { .. }
            | Self::FiledAnew { .. }
            // The first review, and what was set aside without a word to the institution.
            | Self::Passed { .. }
            | Self::Dismissed { .. }
            | Self::SentBack { .. }
            | Self::Exempted { .. }
            | Self::Readmitted { .. }
            // How the bureau divides its work and comes to its opinion.
            | Self::Convened { .. }
            | Self::Said { .. }
            | Self::Assigned { .. }
            | Self::Snoozed { .. } => None,
        }
    }
}

/// What the institution may see of a finding's events, in their order: by which office each was done, or nothing. Before it was told
/// there is nothing to see, and what a panel was asked to judge is the panel's decision.
pub fn disclosed<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<Option<Office>> {
    let (mut told, mut in_panel) = (false, false);
    let see = |event: &Event| {
        told |= matches!(event, Event::Told { .. });
        in_panel |= matches!(event, Event::Convened { .. });
        let office = event.disclosed_by().filter(|_| told)?;
        if office == Office::Review && std::mem::take(&mut in_panel) { Some(Office::Panel) } else { Some(office) }
    };
    events.into_iter().map(see).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::{Role, UserId};
    use crate::appeal::Verdict;
    use crate::panel::Opinion;
    use crate::sample::{actor, appealed, day, hospital, told};
    use claims::Day;

    fn by() -> UserId {
        UserId::new("经办人甲")
    }

    /// One of each kind.
    fn all() -> Vec<Event> {
        let (digest, reason, number) = ("d".to_owned(), "内部理由".to_owned(), "2026-1".to_owned());
        let until: Day = day(9);
        vec![
            Event::Filed { digest: digest.clone() },
            Event::Refiled { digest: digest.clone() },
            Event::Differs { digest: digest.clone() },
            Event::Vanished { run_id: "R2".to_owned(), absence: None },
            Event::Doubted { run_id: "R2".to_owned(), absence: crate::Absence::HintOnly },
            Event::FoundAgain { run_id: "R2".to_owned() },
            Event::SentBack { by: by(), reason: reason.clone() },
            Event::Withdrawn { by: by(), reason: reason.clone() },
            Event::Extended { by: by(), answer_by: until, reason: reason.clone() },
            Event::MoreAsked { by: by(), what: reason.clone(), supply_by: until },
            Event::Supplied { by: by(), note: reason.clone(), papers: Vec::new() },
            Event::SupplyLapsed { supply_by: until },
            Event::Corrected { by: by(), verdict: Verdict::Overturned, reason: reason.clone() },
            Event::Passed { by: by() },
            Event::Dismissed { by: by(), reason: reason.clone() },
            Event::Told { by: by(), answer_by: until },
            Event::Accepted { by: by() },
            Event::Silent { answer_by: until },
            Event::Appealed { by: by(), grounds: reason.clone(), papers: Vec::new(), class: None },
            Event::Decided { by: by(), verdict: Verdict::Upheld, reason: reason.clone(), class: None },
            Event::Convened { by: by(), members: vec![by()] },
            Event::Said { by: by(), opinion: Opinion { verdict: Verdict::Upheld, reason: reason.clone() } },
            Event::Assigned { by: by(), to: by() },
            Event::Snoozed { by: by(), until, reason },
            Event::Adopted { by: by(), digest: digest.clone() },
            Event::SplitOff { by: by(), into: "f1-2".to_owned() },
            Event::FiledAnew { by: by(), from: "f1".to_owned(), digest },
            Event::Exempted { number: number.clone() },
            Event::Readmitted { by: by(), number },
        ]
    }

    #[test]
    fn an_institution_sees_what_it_was_told_its_answers_the_decision_and_the_end() {
        let open: Vec<&str> = all().iter().filter(|event| event.disclosed_by().is_some()).map(Event::name).collect();
        assert_eq!(
            open,
            [
                "vanished",
                "withdrawn",
                "extended",
                "more_asked",
                "supplied",
                "supply_lapsed",
                "corrected",
                "told",
                "accepted",
                "silent",
                "appealed",
                "decided",
                "adopted",
            ]
        );
        let names: std::collections::BTreeSet<&str> = all().iter().map(Event::name).collect();
        assert_eq!(names.len(), all().len(), "one of each kind");
    }

    #[test]
    fn nothing_is_disclosed_before_it_was_told() {
        let told = Event::Told { by: by(), answer_by: day(9) };
        for event in all().iter().filter(|event| !matches!(event, Event::Told { .. })) {
            assert_eq!(disclosed([event]), [None], "{event:?}");
            assert_eq!(disclosed([&told, event])[1], event.disclosed_by(), "{event:?}");
        }
    }

    #[test]
    fn a_decision_after_a_panel_is_the_panels_and_the_next_one_is_not() {
        let reviewer = actor("复审员", Role::Reviewer);
        let members: Vec<UserId> = ["甲", "乙", "丙"].map(UserId::new).into();
        let convened = appealed(100).convene(&reviewer, members, day(6)).unwrap().event;
        let decided = appealed(100).decide_appeal(&reviewer, Verdict::Upheld, "证据充分", day(9)).unwrap().event;
        let accepted = told(100).accept(&hospital(), day(5)).unwrap().event;
        let told = Event::Told { by: by(), answer_by: day(9) };
        let offices = disclosed([&told, &convened, &decided, &decided, &accepted]);
        let labels: Vec<&str> = offices.into_iter().map(|office| office.map_or("", Office::label)).collect();
        assert_eq!(labels, ["经办", "", "合议组", "复审", "本机构"]);
    }
}
