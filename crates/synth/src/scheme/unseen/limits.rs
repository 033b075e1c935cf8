//! Limits of payment and of prescribing, overstepped in shapes that only the national text suggests.

use super::super::deed::Setting::{Clinic, Emergency, Ward};
use super::super::deed::{Deed, Worth};
use super::super::{ADULT, MAN, Scene, Scheme, WOMAN, operation, unseen};
use super::{noted, opened};
use crate::life::buy;
use crate::papers::Desk;
use crate::person::Who;
use crate::place::Kind::{Pharmacy, Secondary, Tcm, Tertiary};
use crate::registers::Entry;
use crate::visit::{ONE, Visit};
use crate::world::at;

/// Too young for a hip that a fracture alone would justify.
const YOUNG: Who = Who { sex: 0, age: Some((28, 40)), insutype: "" };

pub(in crate::scheme) const SCHEMES: &[Scheme] = &[
    unseen("E25-031", "clinic-and-then-ward", ADULT, 8, clinic_and_then_ward),
    unseen("E25-031", "elsewhere-next-day", ADULT, 3, elsewhere_next_day),
    unseen("E25-047", "one-of-two-returned", ADULT, 25, sleeping_pills_online),
    unseen("E25-047", "never-seen-before", ADULT, 4, never_seen_before),
    unseen("E25-076", "twenty-one-herbs", ADULT, 1, twenty_one_herbs),
    unseen("E25-076", "a-month-at-once", ADULT, 1, a_month_at_once),
    unseen("E25-077", "home-from-the-ward", ADULT, 9, home_from_the_ward),
    unseen("E25-077", "some-returned", ADULT, 1, some_returned),
    unseen("E25-087", "catheter-in-emergency", MAN, 1, |s| Deed::new("女性导尿管", Emergency(Secondary)).units(2).play(s)),
    unseen("E25-087", "one-of-two-returned", WOMAN, 7, |s| {
        let item = s.world.catalogue.named("前列腺支架")?;
        noted(s, item, Ward(Tertiary, 5), (2, 1))
    }),
    unseen("E25-088", "chest-pain", ADULT, 7, |s| {
        Deed::new("冠状动脉药物洗脱支架", Ward(Tertiary, 5)).main("R07.400", "胸痛").beside(&["经皮冠状动脉介入"]).play(s)
    }),
    unseen("E25-088", "hip-of-the-young", YOUNG, 10, |s| Deed::new("人工髋关节假体", Ward(Tertiary, 8)).illness(7).play(s)),
    unseen("GZ10000101009000", "emergency-for-three-weeks", ADULT, 1, |s| emergency_for_days(s, 21)),
    unseen("GZ10000101009000", "home-for-two-months", ADULT, 8, home_for_two_months),
    unseen("GZ10000101011000", "entitlement-ran-out", ADULT, 1, entitlement_ran_out),
    unseen("GZ10000101011000", "pharmacy-beside-listed", ADULT, 1, pharmacy_beside_listed),
    unseen("GZ10000102012000", "part-before-whole", ADULT, 9, part_before_whole),
    unseen("GZ10000102012000", "twice-and-once-returned", ADULT, 1, twice_and_once_returned),
];

/// At the clinic, and on the second day of a stay at the same hospital.
fn clinic_and_then_ward(scene: &mut Scene<'_>) -> Option<()> {
    let special = scene.special(&scene.world.catalogue.specials.period_services).filter(|one| one.days > 3)?.clone();
    let place = scene.hospital(Secondary);
    let mut before = scene.outpatient(place, 0);
    before.bill(&scene.world.catalogue, special.item, before.begin.plus_seconds(1700), ONE);
    scene.year.keep(before);
    let disease = &crate::everyday::ADMITTED[scene.turn % 8];
    let begin = scene.day.plus(1);
    let mut stay = scene.mapped_stay(crate::life::Ward { place, disease, begin, days: 6 });
    let sn = stay.bill(&scene.world.catalogue, special.item, at(begin.plus(1), 14 * 60), ONE);
    let amount = stay.line(sn).amount;
    scene.note(stay, &[sn], Some(amount));
    Some(())
}

