//! Operations: of the other sex, against the diagnosis, without their code, twice on one organ, by one surgeon in two rooms;
//! and births too close together.

use claims::Moment;

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, MAN, Scene, Scheme, WOMAN, group, scheme};
use crate::everyday::{ADMITTED, BIRTH};
use crate::life::Ward;
use crate::person::{Register, Who};
use crate::place::Kind;
use crate::visit::{Operation, Visit};
use crate::world::at;

const SEX: &str = "GZ10000201005000";
/// A diagnosis that the person's sex cannot have.
const WRONG_DIAGNOSIS: &str = "GZ10000204006000";
const DIAGNOSIS: &str = "GZ10000201006000";
const CODE: &str = "GZ10000201004000";
const ORGAN: &str = "M036";
const CLASH: &str = "M035";
const BIRTHS: &str = "M044";

/// Past the age at which the city gives birth by itself.
const MOTHER: Who = Who { sex: 2, age: Some((42, 46)), insutype: "" };

type Dx = (&'static str, &'static str);
const GALLSTONE: Dx = ("K80.100", "胆囊结石伴慢性胆囊炎");
const STROKE: Dx = ("I63.900", "脑梗死");
const APPENDIX: Dx = ("K35.800", "急性阑尾炎");

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(SEX, "uterus-of-a-man", Hit, MAN, 9, |s| {
        operated(s, "68.4901", ("N85.000", "子宫内膜腺性增生"))?;
        s.note_also(WRONG_DIAGNOSIS);
        Some(())
    }),
    scheme(SEX, "prostate-of-a-woman", Hit, WOMAN, 9, |s| {
        operated(s, "60.2901", ("N40.x00", "前列腺增生"))?;
        s.note_also(WRONG_DIAGNOSIS);
        Some(())
    }),
    scheme(SEX, "sex-unknown", Hidden, MAN, 9, |s| {
        (s.person.sex_in_table, s.person.sex_at_visit) = (Register::Default, Register::Default);
        operated(s, "68.4901", ("D25.900", "子宫平滑肌瘤"))
    }),
    scheme(SEX, "right-sex", Near, WOMAN, 9, |s| operated(s, "68.4901", ("D25.900", "子宫平滑肌瘤"))),
    scheme(SEX, "intersex", Near, MAN, 9, intersex),
    scheme(DIAGNOSIS, "gall-bladder-for-stroke", Hit, ADULT, 9, |s| operated(s, "51.2300", STROKE)),
    scheme(DIAGNOSIS, "hernia-for-gallstone", Hit, ADULT, 9, |s| operated(s, "53.0000", GALLSTONE)),
    scheme(DIAGNOSIS, "gallstone", Near, ADULT, 9, |s| operated(s, "51.2300", GALLSTONE)),
    scheme(DIAGNOSIS, "appendicitis", Near, ADULT, 9, |s| operated(s, "47.0901", APPENDIX)),
    scheme(CODE, "charged-only", Hit, ADULT, 9, |s| charged(s, "54.1101", 1)),
    scheme(CODE, "charged-another", Hit, ADULT, 9, |s| charged(s, "51.2300", 2)),
    scheme(CODE, "coded", Near, ADULT, 9, |s| charged(s, "47.0901", 1)),
    scheme(CODE, "through-the-scope", Near, ADULT, 9, |s| charged(s, "47.0100", 1)),
    scheme(ORGAN, "gall-bladder-twice", Hit, ADULT, 75, |s| twice(s, ("51.2300", "51.2200"), GALLSTONE, 60)),
    scheme(ORGAN, "appendix-twice", Hit, ADULT, 75, |s| twice(s, ("47.0901", "47.0100"), APPENDIX, 40)),
    scheme(ORGAN, "two-organs", Near, ADULT, 75, |s| twice(s, ("51.2300", "47.0901"), GALLSTONE, 60)),
    scheme(ORGAN, "once", Near, ADULT, 9, |s| operated(s, "51.2300", GALLSTONE)),
    group(2, CLASH, "an-hour", Hit, 9, |s| in_two_rooms(s, 60)),
    group(2, CLASH, "three-quarters", Hit, 9, |s| in_two_rooms(s, 75)),
    group(2, CLASH, "one-after-another", Near, 9, |s| in_two_rooms(s, 130)),
    group(2, CLASH, "last-stitches", Near, 9, |s| in_two_rooms(s, 100)),
    scheme(BIRTHS, "four-months", Hit, MOTHER, 140, |s| births(s, "74.1x01", 120)),
    scheme(BIRTHS, "six-months", Hit, MOTHER, 200, |s| births(s, "73.5900", 180)),
    scheme(BIRTHS, "once", Near, MOTHER, 9, |s| births(s, "74.1x01", 0)),
];

