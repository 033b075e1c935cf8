//! Calls（调用）: messages of institutions as they were answered. The same message again gets the same answer.

use std::collections::{BTreeMap, BTreeSet};

use claims::Moment;

use super::record::CallRecord;
use super::rows::{pieces, tuples};
use crate::Store;
use crate::db::{Row, Statement, Tx, Value};
use crate::error::StoreError;

/// Call（调用）: one message of an institution, in the platform's own terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// 定点医药机构编号
    pub fixmedins_code: String,
    /// 发送方报文ID: with the institution, the key by which a message is known again.
    pub msgid: String,
    /// Region of the institution.
    pub region: String,
    /// 交易编号
    pub infno: String,
    /// SHA-256 of the body in its canonical form: the same msgid may come with another body.
    pub digest: String,
    /// What was answered, whole.
    pub reply: String,
    /// 交易状态码
    pub infcode: i64,
    /// 请求时间
    pub reqt_time: Moment,
    /// 响应时间
    pub rsp_time: Moment,
    /// 分析时长, in microseconds.
    pub ana_dura: i64,
    /// 触发场景
    pub trig_scen: Option<String>,
    /// 医疗类别
    pub med_type: Option<String>,
    /// 总费用, in fen.
    pub medfee_sumamt: Option<i64>,
    /// How many persons it speaks of.
    pub persons: i64,
    /// How many orders.
    pub orders: i64,
    /// Whether a key signed it.
    pub signed: bool,
}

/// What a message was answered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierReply {
    /// Of the body then. Another one now is another message under an old name.
    pub digest: String,
    /// What was answered.
    pub reply: String,
    /// Its 交易状态码.
    pub infcode: i64,
}

/// Institution and msgid.
pub(super) type Key = (String, String);

impl Call {
    pub(super) fn key(&self) -> Key {
        (self.fixmedins_code.clone(), self.msgid.clone())
    }

    fn cells(&self, warnings: usize) -> [Value; 18] {
        [
            (&self.fixmedins_code).into(),
            (&self.msgid).into(),
            (&self.region).into(),
            (&self.infno).into(),
            (&self.digest).into(),
            Value::Bulk(self.reply.clone()),
            self.infcode.into(),
            self.reqt_time.day().to_string().into(),
            self.reqt_time.to_string().into(),
            self.rsp_time.to_string().into(),
            self.ana_dura.into(),
            self.trig_scen.as_deref().into(),
            self.med_type.as_deref().into(),
            self.medfee_sumamt.into(),
            self.persons.into(),
            self.orders.into(),
            i64::try_from(warnings).unwrap_or(i64::MAX).into(),
            if self.signed { "signed" } else { "unauthenticated" }.into(),
        ]
    }
}

impl Store {
    /// What a message was answered, if it came before.
    pub async fn earlier_reply(&self, fixmedins_code: &str, msgid: &str) -> Result<Option<EarlierReply>, StoreError> {
        let sql = "SELECT digest, reply, infcode FROM call WHERE fixmedins_code = $1 AND msgid = $2";
        self.db.row(sql, &[fixmedins_code.into(), msgid.into()]).await?.as_ref().map(earlier).transpose()
    }
}

/// Writes what is not there yet, in the order of the keys, so that no two transactions wait for each other. Returns what is new.
pub(super) async fn insert_new(tx: &mut Tx, firsts: &BTreeMap<Key, (usize, &CallRecord)>) -> Result<BTreeSet<Key>, StoreError> {
    let records: Vec<&CallRecord> = firsts.values().map(|(_, record)| *record).collect();
    let mut new = BTreeSet::new();
    for piece in pieces(&records) {
        let mut insert = Statement::new(
            "INSERT INTO call (fixmedins_code, msgid, region, infno, digest, reply, infcode, on_day, reqt_time, rsp_time, ana_dura, \
             trig_scen, med_type, medfee_sumamt, persons, orders, warnings, authenticated) VALUES ",
        );
        tuples(&mut insert, piece.iter().map(|record| record.call.cells(record.shown())));
        insert.and(" ON CONFLICT (fixmedins_code, msgid) DO NOTHING RETURNING fixmedins_code, msgid");
        for row in tx.rows_of_many(&insert).await? {
            new.insert(key(&row)?);
        }
    }
    Ok(new)
}

/// What these messages were answered.
pub(super) async fn earlier_replies(tx: &mut Tx, keys: BTreeSet<Key>) -> Result<BTreeMap<Key, EarlierReply>, StoreError> {
    let keys: Vec<Key> = keys.into_iter().collect();
    let mut replies = BTreeMap::new();
    for piece in pieces(&keys) {
        let mut query = Statement::new("SELECT fixmedins_code, msgid, digest, reply, infcode FROM (VALUES ");
        tuples(&mut query, piece.iter().map(|(code, msgid)| [code.into(), msgid.into()]));
        query.and(") AS asked JOIN call ON call.fixmedins_code = asked.column1 AND call.msgid = asked.column2");
        for row in tx.rows_of_many(&query).await? {
            replies.insert(key(&row)?, earlier(&row)?);
        }
    }
    Ok(replies)
}

fn key(row: &Row) -> Result<Key, StoreError> {
    Ok((row.text("fixmedins_code")?, row.text("msgid")?))
}

fn earlier(row: &Row) -> Result<EarlierReply, StoreError> {
    Ok(EarlierReply { digest: row.text("digest")?, reply: row.secret("reply")?, infcode: row.int("infcode")? })
}
