//! Items for newborns, children and people of working age only, and drugs forbidden to the young, the old and the pregnant.

use super::Role::{Hidden, Hit, Near};
use super::deed::Setting::{Clinic, Ward};
use super::deed::{Deed, Paid};
use super::{ADULT, Scene, Scheme, WOMAN, scheme};
use crate::person::{Register, Who};
use crate::place::Kind::{Children, Maternity, Secondary};

const NEWBORN_DRUG: &str = "GZ10000101006000";
const NEWBORN_SERVICE: &str = "GZ10000102005000";
const NEWBORN_CONSUMABLE: &str = "GZ10000103001000";
const CHILD_SERVICE: &str = "GZ10000102006000";
const CHILD_CONSUMABLE: &str = "GZ10000103002000";
const WORKING_AGE: &str = "E25-029";
const NOT_CHILDREN: &str = "GZ10000301003000";
const NOT_OLD: &str = "GZ10000301009000";
const NOT_PREGNANT: &str = "GZ10000301010000";
const DIAGNOSIS: &str = "GZ10000204007000";

const BABY: Who = Who { sex: 0, age: Some((0, 0)), insutype: "390" };
const CHILD: Who = Who { sex: 0, age: Some((7, 10)), insutype: "390" };
const OLD: Who = Who { sex: 0, age: Some((78, 88)), insutype: "" };
const AGEING: Who = Who { sex: 0, age: Some((66, 72)), insutype: "" };
const GRANDMOTHER: Who = Who { sex: 2, age: Some((68, 74)), insutype: "" };

