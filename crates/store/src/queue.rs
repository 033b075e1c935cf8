//! Queue（疑点队列）: lists of findings with their totals and groups, always within what the actor may see.

use std::collections::HashMap;

use casework::Actor;
use claims::Day;

use crate::Store;
use crate::db::{Row, Statement};
use crate::error::StoreError;
use crate::filter::{Filter, Order, filtered, ordered};
use crate::finding::{decoded, within};

/// What a list is grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// 规则
    Rule,
    /// 机构
    Institution,
    /// 医师
    Doctor,
    /// 参保人
    Person,
    /// 状态
    State,
    /// 级别
    Grade,
    /// 服务月
    Month,
}

/// A finding as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Finding.
    pub finding_id: String,
    /// Version seen: decisions name it.
    pub version: i64,
    /// Name of its state.
    pub state: String,
    /// Last day of the bureau's next step.
    pub due: Option<Day>,
    /// Last day of the institution's, while it has the ball.
    pub awaited: Option<Day>,
    /// Who is to deal with it.
    pub assignee: Option<String>,
    /// Whether a later run differs.
    pub differs: bool,
    /// Rule.
    pub rule_code: String,
    /// Its name.
    pub rule_name: String,
    /// Grade.
    pub grade: String,
    /// Institution.
    pub fixmedins_code: Option<String>,
    /// Its name.
    pub institution: String,
    /// Doctor.
    pub bilg_dr_code: Option<String>,
    /// Person.
    pub psn_no: Option<String>,
    /// Day of service.
    pub occurred_on: String,
    /// Amount, in fen.
    pub amount_fen: i64,
    /// What of it the funds paid, in fen.
    pub fund_fen: i64,
    /// The sentence.
    pub message: String,
}

/// Totals of a list or of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many.
    pub findings: i64,
    /// Their amounts added up, in fen: a line that two rules name counts twice. Without what is summed apart.
    pub amount_fen: i64,
    /// 按病种、按床日付费的住院: amounts that are no money of the funds, and in no other sum.
    pub index_fen: i64,
    /// The funds' part of it.
    pub fund_fen: i64,
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.findings += other.findings;
        self.amount_fen += other.amount_fen;
        self.index_fen += other.index_fen;
        self.fund_fen += other.fund_fen;
    }
}

/// Waiting（待办）: how much of each kind of work waits, counted in one reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Not finished, and not put off.
    pub open: Totals,
    /// The same, assigned to the actor.
    pub mine: Totals,
    /// The same, due by today.
    pub due: Totals,
    /// The same, assigned to nobody.
    pub unassigned: Totals,
    /// 待初审
    pub filed: Totals,
    /// 待下发
    pub passed: Totals,
    /// 申诉中
    pub under_appeal: Totals,
    /// 补充材料中
    pub supplementing: Totals,
    /// 合议中
    pub in_panel: Totals,
    /// A later run differs.
    pub differs: Totals,
    /// Everything.
    pub all: Totals,
}

/// A group of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Code; of a person, a finding that names them.
    pub key: String,
    /// Name.
    pub name: String,
    /// Totals.
    pub totals: Totals,
    /// The nearest limit in it.
    pub due: Option<Day>,
}

pub(crate) const SUMS: &str = "count(*) AS findings, CAST(coalesce(sum(amount_fen - index_fen), 0) AS BIGINT) AS amount, \
                    CAST(coalesce(sum(fund_fen), 0) AS BIGINT) AS fund, CAST(coalesce(sum(index_fen), 0) AS BIGINT) AS apart";

/// The most findings whose lines are read to count each once.
pub const MOST_LINED: i64 = 500;

/// The same of rows that count several findings each.
const TALLIED: &str = "CAST(coalesce(sum(findings), 0) AS BIGINT) AS findings, \
                       CAST(coalesce(sum(amount_fen - index_fen), 0) AS BIGINT) AS amount, \
                       CAST(coalesce(sum(fund_fen), 0) AS BIGINT) AS fund, CAST(coalesce(sum(index_fen), 0) AS BIGINT) AS apart";

