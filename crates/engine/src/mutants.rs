//! Mutants（变异）: every clause of a rule must earn its place. A clause is changed, and some case must fail.

use datafusion::sql::sqlparser::ast::{BinaryOperator, CaseWhen, Expr, Value, ValueWithSpan};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use rulebook::logic::{Kind, Logic, Sql, TraceKind};
use rulebook::{Pack, Rule};

use crate::cases;

/// What became of one mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutantResult {
    /// The change, as `slot: what`.
    pub mutant: String,
    /// Whether some case failed.
    pub killed: bool,
    /// Why it cannot be told apart, where the rule lists it.
    pub equivalent: Option<String>,
}

impl MutantResult {
    /// Whether nothing needs to be done about it.
    pub const fn is_settled(&self) -> bool {
        self.killed || self.equivalent.is_some()
    }
}

/// Changes the rule clause by clause and runs its cases each time.
pub async fn check(pack: &Pack, rule: &Rule) -> Vec<MutantResult> {
    let mut results = Vec::new();
    for (mutant, changed) in mutants(rule) {
        let killed = fails(pack, &changed).await;
        let equivalent = rule.equivalents.iter().find(|e| e.mutant == mutant).map(|e| e.reason.clone());
        results.push(MutantResult { mutant, killed, equivalent });
    }
    results
}

async fn fails(pack: &Pack, rule: &Rule) -> bool {
    for case in &rule.cases {
        if cases::judge(pack, rule, case).await.is_err() {
            return true;
        }
    }
    false
}

fn mutants(rule: &Rule) -> Vec<(String, Rule)> {
    let mut all = Vec::new();
    for (slot, sql) in rule.logic.expressions() {
        for (what, changed) in expression_mutants(&sql.0) {
            let logic = rule.logic.with_expression(&slot, Sql(changed));
            all.push((format!("{slot}: {what}"), Rule { logic, ..rule.clone() }));
        }
    }
    for index in 0..rule.logic.unless.len() {
        let mut changed = rule.clone();
        changed.logic.unless.remove(index);
        all.push((format!("unless.{index}: dropped"), changed));
    }
    for index in 0..rule.logic.grades.len() {
        let mut changed = rule.clone();
        changed.logic.grades.remove(index);
        all.push((format!("grade.{index}: dropped"), changed));
    }
    for (what, kind) in kind_mutants(&rule.logic.kind) {
        all.push((what, Rule { logic: Logic { kind, ..rule.logic.clone() }, ..rule.clone() }));
    }
    for name in rule.parameters.keys() {
        let mut changed = rule.clone();
        for case in &mut changed.cases {
            case.parameters.remove(name);
        }
        all.push((format!("parameter {name}: ignored"), changed));
    }
    all
}

/// Arguments that are numbers, each one less and one more.
fn kind_mutants(kind: &Kind) -> Vec<(String, Kind)> {
    let Kind::Trace(TraceKind { least_signs }) = kind else { return Vec::new() };
    let shifted = [least_signs.saturating_sub(1), least_signs.saturating_add(1)];
    let mutant = |less_or_more| {
        let what = format!("least_signs: {least_signs} -> {less_or_more}");
        (what, Kind::Trace(TraceKind { least_signs: less_or_more }))
    };
    shifted.into_iter().map(mutant).collect()
}

/// One changed copy of an expression for each clause that can be dropped and each comparison that can be shifted.
fn expression_mutants(sql: &str) -> Vec<(String, String)> {
    let parsed = Parser::new(&GenericDialect {}).try_with_sql(sql).and_then(|mut parser| parser.parse_expr());
    let Ok(expr) = parsed else { return Vec::new() };
    changes(&expr).into_iter().map(|(what, changed)| (what, changed.to_string())).collect()
}

fn truth(value: bool) -> Expr {
    Expr::Value(ValueWithSpan { value: Value::Boolean(value), span: datafusion::sql::sqlparser::tokenizer::Span::empty() })
}

fn shifted(operator: &BinaryOperator) -> Option<BinaryOperator> {
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
