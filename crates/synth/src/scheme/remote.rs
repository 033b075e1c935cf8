//! Patients from far away, who cost what others cost, but in the hospitals that make the most of them.

use super::Role::Near;
use super::{Scene, Scheme, group};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::{Kind, Leaning};
use crate::visit::{ONE, Visit};
use crate::world::at;

const FROM_AFAR: &str = "M043";
/// Where they are insured.
const HOMES: [&str; 4] = ["370100", "410100", "320500", "440300"];

pub(super) const SCHEMES: &[Scheme] = &[group(20, FROM_AFAR, "patient-from-afar", Near, 125, patient)];

/// Two stays for two illnesses, seven weeks apart, days after the other patients of the group.
fn patient(scene: &mut Scene<'_>) -> Option<()> {
    let all: Vec<usize> = scene.world.places.all_of(Kind::Secondary).collect();
    let place = *all.get(scene.turn % all.len().max(1))?;
    HOMES[scene.member % HOMES.len()].clone_into(&mut scene.person.region);
    let begin = scene.day.plus(i32::try_from(scene.member * 7 % 45).unwrap_or(0));
    for (number, later) in [0, 62].into_iter().enumerate() {
        let disease = &ADMITTED[(scene.member + 3 * number) % ADMITTED.len()];
        let leanings: Vec<Leaning> = scene.world.places.institutions[place].leanings_on(begin).collect();
        let longer = if leanings.contains(&Leaning::RemoteLonger) { 8 } else { 0 };
        let days = scene.dice.between(4, 14) + longer;
        let mut visit = scene.stay(Ward { place, disease, begin: begin.plus(later), days });
        for leaning in leanings {
            lean(scene, &mut visit, leaning, days);
        }
        scene.note(visit, &[], None);
    }
    Some(())
}

/// What is given every day to whoever comes from far away.
const MORE: [&str; 7] = [
    "运动疗法",
    "推拿治疗",
    "低频脉冲电治疗",
    "普通针刺",
    "注射用甲泼尼龙琥珀酸钠",
    "低分子肝素钙注射液",
    "吸入用布地奈德混悬液",
];

/// What is billed beyond what others get.
fn lean(scene: &Scene<'_>, visit: &mut Visit, leaning: Leaning, days: i32) {
    let first = visit.begin.day();
    match leaning {
        Leaning::RemoteTests => {
            for day in (1..days).step_by(2) {
                for name in ["磁共振平扫", "X线计算机体层平扫", "常规心电图检查", "血清肌酸激酶测定"]
                {
                    bill(scene, visit, name, at(first.plus(day), 15 * 60));
                }
            }
        }
        Leaning::RemoteTreatment => {
            for day in 1..days {
                for name in MORE {
                    bill(scene, visit, name, at(first.plus(day), 16 * 60));
                }
            }
        }
        Leaning::RemoteLittle => {
            bill(scene, visit, "推拿治疗", at(first.plus(1), 15 * 60));
            bill(scene, visit, "推拿治疗", at(first.plus(2), 15 * 60));
        }
        Leaning::WardDrugs | Leaning::WardTests => crate::life::lean::bedside(scene.world, visit, leaning),
        _ => {}
    }
}

fn bill(scene: &Scene<'_>, visit: &mut Visit, name: &str, when: claims::Moment) {
    if let Some(item) = scene.world.catalogue.named(name) {
        visit.bill(&scene.world.catalogue, item, when, ONE);
    }
}
