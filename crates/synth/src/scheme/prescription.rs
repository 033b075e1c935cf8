//! Prescriptions: too many drugs, too many herbs, too much of one, for too long, of a kind twice, together what must not be.

use super::Role::{Hidden, Hit, Near};
use super::deed::Setting::{Clinic, Emergency, Shop, Ward};
use super::deed::{Deed, Paid, Worth};
use super::{ADULT, Scene, Scheme, scheme};
use crate::place::Kind::{Secondary, Tcm, Tertiary};
use crate::registers::Entry;
use crate::visit::ONE;

const KINDS: &str = "GZ10000202004000";
const HERBS: &str = "E25-076";
const HERB_DOSE: &str = "E25-077";
const DOSE: &str = "GZ10000301005000";
const SAME_KIND: &str = "GZ10000301006000";
const TOGETHER: &str = "GZ10000301011000";
const HERBS_TOGETHER: &str = "GZ10000301012000";
const DAYS: &str = "GZ10000101009000";
const LIST: &str = "GZ10000101011000";

const VESSEL: Deed = Deed::new("注射用血栓通", Clinic(Secondary)).units(400).worth(Worth::Units(64));
const GINKGO: Deed = Deed::new("银杏叶提取物注射液", Ward(Secondary, 6)).units(20).worth(Worth::Units(6));
const STATIN: Deed = Deed::new("辛伐他汀片", Clinic(Secondary)).beside(&["洛伐他汀片"]);
const MYCOSIS: Deed = Deed::new("伊曲康唑胶囊", Clinic(Secondary)).units(2).beside(&["匹莫齐特片"]);
const KANSUI: Deed = Deed::new("醋甘遂饮片", Clinic(Tcm)).units(30).beside(&["炙甘草饮片", "桔梗饮片"]);
const CLOVE: Deed = Deed::new("丁香饮片", Clinic(Tcm)).units(40).beside(&["郁金饮片", "柴胡饮片"]);
const ACONITE: Deed = Deed::new("制附子饮片", Clinic(Tcm)).units(1000).worth(Worth::Units(325));
const ASARUM: Deed = Deed::new("细辛饮片", Clinic(Tcm)).units(200).worth(Worth::Units(65));

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(KINDS, "six", Hit, ADULT, 1, |s| drugs(s, 6)),
    scheme(KINDS, "nine", Hit, ADULT, 1, |s| drugs(s, 9)),
    scheme(KINDS, "five", Near, ADULT, 1, |s| drugs(s, 5)),
    scheme(KINDS, "two-sheets", Near, ADULT, 1, sheets),
    scheme(HERBS, "twenty-one", Hit, ADULT, 1, |s| herbs(s, 21, 30)),
    scheme(HERBS, "heavy", Hit, ADULT, 1, |s| herbs(s, 10, 450)),
    scheme(HERBS, "doses-unknown", Hidden, ADULT, 1, |s| herbs(s, 18, 100)),
    scheme(HERBS, "twenty", Near, ADULT, 1, |s| herbs(s, 20, 14)),
    scheme(HERBS, "paste", Near, ADULT, 1, |s| herbs(s, 22, 150)),
    scheme(HERB_DOSE, "aconite", Hit, ADULT, 1, |s| ACONITE.play(s)),
    scheme(HERB_DOSE, "asarum", Hit, ADULT, 1, |s| ASARUM.play(s)),
    scheme(HERB_DOSE, "doses-unknown", Hidden, ADULT, 1, |s| ACONITE.units(200).play(s)),
    scheme(HERB_DOSE, "one-day", Near, ADULT, 1, |s| ACONITE.units(22).play(s)),
    scheme(HERB_DOSE, "refunded", Near, ADULT, 1, |s| ASARUM.paid(Paid::Refunded).play(s)),
    scheme(DOSE, "twelve-weeks-and-more", Hit, ADULT, 1, |s| VESSEL.play(s)),
    scheme(DOSE, "ward", Hit, ADULT, 8, |s| GINKGO.play(s)),
    scheme(DOSE, "days-unknown", Hidden, ADULT, 1, |s| VESSEL.units(60).play(s)),
    scheme(DOSE, "one-day", Near, ADULT, 1, |s| VESSEL.units(4).play(s)),
    scheme(DOSE, "refunded", Near, ADULT, 8, |s| GINKGO.paid(Paid::Refunded).play(s)),
    scheme(SAME_KIND, "two-statins", Hit, ADULT, 1, |s| STATIN.play(s)),
    scheme(SAME_KIND, "more-of-it", Hit, ADULT, 1, |s| {
        Deed::new("辛伐他汀片", Clinic(Tertiary)).units(3).beside(&["洛伐他汀片"]).play(s)
    }),
    scheme(SAME_KIND, "changed-in-ward", Near, ADULT, 8, |s| {
        Deed::new("辛伐他汀片", Ward(Secondary, 6)).beside(&["洛伐他汀片"]).play(s)
    }),
    scheme(SAME_KIND, "weeks-apart", Near, ADULT, 14, |s| STATIN.beside(&[]).after("洛伐他汀片", 10).play(s)),
    scheme(TOGETHER, "same-day", Hit, ADULT, 1, |s| MYCOSIS.play(s)),
    scheme(TOGETHER, "ward", Hit, ADULT, 8, |s| Deed::new("伊曲康唑胶囊", Ward(Tertiary, 6)).beside(&["匹莫齐特片"]).play(s)),
    scheme(TOGETHER, "days-apart", Near, ADULT, 14, |s| MYCOSIS.beside(&[]).after("匹莫齐特片", 9).play(s)),
    scheme(TOGETHER, "refunded", Near, ADULT, 1, |s| MYCOSIS.paid(Paid::Refunded).play(s)),
    scheme(HERBS_TOGETHER, "eighteen-contraries", Hit, ADULT, 1, |s| KANSUI.play(s)),
    scheme(HERBS_TOGETHER, "nineteen-fears", Hit, ADULT, 1, |s| CLOVE.play(s)),
    scheme(HERBS_TOGETHER, "alone", Near, ADULT, 1, |s| KANSUI.beside(&["桔梗饮片", "丹参饮片"]).play(s)),
    scheme(HERBS_TOGETHER, "two-sheets", Near, ADULT, 1, other_sheet),
    scheme(DAYS, "emergency", Hit, ADULT, 1, |s| supply(s, Emergency(Secondary), (9, 9), 5)),
    scheme(DAYS, "shop", Hit, ADULT, 1, |s| supply(s, Shop, (20, 100), 3)),
    scheme(DAYS, "discharge", Hit, ADULT, 9, |s| supply(s, Ward(Secondary, 6), (30, 30), 15)),
    scheme(DAYS, "perhaps-long", Hidden, ADULT, 1, |s| supply(s, Clinic(Secondary), (6, 28), 5)),
    scheme(DAYS, "week", Near, ADULT, 1, |s| supply(s, Clinic(Secondary), (7, 7), 1)),
    scheme(DAYS, "pack-more", Near, ADULT, 1, |s| supply(s, Emergency(Secondary), (2, 4), 1)),
    scheme(LIST, "not-listed", Hit, ADULT, 1, |s| listed(s, "利伐沙班片", 2, Paid::Fund)),
    scheme(LIST, "not-listed-cheap", Hit, ADULT, 1, |s| listed(s, "银杏酮酯滴丸", 1, Paid::Fund)),
    scheme(LIST, "no-scope-amount", Hidden, ADULT, 1, |s| listed(s, "利伐沙班片", 2, Paid::Unstated)),
    scheme(LIST, "listed", Near, ADULT, 1, |s| listed(s, "吲达帕胺片", 2, Paid::Fund)),
    scheme(LIST, "self-paid", Near, ADULT, 1, |s| listed(s, "利伐沙班片", 2, Paid::Own)),
];

