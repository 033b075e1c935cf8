//! Earlier uses（既往使用）: on which days people had the items that rules ask about, net of refunds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use claims::institution::level_on;
use claims::{Day, Quantity, Text};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Date32Type, Decimal128Type, Int64Type};
use lake::Snapshot;

use super::texts;
use crate::context::RunContext;
use crate::history::EarlierUse;
use crate::program::Program;

/// What people had before, of the codes that rules ask about: every day of use, since a stay may hold many. A refund that names
/// its charge is taken off on the day of the charge.
pub(super) fn history(snapshot: &Snapshot, program: &Program, context: &mut RunContext) -> Result<(), String> {
    let codes = program.history_codes();
    if codes.is_empty() {
        return Ok(());
    }
    context.history.from = first_covered_day(snapshot)?;
    let list = as_delivered(snapshot, &codes)?;
    let query = format!(
        "WITH used AS (SELECT psn_no, fixmedins_code, med_list_codg, mdtrt_id, bkkp_sn, init_feedetl_sn, fee_ocur_time, cnt \
         FROM fee_list_d WHERE med_list_codg IN ({list}) AND coalesce(vali_flag, '1') <> '0'), \
         refunded AS (SELECT DISTINCT mdtrt_id, init_feedetl_sn FROM used WHERE cnt < 0 AND init_feedetl_sn IS NOT NULL), \
         charge AS (SELECT u.mdtrt_id, u.bkkp_sn, min(u.fee_ocur_time) AS at FROM refunded r JOIN used u \
         ON u.mdtrt_id = r.mdtrt_id AND u.bkkp_sn = r.init_feedetl_sn GROUP BY 1, 2), \
         dated AS (SELECT u.psn_no, u.fixmedins_code, u.med_list_codg, u.mdtrt_id, u.cnt, \
         CAST(coalesce(c.at, u.fee_ocur_time) AS DATE) AS day FROM charge c RIGHT JOIN used u \
         ON u.cnt < 0 AND c.mdtrt_id = u.mdtrt_id AND c.bkkp_sn = u.init_feedetl_sn), \
         level AS (SELECT mdtrt_id, fixmedins_code, max(hosp_lv) AS hosp_lv FROM mdtrt_d GROUP BY 1, 2) \
         SELECT d.psn_no, d.fixmedins_code, d.med_list_codg, max(v.hosp_lv), d.mdtrt_id, d.day, sum(d.cnt) FROM dated d \
         LEFT JOIN level v ON v.mdtrt_id = d.mdtrt_id AND v.fixmedins_code = d.fixmedins_code GROUP BY 1, 2, 3, 5, 6"
    );
    let batches = snapshot.sql(&query).map_err(|e| e.to_string())?;
    let days = batches.iter().map(DaysOfUse::read).collect::<Result<Vec<_>, _>>()?;
    Uses { snapshot, context }.add(&days)
}

/// Quantities by person, institution, code, visit and day.
struct DaysOfUse {
    persons: Vec<Option<String>>,
    institutions: Vec<Option<String>>,
    codes: Vec<Option<String>>,
    levels: Vec<Option<String>>,
    visits: Vec<Option<String>>,
    days: Vec<Option<Day>>,
    quantities: Vec<Quantity>,
}

impl DaysOfUse {
    fn read(batch: &RecordBatch) -> Result<Self, String> {
        let days = batch.column(5).as_primitive_opt::<Date32Type>().ok_or("day is no date")?;
        let quantities = batch.column(6).as_primitive_opt::<Decimal128Type>().ok_or("cnt is no decimal")?;
        let quantity = |value: Option<i128>| Quantity(value.and_then(|v| i64::try_from(v).ok()).unwrap_or(0));
        Ok(Self {
            persons: texts(batch.column(0))?,
            institutions: texts(batch.column(1))?,
            codes: texts(batch.column(2))?,
            levels: texts(batch.column(3))?,
            visits: texts(batch.column(4))?,
            days: days.iter().map(|day| day.map(Day)).collect(),
            quantities: quantities.iter().map(quantity).collect(),
        })
    }

    /// The code at a visit, by which refunds find what they refund.
    fn key(&self, row: usize) -> Option<(&str, &str)> {
        Some((self.visits[row].as_deref()?, self.codes[row].as_deref()?))
    }
}

/// A code at a visit with a refund: where it stands, and its days.
struct Refunded<'a> {
    days: &'a DaysOfUse,
    row: usize,
    by_day: BTreeMap<Day, Quantity>,
}

struct Uses<'a> {
    snapshot: &'a Snapshot,
    context: &'a mut RunContext,
}

