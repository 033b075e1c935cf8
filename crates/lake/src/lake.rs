//! Lake（数据湖）: the folder, its versions, and the one writer.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::SchemaRef;
use deltalake::kernel::{Add, Remove};

use crate::delta::{self, TableState};
use crate::error::LakeError;
use crate::layout::{Config, FORMAT, Layout, sync_folder, write_whole};
use crate::lock::{Owner, WriterLock};
use crate::manifest::{DeliveryRecord, Manifest};
use crate::parquet_write::StagedFile;
use crate::snapshot::Snapshot;

/// Lake（数据湖）: a folder of versioned tables.
#[derive(Clone, Debug)]
pub struct Lake {
    pub(crate) layout: Layout,
    pub(crate) config: Config,
}

impl Lake {
    /// Makes a new, empty lake, or opens the one that is there.
    pub fn open_or_create(folder: impl Into<PathBuf>, config: &Config) -> Result<Self, LakeError> {
        let layout = Layout { root: folder.into() };
        if !layout.config().exists() {
            fs::create_dir_all(layout.versions()).map_err(LakeError::io(&layout.versions()))?;
            let text = serde_json::to_vec_pretty(config).unwrap_or_default();
            write_whole(&layout.config(), &text)?;
        }
        let lake = Self::open(layout.root)?;
        if lake.config.shards != config.shards {
            return Err(LakeError::Shards { found: lake.config.shards, wanted: config.shards });
        }
        Ok(lake)
    }

    /// Opens a lake.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, LakeError> {
        let layout = Layout { root: folder.into() };
        let path = layout.config();
        if !path.exists() {
            return Err(LakeError::NotALake { path: layout.root });
        }
        let bytes = fs::read(&path).map_err(LakeError::io(&path))?;
        let config: Config = serde_json::from_slice(&bytes).map_err(|source| LakeError::Json { path, source })?;
        if config.format > FORMAT {
            return Err(LakeError::Format { found: config.format, known: FORMAT });
        }
        Ok(Self { layout, config })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.layout.root
    }

    /// What is fixed for its life.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The newest version.
    pub fn snapshot(&self) -> Result<Snapshot, LakeError> {
        Ok(Snapshot::new(self.layout.clone(), self.config.clone(), Manifest::newest(&self.layout)?))
    }

    /// An older version.
    pub fn snapshot_at(&self, version: u64) -> Result<Snapshot, LakeError> {
        Ok(Snapshot::new(self.layout.clone(), self.config.clone(), Manifest::read(&self.layout, version)?))
    }

    pub(crate) fn writer(&self) -> Result<Writer, LakeError> {
        let lock = WriterLock::take(&self.layout.lock())?;
        let staging = self.layout.staging();
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(LakeError::io(&staging))?;
        }
        fs::create_dir_all(&staging).map_err(LakeError::io(&staging))?;
        let manifest = Manifest::newest(&self.layout)?;
        self.drop_unpublished(&manifest)?;
        let mut recovery = Recovery { taken_over: lock.taken_over.clone(), undone: Vec::new() };
        let mut tables = BTreeMap::new();
        for (name, version) in &manifest.tables {
            let restored = delta::restore(&self.layout.table(name), *version)?;
            if restored.undone {
                recovery.undone.push(name.clone());
            }
            tables.insert(name.clone(), restored.table);
        }
        Ok(Writer { lake: self.clone(), _lock: lock, manifest, tables, recovery, named: 0 })
    }

    /// Deletes tables that a killed writer made but never published: no version names them, so nobody reads them.
    fn drop_unpublished(&self, manifest: &Manifest) -> Result<(), LakeError> {
        let folder = self.layout.tables();
        if !folder.exists() {
            return Ok(());
        }
        for entry in fs::read_dir(&folder).map_err(LakeError::io(&folder))? {
            let entry = entry.map_err(LakeError::io(&folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !manifest.tables.contains_key(&name) {
                fs::remove_dir_all(entry.path()).map_err(LakeError::io(&entry.path()))?;
            }
        }
        Ok(())
    }
}

/// Recovery（恢复）: what a writer found of one before it that was cut short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The writer that died.
    pub taken_over: Option<Owner>,
    /// Tables that were brought back to the published version.
    pub undone: Vec<String>,
}