/// At one hospital, and on the next day at another.
fn elsewhere_next_day(scene: &mut Scene<'_>) -> Option<()> {
    let special = scene.special(&scene.world.catalogue.specials.period_services).filter(|one| one.days > 3)?.clone();
    let place = scene.hospital(Secondary);
    let other = scene.world.other_hospital(scene.dice, Tertiary, place);
    let mut before = scene.outpatient(place, 0);
    before.bill(&scene.world.catalogue, special.item, before.begin.plus_seconds(1700), ONE);
    scene.year.keep(before);
    let mut visit = scene.outpatient(other, 1);
    let sn = visit.bill(&scene.world.catalogue, special.item, visit.begin.plus_seconds(1700), ONE);
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// A visit from home: a consultation and drugs, and nothing that needs a body.
fn online(scene: &mut Scene<'_>, place: usize, after: i32) -> Visit {
    let mut visit = scene.outpatient(place, after);
    let catalogue = &scene.world.catalogue;
    visit.keep_lines(|line| matches!(catalogue.items[line.item].charge, "02" | "09" | "11"));
    visit.papers.desk = Desk::Internet;
    visit
}

/// Known to the hospital for three weeks, then two packs of sleeping pills online, of which one goes back.
fn sleeping_pills_online(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Tertiary);
    let before = scene.outpatient(place, 0);
    let known = before.diags.clone();
    scene.year.keep(before);
    let mut visit = online(scene, place, 20);
    visit.diags = known;
    let sn = scene.bill_later(&mut visit, "酒石酸唑吡坦片", 1500, 2)?;
    visit.refund(sn, ONE, 900);
    let amount = visit.line(sn).price;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// Drugs online for an illness that nobody has ever seen in person. It can be known only where half a year was delivered before.
fn never_seen_before(scene: &mut Scene<'_>) -> Option<()> {
    const LOOKBACK: i32 = 180;
    let place = scene.hospital(Tertiary);
    let mut visit = online(scene, place, 0);
    visit.diags = vec![("E79.001", "高尿酸血症")];
    visit.keep_lines(|_| false);
    let sn = scene.bill_later(&mut visit, "非布司他片", 1500, 2)?;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    if scene.day.since(scene.world.first) < LOOKBACK {
        scene.hide_last();
    }
    Some(())
}

/// A prescription of herbs at a hospital of Chinese medicine: so many grams a day of each, for so many days.
fn decoction(scene: &mut Scene<'_>, herbs: &[usize], grams: i64, days: u16) -> (Visit, Vec<u32>) {
    let place = scene.hospital(Tcm);
    let mut visit = scene.outpatient(place, 0);
    let when = visit.begin.plus_seconds(1500);
    let lines: Vec<u32> =
        herbs.iter().map(|herb| visit.bill(&scene.world.catalogue, *herb, when, grams * i64::from(days) * ONE)).collect();
    for sn in &lines {
        let line = visit.line(*sn);
        (line.rx, line.days) = (7, days);
    }
    (visit, lines)
}

/// Everything that the shelf has, ten grams of each.
fn twenty_one_herbs(scene: &mut Scene<'_>) -> Option<()> {
    let catalogue = &scene.world.catalogue;
    let more = ["桔梗饮片", "柴胡饮片", "黄芩饮片", "牡丹皮饮片", "酸枣仁饮片", "山药饮片", "丹参饮片"];
    let all: Vec<usize> = catalogue.herbs.iter().chain(&catalogue.lone_herbs).copied().chain(scene.world.items(&more)).collect();
    let (visit, lines) = decoction(scene, &all, 10, 7);
    scene.note(visit, &lines, None);
    Some(())
}

/// Eight herbs, boiled every day for a month.
fn a_month_at_once(scene: &mut Scene<'_>) -> Option<()> {
    let herbs = scene.world.catalogue.herbs[..8].to_vec();
    let (visit, lines) = decoction(scene, &herbs, 10, 30);
    scene.note(visit, &lines, None);
    Some(())
}

/// Given along at discharge, for two weeks: twenty-five grams a day of what fifteen grams a day are safe.
fn home_from_the_ward(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Tcm, 7));
    let when = at(scene.day.plus(7), 8 * 60 + 30);
    let mut last = 0;
    for (name, grams) in [("山药饮片", 15), ("丹参饮片", 15), ("制附子饮片", 25)] {
        last = scene.bill(&mut visit, name, when, grams * 14)?;
        let line = visit.line(last);
        (line.rx, line.days, line.take_home) = (40, 14, true);
    }
    scene.note(visit, &[last], None);
    Some(())
}