const COLUMNS: &str = "SELECT finding_id, version, state, due, awaited, assignee, differs, rule_code, rule_name, grade, fixmedins_code, \
                       institution, bilg_dr_code, psn_no, occurred_on, amount_fen, fund_fen, message FROM finding WHERE 1 = 1";

impl Store {
    /// A page of the list.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: &Filter,
        order: Order,
        skip: i64,
        most: i64,
    ) -> Result<Vec<Line>, StoreError> {
        let mut query = Statement::new(COLUMNS);
        within(&mut query, actor);
        filtered(&mut query, filter);
        query.and(ordered(order, filter)).and(" LIMIT ").bind(most).and(" OFFSET ").bind(skip);
        self.db.rows(&query.sql, &query.values).await?.iter().map(line).collect()
    }

    /// Totals of the whole list.
    pub async fn totals(&self, actor: &Actor, filter: &Filter) -> Result<Totals, StoreError> {
        let mut query = Statement::new("SELECT ");
        if filter.is_tallied() {
            query.and(TALLIED).and(" FROM tally WHERE 1 = 1");
        } else {
            query.and(SUMS).and(" FROM finding WHERE 1 = 1");
        }
        within(&mut query, actor);
        filtered(&mut query, filter);
        self.db.row(&query.sql, &query.values).await?.as_ref().map_or(Ok(Totals::default()), totals)
    }

    /// How much of each kind of work waits for an actor.
    pub async fn waiting(&self, actor: &Actor, today: Day) -> Result<Waiting, StoreError> {
        let mut query = Statement::new("SELECT state, closed, differs, assignee, snoozed_until, ");
        query.and(TALLIED).and(" FROM tally WHERE findings > 0");
        within(&mut query, actor);
        query.and(" GROUP BY state, closed, differs, assignee, snoozed_until");
        let mut waiting = Waiting::default();
        for row in self.db.rows(&query.sql, &query.values).await? {
            let part = totals(&row)?;
            let awake = row.text("snoozed_until")? <= today.to_string();
            let (open, assignee) = (row.int("closed")? == 0 && awake, row.text("assignee")?);
            let of_state = match row.text("state")?.as_str() {
                "filed" => Some(&mut waiting.filed),
                "passed" => Some(&mut waiting.passed),
                "under_appeal" => Some(&mut waiting.under_appeal),
                "supplementing" => Some(&mut waiting.supplementing),
                "in_panel" => Some(&mut waiting.in_panel),
                _ => None,
            };
            if let Some(sum) = of_state {
                sum.add(&part);
            }
            let kinds = [
                (true, &mut waiting.all),
                (row.int("differs")? != 0, &mut waiting.differs),
                (open, &mut waiting.open),
                (open && assignee == actor.user.0, &mut waiting.mine),
                (open && assignee.is_empty(), &mut waiting.unassigned),
            ];
            for (_, sum) in kinds.into_iter().filter(|(counts, _)| *counts) {
                sum.add(&part);
            }
        }
        let urgent = Filter { open: true, due_by: Some(today), awake_on: Some(today), ..Filter::default() };
        waiting.due = self.totals(actor, &urgent).await?;
        Ok(waiting)
    }

    /// The list in groups by rule, institution, state, grade or month, the largest first; without limits, and quick however many there are.
    /// Other groupings and conditions are counted row by row.
    pub async fn tallied(&self, actor: &Actor, filter: &Filter, by: Grouping, most: i64) -> Result<Vec<Group>, StoreError> {
        let (select, group) = match by {
            Grouping::Rule => ("SELECT rule_code AS key, max(rule_name) AS name, ", " GROUP BY rule_code"),
            Grouping::Institution => ("SELECT fixmedins_code AS key, max(institution) AS name, ", " GROUP BY fixmedins_code"),
            Grouping::State => ("SELECT state AS key, state AS name, ", " GROUP BY state"),
            Grouping::Grade => ("SELECT grade AS key, grade AS name, ", " GROUP BY grade"),
            Grouping::Month => ("SELECT month AS key, month AS name, ", " GROUP BY month"),
            Grouping::Doctor | Grouping::Person => return self.counted_groups(actor, filter, by, most).await,
        };
        let by_month = by == Grouping::Month;
        if !(if by_month { filter.is_tallied_by_month() } else { filter.is_tallied() }) {
            return self.counted_groups(actor, filter, by, most).await;
        }
        let mut query = Statement::new(select);
        query.and(TALLIED).and(if by_month { " FROM month_tally WHERE findings > 0" } else { " FROM tally WHERE findings > 0" });
        within(&mut query, actor);
        filtered(&mut query, filter);
        query.and(group).and(" ORDER BY sum(amount_fen) DESC, 1 LIMIT ").bind(most);
        let group = |row: &Row| Ok(Group { key: row.text("key")?, name: row.text("name")?, totals: totals(row)?, due: None });
        self.db.rows(&query.sql, &query.values).await?.iter().map(group).collect()
    }

    /// The list in groups, the largest first, each with its nearest limit.
    pub async fn groups(&self, actor: &Actor, filter: &Filter, by: Grouping, most: i64) -> Result<Vec<Group>, StoreError> {
        let nearest = match by {
            Grouping::Rule => {
                "SELECT asked.column1 AS key, (SELECT min(due) FROM finding WHERE closed = 0 AND rule_code = asked.column1"
            }
            Grouping::Institution => {
                "SELECT asked.column1 AS key, (SELECT min(due) FROM finding WHERE closed = 0 AND fixmedins_code = asked.column1"
            }
            _ => return self.counted_groups(actor, filter, by, most).await,
        };
        let mut groups = self.tallied(actor, filter, by, most).await?;
        if !filter.is_tallied() || groups.is_empty() {
            return Ok(groups);
        }
        let mut query = Statement::new(nearest);
        within(&mut query, actor);
        filtered(&mut query, filter);
        query.and(") AS due FROM (VALUES ");
        for (number, group) in groups.iter().enumerate() {
            query.and(if number > 0 { ", (" } else { "(" }).bind(&group.key).and(")");
        }
        query.and(") AS asked");
        let mut due: HashMap<String, Day> = HashMap::new();
        for row in self.db.rows(&query.sql, &query.values).await? {
            if let Some(day) = row.maybe_text("due")?.as_deref().and_then(Day::parse) {
                due.insert(row.text("key")?, day);
            }
        }
        for group in &mut groups {
            group.due = due.get(&group.key).copied();
        }
        Ok(groups)
    }

    /// The list in groups, counted row by row.
    async fn counted_groups(&self, actor: &Actor, filter: &Filter, by: Grouping, most: i64) -> Result<Vec<Group>, StoreError> {
        let mut query = Statement::new(match by {
            Grouping::Rule => "SELECT rule_code AS key, max(rule_name) AS name",
            Grouping::Institution => "SELECT coalesce(fixmedins_code, '') AS key, max(institution) AS name",
            Grouping::Doctor => "SELECT coalesce(bilg_dr_code, '') AS key, coalesce(bilg_dr_code, '') AS name",
            Grouping::Person => "SELECT min(finding_id) AS key, coalesce(max(psn_no), '') AS name",
            Grouping::State => "SELECT state AS key, state AS name",
            Grouping::Grade => "SELECT grade AS key, grade AS name",
            Grouping::Month => "SELECT substr(occurred_on, 1, 7) AS key, substr(occurred_on, 1, 7) AS name",
        });
        query.and(", ").and(SUMS).and(", min(due) AS due FROM finding WHERE 1 = 1");
        within(&mut query, actor);
        filtered(&mut query, filter);
        query.and(match by {
            Grouping::Rule => " GROUP BY rule_code",
            Grouping::Institution => " GROUP BY coalesce(fixmedins_code, '')",
            Grouping::Doctor => " GROUP BY coalesce(bilg_dr_code, '')",
            Grouping::Person => " GROUP BY coalesce(psn_no, '')",
            Grouping::State => " GROUP BY state",
            Grouping::Grade => " GROUP BY grade",
            Grouping::Month => " GROUP BY substr(occurred_on, 1, 7)",
        });
        query.and(" ORDER BY sum(amount_fen) DESC, 1 LIMIT ").bind(most);
        let group = |row: &Row| {
            let due = row.maybe_text("due")?.as_deref().and_then(Day::parse);
            // The name of a person's group is the person's number.
            Ok(Group { key: row.text("key")?, name: row.secret("name")?, totals: totals(row)?, due })
        };
        self.db.rows(&query.sql, &query.values).await?.iter().map(group).collect()
    }

    /// 去重后: the amounts of a list with every line counted once, in fen: of a line that several name, the largest part. Without what is
    /// summed apart. None where the list is too long for its lines to be read while somebody waits.
    pub async fn distinct_amount(&self, actor: &Actor, filter: &Filter) -> Result<Option<i64>, StoreError> {
        let mut query = Statement::new(
            "SELECT f.finding_id AS finding_id, f.amount_fen - f.index_fen AS amount, f.index_fen AS apart, s.body AS body \
             FROM finding f JOIN sheet s ON s.finding_id = f.finding_id AND s.digest = f.digest \
             WHERE f.finding_id IN (SELECT finding_id FROM finding WHERE 1 = 1",
        );
        within(&mut query, actor);
        filtered(&mut query, filter);
        query.and(" LIMIT ").bind(MOST_LINED + 1).and(")");
        let rows = self.db.rows(&query.sql, &query.values).await?;
        if i64::try_from(rows.len()).unwrap_or(i64::MAX) > MOST_LINED {
            return Ok(None);
        }
        let mut lines: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
        let mut unlined = 0;
        for row in rows.iter().filter(|row| row.int("apart").is_ok_and(|apart| apart == 0)) {
            let sheet: casework::Sheet = decoded("sheet", &row.text("finding_id")?, &row.secret("body")?)?;
            if sheet.charged.is_empty() {
                unlined += row.int("amount")?;
            }
            for charged in sheet.charged {
                let most = lines.entry(charged.line_id).or_default();
                *most = (*most).max(charged.excess);
            }
        }
        Ok(Some(unlined + lines.values().sum::<i64>()))
    }

    /// The findings of these ids with their sheets' sentences, in the order of the list; what the actor may not see is left out.
    pub async fn lines(&self, actor: &Actor, ids: &[String]) -> Result<Vec<Line>, StoreError> {
        let mut query = Statement::new(COLUMNS);
        query.and(" AND finding_id IN ").list(ids);
        within(&mut query, actor);
        query.and(" ORDER BY closed, due, finding_id");
        self.db.rows(&query.sql, &query.values).await?.iter().map(line).collect()
    }
}

