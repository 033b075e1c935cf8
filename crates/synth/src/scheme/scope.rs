//! What the fund pays for only in another scheme, another setting, another hospital, or after something else.

use super::Role::{Hidden, Hit, Near};
use super::deed::Setting::{Clinic, Emergency, Ward};
use super::deed::{Deed, Paid};
use super::{ADULT, Scene, Scheme, scheme};
use crate::person::Who;
use crate::place::Kind::{Secondary, Tcm, Tertiary, Unrated};

const INJURY: &str = "GZ10000102003000";
const MATERNITY: &str = "GZ10000102004000";
const MODE: &str = "GZ10000102009000";
const LEVEL: &str = "GZ10000102011000";
const NEVER: &str = "GZ10000101003000";
const SECOND_LINE: &str = "GZ10000101005000";

const WORKER: Who = Who { sex: 2, age: Some((24, 38)), insutype: "310" };
const RESIDENT: Who = Who { sex: 2, age: Some((24, 38)), insutype: "390" };

const LAVAGE: Deed = Deed::new("尘肺全肺灌洗", Ward(Tertiary, 6));
const ASSESSMENT: Deed = Deed::new("工伤康复职业评定", Clinic(Secondary)).units(2);
const MONITORING: Deed = Deed::new("胎心监测", Clinic(Secondary)).units(2);
const PELVIC: Deed = Deed::new("产后盆底功能康复", Clinic(Tertiary)).units(3);
const NUTRITION: Deed = Deed::new("住院营养评估", Clinic(Secondary));
const DRESSING: Deed = Deed::new("门诊伤口换药套餐", Ward(Secondary, 6)).on(&[2, 4], 0);
const CORONARY: Deed = Deed::new("经皮冠状动脉介入", Ward(Secondary, 6));
const RADIATION: Deed = Deed::new("三维适形放射治疗", Ward(Secondary, 8)).on(&[2, 3, 4], 0);
const ANTLER: Deed = Deed::new("鹿茸饮片", Clinic(Tcm)).units(30);
const CORDYCEPS: Deed = Deed::new("冬虫夏草饮片", Clinic(Tcm)).units(5).beside(&["山药饮片", "丹参饮片", "黄芩饮片"]);
const ANTIBODY: Deed = Deed::new("注射用曲妥珠单抗", Clinic(Tertiary));

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(INJURY, "in-ward", Hit, ADULT, 8, |s| LAVAGE.play(s)),
    scheme(INJURY, "clinic", Hit, ADULT, 1, |s| ASSESSMENT.play(s)),
    scheme(INJURY, "no-scope-amount", Hidden, ADULT, 1, |s| ASSESSMENT.paid(Paid::Unstated).play(s)),
    scheme(INJURY, "self-paid", Near, ADULT, 1, |s| ASSESSMENT.paid(Paid::Own).play(s)),
    scheme(INJURY, "refunded", Near, ADULT, 8, |s| LAVAGE.paid(Paid::Refunded).play(s)),
    scheme(MATERNITY, "employee-clinic", Hit, WORKER, 1, |s| MONITORING.play(s)),
    scheme(MATERNITY, "employee-pelvis", Hit, WORKER, 1, |s| PELVIC.play(s)),
    scheme(MATERNITY, "no-scope-amount", Hidden, WORKER, 1, |s| MONITORING.paid(Paid::Unstated).play(s)),
    scheme(MATERNITY, "resident", Near, RESIDENT, 1, |s| MONITORING.play(s)),
    scheme(MATERNITY, "maternity-visit", Near, WORKER, 1, |s| {
        let (mut visit, lines) = MONITORING.bill(s)?;
        (visit.med_type, visit.matn_type) = ("51", "1");
        visit.lines.iter_mut().for_each(|line| line.maternity = true);
        MONITORING.note(s, visit, &lines)
    }),
    scheme(MODE, "inpatient-item-in-clinic", Hit, ADULT, 1, |s| NUTRITION.play(s)),
    scheme(MODE, "clinic-item-in-ward", Hit, ADULT, 8, |s| DRESSING.play(s)),
    scheme(MODE, "no-scope-amount", Hidden, ADULT, 1, |s| NUTRITION.paid(Paid::Unstated).play(s)),
    scheme(MODE, "in-ward", Near, ADULT, 8, |s| Deed::new("住院营养评估", Ward(Secondary, 5)).play(s)),
    scheme(MODE, "day-of-admission", Near, ADULT, 8, |s| DRESSING.on(&[0], 0).play(s)),
    scheme(LEVEL, "second-level", Hit, ADULT, 8, |s| CORONARY.play(s)),
    scheme(LEVEL, "not-registered", Hit, ADULT, 10, |s| RADIATION.play(s)),
    scheme(LEVEL, "unrated", Hidden, ADULT, 1, |s| Deed::new("经皮冠状动脉介入", Clinic(Unrated)).play(s)),
    scheme(LEVEL, "third-level", Near, ADULT, 8, |s| Deed::new("经皮冠状动脉介入", Ward(Tertiary, 6)).play(s)),
    scheme(LEVEL, "registered", Near, ADULT, 8, |s| Deed::new("三维适形放射治疗", Ward(Tertiary, 6)).play(s)),
    scheme(NEVER, "alone", Hit, ADULT, 1, |s| ANTLER.play(s)),
    scheme(NEVER, "among-others", Hit, ADULT, 1, |s| CORDYCEPS.play(s)),
    scheme(NEVER, "no-scope-amount", Hidden, ADULT, 1, |s| ANTLER.paid(Paid::Unstated).play(s)),
    scheme(NEVER, "self-paid", Near, ADULT, 1, |s| CORDYCEPS.paid(Paid::Own).play(s)),
    scheme(NEVER, "refunded", Near, ADULT, 1, |s| ANTLER.paid(Paid::Refunded).play(s)),
    scheme(SECOND_LINE, "first-of-all", Hit, ADULT, 1, |s| first_of_all(s, ANTIBODY)),
    scheme(SECOND_LINE, "emergency", Hit, ADULT, 1, |s| {
        first_of_all(s, Deed::new("注射用曲妥珠单抗", Emergency(Tertiary)).units(2))
    }),
    scheme(SECOND_LINE, "after-first-line", Near, ADULT, 34, |s| ANTIBODY.after("注射用紫杉醇", 30).play(s)),
    scheme(SECOND_LINE, "with-first-line", Near, ADULT, 1, |s| ANTIBODY.beside(&["注射用紫杉醇"]).play(s)),
    scheme(SECOND_LINE, "self-paid", Near, ADULT, 1, |s| ANTIBODY.paid(Paid::Own).play(s)),
];

/// The second line without the first. Whether there was none can be known only where a whole year was delivered before it.
fn first_of_all(scene: &mut Scene<'_>, deed: Deed) -> Option<()> {
    const YEAR: i32 = 365;
    let late = scene.world.last.plus(-2 - i32::try_from(scene.turn % 20).unwrap_or(0));
    let known = late.since(scene.world.first) >= YEAR;
    if known {
        scene.day = late;
        scene.year.mark(late, late, crate::visit::Mark::Blocked);
    }
    deed.play(scene)?;
    if !known {
        scene.hide_last();
    }
    Some(())
}
