//! Steps of a SELECT: a common table that is named more than once is worked out once, and read as a table from then on.
//!
//! So is one marked `AS MATERIALIZED`: it narrows what the rest joins, and its rows are counted, where a planner can only guess which
//! side of a join is the small one.
//!
//! The planner writes a common table into every place that names it. A rule that first narrows millions of rows down to a few and then
//! looks at the few from several sides would go through the millions for each of them.
//!
//! A notion rests on no rule: it is worked out by itself, and serves every SELECT that is asked of the same lines.
//!
//! Where a SELECT is asked of some shards after others, a common table that rests on no sharded table is worked out once for all of them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{Cte, CteAsMaterialized, Query, Statement as SqlStatement, With, visit_relations};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;

use super::returned;

/// One step: its rows become the table of that name; the last step has none, and its rows are the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) table: Option<String>,
    pub(super) sql: String,
    /// Its rows are the same whichever shards are asked.
    pub(super) once: bool,
    /// It is a notion, the same for every rule that names it.
    pub(super) of_all: bool,
    /// Its rows are lines to be paired with their refunds: the table is what comes of that.
    pub(super) paired: bool,
}

impl Step {
    const fn last(sql: String) -> Self {
        Self { table: None, sql, once: false, of_all: false, paired: false }
    }
}

/// The steps of a SELECT, in order.
pub(super) fn steps(sql: &str, by_shards: bool) -> Result<Vec<Step>, String> {
    let whole = |sql: String| vec![Step::last(sql)];
    let parser = DFParserBuilder::new(sql).with_dialect(&PostgreSqlDialect {}).build();
    let mut statements = parser.and_then(|mut parser| parser.parse_statements()).map_err(|e| e.strip_backtrace())?;
    let (Some(Statement::Statement(statement)), None) = (statements.pop_front(), statements.pop_front()) else {
        return Err("只能写一条 SELECT".to_owned());
    };
    let SqlStatement::Query(mut query) = *statement else { return Ok(whole(sql.to_owned())) };
    let Some(with) = query.with.take() else { return Ok(whole(sql.to_owned())) };
    if with.recursive {
        let paired = with.cte_tables.iter().any(|table| returned::is_paired(&table.alias.name.value));
        return if paired {
            Err("WITH RECURSIVE 不能用已退明细（returned_line）".to_owned())
        } else {
            Ok(whole(sql.to_owned()))
        };
    }
    let mut steps = Vec::new();
    // Common tables that are named once stay where they are, in front of whatever names them.
    let mut pending: Vec<Cte> = Vec::new();
    let mut of_lake: BTreeSet<String> = BTreeSet::new();
    for (number, table) in with.cte_tables.iter().enumerate() {
        let name = &table.alias.name.value;
        let once = by_shards && rests_on_lake(&table.query, &of_lake, &with);
        if once {
            of_lake.insert(name.to_lowercase());
        }
        let rest = with.cte_tables[number + 1..].iter().map(|later| &*later.query);
        let named: usize = rest.chain([&*query]).map(|query| times(query, name)).sum();
        let marked = matches!(table.materialized, Some(CteAsMaterialized::Materialized));
        let (of_all, paired) = (rulebook::notion::is_one(name), returned::is_paired(name));
        if (named > 1 || once || marked || of_all) && table.query.with.is_none() && table.alias.columns.is_empty() {
            // What rests on the lake alone names only what came out of the same steps.
            let before = if once || of_all { &[][..] } else { &pending };
            steps.push(Step {
                table: Some(name.clone()),
                sql: behind(&with, before, *table.query.clone()),
                once,
                of_all,
                paired,
            });
        } else {
            pending.push(Cte { materialized: None, ..table.clone() });
        }
    }
    steps.push(Step::last(behind(&with, &pending, *query)));
    Ok(steps)
}

