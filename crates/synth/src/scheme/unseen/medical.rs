//! Medical rules: what does no good or does harm, in shapes that only the national text suggests.

use super::super::deed::Setting::{Clinic, Emergency, Ward};
use super::super::deed::{Deed, Worth};
use super::super::{ADULT, MAN, Scene, Scheme, WOMAN, unseen};
use super::{noted, opened};
use crate::life::delivery;
use crate::person::Who;
use crate::place::Kind::{Children, Maternity, Secondary, Tcm, Tertiary};
use crate::visit::ONE;
use crate::world::at;

const NEARLY_GROWN: Who = Who { sex: 0, age: Some((16, 17)), insutype: "390" };
const FIFTEEN: Who = Who { sex: 0, age: Some((15, 16)), insutype: "390" };
const ELEVEN: Who = Who { sex: 0, age: Some((10, 11)), insutype: "390" };
const OLDER: Who = Who { sex: 0, age: Some((64, 66)), insutype: "" };
const VERY_OLD: Who = Who { sex: 0, age: Some((77, 86)), insutype: "" };
const MOTHER: Who = Who { sex: 2, age: Some((26, 36)), insutype: "" };

pub(in crate::scheme) const SCHEMES: &[Scheme] = &[
    unseen("GZ10000301001000", "scanned-two-days-later", ADULT, 8, scanned_two_days_later),
    unseen("GZ10000301001000", "scan-returned", ADULT, 8, scan_returned),
    unseen("GZ10000301002000", "fifteen-of-two-one-returned", FIFTEEN, 1, |s| {
        let item = s.special(&s.world.catalogue.specials.child_drugs)?.item;
        noted(s, item, Clinic(Children), (2, 1))
    }),
    unseen("GZ10000301003000", "day-before-eighteen", NEARLY_GROWN, 2, |s| {
        s.turns(18, 1);
        Deed::new("盐酸左氧氟沙星片", Emergency(Secondary)).units(2).play(s)
    }),
    unseen("GZ10000301003000", "eleven-in-ward", ELEVEN, 7, |s| {
        s.turns(12, 9);
        Deed::new("尼美舒利分散片", Ward(Children, 5)).on(&[1, 3], 0).play(s)
    }),
    unseen("GZ10000301004000", "man-in-ward", MAN, 6, |s| {
        let item = s.special_of(&s.world.catalogue.specials.sex_drugs, 2)?.item;
        noted(s, item, Ward(Secondary, 4), (3, 1))
    }),
    unseen("GZ10000301004000", "woman-in-emergency", WOMAN, 1, |s| {
        let item = s.special_of(&s.world.catalogue.specials.sex_drugs, 1)?.item;
        noted(s, item, Emergency(Tertiary), (1, 0))
    }),
    unseen("GZ10000301005000", "morning-and-evening", ADULT, 6, morning_and_evening),
    unseen("GZ10000301005000", "forty-at-once", ADULT, 11, forty_at_once),
    unseen("GZ10000301006000", "hospital-then-hospital", ADULT, 20, hospital_then_hospital),
    unseen("GZ10000301006000", "two-departments", ADULT, 1, |s| two_departments(s, "洛伐他汀片", "辛伐他汀片")),
    unseen("GZ10000301007000", "infertility", WOMAN, 1, |s| {
        Deed::new("戈舍瑞林缓释植入剂", Clinic(Maternity)).main("N97.900", "女性不孕症").play(s)
    }),
    unseen("GZ10000301007000", "stomach", ADULT, 8, |s| {
        Deed::new("甲磺酸伊马替尼片", Ward(Tertiary, 6)).main("C16.900", "胃恶性肿瘤").play(s)
    }),
    unseen("GZ10000301008000", "ulcer-last-month", ADULT, 30, ulcer_last_month),
    unseen("GZ10000301008000", "bleeding-second", ADULT, 8, |s| {
        Deed::new("注射用降纤酶", Ward(Secondary, 6)).illness(2).with("K92.208", "上消化道出血").on(&[2, 3], 0).play(s)
    }),
    unseen("GZ10000301009000", "on-the-birthday", OLDER, 6, |s| {
        s.turns(65, 1);
        Deed::new("地西泮片", Ward(Secondary, 4)).on(&[1], 0).play(s)
    }),
    unseen("GZ10000301009000", "emergency", VERY_OLD, 1, |s| Deed::new("盐酸苯海索片", Emergency(Tertiary)).play(s)),
    unseen("GZ10000301010000", "prenatal-elsewhere", MOTHER, 22, prenatal_elsewhere),
    unseen("GZ10000301010000", "born-later", MOTHER, 110, born_later),
    unseen("GZ10000301010000", "second-diagnosis-in-ward", MOTHER, 7, |s| {
        Deed::new("华法林钠片", Ward(Tertiary, 5)).illness(3).with("Z33.x00", "妊娠状态").on(&[1, 3], 0).play(s)
    }),
    unseen("GZ10000301011000", "two-hospitals", ADULT, 9, two_hospitals),
    unseen("GZ10000301011000", "two-departments", ADULT, 1, |s| two_departments(s, "匹莫齐特片", "伊曲康唑胶囊")),
    unseen("GZ10000301012000", "home-from-the-ward", ADULT, 9, opposites_for_home),
    unseen("GZ10000302001000", "pneumonia-one-returned", ADULT, 8, |s| {
        let (mut visit, lines) = Deed::new("糖化血红蛋白测定", Ward(Secondary, 6)).illness(0).on(&[1, 4], 0).bill(s)?;
        visit.refund(lines[0], ONE, 1200);
        let amount = visit.line(lines[1]).amount;
        s.note(visit, &lines[1..], Some(amount));
        Some(())
    }),
    unseen("GZ10000302002000", "back-pain-three-days", ADULT, 9, |s| {
        Deed::new("偏瘫肢体综合训练", Ward(Secondary, 7)).illness(5).on(&[1, 3, 5], 0).play(s)
    }),
    unseen("GZ10000302003000", "fifteen-in-emergency", FIFTEEN, 1, |s| {
        let item = s.special(&s.world.catalogue.specials.child_services)?.item;
        noted(s, item, Emergency(Secondary), (1, 0))
    }),
    unseen("GZ10000302004000", "man-in-ward", MAN, 6, |s| {
        let item = s.special_of(&s.world.catalogue.specials.sex_services, 2)?.item;
        noted(s, item, Ward(Secondary, 4), (2, 1))
    }),
    unseen("GZ10000302005000", "pacemaker-last-month", ADULT, 34, pacemaker_last_month),
    unseen("GZ10000302005000", "epilepsy-second", ADULT, 8, |s| {
        Deed::new("经颅磁刺激治疗", Ward(Tertiary, 6)).illness(2).with("G40.900", "癫痫").on(&[1, 2, 4], 0).play(s)
    }),
    unseen("GZ10000302006000", "pancreatitis-twice", ADULT, 8, |s| {
        Deed::new("血浆置换", Ward(Tertiary, 6)).illness(6).on(&[1, 3], 0).play(s)
    }),
    unseen("GZ10000302006000", "arthritis", ADULT, 1, |s| {
        Deed::new("免疫吸附治疗", Clinic(Tertiary)).main("M05.900", "血清反应阳性的类风湿性关节炎").play(s)
    }),
    unseen("GZ10000303001000", "procedure-returned", ADULT, 8, procedure_returned),
    unseen("GZ10000303001000", "screws-without-surgery", ADULT, 9, |s| {
        Deed::new("椎弓根钉", Ward(Secondary, 7)).illness(5).units(4).play(s)
    }),
    unseen("GZ10000303002000", "emergency-department", ADULT, 1, |s| {
        Deed::new("泪小管支架", Emergency(Tertiary)).units(2).play(s)
    }),
    unseen("GZ10000303003000", "two-and-two", ADULT, 8, |s| {
        Deed::new("可吸收缝合器钉仓", Ward(Tertiary, 6)).operation("45.7500").units(2).on(&[1, 3], 1).play(s)
    }),
    unseen("GZ10000303003000", "five-of-which-two-returned", ADULT, 8, |s| {
        let deed = Deed::new("可吸收缝合器钉仓", Ward(Tertiary, 6)).operation("45.7500").units(5).worth(Worth::Units(1));
        let (mut visit, lines) = deed.bill(s)?;
        visit.refund(lines[0], 2 * ONE, 1200);
        deed.note(s, visit, &lines)
    }),
];