impl Uses<'_> {
    fn add(&mut self, all: &[DaysOfUse]) -> Result<(), String> {
        let rows = || all.iter().flat_map(|days| (0..days.days.len()).map(move |row| (days, row)));
        // Days with more refunded than billed are few; only where there is one must days be set against each other.
        let refunded: BTreeSet<(&str, &str)> =
            rows().filter(|(days, row)| days.quantities[*row] < Quantity::ZERO).filter_map(|(days, row)| days.key(row)).collect();
        let mut open: HashMap<(&str, &str), Refunded<'_>> = HashMap::new();
        for (days, row) in rows() {
            let (Some(key), Some(day)) = (days.key(row), days.days[row]) else { continue };
            if refunded.contains(&key) {
                let one = open.entry(key).or_insert_with(|| Refunded { days, row, by_day: BTreeMap::new() });
                *one.by_day.entry(day).or_default() += days.quantities[row];
            } else if days.quantities[row].is_positive() {
                self.add_use(days, row, day)?;
            }
        }
        for Refunded { days, row, by_day } in open.into_values() {
            for day in standing(&by_day) {
                self.add_use(days, row, day)?;
            }
        }
        Ok(())
    }

    fn add_use(&mut self, days: &DaysOfUse, row: usize, day: Day) -> Result<(), String> {
        let (Some(psn_no), Some(institution), Some(code)) = (&days.persons[row], &days.institutions[row], &days.codes[row])
        else {
            return Ok(());
        };
        let institutions = self.snapshot.institutions().map_err(|e| e.to_string())?;
        let register = institutions.get(institution.as_str()).map_or(&[][..], |rows| rows);
        let one = EarlierUse { day, level: level_on(register, day, days.levels[row].as_deref()) };
        let person = self.snapshot.person(psn_no).map_err(|e| e.to_string())?;
        let person = self.context.identity(psn_no, person.identity());
        if let Some(code) = claims::code::national_item(Some(&Text::from(code.as_str()))) {
            self.context.history.add(person, code, one);
        }
        Ok(())
    }
}

/// The days on which something is left when each refund is taken off the nearest earlier days.
fn standing(by_day: &BTreeMap<Day, Quantity>) -> Vec<Day> {
    let mut left: Vec<(Day, Quantity)> = Vec::new();
    for (day, quantity) in by_day {
        if quantity.is_positive() {
            left.push((*day, *quantity));
            continue;
        }
        let mut refund = quantity.abs();
        while refund.is_positive()
            && let Some((_, last)) = left.last_mut()
        {
            let taken = refund.min(*last);
            refund -= taken;
            *last -= taken;
            if !last.is_positive() {
                left.pop();
            }
        }
    }
    left.into_iter().map(|(day, _)| day).collect()
}

/// The texts under which institutions delivered these national codes, as a list of SQL literals: the delivered column is compared
/// as it is, which is cheap, and the few distinct texts are normalised here.
fn as_delivered(snapshot: &Snapshot, codes: &BTreeSet<Text>) -> Result<String, String> {
    let mut found = vec!["''".to_owned()];
    for batch in snapshot.sql("SELECT DISTINCT med_list_codg FROM fee_list_d").map_err(|e| e.to_string())? {
        for text in texts(batch.column(0))?.into_iter().flatten() {
            let national = claims::code::national_item(Some(&Text::from(text.as_str())));
            if national.is_some_and(|code| codes.iter().any(|asked| code.starts_with(asked.as_str()))) {
                found.push(format!("'{}'", text.replace('\'', "''")));
            }
        }
    }
    Ok(found.join(", "))
}

/// The first day of the first month with visits to speak of: a few stray early dates are no history.
fn first_covered_day(snapshot: &Snapshot) -> Result<Option<Day>, String> {
    let months = "SELECT CAST(min(begntime) AS DATE) AS day, CAST(count(*) AS BIGINT) AS visits FROM mdtrt_d \
         GROUP BY date_trunc('month', begntime)";
    let mut found: Vec<(Day, i64)> = Vec::new();
    for batch in snapshot.sql(months).map_err(|e| e.to_string())? {
        let days = batch.column(0).as_primitive_opt::<Date32Type>().ok_or("day is no date")?;
        let visits = batch.column(1).as_primitive_opt::<Int64Type>().ok_or("visits is no number")?;
        found
            .extend((0..batch.num_rows()).filter(|row| days.is_valid(*row)).map(|row| (Day(days.value(row)), visits.value(row))));
    }
    let most = found.iter().map(|(_, visits)| *visits).max().unwrap_or(0);
    Ok(found.into_iter().filter(|(_, visits)| visits * STRAY_SHARE >= most).map(|(day, _)| day).min())
}

/// A month with fewer visits than one in so many of the busiest month's holds stray dates only.
const STRAY_SHARE: i64 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn standing_of(days: &[(i32, i64)]) -> Vec<i32> {
        let by_day = days.iter().map(|(day, units)| (Day(*day), Quantity(units * 10_000))).collect();
        standing(&by_day).into_iter().map(|day| day.0).collect()
    }

    #[test]
    fn every_day_of_a_stay_is_a_day_of_use() {
        assert_eq!(standing_of(&[(1, 1), (2, 1), (5, 1)]), [1, 2, 5]);
    }

    #[test]
    fn a_refund_takes_the_nearest_earlier_days_off() {
        assert_eq!(standing_of(&[(1, 1), (2, 1), (5, -1)]), [1]);
        assert_eq!(standing_of(&[(1, 2), (2, 1), (5, -2)]), [1]);
        assert_eq!(standing_of(&[(1, 1), (3, -1), (4, 1)]), [4]);
        assert_eq!(standing_of(&[(1, -1), (2, 1)]), [2], "a refund of something earlier than the data");
    }
}
