//! SQL expressions of profiles, over the text columns of a block.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::error::DataFusionError;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::block::Block;
use super::value::NullWords;

/// Computed（计算列）: a planned expression and the source columns it reads.
#[derive(Clone, Debug)]
pub(crate) struct Computed {
    expression: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    /// Index of each column of the schema in the file.
    fields: Vec<usize>,
}

impl Computed {
    /// Plans an expression. Column names are case sensitive, quoted or not.
    pub(crate) fn plan(sql: &str, header: &[String]) -> Result<Self, DataFusionError> {
        let all = Schema::new(header.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect::<Vec<_>>());
        let config = SessionConfig::new().set_bool("datafusion.sql_parser.enable_ident_normalization", false);
        let context = SessionContext::new_with_config(config);
        let expression = context.parse_sql_expr(sql, &DFSchema::try_from(all)?)?;
        let mut fields: Vec<usize> = Vec::new();
        for column in expression.column_refs() {
            let index = header.iter().position(|name| *name == column.name);
            fields.push(index.ok_or_else(|| DataFusionError::Plan(column.name.clone()))?);
        }
        fields.sort_unstable();
        fields.dedup();
        let used = fields.iter().map(|index| Field::new(&header[*index], DataType::Utf8, true)).collect::<Vec<_>>();
        let schema = Arc::new(Schema::new(used));
        let planned = context.create_physical_expr(expression, &DFSchema::try_from(Arc::clone(&schema))?)?;
        Ok(Self { expression: planned, schema, fields })
    }

    /// Whether it reads this column of the file.
    pub(crate) fn reads(&self, field: usize) -> bool {
        self.fields.contains(&field)
    }

    fn evaluate(&self, block: &Block, nulls: &NullWords) -> Result<ArrayRef, DataFusionError> {
        let column = |field: &usize| -> ArrayRef {
            let values = (0..block.rows()).map(|row| nulls.value(block.field(row, *field)));
            Arc::new(values.collect::<StringArray>())
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
