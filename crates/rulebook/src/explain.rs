//! Explanation（说明）: a rule and a finding in plain Chinese, good enough for a case file.

use std::fmt::Write as _;

use claims::{Day, Fen};

use crate::finding::{FactUsed, Finding};
use crate::knowledge::Knowledge;
use crate::problem::{self, Problem};
use crate::rule::Rule;

/// A rule for a reviewer or lawyer: law, logic, knowledge, parameters, typical problems it can find, cases.
pub fn rule(rule: &Rule, knowledge: &Knowledge) -> String {
    let mut text = String::new();
    let line = |text: &mut String, label: &str, value: &str| {
        writeln!(text, "{label}：{value}").expect("writing to a string cannot fail");
    };
    writeln!(text, "{} {}（第{}版，{}）", rule.code, rule.name, rule.version, rule.status.label()).expect("a string");
    line(&mut text, "分类", &format!("{} / {}", rule.class.label(), rule.group));
    line(&mut text, "结果类型", rule.result.label());
    line(&mut text, "监管环节", &rule.stages.iter().map(|s| s.label()).collect::<Vec<_>>().join("、"));
    line(&mut text, "违规类型", &rule.violation);
    line(&mut text, "为什么", rule.why.trim());
    line(&mut text, "判定逻辑", rule.logic_text.trim());
    text.push_str("依据：\n");
    for basis in &rule.basis {
        let from = basis.from.map_or(String::new(), |day| format!("（{day} 起施行）"));
        writeln!(text, "  《{}》{}{from}", basis.law, basis.article).expect("a string");
    }
    parameters(&mut text, rule);
    points(&mut text, rule, knowledge);
    problems(&mut text, rule, knowledge);
    if !rule.cleared_by.is_empty() {
        text.push_str("可澄清的材料：\n");
        for what in &rule.cleared_by {
            writeln!(text, "  - {what}").expect("a string");
        }
    }
    writeln!(text, "表达式（kind = {}）：", rule.logic.kind.name()).expect("a string");
    for (slot, sql) in rule.logic.expressions() {
        let set = rule.logic.exception_set(&slot).map_or_else(String::new, |name| format!("（例外集 {name}）"));
        writeln!(text, "  {slot}{set}: {}", sql.0.split_whitespace().collect::<Vec<_>>().join(" ")).expect("a string");
    }
    writeln!(text, "用例（{}）：", rule.cases.len()).expect("a string");
    for case in &rule.cases {
        writeln!(text, "  - {}", case.name).expect("a string");
    }
    text
}

fn parameters(text: &mut String, rule: &Rule) {
    if rule.parameters.is_empty() {
        return;
    }
    text.push_str("参数（全国默认值）：\n");
    for (name, p) in &rule.parameters {
        let unit = p.unit.as_deref().unwrap_or_default();
        let set = format!("来源：{}；{} 于 {} 设定", p.source, p.set_by, p.set_on);
        writeln!(text, "  {name} = {}{unit}：{}（{set}）", p.value.show(), p.means).expect("a string");
    }
}

fn points(text: &mut String, rule: &Rule, knowledge: &Knowledge) {
    further_tables(text, rule, knowledge);
    let Some(table) = &rule.logic.knowledge else {
        if rule.logic.kind.further_tables().is_empty() {
            text.push_str("知识：本规则不用知识点\n");
        }
        return;
    };
    let all: Vec<_> = knowledge.feeding(rule).collect();
    let reviewed = all.iter().filter(|p| p.is_reviewed()).count();
    let described = knowledge.descriptor(table);
    let name = described.map_or("", |d| d.name.as_str());
    let points_of = rule.logic.points_of.as_deref().unwrap_or(&rule.code);
    let place = described.map_or("", |d| d.region_of(points_of).label());
    writeln!(text, "知识：{table} {name}，知识点 {} 个，其中已审核 {reviewed} 个，按{place}取", all.len()).expect("a string");
    for point in all.iter().take(3) {
        let from = point.valid_from.map_or("不限".to_owned(), |day| day.to_string());
        writeln!(text, "  例：{}（{} 起，{}）", point.name, from, point.citation.as_deref().unwrap_or("无引用"))
            .expect("a string");
    }
}

/// Tables that a rule reads beside its own, or by a SELECT.
fn further_tables(text: &mut String, rule: &Rule, knowledge: &Knowledge) {
    for table in rule.logic.kind.further_tables() {
        let rows = knowledge.points().iter().filter(|point| &*point.table == table).count();
        let Some(descriptor) = knowledge.descriptor(table) else { continue };
        let place = descriptor.region_of(&rule.code).label();
        writeln!(text, "知识：读 {table} {}，{rows} 行，按{place}取", descriptor.name).expect("a string");
    }
}

