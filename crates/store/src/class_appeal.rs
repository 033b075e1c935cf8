//! Class appeals（同类申诉）on disk: the class with all of its findings' steps in one transaction, and what has become of it.

use std::collections::{BTreeMap, BTreeSet};

use casework::{Action, Actor, Brief, ClassAppeal, ClassVerdict, Finding, Look, Refusal, Sheet, State, policy};
use claims::Moment;

use crate::Store;
use crate::db::{Row, Statement, Value};
use crate::error::StoreError;
use crate::event::{self, New};
use crate::finding::{Clocks, Versioned, decoded, encoded, move_finding, versioned, within};
use crate::number::next_number;
use crate::paper::{self, Handed};
use crate::tally::Tally;

/// A class of findings that an institution may still answer: one rule, one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenClass {
    /// The reason that they share: a knowledge row; empty where the rule has none.
    pub reason: String,
    /// Findings.
    pub findings: Vec<String>,
    /// Their amounts added up, in fen, without those of stays paid by case or day.
    pub amount_fen: i64,
    /// What would clear them, each once.
    pub cleared_by: Vec<String>,
}

/// A class appeal as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassLine {
    /// The appeal.
    pub appeal: ClassAppeal,
    /// Name of the institution.
    pub institution: String,
    /// Name of the rule.
    pub rule_name: String,
    /// Its findings.
    pub findings: i64,
    /// Of these, how many are still contested.
    pub open: i64,
}

/// Ruling（同类结论）as whoever decides sends it.
#[derive(Clone, Copy, Debug)]
pub struct ClassRuling<'a> {
    /// Whether the class stands.
    pub verdict: ClassVerdict,
    /// Why.
    pub reason: &'a str,
    /// What of the class was seen: see [`seen`].
    pub seen: &'a str,
    /// Since when it was looked at, where that is known.
    pub opened: Option<Moment>,
}

/// What somebody sees of a class: which findings are contested, and in which version. Whoever decides names it.
pub fn seen(findings: &[Versioned<Finding>]) -> String {
    let contested = findings.iter().filter(|finding| matches!(finding.value.state, State::UnderAppeal { .. }));
    let lines = contested.map(|finding| format!("{} {}", finding.value.filed.finding_id, finding.version));
    let text = lines.collect::<Vec<_>>().join("\n");
    paper::digest(text.as_bytes())
}

/// The subject of a class appeal's chain.
pub fn subject(number: &str) -> String {
    format!("class_appeal:{number}")
}

const COLUMNS: &str = "SELECT appeal_id, institution, rule_name, detail, \
                       (SELECT count(*) FROM class_member m WHERE m.appeal_id = class_appeal.appeal_id) AS findings, \
                       (SELECT count(*) FROM class_member m JOIN finding f ON f.finding_id = m.finding_id \
                        WHERE m.appeal_id = class_appeal.appeal_id AND f.state IN ('under_appeal', 'in_panel')) AS open \
                       FROM class_appeal WHERE 1 = 1";

/// Of which something is still contested.
const OPEN: &str = " AND EXISTS (SELECT 1 FROM class_member m JOIN finding f ON f.finding_id = m.finding_id \
                    WHERE m.appeal_id = class_appeal.appeal_id AND f.state IN ('under_appeal', 'in_panel'))";

/// The most findings of one rule that are looked at together; what is left comes up when these are answered.
pub const MOST: i64 = 5_000;

impl Store {
    /// Findings of a rule that the actor's institution may still answer, by the reason that they share, the largest class first.
    pub async fn open_classes(&self, actor: &Actor, rule: &str) -> Result<Vec<OpenClass>, StoreError> {
        let mut query = Statement::new(
            "SELECT finding.finding_id AS finding_id, amount_fen - index_fen AS amount_fen, s.body AS body FROM finding JOIN sheet s \
             ON s.finding_id = finding.finding_id AND s.digest = finding.digest WHERE state = 'told' AND rule_code = ",
        );
        query.bind(rule);
        within(&mut query, actor);
        query.and(" ORDER BY finding.finding_id LIMIT ").bind(MOST);
        let mut classes: BTreeMap<String, OpenClass> = BTreeMap::new();
        for row in self.db.rows(&query.sql, &query.values).await? {
            let id = row.text("finding_id")?;
            let sheet: Sheet = decoded("sheet", &id, &row.secret("body")?)?;
            let reason = sheet.knowledge_id.unwrap_or_default();
            let empty = || OpenClass { reason: reason.clone(), findings: Vec::new(), amount_fen: 0, cleared_by: Vec::new() };
            let class = classes.entry(reason.clone()).or_insert_with(empty);
            class.findings.push(id);
            class.amount_fen += row.int("amount_fen")?;
            for paper in sheet.cleared_by {
                if !class.cleared_by.contains(&paper) {
                    class.cleared_by.push(paper);
                }
            }
        }
        let mut classes: Vec<OpenClass> = classes.into_values().collect();
        classes.sort_by_key(|class| std::cmp::Reverse(class.findings.len()));
        Ok(classes)
    }

