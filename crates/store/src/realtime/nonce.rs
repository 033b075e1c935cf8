//! Nonces（一次性随机数）: a signed call is good once. Who overhears it cannot send it again.

use std::collections::{BTreeMap, BTreeSet};

use claims::Moment;

use super::record::CallRecord;
use super::rows::{pieces, tuples};
use crate::Store;
use crate::db::{Statement, Tx};
use crate::error::StoreError;

/// Nonce（一次性随机数）of a signed call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nonce {
    /// By which key the call was signed.
    pub key_id: String,
    /// What its sender will not use again.
    pub nonce: String,
}

impl Store {
    /// Takes a nonce; `false` if it was seen before. Calls that are recorded bring theirs along, in the transaction of the call.
    pub async fn claim_nonce(&self, key_id: &str, nonce: &str, now: Moment) -> Result<bool, StoreError> {
        let sql = "INSERT INTO nonce (key_id, nonce, seen_at) VALUES ($1, $2, $3) ON CONFLICT (key_id, nonce) DO NOTHING";
        Ok(self.db.execute(sql, &[key_id.into(), nonce.into(), now.to_string().into()]).await? == 1)
    }

    /// Forgets nonces seen before a moment, whose signatures are too old to be good anyway.
    pub async fn forget_nonces(&self, before: Moment) -> Result<u64, StoreError> {
        self.db.execute("DELETE FROM nonce WHERE seen_at < $1", &[before.to_string().into()]).await
    }
}

/// Takes the nonces of these calls. Returns which calls come with one that was seen before, here or among those before them.
pub(super) async fn claim(tx: &mut Tx, calls: &[CallRecord]) -> Result<BTreeSet<usize>, StoreError> {
    let mut firsts: BTreeMap<&Nonce, (usize, Moment)> = BTreeMap::new();
    let mut replayed = BTreeSet::new();
    for (place, record) in calls.iter().enumerate() {
        let Some(nonce) = &record.nonce else { continue };
        if firsts.contains_key(nonce) {
            replayed.insert(place);
        } else {
            firsts.insert(nonce, (place, record.call.reqt_time));
        }
    }
    let wanted: Vec<(&Nonce, (usize, Moment))> = firsts.into_iter().collect();
    for piece in pieces(&wanted) {
        let mut insert = Statement::new("INSERT INTO nonce (key_id, nonce, seen_at) VALUES ");
        tuples(
            &mut insert,
            piece.iter().map(|(nonce, (_, at))| [(&nonce.key_id).into(), (&nonce.nonce).into(), at.to_string().into()]),
        );
        insert.and(" ON CONFLICT (key_id, nonce) DO NOTHING RETURNING key_id, nonce");
        let mut taken = BTreeSet::new();
        for row in tx.rows_of_many(&insert).await? {
            taken.insert(Nonce { key_id: row.text("key_id")?, nonce: row.text("nonce")? });
        }
        replayed.extend(piece.iter().filter(|(nonce, _)| !taken.contains(*nonce)).map(|(_, (place, _))| *place));
    }
    Ok(replayed)
}
