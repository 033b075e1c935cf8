//! Institutions that differ from their like: what they lean to is set with the places, and their visits show it.
//!
//! The first of each pair is of one shape, the second of another: all year and in one season, in a centre and in a ward. Where
//! a city has too few institutions to compare, nobody leans to anything.

use claims::Day;

use super::Role::{self, Hidden, Hit, Near};
use crate::Plant;
use crate::life::lean::{AROUND, AROUND_FESTIVAL, holiday, spring_festival};
use crate::place::{Kind, Lean, Leaning, Places};
use crate::truth::{Expect, Truth};
use crate::world::World;

/// Row（倾向计划）: who leans to what, and when.
#[derive(Debug)]
pub(crate) struct Row {
    rule: &'static str,
    variant: &'static str,
    role: Role,
    leaning: Leaning,
    /// First month and number of months; all of them where there are none.
    season: Option<(i32, i32)>,
    /// Rules of which it is as fair a suspicion.
    beside: &'static [&'static str],
    /// Written without sight of the rule.
    unseen: bool,
}

const fn row(rule: &'static str, variant: &'static str, role: Role, leaning: Leaning) -> Row {
    Row { rule, variant, role, leaning, season: None, beside: &[], unseen: false }
}

const fn season(rule: &'static str, variant: &'static str, role: Role, leaning: Leaning, months: (i32, i32)) -> Row {
    Row { season: Some(months), ..row(rule, variant, role, leaning) }
}

impl Row {
    const fn beside(self, rules: &'static [&'static str]) -> Self {
        Self { beside: rules, ..self }
    }

    const fn unseen(self) -> Self {
        Self { unseen: true, ..self }
    }
}

const DRUGS: &str = "ZB10000205001000";
const TESTS: &str = "ZB10000205002000";
const CONSUMABLES: &str = "ZB10000205003000";
const TREATMENT: &str = "ZB10000205004000";
const TOMOGRAPHY: &str = "ZB10000205005000";
const INFECTIONS: &str = "ZB10000205007000";
const READMISSIONS: &str = "ZB10000205008000";
const SIBLINGS: &str = "M026";
const FROM_AFAR: &str = "M043";
const MAGNETIC: &str = "ZB10000205006000";
const HOLIDAY: &str = "M003";
const COMPLICATIONS: &str = "M016";
const AT_BOUNDS: &str = "M018";
const OTHER_SEX: &str = "M009";
const UNSCANNED: &str = "M025";
const MATERIAL: &str = "M022";
const BATCH: &str = "M029";
const OUTLIER: &str = "M050";
const DIGITS: &str = "M051";
/// These grade risks: what they say is a hint.
const HINTING: [&str; 2] = [OUTLIER, DIGITS];

