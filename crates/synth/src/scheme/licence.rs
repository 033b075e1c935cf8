//! Doctors who were not there, hospitals without the licence or the agreement, departments that may not, prices above purchase.

use super::Role::{Hidden, Hit, Near};
use super::deed::Setting::{Clinic, Emergency, Ward};
use super::deed::{Deed, Paid, Worth};
use super::{ADULT, Scene, Scheme, scheme};
use crate::place::Kind::{Secondary, Suspended, Tertiary};
use crate::registers::Entry;

const ABSENT: &str = "M033";
const LICENCE: &str = "M034";
const SUSPENDED: &str = "M048";
const MARK_UP: &str = "M059";
const DEPARTMENT: &str = "GZ10000102008000";

const EMBOLISATION: Deed = Deed::new("肝动脉栓塞介入治疗", Ward(Secondary, 5));
const OXYGEN: Deed = Deed::new("高压氧舱治疗", Clinic(Secondary)).units(2);
const EYE: Deed = Deed::new("眼底荧光血管造影", Clinic(Secondary));
const LUNGS: Deed = Deed::new("小儿肺功能检查", Ward(Tertiary, 5)).units(2);
const STATIN: Deed = Deed::new("瑞舒伐他汀钙片", Clinic(Secondary)).units(3).price(1500).worth(Worth::Fen(900));
const SCREW: Deed = Deed::new("椎弓根钉", Clinic(Tertiary)).units(2).price(132_000).worth(Worth::Fen(24_000));

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(ABSENT, "in-hospital-oneself", Hit, ADULT, 8, |s| absent(s, "inpatient", (-2, 2))),
    scheme(ABSENT, "licence-suspended", Hit, ADULT, 8, |s| absent(s, "suspended", (-4, 9))),
    scheme(ABSENT, "day-of-admission", Near, ADULT, 8, |s| absent(s, "inpatient", (0, 4))),
    scheme(ABSENT, "on-leave", Near, ADULT, 8, |s| absent(s, "leave", (-2, 2))),
    scheme(LICENCE, "no-intervention", Hit, ADULT, 7, |s| EMBOLISATION.play(s)),
    scheme(LICENCE, "no-oxygen", Hit, ADULT, 1, |s| OXYGEN.play(s)),
    scheme(LICENCE, "licensed", Near, ADULT, 7, |s| Deed::new("肝动脉栓塞介入治疗", Ward(Tertiary, 5)).play(s)),
    scheme(LICENCE, "refunded", Near, ADULT, 1, |s| OXYGEN.paid(Paid::Refunded).play(s)),
    scheme(SUSPENDED, "after", Hit, ADULT, 1, |s| suspended(s, 3, Clinic(Suspended))),
    scheme(SUSPENDED, "first-day", Hit, ADULT, 8, |s| suspended(s, 0, Ward(Suspended, 5))),
    scheme(SUSPENDED, "day-before", Near, ADULT, 1, |s| suspended(s, -1, Clinic(Suspended))),
    scheme(SUSPENDED, "emergency", Near, ADULT, 1, |s| suspended(s, 4, Emergency(Suspended))),
    scheme(MARK_UP, "drug", Hit, ADULT, 1, |s| STATIN.play(s)),
    scheme(MARK_UP, "consumable", Hit, ADULT, 1, |s| SCREW.play(s)),
    scheme(MARK_UP, "other-unit", Hidden, ADULT, 1, |s| STATIN.price(12_000).play(s)),
    scheme(MARK_UP, "at-purchase-price", Near, ADULT, 1, |s| STATIN.price(1200).play(s)),
    scheme(MARK_UP, "within-tolerance", Near, ADULT, 1, |s| STATIN.units(2).price(1201).play(s)),
    scheme(DEPARTMENT, "internal", Hit, ADULT, 1, |s| EYE.play(s)),
    scheme(DEPARTMENT, "grown-up-ward", Hit, ADULT, 7, |s| LUNGS.play(s)),
    scheme(DEPARTMENT, "no-scope-amount", Hidden, ADULT, 1, |s| EYE.paid(Paid::Unstated).play(s)),
    scheme(DEPARTMENT, "eyes", Near, ADULT, 1, |s| EYE.dept("A10").play(s)),
    scheme(DEPARTMENT, "children", Near, ADULT, 7, |s| LUNGS.dept("A07").play(s)),
];

/// A doctor of whom a state is registered from and to so many days from the visit.
fn absent(scene: &mut Scene<'_>, state: &str, (from, to): (i32, i32)) -> Option<()> {
    let place = scene.hospital(if scene.turn.is_multiple_of(2) { Secondary } else { Tertiary });
    let mut visit = scene.outpatient(place, 0);
    visit.doctor = scene.reserved(place, scene.person.index);
    visit.lines.iter_mut().for_each(|line| line.nobody = false);
    let (begin, end) = (scene.day.plus(from), scene.day.plus(to));
    let columns = vec![("state", state.to_owned()), ("begin_day", begin.to_string()), ("end_day", end.to_string())];
    let doctor = scene.world.places.doctors[visit.doctor].clone();
    scene.rows.push(Entry::new("doctor_status", &doctor, columns).between(begin, end));
    let lines: Vec<u32> = visit.lines.iter().map(|line| line.sn).collect();
    let amount = visit.total();
    scene.note(visit, &lines, Some(amount));
    Some(())
}

/// At the hospital whose agreement is suspended, so many days from that day.
fn suspended(scene: &mut Scene<'_>, after: i32, setting: super::deed::Setting) -> Option<()> {
    let place = scene.world.places.all_of(Suspended).next()?;
    let spread = i32::try_from(scene.turn % 9).unwrap_or(0) * after.signum();
    let day = scene.world.changed_on.plus(after + spread);
    if day < scene.world.first || day.plus(8) > scene.world.last {
        return None;
    }
    scene.day = day;
    scene.year.mark(day, day.plus(8), crate::visit::Mark::Blocked);
    let (mut visit, _) = Deed::new("常规心电图检查", setting).bill_at(scene, place)?;
    // What the fund does not touch is nobody's business here.
    let lines: Vec<u32> = visit.lines.iter().filter(|line| line.inscp != Some(0) && line.cnt > 0).map(|line| line.sn).collect();
    let back: i64 = visit.lines.iter().filter(|line| line.init > 0).map(|line| line.amount).sum();
    let amount = lines.iter().map(|sn| visit.line(*sn).amount).sum::<i64>() + back;
    scene.note(visit, &lines, Some(amount));
    Some(())
}
