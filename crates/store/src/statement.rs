//! Statements（语句）put together from fixed pieces and bound values.

use crate::db::Value;

/// A statement put together from fixed pieces and bound values: no value ever becomes part of its text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

impl Statement {
    pub(crate) fn new(sql: &'static str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// Adds a fixed piece.
    pub(crate) fn and(&mut self, sql: &'static str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    /// Adds a placeholder for a value.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.sql.push_str(&format!("${}", self.values.len()));
        self
    }

    /// Adds `(…, …)` of values; `(NULL)` where there are none, which holds of nothing.
    pub(crate) fn list(&mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> &mut Self {
        self.sql.push('(');
        let before = self.values.len();
        for value in values {
            if self.values.len() > before {
                self.sql.push_str(", ");
            }
            self.bind(value);
        }
        if self.values.len() == before {
            self.sql.push_str("NULL");
        }
        self.sql.push(')');
        self
    }

    /// Its text with placeholders that are told by their place: each value is bound once, in order.
    pub(crate) fn unnumbered(&self) -> String {
        let mut parts = self.sql.split('$');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            text.push('?');
            text.push_str(part.trim_start_matches(|letter: char| letter.is_ascii_digit()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_bound_in_order_with_and_without_numbers() {
        let mut query = Statement::new("SELECT 1 FROM call WHERE a = ");
        query.bind("x").and(" AND b IN ").list(["y", "z"]).and(" LIMIT ").bind(1_i64);
        assert_eq!(query.sql, "SELECT 1 FROM call WHERE a = $1 AND b IN ($2, $3) LIMIT $4");
        assert_eq!(query.unnumbered(), "SELECT 1 FROM call WHERE a = ? AND b IN (?, ?) LIMIT ?");
    }
}
