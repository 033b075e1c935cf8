//! Spans of visits: who was where and when, which must be known of everybody before anybody is judged.

use claims::{Moment, Text};
use datafusion::arrow::array::RecordBatch;

use super::column::{MomentColumn, TextColumn};
use super::groups::Reading;
use super::records::{Columns, columns};
use super::{FOLDER_KEYS, LINE_ROWS};
use crate::error::LakeError;
use crate::snapshot::Snapshot;

/// VisitSpan（就诊起止）: a visit as far as where and when it was.
#[derive(Clone, Debug, PartialEq)]
pub struct VisitSpan {
    /// Person（人员编号）.
    pub psn_no: Text,
    /// Institution（定点医药机构编号）.
    pub fixmedins_code: Text,
    /// Kind of care（医疗类别）.
    pub med_type: Option<Text>,
    /// Begin, or admission（开始时间）; none where it was not delivered.
    pub begntime: Option<Moment>,
    /// End, or discharge（结束时间）.
    pub endtime: Option<Moment>,
    /// Not withdrawn（有效标志）.
    pub vali_flag: bool,
}

impl Snapshot {
    /// Every visit of a shard.
    pub fn visit_spans(&self, shard: u32, mut take: impl FnMut(VisitSpan)) -> Result<(), LakeError> {
        let reading = Reading::new::<SpanTable>("mdtrt_d", FOLDER_KEYS, LINE_ROWS, |_| true)?;
        for file in self.shard_files("mdtrt_d", shard)? {
            let mut table = SpanTable::default();
            for batch in reading.open(&file)? {
                let batch = batch?;
                table.load(&batch);
                (0..batch.num_rows()).map(|row| table.record(row)).for_each(&mut take);
            }
        }
        Ok(())
    }
}

columns!(
    /// Columns of `mdtrt_d`, as far as a [`VisitSpan`] has them.
    SpanTable {
        psn_no: TextColumn,
        fixmedins_code: TextColumn,
        med_type: TextColumn,
        begntime: MomentColumn,
        endtime: MomentColumn,
        vali_flag: TextColumn,
    }
);

impl Columns for SpanTable {
    type Record = VisitSpan;
    const NAMES: &'static [&'static str] = Self::FIELDS;

    fn load(&mut self, batch: &RecordBatch) {
        self.load_fields(batch);
    }

    fn record(&mut self, row: usize) -> VisitSpan {
        VisitSpan {
            psn_no: self.psn_no.always(row),
            fixmedins_code: self.fixmedins_code.always(row),
            med_type: self.med_type.text(row),
            begntime: self.begntime.get(row),
            endtime: self.endtime.get(row),
            vali_flag: self.vali_flag.valid(row),
        }
    }
}
