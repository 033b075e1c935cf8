//! CSV files, written byte by byte: a city has millions of lines, and most of the time would go into formatting.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use claims::{Day, Moment};

use crate::{Packing, SynthError};

/// Sheet（文件）: a CSV file being written.
pub(crate) struct Sheet {
    path: PathBuf,
    name: String,
    out: Out,
    buffer: Vec<u8>,
    rows: u64,
}

enum Out {
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

/// Bytes kept before they go to the file.
const FULL: usize = 1 << 18;

impl Sheet {
    /// Creates the file with its header.
    pub(crate) fn create(dir: &Path, name: &str, packing: Packing, header: &str) -> Result<Self, SynthError> {
        let ending = match packing {
            Packing::None => ".csv",
            Packing::Gzip => ".csv.gz",
            Packing::Zstd => ".csv.zst",
        };
        let name = format!("{name}{ending}");
        let path = dir.join(&name);
        let fault = |source| SynthError::Write { path: path.clone(), source };
        let file = BufWriter::new(File::create(&path).map_err(fault)?);
        let out = match packing {
            Packing::None => Out::Plain(file),
            Packing::Gzip => Out::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::fast())),
            Packing::Zstd => Out::Zstd(zstd::Encoder::new(file, 1).map_err(fault)?),
        };
        let mut buffer = Vec::with_capacity(FULL + 4096);
        buffer.extend_from_slice(header.as_bytes());
        buffer.push(b'\n');
        Ok(Self { path, name, out, buffer, rows: 0 })
    }

    /// Begins a row.
    pub(crate) fn row(&mut self) -> Row<'_> {
        self.rows += 1;
        Row { buffer: &mut self.buffer, first: true }
    }

    /// Writes out what has gathered, if it is much.
    pub(crate) fn flush_if_full(&mut self) -> Result<(), SynthError> {
        if self.buffer.len() >= FULL { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), SynthError> {
        let written = match &mut self.out {
            Out::Plain(out) => out.write_all(&self.buffer),
            Out::Gzip(out) => out.write_all(&self.buffer),
            Out::Zstd(out) => out.write_all(&self.buffer),
        };
        self.buffer.clear();
        written.map_err(|source| SynthError::Write { path: self.path.clone(), source })
    }

    /// Ends the file; its name and number of rows.
    pub(crate) fn finish(mut self) -> Result<(String, u64), SynthError> {
        self.flush()?;
        let path = self.path;
        let ended = match self.out {
            Out::Plain(mut out) => out.flush(),
            Out::Gzip(out) => out.finish().and_then(|mut file| file.flush()),
            Out::Zstd(out) => out.finish().and_then(|mut file| file.flush()),
        };
        ended.map_err(|source| SynthError::Write { path, source })?;
        Ok((self.name, self.rows))
    }
}

/// Row（一行） being written, field by field.
pub(crate) struct Row<'a> {
    buffer: &'a mut Vec<u8>,
    first: bool,
}

