//! Reading for an audit: everything one person had at one institution, folder by folder.

mod column;
mod groups;
mod item_lines;
mod queried;
mod records;
mod traces;
mod visit_spans;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use claims::Text;
use claims::chart::Folder;
use claims::record::{Institution, Person, StockMovement};

use crate::data_file::DataFileReader;
use crate::delta::DataFile;
use crate::error::LakeError;
use crate::people::People;
use crate::snapshot::{Institutions, Snapshot};
use groups::{Groups, Reading};
pub use item_lines::ItemLine;
pub use queried::queried_lines;
use records::{
    Columns, DiagnosisTable, InstitutionTable, LineTable, OperationTable, OrderTable, SettlementTable, StockTable, VisitTable,
};
pub use visit_spans::VisitSpan;

/// Rows of fee lines decoded at once from one file.
const LINE_ROWS: usize = 2048;
/// Rows of other tables.
const OTHER_ROWS: usize = 512;
/// The order of every clustered file.
const FOLDER_KEYS: (&str, &str) = ("fixmedins_code", "psn_no");

/// Column of a line that is read only where wanted（费用明细的可选列）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineColumn {
    /// `rx_drord_no`
    RxDrordNo,
    /// `name`: `medins_list_name`, or the catalogue's.
    Name,
    /// `list_type`
    ListType,
    /// `med_chrgitm_type`
    MedChrgitmType,
    /// `pric`
    Pric,
    /// `bilg_dr_code`
    BilgDrCode,
    /// `bilg_dept_codg`
    BilgDeptCodg,
    /// `matn_fee_flag`
    MatnFeeFlag,
    /// `rx_circ_flag`
    RxCircFlag,
    /// `dscg_tkdrug_flag`
    DscgTkdrugFlag,
}

const OPTIONAL: [(LineColumn, &[&str]); 10] = [
    (LineColumn::RxDrordNo, &["rx_drord_no"]),
    (LineColumn::Name, &["medins_list_name", "hilist_name"]),
    (LineColumn::ListType, &["list_type"]),
    (LineColumn::MedChrgitmType, &["med_chrgitm_type"]),
    (LineColumn::Pric, &["pric"]),
    (LineColumn::BilgDrCode, &["bilg_dr_code"]),
    (LineColumn::BilgDeptCodg, &["bilg_dept_codg"]),
    (LineColumn::MatnFeeFlag, &["matn_fee_flag"]),
    (LineColumn::RxCircFlag, &["rx_circ_flag"]),
    (LineColumn::DscgTkdrugFlag, &["dscg_tkdrug_flag"]),
];

/// LineColumns（所需列）: which optional columns of lines to read. What is not read is none in the records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineColumns(Vec<LineColumn>);

impl LineColumns {
    /// Only what every audit needs: ids, time, code, quantity, amounts, refund, validity.
    pub const fn least() -> Self {
        Self(Vec::new())
    }

    /// All.
    pub fn all() -> Self {
        Self(OPTIONAL.iter().map(|(column, _)| *column).collect())
    }

    /// These too.
    #[must_use]
    pub fn with(mut self, columns: impl IntoIterator<Item = LineColumn>) -> Self {
        self.0.extend(columns);
        self
    }

    fn wants(&self, name: &str) -> bool {
        let optional = OPTIONAL.iter().find(|(_, names)| names.contains(&name));
        optional.is_none_or(|(column, _)| self.0.contains(column))
    }
}

/// Some rows of a table as records.
fn records<C: Columns>(table: &mut C, rows: Range<usize>) -> impl ExactSizeIterator<Item = C::Record> + '_ {
    rows.map(|row| table.record(row))
}

/// FolderReader（档案读取）: the folders of one shard, in order of institution and person.
pub struct FolderReader {
    groups: Groups<Folder>,
    people: Arc<People>,
    institutions: Institutions,
    failed: bool,
}

/// How each table of a folder is read.
struct Readings {
    visits: Reading,
    settlements: Reading,
    lines: Reading,
    diagnoses: Reading,
    operations: Reading,
    orders: Reading,
}

impl Readings {
    fn new(columns: &LineColumns) -> Result<Self, LakeError> {
        let all = |_: &str| true;
        Ok(Self {
            visits: Reading::new::<VisitTable>("mdtrt_d", FOLDER_KEYS, OTHER_ROWS, all)?,
            settlements: Reading::new::<SettlementTable>("setl_d", FOLDER_KEYS, OTHER_ROWS, all)?,
            lines: Reading::new::<LineTable>("fee_list_d", FOLDER_KEYS, LINE_ROWS, |name| columns.wants(name))?,
            diagnoses: Reading::new::<DiagnosisTable>("setl_list_diag_d", FOLDER_KEYS, OTHER_ROWS, all)?,
            operations: Reading::new::<OperationTable>("setl_list_oprn_d", FOLDER_KEYS, OTHER_ROWS, all)?,
            orders: Reading::new::<OrderTable>("drord_d", FOLDER_KEYS, OTHER_ROWS, all)?,
        })
    }
}

