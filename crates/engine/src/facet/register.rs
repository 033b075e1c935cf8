//! Register（登记信息）: rights, entitlements and states of the doctor, person or institution on the day of service.

use rulebook::Point;
use rulebook::knowledge::{Match, RegionOf};
use rulebook::logic::RegisterNeed;

use crate::judge::Candidate;
use crate::program::Program;

/// What the register namespace shows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RegisterFacts<'a> {
    /// The row in force on the day; none where there is none.
    pub(crate) row: Option<&'a Point>,
    /// Whether there is somebody to look up, and any row of the table at all.
    pub(crate) delivered: bool,
}

pub(super) fn facts<'a>(program: &'a Program, need: &RegisterNeed, candidate: &Candidate<'_>) -> RegisterFacts<'a> {
    let Some(index) = program.tables.get(&need.table) else { return RegisterFacts::default() };
    let key = match index.matched_with() {
        Some(Match::Doctor) => candidate.line.doctor().map(claims::Text::as_str),
        Some(Match::Person) => Some(&*candidate.visit().record.psn_no),
        _ => Some(&*candidate.folder.chart.fixmedins_code),
    };
    let Some(key) = key else { return RegisterFacts::default() };
    let region_of = program.described.get(&need.table).map_or(RegionOf::Treatment, |d| d.region_of);
    let (rows, open) = candidate.folder.points(region_of, index.of_code(key), candidate.line);
    let row = rows.first().filter(|_| !open).map(|found| &*found.point);
    RegisterFacts { row, delivered: index.count > 0 && !open }
}