/// Township centres.
static TOWNSHIPS: [Row; 8] = [
    row(SIBLINGS, "always-in-colour", Hit, Leaning::Dear),
    season(DRUGS, "a-quarter", Hit, Leaning::Drugs, (3, 3)),
    row(SIBLINGS, "taken-back", Near, Leaning::DearReturned),
    season(TESTS, "a-quarter", Hit, Leaning::Tests, (6, 3)).beside(&[BATCH]),
    row(DRUGS, "herbs", Near, Leaning::Herbs),
    season(SIBLINGS, "new-machine", Hit, Leaning::Dear, (5, 8)),
    season(CONSUMABLES, "a-quarter", Hit, Leaning::Consumables, (9, 3)),
    row(TESTS, "check-ups", Near, Leaning::CheckUps),
];
/// Community centres, who see more people.
static COMMUNITIES: [Row; 6] = [
    row(DRUGS, "drugs", Hit, Leaning::Drugs),
    row(TESTS, "tests", Hit, Leaning::Tests).beside(&[BATCH]),
    season(TOMOGRAPHY, "scans", Hit, Leaning::Scans, (7, 6)).beside(&[TESTS]),
    season(TREATMENT, "treatment", Hit, Leaning::Treatment, (0, 7)),
    row(CONSUMABLES, "consumables", Hit, Leaning::Consumables),
    row(CONSUMABLES, "cold-packs", Near, Leaning::Dressings),
];
/// Hospitals of the second level, the specialised ones last.
static WARDS: [Row; 7] = [
    row(INFECTIONS, "all-year", Hit, Leaning::Infected),
    row(INFECTIONS, "on-admission", Near, Leaning::InfectedBefore),
    row(READMISSIONS, "like-others", Near, Leaning::Nothing),
    row(READMISSIONS, "same-illness", Hit, Leaning::Returned),
    row(READMISSIONS, "to-another-hospital", Hit, Leaning::ReturnedElsewhere),
    row(READMISSIONS, "other-illness", Near, Leaning::OtherIllness),
    season(INFECTIONS, "half-a-year", Hit, Leaning::Infected, (4, 6)),
];
/// General hospitals of the second level, large enough to be missed where their records say too little.
static RECORDS: [Row; 1] = [row(INFECTIONS, "unfilled", Hidden, Leaning::Unfilled)];
/// General hospitals of the second level, by what patients from far away pay.
static HOSPITALS: [Row; 6] = [
    row(FROM_AFAR, "a-little-dearer", Near, Leaning::RemoteLittle),
    row(FROM_AFAR, "every-test", Hit, Leaning::RemoteTests).beside(&[TESTS, TOMOGRAPHY, MAGNETIC]),
    row(FROM_AFAR, "like-others", Near, Leaning::Nothing),
    row(FROM_AFAR, "like-others", Near, Leaning::Nothing),
    row(FROM_AFAR, "every-treatment", Hit, Leaning::RemoteTreatment).beside(&[TREATMENT]),
    row(FROM_AFAR, "like-others", Near, Leaning::Nothing),
];

/// General hospitals of the second level, by their magnetic resonance: never those that make the most of people from far
/// away, whose other patients must cost what they usually do.
static RESONANCE: [Row; 6] = [
    row(MAGNETIC, "three-parts", Hit, Leaning::Resonance).beside(&[TESTS, OUTLIER]),
    row(MAGNETIC, "like-others", Near, Leaning::Nothing),
    row(MAGNETIC, "like-others", Near, Leaning::Nothing),
    season(MAGNETIC, "new-scanner", Hit, Leaning::Resonance, (2, 11)).beside(&[TESTS, OUTLIER]),
    row(MAGNETIC, "like-others", Near, Leaning::Nothing),
    row(MAGNETIC, "like-others", Near, Leaning::Nothing),
];
/// Hospitals that are too small to be compared.
static SMALL: [Row; 1] = [row(MAGNETIC, "small-hospital", Near, Leaning::Resonance).beside(&[OUTLIER])];
/// General hospitals of the second level, by whom they admit on holidays.
static HOLIDAYS: [Row; 5] = [
    row(HOLIDAY, "october", Hit, Leaning::HolidayOfOctober),
    row(HOLIDAY, "injuries", Near, Leaning::HolidayInjuries),
    row(HOLIDAY, "may", Hit, Leaning::HolidayOfMay),
    row(HOLIDAY, "like-others", Near, Leaning::Nothing),
    row(HOLIDAY, "like-others", Near, Leaning::Nothing),
];
/// General hospitals of the second level, by the groups that their stays are paid by.
static GROUPS: [Row; 5] = [
    row(COMPLICATIONS, "like-others", Near, Leaning::Nothing),
    row(COMPLICATIONS, "always", Hit, Leaning::Complicated),
    row(COMPLICATIONS, "undivided", Near, Leaning::Undivided),
    season(COMPLICATIONS, "from-summer-on", Hit, Leaning::Complicated, (5, 8)),
    row(COMPLICATIONS, "like-others", Near, Leaning::Nothing),
];
/// The same, by what a stay costs; not those where every stay has been made dearer already.
static BOUNDS: [Row; 6] = [
    row(AT_BOUNDS, "like-others", Near, Leaning::Nothing),
    row(AT_BOUNDS, "package", Near, Leaning::Package),
    row(AT_BOUNDS, "just-over", Hit, Leaning::JustOver),
    row(AT_BOUNDS, "like-others", Near, Leaning::Nothing),
    row(AT_BOUNDS, "like-others", Near, Leaning::Nothing),
    row(AT_BOUNDS, "just-under", Hit, Leaning::JustUnder),
];
/// Pharmacies.
static PHARMACIES: [Row; 3] = [
    row(OTHER_SEX, "all-year", Hit, Leaning::Crossed),
    row(OTHER_SEX, "for-the-family", Near, Leaning::CrossedForFamily),
    season(OTHER_SEX, "summer", Hit, Leaning::Crossed, (4, 5)),
];

