//! Lines of some items only: what must be known of their use before anybody is judged.

use std::collections::HashMap;
use std::sync::Arc;

use claims::code::national_item;
use claims::{Moment, Quantity, Text, UnitPrice};
use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::datatypes::Int32Type;

use super::FOLDER_KEYS;
use super::column::{DecimalColumn, MomentColumn, TextColumn};
use super::groups::Reading;
use super::records::{Columns, columns};
use crate::data_file::DataFileReader;
use crate::error::LakeError;
use crate::snapshot::Snapshot;

/// Rows of which the codes are looked at together.
const ROWS: usize = 8192;

/// ItemLine（某项目的费用明细）: a line as far as the use of its item is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemLine {
    /// Person（人员编号）.
    pub psn_no: Text,
    /// Institution（定点医药机构编号）.
    pub fixmedins_code: Text,
    /// National code, upper case, without a local suffix.
    pub item: Text,
    /// Visit（就诊ID）.
    pub mdtrt_id: Text,
    /// Bookkeeping number（记账流水号）.
    pub bkkp_sn: Text,
    /// Number of the line refunded（原费用流水号）.
    pub init_feedetl_sn: Option<Text>,
    /// Time of service（费用发生时间）.
    pub fee_ocur_time: Moment,
    /// Quantity（数量）; negative on a refund.
    pub cnt: Quantity,
    /// Unit price（单价）.
    pub pric: Option<UnitPrice>,
}

impl Snapshot {
    /// The lines of a shard whose national code is wanted, but for withdrawn ones. Of all other lines only the code is read.
    pub fn item_lines(
        &self,
        shard: u32,
        wanted: &(impl Fn(&str) -> bool + Clone + Send + 'static),
        mut take: impl FnMut(ItemLine),
    ) -> Result<(), LakeError> {
        let reading = Reading::new::<ItemTable>("fee_list_d", FOLDER_KEYS, ROWS, |_| true)?;
        let mut known = HashMap::new();
        for file in self.shard_files("fee_list_d", shard)? {
            let mut choice = Choice { wanted: wanted.clone(), known: std::mem::take(&mut known), last: None };
            let rows = move |codes: &ArrayRef| choice.rows(codes);
            let mut table = ItemTable::default();
            for batch in DataFileReader::open_where(&file.path, reading.schema(), ROWS, "med_list_codg", rows)? {
                let batch = batch?;
                table.load(&batch);
                (0..batch.num_rows()).filter_map(|row| table.record(row)).for_each(&mut take);
            }
        }
        Ok(())
    }
}

/// Which delivered codes are wanted. Batches of one part of a file share their list of codes, so each list is gone through once.
struct Choice<W> {
    wanted: W,
    known: HashMap<Text, bool>,
    last: Option<(ArrayRef, Vec<bool>)>,
}

impl<W: Fn(&str) -> bool> Choice<W> {
    fn has(&mut self, delivered: Option<&str>) -> bool {
        let Some(delivered) = delivered.map(Text::from) else { return false };
        let ask = |code: &Text| national_item(Some(code)).is_some_and(|item| (self.wanted)(&item));
        *self.known.entry(delivered).or_insert_with_key(ask)
    }

    /// Which rows of a column of delivered codes are wanted.
    fn rows(&mut self, codes: &ArrayRef) -> BooleanArray {
        let Some(coded) = codes.as_dictionary_opt::<Int32Type>() else {
            return codes.as_string_opt::<i32>().into_iter().flatten().map(|code| Some(self.has(code))).collect();
        };
        let of_list = match self.last.take() {
            Some((values, of_list)) if Arc::ptr_eq(&values, coded.values()) => of_list,
            _ => coded.values().as_string::<i32>().iter().map(|code| self.has(code)).collect(),
        };
        let (_, of_list) = self.last.insert((Arc::clone(coded.values()), of_list));
        let wanted = |key: i32| usize::try_from(key).ok().and_then(|key| of_list.get(key)) == Some(&true);
        coded.keys().iter().map(|key| Some(key.is_some_and(wanted))).collect()
    }
}

columns!(
    /// Columns of `fee_list_d`, as far as an [`ItemLine`] has them.
    ItemTable {
        psn_no: TextColumn,
        fixmedins_code: TextColumn,
        med_list_codg: TextColumn,
        mdtrt_id: TextColumn,
        bkkp_sn: TextColumn,
        init_feedetl_sn: TextColumn,
        fee_ocur_time: MomentColumn,
        cnt: DecimalColumn,
        pric: DecimalColumn,
        vali_flag: TextColumn,
    }
);

impl Columns for ItemTable {
    type Record = Option<ItemLine>;
    const NAMES: &'static [&'static str] = Self::FIELDS;

    fn load(&mut self, batch: &RecordBatch) {
        self.load_fields(batch);
    }

    fn record(&mut self, row: usize) -> Option<ItemLine> {
        if !self.vali_flag.valid(row) {
            return None;
        }
        Some(ItemLine {
            psn_no: self.psn_no.always(row),
            fixmedins_code: self.fixmedins_code.always(row),
            item: national_item(self.med_list_codg.text(row).as_ref())?,
            mdtrt_id: self.mdtrt_id.always(row),
            bkkp_sn: self.bkkp_sn.always(row),
            init_feedetl_sn: self.init_feedetl_sn.text(row),
            fee_ocur_time: self.fee_ocur_time.always(row),
            cnt: self.cnt.quantity(row).unwrap_or(Quantity::ZERO),
            pric: self.pric.price(row),
        })
    }
}