/// Contrast medium on the second day, the scan that needs it on the fourth.
fn scanned_two_days_later(scene: &mut Scene<'_>) -> Option<()> {
    let deed = Deed::new("钆喷酸葡胺注射液", Ward(Tertiary, 6));
    let (mut visit, lines) = deed.bill(scene)?;
    scene.bill(&mut visit, "磁共振增强扫描", at(scene.day.plus(3), 10 * 60), 1)?;
    deed.note(scene, visit, &lines)
}

/// The scan was not done and goes back; the contrast medium stays on the bill.
fn scan_returned(scene: &mut Scene<'_>) -> Option<()> {
    let deed = Deed::new("碘普罗胺注射液", Ward(Tertiary, 6));
    let (mut visit, lines) = deed.bill(scene)?;
    let sn = scene.bill(&mut visit, "X线计算机体层增强扫描", at(scene.day.plus(1), 14 * 60 + 20), 1)?;
    visit.refund(sn, ONE, 3600);
    deed.note(scene, visit, &lines)
}

/// Three in the morning and three in the evening, of which four a day are safe.
fn morning_and_evening(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Secondary, 4));
    let day = scene.day.plus(1);
    scene.bill(&mut visit, "注射用血栓通", at(day, 8 * 60), 3)?;
    let sn = scene.bill(&mut visit, "注射用血栓通", at(day, 20 * 60), 3)?;
    let excess = visit.line(sn).price * 2;
    scene.note(visit, &[sn], Some(excess));
    // A ward may fetch today what it gives tomorrow, and nobody delivered the dose.
    scene.hide_last();
    Some(())
}

