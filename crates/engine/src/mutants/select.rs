//! Mutants of a SELECT: wherever a condition stands in it, in a common table, a join or a subquery, it is dropped or shifted once.
//!
//! The tree is walked as often as there are changes; each walk counts the places where something can be changed and changes one of them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Query, SetExpr, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::expression::{shifted, truth};

/// One changed copy of a SELECT for each condition that can be dropped and each comparison that can be shifted, by what was changed. What
/// is changed in two places in the same words carries a number from the second on.
pub(super) fn select_mutants(sql: &str) -> Vec<(String, String)> {
    let Ok(statements) = Parser::parse_sql(&PostgreSqlDialect {}, sql) else { return Vec::new() };
    let mut all = Vec::new();
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    loop {
        let mut changed = statements.clone();
        let mut walk = Walk { wanted: all.len(), seen: 0, what: None };
        let _: ControlFlow<()> = changed.visit(&mut walk);
        let Some(what) = walk.what else { return all };
        let count = times.entry(what.clone()).or_insert(0);
        *count += 1;
        let name = if *count == 1 { what } else { format!("{what} #{count}") };
        let sql = changed.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        all.push((name, sql));
    }
}

/// One walk over the tree: the place of the wanted number is changed.
struct Walk {
    wanted: usize,
    seen: usize,
    what: Option<String>,
}

impl Walk {
    /// Counts a place; whether it is the one to be changed.
    fn is_here(&mut self, what: impl FnOnce() -> String) -> bool {
        let here = self.seen == self.wanted;
        self.seen += 1;
        if here {
            self.what = Some(what());
        }
        here
    }

    /// A condition that stands alone is dropped whole; parts of a conjunction are dropped one by one further down.
    fn alone(&mut self, clause: &str, condition: Option<&mut Expr>) {
        let Some(condition) = condition.filter(|condition| !is_junction(condition)) else { return };
        if self.is_here(|| format!("drop {clause} {condition}")) {
            *condition = truth(true);
        }
    }
}

fn is_junction(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. })
}

impl VisitorMut for Walk {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let SetExpr::Select(select) = &mut *query.body {
            self.alone("WHERE", select.selection.as_mut());
            self.alone("HAVING", select.having.as_mut());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::BinaryOp { left, op, right } => {
                let neutral = match op {
                    BinaryOperator::And => Some(true),
                    BinaryOperator::Or => Some(false),
                    _ => None,
                };
                if let Some(neutral) = neutral {
                    for side in [left, right] {
                        let nested = matches!(&**side, Expr::BinaryOp { op: below, .. } if below == op);
                        if !nested && self.is_here(|| format!("drop {side}")) {
                            **side = truth(neutral);
                        }
                    }
                } else if let Some(shifted) = shifted(op)
                    && self.is_here(|| format!("{left} {op} {right} -> {shifted}"))
                {
                    *op = shifted;
                }
            }
            Expr::Case { conditions, .. } => {
                for when in conditions {
                    if self.is_here(|| format!("drop WHEN {}", when.condition)) {
                        when.condition = truth(false);
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_of_a_select_is_dropped_or_shifted_once() {
        let sql = "WITH a AS (SELECT x FROM t WHERE x > 1) SELECT CASE WHEN x = 2 THEN 'hit' END AS verdict FROM a \
             JOIN b ON a.x = b.x AND b.y <= 3 WHERE EXISTS (SELECT 1 FROM c WHERE c.x = a.x) GROUP BY x HAVING count(*) >= 2";
        let whole = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap()[0].to_string();
        let found = select_mutants(sql);
        let names: Vec<&str> = found.iter().map(|(what, _)| what.as_str()).collect();
        let mut expected = [
            "drop WHERE x > 1",
            "x > 1 -> >=",
            "drop WHEN x = 2",
            "drop a.x = b.x",
            "drop b.y <= 3",
            "b.y <= 3 -> <",
            "drop WHERE EXISTS (SELECT 1 FROM c WHERE c.x = a.x)",
            "drop WHERE c.x = a.x",
            "drop HAVING count(*) >= 2",
            "count(*) >= 2 -> >",
        ];
        let mut sorted = names.clone();
        sorted.sort_unstable();
        expected.sort_unstable();
        assert_eq!(sorted, expected);
        assert!(found.iter().all(|(_, changed)| *changed != whole), "each is a change");
    }

    #[test]
    fn the_same_words_in_two_places_are_two_mutants() {
        let found = select_mutants("SELECT 1 FROM a WHERE x > 1 UNION ALL SELECT 1 FROM b WHERE x > 1");
        let names: Vec<&str> = found.iter().map(|(what, _)| what.as_str()).collect();
        assert_eq!(names, ["x > 1 -> >=", "x > 1 -> >= #2"]);
    }
}
