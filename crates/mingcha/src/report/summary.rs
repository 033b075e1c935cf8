//! Summary（审核汇总）: the figures of a report, before any form is given to them.

use std::collections::{BTreeMap, HashMap};

use engine::run::RunReport;
use rulebook::fact;
use rulebook::{Finding, Grade};
use serde::Serialize;

use super::tally::{Group, dearest};
use crate::institutions::Institution;
use crate::today::now_text;

/// Most lines listed.
const TOP_LINES: usize = 50;

/// Summary（审核汇总）of a run. Findings of rules on trial are counted apart: they are never filed.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) run_id: String,
    pub(crate) made_at: String,
    pub(crate) period: String,
    pub(crate) lake_version: u64,
    pub(crate) pack: String,
    pub(crate) knowledge: String,
    pub(crate) lines_judged: u64,
    pub(crate) seconds: u64,
    pub(crate) all: Group,
    pub(crate) violations: Group,
    pub(crate) suspicions: Group,
    pub(crate) hints: u64,
    pub(crate) trial: Group,
    pub(crate) fund_unknown: u64,
    pub(crate) index_findings: u64,
    pub(crate) undecided_total: u64,
    pub(crate) months: Vec<MonthRow>,
    pub(crate) institutions: Vec<InstitutionRow>,
    pub(crate) rules: Vec<RuleRow>,
    pub(crate) lines: Vec<LineRow>,
    pub(crate) undecided: Vec<UndecidedRow>,
    pub(crate) faults: Vec<String>,
}

/// A month（按服务日）.
#[derive(Debug, Serialize)]
pub(crate) struct MonthRow {
    pub(crate) month: String,
    pub(crate) violations: Group,
    pub(crate) suspicions: Group,
    pub(crate) hints: u64,
}

/// An institution.
#[derive(Debug, Serialize)]
pub(crate) struct InstitutionRow {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) violations: Group,
    pub(crate) suspicions: Group,
    pub(crate) all: Group,
}

/// A rule.
#[derive(Debug, Serialize)]
pub(crate) struct RuleRow {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) trial: bool,
    pub(crate) rows: u64,
    pub(crate) hit: u64,
    pub(crate) clear: u64,
    pub(crate) undecided: u64,
    pub(crate) group: Group,
}

/// A line.
#[derive(Debug, Serialize)]
pub(crate) struct LineRow {
    pub(crate) line_id: String,
    pub(crate) institution: String,
    pub(crate) occurred_on: String,
    pub(crate) rules: String,
    pub(crate) grade: &'static str,
    pub(crate) message: String,
    pub(crate) amount_fen: i64,
}

/// A fact that was missing.
#[derive(Debug, Serialize)]
pub(crate) struct UndecidedRow {
    pub(crate) fact: String,
    pub(crate) label: String,
    pub(crate) count: u64,
    pub(crate) rules: Vec<String>,
}

impl Summary {
    /// Sums up a run.
    pub(crate) fn of(findings: &[Finding], report: &RunReport, names: &HashMap<String, Institution>) -> Self {
        let (trial, filed): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|f| f.rule_status == "trial");
        let (hints, serious): (Vec<&Finding>, Vec<&Finding>) = filed.iter().partition(|f| f.grade == Grade::Hint);
        let (violations, suspicions) = by_grade(&serious);
        let day = |day: Option<claims::Day>| day.map(|d| d.to_string());
        let period = match (day(report.from), day(report.to)) {
            (None, None) => observed(findings),
            (from, to) => format!("{} 至 {}", from.as_deref().unwrap_or("最早"), to.as_deref().unwrap_or("最晚")),
        };
        Self {
            run_id: report.run_id.clone(),
            made_at: now_text(),
            period,
            lake_version: report.lake_version,
            pack: short(&report.pack_digest),
            knowledge: short(&report.knowledge_digest),
            lines_judged: report.totals.lines,
            seconds: whole_seconds(report.seconds),
            all: Group::of(&serious),
            violations: Group::of(&violations),
            suspicions: Group::of(&suspicions),
            hints: hints.len() as u64,
            trial: Group::of(&trial),
            fund_unknown: serious.iter().filter(|f| f.fund_amount_fen.is_none()).count() as u64,
            index_findings: serious.iter().filter(|f| f.amount_basis == rulebook::finding::AmountBasis::Index).count() as u64,
            undecided_total: report.totals.undecided,
            months: months(&filed),
            institutions: institutions(&serious, names),
            rules: rules(findings, report),
            lines: lines(&filed, names),
            undecided: undecided(report),
            faults: report.faults.clone(),
        }
    }
}

fn by_grade<'a>(serious: &[&'a Finding]) -> (Vec<&'a Finding>, Vec<&'a Finding>) {
    serious.iter().partition(|f| f.grade == Grade::Violation)
}

fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a run's seconds are few, and never negative")]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.ceil() as u64
}

fn observed(findings: &[Finding]) -> String {
    let days = || findings.iter().map(|f| f.occurred_on);
    match (days().min(), days().max()) {
        (Some(first), Some(last)) => format!("全部数据（疑点发生在 {first} 至 {last}）"),
        _ => "全部数据".to_owned(),
    }
}

