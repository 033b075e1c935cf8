//! Coercion（取值转换）: columns of text become typed columns; rows with a value that cannot be are put aside.

use std::collections::HashSet;
use std::sync::Arc;

use claims::code::{self, CodeKind};
use claims::table::{Column, ColumnKind};
use datafusion::arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray, RecordBatch, RecordBatchOptions, StringArray, StringBuilder,
    new_null_array,
};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, TimestampMicrosecondType};
use datafusion::arrow::error::ArrowError;

use super::checks;
use super::fault::{Example, FaultLog};
use super::feed::{Cell, Target, is_needed};
use super::profile::Unit;
use super::value::{self, DateStyle, Refused};
use super::view::View;

/// What coercion remembers of a target from block to block of one file.
#[derive(Debug)]
pub(crate) struct Memory {
    /// The way the file writes dates, column by column.
    styles: Vec<Option<DateStyle>>,
    /// Codes already found to be in order.
    good_codes: Vec<HashSet<String>>,
}

impl Memory {
    pub(crate) fn new(target: &Target) -> Self {
        Self { styles: vec![None; target.cells.len()], good_codes: vec![HashSet::new(); target.cells.len()] }
    }
}

/// Codes remembered as good; beyond this the memory starts anew, so that it stays small.
const REMEMBERED: usize = 1 << 16;

/// What every value is checked for, if it is of the kind.
const VALUE_CHECKS: [&str; 10] = [
    checks::BAD_DECIMAL,
    checks::SCIENTIFIC,
    checks::TOO_PRECISE,
    checks::THOUSANDS,
    checks::BAD_DATE,
    checks::MIXED_DATES,
    checks::BAD_INTEGER,
    checks::BAD_FLAG,
    checks::MISSING_REQUIRED,
    checks::OUT_OF_RANGE,
];

/// A made row that cannot be used.
#[derive(Debug)]
pub(crate) struct Rejected {
    /// Row of the block.
    pub(crate) row: u32,
    pub(crate) check: &'static str,
    pub(crate) column: String,
    pub(crate) value: Option<String>,
    pub(crate) message: String,
}

/// Typed rows of one target and block.
#[derive(Debug)]
pub(crate) struct Coerced {
    pub(crate) batch: RecordBatch,
    /// For every row of the batch, the block's row.
    pub(crate) rows: Vec<u32>,
    pub(crate) self_paid: Option<Vec<bool>>,
    pub(crate) rejected: Vec<Rejected>,
    /// Rows made, rejected ones too.
    pub(crate) made: u64,
    /// Amount of all rows made, as far as it can be read.
    pub(crate) amount_read: i64,
}

/// The column whose sum a table's amounts are.
pub(crate) fn amount_column(table: &str) -> Option<&'static str> {
    match table {
        "setl_d" => Some("medfee_sumamt"),
        "fee_list_d" => Some("det_item_fee_sumamt"),
        _ => None,
    }
}

/// Everything a column's coercion needs.
pub(crate) struct Coercer<'a> {
    pub(crate) file: &'a str,
    pub(crate) target: &'a Target,
    pub(crate) national_codes: bool,
    pub(crate) memory: &'a mut Memory,
    pub(crate) log: &'a mut FaultLog,
}

