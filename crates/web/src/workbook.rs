//! Workbooks（工作簿）that leave the house: heads, amounts, a sheet that says where they come from, and the answer that carries them.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

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
