//! Lines in place（成批的费用明细）: fee lines as columns, the way they are stored, and a handle on each.
//!
//! An audit reads tens of millions of lines and asks most of them for their code, day and amount only. So a line is not taken
//! apart into a record of its own: it stays in its batch, and what is asked for is read there.

use std::collections::HashMap;
use std::sync::Arc;

use crate::record::Line;
use crate::{Fen, Moment, Quantity, Text, UnitPrice, code, placeholder};

/// Plain（逐行存放的文本列）: texts that hardly repeat, one after another. An empty text is a missing one.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    bytes: String,
    /// Where each text ends.
    ends: Vec<u32>,
}

impl Plain {
    /// The text of a row; none where it, or the whole column, was not delivered.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)? as usize;
        let begin = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        Some(&self.bytes[begin..end]).filter(|text| !text.is_empty())
    }

    /// Texts written one after another, and where each ends.
    pub const fn new(bytes: String, ends: Vec<u32>) -> Self {
        Self { bytes, ends }
    }

    /// Adds the next row's text.
    ///
    /// # Panics
    /// If the texts of one batch come to 4 GiB; batches have a few thousand rows.
    fn push(&mut self, text: Option<&str>) {
        self.bytes.push_str(text.unwrap_or_default());
        self.ends.push(u32::try_from(self.bytes.len()).expect("a batch of texts is far below 4 GiB"));
    }
}

impl<'a> FromIterator<Option<&'a str>> for Plain {
    fn from_iter<T: IntoIterator<Item = Option<&'a str>>>(texts: T) -> Self {
        let mut plain = Self::default();
        for text in texts {
            plain.push(text);
        }
        plain
    }
}

/// Coded（按代码存放的文本列）: texts that repeat, as a list of distinct ones, shared by many batches, and a key a row.
#[derive(Clone, Debug, Default)]
pub struct Coded {
    /// Indexes into `values`; [`Coded::NONE`] where there is no text.
    keys: Arc<[u32]>,
    values: Arc<[Text]>,
}

impl Coded {
    /// The key of a row without a text.
    pub const NONE: u32 = u32::MAX;

    /// A column of these keys.
    pub const fn new(keys: Arc<[u32]>, values: Arc<[Text]>) -> Self {
        Self { keys, values }
    }

    /// The distinct texts.
    pub const fn values(&self) -> &Arc<[Text]> {
        &self.values
    }

    /// The text of a row; none where it, or the whole column, was not delivered.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&Text> {
        self.values.get(*self.keys.get(row)? as usize)
    }

    /// The key of a row, and the list it points into: what is worked out for a text once serves all rows with its key.
    #[inline]
    pub fn key(&self, row: usize) -> Option<(u32, &Arc<[Text]>)> {
        self.keys.get(row).filter(|key| **key != Self::NONE).map(|key| (*key, &self.values))
    }
}

impl<'a> FromIterator<Option<&'a Text>> for Coded {
    fn from_iter<I: IntoIterator<Item = Option<&'a Text>>>(texts: I) -> Self {
        let mut known: HashMap<&Text, u32> = HashMap::new();
        let mut values = Vec::new();
        let mut key_of = |text| {
            *known.entry(text).or_insert_with(|| {
                values.push(Text::clone(text));
                u32::try_from(values.len() - 1).unwrap_or(Self::NONE)
            })
        };
        let keys = texts.into_iter().map(|text| text.map_or(Self::NONE, &mut key_of)).collect();
        Self { keys, values: values.into() }
    }
}

/// National codes of delivered codes, one for each.
pub fn national_codes(delivered: &[Text]) -> Arc<[Option<Text>]> {
    delivered.iter().map(|text| code::national_item(Some(text))).collect()
}

/// Doctors that delivered codes mean, one for each; placeholders mean nobody.
pub fn doctors(delivered: &[Text]) -> Arc<[Option<Text>]> {
    delivered.iter().map(|text| placeholder::doctor(Some(text))).collect()
}

/// The numbers of runs of one and the same text, row by row.
pub fn runs(texts: &Plain) -> Vec<u32> {
    let mut run = 0;
    let next = |row: usize| {
        run += u32::from(row > 0 && texts.get(row) != texts.get(row - 1));
        run
    };
    (0..texts.ends.len()).map(next).collect()
}

