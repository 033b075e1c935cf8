//! Cover for a chronic disease that nobody ever looks at: a year of dear drugs, and not one test.

use super::Role::{Hidden, Hit, Near};
use super::{Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::person::Who;
use crate::place::Kind;
use crate::visit::{Mark, ONE, Visit};
use crate::world::at;

const UNTESTED: &str = "M042";

const OLDER: Who = Who { sex: 0, age: Some((48, 74)), insutype: "" };

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(UNTESTED, "insulin", Hit, OLDER, 280, |s| supplied(s, &INSULIN, 7, Test::Never)),
    scheme(UNTESTED, "inhaler-from-the-pharmacy", Hit, OLDER, 280, |s| supplied(s, &INHALER, 10, Test::Never)),
    scheme(UNTESTED, "unnamed-charge", Hidden, OLDER, 280, |s| supplied(s, &INSULIN, 7, Test::Unnamed)),
    scheme(UNTESTED, "tested-elsewhere", Near, OLDER, 280, |s| supplied(s, &INSULIN, 7, Test::Elsewhere)),
    scheme(UNTESTED, "tested-in-hospital", Near, OLDER, 280, |s| supplied(s, &INHALER, 10, Test::Ward)),
    scheme(UNTESTED, "since-summer", Near, OLDER, 200, |s| supplied(s, &INSULIN, 5, Test::Never)),
    scheme(UNTESTED, "cheap", Near, OLDER, 280, |s| supplied(s, &TABLETS, 7, Test::Never)),
];

/// A disease under cover, and what is fetched for it each time.
struct Supply {
    diagnosis: (&'static str, &'static str),
    cover: &'static str,
    kind: Kind,
    drugs: &'static [(&'static str, i64)],
}

const DIABETES: (&str, &str) = ("E11.900", "2型糖尿病");

/// Some 620 yuan, seven times a year.
const INSULIN: Supply = Supply {
    diagnosis: DIABETES,
    cover: "M01600",
    kind: Kind::Secondary,
    drugs: &[("甘精胰岛素注射液", 6), ("阿卡波糖片", 5), ("盐酸吡格列酮片", 2)],
};
/// Some 380 yuan, ten times a year.
const INHALER: Supply = Supply {
    diagnosis: ("J44.900", "慢性阻塞性肺疾病"),
    cover: "M05300",
    kind: Kind::Pharmacy,
    drugs: &[("吸入用布地奈德混悬液", 12), ("硫酸沙丁胺醇吸入气雾剂", 4), ("茶碱缓释片", 2)],
};
/// Some 70 yuan.
const TABLETS: Supply =
    Supply {
        diagnosis: DIABETES, cover: "M01600", kind: Kind::Community, drugs: &[("盐酸二甲双胍片", 2), ("阿卡波糖片", 1)]
    };

/// Where in the year a test is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Test {
    Never,
    Elsewhere,
    Ward,
    /// Something is billed that may be a test: its category was not delivered.
    Unnamed,
}

/// So many purchases under cover, evenly from the first day of the scheme to the last; the rest of the year is empty.
fn supplied(scene: &mut Scene<'_>, supply: &Supply, times: i32, test: Test) -> Option<()> {
    let (first, last) = (scene.world.first, scene.year.last());
    scene.year.mark(first, last, Mark::Blocked);
    let place = if supply.kind == Kind::Pharmacy {
        scene.world.place(scene.dice, Kind::Pharmacy, scene.person.county)
    } else {
        scene.hospital(supply.kind)
    };
    let doctor = scene.world.doctor(scene.dice, place);
    let apart = (scene.scheme.days - 4) / (times - 1);
    for turn in 0..times {
        let mut visit = purchase(scene, supply, place, turn * apart)?;
        visit.doctor = doctor;
        if test == Test::Unnamed && turn == 2 {
            scene.bill_later(&mut visit, "慢性病健康管理评估", 600, 1)?;
        }
        scene.year.keep(visit);
    }
    match test {
        Test::Elsewhere => {
            let other = scene.world.other_hospital(scene.dice, Kind::Tertiary, place);
            let mut visit = scene.outpatient(other, 100);
            scene.bill_later(&mut visit, "肌酐测定", 900, 1)?;
            scene.year.keep(visit);
        }
        Test::Ward => {
            let other = scene.world.other_hospital(scene.dice, Kind::Secondary, place);
            let begin = scene.day.plus(apart * 4 + 5);
            let stay = scene.stay(Ward { place: other, disease: &ADMITTED[1], begin, days: 7 });
            scene.year.keep(stay);
        }
        Test::Never | Test::Unnamed => {}
    }
    scene.note_person();
    Some(())
}

fn purchase(scene: &mut Scene<'_>, supply: &Supply, place: usize, after: i32) -> Option<Visit> {
    let begin = at(scene.day.plus(after), 9 * 60 + 20);
    let mut visit = scene.year.visit(place, "14", begin, Some(begin.plus_seconds(1800)));
    visit.dise_no = supply.cover;
    visit.diags.push(supply.diagnosis);
    for (drug, units) in supply.drugs {
        let item = scene.world.catalogue.named(drug)?;
        visit.bill(&scene.world.catalogue, item, begin.plus_seconds(300), units * ONE);
    }
    Some(visit)
}
