//! The gate over recall and precision can fail: with a parameter that blinds a rule, `cargo xtask accuracy --check` ends with an
//! error and names the rule; without it, the same tiny cities pass.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own files has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Stays that overlap, by three days and more.
const RULE: &str = "M005";
/// Hours of overlap from which on the rule speaks: most of them have fewer.
const BLIND: &str = "[[overlay]]\nrule = \"M005\"\nparameter = \"h\"\nvalue = 72\nregion = \"synthetic\"\nsource = \"a test\"\n\
    set_by = \"a test\"\nset_on = \"2026-01-01\"\n";

/// The binary that the workspace has built beside this test; none where only this package was.
fn built() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let binary = test.parent()?.parent()?.join(format!("mingcha{}", std::env::consts::EXE_SUFFIX));
    binary.is_file().then_some(binary)
}

fn gate(rules: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(["accuracy", "--check", "--only", RULE, "--persons", "300", "--months", "3"]);
    if let Some(binary) = built() {
        command.arg("--bin").arg(binary);
    }
    if let Some(folder) = rules {
        command.arg("--rules").arg(folder);
    }
    command.output().unwrap()
}

#[test]
fn a_blinded_rule_fails_the_gate_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("parameters.toml"), BLIND).unwrap();
    let (sound, blind) = std::thread::scope(|scope| {
        let sound = scope.spawn(|| gate(None));
        let blind = gate(Some(folder.path()));
        (sound.join().unwrap(), blind)
    });
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(sound.status.success(), "{}", said(&sound));
    assert_eq!(blind.status.code(), Some(1), "{}", said(&blind));
    let fault = said(&blind).lines().find(|line| line.starts_with("FAIL")).unwrap_or_default().to_owned();
    assert!(fault.contains(RULE) && fault.contains("recall"), "{}", said(&blind));
}
