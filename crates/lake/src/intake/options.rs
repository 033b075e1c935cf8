//! What an import is told, what it tells meanwhile, and why it may fail.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::acceptance::Expect;
use super::profile::Profile;
use crate::append::DeliveryOptions;
use crate::error::LakeError;

/// Options（导入选项）.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which file is which table.
    pub profile: Profile,
    /// Load although headers and details differ beyond the limit.
    pub accept_with_faults: bool,
    /// Figures that only the sender knows.
    pub expect: Expect,
    /// Memory, replaced deliveries and the key file.
    pub delivery: DeliveryOptions,
}

impl Options {
    /// The usual options for a profile.
    pub fn new(profile: Profile) -> Self {
        Self { profile, accept_with_faults: false, expect: Expect::default(), delivery: DeliveryOptions::default() }
    }
}

/// Progress（进度） of an import.
#[derive(Clone, Debug)]
pub struct Progress<'a> {
    /// File being read.
    pub file: &'a str,
    /// Rows so far.
    pub rows: u64,
    /// Bytes read from disk so far.
    pub bytes: u64,
    /// Bytes to read in all.
    pub total_bytes: u64,
    /// Time so far.
    pub elapsed: Duration,
}

impl Progress<'_> {
    /// Rows a second.
    #[expect(clippy::cast_precision_loss, reason = "a rate is for reading")]
    pub fn rate(&self) -> f64 {
        self.rows as f64 / self.elapsed.as_secs_f64().max(0.001)
    }

    /// Time that reading the rest will take at the rate so far; none before anything was read.
    #[expect(clippy::cast_precision_loss, reason = "an estimate is for reading")]
    pub fn remaining(&self) -> Option<Duration> {
        let left = self.total_bytes.saturating_sub(self.bytes) as f64;
        (self.bytes > 0).then(|| self.elapsed.mul_f64(left / self.bytes as f64))
    }
}

/// Watch（观察者）: is told how far things are, and may call them off.
pub struct Watch<'a> {
    /// Called after every block of rows.
    pub progress: &'a mut dyn FnMut(&Progress<'_>),
    /// Set to stop; the lake then stays as it was.
    pub cancel: &'a AtomicBool,
}

/// ImportError（导入错误）: why a delivery could not be read at all. Faults of the data are in the report instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A path does not exist or cannot be read.
    #[error("无法读取 {}：{source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no file under the paths.
    #[error("给出的路径下没有文件")]
    NoFiles,
    /// The quarantine cannot be written.
    #[error("无法写隔离区：{0}")]
    Quarantine(#[source] io::Error),
    /// A profile's expression fails on the values of a file.
    #[error("映射文件的表达式在文件 {file} 的数据上出错：{detail}")]
    Expression {
        /// File.
        file: String,
        /// What went wrong.
        detail: String,
    },
    /// Called off.
    #[error("已取消，数据湖没有改变")]
    Cancelled,
    /// The lake.
    #[error(transparent)]
    Lake(#[from] LakeError),
}
