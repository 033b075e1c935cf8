//! Earlier uses（既往使用）: on which days people had the items that rules ask about, net of refunds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use claims::institution::level_on;
use claims::{Day, Quantity, Text};
use lake::{ItemLine, Snapshot};

use super::texts;
use crate::context::RunContext;
use crate::history::EarlierUse;

/// A day on which somebody had an item at a visit.
pub(super) struct DayOfUse {
    psn_no: Text,
    fixmedins_code: Text,
    mdtrt_id: Text,
    item: Text,
    day: Day,
}

impl DayOfUse {
    fn of(line: &ItemLine, day: Day) -> Self {
        Self {
            psn_no: line.psn_no.clone(),
            fixmedins_code: line.fixmedins_code.clone(),
            mdtrt_id: line.mdtrt_id.clone(),
            item: line.item.clone(),
            day,
        }
    }
}

/// The days of use that lines of one shard tell: every day, since a stay may hold many. A refund that names its charge is taken off
/// on the day of the charge, any other off the nearest earlier days.
pub(super) fn days_of_use(lines: &[ItemLine]) -> Vec<DayOfUse> {
    let is_refund = |line: &&ItemLine| line.cnt < Quantity::ZERO;
    let refunded: BTreeSet<(&str, &str)> = lines.iter().filter(is_refund).map(key).collect();
    let charges: HashMap<(&str, &str), Day> = lines
        .iter()
        .filter(|line| !refunded.is_empty() && !is_refund(line) && refunded.contains(&key(line)))
        .map(|line| ((line.mdtrt_id.as_str(), line.bkkp_sn.as_str()), line.fee_ocur_time.day()))
        .collect();
    let mut days: Vec<DayOfUse> = Vec::new();
    let mut open: BTreeMap<(&str, &str), Refunded<'_>> = BTreeMap::new();
    for line in lines {
        let day = line.fee_ocur_time.day();
        if refunded.contains(&key(line)) {
            let named = line.init_feedetl_sn.as_deref().filter(|_| is_refund(&line));
            let day = named.and_then(|number| charges.get(&(line.mdtrt_id.as_str(), number))).copied().unwrap_or(day);
            let refunded = open.entry(key(line)).or_insert_with(|| Refunded { line, by_day: BTreeMap::new() });
            *refunded.by_day.entry(day).or_default() += line.cnt;
        } else if line.cnt.is_positive() && days.last().is_none_or(|last| !says(last, line, day)) {
            days.push(DayOfUse::of(line, day));
        }
    }
    for Refunded { line, by_day } in open.into_values() {
        days.extend(standing(&by_day).into_iter().map(|day| DayOfUse::of(line, day)));
    }
    days
}

/// An item at a visit with a refund: one of its lines, and its quantities by day.
struct Refunded<'a> {
    line: &'a ItemLine,
    by_day: BTreeMap<Day, Quantity>,
}

/// The item at a visit, by which refunds find what they refund.
fn key(line: &ItemLine) -> (&str, &str) {
    (line.mdtrt_id.as_str(), line.item.as_str())
}

fn says(known: &DayOfUse, line: &ItemLine, day: Day) -> bool {
    known.day == day && known.mdtrt_id == line.mdtrt_id && known.item == line.item
}

/// Adds days of use to what is known of everybody.
pub(super) fn add(snapshot: &Snapshot, days: Vec<DayOfUse>, context: &mut RunContext) -> Result<(), String> {
    let institutions = snapshot.institutions().map_err(|e| e.to_string())?;
    let register = |one: &DayOfUse| institutions.get(&one.fixmedins_code).map_or(&[][..], |rows| rows);
    let unrated = |one: &&DayOfUse| claims::institution::as_of(register(one), one.day).is_none();
    let of_visits = levels_of_visits(snapshot, &days.iter().filter(unrated).map(|one| &one.fixmedins_code).collect())?;
    for one in days {
        let of_visit = of_visits.get(&one.mdtrt_id).map(String::as_str);
        let level = level_on(register(&one), one.day, of_visit);
        let person = snapshot.person(&one.psn_no).map_err(|e| e.to_string())?;
        let person = context.identity(&one.psn_no, person.identity());
        context.history.add(person, one.item, EarlierUse { day: one.day, level });
    }
    Ok(())
}

/// Levels as the visits tell them, of institutions whose register does not say.
fn levels_of_visits(snapshot: &Snapshot, institutions: &BTreeSet<&Text>) -> Result<HashMap<Text, String>, String> {
    if institutions.is_empty() {
        return Ok(HashMap::new());
    }
    let list: Vec<String> = institutions.iter().map(|code| format!("'{}'", code.replace('\'', "''"))).collect();
    let query = format!(
        "SELECT mdtrt_id, max(hosp_lv) FROM mdtrt_d WHERE hosp_lv IS NOT NULL AND fixmedins_code IN ({}) GROUP BY 1",
        list.join(", ")
    );
    let mut levels = HashMap::new();
    for batch in snapshot.sql(&query).map_err(|e| e.to_string())? {
        let (visits, of_visits) = (texts(batch.column(0))?, texts(batch.column(1))?);
        levels.extend(visits.into_iter().zip(of_visits).filter_map(|(visit, level)| Some((Text::from(visit?), level?))));
    }
    Ok(levels)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn standing_of(days: &[(i32, i64)]) -> Vec<i32> {
        let by_day = days.iter().map(|(day, units)| (Day(*day), Quantity(units * 10_000))).collect();
        standing(&by_day).into_iter().map(|day| day.0).collect()
    }

    fn line(number: &str, item: &str, day: i32, units: i64, refunds: Option<&str>) -> ItemLine {
        ItemLine {
            psn_no: "P1".into(),
            fixmedins_code: "H1".into(),
            item: item.into(),
            mdtrt_id: "M1".into(),
            bkkp_sn: number.into(),
            init_feedetl_sn: refunds.map(Text::from),
            fee_ocur_time: Day(day).midnight(),
            cnt: Quantity(units * 10_000),
            pric: None,
        }
    }

    #[test]
    fn a_named_refund_is_taken_off_on_the_day_of_its_charge() {
        let lines = [
            line("1", "A", 1, 1, None),
            line("2", "A", 5, 1, None),
            line("3", "A", 9, -1, Some("1")),
            line("4", "B", 2, 1, None),
        ];
        let days = days_of_use(&lines);
        let told: BTreeSet<(&str, i32)> = days.iter().map(|one| (one.item.as_str(), one.day.0)).collect();
        assert_eq!(told, BTreeSet::from([("A", 5), ("B", 2)]));
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
