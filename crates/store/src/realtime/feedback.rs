//! Feedback（反馈）: what institutions did about what they were shown. Every answer is kept, and a warning has its newest.

use std::collections::{BTreeMap, BTreeSet};

use claims::Moment;

use super::call::Call;
use super::record::CallRecord;
use super::rows::{pieces, tuples};
use crate::db::{Statement, Tx, Value};
use crate::error::StoreError;

/// Way（处理方式）: what a doctor did about a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// 继续执行医嘱
    GoOn,
    /// 返回修改医嘱
    GoBack,
}

impl Way {
    /// As messages and the store have it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::GoOn => "1",
            Self::GoBack => "2",
        }
    }

    /// By its code.
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::GoOn, Self::GoBack].into_iter().find(|one| one.code() == code)
    }
}

/// Feedback（反馈）on one warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// 违规标识 of the warning that it answers.
    pub jr_id: String,
    /// 反馈类型
    pub warn_type: String,
    /// 处理方式
    pub way: Way,
    /// 处理原因
    pub reason: Option<String>,
}

/// Answer（答复）: the newest feedback on a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 处理方式
    pub way: Way,
    /// 处理原因
    pub reason: Option<String>,
    /// When it came.
    pub at: Moment,
}

/// Feedback of new calls in order.
type Given<'a> = Vec<(&'a Call, &'a Feedback)>;

/// Keeps the feedback of new calls on what their institutions were shown, and returns the rest: call by call, the ids that answer nothing.
pub(super) async fn keep_all(
    tx: &mut Tx,
    records: &[&CallRecord],
) -> Result<BTreeMap<(String, String), Vec<String>>, StoreError> {
    let given: Given<'_> =
        records.iter().flat_map(|record| record.feedback.iter().map(|feedback| (&record.call, feedback))).collect();
    let shown = shown(tx, &given).await?;
    let (known, unknown): (Given<'_>, Given<'_>) =
        given.into_iter().partition(|(call, feedback)| shown.contains(&(call.fixmedins_code.clone(), feedback.jr_id.clone())));
    insert_all(tx, &known).await?;
    answer_all(tx, &known).await?;
    let mut left: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (call, feedback) in unknown {
        left.entry(call.key()).or_default().push(feedback.jr_id.clone());
    }
    Ok(left)
}

/// Institution and id of those warnings that were shown.
async fn shown(tx: &mut Tx, given: &Given<'_>) -> Result<BTreeSet<(String, String)>, StoreError> {
    let asked: BTreeSet<&str> = given.iter().map(|(_, feedback)| feedback.jr_id.as_str()).collect();
    let asked: Vec<&str> = asked.into_iter().collect();
    let mut shown = BTreeSet::new();
    for piece in pieces(&asked) {
        let mut query = Statement::new("SELECT fixmedins_code, jr_id FROM warning WHERE shown = 1 AND jr_id IN ");
        query.list(piece.iter().copied());
        for row in tx.rows_of_many(&query).await? {
            shown.insert((row.text("fixmedins_code")?, row.text("jr_id")?));
        }
    }
    Ok(shown)
}

/// A message that names a warning twice means what it says last.
async fn insert_all(tx: &mut Tx, given: &Given<'_>) -> Result<(), StoreError> {
    let given: BTreeMap<(&str, &str), (&Call, &Feedback)> =
        given.iter().map(|(call, feedback)| ((feedback.jr_id.as_str(), call.msgid.as_str()), (*call, *feedback))).collect();
    let given: Given<'_> = given.into_values().collect();
    for piece in pieces(&given) {
        let mut insert = Statement::new(
            "INSERT INTO feedback (jr_id, msgid, fixmedins_code, warn_type, dspo_way, dspo_way_rea, received_at) VALUES ",
        );
        tuples(&mut insert, piece.iter().map(|(call, feedback)| cells(call, feedback)));
        tx.execute_many(&insert).await?;
    }
    Ok(())
}

fn cells(call: &Call, feedback: &Feedback) -> [Value; 7] {
    [
        (&feedback.jr_id).into(),
        (&call.msgid).into(),
        (&call.fixmedins_code).into(),
        (&feedback.warn_type).into(),
        feedback.way.code().into(),
        Value::Secret(feedback.reason.clone()),
        call.reqt_time.to_string().into(),
    ]
}

/// Each warning has the newest of its answers.
async fn answer_all(tx: &mut Tx, given: &Given<'_>) -> Result<(), StoreError> {
    let mut newest: BTreeMap<&str, (&Call, &Feedback)> = BTreeMap::new();
    for (call, feedback) in given {
        let kept = newest.entry(&feedback.jr_id).or_insert((call, feedback));
        if kept.0.reqt_time <= call.reqt_time {
            *kept = (call, feedback);
        }
    }
    let newest: Given<'_> = newest.into_values().collect();
    for piece in pieces(&newest) {
        let mut update = Statement::new(
            "UPDATE warning SET dspo_way = given.column2, dspo_way_rea = given.column3, dspo_at = given.column4 FROM (VALUES ",
        );
        let row = |(call, feedback): &(&Call, &Feedback)| {
            let reason = Value::Secret(feedback.reason.clone());
            [(&feedback.jr_id).into(), feedback.way.code().into(), reason, call.reqt_time.to_string().into()]
        };
        tuples(&mut update, piece.iter().map(row));
        update.and(") AS given WHERE warning.jr_id = given.column1 AND coalesce(warning.dspo_at, '') <= given.column4");
        tx.execute_many(&update).await?;
    }
    Ok(())
}
