//! Newborns with a bill of their own, whose care is on the mother's bill as well.

use super::Role::{Hidden, Hit, Near};
use super::{Scene, Scheme, WOMAN, scheme};
use crate::life::delivery;
use crate::place::Kind;
use crate::visit::{ONE, Visit};
use crate::world::at;

const BABY: &str = "M053";
/// Under one number, nursing of one child on two bills is also more than once a day.
const ONCE_A_DAY: &str = "GZ10000102014000";

/// A mother and her child, each with a number.
const fn pair(variant: &'static str, role: super::Role, play: fn(&mut Scene<'_>) -> Option<()>) -> Scheme {
    Scheme { size: 2, ..scheme(BABY, variant, role, WOMAN, 8, play) }
}

pub(super) const SCHEMES: &[Scheme] = &[
    pair("two-numbers", Hit, |s| born(s, 1, &[1, 2, 3, 4], Bill::Apart)),
    scheme(BABY, "mothers-number", Hit, WOMAN, 8, |s| {
        born(s, 1, &[2, 3], Bill::Under)?;
        s.note_also(ONCE_A_DAY);
        Some(())
    }),
    pair("babies-not-counted", Hidden, |s| born(s, 0, &[2, 3], Bill::Apart)),
    scheme(BABY, "before-its-own-bill", Near, WOMAN, 8, |s| born(s, 1, &[0, 1], Bill::Under)),
    scheme(BABY, "other-twin", Near, WOMAN, 8, |s| born(s, 2, &[1, 2, 3, 4], Bill::Under)),
    scheme(BABY, "given-back", Near, WOMAN, 8, |s| born(s, 1, &[2, 3], Bill::GivenBack)),
];

/// The child's bill, and what became of the mother's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bill {
    /// Of a number of its own.
    Apart,
    /// Under the mother's number.
    Under,
    /// Under the mother's number; her own bill was put right.
    GivenBack,
}

/// A birth, with newborn nursing on the mother's bill on some days, and on the child's from the day after birth.
fn born(scene: &mut Scene<'_>, babies: u8, on: &[i32], bill: Bill) -> Option<()> {
    let place = scene.by_turn(Kind::Maternity)?;
    let record = 70_000_000 + scene.shared.below(10_000_000) as u64;
    let mut child = if bill == Bill::Apart && scene.member == 0 { None } else { Some(child(scene, place, babies)) };
    if let Some(visit) = &mut child {
        visit.papers.record = record;
    }
    if bill == Bill::Apart && scene.member == 1 {
        register_child(scene);
        scene.year.keep(child?);
        return Some(());
    }
    let mut mother = delivery(scene.world, scene.person, scene.dice, scene.year, (place, scene.day, 5), babies.max(1));
    mother.babies = babies;
    mother.papers.record = record;
    let (mut lines, mut amount) = (Vec::new(), 0);
    let nursing = scene.world.catalogue.basics.newborn_nursing;
    for day in on {
        let sn = mother.bill(&scene.world.catalogue, nursing, at(scene.day.plus(*day), 15 * 60), share(babies, *day));
        if bill == Bill::GivenBack {
            mother.refund(sn, share(babies, *day), 7200);
        }
        // Only from the day after the child's bill was opened is it on two.
        if *day > 1 {
            lines.push(sn);
            amount += mother.line(sn).amount;
        }
    }
    if let Some(visit) = child {
        scene.year.keep(visit);
    }
    scene.note(mother, &lines, Some(amount));
    Some(())
}

/// On the day the child's bill is opened, one child has half a day's nursing on either.
fn share(babies: u8, day: i32) -> i64 {
    if day == 1 && babies < 2 { ONE / 2 } else { ONE }
}

/// The child's stay from the day after birth to the mother's discharge.
fn child(scene: &mut Scene<'_>, place: usize, babies: u8) -> Visit {
    let begin = at(scene.day.plus(1), 9 * 60);
    let mut visit = scene.year.visit(place, "21", begin, Some(at(scene.day.plus(5), 10 * 60)));
    visit.doctor = scene.world.doctor(scene.dice, place);
    visit.dept = "A07";
    visit.diags.push(("P59.900", "新生儿黄疸"));
    visit.papers.newborn = true;
    let catalogue = &scene.world.catalogue;
    for day in 1..5 {
        let when = at(scene.day.plus(day), 14 * 60);
        visit.bill(catalogue, catalogue.basics.newborn_nursing, when, share(babies, day));
        visit.bill(catalogue, catalogue.basics.consult, when, ONE);
        for item in scene.world.items(&["血清总胆红素测定", "血清直接胆红素测定"]) {
            visit.bill(catalogue, item, at(scene.day.plus(day), 10 * 60), ONE);
        }
    }
    visit
}

/// The second of a pair is the child, born on the first day and insured as children are.
fn register_child(scene: &mut Scene<'_>) {
    scene.born(0);
    (scene.person.insutype, scene.person.psn_type) = ("390", "1402");
}
