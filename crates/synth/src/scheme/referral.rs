//! Prescriptions that are filled outside the hospital: most doctors' wherever the patient likes, some doctors' at one pharmacy
//! only, and all those of a hospital that has one pharmacy at its gate.

use crate::Plant;
use crate::place::Kind;
use crate::truth::{Expect, Truth};
use crate::visit::{Visit, Year};
use crate::world::World;

const CHAIN: &str = "M041";
/// With fewer persons, no doctor writes enough prescriptions in a quarter for anybody to look.
const LEAST_PERSONS: usize = 3000;
/// A quarter at least.
const LEAST_DAYS: usize = 90;

/// Whose prescriptions a pharmacy fills, by its place among those of the county: of a thousand purchases, which are on
/// prescription, of which kind of hospital, and the first and the number of the doctors who wrote them.
struct Source {
    pharmacy: Option<usize>,
    share: std::ops::Range<u64>,
    kind: Kind,
    doctors: (usize, usize),
    /// Only where this is planted.
    planted: bool,
}

const fn source(
    pharmacy: Option<usize>,
    share: std::ops::Range<u64>,
    kind: Kind,
    doctors: (usize, usize),
    planted: bool,
) -> Source {
    Source { pharmacy, share, kind, doctors, planted }
}

const SOURCES: [Source; 6] = [
    source(None, 0..180, Kind::Tertiary, (0, 8), false),
    // Everything of one doctor at one pharmacy; nine tenths of another's.
    source(Some(0), 180..380, Kind::Tertiary, (8, 1), true),
    source(Some(1), 180..380, Kind::Tertiary, (9, 1), true),
    source(Some(2), 180..200, Kind::Tertiary, (9, 1), true),
    // The pharmacy at the gate; and one beside a hospital with three doctors who write at all.
    source(Some(3), 180..640, Kind::Secondary, (0, 6), false),
    source(Some(4), 180..580, Kind::Tcm, (0, 3), true),
];

fn is_planted(plant: &Plant) -> bool {
    match plant {
        Plant::All => true,
        Plant::None => false,
        Plant::Only(codes) => codes.iter().any(|code| code == CHAIN),
    }
}

/// Gives some purchases of a year their prescriptions. It is the purchase's own number that decides, so that nothing else of the
/// year changes.
pub(crate) fn prescribe(world: &World, plant: &Plant, county: usize, year: &mut Year) {
    let near = world.places.of(Kind::Pharmacy, county);
    for visit in year.visits.iter_mut().filter(|visit| visit.med_type == "41") {
        let Some(pharmacy) = near.iter().position(|place| *place == visit.place) else { continue };
        let scattered = visit.id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        let (chance, whose) = (scattered % 1000, usize::try_from(scattered / 1000).unwrap_or(0));
        let fits = |source: &&Source| {
            source.pharmacy.is_none_or(|only| only == pharmacy)
                && source.share.contains(&chance)
                && (!source.planted || is_planted(plant))
        };
        let Some(source) = SOURCES.iter().find(fits) else { continue };
        let Some(hospital) = world.places.of(source.kind, county).first() else { continue };
        let (first, count) = source.doctors;
        circulate(visit, world.places.institutions[*hospital].doctors.0 + first + whose % count);
    }
}

/// Sold on a prescription that a hospital's doctor sent.
fn circulate(visit: &mut Visit, doctor: usize) {
    visit.doctor = doctor;
    for line in &mut visit.lines {
        (line.rx, line.circulated) = (1, true);
    }
}

/// What is true of the pharmacies.
pub(crate) fn planted(world: &World, plant: &Plant, persons: usize) -> Vec<Truth> {
    if persons < LEAST_PERSONS || world.days() < LEAST_DAYS {
        return Vec::new();
    }
    let mut all = Vec::new();
    for county in 0..world.places.counties {
        let near = world.places.of(Kind::Pharmacy, county);
        let wanted = is_planted(plant);
        let mut note = |pharmacy: usize, scheme: String, expect: Expect| {
            let Some(place) = near.get(pharmacy) else { return };
            let code = &world.places.institutions[*place].code;
            all.push(Truth {
                scheme,
                rule_code: CHAIN.to_owned(),
                subject: code.clone(),
                fixmedins_code: code.clone(),
                psn_no: String::new(),
                mdtrt_id: String::new(),
                line_ids: String::new(),
                amount_fen: None,
                expect,
            });
        };
        if wanted {
            note(0, format!("{CHAIN}-one-pharmacy"), Expect::Hit);
            note(1, format!("{CHAIN}-nine-tenths"), Expect::Hit);
            note(4, format!("{CHAIN}-three-doctors-hidden"), Expect::Clear);
        }
        note(3, format!("near-{CHAIN}-at-the-gate"), Expect::Clear);
    }
    all
}
