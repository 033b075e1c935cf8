//! Models of single persons, in shapes that only the national text suggests.

use super::super::deed::Setting::Clinic;
use super::super::{ADULT, Scene, Scheme, unseen};
use super::opened;
use crate::life::buy;
use crate::papers::Consent;
use crate::person::{DeathNote, Who};
use crate::place::Kind::{Children, Community, Maternity, Pharmacy, Secondary, Tertiary};
use crate::registers::Entry;
use crate::visit::{Mark, Visit};
use crate::world::at;

const OLD: Who = Who { sex: 0, age: Some((70, 88)), insutype: "" };
const EMPLOYEE: Who = Who { sex: 0, age: Some((30, 55)), insutype: "310" };

pub(in crate::scheme) const SCHEMES: &[Scheme] = &[
    unseen("M006", "two-counties-before-ten", ADULT, 1, two_counties_before_ten),
    unseen("M007", "refills-after-burial", OLD, 70, refills_after_burial),
    unseen("M042", "ten-months-untested", ADULT, 284, ten_months_untested),
    unseen("M039", "three-hospitals-in-a-fortnight", ADULT, 16, |s| hoarded(s, "恩替卡韦片", 4, 5)),
    unseen("M039", "six-pharmacies", ADULT, 20, six_pharmacies),
    unseen("M045", "four-bills-one-complaint", ADULT, 1, four_bills),
    unseen("M054", "seven-months", EMPLOYEE, 190, seven_months),
    unseen("L000000-001", "brand-in-its-place", ADULT, 3, brand_in_its_place),
    unseen("L000000-002", "listed-drug-paid-alone", ADULT, 1, listed_drug_paid_alone),
];

/// Moves a visit to a time of its day.
fn moved(visit: &mut Visit, begin: claims::Moment) {
    (visit.begin, visit.end) = (begin, Some(begin.plus_seconds(600)));
    visit.lines.iter_mut().for_each(|line| line.at = begin.plus_seconds(i64::from(line.sn) * 20));
}

/// In one county at nine, at a community centre of another at a quarter to ten.
fn two_counties_before_ten(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Secondary);
    let mut first = scene.outpatient(place, 0);
    moved(&mut first, at(scene.day, 9 * 60));
    let here = &scene.world.places.institutions[place].region;
    let mut far = scene.world.places.all_of(Community).filter(|one| scene.world.places.institutions[*one].region != *here);
    let centre = far.nth(scene.turn % 4)?;
    scene.year.keep(first);
    let mut visit = scene.outpatient(centre, 0);
    moved(&mut visit, at(scene.day, 9 * 60 + 45));
    scene.note(visit, &[], None);
    Some(())
}

/// The crematorium knows; the card goes on fetching drugs in the two months after.
fn refills_after_burial(scene: &mut Scene<'_>) -> Option<()> {
    let died = scene.day;
    scene.person.death = Some((died, DeathNote::RegisterOnly));
    let place = scene.hospital(Secondary);
    let visits = [20, 50].map(|after| scene.outpatient(place, after));
    let ids: Vec<String> = visits.iter().flat_map(|visit| visit.lines.iter().map(|line| visit.line_id(line.sn))).collect();
    let amount = visits.iter().map(Visit::total).sum();
    scene.note_ids(&visits[0], &ids, Some(amount));
    for visit in visits {
        scene.year.keep(visit);
    }
    let last = scene.year.last();
    scene.year.mark(died, last, Mark::Blocked);
    Some(())
}

