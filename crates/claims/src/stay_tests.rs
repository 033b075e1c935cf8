//! Trap 11 and readings 10, 11, 13: what is one stay.

use super::*;
use crate::chart::{Chart, chart};
use crate::sample::{folder, settlement, visit};

fn charted(visits: Vec<Visit>, settlements: Vec<Settlement>) -> Chart {
    chart(folder(visits, settlements, vec![]), &Norms::default())
}

fn january() -> Visit {
    visit("V1", "2026-01-02 08:00", "2026-01-09 10:00")
}

fn after(begin: &str) -> Visit {
    visit("V2", begin, "2026-01-20 10:00")
}

fn merged(first: Visit, second: Visit) -> Vec<MergeReason> {
    let chart = charted(vec![second, first], vec![]);
    if chart.stays.len() == 1 { chart.stays[0].merged_by.clone() } else { Vec::new() }
}

#[test]
fn a_plain_readmission_on_the_day_of_discharge_is_another_stay() {
    assert_eq!(charted(vec![january(), after("2026-01-09 15:00")], vec![]).stays.len(), 2);
}

#[test]
fn a_mid_settlement_at_the_turn_of_the_year_is_no_new_stay() {
    let first = visit("V1", "2025-12-20 08:00", "2025-12-31 23:59:59");
    let second = visit("V2", "2026-01-01 00:00", "2026-01-08 10:00");
    let mid = Settlement { mid_setl_flag: Some(true), ..settlement("S1", "V1") };
    let chart = charted(vec![first, second], vec![mid, settlement("S2", "V2")]);
    assert_eq!(chart.stays.len(), 1);
    let stay = &chart.stays[0];
    assert_eq!((&*stay.id, &stay.merged_by[..]), ("V1", &[MergeReason::MidSettlement][..]));
    assert_eq!(stay.end, Moment::parse("2026-01-08 10:00"));
    assert_eq!(stay.billable_days, Some(19), "the night of the year's turn belongs to no part, but to the stay");
}

#[test]
fn a_final_settlement_after_a_mid_one_ends_the_stay() {
    let timed = |id, time: &str, mid| {
        let mut settlement = settlement(id, "V1");
        settlement.setl_time = Moment::parse(time);
        settlement.mid_setl_flag = Some(mid);
        settlement
    };
    let settlements = vec![timed("S2", "2026-01-09 10:00", false), timed("S1", "2026-01-05 10:00", true)];
    let chart = charted(vec![january(), after("2026-01-10 08:00")], settlements);
    assert_eq!(chart.stays.len(), 2);
    assert_eq!(chart.stays[0].merged_by, [MergeReason::MidSettlement]);
}

#[test]
fn a_referred_visit_follows_on_the_same_or_the_next_day_only() {
    let referred = |begin| Visit { refl_old_mdtrt_id: Some("V1".into()), ..after(begin) };
    assert_eq!(merged(january(), referred("2026-01-09 15:00")), [MergeReason::ReferredOnward]);
    assert_eq!(merged(january(), referred("2026-01-10 15:00")), [MergeReason::ReferredOnward]);
    assert!(merged(january(), referred("2026-01-11 15:00")).is_empty());
}

#[test]
fn a_registered_change_of_ward_or_account_joins_one_day() {
    let ward = |begin| Visit { traf_dept_flag: Some(true), ..after(begin) };
    assert_eq!(merged(january(), ward("2026-01-09 15:00")), [MergeReason::WardChange]);
    assert!(merged(january(), ward("2026-01-10 15:00")).is_empty());
    let account = Visit { insutype: Some("390".into()), ..after("2026-01-09 15:00") };
    assert_eq!(merged(january(), account), [MergeReason::WardChange]);
}

#[test]
fn the_same_visit_settled_twice_is_one_stay() {
    let chart = charted(vec![january()], vec![settlement("S1", "V1"), settlement("S2", "V1")]);
    assert_eq!(chart.stays[0].merged_by, [MergeReason::SameVisitNumber]);
}

#[test]
fn three_parts_are_one_stay_under_its_first_number() {
    let parts = vec![
        visit("V3", "2026-01-06 08:00", "2026-01-09 10:00"),
        visit("V1", "2026-01-02 08:00", "2026-01-04 10:00"),
        visit("V2", "2026-01-04 12:00", "2026-01-06 07:00"),
    ];
    let chain = |mut visit: Visit, before: &str| {
        visit.refl_old_mdtrt_id = Some(before.into());
        visit
    };
    let [third, first, second] = <[Visit; 3]>::try_from(parts).unwrap();
    let chart = charted(vec![chain(third, "V2"), first, chain(second, "V1")], vec![]);
    assert_eq!(chart.stays.len(), 1);
    assert_eq!(&*chart.stays[0].id, "V1");
    assert_eq!(chart.stays[0].billable_days, Some(7));
}

#[test]
fn billable_days_are_in_not_out_and_at_least_one() {
    let days = |end, norms: &Norms| billable_days(crate::sample::moment("2026-01-02 08:00"), Moment::parse(end), norms);
    let norms = Norms::default();
    assert_eq!(days("2026-01-09 10:00", &norms), Some(7));
    assert_eq!(days("2026-01-02 18:00", &norms), Some(1));
    assert_eq!(days("", &norms), None);
    assert_eq!(days("2026-01-09 10:00", &Norms { count_discharge_day: true, ..norms }), Some(8));
}

#[test]
fn an_emergency_visit_joins_the_admission_but_not_the_stay() {
    let emergency = |begin, end| Visit { med_type: Some("13".into()), ..visit("E1", begin, end) };
    let joins = |emergency: Visit| {
        let chart = charted(vec![january(), emergency], vec![]);
        assert_eq!(chart.stays.len(), 2);
        chart.visits.iter().any(|visit| visit.before_admission)
    };
    assert!(joins(emergency("2026-01-01 20:00", "2026-01-01 23:00")));
    assert!(joins(emergency("2026-01-02 06:00", "2026-01-02 23:59:59")));
    assert!(!joins(emergency("2025-12-31 20:00", "2026-01-01 07:59:59")), "24 hours and a second before");
    assert!(!joins(emergency("2026-01-09 20:00", "2026-01-09 23:00")), "after the stay");
    let mut outpatient = emergency("2026-01-01 20:00", "2026-01-01 23:00");
    outpatient.med_type = Some("11".into());
    assert!(joins(outpatient.clone()), "an observation may be registered so");
    outpatient.med_type = Some("14".into());
    assert!(!joins(outpatient), "nobody is observed under a chronic disease's benefit");
}
