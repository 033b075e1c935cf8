//! Sex（性别）: codes 1 and 2 only; two sources that disagree say nothing（readings 5）.

use crate::chart::Sex;

impl Sex {
    /// From the national code; 0, 9 and everything else are unknown.
    pub fn from_code(code: Option<&str>) -> Option<Self> {
        match code?.trim() {
            "1" | "01" => Some(Self::Male),
            "2" | "02" => Some(Self::Female),
            _ => None,
        }
    }
}

/// What two sources say together: the sex, and whether they contradict each other.
pub fn agreed(visit: Option<Sex>, person: Option<Sex>) -> (Option<Sex>, bool) {
    match (visit, person) {
        (Some(a), Some(b)) if a != b => (None, true),
        (a, b) => (a.or(b), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_1_and_2_are_sexes() {
        assert_eq!(Sex::from_code(Some("1")), Some(Sex::Male));
        assert_eq!(Sex::from_code(Some("2")), Some(Sex::Female));
        for code in [None, Some("0"), Some("9"), Some(""), Some("男")] {
            assert_eq!(Sex::from_code(code), None);
        }
    }

    #[test]
    fn sources_that_disagree_say_nothing() {
        assert_eq!(agreed(Some(Sex::Male), Some(Sex::Female)), (None, true));
        assert_eq!(agreed(None, Some(Sex::Female)), (Some(Sex::Female), false));
        assert_eq!(agreed(None, None), (None, false));
    }
}
