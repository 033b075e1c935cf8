//! SQL expressions of profiles, over the text columns of a block.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::block::Block;
use super::value::NullWords;

/// Computed（计算列）: a planned expression and the source columns it reads.
#[derive(Clone, Debug)]
pub(crate) struct Computed {
    expression: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    /// Index of each column of the schema in the file; none where the file does not have it.
    fields: Vec<Option<usize>>,
}

impl Computed {
    /// Plans an expression. Column names are case sensitive, quoted or not. A column in quotation marks that the file does not
    /// have is empty, since layouts have optional columns; any other unknown name is an error.
    pub(crate) fn plan(sql: &str, header: &[String]) -> Result<Self, DataFusionError> {
        let mut names: Vec<&str> = header.iter().map(String::as_str).collect();
        names.extend(quoted(sql).filter(|name| !header.iter().any(|one| one == name)));
        names.dedup();
        let all = Arc::new(text_schema(names.iter().copied())?);
        let config = SessionConfig::new().set_bool("datafusion.sql_parser.enable_ident_normalization", false);
        let context = SessionContext::new_with_config(config);
        let expression = context.parse_sql_expr(sql, &all)?;
        // Some functions, coalesce among them, exist only until they are simplified.
        let simplifier = ExprSimplifier::new(SimplifyContext::builder().with_schema(Arc::clone(&all)).build());
        let expression = simplifier.simplify(simplifier.coerce(expression, &all)?)?;
        let mut used: Vec<String> = expression.column_refs().into_iter().map(|column| column.name.clone()).collect();
        used.sort_unstable();
        let fields = used.iter().map(|name| header.iter().position(|one| one == name)).collect();
        let schema = text_schema(used.iter().map(String::as_str))?;
        let planned = context.create_physical_expr(expression, &schema)?;
        Ok(Self { expression: planned, schema: Arc::clone(schema.inner()), fields })
    }

    /// Whether it reads this column of the file.
    pub(crate) fn reads(&self, field: usize) -> bool {
        self.fields.contains(&Some(field))
    }

    fn evaluate(&self, block: &Block, nulls: &NullWords) -> Result<ArrayRef, DataFusionError> {
        let column = |field: &Option<usize>| -> ArrayRef {
            let value = |row| field.and_then(|field| nulls.value(block.field(row, field)));
            Arc::new((0..block.rows()).map(value).collect::<StringArray>())
        };
        let columns: Vec<ArrayRef> = self.fields.iter().map(column).collect();
        let rows = datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(block.rows()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &rows)?;
        self.expression.evaluate(&batch)?.into_array(block.rows())
    }

    /// The value of every row as text.
    pub(crate) fn texts(&self, block: &Block, nulls: &NullWords) -> Result<StringArray, DataFusionError> {
        let value = cast(&self.evaluate(block, nulls)?, &DataType::Utf8)?;
        Ok(value.as_string::<i32>().clone())
    }

    /// For every row whether the condition holds; unknown counts as no.
    pub(crate) fn holds(&self, block: &Block, nulls: &NullWords) -> Result<Vec<bool>, DataFusionError> {
        let value = cast(&self.evaluate(block, nulls)?, &DataType::Boolean)?;
        let value: &BooleanArray = value.as_boolean();
        Ok((0..value.len()).map(|row| value.is_valid(row) && value.value(row)).collect())
    }
}

fn text_schema<'a>(names: impl Iterator<Item = &'a str>) -> Result<DFSchema, DataFusionError> {
    DFSchema::try_from(Schema::new(names.map(|name| Field::new(name, DataType::Utf8, true)).collect::<Vec<_>>()))
}

/// The names that stand in quotation marks.
fn quoted(sql: &str) -> impl Iterator<Item = &str> {
    sql.split('"').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_column_may_be_absent_and_a_plain_one_may_not() {
        let header = ["A".to_owned()];
        assert!(Computed::plan("coalesce(\"A\", \"B\", '1')", &header).is_ok());
        assert!(Computed::plan("coalesce(A, B)", &header).is_err());
        assert!(Computed::plan("nonsense(", &header).is_err());
    }
}
