//! Calendar（工作日历）: working days, by which the limits of the workflow run.

use std::collections::BTreeMap;

use claims::Day;
use serde::{Deserialize, Serialize};

/// Calendar（工作日历）: Mondays to Fridays, but for the days that the yearly notice on public holidays moves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Calendar {
    /// Days that are not what their weekday says: a holiday in the week, or a working day on a weekend.
    moved: BTreeMap<Day, bool>,
}

impl Calendar {
    /// A calendar with these holidays（放假）and these working days on weekends（调休上班）.
    pub fn new(holidays: impl IntoIterator<Item = Day>, worked: impl IntoIterator<Item = Day>) -> Self {
        let off = holidays.into_iter().map(|day| (day, false));
        Self { moved: off.chain(worked.into_iter().map(|day| (day, true))).collect() }
    }

    /// Whether people work on that day.
    pub fn works(&self, day: Day) -> bool {
        // 1970-01-01 was a Thursday; 0 is Monday here.
        let weekday = (day.0 + 3).rem_euclid(7);
        self.moved.get(&day).copied().unwrap_or(weekday < 5)
    }

    /// The last day of a limit of so many working days. The day on which it begins to run is not counted（行政处罚法 85；民法典 201）.
    pub fn after(&self, day: Day, working_days: u32) -> Day {
        let mut last = day;
        let mut left = working_days;
        while left > 0 {
            last = last.plus(1);
            left -= u32::from(self.works(last));
        }
        last
    }

    /// Working days after `from` up to and with `to`; none where `to` is not later.
    pub fn between(&self, from: Day, to: Day) -> u32 {
        let days = (from.0 + 1)..=to.0;
        u32::try_from(days.filter(|day| self.works(Day(*day))).count()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a date")
    }

    fn calendar() -> Calendar {
        Calendar::new((1..=7).map(|n| day("2026-10-01").plus(n - 1)), [day("2026-10-10")])
    }

    #[test]
    fn weekends_and_holidays_do_not_count_and_moved_weekends_do() {
        let calendar = calendar();
        assert!(!calendar.works(day("2026-09-27")) && calendar.works(day("2026-09-28")));
        // 30 September, then the holidays to the 7th, 8, 9, and Saturday the 10th is worked.
        assert_eq!(calendar.after(day("2026-09-29"), 1), day("2026-09-30"));
        assert_eq!(calendar.after(day("2026-09-30"), 3), day("2026-10-10"));
        assert_eq!(calendar.between(day("2026-09-30"), day("2026-10-11")), 3);
    }

    proptest! {
        #[test]
        fn a_limit_ends_on_a_working_day_and_holds_as_many_as_it_says(start in 20_000..22_000, days in 1_u32..60) {
            let calendar = calendar();
            let last = calendar.after(Day(start), days);
            prop_assert!(calendar.works(last));
            prop_assert_eq!(calendar.between(Day(start), last), days);
        }
    }
}
