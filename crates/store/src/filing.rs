//! Filing（立案）of a run: in batches, each whole by itself, so that pages stay quick while a million findings come in, and so that a
//! filing that was killed goes on where it stopped.

use std::collections::HashMap;

use casework::filing::Coverage;
use casework::sheet::Sheet;
use casework::{Absence, Event, Filed, Finding, State};
use claims::Moment;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::db::{Statement, Tx};
use crate::error::StoreError;
use crate::event::{New, begin_chains};
use crate::exemption;
use crate::finding::{Clocks, Versioned, encoded, insert_all, insert_sheets, move_finding, subject, versioned};
use crate::tally::Tally;

/// How many findings go into one transaction. Thirty values each, and SQLite takes 32,766 of them.
const BATCH: usize = 250;
/// How many findings that a run does not have are looked at together.
const UNFOUND: i64 = 500;

/// Unfound（未再发现）: a finding that a run looked for and does not have.
#[derive(Clone, Debug)]
pub struct Unfound {
    /// The finding.
    pub finding: Versioned<Finding>,
    /// What it shows.
    pub sheet: Sheet,
}

/// Outcome（立案结果）: what a filing did, so far or in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilingOutcome {
    /// 新立
    pub new: u64,
    /// 更新: not told yet, and the evidence is another now.
    pub changed: u64,
    /// 结果不同: told, and the later result lies beside it.
    pub differing: u64,
    /// 不变
    pub same: u64,
    /// 消失
    pub gone: u64,
    /// 存疑: not found again, and left to people.
    pub doubted: u64,
    /// 列入限期例外: set aside, of those above.
    pub exempted: u64,
}

impl FilingOutcome {
    /// Adds what another part of the filing did.
    pub const fn add(&mut self, other: Self) {
        self.new += other.new;
        self.changed += other.changed;
        self.differing += other.differing;
        self.same += other.same;
        self.gone += other.gone;
        self.doubted += other.doubted;
        self.exempted += other.exempted;
    }
}

impl Store {
    /// Files findings of a run, a batch at a time. The same findings again change nothing.
    pub async fn file(&self, found: &[(Filed, Sheet)], clocks: &Clocks, now: Moment) -> Result<FilingOutcome, StoreError> {
        let mut outcome = FilingOutcome::default();
        for batch in found.chunks(BATCH) {
            // Whoever decides on a finding of this batch at this moment wins, and the batch is looked at anew.
            let mut tries = 0;
            loop {
                match self.file_batch(batch, clocks, now).await {
                    Ok(done) => break outcome.add(done),
                    Err(StoreError::Stale) if tries < 20 => tries += 1,
                    Err(problem) => return Err(problem),
                }
            }
        }
        Ok(outcome)
    }

    async fn file_batch(&self, batch: &[(Filed, Sheet)], clocks: &Clocks, now: Moment) -> Result<FilingOutcome, StoreError> {
        let (mut tx, mut tally) = (self.db.begin().await?, Tally::default());
        let known = known(&mut tx, batch).await?;
        let today = now.day();
        let mut outcome = FilingOutcome::default();
        let mut new: Vec<(Finding, &Sheet, Event)> = Vec::new();
        let mut standing: Vec<Versioned<Finding>> = Vec::new();
        for (filed, sheet) in batch {
            let Some(finding) = known.get(&filed.finding_id) else {
                let step = Finding::filed(filed.clone(), today);
                new.push((step.next, sheet, step.event));
                continue;
            };
            let Some(step) = finding.value.found_again(filed.clone(), today) else {
                outcome.same += 1;
                standing.push(finding.clone());
                continue;
            };
            insert_sheets(&mut tx, std::iter::once((filed, sheet))).await?;
            move_finding(&mut tx, &mut tally, finding, &step, clocks, now).await?;
            standing.push(Versioned { value: step.next.clone(), version: finding.version + 1 });
            if matches!(step.event, Event::Differs { .. }) {
                outcome.differing += 1;
            } else {
                outcome.changed += 1;
            }
        }
        outcome.new = new.len() as u64;
        let rows: Vec<(&Finding, &Sheet)> = new.iter().map(|(finding, sheet, _)| (finding, *sheet)).collect();
        insert_all(&mut tx, &rows, clocks).await?;
        for (finding, sheet) in &rows {
            tally.new_finding(finding, sheet);
        }
        let chains = new.iter().map(|(finding, _, event)| New {
            subject: subject(&finding.filed.finding_id),
            actor: "",
            kind: event.name(),
            body: encoded(event),
        });
        begin_chains(&mut tx, chains.collect(), now).await?;
        standing.extend(new.into_iter().map(|(value, ..)| Versioned { value, version: 1 }));
        outcome.exempted = set_aside(&mut tx, &mut tally, &standing, clocks, now).await?;
        seen(&mut tx, batch).await?;
        tally.write(&mut tx).await?;
        tx.commit().await?;
        Ok(outcome)
    }