/// Thirty grams a day for a week, of which four a day go back: still more in a week than is safe in a month.
fn some_returned(scene: &mut Scene<'_>) -> Option<()> {
    let herb = scene.world.catalogue.named("细辛饮片")?;
    let (mut visit, lines) = decoction(scene, &[herb], 30, 7);
    visit.refund(lines[0], 28 * ONE, 900);
    scene.note(visit, &lines, None);
    Some(())
}

/// Four packs for so many days, out of an emergency room.
fn emergency_for_days(scene: &mut Scene<'_>, days: u16) -> Option<()> {
    let deed = Deed::new("非布司他片", Emergency(Secondary)).units(4).worth(Worth::Nothing);
    let (mut visit, lines) = deed.bill(scene)?;
    visit.line(lines[0]).days = days;
    deed.note(scene, visit, &lines)
}

/// Six packs, given along at discharge for sixty days.
fn home_for_two_months(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Secondary, 6));
    let sn = scene.bill(&mut visit, "非布司他片", at(scene.day.plus(6), 8 * 60 + 20), 6)?;
    let line = visit.line(sn);
    (line.rx, line.days, line.take_home) = (40, 60, true);
    scene.note(visit, &[sn], None);
    Some(())
}

/// A cover for a disease of the outpatient list, from one day to another.
fn entitled(scene: &mut Scene<'_>, from: i32, to: i32) {
    let (from, to) = (scene.day.plus(from), scene.day.plus(to));
    let number = scene.person.number.clone();
    scene.rows.push(Entry::new("entitlement", &number, vec![("dise_no", "M08800".to_owned())]).between(from, to));
}

/// The drug is on the list of the disease; the patient's cover ended three weeks ago.
fn entitlement_ran_out(scene: &mut Scene<'_>) -> Option<()> {
    entitled(scene, -400, -21);
    let mut visit = opened(scene, Clinic(Secondary));
    (visit.med_type, visit.dise_no) = ("14", "M08800");
    visit.keep_lines(|_| false);
    let sn = scene.bill_later(&mut visit, "吲达帕胺片", 1500, 2)?;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// At a pharmacy on the cover of the disease: one drug of its list, and one that helps against something else.
fn pharmacy_beside_listed(scene: &mut Scene<'_>) -> Option<()> {
    entitled(scene, -200, 200);
    let pharmacy = scene.world.place(scene.dice, Pharmacy, scene.person.county);
    let mut visit = buy(scene.world, scene.dice, scene.year, pharmacy, scene.day);
    (visit.med_type, visit.dise_no) = ("14", "M08800");
    visit.keep_lines(|_| false);
    scene.bill_later(&mut visit, "吲达帕胺片", 0, 1)?;
    let sn = scene.bill_later(&mut visit, "甲钴胺片", 0, 2)?;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// What may be billed once in a stay: the part on the first day, the whole on the fourth.
fn part_before_whole(scene: &mut Scene<'_>) -> Option<()> {
    let pairs = &scene.world.catalogue.specials.visit_pairs;
    let pair = pairs.get(scene.turn % pairs.len().max(1))?.clone();
    let mut visit = opened(scene, Ward(Secondary, 7));
    let sn = visit.bill(&scene.world.catalogue, pair.part, at(scene.day.plus(1), 9 * 60), ONE);
    visit.bill(&scene.world.catalogue, pair.whole, at(scene.day.plus(4), 15 * 60), ONE);
    // One operation in all: nothing of it was another one.
    operation::record(&mut visit, "54.1100", at(scene.day.plus(4), 14 * 60), at(scene.day.plus(4), 16 * 60));
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// The part twice beside the whole on one day; the first was a slip and goes back.
fn twice_and_once_returned(scene: &mut Scene<'_>) -> Option<()> {
    let pairs = &scene.world.catalogue.specials.day_pairs;
    let pair = pairs.get(scene.turn % pairs.len().max(1))?.clone();
    let mut visit = opened(scene, Emergency(Secondary));
    let day = scene.day;
    let slip = visit.bill(&scene.world.catalogue, pair.part, at(day, 9 * 60), ONE);
    visit.refund(slip, ONE, 1200);
    visit.bill(&scene.world.catalogue, pair.whole, at(day, 9 * 60 + 30), ONE);
    let sn = visit.bill(&scene.world.catalogue, pair.part, at(day, 10 * 60), ONE);
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}