impl Coercer<'_> {
    /// Coerces a view; rejected rows are left out of the batch.
    pub(crate) fn coerce(mut self, view: &View<'_>) -> Result<Coerced, ArrowError> {
        let table = self.target.table;
        self.log.applied(&VALUE_CHECKS);
        let schema = crate::schema::arrow(table);
        let mut bad = Bad { rows: vec![false; view.rows.len()], list: Vec::new() };
        let mut columns = Vec::with_capacity(table.columns.len());
        let mut amount_read = 0;
        for (index, column) in table.columns.iter().enumerate() {
            if view.is_absent(index) {
                columns.push(new_null_array(schema.field(index).data_type(), view.rows.len()));
                continue;
            }
            let array = self.column(index, column, view, &mut bad);
            if amount_column(table.name) == Some(column.name) {
                amount_read = sum(&array);
            }
            columns.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(view.rows.len()));
        let mut batch = RecordBatch::try_new_with_options(schema, columns, &options)?;
        let mut rows = view.rows.clone();
        let mut self_paid = view.self_paid.clone();
        if !bad.list.is_empty() {
            let good: Vec<bool> = bad.rows.iter().map(|bad| !bad).collect();
            keep(&mut rows, &good);
            if let Some(paid) = self_paid.as_mut() {
                keep(paid, &good);
            }
            batch = filter_record_batch(&batch, &BooleanArray::from(good))?;
        }
        Ok(Coerced { batch, rows, self_paid, rejected: bad.list, made: view.rows.len() as u64, amount_read })
    }

    fn column(&mut self, index: usize, column: &Column, view: &View<'_>, bad: &mut Bad) -> ArrayRef {
        let unit = match &self.target.cells[index] {
            Cell::Field { unit, .. } => *unit,
            _ => Unit::Yuan,
        };
        match column.kind {
            ColumnKind::Text => Arc::new(self.texts(index, column, view, bad)),
            ColumnKind::Code(kind) => Arc::new(self.codes(index, column, kind, view, bad)),
            ColumnKind::Flag => Arc::new(self.flags(index, column, view, bad)),
            ColumnKind::Amount => self.decimals(index, column, view, bad, (18, 2), |text| value::amount(text, unit)),
            ColumnKind::Price => self.decimals(index, column, view, bad, (18, 6), value::price),
            ColumnKind::Quantity => self.decimals(index, column, view, bad, (18, 4), value::quantity),
            ColumnKind::Ratio => self.decimals(index, column, view, bad, (9, 4), value::quantity),
            ColumnKind::Int => Arc::new(self.parsed::<Int32Type>(index, column, view, bad, value::integer)),
            ColumnKind::Day => {
                self.settle_style(index, view);
                Arc::new(self.parsed::<Date32Type>(index, column, view, bad, value::day))
            }
            ColumnKind::Moment => {
                self.settle_style(index, view);
                Arc::new(self.parsed::<TimestampMicrosecondType>(index, column, view, bad, value::moment))
            }
        }
    }

    fn decimals(
        &mut self,
        index: usize,
        column: &Column,
        view: &View<'_>,
        bad: &mut Bad,
        (precision, scale): (u8, i8),
        parse: impl Fn(&str) -> Result<i64, Refused>,
    ) -> ArrayRef {
        let limit = 10_i64.pow(u32::from(precision));
        let parse = |text: &str| match parse(text)? {
            value if value.abs() < limit => Ok(i128::from(value)),
            _ => Err(Refused { check: checks::OUT_OF_RANGE, message: "数值超出范围" }),
        };
        let array = self.parsed::<Decimal128Type>(index, column, view, bad, parse);
        Arc::new(array.with_data_type(DataType::Decimal128(precision, scale)))
    }

    fn parsed<T: ArrowPrimitiveType>(
        &mut self,
        index: usize,
        column: &Column,
        view: &View<'_>,
        bad: &mut Bad,
        parse: impl Fn(&str) -> Result<T::Native, Refused>,
    ) -> PrimitiveArray<T> {
        let style = self.memory.styles[index];
        let needed = is_needed(self.target.table, column);
        let mut values: Vec<Option<T::Native>> = Vec::with_capacity(view.rows.len());
        for row in 0..view.rows.len() {
            let Some(text) = view.value(row, index) else {
                if needed {
                    self.missing(row, column, view, bad);
                }
                values.push(None);
                continue;
            };
            match parse(text) {
                Ok(value) => {
                    if style.is_some_and(|style| style != DateStyle::of(text)) {
                        let message = "日期写法与本列其他行不同，请统一为一种写法";
                        self.reject(row, column, view, bad, Some(text), &Refused { check: checks::MIXED_DATES, message });
                    }
                    values.push(Some(value));
                }
                Err(refused) => {
                    self.reject(row, column, view, bad, Some(text), &refused);
                    values.push(None);
                }
            }
        }
        PrimitiveArray::from_iter(values)
    }

    /// The first block decides, by majority, how a column writes dates.
    fn settle_style(&mut self, index: usize, view: &View<'_>) {
        if self.memory.styles[index].is_some() {
            return;
        }
        let mut counts = [(DateStyle::Dashes, 0_usize), (DateStyle::Slashes, 0), (DateStyle::Digits, 0)];
        for row in 0..view.rows.len() {
            if let Some(text) = view.value(row, index)
                && value::moment(text).is_ok()
            {
                let style = DateStyle::of(text);
                for count in counts.iter_mut().filter(|(one, _)| *one == style) {
                    count.1 += 1;
                }
            }
        }
        // Where two are equally frequent, the national form stands.
        let best = counts.iter().rev().max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0);
        self.memory.styles[index] = best.map(|(style, _)| *style);
    }

    fn texts(&mut self, index: usize, column: &Column, view: &View<'_>, bad: &mut Bad) -> StringArray {
        let needed = is_needed(self.target.table, column);
        let mut builder = StringBuilder::with_capacity(view.rows.len(), view.rows.len() * 12);
        for row in 0..view.rows.len() {
            let text = view.value(row, index);
            if text.is_none() && needed {
                self.missing(row, column, view, bad);
            }
            builder.append_option(text);
        }
        builder.finish()
    }

    fn flags(&mut self, index: usize, column: &Column, view: &View<'_>, bad: &mut Bad) -> StringArray {
        let needed = is_needed(self.target.table, column);
        let mut builder = StringBuilder::with_capacity(view.rows.len(), view.rows.len());
        for row in 0..view.rows.len() {
            let text = view.value(row, index);
            if text.is_none() && needed {
                self.missing(row, column, view, bad);
            }
            let flag = text.and_then(value::flag);
            if let (Some(text), None) = (text, flag) {
                self.warn(checks::BAD_FLAG, row, column, view, text, "不是 0、1、是、否，按空值载入");
            }
            builder.append_option(flag);
        }
        builder.finish()
    }

    fn codes(&mut self, index: usize, column: &Column, kind: CodeKind, view: &View<'_>, bad: &mut Bad) -> StringArray {
        let texts = self.texts(index, column, view, bad);
        for (row, text) in texts.iter().enumerate() {
            let Some(text) = text else { continue };
            if self.memory.good_codes[index].contains(text) {
                continue;
            }
            if self.code_is_good(kind, column, row, view, text) {
                let good = &mut self.memory.good_codes[index];
                if good.len() >= REMEMBERED {
                    good.clear();
                }
                good.insert(text.to_owned());
            }
        }
        texts
    }

    fn code_is_good(&mut self, kind: CodeKind, column: &Column, row: usize, view: &View<'_>, text: &str) -> bool {
        let is_placeholder = claims::placeholder::is_placeholder(text);
        if kind == CodeKind::Doctor && claims::placeholder::doctor(Some(&text.into())).is_none() {
            self.warn(checks::PLACEHOLDER_DOCTOR, row, column, view, text, "是占位值，按没有医师处理");
            return false;
        }
        if !self.national_codes || is_placeholder {
            return true;
        }
        // The x that fills a disease or operation code is lower case by its own standard.
        let is_lower = |byte: u8| byte.is_ascii_lowercase() && byte != b'x';
        let filler = matches!(kind, CodeKind::Disease | CodeKind::Operation);
        let lower = text.bytes().any(|byte| if filler { is_lower(byte) } else { byte.is_ascii_lowercase() });
        if lower {
            self.warn(checks::LOWER_CASE, row, column, view, text, "含小写字母，查找时按大写处理，原文保留");
        }
        let well_formed = is_well_formed(kind, text);
        if !well_formed {
            self.warn(structure_check(kind, text), row, column, view, text, "不符合国家编码的结构，原文载入");
        }
        !lower && well_formed
    }

    fn missing(&mut self, row: usize, column: &Column, view: &View<'_>, bad: &mut Bad) {
        let refused = Refused { check: checks::MISSING_REQUIRED, message: "必填项为空" };
        self.reject(row, column, view, bad, None, &refused);
    }

    fn reject(&mut self, row: usize, column: &Column, view: &View<'_>, bad: &mut Bad, text: Option<&str>, refused: &Refused) {
        let value = text.map(|text| shown(column, text));
        let message = format!("{}（{}）{}", column.name, column.zh, refused.message);
        let number = view.block.numbers[view.rows[row] as usize];
        self.log.add(refused.check, self.target.table.name, || Example {
            file: self.file.to_owned(),
            row: Some(number),
            column: Some(column.name.to_owned()),
            value: value.clone(),
            message: message.clone(),
        });
        if !bad.rows[row] {
            bad.rows[row] = true;
            let (check, column) = (refused.check, column.name.to_owned());
            bad.list.push(Rejected { row: view.rows[row], check, column, value, message });
        }
    }

    fn warn(&mut self, check: &'static str, row: usize, column: &Column, view: &View<'_>, text: &str, message: &str) {
        let number = view.block.numbers[view.rows[row] as usize];
        self.log.add(check, self.target.table.name, || Example {
            file: self.file.to_owned(),
            row: Some(number),
            column: Some(column.name.to_owned()),
            value: Some(shown(column, text)),
            message: format!("{}（{}）{message}", column.name, column.zh),
        });
    }
}

