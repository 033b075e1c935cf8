//! Arrows between crates. This table is the architecture; `cargo metadata` says what is.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Fault;

/// What each crate of the workspace may depend on. A new arrow is a decision with a record in `docs/decisions/`.
const ARROWS: [(&str, &[&str]); 13] = [
    ("claims", &[]),
    ("rulebook", &["claims"]),
    ("lake", &["claims"]),
    ("casework", &["claims"]),
    ("engine", &["claims", "rulebook", "lake"]),
    ("realtime", &["claims", "rulebook"]),
    ("synth", &["claims", "rulebook"]),
    ("store", &["claims", "casework", "testkit"]),
    ("web", &["claims", "casework", "store", "testkit"]),
    ("testkit", &[]),
    ("mingcha", &["claims", "rulebook", "lake", "engine", "realtime", "synth", "casework", "store", "web"]),
    ("benches", &["claims", "rulebook", "lake", "engine", "realtime", "synth"]),
    ("xtask", &["claims", "rulebook"]),
];

/// Dependencies that cost minutes of build: named in as few crates as possible.
const FENCED: [(&str, &[&str]); 2] =
    [("datafusion", &["lake", "engine", "mingcha", "benches"]), ("deltalake", &["lake", "engine", "mingcha"])];

/// Checks the arrows of the workspace at `root`.
pub(super) fn check(root: &Path) -> Result<Vec<Fault>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cannot start cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata did not print JSON")?;
    Ok(faults(&metadata))
}

fn faults(metadata: &Value) -> Vec<Fault> {
    let packages: Vec<&Value> = metadata["packages"].as_array().into_iter().flatten().collect();
    let members: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            faults.push(Fault::new(name, "is not in the table of arrows in xtask/src/tidy/arrows.rs: say what it may depend on"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            faults.extend(fault(name, allowed, dependency, &members));
        }
    }
    faults
}

fn fault(name: &str, allowed: &[&str], dependency: &Value, members: &[&str]) -> Option<Fault> {
    let target = dependency["name"].as_str().unwrap_or_default();
    let for_tests = dependency["kind"].as_str() == Some("dev");
    if members.contains(&target) {
        let lawful = allowed.contains(&target) || (for_tests && target == name);
        let kind = if for_tests { "dev-depends" } else { "depends" };
        return (!lawful).then(|| Fault::new(name, format!("{kind} on `{target}`, which the architecture does not allow")));
    }
    let (fenced, users) = FENCED.iter().find(|(fenced, _)| target == *fenced || target.starts_with(&format!("{fenced}-")))?;
    (!users.contains(&name)).then(|| Fault::new(name, format!("names `{target}`: only {} may name {fenced}", users.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn workspace(name: &str, dependencies: &Value) -> Value {
        json!({ "packages": [
            { "name": name, "dependencies": dependencies },
            { "name": "claims", "dependencies": [] },
            { "name": "engine", "dependencies": [] },
        ]})
    }

    #[test]
    fn an_arrow_of_the_table_is_lawful() {
        assert_eq!(faults(&workspace("rulebook", &json!([{ "name": "claims", "kind": null }]))), []);
    }

    #[test]
    fn an_arrow_upwards_is_a_fault() {
        let found = faults(&workspace("rulebook", &json!([{ "name": "engine", "kind": null }])));
        assert_eq!(found[0].to_string(), "fault: rulebook: depends on `engine`, which the architecture does not allow");
    }

    #[test]
    fn tests_may_not_reach_further_than_their_crate() {
        assert_eq!(faults(&workspace("rulebook", &json!([{ "name": "engine", "kind": "dev" }]))).len(), 1);
    }

    #[test]
    fn the_query_engine_stays_behind_its_fence() {
        for named in ["datafusion", "datafusion-expr", "deltalake"] {
            assert_eq!(faults(&workspace("synth", &json!([{ "name": named, "kind": "dev" }]))).len(), 1, "{named}");
        }
        assert_eq!(faults(&workspace("lake", &json!([{ "name": "datafusion", "kind": null }]))), []);
    }

    #[test]
    fn a_crate_outside_the_table_is_a_fault() {
        assert_eq!(faults(&workspace("surprise", &json!([]))).len(), 1);
    }
}