fn problems(text: &mut String, rule: &Rule, knowledge: &Knowledge) {
    let all: Vec<Problem<'_>> = problem::of_rule(knowledge, &rule.code).collect();
    if all.is_empty() {
        return;
    }
    let waiting = if all.iter().all(|problem| problem.point.is_reviewed()) { "" } else { "，对照待审核" };
    writeln!(text, "典型问题清单（可及 {} 项{waiting}）：", all.len()).expect("a string");
    for problem in all {
        let (domain, number, label) = (problem.domain(), problem.number(), problem.label());
        writeln!(text, "  {domain} {number} {label}：{}（{}）", problem.how(), problem.citation()).expect("a string");
    }
}

/// A finding for a case file: what, how much, which facts, which knowledge, which law, the arithmetic.
pub fn finding(finding: &Finding) -> String {
    let mut text = String::new();
    let e = &finding.evidence;
    writeln!(text, "疑点 {}（第{}次修订）", finding.finding_id, finding.revision).expect("a string");
    writeln!(text, "规则：{} {}（第{}版）", finding.rule_code, finding.rule_name, finding.rule_version).expect("a string");
    writeln!(text, "严重程度：{}", finding.grade.label()).expect("a string");
    writeln!(text, "发生日期：{}", finding.occurred_on).expect("a string");
    writeln!(text, "事实：{}", finding.message).expect("a string");
    writeln!(text, "金额：{} 元{}", Fen(finding.amount_fen), basis(finding)).expect("a string");
    match finding.fund_amount_fen {
        Some(fund) => {
            let parts: Vec<String> = finding.fund_parts.iter().map(|(f, v)| format!("{} {} 元", fund_name(f), Fen(*v))).collect();
            let parts = if parts.is_empty() { String::new() } else { format!("（{}）", parts.join("，")) };
            writeln!(text, "其中基金支付：{} 元{parts}", Fen(fund)).expect("a string");
        }
        None => {
            writeln!(text, "其中基金支付：未知（{}）", e.fund_unknown.as_deref().unwrap_or("结算数据不足")).expect("a string");
        }
    }
    section(&mut text, "所用事实", &e.facts);
    section(&mut text, "知识点", &e.knowledge);
    list(&mut text, "知识沿革", &e.succession);
    if !e.parameters.is_empty() {
        text.push_str("参数：\n");
        for p in &e.parameters {
            writeln!(text, "  {}（{}）= {}，来源：{}", p.means, p.name, p.value, p.source).expect("a string");
        }
    }
    list(&mut text, "计算", &e.arithmetic);
    list(&mut text, "归一化说明", &e.notes);
    if let Some(because) = &e.graded_because {
        writeln!(text, "定级说明：{because}").expect("a string");
    }
    list(&mut text, "依据", &e.law.iter().map(|l| format!("《{}》{}", l.law, l.article)).collect::<Vec<_>>());
    list(&mut text, "可澄清的材料", &e.cleared_by);
    writeln!(text, "明细：{}", finding.line_ids.join("；")).expect("a string");
    if !finding.related_lines.is_empty() {
        writeln!(text, "涉及明细：{}", finding.related_lines.join("；")).expect("a string");
    }
    writeln!(text, "摘要：{}", finding.digest).expect("a string");
    text
}

fn basis(finding: &Finding) -> &'static str {
    match finding.amount_basis {
        crate::finding::AmountBasis::Index => "（按病种或床日付费，仅供参考，不计入应追回金额）",
        crate::finding::AmountBasis::None => "（本规则不计金额）",
        _ => "",
    }
}

/// Chinese name of a fund column.
pub fn fund_name(column: &str) -> &str {
    claims::record::FUND_COLUMNS.iter().find(|(name, _)| *name == column).map_or(column, |(_, zh)| zh)
}

fn section(text: &mut String, title: &str, facts: &[FactUsed]) {
    let lines: Vec<String> = facts.iter().map(|f| format!("{} = {}", f.label, f.value.as_deref().unwrap_or("缺失"))).collect();
    list(text, title, &lines);
}

fn list(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    writeln!(text, "{title}：").expect("writing to a string cannot fail");
    for line in lines {
        writeln!(text, "  {line}").expect("writing to a string cannot fail");
    }
}

/// The law in force on the day, as findings cite it.
pub fn law_on(rule: &Rule, day: Day) -> Vec<crate::finding::LawCited> {
    rule.basis_on(day).map(|b| crate::finding::LawCited { law: b.law.clone(), article: b.article.clone() }).collect()
}
