//! Paper invoices claimed by hand: twice, by somebody else, or after they were made void.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, group, scheme};
use crate::papers::Desk;
use crate::place::Kind;
use crate::registers::Entry;
use crate::visit::{ONE, Visit};
use crate::world::at;

const INVOICE: &str = "M046";

pub(super) const SCHEMES: &[Scheme] = &[
    group(2, INVOICE, "settled-and-claimed-by-the-spouse", Hit, 40, spouse),
    scheme(INVOICE, "claimed-twice", Hit, ADULT, 70, |s| claimed(s, 60, 2, Some(("valid", 0)))),
    scheme(INVOICE, "void", Hit, ADULT, 20, |s| claimed(s, 0, 2, Some(("void", 0)))),
    scheme(INVOICE, "paid-in-full-elsewhere", Hit, ADULT, 20, |s| claimed(s, 0, 2, Some(("used", 100)))),
    scheme(INVOICE, "not-checked", Hidden, ADULT, 20, |s| claimed(s, 0, 2, None)),
    scheme(INVOICE, "valid", Near, ADULT, 20, |s| claimed(s, 0, 2, Some(("valid", 0)))),
    scheme(INVOICE, "rest-after-the-insurer", Near, ADULT, 70, |s| claimed(s, 45, 1, Some(("valid", 0)))),
    scheme(INVOICE, "half-paid-elsewhere", Near, ADULT, 20, |s| claimed(s, 0, 2, Some(("used", 50)))),
];

/// What an invoice is about, the same for whoever hands it in: so many boxes after a scan.
fn bill(scene: &mut Scene<'_>, place: usize, after: i32, boxes: i64, number: u64) -> Option<Visit> {
    let begin = at(scene.day.plus(after), 10 * 60 + 5);
    let mut visit = scene.year.visit(place, "11", begin, Some(begin.plus_seconds(5400)));
    visit.doctor = scene.world.doctor(scene.dice, place);
    visit.diags.push(("M25.500", "关节痛"));
    for (name, units) in [("磁共振平扫", 1), ("塞来昔布胶囊", boxes), ("碳酸钙D3片", boxes)] {
        let item = scene.world.catalogue.named(name)?;
        visit.bill(&scene.world.catalogue, item, begin.plus_seconds(1800), units * ONE);
    }
    visit.papers.invoice = number;
    Some(visit)
}

/// What became of it when the invoice was checked: its status, and how much of it was paid elsewhere, in hundredths.
fn register(scene: &mut Scene<'_>, visit: &Visit, (status, paid): (&str, i64)) {
    let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
    let mut columns = vec![("status", status.to_owned()), ("source", "财政电子票据".to_owned())];
    columns.push(("fixmedins_code", scene.world.places.institutions[visit.place].code.clone()));
    columns.push(("amount", yuan(visit.total())));
    if paid > 0 {
        columns.push(("claimed", yuan(visit.total() * paid / 100)));
    }
    scene.rows.push(Entry::new("invoice_register", &visit.papers.invoice.to_string(), columns));
}

/// Claimed at the centre; after so many days, if any, again, for so many boxes.
fn claimed(scene: &mut Scene<'_>, again: i32, boxes: i64, status: Option<(&str, i64)>) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let number = 37_000_000_000 + scene.person.index as u64;
    let mut visit = bill(scene, place, 0, 2, number)?;
    visit.papers.desk = Desk::Centre;
    if let Some(status) = status {
        register(scene, &visit, status);
    }
    if again > 0 {
        scene.year.keep(visit);
        visit = bill(scene, place, again, boxes, number)?;
        visit.papers.desk = Desk::Centre;
    }
    let amount = visit.total();
    scene.note(visit, &[], Some(amount));
    Some(())
}

/// Settled at the hospital's desk for one of a couple, and handed in at the centre for the other.
fn spouse(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Kind::Secondary)?;
    let number = 38_000_000_000 + scene.shared.below(1_000_000_000) as u64;
    if scene.member == 0 {
        let visit = bill(scene, place, 0, 3, number)?;
        register(scene, &visit, ("valid", 0));
        scene.year.keep(visit);
        return Some(());
    }
    let mut visit = bill(scene, place, 25, 3, number)?;
    visit.papers.desk = Desk::Centre;
    let amount = visit.total();
    scene.note(visit, &[], Some(amount));
    Some(())
}
