//! Counting distinct texts（按不同值计数）. DataFusion gives each group that counts distinct texts a table of its own, made for five hundred of
//! them: a group by bill or by person takes twelve kilobytes to count to three. For whole numbers it keeps one table for all groups. So
//! texts are counted by numbers, which one dictionary of the whole SELECT gives them.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Has a plan count texts by their numbers; its columns keep their names.
pub(super) fn counted_by_number(plan: LogicalPlan) -> Result<LogicalPlan> {
    let numbers = Arc::new(ScalarUDF::from(Numbered::default()));
    let rewritten = plan.transform_up_with_subqueries(|plan| {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        let schema = Arc::clone(aggregate.input.schema());
        let names = NamePreserver::new(&plan);
        let change = |expr: Expr| {
            let name = names.save(&expr);
            let changed = match expr {
                Expr::AggregateFunction(mut call)
                    if is_count_of_distinct(&call) && is_text(&call.params.args[0].get_type(&schema)?) =>
                {
                    call.params.args = vec![numbers.call(std::mem::take(&mut call.params.args))];
                    Transformed::yes(Expr::AggregateFunction(call))
                }
                other => Transformed::no(other),
            };
            Ok(changed.update_data(|expr| name.restore(expr)))
        };
        plan.map_expressions(change)?.map_data(LogicalPlan::recompute_schema)
    });
    Ok(rewritten?.data)
}

fn is_count_of_distinct(call: &datafusion::logical_expr::expr::AggregateFunction) -> bool {
    call.func.name() == "count" && call.params.distinct && call.params.args.len() == 1
}

const fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Numbered（按值编号）: the number of a text, the same for the same text wherever the SELECT meets it.
#[derive(Debug)]
struct Numbered {
    signature: Signature,
    known: Mutex<HashMap<Box<str>, i64>>,
}

impl Default for Numbered {
    fn default() -> Self {
        Self { signature: Signature::any(1, Volatility::Stable), known: Mutex::default() }
    }
}

/// Two dictionaries give different numbers: each is equal to itself alone.
impl PartialEq for Numbered {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Numbered {}

impl Hash for Numbered {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self).hash(state);
    }
}

impl Numbered {
    fn numbers(&self, texts: &ArrayRef) -> Result<Int64Array> {
        let texts = cast(texts, &DataType::Utf8)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut number = |text: &str| {
            if let Some(number) = known.get(text) {
                return *number;
            }
            let next = i64::try_from(known.len()).unwrap_or(i64::MAX);
            known.insert(text.into(), next);
            next
        };
        Ok(texts.as_string::<i32>().iter().map(|text| text.map(&mut number)).collect())
    }
}

impl ScalarUDFImpl for Numbered {
    fn name(&self) -> &'static str {
        "numbered"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let texts = args.args[0].to_array(args.number_rows)?;
        Ok(ColumnarValue::Array(Arc::new(self.numbers(&texts)?)))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::util::pretty::pretty_format_batches;
    use datafusion::prelude::SessionContext;

    use super::*;

    const ROWS: &str = "(VALUES ('a', 'x', 1), ('a', 'y', 1), ('a', 'x', 2), ('b', 'x', 3), ('b', CAST(NULL AS TEXT), 3), ('c', NULL, 4)) AS t(k, v, n)";

    async fn both(sql: &str) -> (String, String, String) {
        let session = SessionContext::new();
        let frame = session.sql(sql).await.unwrap();
        let shown = |batches: Vec<_>| pretty_format_batches(&batches).unwrap().to_string();
        let plain = shown(frame.clone().collect().await.unwrap());
        let (state, plan) = frame.into_parts();
        let plan = counted_by_number(plan).unwrap();
        let told = plan.display_indent().to_string();
        let counted = datafusion::dataframe::DataFrame::new(state, plan);
        (plain, shown(counted.collect().await.unwrap()), told)
    }

    #[tokio::test]
    async fn texts_are_counted_by_number_and_nothing_else_changes() {
        for sql in [
            format!("SELECT k, count(DISTINCT v), array_agg(n ORDER BY n) FROM {ROWS} GROUP BY k ORDER BY k"),
            format!(
                "SELECT k, count(DISTINCT v) AS people, count(*) AS n FROM {ROWS} GROUP BY k HAVING count(DISTINCT v) >= 1 ORDER BY k"
            ),
            format!("SELECT count(DISTINCT v), count(DISTINCT k) FROM {ROWS}"),
            format!("SELECT count(DISTINCT v) FILTER (WHERE n > 1), sum(n) FROM {ROWS}"),
            format!("SELECT t.k FROM {ROWS} WHERE t.n >= (SELECT count(DISTINCT v) FROM {ROWS}) ORDER BY 1"),
        ] {
            let (plain, counted, told) = both(&sql).await;
            assert_eq!(plain, counted, "{sql}");
            assert!(told.contains("count(DISTINCT numbered("), "{told}");
        }
        let (plain, counted, told) = both(&format!("SELECT count(DISTINCT n), count(v) FROM {ROWS}")).await;
        assert_eq!(plain, counted);
        assert!(!told.contains("numbered"), "numbers are numbers already: {told}");
    }
}
