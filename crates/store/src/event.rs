//! Events（操作记录）: everything that happened, a hash chain for each subject, and a root over each day.
//!
//! A chain shows a row that was changed or taken out of its middle; the day's root, once written down elsewhere, shows a chain whose end
//! was cut off or that was written anew.

use std::collections::BTreeMap;

use casework::{Action, Actor, Scope, policy};
use claims::{Day, Moment};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Store;
use crate::db::{Row, Statement, Tx};
use crate::error::StoreError;
use crate::finding::in_scope;
use crate::seal::{self, Seal};

/// Entry（记录）: one thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it happened to: `finding:…`, `account:…`, `person:…`.
    pub subject: String,
    /// Its number in the chain, from 1.
    pub seq: i64,
    /// When, to the second.
    pub at: String,
    /// Who; empty where a run or the passing of a day did it.
    pub actor: String,
    /// What.
    pub kind: String,
    /// The whole of it, as JSON.
    pub body: String,
}

/// Verified（核验结果）: what a check of the chains found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Chains.
    pub subjects: u64,
    /// Entries.
    pub entries: u64,
    /// Days whose root was checked.
    pub seals: u64,
    /// What does not fit, a sentence each.
    pub faults: Vec<String>,
}

/// How the subject begins of whom somebody saw.
pub(crate) const PERSON: &str = "person:";

/// A subject as it is kept: the number of a person is sealed.
fn kept_subject(seal: Option<&Seal>, subject: &str) -> String {
    match subject.strip_prefix(PERSON) {
        Some(number) => format!("{PERSON}{}", seal::at_rest(seal, number)),
        None => subject.to_owned(),
    }
}

/// The hash of an entry over the one before. Each part goes in with its length, so that nothing can be moved from one to the next.
fn hash(before: &str, entry: &Entry) -> String {
    let seq = entry.seq.to_string();
    let mut hasher = Sha256::new();
    for part in [before, &entry.subject, &seq, &entry.at, &entry.actor, &entry.kind, &entry.body] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// What is to be appended; its number and hash follow from the chain. Subject and body are sealed on their way, and the hash is over
/// what lies there: chains are checked without the key.
pub(crate) struct New<'a> {
    pub(crate) subject: String,
    pub(crate) actor: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) body: String,
}

/// Appends to a chain within the transaction of what it records. Two at once on one subject: one of them is `Stale`.
pub(crate) async fn append(tx: &mut Tx, new: New<'_>, now: Moment) -> Result<(), StoreError> {
    let new = New { subject: kept_subject(tx.seal.as_deref(), &new.subject), ..new };
    let (seq, before) = head(tx, &new.subject).await?;
    append_after(tx, new, seq, &before, now).await
}

/// Number and hash of the last entry of a chain, as its subject is kept.
pub(crate) async fn head(tx: &mut Tx, subject: &str) -> Result<(i64, String), StoreError> {
    let sql = "SELECT seq, hash FROM event WHERE subject = $1 ORDER BY seq DESC LIMIT 1";
    match tx.row(sql, &[subject.into()]).await? {
        Some(row) => Ok((row.int("seq")?, row.text("hash")?)),
        None => Ok((0, String::new())),
    }
}

pub(crate) async fn append_after(tx: &mut Tx, new: New<'_>, seq: i64, before: &str, now: Moment) -> Result<(), StoreError> {
    let entry = Entry {
        subject: new.subject,
        seq: seq + 1,
        at: now.to_string(),
        actor: new.actor.to_owned(),
        kind: new.kind.to_owned(),
        body: seal::at_rest(tx.seal.as_deref(), &new.body),
    };
    let hash = hash(before, &entry);
    let mut insert = Statement::new(INSERT);
    values(&mut insert, &entry, now.day(), hash);
    insert.and(" ON CONFLICT (subject, seq) DO NOTHING");
    if tx.execute(&insert.sql, &insert.values).await? == 0 {
        return Err(StoreError::Stale);
    }
    Ok(())
}

/// Begins chains of subjects that have none, many at once.
pub(crate) async fn begin_chains(tx: &mut Tx, new: Vec<New<'_>>, now: Moment) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let mut insert = Statement::new(INSERT);
    for (number, new) in new.into_iter().enumerate() {
        if number > 0 {
            insert.and(", ");
        }
        let actor = new.actor.to_owned();
        let (subject, body) = (new.subject, seal::at_rest(tx.seal.as_deref(), &new.body));
        let entry = Entry { subject, seq: 1, at: now.to_string(), actor, kind: new.kind.to_owned(), body };
        let hash = hash("", &entry);
        values(&mut insert, &entry, now.day(), hash);
    }
    tx.execute(&insert.sql, &insert.values).await?;
    Ok(())
}

const INSERT: &str = "INSERT INTO event (subject, seq, at, on_day, actor, kind, body, hash) VALUES ";

