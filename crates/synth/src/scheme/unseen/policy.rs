//! Policy rules: what the fund does not pay for, in shapes that only the national text suggests.

use super::super::deed::Setting::{Clinic, Emergency, Shop, Ward};
use super::super::deed::{Deed, Worth};
use super::super::{ADULT, Scene, Scheme, unseen};
use super::{noted, opened};
use crate::person::Who;
use crate::place::Kind::{Children, Community, Secondary, Tcm, Tertiary};
use crate::special::Special;
use crate::visit::{Mark, ONE};
use crate::world::at;

const BABY: Who = Who { sex: 0, age: Some((0, 0)), insutype: "390" };
const CHILD: Who = Who { sex: 0, age: Some((7, 10)), insutype: "390" };
const TEEN: Who = Who { sex: 0, age: Some((12, 13)), insutype: "390" };
const WORKER: Who = Who { sex: 2, age: Some((24, 38)), insutype: "310" };
/// Past the age at which women retire, whatever their work.
const RETIRED: Who = Who { sex: 2, age: Some((59, 61)), insutype: "" };

pub(in crate::scheme) const SCHEMES: &[Scheme] = &[
    unseen("E25-013", "emergency-sent-home", ADULT, 1, |s| {
        let item = s.special(&s.world.catalogue.specials.inpatient_drugs)?.item;
        noted(s, item, Emergency(Tertiary), (1, 0))
    }),
    unseen("E25-013", "pharmacy", ADULT, 1, |s| {
        let item = s.special(&s.world.catalogue.specials.inpatient_drugs)?.item;
        noted(s, item, Shop, (2, 0))
    }),
    unseen("E25-029", "woman-of-sixty", RETIRED, 1, |s| Deed::new("职业功能训练", Clinic(Tertiary)).play(s)),
    unseen("E25-030", "two-sessions-in-ward", ADULT, 8, |s| {
        Deed::new("一次性透析器", Ward(Secondary, 6)).on(&[1, 3], 0).beside(&["血液透析"]).play(s)
    }),
    unseen("GZ10000101001000", "one-of-two-returned", ADULT, 1, |s| {
        let item = s.special(&s.world.catalogue.specials.injury_drugs)?.item;
        noted(s, item, Clinic(Tertiary), (2, 1))
    }),
    unseen("GZ10000101002000", "pharmacy", WORKER, 1, |s| {
        let item = s.special(&s.world.catalogue.specials.maternity_drugs)?.item;
        noted(s, item, Shop, (1, 0))
    }),
    unseen("GZ10000101003000", "pharmacy", ADULT, 1, |s| Deed::new("冬虫夏草饮片", Shop).units(5).play(s)),
    unseen("GZ10000101004000", "beside-another-prescription", ADULT, 1, beside_another_prescription),
    unseen("GZ10000101005000", "first-line-afterwards", ADULT, 14, first_line_afterwards),
    unseen("GZ10000101006000", "past-four-weeks-in-ward", BABY, 10, |s| {
        s.born(25);
        Deed::new("枸橼酸咖啡因注射液", Ward(Children, 8)).on(&[1, 6], 1).play(s)
    }),
    unseen("GZ10000101007000", "birthday-in-ward", TEEN, 9, birthday_in_ward),
    unseen("GZ10000101008000", "child-of-another-illness", CHILD, 1, |s| {
        Deed::new("人凝血因子Ⅷ", Clinic(Children)).units(2).with("D68.400", "后天性凝血因子缺乏").play(s)
    }),
    unseen("GZ10000101010000", "twice-a-day", ADULT, 26, |s| {
        let special = s.special(&s.world.catalogue.specials.course_drugs)?.clone();
        twice_a_day(s, &special)
    }),
    unseen("GZ10000101012000", "community-two-of-three", ADULT, 1, |s| {
        let item = s.special(&s.world.catalogue.specials.level_drugs)?.item;
        noted(s, item, Clinic(Community), (3, 1))
    }),
    unseen("GZ10000102001000", "three-days-in-ward", ADULT, 8, dear_for_three_days),
    unseen("GZ10000102003000", "two-of-three-returned", ADULT, 1, |s| {
        let item = s.world.catalogue.named("工伤康复职业评定")?;
        noted(s, item, Emergency(Secondary), (3, 2))
    }),
    unseen("GZ10000102004000", "ordinary-ward", WORKER, 7, |s| {
        Deed::new("胎心监测", Ward(Secondary, 5)).on(&[1, 2, 3], 0).play(s)
    }),
    unseen("GZ10000102005000", "past-four-weeks-in-ward", BABY, 10, |s| {
        s.born(25);
        Deed::new("新生儿暖箱监护", Ward(Children, 8)).on(&[1, 6, 7], 1).play(s)
    }),
    unseen("GZ10000102006000", "grown-up-in-emergency", ADULT, 1, |s| {
        Deed::new("小儿静脉穿刺加收", Emergency(Secondary)).play(s)
    }),
    unseen("GZ10000102007000", "family-history", ADULT, 1, |s| {
        Deed::new("肿瘤DNA甲基化检测", Clinic(Secondary)).with("Z80.000", "消化器官恶性肿瘤家族史").play(s)
    }),
    unseen("GZ10000102008000", "emergency-room", ADULT, 1, |s| Deed::new("眼底荧光血管造影", Emergency(Tertiary)).play(s)),
    unseen("GZ10000102009000", "emergency-room", ADULT, 1, |s| Deed::new("住院营养评估", Emergency(Secondary)).play(s)),
    unseen("GZ10000102010000", "twice-a-day", ADULT, 46, |s| {
        let special = s.special(&s.world.catalogue.specials.course_services)?.clone();
        twice_a_day(s, &special)
    }),
    unseen("GZ10000102011000", "community", ADULT, 1, |s| Deed::new("经皮冠状动脉介入", Clinic(Community)).play(s)),
    unseen("GZ10000102013000", "on-one-day-in-ward", ADULT, 8, one_by_one_in_ward),
    unseen("GZ10000102014000", "consulted-twice", ADULT, 9, consulted_twice),
    unseen("GZ10000102015000", "line-by-line", ADULT, 1, line_by_line),
    unseen("GZ10000103001000", "past-four-weeks-in-ward", BABY, 10, |s| {
        s.born(25);
        Deed::new("新生儿喂养管", Ward(Children, 8)).on(&[1, 6], 1).play(s)
    }),
    unseen("GZ10000103002000", "grown-up-in-ward", ADULT, 7, |s| Deed::new("小儿留置针", Ward(Secondary, 5)).units(2).play(s)),
    unseen("GZ10000103003000", "two-in-one-line", ADULT, 7, |s| {
        Deed::new("人工晶体", Ward(Tertiary, 5)).units(2).worth(Worth::Fen(120_000)).play(s)
    }),
];