/// Forty at once for one patient of a ward: ten days of the largest dose, where a ward fetches for a week.
fn forty_at_once(scene: &mut Scene<'_>) -> Option<()> {
    Deed::new("注射用血栓通", Ward(Secondary, 9)).units(40).worth(Worth::Nothing).play(scene)
}

/// Two departments of one hospital on one day: the second prescribes what does not go with what the first did.
fn two_departments(scene: &mut Scene<'_>, first: &str, second: &str) -> Option<()> {
    let place = scene.hospital(Secondary);
    let mut before = scene.outpatient(place, 0);
    scene.bill_later(&mut before, first, 1500, 1)?;
    scene.year.keep(before);
    let mut visit = scene.outpatient(place, 0);
    visit.dept = "A10";
    let sn = scene.bill_later(&mut visit, second, 1500, 1)?;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// Four weeks of one statin from a hospital, and ten days later another one from another hospital.
fn hospital_then_hospital(scene: &mut Scene<'_>) -> Option<()> {
    let mut first = opened(scene, Clinic(Secondary));
    let sn = scene.bill_later(&mut first, "洛伐他汀片", 1500, 4)?;
    first.line(sn).days = 28;
    let place = first.place;
    scene.year.keep(first);
    let other = scene.world.other_hospital(scene.dice, Tertiary, place);
    let mut visit = scene.outpatient(other, 10);
    let sn = scene.bill_later(&mut visit, "辛伐他汀片", 1500, 2)?;
    visit.line(sn).days = 14;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// An illness on record at one hospital, and what it forbids at another, some weeks later.
fn forbidden_later(scene: &mut Scene<'_>, illness: (&'static str, &'static str), item: &str) -> Option<()> {
    let place = scene.hospital(Tertiary);
    let mut before = scene.outpatient(place, 0);
    before.diags = vec![illness];
    scene.year.keep(before);
    let other = scene.world.other_hospital(scene.dice, Secondary, place);
    let mut visit = scene.outpatient(other, 28);
    visit.diags = vec![("M54.500", "下背痛")];
    let sn = scene.bill_later(&mut visit, item, 1500, 1)?;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

fn ulcer_last_month(scene: &mut Scene<'_>) -> Option<()> {
    forbidden_later(scene, ("K25.700", "慢性胃溃疡"), "萘普生钠片")
}

fn pacemaker_last_month(scene: &mut Scene<'_>) -> Option<()> {
    forbidden_later(scene, ("Z95.000", "具有心脏起搏器"), "磁共振增强扫描")
}

/// Known to be pregnant at the hospital for women; three weeks later a drug that harms the child, elsewhere, for her skin.
fn prenatal_elsewhere(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Maternity);
    let mut before = scene.outpatient(place, 0);
    before.diags = vec![("Z34.900", "正常妊娠监督")];
    scene.year.keep(before);
    let other = scene.world.other_hospital(scene.dice, Secondary, place);
    let mut visit = scene.outpatient(other, 20);
    visit.diags = vec![("L70.000", "寻常性痤疮")];
    let sn = scene.bill_later(&mut visit, "异维A酸软胶囊", 1500, 1)?;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// Nobody wrote down that she was pregnant; she gave birth a hundred days later.
fn born_later(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Clinic(Secondary));
    let sn = scene.bill_later(&mut visit, "华法林钠片", 1500, 1)?;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    let ward = (scene.hospital(Maternity), scene.day.plus(100), 4);
    let birth = delivery(scene.world, scene.person, scene.dice, scene.year, ward, 1);
    scene.year.keep(birth);
    Some(())
}

/// Four weeks of one drug, and within them what may not be taken with it, from another hospital.
fn two_hospitals(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Tertiary);
    let mut first = scene.outpatient(place, 0);
    let sn = scene.bill_later(&mut first, "匹莫齐特片", 1500, 4)?;
    first.line(sn).days = 28;
    scene.year.keep(first);
    let other = scene.world.other_hospital(scene.dice, Secondary, place);
    let mut visit = scene.outpatient(other, 8);
    let sn = scene.bill_later(&mut visit, "伊曲康唑胶囊", 1500, 1)?;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// Six herbs to boil at home after a stay, two of which have been kept apart for centuries.
fn opposites_for_home(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Tcm, 7));
    let when = at(scene.day.plus(7), 8 * 60 + 30);
    let mut pair = Vec::new();
    for name in ["山药饮片", "丹参饮片", "丁香饮片", "柴胡饮片", "黄芩饮片", "郁金饮片"] {
        let sn = scene.bill(&mut visit, name, when, 70)?;
        let line = visit.line(sn);
        (line.rx, line.days, line.take_home) = (40, 7, true);
        if matches!(name, "丁香饮片" | "郁金饮片") {
            pair.push(sn);
        }
    }
    scene.note(visit, &pair, None);
    Some(())
}

/// The vessel could not be opened and the procedure goes back; the stent stays on the bill.
fn procedure_returned(scene: &mut Scene<'_>) -> Option<()> {
    let deed = Deed::new("冠状动脉药物洗脱支架", Ward(Tertiary, 6)).with("I25.103", "冠状动脉粥样硬化性心脏病");
    let (mut visit, lines) = deed.bill(scene)?;
    let sn = scene.bill(&mut visit, "经皮冠状动脉介入", at(scene.day.plus(1), 14 * 60), 1)?;
    visit.refund(sn, ONE, 7200);
    deed.note(scene, visit, &lines)
}
