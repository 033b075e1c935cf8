//! Regional parameters in SQL: `p_name(place, day)`, what the place has set for a day, else the national default.

use std::sync::Arc;

use claims::Day;
use datafusion::arrow::array::{Array, new_empty_array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::cast::{as_date32_array, as_string_array};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use datafusion::prelude::SessionContext;
use rulebook::parameter::{Parameters, Value};
use rulebook::{Rule, Text};

use super::ask::scalar;
use crate::program::Program;
use crate::view::Places;

/// Registers `p_name` for the parameters that a rule's SELECT reads by place. Another rule's function of the same name gives way.
pub(super) fn register(session: &SessionContext, program: &Program, rule: &Rule) {
    for (name, parameter) in rule.parameters.iter().filter(|(name, _)| rule.logic.kind.reads_by_place(name)) {
        let mut set = Parameters::default();
        let own = program.overlays.all().filter(|overlay| overlay.rule == rule.code && overlay.parameter == *name);
        own.for_each(|overlay| set.add(overlay.clone()));
        let asked = Asked { rule: rule.code.as_str().into(), name: name.as_str().into(), default: parameter.value.clone(), set };
        session.register_udf(asked.function());
    }
}

/// A parameter, and what regions have set.
struct Asked {
    rule: Text,
    name: Text,
    default: Value,
    set: Parameters,
}

impl Asked {
    /// The value at a place, an institution or the region of somebody's insurance. Where nobody knows the place and some region has set
    /// another value, nobody knows the value.
    fn at(&self, place: Option<&str>, day: Day) -> Option<&Value> {
        let Some(place) = place else {
            return (!self.set.varies(&self.rule, &self.name, &self.default, day)).then_some(&self.default);
        };
        let here = Places::named(place);
        let overlay = self.set.overlay(&self.rule, &self.name, &here.list(), day);
        Some(overlay.map_or(&self.default, |overlay| &overlay.value))
    }

    fn function(self) -> ScalarUDF {
        let kind = scalar(&self.default).data_type();
        let (name, returned) = (format!("p_{}", self.name), kind.clone());
        let function = move |arguments: &[ColumnarValue]| -> Result<ColumnarValue, DataFusionError> {
            let arrays = ColumnarValue::values_to_arrays(arguments)?;
            let (places, days) = (as_string_array(&arrays[0])?, as_date32_array(&arrays[1])?);
            if places.is_empty() {
                return Ok(ColumnarValue::Array(new_empty_array(&kind)));
            }
            let unknown = ScalarValue::try_new_null(&kind)?;
            let value = |row: usize| {
                let day = days.is_valid(row).then(|| Day(days.value(row)))?;
                self.at(places.is_valid(row).then(|| places.value(row)), day).map(scalar)
            };
            let values = (0..places.len()).map(|row| value(row).unwrap_or_else(|| unknown.clone()));
            Ok(ColumnarValue::Array(ScalarValue::iter_to_array(values)?))
        };
        create_udf(&name, vec![DataType::Utf8, DataType::Date32], returned, Volatility::Immutable, Arc::new(function))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_sets_a_parameter_for_those_insured_there() {
        let file = "[[overlay]]\nrule = \"R\"\nparameter = \"first\"\nvalue = 7\nregion = \"370600\"\nfrom = \"2026-01-01\"\n\
                    source = \"某局\"\nset_by = \"某局\"\nset_on = \"2025-12-20\"\n";
        let mut set = Parameters::default();
        Parameters::parse(file).unwrap().into_iter().for_each(|overlay| set.add(overlay));
        let asked = Asked { rule: "R".into(), name: "first".into(), default: Value::Int(1), set };
        let at = |place, day| asked.at(place, Day::parse(day).unwrap()).cloned();
        assert_eq!(at(Some("370602"), "2026-03-02"), Some(Value::Int(7)));
        assert_eq!(at(Some("H37060200001"), "2026-03-02"), Some(Value::Int(7)));
        assert_eq!(at(Some("370602"), "2025-03-02"), Some(Value::Int(1)));
        assert_eq!(at(Some("370102"), "2026-03-02"), Some(Value::Int(1)));
        assert_eq!((at(None, "2026-03-02"), at(None, "2025-03-02")), (None, Some(Value::Int(1))));
    }
}
