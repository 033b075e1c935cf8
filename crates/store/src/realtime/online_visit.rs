//! Online visits（在线就诊）: recent visits of persons, as calls and imports tell of them. What a rule needs to know of the past is here
//! at once; it is bounded by time and by person.

use std::collections::{BTreeMap, BTreeSet};

use casework::{Action, Actor, policy};
use claims::{Day, Moment};

use super::record::CallRecord;
use super::rows::{pieces, tuples};
use crate::Store;
use crate::db::{Row, Statement, Tx, Value};
use crate::error::StoreError;
use crate::finding::in_scope;

/// The most visits kept of a person: a year of dialysis has some 160. Those that go on are kept first, then the latest.
pub const MOST_VISITS: i64 = 200;

/// Visits written or dropped in one transaction.
const BATCH: usize = 2_000;

/// Source（来源）of what is known of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A call of its institution.
    Call,
    /// An import.
    Import,
}

impl Source {
    /// As written in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Import => "import",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Call, Self::Import].into_iter().find(|one| one.name() == name)
    }
}

/// OnlineVisit（在线就诊）: a visit as it was last told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlineVisit {
    /// Institution.
    pub fixmedins_code: String,
    /// Visit.
    pub mdtrt_id: String,
    /// Person.
    pub psn_no: String,
    /// Region of the institution.
    pub region: String,
    /// Its first day.
    pub begin_day: Day,
    /// Its last day, once it is over.
    pub end_day: Option<Day>,
    /// 在院
    pub in_house: bool,
    /// 病区
    pub ward: Option<String>,
    /// 病房
    pub room: Option<String>,
    /// 病床
    pub bed: Option<String>,
    /// 科室
    pub dept_code: Option<String>,
    /// Its name.
    pub dept_name: Option<String>,
    /// 医师
    pub dr_code: Option<String>,
    /// Who told of it.
    pub source: Source,
    /// Its lines and diagnoses, as JSON that the store does not read.
    pub body: String,
    /// When it was told of.
    pub updated_at: Moment,
}

const COLUMNS: &str = "SELECT fixmedins_code, mdtrt_id, psn_no, region, begin_day, end_day, in_house, ward, room, bed, dept_code, \
                       dept_name, dr_code, source, body, updated_at FROM online_visit WHERE 1 = 1";

