//! Coding up: a main diagnosis that moves the stay into a dearer group without anything done for it.

use super::Role::{Hidden, Hit, Near};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::life::Ward;
use crate::place::Kind;
use crate::registers::Entry;

const SWAP: &str = "M017";

/// Weights in hundredths.
type Weights = (i64, i64);

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(SWAP, "respiratory-failure", Hit, ADULT, 10, |s| swapped(s, (163, 82), "0")),
    scheme(SWAP, "a-little-dearer", Hit, ADULT, 10, |s| swapped(s, (121, 88), "0")),
    scheme(SWAP, "resources-unknown", Hidden, ADULT, 10, |s| swapped(s, (163, 82), "")),
    scheme(SWAP, "ventilated", Near, ADULT, 10, |s| swapped(s, (163, 82), "1")),
    scheme(SWAP, "hardly-dearer", Near, ADULT, 10, |s| swapped(s, (110, 84), "0")),
];

fn swapped(scene: &mut Scene<'_>, (weight, other): Weights, resources: &str) -> Option<()> {
    let places = &scene.world.places;
    let by_group = |place: &usize| places.institutions[*place].clr_way == "05";
    let place = places.all_of(Kind::Tertiary).find(by_group)?;
    let mut visit = scene.stay(Ward { place, disease: &ADMITTED[scene.turn % 4], begin: scene.day, days: 7 });
    visit.diags.insert(0, ("J96.000", "急性呼吸衰竭"));
    // Ten thousand yuan a weight of one.
    let decimal = |hundredths: i64| format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let yuan = |hundredths: i64| format!("{}", hundredths * 100);
    let columns = vec![
        ("drg_code", "ET11".to_owned()),
        ("weight", decimal(weight)),
        ("alt_drg_code", "ES13".to_owned()),
        ("alt_weight", decimal(other)),
        ("resources", resources.to_owned()),
        ("standard", yuan(weight)),
        ("alt_standard", yuan(other)),
    ];
    scene.rows.push(Entry::new("drg_result", &visit.id.to_string(), columns));
    let amount = (weight - other) * 10_000;
    scene.note(visit, &[], Some(amount));
    Some(())
}
