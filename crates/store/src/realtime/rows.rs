//! Many rows in few statements.

use crate::db::{Statement, Value};

/// The most rows of a statement: thirty values each, and SQLite takes 32,766 of them.
const MOST_ROWS: usize = 256;

/// Rows in pieces of 256, 128, 64 … 1. Of so few lengths a connection knows each statement already, and does not read it anew.
pub(super) fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let length = rest.len().checked_ilog2().map(|power| MOST_ROWS.min(1 << power))?;
        let (piece, left) = rest.split_at(length);
        rest = left;
        Some(piece)
    })
}

/// Adds `(…, …), (…, …)`.
pub(super) fn tuples<const N: usize>(query: &mut Statement, rows: impl IntoIterator<Item = [Value; N]>) {
    for (number, row) in rows.into_iter().enumerate() {
        query.and(if number > 0 { ", (" } else { "(" });
        for (place, cell) in row.into_iter().enumerate() {
            query.and(if place > 0 { ", " } else { "" }).bind(cell);
        }
        query.and(")");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_of_few_lengths_and_leave_nothing_out() {
        let rows: Vec<usize> = (0..779).collect();
        assert_eq!(pieces(&rows).map(<[usize]>::len).collect::<Vec<_>>(), [256, 256, 256, 8, 2, 1]);
        assert_eq!(pieces(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        assert_eq!(pieces::<usize>(&[]).count(), 0);
    }

    #[test]
    fn rows_are_bound_in_order() {
        let mut query = Statement::new("VALUES ");
        tuples(&mut query, [["a".into(), 1_i64.into()], ["b".into(), 2_i64.into()]]);
        assert_eq!(query.sql, "VALUES ($1, $2), ($3, $4)");
        assert_eq!(query.values, [Value::from("a"), Value::from(1_i64), Value::from("b"), Value::from(2_i64)]);
    }
}
