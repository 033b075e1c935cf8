//! Terms: every public type of the pure crates has its Chinese term, and one Chinese term has one English word.

use std::collections::BTreeMap;

use super::Fault;
use crate::repository::TextFile;
use crate::terms::{Declaration, declarations};

/// Types that are no words of the field (plumbing of a parser, say), each with a reason.
pub(super) const EXEMPT: &str = "xtask/terms-exempt.txt";

/// Checks the public types of the pure crates.
pub(super) fn check(files: &[TextFile], exempt: &[String]) -> Vec<Fault> {
    let types: Vec<Declaration> = declarations(files).into_iter().filter(|declaration| declaration.kind != "field").collect();
    let mut faults = missing(&types, exempt);
    faults.extend(two_words_for_one_term(&types));
    faults.extend(stale(&types, exempt));
    faults
}

fn missing(types: &[Declaration], exempt: &[String]) -> Vec<Fault> {
    let without = types.iter().filter(|term| term.chinese().is_none() && !exempt.contains(&term.name));
    without
        .map(|term| {
            let advice = format!(
                "`{}` has no Chinese term: begin its doc comment with `{}（…）: `, or list it in {EXEMPT}",
                term.name, term.name
            );
            Fault::new(format!("{}:{}", term.path, term.line), advice)
        })
        .collect()
}

fn two_words_for_one_term(types: &[Declaration]) -> Vec<Fault> {
    let mut words: BTreeMap<&str, &Declaration> = BTreeMap::new();
    let mut faults = Vec::new();
    for term in types {
        let Some(chinese) = term.chinese() else { continue };
        let first = *words.entry(chinese).or_insert(term);
        if first.name != term.name {
            let problem =
                format!("{chinese} is called `{}` here and `{}` in {}: one term, one word", term.name, first.name, first.path);
            faults.push(Fault::new(format!("{}:{}", term.path, term.line), problem));
        }
    }
    faults
}

/// An exemption that exempts nothing hides the next mistake.
fn stale(types: &[Declaration], exempt: &[String]) -> Vec<Fault> {
    let needed = |name: &&String| types.iter().any(|term| term.name == **name && term.chinese().is_none());
    let unneeded = exempt.iter().filter(|name| !needed(name));
    unneeded.map(|name| Fault::new(EXEMPT, format!("`{name}` needs no exemption: take the line out"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str, exempt: &[&str]) -> Vec<Fault> {
        let file = TextFile { path: "crates/rulebook/src/finding.rs".into(), text: text.into() };
        let exempt: Vec<String> = exempt.iter().map(|&name| name.to_owned()).collect();
        check(&[file], &exempt)
    }

    #[test]
    fn a_type_with_its_term_is_fine() {
        assert_eq!(faults("/// Finding（疑点）: a hit of a rule.\npub struct Finding {\n", &[]), []);
    }

    #[test]
    fn a_type_without_a_term_is_a_fault_unless_exempt() {
        let text = "/// Reads tokens.\npub struct Lexer {\n";
        assert_eq!(faults(text, &[]).len(), 1);
        assert_eq!(faults(text, &["Lexer"]), []);
    }

    #[test]
    fn two_words_for_one_term_are_a_fault() {
        let found = faults("/// Finding（疑点）.\npub struct Finding;\n/// Suspicion（疑点）.\npub struct Suspicion;\n", &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].problem.contains("one term, one word"));
    }

    #[test]
    fn an_exemption_that_exempts_nothing_is_a_fault() {
        assert_eq!(faults("/// Finding（疑点）.\npub struct Finding;\n", &["Finding"]).len(), 1);
        assert_eq!(faults("", &["Gone"]).len(), 1);
    }
}
