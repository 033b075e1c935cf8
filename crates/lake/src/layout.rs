//! Where things lie in a lake's folder, and which partition a visit belongs to.

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::LakeError;

/// Version of the folder's format.
pub const FORMAT: u32 = 1;
/// Shards of a new lake, unless told otherwise.
pub const DEFAULT_SHARDS: u32 = 16;

/// Config（数据湖配置）: what is fixed for the life of a lake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Version of the folder's format.
    pub format: u32,
    /// Number of shards.
    pub shards: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { format: FORMAT, shards: DEFAULT_SHARDS }
    }
}

/// The paths of a lake.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) root: PathBuf,
}

impl Layout {
    pub(crate) fn config(&self) -> PathBuf {
        self.root.join("lake.json")
    }

    pub(crate) fn versions(&self) -> PathBuf {
        self.root.join("versions")
    }

    pub(crate) fn version(&self, version: u64) -> PathBuf {
        self.versions().join(format!("{version:08}.json"))
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.root.join("writer.lock")
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }

    pub(crate) fn tables(&self) -> PathBuf {
        self.root.join("tables")
    }

    pub(crate) fn table(&self, name: &str) -> PathBuf {
        self.tables().join(name)
    }
}

/// Partition（分区）: month of the visit's begin and shard of its institution.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    /// Months since year 0.
    month: u32,
    /// Shard.
    pub shard: u32,
}

impl Partition {
    /// The partition of a month and shard.
    pub fn new(month: Month, shard: u32) -> Self {
        Self { month: month.0, shard }
    }

    /// Its month.
    pub fn month(&self) -> Month {
        Month(self.month)
    }
}

/// Month（月份）: written `2026-03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u32);

impl Month {
    /// The month of a day.
    pub fn of(day: claims::Day) -> Self {
        use chrono::Datelike;
        let date = day.date();
        Self(u32::try_from(date.year()).unwrap_or(0) * 12 + date.month0())
    }

    /// Reads `2026-03`.
    pub fn parse(text: &str) -> Result<Self, LakeError> {
        let read = || {
            let (year, month) = text.split_once('-')?;
            let (year, month): (u32, u32) = (year.parse().ok()?, month.parse().ok()?);
            (year <= 9999 && (1..=12).contains(&month)).then_some(Self(year * 12 + month - 1))
        };
        read().ok_or_else(|| LakeError::Month { text: text.to_owned() })
    }

    /// The month so many months later.
    #[must_use]
    pub const fn plus(self, months: u32) -> Self {
        Self(self.0 + months)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 12, self.0 % 12 + 1)
    }
}

/// The shard of an institution. Fixed for ever: files lie by it.
pub fn shard_of(fixmedins_code: &str, shards: u32) -> u32 {
    let spread = hash64(fixmedins_code.as_bytes(), 0) % u64::from(shards.max(1));
    u32::try_from(spread).unwrap_or(0)
}

/// A hash that is the same on every machine and in every release.
pub(crate) fn hash64(bytes: &[u8], seed: u64) -> u64 {
    const A: u64 = 0x9E37_79B9_7F4A_7C15;
    const B: u64 = 0xD6E8_FEB8_6659_FD93;
    let mut hash = fold(seed ^ A, (bytes.len() as u64) ^ B);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        hash = fold(hash ^ u64::from_le_bytes(word), B);
    }
    let rest = chunks.remainder();
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    fold(hash ^ u64::from_le_bytes(word), A)
}

fn fold(a: u64, b: u64) -> u64 {
    let (low, high) = a.carrying_mul(b, 0);
    low ^ high
}

/// Writes a file so that it is there whole or not at all, even if power fails.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), LakeError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let mut file = fs::File::create(&temporary).map_err(LakeError::io(&temporary))?;
    file.write_all(bytes).map_err(LakeError::io(&temporary))?;
    file.sync_all().map_err(LakeError::io(&temporary))?;
    fs::rename(&temporary, path).map_err(LakeError::io(path))?;
    sync_folder(folder)
}

/// Makes renames inside a folder last.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), LakeError> {
    // Only some systems let a folder be opened; where they do not, renames last by themselves.
    match fs::File::open(folder) {
        Ok(open) => open.sync_all().map_err(LakeError::io(folder)),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_never_change() {
        // Files of existing lakes lie by these values.
        let shards = ["H33020000001", "H33020000002", "P33010200017"].map(|code| shard_of(code, DEFAULT_SHARDS));
        assert_eq!(shards, [5, 8, 11]);
        let spread: std::collections::HashSet<u32> =
            (0..200).map(|n| shard_of(&format!("H3302{n:08}"), DEFAULT_SHARDS)).collect();
        assert_eq!(spread.len(), 16);
    }

    #[test]
    fn months_are_read_and_written() {
        let month = Month::parse("2026-03").unwrap();
        assert_eq!(month.to_string(), "2026-03");
        assert_eq!(month.plus(10).to_string(), "2027-01");
        assert_eq!(Month::of(claims::Day::parse("2026-03-31").unwrap()), month);
        assert!(Month::parse("2026-13").is_err());
    }
}
