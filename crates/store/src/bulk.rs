//! Bulk decisions（批量办理）on disk: what was shown before, which findings were excepted, and what became of each. The findings of a decision are
//! those of its preview, in the version that it showed: nothing else is ever touched by it.

use std::collections::BTreeSet;

use casework::{Actor, BulkAct, Look};
use claims::Moment;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::db::{Row, Statement, Value};
use crate::error::StoreError;
use crate::filter::{Filter, filtered};
use crate::finding::{decoded, encoded, within};
use crate::number::next_number;
use crate::queue::{SUMS, Totals, totals};

mod steps;

/// The most findings of one decision. More is narrowed first: nobody looks at so many.
pub const MOST: i64 = 20_000;
/// Previews that nobody carried out are forgotten after so many seconds.
const FORGOTTEN: i64 = 2 * 86_400;
/// What stands in place of a reason where a finding was decided.
const DONE: &str = "done";

/// What a bulk decision is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Detail {
    act: BulkAct,
    /// The list that it was made of, as its address says it.
    query: String,
    reason: String,
    /// Time at the preview that is not handed out yet.
    #[serde(default)]
    look: Look,
}

/// Bulk decision（批量办理单）as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// Year, and number within it.
    pub number: String,
    /// Version seen: whoever changes or begins it names it.
    pub version: i64,
    /// What is done.
    pub act: BulkAct,
    /// The list that it was made of, as its address says it.
    pub query: String,
    /// Why.
    pub reason: String,
    /// When the preview was made.
    pub made_at: Moment,
    /// When it was begun, if it was.
    pub begun_at: Option<Moment>,
    /// When the last step was done.
    pub step_at: Option<Moment>,
    /// When it was finished, if it is.
    pub ended_at: Option<Moment>,
    /// Findings of the preview.
    pub findings: i64,
    /// Of these, excepted.
    pub excepted: i64,
    /// Decided.
    pub done: i64,
    /// Neither excepted nor decided, with a reason.
    pub left: i64,
}

impl Bulk {
    /// How many are to be decided.
    pub const fn chosen(&self) -> i64 {
        self.findings - self.excepted
    }

    /// How many of them still wait.
    pub const fn waiting(&self) -> i64 {
        self.chosen() - self.done - self.left
    }
}

/// Which findings of a bulk decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkPart {
    /// All.
    All,
    /// Excepted.
    Excepted,
    /// Decided.
    Done,
    /// Not decided, with a reason.
    Left,
    /// Not excepted.
    Chosen,
}

/// A finding of a bulk decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkMember {
    /// Finding.
    pub finding_id: String,
    /// Whether it is excepted.
    pub excepted: bool,
    /// Whether it is still as the preview showed it.
    pub same: bool,
    /// What became of it: nothing yet; done; or why not.
    pub outcome: Option<Result<(), String>>,
}

/// Ticks（勾选）of a page of the preview, and the version that it showed.
#[derive(Clone, Copy, Debug)]
pub struct Ticks<'a> {
    /// Version.
    pub version: i64,
    /// Findings on the page.
    pub shown: &'a [String],
    /// Those of them that are ticked: the others are excepted.
    pub kept: &'a BTreeSet<String>,
}

/// The subject of a bulk decision's chain.
pub fn subject(number: &str) -> String {
    format!("bulk_decision:{number}")
}

const COLUMNS: &str = "SELECT bulk_id, version, made_at, begun_at, step_at, ended_at, detail, \
     (SELECT count(*) FROM bulk_member m WHERE m.bulk_id = bulk_decision.bulk_id) AS findings, \
     (SELECT count(*) FROM bulk_member m WHERE m.bulk_id = bulk_decision.bulk_id AND m.excepted = 1) AS excepted, \
     (SELECT count(*) FROM bulk_member m WHERE m.bulk_id = bulk_decision.bulk_id AND m.outcome = 'done') AS done, \
     (SELECT count(*) FROM bulk_member m WHERE m.bulk_id = bulk_decision.bulk_id AND m.outcome <> 'done') AS left_over \
     FROM bulk_decision WHERE bulk_id = ";

/// The list of a filter as far as it waits for an act; none where nothing of it can.
fn waiting(filter: &Filter, act: &BulkAct) -> Option<Filter> {
    let mut filter = filter.clone();
    match act.waits_in() {
        None => filter.open = true,
        Some(state) if filter.states.is_empty() || filter.states.iter().any(|known| known == state) => {
            filter.states = vec![state.to_owned()];
        }
        Some(_) => return None,
    }
    Some(filter)
}

