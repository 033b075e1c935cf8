//! Loading a delivery: visits first, then everything else, all in one version or nothing.

mod cursor;
mod existing;
pub(crate) mod merge;
pub(crate) mod origin;
pub(crate) mod places;
mod rows;
pub(crate) mod sort;
mod stage;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use claims::table::{Table, table};
use claims::{Day, Moment};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, UInt32Array, UInt64Array, new_null_array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::{Schema, TimestampMicrosecondType};

pub(crate) use existing::{columns_of, enter_folders};
pub use stage::{LoadReport, Repeated, Staged, TableReport};
pub(crate) use stage::{in_parallel, new_change};

use crate::error::LakeError;
use crate::lake::{Lake, Writer};
use crate::layout::{Month, Partition};
use crate::manifest::Source;
use crate::personal::{PersonalKey, Sealer};
use crate::schema::{CERT_HASH, DELIVERY, arrow, in_file, is_clustered, order, source_column};
use crate::snapshot::Snapshot;
use origin::{Origins, Replaced};
use places::{Places, visit_hash};
use rows::{FOLDER, KeyHasher, ORIGIN, ROW, text};
use sort::Sorter;

/// Beyond so many keys of visits that the lake knows, partitions are rewritten without asking which keys they hold.
const MOST_SUSPECTS: usize = 4_000_000;

/// Options of a delivery（交付选项）.
#[derive(Clone, Debug)]
pub struct DeliveryOptions {
    /// Memory that loading may take, in bytes; what does not fit is spilled to disk.
    pub memory_bytes: usize,
    /// Months and institutions whose older rows this delivery supersedes as a whole.
    pub replace: Vec<(Month, String)>,
    /// Key for personal data, outside the lake; without one they are dropped.
    pub key_file: Option<PathBuf>,
}

/// Bytes that an import needs beside what it sorts: blocks of text on their way between threads, what settlements add up to, pages of
/// files being written, and what the allocator has not given back yet. Measured on a file of 2.3 GiB.
const READING_AND_WRITING: usize = 320 << 20;

impl Default for DeliveryOptions {
    fn default() -> Self {
        Self { memory_bytes: 1 << 30, replace: Vec::new(), key_file: None }
    }
}

/// Why a row cannot be placed（拒收原因）.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its visit is neither in this delivery nor in the lake.
    Orphan,
    /// It names another institution or person than its visit does.
    Conflict {
        /// Institution of the visit.
        fixmedins_code: String,
        /// Person of the visit.
        psn_no: String,
    },
    /// A visit that this delivery has already put into another month, institution or person.
    Moved,
    /// A visit without number, person, institution or begin.
    Incomplete,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Orphan => write!(f, "找不到对应的就诊记录：本次交付和数据湖中都没有这个就诊ID"),
            Self::Conflict { fixmedins_code, psn_no } => {
                write!(f, "与就诊记录不一致：就诊记录的机构为 {fixmedins_code}，人员为 {psn_no}")
            }
            Self::Moved => write!(f, "同一就诊ID在本次交付中出现多次，且机构、人员或开始月份不同"),
            Self::Incomplete => write!(f, "就诊记录缺少就诊ID、人员编号、机构编号或开始时间"),
        }
    }
}

/// A row that was not taken（未收的行）.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Index of the row in the pushed batch.
    pub row: usize,
    /// Why.
    pub why: Refusal,
}

/// What became of a pushed batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Rows that were not taken; the caller keeps them in quarantine.
    pub refused: Vec<Refused>,
    /// The file was loaded before: nothing of it was taken.
    pub already_loaded: bool,
}

/// Append（一次载入）: a delivery being loaded. Dropping it changes nothing.
pub struct Append {
    writer: Writer,
    base: Snapshot,
    number: i64,
    sources: Vec<Source>,
    loaded_before: Vec<bool>,
    origins: Origins,
    replaced: Replaced,
    options: DeliveryOptions,
    places: Places,
    sorters: BTreeMap<&'static str, Sorter>,
    suspects: BTreeMap<&'static str, Suspects>,
    visits_known: Known,
    sealer: Sealer,
}

