//! Shelf（书架）: the pack with what every page asks of it: where a page lies, who uses a table, how many points there are.

use std::collections::{BTreeMap, BTreeSet};

use rulebook::{Pack, Point, Rule, problem};

use super::super::label::Labels;

/// What the frame of every page shows.
pub(super) struct Site {
    /// Way back to the first folder, `` or `../`.
    pub(super) root: &'static str,
    /// Part of the book, marked in the navigation.
    pub(super) part: &'static str,
    pub(super) rules: usize,
    pub(super) tables: usize,
    pub(super) laws: usize,
    pub(super) problems: usize,
    pub(super) pack: String,
    pub(super) knowledge: String,
    pub(super) version: &'static str,
}

/// A link to a rule or a table.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) code: String,
}

/// How many points a table holds.
#[derive(Clone, Copy, Default)]
pub(super) struct Held {
    pub(super) points: usize,
    pub(super) reviewed: usize,
    pub(super) regional: usize,
}

/// Shelf（书架）.
pub(super) struct Shelf<'a> {
    pub(super) pack: &'a Pack,
    /// What the rules have done so far, where a run was named.
    pub(super) labels: Option<&'a Labels>,
    held: BTreeMap<&'a str, Held>,
    used_by: BTreeMap<&'a str, Vec<&'a Rule>>,
    digests: [String; 2],
}

impl<'a> Shelf<'a> {
    pub(super) fn of(pack: &'a Pack, labels: Option<&'a Labels>) -> Self {
        let mut held: BTreeMap<&str, Held> = BTreeMap::new();
        for point in pack.knowledge.points() {
            let of_table = held.entry(&point.table).or_default();
            of_table.points += 1;
            of_table.reviewed += usize::from(point.is_reviewed());
            of_table.regional += usize::from(point.region.is_some());
        }
        let mut used_by: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
        for rule in &pack.rules {
            let tables: BTreeSet<&str> = tables_of(rule).into_iter().collect();
            for table in tables {
                used_by.entry(table).or_default().push(rule);
            }
        }
        let digests = [pack.digest(), pack.knowledge_digest()].map(|digest| digest[..12].to_owned());
        Self { pack, labels, held, used_by, digests }
    }

    /// The frame of a page in a part of the book; pages of one rule or table lie a folder deeper.
    pub(super) fn site(&self, part: &'static str, root: &'static str) -> Site {
        let laws: BTreeSet<&str> = self.pack.rules.iter().flat_map(|rule| &rule.basis).map(|basis| basis.law.as_str()).collect();
        Site {
            root,
            part,
            rules: self.pack.rules.len(),
            tables: self.pack.knowledge.descriptors().count(),
            laws: laws.len(),
            problems: self.held(problem::TABLE).points,
            pack: self.digests[0].clone(),
            knowledge: self.digests[1].clone(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    pub(super) fn held(&self, table: &str) -> Held {
        self.held.get(table).copied().unwrap_or_default()
    }

    pub(super) fn used_by(&self, table: &str) -> &[&'a Rule] {
        self.used_by.get(table).map_or(&[], Vec::as_slice)
    }

    /// A link to the rule of a code; a code that is no rule of the pack is shown without one.
    pub(super) fn link(&self, root: &str, code: &str) -> Link {
        match self.pack.rule(code) {
            Some(rule) => rule_link(root, rule),
            None => Link { href: String::new(), name: "（不在规则库中）".to_owned(), code: code.to_owned() },
        }
    }
}

pub(super) fn rule_link(root: &str, rule: &Rule) -> Link {
    Link { href: format!("{root}{}", rule_file(&rule.code)), name: rule.name.clone(), code: rule.code.clone() }
}

/// Tables that a rule reads: its own first.
pub(crate) fn tables_of(rule: &Rule) -> Vec<&str> {
    rule.logic.knowledge.as_deref().into_iter().chain(rule.logic.kind.further_tables()).collect()
}

/// Where the page of a rule lies.
pub(super) fn rule_file(code: &str) -> String {
    format!("rule/{}.html", file_name(code))
}

/// Where a page of a table lies; sheets count from 1.
pub(super) fn table_file(table: &str, sheet: usize) -> String {
    let name = file_name(table);
    if sheet == 1 { format!("table/{name}.html") } else { format!("table/{name}-{sheet}.html") }
}

/// Whether a name is one that the book gives: only such files are ever taken away.
pub(super) fn is_page(name: &str) -> bool {
    let inside = name.strip_prefix("rule/").or_else(|| name.strip_prefix("table/")).and_then(|rest| rest.strip_suffix(".html"));
    inside.is_some_and(|stem| !stem.is_empty() && stem.bytes().all(is_plain))
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~')
}

/// A code as a file name on every system: what could mean something to one is written as `~` and its bytes in hexadecimal.
fn file_name(code: &str) -> String {
    let mut name = String::with_capacity(code.len());
    for byte in code.bytes() {
        if is_plain(byte) && byte != b'~' {
            name.push(char::from(byte));
        } else {
            name.push('~');
            name.push_str(&rulebook::finding::hex(&[byte]));
        }
    }
    name
}

/// From when to when a point holds.
pub(super) fn days(point: &Point) -> String {
    match (point.valid_from, point.valid_to) {
        (None, None) => "不限".to_owned(),
        (Some(from), None) => format!("{from} 起"),
        (None, Some(to)) => format!("至 {to}"),
        (Some(from), Some(to)) => format!("{from} 至 {to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_becomes_a_file_name_and_no_way_out_of_the_folder() {
        assert_eq!(rule_file("E25-013"), "rule/E25-013.html");
        assert_eq!(rule_file("../x"), "rule/~2e~2e~2fx.html");
        assert_eq!(table_file("kp_drug_pay", 2), "table/kp_drug_pay-2.html");
        assert!(is_page("rule/~2e~2e~2fx.html"));
        assert!(!is_page("rule/../x.html") && !is_page("index.html") && !is_page("rule/.html"));
    }
}
