//! Models of several persons together, in shapes that only the national text suggests.

use super::super::deed::Setting::Shop;
use super::super::{Scene, Scheme, WOMAN, group, operation};
use super::management::quarter_of;
use super::opened;
use crate::everyday::ADMITTED;
use crate::life::{Ward as Bed, buy, trace_code};
use crate::place::Kind::{Community, Maternity, Pharmacy, Secondary, Tcm, Tertiary};
use crate::registers::Entry;
use crate::scheme::Role::Hit;
use crate::visit::{Mark, ONE, Scan, Visit};
use crate::world::at;

const fn ring(
    size: usize,
    rule: &'static str,
    variant: &'static str,
    days: i32,
    play: fn(&mut Scene<'_>) -> Option<()>,
) -> Scheme {
    Scheme { unseen: true, ..group(size, rule, variant, Hit, days, play) }
}

pub(in crate::scheme) const SCHEMES: &[Scheme] = &[
    ring(2, "M035", "two-hospitals-at-once", 9, two_hospitals_at_once),
    ring(5, "M049", "dearer-by-card", 12, dearer_by_card),
    ring(8, "M052", "one-therapist-twelve-hours", 1, one_therapist),
    ring(9, "M040", "night-counter", 62, night_counter),
    ring(6, "M040", "counter-and-clinic", 62, counter_and_clinic),
    ring(10, "M038", "six-nights", 28, six_nights),
    ring(6, "M002", "four-mornings", 64, four_mornings),
    ring(7, "M001", "one-village", 9, one_village),
    ring(12, "M015", "there-and-back", 30, there_and_back),
    ring(2, "M030", "one-image-two-patients", 8, one_image),
    ring(9, "M031", "nine-long-recordings", 1, nine_long_recordings),
    ring(7, "M032", "operating-round-the-clock", 8, round_the_clock),
    Scheme { who: WOMAN, ..ring(12, "M012", "twelve-in-eight-beds", 20, twelve_in_eight) },
    ring(12, "M025", "one-scan-a-bill", 24, one_scan_a_bill),
    ring(16, "M041", "patients-of-four-provinces", 80, four_provinces),
];

fn is_last(scene: &Scene<'_>) -> bool {
    scene.member + 1 == scene.scheme.size
}

fn member(scene: &Scene<'_>) -> i32 {
    i32::try_from(scene.member).unwrap_or(0)
}

/// The whole group is noted with its last member: an institution, on a day.
fn note_day(scene: &mut Scene<'_>, place: usize) {
    if is_last(scene) {
        let day = scene.day.to_string();
        scene.note_place(place, Some(&day));
    }
}

fn moved(visit: &mut Visit, begin: claims::Moment) {
    (visit.begin, visit.end) = (begin, Some(begin.plus_seconds(600)));
    visit.lines.iter_mut().for_each(|line| line.at = begin.plus_seconds(i64::from(line.sn) * 20));
}

/// A stay with an operation on its third day, from one minute to another.
fn operated(scene: &mut Scene<'_>, place: usize, (from, to): (i32, i32)) -> Visit {
    let mut visit = scene.mapped_stay(Bed { place, disease: &ADMITTED[5], begin: scene.day, days: 7 });
    visit.dept = "A04";
    visit.diags = vec![("K40.900", "单侧腹股沟疝")];
    let day = scene.day.plus(2);
    operation::record(&mut visit, "53.0000", at(day, from), at(day, to));
    visit
}

/// One surgeon at two hospitals, an hour of it at both.
fn two_hospitals_at_once(scene: &mut Scene<'_>) -> Option<()> {
    let (first, second) = (scene.by_turn(Secondary)?, scene.by_turn(Tertiary)?);
    let surgeon = scene.reserved(first, scene.turn + 5);
    let (place, times) = if scene.member == 0 { (first, (540, 660)) } else { (second, (600, 720)) };
    let mut visit = operated(scene, place, times);
    visit.doctor = surgeon;
    if is_last(scene) {
        scene.note(visit, &[], None);
    } else {
        scene.year.keep(visit);
    }
    Some(())
}

/// Eye drops for twenty yuan in cash and for twenty-eight by card, to five customers of one pharmacy.
fn dearer_by_card(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Pharmacy)?;
    let item = scene.world.catalogue.named("玻璃酸钠滴眼液")?;
    let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day.plus(member(scene) * 2));
    visit.bill_at(&scene.world.catalogue, item, visit.begin, 2 * ONE, 2800);
    scene.year.keep(visit);
    if is_last(scene) {
        let columns =
            vec![("fixmedins_code", scene.world.places.institutions[place].code.clone()), ("cash_price", "20.00".to_owned())];
        scene.rows.push(Entry::new("price_reports", &scene.world.catalogue.items[item].code, columns));
        scene.note_place(place, None);
    }
    Some(())
}

