//! Published class（公布的规则类别）: which rule a batch means by a name, and which table takes its points.

use super::Knowledge;
use crate::logic::Kind;
use crate::rule::Rule;

/// Names under which batches publish points of a rule that the catalogue calls otherwise: the edition of 2025 renamed one, and
/// batch 11 shortens another.
const ALSO: [(&str, &str); 3] = [
    ("药品限最大开药天数/开药量", "GZ10000101009000"),
    ("中药饮片单方不予支付", "GZ10000101004000"),
    ("中药饮片单方使用均不予支付", "GZ10000101004000"),
];

/// The rule that a batch means by a name.
pub(super) fn rule_of<'r>(rules: &'r [Rule], name: &str) -> Option<&'r Rule> {
    let also = ALSO.iter().find(|(published, _)| *published == name).map(|(_, code)| *code);
    rules.iter().find(|rule| rule.name == name || Some(rule.code.as_str()) == also)
}

/// The table that takes a rule's points: its own, or the one that names the rule.
pub(super) fn table_of<'k>(knowledge: &'k Knowledge, rule: &'k Rule) -> Option<&'k str> {
    let named =
        || knowledge.descriptors().find(|table| table.published.contains_key(&rule.code)).map(|table| table.table.as_str());
    rule.logic.knowledge.as_deref().or_else(named)
}

/// Why a class carries no points, in a sentence for whoever imports.
pub(super) fn refusal(class: &str, rule: Option<&Rule>) -> String {
    let Some(rule) = rule else {
        return format!("规则库里没有叫“{class}”的规则；先加规则文件，或核对名称，再导入");
    };
    let judged = match &rule.logic.kind {
        Kind::Rate(_) => "它把机构的指标与同级同类比较",
        Kind::Stock(_) => "它核对进货、库存与收费",
        Kind::Group(_) => "它从记录中找出相互关联的人",
        Kind::Stay | Kind::StayPair(_) | Kind::Elsewhere => "它只看住院记录本身",
        _ => "它只看结算与明细记录本身",
    };
    format!("规则“{class}”（{}）不用知识点：{judged}，限额写在参数里；这个知识点没有地方起作用，没有导入", rule.code)
}

impl Knowledge {
    /// Columns that must be filled before a point of the rule decides.
    pub fn deciding<'k>(&'k self, rule: &'k Rule, table: &str) -> &'k [String] {
        if rule.logic.knowledge.is_some() {
            return &rule.logic.deciding;
        }
        self.descriptor(table).and_then(|table| table.published.get(&rule.code)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use crate::Pack;

    use super::*;

    /// National classes whose rules look at records alone; the eight indicators (ZB) are further ones.
    const WITHOUT_POINTS: [&str; 12] = [
        "GZ10000201001000",
        "GZ10000201002000",
        "GZ10000201007000",
        "GZ10000201008000",
        "GZ10000202001000",
        "GZ10000202004000",
        "GZ10000203001000",
        "GZ10000204001000",
        "GZ10000204002000",
        "GZ10000204003000",
        "GZ10000204004000",
        "E25-076",
    ];

    fn is_national(rule: &Rule) -> bool {
        ["GZ", "ZB", "E25"].iter().any(|begin| rule.code.starts_with(begin))
    }

    #[test]
    fn every_national_class_takes_points_or_says_why_not() {
        let pack = Pack::shipped().expect("the shipped pack");
        let national: Vec<&Rule> = pack.rules.iter().filter(|rule| is_national(rule)).collect();
        assert_eq!(national.len(), 88);
        for rule in national {
            let refused = WITHOUT_POINTS.contains(&rule.code.as_str()) || rule.code.starts_with("ZB");
            assert_eq!(table_of(&pack.knowledge, rule).is_none(), refused, "{} {}", rule.code, rule.name);
            assert!(!refused || refusal(&rule.name, Some(rule)).contains("不用知识点"));
        }
        assert!(refusal("某规则", None).contains("没有叫“某规则”的规则"));
    }

    #[test]
    fn a_table_names_rules_and_columns_that_exist() {
        let pack = Pack::shipped().expect("the shipped pack");
        for table in pack.knowledge.descriptors() {
            for (code, deciding) in &table.published {
                let rule = pack.rule(code).unwrap_or_else(|| panic!("{}: no rule {code}", table.table));
                assert!(rule.logic.knowledge.is_none(), "{code} has a table of its own");
                assert!(rule.logic.kind.further_tables().contains(&table.table.as_str()), "{code} does not read {}", table.table);
                assert!(deciding.iter().all(|column| table.columns.contains_key(column)), "{}: {deciding:?}", table.table);
            }
        }
        for (name, code) in ALSO {
            assert!(pack.rule(code).is_some_and(|rule| rule.name != name), "{name}");
        }
    }
}
