//! Manifests（版本清单）: what a version of the lake consists of. A version exists once its manifest does.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use crate::error::LakeError;
use crate::layout::{Layout, write_whole};

/// Manifest（版本清单）: one version of the lake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Number of the version: `lake_version`.
    pub version: u64,
    /// When it was published, seconds since 1970 UTC.
    pub at: u64,
    /// Table → version of its own log.
    pub tables: BTreeMap<String, u64>,
    /// All deliveries so far.
    pub deliveries: Vec<DeliveryRecord>,
}

/// Delivery（一次交付）: what one import brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRecord {
    /// Number, from 1.
    pub number: i64,
    /// Version of the lake that it made.
    pub version: u64,
    /// When, seconds since 1970 UTC.
    pub at: u64,
    /// Files.
    pub sources: Vec<Source>,
    /// Rows of each table.
    pub tables: BTreeMap<String, TableCounts>,
}

/// Source（来源文件）: a delivered file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Digest of its content.
    pub digest: String,
    /// Name, for people.
    pub name: String,
}

/// Counts（行数） of one table in one delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCounts {
    /// Rows that are new in the lake.
    pub rows_added: u64,
    /// Rows known already with the same content.
    pub rows_duplicate: u64,
    /// Rows known already with other content; the newest stands.
    pub rows_revised: u64,
    /// Rows refused because their key came twice in one file.
    pub rows_repeated: u64,
    /// Older rows that a replacement superseded.
    pub rows_superseded: u64,
}

impl TableCounts {
    /// Rows of this delivery that stand in the lake.
    pub fn rows_loaded(&self) -> u64 {
        self.rows_added + self.rows_revised
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.rows_added += other.rows_added;
        self.rows_duplicate += other.rows_duplicate;
        self.rows_revised += other.rows_revised;
        self.rows_repeated += other.rows_repeated;
        self.rows_superseded += other.rows_superseded;
    }
}

impl Manifest {
    /// The delivery that brought a file of this digest.
    pub fn delivery_of(&self, digest: &str) -> Option<&DeliveryRecord> {
        self.deliveries.iter().find(|delivery| delivery.sources.iter().any(|source| source.digest == digest))
    }

    /// The newest manifest, or an empty one for a new lake.
    pub(crate) fn newest(layout: &Layout) -> Result<Self, LakeError> {
        match newest_version(layout)? {
            Some(version) => Self::read(layout, version),
            None => Ok(Self::default()),
        }
    }

    /// The manifest of a version.
    pub(crate) fn read(layout: &Layout, version: u64) -> Result<Self, LakeError> {
        if version == 0 {
            return Ok(Self::default());
        }
        let path = layout.version(version);
        if !path.exists() {
            let newest = newest_version(layout)?.unwrap_or(0);
            return Err(LakeError::NoSuchVersion { version, newest });
        }
        let bytes = fs::read(&path).map_err(LakeError::io(&path))?;
        serde_json::from_slice(&bytes).map_err(|source| LakeError::Json { path, source })
    }

    /// Makes this version exist. The last step of every change.
    pub(crate) fn publish(&self, layout: &Layout) -> Result<(), LakeError> {
        let path = layout.version(self.version);
        let bytes = serde_json::to_vec_pretty(self).map_err(|source| LakeError::Json { path: path.clone(), source })?;
        write_whole(&path, &bytes)
    }
}

fn newest_version(layout: &Layout) -> Result<Option<u64>, LakeError> {
    let folder = layout.versions();
    let mut newest = None;
    for entry in fs::read_dir(&folder).map_err(LakeError::io(&folder))? {
        let name = entry.map_err(LakeError::io(&folder))?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".json")).and_then(|number| number.parse().ok());
        newest = newest.max(number);
    }
    Ok(newest)
}