impl Row<'_> {
    fn field(&mut self) -> &mut Vec<u8> {
        if self.first {
            self.first = false;
        } else {
            self.buffer.push(b',');
        }
        self.buffer
    }

    /// A text that may need quoting.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        let buffer = self.field();
        push_text(buffer, text);
        self
    }

    /// Bytes as they are; commas in them end fields.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.field().extend_from_slice(bytes);
        self
    }

    /// Empty fields.
    pub(crate) fn blank(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            self.field();
        }
        self
    }

    /// A whole number.
    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        push_number(self.field(), number);
        self
    }

    /// A number, or nothing for zero.
    pub(crate) fn number_or_blank(&mut self, number: u64) -> &mut Self {
        if number == 0 { self.blank(1) } else { self.number(number) }
    }

    /// `1` or `0`.
    pub(crate) fn flag(&mut self, yes: bool) -> &mut Self {
        self.raw(if yes { b"1" } else { b"0" })
    }

    /// Fen as yuan with two places.
    pub(crate) fn yuan(&mut self, fen: i64) -> &mut Self {
        let buffer = self.field();
        if fen < 0 {
            buffer.push(b'-');
        }
        let fen = fen.unsigned_abs();
        push_number(buffer, fen / 100);
        buffer.push(b'.');
        push_two(buffer, fen % 100);
        self
    }

    /// Ten-thousandths, without needless zeros.
    pub(crate) fn quantity(&mut self, quantity: i64) -> &mut Self {
        let buffer = self.field();
        if quantity < 0 {
            buffer.push(b'-');
        }
        let quantity = quantity.unsigned_abs();
        push_number(buffer, quantity / 10_000);
        let mut part = quantity % 10_000;
        if part > 0 {
            buffer.push(b'.');
            let mut scale = 1000;
            while part > 0 {
                push_number(buffer, part / scale);
                part %= scale;
                scale /= 10;
            }
        }
        self
    }

    /// A date.
    pub(crate) fn day(&mut self, day: Day) -> &mut Self {
        push_day(self.field(), day);
        self
    }

    /// A date, or nothing.
    pub(crate) fn day_or_blank(&mut self, day: Option<Day>) -> &mut Self {
        match day {
            Some(day) => self.day(day),
            None => self.blank(1),
        }
    }

    /// A date and time.
    pub(crate) fn moment(&mut self, at: Moment) -> &mut Self {
        let second = at.second_of_day().unsigned_abs();
        let buffer = self.field();
        push_day(buffer, at.day());
        buffer.push(b' ');
        push_two(buffer, second / 3600);
        buffer.push(b':');
        push_two(buffer, second / 60 % 60);
        buffer.push(b':');
        push_two(buffer, second % 60);
        self
    }

    /// A date and time, or nothing.
    pub(crate) fn moment_or_blank(&mut self, at: Option<Moment>) -> &mut Self {
        match at {
            Some(at) => self.moment(at),
            None => self.blank(1),
        }
    }

    /// Ends the row.
    pub(crate) fn end(&mut self) {
        self.buffer.push(b'\n');
    }
}

/// Appends a text, quoted if it must be.
pub(crate) fn push_text(buffer: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        buffer.push(b'"');
        buffer.extend(text.replace('"', "\"\"").bytes());
        buffer.push(b'"');
    } else {
        buffer.extend_from_slice(text.as_bytes());
    }
}

fn push_number(buffer: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0_u8; 20];
    let mut from = digits.len();
    loop {
        from -= 1;
        digits[from] = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[from..]);
}

fn push_two(buffer: &mut Vec<u8>, number: u64) {
    let number = u8::try_from(number % 100).unwrap_or(0);
    buffer.extend_from_slice(&[b'0' + number / 10, b'0' + number % 10]);
}

/// The civil date of a day number, counted in eras of 400 years that begin on 1 March.
fn push_day(buffer: &mut Vec<u8>, day: Day) {
    let shifted = i64::from(day.0) + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = (year_of_era + era * 400 + i64::from(month <= 2)).unsigned_abs();
    push_two(buffer, year / 100);
    push_two(buffer, year);
    buffer.push(b'-');
    push_two(buffer, month.unsigned_abs());
    buffer.push(b'-');
    push_two(buffer, date.unsigned_abs());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Row<'_>)) -> String {
        let mut buffer = Vec::new();
        write(&mut Row { buffer: &mut buffer, first: true });
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for day in (-25_567..47_847).step_by(97) {
            let day = Day(day);
            assert_eq!(
                written(|row| {
                    row.day(day);
                }),
                day.to_string()
            );
        }
        let at = Moment::parse("2026-03-02 08:05:09").unwrap();
        assert_eq!(
            written(|row| {
                row.moment(at);
            }),
            "2026-03-02 08:05:09"
        );
    }

    #[test]
    fn numbers_are_written_as_delivered() {
        assert_eq!(
            written(|row| {
                row.yuan(-5).yuan(123_456).yuan(0);
            }),
            "-0.05,1234.56,0.00"
        );
        assert_eq!(
            written(|row| {
                row.quantity(5000).quantity(-20_000).quantity(10_250);
            }),
            "0.5,-2,1.025"
        );
        assert_eq!(
            written(|row| {
                row.text("a,b").blank(2).text("c\"d").number(0);
            }),
            "\"a,b\",,,\"c\"\"d\",0"
        );
    }
}
