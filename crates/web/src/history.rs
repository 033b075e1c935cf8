//! History（办理记录）: what happened to a finding, as the bureau reads it, and as its institution may.

use casework::{Event, Verdict, disclosed};
use store::Entry;

use crate::text;

/// A step of the finding's life.
pub(crate) struct Happened {
    pub(crate) at: String,
    pub(crate) who: String,
    pub(crate) what: &'static str,
    pub(crate) reason: String,
}

/// All of it, with the names of whoever did it.
pub(crate) fn of_bureau(entries: &[Entry], display: &impl Fn(&str) -> String) -> Vec<Happened> {
    let happened = |(entry, event): (&Entry, Event)| Happened {
        at: minute(entry),
        who: event.by().map_or_else(|| "系统".to_owned(), |user| display(&user.0)),
        what: event.label(),
        reason: reason(&event, display),
    };
    read(entries).map(happened).collect()
}

/// What its institution may see of it, with the office that did it: on the portal, and in documents that are addressed to it.
pub(crate) fn of_institution(entries: &[Entry]) -> Vec<Happened> {
    let (entries, events): (Vec<&Entry>, Vec<Event>) = read(entries).unzip();
    let offices = disclosed(&events);
    let happened = |((entry, event), office): ((&Entry, &Event), Option<casework::Office>)| {
        office.map(|office| Happened {
            at: minute(entry),
            who: office.label().to_owned(),
            what: event.label(),
            reason: reason(event, &|_| String::new()),
        })
    };
    entries.into_iter().zip(&events).zip(offices).filter_map(happened).collect()
}

fn read(entries: &[Entry]) -> impl Iterator<Item = (&Entry, Event)> {
    entries.iter().filter_map(|entry| serde_json::from_str(&entry.body).ok().map(|event| (entry, event)))
}

fn minute(entry: &Entry) -> String {
    entry.at.chars().take(16).collect()
}

fn reason(event: &Event, display: &impl Fn(&str) -> String) -> String {
    match event {
        Event::Told { answer_by, .. } => format!("{answer_by} 以前答复"),
        Event::Assigned { to, .. } => format!("给 {}", display(&to.0)),
        Event::Extended { answer_by, reason, .. } => format!("到 {answer_by}，{reason}"),
        Event::MoreAsked { what, supply_by, .. } => format!("{what}（{supply_by} 以前补充）"),
        Event::Vanished { absence: Some(absence), .. } | Event::Doubted { absence, .. } => absence.said(),
        Event::Decided { verdict, reason, .. } | Event::Corrected { verdict, reason, .. } => {
            format!("{}：{reason}", verdict_label(*verdict))
        }
        Event::Said { opinion, .. } => format!("{}：{}", verdict_label(opinion.verdict), opinion.reason),
        Event::Convened { members, .. } => members.iter().map(|member| display(&member.0)).collect::<Vec<_>>().join("、"),
        other => other.reason().unwrap_or_default().to_owned(),
    }
}

pub(crate) fn verdict_label(verdict: Verdict) -> String {
    match verdict {
        Verdict::Upheld => "维持".to_owned(),
        Verdict::Overturned => "撤销".to_owned(),
        Verdict::Reduced { owed } => format!("核减为 {} 元", text::yuan(owed.0)),
    }
}