/// Which visits of the lake the index holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Nothing,
    Delivered,
    All,
}

/// Keys of pushed rows that the lake may have already.
#[derive(Default)]
struct Suspects {
    keys: HashMap<Option<Partition>, HashSet<u64>>,
    count: usize,
}

impl Suspects {
    fn add(&mut self, partition: Option<Partition>, key: impl FnOnce() -> u64) {
        let keys = self.keys.entry(partition).or_default();
        if self.count < MOST_SUSPECTS && keys.insert(key()) {
            self.count += 1;
        }
    }

    fn too_many(&self) -> bool {
        self.count >= MOST_SUSPECTS
    }
}

impl Lake {
    /// Begins to load a delivery of these files.
    pub fn append(&self, sources: Vec<Source>, options: DeliveryOptions) -> Result<Append, LakeError> {
        let key = options.key_file.as_ref().map(|path| PersonalKey::read(path, self.folder())).transpose()?;
        let writer = self.writer()?;
        let base = writer.base();
        let number = writer.manifest.deliveries.last().map_or(1, |last| last.number + 1);
        let loaded_before = sources.iter().map(|source| writer.manifest.delivery_of(&source.digest).is_some()).collect();
        let fresh: Vec<Source> = sources.clone();
        Ok(Append {
            origins: Origins::new(&writer.manifest, number, &fresh),
            replaced: Replaced::new(&options.replace),
            places: Places::new(self.config.shards),
            sealer: Sealer::new(key, number, &self.layout.staging()),
            sorters: BTreeMap::new(),
            suspects: BTreeMap::new(),
            visits_known: Known::Nothing,
            base,
            number,
            sources,
            loaded_before,
            options,
            writer,
        })
    }
}

impl Append {
    /// Whether this file was loaded before, so that reading it is of no use.
    pub fn already_loaded(&self, source: usize) -> bool {
        self.loaded_before.get(source).copied().unwrap_or(false)
    }

    /// Number of the delivery.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Takes rows of a table, in the columns of [`crate::schema::arrow`]. `rows` are their numbers in the file.
    ///
    /// All visits (`mdtrt_d`) come before rows of other tables that belong to visits.
    pub fn push(&mut self, name: &str, source: usize, rows: &[u64], batch: &RecordBatch) -> Result<Pushed, LakeError> {
        let table = table(name).ok_or_else(|| LakeError::NoSuchTable { name: name.to_owned() })?;
        check_columns(table, batch, rows)?;
        if self.already_loaded(source) {
            return Ok(Pushed { refused: Vec::new(), already_loaded: true });
        }
        let mut refused = Vec::new();
        let (folders, kept) = self.place(table, batch, &mut refused)?;
        let batch = if refused.is_empty() { batch.clone() } else { take_record_batch(batch, &kept)? };
        let rows = UInt64Array::from_iter_values(kept.values().iter().map(|row| rows[*row as usize]));
        let certificates = self.sealer.take(table, &batch)?;
        let origin = self.origins.of_source(source);
        let stored = self.stored(table, &batch, folders, origin, &rows, certificates.as_ref())?;
        self.suspect(table, &stored)?;
        self.sorter(table).push(stored);
        self.spill_if_needed()?;
        Ok(Pushed { refused, already_loaded: false })
    }

    fn sorter(&mut self, table: &'static Table) -> &mut Sorter {
        self.sorters.entry(table.name).or_insert_with(|| new_sorter(table))
    }

    /// Finds the folder of each row, and which rows have one.
    fn place(
        &mut self,
        table: &'static Table,
        batch: &RecordBatch,
        refused: &mut Vec<Refused>,
    ) -> Result<(Vec<u32>, UInt32Array), LakeError> {
        let rows = batch.num_rows();
        if !is_clustered(table.name) {
            return Ok((vec![0; rows], UInt32Array::from_iter_values(0..u32::try_from(rows).unwrap_or(u32::MAX))));
        }
        let is_visits = table.name == "mdtrt_d";
        if !is_visits {
            self.know_delivered()?;
        }
        let places = Columns::of(table, batch)?;
        let mut folders = Vec::with_capacity(rows);
        let mut kept = Vec::with_capacity(rows);
        for row in 0..rows {
            let placed = if is_visits { self.place_visit(&places, row) } else { self.place_row(&places, row)? };
            match placed {
                Ok(folder) => {
                    folders.push(folder);
                    kept.push(u32::try_from(row).unwrap_or(u32::MAX));
                }
                Err(why) => refused.push(Refused { row, why }),
            }
        }
        Ok((folders, kept.into()))
    }

