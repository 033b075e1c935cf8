//! Models: persons, packs, doctors and stays, in shapes that only the national text suggests.

use super::super::deed::Setting::{Clinic, Ward};
use super::super::deed::{Deed, Worth};
use super::super::{ADULT, Scene, Scheme, group, operation, unseen};
use super::opened;
use crate::everyday::{ADMITTED, RENAL};
use crate::life::{buy, clinic, trace_code};
use crate::person::{DeathNote, Who};
use crate::place::Kind::{Community, Pharmacy, Secondary, Tertiary};
use crate::registers::Entry;
use crate::scheme::Role::Hit;
use crate::visit::{Mark, ONE, Scan, Visit};
use crate::world::at;

const OLD: Who = Who { sex: 0, age: Some((70, 88)), insutype: "" };

pub(in crate::scheme) const SCHEMES: &[Scheme] = &[
    unseen("M004", "emergency-elsewhere", ADULT, 14, emergency_elsewhere),
    unseen("M005", "one-within-the-other", ADULT, 16, one_within_the_other),
    unseen("M007", "admitted", OLD, 30, admitted_after_death),
    unseen("M008", "aboard", ADULT, 60, aboard),
    unseen("M010", "two-days-of-three", ADULT, 14, two_days_of_three),
    unseen("M019", "prescription-to-the-pharmacy", ADULT, 12, prescription_to_the_pharmacy),
    unseen("M020", "two-shifts", ADULT, 8, two_shifts),
    unseen("M021", "consultations", ADULT, 10, consultations),
    Scheme { unseen: true, ..group(2, "M024", "two-customers", Hit, 12, two_customers) },
    unseen("M024", "three-times", ADULT, 40, three_times),
    unseen("M027", "two-centres", ADULT, 10, two_centres),
    unseen("M028", "pneumonia", ADULT, 7, |s| Deed::new("药物代谢基因型检测", Ward(Secondary, 5)).illness(0).play(s)),
    unseen("M033", "registration-expired", ADULT, 8, |s| gone(s, "expired")),
    unseen("M033", "dead", ADULT, 8, |s| gone(s, "dead")),
    unseen("M034", "oxygen-in-ward", ADULT, 7, |s| Deed::new("高压氧舱治疗", Ward(Secondary, 5)).on(&[1, 2], 0).play(s)),
    unseen("M036", "spleen-twice", ADULT, 65, |s| operation::twice(s, ("41.5x00", "41.5x00"), ("D73.900", "脾疾病"), 50)),
    unseen("M055", "culture-too-late", ADULT, 11, culture_too_late),
    unseen("M059", "drug-in-ward", ADULT, 8, |s| {
        Deed::new("瑞舒伐他汀钙片", Ward(Secondary, 6)).units(2).price(1300).worth(Worth::Fen(200)).play(s)
    }),
];

/// An emergency room in another hospital, on the third day of a stay.
fn emergency_elsewhere(scene: &mut Scene<'_>) -> Option<()> {
    let stay = opened(scene, Ward(Tertiary, 7));
    let other = scene.world.other_hospital(scene.dice, Secondary, stay.place);
    scene.year.keep(stay);
    let mut visit = scene.outpatient(other, 3);
    (visit.med_type, visit.dept) = ("13", "A20");
    let lines: Vec<u32> = visit.lines.iter().map(|line| line.sn).collect();
    scene.note(visit, &lines, None);
    Some(())
}

/// A stay of four nights in the midst of one of twelve.
fn one_within_the_other(scene: &mut Scene<'_>) -> Option<()> {
    let long = opened(scene, Ward(Secondary, 12));
    let place = scene.world.other_hospital(scene.dice, Tertiary, long.place);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let begin = scene.day.plus(4);
    let short = scene.mapped_stay(crate::life::Ward { place, disease, begin, days: 4 });
    scene.year.keep(long);
    let amount = short.total();
    scene.note(short, &[], Some(amount));
    Some(())
}

/// Admitted a week after death.
fn admitted_after_death(scene: &mut Scene<'_>) -> Option<()> {
    let died = scene.day;
    scene.person.death = Some((died, DeathNote::Person));
    let place = scene.hospital(Secondary);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let visit = scene.mapped_stay(crate::life::Ward { place, disease, begin: died.plus(7), days: 5 });
    let amount = visit.total();
    scene.note(visit, &[], Some(amount));
    let last = scene.year.last();
    scene.year.mark(died, last, Mark::Blocked);
    Some(())
}

