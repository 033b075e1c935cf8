//! Where imported knowledge is kept: the files as given, in the lake's folder, and a list of them in the order of import.
//!
//! The list is written last, so that a file is in force when it is on the list, and only then.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use claims::Day;
use rulebook::Pack;
use rulebook::finding::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::delivery::{Delivery, Refusing, Taken};
use crate::files;
use crate::today::{now_text, today};

/// Store（知识文件库）of a lake.
pub(crate) struct Store {
    folder: PathBuf,
}

/// An imported file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// File in the folder.
    stored: String,
    /// Name as given.
    pub(crate) name: String,
    /// Name as the points' source.
    pub(crate) label: String,
    /// SHA-256 of its bytes.
    pub(crate) digest: String,
    /// Knowledge table, where it was given.
    table: Option<String>,
    /// When.
    pub(crate) imported_at: String,
    /// Day from which points of a batch hold that name no day of publication; files of older lists hold from the day they came.
    #[serde(default)]
    otherwise_from: Option<String>,
    /// Points that were refused because they contradict others.
    pub(crate) refused: Vec<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct List {
    files: Vec<Entry>,
}

impl Store {
    pub(crate) fn of(lake: &Path) -> Self {
        Self { folder: lake.join("knowledge") }
    }

    fn list_path(&self) -> PathBuf {
        self.folder.join("files.json")
    }

    fn list(&self) -> Result<List> {
        let path = self.list_path();
        if !path.exists() {
            return Ok(List::default());
        }
        serde_json::from_slice(&files::bytes(&path)?).with_context(|| format!("{} 无法读取", path.display()))
    }

    /// The files in force, in the order in which they came.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>> {
        Ok(self.list()?.files)
    }

    /// The place in the order of import of a file with this digest, from 1.
    pub(crate) fn place(&self, digest: &str) -> Result<Option<usize>> {
        Ok(self.entries()?.iter().position(|entry| entry.digest == digest).map(|place| place + 1))
    }

    /// Adds all imported knowledge to a pack.
    pub(crate) fn apply_to(&self, pack: &mut Pack) -> Result<()> {
        self.entries()?.iter().try_for_each(|entry| self.apply(entry, pack))
    }

    /// Adds one file's points to a pack, as they were taken on import.
    pub(crate) fn apply(&self, entry: &Entry, pack: &mut Pack) -> Result<()> {
        let bytes = files::bytes(&self.folder.join(&entry.stored))?;
        let refused: HashSet<String> = entry.refused.iter().cloned().collect();
        let delivery = Delivery {
            name: &entry.name,
            label: &entry.label,
            table: entry.table.as_deref(),
            otherwise_from: entry.otherwise_from(),
            bytes: &bytes,
        };
        // What was refused on import was reported then.
        delivery.take(pack, Refusing::Known(&refused))?;
        Ok(())
    }

    /// Keeps a file, once its points were taken.
    pub(crate) fn keep(&self, delivery: &Delivery<'_>, taken: &Taken) -> Result<()> {
        files::make_folder(&self.folder)?;
        let lock = File::create(self.folder.join(".lock")).context("无法锁定知识目录")?;
        lock.lock().context("无法锁定知识目录")?;
        let mut list = self.list()?;
        let stored = format!("{:04}-{}", list.files.len() + 1, delivery.name.replace(['/', '\\'], "-"));
        files::write_whole(&self.folder.join(&stored), delivery.bytes)?;
        list.files.push(Entry {
            stored,
            name: delivery.name.to_owned(),
            label: delivery.label.to_owned(),
            digest: digest(delivery.bytes),
            table: delivery.table.map(str::to_owned),
            imported_at: now_text(),
            otherwise_from: Some(delivery.otherwise_from.to_string()),
            refused: taken.refused.clone(),
        });
        files::write_whole(&self.list_path(), &serde_json::to_vec_pretty(&list)?)
    }
}

impl Entry {
    fn otherwise_from(&self) -> Day {
        let imported = self.imported_at.split(' ').next();
        self.otherwise_from.as_deref().or(imported).and_then(Day::parse).unwrap_or_else(today)
    }
}

/// By this a file is known again.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
