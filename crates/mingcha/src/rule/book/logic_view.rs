//! A rule's logic in words: arguments of its kind, its expressions by slot, the facts they read, its message by parts.

use std::collections::BTreeSet;

use rulebook::Rule;
use rulebook::fact::FACTS;
use rulebook::logic::{Kind, LineKind};

/// A name with what it stands for.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) label: String,
}

impl Named {
    pub(super) fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into() }
    }
}

/// An expression in its slot.
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) text: String,
}

/// A piece of the message: plain text, or a placeholder that a finding fills.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) is_placeholder: bool,
    pub(super) means: String,
}

/// What the kind of a rule was told, beside expressions.
pub(super) fn arguments(kind: &Kind) -> Vec<Named> {
    let optional = |name: &str, value: Option<&String>| value.map(|value| Named::new(name, value.as_str()));
    let all: Vec<Option<Named>> = match kind {
        Kind::Line(line) => of_line(line),
        Kind::Window(window) => vec![
            Some(Named::new("窗口", window_word(&window.window))),
            Some(Named::new("计量", window.measure.label())),
            optional("合并计数列", window.combine.as_ref()),
        ],
        Kind::Period(period) => vec![optional("合并计数列", period.combine.as_ref())],
        Kind::Course(course) => {
            vec![Some(Named::new("疗程范围列", course.reach.as_str())), optional("合并计数列", course.combine.as_ref())]
        }
        Kind::Discount(discount) => vec![Some(Named::new("切口组列", discount.group.as_str()))],
        Kind::Operation(operation) => vec![
            optional("对应诊断列", operation.diagnoses.as_ref()),
            optional("对应项目列", operation.charges.as_ref()),
            optional("可解释的诊断列", operation.excuses.as_ref()),
        ],
        Kind::StayPair(pair) => vec![Some(Named::new("住院对", pair.pairs.label()))],
        Kind::Rate(rate) => vec![
            Some(Named::new("疑点对象", subject_word(&rate.subject))),
            Some(Named::new("同行分组列", rate.peers.join("、"))),
            optional("没有的按0计入的列", rate.absent.as_ref()),
        ],
        Kind::Trace(trace) => vec![Some(Named::new("追溯码至少位数", trace.least_signs.to_string()))],
        Kind::Query(query) => vec![Some(Named::new("疑点对象", subject_word(&query.subject)))],
        Kind::Diagnosis | Kind::Pair | Kind::Prescription(_) | Kind::Stay | Kind::Elsewhere | Kind::Stock(_) | Kind::Group(_) => {
            Vec::new()
        }
    };
    all.into_iter().flatten().collect()
}

fn of_line(line: &LineKind) -> Vec<Option<Named>> {
    let history = line.history.as_ref().map(|need| Named::new("既往使用", format!("回溯天数取参数 {}", need.days)));
    let companion = line
        .companion
        .as_ref()
        .map(|need| Named::new("伴随项目", format!("编码在列 {}，窗口：{}", need.codes, window_word(&need.window))));
    vec![
        Some(Named::new("疑点对象", line.subject.label())),
        history,
        line.indication.as_ref().map(|column| Named::new("条件树列", column.as_str())),
        companion,
        line.register.as_ref().map(|need| Named::new("登记表", need.table.as_str())),
    ]
}

fn window_word(window: &str) -> &str {
    match window {
        "hour" => "一小时",
        "day" => "一天",
        "visit" => "一次就诊",
        "stay" => "一次住院",
        "month" => "一个月",
        "year" => "一年",
        "prescription" => "一张处方",
        "knowledge" => "由知识点的 window 列给出",
        other => other,
    }
}

fn subject_word(subject: &str) -> &str {
    match subject {
        "line" => "明细",
        "visit" => "就诊",
        "stay" => "住院",
        "person" => "参保人",
        "doctor" => "医师",
        "institution" => "机构",
        "item" => "项目",
        "trace" => "追溯码",
        other => other,
    }
}