fn values(insert: &mut Statement, entry: &Entry, day: Day, hash: String) {
    insert.and("(").bind(&entry.subject).and(", ").bind(entry.seq).and(", ").bind(&entry.at).and(", ").bind(day.to_string());
    insert.and(", ").bind(&entry.actor).and(", ").bind(&entry.kind).and(", ").bind(&entry.body).and(", ").bind(hash).and(")");
}

/// An entry as people read it.
fn opened(row: &Row) -> Result<Entry, StoreError> {
    let entry = entry(row)?;
    let subject = match entry.subject.strip_prefix(PERSON) {
        Some(number) => format!("{PERSON}{}", row.opened(number)?),
        None => entry.subject.clone(),
    };
    Ok(Entry { subject, body: row.opened(&entry.body)?, ..entry })
}

/// An entry as it lies there, which is what its hash is over.
fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        subject: row.text("subject")?,
        seq: row.int("seq")?,
        at: row.text("at")?,
        actor: row.text("actor")?,
        kind: row.text("kind")?,
        body: row.text("body")?,
    })
}

/// Subjects that are about a finding or what came of it, each with the table where it is looked up.
const OF_FINDINGS: [&str; 7] = [
    " OR (subject LIKE 'finding:%' AND EXISTS (SELECT 1 FROM finding WHERE finding_id = substr(event.subject, 9)",
    " OR (subject LIKE 'debt:%' AND EXISTS (SELECT 1 FROM finding WHERE finding_id = substr(event.subject, 6)",
    " OR (subject LIKE 'document:notice:%' AND EXISTS (SELECT 1 FROM finding WHERE finding_id = substr(event.subject, 17)",
    " OR (subject LIKE 'document:decision:%' AND EXISTS (SELECT 1 FROM finding WHERE finding_id = substr(event.subject, 19)",
    " OR (subject LIKE 'document:refund:%' AND EXISTS (SELECT 1 FROM finding WHERE finding_id = substr(event.subject, 17)",
    " OR (subject LIKE 'exemption:%' AND EXISTS (SELECT 1 FROM exemption WHERE exemption_id = substr(event.subject, 11)",
    " OR (subject LIKE 'class_appeal:%' AND EXISTS (SELECT 1 FROM class_appeal WHERE appeal_id = substr(event.subject, 14)",
];

/// Adds what concerns an actor: what these people did and what was done to their accounts, and what befell findings of the scope,
/// whoever did it. A person has no region: who saw them is told to whoever answers for the one who looked.
fn concerning(query: &mut Statement, actor: &Actor, people: &[String]) {
    query.and(" AND (actor IN ").list(people);
    query.and(" OR subject IN ").list(people.iter().map(|name| crate::account::subject(name)));
    for looked_up in OF_FINDINGS {
        query.and(looked_up);
        in_scope(query, actor);
        query.and("))");
    }
    query.and(")");
}

/// How many entries a check reads at a time.
const PAGE: i64 = 5_000;

impl Store {
    /// All that happened to a subject, in order.
    pub async fn entries(&self, subject: &str) -> Result<Vec<Entry>, StoreError> {
        // What was recorded of a person before there was a key stands under the open number.
        let sql = "SELECT subject, seq, at, actor, kind, body FROM event WHERE subject IN ($1, $2) \
                   ORDER BY CASE WHEN subject = $1 THEN 0 ELSE 1 END, seq";
        let kept = kept_subject(self.db.seal.as_deref(), subject);
        self.db.rows(sql, &[subject.into(), kept.into()]).await?.iter().map(opened).collect()
    }

    /// The newest entries of a day or of all days, by one user or by all: of what lies in the actor's scope, and of the people whom the
    /// actor answers for.
    pub async fn log(&self, actor: &Actor, day: Option<Day>, by: Option<&str>, most: i64) -> Result<Vec<Entry>, StoreError> {
        policy::allow(actor, Action::ViewLog)?;
        let mut query = Statement::new("SELECT subject, seq, at, actor, kind, body FROM event WHERE 1 = 1");
        if let Some(day) = day {
            query.and(" AND on_day = ").bind(day.to_string());
        }
        if let Some(by) = by {
            query.and(" AND actor = ").bind(by);
        }
        if let Some(people) = self.answered_for(actor).await? {
            concerning(&mut query, actor, &people);
        }
        query.and(" ORDER BY on_day DESC, at DESC, subject, seq DESC LIMIT ").bind(most);
        self.db.rows(&query.sql, &query.values).await?.iter().map(opened).collect()
    }

    /// Names of the users whom an actor answers for: those whose whole scope lies within the actor's. Nothing where that is everybody.
    pub(crate) async fn answered_for(&self, actor: &Actor) -> Result<Option<Vec<String>>, StoreError> {
        if actor.scope == Scope::All {
            return Ok(None);
        }
        let accounts = self.accounts().await?.into_iter();
        Ok(Some(accounts.filter(|account| actor.scope.holds(&account.scope)).map(|account| account.name).collect()))
    }