/// Ten months of dear drugs on the cover of a disease, and in all the year not one test anywhere.
fn ten_months_untested(scene: &mut Scene<'_>) -> Option<()> {
    let (from, to) = (scene.day.plus(-300), scene.day.plus(200));
    let number = scene.person.number.clone();
    scene.rows.push(Entry::new("entitlement", &number, vec![("dise_no", "M08800".to_owned())]).between(from, to));
    let place = scene.hospital(Secondary);
    scene.person.chronic = None;
    let (first, last) = (scene.year.first, scene.year.last());
    scene.year.mark(first, last, Mark::Blocked);
    for month in 0..10 {
        let mut visit = scene.outpatient(place, month * 31);
        (visit.med_type, visit.dise_no) = ("14", "M08800");
        visit.keep_lines(|_| false);
        scene.bill_later(&mut visit, "缬沙坦氨氯地平片", 1500, 8)?;
        scene.bill_later(&mut visit, "吲达帕胺片", 1500, 4)?;
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// So many packs at each of three hospitals, some days apart.
fn hoarded(scene: &mut Scene<'_>, item: &str, packs: i64, apart: i32) -> Option<()> {
    let mut place = scene.hospital(Secondary);
    for number in 0..3 {
        let mut visit = scene.outpatient(place, number * apart);
        scene.bill_later(&mut visit, item, 1500, packs)?;
        scene.year.keep(visit);
        place = scene.world.other_hospital(scene.dice, Tertiary, place);
    }
    scene.note_person();
    Some(())
}

/// Two packs at each of six pharmacies, within three weeks.
fn six_pharmacies(scene: &mut Scene<'_>) -> Option<()> {
    let pharmacies: Vec<usize> = scene.world.places.all_of(Pharmacy).collect();
    for number in 0..6 {
        let turn = scene.turn * 6 + usize::try_from(number).unwrap_or(0);
        let place = pharmacies[turn % pharmacies.len()];
        let mut visit = buy(scene.world, scene.dice, scene.year, place, scene.day.plus(number * 3));
        scene.bill_later(&mut visit, "银杏酮酯滴丸", 0, 2)?;
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// One complaint, one department, one day, and four bills of it.
fn four_bills(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Secondary);
    let mut first = scene.outpatient(place, 0);
    let (doctor, known) = (first.doctor, first.diags.clone());
    moved(&mut first, at(scene.day, 8 * 60 + 10));
    scene.year.keep(first);
    for (number, name) in (1..).zip(["多潘立酮片", "甲钴胺片", "碳酸钙D3片"]) {
        let mut visit = scene.outpatient(place, 0);
        (visit.doctor, visit.diags) = (doctor, known.clone());
        visit.keep_lines(|_| false);
        scene.bill_later(&mut visit, name, 60, 2)?;
        moved(&mut visit, at(scene.day, 8 * 60 + 10 + number * 40));
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// The same amount at one pharmacy on some day of each of seven months, until the account is empty.
fn seven_months(scene: &mut Scene<'_>) -> Option<()> {
    let pharmacy = scene.world.place(scene.dice, Pharmacy, scene.person.county);
    for number in 0..7 {
        let mut visit = buy(scene.world, scene.dice, scene.year, pharmacy, scene.day.plus(number * 31));
        visit.keep_lines(|_| false);
        scene.bill_later(&mut visit, "六味地黄丸", 0, 5)?;
        visit.cash_out = true;
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}

/// A hospital that agreed to buy two hundred packs of the winning bid, used three, and beside them a hundred of the brand.
fn brand_in_its_place(scene: &mut Scene<'_>) -> Option<()> {
    let pairs = [
        ("奥氮平片（仿制）", "奥氮平片（原研）"),
        ("氯沙坦钾片（仿制）", "氯沙坦钾片（原研）"),
        ("孟鲁司特钠片（仿制）", "孟鲁司特钠片（原研）"),
    ];
    let (chosen, other) = *pairs.get(scene.turn / 2 % pairs.len())?;
    let kind = if scene.turn.is_multiple_of(2) { Maternity } else { Children };
    let place = scene.world.places.all_of(kind).next()?;
    let code = |name: &str| scene.world.catalogue.named(name).map(|item| scene.world.catalogue.items[item].code.clone());
    let (first, last) = (scene.world.first, scene.day.plus(20).min(scene.world.last.plus(-1)));
    let columns = vec![
        ("fixmedins_code", scene.world.places.institutions[place].code.clone()),
        ("agreed", "200".to_owned()),
        ("period_begin", first.to_string()),
        ("period_end", last.to_string()),
        ("alternatives", code(other)?),
    ];
    scene.rows.push(Entry::new("vbp_agreement", &code(chosen)?, columns));
    let mut visit = scene.outpatient(place, 0);
    scene.bill_later(&mut visit, chosen, 1500, 3)?;
    scene.bill_later(&mut visit, other, 1500, 100)?;
    scene.year.keep(visit);
    scene.note_place(place, None);
    Some(())
}

/// Sedation, signed for; an hour later a listed drug in the same house, paid by the patient alone, and nothing signed.
fn listed_drug_paid_alone(scene: &mut Scene<'_>) -> Option<()> {
    let mut signed = opened(scene, Clinic(Tertiary));
    moved(&mut signed, at(scene.day, 9 * 60));
    scene.bill_later(&mut signed, "无痛检查镇静服务", 300, 1)?;
    let place = signed.place;
    scene.year.keep(signed);
    let mut visit = scene.outpatient(place, 0);
    moved(&mut visit, at(scene.day, 10 * 60 + 30));
    let sn = scene.bill_later(&mut visit, "非布司他片", 300, 7)?;
    visit.self_paid(sn);
    visit.papers.consent = Consent::Missing;
    // Nothing that the fund paid.
    scene.note(visit, &[sn], None);
    Some(())
}