/// Made rows found bad so far.
struct Bad {
    rows: Vec<bool>,
    list: Vec<Rejected>,
}

/// What is shown in place of a value that names a person.
pub(crate) const HIDDEN: &str = "〔个人信息，不显示〕";

/// A value as it may be shown in reports and kept outside the lake.
pub(crate) fn shown(column: &Column, text: &str) -> String {
    if column.personal { HIDDEN.to_owned() } else { text.chars().take(200).collect() }
}

/// The structure of a code. A disease may be a pair of cause and manifestation（`E11.401+G63.2*`）.
fn is_well_formed(kind: CodeKind, text: &str) -> bool {
    match kind {
        CodeKind::Disease => text.split_inclusive('+').all(|part| code::is_well_formed(kind, part)),
        CodeKind::Operation => code::is_well_formed(kind, text) || is_filled_operation(text),
        _ => code::is_well_formed(kind, text),
    }
}

/// An operation whose subcategory is filled up with x（`43.5x00x007`）.
fn is_filled_operation(text: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'x' | b'X');
    let Some((category, rest)) = text.split_once('.') else { return false };
    let is_digit = |byte: u8| byte.is_ascii_digit();
    category.len() == 2
        && category.bytes().all(is_digit)
        && rest.bytes().next().is_some_and(is_digit)
        && rest.bytes().all(is_sign)
}

fn structure_check(kind: CodeKind, text: &str) -> &'static str {
    match kind {
        CodeKind::Region => checks::REGION_CODE,
        CodeKind::Institution => checks::INSTITUTION_CODE,
        CodeKind::Doctor => checks::DOCTOR_CODE,
        CodeKind::Item if text.starts_with(|first: char| first.is_ascii_digit()) => checks::SERVICE_CODE,
        CodeKind::Item | CodeKind::Trace => checks::ITEM_CODE,
        CodeKind::Disease | CodeKind::Chronic => checks::DISEASE_CODE,
        CodeKind::Operation => checks::OPERATION_CODE,
    }
}

fn keep<T: Copy>(values: &mut Vec<T>, good: &[bool]) {
    let mut good = good.iter();
    values.retain(|_| good.next().copied().unwrap_or(true));
}

/// Sum of a decimal column.
pub(crate) fn sum(array: &ArrayRef) -> i64 {
    use datafusion::arrow::array::AsArray;
    let values = array.as_primitive::<Decimal128Type>();
    i64::try_from(values.iter().flatten().sum::<i128>()).unwrap_or(i64::MAX)
}