impl Store {
    /// 预览: keeps which findings of a list wait for an act, and in which version. Nothing is decided. Returns its number.
    pub async fn preview_bulk(
        &self,
        actor: &Actor,
        act: &BulkAct,
        filter: &Filter,
        query: &str,
        now: Moment,
    ) -> Result<String, StoreError> {
        casework::policy::allow(actor, act.action())?;
        let none = || StoreError::Unfit(format!("没有可以{}的疑点", act.label()));
        let filter = waiting(filter, act).ok_or_else(none)?;
        let few = |findings: i64| {
            let sentence = || format!("一次最多办 {MOST} 条，现有 {findings} 条；请加条件收窄");
            if findings > MOST { Err(StoreError::Unfit(sentence())) } else { Ok(()) }
        };
        few(self.totals(actor, &filter).await?.findings)?;
        self.forget_previews(now).await?;
        let mut tx = self.db.begin().await?;
        let number = next_number(&mut tx, "bulk_decision", &actor.user.0, now).await?;
        let mut insert = Statement::new("INSERT INTO bulk_member (bulk_id, finding_id, version, excepted) SELECT ");
        insert.bind(&number).and(", finding_id, version, 0 FROM finding WHERE 1 = 1");
        within(&mut insert, actor);
        filtered(&mut insert, &filter);
        let findings = tx.execute(&insert.sql, &insert.values).await?;
        if findings == 0 {
            return Err(none());
        }
        few(i64::try_from(findings).unwrap_or(i64::MAX))?;
        let detail = Detail { act: act.clone(), query: query.to_owned(), reason: String::new(), look: Look::default() };
        let sql = "INSERT INTO bulk_decision (bulk_id, version, made_by, made_at, detail) VALUES ($1, 1, $2, $3, $4)";
        let values =
            [number.as_str().into(), actor.user.0.as_str().into(), now.to_string().into(), Value::Secret(Some(encoded(&detail)))];
        tx.execute(sql, &values).await?;
        tx.commit().await?;
        Ok(number)
    }

    async fn forget_previews(&self, now: Moment) -> Result<(), StoreError> {
        let before = now.plus_seconds(-FORGOTTEN).to_string();
        let sql = "DELETE FROM bulk_member WHERE bulk_id IN (SELECT bulk_id FROM bulk_decision WHERE begun_at IS NULL AND made_at < $1)";
        self.db.execute(sql, &[before.as_str().into()]).await?;
        let sql = "DELETE FROM bulk_decision WHERE begun_at IS NULL AND made_at < $1";
        self.db.execute(sql, &[before.into()]).await.map(|_| ())
    }

    /// A bulk decision of the actor's own.
    pub async fn bulk(&self, number: &str, actor: &Actor) -> Result<Bulk, StoreError> {
        let mut query = Statement::new(COLUMNS);
        query.bind(number).and(" AND made_by = ").bind(&actor.user.0);
        let row = self.db.row(&query.sql, &query.values).await?.ok_or(StoreError::NotFound)?;
        bulk(&row)
    }

    /// What the findings of a part come to: those that the actor still sees.
    pub async fn bulk_totals(&self, number: &str, actor: &Actor, part: BulkPart) -> Result<Totals, StoreError> {
        let mut query = Statement::new("SELECT ");
        query.and(SUMS).and(" FROM finding WHERE finding_id IN (SELECT finding_id FROM bulk_member WHERE bulk_id = ");
        query.bind(number);
        of_part(&mut query, part);
        query.and(")");
        within(&mut query, actor);
        self.db.row(&query.sql, &query.values).await?.as_ref().map_or(Ok(Totals::default()), totals)
    }

    /// A page of a part, by finding.
    pub async fn bulk_members(&self, number: &str, part: BulkPart, skip: i64, most: i64) -> Result<Vec<BulkMember>, StoreError> {
        let mut query = Statement::new(
            "SELECT finding_id, excepted, outcome, CAST(CASE WHEN EXISTS (SELECT 1 FROM finding f WHERE f.finding_id = bulk_member.finding_id \
             AND f.version = bulk_member.version) THEN 1 ELSE 0 END AS BIGINT) AS same FROM bulk_member WHERE bulk_id = ",
        );
        query.bind(number);
        of_part(&mut query, part);
        query.and(" ORDER BY finding_id LIMIT ").bind(most).and(" OFFSET ").bind(skip);
        self.db.rows(&query.sql, &query.values).await?.iter().map(member).collect()
    }
}

fn of_part(query: &mut Statement, part: BulkPart) {
    query.and(match part {
        BulkPart::All => "",
        BulkPart::Excepted => " AND excepted = 1",
        BulkPart::Done => " AND outcome = 'done'",
        BulkPart::Left => " AND outcome <> 'done'",
        BulkPart::Chosen => " AND excepted = 0",
    });
}

fn bulk(row: &Row) -> Result<Bulk, StoreError> {
    let number = row.text("bulk_id")?;
    let detail: Detail = decoded("bulk_decision", &number, &row.secret("detail")?)?;
    let moment = |column: &str| Ok::<_, StoreError>(row.maybe_text(column)?.as_deref().and_then(Moment::parse));
    let made_at = moment("made_at")?.ok_or_else(|| StoreError::garbled("bulk_decision", &number, &"made_at"))?;
    Ok(Bulk {
        version: row.int("version")?,
        act: detail.act,
        query: detail.query,
        reason: detail.reason,
        begun_at: moment("begun_at")?,
        step_at: moment("step_at")?,
        ended_at: moment("ended_at")?,
        findings: row.int("findings")?,
        excepted: row.int("excepted")?,
        done: row.int("done")?,
        left: row.int("left_over")?,
        made_at,
        number,
    })
}

fn member(row: &Row) -> Result<BulkMember, StoreError> {
    let outcome = row.maybe_text("outcome")?.map(|text| if text == DONE { Ok(()) } else { Err(text) });
    Ok(BulkMember {
        finding_id: row.text("finding_id")?,
        excepted: row.int("excepted")? != 0,
        same: row.int("same")? != 0,
        outcome,
    })
}
