//! How numbers, days and limits are written on pages.

use std::cmp::Ordering;

use casework::{Calendar, Scope};
use claims::{Day, Fen};
use store::Totals;

/// Yuan with two decimals and thousands: `1,234.50`, `−20.00`.
pub(crate) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "\u{2212}" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", grouped(fen / 100), fen % 100)
}

/// The sum of findings; what was found of stays paid by case or day is named beside it, for it is in no sum.
pub(crate) fn sums(totals: &Totals) -> String {
    match totals.index_fen {
        0 => format!("{} 元", yuan(totals.amount_fen)),
        apart => format!("{} 元，按病种床日 {} 元", yuan(totals.amount_fen), yuan(apart)),
    }
}

/// Ten thousands of yuan with two decimals.
pub(crate) fn wan(fen: i64) -> String {
    let hundredths = claims::money::mul_div(fen, 1, 10_000).unwrap_or_default();
    yuan(hundredths)
}

/// A whole number with thousands.
pub(crate) fn count(number: i64) -> String {
    let sign = if number < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", grouped(number.unsigned_abs()))
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount of a list: `不计额` where the rule counts none.
pub(crate) fn amount(fen: i64) -> String {
    if fen == 0 { "不计额".to_owned() } else { yuan(fen) }
}

/// An amount that somebody typed, in fen: `1234.5`, `1,234.50`.
pub(crate) fn parse_yuan(text: &str) -> Option<i64> {
    let text = text.trim().replace([',', '，'], "");
    Fen::parse(&text).ok().map(|fen| fen.0)
}

/// Month and day within the year, the whole date across years.
pub(crate) fn short(day: &str, today: Day) -> String {
    let year = today.to_string();
    match day.strip_prefix(year.get(..5).unwrap_or_default()) {
        Some(rest) => rest.to_owned(),
        None => day.to_owned(),
    }
}

/// A person's number as everybody may see it.
pub(crate) fn masked(psn_no: &str) -> String {
    let letters: Vec<char> = psn_no.chars().collect();
    if letters.len() <= 8 {
        return "\u{2026}".to_owned() + &letters.iter().rev().take(2).rev().collect::<String>();
    }
    let (begin, end) = (&letters[..4], &letters[letters.len() - 4..]);
    format!("{}\u{2026}{}", begin.iter().collect::<String>(), end.iter().collect::<String>())
}

/// The least length of a person's number or an identity number.
const NUMBER: usize = 15;

/// A text of the log with every number masked that could be a person's: fifteen digits or more, the last of which may be an X.
pub(crate) fn without_numbers(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(|letter: char| letter.is_ascii_alphanumeric()) {
        let (before, word) = rest.split_at(begin);
        let end = word.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        let digits = word.strip_suffix(['x', 'X']).unwrap_or(word);
        let number = word.len() >= NUMBER && digits.bytes().all(|byte| byte.is_ascii_digit());
        shown.push_str(before);
        shown.push_str(&if number { masked(word) } else { word.to_owned() });
        rest = after;
    }
    shown + rest
}

/// Clock（时限）: what a limit says today, and how it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) class: &'static str,
    pub(crate) text: String,
    pub(crate) until: String,
}

impl Clock {
    /// A limit in working days. From three days before on it stands out.
    pub(crate) fn of(due: Option<Day>, today: Day, calendar: &Calendar) -> Option<Self> {
        let due = due?;
        let (class, text) = match due.cmp(&today) {
            Ordering::Less => ("is-over", format!("逾期 {} 天", due.0.abs_diff(today.0))),
            Ordering::Equal => ("is-today", "今日到期".to_owned()),
            Ordering::Greater => {
                let left = calendar.between(today, due);
                (if left <= 3 { "is-soon" } else { "" }, format!("剩 {left} 个工作日"))
            }
        };
        Some(Self { class, text, until: due.to_string() })
    }

    /// The bureau's limit; while the institution has the ball it stands still, and its own last day is told.
    pub(crate) fn between(due: Option<Day>, awaited: Option<Day>, today: Day, calendar: &Calendar) -> Option<Self> {
        let Some(until) = awaited.filter(|day| *day >= today) else { return Self::of(due, today, calendar) };
        let left = calendar.between(today, until);
        let text = if left == 0 { "答复期今日为止".to_owned() } else { format!("答复期剩 {left} 个工作日") };
        Some(Self { class: "is-paused", text, until: until.to_string() })
    }
}