/// Everyday drugs that go into one prescription.
const TABLETS: [&str; 9] = [
    "盐酸二甲双胍片",
    "苯磺酸氨氯地平片",
    "阿司匹林肠溶片",
    "阿托伐他汀钙片",
    "碳酸钙D3片",
    "奥美拉唑肠溶胶囊",
    "六味地黄丸",
    "复方丹参滴丸",
    "腺苷钴胺片",
];

fn drugs(scene: &mut Scene<'_>, count: usize) -> Option<()> {
    let place = scene.hospital(Secondary);
    let mut visit = scene.outpatient(place, 0);
    let when = visit.begin.plus_seconds(2400);
    let mut lines = Vec::new();
    for index in 0..count {
        let sn = scene.bill(&mut visit, TABLETS[(scene.turn + index) % TABLETS.len()], when, 1)?;
        visit.line(sn).rx = 7;
        lines.push(sn);
    }
    scene.note(visit, &lines, None);
    Some(())
}

/// Eight drugs on two prescriptions.
fn sheets(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Secondary);
    let mut visit = scene.outpatient(place, 0);
    let when = visit.begin.plus_seconds(2400);
    let mut lines = Vec::new();
    for (index, name) in TABLETS.iter().take(8).enumerate() {
        let sn = scene.bill(&mut visit, name, when, 1)?;
        visit.line(sn).rx = if index < 4 { 7 } else { 8 };
        lines.push(sn);
    }
    scene.note(visit, &lines, None);
    Some(())
}

