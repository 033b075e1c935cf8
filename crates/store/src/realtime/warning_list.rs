//! Lists of warnings（提醒查询）, within what an actor may see, and what the next call asks of those before it.

use std::collections::BTreeSet;

use casework::{Action, Actor, Role};
use claims::{Day, Moment};

use super::feedback::{Answer, Way};
use super::may_see;
use super::rows::pieces;
use super::warning::{HeldBack, Judgement, Stage, Warning};
use crate::Store;
use crate::db::{Row, Statement};
use crate::error::StoreError;
use crate::finding::in_scope;

/// A warning as it is kept, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptWarning {
    /// The warning.
    pub warning: Warning,
    /// Institution.
    pub fixmedins_code: String,
    /// Its region.
    pub region: String,
    /// Message that it answered.
    pub msgid: String,
    /// When it was answered.
    pub created_at: Moment,
    /// The newest feedback.
    pub answer: Option<Answer>,
    /// What it came to after the fact.
    pub judgement: Option<Judgement>,
    /// The finding of then.
    pub finding_id: Option<String>,
}

/// Which warnings are meant. What is empty filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WarningFilter {
    /// First day on which it was answered.
    pub from: Option<Day>,
    /// Last such day.
    pub to: Option<Day>,
    /// Institution.
    pub fixmedins_code: Option<String>,
    /// Message that it answered.
    pub msgid: Option<String>,
    /// Any of these visits.
    pub mdtrt_ids: Vec<String>,
    /// Rule.
    pub rule_code: Option<String>,
    /// Any of these grades.
    pub grades: Vec<String>,
    /// Department.
    pub dept_code: Option<String>,
    /// Doctor.
    pub dr_code: Option<String>,
    /// Stage.
    pub stage: Option<Stage>,
    /// Only what was shown.
    pub shown: bool,
    /// Only what was answered so.
    pub way: Option<Way>,
    /// Only what was shown and not answered.
    pub unanswered: bool,
    /// Also what rules could not decide: many rows, meant for one message at a time.
    pub undecided: bool,
}

const COLUMNS: &str = "SELECT jr_id, fixmedins_code, msgid, region, stage, rule_code, rule_version, grade, sev_deg, held_back, provisional, \
                       psn_no, mdtrt_id, dr_code, dept_code, subject_key, repeat_key, amount_fen, occurred_on, detail, created_at, \
                       dspo_way, dspo_way_rea, dspo_at, outcome, finding_id FROM warning WHERE 1 = 1";

impl Store {
    /// Warnings that the actor may see, the latest first; to an institution, what it was shown.
    pub async fn warnings(
        &self,
        actor: &Actor,
        filter: &WarningFilter,
        skip: i64,
        most: i64,
    ) -> Result<Vec<KeptWarning>, StoreError> {
        may_see(actor, Action::ViewFinding)?;
        let mut query = Statement::new(COLUMNS);
        visible(&mut query, actor);
        filtered(&mut query, filter);
        query.and(" ORDER BY created_at DESC, jr_id DESC LIMIT ").bind(most).and(" OFFSET ").bind(skip);
        self.db.rows(&query.sql, &query.values).await?.iter().map(kept).collect()
    }

    /// How many there are of them.
    pub async fn count_warnings(&self, actor: &Actor, filter: &WarningFilter) -> Result<i64, StoreError> {
        may_see(actor, Action::ViewFinding)?;
        let mut query = Statement::new("SELECT count(*) AS warnings FROM warning WHERE 1 = 1");
        visible(&mut query, actor);
        filtered(&mut query, filter);
        self.db.row(&query.sql, &query.values).await?.map_or(Ok(0), |row| row.int("warnings"))
    }

    /// One warning, if the actor may see it. Hidden and absent look alike.
    pub async fn warning(&self, actor: &Actor, jr_id: &str) -> Result<KeptWarning, StoreError> {
        may_see(actor, Action::ViewFinding)?;
        let mut query = Statement::new(COLUMNS);
        query.and(" AND jr_id = ").bind(jr_id);
        visible(&mut query, actor);
        kept(&self.db.row(&query.sql, &query.values).await?.ok_or(StoreError::NotFound)?)
    }

    /// Of these keys of one institution, those that were shown and answered before: the same on the same order is not shown again.
    pub async fn answered_before(&self, fixmedins_code: &str, repeat_keys: &[String]) -> Result<BTreeSet<String>, StoreError> {
        let mut answered = BTreeSet::new();
        for piece in pieces(repeat_keys) {
            let mut query = Statement::new(
                "SELECT DISTINCT repeat_key FROM warning WHERE shown = 1 AND dspo_way IS NOT NULL AND fixmedins_code = ",
            );
            query.bind(fixmedins_code).and(" AND repeat_key IN ").list(piece);
            for row in self.db.rows(&query.sql, &query.values).await? {
                answered.insert(row.text("repeat_key")?);
            }
        }
        Ok(answered)
    }

