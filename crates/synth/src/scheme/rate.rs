//! Institutions that bill too much of one kind, all year: what they lean to is set with the places, and their visits show it.

use crate::Plant;
use crate::place::{Kind, Leaning, Places};
use crate::truth::{Expect, Truth};
use crate::world::World;

/// Rule and leaning.
const RATES: [(&str, &str, Leaning); 4] = [
    ("ZB10000205001000", "drugs", Leaning::Drugs),
    ("ZB10000205002000", "tests", Leaning::Tests),
    ("ZB10000205004000", "treatment", Leaning::Treatment),
    ("ZB10000205005000", "scans", Leaning::Scans),
];
/// With fewer township centres, one of them is no outlier but a fifth of all.
const LEAST: usize = 12;

/// Lets every sixth township centre lean to something.
pub(crate) fn lean(places: &mut Places, plant: &Plant) {
    let townships: Vec<usize> = places.all_of(Kind::Township).collect();
    if townships.len() < LEAST {
        return;
    }
    for (turn, place) in townships.into_iter().skip(1).step_by(6).enumerate() {
        let (rule, _, leaning) = RATES[turn % RATES.len()];
        let wanted = match plant {
            Plant::All => true,
            Plant::None => false,
            Plant::Only(codes) => codes.iter().any(|code| code == rule),
        };
        // One whose level is raised has other peers from then on.
        if wanted && places.institutions[place].raised.is_none() {
            places.institutions[place].leaning = Some(leaning);
        }
    }
}

/// What is true of the institutions.
pub(crate) fn planted(world: &World) -> Vec<Truth> {
    let leaning = world.places.institutions.iter().filter_map(|place| Some((place, place.leaning?)));
    leaning
        .filter_map(|(place, leaning)| {
            let (rule, name, _) = RATES.iter().find(|(.., one)| *one == leaning)?;
            Some(Truth {
                scheme: format!("{rule}-{name}"),
                rule_code: (*rule).to_owned(),
                subject: place.code.clone(),
                fixmedins_code: place.code.clone(),
                psn_no: String::new(),
                mdtrt_id: String::new(),
                line_ids: String::new(),
                amount_fen: None,
                expect: Expect::Hit,
            })
        })
        .collect()
}
