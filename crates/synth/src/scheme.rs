//! Schemes: what is planted into single persons' years, with the truth set down by hand.
//!
//! A scheme bills what it bills and works out its own excess. It never asks a rule.

#![expect(clippy::unnecessary_wraps, reason = "all plays have one shape, whether or not they need an item of the knowledge")]

mod age;
mod antibiotic;
mod away;
pub(crate) mod beds;
mod bundle;
mod burst;
mod cash;
mod chain;
mod coding;
pub(crate) mod consent;
mod consumable;
mod copied;
mod course;
mod crowd;
mod deed;
mod dialysis;
mod drug;
mod duplicate;
mod frequent;
mod herb;
mod implant;
mod indication;
mod invoice;
mod liability;
mod licence;
mod newborn;
mod online;
mod operation;
mod ordered;
mod person;
mod prescription;
mod price;
pub(crate) mod procurement;
mod purchase;
pub(crate) mod rate;
mod record;
pub(crate) mod referral;
mod remote;
mod resale;
mod scene;
mod scope;
mod shuttle;
mod stay;
pub(crate) mod stock;
mod storeroom;
mod sums;
mod surgery;
mod thin;
pub(crate) mod till_price;
mod together;
mod trace;
mod unseen;
mod untested;
mod window;
mod workload;

use claims::Day;

pub(crate) use ordered::IN_CAPSULES;
pub(crate) use scene::Scene;
pub(crate) use surgery::PRICED;

use crate::Plant;
use crate::dice::Dice;
use crate::person::Who;
use crate::visit::{Mark, Year};
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
    /// How many persons it takes.
    pub(crate) size: usize,
    /// A group that finds no host before every single person has one: a small city has no room for all groups.
    pub(crate) late: bool,
    /// Written from the national text alone, by somebody who had not seen the rule: what the rule says of it is no tautology.
    pub(crate) unseen: bool,
    /// Plays it; `None` if the knowledge handed over has no item for it.
    pub(crate) play: fn(&mut Scene<'_>) -> Option<()>,
}

impl Scheme {
    /// Its name in the truth.
    pub(crate) fn name(&self) -> String {
        match self.role {
            Role::Near => format!("near-{}-{}", self.rule, self.variant),
            Role::Hidden => format!("{}-{}-hidden", self.rule, self.variant),
            Role::Hit if self.unseen => format!("{}-{}-unseen", self.rule, self.variant),
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
        age::SCHEMES,
        antibiotic::SCHEMES,
        away::SCHEMES,
        bundle::SCHEMES,
        cash::SCHEMES,
        chain::SCHEMES,
        coding::SCHEMES,
        consumable::SCHEMES,
        crowd::SCHEMES,
        dialysis::SCHEMES,
        frequent::SCHEMES,
        indication::SCHEMES,
        licence::SCHEMES,
        operation::SCHEMES,
        prescription::SCHEMES,
        record::SCHEMES,
        resale::SCHEMES,
        scope::SCHEMES,
        thin::SCHEMES,
        online::SCHEMES,
        sums::SCHEMES,
        storeroom::SCHEMES,
        implant::SCHEMES,
        untested::SCHEMES,
        invoice::SCHEMES,
        liability::SCHEMES,
        newborn::SCHEMES,
        till_price::SCHEMES,
        shuttle::SCHEMES,
        procurement::SCHEMES,
        consent::SCHEMES,
        together::SCHEMES,
        copied::SCHEMES,
        ordered::SCHEMES,
        purchase::SCHEMES,
        workload::SCHEMES,
        burst::SCHEMES,
        remote::SCHEMES,
        unseen::POLICY,
        unseen::MODELS,
        unseen::LIMITS,
        unseen::MEDICAL,
        unseen::MANAGEMENT,
        unseen::STAYS,
        unseen::PERSONS,
        unseen::RINGS,
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
    Scheme { rule, variant, role, who, days, size: 1, late: false, unseen: false, play }
}

/// A violation written without sight of the rule.
pub(crate) const fn unseen(
    rule: &'static str,
    variant: &'static str,
    who: Who,
    days: i32,
    play: fn(&mut Scene<'_>) -> Option<()>,
) -> Scheme {
    Scheme { unseen: true, ..scheme(rule, variant, Role::Hit, who, days, play) }
}

/// A scheme that so many persons take part in, on days of their own.
pub(crate) const fn group(
    size: usize,
    rule: &'static str,
    variant: &'static str,
    role: Role,
    days: i32,
    play: fn(&mut Scene<'_>) -> Option<()>,
) -> Scheme {
    Scheme { size, ..scheme(rule, variant, role, ADULT, days, play) }
}

/// A group that comes after everybody else.
pub(crate) const fn late_group(
    size: usize,
    rule: &'static str,
    variant: &'static str,
    role: Role,
    days: i32,
    play: fn(&mut Scene<'_>) -> Option<()>,
) -> Scheme {
    Scheme { late: true, ..group(size, rule, variant, role, days, play) }
}

/// From so many days on, a scheme stays within one calendar year: what is counted by the year must not straddle two.
const LONG: i32 = 70;

/// The first day of a scheme and a stream of chance that its members share, with quiet around it; `None` if the year is too
/// short.
pub(crate) fn make_room(
    world: &World,
    year: &mut Year,
    scheme: &Scheme,
    number: usize,
    subject: usize,
    dice: &mut Dice,
) -> Option<(Day, Dice)> {
    // A month of quiet, so that nothing else in the year bears on what is judged.
    let quiet = 33;
    let room = year.last().since(year.first) - scheme.days;
    let margin = if room > 2 * quiet { quiet + 1 } else { 2 };
    if room < 2 * margin {
        return None;
    }
    let mut shared = Dice::shared(world.seed, number, subject);
    let chance = if scheme.size > 1 { &mut shared } else { dice };
    let mut day = year.first.plus(chance.between(margin, room - margin));
    let last = day.plus(scheme.days);
    if scheme.days >= LONG && day.month()[..4] != last.month()[..4] {
        let over = last.month()[5..].parse::<i32>().unwrap_or(1) * 31;
        day = day.plus(-over).max(year.first.plus(2));
    }
    year.mark(day.plus(-quiet), day.plus(scheme.days + quiet), Mark::Blocked);
    Some((day, shared))
}

/// Anybody grown up.
pub(crate) const ADULT: Who = Who { sex: 0, age: Some((25, 60)), insutype: "" };
/// A man.
pub(crate) const MAN: Who = Who { sex: 1, age: Some((25, 60)), insutype: "" };
/// A woman.
pub(crate) const WOMAN: Who = Who { sex: 2, age: Some((25, 45)), insutype: "" };

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
