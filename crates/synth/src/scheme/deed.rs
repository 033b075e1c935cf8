//! Deed: one item billed in a setting, as most limits are broken or kept. What differs between two plays of a scheme is said
//! here in words, and nothing else.

use claims::Day;

use super::Scene;
use crate::everyday::ADMITTED;
use crate::life::{Ward, buy};
use crate::place::Kind;
use crate::visit::{ONE, Visit};
use crate::world::at;

/// Where it is billed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    Clinic(Kind),
    Emergency(Kind),
    Shop,
    /// A stay of so many nights.
    Ward(Kind, i32),
}

/// How it is paid.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Paid {
    Fund,
    Own,
    Family,
    Unstated,
    Refunded,
}

/// What of it is too much.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    Whole,
    /// So many units of the last line.
    Units(i64),
    /// So many fen.
    Fen(i64),
    Nothing,
}

/// Deed（行为）.
#[derive(Clone, Copy)]
pub(super) struct Deed {
    item: &'static str,
    units: i64,
    setting: Setting,
    /// Which of the usual illnesses of a ward; by turns when it does not matter.
    illness: Option<usize>,
    diagnosis: Option<(&'static str, &'static str)>,
    main: bool,
    beside: &'static [&'static str],
    before: Option<(&'static str, i32)>,
    on: &'static [i32],
    lawful: usize,
    paid: Paid,
    worth: Worth,
    dept: &'static str,
    price: Option<i64>,
    operation: Option<&'static str>,
}

impl Deed {
    /// One unit on the first day, or on the second day of a stay, paid by the fund, wholly wrong.
    pub(super) const fn new(item: &'static str, setting: Setting) -> Self {
        let on: &'static [i32] = if matches!(setting, Setting::Ward(..)) { &[1] } else { &[0] };
        Self {
            item,
            units: 1,
            setting,
            illness: None,
            diagnosis: None,
            main: false,
            beside: &[],
            before: None,
            on,
            lawful: 0,
            paid: Paid::Fund,
            worth: Worth::Whole,
            dept: "",
            price: None,
            operation: None,
        }
    }

    pub(super) const fn units(mut self, units: i64) -> Self {
        self.units = units;
        self
    }

    pub(super) const fn illness(mut self, which: usize) -> Self {
        self.illness = Some(which);
        self
    }

    /// With a diagnosis beside the usual one.
    pub(super) const fn with(mut self, code: &'static str, name: &'static str) -> Self {
        self.diagnosis = Some((code, name));
        self
    }

    /// With a main diagnosis instead of the usual one.
    pub(super) const fn main(mut self, code: &'static str, name: &'static str) -> Self {
        self.main = true;
        self.with(code, name)
    }

