//! Days and moments. The data carry local time without a zone, so neither type has one.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

/// Day（日）: days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

/// Moment（时刻）: seconds since 1970-01-01 00:00:00, local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// Seconds in a day.
pub const DAY_SECONDS: i64 = 86_400;
/// Seconds in an hour.
pub const HOUR_SECONDS: i64 = 3_600;

impl Day {
    /// The day of a calendar date, or `None` if there is no such date.
    pub fn ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self::from_date)
    }

    /// From chrono's date.
    pub fn from_date(date: NaiveDate) -> Self {
        // 719_163 is 1970-01-01 counted from the year 1.
        Self(date.num_days_from_ce() - 719_163)
    }

    /// As chrono's date.
    pub fn date(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0 + 719_163).unwrap_or(NaiveDate::MAX)
    }

    /// Reads `2026-03-02`, `2026/3/2` or `20260302`.
    pub fn parse(text: &str) -> Option<Self> {
        parse_date(text.as_bytes())
    }

    /// Midnight at its beginning.
    pub fn midnight(self) -> Moment {
        Moment(i64::from(self.0) * DAY_SECONDS)
    }

    /// This day moved by so many days.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// Days from `earlier` to this day.
    pub const fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// First day of its month.
    #[must_use]
    pub fn month_start(self) -> Self {
        self.plus(1 - i32::try_from(self.date().day()).unwrap_or(1))
    }

    /// Its month as `2026-03`.
    pub fn month(self) -> String {
        let date = self.date();
        format!("{:04}-{:02}", date.year(), date.month())
    }

    /// Completed years from this birth day to `on`（周岁）. A person born on 29 February turns a year older on 1 March.
    pub fn years_until(self, on: Self) -> i32 {
        let (born, now) = (self.date(), on.date());
        let years = now.year() - born.year();
        if (now.month(), now.day()) < (born.month(), born.day()) { years - 1 } else { years }
    }

    /// Completed months from this birth day to `on`.
    pub fn months_until(self, on: Self) -> i32 {
        let (born, now) = (self.date(), on.date());
        let months = (now.year() - born.year()) * 12 + month0(now) - month0(born);
        if now.day() < born.day() { months - 1 } else { months }
    }
}

fn month0(date: NaiveDate) -> i32 {
    i32::try_from(date.month0()).unwrap_or(0)
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date().format("%Y-%m-%d"))
    }
}

/// A date for people to read; its number where only machines do.
impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { to.serialize_i32(self.0) }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if !from.is_human_readable() {
            return i32::deserialize(from).map(Self);
        }
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not a date such as 2026-03-02")))
    }
}

impl Moment {
    /// A day at hour, minute, second; `None` if there is no such time.
    pub fn at(day: Day, hour: u32, minute: u32, second: u32) -> Option<Self> {
        let time = NaiveTime::from_hms_opt(hour, minute, second)?;
        Some(Self::from_date_time(day.date().and_time(time)))
    }

    /// From chrono's date and time; fractions of a second are dropped.
    pub fn from_date_time(at: NaiveDateTime) -> Self {
        Self(at.and_utc().timestamp())
    }

    /// Reads `2026-03-02 08:15:00`, with `T`, `/`, a missing time (midnight), missing seconds, fractions, or `20260302081500`.
    pub fn parse(text: &str) -> Option<Self> {
        parse_moment(text.as_bytes())
    }

    /// The day it lies on.
    pub fn day(self) -> Day {
        Day(i32::try_from(self.0.div_euclid(DAY_SECONDS)).unwrap_or(i32::MAX))
    }

    /// Seconds since its midnight.
    pub const fn second_of_day(self) -> i64 {
        self.0.rem_euclid(DAY_SECONDS)
    }

    /// Whether it is exactly midnight: in most extracts that means that the time is not known.
    pub const fn is_midnight(self) -> bool {
        self.second_of_day() == 0
    }

    /// Moved by so many seconds.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.second_of_day();
        write!(f, "{} {:02}:{:02}:{:02}", self.day(), second / 3600, second / 60 % 60, second % 60)
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits.iter().try_fold(0_u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

fn parse_date(text: &[u8]) -> Option<Day> {
    if text.len() == 8 && text.iter().all(u8::is_ascii_digit) {
        return ymd(&text[..4], &text[4..6], &text[6..]);
    }
    let mut parts = text.split(|b| *b == b'-' || *b == b'/');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    ymd(year, month, day)
}

fn ymd(year: &[u8], month: &[u8], day: &[u8]) -> Option<Day> {
    let year = i32::try_from(number(year)?).ok()?;
    Day::ymd(year, number(month)?, number(day)?)
}

fn parse_moment(text: &[u8]) -> Option<Moment> {
    if text.len() == 14 && text.iter().all(u8::is_ascii_digit) {
        let day = parse_date(&text[..8])?;
        return Moment::at(day, number(&text[8..10])?, number(&text[10..12])?, number(&text[12..])?);
    }
    let Some(gap) = text.iter().position(|b| *b == b' ' || *b == b'T') else {
        return parse_date(text).map(Day::midnight);
    };
    let day = parse_date(&text[..gap])?;
    let time = &text[gap + 1..];
    // A zone or fraction says nothing that the data keep.
    let time = time.split(|b| *b == b'.' || *b == b'Z' || *b == b'+').next()?;
    let mut parts = time.split(|b| *b == b':');
    let hour = number(parts.next()?)?;
    let minute = number(parts.next()?)?;
    let second = match parts.next() {
        Some(second) => number(second)?,
        None => 0,
    };
    if parts.next().is_some() {
        return None;
    }
    Moment::at(day, hour, minute, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a date")
    }

    #[test]
    fn dates_in_the_forms_that_extracts_use() {
        for text in ["2026-03-02", "2026/3/2", "20260302"] {
            assert_eq!(day(text).to_string(), "2026-03-02");
        }
        for text in ["2026-02-30", "26-03-02", "2026-3", "", "1900", "2026-03-02-01"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn moments_in_the_forms_that_extracts_use() {
        for text in ["2026-03-02 08:15:00", "2026-03-02T08:15:00Z", "2026/3/2 8:15", "20260302081500", "2026-03-02 08:15:00.0"] {
            assert_eq!(Moment::parse(text).expect(text).to_string(), "2026-03-02 08:15:00");
        }
        assert!(Moment::parse("2026-03-02").expect("a date").is_midnight());
        assert_eq!(Moment::parse("2026-03-02 25:00:00"), None);
    }

    #[test]
    fn age_counts_completed_years_and_months() {
        let born = day("2012-02-29");
        assert_eq!(born.years_until(day("2026-02-28")), 13);
        assert_eq!(born.years_until(day("2026-03-01")), 14);
        assert_eq!(day("2025-01-31").months_until(day("2025-02-28")), 0);
        assert_eq!(day("2025-01-31").months_until(day("2025-03-31")), 2);
    }

    #[test]
    fn moments_before_1970_keep_their_day() {
        assert_eq!(Moment::parse("1969-12-31 23:00:00").expect("a moment").day().to_string(), "1969-12-31");
    }
}