/// LineBatch（一批费用明细）: rows of `fee_list_d` as columns, under the national names. A column that was not read is empty, and all
/// its values are none.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the columns are those of `record::Line`, where each is explained")]
pub struct LineBatch {
    pub bkkp_sn: Plain,
    pub mdtrt_id: Plain,
    /// Rows one after another that are of one visit share a number.
    pub visit_run: Vec<u32>,
    pub setl_id: Plain,
    pub rx_drord_no: Plain,
    pub init_feedetl_sn: Plain,
    pub fee_ocur_time: Vec<Moment>,
    pub med_list_codg: Coded,
    /// National codes, by the keys of `med_list_codg`.
    pub national: Arc<[Option<Text>]>,
    pub medins_list_name: Coded,
    pub hilist_name: Coded,
    pub list_type: Coded,
    pub med_chrgitm_type: Coded,
    pub cnt: Vec<Quantity>,
    pub pric: Vec<Option<UnitPrice>>,
    pub det_item_fee_sumamt: Vec<Fen>,
    pub inscp_amt: Vec<Option<Fen>>,
    /// Rows that were withdrawn; empty where none was.
    pub withdrawn: Vec<bool>,
    pub bilg_dr_code: Coded,
    /// Doctors, by the keys of `bilg_dr_code`.
    pub doctors: Arc<[Option<Text>]>,
    pub bilg_dept_codg: Coded,
    pub matn_fee_flag: Vec<Option<bool>>,
    pub rx_circ_flag: Vec<Option<bool>>,
    pub dscg_tkdrug_flag: Vec<Option<bool>>,
}

impl LineBatch {
    /// A row of the batch. A row that it does not have holds nothing.
    #[inline]
    pub fn row(batch: &Arc<Self>, row: usize) -> LineRow {
        LineRow { batch: Arc::clone(batch), row: u32::try_from(row).unwrap_or(u32::MAX) }
    }

    /// Lines that were written down one by one, such as those of a case or of a check before settlement.
    pub fn of(lines: impl IntoIterator<Item = Line>) -> Vec<LineRow> {
        let lines: Vec<Line> = lines.into_iter().collect();
        let coded = |read: fn(&Line) -> Option<&Text>| lines.iter().map(read).collect::<Coded>();
        let plain = |read: fn(&Line) -> Option<&str>| lines.iter().map(read).collect::<Plain>();
        let (codes, doctor_codes) = (coded(|l| l.med_list_codg.as_ref()), coded(|l| l.bilg_dr_code.as_ref()));
        let visits = plain(|l| Some(&l.mdtrt_id));
        let batch = Arc::new(Self {
            bkkp_sn: plain(|l| Some(&l.bkkp_sn)),
            visit_run: runs(&visits),
            mdtrt_id: visits,
            setl_id: plain(|l| l.setl_id.as_deref()),
            rx_drord_no: plain(|l| l.rx_drord_no.as_deref()),
            init_feedetl_sn: plain(|l| l.init_feedetl_sn.as_deref()),
            fee_ocur_time: lines.iter().map(|l| l.fee_ocur_time).collect(),
            national: national_codes(&codes.values),
            med_list_codg: codes,
            medins_list_name: coded(|l| l.name.as_ref()),
            hilist_name: Coded::default(),
            list_type: coded(|l| l.list_type.as_ref()),
            med_chrgitm_type: coded(|l| l.med_chrgitm_type.as_ref()),
            cnt: lines.iter().map(|l| l.cnt).collect(),
            pric: lines.iter().map(|l| l.pric).collect(),
            det_item_fee_sumamt: lines.iter().map(|l| l.det_item_fee_sumamt).collect(),
            inscp_amt: lines.iter().map(|l| l.inscp_amt).collect(),
            withdrawn: lines.iter().map(|l| !l.vali_flag).collect(),
            doctors: doctors(&doctor_codes.values),
            bilg_dr_code: doctor_codes,
            bilg_dept_codg: coded(|l| l.bilg_dept_codg.as_ref()),
            matn_fee_flag: lines.iter().map(|l| l.matn_fee_flag).collect(),
            rx_circ_flag: lines.iter().map(|l| l.rx_circ_flag).collect(),
            dscg_tkdrug_flag: lines.iter().map(|l| l.dscg_tkdrug_flag).collect(),
        });
        (0..lines.len()).map(|row| Self::row(&batch, row)).collect()
    }
}

/// LineRow（批中一行费用明细）: a fee line where it stands. [`Line`] explains each value.
#[derive(Clone, Debug)]
pub struct LineRow {
    batch: Arc<LineBatch>,
    row: u32,
}

impl LineRow {
    #[inline]
    const fn at(&self) -> usize {
        self.row as usize
    }

    /// Bookkeeping number（记账流水号）.
    #[inline]
    pub fn bkkp_sn(&self) -> &str {
        self.batch.bkkp_sn.get(self.at()).unwrap_or_default()
    }