    fn place_visit(&mut self, columns: &Columns<'_>, row: usize) -> Result<u32, Refusal> {
        let begin = columns.begin.filter(|begin| begin.is_valid(row)).map(|begin| begin.value(row));
        let (Some(visit), Some(institution), Some(person), Some(begin)) =
            (columns.visit(row), columns.institution(row), columns.person(row), begin)
        else {
            return Err(Refusal::Incomplete);
        };
        let day: Day = Moment(begin.div_euclid(1_000_000)).day();
        let folder = self.places.folder(Month::of(day), institution, person);
        if self.places.deliver(visit_hash(visit), folder) { Ok(folder) } else { Err(Refusal::Moved) }
    }

    fn place_row(&mut self, columns: &Columns<'_>, row: usize) -> Result<Result<u32, Refusal>, LakeError> {
        let Some(visit) = columns.visit(row) else { return Ok(Err(Refusal::Orphan)) };
        let hash = visit_hash(visit);
        if self.places.visit(hash).is_none() {
            self.know_all()?;
        }
        let Some(place) = self.places.visit(hash) else { return Ok(Err(Refusal::Orphan)) };
        let (institution, person) = (self.places.institution(place.folder), self.places.person(place.folder));
        let same = columns.institution(row).is_none_or(|given| given == institution)
            && columns.person(row).is_none_or(|given| given == person);
        if same {
            return Ok(Ok(place.folder));
        }
        Ok(Err(Refusal::Conflict { fixmedins_code: institution.to_owned(), psn_no: person.to_owned() }))
    }

    /// The batch in the columns of the data file, with the hidden ones.
    fn stored(
        &mut self,
        table: &'static Table,
        batch: &RecordBatch,
        folders: Vec<u32>,
        origin: u32,
        rows: &UInt64Array,
        certificates: Option<&ArrayRef>,
    ) -> Result<RecordBatch, LakeError> {
        let count = batch.num_rows();
        let clustered = is_clustered(table.name);
        let schema = self.sorter(table).schema.clone();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        let folders = UInt32Array::from(folders);
        for field in schema.fields() {
            let column: ArrayRef = match field.name().as_str() {
                FOLDER => Arc::new(folders.clone()),
                ORIGIN => Arc::new(UInt32Array::from(vec![origin; count])),
                ROW => Arc::new(rows.clone()),
                CERT_HASH => certificates.cloned().unwrap_or_else(|| new_null_array(field.data_type(), count)),
                name @ ("fixmedins_code" | "psn_no") if clustered => self.filled(batch.column_by_name(name), name, &folders),
                name => match batch.column_by_name(name) {
                    Some(column) => column.clone(),
                    None => new_null_array(field.data_type(), count),
                },
            };
            columns.push(column);
        }
        Ok(RecordBatch::try_new(schema, columns)?)
    }

    /// Institution or person of rows; where a row does not say, its visit does.
    fn filled(&self, given: Option<&ArrayRef>, name: &str, folders: &UInt32Array) -> ArrayRef {
        if let Some(given) = given
            && given.null_count() == 0
        {
            return given.clone();
        }
        let of_visit = |folder: &u32| {
            if name == "psn_no" { self.places.person(*folder) } else { self.places.institution(*folder) }
        };
        Arc::new(StringArray::from_iter_values(folders.values().iter().map(of_visit)))
    }