/// Pharmacies, by what they scan.
static SCANNERS: [Row; 5] = [
    row(UNSCANNED, "three-in-ten", Hit, Leaning::Unscanned),
    row(UNSCANNED, "broken-a-day-a-month", Near, Leaning::ScannerBroken),
    row(UNSCANNED, "one-code-for-all", Hit, Leaning::OneCode),
    row(UNSCANNED, "nothing-sent", Hidden, Leaning::NeverScans),
    season(UNSCANNED, "since-summer", Hit, Leaning::Unscanned, (5, 8)),
];
/// Pharmacies, by what a purchase comes to.
static TILLS: [Row; 3] = [
    row(DIGITS, "nearly-a-hundred", Hit, Leaning::NearlyHundred),
    row(DIGITS, "like-others", Near, Leaning::Nothing),
    row(DIGITS, "nearly-fifty", Hit, Leaning::NearlyFifty),
];
/// Community centres, by what else is settled there.
static COUNTERS: [Row; 1] = [row(DIGITS, "registrations", Near, Leaning::Registered)];
/// Township centres, by one test for everybody.
static TESTERS: [Row; 3] = [
    row(BATCH, "everybody", Hit, Leaning::TestsEverybody).beside(&[TESTS]),
    row(BATCH, "taken-back", Near, Leaning::TestsReturned),
    season(BATCH, "every-other-since-autumn", Hit, Leaning::TestsHalf, (7, 6)).beside(&[TESTS]),
];
/// The same, by what is tested in the last month of every quarter.
static REVIEWERS: [Row; 1] = [row(BATCH, "quarterly", Near, Leaning::TestsQuarterly).beside(&[TESTS])];
/// Hospitals of Chinese medicine, by what is done in their clinics.
static CLINICS: [Row; 3] = [
    row(TREATMENT, "like-others", Near, Leaning::Nothing),
    season(TREATMENT, "hospital-clinic", Hit, Leaning::Treatment, (6, 7)).unseen(),
    season(TOMOGRAPHY, "hospital-clinic", Hit, Leaning::Scans, (0, 6)).unseen().beside(&[TESTS]),
];
/// General hospitals of the second level, by what a day in bed is billed for.
static BEDSIDES: [Row; 6] = [
    row(OUTLIER, "like-others", Near, Leaning::Nothing),
    row(OUTLIER, "like-others", Near, Leaning::Nothing),
    row(OUTLIER, "dear-drugs", Hit, Leaning::WardDrugs).beside(&[DRUGS]),
    row(OUTLIER, "like-others", Near, Leaning::Nothing),
    row(OUTLIER, "like-others", Near, Leaning::Nothing),
    row(OUTLIER, "tests-every-day", Hit, Leaning::WardTests).beside(&[TESTS, BATCH]),
];
/// The same, by what an operation takes; everybody keeps records of it where this is played.
static THEATRES: [Row; 6] = [
    row(MATERIAL, "three-times-as-many", Hit, Leaning::ManyScrews).beside(&[CONSUMABLES, OUTLIER]),
    row(MATERIAL, "taken-back", Near, Leaning::ScrewsReturned),
    row(MATERIAL, "like-others", Near, Leaning::Operates),
    row(MATERIAL, "a-box-for-some", Hit, Leaning::BoxOfScrews).beside(&[CONSUMABLES, OUTLIER]),
    row(MATERIAL, "like-others", Near, Leaning::Operates),
    row(MATERIAL, "like-others", Near, Leaning::Operates),
];
/// What everybody is beside those.
static OTHER_THEATRES: Row = row(MATERIAL, "like-others", Near, Leaning::Operates);
/// One more theatre, where the ward bills its material again.
static AGAIN: Row = row(MATERIAL, "again-on-the-ward", Hit, Leaning::ScrewsAgain).unseen().beside(&[CONSUMABLES, OUTLIER]);
/// Of so many theatres one is that, behind all of [`THEATRES`].
const AGAIN_AT: (usize, usize) = (24, 18);
/// Large hospitals, all of whose excess is in their wards, or in half of the year.
static LARGE: [Row; 6] = [
    row(DRUGS, "heparin-in-every-bed", Hit, Leaning::WardDrugs).unseen().beside(&[OUTLIER]),
    row(TESTS, "the-same-every-morning", Hit, Leaning::WardTests).unseen().beside(&[OUTLIER, BATCH]),
    row(CONSUMABLES, "dressed-every-day", Hit, Leaning::WardMaterial).unseen().beside(&[OUTLIER]),
    row(MAGNETIC, "scanned-every-day", Hit, Leaning::WardScans).unseen().beside(&[TESTS]),
    season(INFECTIONS, "since-spring", Hit, Leaning::Infected, (2, 11)).unseen(),
    row(READMISSIONS, "sent-to-smaller-ones", Hit, Leaning::ReturnedElsewhere).unseen(),
];
/// Community centres and township centres where nothing else is planted.
static SETS_FOR_INFUSION: [Row; 1] = [row(SIBLINGS, "filtered-sets", Hit, Leaning::DearSets).unseen().beside(&[CONSUMABLES])];
static PACKAGES: [Row; 1] =
    [season(BATCH, "package-in-spring", Hit, Leaning::TestsPackage, (2, 4)).unseen().beside(&[TESTS, OUTLIER])];