    /// With other items on the same day and the same prescription.
    pub(super) const fn beside(mut self, items: &'static [&'static str]) -> Self {
        self.beside = items;
        self
    }

    /// After an outpatient visit with another item, so many days before.
    pub(super) const fn after(mut self, item: &'static str, days: i32) -> Self {
        self.before = Some((item, days));
        self
    }

    /// On these days, counted from the first; the first so many of them are lawful.
    pub(super) const fn on(mut self, days: &'static [i32], lawful: usize) -> Self {
        self.on = days;
        self.lawful = lawful;
        self
    }

    pub(super) const fn paid(mut self, paid: Paid) -> Self {
        self.paid = paid;
        self
    }

    pub(super) const fn worth(mut self, worth: Worth) -> Self {
        self.worth = worth;
        self
    }

    /// Ordered in a department.
    pub(super) const fn dept(mut self, dept: &'static str) -> Self {
        self.dept = dept;
        self
    }

    /// At a price of its own, in fen.
    pub(super) const fn price(mut self, price: i64) -> Self {
        self.price = Some(price);
        self
    }

    /// With an operation on record.
    pub(super) const fn operation(mut self, code: &'static str) -> Self {
        self.operation = Some(code);
        self
    }

    /// Does it and notes it.
    pub(super) fn play(self, scene: &mut Scene<'_>) -> Option<()> {
        let (visit, lines) = self.bill(scene)?;
        self.note(scene, visit, &lines)
    }

    /// Notes the lines that are not lawful.
    pub(super) fn note(self, scene: &mut Scene<'_>, mut visit: Visit, lines: &[u32]) -> Option<()> {
        let amount = match self.worth {
            Worth::Whole => Some(lines.iter().map(|sn| visit.line(*sn).amount).sum()),
            Worth::Units(units) => Some(visit.line(*lines.last()?).price * units),
            Worth::Fen(fen) => Some(fen),
            Worth::Nothing => None,
        };
        scene.note(visit, lines, amount);
        Some(())
    }

    /// Does it: the visit, not yet kept, and the lines that are not lawful.
    pub(super) fn bill(self, scene: &mut Scene<'_>) -> Option<(Visit, Vec<u32>)> {
        let place = match self.setting {
            Setting::Clinic(kind) | Setting::Emergency(kind) | Setting::Ward(kind, _) => scene.hospital(kind),
            Setting::Shop => scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county),
        };
        self.bill_at(scene, place)
    }

    /// Does it at a certain institution.
    pub(super) fn bill_at(self, scene: &mut Scene<'_>, place: usize) -> Option<(Visit, Vec<u32>)> {
        let mut begin = scene.day;
        if let Some((item, days)) = self.before {
            let mut earlier = scene.outpatient(place, 0);
            self.describe(&mut earlier);
            scene.bill_later(&mut earlier, item, 1700, 1)?;
            scene.year.keep(earlier);
            begin = begin.plus(days);
        }
        let mut visit = self.visit(scene, place, begin);
        self.describe(&mut visit);
        let item = scene.world.catalogue.named(self.item)?;
        let price = self.price.unwrap_or(scene.world.catalogue.items[item].price);
        let mut lines = Vec::new();
        for (turn, day) in self.on.iter().enumerate() {
            let when = if visit.is_stay() { at(begin.plus(*day), 14 * 60 + 5) } else { visit.begin.plus_seconds(1800) };
            let sn = visit.bill_at(&scene.world.catalogue, item, when, self.units * ONE, price);
            visit.line(sn).rx = 9;
            for other in self.beside {
                let beside = scene.bill(&mut visit, other, when, 1)?;
                visit.line(beside).rx = 9;
            }
            if turn >= self.lawful {
                self.pay(&mut visit, sn);
                lines.push(sn);
            }
        }
        Some((visit, lines))
    }

    fn visit(self, scene: &mut Scene<'_>, place: usize, begin: Day) -> Visit {
        match self.setting {
            Setting::Ward(_, days) => {
                let which = self.illness.unwrap_or(scene.turn) % ADMITTED.len();
                scene.mapped_stay(Ward { place, disease: &ADMITTED[which], begin, days })
            }
            Setting::Shop => buy(scene.world, scene.dice, scene.year, place, begin),
            Setting::Clinic(_) | Setting::Emergency(_) => {
                let after = begin.since(scene.day);
                let mut visit = scene.outpatient(place, after);
                if matches!(self.setting, Setting::Emergency(_)) {
                    (visit.med_type, visit.dept) = ("13", "A20");
                }
                visit
            }
        }
    }

    /// Diagnosis, department and operation.
    fn describe(self, visit: &mut Visit) {
        match self.diagnosis {
            Some(main) if self.main => visit.diags = vec![main],
            Some(beside) => visit.diags.push(beside),
            None => {}
        }
        if !self.dept.is_empty() {
            visit.dept = self.dept;
        }
        if let Some(code) = self.operation {
            let day = visit.begin.day().plus(1);
            super::operation::record(visit, code, at(day, 9 * 60), at(day, 11 * 60));
        }
    }

    fn pay(self, visit: &mut Visit, sn: u32) {
        match self.paid {
            Paid::Fund => {}
            Paid::Own => visit.self_paid(sn),
            Paid::Unstated => visit.line(sn).inscp = None,
            Paid::Family => visit.family_account = true,
            Paid::Refunded => drop(visit.refund(sn, self.units * ONE, 900)),
        }
    }
}
