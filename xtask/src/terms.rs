//! Terms（术语）of the field, read from the doc comments of the pure crates: `/// Finding（疑点）: …`.
//!
//! Reading is by line, not by a Rust parser: the house writes declarations on one line (rustfmt sees to it), and a chore that
//! needs no parser stays quick to build.

use crate::repository::TextFile;

/// The crates whose public types are the words of the field.
pub(crate) const PURE_CRATES: [&str; 4] = ["casework", "claims", "realtime", "rulebook"];

/// A public type or field and the first line of its documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declaration {
    /// `struct`, `enum`, `trait` or `field`.
    pub(crate) kind: &'static str,
    /// Name in the code.
    pub(crate) name: String,
    /// First doc line, empty when there is none.
    pub(crate) doc: String,
    /// File from the root.
    pub(crate) path: String,
    /// Line number, from 1.
    pub(crate) line: usize,
}

impl Declaration {
    /// The Chinese term: what stands in the first full-width brackets of the first doc line.
    pub(crate) fn chinese(&self) -> Option<&str> {
        let (_, rest) = self.doc.split_once('（')?;
        let (term, _) = rest.split_once('）')?;
        (!term.trim().is_empty()).then(|| term.trim())
    }

    /// The words before the brackets.
    pub(crate) fn phrase(&self) -> &str {
        self.doc.split_once('（').map_or("", |(before, _)| before.trim())
    }

    /// What the first doc line says after the term.
    pub(crate) fn meaning(&self) -> &str {
        let after = self.doc.split_once('）').map_or(self.doc.as_str(), |(_, after)| after);
        after.trim_start_matches([':', '.', ',', ';', ' ']).trim_end_matches('.').trim()
    }

    /// Crate it belongs to.
    pub(crate) fn crate_name(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }
}

/// All public types and documented fields of the pure crates, tests left out.
pub(crate) fn declarations(files: &[TextFile]) -> Vec<Declaration> {
    let pure = |file: &&TextFile| {
        file.has_extension("rs") && PURE_CRATES.iter().any(|name| file.path.starts_with(&format!("crates/{name}/src/")))
    };
    files.iter().filter(pure).flat_map(declarations_of).collect()
}

fn declarations_of(file: &TextFile) -> Vec<Declaration> {
    let mut found = Vec::new();
    let mut doc: Option<&str> = None;
    for (index, raw) in file.lines_without_tests().into_iter().enumerate() {
        let line = raw.trim();
        if let Some(text) = line.strip_prefix("///") {
            doc.get_or_insert(text.trim());
        } else if line.starts_with("#[") || line.starts_with(")]") {
            // Attributes stand between the documentation and the item.
        } else {
            if let Some((kind, name)) = declared(line) {
                let doc = doc.unwrap_or_default().to_owned();
                found.push(Declaration { kind, name, doc, path: file.path.clone(), line: index + 1 });
            }
            doc = None;
        }
    }
    found
}

fn declared(line: &str) -> Option<(&'static str, String)> {
    let rest = line.strip_prefix("pub ")?;
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    for kind in ["struct", "enum", "trait"] {
        if let Some(after) = rest.strip_prefix(kind).and_then(|after| after.strip_prefix(' ')) {
            // In a macro the name is `$name`: what it becomes is documented where the macro is called.
            return Some((kind, name(after))).filter(|(_, name)| !name.is_empty());
        }
    }
    let field = name(rest);
    let is_field = rest[field.len()..].starts_with(": ") && !field.is_empty();
    is_field.then_some(("field", field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Declaration> {
        declarations(&[TextFile { path: "crates/claims/src/record.rs".into(), text: text.into() }])
    }

    #[test]
    fn the_term_is_read_through_attributes() {
        let found = read("/// Line（费用明细）: one row.\n/// More.\n#[derive(Debug)]\npub struct Line {\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].chinese(), Some("费用明细"));
        assert_eq!(found[0].phrase(), "Line");
        assert_eq!(found[0].meaning(), "one row");
        assert_eq!(found[0].line, 4);
    }

    #[test]
    fn fields_are_read_with_their_column_names() {
        let found = read("pub struct Line {\n    /// Amount（明细项目费用总额）.\n    pub det_item_fee_sumamt: Fen,\n");
        assert_eq!((found[1].kind, found[1].name.as_str()), ("field", "det_item_fee_sumamt"));
        assert_eq!(found[1].chinese(), Some("明细项目费用总额"));
    }

    #[test]
    fn documentation_does_not_reach_over_another_item() {
        let found = read("/// Something（某）.\nfn private() {}\npub enum Bare {\n");
        assert_eq!(found[0].doc, "");
        assert_eq!(found[0].chinese(), None);
    }

    #[test]
    fn functions_and_other_crates_are_no_terms() {
        assert!(read("pub fn f() {}\npub mod x;\npub(crate) struct Hidden;\n").is_empty());
        let lake = TextFile { path: "crates/lake/src/lib.rs".into(), text: "pub struct Lake;\n".into() };
        assert!(declarations(&[lake]).is_empty());
    }
}
