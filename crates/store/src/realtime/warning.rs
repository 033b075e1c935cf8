//! Warnings（提醒）: what a call found, whether it was shown or held back.

use super::call::Call;
use super::record::CallRecord;
use super::rows::{pieces, tuples};
use crate::Store;
use crate::db::{Statement, Tx, Value};
use crate::error::StoreError;
use claims::{Day, Moment};

/// The grade of what a rule could not decide.
pub const UNDECIDED: &str = "undecided";

/// Stage（监管环节）at which an institution asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// 事前
    Pre,
    /// 事中
    Mid,
}

impl Stage {
    /// As written in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::Mid => "mid",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Pre, Self::Mid].into_iter().find(|one| one.name() == name)
    }
}

/// HeldBack（未提示原因）: why something was found and not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBack {
    /// Its grade is not one that doctors are told of.
    Grade,
    /// The doctor was told enough within the hour.
    Budget,
    /// It was shown and answered on the same order before.
    Repeated,
    /// The rule could not decide.
    Undecided,
    /// It is of an order that is there as context only.
    Context,
}

impl HeldBack {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Grade, Self::Budget, Self::Repeated, Self::Undecided, Self::Context];

    /// As written in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grade => "grade",
            Self::Budget => "budget",
            Self::Repeated => "repeated",
            Self::Undecided => UNDECIDED,
            Self::Context => "context",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Warning（提醒）: a hit of a rule, or what it could not decide, on the orders of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// 违规标识, given out once: a warning whose id is there already is not written again.
    pub jr_id: String,
    /// When it was asked for.
    pub stage: Stage,
    /// Rule.
    pub rule_code: String,
    /// Its version.
    pub rule_version: u32,
    /// Grade as findings have it, or `undecided`.
    pub grade: String,
    /// 严重程度 as it was answered.
    pub sev_deg: Option<String>,
    /// Why it was not shown; none if it was.
    pub held_back: Option<HeldBack>,
    /// What comes later could still clear it.
    pub provisional: bool,
    /// Person.
    pub psn_no: String,
    /// Visit.
    pub mdtrt_id: Option<String>,
    /// Doctor who wrote the order.
    pub dr_code: Option<String>,
    /// Their department.
    pub dept_code: Option<String>,
    /// What it is about, as the finding after the fact has it. It may name the person.
    pub subject_key: String,
    /// Digest of rule, visit and order lines: the same warning on the same order has the same.
    pub repeat_key: String,
    /// Amount, in fen.
    pub amount_fen: i64,
    /// Day of service.
    pub occurred_on: Day,
    /// The whole of it, as JSON that the store does not read.
    pub detail: String,
}

/// Judgement（后续认定）: what a warning came to after the fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// 认定
    Confirmed,
    /// 不成立
    Dismissed,
}

impl Judgement {
    /// As written in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Dismissed => "dismissed",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Confirmed, Self::Dismissed].into_iter().find(|one| one.name() == name)
    }
}

/// A warning whose finding was decided on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Warning.
    pub jr_id: String,
    /// How.
    pub judgement: Judgement,
    /// The finding.
    pub finding_id: Option<String>,
}

impl Warning {
    /// Whether the institution was told.
    pub const fn shown(&self) -> bool {
        self.held_back.is_none()
    }

    fn cells(&self, call: &Call, created_at: Moment) -> [Value; 22] {
        [
            (&self.jr_id).into(),
            (&call.fixmedins_code).into(),
            (&call.msgid).into(),
            (&call.region).into(),
            self.stage.name().into(),
            (&self.rule_code).into(),
            i64::from(self.rule_version).into(),
            (&self.grade).into(),
            self.sev_deg.as_deref().into(),
            self.shown().into(),
            self.held_back.map(HeldBack::name).into(),
            self.provisional.into(),
            Value::secret(&self.psn_no),
            self.mdtrt_id.as_deref().into(),
            self.dr_code.as_deref().into(),
            self.dept_code.as_deref().into(),
            Value::secret(&self.subject_key),
            (&self.repeat_key).into(),
            self.amount_fen.into(),
            self.occurred_on.to_string().into(),
            Value::Bulk(self.detail.clone()),
            created_at.to_string().into(),
        ]
    }
}

impl Store {
    /// Writes down what became of warnings after the fact; how many of them are there.
    pub async fn judge_warnings(&self, judged: &[Judged]) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let mut touched = 0;
        for piece in pieces(judged) {
            let mut update =
                Statement::new("UPDATE warning SET outcome = given.column2, finding_id = given.column3 FROM (VALUES ");
            tuples(
                &mut update,
                piece.iter().map(|one| [(&one.jr_id).into(), one.judgement.name().into(), one.finding_id.as_deref().into()]),
            );
            update.and(") AS given WHERE warning.jr_id = given.column1");
            touched += tx.execute_many(&update).await?;
        }
        tx.commit().await?;
        Ok(touched)
    }
}

/// Writes what new calls found, in the order of the ids.
pub(super) async fn insert_all(tx: &mut Tx, records: &[&CallRecord]) -> Result<(), StoreError> {
    let mut warnings: Vec<(&Call, &Warning)> =
        records.iter().flat_map(|record| record.warnings.iter().map(|warning| (&record.call, warning))).collect();
    warnings.sort_by(|(_, one), (_, other)| one.jr_id.cmp(&other.jr_id));
    for piece in pieces(&warnings) {
        let mut insert = Statement::new(
            "INSERT INTO warning (jr_id, fixmedins_code, msgid, region, stage, rule_code, rule_version, grade, sev_deg, shown, held_back, \
             provisional, psn_no, mdtrt_id, dr_code, dept_code, subject_key, repeat_key, amount_fen, occurred_on, detail, created_at) \
             VALUES ",
        );
        tuples(&mut insert, piece.iter().map(|(call, warning)| warning.cells(call, call.rsp_time)));
        insert.and(" ON CONFLICT (jr_id) DO NOTHING");
        tx.execute_many(&insert).await?;
    }
    Ok(())
}
