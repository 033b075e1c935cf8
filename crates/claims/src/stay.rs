//! Stays（合并住院, readings 10, 11, 13）: which visits are one stay, and for how many days its bed is billed.
//!
//! A plain discharge and readmission on one day stays two stays: to judge that is the business of the rule on split admissions.

use crate::chart::{ChartVisit, MergeReason, Norms, VisitClass};
use crate::day::HOUR_SECONDS;
use crate::record::{Settlement, Visit};
use crate::{Moment, Text};

/// Group（合并组）: visits that are one stay, in order of begin, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Indexes of the visits.
    pub visits: Vec<usize>,
    /// Reasons, each once.
    pub merged_by: Vec<MergeReason>,
}

/// Groups visits, which come in order of begin, into stays. Only hospital stays are ever merged.
pub fn groups(visits: &[ChartVisit], settlements: &[Settlement]) -> Vec<Group> {
    if visits.iter().all(|visit| !visit.class.is_inpatient()) {
        return (0..visits.len()).map(|index| Group { visits: vec![index], merged_by: Vec::new() }).collect();
    }
    let mut root: Vec<usize> = (0..visits.len()).collect();
    let mut links: Vec<(usize, MergeReason)> = Vec::new();
    let inpatient: Vec<usize> = (0..visits.len()).filter(|index| visits[*index].class.is_inpatient()).collect();
    for (place, first) in inpatient.iter().enumerate() {
        links.extend(settled_again(&visits[*first], settlements).map(|reason| (*first, reason)));
        let midway = ends_midway(&visits[*first], settlements);
        for second in &inpatient[place + 1..] {
            if let Some(reason) = link(&visits[*first].record, &visits[*second].record, midway) {
                links.push((*second, reason));
                let (from, to) = (root[*second], root[*first]);
                root.iter_mut().filter(|root| **root == from).for_each(|root| *root = to);
            }
        }
    }
    let mut groups: Vec<Group> = Vec::with_capacity(visits.len());
    let mut of_root: Vec<Option<usize>> = vec![None; visits.len()];
    for (index, root) in root.iter().enumerate() {
        if let Some(group) = of_root[*root] {
            groups[group].visits.push(index);
        } else {
            of_root[*root] = Some(groups.len());
            groups.push(Group { visits: vec![index], merged_by: Vec::new() });
        }
    }
    if links.is_empty() {
        return groups;
    }
    for group in &mut groups {
        let reasons: Vec<_> = links.iter().filter(|(visit, _)| group.visits.contains(visit)).map(|(_, reason)| *reason).collect();
        let every =
            [MergeReason::MidSettlement, MergeReason::SameVisitNumber, MergeReason::ReferredOnward, MergeReason::WardChange];
        group.merged_by = every.into_iter().filter(|reason| reasons.contains(reason)).collect();
    }
    groups
}

/// Why the second of two hospital stays goes on where the first was cut, if it does.
fn link(first: &Visit, second: &Visit, first_ends_midway: bool) -> Option<MergeReason> {
    // Without an end there is nothing that the second could follow on（readings 13）.
    let gap = second.begntime.day().since(first.endtime?.day());
    let follows = (0..=1).contains(&gap);
    if first_ends_midway && follows {
        Some(MergeReason::MidSettlement)
    } else if second.refl_old_mdtrt_id.as_ref() == Some(&first.mdtrt_id) && follows {
        Some(MergeReason::ReferredOnward)
    } else if gap == 0 && (ward_changed(first, second) || account_changed(first, second)) {
        Some(MergeReason::WardChange)
    } else {
        None
    }
}

/// The change of ward is marked on the part that it ended or on the part that it began.
fn ward_changed(first: &Visit, second: &Visit) -> bool {
    first.traf_dept_flag == Some(true) || second.traf_dept_flag == Some(true)
}

/// Another scheme or another insured region pays from here on, which the platform cannot do without a new visit.
fn account_changed(first: &Visit, second: &Visit) -> bool {
    let differ = |a: &Option<Text>, b: &Option<Text>| matches!((a, b), (Some(a), Some(b)) if a != b);
    differ(&first.insutype, &second.insutype) || differ(&first.insu_admdvs, &second.insu_admdvs)
}

/// Whether the last settlement of a visit was made before discharge（中途结算）, so that the stay goes on under another number.
fn ends_midway(visit: &ChartVisit, settlements: &[Settlement]) -> bool {
    let last = visit.settlements.last().map(|index| &settlements[*index]);
    last.is_some_and(|settlement| settlement.mid_setl_flag == Some(true))
}

fn settled_again(visit: &ChartVisit, settlements: &[Settlement]) -> Option<MergeReason> {
    let mut of_visit = visit.settlements.iter().map(|index| &settlements[*index]);
    if visit.settlements.len() < 2 {
        None
    } else if of_visit.any(|settlement| settlement.mid_setl_flag == Some(true)) {
        Some(MergeReason::MidSettlement)
    } else {
        Some(MergeReason::SameVisitNumber)
    }
}

/// End of a stay: none if the end of any part is not known.
pub fn end<'a>(visits: impl IntoIterator<Item = &'a Visit>) -> Option<Moment> {
    let ends: Option<Vec<Moment>> = visits.into_iter().map(|visit| visit.endtime).collect();
    ends?.into_iter().max()
}

/// Billable days（计费床日数, readings 11） from begin to end: days in, not the day out, at least 1. Parts of a merged stay are not
/// counted apart, for the bed was the patient's in the night between them too.
pub fn billable_days(begin: Moment, end: Option<Moment>, norms: &Norms) -> Option<i32> {
    let nights = end?.day().since(begin.day());
    Some((nights + i32::from(norms.count_discharge_day)).max(1))
}

/// Whether an emergency visit, or an outpatient one, which an observation is often registered as, came just before an admission for
/// rules on the mode of care（readings 10）: it ended within the hours before, or on the day of, an admission that came after its begin.
pub fn before_admission(visit: &ChartVisit, visits: &[ChartVisit], norms: &Norms) -> bool {
    if !matches!(visit.class, VisitClass::Emergency | VisitClass::Outpatient) {
        return false;
    }
    let begin = visit.record.begntime;
    let end = visit.record.endtime.unwrap_or(begin);
    visits.iter().filter(|visit| visit.class.is_inpatient()).any(|stay| {
        let admission = stay.record.begntime;
        let before = (0..=norms.emergency_merge_hours * HOUR_SECONDS).contains(&(admission.0 - end.0));
        // The end of an emergency visit is often written when the ward has taken over.
        before || (begin <= admission && end.day() == admission.day())
    })
}

#[cfg(test)]
#[path = "stay_tests.rs"]
mod tests;
