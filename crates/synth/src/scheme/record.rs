//! Settlement lists that contradict themselves, uploads that come days late, nursing above the order.

use super::Role::{Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::visit::{ONE, Order, in_scope};

const LIST: &str = "GZ10000201001000";
const LATE: &str = "GZ10000201007000";
const NURSING: &str = "M058";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(LIST, "three-days-more", Hit, ADULT, 9, |s| stated(s, 3, None)),
    scheme(LIST, "cause-as-main-diagnosis", Hit, ADULT, 9, |s| stated(s, 0, Some(("W01.900", "在同一平面上滑倒")))),
    scheme(LIST, "one-day-more", Near, ADULT, 9, |s| stated(s, 1, None)),
    scheme(LIST, "injury", Near, ADULT, 9, |s| stated(s, 0, Some(("S82.600", "外踝骨折")))),
    scheme(LATE, "two-days", Hit, ADULT, 9, |s| uploaded(s, 49, true)),
    scheme(LATE, "ten-days", Hit, ADULT, 2, |s| uploaded(s, 240, false)),
    scheme(LATE, "within-a-day", Near, ADULT, 9, |s| uploaded(s, 20, true)),
    scheme(NURSING, "three-days", Hit, ADULT, 10, |s| nursed(s, 3, false)),
    scheme(NURSING, "one-day", Hit, ADULT, 10, |s| nursed(s, 1, false)),
    scheme(NURSING, "ordered-later", Near, ADULT, 10, |s| nursed(s, 3, true)),
    scheme(NURSING, "as-ordered", Near, ADULT, 10, |s| nursed(s, 0, false)),
];

fn stay(scene: &mut Scene<'_>) -> crate::visit::Visit {
    let place = scene.hospital(Kind::Secondary);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    scene.mapped_stay(Ward { place, disease, begin: scene.day, days: 7 })
}

/// A stay that is said to be so many days longer, or to have another main diagnosis.
fn stated(scene: &mut Scene<'_>, more: i32, main: Option<(&'static str, &'static str)>) -> Option<()> {
    let mut visit = stay(scene);
    visit.more_days_stated = more;
    visit.diags.splice(0..0, main);
    scene.note(visit, &[], None);
    Some(())
}

fn uploaded(scene: &mut Scene<'_>, hours: i64, inpatient: bool) -> Option<()> {
    let mut visit = if inpatient {
        stay(scene)
    } else {
        let place = scene.hospital(Kind::Tertiary);
        scene.outpatient(place, 0)
    };
    visit.upload_hours = hours;
    scene.note(visit, &[], None);
    Some(())
}

/// Nursing of the second grade was ordered, the first was billed on so many days, and perhaps ordered for these days, too.
fn nursed(scene: &mut Scene<'_>, days: i32, ordered: bool) -> Option<()> {
    let basics = scene.world.catalogue.basics;
    let first_grade = scene.world.catalogue.named("Ⅰ级护理")?;
    let item = &scene.world.catalogue.items[first_grade];
    let mut visit = stay(scene);
    let (from, to) = (scene.day.plus(2), scene.day.plus(2 + days));
    let mut lines = Vec::new();
    let dearer = item.price - scene.world.catalogue.items[basics.nursing].price;
    for line in &mut visit.lines {
        if line.item == basics.nursing && line.at.day() >= from && line.at.day() < to {
            (line.item, line.price, line.amount) = (first_grade, item.price, item.price);
            line.inscp = Some(in_scope(item, item.price));
            lines.push(line.sn);
        }
    }
    let number = visit.id * 10;
    let begin = visit.begin;
    visit.orders.push(Order { number, item: basics.nursing, begin, end: None, cnt: ONE, unit: "" });
    if ordered {
        let end = Some(to.midnight().plus_seconds(-60));
        visit.orders.push(Order { number: number + 1, item: first_grade, begin: from.midnight(), end, cnt: ONE, unit: "" });
    }
    let amount = dearer * i64::from(days);
    scene.note(visit, &lines, (days > 0).then_some(amount));
    Some(())
}
