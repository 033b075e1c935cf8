//! Whether a stay's times are times of service at all, or of posting（rules 4.5, trap 10; readings 12）.

use crate::Moment;
use crate::chart::Norms;

/// Whether the dates of a hospital stay cannot be trusted: most lines lie in one minute, or all on the day of discharge.
///
/// Lines at midnight show a day and no minute, so they do not count as being of one minute.
pub fn dates_unreliable(lines: &[Moment], begin: Moment, end: Option<Moment>, norms: &Norms) -> bool {
    in_one_minute(lines, norms) || all_on_discharge(lines, begin, end)
}

fn in_one_minute(lines: &[Moment], norms: &Norms) -> bool {
    if lines.len() < norms.unreliable_min_lines {
        return false;
    }
    let timed = lines.iter().filter(|line| !line.is_midnight());
    let mut minutes: Vec<i64> = timed.map(|line| line.0.div_euclid(60)).collect();
    minutes.sort_unstable();
    let most = minutes.chunk_by(|a, b| a == b).map(<[i64]>::len).max().unwrap_or(0);
    most * 100 > lines.len() * norms.unreliable_share_percent
}

fn all_on_discharge(lines: &[Moment], begin: Moment, end: Option<Moment>) -> bool {
    let Some(discharge) = end.map(Moment::day) else { return false };
    discharge.since(begin.day()) >= 2 && !lines.is_empty() && lines.iter().all(|line| line.day() == discharge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::moment;

    fn unreliable(lines: &[Moment], begin: &str, end: &str) -> bool {
        dates_unreliable(lines, moment(begin), Moment::parse(end), &Norms::default())
    }

    /// `same` lines in one minute of the second day and `others` on minutes of their own on the first.
    fn lines(same: i64, others: i64) -> Vec<Moment> {
        let first = moment("2026-03-01 08:00");
        let posted = (0..same).map(|_| moment("2026-03-02 16:30:12"));
        posted.chain((0..others).map(|minute| first.plus_seconds(minute * 60))).collect()
    }

    #[test]
    fn more_than_six_of_ten_lines_in_a_minute_are_a_posting() {
        assert!(unreliable(&lines(7, 3), "2026-03-01 08:00", "2026-03-05 10:00"));
        assert!(!unreliable(&lines(6, 4), "2026-03-01 08:00", "2026-03-05 10:00"), "exactly 60 % is not more");
        assert!(!unreliable(&lines(9, 0), "2026-03-01 08:00", "2026-03-05 10:00"), "nine lines are too few");
    }

    #[test]
    fn all_lines_on_the_day_of_discharge_are_a_posting() {
        let posted = [moment("2026-03-03 09:00"), moment("2026-03-03 10:00")];
        assert!(unreliable(&posted, "2026-03-01 08:00", "2026-03-03 10:00"));
        assert!(!unreliable(&posted, "2026-03-02 08:00", "2026-03-03 10:00"), "a stay of one billable day");
        assert!(!unreliable(&posted, "2026-03-01 08:00", ""), "no discharge is known");
    }

    #[test]
    fn days_without_times_are_no_posting() {
        let daily: Vec<Moment> = (0..12).map(|_| moment("2026-03-02")).collect();
        assert!(!unreliable(&daily, "2026-03-01", "2026-03-05"));
    }
}
