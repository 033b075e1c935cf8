//! Models of stays and of what they are billed for, in shapes that only the national text suggests.

use super::super::deed::Deed;
use super::super::deed::Setting::{Clinic, Shop, Ward};
use super::super::{ADULT, IN_CAPSULES, MAN, Scene, Scheme, WOMAN, operation, unseen};
use super::opened;
use crate::books::setl_id;
use crate::everyday::ADMITTED;
use crate::life::{Ward as Bed, delivery};
use crate::papers::Desk;
use crate::person::Who;
use crate::place::Kind::{Maternity, Secondary, Suspended, Tcm, Tertiary};
use crate::registers::Entry;
use crate::visit::{Mark, ONE, Order, Settle, SettleRole, Visit};
use crate::world::at;

const MOTHER: Who = Who { sex: 2, age: Some((41, 46)), insutype: "" };

pub(in crate::scheme) const SCHEMES: &[Scheme] = &[
    unseen("M011", "tablets-for-nine-nights", ADULT, 11, tablets_for_nine_nights),
    unseen("M013", "four-nights-of-tests", ADULT, 6, four_nights_of_tests),
    unseen("M037", "stent-of-an-outpatient", ADULT, 4, |s| Deed::new("颅内支架系统", Clinic(Tertiary)).play(s)),
    unseen("M046", "claimed-after-settled", ADULT, 40, claimed_after_settled),
    unseen("M046", "void-invoice", ADULT, 1, void_invoice),
    unseen("M047", "beaten-nobody-asked", ADULT, 8, |s| liable(s, ("Y04.900", "在未特指场所的徒手斗殴"))),
    unseen("M047", "run-over-second-diagnosis", ADULT, 8, |s| liable(s, ("V03.100", "行人在与小汽车碰撞的交通事故中的损伤"))),
    unseen("M048", "admitted-while-suspended", ADULT, 8, admitted_while_suspended),
    unseen("M052", "five-hours-of-one-patient", ADULT, 8, five_hours),
    unseen("M053", "nursed-twice", WOMAN, 8, nursed_twice),
    unseen("M056", "three-tests-one-returned", ADULT, 9, three_tests_one_returned),
    unseen("M057", "more-than-ordered", ADULT, 9, more_than_ordered),
    unseen("M058", "two-classes-on-a-day", ADULT, 8, two_classes),
    unseen("M058", "third-class-ordered", ADULT, 8, third_class_ordered),
    unseen("M060", "between-prescribed-ones", ADULT, 1, between_prescribed),
    unseen("M044", "two-births", MOTHER, 160, two_births),
    unseen("M044", "birth-of-a-man", MAN, 8, birth_of_a_man),
    unseen("M017", "heavier-without-resources", ADULT, 9, heavier_group),
    unseen("M014", "three-hospitals", ADULT, 26, three_hospitals),
    unseen("M014", "renamed-at-one-hospital", ADULT, 34, renamed),
];

/// Nine nights with a tablet or two and tests on the first day: a bed, and nobody in it.
fn tablets_for_nine_nights(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Secondary);
    // Any illness but the last, which is an injury.
    let disease = &ADMITTED[scene.turn % 7];
    let mut visit = scene.mapped_stay(Bed { place, disease, begin: scene.day, days: 9 });
    let (catalogue, first) = (&scene.world.catalogue, scene.day);
    visit.keep_lines(|line| match catalogue.items[line.item].charge {
        "01" | "02" | "07" => true,
        "03" | "04" => line.at.day() == first,
        _ => false,
    });
    scene.bill(&mut visit, "多潘立酮片", at(scene.day.plus(1), 9 * 60), 1)?;
    scene.note(visit, &[], None);
    scene.note_fair(&["M010"]);
    Some(())
}

/// Four nights, everything looked at, nothing done.
fn four_nights_of_tests(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Secondary, 4));
    let catalogue = &scene.world.catalogue;
    visit.keep_lines(|line| matches!(catalogue.items[line.item].charge, "01" | "02" | "03" | "04" | "07"));
    let tests = [
        (1, "X线计算机体层平扫"),
        (1, "彩色多普勒超声常规检查"),
        (2, "磁共振平扫"),
        (2, "常规心电图检查"),
        (3, "血清肌酸激酶测定"),
        (3, "血清尿酸测定"),
        (3, "甲状腺功能三项"),
    ];
    for (day, name) in tests {
        scene.bill(&mut visit, name, at(scene.day.plus(day), 10 * 60), 1)?;
    }
    scene.note(visit, &[], None);
    Some(())
}

/// Settled at the hospital, and five weeks later the same invoice at the centre.
fn claimed_after_settled(scene: &mut Scene<'_>) -> Option<()> {
    let settled = opened(scene, Clinic(Tertiary));
    let mut claim = settled.clone();
    claim.id = scene.year.visit(settled.place, "11", settled.begin, settled.end).id;
    (claim.papers.desk, claim.papers.invoice) = (Desk::Centre, setl_id(&settled, 0));
    claim.settles = vec![Settle { role: SettleRole::Final, at: settled.begin.plus_seconds(35 * 86_400) }];
    scene.year.keep(settled);
    scene.note(claim, &[], None);
    Some(())
}

