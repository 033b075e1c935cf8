//! What is remembered of a delivery from row to row: who is known, which visits there are, what headers and details sum to.

use claims::table::Table;
use claims::{Day, placeholder};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;

use super::acceptance::Tally;
use super::check_rows::{Columns, Site, day_at, is_refund, moment_day, number_at, text_at};
use super::checks;
use super::fault::FaultLog;
use super::fingerprint::{self, ByFingerprint, Fingerprints};

/// Delivery（交付的汇总状态）.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    pub(crate) tally: Tally,
    pub(crate) log: FaultLog,
    /// First and last day of every visit; the last is the first where the end is unknown.
    visits: ByFingerprint<(i32, i32)>,
    persons: Fingerprints,
    deaths: ByFingerprint<i32>,
    institutions: Fingerprints,
    /// Visit, time and total of settlements that are no refunds.
    settled: Fingerprints,
    /// Keys of the file being read, where nobody else looks for repeated ones.
    keys: Fingerprints,
}

impl Delivery {
    /// Of what was found before any row was read.
    pub(crate) fn new(log: FaultLog) -> Self {
        Self { log, ..Self::default() }
    }

    /// Looks at rows of a batch together with what came before.
    pub(crate) fn take(&mut self, site: &Site<'_>, batch: &RecordBatch, self_paid: Option<&[bool]>) {
        let columns = Columns(batch);
        match site.table {
            "psn_info_b" => self.take_persons(&columns),
            "fixmedins_b" => self.institutions.extend(columns.text("fixmedins_code").iter().flatten().map(fingerprint::of)),
            "mdtrt_d" => self.take_visits(site, &columns),
            "setl_d" => self.take_settlements(site, &columns, self_paid),
            "fee_list_d" => self.take_lines(site, &columns),
            _ => {}
        }
    }

    fn take_persons(&mut self, columns: &Columns<'_>) {
        let deaths = columns.day("die_date");
        for (row, person) in columns.text("psn_no").iter().enumerate() {
            let Some(person) = person.map(fingerprint::of) else { continue };
            self.persons.insert(person);
            if let Some(death) = day_at(deaths, row) {
                self.deaths.insert(person, death.0);
            }
        }
    }

    fn take_visits(&mut self, site: &Site<'_>, columns: &Columns<'_>) {
        let (ids, persons) = (columns.text("mdtrt_id"), columns.text("psn_no"));
        let institutions = columns.text("fixmedins_code");
        let (begins, ends, deaths) = (columns.moment("begntime"), columns.moment("endtime"), columns.day("die_date"));
        self.log.applied(if self.persons.is_empty() { &[] } else { &[checks::PERSON_UNKNOWN] });
        self.log.applied(if self.institutions.is_empty() { &[] } else { &[checks::INSTITUTION_UNKNOWN] });
        for row in 0..columns.0.num_rows() {
            let Some(begin) = moment_day(begins, row) else { continue };
            let end = moment_day(ends, row).unwrap_or(begin);
            if let Some(id) = text_at(ids, row) {
                self.visits.insert(fingerprint::of(id), (begin.0, end.0.max(begin.0)));
            }
            let institution = text_at(institutions, row).unwrap_or_default();
            if !self.institutions.is_empty() && !self.institutions.contains(&fingerprint::of(institution)) {
                let message = format!("机构 {institution} 不在机构表中");
                site.add(&mut self.log, checks::INSTITUTION_UNKNOWN, row, "fixmedins_code", institution, message);
            }
            if self.persons.is_empty() {
                continue;
            }
            let person = text_at(persons, row).unwrap_or_default();
            let known = fingerprint::of(person);
            if !self.persons.contains(&known) {
                let message = format!("人员 {person} 不在人员表中");
                site.add(&mut self.log, checks::PERSON_UNKNOWN, row, "psn_no", person, message);
            }
            let death = self.deaths.get(&known).map(|death| Day(*death)).filter(|death| *death < begin);
            if let Some(death) = death.filter(|_| deaths.is_null(row)) {
                let message = format!("人员表的死亡日期 {death} 早于就诊开始 {begin}");
                site.add(&mut self.log, checks::DEATH_BEFORE_ADMISSION, row, "begntime", &begin.to_string(), message);
            }
        }
    }

