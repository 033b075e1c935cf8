//! Stays counted by brute force, straight from a delivered file: every pair of stays of one person is looked at.
//!
//! Kept apart from the binary on purpose: it shares no line with the queries and rules whose counts it checks.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use anyhow::{Context, Result};

/// A stay as the file tells it, in days.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stay {
    pub(super) person: String,
    pub(super) provider: String,
    pub(super) claim: String,
    pub(super) admitted: i64,
    pub(super) discharged: i64,
}

/// What the pairs come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    /// Pairs of one person at two providers that share a night.
    pub(super) overlapping: i64,
    /// The same, and those that only touch on a day.
    pub(super) touching: i64,
    /// Neighbours in time of one person at one provider.
    pub(super) consecutive: i64,
    /// Stays that begin 1 to 30 days after another of the same person at the same provider has ended.
    pub(super) returns: i64,
}

/// Counts all pairs.
pub(super) fn count(stays: &[Stay]) -> Pairs {
    let mut by_person: BTreeMap<&str, Vec<&Stay>> = BTreeMap::new();
    for stay in stays {
        by_person.entry(&stay.person).or_default().push(stay);
    }
    let mut pairs = Pairs::default();
    for own in by_person.values() {
        let mut returns = BTreeSet::new();
        let mut providers: BTreeMap<&str, i64> = BTreeMap::new();
        for one in own {
            *providers.entry(&one.provider).or_default() += 1;
            for other in own.iter().filter(|other| other.claim != one.claim) {
                if one.provider == other.provider && (1..=30).contains(&(other.admitted - one.discharged)) {
                    returns.insert(&other.claim);
                }
                if one.provider != other.provider && one.claim < other.claim {
                    pairs.overlapping += i64::from(one.admitted < other.discharged && other.admitted < one.discharged);
                    pairs.touching += i64::from(one.admitted <= other.discharged && other.admitted <= one.discharged);
                }
            }
        }
        pairs.consecutive += providers.values().map(|stays| stays - 1).sum::<i64>();
        pairs.returns += i64::try_from(returns.len()).unwrap_or(i64::MAX);
    }
    pairs
}

/// The stays of a file of claims.
pub(super) fn read(file: impl Read) -> Result<Vec<Stay>> {
    let mut reader = csv::Reader::from_reader(file);
    let headers = reader.headers()?.clone();
    let place = |name: &str| {
        headers.iter().position(|header| header == name).with_context(|| format!("the claims have no column `{name}`"))
    };
    let [person, provider, claim, admitted, discharged] =
        [place("BeneID")?, place("Provider")?, place("ClaimID")?, place("AdmissionDt")?, place("DischargeDt")?];
    let mut stays = Vec::new();
    for record in reader.records() {
        let record = record?;
        let text = |at: usize| record.get(at).unwrap_or_default().to_owned();
        stays.push(Stay {
            person: text(person),
            provider: text(provider),
            claim: text(claim),
            admitted: day(&text(admitted))?,
            discharged: day(&text(discharged))?,
        });
    }
    Ok(stays)
}

/// Days since the beginning of March of year 0, by counting: leap years come every 4th year, but for centuries.
fn day(text: &str) -> Result<i64> {
    let mut parts = text.split('-').map(str::parse::<i64>);
    let mut part = || parts.next().and_then(Result::ok).with_context(|| format!("`{text}` is no day"));
    let (year, month, day) = (part()?, part()?, part()?);
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Ok(year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &str = "BeneID,ClaimID,Provider,AdmissionDt,DischargeDt\n\
        B1,C1,A,2024-02-01,2024-02-28\n\
        B1,C2,A,2024-03-01,2024-03-05\n\
        B1,C3,B,2024-03-04,2024-03-06\n\
        B1,C4,B,2024-03-06,2024-03-09\n\
        B1,C5,A,2024-03-09,2024-05-01\n\
        B2,C6,A,2024-03-01,2024-03-09\n";

    #[test]
    fn pairs_are_counted_as_a_person_would() {
        let stays = read(CLAIMS.as_bytes()).expect("lawful CSV");
        // C2–C3 share a night; C4–C5 touch; C1–C2–C5 and C3–C4 follow each other; C2 and C5 are returns, C4 comes the same day.
        assert_eq!(count(&stays), Pairs { overlapping: 1, touching: 2, consecutive: 3, returns: 2 });
    }

    #[test]
    fn days_are_counted_over_leap_days_and_new_year() {
        let between = |a: &str, b: &str| day(b).expect("a day") - day(a).expect("a day");
        assert_eq!(between("2024-02-28", "2024-03-01"), 2);
        assert_eq!(between("2023-02-28", "2023-03-01"), 1);
        assert_eq!(between("2008-12-31", "2009-01-01"), 1);
    }
}
