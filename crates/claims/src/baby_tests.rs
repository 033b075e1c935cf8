//! Traps 6 and 7: newborns on the mother's bill.

use super::*;
use crate::chart::{Chart, Folder, chart};
use crate::record::Visit;
use crate::sample::{diagnosis, folder, line, operation, visit};

/// 新生儿特殊诊疗.
const NEONATAL: &str = "003112020010000";
const ORDINARY: &str = "001102000010000";

fn delivery_stay(change: impl FnOnce(&mut Visit)) -> Folder {
    let mut visit = visit("V1", "2026-03-01 08:00", "2026-03-06 10:00");
    change(&mut visit);
    let lines = vec![line("V1", "1", "2026-03-04 08:00", NEONATAL, 1), line("V1", "2", "2026-03-04 09:00", ORDINARY, 1)];
    folder(vec![visit], vec![], lines)
}

fn charted(folder: Folder) -> Chart {
    chart(folder, &Norms::default())
}

#[test]
fn after_a_delivery_only_neonatal_items_are_the_babys() {
    let mut folder = delivery_stay(|_| ());
    folder.operations = vec![operation("V1", "74.1x00", "2026-03-02")];
    let chart = charted(folder);
    assert!(chart.visits[0].baby_on_bill);
    let [baby, mother] = &chart.lines[..] else { panic!("two lines") };
    assert!(baby.for_baby && baby.sex.is_none());
    assert_eq!(baby.age, Some(Age { years: 0, months: 0, days: 2 }));
    assert!(!mother.for_baby && mother.sex == Some(Sex::Female));
    assert_eq!(mother.age.map(|age| age.years), Some(45));
}

#[test]
fn without_the_day_of_birth_the_baby_is_no_older_than_the_stay() {
    let mut folder = delivery_stay(|_| ());
    folder.diagnoses = vec![diagnosis("V1", "O80.000")];
    assert_eq!(charted(folder).lines[0].age.map(|age| age.days), Some(3));
}

#[test]
fn without_a_delivery_the_mothers_data_judge() {
    let chart = charted(delivery_stay(|_| ()));
    assert!(!chart.visits[0].baby_on_bill && chart.lines.iter().all(|line| !line.for_baby));
}

#[test]
fn a_bill_marked_as_a_newborns_is_all_the_babys() {
    let chart = charted(delivery_stay(|visit| {
        visit.nwb_flag = Some(true);
        visit.brdy = Day::ymd(2026, 3, 1);
        visit.gend = Some("1".into());
    }));
    assert!(chart.faults.is_empty(), "two people share the number: {:?}", chart.faults);
    assert!(chart.lines.iter().all(|line| line.for_baby && line.sex.is_none()));
    assert_eq!(chart.lines[1].age.map(|age| age.days), Some(3));
}

#[test]
fn on_a_marked_bill_with_a_delivery_an_ordinary_line_may_be_either_ones() {
    let mut folder = delivery_stay(|visit| visit.nwb_flag = Some(true));
    folder.operations = vec![operation("V1", "74.1x00", "2026-03-02")];
    let chart = charted(folder);
    assert_eq!(chart.lines[0].age.map(|age| age.days), Some(2));
    assert_eq!((chart.lines[1].age, chart.lines[1].sex), (None, None));
}

#[test]
fn a_newborns_own_visit_is_judged_as_itself() {
    let mut folder = delivery_stay(|visit| visit.nwb_flag = Some(true));
    let baby = crate::record::Person { brdy: Day::ymd(2026, 2, 27), gend: Some("1".into()), ..crate::sample::person() };
    folder.person = std::sync::Arc::new(baby);
    let chart = charted(folder);
    assert!(chart.lines.iter().all(|line| !line.for_baby && line.sex == Some(Sex::Male)));
    assert_eq!(chart.lines[0].age.map(|age| age.days), Some(5));
}

#[test]
fn a_man_with_a_delivery_code_has_no_baby() {
    let mut folder = delivery_stay(|_| ());
    folder.person = std::sync::Arc::new(crate::record::Person { gend: Some("1".into()), ..crate::sample::person() });
    folder.diagnoses = vec![diagnosis("V1", "O80.000")];
    assert!(!charted(folder).visits[0].baby_on_bill);
}

#[test]
fn twins_are_counted() {
    let mut folder = delivery_stay(|visit| visit.fetus_cnt = Some(2));
    folder.operations = vec![operation("V1", "74.1x00", "2026-03-02")];
    assert_eq!(charted(folder).visits[0].babies, 2);
}

#[test]
fn ectopic_pregnancy_is_no_delivery() {
    assert!(is_delivery_operation("74.1x00") && !is_delivery_operation("74.3x00") && !is_delivery_operation("74.9100"));
}
