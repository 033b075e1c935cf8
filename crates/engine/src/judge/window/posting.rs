//! Charges of several days that stand in one minute: they are spread over the stay before they are judged（rules 4.5, 6 and 7;
//! readings 12）.
//!
//! Where nobody knows on which day a unit was given, only what the whole stay could not hold is too much for certain.

use std::collections::BTreeMap;

use claims::{Moment, Quantity, Text};
use rulebook::logic::WindowKind;

use super::{Group, Place, combined};
use crate::answers::Answers;
use crate::judge::Candidate;

/// Twice in a minute is how a double charge looks; from three windows' worth on, one posting for several days is the likelier reading.
const WINDOWS_POSTED_TOGETHER: i64 = 3;

const UNRELIABLE: &str = "费用时间不可靠，数量分摊到整次住院后再判断，最高定为可疑";
const TOGETHER: &str = "该项目在这次住院只在一个时刻记账，可能是几天的费用一并记账，最高定为可疑";

/// The limit that decides, and what it changes about a hit.
pub(super) struct Limit {
    pub(super) value: Quantity,
    /// Why a hit is a suspicion at most.
    pub(super) suspicion_because: Option<&'static str>,
    /// How the limit came about, where it is not the rule's own.
    pub(super) arithmetic: Option<String>,
}

impl Limit {
    const fn own(value: Quantity) -> Self {
        Self { value, suspicion_because: None, arithmetic: None }
    }
}

/// When each item was charged in each hospital stay: its only moment, or none where there are several.
#[derive(Default)]
pub(super) struct Postings {
    moments: BTreeMap<(usize, Text, usize), Option<Moment>>,
}

impl Postings {
    pub(super) fn of(kind: &WindowKind, candidates: &[Candidate<'_>]) -> Self {
        let mut moments = BTreeMap::new();
        if kind.stay_limit.is_some() {
            for candidate in candidates.iter().filter(|candidate| candidate.stay().inpatient) {
                let moment = candidate.line.record.fee_ocur_time();
                let only = moments.entry(key(kind, candidate)).or_insert(Some(moment));
                *only = only.filter(|known| *known == moment);
            }
        }
        Self { moments }
    }

    /// Whether the item was charged at one moment of its hospital stay and at no other.
    pub(super) fn at_one_moment(&self, kind: &WindowKind, candidate: &Candidate<'_>) -> bool {
        // Looked at whatever the scope of the lines: a self-paid day shows as well that the item was charged day by day.
        !self.moments.is_empty() && self.moments.get(&key(kind, candidate)).is_some_and(Option::is_some)
    }
}

fn key(kind: &WindowKind, candidate: &Candidate<'_>) -> (usize, Text, usize) {
    (std::ptr::from_ref(candidate.folder) as usize, combined(kind, candidate), candidate.visit().stay)
}

/// The limit that a group is held against, or the facts that are missing for it.
pub(super) fn limit(group: &Group<'_, '_>, answers: &Answers<'_>, row: usize) -> Result<Limit, Vec<String>> {
    let times = |slot| answers.decimal(slot, row).map(|limit| Quantity(limit.saturating_mul(group.facts.multiplier)));
    let (own, whole) = (times("limit"), times("stay_limit"));
    let unknown = |slot| answers.missing(slot, row);
    if matches!(group.place, Place::Spread(_)) {
        return match (whole, own) {
            (Some(whole), _) => Ok(spread(group, own, whole, UNRELIABLE)),
            // A stay holds at least what one window holds.
            (None, Some(own)) if group.high <= own => Ok(Limit::own(own)),
            (None, _) => Err(unknown("stay_limit")),
        };
    }
    let own = own.ok_or_else(|| unknown("limit"))?;
    let certain = group.rows.iter().all(|(_, certain)| *certain);
    if !group.at_one_moment || !certain {
        return Ok(Limit::own(own));
    }
    let many = several_windows(group, own, whole);
    match whole {
        None if many => Err(unknown("stay_limit")),
        // As much as all days of the stay: the fee of the stay, posted once.
        Some(whole) if whole > own && group.low > whole - own => Ok(spread(group, Some(own), whole, TOGETHER)),
        // Some of its days may have been meant, or a single use charged many times: neither can be ruled out.
        Some(whole) if whole > own && many => Ok(Limit { suspicion_because: Some(TOGETHER), ..Limit::own(own) }),
        _ => Ok(Limit::own(own)),
    }
}

/// Whether a quantity is worth several windows. A day of arrival or leaving holds less than the days that a posting is made for, so
/// a day is taken as an average day of the stay.
fn several_windows(group: &Group<'_, '_>, own: Quantity, whole: Option<Quantity>) -> bool {
    let days = group.rows[0].0.stay().billable_days.filter(|_| matches!(group.place, Place::Day(_)));
    let of_average = |whole: Quantity, days: i32| {
        group.low.0.saturating_mul(i64::from(days)) >= whole.0.saturating_mul(WINDOWS_POSTED_TOGETHER)
    };
    own.is_positive()
        && group.low.0 >= own.0.saturating_mul(WINDOWS_POSTED_TOGETHER)
        && whole.zip(days).is_none_or(|(whole, days)| of_average(whole, days))
}

fn spread(group: &Group<'_, '_>, own: Option<Quantity>, whole: Quantity, because: &'static str) -> Limit {
    let stay = group.rows[0].0.stay();
    let days = stay.billable_days.map_or_else(String::new, |days| format!("计费床日 {days} 天，"));
    let window = own.map_or_else(String::new, |own| format!("一个窗口的上限 {own}，"));
    let arithmetic = Some(format!("分摊到整次住院：{window}{days}整次住院的上限 {whole}"));
    Limit { value: whole, suspicion_because: Some(because), arithmetic }
}
