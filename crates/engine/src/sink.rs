//! Sink（判定结果）: what the passes hand on: counts, findings, undecided subjects, events.

use std::collections::{BTreeMap, HashMap};

use claims::{Day, Fen, Quantity, Text};
use foldhash::fast::FixedState;
use rulebook::{Exempted, Finding, Undecided};
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::value::Tri;

/// Most undecided subjects listed for one rule; the counts stay exact（readings 35）.
pub const UNDECIDED_LISTED: usize = 100_000;

/// Most subjects that one pass lists for one exception; the counts stay exact.
const EXEMPTED_LISTED: u64 = 10_000;

/// Tally（计数）of one rule: `hit + clear + undecided = rows`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Subjects that the rule's codes and scope reach.
    pub rows: u64,
    /// Hits.
    pub hit: u64,
    /// Cleared.
    pub clear: u64,
    /// Undecided, by missing fact.
    pub undecided: BTreeMap<String, u64>,
    /// Of the cleared, those that an exception cleared, by its words.
    #[serde(default)]
    pub exempted: BTreeMap<String, u64>,
    /// Seconds spent, over all threads.
    pub nanoseconds: u64,
}

impl Tally {
    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.hit += other.hit;
        self.clear += other.clear;
        self.nanoseconds += other.nanoseconds;
        for (reason, count) in &other.undecided {
            *self.undecided.entry(reason.clone()).or_default() += count;
        }
        for (exception, count) in &other.exempted {
            *self.exempted.entry(exception.clone()).or_default() += count;
        }
    }

    /// All undecided.
    pub fn undecided_total(&self) -> u64 {
        self.undecided.values().sum()
    }
}

/// Lines whose code is not mapped, counted once per institution（architecture 2）.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmapped {
    /// Lines.
    pub lines: u64,
    /// Their amount in fen.
    pub amount_fen: i64,
}

/// Billing of an item on a day, for stock rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Billed {
    pub(crate) day: Day,
    pub(crate) cnt: Quantity,
    pub(crate) amount: Fen,
}

/// What a pass found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sink {
    pub(crate) tallies: Vec<Tally>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) undecided: Vec<Undecided>,
    pub(crate) exempted: Vec<Exempted>,
    pub(crate) listed: Vec<u32>,
    pub(crate) events: Vec<Event>,
    pub(crate) unmapped: BTreeMap<String, Unmapped>,
    pub(crate) chart_faults: BTreeMap<String, u64>,
    pub(crate) lines: u64,
    /// Billing by institution and item.
    pub(crate) billed: HashMap<(Text, Text), Vec<Billed>, FixedState>,
    pub(crate) faults: Vec<String>,
}

impl Sink {
    pub(crate) fn new(rules: usize) -> Self {
        Self { tallies: vec![Tally::default(); rules], listed: vec![0; rules], ..Self::default() }
    }

    pub(crate) fn clear(&mut self, rule: usize) {
        self.tallies[rule].rows += 1;
        self.tallies[rule].clear += 1;
    }

    /// A hit that an exception lifts: it is clear, and leaves a trace of what cleared it.
    pub(crate) fn exempt(&mut self, rule: usize, cleared_by: String, subject: impl FnOnce(&str) -> Undecided) {
        self.clear(rule);
        let count = self.tallies[rule].exempted.entry(cleared_by.clone()).or_default();
        *count += 1;
        if *count <= EXEMPTED_LISTED {
            self.exempted.push(Exempted { subject: subject(&cleared_by), cleared_by });
        }
    }

    pub(crate) fn hit(&mut self, rule: usize, finding: Finding) {
        self.tallies[rule].rows += 1;
        self.tallies[rule].hit += 1;
        self.findings.push(finding);
    }

    pub(crate) fn undecided(&mut self, rule: usize, missing: &str, subject: impl FnOnce() -> Undecided) {
        self.tallies[rule].rows += 1;
        *self.tallies[rule].undecided.entry(missing.to_owned()).or_default() += 1;
        if (self.listed[rule] as usize) < UNDECIDED_LISTED {
            self.listed[rule] += 1;
            self.undecided.push(subject());
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        if self.tallies.is_empty() {
            *self = other;
            return;
        }
        for (mine, theirs) in self.tallies.iter_mut().zip(&other.tallies) {
            mine.add(theirs);
        }
        for (mine, theirs) in self.listed.iter_mut().zip(&other.listed) {
            *mine += theirs;
        }
        self.findings.extend(other.findings);
        self.undecided.extend(other.undecided);
        self.exempted.extend(other.exempted);
        self.events.extend(other.events);
        self.lines += other.lines;
        self.faults.extend(other.faults);
        for (institution, unmapped) in other.unmapped {
            let mine = self.unmapped.entry(institution).or_default();
            mine.lines += unmapped.lines;
            mine.amount_fen += unmapped.amount_fen;
        }
        for (item, billed) in other.billed {
            self.billed.entry(item).or_default().extend(billed);
        }
        for (check, count) in other.chart_faults {
            *self.chart_faults.entry(check).or_default() += count;
        }
    }
}

/// A hit lifted by an exception, or not（例外）.
pub(crate) enum Lifted {
    /// No exception holds: the hit stands.
    Stands,
    /// One holds, which says this: the hit falls.
    Falls(String),
    /// Whether one holds cannot be told, for want of these facts.
    Unknown(Vec<String>),
}

impl From<Tri> for Option<bool> {
    fn from(tri: Tri) -> Self {
        match tri {
            Tri::Yes => Some(true),
            Tri::No => Some(false),
            Tri::Unknown => None,
        }
    }
}
