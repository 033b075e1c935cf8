//! Exception sets（例外集）: an exception that more than one rule makes is said once, in `rules/exceptions`, and named by the rules.
//!
//! One file is one set, named as the file: its comment says what a subject is told that it clears, the rest is its condition. A region
//! says it otherwise by a file of the same name in its own folder of rules, and every rule that names the set follows.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use crate::finding::hex;
use crate::logic::Sql;
use crate::rule::Rule;

/// Exception set（例外集）.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionSet {
    /// What it says of whom it clears, in Chinese.
    pub says: String,
    /// When it holds: an expression over the facts.
    pub when: String,
}

impl ExceptionSet {
    /// Reads a file of a set; the error says what it lacks.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (comment, condition): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("--"));
        let says: String = comment.iter().map(|line| line.trim_start_matches("--").trim()).collect();
        let when = condition.join("\n").trim().to_owned();
        match (says.is_empty(), when.is_empty()) {
            (false, false) => Ok(Self { says, when }),
            (true, _) => Err("例外集的第一行写“-- 说明”，放过时照此说明".to_owned()),
            (_, true) => Err("例外集缺少条件表达式".to_owned()),
        }
    }
}

static SHIPPED: LazyLock<BTreeMap<&'static str, ExceptionSet>> = LazyLock::new(|| {
    let read = |(name, text)| Some((name, ExceptionSet::parse(text).ok()?));
    crate::pack::shipped_texts("exceptions").into_iter().filter_map(read).collect()
});

/// The sets that are shipped, by name.
pub fn shipped() -> &'static BTreeMap<&'static str, ExceptionSet> {
    &SHIPPED
}

/// Writes out the sets that a `[logic]` table names: each gets its condition, and its words where the rule has none of its own.
pub(crate) fn resolve(logic: &mut Table) -> Result<(), String> {
    for exception in exceptions(logic) {
        let Some(Value::String(name)) = exception.get("set").cloned() else { continue };
        if exception.contains_key("when") {
            return Err(format!("例外写了 set = \"{name}\"，就不要再写 when：条件在例外集里"));
        }
        let Some(set) = SHIPPED.get(name.as_str()) else {
            let known: Vec<&str> = SHIPPED.keys().copied().collect();
            return Err(format!("没有名为 {name} 的例外集；现有：{}", known.join("、")));
        };
        exception.insert("when".to_owned(), Value::String(set.when.clone()));
        exception.entry("says").or_insert_with(|| Value::String(set.says.clone()));
    }
    Ok(())
}

/// Has a rule take over what a set says, if it names it; whether it does. The rule then means something else.
pub(crate) fn take_over(rule: &mut Rule, name: &str, set: &ExceptionSet) -> bool {
    let mut follows = false;
    let own_words = |says: &str| SHIPPED.get(name).is_some_and(|shipped| shipped.says != says);
    for exception in rule.logic.unless.iter_mut().filter(|exception| exception.set.as_deref() == Some(name)) {
        exception.when = Sql(set.when.clone());
        if !own_words(&exception.says) {
            exception.says.clone_from(&set.says);
        }
        follows = true;
    }
    if follows {
        rule.meaning = hex(&Sha256::digest(format!("{}\u{1f}{name}\u{1f}{}", rule.meaning, set.when))[..16]);
    }
    follows
}

/// A `[logic]` table as it decides, without the names of its sets: a condition means the same under whatever name it stands.
pub(crate) fn written_out(logic: &Value) -> Value {
    let mut logic = logic.clone();
    if let Some(table) = logic.as_table_mut()
        && resolve(table).is_ok()
    {
        for exception in exceptions(table) {
            exception.remove("set");
        }
    }
    logic
}

fn exceptions(logic: &mut Table) -> impl Iterator<Item = &mut Table> {
    let all = logic.get_mut("unless").and_then(Value::as_array_mut);
    all.into_iter().flatten().filter_map(Value::as_table_mut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logic(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn a_named_set_means_what_its_condition_written_out_means() {
        let mut named = logic("unless = [{ set = \"newborn_stay\" }]");
        let plain = written_out(&Value::Table(named.clone()));
        resolve(&mut named).unwrap();
        let exception = named["unless"][0].as_table().unwrap();
        assert_eq!(exception["when"].as_str(), Some("stays.newborn"));
        assert!(!exception["says"].as_str().unwrap().is_empty());
        assert_eq!(plain["unless"][0].get("set"), None);
        assert_eq!(plain["unless"][0].get("when"), Some(&exception["when"]));
    }

    #[test]
    fn a_rule_may_say_it_in_its_own_words_but_not_with_its_own_condition() {
        let mut own = logic("unless = [{ set = \"newborn_stay\", says = \"新生儿\" }]");
        resolve(&mut own).unwrap();
        assert_eq!(own["unless"][0]["says"].as_str(), Some("新生儿"));
        let both = resolve(&mut logic("unless = [{ set = \"newborn_stay\", when = \"TRUE\" }]")).unwrap_err();
        assert!(both.contains("不要再写 when"), "{both}");
        let unknown = resolve(&mut logic("unless = [{ set = \"nobody\" }]")).unwrap_err();
        assert!(unknown.contains("nobody") && unknown.contains("newborn_stay"), "{unknown}");
    }

    #[test]
    fn every_shipped_file_is_a_set() {
        assert_eq!(shipped().len(), crate::pack::shipped_texts("exceptions").len());
        assert!(ExceptionSet::parse("-- 只有说明\n").is_err());
        assert!(ExceptionSet::parse("stays.newborn\n").is_err());
    }
}
