//! The twelve acceptance checks of the national inspection extract（数据验证逻辑）, by their own numbers, on any delivery that
//! has headers and details.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use claims::{Day, Fen};
use serde::{Deserialize, Serialize, Serializer};

use super::fingerprint::Fingerprints;

/// Expect（外部数字）: figures that only the sender knows, from `--expect FILE.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// First and last day asked for.
    pub period: Option<(Day, Day)>,
    /// Total of the finance report, in fen.
    pub finance_total_fen: Option<i64>,
    /// Total of the bureau's own data, in fen.
    pub bureau_total_fen: Option<i64>,
    /// Table → rows that were exported.
    #[serde(default)]
    pub rows: BTreeMap<String, u64>,
}

/// Why an expectation file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExpectError {
    /// It cannot be read.
    #[error("无法读取 {}：{source}", path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{} 写得不对：{source}", path.display())]
    Toml {
        /// File.
        path: PathBuf,
        /// What the parser said.
        source: Box<toml::de::Error>,
    },
}

impl Expect {
    /// Reads a file of expectations.
    pub fn load(path: &Path) -> Result<Self, ExpectError> {
        let text = std::fs::read_to_string(path).map_err(|source| ExpectError::Io { path: path.to_owned(), source })?;
        toml::from_str(&text).map_err(|source| ExpectError::Toml { path: path.to_owned(), source: Box::new(source) })
    }
}

/// Pass（是否通过）.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Within the limit.
    Yes,
    /// Beyond the limit.
    No,
    /// What it needs was not delivered or not given.
    NotMeasured,
}

impl Serialize for Pass {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Yes => to.serialize_bool(true),
            Self::No => to.serialize_bool(false),
            Self::NotMeasured => to.serialize_str("not measured"),
        }
    }
}

/// Acceptance（验收项）: one of the twelve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Acceptance {
    /// Its own number, 1–12.
    pub number: u8,
    /// Chinese name.
    pub name: &'static str,
    /// What was measured: a share or a count; none if not measured.
    pub measured: Option<f64>,
    /// The limit it is held against, in the same unit.
    pub limit: f64,
    /// Outcome.
    pub pass: Pass,
    /// The figures behind it, in Chinese.
    pub detail: String,
}

/// What the checks count while rows go by.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Header rows, refunds too, withdrawn ones not.
    pub(crate) headers: u64,
    pub(crate) header_total: i64,
    pub(crate) insured_total: i64,
    pub(crate) header_repeats: u64,
    /// Settlement and visit of every header.
    pub(crate) header_ids: Vec<(u64, u64)>,
    pub(crate) settlements: Fingerprints,
    pub(crate) settled_visits: Fingerprints,
    pub(crate) negative_totals: u64,
    pub(crate) settled_days: BTreeMap<Day, u64>,
    /// Detail rows that belong to a document, and those whose document is not there.
    pub(crate) details: u64,
    pub(crate) unmatched_details: u64,
    pub(crate) detail_total: i64,
    /// Detail rows of visits that are not settled yet.
    pub(crate) unsettled_details: u64,
    /// Documents that details name by settlement, and by visit where a line has no settlement.
    pub(crate) seen_settlements: Fingerprints,
    pub(crate) seen_visits: Fingerprints,
    /// Empty values by column, of those that must be filled.
    pub(crate) missing_values: BTreeMap<String, u64>,
    pub(crate) checked_values: u64,
    /// Rows read, by name of the source table.
    pub(crate) rows: BTreeMap<String, u64>,
    pub(crate) unreadable_rows: u64,
    /// Whether details are compared with the headers at all.
    pub(crate) has_details: bool,
}

const SHARE_OF_TOTAL: f64 = 0.005;
const SHARE_OF_IDS: f64 = 0.001;

