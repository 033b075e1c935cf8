//! What differs between two rules as they are written: only what changes their answers.

use std::collections::BTreeSet;

use rulebook::Rule;
use rulebook::logic::GradeWhen;
use serde::Serialize;

/// One thing that was changed; nothing before is added, nothing after is taken out.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Changed {
    pub(super) what: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

pub(super) fn between(old: &Rule, new: &Rule) -> Vec<Changed> {
    let (before, after) = (parts(old), parts(new));
    let names: Vec<&String> = in_order(before.iter().map(|(name, _)| name).chain(after.iter().map(|(name, _)| name)));
    let value =
        |parts: &[(String, String)], name: &str| parts.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone());
    let changed = |name: &String| Changed { what: name.clone(), before: value(&before, name), after: value(&after, name) };
    let mut all: Vec<Changed> = names.into_iter().map(changed).filter(|changed| changed.before != changed.after).collect();
    // What has no name above still changes the digest of the meaning, and must not pass unseen.
    if all.is_empty() && old.meaning != new.meaning {
        let digest = |rule: &Rule| Some(rule.meaning.clone());
        all.push(Changed { what: "其他设置（含义摘要）".to_owned(), before: digest(old), after: digest(new) });
    }
    all
}

/// Each name once, where it first comes.
fn in_order<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}

/// Everything of a rule that decides, by name.
fn parts(rule: &Rule) -> Vec<(String, String)> {
    let logic = &rule.logic;
    let mut parts: Vec<(String, String)> = [
        ("结果类型", rule.result.label()),
        ("判定类型", logic.kind.label()),
        ("计入范围", logic.charge.label()),
        ("金额口径", logic.amount.label()),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .to_vec();
    let joined = |words: Vec<&str>| words.join("、");
    parts.push(("监管环节".to_owned(), joined(rule.stages.iter().map(|stage| stage.label()).collect())));
    parts.push(("应用场景".to_owned(), joined(rule.scenarios.iter().map(|scenario| scenario.label()).collect())));
    parts.extend(rule.relations.iter().map(|relation| (format!("关系“{}”", relation.kind.label()), relation.rules.join("、"))));
    parts.extend(logic.knowledge.iter().map(|table| ("知识表".to_owned(), table.clone())));
    parts.extend(logic.points_of.iter().map(|of| ("读谁的知识点".to_owned(), of.clone())));
    parts.extend((!logic.deciding.is_empty()).then(|| ("必须填写的列".to_owned(), logic.deciding.join("、"))));
    for (name, parameter) in &rule.parameters {
        let unit = parameter.unit.as_deref().unwrap_or_default();
        parts.push((format!("参数 {name}"), format!("{}{unit}", parameter.value.show())));
    }
    let slots = logic.expressions().into_iter().filter(|(slot, _)| !slot.contains('.'));
    parts.extend(slots.map(|(slot, sql)| (format!("表达式 {slot}"), one_line(&sql.0))));
    if let Some(select) = logic.kind.select() {
        parts.push(("查询".to_owned(), one_line(&select.sql.0)));
        parts.push(("查询用的知识表".to_owned(), select.tables.join("、")));
    }
    parts.extend(logic.unless.iter().map(|exception| (format!("例外“{}”", exception.says), one_line(&exception.when.0))));
    parts.extend(logic.grades.iter().map(grade));
    // Arguments that are no expressions, such as the window of a quantity, have no name of their own.
    parts.push(("判定类型的设置".to_owned(), settings(rule)));
    parts
}

fn grade(grade: &GradeWhen) -> (String, String) {
    (format!("定级“{}”", grade.because), format!("{}：{}", grade.grade.label(), one_line(&grade.when.0)))
}

fn settings(rule: &Rule) -> String {
    let named = super::super::book::arguments(&rule.logic.kind);
    named.into_iter().map(|(name, value)| format!("{name}：{value}")).collect::<Vec<_>>().join("；")
}

fn one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}