    /// Visit（就诊ID）.
    #[inline]
    pub fn mdtrt_id(&self) -> &str {
        self.batch.mdtrt_id.get(self.at()).unwrap_or_default()
    }

    /// Whether two lines are of one visit. Lines of one visit lie together, so mostly their numbers settle it.
    #[inline]
    pub fn same_visit(&self, other: &Self) -> bool {
        let run = |line: &Self| line.batch.visit_run.get(line.at()).copied();
        (Arc::ptr_eq(&self.batch, &other.batch) && run(self).is_some() && run(self) == run(other))
            || self.mdtrt_id() == other.mdtrt_id()
    }

    /// Settlement（结算ID）.
    #[inline]
    pub fn setl_id(&self) -> Option<&str> {
        self.batch.setl_id.get(self.at())
    }

    /// Prescription or order number（处方/医嘱号）.
    pub fn rx_drord_no(&self) -> Option<&str> {
        self.batch.rx_drord_no.get(self.at())
    }

    /// Number of the line refunded（原费用流水号）.
    pub fn init_feedetl_sn(&self) -> Option<&str> {
        self.batch.init_feedetl_sn.get(self.at())
    }

    /// Time of service（费用发生时间）.
    #[inline]
    pub fn fee_ocur_time(&self) -> Moment {
        self.batch.fee_ocur_time.get(self.at()).copied().unwrap_or(Moment(0))
    }

    /// Code as delivered（医疗目录编码）.
    #[inline]
    pub fn med_list_codg(&self) -> Option<&Text> {
        self.batch.med_list_codg.get(self.at())
    }

    /// National code, upper case, without a local suffix; none when not mapped.
    #[inline]
    pub fn national(&self) -> Option<&Text> {
        let (key, _) = self.batch.med_list_codg.key(self.at())?;
        self.batch.national.get(key as usize)?.as_ref()
    }

    /// The key of the delivered code, and the list of delivered codes that it points into.
    #[inline]
    pub fn code_key(&self) -> Option<(u32, &Arc<[Text]>)> {
        self.batch.med_list_codg.key(self.at())
    }

    /// Institution's own item name, or the catalogue's.
    pub fn name(&self) -> Option<&Text> {
        self.batch.medins_list_name.get(self.at()).or_else(|| self.batch.hilist_name.get(self.at()))
    }

    /// Catalogue kind（目录类别）.
    pub fn list_type(&self) -> Option<&Text> {
        self.batch.list_type.get(self.at())
    }

    /// Charge category（医疗收费项目类别）.
    pub fn med_chrgitm_type(&self) -> Option<&Text> {
        self.batch.med_chrgitm_type.get(self.at())
    }

    /// Quantity（数量）; negative on a refund.
    #[inline]
    pub fn cnt(&self) -> Quantity {
        self.batch.cnt.get(self.at()).copied().unwrap_or(Quantity::ZERO)
    }

    /// Unit price（单价）.
    #[inline]
    pub fn pric(&self) -> Option<UnitPrice> {
        self.batch.pric.get(self.at()).copied().flatten()
    }

    /// Amount（明细项目费用总额）.
    #[inline]
    pub fn det_item_fee_sumamt(&self) -> Fen {
        self.batch.det_item_fee_sumamt.get(self.at()).copied().unwrap_or(Fen::ZERO)
    }

    /// Part within the policy's scope（符合范围金额）.
    #[inline]
    pub fn inscp_amt(&self) -> Option<Fen> {
        self.batch.inscp_amt.get(self.at()).copied().flatten()
    }

    /// Not withdrawn（有效标志）.
    #[inline]
    pub fn vali_flag(&self) -> bool {
        self.batch.withdrawn.get(self.at()) != Some(&true)
    }

    /// Ordering doctor（开单医师代码）; placeholders are none.
    #[inline]
    pub fn doctor(&self) -> Option<&Text> {
        let (key, _) = self.batch.bilg_dr_code.key(self.at())?;
        self.batch.doctors.get(key as usize)?.as_ref()
    }

    /// Ordering department（开单科室编码）.
    pub fn bilg_dept_codg(&self) -> Option<&Text> {
        self.batch.bilg_dept_codg.get(self.at())
    }

    /// Maternity charge（生育费用标志）.
    pub fn matn_fee_flag(&self) -> Option<bool> {
        self.batch.matn_fee_flag.get(self.at()).copied().flatten()
    }

    /// Filled outside the hospital（处方流转标志）.
    pub fn rx_circ_flag(&self) -> Option<bool> {
        self.batch.rx_circ_flag.get(self.at()).copied().flatten()
    }