/// Puts an operation on record.
pub(super) fn record(visit: &mut Visit, code: &'static str, begin: Moment, end: Moment) {
    visit.operations.push(Operation { code, name: "手术操作", begin, end });
}

fn surgical_stay(scene: &mut Scene<'_>, main: Dx, after: i32) -> Visit {
    let place = scene.hospital(Kind::Tertiary);
    let disease = &ADMITTED[5];
    let mut visit = scene.mapped_stay(Ward { place, disease, begin: scene.day.plus(after), days: 6 });
    visit.dept = "A04";
    visit.diags = vec![main];
    visit
}

fn operated(scene: &mut Scene<'_>, code: &'static str, main: Dx) -> Option<()> {
    let mut visit = surgical_stay(scene, main, 0);
    let day = scene.day.plus(1);
    record(&mut visit, code, at(day, 9 * 60), at(day, 10 * 60 + 30));
    scene.note(visit, &[], None);
    Some(())
}

/// A man in the register, who was born with both.
fn intersex(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = surgical_stay(scene, ("K80.100", "胆囊结石伴慢性胆囊炎"), 0);
    visit.diags.push(("Q56.000", "两性畸形"));
    let day = scene.day.plus(1);
    record(&mut visit, "51.2300", at(day, 9 * 60), at(day, 10 * 60 + 30));
    record(&mut visit, "65.6301", at(day, 11 * 60), at(day, 12 * 60));
    scene.note(visit, &[], None);
    Some(())
}

/// An appendectomy on the bill, and an operation on record.
fn charged(scene: &mut Scene<'_>, code: &'static str, day: i32) -> Option<()> {
    let mut visit = surgical_stay(scene, APPENDIX, 0);
    let day = scene.day.plus(day);
    record(&mut visit, code, at(day, 9 * 60), at(day, 10 * 60 + 30));
    let sn = scene.bill(&mut visit, "阑尾切除术", at(day, 9 * 60 + 10), 1)?;
    scene.note(visit, &[sn], None);
    if code == "51.2300" {
        scene.note_also(DIAGNOSIS);
    }
    Some(())
}

/// Two operations in two stays, so many days apart.
pub(super) fn twice(scene: &mut Scene<'_>, (first, second): (&'static str, &'static str), main: Dx, days: i32) -> Option<()> {
    let mut earlier = surgical_stay(scene, main, 0);
    let day = scene.day.plus(1);
    record(&mut earlier, first, at(day, 9 * 60), at(day, 11 * 60));
    scene.year.keep(earlier);
    let main = if second.starts_with("47") { APPENDIX } else { main };
    let mut later = surgical_stay(scene, main, days);
    let day = scene.day.plus(days + 1);
    record(&mut later, second, at(day, 9 * 60), at(day, 11 * 60));
    scene.note(later, &[], None);
    Some(())
}

/// One surgeon, two patients; the second operation begins so many minutes after the first, which takes two hours.
fn in_two_rooms(scene: &mut Scene<'_>, minutes: i32) -> Option<()> {
    let place = scene.by_turn(Kind::Tertiary)?;
    let disease = &ADMITTED[5];
    let mut visit = scene.mapped_stay(Ward { place, disease, begin: scene.day, days: 6 });
    visit.doctor = scene.reserved(place, scene.turn);
    visit.dept = "A04";
    visit.diags = vec![GALLSTONE];
    let begin = at(scene.day.plus(1), 9 * 60 + if scene.member == 0 { 0 } else { minutes });
    record(&mut visit, "51.2300", begin, begin.plus_seconds(7200));
    if scene.member == 0 {
        scene.year.keep(visit);
    } else {
        scene.note(visit, &[], None);
    }
    Some(())
}

/// Two births of one woman, so many days apart; none apart is one birth.
fn births(scene: &mut Scene<'_>, second: &'static str, apart: i32) -> Option<()> {
    let mut last = None;
    for (after, code) in [(0, "73.5900"), (apart, second)] {
        let place = scene.hospital(Kind::Maternity);
        let begin = scene.day.plus(after);
        let mut visit = scene.mapped_stay(Ward { place, disease: &BIRTH, begin, days: 4 });
        (visit.med_type, visit.dept, visit.matn_type, visit.babies) = ("52", "A05", "1", 1);
        visit.lines.iter_mut().for_each(|line| line.maternity = true);
        record(&mut visit, code, at(begin, 13 * 60), at(begin, 14 * 60));
        if let Some(earlier) = last.replace(visit) {
            scene.year.keep(earlier);
        }
        if apart == 0 {
            break;
        }
    }
    scene.note(last?, &[], None);
    Some(())
}
