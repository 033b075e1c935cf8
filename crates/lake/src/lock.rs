//! One writer at a time. Readers never look at the lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::LakeError;

/// Owner（写锁持有者）: who writes, or wrote and did not end well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Process number.
    pub pid: u32,
    /// Machine.
    pub host: String,
    /// When it began, seconds since 1970 UTC.
    pub since: u64,
}

impl Owner {
    fn ourselves() -> Self {
        Self { pid: std::process::id(), host: host(), since: now() }
    }

    fn describe(&self) -> String {
        let minutes = now().saturating_sub(self.since) / 60;
        format!("机器 {} 上的进程 {}，{minutes} 分钟前开始", self.host, self.pid)
    }
}

/// The held lock. Dropping it lets the next writer in.
///
/// The operating system holds the lock for as long as the process lives, so that a killed writer needs no human: what it leaves
/// behind is its name in the file, which tells the next writer that something was cut short.
#[derive(Debug)]
pub(crate) struct WriterLock {
    file: File,
    path: PathBuf,
    /// The writer that died, if the last one did.
    pub(crate) taken_over: Option<Owner>,
}

impl WriterLock {
    pub(crate) fn take(path: &Path) -> Result<Self, LakeError> {
        let io = || LakeError::io(path);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(io())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LakeError::Busy { owner: describe_owner(&mut file) }),
            Err(TryLockError::Error(source)) => return Err(io()(source)),
        }
        let taken_over = read_owner(&mut file);
        if let Some(owner) = &taken_over
            && owner.host != host()
        {
            return Err(LakeError::ForeignLock { owner: owner.describe(), path: path.to_owned() });
        }
        let lock = Self { file, path: path.to_owned(), taken_over };
        lock.write(&serde_json::to_vec(&Owner::ourselves()).unwrap_or_default())?;
        Ok(lock)
    }

    fn write(&self, bytes: &[u8]) -> Result<(), LakeError> {
        let mut file = &self.file;
        file.set_len(0).map_err(LakeError::io(&self.path))?;
        file.seek(SeekFrom::Start(0)).map_err(LakeError::io(&self.path))?;
        file.write_all(bytes).map_err(LakeError::io(&self.path))
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // An empty file says that the writer ended by itself. If this fails, the next writer merely reports a take-over.
        let _ = self.write(b"");
    }
}

fn read_owner(file: &mut File) -> Option<Owner> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn describe_owner(file: &mut File) -> String {
    read_owner(file).map_or_else(|| "进程不详".to_owned(), |owner| owner.describe())
}

fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .map_or_else(|| "localhost".to_owned(), |name| name.trim().to_owned())
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_who_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("writer.lock");
        let first = WriterLock::take(&path).unwrap();
        let second = WriterLock::take(&path).unwrap_err();
        assert!(second.to_string().contains(&std::process::id().to_string()), "{second}");
        drop(first);
        assert_eq!(WriterLock::take(&path).unwrap().taken_over, None);
    }

    #[test]
    fn a_dead_writer_is_taken_over_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("writer.lock");
        let dead = Owner { pid: 4_000_000, host: host(), since: 1 };
        std::fs::write(&path, serde_json::to_vec(&dead).unwrap()).unwrap();
        assert_eq!(WriterLock::take(&path).unwrap().taken_over, Some(dead));
    }

    #[test]
    fn a_lock_of_another_machine_is_never_broken_silently() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("writer.lock");
        let other = Owner { pid: 7, host: "elsewhere".into(), since: 1 };
        std::fs::write(&path, serde_json::to_vec(&other).unwrap()).unwrap();
        assert!(matches!(WriterLock::take(&path), Err(LakeError::ForeignLock { .. })));
    }
}