static CROSSED: [Row; 1] = [row(OTHER_SEX, "services-at-a-clinic", Hit, Leaning::CrossedServices).unseen()];
/// General hospitals of the second level where nothing else is planted.
static HEAVIER: [Row; 1] = [row(COMPLICATIONS, "heavier-groups", Hit, Leaning::Heavier).unseen().beside(&[AT_BOUNDS])];
static LONGER: [Row; 1] = [row(FROM_AFAR, "kept-another-week", Hit, Leaning::RemoteLonger).unseen()];
static SENT_HOME: [Row; 1] = [row(AT_BOUNDS, "sent-home-at-the-bound", Hit, Leaning::SentHome).unseen()];
/// A large hospital where nothing else is planted.
static FESTIVALS: [Row; 1] = [row(HOLIDAY, "kept-over-spring-festival", Hit, Leaning::KeptOverFestival).unseen()];
/// Sells its wares in sets.
static SETS: [Row; 1] = [row(DIGITS, "sets-for-eighty", Hit, Leaning::Sets).unseen()];
/// What stands out among large hospitals, whatever it is called.
static LARGE_OUTLIERS: [Row; 1] = [row(OUTLIER, "scanned-every-day", Hit, Leaning::Nothing).unseen()];
/// So many of a level are needed to compare what an operation takes.
const THEATRES_LEAST: usize = 12;

/// Rows for institutions of some kinds, of which there must be at least so many; every so many of them again, if not as often
/// as there are rows.
struct Table {
    rows: &'static [Row],
    kinds: &'static [Kind],
    least: usize,
    every: usize,
    /// So many go before the first.
    skip: usize,
}

const fn table(rows: &'static [Row], kinds: &'static [Kind], least: usize) -> Table {
    Table { rows, kinds, least, every: 0, skip: 0 }
}

