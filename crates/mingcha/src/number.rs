//! Numbers and tables as people read them.

use claims::Fen;

/// Yuan with two decimals and separated thousands: `186,240.00`.
pub(crate) fn yuan(fen: i64) -> String {
    let text = Fen(fen).to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, "00"));
    format!("{}.{decimals}", separated(whole))
}

/// A count with separated thousands.
pub(crate) fn count(n: impl Into<i128>) -> String {
    separated(&n.into().to_string())
}

fn separated(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{sign}{text}")
}

/// Columns on a terminal: a Chinese sign takes two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if u32::from(c) >= 0x1100 { 2 } else { 1 }).sum()
}

/// Whether a cell is a figure, or stands for one that is missing.
fn is_figure(cell: &str) -> bool {
    !cell.is_empty() && cell.chars().all(|c| c.is_ascii_digit() || ",.+-−%— /".contains(c))
}

/// Rows in aligned columns, the first being the head: texts left, figures right.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0);
    let of_figures = |column: usize| rows.iter().skip(1).filter_map(|row| row.get(column)).all(|cell| is_figure(cell));
    let columns: Vec<(usize, bool)> = (0..columns).map(|column| (widest(column), of_figures(column))).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, (wide, of_figures)) in row.iter().zip(&columns) {
            let blank = " ".repeat(wide - width(cell));
            let (before, after) = if *of_figures { (blank.as_str(), "") } else { ("", blank.as_str()) };
            line.push_str(&format!("{before}{cell}{after}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_and_the_sign_is_not() {
        assert_eq!(yuan(18_624_000), "186,240.00");
        assert_eq!(yuan(-123_456), "-1,234.56");
        assert_eq!(yuan(5), "0.05");
        assert_eq!(count(1000_u64), "1,000");
        assert_eq!(count(999_u64), "999");
        assert_eq!(count(-100_i64), "-100");
    }

    #[test]
    fn figures_stand_on_the_right() {
        let rows = [["金额（元）", "名称"], ["5.00", "甲"], ["—", "乙"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "金额（元）  名称\n      5.00  甲\n        —  乙\n");
    }

    #[test]
    fn chinese_signs_take_two_columns() {
        let rows = [["编码", "n"], ["ABCDEF", "1"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "编码    n\nABCDEF  1\n");
    }
}
