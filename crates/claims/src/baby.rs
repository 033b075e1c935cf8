//! Babies on the mother's bill（traps 6, 7; readings 7）: whose line it is, and how old that person was.

use crate::chart::{Age, ChartVisit, Norms, Sex, Stay};
use crate::record::{Diagnosis, Operation};
use crate::{Day, Text, age, diagnosis};

/// Delivery（分娩） in a stay, with its day where an operation record tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Day of birth.
    pub day: Option<Day>,
}

/// Finds the delivery of a stay, by diagnosis, operation or kind of maternity care. Men and children do not give birth: a code
/// that says so was picked by mistake（trap 20）.
pub fn delivery(visits: &[&ChartVisit], diagnoses: &[Diagnosis], operations: &[Operation]) -> Option<Delivery> {
    let can_give_birth = visits.iter().all(|visit| {
        let years = visit.birth.and_then(|birth| Age::on(birth, visit.record.begntime.day())).map(|age| age.years);
        visit.sex != Some(Sex::Male) && years.is_none_or(|years| years >= age::ADULT_YEARS)
    });
    let here = |id: &Text| visits.iter().any(|visit| visit.record.mdtrt_id == *id);
    let operated: Vec<_> =
        operations.iter().filter(|done| is_delivery_operation(&done.oprn_oprt_code) && here(&done.mdtrt_id)).collect();
    let diagnosed = diagnoses.iter().any(|found| is_delivery_diagnosis(&found.diag_code) && here(&found.mdtrt_id));
    let told = visits.iter().any(|visit| speaks_of_delivery(visit));
    if !can_give_birth || (operated.is_empty() && !diagnosed && !told) {
        return None;
    }
    Some(Delivery { day: operated.iter().filter_map(|done| done.oprn_oprt_date).min() })
}

/// Whether any record of a person here speaks of a delivery at all.
pub fn any_sign_of_delivery(visits: &[ChartVisit], diagnoses: &[Diagnosis], operations: &[Operation]) -> bool {
    operations.iter().any(|done| is_delivery_operation(&done.oprn_oprt_code))
        || diagnoses.iter().any(|found| is_delivery_diagnosis(&found.diag_code))
        || visits.iter().any(speaks_of_delivery)
}

/// Whether a visit's own main diagnosis or kind of maternity care speaks of a delivery.
fn speaks_of_delivery(visit: &ChartVisit) -> bool {
    visit.record.dscg_maindiag_code.as_deref().is_some_and(is_delivery_diagnosis)
        || matches!(visit.record.matn_type.as_deref(), Some("1" | "2" | "3" | "4"))
}

fn is_delivery_diagnosis(code: &str) -> bool {
    // All others are told by their first two signs, and most diagnoses are others; a dagger pair may name it second.
    let first_signs = matches!(code.trim_start().as_bytes(), [b'O' | b'o', b'8' | b'.', ..] | [b'Z' | b'z', b'3' | b'.', ..]);
    if !first_signs && !code.contains(['+', '*', '†', '＊']) {
        return false;
    }
    ["O80", "O81", "O82", "O83", "O84", "Z37"].iter().any(|prefix| diagnosis::code_under(code, prefix))
}

/// Forceps, assisted delivery, episiotomy, caesarean; not ectopic pregnancy（74.3） or termination（74.91）.
fn is_delivery_operation(code: &str) -> bool {
    let any = |prefixes: &[&str]| prefixes.iter().any(|prefix| code.starts_with(prefix));
    any(&["72.", "73.5", "73.6", "74."]) && !any(&["74.3", "74.91"])
}

/// Whether a code is of an item that only newborns get.
pub fn is_neonatal_item(code: Option<&str>, norms: &Norms) -> bool {
    code.is_some_and(|code| norms.neonatal_items.iter().any(|prefix| code.starts_with(&**prefix)))
}

/// Baby bill（费用归属）: what is known of a baby on a visit's bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BabyBill {
    /// The visit is marked as a newborn's, but its number is an adult's or an unknown person's.
    pub marked: bool,
    /// The delivery in the stay.
    pub delivery: Option<Delivery>,
    /// The baby's birth date, where the visit carries it.
    pub birth: Option<Day>,
}

impl BabyBill {
    /// Whether there may be a baby's lines on the bill at all.
    pub const fn has_baby(&self) -> bool {
        self.marked || self.delivery.is_some()
    }

    /// Whether a line is the baby's, so that the mother's age and sex do not judge it.
    pub const fn is_babys_line(&self, neonatal: bool) -> bool {
        self.marked || (neonatal && self.delivery.is_some())
    }

    /// The baby's age when the line was billed. Where a marked bill also holds the mother's delivery, a line that is not a
    /// newborn's by its item may be either's, and the age is unknown.
    pub fn age(&self, day: Day, neonatal: bool, stay: &Stay) -> Option<Age> {
        if self.delivery.is_some() && !neonatal {
            return None;
        }
        if let Some(birth) = self.birth.or(self.delivery.and_then(|delivery| delivery.day)) {
            return Age::on(birth, day);
        }
        // Born during the stay, so no older than the stay: while that is newborn age, it is near enough.
        self.delivery?;
        Age::on(stay.begin.day(), day).filter(|age| age.is_newborn())
    }
}

/// Births of patient and baby, from the visit's and the person's.
///
/// Gives the patient's birth date, whether the sources contradict each other, and the bill's marks. A marked visit whose patient
/// is a baby itself is an ordinary visit of that baby.
pub fn births(marked: bool, visit: Option<Day>, person: Option<Day>, begin: Day) -> (Option<Day>, bool, BabyBill) {
    let years = |birth: Option<Day>| birth.and_then(|birth| Age::on(birth, begin)).map(|age| age.years);
    if let (true, Some(of_visit), Some(of_person)) = (marked, visit, person) {
        let baby = Age::on(of_visit, begin).is_some_and(Age::is_newborn);
        if baby && years(person) >= Some(age::ADULT_YEARS) {
            return (Some(of_person), false, BabyBill { marked: true, delivery: None, birth: Some(of_visit) });
        }
    }
    let (birth, conflict) = age::agreed(visit, person);
    let of_adult = years(birth).is_none_or(|years| years >= age::ADULT_YEARS);
    (birth, conflict, BabyBill { marked: marked && of_adult, ..BabyBill::default() })
}

#[cfg(test)]
#[path = "baby_tests.rs"]
mod tests;
