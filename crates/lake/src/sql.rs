//! Read-only SQL over a version of the lake, by the tables' national names.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use datafusion::execution::context::SQLOptions;
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

impl Snapshot {
    /// A session with every table of this version, but for sealed personal data.
    pub fn session(&self) -> Result<SqlSession, LakeError> {
        let config = SessionConfig::new().with_information_schema(true);
        let context = SessionContext::new_with_config(config);
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
