//! Sightings（查看记录）: who saw which insured person, where and on which day.
//!
//! What somebody saw in one place on one day is one row, however often they looked. Whatever adds rows is an entry of a chain of that
//! account, with a digest over them: a row that was changed or taken out shows as it does in any chain.

use std::collections::{BTreeMap, BTreeSet};

use casework::{Action, Actor, policy};
use claims::Moment;
use sha2::{Digest, Sha256};

use crate::Store;
use crate::db::{Row, Statement, Tx, Value};
use crate::error::StoreError;
use crate::event::{self, New};

/// Place（查看之处）: where persons are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// 疑点详情, with the person's visits and diagnoses
    Finding,
    /// 院端疑点
    Portal,
    /// 申诉材料
    Paper,
    /// 文书
    Document,
    /// 参保人轨迹
    Track,
    /// 参保人画像
    Profile,
    /// 参保人列表
    Persons,
    /// 在院患者
    InHouse,
    /// 实时提醒
    Reminders,
    /// 疑点导出
    Export,
    /// 操作日志, asked who saw the person
    Log,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Finding,
        Self::Portal,
        Self::Paper,
        Self::Document,
        Self::Track,
        Self::Profile,
        Self::Persons,
        Self::InHouse,
        Self::Reminders,
        Self::Export,
        Self::Log,
    ];

    /// As the store and the log name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finding => "seen_finding",
            Self::Portal => "seen_portal",
            Self::Paper => "seen_paper",
            Self::Document => "seen_document",
            Self::Track => "seen_track",
            Self::Profile => "seen_profile",
            Self::Persons => "seen_persons",
            Self::InHouse => "seen_in_house",
            Self::Reminders => "seen_reminders",
            Self::Export => "seen_export",
            Self::Log => "seen_log",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Finding => "疑点详情",
            Self::Portal => "院端疑点",
            Self::Paper => "申诉材料",
            Self::Document => "文书",
            Self::Track => "参保人轨迹",
            Self::Profile => "参保人画像",
            Self::Persons => "参保人列表",
            Self::InHouse => "在院患者",
            Self::Reminders => "实时提醒",
            Self::Export => "疑点导出",
            Self::Log => "查询谁看过",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.name() == name)
    }
}

/// Persons seen（看到的人）: persons by number, each with the finding that they were seen with, or nothing.
pub type PersonsSeen = BTreeMap<String, String>;

/// Sighting（查看记录）: somebody saw a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// When first on that day.
    pub at: String,
    /// Who.
    pub account: String,
    /// Where: the name of a place, or what an entry of the person's own chain says.
    pub place: String,
    /// The finding that the person was seen with, if any.
    pub about: String,
}

/// The subject of the chain of what an account saw.
pub fn subject(account: &str) -> String {
    format!("sighting:{account}")
}

/// Persons asked for, and rows written, in one statement.
const PAGE: usize = 500;

/// One look of one account.
struct Look<'a> {
    account: &'a str,
    place: Place,
    seen: &'a PersonsSeen,
    now: Moment,
}

impl Store {
    /// Puts down who was seen. It is kept before the page is shown, or the page is not shown.
    pub async fn saw(&self, account: &str, place: Place, seen: &PersonsSeen, now: Moment) -> Result<(), StoreError> {
        let look = Look { account, place, seen, now };
        if !self.has_news(&look).await? {
            return Ok(());
        }
        // Two looks of one account at once are both to be kept: the second takes the next number.
        for _ in 0..20 {
            let mut tx = self.db.begin().await?;
            match look.put_down(&mut tx).await {
                Ok(()) => return tx.commit().await,
                Err(StoreError::Stale) => {}
                Err(problem) => return Err(problem),
            }
        }
        Err(StoreError::Stale)
    }

