//! Class of care（就医方式）, from the kind of care（`med_type`）. Regions extend the national codes; the longest prefix decides.

use crate::chart::VisitClass;
use VisitClass::{Chronic, Emergency, Inpatient, Outpatient, Pharmacy, Special};

/// Prefix of `med_type` and its class. Day surgery, home beds, home and long-term care are a class of their own（trap 25）.
const CLASSES: [(&str, VisitClass); 42] = [
    ("11", Outpatient),
    ("110215", Chronic),
    ("12", Outpatient),
    ("120", Emergency),
    ("13", Emergency),
    ("14", Chronic),
    ("15", Chronic),
    ("16", Outpatient),
    ("21", Inpatient),
    ("22", Inpatient),
    ("23", Inpatient),
    ("24", Inpatient),
    ("25", Inpatient),
    ("26", Inpatient),
    ("28", Special),
    ("41", Pharmacy),
    ("51", Outpatient),
    ("52", Inpatient),
    ("53", Special),
    ("61", Special),
    ("71", Special),
    ("81", Outpatient),
    ("9107", Outpatient),
    ("910202", Outpatient),
    ("910302", Inpatient),
    ("9901", Chronic),
    ("990101", Outpatient),
    ("9903", Outpatient),
    ("9904", Chronic),
    ("991702", Chronic),
    ("992102", Chronic),
    ("99331", Chronic),
    ("99332", Chronic),
    ("9940", Inpatient),
    ("9943", Outpatient),
    ("9954", Special),
    // Code books of some regions name the class in words.
    ("住院", Inpatient),
    ("急诊", Emergency),
    ("普通门诊", Outpatient),
    ("门诊慢特病", Chronic),
    ("药店购药", Pharmacy),
    ("日间手术", Special),
];

/// Class of a visit, by its kind of care, else by its institution: what a pharmacy（`P…`）sells is a purchase.
pub fn visit_class(med_type: Option<&str>, fixmedins_code: &str) -> VisitClass {
    let by_type = med_type.and_then(|med_type| longest_prefix(med_type.trim()));
    match by_type {
        Some(class) => class,
        None if fixmedins_code.starts_with(['P', 'p']) => Pharmacy,
        None => VisitClass::Unknown,
    }
}

impl VisitClass {
    /// Whether it is a hospital stay.
    pub const fn is_inpatient(self) -> bool {
        matches!(self, Self::Inpatient)
    }

    /// Whether the patient came and went: outpatient, emergency, chronic.
    pub const fn is_ambulatory(self) -> bool {
        matches!(self, Self::Outpatient | Self::Emergency | Self::Chronic)
    }
}

fn longest_prefix(med_type: &str) -> Option<VisitClass> {
    let fitting = CLASSES.iter().filter(|(prefix, _)| med_type.starts_with(prefix));
    fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, class)| *class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn national_and_regional_codes_have_their_class() {
        for (med_type, class) in [
            ("11", Outpatient),
            ("13", Emergency),
            ("14", Chronic),
            ("21", Inpatient),
            ("24", Inpatient),
            ("2101", Inpatient),
            ("210104", Inpatient),
            ("140201", Chronic),
            ("41", Pharmacy),
            ("52", Inpatient),
            ("28", Special),
            ("71", Special),
            ("120", Emergency),
            ("1103", Outpatient),
            ("9901", Chronic),
            ("990101", Outpatient),
        ] {
            assert_eq!(visit_class(Some(med_type), "H99010100001"), class, "{med_type}");
        }
    }

    #[test]
    fn a_pharmacy_sells_even_without_a_kind_of_care() {
        assert_eq!(visit_class(None, "P99010100001"), Pharmacy);
        assert_eq!(visit_class(None, "H99010100001"), VisitClass::Unknown);
        assert_eq!(visit_class(Some("27"), "H99010100001"), VisitClass::Unknown);
    }
}
