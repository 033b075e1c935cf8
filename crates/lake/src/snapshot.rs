//! Snapshot（快照）: a version of the lake, as a reader sees it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use claims::Text;
use claims::record::Institution;

use crate::delta::{self, DataFile, TableState};
use crate::error::LakeError;
use crate::layout::{Config, Layout, Month};
use crate::manifest::Manifest;
use crate::people::People;
use crate::side_by_side::side_by_side;

/// Institutions（机构登记）: dated rows of every institution, oldest first.
pub type Institutions = Arc<HashMap<Text, Arc<[Institution]>>>;

/// Snapshot（快照）: one version of the lake. It never changes, whatever is written meanwhile.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) layout: Layout,
    pub(crate) config: Config,
    manifest: Manifest,
    tables: BTreeMap<String, OnceLock<Arc<TableState>>>,
    months: Option<(Month, Month)>,
    pub(crate) people: OnceLock<Arc<People>>,
    pub(crate) institutions: OnceLock<Institutions>,
}

impl Snapshot {
    pub(crate) fn new(layout: Layout, config: Config, manifest: Manifest) -> Self {
        let tables = manifest.tables.keys().map(|name| (name.clone(), OnceLock::new())).collect();
        Self { layout, config, manifest, tables, months: None, people: OnceLock::new(), institutions: OnceLock::new() }
    }

    /// Number of this version: `lake_version`.
    pub fn version(&self) -> u64 {
        self.manifest.version
    }

    /// What it consists of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The same version, but folders only of visits that began in these months (both included).
    #[must_use]
    pub fn with_months(&self, first: Month, last: Month) -> Self {
        let new = Self::new(self.layout.clone(), self.config.clone(), self.manifest.clone());
        Self { months: Some((first, last)), ..new }
    }

    /// Shards that hold anything, in order.
    pub fn shards(&self) -> Result<Vec<u32>, LakeError> {
        let files = self.clustered_files()?;
        let shards: BTreeSet<u32> = files.iter().filter_map(|file| Some(file.partition.as_ref()?.shard)).collect();
        Ok(shards.into_iter().collect())
    }

    /// Months in which visits began, in order.
    pub fn months(&self) -> Result<Vec<Month>, LakeError> {
        let files = self.clustered_files()?;
        let months: BTreeSet<Month> = files.iter().filter_map(|file| Some(file.partition.as_ref()?.month())).collect();
        Ok(months.into_iter().collect())
    }

    /// Rows of a table; 0 if the lake has no such table.
    pub fn rows(&self, table: &str) -> Result<u64, LakeError> {
        Ok(self.files(table)?.iter().map(|file| file.rows).sum())
    }

    /// Names of the tables that have rows or had some.
    pub fn table_names(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    pub(crate) fn table(&self, name: &str) -> Result<Option<&Arc<TableState>>, LakeError> {
        let (Some(slot), Some(version)) = (self.tables.get(name), self.manifest.tables.get(name)) else { return Ok(None) };
        if let Some(state) = slot.get() {
            return Ok(Some(state));
        }
        let state = Arc::new(delta::open(&self.layout.table(name), Some(*version))?);
        Ok(Some(slot.get_or_init(|| state)))
    }

    /// Opens all tables, several at once; else each is opened when it is first asked for.
    pub fn open_tables(&self, threads: usize) -> Result<(), LakeError> {
        let names: Vec<&str> = self.table_names().collect();
        side_by_side(threads, &names, |name| self.table(name).map(drop))?;
        Ok(())
    }

    /// Files of a table, within the months asked for.
    pub(crate) fn files(&self, table: &str) -> Result<Vec<DataFile>, LakeError> {
        let Some(state) = self.table(table)? else { return Ok(Vec::new()) };
        Ok(state.files.iter().filter(|file| self.wants(file)).cloned().collect())
    }

    fn wants(&self, file: &DataFile) -> bool {
        match (&file.partition, self.months) {
            (Some(partition), Some((first, last))) => (first..=last).contains(&partition.month()),
            _ => true,
        }
    }

    fn clustered_files(&self) -> Result<Vec<DataFile>, LakeError> {
        let mut files = Vec::new();
        for table in crate::schema::CLUSTERED {
            files.append(&mut self.files(table)?);
        }
        Ok(files)
    }
}
