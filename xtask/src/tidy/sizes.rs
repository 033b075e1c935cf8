//! Sizes: a source file that is read in one sitting, a rule file that is reviewed in one sitting with its cases.

use super::Fault;
use crate::repository::TextFile;

const RUST_LINES: usize = 600;
const RUST_LINES_COMFORTABLE: usize = 400;
/// A rule's cases live in its own file and are most of it; the logic itself fits one screen. Each condition of a SELECT wants a case.
const RULE_LINES: usize = 400;

/// Checks the length of source and rule files.
pub(super) fn check(files: &[TextFile]) -> Vec<Fault> {
    files.iter().filter_map(fault).collect()
}

fn fault(file: &TextFile) -> Option<Fault> {
    if file.has_extension("rs") && !is_test(&file.path) {
        let lines = file.lines_without_tests().len();
        if lines > RUST_LINES {
            return Some(Fault::new(
                &file.path,
                format!("has {lines} lines without tests, more than {RUST_LINES}: split it by concept"),
            ));
        }
        let comfortable = lines <= RUST_LINES_COMFORTABLE;
        return (!comfortable)
            .then(|| Fault::warning(&file.path, format!("has {lines} lines without tests, more than {RUST_LINES_COMFORTABLE}")));
    }
    let lines = file.text.lines().count();
    let is_rule = file.path.starts_with("rules/") && file.has_extension("toml");
    (is_rule && lines > RULE_LINES).then(|| {
        Fault::new(&file.path, format!("has {lines} lines, more than {RULE_LINES}: fewer cases, or a kind is missing below it"))
    })
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, lines: usize) -> Option<Fault> {
        fault(&TextFile { path: path.into(), text: "x\n".repeat(lines) })
    }

    #[test]
    fn the_limits_are_inclusive() {
        assert_eq!(of("crates/a/src/a.rs", 400), None);
        assert!(of("crates/a/src/a.rs", 401).is_some_and(|fault| fault.warning));
        assert!(of("crates/a/src/a.rs", 600).is_some_and(|fault| fault.warning));
        assert!(of("crates/a/src/a.rs", 601).is_some_and(|fault| !fault.warning));
        assert_eq!(of("rules/drug/X.toml", 400), None);
        assert!(of("rules/drug/X.toml", 401).is_some_and(|fault| !fault.warning));
    }

    #[test]
    fn tests_and_tables_may_be_long() {
        assert_eq!(of("crates/a/tests/month.rs", 900), None);
        assert_eq!(of("crates/a/src/a/tests.rs", 900), None);
        assert_eq!(of("knowledge/kp_drug_label/national.csv", 9000), None);
    }
}
