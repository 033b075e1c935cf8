//! Antibiotics: around operations, above what a doctor may prescribe, and without a culture.

use super::Role::{Hidden, Hit, Near};
use super::deed::Setting::{Clinic, Emergency, Ward};
use super::deed::{Deed, Paid, Worth};
use super::{ADULT, Scene, Scheme, scheme};
use crate::everyday::ADMITTED;
use crate::place::Kind::{Secondary, Tertiary};
use crate::world::at;

const AROUND: &str = "GZ10000202002000";
const TIER: &str = "GZ10000202003000";
const CULTURE: &str = "M055";

const SULBACTAM: Deed = Deed::new("注射用头孢哌酮钠舒巴坦钠", Clinic(Secondary)).units(2);
const VANCOMYCIN: Deed = Deed::new("注射用盐酸万古霉素", Clinic(Tertiary)).units(3);
const MEROPENEM: Deed = Deed::new("注射用美罗培南", Ward(Tertiary, 8)).units(2).on(&[1, 2, 3, 4], 1);
const TIGECYCLINE: Deed = Deed::new("替加环素", Ward(Secondary, 9)).on(&[3, 4], 1);

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(AROUND, "days-after", Hit, ADULT, 9, |s| around(s, Hernia, FIRST, 52, "")),
    scheme(AROUND, "other-drug", Hit, ADULT, 9, |s| around(s, Gall, "注射用头孢哌酮钠舒巴坦钠", 8, "")),
    scheme(AROUND, "a-day-and-a-half", Hit, ADULT, 9, |s| around(s, Gall, FIRST, 38, "")),
    scheme(AROUND, "within-a-day", Near, ADULT, 9, |s| around(s, Hernia, FIRST, 20, "")),
    scheme(AROUND, "infected", Near, ADULT, 9, |s| around(s, Hernia, FIRST, 52, "A41.900")),
    scheme(TIER, "restricted", Hit, ADULT, 1, |s| by_junior(s, SULBACTAM)),
    scheme(TIER, "special", Hit, ADULT, 1, |s| by_junior(s, VANCOMYCIN)),
    scheme(TIER, "nobody", Hidden, ADULT, 1, |s| {
        let (mut visit, lines) = SULBACTAM.bill(s)?;
        visit.lines.iter_mut().for_each(|line| line.nobody = true);
        SULBACTAM.note(s, visit, &lines)
    }),
    scheme(TIER, "by-senior", Near, ADULT, 1, |s| VANCOMYCIN.play(s)),
    scheme(TIER, "emergency", Near, ADULT, 1, |s| by_junior(s, Deed::new("注射用盐酸万古霉素", Emergency(Tertiary)))),
    scheme(CULTURE, "four-days", Hit, ADULT, 10, |s| MEROPENEM.play(s)),
    scheme(CULTURE, "two-days", Hit, ADULT, 11, |s| TIGECYCLINE.play(s)),
    scheme(CULTURE, "cultured", Near, ADULT, 10, |s| MEROPENEM.beside(&["一般细菌培养及鉴定"]).play(s)),
    scheme(CULTURE, "one-day", Near, ADULT, 10, |s| MEROPENEM.on(&[3], 0).play(s)),
    scheme(CULTURE, "refunded", Near, ADULT, 11, |s| TIGECYCLINE.on(&[4], 0).paid(Paid::Refunded).worth(Worth::Nothing).play(s)),
];

/// The drug of choice before a clean operation.
const FIRST: &str = "注射用头孢唑林钠";

/// Operation, its code, what it is for.
#[derive(Clone, Copy)]
enum Cut {
    Hernia,
    Gall,
}
use Cut::{Gall, Hernia};

/// One dose half an hour before the operation, and one so many hours after its end.
fn around(scene: &mut Scene<'_>, cut: Cut, drug: &'static str, hours: i64, infection: &'static str) -> Option<()> {
    let (operation, main) = match cut {
        Hernia => ("53.0000", ("K40.900", "单侧腹股沟疝")),
        Gall => ("51.2300", ("K80.100", "胆囊结石伴慢性胆囊炎")),
    };
    let place = scene.hospital(Tertiary);
    let disease = &ADMITTED[5];
    let mut visit = scene.mapped_stay(crate::life::Ward { place, disease, begin: scene.day, days: 7 });
    visit.dept = "A04";
    visit.diags = vec![main];
    if !infection.is_empty() {
        visit.diags.push((infection, "脓毒症"));
    }
    let day = scene.day.plus(2);
    let (begin, end) = (at(day, 9 * 60), at(day, 11 * 60));
    super::operation::record(&mut visit, operation, begin, end);
    let before = scene.bill(&mut visit, drug, begin.plus_seconds(-1800), 1)?;
    let after = scene.bill(&mut visit, drug, end.plus_seconds(hours * 3600), 1)?;
    scene.note(visit, &[before, after], None);
    Some(())
}

/// Ordered by the doctor of the hospital who may prescribe the plainest antibiotics only.
fn by_junior(scene: &mut Scene<'_>, deed: Deed) -> Option<()> {
    let (mut visit, lines) = deed.bill(scene)?;
    visit.doctor = scene.world.places.institutions[visit.place].reserved.0;
    visit.lines.iter_mut().for_each(|line| line.nobody = false);
    deed.note(scene, visit, &lines)
}