const TABLES: [Table; 28] = [
    table(&TOWNSHIPS, &[Kind::Township], 8),
    table(&COMMUNITIES, &[Kind::Community], 6),
    table(&WARDS, &[Kind::Secondary, Kind::Tcm], 9),
    // As far apart as the rows about wards are, and never at their places.
    Table { rows: &RECORDS, kinds: &[Kind::Secondary], least: 6, every: 14, skip: 2 },
    // So far apart that most of those that they are compared with are what is usual.
    Table { rows: &HOSPITALS, kinds: &[Kind::Secondary], least: 6, every: 12, skip: 0 },
    Table { rows: &RESONANCE, kinds: &[Kind::Secondary], least: 10, every: 12, skip: 0 },
    Table { rows: &SMALL, kinds: &[Kind::Tcm], least: 3, every: 6, skip: 0 },
    table(&HOLIDAYS, &[Kind::Secondary], 12),
    table(&GROUPS, &[Kind::Secondary], 10),
    Table { rows: &BOUNDS, kinds: &[Kind::Secondary], least: 16, every: 12, skip: 0 },
    // Only one in twenty can stand out.
    Table { rows: &PHARMACIES, kinds: &[Kind::Pharmacy], least: 20, every: 48, skip: 0 },
    Table { rows: &SCANNERS, kinds: &[Kind::Pharmacy], least: 12, every: 12, skip: 5 },
    Table { rows: &TILLS, kinds: &[Kind::Pharmacy], least: 12, every: 24, skip: 10 },
    Table { rows: &COUNTERS, kinds: &[Kind::Community], least: 6, every: 12, skip: 5 },
    Table { rows: &TESTERS, kinds: &[Kind::Township], least: 8, every: 8, skip: 0 },
    Table { rows: &REVIEWERS, kinds: &[Kind::Township], least: 8, every: 8, skip: 4 },
    Table { rows: &CLINICS, kinds: &[Kind::Tcm], least: 3, every: 6, skip: 0 },
    Table { rows: &BEDSIDES, kinds: &[Kind::Secondary], least: 6, every: 24, skip: 0 },
    Table { rows: &LARGE, kinds: &[Kind::Tertiary], least: 12, every: 12, skip: 0 },
    // The one that scans.
    Table { rows: &LARGE_OUTLIERS, kinds: &[Kind::Tertiary], least: 12, every: 12, skip: 3 },
    Table { rows: &SETS, kinds: &[Kind::Pharmacy], least: 20, every: 24, skip: 13 },
    // Behind those of the other tables, and as far apart.
    Table { rows: &SETS_FOR_INFUSION, kinds: &[Kind::Community], least: 12, every: 12, skip: 7 },
    Table { rows: &PACKAGES, kinds: &[Kind::Community], least: 12, every: 12, skip: 9 },
    Table { rows: &CROSSED, kinds: &[Kind::Township], least: 20, every: 48, skip: 11 },
    Table { rows: &HEAVIER, kinds: &[Kind::Secondary], least: 10, every: 20, skip: 7 },
    Table { rows: &LONGER, kinds: &[Kind::Secondary], least: 10, every: 24, skip: 8 },
    Table { rows: &SENT_HOME, kinds: &[Kind::Secondary], least: 16, every: 46, skip: 9 },
    Table { rows: &FESTIVALS, kinds: &[Kind::Tertiary], least: 12, every: 24, skip: 8 },
];

fn is_wanted(row: &Row, plant: &Plant) -> bool {
    match plant {
        Plant::All => true,
        Plant::None => row.role == Near,
        Plant::Only(codes) => row.role == Near || codes.iter().any(|code| code == row.rule),
    }
}

/// Whether the city lasts long enough before and after a holiday, if it is about one.
fn has_time(row: &Row, first: Day, last: Day) -> bool {
    if row.leaning == Leaning::KeptOverFestival {
        let (before, after) = AROUND_FESTIVAL;
        return spring_festival(first).is_some_and(|(from, to)| from.plus(-before) >= first && to.plus(after) <= last);
    }
    let which = match row.leaning {
        Leaning::HolidayOfMay => 0,
        Leaning::HolidayOfOctober | Leaning::HolidayInjuries => 1,
        _ => return true,
    };
    holiday(first, which).is_some_and(|(from, to)| from.plus(-AROUND) >= first && to.plus(AROUND) <= last)
}

