//! Mutants of an expression: each clause dropped, each comparison shifted.

use datafusion::sql::sqlparser::ast::{BinaryOperator, CaseWhen, Expr, Value, ValueWithSpan};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Span;

/// One changed copy of an expression for each clause that can be dropped and each comparison that can be shifted.
pub(super) fn expression_mutants(sql: &str) -> Vec<(String, String)> {
    let parsed = Parser::new(&GenericDialect {}).try_with_sql(sql).and_then(|mut parser| parser.parse_expr());
    let Ok(expr) = parsed else { return Vec::new() };
    changes(&expr).into_iter().map(|(what, changed)| (what, changed.to_string())).collect()
}

/// `TRUE` or `FALSE`.
pub(super) fn truth(value: bool) -> Expr {
    Expr::Value(ValueWithSpan { value: Value::Boolean(value), span: Span::empty() })
}

/// The comparison with its bound on the other side; none where the operator is no comparison of order.
pub(super) fn shifted(operator: &BinaryOperator) -> Option<BinaryOperator> {
    Some(match operator {
        BinaryOperator::Lt => BinaryOperator::LtEq,
        BinaryOperator::LtEq => BinaryOperator::Lt,
        BinaryOperator::Gt => BinaryOperator::GtEq,
        BinaryOperator::GtEq => BinaryOperator::Gt,
        _ => return None,
    })
}

fn changes(expr: &Expr) -> Vec<(String, Expr)> {
    let mut all = Vec::new();
    match expr {
        Expr::BinaryOp { left, op, right } => {
            let whole = |left: Expr, op: &BinaryOperator, right: Expr| Expr::BinaryOp {
                left: Box::new(left),
                op: op.clone(),
                right: Box::new(right),
            };
            let neutral = match op {
                BinaryOperator::And => Some(true),
                BinaryOperator::Or => Some(false),
                _ => None,
            };
            if let Some(neutral) = neutral {
                all.push((format!("drop {left}"), whole(truth(neutral), op, (**right).clone())));
                all.push((format!("drop {right}"), whole((**left).clone(), op, truth(neutral))));
            }
            if let Some(shifted) = shifted(op) {
                all.push((format!("{left} {op} {right} -> {shifted}"), whole((**left).clone(), &shifted, (**right).clone())));
            }
            all.extend(changes(left).into_iter().map(|(what, l)| (what, whole(l, op, (**right).clone()))));
            all.extend(changes(right).into_iter().map(|(what, r)| (what, whole((**left).clone(), op, r))));
        }
        Expr::Nested(inner) => all.extend(changes(inner).into_iter().map(|(what, e)| (what, Expr::Nested(Box::new(e))))),
        Expr::UnaryOp { op, expr } => {
            all.extend(changes(expr).into_iter().map(|(what, e)| (what, Expr::UnaryOp { op: *op, expr: Box::new(e) })));
        }
        Expr::Case { case_token, end_token, operand, conditions, else_result } => {
            for (index, when) in conditions.iter().enumerate() {
                let rebuilt = |changed: CaseWhen| {
                    let mut conditions = conditions.clone();
                    conditions[index] = changed;
                    Expr::Case {
                        case_token: case_token.clone(),
                        end_token: end_token.clone(),
                        operand: operand.clone(),
                        conditions,
                        else_result: else_result.clone(),
                    }
                };
                let dropped = CaseWhen { condition: truth(false), result: when.result.clone() };
                all.push((format!("drop WHEN {}", when.condition), rebuilt(dropped)));
                all.extend(
                    changes(&when.condition)
                        .into_iter()
                        .map(|(what, condition)| (what, rebuilt(CaseWhen { condition, result: when.result.clone() }))),
                );
                all.extend(
                    changes(&when.result)
                        .into_iter()
                        .map(|(what, result)| (what, rebuilt(CaseWhen { condition: when.condition.clone(), result }))),
                );
            }
        }
        _ => {}
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_conjunct_is_dropped_and_every_comparison_shifted() {
        let found: Vec<String> = expression_mutants("a > 1 AND (b <= 2 OR c = 3)").into_iter().map(|(_, sql)| sql).collect();
        let expected = [
            "true AND (b <= 2 OR c = 3)",
            "a > 1 AND true",
            "a >= 1 AND (b <= 2 OR c = 3)",
            "a > 1 AND (false OR c = 3)",
            "a > 1 AND (b <= 2 OR false)",
            "a > 1 AND (b < 2 OR c = 3)",
        ];
        assert_eq!(found, expected);
    }
}
