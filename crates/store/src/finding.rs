//! Findings（疑点）on disk: one way in, by steps, and one way out, by what an actor may see.

use casework::sheet::Sheet;
use casework::{Actor, Calendar, Event, Filed, Finding, RegionalLimits, Role, Scope, State, Step};
use claims::{Fen, Moment};
use serde::de::DeserializeOwned;

use crate::db::{Row, Statement, Tx, Value};
use crate::error::StoreError;
use crate::event::{self, New};
use crate::tally::Tally;
use crate::{Store, debt, lease, panel_member};

/// A record with the version under which it was read. Who saves it says which version was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The record.
    pub value: T,
    /// How often it was moved before.
    pub version: i64,
}

/// A region's limits and working days, by which the clocks of findings run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    /// How many working days each step has.
    pub limits: RegionalLimits,
    /// Which days are working days.
    pub calendar: Calendar,
}

/// The subject of a finding's chain.
pub fn subject(finding_id: &str) -> String {
    format!("finding:{finding_id}")
}

/// Adds what an actor may see: institutions of the scope, and to an institution what it was told.
pub(crate) fn within(query: &mut Statement, actor: &Actor) {
    in_scope(query, actor);
    if actor.role == Role::Institution {
        query.and(" AND told = 1");
    }
}

/// Adds the institutions of the scope.
pub(crate) fn in_scope(query: &mut Statement, actor: &Actor) {
    match &actor.scope {
        Scope::All => {}
        Scope::Regions(beginnings) => {
            query.and(" AND fixmedins_code <> '' AND (1 = 0");
            for beginning in beginnings.iter().filter(|beginning| beginning.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
                query.and(" OR region LIKE ").bind(format!("{beginning}%"));
            }
            query.and(")");
        }
        Scope::Institutions(codes) => {
            query.and(" AND fixmedins_code IN ").list(codes);
        }
    }
}

impl Store {
    /// The finding, if the actor may see it. Hidden and absent look alike.
    pub async fn finding(&self, id: &str, actor: &Actor) -> Result<Versioned<Finding>, StoreError> {
        let mut query = Statement::new("SELECT finding_id, version, detail FROM finding WHERE finding_id = ");
        query.bind(id);
        within(&mut query, actor);
        let row = self.db.row(&query.sql, &query.values).await?.ok_or(StoreError::NotFound)?;
        versioned(&row)
    }

    /// What a finding showed under a digest.
    pub async fn sheet(&self, id: &str, digest: &str) -> Result<Sheet, StoreError> {
        let sql = "SELECT body FROM sheet WHERE finding_id = $1 AND digest = $2";
        let row = self.db.row(sql, &[id.into(), digest.into()]).await?.ok_or(StoreError::NotFound)?;
        decoded("sheet", id, &row.secret("body")?)
    }

    /// Saves the step, its event, and the debt that a confirmed finding leads to: all of it or nothing.
    ///
    /// `Stale` means that somebody else moved the finding first.
    pub async fn apply(&self, finding: &Versioned<Finding>, step: Step, clocks: &Clocks, now: Moment) -> Result<(), StoreError> {
        let (mut tx, mut tally) = (self.db.begin().await?, Tally::default());
        move_finding(&mut tx, &mut tally, finding, &step, clocks, now).await?;
        tally.write(&mut tx).await?;
        tx.commit().await
    }

    /// What the passing of a day does by itself. Returns how many findings moved.
    pub async fn day_passes(&self, clocks: &Clocks, now: Moment) -> Result<u64, StoreError> {
        let today = now.day();
        let sql = "SELECT finding_id, version, detail FROM finding WHERE awaited < $1";
        let mut moved = 0;
        for row in self.db.rows(sql, &[today.to_string().into()]).await? {
            let finding = versioned(&row)?;
            let limits = clocks.limits.of(&finding.value.filed.region);
            let Some(step) = finding.value.day_passes(limits, &clocks.calendar, today) else { continue };
            match self.apply(&finding, step, clocks, now).await {
                Ok(()) => moved += 1,
                // The institution answered this very moment, and its answer holds.
                Err(StoreError::Stale) => {}
                Err(problem) => return Err(problem),
            }
        }
        Ok(moved)
    }
}