    /// Whether somebody is seen who was not seen there today: most looks repeat one, and write nothing.
    async fn has_news(&self, look: &Look<'_>) -> Result<bool, StoreError> {
        let mut tx = self.db.begin_reading().await?;
        Ok(!look.news(&mut tx).await?.is_empty())
    }

    /// 谁看过: who saw a person, the latest first, among the people that the actor answers for.
    pub async fn who_saw(&self, actor: &Actor, psn_no: &str, most: i64) -> Result<Vec<Sighting>, StoreError> {
        policy::allow(actor, Action::ViewLog)?;
        let people = self.answered_for(actor).await?;
        let mut query = Statement::new("SELECT at, account, place, about FROM sighting WHERE psn_no = ");
        query.bind(Value::secret(psn_no));
        if let Some(people) = &people {
            query.and(" AND account IN ").list(people);
        }
        query.and(" ORDER BY at DESC, account, place LIMIT ").bind(most);
        let mut sightings = self.db.rows(&query.sql, &query.values).await?.iter().map(sighting).collect::<Result<Vec<_>, _>>()?;
        // Whole numbers shown for a reason stand in the person's own chain.
        let own = self.entries(&format!("{}{psn_no}", event::PERSON)).await?.into_iter();
        let own = own.filter(|entry| people.as_ref().is_none_or(|people| people.contains(&entry.actor)));
        sightings.extend(own.map(|entry| {
            let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
            let about = body["finding"].as_str().unwrap_or_default().to_owned();
            Sighting { at: entry.at, account: entry.actor, place: entry.kind, about }
        }));
        sightings.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.account.cmp(&b.account)));
        sightings.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(sightings)
    }
}

impl Look<'_> {
    /// Persons of the look that the account did not see there today.
    async fn news(&self, tx: &mut Tx) -> Result<Vec<(&str, &str)>, StoreError> {
        let all: Vec<(&str, &str)> = self.seen.iter().map(|(person, about)| (person.as_str(), about.as_str())).collect();
        let mut news = Vec::new();
        for chunk in all.chunks(PAGE) {
            let mut query = Statement::new("SELECT psn_no FROM sighting WHERE account = ");
            query.bind(self.account).and(" AND on_day = ").bind(self.now.day().to_string());
            query.and(" AND place = ").bind(self.place.name()).and(" AND psn_no IN ");
            query.list(chunk.iter().map(|(person, _)| Value::secret(person)));
            let mut known = BTreeSet::new();
            for row in tx.rows_of_many(&query).await? {
                known.insert(row.secret("psn_no")?);
            }
            news.extend(chunk.iter().filter(|(person, _)| !known.contains(*person)));
        }
        Ok(news)
    }

    async fn put_down(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let subject = subject(self.account);
        // The end of the chain is read first: what was put down meanwhile is then known, or takes the same number and makes this stale.
        let (seq, before) = event::head(tx, &subject).await?;
        let news = self.news(tx).await?;
        if news.is_empty() {
            return Ok(());
        }
        let (day, at) = (self.now.day().to_string(), self.now.to_string());
        let mut written = Digested::default();
        for (page, chunk) in news.chunks(PAGE).enumerate() {
            let mut insert =
                Statement::new("INSERT INTO sighting (account, entry, number, place, on_day, at, psn_no, about) VALUES ");
            for (place, (person, about)) in chunk.iter().enumerate() {
                let number = i64::try_from(page * PAGE + place + 1).unwrap_or(i64::MAX);
                insert.and(if place > 0 { ", (" } else { "(" }).bind(self.account).and(", ").bind(seq + 1);
                insert.and(", ").bind(number).and(", ").bind(self.place.name()).and(", ").bind(day.as_str());
                insert.and(", ").bind(at.as_str()).and(", ").bind(Value::secret(person)).and(", ").bind(*about).and(")");
                written.add([*person, *about, self.place.name(), day.as_str(), at.as_str()]);
            }
            insert.and(" ON CONFLICT DO NOTHING");
            if tx.execute_many(&insert).await? < chunk.len() as u64 {
                return Err(StoreError::Stale);
            }
        }
        let about = if let [(_, about)] = news.as_slice() { *about } else { "" };
        let mut body = serde_json::json!({ "persons": news.len(), "digest": written.finish() });
        if !about.is_empty() {
            body["finding"] = about.into();
        }
        let new = New { subject, actor: self.account, kind: self.place.name(), body: body.to_string() };
        event::append_after(tx, new, seq, &before, self.now).await
    }
}

