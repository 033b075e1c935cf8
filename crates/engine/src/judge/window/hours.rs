//! Hours of a window: how many there were, and how many were ordered.

use claims::chart::Stay;
use claims::day::HOUR_SECONDS;
use claims::record::Order;
use claims::{Day, Moment, Quantity, code};

use super::{Group, Place};
use crate::judge::Candidate;

/// Hours of the day between begin and stop of the orders of the group's items. None where orders cannot tell: none were delivered
/// for the stay, none names these items, or one names no national item and may be the one that counts.
pub(super) fn ordered_hours(group: &Group<'_, '_>) -> Option<Quantity> {
    let Place::Day(day) = group.place else { return None };
    let chart = group.rows[0].0.folder.chart;
    let stay = &chart.stays[group.rows[0].0.visit().stay];
    let of_stay = |order: &&Order| stay.visits.iter().any(|visit| chart.visits[*visit].record.mdtrt_id == order.mdtrt_id);
    let mut hours = None;
    for order in chart.orders.iter().filter(of_stay) {
        let item = code::national_item(order.med_list_codg.as_ref())?;
        if group.rows.iter().any(|(candidate, _)| candidate.line.code() == Some(&item)) {
            hours = Some(hours.unwrap_or(Quantity::ZERO) + hours_of_day(order, day));
        }
    }
    hours
}

/// Hours of a day that an order covers, a begun hour counting as an hour. An end of which only the day is known covers that day.
fn hours_of_day(order: &Order, day: Day) -> Quantity {
    let (midnight, next) = (day.midnight(), day.plus(1).midnight());
    let begin = order.drord_begntime.map_or(midnight, |at| at.max(midnight));
    let end = order.drord_endtime.map_or(next, |at| if at.is_midnight() { at.day().plus(1).midnight() } else { at }).min(next);
    Quantity(whole_hours(begin, end) * 10_000)
}

/// Hours between two moments, a begun hour counting as an hour, as hospitals bill it.
fn whole_hours(from: Moment, to: Moment) -> i64 {
    (to.0 - from.0 + HOUR_SECONDS - 1).div_euclid(HOUR_SECONDS).max(0)
}

/// Hours of a day that the person was in hospital; none when the hour of arrival or leaving on that day is not known.
pub(super) fn possible_hours(candidate: &Candidate<'_>, day: Day) -> Option<Quantity> {
    let stay = &candidate.folder.chart.stays[candidate.visit().stay];
    if !stay.inpatient {
        return None;
    }
    let mut from = day.midnight();
    let mut to = day.plus(1).midnight();
    if stay.begin.day() == day {
        if stay.begin.is_midnight() {
            return None;
        }
        from = stay.begin;
    }
    match stay.end {
        Some(end) if end.day() == day => {
            if end.is_midnight() {
                return None;
            }
            to = end;
        }
        Some(_) => {}
        // Still in hospital: the day is whole unless it may be the last one.
        None if stay.last_service.is_some_and(|last| day < last) => {}
        None => return None,
    }
    Some(Quantity(whole_hours(from, to) * 10_000))
}

/// Hours of a whole stay; none without an end. An hour of arrival or leaving that is not known gives the day whole, so that nobody
/// is charged for what the record does not tell.
pub(super) fn stay_hours(stay: &Stay) -> Option<Quantity> {
    let end = stay.end.filter(|_| stay.inpatient)?;
    let to = if end.is_midnight() { end.day().plus(1).midnight() } else { end };
    Some(Quantity(whole_hours(stay.begin, to) * 10_000))
}
