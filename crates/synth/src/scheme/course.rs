//! Courses of so many days, and items that may be used once in so many days.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::special::Special;
use crate::visit::ONE;
use crate::world::at;

const DRUG: &str = "GZ10000101010000";
const SERVICE: &str = "GZ10000102010000";
const PERIOD: &str = "E25-031";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(DRUG, "over-course", Hit, ADULT, 26, |s| drug(s, 3, Over::Paid)),
    scheme(DRUG, "a-week-over", Hit, ADULT, 30, |s| drug(s, 7, Over::Paid)),
    scheme(DRUG, "no-scope-amount", Hidden, ADULT, 26, |s| drug(s, 3, Over::NoScope)),
    scheme(DRUG, "exactly-course", Near, ADULT, 26, |s| drug(s, 0, Over::Paid)),
    scheme(DRUG, "rest-self-paid", Near, ADULT, 26, |s| drug(s, 3, Over::SelfPaid)),
    scheme(DRUG, "rest-refunded", Near, ADULT, 26, |s| drug(s, 2, Over::Refunded)),
    scheme(SERVICE, "over-course", Hit, ADULT, 46, |s| service(s, 2, Over::Paid)),
    scheme(SERVICE, "a-week-over", Hit, ADULT, 51, |s| service(s, 7, Over::Paid)),
    scheme(SERVICE, "no-scope-amount", Hidden, ADULT, 46, |s| service(s, 2, Over::NoScope)),
    scheme(SERVICE, "exactly-course", Near, ADULT, 46, |s| service(s, 0, Over::Paid)),
    scheme(SERVICE, "rest-self-paid", Near, ADULT, 46, |s| service(s, 2, Over::SelfPaid)),
    scheme(PERIOD, "too-soon", Hit, ADULT, 33, |s| period(s, -1, false, Over::Paid)),
    scheme(PERIOD, "elsewhere", Hit, ADULT, 33, |s| period(s, -2, true, Over::Paid)),
    scheme(PERIOD, "no-scope-amount", Hidden, ADULT, 33, |s| period(s, -1, false, Over::NoScope)),
    scheme(PERIOD, "exactly-period", Near, ADULT, 33, |s| period(s, 0, false, Over::Paid)),
    scheme(PERIOD, "self-paid", Near, ADULT, 33, |s| period(s, -1, false, Over::SelfPaid)),
    scheme(PERIOD, "first-refunded", Near, ADULT, 33, |s| period(s, -1, false, Over::Refunded)),
];

/// What is done with the use that is over the limit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Paid,
    SelfPaid,
    NoScope,
    Refunded,
}

fn drug(scene: &mut Scene<'_>, over: i32, how: Over) -> Option<()> {
    let special = scene.special(&scene.world.catalogue.specials.course_drugs)?.clone();
    daily(scene, &special, over, how)
}

fn service(scene: &mut Scene<'_>, over: i32, how: Over) -> Option<()> {
    let special = scene.special(&scene.world.catalogue.specials.course_services)?.clone();
    daily(scene, &special, over, how)
}

/// A stay with one unit of the item on so many days more than the course allows.
fn daily(scene: &mut Scene<'_>, special: &Special, over: i32, how: Over) -> Option<()> {
    let place = scene.hospital(Kind::Tertiary);
    let uses = special.days + over;
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let mut visit = scene.stay(Ward { place, disease, begin: scene.day, days: uses + 2 });
    let mut late = Vec::new();
    for day in 0..uses {
        let sn = visit.bill(&scene.world.catalogue, special.item, at(scene.day.plus(day), 13 * 60), ONE);
        if day >= special.days {
            late.push(sn);
        }
    }
    for sn in &late {
        match how {
            Over::Paid => {}
            Over::SelfPaid => visit.self_paid(*sn),
            Over::NoScope => visit.line(*sn).inscp = None,
            Over::Refunded => drop(visit.refund(*sn, ONE, 3600)),
        }
    }
    let amount = late.iter().map(|sn| visit.line(*sn).amount).sum();
    scene.note(visit, &late, Some(amount));
    Some(())
}

/// Two uses, the second so many days before, or after, the end of the first one's period.
fn period(scene: &mut Scene<'_>, shift: i32, elsewhere: bool, how: Over) -> Option<()> {
    let special = scene.special(&scene.world.catalogue.specials.period_services)?.clone();
    let place = scene.hospital(Kind::Secondary);
    let mut first = scene.outpatient(place, 0);
    let earlier = first.bill(&scene.world.catalogue, special.item, first.begin.plus_seconds(1800), ONE);
    if how == Over::Refunded {
        first.refund(earlier, ONE, 600);
    }
    let second_place = if elsewhere { scene.world.other_hospital(scene.dice, Kind::Secondary, place) } else { place };
    let mut second = scene.outpatient(second_place, special.days + shift);
    let sn = second.bill(&scene.world.catalogue, special.item, second.begin.plus_seconds(1800), ONE);
    match how {
        Over::SelfPaid => second.self_paid(sn),
        Over::NoScope => second.line(sn).inscp = None,
        Over::Paid | Over::Refunded => {}
    }
    let amount = second.line(sn).amount;
    scene.year.keep(first);
    scene.note(second, &[sn], Some(amount));
    Some(())
}
