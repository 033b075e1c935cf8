//! Scheme（计分办法）: dated, regional configuration of risk profiles: what each grade, factor and band weighs.
//!
//! No law fixes these numbers, so they are data. A region's file says only what it sees otherwise.

use std::collections::BTreeMap;

use claims::{Day, region};
use rulebook::Grade;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// What is shipped with the binary.
const SHIPPED: &str = include_str!("scheme.toml");

/// Scheme（计分办法）in force at a place on a day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scheme {
    pub(crate) from: Day,
    #[serde(default)]
    pub(crate) region: Option<String>,
    pub(crate) source: String,
    pub(crate) grades: GradeWeights,
    pub(crate) bands: Bands,
    pub(crate) peers: Peering,
    pub(crate) trend: TrendTest,
    pub(crate) data_faults: DataFaultRules,
    pub(crate) institution: BTreeMap<String, Factor>,
    pub(crate) doctor: BTreeMap<String, Factor>,
    pub(crate) person: BTreeMap<String, Factor>,
}

/// What a finding of each grade counts, in hundredths of a plain violation.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GradeWeights {
    violation: u32,
    suspicion_high: u32,
    suspicion: u32,
    hint: u32,
}

impl GradeWeights {
    pub(crate) const fn of(&self, grade: Grade) -> u32 {
        match grade {
            Grade::Violation => self.violation,
            Grade::SuspicionHigh => self.suspicion_high,
            Grade::Suspicion => self.suspicion,
            Grade::Hint => self.hint,
        }
    }
}

/// Lowest scores of the bands.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bands {
    pub(crate) high: f64,
    pub(crate) middle: f64,
}

/// Band（风险等级）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Band {
    Low,
    Middle,
    High,
}

impl Band {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Low => "低",
            Self::Middle => "中",
            Self::High => "高",
        }
    }
}

impl Bands {
    pub(crate) fn of(&self, score: f64) -> Band {
        if score >= self.high {
            Band::High
        } else if score >= self.middle {
            Band::Middle
        } else {
            Band::Low
        }
    }
}

/// When peers are compared, and how far above them earns all points.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peering {
    pub(crate) least: usize,
    pub(crate) cap: f64,
}

/// When months are enough to speak of a trend.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrendTest {
    pub(crate) least_months: usize,
    pub(crate) z: f64,
}

/// Rules whose hits are first of all a question about the data.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataFaultRules {
    pub(crate) record_rules: Vec<String>,
    pub(crate) mispick_rules: Vec<String>,
}

/// How a figure is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// A rate against the peers' median, shrunk where it rests on little.
    Rate,
    /// A count against the peers' median, on a scale of logarithms.
    Count,
    /// Where it stands among the peers: tells how much a check would cover, and accuses nobody.
    Size,
}

/// How a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shown {
    Percent,
    Plain,
    Yuan,
}

/// Factor（风险因素）: one figure and the most points it may give.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Factor {
    pub(crate) points: f64,
    pub(crate) how: How,
    pub(crate) label: String,
    pub(crate) counts: String,
    pub(crate) shown: Shown,
    /// A rate on so much of its denominator is believed by half.
    #[serde(default)]
    pub(crate) shrink: f64,
    /// The peers' scale is at least this: what is less is of no weight.
    #[serde(default)]
    pub(crate) floor: f64,
    /// Speaks for itself where there are too few peers.
    #[serde(default)]
    pub(crate) absolute: bool,
}

/// Why a scheme cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SchemeFault(String);

impl std::fmt::Display for SchemeFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "风险计分办法有错：{}", self.0)
    }
}

impl std::error::Error for SchemeFault {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scheme: Vec<Table>,
}

