//! Delta Lake tables: opening one at a version, which files it has, and committing changes to it.

use std::collections::HashMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::datatypes::Schema;
use deltalake::DeltaTable;
use deltalake::DeltaTableBuilder;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{Action, Add, Remove, StructType};
use deltalake::protocol::{DeltaOperation, SaveMode};
use tokio::runtime::{Builder, Handle, Runtime};
use url::Url;

use crate::error::LakeError;
use crate::layout::{Month, Partition};
use crate::schema::{SHARD, VISIT_MONTH};

/// A data file of a table.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    pub(crate) path: PathBuf,
    /// None in a table that is not clustered.
    pub(crate) partition: Option<Partition>,
    pub(crate) rows: u64,
    /// How the log takes it away.
    pub(crate) remove: Remove,
}

/// A table at a version.
#[derive(Clone, Debug)]
pub(crate) struct TableState {
    pub(crate) delta: DeltaTable,
    pub(crate) files: Vec<DataFile>,
}

/// Runs a future to its end from code that is not async, whether or not a runtime is around it.
pub(crate) fn wait<F>(future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME
        .get_or_init(|| Builder::new_multi_thread().enable_all().build().expect("the system can start the threads of a runtime"));
    if Handle::try_current().is_err() {
        return runtime.block_on(future);
    }
    // Inside another runtime a thread may not block on a future, so a thread of its own does.
    std::thread::scope(|scope| match scope.spawn(|| runtime.block_on(future)).join() {
        Ok(output) => output,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

fn folder_url(folder: &Path) -> Result<Url, LakeError> {
    let absolute = std::path::absolute(folder).map_err(LakeError::io(folder))?;
    Url::from_directory_path(&absolute).map_err(|()| LakeError::NotALake { path: folder.to_owned() })
}

/// Opens a table at a version, or at its newest.
pub(crate) fn open(folder: &Path, version: Option<u64>) -> Result<TableState, LakeError> {
    let mut builder = DeltaTableBuilder::from_url(folder_url(folder)?)?;
    if let Some(version) = version {
        builder = builder.with_version(version);
    }
    let delta = wait(builder.load())?;
    state(folder, delta)
}

fn state(folder: &Path, delta: DeltaTable) -> Result<TableState, LakeError> {
    let mut files = Vec::new();
    for view in delta.snapshot()?.log_data().iter() {
        #[expect(deprecated, reason = "a removal needs the whole action, and the log gives it in no other way")]
        let add = view.add_action();
        files.push(DataFile {
            path: folder.join(&add.path),
            partition: partition_of(&add.partition_values)?,
            rows: view.num_records().map_or(0, |rows| rows as u64),
            remove: removal(&add),
        });
    }
    files.sort_by(|a, b| (&a.partition, &a.path).cmp(&(&b.partition, &b.path)));
    Ok(TableState { delta, files })
}

fn partition_of(values: &HashMap<String, Option<String>>) -> Result<Option<Partition>, LakeError> {
    let value = |name: &str| values.get(name).and_then(Option::as_deref);
    let (Some(month), Some(shard)) = (value(VISIT_MONTH), value(SHARD)) else { return Ok(None) };
    let month = Month::parse(month)?;
    Ok(shard.parse().ok().map(|shard| Partition::new(month, shard)))
}

fn removal(add: &Add) -> Remove {
    Remove {
        path: add.path.clone(),
        data_change: true,
        deletion_timestamp: Some(add.modification_time),
        extended_file_metadata: Some(true),
        partition_values: Some(add.partition_values.clone()),
        size: Some(add.size),
        ..Remove::default()
    }
}

/// Makes an empty table.
pub(crate) fn create(folder: &Path, name: &str, schema: &Schema, partitions: &[&str]) -> Result<TableState, LakeError> {
    std::fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
    let schema: StructType = schema.try_into_kernel()?;
    let columns: Vec<_> = schema.fields().cloned().collect();
    let builder = DeltaTableBuilder::from_url(folder_url(folder)?)?.build()?;
    let created = builder
        .create()
        .with_table_name(name)
        .with_columns(columns)
        .with_partition_columns(partitions.iter().copied())
        // Every version of the lake stays readable, so no log entry may expire.
        .with_configuration_property(deltalake::TableProperty::EnableExpiredLogCleanup, Some("false"));
    state(folder, wait(created.into_future())?)
}

/// Commits added and removed files, and returns the table as it then is.
pub(crate) fn commit(
    folder: &Path,
    table: &TableState,
    adds: Vec<Add>,
    removes: Vec<Remove>,
    partitions: &[&str],
) -> Result<u64, LakeError> {
    let now = chrono_now_millis();
    let removes = removes.into_iter().map(|remove| Action::Remove(Remove { deletion_timestamp: Some(now), ..remove }));
    let actions: Vec<Action> = removes.chain(adds.into_iter().map(Action::Add)).collect();
    let partition_by = (!partitions.is_empty()).then(|| partitions.iter().map(ToString::to_string).collect());
    let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by, predicate: None };
    let properties = CommitProperties::default().with_cleanup_expired_logs(Some(false));
    let snapshot = table.delta.snapshot()?;
    let builder = CommitBuilder::from(properties).with_actions(actions);
    let committed = wait(builder.build(Some(snapshot), table.delta.log_store(), operation).into_future())?;
    crate::layout::sync_folder(&folder.join("_delta_log"))?;
    Ok(committed.version())
}

/// Brings a table back to what it was at `version`, if anything was committed after it.
pub(crate) fn restore(folder: &Path, version: u64) -> Result<Restored, LakeError> {
    let newest = open(folder, None)?;
    let found = newest.delta.version().unwrap_or(0);
    if found == version {
        return Ok(Restored { table: newest, undone: false });
    }
    let restoring = newest.delta.restore().with_version_to_restore(version);
    let (restored, _) = wait(restoring.into_future())?;
    Ok(Restored { table: state(folder, restored)?, undone: true })
}

/// A table brought back.
pub(crate) struct Restored {
    pub(crate) table: TableState,
    /// Whether anything had to be undone.
    pub(crate) undone: bool,
}

pub(crate) fn chrono_now_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Reads the schema of a table as Arrow knows it.
pub(crate) fn arrow_schema(table: &TableState) -> Result<Arc<Schema>, LakeError> {
    use deltalake::kernel::engine::arrow_conversion::TryIntoArrow;
    let schema = table.delta.snapshot()?.schema();
    let schema: Schema = schema.as_ref().try_into_arrow()?;
    Ok(Arc::new(schema))
}
