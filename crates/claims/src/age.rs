//! Age（年龄） on the day of service（readings 3, 4）, and the birth date it is counted from.

use crate::chart::Age;
use crate::{Day, placeholder};

/// Nobody treated is older; a birth date further back is a mistake.
const OLDEST_YEARS: i32 = 125;
/// Age in days up to which a patient is a newborn（新生儿）: the day of birth is 0（readings 4）.
pub const NEWBORN_DAYS: i32 = 28;
/// Nobody younger gives birth: a patient of at least this age on a newborn's bill is the mother.
pub const ADULT_YEARS: i32 = 10;

impl Age {
    /// Age of somebody born on `birth`, on `day`; none before the birth.
    pub fn on(birth: Day, day: Day) -> Option<Self> {
        (birth <= day).then(|| Self { years: birth.years_until(day), months: birth.months_until(day), days: day.since(birth) })
    }

    /// Whether it is a newborn's.
    pub const fn is_newborn(self) -> bool {
        self.days <= NEWBORN_DAYS
    }
}

/// A birth date that can be one on the day of the visit: no default, not in the future, not of another century's people.
pub fn possible_birth(birth: Option<Day>, on: Day) -> Option<Day> {
    placeholder::date(birth).filter(|birth| *birth <= on && birth.years_until(on) <= OLDEST_YEARS)
}

/// What two sources say together: the birth date, and whether they contradict each other.
pub fn agreed(visit: Option<Day>, person: Option<Day>) -> (Option<Day>, bool) {
    match (visit, person) {
        (Some(a), Some(b)) if a != b => (None, true),
        (a, b) => (a.or(b), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn over_14_begins_on_the_15th_birthday() {
        let born = day("2011-05-20");
        assert_eq!(Age::on(born, day("2026-05-19")).map(|age| age.years), Some(14));
        assert_eq!(Age::on(born, day("2026-05-20")).map(|age| age.years), Some(15));
    }

    #[test]
    fn the_day_of_birth_is_day_0_and_day_28_still_a_newborn() {
        let born = day("2026-02-01");
        assert_eq!(Age::on(born, born).map(|age| age.days), Some(0));
        assert!(Age::on(born, born.plus(28)).unwrap().is_newborn());
        assert!(!Age::on(born, born.plus(29)).unwrap().is_newborn());
        assert_eq!(Age::on(born, born.plus(-1)), None);
    }

    #[test]
    fn default_and_impossible_births_are_missing() {
        let on = day("2026-03-02");
        assert_eq!(possible_birth(Day::ymd(1900, 1, 1), on), None);
        assert_eq!(possible_birth(Day::ymd(2026, 3, 3), on), None);
        assert_eq!(possible_birth(Day::ymd(1850, 3, 3), on), None);
        assert_eq!(possible_birth(Day::ymd(1950, 3, 3), on), Day::ymd(1950, 3, 3));
    }
}
