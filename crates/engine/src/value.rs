//! Value（取值）: one cell on its way between records, SQL columns and evidence.

use std::sync::Arc;

use claims::{Day, Fen, Moment, Quantity, Text, UnitPrice};
use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder, TimestampSecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use rulebook::FactKind;
use rulebook::knowledge::Cell;

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Text(Text),
    Int(i64),
    Flag(bool),
    Day(Day),
    Moment(Moment),
    Quantity(Quantity),
    Decimal(i64),
}

impl Value {
    pub(crate) fn text(text: Option<&Text>) -> Self {
        text.map_or(Self::Null, |t| Self::Text(Text::clone(t)))
    }

    pub(crate) fn word(word: &str) -> Self {
        Self::Text(Text::from(word))
    }

    pub(crate) fn int(n: Option<i64>) -> Self {
        n.map_or(Self::Null, Self::Int)
    }

    pub(crate) fn flag(flag: Option<bool>) -> Self {
        flag.map_or(Self::Null, Self::Flag)
    }

    pub(crate) fn day(day: Option<Day>) -> Self {
        day.map_or(Self::Null, Self::Day)
    }

    pub(crate) fn fen(amount: Option<Fen>) -> Self {
        amount.map_or(Self::Null, |f| Self::Int(f.0))
    }

    pub(crate) fn cell(cell: Option<&Cell>) -> Self {
        match cell {
            None => Self::Null,
            Some(Cell::Text(t)) => Self::Text(Text::clone(t)),
            Some(Cell::Int(n)) => Self::Int(*n),
            Some(Cell::Decimal(n)) => Self::Decimal(*n),
            Some(Cell::Flag(b)) => Self::Flag(*b),
            Some(Cell::Day(d)) => Self::Day(*d),
        }
    }

    /// As people read it; none when it is missing.
    pub(crate) fn show(&self) -> Option<String> {
        Some(match self {
            Self::Null => return None,
            Self::Text(t) => t.to_string(),
            Self::Int(n) => n.to_string(),
            Self::Flag(true) => "是".to_owned(),
            Self::Flag(false) => "否".to_owned(),
            Self::Day(d) => d.to_string(),
            Self::Moment(m) => m.to_string(),
            Self::Quantity(q) => q.to_string(),
            Self::Decimal(n) => UnitPrice(*n).to_string(),
        })
    }
}

/// The Arrow type in which SQL sees values of a kind.
pub(crate) fn data_type(kind: FactKind) -> DataType {
    match kind {
        FactKind::Text => DataType::Utf8,
        FactKind::Int => DataType::Int64,
        FactKind::Flag => DataType::Boolean,
        FactKind::Day => DataType::Date32,
        FactKind::Moment => DataType::Timestamp(TimeUnit::Second, None),
        FactKind::Quantity => DataType::Decimal128(18, 4),
        FactKind::Decimal => DataType::Decimal128(18, 6),
    }
}

macro_rules! column {
    ($builder:expr, $values:expr, $pattern:pat => $value:expr) => {{
        let mut builder = $builder;
        for value in $values {
            match value {
                $pattern => builder.append_value($value),
                _ => builder.append_null(),
            }
        }
        Arc::new(builder.finish()) as ArrayRef
    }};
}

/// One SQL column. A value of another kind than the column's becomes null, which compiling prevents.
pub(crate) fn array(kind: FactKind, values: impl Iterator<Item = Value>) -> ArrayRef {
    match kind {
        FactKind::Text => column!(StringBuilder::new(), values, Value::Text(t) => &*t),
        FactKind::Int => column!(Int64Builder::new(), values, Value::Int(n) => n),
        FactKind::Flag => column!(BooleanBuilder::new(), values, Value::Flag(b) => b),
        FactKind::Day => column!(Date32Builder::new(), values, Value::Day(d) => d.0),
        FactKind::Moment => column!(TimestampSecondBuilder::new(), values, Value::Moment(m) => m.0),
        FactKind::Quantity => {
            let builder = Decimal128Builder::new().with_data_type(DataType::Decimal128(18, 4));
            column!(builder, values, Value::Quantity(q) => i128::from(q.0))
        }
        FactKind::Decimal => {
            let builder = Decimal128Builder::new().with_data_type(DataType::Decimal128(18, 6));
            column!(builder, values, Value::Decimal(n) => i128::from(n))
        }
    }
}

/// Three answers（三值）: yes, no, cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tri {
    Yes,
    No,
    Unknown,
}
