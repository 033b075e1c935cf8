//! Recording（调用入库）: calls that wait at one moment, with all that came of them, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use super::call::{Call, EarlierReply, Key};
use super::feedback::Feedback;
use super::nonce::Nonce;
use super::online_visit::OnlineVisit;
use super::warning::Warning;
use super::{call, feedback, nonce, online_visit, warning};
use crate::Store;
use crate::error::StoreError;

/// How often calls are tried that other transactions are in the way of.
const MOST_TRIES: u32 = 5;

/// CallRecord（调用记录）: a call with what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The call.
    pub call: Call,
    /// What its signature may be used with once, if it was not claimed before.
    pub nonce: Option<Nonce>,
    /// What it found.
    pub warnings: Vec<Warning>,
    /// What it tells of visits of its institution.
    pub visits: Vec<OnlineVisit>,
    /// What it answers.
    pub feedback: Vec<Feedback>,
}

/// CallOutcome（入库结果）: what became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It is on the disk.
    Kept {
        /// 违规标识 that its feedback names and that its institution was not shown. Feedback on the others is kept.
        unknown: Vec<String>,
    },
    /// Its msgid was there: nothing is written, and this was answered.
    Earlier(EarlierReply),
    /// Its nonce was there: nothing is written, and it is not to be answered.
    Replayed,
    /// The database would not have it, whatever the others are. Nothing of it is written.
    Refused(String),
}

impl CallRecord {
    /// How many warnings were shown.
    pub(super) fn shown(&self) -> usize {
        self.warnings.iter().filter(|warning| warning.shown()).count()
    }
}

impl Store {
    /// Records calls that wait at one moment: their outcomes, in their order. When this returns they are on the disk.
    ///
    /// An error means that the database is not well: what of them was written is told as `Earlier` when they come again.
    pub async fn record_calls(&self, calls: &[CallRecord]) -> Result<Vec<CallOutcome>, StoreError> {
        match self.record_in_the_end(calls).await {
            // Something that one institution wrote must not cost the others their calls.
            Err(problem) if problem.is_of_the_data() => self.record_singly(calls).await,
            done => done,
        }
    }

    async fn record_singly(&self, calls: &[CallRecord]) -> Result<Vec<CallOutcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(calls.len());
        for call in calls {
            match self.record_in_the_end(std::slice::from_ref(call)).await {
                Ok(done) => outcomes.extend(done),
                Err(problem) if problem.is_of_the_data() => outcomes.push(CallOutcome::Refused(problem.to_string())),
                Err(problem) => return Err(problem),
            }
        }
        Ok(outcomes)
    }

    /// Of two transactions that wait for each other, the database ends one, which then goes after the other.
    async fn record_in_the_end(&self, calls: &[CallRecord]) -> Result<Vec<CallOutcome>, StoreError> {
        let mut tries = 1;
        loop {
            match self.record_together(calls).await {
                Err(problem) if problem.is_of_the_moment() && tries < MOST_TRIES => tries += 1,
                done => return done,
            }
        }
    }

    async fn record_together(&self, calls: &[CallRecord]) -> Result<Vec<CallOutcome>, StoreError> {
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.db.begin().await?;
        let replayed = nonce::claim(&mut tx, calls).await?;
        let firsts = firsts(calls, &replayed);
        let written = call::insert_new(&mut tx, &firsts).await?;
        // Of two in one group with the same msgid, the first is new and the other comes again.
        let is_new: BTreeSet<usize> =
            firsts.iter().filter(|(key, _)| written.contains(*key)).map(|(_, (place, _))| *place).collect();
        let again = calls.iter().enumerate().filter(|(place, _)| !replayed.contains(place) && !is_new.contains(place));
        let earlier = call::earlier_replies(&mut tx, again.map(|(_, record)| record.call.key()).collect()).await?;
        let new: Vec<&CallRecord> = is_new.iter().map(|place| &calls[*place]).collect();
        warning::insert_all(&mut tx, &new).await?;
        online_visit::keep_all(&mut tx, &new).await?;
        let unknown = feedback::keep_all(&mut tx, &new).await?;
        let outcome = |(place, record): (usize, &CallRecord)| {
            let key = record.call.key();
            if replayed.contains(&place) {
                return Ok(CallOutcome::Replayed);
            }
            if is_new.contains(&place) {
                return Ok(CallOutcome::Kept { unknown: unknown.get(&key).cloned().unwrap_or_default() });
            }
            earlier.get(&key).cloned().map(CallOutcome::Earlier).ok_or(StoreError::Stale)
        };
        let outcomes = calls.iter().enumerate().map(outcome).collect::<Result<_, _>>()?;
        tx.commit().await?;
        Ok(outcomes)
    }
}

/// The first call under each msgid, by its place, in the order of the keys.
fn firsts<'a>(calls: &'a [CallRecord], replayed: &BTreeSet<usize>) -> BTreeMap<Key, (usize, &'a CallRecord)> {
    let mut firsts = BTreeMap::new();
    for (place, record) in calls.iter().enumerate().filter(|(place, _)| !replayed.contains(place)) {
        firsts.entry(record.call.key()).or_insert((place, record));
    }
    firsts
}
