//! Management rules: what is sent, coded, prescribed and done again, in shapes that only the national text suggests.

use super::super::deed::Setting::{Clinic, Emergency, Shop, Ward};
use super::super::deed::{Deed, Setting};
use super::super::{ADULT, MAN, Scene, Scheme, operation, unseen};
use super::opened;
use crate::everyday::ADMITTED;
use crate::life::{Ward as Bed, buy};
use crate::person::Who;
use crate::place::Kind::{Community, Pharmacy, Secondary, Tcm, Tertiary};
use crate::visit::{Mark, ONE, Visit};
use crate::world::at;

const GRANDMOTHER: Who = Who { sex: 2, age: Some((72, 84)), insutype: "" };
const SCHOOLGIRL: Who = Who { sex: 2, age: Some((6, 12)), insutype: "390" };

pub(in crate::scheme) const SCHEMES: &[Scheme] = &[
    unseen("GZ10000201001000", "operated-after-discharge", ADULT, 11, operated_after_discharge),
    unseen("GZ10000201001000", "no-main-diagnosis", ADULT, 8, no_main_diagnosis),
    unseen("GZ10000201002000", "four-for-three", ADULT, 1, four_for_three),
    unseen("GZ10000201002000", "more-back-than-sold", ADULT, 1, more_back_than_sold),
    unseen("GZ10000201003000", "sepsis-drug-returned", ADULT, 9, sepsis_drug_returned),
    unseen("GZ10000201004000", "billed-twice-returned-once", ADULT, 8, billed_twice_returned_once),
    unseen("GZ10000201005000", "second-of-two", MAN, 9, second_of_two),
    unseen("GZ10000201006000", "right-diagnosis-second", ADULT, 7, right_diagnosis_second),
    unseen("GZ10000201006000", "tonsils-of-pancreatitis", ADULT, 9, |s| {
        let mut visit = surgical(s, ("K85.900", "急性胰腺炎"), 6);
        recorded(&mut visit, "28.2x00", 2);
        s.note(visit, &[], None);
        Some(())
    }),
    unseen("GZ10000201007000", "pharmacy-three-days-late", ADULT, 1, |s| sent_late(s, Shop, 72)),
    unseen("GZ10000201007000", "stay-a-fortnight-late", ADULT, 8, |s| sent_late(s, Ward(Secondary, 6), 14 * 24)),
    unseen("GZ10000201008000", "treated-before-admission", ADULT, 8, |s| outside(s, "推拿治疗", -2)),
    unseen("GZ10000201008000", "drug-after-discharge", ADULT, 9, |s| outside(s, "多潘立酮片", 7)),
    unseen("GZ10000202002000", "for-three-days-after", ADULT, 10, for_three_days_after),
    unseen("GZ10000202002000", "first-dose-after-hernia", ADULT, 8, first_dose_after_hernia),
    unseen("GZ10000202003000", "three-days-in-ward", ADULT, 8, |s| {
        beyond_right(s, Deed::new("注射用头孢哌酮钠舒巴坦钠", Ward(Secondary, 6)).on(&[1, 2, 3], 0))
    }),
    unseen("GZ10000202003000", "special-at-the-clinic", ADULT, 1, |s| {
        beyond_right(s, Deed::new("注射用盐酸万古霉素", Clinic(Tertiary)).units(2))
    }),
    unseen("GZ10000202004000", "seven-and-one-returned", ADULT, 1, seven_and_one_returned),
    unseen("GZ10000204001000", "under-another-name", ADULT, 18, |s| again_after(s, ("I63.500", "大脑动脉闭塞性脑梗死"), 2)),
    unseen("GZ10000204001000", "after-eleven-days", ADULT, 26, |s| again_after(s, ("I63.900", "脑梗死"), 11)),
    unseen("GZ10000204002000", "six-departments", ADULT, 1, six_departments),
    unseen("GZ10000204002000", "every-day-of-a-month", ADULT, 30, every_day_of_a_month),
    unseen("GZ10000204003000", "four-pharmacies-a-day", ADULT, 1, |s| purchases(s, 4, 0)),
    unseen("GZ10000204003000", "eighteen-days-in-a-row", ADULT, 20, |s| purchases(s, 18, 1)),
    unseen("GZ10000204004000", "four-illnesses", ADULT, 62, four_illnesses),
    unseen("GZ10000204005000", "dyspepsia-tested", ADULT, 5, dyspepsia_tested),
    unseen("GZ10000204006000", "third-diagnosis", MAN, 8, |s| with_diagnosis(s, ("N95.100", "绝经期和女性更年期状态"))),
    unseen("GZ10000204006000", "in-emergency", ADULT, 1, |s| {
        let wrong = if s.person.sex == 1 { ("N76.000", "急性阴道炎") } else { ("N47.x00", "包皮过长") };
        diagnosed(s, wrong, Emergency(Community))
    }),
    unseen("GZ10000204007000", "pregnant-grandmother", GRANDMOTHER, 1, |s| {
        diagnosed(s, ("Z34.900", "正常妊娠监督"), Clinic(Secondary))
    }),
    unseen("GZ10000204007000", "dementia-of-a-schoolgirl", SCHOOLGIRL, 8, |s| with_diagnosis(s, ("G30.900", "阿尔茨海默病"))),
];

