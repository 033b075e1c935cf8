//! Consumables: for the other sex, beside what contains them, without what they are for, too many, in the wrong department; and
//! contrast media without a scan.

use super::Role::{Hidden, Hit, Near};
use super::deed::Setting::{Clinic, Ward};
use super::deed::{Deed, Paid, Worth};
use super::{ADULT, MAN, Scheme, WOMAN, scheme};
use crate::place::Kind::{Secondary, Tertiary};

const SEX: &str = "E25-087";
const CONTAINED: &str = "E25-030";
const DRUG_ALONE: &str = "GZ10000301001000";
const ALONE: &str = "GZ10000303001000";
const DEPARTMENT: &str = "GZ10000303002000";
const QUANTITY: &str = "GZ10000303003000";
const CAP: &str = "GZ10000103003000";

const FEMALE: Deed = Deed::new("女性导尿管", Clinic(Secondary)).units(2);
const PROSTATE: Deed = Deed::new("前列腺支架", Ward(Tertiary, 5));
const DIALYSER: Deed = Deed::new("一次性透析器", Clinic(Secondary)).beside(&["血液透析"]);
const FORCEPS: Deed = Deed::new("一次性活检钳", Ward(Tertiary, 5)).beside(&["纤维支气管镜检查"]);
const IODINE: Deed = Deed::new("碘普罗胺注射液", Ward(Tertiary, 5)).units(2);
const GADOLINIUM: Deed = Deed::new("钆喷酸葡胺注射液", Ward(Secondary, 6));
const STENT: Deed = Deed::new("冠状动脉药物洗脱支架", Ward(Tertiary, 6)).with("I25.103", "冠状动脉粥样硬化性心脏病");
const SCREW: Deed = Deed::new("椎弓根钉", Ward(Secondary, 7)).units(4);
const LACRIMAL: Deed = Deed::new("泪小管支架", Ward(Tertiary, 5)).dept("A04");
const SINUS: Deed = Deed::new("鼻窦球囊导管", Clinic(Tertiary)).dept("A03");
const STAPLES: Deed = Deed::new("可吸收缝合器钉仓", Ward(Tertiary, 7)).operation("54.1101");
const LENS: Deed = Deed::new("人工晶体", Ward(Tertiary, 5)).on(&[1, 2], 1).worth(Worth::Fen(120_000));
const PUNCTURE: Deed = Deed::new("一次性穿刺包", Ward(Secondary, 5)).units(3).worth(Worth::Units(2));

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(SEX, "man", Hit, MAN, 1, |s| FEMALE.play(s)),
    scheme(SEX, "woman", Hit, WOMAN, 7, |s| PROSTATE.play(s)),
    scheme(SEX, "right-sex", Near, WOMAN, 1, |s| FEMALE.play(s)),
    scheme(SEX, "refunded", Near, MAN, 1, |s| FEMALE.paid(Paid::Refunded).play(s)),
    scheme(CONTAINED, "same-day", Hit, ADULT, 1, |s| DIALYSER.play(s)),
    scheme(CONTAINED, "same-visit", Hit, ADULT, 7, |s| FORCEPS.play(s)),
    scheme(CONTAINED, "no-scope-amount", Hidden, ADULT, 1, |s| DIALYSER.paid(Paid::Unstated).play(s)),
    scheme(CONTAINED, "alone", Near, ADULT, 1, |s| Deed::new("一次性透析器", Clinic(Secondary)).play(s)),
    scheme(CONTAINED, "self-paid", Near, ADULT, 7, |s| FORCEPS.paid(Paid::Own).play(s)),
    scheme(DRUG_ALONE, "no-scan", Hit, ADULT, 7, |s| IODINE.play(s)),
    scheme(DRUG_ALONE, "no-magnetic-scan", Hit, ADULT, 8, |s| GADOLINIUM.play(s)),
    scheme(DRUG_ALONE, "scanned", Near, ADULT, 7, |s| IODINE.beside(&["X线计算机体层增强扫描"]).play(s)),
    scheme(DRUG_ALONE, "scanned-before", Near, ADULT, 12, |s| GADOLINIUM.after("磁共振增强扫描", 4).play(s)),
    scheme(ALONE, "no-intervention", Hit, ADULT, 8, |s| STENT.play(s)),
    scheme(ALONE, "no-spine-operation", Hit, ADULT, 9, |s| SCREW.play(s)),
    scheme(ALONE, "with-intervention", Near, ADULT, 8, |s| STENT.beside(&["经皮冠状动脉介入"]).play(s)),
    scheme(ALONE, "refunded", Near, ADULT, 9, |s| SCREW.paid(Paid::Refunded).play(s)),
    scheme(DEPARTMENT, "surgery", Hit, ADULT, 7, |s| LACRIMAL.play(s)),
    scheme(DEPARTMENT, "internal", Hit, ADULT, 1, |s| SINUS.play(s)),
    scheme(DEPARTMENT, "theatre", Hidden, ADULT, 1, |s| SINUS.dept("A26").play(s)),
    scheme(DEPARTMENT, "eyes", Near, ADULT, 7, |s| LACRIMAL.dept("A10").play(s)),
    scheme(DEPARTMENT, "ears", Near, ADULT, 1, |s| SINUS.dept("A11").play(s)),
    scheme(QUANTITY, "one-too-many", Hit, ADULT, 9, |s| STAPLES.units(3).worth(Worth::Units(1)).play(s)),
    scheme(QUANTITY, "twice-as-many", Hit, ADULT, 9, |s| STAPLES.units(4).worth(Worth::Units(2)).play(s)),
    scheme(QUANTITY, "no-operation-record", Hidden, ADULT, 9, |s| {
        Deed::new("可吸收缝合器钉仓", Ward(Tertiary, 7)).units(3).play(s)
    }),
    scheme(QUANTITY, "as-many-as-allowed", Near, ADULT, 9, |s| STAPLES.units(2).play(s)),
    scheme(QUANTITY, "two-operations", Near, ADULT, 9, |s| {
        let (mut visit, lines) = STAPLES.units(4).bill(s)?;
        let day = s.day.plus(3);
        super::operation::record(&mut visit, "54.1101", crate::world::at(day, 600), crate::world::at(day, 700));
        STAPLES.note(s, visit, &lines)
    }),
    scheme(CAP, "two-lenses", Hit, ADULT, 7, |s| LENS.play(s)),
    scheme(CAP, "three-in-a-day", Hit, ADULT, 7, |s| PUNCTURE.play(s)),
    scheme(CAP, "no-scope-amount", Hidden, ADULT, 7, |s| LENS.paid(Paid::Unstated).play(s)),
    scheme(CAP, "one-lens", Near, ADULT, 7, |s| LENS.on(&[1], 0).play(s)),
    scheme(CAP, "one-a-day", Near, ADULT, 7, |s| PUNCTURE.units(1).on(&[1, 2, 3], 0).play(s)),
];
