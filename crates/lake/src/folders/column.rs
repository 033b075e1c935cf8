//! Columns of a batch, as the records want their values.

use std::sync::Arc;

use claims::lines::{Coded, Plain};
use claims::{Day, Fen, Moment, Quantity, Text, UnitPrice};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{Date32Type, Decimal128Type, Int32Type, TimestampMicrosecondType};

/// A column of texts, which keeps one shared text for each distinct value that it can recognise.
#[derive(Default)]
pub(super) struct TextColumn {
    values: Values,
    /// The last plain text given: ids come in runs.
    last: Option<Text>,
}

#[derive(Default)]
enum Values {
    #[default]
    Missing,
    Plain(StringArray),
    Coded {
        keys: Int32Array,
        values: ArrayRef,
        texts: Vec<Option<Text>>,
    },
}

impl TextColumn {
    pub(super) fn load(&mut self, batch: &RecordBatch, name: &str) {
        let Some(column) = batch.column_by_name(name) else {
            self.values = Values::Missing;
            return;
        };
        let Some(coded) = column.as_dictionary_opt::<Int32Type>() else {
            self.values = column.as_string_opt::<i32>().map_or(Values::Missing, |plain| Values::Plain(plain.clone()));
            return;
        };
        let texts = match std::mem::take(&mut self.values) {
            // Batches of one part of a file share their dictionary, and so its texts.
            Values::Coded { values, texts, .. } if Arc::ptr_eq(&values, coded.values()) => texts,
            _ => vec![None; coded.values().len()],
        };
        self.values = Values::Coded { keys: coded.keys().clone(), values: coded.values().clone(), texts };
    }

    pub(super) fn str(&self, row: usize) -> Option<&str> {
        match &self.values {
            Values::Missing => None,
            Values::Plain(plain) => plain.is_valid(row).then(|| plain.value(row)),
            Values::Coded { keys, values, .. } => {
                let key = keys.is_valid(row).then(|| keys.value(row))?;
                Some(values.as_string::<i32>().value(usize::try_from(key).ok()?))
            }
        }
    }

    pub(super) fn text(&mut self, row: usize) -> Option<Text> {
        match &mut self.values {
            Values::Missing => None,
            Values::Plain(plain) => {
                if plain.is_null(row) {
                    return None;
                }
                let value = plain.value(row);
                if let Some(last) = &self.last
                    && **last == *value
                {
                    return Some(last.clone());
                }
                let text: Text = value.into();
                self.last = Some(text.clone());
                Some(text)
            }
            Values::Coded { keys, values, texts } => {
                let key = usize::try_from(keys.is_valid(row).then(|| keys.value(row))?).ok()?;
                let slot = texts.get_mut(key)?;
                Some(slot.get_or_insert_with(|| values.as_string::<i32>().value(key).into()).clone())
            }
        }
    }

    /// The first row behind `row`, of `rows`, that holds another value. A run of one value is told by its key, or byte by byte.
    pub(super) fn run_end(&self, row: usize, rows: usize) -> usize {
        match &self.values {
            Values::Missing => rows,
            Values::Plain(plain) => {
                let value = plain.value(row);
                (row + 1..rows).find(|other| plain.value(*other) != value).unwrap_or(rows)
            }
            Values::Coded { keys, .. } if keys.null_count() > 0 => {
                let value = self.str(row);
                (row + 1..rows).find(|other| self.str(*other) != value).unwrap_or(rows)
            }
            Values::Coded { keys, .. } => {
                let keys = &keys.values()[..rows];
                let key = keys[row];
                keys[row + 1..].iter().position(|other| *other != key).map_or(rows, |more| row + 1 + more)
            }
        }
    }

    /// The text, or an empty one where a value that is always there is not.
    pub(super) fn always(&mut self, row: usize) -> Text {
        self.text(row).unwrap_or_else(|| "".into())
    }

    /// A flag: `1` yes, `0` no, anything else unknown.
    pub(super) fn flag(&self, row: usize) -> Option<bool> {
        flag_of(self.str(row)?)
    }

    /// A row stands unless it is marked as withdrawn.
    pub(super) fn valid(&self, row: usize) -> bool {
        self.flag(row) != Some(false)
    }
}

fn flag_of(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

impl TextColumn {
    /// The column of a batch.
    pub(super) fn of(batch: &RecordBatch, name: &str) -> Self {
        let mut column = Self::default();
        column.load(batch, name);
        column
    }

    /// The texts of all rows, one after another.
    pub(super) fn plain(&self, rows: usize) -> Plain {
        match &self.values {
            Values::Missing => Plain::default(),
            Values::Plain(column) => {
                let first = column.value_offsets().first().copied().unwrap_or(0);
                let ends = column.value_offsets().iter().skip(1).map(|end| u32::try_from(end - first).unwrap_or(0)).collect();
                let last = column.value_offsets().last().copied().unwrap_or(0);
                let bytes = usize::try_from(first).and_then(|from| usize::try_from(last).map(|to| from..to)).unwrap_or(0..0);
                // Arrow keeps only valid texts, so there is nothing to replace here.
                let bytes = &column.value_data()[bytes];
                let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes).into_owned(), str::to_owned);
                Plain::new(text, ends)
            }
            Values::Coded { .. } => (0..rows).map(|row| self.str(row)).collect(),
        }
    }

    /// The flags of all rows; none at all where the column is not there.
    pub(super) fn flags(&self, rows: usize) -> Vec<Option<bool>> {
        match &self.values {
            Values::Missing => Vec::new(),
            Values::Plain(_) => (0..rows).map(|row| self.flag(row)).collect(),
            Values::Coded { keys, values, .. } => {
                let of_list: Vec<Option<bool>> = values.as_string::<i32>().iter().map(|text| text.and_then(flag_of)).collect();
                let flag = |key: i32| usize::try_from(key).ok().and_then(|key| of_list.get(key).copied().flatten());
                keys.iter().map(|key| key.and_then(flag)).collect()
            }
        }
    }
}