/// The scheme in force: the newest national one, then each region's newest on top of it, the nearest last.
pub(crate) fn in_force(local: &[String], place: Option<&str>, day: Day) -> Result<Scheme, SchemeFault> {
    let mut found: Vec<(region::Rank, Day, usize, Table)> = Vec::new();
    for (number, text) in std::iter::once(SHIPPED).chain(local.iter().map(String::as_str)).enumerate() {
        let file: File = toml::from_str(text).map_err(|fault| SchemeFault(fault.to_string()))?;
        for table in file.scheme {
            let from = table.get("from").and_then(Value::as_str).and_then(Day::parse);
            let from = from.ok_or_else(|| SchemeFault("每个 [[scheme]] 要写 from，如 from = \"2026-01-01\"".to_owned()))?;
            let row = table.get("region").and_then(Value::as_str).unwrap_or(region::NATIONAL);
            if let Some(rank) = region::applies(row, place).filter(|_| from <= day) {
                found.push((rank, from, number, table));
            }
        }
    }
    found.sort_by_key(|(rank, from, number, _)| (*rank, *from, *number));
    let mut merged = Table::new();
    for (.., table) in found {
        overlay(&mut merged, table);
    }
    let scheme: Scheme = merged.try_into().map_err(|fault: toml::de::Error| SchemeFault(fault.to_string()))?;
    scheme.check()?;
    Ok(scheme)
}

fn overlay(base: &mut Table, local: Table) {
    for (key, value) in local {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => overlay(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

impl Scheme {
    /// Whether the numbers make sense together. Size alone must never lift anybody out of the lowest band.
    fn check(&self) -> Result<(), SchemeFault> {
        let grades = self.grades;
        let falling = grades.violation >= grades.suspicion_high
            && grades.suspicion_high >= grades.suspicion
            && grades.suspicion >= grades.hint
            && grades.violation > 0;
        let say = |fault: String| Err(SchemeFault(fault));
        if !falling {
            return say("grades 应从重到轻不增".to_owned());
        }
        if self.bands.high <= self.bands.middle || self.peers.cap <= 0.0 {
            return say("bands.high 应大于 bands.middle，peers.cap 应大于 0".to_owned());
        }
        for (kind, factors) in [("institution", &self.institution), ("doctor", &self.doctor), ("person", &self.person)] {
            let size: f64 = factors.values().filter(|factor| factor.how == How::Size).map(|factor| factor.points).sum();
            if size >= self.bands.middle {
                return say(format!(
                    "{kind} 的规模因素合计 {size} 分，应低于中风险的 {} 分：不能只按金额定风险",
                    self.bands.middle
                ));
            }
            for (name, factor) in factors {
                if factor.points < 0.0 || factor.shrink < 0.0 || (factor.how != How::Size && factor.floor <= 0.0) {
                    return say(format!("{kind}.{name}：points、shrink 不能为负，floor 应大于 0"));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn the_shipped_scheme_is_lawful_and_sums_to_a_hundred() {
        let scheme = in_force(&[], None, day("2026-01-01")).unwrap();
        for factors in [&scheme.institution, &scheme.doctor, &scheme.person] {
            let sum: f64 = factors.values().map(|factor| factor.points).sum();
            assert!((sum - 100.0).abs() < 1e-9, "{sum}");
        }
        assert_eq!(scheme.bands.of(25.0), Band::Middle);
        assert_eq!(scheme.bands.of(24.9), Band::Low);
    }

    #[test]
    fn a_region_says_only_what_it_sees_otherwise_and_only_from_its_day_on() {
        let local = "[[scheme]]\nregion = \"990100\"\nfrom = \"2026-06-01\"\nbands = { high = 60.0 }\n".to_owned();
        let high = |place, on| in_force(std::slice::from_ref(&local), place, day(on)).unwrap().bands.high;
        assert!((high(Some("990101"), "2026-06-01") - 60.0).abs() < 1e-9);
        assert!((high(Some("990101"), "2026-05-31") - 45.0).abs() < 1e-9);
        assert!((high(Some("980101"), "2026-06-01") - 45.0).abs() < 1e-9);
        assert!((high(None, "2026-06-01") - 45.0).abs() < 1e-9);
    }

    #[test]
    fn a_scheme_that_scores_by_size_alone_is_refused() {
        let local = "[[scheme]]\nfrom = \"2026-01-01\"\n[scheme.institution.size_fund]\npoints = 30.0\n".to_owned();
        let refused = in_force(&[local], None, day("2026-06-01")).unwrap_err();
        assert!(refused.to_string().contains("不能只按金额"), "{refused}");
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let local = "[[scheme]]\nfrom = \"2026-01-01\"\nband = 3\n".to_owned();
        assert!(in_force(&[local], None, day("2026-06-01")).is_err());
    }
}
