//! Placeholders（占位值）: values that systems fill in where they know nothing（rules 4.12, trap 19）. They are as good as missing.
//!
//! A doctor called 未知 who treats a whole district is not an overloaded doctor, and everybody born on 1900-01-01 is not old.

use std::sync::LazyLock;

use crate::{Day, Text};

const NOTHING: [&str; 14] =
    ["无", "-", "--", "/", "NA", "N/A", "NULL", "NONE", "未知", "匿名", "不详", "其他", "UNKNOWN", "未知/匿名"];

/// Whether a text stands for “nothing”: empty, a word such as `无` or `NULL`, or zeros only.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    NOTHING.iter().any(|word| word.eq_ignore_ascii_case(text)) || text.bytes().all(|byte| byte == b'0')
}

/// An id or code, or none where it is a placeholder.
pub fn known<T: AsRef<str> + ?Sized>(text: Option<&T>) -> Option<&T> {
    text.filter(|text| !is_placeholder((*text).as_ref()))
}

/// A doctor's code, or none where no single doctor is meant: `未知`, zeros, a code whose serial is zeros only, or a name that
/// begins with 未知 or 匿名.
pub fn doctor(code: Option<&Text>) -> Option<Text> {
    let code = known(code)?;
    let serial_is_zero = code.len() == 13 && code.starts_with('D') && code.ends_with("000000");
    let zeros_only = code.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()).bytes().all(|byte| byte == b'0');
    let named_unknown = code.starts_with("未知") || code.starts_with("匿名");
    (!serial_is_zero && !zeros_only && !named_unknown).then(|| code.clone())
}

/// A department's code, or none: 99 stands for “other”.
pub fn department(code: Option<&Text>) -> Option<Text> {
    known(code).filter(|code| !code.bytes().all(|byte| byte == b'9')).cloned()
}

/// A date, or none where it is the default of a database or spreadsheet.
pub fn date(day: Option<Day>) -> Option<Day> {
    // 1970-01-01 is the zero of computers, but also a birthday that many have; it stays.
    static DEFAULTS: LazyLock<[Option<Day>; 4]> =
        LazyLock::new(|| [Day::ymd(1900, 1, 1), Day::ymd(1899, 12, 30), Day::ymd(1899, 12, 31), Day::ymd(9999, 12, 31)]);
    day.filter(|day| !DEFAULTS.contains(&Some(*day)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_and_default_doctors_are_nobody() {
        for code in ["", "未知", "匿名医师", "000000", "D440100000000", "D000000000000", "null", "无"] {
            assert_eq!(doctor(Some(&code.into())), None, "{code}");
        }
        assert_eq!(doctor(Some(&"D440100000123".into())).as_deref(), Some("D440100000123"));
        assert_eq!(doctor(None), None);
    }

    #[test]
    fn department_99_is_none() {
        assert_eq!(department(Some(&"99".into())), None);
        assert_eq!(department(Some(&"A03".into())).as_deref(), Some("A03"));
    }

    #[test]
    fn default_dates_are_none() {
        assert_eq!(date(Day::ymd(1900, 1, 1)), None);
        assert_eq!(date(Day::ymd(1970, 1, 1)), Day::ymd(1970, 1, 1));
        assert_eq!(date(Day::ymd(1950, 7, 1)), Day::ymd(1950, 7, 1));
    }
}
