//! A gate that can fail: a copied rule file with one comparison shifted does not pass `rule check`, and what is said names the
//! rule, the case and the finding that should not be.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own files has failed")]

use std::path::Path;
use std::process::{Command, Output};

const RULE: &str = "rules/medical/GZ10000301003000-drug-forbidden-in-children.toml";
/// Under so many years, which is what the label forbids.
const RIGHT: &str = "END < k.child_ban_age";
/// On the birthday, too.
const SHIFTED: &str = "END <= k.child_ban_age";

fn checked(folder: &Path, text: &str) -> Output {
    let file = folder.join("copy.toml");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mingcha"));
    command.args(["rule", "check", "--no-mutants"]).arg(&file).output().unwrap()
}

#[test]
fn a_shifted_comparison_is_found_out_by_the_cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join(RULE)).unwrap();
    assert!(text.contains(RIGHT), "the rule says it in other words now");
    let folder = tempfile::tempdir().unwrap();

    let lawful = checked(folder.path(), &text);
    assert_eq!(lawful.status.code(), Some(0), "{}", String::from_utf8_lossy(&lawful.stderr));

    let broken = checked(folder.path(), &text.replace(RIGHT, SHIFTED));
    assert_eq!(broken.status.code(), Some(1));
    let said = String::from_utf8_lossy(&broken.stderr).into_owned() + &String::from_utf8_lossy(&broken.stdout);
    assert!(said.contains("GZ10000301003000") && said.contains("18周岁生日当天不再禁用") && said.contains("多出疑点"), "{said}");
}
