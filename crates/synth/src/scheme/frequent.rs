//! Too often: to the doctor, into hospital, to the till.

use super::Role::{Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::{ACUTE, ADMITTED};
use crate::life::{Ward, clinic};
use crate::place::Kind;
use crate::visit::Mark;

const OUTPATIENT: &str = "GZ10000204002000";
const ADMISSION: &str = "GZ10000204004000";
const TILL: &str = "M045";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(OUTPATIENT, "five-in-a-day", Hit, ADULT, 1, |s| round(s, 5, 1)),
    scheme(OUTPATIENT, "month", Hit, ADULT, 32, |s| round(s, 1, 22)),
    scheme(OUTPATIENT, "four-in-a-day", Near, ADULT, 1, |s| round(s, 4, 1)),
    scheme(OUTPATIENT, "twenty-in-a-month", Near, ADULT, 32, |s| round(s, 1, 19)),
    scheme(ADMISSION, "four-in-a-quarter", Hit, ADULT, 92, |s| admitted(s, 4)),
    scheme(ADMISSION, "five-in-a-quarter", Hit, ADULT, 92, |s| admitted(s, 5)),
    scheme(ADMISSION, "three-in-a-quarter", Near, ADULT, 92, |s| admitted(s, 3)),
    scheme(TILL, "three-times", Hit, ADULT, 1, |s| till(s, 3, true)),
    scheme(TILL, "four-times", Hit, ADULT, 1, |s| till(s, 4, true)),
    scheme(TILL, "twice", Near, ADULT, 1, |s| till(s, 2, true)),
    scheme(TILL, "three-departments", Near, ADULT, 1, |s| till(s, 3, false)),
];

/// Complaints that are not treated by series of sessions.
const PLAIN: [usize; 4] = [3, 4, 7, 8];

/// So many institutions a day, on so many days of one month.
fn round(scene: &mut Scene<'_>, places: usize, days: i32) -> Option<()> {
    if days > 1 {
        let month = scene.day.month_start();
        scene.day = if month < scene.year.first.plus(2) { month.plus(31).month_start() } else { month };
        let (from, to) = (scene.day, scene.day.plus(30));
        scene.year.mark(from, to, Mark::Blocked);
    }
    let county = scene.person.county;
    let kinds = [Kind::Secondary, Kind::Township, Kind::Community, Kind::Tcm, Kind::Tertiary, Kind::Unrated];
    for day in 0..days {
        for turn in 0..places {
            let place = *scene.world.places.of(kinds[turn % kinds.len()], county).first()?;
            // Another complaint every day: nobody shall have months of one drug by this.
            let complaint = scene.turn + turn + usize::try_from(day).unwrap_or(0);
            let disease = &ACUTE[PLAIN[complaint % PLAIN.len()]];
            let visit = clinic(scene.world, scene.dice, scene.year, place, disease, scene.day.plus(day));
            scene.year.keep(visit);
        }
    }
    scene.note_person();
    Some(())
}

/// So many stays of three nights in one calendar quarter, each in another hospital and for another illness.
fn admitted(scene: &mut Scene<'_>, count: i32) -> Option<()> {
    let month: i32 = scene.day.month().get(5..).and_then(|month| month.parse().ok())?;
    let mut start = scene.day.month_start();
    for _ in 0..(month - 1) % 3 {
        start = start.plus(-1).month_start();
    }
    if start < scene.world.first.plus(2) {
        start = start.plus(95).month_start();
    }
    if start.plus(90) > scene.world.last {
        start = start.plus(-1).month_start().plus(-61).month_start();
    }
    scene.day = start;
    scene.year.mark(start.plus(-20), start.plus(110), Mark::Blocked);
    let apart = 84 / count;
    for turn in 0..count {
        let kind = if turn % 2 == 0 { Kind::Secondary } else { Kind::Tertiary };
        let place = scene.hospital(kind);
        let disease = &ADMITTED[usize::try_from(turn).unwrap_or(0) % ADMITTED.len()];
        let mut visit = scene.stay(Ward { place, disease, begin: start.plus(2 + turn * apart), days: 3 });
        visit.diags.truncate(1);
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// So many bills with drugs on one day, in one department or in several.
fn till(scene: &mut Scene<'_>, times: i32, one_department: bool) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let disease = &ACUTE[3 + scene.turn % 2];
    for turn in 0..times {
        let mut visit = clinic(scene.world, scene.dice, scene.year, place, disease, scene.day);
        visit.lines.iter_mut().for_each(|line| line.nobody = false);
        if !one_department {
            visit.dept = ["A03", "A04", "A05", "A07"][usize::try_from(turn).unwrap_or(0) % 4];
        }
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}