impl Store {
    /// Keeps visits that an import tells of. What was told later than they were stays.
    pub async fn keep_visits(&self, visits: &[OnlineVisit]) -> Result<(), StoreError> {
        for batch in visits.chunks(BATCH) {
            let mut tx = self.db.begin().await?;
            upsert_all(&mut tx, batch.iter().collect()).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Visits of a person that were not over before a day, the latest first.
    pub async fn visits_of(&self, psn_no: &str, since: Day, most: i64) -> Result<Vec<OnlineVisit>, StoreError> {
        let mut query = Statement::new(COLUMNS);
        query.and(" AND psn_no = ").bind(Value::secret(psn_no));
        query.and(" AND (in_house = 1 OR coalesce(end_day, begin_day) >= ").bind(since.to_string());
        query.and(") ORDER BY begin_day DESC, fixmedins_code, mdtrt_id LIMIT ").bind(most);
        self.db.rows(&query.sql, &query.values).await?.iter().map(visit).collect()
    }

    /// 在院患者: visits that go on, at the institutions that the actor may see or at one of them, by department, ward and bed.
    pub async fn in_house(
        &self,
        actor: &Actor,
        fixmedins_code: Option<&str>,
        skip: i64,
        most: i64,
    ) -> Result<Vec<OnlineVisit>, StoreError> {
        policy::allow(actor, Action::ViewFinding)?;
        let mut query = Statement::new(COLUMNS);
        query.and(" AND in_house = 1");
        in_scope(&mut query, actor);
        if let Some(code) = fixmedins_code {
            query.and(" AND fixmedins_code = ").bind(code);
        }
        query.and(" ORDER BY fixmedins_code, coalesce(dept_code, ''), coalesce(ward, ''), coalesce(room, ''), coalesce(bed, ''), mdtrt_id");
        query.and(" LIMIT ").bind(most).and(" OFFSET ").bind(skip);
        self.db.rows(&query.sql, &query.values).await?.iter().map(visit).collect()
    }

    /// Drops visits that were over before a day, and those that seem to go on and of which nobody has spoken since. Returns how many.
    pub async fn drop_visits_before(&self, day: Day) -> Result<u64, StoreError> {
        let (mut dropped, mut last) = (0, (String::new(), String::new()));
        // They are looked for beside the calls, and dropped a few at a time: calls wait for a transaction of any length.
        loop {
            let mut query =
                Statement::new("SELECT fixmedins_code, mdtrt_id FROM online_visit WHERE (fixmedins_code, mdtrt_id) > ");
            query.list([&last.0, &last.1]);
            over_before(&mut query, day);
            query.and(" ORDER BY fixmedins_code, mdtrt_id LIMIT ").bind(i64::try_from(BATCH).unwrap_or(i64::MAX));
            let mut over: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for row in self.db.rows(&query.sql, &query.values).await? {
                last = (row.text("fixmedins_code")?, row.text("mdtrt_id")?);
                over.entry(last.0.clone()).or_default().push(last.1.clone());
            }
            if over.is_empty() {
                return Ok(dropped);
            }
            dropped += self.drop_visits(over, day).await?;
        }
    }

    async fn drop_visits(&self, over: BTreeMap<String, Vec<String>>, day: Day) -> Result<u64, StoreError> {
        let (mut tx, mut dropped) = (self.db.begin().await?, 0);
        for (code, ids) in over {
            let mut delete = Statement::new("DELETE FROM online_visit WHERE fixmedins_code = ");
            delete.bind(code).and(" AND mdtrt_id IN ").list(ids);
            // Somebody may have spoken of one meanwhile.
            over_before(&mut delete, day);
            dropped += tx.execute_many(&delete).await?;
        }
        tx.commit().await?;
        Ok(dropped)
    }
}

/// Adds that a visit was over before a day, or seems to go on and was not spoken of since.
fn over_before(query: &mut Statement, day: Day) {
    query.and(" AND ((in_house = 0 AND coalesce(end_day, begin_day) < ").bind(day.to_string());
    query.and(") OR (in_house = 1 AND updated_at < ").bind(day.to_string()).and("))");
}

/// Keeps the visits that new calls tell of. A call tells of its own institution's visits: nobody speaks for another's.
pub(super) async fn keep_all(tx: &mut Tx, records: &[&CallRecord]) -> Result<(), StoreError> {
    let mut own = Vec::new();
    for record in records {
        let code = &record.call.fixmedins_code;
        own.extend(record.visits.iter().filter(|visit| visit.fixmedins_code == *code));
    }
    upsert_all(tx, own).await
}

/// Of what is told of a visit, the newest holds. Rows go in the order of their keys, so that no two transactions wait for each other.
async fn upsert_all(tx: &mut Tx, visits: Vec<&OnlineVisit>) -> Result<(), StoreError> {
    let mut newest: BTreeMap<(&str, &str), &OnlineVisit> = BTreeMap::new();
    for visit in visits {
        let kept = newest.entry((&visit.fixmedins_code, &visit.mdtrt_id)).or_insert(visit);
        if kept.updated_at <= visit.updated_at {
            *kept = visit;
        }
    }
    let visits: Vec<&OnlineVisit> = newest.into_values().collect();
    for piece in pieces(&visits) {
        let mut upsert = Statement::new(
            "INSERT INTO online_visit (fixmedins_code, mdtrt_id, psn_no, region, begin_day, end_day, in_house, ward, room, bed, \
             dept_code, dept_name, dr_code, source, body, updated_at) VALUES ",
        );
        tuples(&mut upsert, piece.iter().map(|visit| cells(visit)));
        upsert.and(
            " ON CONFLICT (fixmedins_code, mdtrt_id) DO UPDATE SET psn_no = excluded.psn_no, region = excluded.region, \
             begin_day = excluded.begin_day, end_day = excluded.end_day, in_house = excluded.in_house, ward = excluded.ward, \
             room = excluded.room, bed = excluded.bed, dept_code = excluded.dept_code, dept_name = excluded.dept_name, \
             dr_code = excluded.dr_code, source = excluded.source, body = excluded.body, updated_at = excluded.updated_at \
             WHERE excluded.updated_at >= online_visit.updated_at",
        );
        tx.execute_many(&upsert).await?;
    }
    drop_beyond_most(tx, &visits).await
}

/// Of each of these persons, keeps as many visits as are kept of a person.
async fn drop_beyond_most(tx: &mut Tx, visits: &[&OnlineVisit]) -> Result<(), StoreError> {
    let persons: BTreeSet<&str> = visits.iter().map(|visit| visit.psn_no.as_str()).collect();
    let persons: Vec<&str> = persons.into_iter().collect();
    for piece in pieces(&persons) {
        let mut query = Statement::new("SELECT psn_no FROM online_visit WHERE psn_no IN ");
        query.list(piece.iter().map(|number| Value::secret(number)));
        query.and(" GROUP BY psn_no HAVING count(*) > ").bind(MOST_VISITS);
        for row in tx.rows_of_many(&query).await? {
            drop_oldest(tx, &row.secret("psn_no")?).await?;
        }
    }
    Ok(())
}

async fn drop_oldest(tx: &mut Tx, psn_no: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM online_visit WHERE psn_no = $1 AND (fixmedins_code, mdtrt_id) NOT IN (SELECT fixmedins_code, mdtrt_id \
               FROM online_visit WHERE psn_no = $1 ORDER BY in_house DESC, begin_day DESC, fixmedins_code, mdtrt_id LIMIT $2)";
    tx.execute(sql, &[Value::secret(psn_no), MOST_VISITS.into()]).await.map(|_| ())
}

fn cells(visit: &OnlineVisit) -> [Value; 16] {
    [
        (&visit.fixmedins_code).into(),
        (&visit.mdtrt_id).into(),
        Value::secret(&visit.psn_no),
        (&visit.region).into(),
        visit.begin_day.to_string().into(),
        visit.end_day.map(|day| day.to_string()).into(),
        visit.in_house.into(),
        visit.ward.as_deref().into(),
        visit.room.as_deref().into(),
        visit.bed.as_deref().into(),
        visit.dept_code.as_deref().into(),
        visit.dept_name.as_deref().into(),
        visit.dr_code.as_deref().into(),
        visit.source.name().into(),
        Value::Bulk(visit.body.clone()),
        visit.updated_at.to_string().into(),
    ]
}

fn visit(row: &Row) -> Result<OnlineVisit, StoreError> {
    let mdtrt_id = row.text("mdtrt_id")?;
    let garbled = |text: &str| StoreError::garbled("online_visit", &mdtrt_id, &text);
    let (begin, updated, source) = (row.text("begin_day")?, row.text("updated_at")?, row.text("source")?);
    Ok(OnlineVisit {
        fixmedins_code: row.text("fixmedins_code")?,
        psn_no: row.secret("psn_no")?,
        region: row.text("region")?,
        begin_day: Day::parse(&begin).ok_or_else(|| garbled(&begin))?,
        end_day: row.maybe_text("end_day")?.as_deref().and_then(Day::parse),
        in_house: row.int("in_house")? != 0,
        ward: row.maybe_text("ward")?,
        room: row.maybe_text("room")?,
        bed: row.maybe_text("bed")?,
        dept_code: row.maybe_text("dept_code")?,
        dept_name: row.maybe_text("dept_name")?,
        dr_code: row.maybe_text("dr_code")?,
        source: Source::named(&source).ok_or_else(|| garbled(&source))?,
        body: row.secret("body")?,
        updated_at: Moment::parse(&updated).ok_or_else(|| garbled(&updated))?,
        mdtrt_id,
    })
}