/// At a community centre, while on board for two months.
fn aboard(scene: &mut Scene<'_>) -> Option<()> {
    let visit = opened(scene, Clinic(Community));
    let (begin, end) = (scene.day.plus(-20), scene.day.plus(40));
    let columns = vec![("status", "aboard".to_owned()), ("begin_day", begin.to_string()), ("end_day", end.to_string())];
    let number = scene.person.number.clone();
    scene.rows.push(Entry::new("person_status", &number, columns));
    let lines: Vec<u32> = visit.lines.iter().map(|line| line.sn).collect();
    let amount = visit.total();
    scene.note(visit, &lines, Some(amount));
    Some(())
}

/// Ten nights; something is done on every third day only, so that no three days in a row are empty.
fn two_days_of_three(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Secondary, 10));
    let basics = scene.world.catalogue.basics;
    let first = scene.day;
    visit.keep_lines(|line| {
        let day = line.at.day().since(first);
        let idle = (1..10).contains(&day) && day % 3 != 0;
        !idle || [basics.bed, basics.nursing, basics.consult].contains(&line.item)
    });
    let amount = visit.total();
    scene.note(visit, &[], Some(amount));
    Some(())
}

/// The hospital writes a prescription for its own patient, who fills it outside on the fourth day of the stay.
fn prescription_to_the_pharmacy(scene: &mut Scene<'_>) -> Option<()> {
    let stay = opened(scene, Ward(Secondary, 8));
    let doctor = stay.doctor;
    scene.year.keep(stay);
    let pharmacy = scene.world.place(scene.dice, Pharmacy, scene.person.county);
    let mut visit = buy(scene.world, scene.dice, scene.year, pharmacy, scene.day.plus(4));
    visit.doctor = doctor;
    visit.lines.iter_mut().for_each(|line| (line.rx, line.circulated) = (1, true));
    let lines: Vec<u32> = visit.lines.iter().map(|line| line.sn).collect();
    let amount = visit.total();
    scene.note(visit, &lines, Some(amount));
    Some(())
}

/// Fourteen hours by the early shift and fourteen by the late one, in one day.
fn two_shifts(scene: &mut Scene<'_>) -> Option<()> {
    const BOTH: i64 = 28;
    let item = scene.special(&scene.world.catalogue.specials.hour_services)?.item;
    let mut visit = opened(scene, Ward(Secondary, 6));
    let day = scene.day.plus(2);
    visit.bill(&scene.world.catalogue, item, at(day, 8 * 60), BOTH / 2 * ONE);
    let sn = visit.bill(&scene.world.catalogue, item, at(day, 20 * 60), BOTH / 2 * ONE);
    let excess = (BOTH - 24) * visit.line(sn).price;
    scene.note(visit, &[sn], Some(excess));
    scene.note_also("GZ10000102014000");
    Some(())
}

/// A second consultation on four of eight days.
fn consultations(scene: &mut Scene<'_>) -> Option<()> {
    if !scene.world.catalogue.specials.once_a_day {
        return None;
    }
    let mut visit = opened(scene, Ward(Secondary, 8));
    let consult = scene.world.catalogue.basics.consult;
    let lines: Vec<u32> =
        (3..7).map(|day| visit.bill(&scene.world.catalogue, consult, at(scene.day.plus(day), 23 * 60), ONE)).collect();
    let price = visit.line(lines[0]).price;
    // One day more than the nights is allowed in all, nothing more on any day.
    scene.note_ids(&visit, &lines.iter().map(|sn| visit.line_id(*sn)).collect::<Vec<_>>(), Some(price * 4));
    scene.rename_last("GZ10000102014000");
    scene.note(visit, &lines, Some(price * 3));
    Some(())
}

/// Pharmacies at which packs are scanned.
fn scanning(scene: &Scene<'_>) -> Vec<usize> {
    let places = &scene.world.places;
    places.all_of(Pharmacy).filter(|place| places.institutions[*place].has_scanner()).collect()
}

/// One pack, sold to two customers of two pharmacies; both must be known for either to be found.
fn two_customers(scene: &mut Scene<'_>) -> Option<()> {
    let item = scene.world.catalogue.named("多潘立酮片")?;
    let pharmacies = scanning(scene);
    let place = pharmacies[(scene.turn * 5 + scene.member) % pharmacies.len()];
    let after = i32::try_from(scene.member).unwrap_or(0) * 6;
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day.plus(after));
    let sn = visit.bill(&scene.world.catalogue, item, visit.begin, ONE);
    let number = u64::try_from(scene.shared.between(1, 900_000_000)).unwrap_or(1);
    let code = trace_code(item, number, 7);
    if scene.member == 0 {
        let index = scene.year.keep(visit);
        scene.year.scans.push(Scan { visit: index, sn, code, opened: false });
        return Some(());
    }
    sold(scene, visit, sn, code)
}