/// A grade as people say it, with its colour.
pub(crate) fn grade(name: &str) -> (&'static str, &'static str) {
    match name {
        "violation" => ("明确违规", "red"),
        "suspicion_high" => ("高度可疑", "orange"),
        "suspicion" => ("可疑", "yellow"),
        _ => ("提示", "secondary"),
    }
}

/// A state as people say it, with its colour.
pub(crate) fn state(name: &str) -> (&'static str, &'static str) {
    match name {
        "filed" => ("待初审", "blue"),
        "passed" => ("待下发", "blue"),
        "told" => ("已下发", "blue"),
        "under_appeal" => ("申诉中", "yellow"),
        "supplementing" => ("补充材料中", "yellow"),
        "in_panel" => ("合议中", "yellow"),
        "confirmed" => ("已认定", "red"),
        "dismissed" => ("已撤销", "green"),
        "exempted" => ("限期例外", "secondary"),
        _ => ("已消失", "secondary"),
    }
}

/// A fund as people say it.
pub(crate) fn fund(code: &str) -> &str {
    casework::recovery::fund_label(code)
}

/// A scope as people say it.
pub(crate) fn scope(scope: &Scope) -> String {
    match scope {
        Scope::All => "全部".to_owned(),
        Scope::Regions(codes) => format!("行政区划 {}", codes.iter().cloned().collect::<Vec<_>>().join("、")),
        Scope::Institutions(codes) => format!("机构 {}", codes.iter().cloned().collect::<Vec<_>>().join("、")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_read_them() {
        assert_eq!(
            (yuan(123_456_789), yuan(-5), yuan(0)),
            ("1,234,567.89".to_owned(), "\u{2212}0.05".to_owned(), "0.00".to_owned())
        );
        assert_eq!((wan(1_234_567_890), count(-1_234)), ("1,234.57".to_owned(), "\u{2212}1,234".to_owned()));
        assert_eq!((parse_yuan(" 1,234.5 "), parse_yuan("12.345"), parse_yuan("多")), (Some(123_450), None, None));
        assert_eq!(
            (amount(0), masked("99010100000000001415"), masked("12")),
            ("不计额".to_owned(), "9901\u{2026}1415".to_owned(), "\u{2026}12".to_owned())
        );
    }

    #[test]
    fn a_number_that_could_be_a_persons_is_masked_wherever_it_stands() {
        let whole = "{\"query\":\"q=99010100000000001415&view=all\",\"id\":\"11010119900307123X\"}，见 110101900307123";
        let shown = without_numbers(whole);
        assert_eq!(shown, "{\"query\":\"q=9901…1415&view=all\",\"id\":\"1101…123X\"}，见 1101…7123");
        for kept in
            ["", "甲", "H99010100001", "2026-03-02 09:00:00", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
        {
            assert_eq!(without_numbers(kept), kept);
        }
    }

    #[test]
    fn a_limit_says_what_is_left_of_it() {
        let today = Day::parse("2026-03-04").unwrap();
        let clock = |days: i32| Clock::of(Some(today.plus(days)), today, &Calendar::default()).unwrap();
        assert_eq!((clock(0).class, clock(-2).text.as_str()), ("is-today", "逾期 2 天"));
        // Thursday, Friday, and the weekend does not count.
        assert_eq!((clock(5).text.as_str(), clock(5).class), ("剩 3 个工作日", "is-soon"));
        assert_eq!(clock(7).class, "");
        let between =
            |awaited: i32| Clock::between(Some(today.plus(-2)), Some(today.plus(awaited)), today, &Calendar::default()).unwrap();
        assert_eq!((between(5).class, between(5).text.as_str()), ("is-paused", "答复期剩 3 个工作日"));
        assert_eq!((between(0).text.as_str(), between(-1).class), ("答复期今日为止", "is-over"));
        assert_eq!(short("2026-03-04", today), "03-04");
        assert_eq!(short("2025-12-31", today), "2025-12-31");
    }
}
