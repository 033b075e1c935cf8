//! Reading files and folders that the user names, and writing whole files.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::read::GzDecoder;

/// All files under the paths, in order of name; a folder stands for what it holds.
pub(crate) fn under(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        gather(path, &mut found)?;
    }
    Ok(found)
}

fn gather(path: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        anyhow::ensure!(path.exists(), "没有这个文件或目录：{}", path.display());
        found.push(path.to_owned());
        return Ok(());
    }
    let entries = fs::read_dir(path).with_context(|| format!("无法打开目录 {}", path.display()))?;
    let mut inside = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    inside.sort();
    for path in inside.iter().filter(|p| !name(p).starts_with('.')) {
        gather(path, found)?;
    }
    Ok(())
}

/// Last part of a path.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// All bytes of a file.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("无法读取 {}", path.display()))
}

/// All text of a file.
pub(crate) fn text(path: &Path) -> Result<String> {
    String::from_utf8(bytes(path)?).with_context(|| format!("{} 不是 UTF-8 文本", path.display()))
}

/// The text of bytes that may be compressed with gzip, as their name says.
pub(crate) fn unpacked_text(name: &str, bytes: &[u8]) -> Result<String> {
    let mut plain = Vec::new();
    let plain = if name.ends_with(".gz") {
        GzDecoder::new(bytes).read_to_end(&mut plain).with_context(|| format!("{name} 无法解压"))?;
        plain
    } else {
        bytes.to_vec()
    };
    String::from_utf8(plain).with_context(|| format!("{name} 不是 UTF-8 文本；请另存为 UTF-8"))
}

/// Writes a file whole or not at all: under another name first, then renamed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder)?;
    let part = folder.join(format!(".{}.{}.part", name(path), std::process::id()));
    let written = fs::File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&part, path)).with_context(|| format!("无法写入 {}", path.display()))
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("无法建立目录 {}", folder.display()))
}
