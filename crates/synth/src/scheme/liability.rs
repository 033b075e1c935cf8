//! Injuries for which somebody else has to pay: another driver, an assailant, the employer.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::visit::Visit;

const LIABILITY: &str = "M047";

type Dx = (&'static str, &'static str);
const TIBIA: Dx = ("S82.200", "胫骨干骨折");
const HAND: Dx = ("S61.900", "腕和手的开放性伤口");
const SCALP: Dx = ("S01.000", "头皮开放性伤口");
const BUS: Dx = ("V74.600", "公共汽车乘员在与重型运输车碰撞中的损伤");
const CYCLIST: Dx = ("V13.400", "骑自行车人员在与小汽车碰撞中的损伤");
const KNIFE: Dx = ("X99.900", "用尖锐物体加害");
const WORK: Dx = ("Y96.x00", "与工作有关的情况");
const FALL: Dx = ("W01.900", "在同一平面上滑倒、绊倒和摔倒");
const ALONE: Dx = ("V18.400", "骑自行车人员在非碰撞性运输事故中的损伤");

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(LIABILITY, "bus", Hit, ADULT, 11, |s| admitted(s, TIBIA, Some(BUS), |_| {})),
    scheme(LIABILITY, "press-at-work", Hit, ADULT, 11, |s| admitted(s, HAND, Some(WORK), |_| {})),
    scheme(LIABILITY, "knife", Hit, ADULT, 1, |s| emergency(s, KNIFE)),
    scheme(LIABILITY, "cause-not-told", Hidden, ADULT, 11, |s| admitted(s, TIBIA, None, |_| {})),
    scheme(LIABILITY, "fell", Near, ADULT, 1, |s| emergency(s, FALL)),
    scheme(LIABILITY, "fell-off-a-bicycle", Near, ADULT, 11, |s| admitted(s, TIBIA, Some(ALONE), |_| {})),
    scheme(LIABILITY, "asked", Near, ADULT, 11, |s| admitted(s, TIBIA, Some(CYCLIST), |v| v.papers.third_party = "0")),
    scheme(LIABILITY, "hit-and-run", Near, ADULT, 11, |s| admitted(s, TIBIA, Some(CYCLIST), |v| v.papers.paid_ahead = true)),
    scheme(LIABILITY, "driver-paid", Near, ADULT, 11, |s| {
        admitted(s, TIBIA, Some(CYCLIST), |visit| visit.lines.iter_mut().for_each(|line| line.inscp = Some(0)))
    }),
];

/// A stay for an injury.
fn admitted(scene: &mut Scene<'_>, injury: Dx, cause: Option<Dx>, change: fn(&mut Visit)) -> Option<()> {
    let place = scene.hospital(if scene.turn.is_multiple_of(2) { Kind::Secondary } else { Kind::Tertiary });
    let mut visit = scene.mapped_stay(Ward { place, disease: &ADMITTED[7], begin: scene.day, days: 8 });
    (visit.med_type, visit.dept) = ("22", "A04");
    visit.diags = std::iter::once(injury).chain(cause).collect();
    change(&mut visit);
    let amount = visit.total();
    scene.note(visit, &[], Some(amount));
    Some(())
}

/// Sewn up in the emergency room.
fn emergency(scene: &mut Scene<'_>, cause: Dx) -> Option<()> {
    let place = scene.hospital(Kind::Secondary);
    let mut visit = scene.outpatient(place, 0);
    (visit.med_type, visit.dept) = ("13", "A20");
    visit.diags = vec![SCALP, cause];
    let amount = visit.total();
    scene.note(visit, &[], Some(amount));
    Some(())
}
