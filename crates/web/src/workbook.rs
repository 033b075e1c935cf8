//! Workbooks（工作簿）that leave the house: tables of a page with units in their heads, a sheet that says where they come from, and the answer
//! that carries them. Printing and exporting is an act on the record.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::guard::{Fields, Who};

/// The most rows of one table.
pub(crate) const MOST: usize = 100_000;

/// A cell.
pub(crate) enum Cell {
    /// Words, a day, a code.
    Text(String),
    /// A whole number.
    Count(i64),
    /// An amount in fen, shown in yuan.
    Yuan(i64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Count(number)
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Count(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Count(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// Table（表）: columns as the page has them, and rows.
pub(crate) struct Table {
    /// Name of its sheet.
    pub(crate) name: &'static str,
    /// Heads of its columns, with their units.
    pub(crate) heads: Vec<String>,
    /// Rows.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// How many rows there are, though a file holds no more than it can.
    pub(crate) total: usize,
}

impl Table {
    /// A table that is there whole.
    pub(crate) fn new(name: &'static str, heads: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        let rows: Vec<Vec<Cell>> = rows.into_iter().collect();
        Self { name, heads: heads.iter().map(ToString::to_string).collect(), total: rows.len(), rows }
    }

    /// The same, of which there is more.
    pub(crate) fn of(self, total: i64) -> Self {
        Self { total: usize::try_from(total).unwrap_or_default().max(self.rows.len()), ..self }
    }
}

/// 导出: tables of a page as a workbook, which says of which rows, of which data, by whom and when.
pub(crate) async fn export(app: &App, who: &Who, file: &'static str, fields: &Fields, tables: Vec<Table>) -> Answer {
    let rows: usize = tables.iter().map(|table| table.rows.len()).sum();
    let missing: usize = tables.iter().map(|table| table.total - table.rows.len()).sum();
    let query = fields.with(&[("said", "")]);
    let body = serde_json::json!({ "query": query, "rows": rows }).to_string();
    app.store.record(&format!("export:{file}"), &who.0.account.name, "exported", body, app.now()).await?;
    let data = app.records.version().await.map(|data| format!("v{}", data.version)).unwrap_or_default();
    let mut about = vec![
        ("筛选条件", query),
        ("数据版本", data),
        ("导出人", who.0.account.display.clone()),
        ("导出时间", app.now().to_string()),
        ("行数", rows.to_string()),
    ];
    if missing > 0 {
        about.push(("未导出的行数", format!("{missing}：一张表最多 {MOST} 行，请加条件分次导出")));
    }
    let content = written(&tables, &about).map_err(|problem| Trouble::Input(format!("没能生成表格：{problem}")))?;
    Ok(answer(file, content))
}

fn written(tables: &[Table], about: &[(&str, String)]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    for table in tables {
        let sheet = book.add_worksheet().set_name(table.name)?;
        heads(sheet, &table.heads.iter().map(String::as_str).collect::<Vec<_>>())?;
        for (row, cells) in (1_u32..).zip(&table.rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                match cell {
                    Cell::Text(text) => sheet.write(row, column, text).map(|_| ())?,
                    Cell::Count(number) => count(sheet, row, column, *number)?,
                    Cell::Yuan(fen) => amount(sheet, row, column, *fen)?,
                }
            }
        }
    }
    finished(book, about)
}

/// Writes the heads of the columns, which stay in sight.
pub(crate) fn heads(sheet: &mut Worksheet, heads: &[&str]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    for (column, head) in (0_u16..).zip(heads) {
        sheet.write_with_format(0, column, *head, &bold)?;
    }
    sheet.set_freeze_panes(1, 0).map(|_| ())
}

/// Writes an amount in yuan.
pub(crate) fn amount(sheet: &mut Worksheet, row: u32, column: u16, fen: i64) -> Result<(), XlsxError> {
    let money = Format::new().set_num_format("#,##0.00");
    // A workbook holds numbers as floats: two decimals of an amount of this size are exact in it.
    #[expect(clippy::cast_precision_loss, reason = "amounts lie far below 2^53 fen")]
    sheet.write_with_format(row, column, fen as f64 / 100.0, &money).map(|_| ())
}

fn count(sheet: &mut Worksheet, row: u32, column: u16, number: i64) -> Result<(), XlsxError> {
    #[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^53")]
    sheet.write(row, column, number as f64).map(|_| ())
}

/// Adds the sheet that says what it is, of what and by whom, and closes the book.
pub(crate) fn finished(mut book: Workbook, about: &[(&str, String)]) -> Result<Vec<u8>, XlsxError> {
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet().set_name("说明")?;
    for (row, (label, value)) in (0_u32..).zip(about) {
        sheet.write_with_format(row, 0, *label, &bold)?;
        sheet.write(row, 1, value)?;
    }
    book.save_to_buffer()
}

/// The answer that carries a book.
pub(crate) fn answer(name: &str, content: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.xlsx\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, content).into_response()
}
