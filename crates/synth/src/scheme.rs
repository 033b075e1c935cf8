//! Schemes: what is planted into single persons' years, with the truth set down by hand.
//!
//! A scheme bills what it bills and works out its own excess. It never asks a rule.

mod course;
mod drug;
mod duplicate;
mod herb;
mod person;
mod price;
mod stay;
pub(crate) mod stock;
mod surgery;
mod trace;
mod window;

use claims::Day;

pub(crate) use surgery::PRICED;

use crate::Plant;
use crate::dice::Dice;
use crate::everyday::ACUTE;
use crate::life::{Ward, admit, clinic};
use crate::person::{Person, Who};
use crate::place::Kind;
use crate::special::Special;
use crate::truth::{Expect, Truth};
use crate::visit::{Visit, Year};
use crate::world::World;

/// How a scheme's subject should be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A violation, to be found.
    Hit,
    /// A violation that a data fault hides.
    Hidden,
    /// Lawful, at the edge.
    Near,
}

/// Scheme（植入方案）.
#[derive(Clone, Copy)]
pub(crate) struct Scheme {
    pub(crate) rule: &'static str,
    pub(crate) variant: &'static str,
    pub(crate) role: Role,
    pub(crate) who: Who,
    /// Days it needs from its first day on.
    pub(crate) days: i32,
    /// Plays it; `None` if the knowledge handed over has no item for it.
    pub(crate) play: fn(&mut Scene<'_>) -> Option<()>,
}

impl Scheme {
    /// Its name in the truth.
    pub(crate) fn name(&self) -> String {
        match self.role {
            Role::Near => format!("near-{}-{}", self.rule, self.variant),
            Role::Hidden => format!("{}-{}-hidden", self.rule, self.variant),
            Role::Hit => format!("{}-{}", self.rule, self.variant),
        }
    }