/// One herb that is not paid alone, on a prescription of its own; beside it one of four ordinary herbs.
fn beside_another_prescription(scene: &mut Scene<'_>) -> Option<()> {
    let catalogue = &scene.world.catalogue;
    // The last of them is listed in the middle of the year only.
    let alone = *catalogue.lone_herbs.get(scene.turn % (catalogue.lone_herbs.len() - 1).max(1))?;
    let place = scene.hospital(Tcm);
    let mut visit = scene.outpatient(place, 0);
    let when = visit.begin.plus_seconds(1500);
    for herb in catalogue.herbs.iter().take(4) {
        let sn = visit.bill(catalogue, *herb, when, 70 * ONE);
        visit.line(sn).rx = 7;
    }
    let sn = visit.bill(catalogue, alone, when, 70 * ONE);
    visit.line(sn).rx = 8;
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// The second line first, the first line eight days later. Whether there was none before can be known only where a whole year
/// was delivered before it.
fn first_line_afterwards(scene: &mut Scene<'_>) -> Option<()> {
    const YEAR: i32 = 365;
    let late = scene.world.last.plus(-12 - i32::try_from(scene.turn % 10).unwrap_or(0));
    let known = late.since(scene.world.first) >= YEAR;
    if known {
        scene.day = late;
        scene.year.mark(late, late.plus(8), Mark::Blocked);
    }
    let place = scene.hospital(Tertiary);
    let mut afterwards = scene.outpatient(place, 8);
    scene.bill_later(&mut afterwards, "注射用紫杉醇", 1700, 1)?;
    scene.year.keep(afterwards);
    Deed::new("注射用曲妥珠单抗", Clinic(Tertiary)).play(scene)?;
    if !known {
        scene.hide_last();
    }
    Some(())
}

/// Young enough on the day after admission, too old from the fourth day on.
fn birthday_in_ward(scene: &mut Scene<'_>) -> Option<()> {
    let special = scene.special(&scene.world.catalogue.specials.age_drugs)?.clone();
    scene.turns(special.age_max.unwrap_or(14) + 1, 3);
    let mut visit = opened(scene, Ward(Secondary, 7));
    visit.bill(&scene.world.catalogue, special.item, at(scene.day.plus(1), 15 * 60), ONE);
    let sn = visit.bill(&scene.world.catalogue, special.item, at(scene.day.plus(5), 15 * 60), ONE);
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// Morning and evening, on two days more than the course has.
fn twice_a_day(scene: &mut Scene<'_>, special: &Special) -> Option<()> {
    let uses = special.days + 2;
    let mut visit = opened(scene, Ward(Secondary, uses + 1));
    let mut late = Vec::new();
    for day in 0..uses {
        for hour in [13, 19] {
            let sn = visit.bill(&scene.world.catalogue, special.item, at(scene.day.plus(day), hour * 60), ONE);
            if day >= special.days {
                late.push(sn);
            }
        }
    }
    let amount = late.iter().map(|sn| visit.line(*sn).amount).sum();
    scene.note(visit, &late, Some(amount));
    Some(())
}

/// A fifth above the ceiling, on three days.
fn dear_for_three_days(scene: &mut Scene<'_>) -> Option<()> {
    const TOLERANCE: i64 = 1;
    let mut visit = opened(scene, Ward(Tertiary, 6));
    let free = |item: &usize| visit.lines.iter().all(|line| line.item != *item);
    let item = scene.world.items(&["红外线治疗", "推拿治疗", "低频脉冲电治疗", "雾化吸入"]).find(free)?;
    let ceiling = scene.world.catalogue.items[item].price;
    let price = ceiling * 6 / 5;
    let lines: Vec<u32> =
        [1, 2, 4].map(|day| visit.bill_at(&scene.world.catalogue, item, at(scene.day.plus(day), 16 * 60), ONE, price)).to_vec();
    scene.note(visit, &lines, Some((price - ceiling - TOLERANCE) * 3));
    Some(())
}

/// Three tests that are one set, on one day of a stay.
fn one_by_one_in_ward(scene: &mut Scene<'_>) -> Option<()> {
    let mut visit = opened(scene, Ward(Secondary, 6));
    let mut lines = Vec::new();
    for (minute, name) in [(5, "血清促甲状腺激素测定"), (6, "血清游离甲状腺素测定"), (7, "血清游离三碘甲状原氨酸测定")]
    {
        lines.push(scene.bill(&mut visit, name, at(scene.day.plus(2), 9 * 60 + minute), 1)?);
    }
    let excess = lines.iter().map(|sn| visit.line(*sn).amount).sum::<i64>() - scene.price("甲状腺功能三项");
    scene.note(visit, &lines[1..], Some(excess));
    Some(())
}

/// One consultation more on one day of a stay.
fn consulted_twice(scene: &mut Scene<'_>) -> Option<()> {
    if !scene.world.catalogue.specials.once_a_day {
        return None;
    }
    let mut visit = opened(scene, Ward(Secondary, 7));
    let consult = scene.world.catalogue.basics.consult;
    let sn = visit.bill(&scene.world.catalogue, consult, at(scene.day.plus(2), 23 * 60), ONE);
    let amount = visit.line(sn).amount;
    scene.note(visit, &[sn], Some(amount));
    Some(())
}

/// An item of three hundred yuan three times, of which five hundred a visit are paid; the latest bear what is too much.
fn line_by_line(scene: &mut Scene<'_>) -> Option<()> {
    const ITEM: &str = "体外冲击波疼痛治疗";
    let mut visit = opened(scene, Clinic(Secondary));
    let mut lines = Vec::new();
    for minute in 0..3 {
        lines.push(scene.bill_later(&mut visit, ITEM, 1800 + minute * 600, 1)?);
    }
    let excess = scene.price(ITEM) * 3 - 50_000;
    scene.note(visit, &lines[1..], Some(excess));
    Some(())
}