fn months(findings: &[&Finding]) -> Vec<MonthRow> {
    let mut by_month: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_month.entry(finding.occurred_on.month()).or_default().push(finding);
    }
    let row = |(month, findings): (String, Vec<&Finding>)| {
        let (hints, serious): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|f| f.grade == Grade::Hint);
        let (violations, suspicions) = by_grade(&serious);
        MonthRow { month, violations: Group::of(&violations), suspicions: Group::of(&suspicions), hints: hints.len() as u64 }
    };
    by_month.into_iter().map(row).collect()
}

fn institutions(serious: &[&Finding], names: &HashMap<String, Institution>) -> Vec<InstitutionRow> {
    let mut by_code: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in serious {
        by_code.entry(finding.fixmedins_code.as_deref().unwrap_or("")).or_default().push(finding);
    }
    let row = |(code, findings): (&str, Vec<&Finding>)| {
        let (violations, suspicions) = by_grade(&findings);
        let name = if code.is_empty() {
            "（未归到机构）".to_owned()
        } else {
            names.get(code).map(|known| known.name.clone()).unwrap_or_default()
        };
        InstitutionRow {
            code: code.to_owned(),
            name,
            violations: Group::of(&violations),
            suspicions: Group::of(&suspicions),
            all: Group::of(&findings),
        }
    };
    let mut rows: Vec<_> = by_code.into_iter().map(row).collect();
    rows.sort_by(|a, b| (b.all.amount_fen, b.all.findings, &a.code).cmp(&(a.all.amount_fen, a.all.findings, &b.code)));
    rows
}

fn rules(findings: &[Finding], report: &RunReport) -> Vec<RuleRow> {
    let mut by_rule: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in findings {
        by_rule.entry(&finding.rule_code).or_default().push(finding);
    }
    let row = |rule: &engine::run::RuleReport| RuleRow {
        code: rule.code.clone(),
        name: rule.name.clone(),
        trial: rule.status == "trial",
        rows: rule.rows,
        hit: rule.hit,
        clear: rule.clear,
        undecided: rule.undecided.values().sum(),
        group: Group::of(by_rule.get(rule.code.as_str()).map_or(&[], Vec::as_slice)),
    };
    let mut rows: Vec<_> = report.rules.iter().map(row).collect();
    rows.sort_by(|a, b| (b.group.amount_fen, b.hit, &a.code).cmp(&(a.group.amount_fen, a.hit, &b.code)));
    rows
}

fn lines(filed: &[&Finding], names: &HashMap<String, Institution>) -> Vec<LineRow> {
    let rows = dearest(filed.iter().copied(), TOP_LINES).into_iter().filter_map(|line| {
        let first = line.findings.iter().min_by_key(|f| f.grade)?;
        let code = first.fixmedins_code.clone().unwrap_or_default();
        let mut rules: Vec<&str> = line.findings.iter().map(|f| f.rule_name.as_str()).collect();
        rules.dedup();
        Some(LineRow {
            line_id: line.line_id.to_owned(),
            institution: names.get(&code).map_or(code, |known| known.name.clone()),
            occurred_on: first.occurred_on.to_string(),
            rules: rules.join("；"),
            grade: first.grade.label(),
            message: first.message.clone(),
            amount_fen: line.amount_fen,
        })
    });
    rows.collect()
}

fn undecided(report: &RunReport) -> Vec<UndecidedRow> {
    let mut by_fact: BTreeMap<&str, (u64, Vec<String>)> = BTreeMap::new();
    for rule in &report.rules {
        for (fact, count) in &rule.undecided {
            let entry = by_fact.entry(fact).or_default();
            entry.0 += count;
            entry.1.push(rule.name.clone());
        }
    }
    let row = |(fact, (count, rules)): (&str, (u64, Vec<String>))| UndecidedRow {
        fact: fact.to_owned(),
        label: label(fact),
        count,
        rules,
    };
    let mut rows: Vec<_> = by_fact.into_iter().map(row).collect();
    rows.sort_by(|a, b| (b.count, &a.fact).cmp(&(a.count, &b.fact)));
    rows
}

/// A missing fact in Chinese: each name of the vocabulary by its meaning, anything else as it stands.
fn label(missing: &str) -> String {
    let word = |name: &str| {
        let known = name.split_once('.').and_then(|(space, fact)| fact::find(space, fact));
        known.map_or_else(|| other_reason(name), |fact| fact.label.to_owned())
    };
    missing.split(", ").map(word).collect::<Vec<_>>().join("、")
}

fn other_reason(name: &str) -> String {
    match name.strip_prefix("history from ") {
        Some(day) => format!("{day} 以前的数据"),
        None if name == "knowledge not reviewed" => "知识点待审核".to_owned(),
        None if name == "no knowledge" => "无知识（知识表没有数据）".to_owned(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_facts_are_said_in_chinese() {
        assert_eq!(label("line.sex"), "患者性别");
        assert_eq!(label("line.sex, stay.begin_time"), "患者性别、入院时刻");
        assert_eq!(label("knowledge not reviewed"), "知识点待审核");
        assert_eq!(label("history from 2026-01-01"), "2026-01-01 以前的数据");
    }
}
