//! Single values: from delivered text to what a column keeps, or the check that refuses it.

use claims::money::DecimalFault;
use claims::{Day, Fen, Moment, Quantity, UnitPrice};

use super::checks;
use super::profile::Unit;

/// Words that mean “no value”（空值词）.
#[derive(Clone, Debug)]
pub(crate) struct NullWords {
    words: Vec<String>,
    longest: usize,
}

impl NullWords {
    pub(crate) fn new(more: &[String]) -> Self {
        let own = ["NULL", "null", "\\N"].into_iter().map(str::to_owned);
        let words: Vec<String> = own.chain(more.iter().cloned()).collect();
        let longest = words.iter().map(String::len).max().unwrap_or(0);
        Self { words, longest }
    }

    /// The value without blanks around it, or none.
    pub(crate) fn value<'a>(&self, raw: &'a str) -> Option<&'a str> {
        let text = raw.trim_ascii();
        let is_null = text.is_empty() || (text.len() <= self.longest && self.words.iter().any(|word| word == text));
        (!is_null).then_some(text)
    }
}

/// Why a value is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) check: &'static str,
    pub(crate) message: &'static str,
}

const fn refused(check: &'static str, message: &'static str) -> Refused {
    Refused { check, message }
}

fn decimal(text: &str, parse: impl Fn(&str) -> Result<i64, DecimalFault>) -> Result<i64, Refused> {
    parse(text).map_err(|fault| match fault {
        DecimalFault::Scientific => refused(checks::SCIENTIFIC, "是科学计数法，请导出普通十进制数"),
        DecimalFault::TooPrecise => refused(checks::TOO_PRECISE, "小数位数多于该列保留的位数"),
        DecimalFault::OutOfRange => refused(checks::OUT_OF_RANGE, "数值超出范围"),
        DecimalFault::NotADecimal if text.contains(',') && parse(&text.replace(',', "")).is_ok() => {
            refused(checks::THOUSANDS, "带千分位逗号，请去掉逗号")
        }
        DecimalFault::NotADecimal => refused(checks::BAD_DECIMAL, "不是数值"),
    })
}

pub(crate) fn amount(text: &str, unit: Unit) -> Result<i64, Refused> {
    match unit {
        Unit::Yuan => decimal(text, |text| Fen::parse(text).map(|fen| fen.0)),
        // 10⁻⁶ of ten thousand yuan is a fen.
        Unit::TenThousandYuan => decimal(text, |text| UnitPrice::parse(text).map(|millionth| millionth.0)),
        Unit::Fen => {
            let hundredths = decimal(text, |text| Fen::parse(text).map(|fen| fen.0))?;
            if hundredths % 100 == 0 {
                Ok(hundredths / 100)
            } else {
                Err(refused(checks::TOO_PRECISE, "以分为单位的金额有小数"))
            }
        }
    }
}

pub(crate) fn price(text: &str) -> Result<i64, Refused> {
    decimal(text, |text| UnitPrice::parse(text).map(|price| price.0))
}

/// Quantities and ratios keep four places both.
pub(crate) fn quantity(text: &str) -> Result<i64, Refused> {
    decimal(text, |text| Quantity::parse(text).map(|quantity| quantity.0))
}

/// A whole number; `7.00` is one too.
pub(crate) fn integer(text: &str) -> Result<i32, Refused> {
    let bad = || refused(checks::BAD_INTEGER, "不是整数");
    let value = Quantity::parse(text).map_err(|_| bad())?.0;
    if value % 10_000 != 0 {
        return Err(bad());
    }
    i32::try_from(value / 10_000).map_err(|_| refused(checks::OUT_OF_RANGE, "数值超出范围"))
}

/// A flag as `1` or `0`. Bureaus also count in flag columns (refunded twice is 2): anything above zero is yes.
pub(crate) fn flag(text: &str) -> Option<&'static str> {
    match text {
        "0" | "否" | "N" | "n" | "F" | "f" | "false" | "FALSE" | "无" => Some("0"),
        "1" | "是" | "Y" | "y" | "T" | "t" | "true" | "TRUE" | "有" => Some("1"),
        _ => text.parse::<u32>().ok().map(|count| if count == 0 { "0" } else { "1" }),
    }
}

/// Style（日期写法） of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DateStyle {
    /// `2026-03-02`
    Dashes,
    /// `2026/3/2`
    Slashes,
    /// `20260302`
    Digits,
}

impl DateStyle {
    pub(crate) fn of(text: &str) -> Self {
        let date = text.split([' ', 'T']).next().unwrap_or(text);
        if date.contains('/') {
            Self::Slashes
        } else if date.contains('-') {
            Self::Dashes
        } else {
            Self::Digits
        }
    }
}

const BAD_DATE: Refused = refused(checks::BAD_DATE, "不是有效的日期，请写作 2026-03-02 或 2026-03-02 08:15:00");

pub(crate) fn moment(text: &str) -> Result<i64, Refused> {
    Moment::parse(text).map(|moment| moment.0 * 1_000_000).ok_or(BAD_DATE)
}

pub(crate) fn day(text: &str) -> Result<i32, Refused> {
    let day = if text.len() <= 10 { Day::parse(text) } else { Moment::parse(text).map(Moment::day) };
    day.map(|day| day.0).ok_or(BAD_DATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_other_units_are_kept_to_the_fen() {
        assert_eq!(amount("12.5", Unit::Yuan), Ok(1250));
        assert_eq!(amount("1250", Unit::Fen), Ok(1250));
        assert_eq!(amount("0.00125", Unit::TenThousandYuan), Ok(1250));
        assert_eq!(amount("12.5", Unit::Fen).unwrap_err().check, checks::TOO_PRECISE);
    }

    #[test]
    fn each_bad_number_has_its_reason() {
        for (text, check) in [
            ("1.2E5", checks::SCIENTIFIC),
            ("1,200.00", checks::THOUSANDS),
            ("12.345", checks::TOO_PRECISE),
            ("十二", checks::BAD_DECIMAL),
            ("1,2x", checks::BAD_DECIMAL),
            ("123456789012345678901", checks::OUT_OF_RANGE),
        ] {
            assert_eq!(amount(text, Unit::Yuan).unwrap_err().check, check, "{text}");
        }
        assert_eq!(integer("7.00"), Ok(7));
        assert_eq!(integer("7.5").unwrap_err().check, checks::BAD_INTEGER);
    }

    #[test]
    fn null_words_are_whole_words() {
        let nulls = NullWords::new(&["NA".to_owned()]);
        for text in ["", "  ", "NULL", "null", "\\N", " NA "] {
            assert_eq!(nulls.value(text), None, "{text}");
        }
        assert_eq!(nulls.value(" NAB "), Some("NAB"));
    }

    #[test]
    fn flags_and_dates() {
        assert_eq!((flag("是"), flag("0"), flag("2"), flag("?")), (Some("1"), Some("0"), Some("1"), None));
        assert_eq!(DateStyle::of("2026/3/2 8:15"), DateStyle::Slashes);
        assert_eq!(day("2026-03-02 08:15:00"), day("20260302"));
        assert!(day("2026-02-30").is_err());
    }
}