/// Claimed on an invoice that the issuer had made void.
fn void_invoice(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Clinic(Secondary));
    visit.papers.desk = Desk::Centre;
    visit.papers.invoice = 77_000_000_000 + visit.id % 1_000_000_000;
    let columns = vec![("status", "void".to_owned()), ("source", "省级票据平台".to_owned())];
    scene.rows.push(Entry::new("invoice_register", &visit.papers.invoice.to_string(), columns));
    scene.note(visit, &[], None);
    Some(())
}

/// A broken hip with a cause that somebody else answers for, and a field about third parties that nobody filled.
fn liable(scene: &mut Scene<'_>, cause: (&'static str, &'static str)) -> Option<()> {
    let place = scene.hospital(Secondary);
    let mut visit = scene.mapped_stay(Bed { place, disease: &ADMITTED[7], begin: scene.day, days: 6 });
    visit.diags.push(cause);
    scene.note(visit, &[], None);
    Some(())
}

/// Admitted some weeks after the hospital's agreement was suspended.
fn admitted_while_suspended(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.world.places.all_of(Suspended).next()?;
    scene.day = scene.world.changed_on.plus(20 + i32::try_from(scene.turn % 60).unwrap_or(0));
    scene.year.mark(scene.day.plus(-33), scene.day.plus(40), Mark::Blocked);
    let disease = &ADMITTED[scene.turn % ADMITTED.len()];
    let visit = scene.mapped_stay(Bed { place, disease, begin: scene.day, days: 6 });
    scene.note(visit, &[], None);
    Some(())
}

/// Two therapies of two and a half hours each, on one day of one patient.
fn five_hours(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Tertiary, 6));
    let day = scene.day.plus(2);
    let first = scene.bill(&mut visit, "言语训练", at(day, 8 * 60 + 30), 5)?;
    let second = scene.bill(&mut visit, "作业疗法", at(day, 14 * 60), 5)?;
    scene.note(visit, &[first, second], None);
    Some(())
}

/// A baby nursed on its mother's bill, and on the same days on a bill of its own under her number.
fn nursed_twice(scene: &mut Scene<'_>) -> Option<()> {
    let nursing = scene.world.catalogue.basics.newborn_nursing;
    let place = scene.hospital(Maternity);
    let mut mother = delivery(scene.world, scene.person, scene.dice, scene.year, (place, scene.day, 5), 1);
    let mut baby = scene.mapped_stay(Bed { place, disease: &ADMITTED[0], begin: scene.day.plus(1), days: 4 });
    baby.diags = vec![("P59.900", "新生儿黄疸")];
    baby.dept = "A07";
    baby.papers.newborn = true;
    let catalogue = &scene.world.catalogue;
    baby.keep_lines(|line| matches!(catalogue.items[line.item].charge, "01" | "02"));
    let (mut lines, mut again) = (Vec::new(), Vec::new());
    for day in 2..5 {
        let sn = mother.bill(catalogue, nursing, at(scene.day.plus(day), 13 * 60), ONE);
        mother.line(sn).maternity = true;
        lines.push(sn);
        let sn = baby.bill(catalogue, nursing, at(scene.day.plus(day), 14 * 60), ONE);
        again.push(baby.line_id(sn));
    }
    // Both bills bear one person's number, and the second nursing of a day is one too many.
    scene.note_ids(&baby, &again, None);
    scene.note_instead("GZ10000102014000");
    scene.year.keep(baby);
    let amount = lines.iter().map(|sn| mother.line(*sn).amount).sum();
    scene.note(mother, &lines, Some(amount));
    scene.note_fair(&["M010"]);
    Some(())
}

/// A test on three days that no doctor ordered; the last goes back.
fn three_tests_one_returned(scene: &mut Scene<'_>) -> Option<()> {
    let deed = Deed::new("甲状腺功能三项", Ward(Tcm, 7)).on(&[1, 3, 5], 0);
    let (mut visit, lines) = deed.bill(scene)?;
    visit.refund(lines[2], ONE, 1800);
    visit.unordered.push(visit.lines[lines[0] as usize - 1].item);
    let amount = visit.line(lines[0]).amount * 2;
    scene.note(visit, &lines[..2], Some(amount));
    Some(())
}

/// Two packs ordered, five billed on two days, one given back: two too many.
fn more_than_ordered(scene: &mut Scene<'_>) -> Option<()> {
    let deed = Deed::new(IN_CAPSULES.0, Ward(Tcm, 7));
    let (mut visit, lines) = deed.units(3).bill(scene)?;
    let item = visit.line(lines[0]).item;
    let later = visit.bill(&scene.world.catalogue, item, at(scene.day.plus(3), 10 * 60), 2 * ONE);
    visit.refund(later, ONE, 1800);
    let begin = at(scene.day.plus(1), 9 * 60);
    visit.orders.push(Order { number: visit.id * 1000 + 900, item, begin, end: None, cnt: 2 * ONE, unit: "盒" });
    let excess = visit.line(later).price * 2;
    scene.note(visit, &[lines[0], later], Some(excess));
    Some(())
}

