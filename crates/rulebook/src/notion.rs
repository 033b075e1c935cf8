//! Notions（口径）: what more than one SELECT must know alike, such as which settlements are void, is said once, in `rules/notions`.
//!
//! One file is one table, named as the file; its comment says what a row is, and which columns it has. A table may name others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Notion（口径）: a table that any rule's SELECT may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notion {
    /// As a SELECT names it.
    pub name: &'static str,
    /// What a row is, and its columns, in Chinese.
    pub means: String,
    /// Its SELECT.
    pub sql: String,
}

static TABLES: LazyLock<BTreeMap<&'static str, Notion>> = LazyLock::new(|| {
    let read = |(name, text): (&'static str, &'static str)| {
        let (comment, sql): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("--"));
        let means = comment.iter().map(|line| line.trim_start_matches("--").trim()).collect();
        (name, Notion { name, means, sql: sql.join("\n") })
    };
    crate::pack::shipped_texts("notions").into_iter().map(read).collect()
});

/// All of them, by name.
pub fn tables() -> impl Iterator<Item = &'static Notion> {
    TABLES.values()
}

/// Whether a table of that name is one of them.
pub fn is_one(name: &str) -> bool {
    TABLES.contains_key(name)
}

/// Those that a SELECT names, and before each those that it names in turn.
pub fn named(sql: &str) -> Vec<&'static Notion> {
    let mut found = Vec::new();
    gather(sql, &mut BTreeSet::new(), &mut found);
    found
}

fn gather(sql: &str, seen: &mut BTreeSet<&'static str>, found: &mut Vec<&'static Notion>) {
    for table in words(sql).filter_map(|word| TABLES.get(word)) {
        if seen.insert(table.name) {
            gather(&table.sql, seen, found);
            found.push(table);
        }
    }
}

/// The SELECT with the notions that it names in front of it.
pub fn expanded(sql: &str) -> String {
    let front: Vec<String> = named(sql).iter().map(|table| format!("{} AS ({})", table.name, table.sql)).collect();
    if front.is_empty() {
        return sql.to_owned();
    }
    let (front, sql) = (front.join(", "), sql.trim_start());
    let with =
        sql.split_at_checked(4).filter(|(word, rest)| word.eq_ignore_ascii_case("WITH") && rest.starts_with(char::is_whitespace));
    match with {
        Some((_, own)) => format!("WITH {front},{own}"),
        None => format!("WITH {front} {sql}"),
    }
}

/// Names and words of a SELECT.
fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_select_finds_what_it_names_and_what_that_names() {
        let names = |sql| named(sql).iter().map(|table| table.name).collect::<Vec<_>>();
        assert_eq!(names("SELECT 1 FROM setl_d"), Vec::<&str>::new());
        assert_eq!(names("SELECT * FROM void_visit"), ["refunded_settlement", "void_settlement", "void_visit"]);
        assert_eq!(expanded("SELECT 1"), "SELECT 1");
        let own = expanded("WITH a AS (SELECT 1) SELECT * FROM a JOIN hospital_level h ON true");
        assert!(own.starts_with("WITH hospital_level AS (") && own.contains("), a AS (SELECT 1) SELECT"), "{own}");
        let none = expanded("SELECT * FROM hospital_level");
        assert!(none.starts_with("WITH hospital_level AS (") && none.ends_with(") SELECT * FROM hospital_level"), "{none}");
    }

    #[test]
    fn every_table_says_what_it_is() {
        assert!(tables().count() >= 4);
        for table in tables() {
            assert!(table.means.contains("列：") && table.sql.trim_start().starts_with("SELECT"), "{}", table.name);
        }
    }
}