    /// Records what changed no state of its own: a sign-in, an unmasking, an export.
    pub async fn record(&self, subject: &str, actor: &str, kind: &str, body: String, now: Moment) -> Result<(), StoreError> {
        // Two at once on one subject are both to be kept: the second takes the next number.
        for _ in 0..20 {
            let mut tx = self.db.begin().await?;
            let new = New { subject: subject.to_owned(), actor, kind, body: body.clone() };
            match append(&mut tx, new, now).await {
                Ok(()) => return tx.commit().await,
                Err(StoreError::Stale) => {}
                Err(problem) => return Err(problem),
            }
        }
        Err(StoreError::Stale)
    }

    /// 封存: writes down the root of each finished day that has none. Days before `today` are finished.
    pub async fn seal(&self, today: Day) -> Result<u64, StoreError> {
        let sql =
            "SELECT DISTINCT on_day FROM event WHERE on_day < $1 AND on_day NOT IN (SELECT on_day FROM seal) ORDER BY on_day";
        let days = self.db.rows(sql, &[today.to_string().into()]).await?;
        for row in &days {
            let day = row.text("on_day")?;
            let (subjects, root) = self.root(&day).await?;
            let sql = "INSERT INTO seal (on_day, subjects, root) VALUES ($1, $2, $3) ON CONFLICT (on_day) DO NOTHING";
            self.db.execute(sql, &[day.into(), subjects.into(), root.into()]).await?;
        }
        Ok(days.len() as u64)
    }

    /// The root of a day: over the last hash of each chain that grew on it, by subject.
    async fn root(&self, day: &str) -> Result<(i64, String), StoreError> {
        let mut heads: BTreeMap<String, (i64, String)> = BTreeMap::new();
        let mut after = (String::new(), 0_i64);
        loop {
            let sql = "SELECT subject, seq, hash FROM event WHERE on_day = $1 AND (subject > $2 OR (subject = $2 AND seq > $3)) \
                       ORDER BY subject, seq LIMIT $4";
            let values = [day.into(), after.0.as_str().into(), after.1.into(), PAGE.into()];
            let rows = self.db.rows(sql, &values).await?;
            for row in &rows {
                let (subject, seq) = (row.text("subject")?, row.int("seq")?);
                heads.insert(subject.clone(), (seq, row.text("hash")?));
                after = (subject, seq);
            }
            if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                break;
            }
        }
        let mut hasher = Sha256::new();
        for (subject, (seq, hash)) in &heads {
            hasher.update(format!("{subject}\n{seq}\n{hash}\n").as_bytes());
        }
        Ok((i64::try_from(heads.len()).unwrap_or(i64::MAX), hex::encode(hasher.finalize())))
    }

    /// 核验: every chain from its beginning, every sealed day.
    pub async fn verify(&self) -> Result<Verified, StoreError> {
        let mut verified = Verified::default();
        let (mut subject, mut seq, mut before) = (String::new(), 0_i64, String::new());
        loop {
            let sql = "SELECT subject, seq, at, actor, kind, body, hash FROM event WHERE subject > $1 OR (subject = $1 AND seq > $2) \
                       ORDER BY subject, seq LIMIT $3";
            let rows = self.db.rows(sql, &[subject.as_str().into(), seq.into(), PAGE.into()]).await?;
            for row in &rows {
                let entry = entry(row)?;
                if entry.subject != subject {
                    (seq, before) = (0, String::new());
                    verified.subjects += 1;
                }
                if entry.seq != seq + 1 {
                    verified.faults.push(format!("{} 缺第 {} 条记录", entry.subject, seq + 1));
                }
                let kept = row.text("hash")?;
                if entry.seq == seq + 1 && hash(&before, &entry) != kept {
                    verified.faults.push(format!("{} 的第 {} 条记录与其摘要不符", entry.subject, entry.seq));
                }
                (subject, seq, before) = (entry.subject, entry.seq, kept);
                verified.entries += 1;
            }
            if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                break;
            }
        }
        self.verify_seals(&mut verified).await?;
        verified.faults.extend(self.sighting_faults().await?);
        Ok(verified)
    }

    async fn verify_seals(&self, verified: &mut Verified) -> Result<(), StoreError> {
        for row in self.db.rows("SELECT on_day, subjects, root FROM seal ORDER BY on_day", &[]).await? {
            let day = row.text("on_day")?;
            let (subjects, root) = self.root(&day).await?;
            if root != row.text("root")? {
                let sealed = row.int("subjects")?;
                verified.faults.push(format!("{day} 的记录与封存的根不符：封存时 {sealed} 条链，现在 {subjects} 条"));
            }
            verified.seals += 1;
        }
        Ok(())
    }
}
