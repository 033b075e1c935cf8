//! Stays with little in them: bed only, tests only, for what needs no bed, and illnesses that nobody treats.

use super::Role::{Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::visit::{ONE, Visit};
use crate::world::at;

const BED_ONLY: &str = "M011";
const CHECK_UP: &str = "M013";
const LOW: &str = "GZ10000204005000";
const UNTREATED: &str = "GZ10000201003000";
const IDLE: &str = "M010";

type Dx = (&'static str, &'static str);
const BACK: Dx = ("M51.202", "腰椎间盘突出");
const COLD: Dx = ("J06.900", "急性上呼吸道感染");
const GASTRITIS: Dx = ("K29.500", "慢性胃炎");

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(BED_ONLY, "week", Hit, ADULT, 10, |s| resting(s, 7, BACK, true)),
    scheme(BED_ONLY, "fortnight", Hit, ADULT, 17, |s| resting(s, 13, GASTRITIS, false)),
    scheme(BED_ONLY, "injury", Near, ADULT, 10, |s| resting(s, 7, ("S32.000", "腰椎骨折"), true)),
    scheme(BED_ONLY, "four-days", Near, ADULT, 10, |s| resting(s, 4, BACK, true)),
    scheme(CHECK_UP, "three-days", Hit, ADULT, 8, |s| tested(s, 3, GASTRITIS, "1")),
    scheme(CHECK_UP, "four-days", Hit, ADULT, 8, |s| tested(s, 4, ("I10.x00", "特发性(原发性)高血压"), "1")),
    scheme(CHECK_UP, "lump", Near, ADULT, 8, |s| tested(s, 3, ("R91.x00", "肺诊断性影像检查异常"), "1")),
    scheme(CHECK_UP, "transferred", Near, ADULT, 8, |s| tested(s, 3, GASTRITIS, "2")),
    scheme(LOW, "cold", Hit, ADULT, 8, |s| tested(s, 3, COLD, "1")),
    scheme(LOW, "eyes", Hit, ADULT, 8, |s| tested(s, 2, ("H10.900", "结膜炎"), "1")),
    scheme(LOW, "treated", Near, ADULT, 9, |s| treated(s, COLD)),
    scheme(LOW, "against-advice", Near, ADULT, 8, |s| tested(s, 3, COLD, "4")),
    scheme(UNTREATED, "sepsis", Hit, ADULT, 9, |s| untreated(s, ("A41.900", "脓毒症"), 3, 6)),
    scheme(UNTREATED, "pneumonia", Hit, ADULT, 9, |s| untreated(s, ("J15.900", "细菌性肺炎"), 5, 5)),
    scheme(UNTREATED, "with-antibiotic", Near, ADULT, 9, |s| untreated(s, ("J15.900", "细菌性肺炎"), 0, 6)),
    scheme(UNTREATED, "one-day", Near, ADULT, 9, |s| untreated(s, ("A41.900", "脓毒症"), 3, 1)),
];

/// A stay with bed, nursing and consultation, and nothing else.
fn bare(scene: &mut Scene<'_>, days: i32, main: Dx) -> Visit {
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.stay(Ward { place, disease: &ADMITTED[5], begin: scene.day, days });
    let basics = scene.world.catalogue.basics;
    visit.keep_lines(|line| [basics.bed, basics.nursing, basics.consult].contains(&line.item));
    visit.diags = vec![main];
    visit
}

/// A little blood on the first day; then the bed, and a tablet a day or not even that.
fn resting(scene: &mut Scene<'_>, days: i32, main: Dx, tablets: bool) -> Option<()> {
    let mut visit = bare(scene, days, main);
    scene.bill(&mut visit, "血细胞分析", at(scene.day, 15 * 60), 1)?;
    for day in (0..days).filter(|_| tablets) {
        scene.bill(&mut visit, "呋塞米注射液", at(scene.day.plus(day), 16 * 60), 1)?;
    }
    let amount = visit.total();
    scene.note(visit, &[], Some(amount));
    if !tablets {
        scene.note_also(IDLE);
    }
    Some(())
}

/// Tests on every day, and no treatment.
fn tested(scene: &mut Scene<'_>, days: i32, main: Dx, leaving: &'static str) -> Option<()> {
    const ROUNDS: [&[&str]; 4] = [
        &["血细胞分析", "尿常规检查", "粪便常规", "X线计算机体层平扫", "磁共振平扫", "肌酐测定"],
        &["B超常规检查", "常规心电图检查", "血清总胆固醇测定", "血清甘油三酯测定"],
        &["X线计算机体层平扫", "血清尿酸测定", "C-反应蛋白测定"],
        &["血清淀粉酶测定", "血清肌酸激酶测定", "B超常规检查"],
    ];
    let mut visit = bare(scene, days, main);
    visit.leaving = leaving;
    for day in 0..days {
        for name in ROUNDS[usize::try_from(day).unwrap_or(0) % ROUNDS.len()] {
            // What a point speaks about is not in everyday use, and left out.
            scene.bill(&mut visit, name, at(scene.day.plus(day), 15 * 60), 1);
        }
    }
    let amount = visit.total();
    scene.note(visit, &[], Some(amount));
    let both = [CHECK_UP, LOW];
    let low = main == COLD || main.0.starts_with("H10");
    if scene.scheme.role == Hit && low {
        both.iter().filter(|rule| **rule != scene.scheme.rule).for_each(|rule| scene.note_also(rule));
    }
    Some(())
}

/// A cold, with infusions every day.
fn treated(scene: &mut Scene<'_>, main: Dx) -> Option<()> {
    let mut visit = bare(scene, 5, main);
    for day in 0..5 {
        for name in ["静脉输液", "雾化吸入", "注射用头孢呋辛钠", "盐酸氨溴索注射液"] {
            scene.bill(&mut visit, name, at(scene.day.plus(day), 15 * 60), 2)?;
        }
    }
    scene.note(visit, &[], None);
    Some(())
}

/// An infection for which the usual drugs of another illness are given.
fn untreated(scene: &mut Scene<'_>, main: Dx, illness: usize, days: i32) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.mapped_stay(Ward { place, disease: &ADMITTED[illness], begin: scene.day, days });
    visit.diags = vec![main];
    debug_assert!(visit.lines.iter().all(|line| line.cnt.abs() >= ONE / 2), "nothing is billed in crumbs");
    scene.note(visit, &[], None);
    Some(())
}
