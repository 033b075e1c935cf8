//! What all persons of a city share.

use claims::{Day, Moment};

use crate::catalogue::Catalogue;
use crate::everyday::Disease;
use crate::knowledge::Knowledge;
use crate::place::{Kind, Places};
use crate::{Config, dice::Dice};

/// World（城市）: days, items, places.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) first: Day,
    pub(crate) last: Day,
    pub(crate) seed: u64,
    /// From this day on one price is lower and one township centre is a hospital of the second level.
    pub(crate) changed_on: Day,
    pub(crate) catalogue: Catalogue,
    pub(crate) places: Places,
}

impl World {
    pub(crate) fn new(config: &Config, knowledge: &Knowledge) -> Self {
        let first = config.start.month_start();
        let last = months_later(first, config.months).plus(-1);
        let changed_on = first.plus(last.since(first) / 2).month_start().max(first.plus(1));
        let catalogue = Catalogue::new(knowledge, first, last, changed_on);
        let mut places = Places::new(config.seed, config.persons, changed_on);
        crate::scheme::rate::lean(&mut places, &config.plant, first, last);
        Self { first, last, seed: config.seed, changed_on, catalogue, places }
    }

    /// Days of the year.
    pub(crate) fn days(&self) -> usize {
        usize::try_from(self.last.since(self.first) + 1).unwrap_or(0)
    }

    /// An institution of a kind in or near a county.
    pub(crate) fn place(&self, dice: &mut Dice, kind: Kind, county: usize) -> usize {
        dice.pick(self.places.of(kind, county)).copied().unwrap_or(0)
    }

    /// A hospital whose stays are paid item by item.
    pub(crate) fn hospital(&self, dice: &mut Dice, kind: Kind, county: usize) -> usize {
        let by_item = |place: &&usize| self.places.institutions[**place].clr_way == "01";
        let near: Vec<usize> = self.places.of(kind, county).iter().filter(by_item).copied().collect();
        if let Some(place) = dice.pick(&near) {
            return *place;
        }
        let all: Vec<usize> = self.places.all_of(kind).filter(|place| by_item(&place)).collect();
        dice.pick(&all).copied().unwrap_or(0)
    }

    /// A hospital whose stays are paid item by item, other than one.
    pub(crate) fn other_hospital(&self, dice: &mut Dice, kind: Kind, than: usize) -> usize {
        let fits = |place: &usize| *place != than && self.places.institutions[*place].clr_way == "01";
        let all: Vec<usize> = self.places.all_of(kind).filter(fits).collect();
        dice.pick(&all).copied().unwrap_or(0)
    }

    /// A doctor of an institution.
    pub(crate) fn doctor(&self, dice: &mut Dice, place: usize) -> usize {
        let (first, count) = self.places.institutions[place].doctors;
        first + dice.below(count)
    }

    /// Items of these names that are in everyday use.
    pub(crate) fn items(&self, names: &[&str]) -> impl Iterator<Item = usize> {
        names.iter().filter_map(|name| self.catalogue.named(name))
    }

    /// Code and name of a disease.
    pub(crate) fn diagnosis(disease: &Disease) -> (&'static str, &'static str) {
        (disease.icd, disease.name)
    }
}

/// The first day of the month so many months later.
fn months_later(first: Day, months: u32) -> Day {
    (0..months).fold(first, |day, _| day.plus(31).month_start())
}

/// A moment of a day, by minutes since midnight.
pub(crate) fn at(day: Day, minute: i32) -> Moment {
    day.midnight().plus_seconds(i64::from(minute) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_calendar_months() {
        let first = Day::ymd(2026, 2, 1).unwrap();
        assert_eq!(months_later(first, 12), Day::ymd(2027, 2, 1).unwrap());
        assert_eq!(months_later(first, 1), Day::ymd(2026, 3, 1).unwrap());
    }
}