    /// Drug to take home（出院带药标志）.
    pub fn dscg_tkdrug_flag(&self) -> Option<bool> {
        self.batch.dscg_tkdrug_flag.get(self.at()).copied().flatten()
    }

    /// The line as a record of its own, whatever batch it stands in.
    pub fn delivered(&self) -> Line {
        let text = |text: Option<&str>| text.map(Text::from);
        Line {
            bkkp_sn: self.bkkp_sn().into(),
            mdtrt_id: self.mdtrt_id().into(),
            setl_id: text(self.setl_id()),
            rx_drord_no: text(self.rx_drord_no()),
            fee_ocur_time: self.fee_ocur_time(),
            med_list_codg: self.med_list_codg().cloned(),
            name: self.name().cloned(),
            list_type: self.list_type().cloned(),
            med_chrgitm_type: self.med_chrgitm_type().cloned(),
            cnt: self.cnt(),
            pric: self.pric(),
            det_item_fee_sumamt: self.det_item_fee_sumamt(),
            inscp_amt: self.inscp_amt(),
            init_feedetl_sn: text(self.init_feedetl_sn()),
            vali_flag: self.vali_flag(),
            bilg_dr_code: self.batch.bilg_dr_code.get(self.at()).cloned(),
            bilg_dept_codg: self.bilg_dept_codg().cloned(),
            matn_fee_flag: self.matn_fee_flag(),
            rx_circ_flag: self.rx_circ_flag(),
            dscg_tkdrug_flag: self.dscg_tkdrug_flag(),
        }
    }

    /// Id of the line（明细标识）, `mdtrt_id:bkkp_sn`: the bookkeeping number alone is unique only inside its visit.
    pub fn id(&self) -> String {
        format!("{}:{}", self.mdtrt_id(), self.bkkp_sn())
    }

    /// The order of two lines by their ids as bytes, without writing the ids down.
    pub fn id_order(&self, other: &Self) -> std::cmp::Ordering {
        if self.same_visit(other) {
            return self.bkkp_sn().cmp(other.bkkp_sn());
        }
        let bytes = |line: &Self| [line.mdtrt_id(), ":", line.bkkp_sn()].concat().into_bytes();
        bytes(self).cmp(&bytes(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::line;

    #[test]
    fn a_line_in_its_batch_says_what_it_was_made_of() {
        let one = Line {
            name: Some("阿莫西林".into()),
            bilg_dr_code: Some("D440100000123".into()),
            matn_fee_flag: Some(false),
            ..line("V1", "1", "2026-03-02 09:30", "xr05cba198a001010100863", 2)
        };
        let two = Line {
            bilg_dr_code: Some("未知".into()),
            setl_id: Some("S1".into()),
            vali_flag: false,
            ..line("V1", "2", "2026-03-02 09:31", "无", 1)
        };
        let rows = LineBatch::of([one.clone(), two.clone()]);
        assert_eq!((rows[0].delivered(), rows[1].delivered()), (one.clone(), two));
        assert_eq!(rows[0].national().map(Text::as_str), Some("XR05CBA198A001010100863"));
        assert_eq!((rows[0].doctor(), rows[1].doctor()), (one.bilg_dr_code.as_ref(), None));
        assert_eq!(rows[1].national(), None, "无 is a placeholder");
        assert_eq!(rows[1].id(), "V1:2");
    }

    #[test]
    fn lines_of_one_visit_know_each_other_wherever_they_stand() {
        let of = |visits: &[&str]| {
            LineBatch::of(visits.iter().enumerate().map(|(n, visit)| line(visit, &n.to_string(), "2026-03-02 09:30", "A", 1)))
        };
        let (rows, others) = (of(&["V1", "V1", "V2", "V1"]), of(&["V2"]));
        assert!(rows[0].same_visit(&rows[1]) && rows[0].same_visit(&rows[3]) && rows[2].same_visit(&others[0]));
        assert!(!rows[1].same_visit(&rows[2]) && !rows[0].same_visit(&others[0]));
    }

    #[test]
    fn a_column_that_was_not_read_is_none_everywhere() {
        let batch = Arc::new(LineBatch { mdtrt_id: [Some("V1"), Some("V2")].into_iter().collect(), ..LineBatch::default() });
        let row = LineBatch::row(&batch, 1);
        assert_eq!((row.mdtrt_id(), row.bkkp_sn(), row.name(), row.pric()), ("V2", "", None, None));
        assert_eq!((row.cnt(), row.vali_flag(), row.dscg_tkdrug_flag()), (Quantity::ZERO, true, None));
    }
}