/// A change to one table.
pub(crate) struct TableChange {
    pub(crate) name: String,
    pub(crate) schema: SchemaRef,
    pub(crate) partitions: &'static [&'static str],
    pub(crate) added: Vec<StagedFile>,
    pub(crate) removed: Vec<Remove>,
}

/// The one writer. It sees every table at the published version.
pub(crate) struct Writer {
    pub(crate) lake: Lake,
    _lock: WriterLock,
    pub(crate) manifest: Manifest,
    pub(crate) tables: BTreeMap<String, TableState>,
    pub(crate) recovery: Recovery,
    named: u64,
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Spilled runs and unpublished files. What cannot be deleted now, the next writer deletes.
        let _ = fs::remove_dir_all(self.lake.layout.staging());
    }
}

impl Writer {
    /// A snapshot of what is published.
    pub(crate) fn base(&self) -> Snapshot {
        Snapshot::new(self.lake.layout.clone(), self.lake.config.clone(), self.manifest.clone())
    }

    /// Commits all changes, then publishes them as one version. Until the last step nothing of it can be seen.
    pub(crate) fn publish(&mut self, changes: Vec<TableChange>, delivery: Option<DeliveryRecord>) -> Result<u64, LakeError> {
        let mut manifest = self.manifest.clone();
        manifest.version += 1;
        manifest.at = u64::try_from(delta::chrono_now_millis() / 1000).unwrap_or(0);
        for change in changes {
            let name = change.name.clone();
            let version = self.commit(change)?;
            manifest.tables.insert(name, version);
        }
        if let Some(record) = delivery {
            manifest.deliveries.push(DeliveryRecord { version: manifest.version, at: manifest.at, ..record });
        }
        manifest.publish(&self.lake.layout)?;
        self.manifest = manifest;
        Ok(self.manifest.version)
    }

    fn commit(&mut self, change: TableChange) -> Result<u64, LakeError> {
        let folder = self.lake.layout.table(&change.name);
        if !self.tables.contains_key(&change.name) {
            let created = delta::create(&folder, &change.name, &change.schema, change.partitions)?;
            self.tables.insert(change.name.clone(), created);
        }
        let adds = self.move_in(&folder, change.added)?;
        let table = self.tables.get(&change.name).ok_or_else(|| LakeError::NoSuchTable { name: change.name.clone() })?;
        let version = delta::commit(&folder, table, adds, change.removed, change.partitions)?;
        let reopened = delta::open(&folder, Some(version))?;
        self.tables.insert(change.name, reopened);
        Ok(version)
    }

    /// Moves finished files into the table's folder, under names that were never used before.
    fn move_in(&mut self, folder: &Path, files: Vec<StagedFile>) -> Result<Vec<Add>, LakeError> {
        let stamp = delta::chrono_now_millis();
        let mut adds = Vec::with_capacity(files.len());
        for file in files {
            self.named += 1;
            let name = format!("part-{stamp:x}-{}-{}.parquet", std::process::id(), self.named);
            let relative = match &file.partition {
                Some(partition) => format!("visit_month={}/shard={}/{name}", partition.month(), partition.shard),
                None => name,
            };
            let target = folder.join(&relative);
            let into = target.parent().unwrap_or(folder);
            fs::create_dir_all(into).map_err(LakeError::io(into))?;
            fs::rename(&file.path, &target).map_err(LakeError::io(&target))?;
            sync_folder(into)?;
            adds.push(file.add_action(relative, stamp));
        }
        Ok(adds)
    }
}