/// A digest over rows: each part goes in with its length.
#[derive(Default)]
struct Digested(Sha256);

impl Digested {
    fn add(&mut self, parts: [&str; 5]) {
        for part in parts {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part.as_bytes());
        }
    }

    fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

fn sighting(row: &Row) -> Result<Sighting, StoreError> {
    Ok(Sighting { at: row.text("at")?, account: row.text("account")?, place: row.text("place")?, about: row.text("about")? })
}

/// Rows of one entry as they are read for a check, with what the entry says of them.
struct Read {
    account: String,
    entry: i64,
    kept: Option<String>,
    rows: Digested,
}

impl Read {
    fn fault(self) -> Option<String> {
        let body: serde_json::Value = self.kept.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default();
        let fits = body["digest"].as_str() == Some(self.rows.finish().as_str());
        (!fits).then(|| format!("{} 的第 {} 次查看记录与其摘要不符", self.account, self.entry))
    }
}

/// Rows read at a time for a check.
const CHECKED: i64 = 5_000;

impl Store {
    /// What of the sightings does not fit the entries of their chains, a sentence each.
    pub(crate) async fn sighting_faults(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT subject, seq FROM event WHERE subject LIKE 'sighting:%' AND NOT EXISTS (SELECT 1 FROM sighting s \
                   WHERE 'sighting:' || s.account = event.subject AND s.entry = event.seq) ORDER BY subject, seq";
        let mut faults = Vec::new();
        for row in self.db.rows(sql, &[]).await? {
            let (subject, seq) = (row.text("subject")?, row.int("seq")?);
            faults.push(format!("{} 的第 {seq} 次查看记录不在了", subject.trim_start_matches("sighting:")));
        }
        let (mut read, mut after): (Option<Read>, (String, i64, i64)) = (None, (String::new(), 0, 0));
        loop {
            let sql = "SELECT s.account AS account, s.entry AS entry, s.number AS number, s.place AS place, s.on_day AS on_day, \
                       s.at AS at, s.psn_no AS psn_no, s.about AS about, e.body AS body FROM sighting s \
                       LEFT JOIN event e ON e.subject = 'sighting:' || s.account AND e.seq = s.entry \
                       WHERE (s.account, s.entry, s.number) > ($1, $2, $3) ORDER BY s.account, s.entry, s.number LIMIT $4";
            let values = [after.0.as_str().into(), after.1.into(), after.2.into(), CHECKED.into()];
            let rows = self.db.rows(sql, &values).await?;
            for row in &rows {
                let (account, entry) = (row.text("account")?, row.int("entry")?);
                after = (account.clone(), entry, row.int("number")?);
                if read.as_ref().is_none_or(|read| (&read.account, read.entry) != (&account, entry)) {
                    let next = Read { account, entry, kept: row.maybe_secret("body")?, rows: Digested::default() };
                    faults.extend(read.replace(next).and_then(Read::fault));
                }
                if let Some(read) = &mut read {
                    let texts =
                        [row.secret("psn_no")?, row.text("about")?, row.text("place")?, row.text("on_day")?, row.text("at")?];
                    read.rows.add([&texts[0], &texts[1], &texts[2], &texts[3], &texts[4]]);
                }
            }
            if rows.len() < usize::try_from(CHECKED).unwrap_or(usize::MAX) {
                break;
            }
        }
        faults.extend(read.and_then(Read::fault));
        Ok(faults)
    }
}
