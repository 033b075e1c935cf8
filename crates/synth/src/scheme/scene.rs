//! What a scheme has to play with: one person's year, and the means to note what was done.

use claims::{Day, Moment};

use super::{Role, Scheme};
use crate::dice::Dice;
use crate::everyday::ACUTE;
use crate::life::{Ward, admit, clinic};
use crate::person::Person;
use crate::place::Kind;
use crate::registers::Entry;
use crate::special::Special;
use crate::truth::{Expect, Truth};
use crate::visit::{Mark, ONE, Visit, Year};
use crate::world::World;

/// Scene（植入现场）: one person's year, for one scheme to play in.
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World,
    pub(crate) person: &'a mut Person,
    pub(crate) dice: &'a mut Dice,
    pub(crate) year: &'a mut Year,
    pub(crate) truth: &'a mut Vec<Truth>,
    /// Rows of registers about the person, the visits, the doctors.
    pub(crate) rows: &'a mut Vec<Entry>,
    pub(crate) scheme: &'a Scheme,
    /// First day kept free for it.
    pub(crate) day: Day,
    /// Which subject of this scheme it is.
    pub(crate) turn: usize,
    /// Which of its members this person is.
    pub(crate) member: usize,
    /// Chance that all members share.
    pub(crate) shared: Dice,
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

    /// The last note is of another rule alone.
    pub(crate) fn note_instead(&mut self, rule: &str) {
        if let Some(last) = self.truth.last_mut() {
            last.scheme = last.scheme.replacen(&last.rule_code, rule, 1);
            rule.clone_into(&mut last.rule_code);
        }
    }

    /// Notes that the person as such is to be judged, over a year, a month or a day.
    pub(crate) fn note_person(&mut self) {
        let hit = self.scheme.role == Role::Hit;
        self.truth.push(Truth {
            scheme: self.scheme.name(),
            rule_code: self.scheme.rule.to_owned(),
            subject: self.person.number.clone(),
            fixmedins_code: String::new(),
            psn_no: self.person.number.clone(),
            mdtrt_id: String::new(),
            line_ids: String::new(),
            amount_fen: None,
            expect: if hit { Expect::Hit } else { Expect::Clear },
        });
    }

    /// Notes that other rules may fairly suspect the person for the same conduct: it is neither asked of them nor held against them.
    pub(crate) fn note_fair(&mut self, rules: &[&str]) {
        for rule in rules {
            self.note_person();
            if let Some(last) = self.truth.last_mut() {
                last.scheme = format!("trap-{rule}-{}", self.scheme.variant);
                (last.rule_code, last.expect) = ((*rule).to_owned(), Expect::Clear);
            }
        }
    }

    /// Notes that an institution as such is to be judged, over a year, or over the day or the period that `about` names.
    pub(crate) fn note_place(&mut self, place: usize, about: Option<&str>) {
        self.note_person();
        let code = &self.world.places.institutions[place].code;
        if let Some(last) = self.truth.last_mut() {
            last.subject = about.map_or_else(|| code.clone(), |about| format!("{code}|{about}"));
            last.fixmedins_code.clone_from(code);
            last.psn_no = String::new();
        }
    }

    /// The last note is about another rule than the scheme's own.
    pub(crate) fn rename_last(&mut self, rule: &str) {
        if let Some(last) = self.truth.last_mut() {
            last.scheme = last.scheme.replacen(&last.rule_code, rule, 1);
            rule.clone_into(&mut last.rule_code);
        }
    }

    /// What was noted last cannot be known from what the city delivers.
    pub(crate) fn hide_last(&mut self) {
        if let Some(last) = self.truth.last_mut().filter(|last| last.expect == Expect::Hit) {
            last.scheme.push_str("-hidden");
            (last.amount_fen, last.expect) = (None, Expect::Clear);
        }
    }

    /// Bills so many whole units of an item by its name.
    pub(crate) fn bill(&self, visit: &mut Visit, name: &str, at: Moment, units: i64) -> Option<u32> {
        let item = self.world.catalogue.named(name)?;
        Some(visit.bill(&self.world.catalogue, item, at, units * ONE))
    }

    /// Bills so many seconds after the visit's begin.
    pub(crate) fn bill_later(&self, visit: &mut Visit, name: &str, seconds: i64, units: i64) -> Option<u32> {
        let at = visit.begin.plus_seconds(seconds);
        self.bill(visit, name, at, units)
    }

    /// The price of an item by its name.
    pub(crate) fn price(&self, name: &str) -> i64 {
        self.world.catalogue.named(name).map_or(0, |item| self.world.catalogue.items[item].price)
    }

    /// A stay in which every item is mapped, so that what is missing from it is known to be missing.
    pub(crate) fn mapped_stay(&mut self, ward: Ward<'_>) -> Visit {
        let mut visit = self.stay(ward);
        let catalogue = &self.world.catalogue;
        visit.keep_lines(|line| !catalogue.items[line.item].code.is_empty());
        visit
    }

    /// One of the doctors of an institution to whom nobody else comes, chosen by a number, so that no two subjects share one.
    pub(crate) fn reserved(&self, place: usize, number: usize) -> usize {
        let (first, count) = self.world.places.institutions[place].reserved;
        // The first of them is the one who may not prescribe much.
        first + 1 + number % count.saturating_sub(1).max(1)
    }

    /// The institution whose turn it is among all of a kind, the same for every member of a group.
    pub(crate) fn by_turn(&self, kind: Kind) -> Option<usize> {
        let paid_by_item = |place: &usize| self.world.places.institutions[*place].clr_way == "01";
        let all: Vec<usize> = self.world.places.all_of(kind).filter(paid_by_item).collect();
        all.get(self.turn % all.len().max(1)).copied()
    }

    /// Sets the birth date so that the person turns this old so many days after the scene's day.
    pub(crate) fn turns(&mut self, years: i32, after: i32) {
        let turning = self.day.plus(after);
        let mut birth = turning.plus(-years * 365 - years / 4);
        while birth.years_until(turning) >= years {
            birth = birth.plus(1);
        }
        while birth.years_until(turning) < years {
            birth = birth.plus(-1);
        }
        self.person.birth = birth;
        // What else the year brings is for somebody of this age.
        self.person.age = birth.years_until(self.year.first);
    }

    /// Sets the birth date so many days before the scene's day; nothing happens to anybody before birth.
    pub(crate) fn born(&mut self, days_ago: i32) {
        self.person.birth = self.day.plus(-days_ago);
        (self.person.age, self.person.chronic) = (0, None);
        let (first, birth) = (self.year.first, self.person.birth);
        self.year.mark(first, birth, Mark::Blocked);
    }
}