#[expect(clippy::cast_precision_loss, reason = "shares are for reading; money itself is compared as integers")]
fn share(part: i64, whole: i64) -> f64 {
    if whole == 0 { if part == 0 { 0.0 } else { 1.0 } } else { part as f64 / whole as f64 }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn count(count: u64) -> f64 {
    count as f64
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A share as people read it: one decimal from one percent on, more below.
pub(crate) fn percent(share: f64) -> String {
    if share >= 0.01 { format!("{:.1} %", share * 100.0) } else { format!("{:.3} %", share * 100.0) }
}

const NAMES: [&str; 12] = [
    "导出数据能够重新导入",
    "导入行数与导出行数一致",
    "主单总额与明细总额一致",
    "主单与明细的结算单据号一致",
    "明细能够关联主单",
    "主单结算单据号不重复",
    "结算日期在提取范围内",
    "各月份均有数据",
    "非退费总额不为负",
    "必填字段有值",
    "总额与财务报表一致",
    "医保结算总额与医保端一致",
];

fn outcome(number: u8, measured: Option<f64>, limit: f64, detail: String) -> Acceptance {
    let pass = measured.map_or(Pass::NotMeasured, |measured| if measured <= limit { Pass::Yes } else { Pass::No });
    Acceptance { number, name: NAMES[usize::from(number) - 1], measured, limit, pass, detail }
}

impl Tally {
    /// The twelve outcomes.
    pub(crate) fn outcomes(&self, expect: &Expect) -> Vec<Acceptance> {
        let (ids, links) = self.links();
        vec![
            self.readable(),
            self.exported(expect),
            self.totals(),
            ids,
            links,
            self.repeats(),
            self.in_period(expect),
            self.months(expect),
            self.negatives(),
            self.filled(),
            self.outside_total(11, "财务报表总额", self.header_total, expect.finance_total_fen),
            self.outside_total(12, "医保端总额", self.insured_total, expect.bureau_total_fen),
        ]
    }

    fn has_headers(&self) -> bool {
        self.headers > 0
    }

    fn has_both(&self) -> bool {
        self.has_headers() && self.has_details
    }

    fn readable(&self) -> Acceptance {
        let rows: u64 = self.rows.values().sum();
        let measured = (rows > 0).then(|| count(self.unreadable_rows));
        outcome(1, measured, 0.0, format!("读入 {rows} 行，其中 {} 行无法按表头还原", self.unreadable_rows))
    }

    fn exported(&self, expect: &Expect) -> Acceptance {
        if expect.rows.is_empty() {
            return outcome(2, None, 0.0, "未提供导出行数（--expect 的 [rows]）".to_owned());
        }
        let found = |table: &str| {
            let named = self.rows.iter().filter(|(name, _)| name.eq_ignore_ascii_case(table));
            named.map(|(_, rows)| *rows).sum::<u64>()
        };
        let differing = expect.rows.iter().filter(|(table, rows)| found(table) != **rows);
        let texts: Vec<String> =
            differing.map(|(table, rows)| format!("{table} 导出 {rows} 行、读入 {} 行", found(table))).collect();
        let detail = if texts.is_empty() { "各表行数相同".to_owned() } else { texts.join("；") };
        outcome(2, Some(count(texts.len() as u64)), 0.0, detail)
    }

    /// Relative difference of the two totals; whether it is beyond the limit is decided on integers.
    pub(crate) fn totals(&self) -> Acceptance {
        if !self.has_both() {
            return outcome(3, None, SHARE_OF_TOTAL, "主单和明细没有都交付".to_owned());
        }
        let difference = (self.header_total - self.detail_total).abs();
        let share = share(difference, self.detail_total.abs());
        let beyond = i128::from(difference) * 1000 > i128::from(self.detail_total.abs()) * 5;
        let detail = format!(
            "主单 {} 元，明细 {} 元，相差 {} 元（{}）",
            Fen(self.header_total),
            Fen(self.detail_total),
            Fen(difference),
            percent(share)
        );
        let pass = if beyond { Pass::No } else { Pass::Yes };
        Acceptance { pass, ..outcome(3, Some(share), SHARE_OF_TOTAL, detail) }
    }

    fn links(&self) -> (Acceptance, Acceptance) {
        if !self.has_both() {
            let none = |number| outcome(number, None, SHARE_OF_IDS, "主单和明细没有都交付".to_owned());
            return (none(4), none(5));
        }
        let mut counted = Fingerprints::default();
        let first = |id: &&(u64, u64)| counted.insert(id.0);
        let headers: Vec<_> = self.header_ids.iter().filter(first).collect();
        let has_detail = |id: &&(u64, u64)| self.seen_settlements.contains(&id.0) || self.seen_visits.contains(&id.1);
        let without_detail = headers.iter().filter(|id| !has_detail(id)).count();
        let strange = self.seen_settlements.iter().filter(|id| !self.settlements.contains(id)).count();
        let strange_visits = self.seen_visits.iter().filter(|id| !self.settled_visits.contains(id)).count();
        let without_header = strange + strange_visits;
        let distinct = headers.len() + without_header;
        let one_sided = without_detail + without_header;
        let ids = share(signed(one_sided as u64), signed(distinct as u64));
        let mut text =
            format!("共 {distinct} 个单据号，{without_detail} 个只在主单，{without_header} 个只在明细（{}）", percent(ids));
        if self.unsettled_details > 0 {
            let _ = write!(text, "；另有 {} 行明细所属就诊尚未结算，不参加比较", self.unsettled_details);
        }
        let rows = share(signed(self.unmatched_details), signed(self.details));
        let link = format!("{} 行明细中 {} 行关联不到主单（{}）", self.details, self.unmatched_details, percent(rows));
        (outcome(4, Some(ids), SHARE_OF_IDS, text), outcome(5, Some(rows), SHARE_OF_IDS, link))
    }

    fn repeats(&self) -> Acceptance {
        let rows = self.headers + self.header_repeats;
        let measured = self.has_headers().then(|| share(signed(self.header_repeats), signed(rows)));
        let detail = format!("主单 {rows} 行，重复 {} 行", self.header_repeats);
        outcome(6, measured, SHARE_OF_IDS, detail)
    }

    fn in_period(&self, expect: &Expect) -> Acceptance {
        let Some((from, to)) = expect.period.filter(|_| self.has_headers()) else {
            return outcome(7, None, 0.0, "未提供提取范围（--expect 的 period），或没有主单".to_owned());
        };
        let outside: u64 = self.settled_days.iter().filter(|(day, _)| **day < from || **day > to).map(|(_, rows)| rows).sum();
        outcome(7, Some(count(outside)), 0.0, format!("提取范围 {from} 至 {to}，范围外 {outside} 行"))
    }

    fn months(&self, expect: &Expect) -> Acceptance {
        let (Some(first), Some(last)) = (self.settled_days.keys().next(), self.settled_days.keys().next_back()) else {
            return outcome(8, None, 0.0, "没有主单，或主单没有结算日期".to_owned());
        };
        let (from, to) = expect.period.unwrap_or((*first, *last));
        let present: BTreeSet<String> = self.settled_days.keys().map(|day| day.month()).collect();
        let mut missing = Vec::new();
        let mut month = from.month_start();
        while month <= to {
            if !present.contains(&month.month()) {
                missing.push(month.month());
            }
            month = month.plus(31).month_start();
        }
        let known = expect.period.is_some() || !missing.is_empty();
        let mut detail = match missing.len() {
            0 => format!("{} 至 {} 各月都有数据", from.month(), to.month()),
            count @ 13.. => format!("缺少 {} 等 {count} 个月", missing[..12].join("、")),
            _ => format!("缺少 {}", missing.join("、")),
        };
        if expect.period.is_none() {
            detail.push_str("；未提供提取范围，首尾月份无法确认");
        }
        outcome(8, known.then(|| count(missing.len() as u64)), 0.0, detail)
    }

    fn negatives(&self) -> Acceptance {
        let measured = self.has_headers().then(|| count(self.negative_totals));
        outcome(9, measured, 0.0, format!("非退费的负总额 {} 行", self.negative_totals))
    }

    fn filled(&self) -> Acceptance {
        let missing: u64 = self.missing_values.values().sum();
        let measured = (self.checked_values > 0).then(|| count(missing));
        let mut detail = format!("{} 个必填值中 {missing} 个为空", self.checked_values);
        let mut worst: Vec<_> = self.missing_values.iter().collect();
        worst.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        for (column, rows) in worst.into_iter().take(5) {
            let _ = write!(detail, "；{column} {rows} 个");
        }
        outcome(10, measured, 0.0, detail)
    }

    fn outside_total(&self, number: u8, what: &str, own: i64, given: Option<i64>) -> Acceptance {
        let Some(given) = given.filter(|_| self.has_headers()) else {
            return outcome(number, None, SHARE_OF_TOTAL, format!("未提供{what}，或没有主单"));
        };
        let difference = (own - given).abs();
        let share = share(difference, given.abs());
        let detail = format!("本次 {} 元，{what} {} 元，相差 {} 元（{}）", Fen(own), Fen(given), Fen(difference), percent(share));
        let pass = if i128::from(difference) * 1000 > i128::from(given.abs()) * 5 { Pass::No } else { Pass::Yes };
        Acceptance { pass, ..outcome(number, Some(share), SHARE_OF_TOTAL, detail) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_percent_is_just_allowed() {
        let tally =
            |header_total| Tally { headers: 1, has_details: true, header_total, detail_total: 100_000, ..Tally::default() };
        assert_eq!(tally(100_500).totals().pass, Pass::Yes);
        assert_eq!(tally(100_501).totals().pass, Pass::No);
        assert_eq!(tally(99_499).totals().pass, Pass::No);
    }

    #[test]
    fn months_without_a_period_never_pass() {
        let mut tally = Tally::default();
        for day in ["2026-01-05", "2026-02-05"] {
            tally.settled_days.insert(Day::parse(day).unwrap(), 1);
        }
        assert_eq!(tally.months(&Expect::default()).pass, Pass::NotMeasured);
        tally.settled_days.insert(Day::parse("2026-04-30").unwrap(), 1);
        assert_eq!(tally.months(&Expect::default()).pass, Pass::No);
        let period = Some((Day::parse("2026-01-01").unwrap(), Day::parse("2026-02-28").unwrap()));
        assert_eq!(tally.months(&Expect { period, ..Expect::default() }).pass, Pass::Yes);
    }

    #[test]
    fn expectations_are_read_as_the_readings_write_them() {
        let expect: Expect =
            toml::from_str("period = [\"2026-02-01\", \"2026-05-31\"]\nfinance_total_fen = 5\n[rows]\nsetl_d = 3\n").unwrap();
        assert_eq!(expect.period.unwrap().1.to_string(), "2026-05-31");
        assert_eq!(expect.rows["setl_d"], 3);
    }
}
