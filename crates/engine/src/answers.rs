//! Answers（表达式结果）: what a rule's expressions came to, row by row, and what was missing.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::datatypes::{Decimal128Type, Int64Type};

use crate::inputs::Input;
use crate::judge::INSURED_PLACE;
use crate::slots::Slots;
use crate::value::Tri;

/// Answers（表达式结果） of all slots for all subjects.
pub(crate) struct Answers<'a> {
    pub(crate) slots: &'a Slots,
    pub(crate) batch: RecordBatch,
    pub(crate) values: Vec<(&'a str, Evaluated)>,
}

/// What an expression came to, row by row.
pub(crate) enum Evaluated {
    Flags(BooleanArray),
    Other(ArrayRef),
}

impl Evaluated {
    pub(crate) fn of(values: ArrayRef) -> Self {
        match values.as_boolean_opt() {
            Some(flags) => Self::Flags(flags.clone()),
            None => Self::Other(values),
        }
    }
}

/// A condition's answers（条件结果）.
#[derive(Clone, Copy)]
pub(crate) struct Condition<'a> {
    values: Option<&'a Evaluated>,
    absent: Tri,
}

impl Condition<'_> {
    pub(crate) fn at(self, row: usize) -> Tri {
        match self.values {
            None => self.absent,
            Some(Evaluated::Flags(flags)) if flags.is_valid(row) => {
                if flags.value(row) {
                    Tri::Yes
                } else {
                    Tri::No
                }
            }
            _ => Tri::Unknown,
        }
    }
}

impl Answers<'_> {
    fn value(&self, slot: &str) -> Option<&Evaluated> {
        self.values.iter().find(|(name, _)| *name == slot).map(|(_, values)| values)
    }

    /// A condition's answer; `absent` where the rule has no such slot.
    pub(crate) fn tri(&self, slot: &str, row: usize, absent: Tri) -> Tri {
        self.condition(slot, absent).at(row)
    }

    /// A condition's answers, looked up once for many rows.
    pub(crate) fn condition(&self, slot: &str, absent: Tri) -> Condition<'_> {
        Condition { values: self.value(slot), absent }
    }

    /// A whole number; none when unknown or when there is no such slot.
    pub(crate) fn int(&self, slot: &str, row: usize) -> Option<i64> {
        let Evaluated::Other(values) = self.value(slot)? else { return None };
        let values = values.as_primitive_opt::<Int64Type>()?;
        values.is_valid(row).then(|| values.value(row))
    }

    /// A decimal's scaled digits; none when unknown or when there is no such slot.
    pub(crate) fn decimal(&self, slot: &str, row: usize) -> Option<i64> {
        let Evaluated::Other(values) = self.value(slot)? else { return None };
        let values = values.as_primitive_opt::<Decimal128Type>()?;
        values.is_valid(row).then(|| i64::try_from(values.value(row)).unwrap_or(i64::MAX))
    }

    /// The facts that a slot read and that are missing in this row.
    pub(crate) fn missing(&self, slot: &str, row: usize) -> Vec<String> {
        let Some(slot) = self.slots.slot(slot) else { return Vec::new() };
        let mut names: Vec<String> = slot
            .reads
            .iter()
            .filter(|column| self.batch.column(**column).is_null(row))
            .map(|column| match &self.slots.inputs[*column] {
                // A parameter is open only where nobody knows the region that sets it.
                Input::Parameter(..) => INSURED_PLACE.to_owned(),
                other => other.full_name(),
            })
            .collect();
        // A knowledge column may lawfully be empty; it is named only when nothing else is missing.
        if names.iter().any(|n| !n.starts_with("k.")) {
            names.retain(|n| !n.starts_with("k."));
        }
        // An expression may answer unknown by itself, where the facts it read do not settle the matter: those are named.
        if names.is_empty() {
            let facts = slot.reads.iter().filter(|c| matches!(self.slots.inputs[**c], Input::Fact(..)));
            names.extend(facts.map(|column| self.slots.inputs[*column].full_name()));
        }
        // Unknown always has a name: judges take an empty list for certainty.
        if names.is_empty() {
            names.push("expression".to_owned());
        }
        names.sort();
        names.dedup();
        names
    }
}