/// One therapist of a community centre, billed to eight people for an hour and a half each on one day.
fn one_therapist(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Community)?;
    let mut visit = scene.outpatient(place, 0);
    moved(&mut visit, at(scene.day, 8 * 60 + member(scene) * 60));
    let item = if scene.member.is_multiple_of(2) { "言语训练" } else { "作业疗法" };
    scene.bill_later(&mut visit, item, 300, 3)?;
    scene.year.keep(visit);
    note_day(scene, place);
    Some(())
}

/// Nine people with the same two drugs that sell well, three times, each time within a quarter of an hour after nine in the
/// evening, on the prescriptions of one doctor.
fn night_counter(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Secondary)?;
    let doctor = scene.reserved(place, scene.turn + 11);
    for time in 0..3 {
        let mut visit = scene.outpatient(place, time * 30);
        visit.doctor = doctor;
        visit.keep_lines(|_| false);
        scene.bill_later(&mut visit, "恩替卡韦片", 60, 3)?;
        scene.bill_later(&mut visit, "银杏酮酯滴丸", 60, 3)?;
        moved(&mut visit, at(scene.day.plus(time * 30), 21 * 60 + member(scene)));
        visit.lines.iter_mut().for_each(|line| line.nobody = false);
        scene.year.keep(visit);
    }
    // Some of these doctors are those whose registration runs out.
    scene.note_fair(&["M002", "M033", "M039"]);
    if is_last(scene) {
        scene.note_place(place, None);
    }
    Some(())
}

/// Six people at a clinic and, the next time, at a pharmacy, always within a quarter of an hour.
fn counter_and_clinic(scene: &mut Scene<'_>) -> Option<()> {
    let (clinic, pharmacy) = (scene.by_turn(Community)?, scene.by_turn(Pharmacy)?);
    for time in 0..4 {
        let day = scene.day.plus(time * 20);
        let mut visit = if time % 2 == 0 {
            scene.outpatient(clinic, time * 20)
        } else {
            buy(scene.world, scene.dice, scene.year, pharmacy, day)
        };
        scene.bill_later(&mut visit, "恩替卡韦片", 60, 3)?;
        moved(&mut visit, at(day, 12 * 60 + member(scene) * 2));
        scene.year.keep(visit);
    }
    scene.note_fair(&["M002", "M039"]);
    if is_last(scene) {
        scene.note_person();
    }
    Some(())
}

/// Ten cards within five minutes after eleven at night, for the same amount, on six nights of a month.
fn six_nights(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Pharmacy)?;
    let first = scene.day.month_start();
    for night in [3, 7, 11, 16, 20, 25] {
        let mut visit = buy(scene.world, scene.dice, scene.year, place, first.plus(night));
        visit.keep_lines(|_| false);
        scene.bill_later(&mut visit, "六味地黄丸", 0, 6)?;
        let begin = at(first.plus(night), 23 * 60 + 5).plus_seconds(i64::from(member(scene)) * 31);
        (visit.begin, visit.end) = (begin, Some(begin));
        visit.lines.iter_mut().for_each(|line| line.at = begin);
        scene.year.keep(visit);
    }
    scene.note_fair(&["M002"]);
    if is_last(scene) {
        scene.note_place(place, Some(&first.month()));
    }
    Some(())
}

/// Six people who come within ten minutes of each other, on four mornings of two months, for different complaints.
fn four_mornings(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Tcm)?;
    for morning in [0, 17, 38, 62] {
        let mut visit = scene.outpatient(place, morning);
        moved(&mut visit, at(scene.day.plus(morning), 8 * 60 + 20 + member(scene) * 2));
        if scene.member % 2 == 1 {
            visit.diags = vec![("M25.500", "关节痛")];
        }
        scene.year.keep(visit);
    }
    if is_last(scene) {
        scene.note_person();
    }
    Some(())
}

/// Seven neighbours of one village, admitted within a day and discharged within a day, for pain in the back.
fn one_village(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Secondary)?;
    scene.person.unit = format!("V{}9{:05}", scene.world.places.institutions[place].region, scene.turn);
    let begin = scene.day.plus(member(scene) % 2);
    let days = 7 - member(scene) % 2;
    let visit = scene.mapped_stay(Bed { place, disease: &ADMITTED[5], begin, days });
    scene.year.keep(visit);
    note_day(scene, place);
    Some(())
}

/// Twelve patients of a county hospital, each sent to a larger one for three nights and taken back on the day of discharge.
fn there_and_back(scene: &mut Scene<'_>) -> Option<()> {
    let (small, large) = (scene.by_turn(Secondary)?, scene.by_turn(Tertiary)?);
    let start = scene.day.plus(member(scene));
    let disease = &ADMITTED[(scene.turn + scene.member) % ADMITTED.len()];
    for (place, after, days) in [(small, 0, 5), (large, 5, 3), (small, 8, 5)] {
        let visit = scene.mapped_stay(Bed { place, disease, begin: start.plus(after), days });
        scene.year.keep(visit);
    }
    scene.note_fair(&["M014", "GZ10000204001000"]);
    if is_last(scene) {
        scene.note_place(small, None);
    }
    Some(())
}

