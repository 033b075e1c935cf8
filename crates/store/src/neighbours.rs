//! Neighbours（前后疑点）of a finding in a list, found by where it stands in the order: however long the list is, nobody reads it to turn a page.

use casework::Actor;

use crate::Store;
use crate::db::{Row, Statement, Value};
use crate::error::StoreError;
use crate::filter::{Filter, Order, filtered};
use crate::finding::within;

/// Beyond so many, a place is not counted.
const COUNTED: i64 = 10_000;

/// Neighbours（前后疑点）.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The one before; none where it is the first.
    pub before: Option<String>,
    /// The one after; the first of the list where the finding is not in it.
    pub after: Option<String>,
    /// Its place, from 1; none where it is not in the list, or further down than anybody counts.
    pub place: Option<i64>,
}

/// Where a finding stands in the order of a list.
struct Key {
    closed: i64,
    due: String,
    amount_fen: i64,
    occurred_on: String,
    finding_id: String,
}

impl Store {
    /// Neighbours of a finding in a list.
    pub async fn neighbours(&self, actor: &Actor, filter: &Filter, order: Order, id: &str) -> Result<Neighbours, StoreError> {
        let mut query =
            Statement::new("SELECT closed, due, amount_fen, occurred_on, finding_id FROM finding WHERE finding_id = ");
        query.bind(id);
        within(&mut query, actor);
        filtered(&mut query, filter);
        let Some(row) = self.db.row(&query.sql, &query.values).await? else {
            let first = self.list(actor, filter, order, 0, 1).await?;
            return Ok(Neighbours { after: first.into_iter().next().map(|line| line.finding_id), ..Neighbours::default() });
        };
        let key = key(&row)?;
        let mut place = Statement::new("SELECT count(*) AS place FROM (SELECT 1 AS one FROM finding WHERE 1 = 1");
        within(&mut place, actor);
        filtered(&mut place, filter);
        beside(&mut place, order, &key, false);
        place.and(" LIMIT ").bind(COUNTED).and(") AS earlier");
        let earlier = self.db.row(&place.sql, &place.values).await?.map_or(Ok(0), |row| row.int("place"))?;
        Ok(Neighbours {
            before: self.next_to(actor, filter, order, &key, false).await?,
            after: self.next_to(actor, filter, order, &key, true).await?,
            place: (earlier < COUNTED).then_some(earlier + 1),
        })
    }

    async fn next_to(
        &self,
        actor: &Actor,
        filter: &Filter,
        order: Order,
        key: &Key,
        onward: bool,
    ) -> Result<Option<String>, StoreError> {
        let mut query = Statement::new("SELECT finding_id FROM finding WHERE 1 = 1");
        within(&mut query, actor);
        filtered(&mut query, filter);
        beside(&mut query, order, key, onward);
        query.and(match (order, onward) {
            (Order::Due, true) => " ORDER BY closed, due, finding_id",
            (Order::Due, false) => " ORDER BY closed DESC, due DESC, finding_id DESC",
            (Order::Amount, true) => " ORDER BY amount_fen DESC, finding_id",
            (Order::Amount, false) => " ORDER BY amount_fen, finding_id DESC",
            (Order::Occurred, true) => " ORDER BY occurred_on DESC, finding_id",
            (Order::Occurred, false) => " ORDER BY occurred_on, finding_id DESC",
        });
        query.and(" LIMIT 1");
        self.db.row(&query.sql, &query.values).await?.map(|row| row.text("finding_id")).transpose()
    }
}

fn key(row: &Row) -> Result<Key, StoreError> {
    Ok(Key {
        closed: row.int("closed")?,
        due: row.text("due")?,
        amount_fen: row.int("amount_fen")?,
        occurred_on: row.text("occurred_on")?,
        finding_id: row.text("finding_id")?,
    })
}

/// Adds what lies before or after a place in the order. What is open has a limit, what is closed has none and comes last.
fn beside(query: &mut Statement, order: Order, key: &Key, onward: bool) {
    let compared = if onward { " > (" } else { " < (" };
    match order {
        Order::Due if key.closed == 0 => {
            query.and(" AND (closed, due, finding_id)").and(compared).bind(key.closed).and(", ").bind(&key.due);
            query.and(", ").bind(&key.finding_id).and(")");
        }
        Order::Due if onward => {
            query.and(" AND closed = 1 AND finding_id > ").bind(&key.finding_id);
        }
        Order::Due => {
            query.and(" AND (closed = 0 OR finding_id < ").bind(&key.finding_id).and(")");
        }
        // The largest, or the newest, come first.
        Order::Amount => descending(query, "amount_fen", &key.amount_fen.into(), onward, &key.finding_id),
        Order::Occurred => descending(query, "occurred_on", &key.occurred_on.as_str().into(), onward, &key.finding_id),
    }
}

/// The first condition alone is what an index is searched by.
fn descending(query: &mut Statement, column: &'static str, value: &Value, onward: bool, id: &str) {
    let (within, beyond, later) = if onward { (" <= ", " < ", " > ") } else { (" >= ", " > ", " < ") };
    query.and(" AND ").and(column).and(within).bind(value.clone()).and(" AND (").and(column).and(beyond).bind(value.clone());
    query.and(" OR finding_id").and(later).bind(id).and(")");
}