impl Snapshot {
    /// The folders of one shard.
    pub fn folders(&self, shard: u32, columns: &LineColumns) -> Result<FolderReader, LakeError> {
        let readings = Readings::new(columns)?;
        let files = |table: &str| self.shard_files(table, shard);
        let mut groups = Groups::new();
        groups.add::<VisitTable>(&files("mdtrt_d")?, &readings.visits, |folder: &mut Folder, table, rows| {
            folder.visits.extend(records(table, rows));
        })?;
        groups.add::<SettlementTable>(&files("setl_d")?, &readings.settlements, |folder, table, rows| {
            folder.settlements.extend(records(table, rows));
        })?;
        groups.add::<LineTable>(&files("fee_list_d")?, &readings.lines, |folder, table, rows| {
            folder.lines.extend(records(table, rows));
        })?;
        groups.add::<DiagnosisTable>(&files("setl_list_diag_d")?, &readings.diagnoses, |folder, table, rows| {
            folder.diagnoses.extend(records(table, rows).flatten());
        })?;
        groups.add::<OperationTable>(&files("setl_list_oprn_d")?, &readings.operations, |folder, table, rows| {
            folder.operations.extend(records(table, rows).flatten());
        })?;
        groups.add::<OrderTable>(&files("drord_d")?, &readings.orders, |folder, table, rows| {
            folder.orders.extend(records(table, rows).flatten());
        })?;
        let (people, institutions) = (self.people()?.clone(), self.institutions()?.clone());
        Ok(FolderReader { groups, people, institutions, failed: false })
    }

    /// Decodes the columns that [`Snapshot::folders`] reads, and does nothing with them. Returns the number of rows: what an
    /// audit cannot be faster than.
    pub fn decode_only(&self, shard: u32, columns: &LineColumns) -> Result<u64, LakeError> {
        let readings = Readings::new(columns)?;
        let tables = [
            ("mdtrt_d", &readings.visits),
            ("setl_d", &readings.settlements),
            ("fee_list_d", &readings.lines),
            ("setl_list_diag_d", &readings.diagnoses),
            ("setl_list_oprn_d", &readings.operations),
            ("drord_d", &readings.orders),
        ];
        let mut rows = 0;
        for (table, reading) in tables {
            for file in self.shard_files(table, shard)? {
                for batch in reading.open(&file)? {
                    rows += batch?.num_rows() as u64;
                }
            }
        }
        Ok(rows)
    }

    /// All stock movements, by institution, item and time.
    pub fn stock_movements(&self) -> Result<Grouped<StockMovement>, LakeError> {
        let reading = Reading::new::<StockTable>("inv_d", ("fixmedins_code", "med_list_codg"), LINE_ROWS, |_| true)?;
        let mut groups = Groups::new();
        groups.add::<StockTable>(&self.files("inv_d")?, &reading, |group: &mut Vec<_>, table, rows| {
            group.extend(records(table, rows).flatten());
        })?;
        Ok(Grouped { groups, sort: |group| group.sort_by_key(|movement| movement.inv_chg_time) })
    }

    /// A person of this version, with the earliest day of death that any register tells.
    pub fn person(&self, psn_no: &str) -> Result<Person, LakeError> {
        Ok(self.people()?.person(psn_no))
    }

    /// Dated rows of every institution, oldest first.
    pub fn institutions(&self) -> Result<&Institutions, LakeError> {
        if let Some(institutions) = self.institutions.get() {
            return Ok(institutions);
        }
        let read = Arc::new(self.read_institutions()?);
        Ok(self.institutions.get_or_init(|| read))
    }

    fn read_institutions(&self) -> Result<HashMap<Text, Arc<[Institution]>>, LakeError> {
        let keys = ("fixmedins_code", "fixmedins_code");
        let reading = Reading::new::<InstitutionTable>("fixmedins_b", keys, OTHER_ROWS, |_| true)?;
        let mut groups: Groups<Vec<Institution>> = Groups::new();
        groups.add::<InstitutionTable>(&self.files("fixmedins_b")?, &reading, |group, table, rows| {
            group.extend(records(table, rows).flatten());
        })?;
        let mut institutions = HashMap::new();
        let mut rows = Vec::new();
        while let Some((code, _)) = groups.next(&mut rows)? {
            rows.sort_by_key(|row| row.begntime);
            institutions.insert(code, std::mem::take(&mut rows).into());
        }
        Ok(institutions)
    }

    fn shard_files(&self, table: &str, shard: u32) -> Result<Vec<DataFile>, LakeError> {
        let files = self.files(table)?.into_iter();
        Ok(files.filter(|file| file.partition.as_ref().is_some_and(|partition| partition.shard == shard)).collect())
    }
}

impl Reading {
    fn open(&self, file: &DataFile) -> Result<DataFileReader, LakeError> {
        DataFileReader::open(&file.path, self.schema(), self.rows())
    }
}

impl Iterator for FolderReader {
    type Item = Result<Folder, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let mut folder = Folder::default();
        match self.groups.next(&mut folder) {
            Ok(None) => None,
            Ok(Some((institution, person))) => {
                folder.person = Arc::new(self.people.person(&person));
                folder.institution = self.institutions.get(&institution).cloned().unwrap_or_default();
                folder.fixmedins_code = institution;
                Some(Ok(folder))
            }
            Err(error) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}

/// Grouped（按键分组的记录）: groups of records that share their key.
pub struct Grouped<T> {
    groups: Groups<Vec<T>>,
    sort: fn(&mut Vec<T>),
}

impl<T: 'static> Iterator for Grouped<T> {
    type Item = Result<Vec<T>, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut group = Vec::new();
        match self.groups.next(&mut group) {
            Ok(None) => None,
            Ok(Some(_)) => {
                (self.sort)(&mut group);
                Some(Ok(group))
            }
            Err(error) => Some(Err(error)),
        }
    }
}
