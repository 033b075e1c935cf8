//! Regions（医保区划）: whether a row of one region is in force in another, and how near it is.
//!
//! The path goes county → city → province → nation. Codes that begin with 99 are a synthetic city's: they lie under the nation
//! and under no real province.

/// Rank（区划层级） of a row's region: the higher, the nearer. The nearest row goes before the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// 全国
    National,
    /// 省级, or the whole of the synthetic regions
    Province,
    /// 市级
    City,
    /// 县级
    County,
}

/// Word for the regions of the synthetic city, `99xxxx`.
pub const SYNTHETIC: &str = "synthetic";
/// Word for the whole country, as is an empty text, `000000` and `100000`.
pub const NATIONAL: &str = "national";

/// Whether a row of the region `row` is in force at the place `admdvs`, and at which rank; none where it is not.
///
/// Where the place is not known, only national rows are in force.
pub fn applies(row: &str, admdvs: Option<&str>) -> Option<Rank> {
    let stem = stem(row.trim());
    let rank = match stem.len() {
        0 => return Some(Rank::National),
        1..=2 => Rank::Province,
        3..=4 => Rank::City,
        _ => Rank::County,
    };
    admdvs.filter(|place| place.trim().starts_with(stem)).map(|_| rank)
}

/// The codes whose rows are in force at a place, nearest first: `440106`, `440100`, `440000`, `national`.
pub fn path(admdvs: &str) -> Vec<String> {
    let mut path: Vec<String> = Vec::with_capacity(4);
    for length in [6, 4, 2] {
        if let Some(part) = admdvs.get(..length) {
            let code = format!("{part:0<6}");
            if path.last() != Some(&code) {
                path.push(code);
            }
        }
    }
    path.push(NATIONAL.to_owned());
    path
}

/// Whether a region belongs to the synthetic city.
pub fn is_synthetic(admdvs: &str) -> bool {
    admdvs.starts_with("99")
}

/// The part of a region's code that says something: no pairs of zeros at the end.
fn stem(row: &str) -> &str {
    if row.eq_ignore_ascii_case(SYNTHETIC) {
        return "99";
    }
    if row.eq_ignore_ascii_case(NATIONAL) || row == "100000" {
        return "";
    }
    let mut stem = row;
    while stem.len() > 1 && stem.ends_with("00") {
        stem = &stem[..stem.len() - 2];
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearer_rows_rank_higher() {
        let at = |row| applies(row, Some("440106"));
        assert_eq!(at("national"), Some(Rank::National));
        assert_eq!(at("000000"), Some(Rank::National));
        assert_eq!(at("440000"), Some(Rank::Province));
        assert_eq!(at("440100"), Some(Rank::City));
        assert_eq!(at("440106"), Some(Rank::County));
        assert_eq!(at("440300"), None);
        assert!(at("440106") > at("440100"));
    }

    #[test]
    fn a_county_row_does_not_reach_the_city_seat() {
        assert_eq!(applies("440106", Some("440100")), None);
        assert_eq!(applies("320399", Some("320399")), Some(Rank::County));
    }

    #[test]
    fn the_synthetic_city_lies_under_the_nation_only() {
        assert_eq!(applies(SYNTHETIC, Some("990101")), Some(Rank::Province));
        assert_eq!(applies(SYNTHETIC, Some("440106")), None);
        assert_eq!(applies("440000", Some("990101")), None);
        assert_eq!(applies("", Some("990101")), Some(Rank::National));
    }

    #[test]
    fn at_an_unknown_place_only_national_rows_are_in_force() {
        assert_eq!(applies("440000", None), None);
        assert_eq!(applies("", None), Some(Rank::National));
    }

    #[test]
    fn the_path_goes_up_to_the_nation() {
        assert_eq!(path("440106"), ["440106", "440100", "440000", "national"]);
        assert_eq!(path("440100"), ["440100", "440000", "national"]);
        assert_eq!(path(""), ["national"]);
    }
}
