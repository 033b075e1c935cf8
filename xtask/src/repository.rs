//! The repository as a list of text files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// One text file of the repository.
#[derive(Clone, Debug)]
pub(crate) struct TextFile {
    /// Path from the root, with `/`.
    pub(crate) path: String,
    /// Content.
    pub(crate) text: String,
}

impl TextFile {
    /// Whether the name ends in `.extension`.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    /// The lines before the test module at the end of a Rust file; all lines of other files.
    pub(crate) fn lines_without_tests(&self) -> Vec<&str> {
        let lines: Vec<&str> = self.text.lines().collect();
        let tail = lines.windows(2).position(|pair| pair[0].trim() == "#[cfg(test)]" && is_module(pair[1]));
        match tail {
            Some(start) if self.has_extension("rs") => lines[..start].to_vec(),
            _ => lines,
        }
    }
}

fn is_module(line: &str) -> bool {
    line.starts_with("mod ") || line.starts_with("pub(crate) mod ")
}

/// The root of the repository: the folder above this crate.
pub(crate) fn root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().unwrap_or(crate_folder).to_path_buf()
}

/// All text files that are tracked, or new and not ignored. Without git (a source archive), all files outside build folders.
pub(crate) fn text_files(root: &Path) -> Result<Vec<TextFile>> {
    let mut paths = git_files(root).map_or_else(|| walk(root), Ok)?;
    paths.sort();
    paths.dedup();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        // A file deleted in the working copy is still listed; a picture is not text.
        let Ok(bytes) = fs::read(root.join(&path)) else { continue };
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(TextFile { path, text });
        }
    }
    Ok(files)
}

fn git_files(root: &Path) -> Option<Vec<String>> {
    let listing = Command::new("git")
        .args(["-c", "core.quotePath=false", "ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()?;
    let text = String::from_utf8(listing.stdout).ok()?;
    (listing.status.success() && !text.is_empty()).then(|| text.lines().map(str::to_owned).collect())
}

fn walk(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let path = entry?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | ".git" | "mingcha-data") {
                    open.push(path);
                }
            } else if let Ok(relative) = path.strip_prefix(root) {
                found.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.into(), text: text.into() }
    }

    #[test]
    fn the_test_module_at_the_end_is_not_counted() {
        let rust = file("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n}\n");
        assert_eq!(rust.lines_without_tests(), ["fn a() {}"]);
    }

    #[test]
    fn a_single_test_function_behind_cfg_does_not_hide_what_follows() {
        let rust = file("a.rs", "#[cfg(test)]\nfn only_for_tests() {}\nfn real() {}\n");
        assert_eq!(rust.lines_without_tests().len(), 3);
    }

    #[test]
    fn the_root_holds_the_workspace_manifest() {
        assert!(root().join("Cargo.toml").exists());
    }

    #[test]
    fn this_file_is_among_the_text_files() {
        let files = text_files(&root()).expect("the repository can be listed");
        assert!(files.iter().any(|file| file.path == "xtask/src/repository.rs"));
    }
}
