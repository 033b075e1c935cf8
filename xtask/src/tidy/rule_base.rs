//! The rule base: every rule file reads, no meaning changed under an old version, and what is generated from it is fresh.

use std::fs;
use std::path::Path;

use rulebook::{Rule, RuleFault, lock, schema};

use super::{Fault, fresh};
use crate::mutants::{LEDGER, gaps};
use crate::repository::TextFile;
use crate::rule_base::{LOCK, SCHEMA, rules};

/// Checks rule files against the lock and the schema.
pub(super) fn check(root: &Path, files: &[TextFile]) -> Vec<Fault> {
    let mut faults = match rules(files) {
        Ok(rules) => locked(&fs::read_to_string(root.join(LOCK)).unwrap_or_default(), &rules),
        Err(faults) => faults.into_iter().map(fault).collect(),
    };
    faults.extend(untried(&fs::read_to_string(root.join(LEDGER)).unwrap_or_default(), files));
    faults.extend(fresh(root, SCHEMA, &schema::schema_text(), "cargo xtask schema"));
    faults
}

/// Rules whose SELECT has mutants that were not tried as it stands now, or that no case finds. A rule that cannot be read is a fault already.
fn untried(ledger: &str, files: &[TextFile]) -> Vec<Fault> {
    let gaps = gaps(ledger, files).unwrap_or_default();
    let stale = "its mutants are not those that were tried: run `cargo xtask mutants` and commit the result";
    let never = "its mutants were never tried: run `cargo xtask mutants` and commit the result";
    let mut faults: Vec<Fault> = gaps.stale.iter().map(|code| Fault::new(format!("{LEDGER}: {code}"), stale)).collect();
    faults.extend(gaps.untried.iter().map(|code| Fault::new(format!("{LEDGER}: {code}"), never)));
    let open = "no case finds some of its mutants: `mingcha rule check` names them; add cases";
    faults.extend(gaps.open.iter().map(|code| Fault::new(format!("{LEDGER}: {code}"), open)));
    faults
}

fn locked(text: &str, rules: &[Rule]) -> Vec<Fault> {
    let silent: Vec<Fault> = lock::check(text, rules).into_iter().map(fault).collect();
    if silent.is_empty() && text != lock::lock_text(rules) {
        return vec![Fault::new(LOCK, "is not fresh: run `cargo xtask lock` and commit the result")];
    }
    silent
}

fn fault(fault: RuleFault) -> Fault {
    Fault::new(format!("{}: {}", fault.file, fault.key), fault.problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"
        code = "X001"
        name = "例"
        class = "policy"
        group = "例"
        version = 1
        status = "trial"
        stages = ["post"]
        scenarios = ["inpatient"]
        result = "certain"
        violation = "例"
        why = "例"
        logic_text = "例"
        message = "例"
        basis = [{ law = "例", article = "第一条" }]
        logic = { kind = "stay", hit = "stay.days > 3", charge = "all", amount = "none" }
    "#;

    fn file(text: &str) -> TextFile {
        TextFile { path: "rules/policy/X001.toml".into(), text: text.into() }
    }

    fn read(text: &str) -> Vec<Rule> {
        rules(&[file(text)]).expect("a lawful rule")
    }

    #[test]
    fn a_meaning_changed_under_its_old_version_is_a_fault() {
        let lock = lock::lock_text(&read(RULE));
        assert_eq!(locked(&lock, &read(RULE)), []);
        let changed = locked(&lock, &read(&RULE.replace("> 3", "> 4")));
        assert_eq!(changed.len(), 1);
        assert!(changed[0].place.starts_with("X001"), "{}", changed[0]);
    }

    #[test]
    fn a_raised_version_asks_only_for_a_fresh_lock() {
        let lock = lock::lock_text(&read(RULE));
        let raised = RULE.replace("> 3", "> 4").replace("version = 1", "version = 2");
        let found = locked(&lock, &read(&raised));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, LOCK);
    }

    #[test]
    fn prose_may_change_without_a_version() {
        let lock = lock::lock_text(&read(RULE));
        assert_eq!(locked(&lock, &read(&RULE.replace("why = \"例\"", "why = \"另一个原因\""))), []);
    }

    #[test]
    fn a_rule_that_does_not_read_is_a_fault_with_its_file() {
        let found = rules(&[file(&RULE.replace("kind = \"stay\"", "kind = \"stey\""))]).expect_err("no such kind");
        assert_eq!(fault(found[0].clone()).place, "rules/policy/X001.toml: logic");
    }

    #[test]
    fn the_schema_admits_every_rule_of_the_tree() {
        let schema: serde_json::Value = serde_json::from_str(&schema::schema_text()).expect("the schema is JSON");
        let files = crate::repository::text_files(&crate::repository::root()).expect("the repository can be listed");
        let of_rules = files.iter().filter(|file| file.path.starts_with("rules/") && file.has_extension("toml"));
        for file in of_rules {
            let rule: serde_json::Value = toml::from_str(&file.text).expect("a rule is TOML");
            for key in rule.as_object().expect("a rule is a table").keys() {
                assert!(schema["properties"][key].is_object(), "{}: {key}", file.path);
            }
            for key in schema["required"].as_array().expect("a list") {
                assert!(rule[key.as_str().expect("a name")] != serde_json::Value::Null, "{}: {key}", file.path);
            }
        }
    }
}