/// Texts of a column by their keys; batches of one part of a file share their dictionary, and so its texts.
#[derive(Default)]
pub(super) struct Texts {
    known: Option<(ArrayRef, Arc<[Text]>)>,
}

impl Texts {
    pub(super) fn load(&mut self, batch: &RecordBatch, name: &str) -> Coded {
        let Some(column) = batch.column_by_name(name) else {
            self.known = None;
            return Coded::default();
        };
        let Some(column) = column.as_dictionary_opt::<Int32Type>() else {
            let texts: Vec<Option<Text>> =
                column.as_string_opt::<i32>().into_iter().flatten().map(|t| t.map(Text::from)).collect();
            let coded: Coded = texts.iter().map(Option::as_ref).collect();
            self.known = Some((column.clone(), coded.values().clone()));
            return coded;
        };
        let texts = match &self.known {
            Some((values, texts)) if Arc::ptr_eq(values, column.values()) => Arc::clone(texts),
            _ => column.values().as_string::<i32>().iter().map(|text| Text::from(text.unwrap_or_default())).collect(),
        };
        self.known = Some((column.values().clone(), Arc::clone(&texts)));
        let keys = column.keys();
        let key = |row: usize| u32::try_from(keys.value(row)).unwrap_or(Coded::NONE);
        let known = |row: usize| if keys.is_null(row) { Coded::NONE } else { key(row) };
        let keys = if keys.null_count() == 0 { (0..keys.len()).map(key).collect() } else { (0..keys.len()).map(known).collect() };
        Coded::new(keys, texts)
    }
}

/// What is worked out of each text of a list; none where it means nothing.
type WorkedOut = Arc<[Option<Text>]>;

/// What is worked out once for every text of a column.
#[derive(Default)]
pub(super) struct Derived {
    known: Option<(Arc<[Text]>, WorkedOut)>,
}

impl Derived {
    pub(super) fn of(&mut self, texts: &Texts, work_out: fn(&[Text]) -> WorkedOut) -> WorkedOut {
        let Some((_, texts)) = &texts.known else { return Arc::default() };
        match &self.known {
            Some((of, derived)) if Arc::ptr_eq(of, texts) => Arc::clone(derived),
            _ => {
                let derived = work_out(texts);
                self.known = Some((Arc::clone(texts), Arc::clone(&derived)));
                derived
            }
        }
    }
}

/// A column of numbers with a fixed number of places.
#[derive(Default)]
pub(super) struct DecimalColumn(Option<Decimal128Array>);

impl DecimalColumn {
    /// The column of a batch.
    pub(super) fn of(batch: &RecordBatch, name: &str) -> Self {
        let mut column = Self::default();
        column.load(batch, name);
        column
    }

    pub(super) fn load(&mut self, batch: &RecordBatch, name: &str) {
        self.0 = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Decimal128Type>().cloned());
    }

    fn value(&self, row: usize) -> Option<i64> {
        let column = self.0.as_ref().filter(|column| column.is_valid(row))?;
        // Eighteen digits fit.
        i64::try_from(column.value(row)).ok()
    }

    pub(super) fn fen(&self, row: usize) -> Option<Fen> {
        self.value(row).map(Fen)
    }

    pub(super) fn price(&self, row: usize) -> Option<UnitPrice> {
        self.value(row).map(UnitPrice)
    }

    pub(super) fn quantity(&self, row: usize) -> Option<Quantity> {
        self.value(row).map(Quantity)
    }
}

/// A column of moments.
#[derive(Default)]
pub(super) struct MomentColumn(Option<TimestampMicrosecondArray>);

impl MomentColumn {
    /// The column of a batch.
    pub(super) fn of(batch: &RecordBatch, name: &str) -> Self {
        let mut column = Self::default();
        column.load(batch, name);
        column
    }

    pub(super) fn load(&mut self, batch: &RecordBatch, name: &str) {
        self.0 = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>().cloned());
    }

    pub(super) fn get(&self, row: usize) -> Option<Moment> {
        let column = self.0.as_ref().filter(|column| column.is_valid(row))?;
        Some(Moment(column.value(row).div_euclid(1_000_000)))
    }

    /// The moment, or the beginning of 1970 where one that is always there is not.
    pub(super) fn always(&self, row: usize) -> Moment {
        self.get(row).unwrap_or(Moment(0))
    }
}

/// A column of days.
#[derive(Default)]
pub(super) struct DayColumn(Option<Date32Array>);

impl DayColumn {
    pub(super) fn load(&mut self, batch: &RecordBatch, name: &str) {
        self.0 = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Date32Type>().cloned());
    }

    pub(super) fn get(&self, row: usize) -> Option<Day> {
        self.0.as_ref().filter(|column| column.is_valid(row)).map(|column| Day(column.value(row)))
    }
}

/// A column of whole numbers.
#[derive(Default)]
pub(super) struct IntColumn(Option<Int32Array>);

impl IntColumn {
    pub(super) fn load(&mut self, batch: &RecordBatch, name: &str) {
        self.0 = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Int32Type>().cloned());
    }

    pub(super) fn get(&self, row: usize) -> Option<i32> {
        self.0.as_ref().filter(|column| column.is_valid(row)).map(|column| column.value(row))
    }
}