pub(crate) fn totals(row: &Row) -> Result<Totals, StoreError> {
    Ok(Totals {
        findings: row.int("findings")?,
        amount_fen: row.int("amount")?,
        index_fen: row.int("apart")?,
        fund_fen: row.int("fund")?,
    })
}

fn line(row: &Row) -> Result<Line, StoreError> {
    Ok(Line {
        finding_id: row.text("finding_id")?,
        version: row.int("version")?,
        state: row.text("state")?,
        due: row.maybe_text("due")?.as_deref().and_then(Day::parse),
        awaited: row.maybe_text("awaited")?.as_deref().and_then(Day::parse),
        assignee: row.maybe_text("assignee")?,
        differs: row.int("differs")? != 0,
        rule_code: row.text("rule_code")?,
        rule_name: row.text("rule_name")?,
        grade: row.text("grade")?,
        fixmedins_code: row.maybe_text("fixmedins_code")?,
        institution: row.text("institution")?,
        bilg_dr_code: row.maybe_text("bilg_dr_code")?,
        psn_no: row.maybe_secret("psn_no")?,
        occurred_on: row.text("occurred_on")?,
        amount_fen: row.int("amount_fen")?,
        fund_fen: row.int("fund_fen")?,
        message: row.text("message")?,
    })
}
