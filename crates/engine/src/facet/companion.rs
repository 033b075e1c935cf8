//! Companion（伴随项目，T5）: whether something required is charged beside a line.

use claims::Day;
use claims::chart::NetLine;
use rulebook::Cell;
use rulebook::logic::CompanionNeed;

use super::listed;
use crate::judge::{Candidate, sheet};

/// What the companion namespace shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CompanionFacts {
    /// Whether an item of the set is charged in the window; none when an item that is not mapped may be it.
    pub(crate) present: Option<bool>,
    /// The earliest day on which one is charged, of those that are mapped.
    pub(crate) known_day: Option<Day>,
    /// The same; none when an item that is not mapped, and may be it, is charged on an earlier day.
    pub(crate) first_day: Option<Day>,
}

pub(super) fn facts(need: &CompanionNeed, candidate: &Candidate<'_>) -> Option<CompanionFacts> {
    let point = &candidate.point?.point;
    let codes = listed(point, &need.codes);
    if codes.is_empty() {
        return None;
    }
    let (chart, line) = (candidate.folder.chart, candidate.line);
    let stay = candidate.visit().stay;
    let window = match (need.window.as_str(), point.columns.get("window")) {
        ("knowledge", Some(Cell::Text(word))) => &**word,
        ("knowledge", _) => "stay",
        (fixed, _) => fixed,
    };
    let own_sheet = sheet(line);
    let within = |other: &&NetLine| {
        !std::ptr::eq(*other, line)
            && match window {
                "day" => other.day == line.day,
                "prescription" => sheet(other) == own_sheet,
                _ => chart.visits[other.visit].stay == stay,
            }
    };
    let (mut known, mut unmapped): (Option<Day>, Option<Day>) = (None, None);
    for other in chart.lines.iter().filter(within) {
        let earliest = match other.code() {
            Some(own) if codes.iter().any(|code| own.starts_with(&**code)) => &mut known,
            Some(_) => continue,
            None => &mut unmapped,
        };
        *earliest = Some(earliest.map_or(other.day, |day| day.min(other.day)));
    }
    Some(CompanionFacts {
        present: if known.is_none() && unmapped.is_some() { None } else { Some(known.is_some()) },
        known_day: known,
        first_day: known.filter(|day| unmapped.is_none_or(|open| *day <= open)),
    })
}
