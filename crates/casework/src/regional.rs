//! Regional limits（地区时限）: a county or a city may decide other limits than the region around it.

use std::collections::BTreeMap;

use crate::notice::Limits;

/// Regional limits（地区时限）.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionalLimits {
    /// Where nothing else is decided.
    pub base: Limits,
    /// By region code, or by what the codes of a region's counties begin with.
    pub regions: BTreeMap<String, Limits>,
}

impl RegionalLimits {
    /// The limits in a region: the narrowest decision holds.
    pub fn of(&self, region: &str) -> Limits {
        let around = self.regions.iter().filter(|(code, _)| region.starts_with(code.as_str()));
        around.max_by_key(|(code, _)| code.len()).map_or(self.base, |(_, limits)| *limits)
    }
}

impl From<Limits> for RegionalLimits {
    fn from(base: Limits) -> Self {
        Self { base, regions: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_decision_holds() {
        let limits = |answer| Limits { answer, ..Limits::default() };
        let regions = BTreeMap::from([("9901".to_owned(), limits(5)), ("990102".to_owned(), limits(9))]);
        let regional = RegionalLimits { base: limits(7), regions };
        let answer = |region| regional.of(region).answer;
        assert_eq!((answer("990102"), answer("990101"), answer("9902"), answer("")), (9, 5, 7, 7));
    }
}