impl Store {
    /// 另立疑点: the rest of a later result beside what was told, with both events in one transaction. Returns the new finding's id.
    pub async fn file_anew(
        &self,
        finding: &Versioned<Finding>,
        actor: &Actor,
        clocks: &Clocks,
        now: Moment,
    ) -> Result<String, StoreError> {
        let told = &finding.value.filed;
        let id = told.finding_id.as_str();
        let revision = finding.value.revision.as_ref().ok_or(casework::Refusal::NoRevision)?;
        let (shown, later) = (self.sheet(id, &told.digest).await?, self.sheet(id, &revision.digest).await?);
        let (mut tx, mut tally) = (self.db.begin().await?, Tally::default());
        let row = tx.row("SELECT count(*) AS splits FROM finding WHERE split_from = $1", &[id.into()]).await?;
        let new_id = format!("{id}-{}", row.map_or(Ok(0), |row| row.int("splits"))? + 2);
        let anew = finding.value.file_anew(actor, new_id.clone(), &shown, &later, now.day())?;
        move_finding(&mut tx, &mut tally, finding, &anew.step, clocks, now).await?;
        insert_all(&mut tx, &[(&anew.new.next, &anew.sheet)], clocks).await?;
        tally.new_finding(&anew.new.next, &anew.sheet);
        let began = &anew.new.event;
        let new = New { subject: subject(&new_id), actor: &actor.user.0, kind: began.name(), body: encoded(began) };
        event::begin_chains(&mut tx, vec![new], now).await?;
        tally.write(&mut tx).await?;
        tx.commit().await?;
        Ok(new_id)
    }
}

pub(crate) async fn move_finding(
    tx: &mut Tx,
    tally: &mut Tally,
    finding: &Versioned<Finding>,
    step: &Step,
    clocks: &Clocks,
    now: Moment,
) -> Result<(), StoreError> {
    let next = &step.next;
    let id = next.filed.finding_id.as_str();
    lease::respect(tx, step, now).await?;
    tally.count(tx, id, -1).await?;
    let mut update = Statement::new("UPDATE finding SET version = version + 1, state = ");
    update.bind(next.state.name()).and(", told = ").bind(next.told).and(", closed = ").bind(next.state.is_closed());
    update.and(", due = ").bind(due(next, clocks)).and(", awaited = ").bind(next.awaited().map(|day| day.to_string()));
    update.and(", assignee = ").bind(next.assignee.as_ref().map(|user| user.0.as_str()));
    update.and(", reviewer = ").bind(next.reviewer.as_ref().map(|user| user.0.as_str()));
    update.and(", snoozed_until = ").bind(next.snoozed_until.map(|day| day.to_string()));
    update
        .and(", differs = ")
        .bind(next.revision.is_some() || next.doubt.is_some())
        .and(", amount_fen = ")
        .bind(next.filed.amount_fen);
    update.and(", fund_fen = ").bind(next.filed.fund_amount().0).and(", owed_fen = ").bind(owed(&next.state));
    update.and(", digest = ").bind(next.filed.digest.as_str()).and(", detail = ").bind(Value::Secret(Some(encoded(next))));
    update.and(", exempted_by = ").bind(exempted_by(&next.state));
    update.and(" WHERE finding_id = ").bind(id).and(" AND version = ").bind(finding.version);
    if tx.execute(&update.sql, &update.values).await? == 0 {
        return Err(StoreError::Stale);
    }
    if next.filed.digest != finding.value.filed.digest {
        refresh(tx, &next.filed).await?;
    }
    if let State::InPanel(panel) = &next.state
        && !matches!(finding.value.state, State::InPanel(_))
    {
        panel_member::name(tx, id, panel).await?;
    }
    tally.count(tx, id, 1).await?;
    tally.outcomes.add(&finding.value, -1);
    tally.outcomes.add(next, 1);
    let actor = step.event.by().map_or("", |user| user.0.as_str());
    let new = New { subject: subject(id), actor, kind: step.event.name(), body: encoded(&step.event) };
    event::append(tx, new, now).await?;
    if let State::Confirmed { owed, .. } = next.state
        && !matches!(finding.value.state, State::Confirmed { .. })
    {
        debt::open(tx, next, owed, clocks, now).await?;
    }
    if let (State::Confirmed { owed: from, .. }, Event::Corrected { by, reason, .. }) = (&finding.value.state, &step.event) {
        let to = if let State::Confirmed { owed, .. } = next.state { owed } else { Fen(0) };
        debt::corrected(tx, &next.filed, (*from, to), by, reason, now).await?;
    }
    Ok(())
}

/// What lists show of a finding that took new evidence.
async fn refresh(tx: &mut Tx, filed: &Filed) -> Result<(), StoreError> {
    let id = filed.finding_id.as_str();
    let sql = "SELECT body FROM sheet WHERE finding_id = $1 AND digest = $2";
    let row = tx.row(sql, &[id.into(), filed.digest.as_str().into()]).await?.ok_or(StoreError::NotFound)?;
    let sheet: Sheet = decoded("sheet", id, &row.secret("body")?)?;
    let mut update = Statement::new("UPDATE finding SET message = ");
    update.bind(&sheet.message).and(", grade = ").bind(&sheet.grade).and(", occurred_on = ").bind(filed.occurred_on.to_string());
    update.and(", institution = ").bind(&sheet.institution).and(", index_fen = ").bind(sheet.index_fen(filed));
    update.and(", reason = ").bind(sheet.knowledge_id.clone().unwrap_or_default());
    update.and(" WHERE finding_id = ").bind(id);
    tx.execute(&update.sql, &update.values).await?;
    Ok(())
}

