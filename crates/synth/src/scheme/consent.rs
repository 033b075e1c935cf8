//! What patients signed before they were billed for something that nobody pays for, and hospitals that never asked them.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::papers::Consent;
use crate::person::Person;
use crate::place::Kind;
use crate::registers::Entry;
use crate::visit::{Visit, Year};
use crate::world::{World, at};

const CONSENT: &str = "L000000-002";

const LENS: &str = "三焦点人工晶体";
const FILM: &str = "进口防粘连膜";
const SEDATION: &str = "无痛检查镇静服务";
const GEL: &str = "美容护肤凝胶";

/// From this amount on, hospitals have a visit's self-paid items signed for, in fen.
const WORTH_SIGNING: i64 = 10_000;

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(CONSENT, "last-visits-signature", Hit, ADULT, 3, |s| outpatient(s, SEDATION, 1, Consent::Missing)),
    scheme(CONSENT, "gel-never-signed", Hit, ADULT, 3, |s| outpatient(s, GEL, 4, Consent::Missing)),
    scheme(CONSENT, "signed-for-something-else", Hit, ADULT, 9, |s| {
        admitted(s, Kind::Secondary, &[FILM, LENS], Consent::Items("C0602"))
    }),
    scheme(CONSENT, "nothing-sent", Hidden, ADULT, 9, nothing_sent),
    scheme(CONSENT, "signed-on-admission", Near, ADULT, 9, |s| admitted(s, Kind::Tertiary, &[FILM, LENS], Consent::Whole)),
    scheme(CONSENT, "signed-for-the-lens", Near, ADULT, 9, |s| admitted(s, Kind::Tertiary, &[LENS], Consent::Items("C0602"))),
    scheme(CONSENT, "small-things", Near, ADULT, 3, |s| outpatient(s, GEL, 2, Consent::Missing)),
    scheme(CONSENT, "emergency", Near, ADULT, 3, emergency),
];

/// The consents that hospitals send of a person's year; those of no class send none at all.
pub(crate) fn sent(world: &World, person: &Person, year: &Year) -> Vec<Entry> {
    let sends = |visit: &&Visit| !matches!(world.places.institutions[visit.place].kind, Kind::Pharmacy | Kind::Unrated);
    let visits = year.visits.iter().filter(sends).filter(|visit| self_paid(visit) >= WORTH_SIGNING);
    visits
        .filter_map(|visit| {
            let items = match visit.papers.consent {
                Consent::Whole => "",
                Consent::Items(items) => items,
                Consent::Missing => return None,
            };
            let mut columns = vec![("mdtrt_id", visit.id.to_string()), ("signed_on", visit.begin.day().to_string())];
            columns.push(("items", items.to_owned()));
            Some(Entry::new("consent_record", &person.number, columns))
        })
        .collect()
}

/// What of a visit is wholly self-paid, in fen.
fn self_paid(visit: &Visit) -> i64 {
    visit.lines.iter().filter(|line| line.inscp == Some(0)).map(|line| line.amount).sum()
}

/// The scene's day, or the next one, so that it and the day after are of one month: hospitals send consents month by month.
fn day_before_another(scene: &Scene<'_>) -> claims::Day {
    if scene.day.month() == scene.day.plus(1).month() { scene.day } else { scene.day.plus(1) }
}

/// A visit for which the patient signs, and another at the same hospital on the next day.
fn outpatient(scene: &mut Scene<'_>, item: &str, units: i64, consent: Consent) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    scene.day = day_before_another(scene);
    let mut signed = scene.outpatient(place, 0);
    scene.bill_later(&mut signed, SEDATION, 2400, 1)?;
    scene.year.keep(signed);
    let mut visit = scene.outpatient(place, 1);
    scene.bill_later(&mut visit, item, 2400, units)?;
    visit.papers.consent = consent;
    scene.note(visit, &[], None);
    Some(())
}

/// A stay with things that nobody pays for.
fn admitted(scene: &mut Scene<'_>, kind: Kind, items: &[&str], consent: Consent) -> Option<()> {
    let place = scene.hospital(kind);
    let mut visit = scene.mapped_stay(Ward { place, disease: &ADMITTED[scene.turn % 4], begin: scene.day, days: 6 });
    let when = at(scene.day.plus(1), 10 * 60);
    for item in items {
        scene.bill(&mut visit, item, when, 1)?;
    }
    visit.papers.consent = consent;
    scene.note(visit, &[], None);
    Some(())
}

/// At a hospital that sends no consents, nobody knows who signed.
fn nothing_sent(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Kind::Unrated);
    let mut visit = scene.mapped_stay(Ward { place, disease: &ADMITTED[0], begin: scene.day, days: 6 });
    scene.bill(&mut visit, FILM, at(scene.day.plus(1), 10 * 60), 1)?;
    scene.year.keep(visit);
    scene.note_place(place, None);
    Some(())
}

/// In an emergency nobody waits for a signature.
fn emergency(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Kind::Tertiary);
    let mut visit = scene.outpatient(place, 0);
    (visit.med_type, visit.dept) = ("13", "A20");
    scene.bill_later(&mut visit, FILM, 2400, 1)?;
    visit.papers.consent = Consent::Missing;
    scene.note(visit, &[], None);
    Some(())
}
