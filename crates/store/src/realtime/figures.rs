//! Figures（实时统计）: what rules, departments and doctors made of warnings, and how quickly calls were answered.

use std::collections::BTreeMap;

use casework::{Action, Actor};
use claims::Day;

use super::may_see;
use super::warning_list::{answered_on, visible};
use crate::Store;
use crate::db::{Row, Statement};
use crate::error::StoreError;
use crate::finding::in_scope;

/// Which warnings and calls are counted. What is empty filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FiguresFilter {
    /// First day of the calls.
    pub from: Option<Day>,
    /// Last day of the calls.
    pub to: Option<Day>,
    /// Institution.
    pub fixmedins_code: Option<String>,
}

/// By what warnings are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FiguresBy {
    /// 规则
    Rule,
    /// 科室, within its institution
    Department,
    /// 医师, within their institution
    Doctor,
}

/// Figures（提醒实绩）: what became of the warnings that were shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Code of the rule, department or doctor.
    pub key: String,
    /// Institution of a department or doctor; empty for a rule.
    pub fixmedins_code: String,
    /// 已提示
    pub shown: i64,
    /// 返回修改
    pub followed: i64,
    /// 继续执行
    pub overridden: i64,
    /// 未反馈
    pub unanswered: i64,
    /// 事后认定
    pub confirmed: i64,
    /// 事后不成立
    pub dismissed: i64,
}

/// A day's calls of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallDay {
    /// Day, such as `2026-03-02`.
    pub day: String,
    /// 交易编号
    pub infno: String,
    /// How many.
    pub calls: i64,
    /// Half of them took at most so long, in microseconds.
    pub p50: i64,
    /// And of a hundred, ninety-nine.
    pub p99: i64,
}

const SUMS: &str = ", count(*) AS shown, count(CASE WHEN dspo_way = '2' THEN 1 END) AS followed, \
                    count(CASE WHEN dspo_way = '1' THEN 1 END) AS overridden, count(CASE WHEN dspo_way IS NULL THEN 1 END) AS unanswered, \
                    count(CASE WHEN outcome = 'confirmed' THEN 1 END) AS confirmed, \
                    count(CASE WHEN outcome = 'dismissed' THEN 1 END) AS dismissed FROM warning WHERE shown = 1";

impl Store {
    /// What became of the warnings that were shown, the most frequent first.
    pub async fn warning_figures(
        &self,
        actor: &Actor,
        filter: &FiguresFilter,
        by: FiguresBy,
        most: i64,
    ) -> Result<Vec<Figures>, StoreError> {
        may_see(actor, Action::ViewFigures)?;
        let mut query = Statement::new(match by {
            FiguresBy::Rule => "SELECT rule_code AS key, '' AS institution",
            FiguresBy::Department => "SELECT coalesce(dept_code, '') AS key, fixmedins_code AS institution",
            FiguresBy::Doctor => "SELECT coalesce(dr_code, '') AS key, fixmedins_code AS institution",
        });
        query.and(SUMS);
        visible(&mut query, actor);
        answered_on(&mut query, filter.from, filter.to, filter.fixmedins_code.as_deref());
        query.and(match by {
            FiguresBy::Rule => " GROUP BY rule_code",
            FiguresBy::Department => " GROUP BY fixmedins_code, coalesce(dept_code, '')",
            FiguresBy::Doctor => " GROUP BY fixmedins_code, coalesce(dr_code, '')",
        });
        query.and(" ORDER BY count(*) DESC, 1, 2 LIMIT ").bind(most);
        self.db.rows(&query.sql, &query.values).await?.iter().map(figures).collect()
    }

    /// How many calls of each kind a day had, and how quickly they were answered, by day.
    pub async fn calls_by_day(&self, actor: &Actor, filter: &FiguresFilter) -> Result<Vec<CallDay>, StoreError> {
        may_see(actor, Action::ViewFigures)?;
        let mut query = Statement::new("SELECT on_day, infno, ana_dura, count(*) AS calls FROM call WHERE 1 = 1");
        in_scope(&mut query, actor);
        if let Some(day) = filter.from {
            query.and(" AND on_day >= ").bind(day.to_string());
        }
        if let Some(day) = filter.to {
            query.and(" AND on_day <= ").bind(day.to_string());
        }
        if let Some(code) = &filter.fixmedins_code {
            query.and(" AND fixmedins_code = ").bind(code);
        }
        query.and(" GROUP BY on_day, infno, ana_dura ORDER BY on_day, infno, ana_dura");
        let mut days: BTreeMap<(String, String), Vec<(i64, i64)>> = BTreeMap::new();
        for row in self.db.rows(&query.sql, &query.values).await? {
            let of_day = days.entry((row.text("on_day")?, row.text("infno")?)).or_default();
            of_day.push((row.int("ana_dura")?, row.int("calls")?));
        }
        Ok(days.into_iter().map(|((day, infno), durations)| call_day(day, infno, &durations)).collect())
    }
}

fn figures(row: &Row) -> Result<Figures, StoreError> {
    Ok(Figures {
        key: row.text("key")?,
        fixmedins_code: row.text("institution")?,
        shown: row.int("shown")?,
        followed: row.int("followed")?,
        overridden: row.int("overridden")?,
        unanswered: row.int("unanswered")?,
        confirmed: row.int("confirmed")?,
        dismissed: row.int("dismissed")?,
    })
}

/// From durations in their order, each with how many calls took it.
fn call_day(day: String, infno: String, durations: &[(i64, i64)]) -> CallDay {
    let calls = durations.iter().map(|(_, calls)| calls).sum();
    CallDay { day, infno, calls, p50: percentile(durations, calls, 50), p99: percentile(durations, calls, 99) }
}

/// The least duration that so many of a hundred calls did not exceed.
fn percentile(durations: &[(i64, i64)], calls: i64, of_hundred: i64) -> i64 {
    let mut left = (calls * of_hundred + 99) / 100;
    for (duration, calls) in durations {
        left -= calls;
        if left <= 0 {
            return *duration;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_duration_that_was_measured() {
        let hundred: Vec<(i64, i64)> = (1..=100).map(|duration| (duration, 1)).collect();
        assert_eq!((percentile(&hundred, 100, 50), percentile(&hundred, 100, 99)), (50, 99));
        assert_eq!((percentile(&[(7, 1)], 1, 50), percentile(&[(7, 1)], 1, 99)), (7, 7));
        assert_eq!(percentile(&[(1, 98), (900, 2)], 100, 99), 900);
        assert_eq!(percentile(&[], 0, 50), 0);
    }
}
