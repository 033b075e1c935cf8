//! Staging a delivery: everything is written but nothing is seen; then the one step that publishes it.

use std::collections::{BTreeMap, BTreeSet};

use claims::table::table;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use serde::Serialize;

use super::existing::enter_folders;
use super::merge::{Context, MergeTask, Merged, merge};
use super::sort::Sorter;
use super::{Append, new_sorter};
use crate::delta::DataFile;
use crate::error::LakeError;
use crate::lake::{Recovery, TableChange, Writer};
use crate::layout::Partition;
use crate::manifest::{DeliveryRecord, Source, TableCounts};
use crate::personal::{PERSONAL_DATA, sealed_schema};
use crate::schema::{CLUSTERED, is_clustered, partition_columns, stored};
use crate::side::stage_side;
use crate::side_by_side::side_by_side;

/// Report of a load（载入结果）.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LoadReport {
    /// The lake's version afterwards.
    pub lake_version: u64,
    /// Number of the delivery; none if nothing was new.
    pub delivery: Option<i64>,
    /// Files that were loaded before, of which nothing was taken.
    pub already_loaded: Vec<Source>,
    /// By table.
    pub tables: BTreeMap<String, TableReport>,
    /// What was found of a writer that was cut short, in Chinese.
    pub notes: Vec<String>,
}

/// Report of one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Rows.
    #[serde(flatten)]
    pub counts: TableCounts,
    /// Sum of the amounts of the rows loaded, where the table has amounts.
    pub amount_loaded_fen: i64,
}

/// A row refused because its key came before in the same file（文件内重复）.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repeated {
    /// Table.
    pub table: String,
    /// Index of the file among the delivery's.
    pub source: usize,
    /// Number of the row in the file.
    pub row: u64,
}

/// Staged（待发布的载入）: written, and not yet seen by anybody. Dropping it changes nothing.
pub struct Staged {
    writer: Writer,
    changes: Vec<TableChange>,
    record: DeliveryRecord,
    report: LoadReport,
    repeated: Vec<Repeated>,
}

