//! Compaction（合并整理）: many sorted runs of a partition become one file.

use std::collections::BTreeMap;

use claims::table::{Table, table};

use crate::append::merge::{Context, MergeTask, Merged, merge};
use crate::append::new_sorter;
use crate::append::origin::{Origins, Replaced};
use crate::append::places::Places;
use crate::append::{enter_folders, in_parallel, new_change};
use crate::delta::DataFile;
use crate::error::LakeError;
use crate::lake::{Lake, TableChange};
use crate::layout::Partition;
use crate::schema::{is_clustered, partition_columns};

/// Files that a partition may have before it is rewritten.
pub const MOST_RUNS: usize = 8;

/// What compaction did（整理结果）.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// The lake's version afterwards.
    pub lake_version: u64,
    /// Partitions rewritten.
    pub partitions: usize,
    /// Files before.
    pub files_before: usize,
}

/// Rewrites partitions of more than [`MOST_RUNS`] files into one sorted file each. No row changes.
pub fn compact(lake: &Lake) -> Result<Compacted, LakeError> {
    let mut writer = lake.writer()?;
    let base = writer.base();
    let mut places = Places::new(lake.config.shards);
    let mut jobs: Vec<(&'static Table, Option<Partition>, Vec<DataFile>)> = Vec::new();
    for name in writer.manifest.tables.keys() {
        let Some(table) = table(name) else { continue };
        let mut partitions: BTreeMap<Option<Partition>, Vec<DataFile>> = BTreeMap::new();
        for file in base.files(name)? {
            partitions.entry(file.partition.clone()).or_default().push(file);
        }
        jobs.extend(partitions.into_iter().filter(|(_, files)| files.len() > MOST_RUNS).map(|(p, files)| (table, p, files)));
    }
    for (table, _, files) in &jobs {
        enter_folders(&mut places, table, files)?;
    }
    places.rank();
    let origins = Origins::new(&writer.manifest, i64::MAX, &[]);
    let replaced = Replaced::default();
    let merged = in_parallel(&jobs, |at, (table, partition, files)| {
        let sorter = new_sorter(table);
        let context =
            Context { table, clustered: is_clustered(table.name), places: &places, origins: &origins, replaced: &replaced };
        let task = MergeTask {
            sorter: &sorter,
            partition: partition.clone(),
            existing: files.clone(),
            force: true,
            output: lake.layout.staging().join(format!("compact-{at}.parquet")),
        };
        merge(&task, &context)
    })?;
    let mut done = Compacted { lake_version: writer.manifest.version, partitions: jobs.len(), files_before: 0 };
    let mut changes: BTreeMap<&str, TableChange> = BTreeMap::new();
    for ((table, _, files), Merged { staged, removed, .. }) in jobs.iter().zip(merged) {
        done.files_before += files.len();
        let change = changes.entry(table.name).or_insert_with(|| new_change(table.name));
        debug_assert_eq!(change.partitions, partition_columns(table.name));
        change.added.extend(staged);
        change.removed.extend(removed);
    }
    if !changes.is_empty() {
        done.lake_version = writer.publish(changes.into_values().collect(), None)?;
    }
    Ok(done)
}