/// One pack, three times at one pharmacy.
fn three_times(scene: &mut Scene<'_>) -> Option<()> {
    let item = scene.world.catalogue.named("多潘立酮片")?;
    let pharmacies = scanning(scene);
    let place = pharmacies[(scene.turn * 7 + 2) % pharmacies.len()];
    let (mut code, mut earlier) = (String::new(), String::new());
    for turn in 0..3 {
        let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day.plus(turn * 12));
        let sn = visit.bill(&scene.world.catalogue, item, visit.begin, ONE);
        if turn == 0 {
            code = trace_code(item, visit.id, 1);
        }
        if turn == 2 {
            sold(scene, visit, sn, code.clone())?;
            // Two of the three sales are too many.
            let price = scene.price("多潘立酮片");
            if let Some(last) = scene.truth.last_mut() {
                last.amount_fen = Some(price * 2);
                last.line_ids.push_str(&earlier);
            }
        } else {
            earlier = format!("{earlier};{}", visit.line_id(sn));
            let index = scene.year.keep(visit);
            scene.year.scans.push(Scan { visit: index, sn, code: code.clone(), opened: false });
        }
    }
    Some(())
}

/// The last sale of a pack, noted under its code.
fn sold(scene: &mut Scene<'_>, mut visit: Visit, sn: u32, code: String) -> Option<()> {
    let amount = visit.line(sn).amount;
    let id = visit.line_id(sn);
    scene.note_ids(&visit, &[id], Some(amount));
    if let Some(last) = scene.truth.last_mut() {
        last.subject.clone_from(&code);
    }
    let index = scene.year.keep(visit);
    scene.year.scans.push(Scan { visit: index, sn, code, opened: false });
    Some(())
}

/// Three days a week, as it should be, and on the last of them at a second centre, too.
fn two_centres(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Secondary);
    let other = scene.world.other_hospital(scene.dice, Secondary, place);
    // 1970-01-01 was a Thursday.
    let monday = scene.day.plus(7 - (scene.day.0 + 3).rem_euclid(7));
    let mut last = None;
    for (place, day) in [(place, 0), (place, 2), (place, 4), (other, 4)] {
        let mut visit = clinic(scene.world, scene.dice, scene.year, place, &RENAL, monday.plus(day));
        (visit.med_type, visit.dise_no) = ("14", "M07800");
        // In the morning here, in the evening there.
        let begin = at(monday.plus(day), if place == other { 18 * 60 } else { 8 * 60 });
        (visit.begin, visit.end) = (begin, Some(begin.plus_seconds(4 * 3600)));
        visit.lines.iter_mut().for_each(|line| line.at = begin.plus_seconds(i64::from(line.sn) * 120));
        let sn = scene.bill_later(&mut visit, "血液透析", 1800, 1)?;
        if let Some((earlier, _)) = last.replace((visit, sn)) {
            scene.year.keep(earlier);
        }
    }
    let (visit, sn) = last?;
    let excess = scene.price("血液透析");
    scene.note(visit, &[sn], Some(excess));
    Some(())
}

/// A doctor who has been gone for three weeks.
fn gone(scene: &mut Scene<'_>, state: &str) -> Option<()> {
    let mut visit = opened(scene, Clinic(Secondary));
    visit.doctor = scene.reserved(visit.place, scene.person.index + 17);
    visit.lines.iter_mut().for_each(|line| line.nobody = false);
    let (begin, end) = (scene.day.plus(-21), scene.world.last);
    let columns = vec![("state", state.to_owned()), ("begin_day", begin.to_string())];
    let doctor = scene.world.places.doctors[visit.doctor].clone();
    scene.rows.push(Entry::new("doctor_status", &doctor, columns).between(begin, end));
    let lines: Vec<u32> = visit.lines.iter().map(|line| line.sn).collect();
    let amount = visit.total();
    scene.note(visit, &lines, Some(amount));
    Some(())
}

/// Four days of it, and a culture five days after the first.
fn culture_too_late(scene: &mut Scene<'_>) -> Option<()> {
    let deed = Deed::new("注射用美罗培南", Ward(Tertiary, 9)).units(2).on(&[1, 2, 3, 4], 1);
    let (mut visit, lines) = deed.bill(scene)?;
    scene.bill(&mut visit, "一般细菌培养及鉴定", at(scene.day.plus(6), 9 * 60), 1)?;
    deed.note(scene, visit, &lines)
}