/// A stay that no drug for an infection belongs to, under a main diagnosis of its own.
fn surgical(scene: &mut Scene<'_>, main: (&'static str, &'static str), days: i32) -> Visit {
    let place = scene.hospital(Secondary);
    let mut visit = scene.mapped_stay(Bed { place, disease: &ADMITTED[5], begin: scene.day, days });
    visit.dept = "A04";
    visit.diags = vec![main];
    visit
}

fn recorded(visit: &mut Visit, code: &'static str, after: i32) {
    let day = visit.begin.day().plus(after);
    operation::record(visit, code, at(day, 9 * 60), at(day, 10 * 60 + 30));
}

/// The list says that the operation was three days after the patient left.
fn operated_after_discharge(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = surgical(scene, ("K80.100", "胆囊结石伴慢性胆囊炎"), 6);
    recorded(&mut visit, "51.2300", 9);
    scene.note(visit, &[], None);
    Some(())
}

/// Discharged without anybody writing down of what.
fn no_main_diagnosis(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Secondary, 6));
    visit.diags.clear();
    scene.note(visit, &[], None);
    Some(())
}

/// Three units at their price, and the money of four.
fn four_for_three(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Clinic(Secondary));
    let sn = scene.bill_later(&mut visit, "推拿治疗", 1500, 3)?;
    let line = visit.line(sn);
    line.amount = line.price * 4;
    line.inscp = Some(line.amount);
    scene.note(visit, &[sn], None);
    scene.note_also("GZ10000102001000");
    Some(())
}

/// Two packs sold, three packs taken back.
fn more_back_than_sold(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Clinic(Secondary));
    let sn = scene.bill_later(&mut visit, "多潘立酮片", 1500, 2)?;
    let back = visit.refund(sn, 3 * ONE, 900);
    scene.note(visit, &[back, sn], None);
    Some(())
}

/// Sepsis, with one antibiotic that went back to the pharmacy unopened.
fn sepsis_drug_returned(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = surgical(scene, ("A41.900", "脓毒症"), 7);
    let sn = scene.bill(&mut visit, "注射用头孢呋辛钠", at(scene.day.plus(1), 9 * 60), 2)?;
    visit.refund(sn, 2 * ONE, 3600);
    scene.note(visit, &[], None);
    Some(())
}

/// An operation billed on two days, one of them by mistake; its code is nowhere on the list.
fn billed_twice_returned_once(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = surgical(scene, ("K35.800", "急性阑尾炎"), 6);
    let slip = scene.bill(&mut visit, "阑尾切除术", at(scene.day.plus(1), 9 * 60), 1)?;
    visit.refund(slip, ONE, 3600);
    scene.bill(&mut visit, "阑尾切除术", at(scene.day.plus(2), 9 * 60), 1)?;
    recorded(&mut visit, "99.1500", 2);
    scene.note(visit, &[], None);
    Some(())
}

/// An appendix of a man, and beside it an ovary.
fn second_of_two(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = surgical(scene, ("K35.800", "急性阑尾炎"), 7);
    recorded(&mut visit, "47.0901", 1);
    recorded(&mut visit, "65.3900", 1);
    scene.note(visit, &[], None);
    Some(())
}

