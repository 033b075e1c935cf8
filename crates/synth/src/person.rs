//! Persons in households.

use claims::Day;

use crate::dice::Dice;
use crate::place::county_code;

/// Whom a scheme needs to play its part.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Who {
    /// 1 man, 2 woman, 0 either.
    pub(crate) sex: u8,
    /// Age in completed years at the start, both included; none: any.
    pub(crate) age: Option<(i32, i32)>,
    /// Scheme of insurance; empty: any.
    pub(crate) insutype: &'static str,
}

/// What is written where a sex or a birth date belongs, when it is not the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Register {
    /// As it is.
    Right,
    /// The field is empty.
    Missing,
    /// 9, or 1900-01-01.
    Default,
    /// The other sex.
    Wrong,
}

/// Where a death is on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeathNote {
    Person,
    RegisterOnly,
    Undated,
}

/// Person（参保人）.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) index: usize,
    pub(crate) number: String,
    pub(crate) county: usize,
    pub(crate) region: String,
    pub(crate) sex: u8,
    pub(crate) birth: Day,
    pub(crate) age: i32,
    pub(crate) insutype: &'static str,
    pub(crate) psn_type: &'static str,
    /// Unit through which the person is insured: an employer, a school, a village.
    pub(crate) unit: String,
    pub(crate) poor: bool,
    pub(crate) chronic: Option<usize>,
    pub(crate) sex_in_table: Register,
    pub(crate) sex_at_visit: Register,
    pub(crate) birth_note: Register,
    pub(crate) death: Option<(Day, DeathNote)>,
}

/// Share of each age band among adults' households and others, by last year of the band.
const ADULTS: [(i32, i32, usize); 5] = [(20, 29, 180), (30, 39, 240), (40, 49, 200), (50, 59, 220), (60, 88, 160)];

impl Person {
    /// The person of this index: households are three in a row, a couple and a child or an old parent.
    pub(crate) fn new(dice: &mut Dice, index: usize, counties: usize, start: Day, who: Option<Who>) -> Self {
        let household = index / 3;
        let county = household % counties;
        let (sex, age) = who.and_then(|who| wanted(dice, who)).unwrap_or_else(|| by_role(dice, index));
        let birth = start.plus(-age * 366 - dice.between(20, 340));
        let age = birth.years_until(start);
        let insured = who.map_or("", |who| who.insutype);
        let insutype = if insured.is_empty() { scheme(dice, age) } else { insured };
        let chronic = (age >= 40 && dice.chance(200 + 8 * usize::try_from(age - 40).unwrap_or(0))).then(|| dice.below(4));
        Self {
            index,
            number: format!("{}{:014}", county_code(county), index + 1),
            county,
            region: county_code(county),
            sex,
            birth,
            age,
            insutype,
            psn_type: psn_type(insutype, age),
            unit: unit(insutype, county, index),
            poor: dice.chance(30),
            chronic,
            sex_in_table: Register::Right,
            sex_at_visit: Register::Right,
            birth_note: Register::Right,
            death: None,
        }
    }

    /// Registers of a few are bad, as everywhere; nobody does anything wrong for that.
    pub(crate) fn blur(&mut self, dice: &mut Dice) {
        if dice.chance(3) {
            self.birth_note = Register::Default;
        }
        if dice.chance(2) {
            self.sex_in_table = Register::Default;
            self.sex_at_visit = Register::Default;
        }
    }
}

fn wanted(dice: &mut Dice, who: Who) -> Option<(u8, i32)> {
    let (low, high) = who.age?;
    let sex = if who.sex == 0 { 1 + u8::from(dice.chance(500)) } else { who.sex };
    Some((sex, dice.between(low, high)))
}

fn by_role(dice: &mut Dice, index: usize) -> (u8, i32) {
    if index % 3 < 2 {
        let mut left = dice.below(1000);
        for (low, high, share) in ADULTS {
            if left < share {
                return (1 + u8::from(index % 3 == 1), dice.between(low, high));
            }
            left -= share;
        }
    }
    let sex = 1 + u8::from(dice.chance(500));
    if dice.chance(620) { (sex, dice.between(0, 17)) } else { (sex, dice.between(62, 94)) }
}

fn scheme(dice: &mut Dice, age: i32) -> &'static str {
    let employee = match age {
        ..=21 => 0,
        22..=59 => 550,
        _ => 350,
    };
    if dice.chance(employee) { "310" } else { "390" }
}

fn psn_type(insutype: &str, age: i32) -> &'static str {
    match (insutype, age) {
        ("310", ..=59) => "1101",
        ("310", _) => "1201",
        (_, ..=5) => "1402",
        (_, 6..=17) => "1403",
        _ => "1501",
    }
}

/// Some forty persons in a row are of one unit.
fn unit(insutype: &str, county: usize, index: usize) -> String {
    let letter = if insutype == "310" { 'E' } else { 'V' };
    format!("{letter}{}{:06}", county_code(county), index / 120)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wanted_person_is_as_wanted() {
        let start = Day::ymd(2026, 2, 1).unwrap();
        for index in 0..200 {
            let who = Who { sex: 2, age: Some((20, 40)), insutype: "310" };
            let person = Person::new(&mut Dice::new(1, index), 7, 3, start, Some(who));
            assert_eq!((person.sex, person.insutype), (2, "310"));
            assert!((19..=42).contains(&person.age), "{}", person.age);
            assert_eq!(person.number.len(), 20);
        }
    }
}