/// Herbs of which nothing is said.
const MORE_HERBS: [&str; 8] =
    ["桔梗饮片", "柴胡饮片", "黄芩饮片", "牡丹皮饮片", "酸枣仁饮片", "山药饮片", "丹参饮片", "炙甘草饮片"];

/// So many herbs on one sheet, so many grams of each.
fn herbs(scene: &mut Scene<'_>, count: usize, grams: i64) -> Option<()> {
    let place = scene.hospital(Tcm);
    let mut visit = scene.outpatient(place, 0);
    let catalogue = &scene.world.catalogue;
    let more = MORE_HERBS.iter().filter_map(|name| catalogue.named(name));
    let all: Vec<usize> = catalogue.herbs.iter().copied().chain(more).chain(catalogue.lone_herbs.iter().copied()).collect();
    let when = visit.begin.plus_seconds(2400);
    let mut lines = Vec::new();
    for index in 0..count {
        let sn = visit.bill(catalogue, *all.get(index)?, when, grams * ONE);
        visit.line(sn).rx = 7;
        lines.push(sn);
    }
    let amount = lines.iter().map(|sn| visit.line(*sn).amount).sum();
    scene.note(visit, &lines, Some(amount));
    Some(())
}

/// What must not be together, on two sheets of one day: one boiled, one for washing.
fn other_sheet(scene: &mut Scene<'_>) -> Option<()> {
    let (mut visit, lines) = KANSUI.beside(&["桔梗饮片"]).bill(scene)?;
    let sn = scene.bill_later(&mut visit, "炙甘草饮片", 3000, 20)?;
    visit.line(sn).rx = 8;
    KANSUI.note(scene, visit, &lines)
}

/// So many packs for so many days, of which so many packs are beyond the limit and one pack more.
fn supply(scene: &mut Scene<'_>, setting: super::deed::Setting, (packs, days): (i64, u16), beyond: i64) -> Option<()> {
    let deed = Deed::new("缬沙坦氨氯地平片", setting).units(packs).on(if matches!(setting, Ward(..)) { &[5] } else { &[0] }, 0);
    let (mut visit, lines) = deed.worth(Worth::Units(beyond)).bill(scene)?;
    let sn = *lines.last()?;
    let stay = visit.is_stay();
    let line = visit.line(sn);
    (line.days, line.take_home) = (days, stay);
    deed.worth(Worth::Units(beyond)).note(scene, visit, &lines)
}

/// Settled under a disease of the special outpatient cover, with nothing else on the bill.
fn listed(scene: &mut Scene<'_>, drug: &'static str, packs: i64, paid: Paid) -> Option<()> {
    const COVER: &str = "M08800";
    let deed = Deed::new(drug, Clinic(Secondary)).units(packs).paid(paid);
    let (mut visit, lines) = deed.bill(scene)?;
    let kept = *lines.last()?;
    visit.keep_lines(|line| line.sn == kept);
    (visit.med_type, visit.dise_no) = ("14", COVER);
    let number = scene.person.number.clone();
    scene.rows.push(Entry::new("entitlement", &number, vec![("dise_no", COVER.to_owned())]));
    deed.note(scene, visit, &[1])
}