/// On one day the nursing of the first class beside that of the second.
fn two_classes(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Secondary, 6));
    let sn = scene.bill(&mut visit, "Ⅰ级护理", at(scene.day.plus(2), 9 * 60), 1)?;
    scene.note(visit, &[sn], None);
    Some(())
}

/// The order says third class for the whole stay, the bill second class.
fn third_class_ordered(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Tcm, 6));
    let basics = scene.world.catalogue.basics;
    let (begin, cnt) = (visit.begin.plus_seconds(600), 6 * ONE);
    visit.orders.push(Order {
        number: visit.id * 1000 + 900,
        item: basics.light_nursing,
        begin,
        end: visit.end,
        cnt,
        unit: "日",
    });
    let lines: Vec<u32> = visit.lines.iter().filter(|line| line.item == basics.nursing).map(|line| line.sn).collect();
    scene.note(visit, &lines, None);
    Some(())
}

/// Two packs of what needs a prescription, between drugs that were prescribed; one goes back.
fn between_prescribed(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Shop);
    visit.lines.iter_mut().for_each(|line| line.rx = 1);
    let sn = scene.bill_later(&mut visit, "头孢克肟胶囊", 0, 2)?;
    visit.refund(sn, ONE, 900);
    let amount = visit.line(sn).price;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// A birth with a midwife's hand, on record.
fn assisted(visit: &mut Visit) {
    let day = visit.begin.day();
    operation::record(visit, "73.5900", at(day, 15 * 60), at(day, 16 * 60));
}

/// Two children within twenty-two weeks, at two hospitals.
fn two_births(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Maternity);
    let mut first = delivery(scene.world, scene.person, scene.dice, scene.year, (place, scene.day, 4), 1);
    assisted(&mut first);
    scene.year.keep(first);
    let other = scene.world.other_hospital(scene.dice, Tertiary, place);
    let mut second = delivery(scene.world, scene.person, scene.dice, scene.year, (other, scene.day.plus(150), 4), 2);
    assisted(&mut second);
    scene.note(second, &[], None);
    Some(())
}

/// Somebody gave birth on a man's card.
fn birth_of_a_man(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Maternity);
    let mut visit = delivery(scene.world, scene.person, scene.dice, scene.year, (place, scene.day, 4), 1);
    assisted(&mut visit);
    scene.note(visit, &[], None);
    scene.note_also("GZ10000204006000");
    scene.note_also("GZ10000201005000");
    Some(())
}

/// Paid as pneumonia with a grave complication, of which no line of the bill shows anything.
fn heavier_group(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Secondary);
    let visit = scene.mapped_stay(Bed { place, disease: &ADMITTED[1], begin: scene.day, days: 7 });
    let text = str::to_owned;
    let columns = vec![
        ("drg_code", text("ER1A")),
        ("weight", text("1.92")),
        ("alt_drg_code", text("ET25")),
        ("alt_weight", text("1.05")),
        ("resources", text("0")),
        ("standard", text("3800")),
        ("alt_standard", text("2030")),
        ("grouper", text("2.0")),
    ];
    scene.rows.push(Entry::new("drg_result", &visit.id.to_string(), columns));
    scene.note(visit, &[], None);
    Some(())
}

/// Three stays of six nights in a row, each at another hospital, treated with the same.
fn three_hospitals(scene: &mut Scene<'_>) -> Option<()> {
    let mut place = scene.hospital(Secondary);
    for number in 0..3 {
        let begin = scene.day.plus(number * 8);
        let visit = scene.mapped_stay(Bed { place, disease: &ADMITTED[2], begin, days: 6 });
        scene.year.keep(visit);
        place = scene.world.other_hospital(scene.dice, if number == 0 { Tertiary } else { Tcm }, place);
    }
    scene.note_person();
    Some(())
}

/// Four stays of seven nights at one hospital with a day or two between them, under another name each time, treated with the same.
fn renamed(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Secondary);
    let names =
        [("I63.900", "脑梗死"), ("I67.200", "大脑动脉粥样硬化"), ("I69.300", "脑梗死后遗症"), ("G45.900", "短暂性脑缺血发作")];
    for (number, name) in (0..).zip(names) {
        let begin = scene.day.plus(number * 8 + number / 2);
        let mut visit: Visit = scene.mapped_stay(Bed { place, disease: &ADMITTED[2], begin, days: 7 });
        visit.diags = vec![name];
        visit.dept = if number % 2 == 0 { "A03" } else { "A50" };
        scene.year.keep(visit);
    }
    scene.note_person();
    Some(())
}