/// A partition to merge: table, partition, files of the lake in it.
type Job = (&'static str, Option<Partition>, Vec<DataFile>);

impl Append {
    /// Writes everything, and finds keys that came twice.
    pub fn stage(mut self) -> Result<Staged, LakeError> {
        self.know_delivered()?;
        self.readmit_moved()?;
        self.places.rank();
        for sorter in self.sorters.values_mut() {
            sorter.close_run(&self.places, None)?;
        }
        let jobs = self.jobs()?;
        self.places.rank();
        let merged = self.merge_all(&jobs)?;
        self.into_staged(jobs, merged)
    }

    /// Writes and publishes.
    pub fn commit(self) -> Result<LoadReport, LakeError> {
        self.stage()?.commit()
    }

    fn jobs(&mut self) -> Result<Vec<Job>, LakeError> {
        let mut names: BTreeSet<&'static str> = self.sorters.keys().copied().collect();
        names.extend(CLUSTERED);
        let mut jobs = Vec::new();
        for name in names {
            let Some(table) = table(name) else { continue };
            let mut partitions: BTreeMap<Option<Partition>, Vec<DataFile>> = self.touched(table)?.into_iter().collect();
            for files in partitions.values() {
                enter_folders(&mut self.places, table, files)?;
            }
            if let Some(sorter) = self.sorters.get(name) {
                for (partition, _) in sorter.runs.iter().flat_map(|run| &run.partitions) {
                    partitions.entry(partition.clone()).or_default();
                }
            } else if !partitions.is_empty() {
                self.sorters.insert(name, new_sorter(table));
            }
            jobs.extend(partitions.into_iter().map(|(partition, files)| (name, partition, files)));
        }
        Ok(jobs)
    }

    fn merge_all(&self, jobs: &[Job]) -> Result<Vec<Merged>, LakeError> {
        let staging = self.writer.lake.layout.staging();
        let Self { sorters, places, origins, replaced, .. } = self;
        in_parallel(jobs, |at, (name, partition, files)| {
            let table = table(name).ok_or_else(|| LakeError::NoSuchTable { name: (*name).to_owned() })?;
            let sorter: &Sorter = sorters.get(name).ok_or_else(|| LakeError::NoSuchTable { name: (*name).to_owned() })?;
            let context = Context { table, clustered: is_clustered(name), places, origins, replaced };
            let task = MergeTask {
                sorter,
                partition: partition.clone(),
                existing: files.clone(),
                force: false,
                output: staging.join(format!("{name}-{at}.parquet")),
            };
            merge(&task, &context)
        })
    }

    fn into_staged(mut self, jobs: Vec<Job>, merged: Vec<Merged>) -> Result<Staged, LakeError> {
        let mut report = LoadReport { notes: self.notes(), ..LoadReport::default() };
        let mut changes: BTreeMap<&str, TableChange> = BTreeMap::new();
        let mut repeated = Vec::new();
        for ((name, _, _), merged) in jobs.into_iter().zip(merged) {
            let table = report.tables.entry(name.to_owned()).or_default();
            table.counts.add(merged.counts);
            table.amount_loaded_fen += merged.amount_fen;
            repeated.extend(merged.repeated.iter().filter_map(|(origin, row)| {
                Some(Repeated { table: name.to_owned(), source: self.origins.source(*origin)?, row: *row })
            }));
            if merged.staged.is_some() || !merged.removed.is_empty() {
                let change = changes.entry(name).or_insert_with(|| new_change(name));
                change.added.extend(merged.staged);
                change.removed.extend(merged.removed);
            }
        }
        repeated.sort();
        let mut changes: Vec<TableChange> = changes.into_values().collect();
        if let Some(sealed) = self.sealer.finish()? {
            changes.push(TableChange {
                name: PERSONAL_DATA.to_owned(),
                schema: sealed_schema(),
                partitions: &[],
                added: vec![sealed],
                removed: Vec::new(),
            });
        }
        let old = |at: &usize| self.loaded_before[*at];
        let (before, fresh): (Vec<usize>, Vec<usize>) = (0..self.sources.len()).partition(old);
        report.already_loaded = before.into_iter().map(|at| self.sources[at].clone()).collect();
        let record = DeliveryRecord {
            number: self.number,
            sources: fresh.into_iter().map(|at| self.sources[at].clone()).collect(),
            tables: report.tables.iter().map(|(name, table)| (name.clone(), table.counts)).collect(),
            ..DeliveryRecord::default()
        };
        Ok(Staged { writer: self.writer, changes, record, report, repeated })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = recovery_notes(&self.writer.recovery);
        let mut dropped: Vec<&str> = self.sealer.dropped.iter().copied().collect();
        dropped.sort_unstable();
        if !dropped.is_empty() {
            notes.push(format!("没有提供密钥文件，已略去 {} 中的姓名、证件号码、电话、地址等个人信息列", dropped.join("、")));
        }
        notes
    }
}

pub(crate) fn recovery_notes(recovery: &Recovery) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(owner) = &recovery.taken_over {
        notes.push(format!("上一次写入（进程 {}）没有正常结束，已接管", owner.pid));
    }
    if !recovery.undone.is_empty() {
        notes.push(format!("已撤销上一次写入留下的未发布内容：{}", recovery.undone.join("、")));
    }
    notes
}

pub(crate) fn new_change(name: &str) -> TableChange {
    let schema = table(name).map_or_else(|| std::sync::Arc::new(datafusion::arrow::datatypes::Schema::empty()), stored);
    TableChange { name: name.to_owned(), schema, partitions: partition_columns(name), added: Vec::new(), removed: Vec::new() }
}

impl Staged {
    /// Rows refused because their key came before in the same file, in order of table, file and row.
    pub fn repeated(&self) -> &[Repeated] {
        &self.repeated
    }

    /// What the report will say, but for the version.
    pub fn report(&self) -> &LoadReport {
        &self.report
    }

    /// Adds rows of a side table to the same version: quarantined rows, a run's findings.
    pub fn with_side_rows(mut self, name: &str, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Self, LakeError> {
        if let Some(change) = stage_side(&self.writer, name, schema, batches, false)? {
            self.changes.push(change);
        }
        Ok(self)
    }

    /// Publishes everything as one version.
    pub fn commit(mut self) -> Result<LoadReport, LakeError> {
        if self.changes.is_empty() && self.record.sources.is_empty() {
            self.report.lake_version = self.writer.manifest.version;
            return Ok(self.report);
        }
        self.report.delivery = Some(self.record.number);
        self.report.lake_version = self.writer.publish(self.changes, Some(self.record))?;
        Ok(self.report)
    }
}

/// Does numbered jobs on as many threads as the machine has, and gives their results in order.
pub(crate) fn in_parallel<J: Sync, R: Send>(
    jobs: &[J],
    work: impl Fn(usize, &J) -> Result<R, LakeError> + Sync,
) -> Result<Vec<R>, LakeError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let numbered: Vec<(usize, &J)> = jobs.iter().enumerate().collect();
    side_by_side(threads, &numbered, |(number, job)| work(*number, job))
}