/// One image in the records of two patients.
fn one_image(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Secondary)?;
    let visit = scene.mapped_stay(Bed { place, disease: &ADMITTED[0], begin: scene.day.plus(member(scene)), days: 6 });
    let columns = vec![
        ("b_mdtrt", visit.id.to_string()),
        ("kind", "image".to_owned()),
        ("score", "1.00".to_owned()),
        ("features", "1".to_owned()),
    ];
    scene.rows.push(Entry::new("doc_similarity", &format!("one-image-{}", scene.turn), columns));
    if is_last(scene) {
        scene.note(visit, &[], None);
    } else {
        scene.year.keep(visit);
    }
    Some(())
}

/// Nine recordings of four hours on two devices in one day, of people in bed.
fn nine_long_recordings(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Secondary)?;
    let mut visit = scene.mapped_stay(Bed { place, disease: &ADMITTED[2], begin: scene.day.plus(-2), days: 5 });
    scene.bill(&mut visit, "视频脑电监测", at(scene.day, 16 * 60 + member(scene) * 10), 1)?;
    scene.year.keep(visit);
    note_day(scene, place);
    Some(())
}

/// Seven operations of two and a half hours, one after the other, by one surgeon.
fn round_the_clock(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Tertiary)?;
    let surgeon = scene.reserved(place, scene.turn + 7);
    let from = 5 * 60 + member(scene) * 155;
    let mut visit = operated(scene, place, (from, from + 150));
    visit.doctor = surgeon;
    scene.year.keep(visit);
    if is_last(scene) {
        let day = scene.day.plus(2).to_string();
        scene.note_place(place, Some(&day));
    }
    Some(())
}

/// Twelve customers of one pharmacy, each with four bills of six lines or so, on each of which a single pack was scanned.
fn one_scan_a_bill(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.by_turn(Pharmacy)?;
    let first = scene.day.month_start();
    for time in 0..4 {
        scene.day = first.plus(2 + member(scene) + time * 4);
        let mut visit = opened(scene, Shop);
        visit.place = place;
        visit.doctor = scene.world.places.institutions[place].doctors.0;
        for name in ["甲钴胺片", "多潘立酮片", "非布司他片", "氨糖软骨素片"] {
            scene.bill_later(&mut visit, name, 0, 2)?;
        }
        let code = trace_code(visit.lines[0].item, visit.id, 10);
        let index = scene.year.keep(visit);
        scene.year.scans.push(Scan { visit: index, sn: 1, code, opened: false });
    }
    if is_last(scene) {
        let month = first.month();
        scene.note_place(place, Some(&month));
    }
    Some(())
}

/// Sixteen people who are insured in four other provinces, each with eight prescriptions of a quarter: one doctor writes all of
/// them, and one pharmacy fills all of them.
fn four_provinces(scene: &mut Scene<'_>) -> Option<()> {
    let places = &scene.world.places;
    let county = scene.turn % places.counties;
    let (hospital, pharmacy) = (*places.of(Tertiary, county).first()?, *places.of(Pharmacy, county).last()?);
    let doctor = scene.reserved(hospital, scene.turn + 23);
    ["370100", "410100", "320500", "440300"][scene.member % 4].clone_into(&mut scene.person.region);
    scene.day = quarter_of(scene.day).max(scene.world.first.plus(1));
    scene.year.mark(scene.day.plus(-33), scene.day.plus(113), Mark::Blocked);
    for time in 0..8 {
        let mut visit = buy(scene.world, scene.dice, scene.year, pharmacy, scene.day.plus(time * 10 + member(scene) / 2));
        visit.doctor = doctor;
        visit.lines.iter_mut().for_each(|line| (line.rx, line.circulated) = (1, true));
        scene.year.keep(visit);
    }
    if is_last(scene) {
        scene.note_place(pharmacy, None);
    }
    Some(())
}

/// A hospital for women with eight beds on its register, and twelve women in them for a week.
fn twelve_in_eight(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.world.places.all_of(Maternity).next()?;
    let first = scene.day.month_start().plus(6);
    let mut visit = scene.mapped_stay(Bed { place, disease: &ADMITTED[3], begin: first, days: 9 });
    visit.diags = vec![("N80.000", "子宫的子宫内膜异位症")];
    scene.year.keep(visit);
    if is_last(scene) {
        // One row of the register, however many such weeks there are.
        if scene.turn == 0 {
            let code = scene.world.places.institutions[place].code.clone();
            scene.rows.push(Entry::new("provider_beds", &code, vec![("beds_open", "8".to_owned())]));
        }
        scene.note_place(place, Some(&first.month()));
    }
    Some(())
}
