//! Runs kept in the lake: one folder a run, `runs/<run>/`, with its findings, undecided subjects and report.
//!
//! A run is written beside the others and renamed when it is whole, so that it is there entirely or not at all. The run of a job names
//! the job: it is there once, however often the job was begun.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use engine::run::RunReport;
use rulebook::{Finding, Undecided};

use crate::files;
use crate::today::today;

/// Findings of a run.
pub(crate) const FINDINGS: &str = "findings.parquet";
/// Undecided subjects of a run.
pub(crate) const UNDECIDED: &str = "undecided.parquet";
/// Subjects of a run that an exception cleared.
pub(crate) const EXEMPTED: &str = "exempted.parquet";
/// Report of a run.
pub(crate) const REPORT: &str = "run.json";

/// Runs（历次审核）of a lake.
pub(crate) struct Runs {
    folder: PathBuf,
}

/// A run that is whole.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) folder: PathBuf,
}

/// A run being written. Dropped before it is published, it leaves nothing.
pub(crate) struct Draft {
    pub(crate) id: String,
    folder: PathBuf,
    target: PathBuf,
    lock: Option<File>,
    /// The job that it is for, if any.
    job: Option<String>,
}

impl Runs {
    pub(crate) fn of(lake: &Path) -> Self {
        Self { folder: lake.join("runs") }
    }

    /// All runs, the newest first.
    pub(crate) fn all(&self) -> Result<Vec<Run>> {
        if !self.folder.exists() {
            return Ok(Vec::new());
        }
        let entries = fs::read_dir(&self.folder).with_context(|| format!("无法打开 {}", self.folder.display()))?;
        let mut runs = Vec::new();
        for entry in entries {
            let folder = entry?.path();
            let id = files::name(&folder);
            if !id.starts_with('.') && folder.join(REPORT).exists() {
                runs.push(Run { id, folder });
            }
        }
        // Longer numbers are later ones: R20260302-100 comes after R20260302-99.
        runs.sort_by(|a, b| (b.id.len(), &b.id).cmp(&(a.id.len(), &a.id)));
        Ok(runs)
    }

    /// The run of an id, or the newest.
    pub(crate) fn find(&self, id: Option<&str>) -> Result<Run> {
        let all = self.all()?;
        let Some(id) = id else {
            return all.into_iter().next().ok_or_else(|| anyhow!("还没有审核结果；先用 mingcha run 运行"));
        };
        let known: Vec<String> = all.iter().take(5).map(|run| run.id.clone()).collect();
        all.into_iter().find(|run| run.id == id).ok_or_else(|| anyhow!("没有审核 {id}；最近的有：{}", known.join("、")))
    }

    /// The run of an id, the one that was exported to a folder, or the newest.
    pub(crate) fn find_or_folder(&self, what: Option<&str>) -> Result<Run> {
        match what.map(Path::new).filter(|folder| folder.join(REPORT).is_file()) {
            Some(folder) => Ok(Run { id: files::name(folder), folder: folder.to_owned() }),
            None => self.find(what),
        }
    }

    /// The run of a job, if it came to one.
    pub(crate) fn of_job(&self, job: &str) -> Result<Option<Run>> {
        let named = |run: &Run| fs::read_to_string(run.folder.join(JOB)).is_ok_and(|named| named == job);
        Ok(self.all()?.into_iter().find(named))
    }

    /// Begins a run under the next free number of the day.
    pub(crate) fn begin(&self, job: Option<&str>) -> Result<Draft> {
        files::make_folder(&self.folder)?;
        self.drop_orphans();
        let day = today().to_string().replace('-', "");
        for number in 1..10_000 {
            let id = format!("R{day}-{number:02}");
            let (target, folder) = (self.folder.join(&id), self.folder.join(format!(".{id}")));
            if target.exists() || fs::create_dir(&folder).is_err() {
                continue;
            }
            let lock = File::create(folder.join(LOCK)).with_context(|| format!("无法写入 {}", folder.display()))?;
            lock.lock().with_context(|| format!("无法锁定 {}", folder.display()))?;
            return Ok(Draft { id, folder, target, lock: Some(lock), job: job.map(str::to_owned) });
        }
        bail!("无法在 {} 新建审核", self.folder.display())
    }

