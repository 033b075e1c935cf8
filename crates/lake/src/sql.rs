//! Read-only SQL over a version of the lake, by the tables' national names.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};

use crate::delta::wait;
use crate::error::LakeError;
use crate::personal::{PERSONAL_DATA, PersonalKey, PersonalValue, open_values, sealed_schema};
use crate::schema;
use crate::snapshot::Snapshot;

/// SqlSession（只读查询）: a DataFusion session with every table of a version.
pub struct SqlSession {
    context: SessionContext,
}

/// A session without tables.
///
/// The optimizer's steps that push filters down the finished plan are left out. Where a join was turned round, they may take
/// a filter on one side for one on the other side's column of the same name: `small RIGHT JOIN large ON small.k = large.k WHERE
/// small.k IS NULL` then finds nothing at all, and whoever asks that way acquits everybody. Filters are still pushed into the
/// tables before joins are planned.
pub fn blank_session(runtime: Arc<RuntimeEnv>) -> SessionContext {
    let config = SessionConfig::new().with_information_schema(true);
    let rules = PhysicalOptimizer::new().rules.into_iter().filter(|rule| !rule.name().starts_with("FilterPushdown"));
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_physical_optimizer_rules(rules.collect())
        .build();
    SessionContext::new_with_state(state)
}

impl Snapshot {
    /// A session with every table of this version, but for sealed personal data.
    pub fn session(&self) -> Result<SqlSession, LakeError> {
        self.session_in(blank_session(Arc::new(RuntimeEnv::default())))
    }

    /// The same tables in a session that the caller made, with its own limits.
    pub fn session_in(&self, context: SessionContext) -> Result<SqlSession, LakeError> {
        for name in self.table_names().filter(|name| *name != PERSONAL_DATA) {
            let Some(table) = self.table(name)? else { continue };
            table.delta.update_datafusion_session(&context.state())?;
            let provider: Arc<dyn TableProvider> = wait(table.delta.table_provider().into_future())?;
            context.register_table(name, provider)?;
        }
        // A national table that was never delivered has no rows; that it does not exist would be no answer.
        for table in claims::table::tables() {
            if !context.table_exist(table.name)? {
                context.register_table(table.name, Arc::new(EmptyTable::new(schema::stored(table))))?;
            }
        }
        Ok(SqlSession { context })
    }

    /// Runs one query.
    pub fn sql(&self, query: &str) -> Result<Vec<RecordBatch>, LakeError> {
        self.session()?.query(query)
    }

    /// Opens the personal data of one person. The caller has checked who asks, and has logged why.
    pub fn unseal(&self, key: &PersonalKey, psn_no: &str) -> Result<Vec<PersonalValue>, LakeError> {
        let mut values = Vec::new();
        for batch in self.read_side(PERSONAL_DATA, &sealed_schema())? {
            values.extend(open_values(key, &batch, psn_no)?);
        }
        values.sort_by_key(|value| value.delivery);
        Ok(values)
    }
}

impl SqlSession {
    /// Adds a table that is not in the lake.
    pub fn register(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<(), LakeError> {
        self.context.register_table(name, table)?;
        Ok(())
    }

    /// The names of all tables, in order.
    pub fn table_names(&self) -> Vec<String> {
        let schema = self.context.catalog("datafusion").and_then(|catalog| catalog.schema("public"));
        let mut names = schema.map(|schema| schema.table_names()).unwrap_or_default();
        names.sort();
        names
    }

    /// The session itself, for work that is async.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Plans a query. Statements that would change anything are refused.
    pub async fn plan(&self, query: &str) -> Result<DataFrame, LakeError> {
        let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        Ok(self.context.sql_with_options(query, options).await?)
    }

    /// Runs a query to its end.
    pub fn query(&self, query: &str) -> Result<Vec<RecordBatch>, LakeError> {
        wait(async { Ok(self.plan(query).await?.collect().await?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_on_one_side_of_a_join_stays_on_that_side() {
        let session = blank_session(Arc::new(RuntimeEnv::default()));
        let rows = |query: &str| -> usize {
            let batches = wait(async { session.sql(query).await.unwrap().collect().await.unwrap() });
            batches.iter().map(RecordBatch::num_rows).sum()
        };
        rows("CREATE TABLE gone AS SELECT value AS k FROM generate_series(1, 500)");
        rows("CREATE TABLE visit AS SELECT value AS k, value + 1 AS n FROM generate_series(400, 509)");
        assert_eq!(rows("SELECT v.n FROM gone g RIGHT JOIN visit v ON g.k = v.k WHERE g.k IS NULL"), 9);
        assert_eq!(rows("SELECT v.n FROM visit v LEFT JOIN gone g ON g.k = v.k WHERE g.k IS NULL"), 9);
    }
}