/// Lets institutions lean: in a large city every second round of them only, so that the others remain what is usual.
pub(crate) fn lean(places: &mut Places, plant: &Plant, first: Day, last: Day) {
    for table in &TABLES {
        // One whose level is raised has other peers from then on.
        let all = table.kinds.iter().flat_map(|kind| places.all_of(*kind));
        let seats: Vec<usize> = all.filter(|place| places.institutions[*place].raised.is_none()).collect();
        let rows = table.rows.iter().filter(|row| is_wanted(row, plant) && has_time(row, first, last));
        if seats.len() < table.least || rows.count() == 0 {
            continue;
        }
        let rounds = if seats.len() >= 2 * table.rows.len() { 2 } else { 1 };
        for (seat, place) in seats.into_iter().skip(table.skip).enumerate() {
            let every = table.every.max(rounds * table.rows.len());
            let Some(row) = table.rows.get(seat % every).filter(|row| is_wanted(row, plant) && has_time(row, first, last)) else {
                continue;
            };
            let month = |number: i32| first.plus(number * 31).month_start();
            let (from, to) = row.season.map_or((first, last), |(begin, months)| (month(begin), month(begin + months).plus(-1)));
            places.institutions[place].leanings.push(Lean { leaning: row.leaning, from, to, plan: row });
        }
    }
    operate(places, plant, first, last);
}

/// Operations are on record with their material in all general hospitals of the second level, or, where they are too few to be
/// compared, in none.
fn operate(places: &mut Places, plant: &Plant, first: Day, last: Day) {
    let seats: Vec<usize> = places.all_of(Kind::Secondary).collect();
    if seats.len() < THEATRES_LEAST {
        return;
    }
    for (seat, place) in seats.into_iter().enumerate() {
        let (every, again) = AGAIN_AT;
        let theatre = if seat % every == again { Some(&AGAIN) } else { THEATRES.get(seat % (2 * THEATRES.len())) };
        let row = theatre.filter(|row| is_wanted(row, plant)).unwrap_or(&OTHER_THEATRES);
        places.institutions[place].leanings.push(Lean { leaning: row.leaning, from: first, to: last, plan: row });
    }
}

/// What is true of the institutions.
pub(crate) fn planted(world: &World) -> Vec<Truth> {
    let places = &world.places.institutions;
    let leaning = places.iter().flat_map(|place| place.leanings.iter().map(move |lean| (&place.code, lean.plan)));
    let mut all = Vec::new();
    for (code, row) in leaning {
        let name = format!("{}-{}", row.rule, row.variant);
        let scheme = match row.role {
            Hit if row.unseen => format!("{name}-unseen"),
            Hit => name,
            Near => format!("near-{name}"),
            Hidden => format!("{name}-hidden"),
        };
        let expect = match row.role {
            Hit if HINTING.contains(&row.rule) => Expect::Hint,
            Hit => Expect::Hit,
            Near | Hidden => Expect::Clear,
        };
        all.push(truth(scheme, row.rule, code, expect));
        // Not what it is planted for, and not asked for; nobody is accused of it wrongly either.
        all.extend(row.beside.iter().map(|rule| truth(format!("trap-{rule}-{}", row.variant), rule, code, Expect::Clear)));
    }
    all
}

fn truth(scheme: String, rule: &str, code: &str, expect: Expect) -> Truth {
    Truth {
        scheme,
        rule_code: rule.to_owned(),
        subject: code.to_owned(),
        fixmedins_code: code.to_owned(),
        psn_no: String::new(),
        mdtrt_id: String::new(),
        line_ids: String::new(),
        amount_fen: None,
        expect,
    }
}
