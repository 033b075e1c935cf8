//! Lock（规则锁）: code → version and hash of meaning, so that a rule changed without a new version is seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::finding::hex;
use crate::rule::{Rule, RuleFault};
use crate::{exception, notion};

/// Keys of a rule file that make up its meaning. Prose, cases and status may change without a new version.
const MEANING: [&str; 7] = ["class", "logic", "parameters", "relations", "result", "scenarios", "stages"];

/// Hash of what a rule means, with the notions that it names. Comments, order of keys and layout do not count.
pub fn meaning(file: &toml::Table) -> String {
    let mut hash = Sha256::new();
    for key in MEANING {
        if let Some(value) = file.get(key) {
            hash.update(key.as_bytes());
            let said = match key {
                "parameters" => without_authors(value),
                "logic" => exception::written_out(value),
                _ => value.clone(),
            };
            hash.update(said.to_string().as_bytes());
        }
    }
    let sql = file.get("logic").and_then(|logic| logic.get("sql")).and_then(toml::Value::as_str).unwrap_or_default();
    for table in notion::named(sql) {
        hash.update(table.name.as_bytes());
        hash.update(table.sql.as_bytes());
    }
    hex(&hash.finalize()[..16])
}

/// Hash of what a rule means and of what its cases prove of it.
pub fn proof(file: &toml::Table) -> String {
    let mut hash = Sha256::new();
    hash.update(meaning(file).as_bytes());
    for key in ["case", "equivalent"] {
        hash.update(file.get(key).map(ToString::to_string).unwrap_or_default().as_bytes());
    }
    hex(&hash.finalize()[..16])
}

/// Parameters as they decide: who set a value, and when, does not change what the rule says.
fn without_authors(parameters: &toml::Value) -> toml::Value {
    let mut all = parameters.clone();
    for (_, parameter) in all.as_table_mut().into_iter().flatten() {
        if let Some(parameter) = parameter.as_table_mut() {
            parameter.remove("set_by");
            parameter.remove("set_on");
        }
    }
    all
}

/// The text of `rules/rules.lock`.
pub fn lock_text(rules: &[Rule]) -> String {
    let mut rules: Vec<&Rule> = rules.iter().collect();
    rules.sort_by(|a, b| a.code.cmp(&b.code));
    let mut text = String::from("# Written by `cargo xtask lock`: code, version, hash of meaning.\n");
    for rule in rules {
        writeln!(text, "{} {} {}", rule.code, rule.version, rule.meaning).expect("writing to a string cannot fail");
    }
    text
}

/// Rules whose meaning changed while the version did not.
pub fn check(lock: &str, rules: &[Rule]) -> Vec<RuleFault> {
    let locked: BTreeMap<&str, (&str, &str)> = lock
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, (words.next()?, words.next()?)))
        })
        .collect();
    rules
        .iter()
        .filter_map(|rule| {
            let (version, hash) = locked.get(rule.code.as_str())?;
            let silent = *version == rule.version.to_string() && *hash != rule.meaning;
            silent
                .then(|| RuleFault::new(&rule.code, "version", "含义已变而版本未变；请把 version 加一，再运行 cargo xtask lock"))
        })
        .collect()
}
