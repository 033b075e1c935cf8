//! Reminder budget（提醒预算）: a doctor who is reminded all day reads nothing. What is worth most is said, up to so many an hour, and
//! never twice.

use std::collections::{HashMap, HashSet};

use rulebook::Grade;

use crate::answer::{HeldBack, Told};

/// Budget（提醒预算）of an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Most reminders to one doctor within an hour; none for no limit.
    pub per_doctor_hour: Option<u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { per_doctor_hour: Some(20) }
    }
}

/// Known（已知）of a doctor's hour and of earlier answers.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Repeat keys that were shown and answered.
    pub answered: HashSet<String>,
    /// Reminders within the hour, by doctor.
    pub shown: HashMap<String, u32>,
    /// Of a hundred findings of a rule, how many stood, by rule, where people have decided on some.
    pub precision: HashMap<String, u32>,
}

/// Holds back what was answered before, and beyond the budget what is worth least: expected loss × precision.
pub fn hold_back(told: &mut [Told], budget: &Budget, known: &Known) {
    let mut said = HashSet::new();
    for one in told.iter_mut().filter(|one| one.held_back.is_none()) {
        if known.answered.contains(&one.repeat_key) || !said.insert(one.repeat_key.clone()) {
            one.held_back = Some(HeldBack::Repeated);
        }
    }
    let Some(limit) = budget.per_doctor_hour else { return };
    let mut ranked: Vec<&mut Told> = told.iter_mut().filter(|one| one.held_back.is_none()).collect();
    ranked.sort_by(|a, b| worth(b, known).cmp(&worth(a, known)).then_with(|| a.finding.finding_id.cmp(&b.finding.finding_id)));
    let mut shown = known.shown.clone();
    for one in ranked {
        let of_doctor = shown.entry(one.doctor.clone().unwrap_or_default()).or_default();
        if *of_doctor >= limit {
            one.held_back = Some(HeldBack::Budget);
        } else {
            *of_doctor += 1;
        }
    }
}

/// Expected loss × precision, in hundredths of a fen. A finding without an amount is worth a yuan: what harms a patient costs no fund.
fn worth(one: &Told, known: &Known) -> i64 {
    let precision = known.precision.get(&one.finding.rule_code).copied().unwrap_or(match one.grade {
        Grade::Violation => 99,
        Grade::SuspicionHigh => 90,
        Grade::Suspicion => 80,
        Grade::Hint => 0,
    });
    one.finding.amount_fen.max(100).saturating_mul(i64::from(precision))
}
