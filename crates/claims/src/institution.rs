//! The institution as it was on a day（trap 38）: level, name and region change, and a rule judges by the day of service.

use crate::Day;
use crate::record::Institution;

/// The register's row in force on a day, or none. Of several, the one that began last.
pub fn as_of(rows: &[Institution], day: Day) -> Option<&Institution> {
    rows.iter()
        .filter(|row| row.begntime.is_none_or(|from| from <= day) && row.endtime.is_none_or(|to| day <= to))
        .max_by(|a, b| a.begntime.cmp(&b.begntime).then_with(|| b.hosp_lv.cmp(&a.hosp_lv)))
}

/// Level class（医院级别）: 3, 2 or 1. Unrated（11）, missing and unknown levels are none: level limits are then undecided
/// （readings 8）.
pub fn level_class(hosp_lv: Option<&str>) -> Option<u8> {
    match hosp_lv?.trim().parse::<u8>().ok()? {
        1..=4 | 12 => Some(3),
        5..=7 | 13 => Some(2),
        8..=10 | 14 => Some(1),
        _ => None,
    }
}

/// Level class on a day: of the dated register, else as the visit says（rules 4.3）.
pub fn level_on(register: &[Institution], day: Day, of_visit: Option<&str>) -> Option<u8> {
    match as_of(register, day) {
        Some(row) => level_class(row.hosp_lv.as_deref()),
        None => level_class(of_visit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(hosp_lv: &str, from: Option<&str>, to: Option<&str>) -> Institution {
        Institution {
            fixmedins_code: "H99010100001".into(),
            fixmedins_name: None,
            fixmedins_type: None,
            hosp_lv: Some(hosp_lv.into()),
            fix_blng_admdvs: None,
            begntime: from.and_then(Day::parse),
            endtime: to.and_then(Day::parse),
        }
    }

    #[test]
    fn a_hospital_that_rose_mid_year_has_the_level_of_the_day() {
        let rows = [row("05", None, Some("2026-06-30")), row("02", Some("2026-07-01"), None)];
        let level = |day: &str| as_of(&rows, Day::parse(day).unwrap()).and_then(|row| level_class(row.hosp_lv.as_deref()));
        assert_eq!(level("2026-06-30"), Some(2));
        assert_eq!(level("2026-07-01"), Some(3));
        assert_eq!(as_of(&rows[1..], Day::parse("2026-06-30").unwrap()), None);
    }

    #[test]
    fn unrated_and_unknown_levels_have_no_class() {
        for level in [None, Some("11"), Some("99"), Some(""), Some("三级")] {
            assert_eq!(level_class(level), None, "{level:?}");
        }
        assert_eq!(level_class(Some("12")), Some(3));
        assert_eq!(level_class(Some("13")), Some(2));
        assert_eq!(level_class(Some("1")), Some(3), "a spreadsheet ate the leading zero of 01");
    }
}