    /// Remembers keys of rows that the lake may have already.
    fn suspect(&mut self, table: &'static Table, stored: &RecordBatch) -> Result<(), LakeError> {
        if table.name == "mdtrt_d" || self.base.rows(table.name)? == 0 {
            return Ok(());
        }
        let keys: Vec<&'static str> = table.key().map(|column| column.name).collect();
        let hasher = KeyHasher::new(stored, &keys)?;
        let suspects = self.suspects.entry(table.name).or_default();
        if !is_clustered(table.name) {
            for row in 0..stored.num_rows() {
                suspects.add(None, || hasher.hash(row));
            }
            return Ok(());
        }
        let visits = text(stored, table.name, "mdtrt_id")?;
        for row in 0..stored.num_rows() {
            let hash = visit_hash(visits.value(row));
            if let Some(place) = self.places.visit(hash)
                && place.known
                && !self.places.has_moved(hash)
            {
                suspects.add(Some(self.places.partition(place.folder).clone()), || hasher.hash(row));
            }
        }
        Ok(())
    }

    fn spill_if_needed(&mut self) -> Result<(), LakeError> {
        // Sorting takes as much again as what it sorts; the index of visits stays, and so does what reading and writing need.
        let taken = self.places.bytes() + READING_AND_WRITING;
        let memory = self.options.memory_bytes;
        // However little is left, runs of a few rows would only be opened and closed.
        let budget = (memory.saturating_sub(taken) / 5 * 2).max(memory / 32).max(1 << 20);
        let buffered: usize = self.sorters.values().map(Sorter::bytes).sum();
        if buffered <= budget {
            return Ok(());
        }
        self.places.rank();
        let staging = self.writer.lake.layout.staging();
        if let Some(largest) = self.sorters.values_mut().max_by_key(|sorter| sorter.bytes()) {
            largest.close_run(&self.places, Some(&staging))?;
        }
        Ok(())
    }
}

pub(crate) fn new_sorter(table: &'static Table) -> Sorter {
    let inside = in_file(table);
    let source = source_column(table);
    let own = inside.fields().iter().filter(|field| field.name() != DELIVERY && field.name() != source);
    Sorter::new(table.name, order(table), &Schema::new(own.cloned().collect::<Vec<_>>()))
}

fn check_columns(table: &Table, batch: &RecordBatch, rows: &[u64]) -> Result<(), LakeError> {
    let refuse = |detail: String| Err(LakeError::Columns { table: table.name.to_owned(), detail });
    if rows.len() != batch.num_rows() {
        return refuse(format!("有 {} 行，却有 {} 个行号", batch.num_rows(), rows.len()));
    }
    let wanted = arrow(table);
    for field in wanted.fields() {
        match batch.schema_ref().field_with_name(field.name()) {
            Ok(given) if given.data_type() == field.data_type() => {}
            Ok(given) => {
                return refuse(format!("列 {} 的类型是 {}，应为 {}", field.name(), given.data_type(), field.data_type()));
            }
            Err(_) => return refuse(format!("缺少列 {}", field.name())),
        }
    }
    Ok(())
}

/// The columns that place a row.
struct Columns<'a> {
    visits: &'a StringArray,
    institutions: Option<&'a StringArray>,
    persons: Option<&'a StringArray>,
    begin: Option<&'a datafusion::arrow::array::TimestampMicrosecondArray>,
}

impl<'a> Columns<'a> {
    fn of(table: &Table, batch: &'a RecordBatch) -> Result<Self, LakeError> {
        let optional = |name: &str| batch.column_by_name(name).map(AsArray::as_string::<i32>);
        Ok(Self {
            visits: text(batch, table.name, "mdtrt_id")?,
            institutions: optional("fixmedins_code"),
            persons: optional("psn_no"),
            begin: batch.column_by_name("begntime").and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>()),
        })
    }

    fn visit(&self, row: usize) -> Option<&'a str> {
        value(Some(self.visits), row)
    }

    fn institution(&self, row: usize) -> Option<&'a str> {
        value(self.institutions, row)
    }

    fn person(&self, row: usize) -> Option<&'a str> {
        value(self.persons, row)
    }
}

fn value(column: Option<&StringArray>, row: usize) -> Option<&str> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}