    /// 提出同类申诉: all findings of a class, with one set of papers. Returns the appeal's number, and how many findings it has.
    pub async fn appeal_class(
        &self,
        actor: &Actor,
        class: &OpenClass,
        grounds: &str,
        papers: &[Handed<'_>],
        clocks: &Clocks,
        now: Moment,
    ) -> Result<(String, usize), StoreError> {
        policy::allow(actor, Action::Appeal)?;
        let findings = self.these(actor, &class.findings).await?;
        let first = findings.first().ok_or(StoreError::NotFound)?;
        let sheet = self.sheet(&first.value.filed.finding_id, &first.value.filed.digest).await?;
        let kept = papers.iter().map(|paper| self.keep_paper(paper)).collect::<Result<Vec<_>, _>>()?;
        let (mut tx, mut tally) = (self.db.begin().await?, Tally::default());
        let number = next_number(&mut tx, "class_appeal", &actor.user.0, now).await?;
        let brief = Brief {
            number: number.clone(),
            reason: class.reason.clone(),
            grounds: grounds.to_owned(),
            papers: kept.iter().map(|paper| paper.digest.clone()).collect(),
        };
        let values: Vec<Finding> = findings.iter().map(|finding| finding.value.clone()).collect();
        let (appeal, ruled) =
            ClassAppeal::bring(actor, &values, brief, clocks.limits.of(&first.value.filed.region), &clocks.calendar, now.day())?;
        let sql = "INSERT INTO class_appeal (appeal_id, version, fixmedins_code, institution, region, rule_code, rule_name, appealed_on, \
                   detail) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8)";
        let values = [
            number.as_str().into(),
            appeal.fixmedins_code.as_str().into(),
            sheet.institution.into(),
            appeal.region.as_str().into(),
            appeal.rule_code.as_str().into(),
            sheet.rule_name.into(),
            appeal.on.to_string().into(),
            Value::Secret(Some(encoded(&appeal))),
        ];
        tx.execute(sql, &values).await?;
        for (place, step) in &ruled.steps {
            let id = step.next.filed.finding_id.as_str();
            let sql = "INSERT INTO class_member (appeal_id, finding_id) VALUES ($1, $2)";
            tx.execute(sql, &[number.as_str().into(), id.into()]).await?;
            for paper in &kept {
                paper.hand_in(&mut tx, id, actor, now).await?;
            }
            move_finding(&mut tx, &mut tally, &findings[*place], step, clocks, now).await?;
        }
        let new = New { subject: subject(&number), actor: &actor.user.0, kind: "class_appealed", body: encoded(&appeal) };
        event::append(&mut tx, new, now).await?;
        tally.write(&mut tx).await?;
        tx.commit().await?;
        Ok((number, ruled.steps.len()))
    }

    /// 作出同类结论, with its reason. Returns how many were decided, and what is left to others: what the actor reviewed first, and
    /// what somebody else has in hand. A class that is another than was seen is not decided at all.
    pub async fn decide_class(
        &self,
        number: &str,
        actor: &Actor,
        ruling: ClassRuling<'_>,
        apart: &BTreeSet<String>,
        clocks: &Clocks,
        now: Moment,
    ) -> Result<(usize, Vec<Refusal>), StoreError> {
        policy::allow(actor, Action::DecideAppeal)?;
        let ClassRuling { verdict, reason, .. } = ruling;
        let (line, findings) = self.class_appeal(number, actor).await?;
        if seen(&findings) != ruling.seen {
            return Err(StoreError::Stale);
        }
        let values: Vec<Finding> = findings.iter().map(|finding| finding.value.clone()).collect();
        let ruled = line.appeal.decide(actor, &values, verdict, reason, apart, now.day())?;
        let (mut tx, mut tally) = (self.db.begin().await?, Tally::default());
        let (mut decided, mut left) = (0, ruled.left.into_iter().map(|(_, refusal)| refusal).collect::<Vec<_>>());
        let mut look = ruling.opened.map(|opened| Look::at(opened, now, clocks.limits.base));
        let steps = ruled.steps.len();
        for (number, (place, mut step)) in ruled.steps.into_iter().enumerate() {
            if let Some(look) = &mut look {
                step.next = step.next.looked_at_for(look.part(1, steps - number).seconds, clocks.limits.base);
            }
            match move_finding(&mut tx, &mut tally, &findings[place], &step, clocks, now).await {
                Ok(()) => decided += 1,
                Err(StoreError::Refused(refusal @ Refusal::Held { .. })) => left.push(refusal),
                Err(problem) => return Err(problem),
            }
        }
        let held = |refusal: &&Refusal| matches!(refusal, Refusal::Held { .. });
        if let (0, Some(refusal)) = (decided, left.iter().find(held).or(left.first())) {
            return Err(refusal.clone().into());
        }
        let body = serde_json::json!({
            "overturned": verdict == ClassVerdict::Overturned, "reason": reason, "findings": decided, "apart": apart,
        });
        let new = New { subject: subject(number), actor: &actor.user.0, kind: "class_decided", body: body.to_string() };
        event::append(&mut tx, new, now).await?;
        tally.write(&mut tx).await?;
        tx.commit().await?;
        Ok((decided, left))
    }

    /// A class appeal with its findings.
    pub async fn class_appeal(&self, number: &str, actor: &Actor) -> Result<(ClassLine, Vec<Versioned<Finding>>), StoreError> {
        let mut query = Statement::new(COLUMNS);
        seen_by(&mut query, actor);
        query.and(" AND appeal_id = ").bind(number);
        let row = self.db.row(&query.sql, &query.values).await?.ok_or(StoreError::NotFound)?;
        let rows = self.db.rows("SELECT finding_id FROM class_member WHERE appeal_id = $1", &[number.into()]).await?;
        let ids = rows.iter().map(|row| row.text("finding_id")).collect::<Result<Vec<_>, _>>()?;
        Ok((line(&row)?, self.these(actor, &ids).await?))
    }

    /// A page of the class appeals that the actor may see, the newest first; with `open`, those of which something is still contested.
    pub async fn class_appeals(&self, actor: &Actor, open: bool, skip: i64, most: i64) -> Result<Vec<ClassLine>, StoreError> {
        let mut query = Statement::new(COLUMNS);
        seen_by(&mut query, actor);
        query.and(if open { OPEN } else { "" });
        query.and(" ORDER BY appealed_on DESC, appeal_id DESC LIMIT ").bind(most).and(" OFFSET ").bind(skip);
        self.db.rows(&query.sql, &query.values).await?.iter().map(line).collect()
    }

    /// How many there are.
    pub async fn class_appeal_count(&self, actor: &Actor, open: bool) -> Result<i64, StoreError> {
        let mut query = Statement::new("SELECT count(*) AS appeals FROM class_appeal WHERE 1 = 1");
        seen_by(&mut query, actor);
        query.and(if open { OPEN } else { "" });
        self.db.row(&query.sql, &query.values).await?.map_or(Ok(0), |row| row.int("appeals"))
    }

    /// The class appeal that a finding is part of at last.
    pub async fn class_of(&self, finding_id: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT m.appeal_id AS appeal_id FROM class_member m JOIN class_appeal c ON c.appeal_id = m.appeal_id \
                   WHERE m.finding_id = $1 ORDER BY c.appealed_on DESC, m.appeal_id DESC LIMIT 1";
        self.db.row(sql, &[finding_id.into()]).await?.map(|row| row.text("appeal_id")).transpose()
    }

    /// Findings by their ids, as far as the actor may see them.
    async fn these(&self, actor: &Actor, ids: &[String]) -> Result<Vec<Versioned<Finding>>, StoreError> {
        let mut findings = Vec::new();
        for chunk in ids.chunks(500) {
            let mut query = Statement::new("SELECT finding_id, version, detail FROM finding WHERE finding_id IN ");
            query.list(chunk);
            within(&mut query, actor);
            query.and(" ORDER BY finding_id");
            for row in self.db.rows(&query.sql, &query.values).await? {
                findings.push(versioned(&row)?);
            }
        }
        Ok(findings)
    }
}

/// A class appeal is nothing but told findings: an institution sees its own.
fn seen_by(query: &mut Statement, actor: &Actor) {
    let scoped = Actor { role: casework::Role::Auditor, ..actor.clone() };
    within(query, &scoped);
}

fn line(row: &Row) -> Result<ClassLine, StoreError> {
    Ok(ClassLine {
        appeal: decoded("class_appeal", &row.text("appeal_id")?, &row.secret("detail")?)?,
        institution: row.text("institution")?,
        rule_name: row.text("rule_name")?,
        findings: row.int("findings")?,
        open: row.int("open")?,
    })
}
