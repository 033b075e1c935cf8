//! Exemptions（限期例外）on disk: asked for, decided on, and what they set aside, each in one transaction with its event.

use casework::exemption::{Ruling, Stage, Terms};
use casework::{Action, Actor, Exemption, policy};
use claims::{Day, Moment};

use crate::Store;
use crate::db::{Row, Statement, Tx};
use crate::error::StoreError;
use crate::event::{self, New};
use crate::finding::{Clocks, Versioned, decoded, encoded, move_finding, versioned, within};
use crate::number::next_number;
use crate::tally::Tally;

/// An exemption as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExemptionLine {
    /// The exemption.
    pub exemption: Exemption,
    /// Version seen.
    pub version: i64,
    /// Name of the institution.
    pub institution: String,
    /// How many findings it has set aside.
    pub findings: i64,
}

/// The subject of an exemption's chain.
pub fn subject(number: &str) -> String {
    format!("exemption:{number}")
}

const COLUMNS: &str = "SELECT exemption_id, version, institution, detail, (SELECT count(*) FROM finding f \
                       WHERE f.exempted_by = exemption.exemption_id) AS findings \
                       FROM exemption WHERE 1 = 1";

impl Store {
    /// 申请限期例外 for an institution and a rule, from one day of service to another. Returns its number.
    pub async fn ask_exemption(
        &self,
        actor: &Actor,
        asked: (&str, &str),
        days: (Day, Day),
        reason: &str,
        clocks: &Clocks,
        now: Moment,
    ) -> Result<String, StoreError> {
        policy::allow(actor, Action::AskExemption)?;
        let (code, rule) = asked;
        let mut tx = self.db.begin().await?;
        let (region, institution) = place(&mut tx, code).await?;
        let number = next_number(&mut tx, "exemption", &actor.user.0, now).await?;
        let limits = clocks.limits.of(&region);
        let terms = Terms {
            fixmedins_code: code.to_owned(),
            region,
            rule_code: rule.to_owned(),
            from: days.0,
            until: days.1,
            reason: reason.to_owned(),
        };
        let exemption = Exemption::ask(actor, number.clone(), terms, limits, now.day())?;
        let sql = "INSERT INTO exemption (exemption_id, version, state, fixmedins_code, institution, region, rule_code, from_day, \
                   until_day, detail) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let terms = &exemption.terms;
        let values = [
            number.as_str().into(),
            exemption.stage.name().into(),
            code.into(),
            institution.into(),
            terms.region.as_str().into(),
            rule.into(),
            terms.from.to_string().into(),
            terms.until.to_string().into(),
            encoded(&exemption).into(),
        ];
        tx.execute(sql, &values).await?;
        record(&mut tx, &exemption, actor, now).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// 批准、不批准或撤回, with what follows: approved, it sets aside what waits for review; revoked, that waits again.
    pub async fn rule_exemption(
        &self,
        number: &str,
        version: i64,
        actor: &Actor,
        ruling: &Ruling,
        clocks: &Clocks,
        now: Moment,
    ) -> Result<u64, StoreError> {
        policy::allow(actor, Action::DecideExemption)?;
        let (mut tx, mut tally) = (self.db.begin().await?, Tally::default());
        let sql = "SELECT detail FROM exemption WHERE exemption_id = $1";
        let row = tx.row(sql, &[number.into()]).await?.ok_or(StoreError::NotFound)?;
        let kept: Exemption = decoded("exemption", number, &row.text("detail")?)?;
        let exemption = kept.rule(actor, ruling, now.day())?;
        let sql = "UPDATE exemption SET version = version + 1, state = $1, detail = $2 WHERE exemption_id = $3 AND version = $4";
        let values = [exemption.stage.name().into(), encoded(&exemption).into(), number.into(), version.into()];
        if tx.execute(sql, &values).await? == 0 {
            return Err(StoreError::Stale);
        }
        record(&mut tx, &exemption, actor, now).await?;
        let mut moved = 0;
        for finding in touched(&mut tx, &exemption).await? {
            let step = match exemption.stage {
                Stage::Revoked { .. } => finding.value.readmitted(&exemption, now.day()),
                _ => finding.value.exempted(&exemption, now.day()),
            };
            if let Some(step) = step {
                move_finding(&mut tx, &mut tally, &finding, &step, clocks, now).await?;
                moved += 1;
            }
        }
        tally.write(&mut tx).await?;
        tx.commit().await?;
        Ok(moved)
    }

    /// Exemptions that the actor may see, those that wait for a decision first, then the latest.
    pub async fn exemptions(&self, actor: &Actor, rule: Option<&str>, most: i64) -> Result<Vec<ExemptionLine>, StoreError> {
        policy::allow(actor, Action::ListFindings)?;
        let mut query = Statement::new(COLUMNS);
        within(&mut query, actor);
        if let Some(rule) = rule {
            query.and(" AND rule_code = ").bind(rule);
        }
        query.and(" ORDER BY CASE WHEN state = 'asked' THEN 0 ELSE 1 END, until_day DESC, exemption_id DESC LIMIT ").bind(most);
        self.db.rows(&query.sql, &query.values).await?.iter().map(line).collect()
    }
}

/// Exemptions in force, by which a filing sets findings aside.
pub(crate) async fn approved(tx: &mut Tx) -> Result<Vec<Exemption>, StoreError> {
    let rows = tx.rows("SELECT exemption_id, detail FROM exemption WHERE state = 'approved' ORDER BY exemption_id", &[]).await?;
    rows.iter().map(|row| decoded("exemption", &row.text("exemption_id")?, &row.text("detail")?)).collect()
}

/// Findings that an exemption may set aside, or has.
async fn touched(tx: &mut Tx, exemption: &Exemption) -> Result<Vec<Versioned<casework::Finding>>, StoreError> {
    let terms = &exemption.terms;
    let mut query = Statement::new("SELECT finding_id, version, detail FROM finding WHERE rule_code = ");
    query.bind(&terms.rule_code).and(" AND fixmedins_code = ").bind(&terms.fixmedins_code);
    query.and(" AND occurred_on >= ").bind(terms.from.to_string()).and(" AND occurred_on <= ").bind(terms.until.to_string());
    query.and(" AND state IN ('filed', 'passed', 'exempted') ORDER BY finding_id");
    tx.rows(&query.sql, &query.values).await?.iter().map(versioned).collect()
}

/// Region and name of an institution, as its findings say; without any, its code holds the region.
pub(crate) async fn place(tx: &mut Tx, code: &str) -> Result<(String, String), StoreError> {
    let sql = "SELECT region, institution FROM finding WHERE fixmedins_code = $1 LIMIT 1";
    match tx.row(sql, &[code.into()]).await? {
        Some(row) => Ok((row.text("region")?, row.text("institution")?)),
        None => Ok((code.get(1..7).unwrap_or_default().to_owned(), code.to_owned())),
    }
}

async fn record(tx: &mut Tx, exemption: &Exemption, actor: &Actor, now: Moment) -> Result<(), StoreError> {
    let new = New {
        subject: subject(&exemption.number),
        actor: &actor.user.0,
        kind: match exemption.stage {
            Stage::Asked => "exemption_asked",
            Stage::Approved { .. } => "exemption_approved",
            Stage::Refused { .. } => "exemption_refused",
            Stage::Revoked { .. } => "exemption_revoked",
        },
        body: encoded(exemption),
    };
    event::append(tx, new, now).await
}

fn line(row: &Row) -> Result<ExemptionLine, StoreError> {
    Ok(ExemptionLine {
        exemption: decoded("exemption", &row.text("exemption_id")?, &row.text("detail")?)?,
        version: row.int("version")?,
        institution: row.text("institution")?,
        findings: row.int("findings")?,
    })
}
