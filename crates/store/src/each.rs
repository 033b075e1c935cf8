//! Many findings at once（批量）: each is decided by itself over the version that was seen, some hundred in a transaction. What was decided and
//! what was not are both named: nothing is half done in silence.

use std::collections::{BTreeMap, HashMap};

use casework::{Actor, Finding, Look, Refusal, Step};
use claims::Moment;

use crate::Store;
use crate::db::{Statement, Tx};
use crate::error::StoreError;
use crate::finding::{Clocks, Versioned, move_finding, versioned, within};
use crate::paper::{Handed, Kept};
use crate::tally::Tally;

/// Findings in one transaction: nobody else waits for longer than a moment.
pub(crate) const BATCH: usize = 200;
/// How often a batch is tried that others were in the way of.
pub(crate) const TRIES: usize = 20;

/// Seen（所见版本）: a finding, and the version of it that a page showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Finding.
    pub finding_id: String,
    /// Version.
    pub version: i64,
}

/// Left（未办）: why a finding was left as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Left {
    /// Somebody else, or a later run, moved it after it was seen.
    #[error("看过之后已有变动")]
    Changed,
    /// There is none, or the actor may not see it.
    #[error("没有这条疑点，或者它不在您的数据范围内")]
    Hidden,
    /// A lawful "no".
    #[error("{0}")]
    Refused(Refusal),
}

/// Dealt（办理结果）: what became of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dealt {
    /// Findings that were moved.
    pub done: Vec<String>,
    /// Findings that were not, and why.
    pub left: Vec<(String, Left)>,
}

/// How a finding is decided.
pub type Decide<'a> = dyn Fn(&Finding) -> Result<Step, Refusal> + Send + Sync + 'a;

/// Who decides how, at what time, with what papers.
pub(crate) struct Round<'a> {
    pub(crate) actor: &'a Actor,
    pub(crate) decide: &'a Decide<'a>,
    pub(crate) papers: &'a [Kept],
    pub(crate) clocks: &'a Clocks,
    pub(crate) now: Moment,
}

impl Store {
    /// Decides on each of these findings by itself, if it is as it was seen, with these papers handed in for each. The time of the look
    /// at all of them, where it is known, is theirs together.
    pub async fn decide_each(
        &self,
        actor: &Actor,
        seen: &[Seen],
        decide: &Decide<'_>,
        (papers, mut look): (&[Handed<'_>], Option<Look>),
        clocks: &Clocks,
        now: Moment,
    ) -> Result<Dealt, StoreError> {
        let papers = papers.iter().map(|paper| self.keep_paper(paper)).collect::<Result<Vec<_>, _>>()?;
        let round = Round { actor, decide, papers: &papers, clocks, now };
        let (mut dealt, mut waiting) = (Dealt::default(), seen.len());
        for batch in seen.chunks(BATCH) {
            let part = look.as_mut().map(|look| look.part(batch.len(), waiting));
            waiting -= batch.len();
            let done = self.deal_once(&round, batch, part).await?;
            dealt.done.extend(done.done);
            dealt.left.extend(done.left);
        }
        Ok(dealt)
    }

    async fn deal_once(&self, round: &Round<'_>, batch: &[Seen], look: Option<Look>) -> Result<Dealt, StoreError> {
        let mut tries = 0;
        loop {
            let (mut tx, mut tally) = (self.db.begin().await?, Tally::default());
            match round.deal(&mut tx, &mut tally, batch, look).await {
                Ok(dealt) => {
                    tally.write(&mut tx).await?;
                    tx.commit().await?;
                    return Ok(dealt);
                }
                // Who moved one of them at this very moment wins, and the others are decided anew.
                Err(problem) if problem.is_of_the_moment() && tries < TRIES => tries += 1,
                Err(problem) => return Err(problem),
            }
        }
    }
}

impl Round<'_> {
    /// Decides on each of a batch within a transaction.
    pub(crate) async fn deal(
        &self,
        tx: &mut Tx,
        tally: &mut Tally,
        batch: &[Seen],
        mut look: Option<Look>,
    ) -> Result<Dealt, StoreError> {
        let mut known = self.known(tx, batch).await?;
        let (mut dealt, mut steps) = (Dealt::default(), BTreeMap::new());
        for seen in batch {
            let id = &seen.finding_id;
            let Some(finding) = known.remove(id) else {
                dealt.left.push((id.clone(), Left::Hidden));
                continue;
            };
            if finding.version != seen.version {
                dealt.left.push((id.clone(), Left::Changed));
                continue;
            }
            match (self.decide)(&finding.value) {
                // By their ids: no two batches wait for each other.
                Ok(step) => drop(steps.insert(id.clone(), (finding, step))),
                Err(refusal) => dealt.left.push((id.clone(), Left::Refused(refusal))),
            }
        }
        let mut waiting = steps.len();
        for (id, (finding, mut step)) in steps {
            if let Some(look) = look.as_mut().filter(|_| step.event.is_judgement()) {
                let limits = self.clocks.limits.of(&step.next.filed.region);
                step.next = step.next.looked_at_for(look.part(1, waiting).seconds, limits);
            }
            waiting -= 1;
            for paper in self.papers {
                paper.hand_in(tx, &id, self.actor, self.now).await?;
            }
            match move_finding(tx, tally, &finding, &step, self.clocks, self.now).await {
                Ok(()) => dealt.done.push(id),
                // It is the first thing that is asked, before anything of the finding is written.
                Err(StoreError::Refused(refusal @ Refusal::Held { .. })) => dealt.left.push((id, Left::Refused(refusal))),
                Err(problem) => return Err(problem),
            }
        }
        Ok(dealt)
    }

    async fn known(&self, tx: &mut Tx, batch: &[Seen]) -> Result<HashMap<String, Versioned<Finding>>, StoreError> {
        let mut query = Statement::new("SELECT finding_id, version, detail FROM finding WHERE finding_id IN ");
        query.list(batch.iter().map(|seen| &seen.finding_id));
        within(&mut query, self.actor);
        let mut known = HashMap::new();
        for row in tx.rows(&query.sql, &query.values).await? {
            known.insert(row.text("finding_id")?, versioned(&row)?);
        }
        Ok(known)
    }
}