    fn take_settlements(&mut self, site: &Site<'_>, columns: &Columns<'_>, self_paid: Option<&[bool]>) {
        self.log.applied(&[checks::DUPLICATED_SETTLEMENT]);
        let (ids, visits) = (columns.text("setl_id"), columns.text("mdtrt_id"));
        let (flags, originals) = (columns.text("refd_setl_flag"), columns.text("init_setl_id"));
        let (totals, times, ends) = (columns.decimal("medfee_sumamt"), columns.moment("setl_time"), columns.day("enddate"));
        let valid = columns.text("vali_flag");
        for row in 0..columns.0.num_rows() {
            if text_at(valid, row) == Some("0") {
                continue;
            }
            let id = fingerprint::of(text_at(ids, row).unwrap_or_default());
            let visit_text = text_at(visits, row).unwrap_or_default();
            let visit = fingerprint::of(visit_text);
            let tally = &mut self.tally;
            if !tally.settlements.insert(id) {
                tally.header_repeats += 1;
                continue;
            }
            tally.headers += 1;
            tally.settled_visits.insert(visit);
            tally.header_ids.push((id, visit));
            let total = number_at(totals, row).unwrap_or(0);
            tally.header_total += total;
            if !self_paid.is_some_and(|paid| paid[row]) {
                tally.insured_total += total;
            }
            if let Some(day) = moment_day(times, row).or_else(|| day_at(ends, row)) {
                *tally.settled_days.entry(day).or_default() += 1;
            }
            if is_refund(text_at(flags, row), text_at(originals, row)) {
                continue;
            }
            tally.negative_totals += u64::from(total < 0);
            if times.is_valid(row) {
                let (time, amount) = (times.value(row).to_string(), total.to_string());
                if !self.settled.insert(fingerprint::of_parts([visit_text, time.as_str(), amount.as_str()])) {
                    let message = format!("就诊 {visit_text} 已有一笔时间和总额都相同的结算");
                    let value = text_at(ids, row).unwrap_or_default();
                    site.add(&mut self.log, checks::DUPLICATED_SETTLEMENT, row, "setl_id", value, message);
                }
            }
        }
    }

    fn take_lines(&mut self, site: &Site<'_>, columns: &Columns<'_>) {
        self.tally.has_details = true;
        let (settlements, visits) = (columns.text("setl_id"), columns.text("mdtrt_id"));
        let (amounts, times) = (columns.decimal("det_item_fee_sumamt"), columns.moment("fee_ocur_time"));
        let valid = columns.text("vali_flag");
        self.log.applied(if self.visits.is_empty() { &[] } else { &[checks::LINE_FAR_FROM_STAY] });
        for row in 0..columns.0.num_rows() {
            let visit = fingerprint::of(text_at(visits, row).unwrap_or_default());
            if let (Some((begin, end)), Some(day)) = (self.visits.get(&visit), moment_day(times, row))
                && (day.0 < begin - FAR || day.0 > end + FAR)
            {
                let message = format!("费用时间 {day}，就诊 {} 至 {}", Day(*begin), Day(*end));
                site.add(&mut self.log, checks::LINE_FAR_FROM_STAY, row, "fee_ocur_time", &day.to_string(), message);
            }
            if self.tally.headers == 0 || text_at(valid, row) == Some("0") {
                continue;
            }
            let settlement = text_at(settlements, row).filter(|id| !placeholder::is_placeholder(id));
            let is_there = match settlement.map(fingerprint::of) {
                Some(id) => {
                    self.tally.seen_settlements.insert(id);
                    self.tally.settlements.contains(&id)
                }
                None if self.tally.settled_visits.contains(&visit) => {
                    self.tally.seen_visits.insert(visit);
                    true
                }
                None if self.visits.contains_key(&visit) => {
                    self.tally.unsettled_details += 1;
                    continue;
                }
                None => {
                    self.tally.seen_visits.insert(visit);
                    false
                }
            };
            self.tally.details += 1;
            if is_there {
                self.tally.detail_total += number_at(amounts, row).unwrap_or(0);
            } else {
                self.tally.unmatched_details += 1;
            }
        }
    }

    /// Whether the visit of each row was delivered; none where no visits were.
    pub(crate) fn orphans(&self, batch: &RecordBatch) -> Vec<usize> {
        if self.visits.is_empty() {
            return Vec::new();
        }
        let ids = Columns(batch).text("mdtrt_id");
        let is_orphan = |row: &usize| !self.visits.contains_key(&fingerprint::of(text_at(ids, *row).unwrap_or_default()));
        (0..batch.num_rows()).filter(is_orphan).collect()
    }

    /// Rows whose key came before in the same file.
    pub(crate) fn repeated(&mut self, table: &'static Table, batch: &RecordBatch) -> Vec<usize> {
        let column = |name: &str| batch.column_by_name(name).map(as_text);
        let keys: Vec<StringArray> = table.key().filter_map(|key| column(key.name)).collect();
        let mut repeated = Vec::new();
        for row in 0..batch.num_rows() {
            let parts = std::iter::once(table.name).chain(keys.iter().map(|key| text_at(key, row).unwrap_or("\u{0}")));
            if !self.keys.insert(fingerprint::of_parts(parts)) {
                repeated.push(row);
            }
        }
        repeated
    }

    /// A new file begins: its keys are its own.
    pub(crate) fn begin_file(&mut self) {
        self.keys.clear();
    }
}

/// Days before a visit's begin or after its end beyond which a line is far from it.
const FAR: i32 = 30;

fn as_text(column: &ArrayRef) -> StringArray {
    let text = cast(column, &DataType::Utf8).expect("every type of a national column can be written as text");
    text.as_string::<i32>().clone()
}