pub(crate) fn due(finding: &Finding, clocks: &Clocks) -> Option<String> {
    finding.due(clocks.limits.of(&finding.filed.region), &clocks.calendar).map(|day| day.to_string())
}

fn exempted_by(state: &State) -> Option<&str> {
    if let State::Exempted { number } = state { Some(number) } else { None }
}

fn owed(state: &State) -> Option<i64> {
    if let State::Confirmed { owed, .. } = state { Some(owed.0) } else { None }
}

/// A new finding as rows: a finding, its sheet. Many are inserted at once, for a run may have a million.
pub(crate) async fn insert_all(tx: &mut Tx, new: &[(&Finding, &Sheet)], clocks: &Clocks) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let mut insert = Statement::new(
        "INSERT INTO finding (finding_id, version, state, told, closed, due, assignee, reviewer, snoozed_until, differs, rule_code, \
         rule_name, grade, fixmedins_code, institution, region, bilg_dr_code, psn_no, mdtrt_id, occurred_on, amount_fen, fund_fen, \
         owed_fen, message, digest, filed_on, last_run, detail, index_fen, split_from, reason) VALUES ",
    );
    for (number, (finding, sheet)) in new.iter().enumerate() {
        let filed = &finding.filed;
        insert.and(if number > 0 { ", (" } else { "(" });
        insert.bind(&filed.finding_id).and(", 1, ").bind(finding.state.name()).and(", 0, 0, ").bind(due(finding, clocks));
        insert
            .and(", NULL, NULL, NULL, 0, ")
            .bind(&filed.rule_code)
            .and(", ")
            .bind(&sheet.rule_name)
            .and(", ")
            .bind(&sheet.grade);
        insert.and(", ").bind(filed.fixmedins_code.as_deref()).and(", ").bind(&sheet.institution).and(", ").bind(&filed.region);
        insert.and(", ").bind(sheet.bilg_dr_code.as_deref()).and(", ").bind(Value::Secret(sheet.psn_no.clone()));
        insert.and(", ").bind(sheet.mdtrt_id.as_deref()).and(", ").bind(filed.occurred_on.to_string());
        insert.and(", ").bind(filed.amount_fen).and(", ").bind(filed.fund_amount().0).and(", NULL, ").bind(&sheet.message);
        insert.and(", ").bind(&filed.digest).and(", ").bind(finding.since.to_string()).and(", ").bind(&filed.run_id);
        insert.and(", ").bind(Value::Secret(Some(encoded(finding)))).and(", ").bind(sheet.index_fen(filed));
        insert.and(", ").bind(finding.split_from.as_deref());
        insert.and(", ").bind(sheet.knowledge_id.clone().unwrap_or_default()).and(")");
    }
    tx.execute(&insert.sql, &insert.values).await?;
    let sheets = new.iter().map(|(finding, sheet)| (&finding.filed, *sheet));
    insert_sheets(tx, sheets).await
}

/// Freezes what findings show. A sheet that is there already stays.
pub(crate) async fn insert_sheets<'a>(
    tx: &mut Tx,
    sheets: impl Iterator<Item = (&'a Filed, &'a Sheet)>,
) -> Result<(), StoreError> {
    let mut insert = Statement::new("INSERT INTO sheet (finding_id, digest, body) VALUES ");
    for (number, (filed, sheet)) in sheets.enumerate() {
        insert.and(if number > 0 { ", (" } else { "(" });
        insert.bind(&filed.finding_id).and(", ").bind(&filed.digest).and(", ").bind(Value::Secret(Some(encoded(sheet)))).and(")");
    }
    insert.and(" ON CONFLICT (finding_id, digest) DO NOTHING");
    tx.execute(&insert.sql, &insert.values).await?;
    Ok(())
}

pub(crate) fn versioned(row: &Row) -> Result<Versioned<Finding>, StoreError> {
    let value = decoded("finding", &row.text("finding_id")?, &row.secret("detail")?)?;
    Ok(Versioned { value, version: row.int("version")? })
}

/// A record as text. Records hold nothing that JSON cannot say.
pub(crate) fn encoded(record: &impl serde::Serialize) -> String {
    serde_json::to_string(record).unwrap_or_default()
}

pub(crate) fn decoded<T: DeserializeOwned>(table: &'static str, id: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|problem| StoreError::garbled(table, id, &problem))
}