const SURFACTANT: Deed = Deed::new("注射用牛肺表面活性剂", Ward(Children, 5));
const CAFFEINE: Deed = Deed::new("枸橼酸咖啡因注射液", Clinic(Children)).units(2);
const INCUBATOR: Deed = Deed::new("新生儿暖箱监护", Ward(Children, 5));
const BILIRUBIN: Deed = Deed::new("新生儿经皮胆红素监测", Clinic(Children)).units(2);
const CATHETER: Deed = Deed::new("新生儿脐静脉导管", Ward(Children, 5));
const FEEDING: Deed = Deed::new("新生儿喂养管", Clinic(Children)).units(3);
const PUNCTURE: Deed = Deed::new("小儿静脉穿刺加收", Clinic(Children)).units(2);
const SCREENING: Deed = Deed::new("婴儿智能发育筛查", Clinic(Children));
const TUBE: Deed = Deed::new("小儿气管插管", Clinic(Secondary));
const NEEDLE: Deed = Deed::new("小儿留置针", Clinic(Children)).units(2);
const TRAINING: Deed = Deed::new("职业功能训练", Clinic(Secondary)).units(2);
const QUINOLONE: Deed = Deed::new("盐酸左氧氟沙星片", Clinic(Children)).units(2);
const NIMESULIDE: Deed = Deed::new("尼美舒利分散片", Clinic(Secondary));
const DIAZEPAM: Deed = Deed::new("地西泮片", Clinic(Secondary)).units(2);
const TRIHEXYPHENIDYL: Deed = Deed::new("盐酸苯海索片", Ward(Secondary, 6));
const ISOTRETINOIN: Deed = Deed::new("异维A酸软胶囊", Clinic(Secondary));
const WARFARIN: Deed = Deed::new("华法林钠片", Ward(Maternity, 5)).units(2);

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(NEWBORN_DRUG, "sixty-days", Hit, BABY, 8, |s| aged(s, 60, SURFACTANT)),
    scheme(NEWBORN_DRUG, "hundred-days", Hit, BABY, 1, |s| aged(s, 100, CAFFEINE)),
    scheme(NEWBORN_DRUG, "no-birth-date", Hidden, BABY, 8, |s| unborn(s, SURFACTANT)),
    scheme(NEWBORN_DRUG, "last-day", Near, BABY, 1, |s| aged(s, 28, CAFFEINE)),
    scheme(NEWBORN_DRUG, "self-paid", Near, BABY, 1, |s| aged(s, 90, CAFFEINE.paid(Paid::Own))),
    scheme(NEWBORN_SERVICE, "seventy-days", Hit, BABY, 8, |s| aged(s, 70, INCUBATOR)),
    scheme(NEWBORN_SERVICE, "clinic", Hit, BABY, 1, |s| aged(s, 45, BILIRUBIN)),
    scheme(NEWBORN_SERVICE, "no-scope-amount", Hidden, BABY, 1, |s| aged(s, 45, BILIRUBIN.paid(Paid::Unstated))),
    scheme(NEWBORN_SERVICE, "last-day", Near, BABY, 1, |s| aged(s, 28, BILIRUBIN)),
    scheme(NEWBORN_SERVICE, "refunded", Near, BABY, 8, |s| aged(s, 70, INCUBATOR.paid(Paid::Refunded))),
    scheme(NEWBORN_CONSUMABLE, "eighty-days", Hit, BABY, 8, |s| aged(s, 80, CATHETER)),
    scheme(NEWBORN_CONSUMABLE, "clinic", Hit, BABY, 1, |s| aged(s, 50, FEEDING)),
    scheme(NEWBORN_CONSUMABLE, "last-day", Near, BABY, 1, |s| aged(s, 28, FEEDING)),
    scheme(NEWBORN_CONSUMABLE, "self-paid", Near, BABY, 8, |s| aged(s, 80, CATHETER.paid(Paid::Own))),
    scheme(CHILD_SERVICE, "too-old", Hit, CHILD, 1, |s| PUNCTURE.play(s)),
    scheme(CHILD_SERVICE, "past-months", Hit, CHILD, 1, |s| turned(s, 3, -60, SCREENING)),
    scheme(CHILD_SERVICE, "no-birth-date", Hidden, CHILD, 1, |s| unborn(s, PUNCTURE)),
    scheme(CHILD_SERVICE, "day-before-sixth-birthday", Near, CHILD, 1, |s| turned(s, 6, 1, PUNCTURE)),
    scheme(CHILD_SERVICE, "self-paid", Near, CHILD, 1, |s| PUNCTURE.paid(Paid::Own).play(s)),
    scheme(CHILD_CONSUMABLE, "grown-up", Hit, ADULT, 1, |s| TUBE.play(s)),
    scheme(CHILD_CONSUMABLE, "past-months", Hit, CHILD, 1, |s| turned(s, 3, -60, NEEDLE)),
    scheme(CHILD_CONSUMABLE, "no-scope-amount", Hidden, ADULT, 1, |s| TUBE.paid(Paid::Unstated).play(s)),
    scheme(CHILD_CONSUMABLE, "day-before-sixth-birthday", Near, CHILD, 1, |s| turned(s, 6, 1, TUBE)),
    scheme(CHILD_CONSUMABLE, "refunded", Near, ADULT, 1, |s| TUBE.paid(Paid::Refunded).play(s)),
    scheme(WORKING_AGE, "child", Hit, CHILD, 1, |s| TRAINING.play(s)),
    scheme(WORKING_AGE, "retired", Hit, GRANDMOTHER, 1, |s| TRAINING.units(3).play(s)),
    scheme(WORKING_AGE, "no-birth-date", Hidden, CHILD, 1, |s| unborn(s, TRAINING)),
    scheme(WORKING_AGE, "sixteenth-birthday", Near, CHILD, 1, |s| turned(s, 16, 0, TRAINING)),
    scheme(WORKING_AGE, "self-paid", Near, GRANDMOTHER, 1, |s| TRAINING.paid(Paid::Own).play(s)),
    scheme(NOT_CHILDREN, "ten-years", Hit, CHILD, 1, |s| QUINOLONE.play(s)),
    scheme(NOT_CHILDREN, "day-before-twelfth-birthday", Hit, CHILD, 1, |s| turned(s, 12, 1, NIMESULIDE)),
    scheme(NOT_CHILDREN, "no-birth-date", Hidden, CHILD, 1, |s| unborn(s, QUINOLONE)),
    scheme(NOT_CHILDREN, "twelfth-birthday", Near, CHILD, 1, |s| turned(s, 12, 0, NIMESULIDE)),
    scheme(NOT_CHILDREN, "family-account", Near, CHILD, 1, |s| QUINOLONE.paid(Paid::Family).play(s)),
    scheme(NOT_OLD, "over-65", Hit, AGEING, 1, |s| DIAZEPAM.play(s)),
    scheme(NOT_OLD, "over-75", Hit, OLD, 8, |s| TRIHEXYPHENIDYL.play(s)),
    scheme(NOT_OLD, "day-before-65th-birthday", Near, AGEING, 1, |s| turned(s, 65, 1, DIAZEPAM)),
    scheme(NOT_OLD, "not-yet-75", Near, AGEING, 8, |s| TRIHEXYPHENIDYL.play(s)),
    scheme(NOT_PREGNANT, "antenatal", Hit, WOMAN, 1, |s| ISOTRETINOIN.with("Z34.900", "正常妊娠监督").play(s)),
    scheme(NOT_PREGNANT, "threatened", Hit, WOMAN, 7, |s| WARFARIN.main("O20.000", "先兆流产").play(s)),
    scheme(NOT_PREGNANT, "not-pregnant", Near, WOMAN, 1, |s| ISOTRETINOIN.play(s)),
    scheme(NOT_PREGNANT, "after-birth", Near, WOMAN, 7, |s| WARFARIN.main("O80.900", "单胎顺产").play(s)),
    scheme(DIAGNOSIS, "perinatal", Hit, ADULT, 1, |s| diagnosed(s, ("P22.000", "新生儿呼吸窘迫综合征"))),
    scheme(DIAGNOSIS, "perinatal-jaundice", Hit, AGEING, 1, |s| diagnosed(s, ("P59.900", "新生儿黄疸"))),
    scheme(DIAGNOSIS, "no-birth-date", Hidden, ADULT, 1, |s| {
        s.person.birth_note = Register::Missing;
        diagnosed(s, ("P22.000", "新生儿呼吸窘迫综合征"))
    }),
    scheme(DIAGNOSIS, "newborn", Near, BABY, 1, |s| {
        s.born(12);
        diagnosed(s, ("P59.900", "新生儿黄疸"))
    }),
    scheme(DIAGNOSIS, "congenital", Near, ADULT, 1, |s| diagnosed(s, ("Q21.100", "房间隔缺损"))),
];

/// A baby of so many days on the day of service.
fn aged(scene: &mut Scene<'_>, days: i32, deed: Deed) -> Option<()> {
    scene.born(days);
    deed.play(scene)
}

/// So many days before, or after, a birthday.
fn turned(scene: &mut Scene<'_>, years: i32, after: i32, deed: Deed) -> Option<()> {
    scene.turns(years, after);
    deed.play(scene)
}

/// Nobody wrote the birth date down.
fn unborn(scene: &mut Scene<'_>, deed: Deed) -> Option<()> {
    if scene.person.age == 0 {
        scene.born(90);
    }
    scene.person.birth_note = Register::Missing;
    deed.play(scene)
}

fn diagnosed(scene: &mut Scene<'_>, diagnosis: (&'static str, &'static str)) -> Option<()> {
    let place = scene.hospital(Secondary);
    let mut visit = scene.outpatient(place, 0);
    visit.diags.push(diagnosis);
    scene.note(visit, &[], None);
    Some(())
}
