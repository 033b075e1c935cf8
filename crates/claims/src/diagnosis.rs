//! Diagnoses（诊断）: codes in their tree, and all that was diagnosed at a visit（rules 4.11）.

use std::collections::BTreeSet;

use crate::chart::Chart;
use crate::record::Diagnosis;
use crate::{Text, placeholder};

/// Category（类目）: the first three signs of an ICD-10 code, or the whole of anything shorter or not ICD.
pub fn category(code: &str) -> &str {
    code.get(..3).unwrap_or(code)
}

/// Whether a code lies under a prefix in the tree of codes: `X18.001` under `X18`, and `I10.x00x002` under `I10.x00` or `I10`.
///
/// Dots, case, dagger and asterisk, and the filler `x00` at the end of a prefix do not matter. Of a pair such as
/// `A17.0+G01*`, either may lie under it.
pub fn code_under(code: &str, prefix: &str) -> bool {
    let prefix = plain(prefix.trim_end_matches(MARKS));
    let prefix = prefix.strip_suffix("X00").unwrap_or(&prefix);
    !prefix.is_empty() && code.split(MARKS).any(|part| plain(part).starts_with(prefix))
}

const MARKS: [char; 4] = ['+', '*', '†', '＊'];

fn plain(code: &str) -> String {
    code.trim().chars().filter(|sign| *sign != '.').map(|sign| sign.to_ascii_uppercase()).collect()
}

/// Diagnosis set（诊断集合） of a visit. TCM codes look like ICD codes (`A01.01`), so they are kept apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiagnosisSet {
    /// ICD-10 codes.
    pub western: BTreeSet<Text>,
    /// TCM diseases and syndromes（中医病证）.
    pub tcm: BTreeSet<Text>,
    /// Entitlement and by-disease codes（`dise_no`）, such as M03900.
    pub entitlements: BTreeSet<Text>,
}

impl DiagnosisSet {
    /// All that was diagnosed at a visit: for a stay at all its visits, for an outpatient at all visits here on the same day.
    pub fn of(chart: &Chart, visit: usize) -> Self {
        let of_visit = &chart.visits[visit];
        let stay = &chart.stays[of_visit.stay];
        let day = of_visit.record.begntime.day();
        let mut set = Self::default();
        for (index, other) in chart.visits.iter().enumerate() {
            let same_day = !stay.inpatient && !other.class.is_inpatient() && other.record.begntime.day() == day;
            if stay.visits.contains(&index) || same_day {
                let own = chart.diagnoses.iter().filter(|diagnosis| diagnosis.mdtrt_id == other.record.mdtrt_id);
                own.for_each(|diagnosis| set.add(diagnosis));
                set.western.extend(placeholder::known(other.record.dscg_maindiag_code.as_ref()).cloned());
                set.entitlements.extend(placeholder::known(other.record.dise_no.as_ref()).cloned());
            }
        }
        set
    }

    /// Whether any ICD-10 code lies under the prefix.
    pub fn has_under(&self, prefix: &str) -> bool {
        self.western.iter().any(|code| code_under(code, prefix))
    }

    /// Whether nothing at all was diagnosed, so that “no indication” cannot be said.
    pub fn is_empty(&self) -> bool {
        self.western.is_empty() && self.tcm.is_empty() && self.entitlements.is_empty()
    }

    fn add(&mut self, diagnosis: &Diagnosis) {
        let Some(code) = placeholder::known(Some(&diagnosis.diag_code)) else { return };
        match diagnosis.diag_type.as_deref() {
            Some("2" | "3") => self.tcm.insert(code.clone()),
            _ => self.western.insert(code.clone()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Norms, chart};
    use crate::sample::{diagnosis, folder, visit};

    #[test]
    fn a_code_lies_under_its_category_and_subcategory() {
        for (code, prefix) in [
            ("X18.0", "X18"),
            ("X18.001", "X18.0"),
            ("x18.0x001", "X18.0"),
            ("I10.x00x002", "I10.x00"),
            ("I10.x00", "I10"),
            ("I10", "I10.x00"),
            ("G63.2*", "G63"),
            ("A17.0+G01*", "G01"),
            ("E11900", "E11.9"),
        ] {
            assert!(code_under(code, prefix), "{code} under {prefix}");
        }
        for (code, prefix) in [("X18", "X18.0"), ("X180", "X181"), ("E10.9", "E11"), ("E11.9", ""), ("E11.9", "*")] {
            assert!(!code_under(code, prefix), "{code} under {prefix}");
        }
    }

    #[test]
    fn the_set_has_all_visits_of_the_day_but_no_tcm_code_as_icd() {
        let outpatient = |id: &str, at: &str| {
            let mut visit = visit(id, at, "");
            visit.med_type = Some("11".into());
            visit.dise_no = Some("M03900".into());
            visit
        };
        let visits =
            vec![outpatient("V1", "2026-03-02 08:00"), outpatient("V2", "2026-03-02 15:00"), outpatient("V3", "2026-03-03")];
        let mut folder = folder(visits, vec![], vec![]);
        let mut tcm = diagnosis("V1", "A01.01.01");
        tcm.diag_type = Some("2".into());
        folder.diagnoses = vec![tcm, diagnosis("V2", "J18.900"), diagnosis("V3", "K29.500")];
        let set = DiagnosisSet::of(&chart(folder, &Norms::default()), 0);
        assert!(set.has_under("J18") && !set.has_under("K29") && !set.has_under("A01"));
        assert_eq!(set.tcm.len(), 1);
        assert!(set.entitlements.contains("M03900"));
    }
}