    /// How many warnings a doctor was shown from a moment on.
    pub async fn shown_within(&self, fixmedins_code: &str, dr_code: &str, since: Moment) -> Result<i64, StoreError> {
        let sql = "SELECT count(*) AS shown FROM warning \
                   WHERE shown = 1 AND fixmedins_code = $1 AND dr_code = $2 AND created_at >= $3";
        let values = [fixmedins_code.into(), dr_code.into(), since.to_string().into()];
        self.db.row(sql, &values).await?.map_or(Ok(0), |row| row.int("shown"))
    }
}

/// Adds what an actor may see: institutions of the scope, and to an institution what it was shown.
pub(super) fn visible(query: &mut Statement, actor: &Actor) {
    in_scope(query, actor);
    if actor.role == Role::Institution {
        query.and(" AND shown = 1");
    }
}

/// Adds the days on which warnings were answered, and the institution.
pub(super) fn answered_on(query: &mut Statement, from: Option<Day>, to: Option<Day>, fixmedins_code: Option<&str>) {
    if let Some(day) = from {
        query.and(" AND created_at >= ").bind(day.to_string());
    }
    if let Some(day) = to {
        query.and(" AND created_at < ").bind(day.plus(1).to_string());
    }
    if let Some(code) = fixmedins_code {
        query.and(" AND fixmedins_code = ").bind(code);
    }
}

fn filtered(query: &mut Statement, filter: &WarningFilter) {
    answered_on(query, filter.from, filter.to, filter.fixmedins_code.as_deref());
    if !filter.undecided {
        query.and(" AND grade <> 'undecided'");
    }
    if let Some(msgid) = &filter.msgid {
        query.and(" AND msgid = ").bind(msgid);
    }
    if !filter.mdtrt_ids.is_empty() {
        query.and(" AND mdtrt_id IN ").list(&filter.mdtrt_ids);
    }
    if let Some(code) = &filter.rule_code {
        query.and(" AND rule_code = ").bind(code);
    }
    if !filter.grades.is_empty() {
        query.and(" AND grade IN ").list(&filter.grades);
    }
    if let Some(code) = &filter.dept_code {
        query.and(" AND dept_code = ").bind(code);
    }
    if let Some(code) = &filter.dr_code {
        query.and(" AND dr_code = ").bind(code);
    }
    if let Some(stage) = filter.stage {
        query.and(" AND stage = ").bind(stage.name());
    }
    if filter.shown || filter.unanswered {
        query.and(" AND shown = 1");
    }
    if let Some(way) = filter.way {
        query.and(" AND dspo_way = ").bind(way.code());
    }
    if filter.unanswered {
        query.and(" AND dspo_way IS NULL");
    }
}

fn kept(row: &Row) -> Result<KeptWarning, StoreError> {
    let jr_id = row.text("jr_id")?;
    let created = row.text("created_at")?;
    Ok(KeptWarning {
        fixmedins_code: row.text("fixmedins_code")?,
        region: row.text("region")?,
        msgid: row.text("msgid")?,
        created_at: Moment::parse(&created).ok_or_else(|| StoreError::garbled("warning", &jr_id, &created))?,
        answer: answer(row)?,
        judgement: row.maybe_text("outcome")?.as_deref().and_then(Judgement::named),
        finding_id: row.maybe_text("finding_id")?,
        warning: warning(row, jr_id)?,
    })
}

fn answer(row: &Row) -> Result<Option<Answer>, StoreError> {
    let (way, at) = (row.maybe_text("dspo_way")?, row.maybe_text("dspo_at")?);
    let (Some(way), Some(at)) = (way.as_deref().and_then(Way::of_code), at.as_deref().and_then(Moment::parse)) else {
        return Ok(None);
    };
    Ok(Some(Answer { way, reason: row.maybe_secret("dspo_way_rea")?, at }))
}

fn warning(row: &Row, jr_id: String) -> Result<Warning, StoreError> {
    let garbled = |text: &str| StoreError::garbled("warning", &jr_id, &text);
    let (stage, occurred) = (row.text("stage")?, row.text("occurred_on")?);
    let held_back = row.maybe_text("held_back")?;
    let held_back = held_back.map(|name| HeldBack::named(&name).ok_or_else(|| garbled(&name))).transpose()?;
    Ok(Warning {
        stage: Stage::named(&stage).ok_or_else(|| garbled(&stage))?,
        rule_code: row.text("rule_code")?,
        rule_version: u32::try_from(row.int("rule_version")?).unwrap_or(0),
        grade: row.text("grade")?,
        sev_deg: row.maybe_text("sev_deg")?,
        held_back,
        provisional: row.int("provisional")? != 0,
        psn_no: row.secret("psn_no")?,
        mdtrt_id: row.maybe_text("mdtrt_id")?,
        dr_code: row.maybe_text("dr_code")?,
        dept_code: row.maybe_text("dept_code")?,
        subject_key: row.secret("subject_key")?,
        repeat_key: row.text("repeat_key")?,
        amount_fen: row.int("amount_fen")?,
        occurred_on: Day::parse(&occurred).ok_or_else(|| garbled(&occurred))?,
        detail: row.secret("detail")?,
        jr_id,
    })
}