/// A cataract, written down behind a lung disease that pays better.
fn right_diagnosis_second(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = surgical(scene, ("J44.100", "慢性阻塞性肺疾病伴有急性加重"), 4);
    visit.diags.push(("H26.900", "白内障"));
    recorded(&mut visit, "13.4100", 1);
    scene.note(visit, &[], None);
    Some(())
}

/// Sent so many hours after it happened.
fn sent_late(scene: &mut Scene<'_>, setting: Setting, hours: i64) -> Option<()> {
    let mut visit = opened(scene, setting);
    visit.upload_hours = hours;
    scene.note(visit, &[], None);
    Some(())
}

/// Billed so many days after admission, at noon, in a stay of six nights.
fn outside(scene: &mut Scene<'_>, item: &str, after: i32) -> Option<()> {
    let mut visit = opened(scene, Ward(Secondary, 6));
    let sn = scene.bill(&mut visit, item, at(scene.day.plus(after), 12 * 60), 1)?;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// A gall bladder: the first dose in time, and then on every day until the third after the operation.
fn for_three_days_after(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = surgical(scene, ("K80.100", "胆囊结石伴慢性胆囊炎"), 8);
    recorded(&mut visit, "51.2300", 2);
    let mut lines = Vec::new();
    for (day, minute) in [(2, 8 * 60 + 30), (3, 8 * 60), (4, 16 * 60), (5, 16 * 60)] {
        lines.push(scene.bill(&mut visit, "注射用头孢唑林钠", at(scene.day.plus(day), minute), 2)?);
    }
    scene.note(visit, &lines[2..], None);
    Some(())
}

/// A hernia: nothing before the incision, and a dose in the afternoon.
fn first_dose_after_hernia(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = surgical(scene, ("K40.900", "单侧腹股沟疝"), 6);
    recorded(&mut visit, "53.0000", 1);
    let sn = scene.bill(&mut visit, "注射用头孢唑林钠", at(scene.day.plus(1), 15 * 60), 2)?;
    scene.note(visit, &[sn], None);
    Some(())
}

/// Ordered by the one doctor of the house who may order the plainest of them only.
fn beyond_right(scene: &mut Scene<'_>, deed: Deed) -> Option<()> {
    let (mut visit, lines) = deed.bill(scene)?;
    visit.doctor = scene.world.places.institutions[visit.place].reserved.0;
    visit.lines.iter_mut().for_each(|line| line.nobody = false);
    deed.note(scene, visit, &lines)
}

/// Seven drugs and a solvent on one prescription, of which one drug goes back.
fn seven_and_one_returned(scene: &mut Scene<'_>) -> Option<()> {
    let drugs = ["甲钴胺片", "多潘立酮片", "碳酸钙D3片", "玻璃酸钠滴眼液", "糠酸莫米松乳膏", "复方甘草酸苷片", "非布司他片"];
    let mut visit = opened(scene, Clinic(Secondary));
    let catalogue = &scene.world.catalogue;
    visit.keep_lines(|line| !matches!(catalogue.items[line.item].charge, "09" | "11"));
    let mut lines = Vec::new();
    for name in drugs.into_iter().chain(["0.9%氯化钠注射液"]) {
        let sn = scene.bill_later(&mut visit, name, 1500, 1)?;
        visit.line(sn).rx = 3;
        lines.push(sn);
    }
    visit.refund(lines[6], ONE, 1200);
    scene.note(visit, &lines[..6], None);
    Some(())
}

/// Discharged and admitted again after so many days, at the same hospital, under a name of the same category.
fn again_after(scene: &mut Scene<'_>, again: (&'static str, &'static str), days: i32) -> Option<()> {
    let place = scene.hospital(Secondary);
    let disease = &ADMITTED[2];
    let first = scene.mapped_stay(Bed { place, disease, begin: scene.day, days: 7 });
    scene.year.keep(first);
    let mut visit = scene.mapped_stay(Bed { place, disease, begin: scene.day.plus(7 + days), days: 6 });
    visit.diags = vec![again];
    scene.note(visit, &[], None);
    Some(())
}

/// Six departments of one hospital, between morning and evening.
fn six_departments(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Tertiary);
    for (number, dept) in (0..).zip(["A03", "A04", "A10", "A11", "A07", "A50"]) {
        let mut visit = scene.outpatient(place, 0);
        visit.dept = dept;
        without_treatment(scene, &mut visit);
        let begin = at(scene.day, 8 * 60 + number * 80);
        moved(&mut visit, begin);
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// What is given in series brings people back lawfully, so nothing of it is given here.
fn without_treatment(scene: &Scene<'_>, visit: &mut Visit) {
    let catalogue = &scene.world.catalogue;
    visit.keep_lines(|line| catalogue.items[line.item].charge != "05");
}

fn moved(visit: &mut Visit, begin: claims::Moment) {
    (visit.begin, visit.end) = (begin, Some(begin.plus_seconds(3600)));
    visit.lines.iter_mut().for_each(|line| line.at = begin.plus_seconds(i64::from(line.sn) * 90));
}

/// On twenty-six of thirty days, by turns at a community centre and a hospital, for tests every time.
fn every_day_of_a_month(scene: &mut Scene<'_>) -> Option<()> {
    let places = [scene.hospital(Community), scene.world.other_hospital(scene.dice, Secondary, 0)];
    // Within one month of the calendar.
    scene.day = scene.day.month_start();
    for day in 0..26 {
        let mut visit = scene.outpatient(places[usize::from(day % 2 == 0)], day);
        let catalogue = &scene.world.catalogue;
        visit.keep_lines(|line| matches!(catalogue.items[line.item].charge, "02" | "03" | "04"));
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// So many purchases, all on one day or one a day, each at another pharmacy.
fn purchases(scene: &mut Scene<'_>, count: i32, apart: i32) -> Option<()> {
    let pharmacies: Vec<usize> = scene.world.places.all_of(Pharmacy).collect();
    if apart > 0 {
        scene.day = scene.day.month_start();
    }
    for number in 0..count {
        let turn = scene.turn + usize::try_from(number).unwrap_or(0);
        let visit = buy(scene.world, scene.dice, scene.year, pharmacies[turn % pharmacies.len()], scene.day.plus(number * apart));
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// Four stays in nine weeks of one quarter, at four hospitals, each for something else.
fn four_illnesses(scene: &mut Scene<'_>) -> Option<()> {
    scene.day = quarter_of(scene.day).max(scene.world.first.plus(1));
    scene.year.mark(scene.day.plus(-33), scene.day.plus(95), Mark::Blocked);
    let mut place = scene.hospital(Secondary);
    for number in 0..4 {
        let kind = if number % 2 == 0 { Tertiary } else { Tcm };
        place = scene.world.other_hospital(scene.dice, kind, place);
        let disease = &ADMITTED[(scene.turn + usize::try_from(number).unwrap_or(0) * 2) % ADMITTED.len()];
        let visit = scene.mapped_stay(Bed { place, disease, begin: scene.day.plus(number * 18), days: 5 });
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// The first day of a quarter.
pub(super) fn quarter_of(day: claims::Day) -> claims::Day {
    let starts = ["-01", "-04", "-07", "-10"];
    let mut first = day.month_start();
    while !starts.iter().any(|end| first.month().ends_with(end)) {
        first = first.plus(-1).month_start();
    }
    first
}

/// Three nights for a full stomach, filled with scans; nobody was treated.
fn dyspepsia_tested(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = surgical(scene, ("K30.x00", "消化不良"), 3);
    let catalogue = &scene.world.catalogue;
    visit.keep_lines(|line| matches!(catalogue.items[line.item].charge, "01" | "02" | "03" | "04" | "07"));
    for (day, name) in [(1, "X线计算机体层平扫"), (1, "彩色多普勒超声常规检查"), (2, "磁共振平扫")] {
        scene.bill(&mut visit, name, at(scene.day.plus(day), 10 * 60), 1)?;
    }
    scene.note(visit, &[], None);
    scene.note_also("M013");
    Some(())
}

/// As the third diagnosis of a stay.
fn with_diagnosis(scene: &mut Scene<'_>, wrong: (&'static str, &'static str)) -> Option<()> {
    let mut visit = opened(scene, Ward(Secondary, 6));
    visit.diags.push(("K29.500", "慢性胃炎"));
    visit.diags.push(wrong);
    scene.note(visit, &[], None);
    Some(())
}

/// As the only diagnosis of a visit.
fn diagnosed(scene: &mut Scene<'_>, wrong: (&'static str, &'static str), setting: Setting) -> Option<()> {
    let mut visit = opened(scene, setting);
    visit.diags = vec![wrong];
    scene.note(visit, &[], None);
    Some(())
}