    /// What lies inside the coverage and was not found by its run, a page of it: those after an id.
    pub async fn unfound(&self, coverage: &Coverage, after: &str) -> Result<Vec<Unfound>, StoreError> {
        let mut query = Statement::new(
            "SELECT finding.finding_id, version, detail, body FROM finding JOIN sheet ON sheet.finding_id = finding.finding_id \
             AND sheet.digest = finding.digest WHERE (closed = 0 OR state = 'confirmed') AND last_run <> ",
        );
        query.bind(&coverage.run_id).and(" AND occurred_on >= ").bind(coverage.from.to_string());
        query.and(" AND occurred_on <= ").bind(coverage.to.to_string()).and(" AND rule_code IN ").list(&coverage.rules);
        query.and(" AND finding.finding_id > ").bind(after).and(" ORDER BY finding.finding_id LIMIT ").bind(UNFOUND);
        let mut page = Vec::new();
        for row in self.db.rows(&query.sql, &query.values).await? {
            let finding = versioned(&row)?;
            let sheet = crate::finding::decoded("sheet", &finding.value.filed.finding_id, &row.secret("body")?)?;
            page.push(Unfound { finding, sheet });
        }
        Ok(page)
    }

    /// Closes findings that a run does not find again, or writes down the doubt, each for its reason.
    pub async fn absent(
        &self,
        coverage: &Coverage,
        absent: Vec<(Versioned<Finding>, Absence)>,
        clocks: &Clocks,
        now: Moment,
    ) -> Result<FilingOutcome, StoreError> {
        let mut outcome = FilingOutcome::default();
        for (finding, absence) in absent {
            let Some(step) = finding.value.not_found(coverage, absence, now.day()) else { continue };
            let count = if step.next.state == State::Gone { &mut outcome.gone } else { &mut outcome.doubted };
            match self.apply(&finding, step, clocks, now).await {
                Ok(()) => *count += 1,
                // Somebody decided on it this very moment. The next run says again whether it is gone.
                Err(StoreError::Stale) => {}
                Err(problem) => return Err(problem),
            }
        }
        Ok(outcome)
    }

    /// Writes the filing down.
    pub async fn end_filing(
        &self,
        coverage: &Coverage,
        by: &str,
        outcome: FilingOutcome,
        now: Moment,
    ) -> Result<FilingOutcome, StoreError> {
        let sql = "INSERT INTO filing (run_id, filed_on, filed_by, coverage, outcome) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (run_id) DO UPDATE SET outcome = excluded.outcome";
        let rules: Vec<&String> = coverage.rules.iter().collect();
        let text = serde_json::json!({
            "lake_version": coverage.lake_version, "from": coverage.from.to_string(), "to": coverage.to.to_string(),
            "rules": rules, "institutions": coverage.institutions,
        });
        let values = [
            coverage.run_id.as_str().into(),
            now.day().to_string().into(),
            by.into(),
            text.to_string().into(),
            encoded(&outcome).into(),
        ];
        self.db.execute(sql, &values).await?;
        Ok(outcome)
    }

    /// Runs that were filed, with what came of it.
    pub async fn filings(&self) -> Result<Vec<(String, String, FilingOutcome)>, StoreError> {
        let rows = self.db.rows("SELECT run_id, filed_on, outcome FROM filing ORDER BY filed_on DESC, run_id DESC", &[]).await?;
        let mut filings = Vec::new();
        for row in rows {
            let run_id = row.text("run_id")?;
            let outcome = crate::finding::decoded("filing", &run_id, &row.text("outcome")?)?;
            filings.push((run_id, row.text("filed_on")?, outcome));
        }
        Ok(filings)
    }
}

async fn known(tx: &mut Tx, batch: &[(Filed, Sheet)]) -> Result<HashMap<String, Versioned<Finding>>, StoreError> {
    let mut query = Statement::new("SELECT finding_id, version, detail FROM finding WHERE finding_id IN ");
    query.list(batch.iter().map(|(filed, _)| &filed.finding_id));
    let mut known = HashMap::new();
    for row in tx.rows(&query.sql, &query.values).await? {
        known.insert(row.text("finding_id")?, versioned(&row)?);
    }
    Ok(known)
}

/// Sets aside what an exemption in force spares. Returns how many.
async fn set_aside(
    tx: &mut Tx,
    tally: &mut Tally,
    standing: &[Versioned<Finding>],
    clocks: &Clocks,
    now: Moment,
) -> Result<u64, StoreError> {
    let exemptions = exemption::approved(tx).await?;
    let mut aside = 0;
    for finding in standing {
        let step = exemptions.iter().find_map(|exemption| finding.value.exempted(exemption, now.day()));
        if let Some(step) = step {
            move_finding(tx, tally, finding, &step, clocks, now).await?;
            aside += 1;
        }
    }
    Ok(aside)
}

/// Remembers that this run found them, and what was filed anew of the same result.
async fn seen(tx: &mut Tx, batch: &[(Filed, Sheet)]) -> Result<(), StoreError> {
    let Some((first, _)) = batch.first() else { return Ok(()) };
    let mut update = Statement::new("UPDATE finding SET last_run = ");
    update.bind(&first.run_id).and(" WHERE finding_id IN ").list(batch.iter().map(|(filed, _)| &filed.finding_id));
    tx.execute(&update.sql, &update.values).await?;
    let mut update = Statement::new("UPDATE finding SET last_run = ");
    update.bind(&first.run_id).and(" WHERE split_from IN ").list(batch.iter().map(|(filed, _)| &filed.finding_id));
    update.and(" AND digest IN ").list(batch.iter().map(|(filed, _)| &filed.digest));
    tx.execute(&update.sql, &update.values).await?;
    Ok(())
}
