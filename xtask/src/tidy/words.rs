//! Words that do not belong in the tree: promises instead of work, names that say nothing, paths of one machine.

use super::{Fault, is_rows};
use crate::repository::TextFile;

/// Put together here, so that this file does not break its own law.
const PROMISES: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[", "ignore"),
];

/// File and folder names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 10] =
    ["util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "service", "services"];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 5] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("/wo", "rk/"), concat!("C:\\", "Users\\")];

/// What a pure crate must not touch: files, processes, the network, the time.
const EFFECTS: [&str; 7] = ["std::fs", "std::net", "std::process", "std::env::", "SystemTime::now", "Instant::now", "tokio::"];

/// Checks every text file.
pub(super) fn check(files: &[TextFile]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in files {
        faults.extend(empty_name(file));
        if file.path == "Cargo.lock" {
            faults.extend(other_registry(file));
        }
        if !is_rows(file) {
            faults.extend(lines(file, &PROMISES, "says", "do it now, or write an issue"));
            faults.extend(machine_paths(file));
        }
        if is_pure(file) {
            faults.extend(effects(file));
        }
    }
    faults
}

fn is_pure(file: &TextFile) -> bool {
    file.has_extension("rs") && crate::terms::PURE_CRATES.iter().any(|name| file.path.starts_with(&format!("crates/{name}/src/")))
}

fn effects(file: &TextFile) -> Vec<Fault> {
    let bare = TextFile { path: file.path.clone(), text: file.lines_without_tests().join("\n") };
    lines(&bare, &EFFECTS, "touches", "a pure crate is given texts and times by its caller")
}

fn lines(file: &TextFile, banned: &[&str], verb: &str, advice: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for word in banned.iter().filter(|word| stands_alone(line, word)) {
            faults.push(Fault::new(format!("{}:{}", file.path, index + 1), format!("{verb} `{word}`: {advice}")));
        }
    }
    faults
}

/// Whether `word` is in `line` and not a part of a longer word.
fn stands_alone(line: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let open_end = !word.ends_with(is_word);
        !before.is_some_and(is_word) && (open_end || !after.is_some_and(is_word))
    })
}

fn machine_paths(file: &TextFile) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for path in MACHINE_PATHS {
            // A relative path (`docs/…`) or an address (`https://host/…`) goes on to the left of the slash.
            let is_start =
                |start: usize| !line[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || "./}_-".contains(c));
            if line.match_indices(path).any(|(start, _)| is_start(start)) {
                faults.push(Fault::new(format!("{}:{}", file.path, index + 1), format!("names `{path}`, a path of one machine")));
            }
        }
    }
    faults
}

fn empty_name(file: &TextFile) -> Option<Fault> {
    let says_nothing = |part: &str| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or(part).to_lowercase().as_str());
    let part = file.path.split('/').find(|part| says_nothing(part))?;
    Some(Fault::new(&file.path, format!("`{part}` says nothing: name it after the concept it holds")))
}

fn other_registry(file: &TextFile) -> Vec<Fault> {
    const PUBLIC: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let sources = file.text.lines().enumerate().filter(|(_, line)| line.starts_with("source = ") && *line != PUBLIC);
    sources
        .map(|(index, line)| Fault::new(format!("{}:{}", file.path, index + 1), format!("`{line}` is not the public registry")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> Vec<Fault> {
        check(&[TextFile { path: path.into(), text: text.into() }])
    }

    #[test]
    fn a_promise_is_found_with_its_line() {
        let found = faults("crates/a/src/a.rs", concat!("fn a() {}\n// TO", "DO: later\n"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "crates/a/src/a.rs:2");
    }

    #[test]
    fn an_ignored_test_is_found_with_and_without_a_reason() {
        assert_eq!(faults("a.rs", concat!("#[", "ignore]")).len(), 1);
        assert_eq!(faults("a.rs", concat!("#[", "ignore = \"slow\"]")).len(), 1);
    }

    #[test]
    fn longer_words_are_left_alone() {
        assert_eq!(faults("a.rs", concat!("let XX", "XL = MASTO", "DON;")), []);
    }

    #[test]
    fn rows_of_tables_are_left_alone() {
        assert_eq!(faults("knowledge/t/a.csv", concat!("XX", "X,1\n")), []);
    }

    #[test]
    fn names_that_say_nothing_are_found_in_folders_too() {
        assert_eq!(faults("crates/a/src/utils.rs", "").len(), 1);
        assert_eq!(faults("crates/a/src/common/money.rs", "").len(), 1);
        assert_eq!(faults("crates/a/src/money.rs", ""), []);
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_a_relative_one_is_not() {
        assert_eq!(faults("a.md", concat!("see /ho", "me/me/x")).len(), 1);
        assert_eq!(faults("a.md", concat!("see docs/wo", "rk/x and https://host/ho", "me/x")), []);
    }

    #[test]
    fn a_pure_crate_reads_no_files_outside_its_tests() {
        assert_eq!(faults("crates/claims/src/a.rs", "use std::fs;\n").len(), 1);
        assert_eq!(faults("crates/claims/src/a.rs", "#[cfg(test)]\nmod tests {\nuse std::fs;\n}\n"), []);
        assert_eq!(faults("crates/lake/src/a.rs", "use std::fs;\n"), []);
    }

    #[test]
    fn only_the_public_registry_is_locked() {
        assert_eq!(faults("Cargo.lock", "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n"), []);
        assert_eq!(faults("Cargo.lock", "source = \"registry+https://mirror.example/index\"\n").len(), 1);
    }
}