    fn is_wanted(&self, plant: &Plant) -> bool {
        match plant {
            Plant::All => true,
            Plant::None => self.role == Role::Near,
            Plant::Only(codes) => self.role == Role::Near || codes.iter().any(|code| code == self.rule),
        }
    }
}

/// All schemes that are wanted, in a fixed order.
pub(crate) fn wanted(plant: &Plant) -> Vec<Scheme> {
    let all = [
        drug::SCHEMES,
        herb::SCHEMES,
        course::SCHEMES,
        price::SCHEMES,
        duplicate::SCHEMES,
        window::SCHEMES,
        surgery::SCHEMES,
        stay::SCHEMES,
        person::SCHEMES,
        trace::SCHEMES,
    ];
    all.into_iter().flatten().filter(|scheme| scheme.is_wanted(plant)).copied().collect()
}

pub(crate) const fn scheme(
    rule: &'static str,
    variant: &'static str,
    role: Role,
    who: Who,
    days: i32,
    play: fn(&mut Scene<'_>) -> Option<()>,
) -> Scheme {
    Scheme { rule, variant, role, who, days, play }
}

/// Anybody grown up.
pub(crate) const ADULT: Who = Who { sex: 0, age: Some((25, 60)), insutype: "" };
/// A man.
pub(crate) const MAN: Who = Who { sex: 1, age: Some((25, 60)), insutype: "" };
/// A woman.
pub(crate) const WOMAN: Who = Who { sex: 2, age: Some((25, 45)), insutype: "" };

/// Scene（植入现场）: one person's year, for one scheme to play in.
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World,
    pub(crate) person: &'a mut Person,
    pub(crate) dice: &'a mut Dice,
    pub(crate) year: &'a mut Year,
    pub(crate) truth: &'a mut Vec<Truth>,
    pub(crate) scheme: &'a Scheme,
    /// First day kept free for it.
    pub(crate) day: Day,
    /// Which subject of this scheme it is.
    pub(crate) turn: usize,
}

impl Scene<'_> {
    /// The item whose turn it is.
    pub(crate) fn special<'s>(&self, all: &'s [Special]) -> Option<&'s Special> {
        if all.is_empty() { None } else { Some(&all[self.turn % all.len()]) }
    }

    /// The item of one sex whose turn it is.
    pub(crate) fn special_of<'s>(&self, all: &'s [Special], gender: i32) -> Option<&'s Special> {
        let of_sex: Vec<&Special> = all.iter().filter(|one| one.gender == gender).collect();
        if of_sex.is_empty() { None } else { Some(of_sex[self.turn % of_sex.len()]) }
    }

    /// A hospital of a kind.
    pub(crate) fn hospital(&mut self, kind: Kind) -> usize {
        self.world.hospital(self.dice, kind, self.person.county)
    }

    /// A lawful outpatient visit so many days on.
    pub(crate) fn outpatient(&mut self, place: usize, after: i32) -> Visit {
        // Complaints of either sex and of every age.
        let disease = &ACUTE[3 + self.turn % 6];
        clinic(self.world, self.dice, self.year, place, disease, self.day.plus(after))
    }

    /// A lawful stay.
    pub(crate) fn stay(&mut self, ward: Ward<'_>) -> Visit {
        admit(self.world, self.person, self.dice, self.year, ward)
    }

    /// Keeps a visit and notes that these lines of it are to be judged, worth so much.
    pub(crate) fn note(&mut self, visit: Visit, lines: &[u32], amount: Option<i64>) {
        let ids: Vec<String> = lines.iter().map(|sn| visit.line_id(*sn)).collect();
        self.note_ids(&visit, &ids, amount);
        self.year.keep(visit);
    }

    /// Notes what is to be judged about a visit that is kept elsewhere.
    pub(crate) fn note_ids(&mut self, visit: &Visit, ids: &[String], amount: Option<i64>) {
        let place = &self.world.places.institutions[visit.place].code;
        let subject = match ids.first() {
            Some(line) => format!("{place}|{}|{line}", visit.id),
            None => format!("{place}|{}", visit.id),
        };
        let hit = self.scheme.role == Role::Hit;
        self.truth.push(Truth {
            scheme: self.scheme.name(),
            rule_code: self.scheme.rule.to_owned(),
            subject,
            fixmedins_code: place.clone(),
            psn_no: self.person.number.clone(),
            mdtrt_id: visit.id.to_string(),
            line_ids: ids.join(";"),
            amount_fen: amount.filter(|_| hit),
            expect: if hit { Expect::Hit } else { Expect::Clear },
        });
    }

    /// Notes that the last note's subject breaks another rule as well.
    pub(crate) fn note_also(&mut self, rule: &str) {
        if let Some(last) = self.truth.last().cloned() {
            let scheme = last.scheme.replacen(&last.rule_code, rule, 1);
            self.truth.push(Truth { scheme, rule_code: rule.to_owned(), ..last });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The first rules, but the one about stock, whose subjects are institutions and not persons.
    const RULES: [&str; 27] = [
        "GZ10000301004000",
        "GZ10000302004000",
        "GZ10000301002000",
        "GZ10000101007000",
        "GZ10000302003000",
        "GZ10000101001000",
        "GZ10000101002000",
        "GZ10000101012000",
        "E25-013",
        "GZ10000101010000",
        "GZ10000102002000",
        "GZ10000102012000",
        "GZ10000102014000",
        "GZ10000102010000",
        "E25-031",
        "GZ10000102001000",
        "GZ10000101004000",
        "GZ10000201008000",
        "GZ10000204001000",
        "GZ10000204006000",
        "M004",
        "M005",
        "M007",
        "M010",
        "M020",
        "M021",
        "M024",
    ];

    #[test]
    fn every_rule_is_planted_and_nearly_broken_in_two_ways() {
        let mut hits = BTreeSet::new();
        let mut near: BTreeMap<&str, usize> = BTreeMap::new();
        for scheme in wanted(&Plant::All) {
            match scheme.role {
                Role::Hit => drop(hits.insert(scheme.rule)),
                Role::Near => *near.entry(scheme.rule).or_default() += 1,
                Role::Hidden => {}
            }
        }
        for rule in RULES {
            assert!(hits.contains(rule), "{rule} is not planted");
            assert!(near.get(rule).copied().unwrap_or(0) >= 2, "{rule} has too few near misses");
        }
    }

    #[test]
    fn names_are_unique() {
        let all = wanted(&Plant::All);
        let names: BTreeSet<String> = all.iter().map(Scheme::name).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn a_clean_city_has_near_misses_only() {
        assert!(wanted(&Plant::None).iter().all(|scheme| scheme.role == Role::Near));
        let some = wanted(&Plant::Only(vec!["M004".to_owned()]));
        assert!(some.iter().any(|scheme| scheme.role == Role::Hit));
        assert!(some.iter().all(|scheme| scheme.role == Role::Near || scheme.rule == "M004"));
    }
}