/// Every expression of a rule, and the SELECT that its kind rests on.
pub(super) fn slots(rule: &Rule) -> Vec<Slot> {
    let label = |name: &str| match rule.logic.exception_set(name) {
        Some(set) => format!("{}（例外集 {set}）", slot_word(name)),
        None => slot_word(name),
    };
    let expression = |(name, sql): (String, &rulebook::Sql)| Slot { label: label(&name), text: sql.0.trim().to_owned(), name };
    let mut slots: Vec<Slot> = rule.logic.expressions().into_iter().map(expression).collect();
    if let Some(select) = rule.logic.kind.select() {
        slots.push(Slot { name: "sql".to_owned(), label: "查询".to_owned(), text: select.sql.0.trim().to_owned() });
    }
    slots
}

fn slot_word(slot: &str) -> String {
    if let Some((list, number)) = slot.split_once('.') {
        let number = number.parse::<usize>().map_or(0, |number| number + 1);
        return format!("{} {number}", if list == "unless" { "例外" } else { "定级" });
    }
    let word = match slot {
        "visits" => "看哪些就诊",
        "scope" => "判定范围",
        "hit" => "命中条件",
        "excess" => "超出部分（分）",
        "limit" => "上限",
        "stay_limit" => "分摊到整次住院时的上限",
        "uses" => "周期内允许次数",
        "days" => "周期天数",
        "new_course_after" => "停用多少天算新疗程",
        "least_gap" => "两次之间最少天数",
        "second" => "第二项允许的比例",
        "later" => "其余各项允许的比例",
        "members" => "算作处方成员的明细",
        "listed" => "不能单独开具的成员",
        "links" => "成员之间至少的联系",
        other => other,
    };
    word.to_owned()
}

/// Facts that the expressions name, in the order of the vocabulary.
pub(super) fn facts(rule: &Rule) -> Vec<Named> {
    let expressions = rule.logic.expressions();
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    let words: BTreeSet<&str> = expressions.iter().flat_map(|(_, sql)| sql.0.split(|c: char| !is_name(c))).collect();
    let used = FACTS.iter().filter(|fact| words.contains(fact.full_name().as_str()));
    used.map(|fact| Named::new(fact.full_name(), fact.label)).collect()
}

/// The message cut at its placeholders.
pub(super) fn message(rule: &Rule) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = rule.message.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        parts.push(Part { text: before.to_owned(), is_placeholder: false, means: String::new() });
        parts.push(Part { text: name.to_owned(), is_placeholder: true, means: meaning(rule, name) });
        rest = behind;
    }
    parts.push(Part { text: rest.to_owned(), is_placeholder: false, means: String::new() });
    parts.retain(|part| !part.text.is_empty());
    parts
}

fn meaning(rule: &Rule, name: &str) -> String {
    if let Some(parameter) = name.strip_prefix("p.").and_then(|name| rule.parameters.get(name)) {
        return parameter.means.clone();
    }
    let fact = FACTS.iter().find(|fact| fact.full_name() == name);
    fact.map_or_else(|| if name == "amount" { "金额" } else { "判定时的取值" }.to_owned(), |fact| fact.label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack;

    #[test]
    fn a_message_is_cut_at_its_placeholders_and_each_says_what_it_is() {
        let pack = pack::shipped().expect("the shipped pack loads");
        let rule = pack.rule("GZ10000204001000").expect("split admission is shipped");
        let parts = message(rule);
        let whole: String =
            parts.iter().map(|p| if p.is_placeholder { format!("{{{}}}", p.text) } else { p.text.clone() }).collect();
        assert_eq!(whole, rule.message);
        assert!(parts.iter().any(|p| p.text == "stays.gap_days" && !p.means.is_empty()), "{parts:?}");
    }

    #[test]
    fn every_slot_of_every_shipped_rule_has_a_chinese_word() {
        let pack = pack::shipped().expect("the shipped pack loads");
        let slots = pack.rules.iter().flat_map(slots);
        let bare: BTreeSet<String> = slots.filter(|slot| slot.label.is_ascii()).map(|slot| slot.name).collect();
        assert!(bare.is_empty(), "{bare:?}");
    }
}