/// Whether a common table reads national tables, none of which is sharded, and nothing made of sharded ones.
fn rests_on_lake(query: &Query, of_lake: &BTreeSet<String>, with: &With) -> bool {
    let mut names = BTreeSet::new();
    let _: ControlFlow<()> = visit_relations(query, |name| {
        names.insert(name.to_string().to_lowercase());
        ControlFlow::Continue(())
    });
    let national = |name: &String| claims::table::table(name).is_some();
    let common = |name: &String| with.cte_tables.iter().any(|table| table.alias.name.value.eq_ignore_ascii_case(name));
    let sharded = |name: &String| if common(name) { !of_lake.contains(name) } else { lake::schema::is_clustered(name) };
    query.with.is_none() && !names.iter().any(sharded) && names.iter().any(|name| national(name) || common(name))
}

/// A query with common tables in front of it.
fn behind(with: &With, tables: &[Cte], query: Query) -> String {
    let with = (!tables.is_empty()).then(|| With { cte_tables: tables.to_vec(), ..with.clone() });
    Query { with, ..query }.to_string()
}

/// How often a query reads a table.
fn times(query: &Query, table: &str) -> usize {
    let mut count = 0;
    let _: ControlFlow<()> = visit_relations(query, |name| {
        count += usize::from(name.to_string().eq_ignore_ascii_case(table));
        ControlFlow::Continue(())
    });
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_twice_is_worked_out_once() {
        let sql = "WITH a AS (SELECT 1 AS x), b AS (SELECT x FROM a WHERE x > 0), c AS (SELECT x FROM b) \
             SELECT c.x FROM c JOIN b ON b.x = c.x";
        let steps = steps(sql, false).unwrap();
        let tables: Vec<Option<&str>> = steps.iter().map(|step| step.table.as_deref()).collect();
        assert_eq!(tables, [Some("b"), None]);
        assert!(steps[0].sql.starts_with("WITH a AS"), "{}", steps[0].sql);
        assert!(steps[1].sql.starts_with("WITH a AS") && steps[1].sql.contains("c AS"), "{}", steps[1].sql);
    }

    #[test]
    fn what_is_marked_is_worked_out_by_itself() {
        let sql = "WITH a AS MATERIALIZED (SELECT 1 AS x), b AS (SELECT x FROM a) SELECT x FROM b";
        let steps = steps(sql, false).unwrap();
        assert_eq!(steps.len(), 2);
        assert_eq!((steps[0].table.as_deref(), steps[0].sql.as_str()), (Some("a"), "SELECT 1 AS x"));
        assert_eq!(steps[1].sql, "WITH b AS (SELECT x FROM a) SELECT x FROM b");
    }

    #[test]
    fn a_notion_is_worked_out_by_itself_for_all() {
        let sql =
            rulebook::notion::expanded("WITH a AS (SELECT mdtrt_id FROM mdtrt_d) SELECT * FROM a JOIN void_visit v ON true");
        let steps = steps(&sql, true).unwrap();
        let told: Vec<_> = steps.iter().map(|step| (step.table.as_deref().unwrap_or_default(), step.of_all)).collect();
        assert_eq!(told, [("refunded_settlement", true), ("void_settlement", true), ("void_visit", true), ("", false)]);
        assert!(steps.iter().take(3).all(|step| !step.sql.starts_with("WITH")), "one rests on the tables before it");
    }

    #[test]
    fn a_plain_select_is_one_step_and_two_statements_are_none() {
        assert_eq!(steps("SELECT 1", true).unwrap(), [Step::last("SELECT 1".to_owned())]);
        assert!(steps("SELECT 1; SELECT 2", true).is_err());
    }

    #[test]
    fn what_rests_on_no_shard_is_worked_out_once_for_all_shards() {
        let sql = "WITH mixed AS (SELECT drug_trac_codg FROM drugtracinfo), seen AS (SELECT mdtrt_id FROM mdtrt_d), \
             both AS (SELECT s.mdtrt_id FROM seen s JOIN drugtracinfo t ON t.mdtrt_id = s.mdtrt_id), \
             few AS (SELECT drug_trac_codg FROM mixed) SELECT both.mdtrt_id FROM both, few";
        let named = |by_shards| {
            let steps = steps(sql, by_shards).unwrap();
            steps.into_iter().map(|step| (step.table.unwrap_or_default(), step.once)).collect::<Vec<_>>()
        };
        let once = |name: &str| (name.to_owned(), true);
        assert_eq!(named(true), [once("mixed"), once("few"), (String::new(), false)]);
        assert_eq!(named(false), [(String::new(), false)]);
    }
}
