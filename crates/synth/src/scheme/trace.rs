//! Packs sold twice, by their trace codes.

use super::Role::{Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::life::{buy, trace_code};
use crate::place::Kind;
use crate::visit::{ONE, Scan};

const TRACE: &str = "M024";

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(TRACE, "sold-twice", Hit, ADULT, 12, |s| sell(s, Sale::Twice)),
    scheme(TRACE, "refunded-and-resold", Near, ADULT, 12, |s| sell(s, Sale::Resold)),
    scheme(TRACE, "opened-pack", Near, ADULT, 12, |s| sell(s, Sale::Opened)),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sale {
    Twice,
    Resold,
    Opened,
}

/// Two purchases of one drug at two pharmacies, with one code.
fn sell(scene: &mut Scene<'_>, sale: Sale) -> Option<()> {
    let item = scene.world.catalogue.named("枸橼酸铋钾片")?;
    // A pharmacy that scans nothing knows no pack.
    let scans = |place: &usize| scene.world.places.institutions[*place].has_scanner();
    let places: Vec<usize> = scene.world.places.all_of(Kind::Pharmacy).filter(scans).collect();
    let place = places[scene.turn % places.len()];
    // An opened pack stays where it is; a whole one may come back to any pharmacy.
    let other = if sale == Sale::Twice { places[(scene.turn + 1) % places.len()] } else { place };
    let mut first = buy(scene.world, scene.dice, scene.year, place, scene.day);
    let first_line = first.bill(&scene.world.catalogue, item, first.begin, ONE);
    if sale == Sale::Resold {
        // The whole purchase is refunded, and nothing billed in its stead but the other drugs.
        let valid = first.bill_anew(first.begin.plus_seconds(1800));
        let dropped = *valid.get(first_line as usize - 1)?;
        first.lines.retain(|line| line.sn != dropped);
    }
    let mut second = buy(scene.world, scene.dice, scene.year, other, scene.day.plus(8));
    let second_line = second.bill(&scene.world.catalogue, item, second.begin, ONE);
    let code = trace_code(item, first.id, 1);
    let opened = sale == Sale::Opened;
    let mut ids = vec![first.line_id(first_line), second.line_id(second_line)];
    ids.reverse();
    let amount = second.line(second_line).amount;
    let first_index = scene.year.keep(first);
    scene.note_ids(&second, &ids, Some(amount));
    if let Some(last) = scene.truth.last_mut() {
        last.subject.clone_from(&code);
    }
    let second_index = scene.year.keep(second);
    scene.year.scans.push(Scan { visit: first_index, sn: first_line, code: code.clone(), opened });
    scene.year.scans.push(Scan { visit: second_index, sn: second_line, code, opened });
    Some(())
}
