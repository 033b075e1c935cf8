//! The machine's clock, asked only here.

use std::time::{SystemTime, UNIX_EPOCH};

use claims::{Day, Moment};

/// Seconds since 1970.
pub(crate) fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Offset of the whole country's time from UTC.
const BEIJING_SECONDS: u64 = 8 * 3600;

/// Today in Beijing.
pub(crate) fn today() -> Day {
    let days = (now_seconds() + BEIJING_SECONDS) / 86_400;
    Day(i32::try_from(days).unwrap_or(0))
}

/// Now in Beijing, `2026-03-02 14:05:09`.
pub(crate) fn now_text() -> String {
    let seconds = (now_seconds() + BEIJING_SECONDS) % 86_400;
    format!("{} {:02}:{:02}:{:02}", today(), seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Now in Beijing, to the second.
pub(crate) fn now() -> Moment {
    let seconds = i64::try_from((now_seconds() + BEIJING_SECONDS) % 86_400).unwrap_or(0);
    today().midnight().plus_seconds(seconds)
}