    /// Removes what killed runs left. A live one holds its lock.
    fn drop_orphans(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let folder = entry.path();
            let held = File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_err());
            if files::name(&folder).starts_with('.') && folder.is_dir() && !held {
                // What cannot be removed now is tried again by the next run.
                let _ = fs::remove_dir_all(&folder);
            }
        }
    }

    /// Revision and digest that each finding has in the runs so far.
    pub(crate) fn revisions(&self) -> Result<HashMap<String, (u32, String)>> {
        let mut known: HashMap<String, (u32, String)> = HashMap::new();
        for run in self.all()? {
            for batch in run.columns(&["finding_id", "revision", "digest"])? {
                remember(&mut known, &batch).with_context(|| format!("{} 的疑点无法读取", run.id))?;
            }
        }
        Ok(known)
    }
}

/// Newer runs come first, so what is known stays.
fn remember(known: &mut HashMap<String, (u32, String)>, batch: &RecordBatch) -> Option<()> {
    let ids = batch.column_by_name("finding_id")?.as_string_opt::<i32>()?;
    let revisions = batch.column_by_name("revision")?.as_primitive_opt::<Int32Type>()?;
    let digests = batch.column_by_name("digest")?.as_string_opt::<i32>()?;
    for row in 0..batch.num_rows() {
        let revision = u32::try_from(revisions.value(row)).unwrap_or(1);
        known.entry(ids.value(row).to_owned()).or_insert_with(|| (revision, digests.value(row).to_owned()));
    }
    Some(())
}

const LOCK: &str = "lock";
/// Names the job of a run.
const JOB: &str = "job";
/// Held while a run becomes visible.
const PUBLISHING: &str = ".publishing";

impl Run {
    pub(crate) fn report(&self) -> Result<RunReport> {
        let path = self.folder.join(REPORT);
        serde_json::from_slice(&files::bytes(&path)?).with_context(|| format!("{} 无法读取", path.display()))
    }

    pub(crate) fn findings(&self) -> Result<Vec<Finding>> {
        Ok(engine::export::read_findings(&self.folder.join(FINDINGS))?)
    }

    /// What the run could not judge, as far as it is listed.
    pub(crate) fn undecided(&self) -> Result<Vec<Undecided>> {
        Ok(engine::export::read_undecided(&self.folder.join(UNDECIDED))?)
    }

    fn columns(&self, names: &[&str]) -> Result<Vec<RecordBatch>> {
        let path = self.folder.join(FINDINGS);
        let file = File::open(&path).with_context(|| format!("无法读取 {}", path.display()))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
        Ok(builder.with_projection(mask).build()?.collect::<Result<_, _>>()?)
    }
}

impl Draft {
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the run visible. Where its job came to a run already, because its worker was thought dead, that one is the run.
    pub(crate) fn publish(mut self) -> Result<Run> {
        let failed = || format!("无法写入 {}", self.folder.display());
        let runs = Runs { folder: self.target.parent().map(Path::to_owned).unwrap_or_default() };
        let turn = File::create(runs.folder.join(PUBLISHING)).with_context(failed)?;
        turn.lock().with_context(failed)?;
        if let Some(job) = &self.job {
            if let Some(run) = runs.of_job(job)? {
                return Ok(run);
            }
            fs::write(self.folder.join(JOB), job).with_context(failed)?;
        }
        for entry in fs::read_dir(&self.folder)? {
            File::open(entry?.path())?.sync_all()?;
        }
        drop(self.lock.take());
        fs::remove_file(self.folder.join(LOCK)).with_context(|| format!("无法写入 {}", self.folder.display()))?;
        fs::rename(&self.folder, &self.target).with_context(|| format!("无法写入 {}", self.target.display()))?;
        Ok(Run { id: self.id.clone(), folder: self.target.clone() })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After publishing the folder has its final name, and this finds nothing.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
