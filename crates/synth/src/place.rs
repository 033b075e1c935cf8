//! Counties, institutions and doctors.

use claims::Day;

use crate::dice::Dice;

/// Kind of institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tertiary,
    Secondary,
    Tcm,
    Children,
    Maternity,
    Township,
    Community,
    Unrated,
    Pharmacy,
    /// A hospital whose agreement is suspended in the middle of the year.
    Suspended,
}

/// Institution（定点医药机构）.
#[derive(Clone, Debug)]
pub(crate) struct Institution {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) kind: Kind,
    /// `hosp_lv`; empty for pharmacies.
    pub(crate) level: &'static str,
    /// Level from a day on, where it was raised during the year.
    pub(crate) raised: Option<(Day, &'static str)>,
    /// How its stays are paid for.
    pub(crate) clr_way: &'static str,
    /// First doctor and number of doctors, in [`Places::doctors`].
    pub(crate) doctors: (usize, usize),
    /// Doctors of whom something is planted; nobody else comes to them.
    pub(crate) reserved: (usize, usize),
    /// How it differs from its like, and when.
    pub(crate) leanings: Vec<Lean>,
}

/// Leaning（倾向）: how an institution differs from its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaning {
    Drugs,
    Tests,
    Treatment,
    Scans,
    Consumables,
    /// Charges the dear one of two tests that serve one purpose.
    Dear,
    /// Prescribes herbs.
    Herbs,
    /// Sells check-ups, which people pay for themselves.
    CheckUps,
    /// Uses a little more material than others.
    Dressings,
    /// Charges the dear test by mistake and takes it back.
    DearReturned,
    /// Infuses nearly everybody through the dear one of two sets.
    DearSets,
    /// Patients catch something in hospital.
    Infected,
    /// Patients come with an infection beside their illness.
    InfectedBefore,
    /// Does not say what a patient had on admission.
    Unfilled,
    /// Patients come back within a month, for the same illness.
    Returned,
    /// Patients are sent on within a month to another hospital, for the same illness.
    ReturnedElsewhere,
    /// Patients come back within a month for another illness.
    OtherIllness,
    /// Tests whoever comes from far away for everything.
    RemoteTests,
    /// Gives whoever comes from far away more of every treatment.
    RemoteTreatment,
    /// Patients from far away cost a little more.
    RemoteLittle,
    /// Keeps whoever comes from far away in bed for another week.
    RemoteLonger,
    /// Does what everybody does.
    Nothing,
    /// Magnetic resonance of three parts of the body for everybody.
    Resonance,
    /// Calls people in over a holiday.
    HolidayOfMay,
    HolidayOfOctober,
    /// Treats the injuries of a holiday.
    HolidayInjuries,
    /// Puts people into bed before the Spring Festival and leaves them there until it is over, with nothing billed but the bed.
    KeptOverFestival,
    /// Writes down complications.
    Complicated,
    /// Half of its stays are of groups that complications do not divide.
    Undivided,
    /// Half of its stays are of the heavier group of their illness, though they cost what others cost.
    Heavier,
    /// Bills until a stay is no longer paid as a cheap one.
    JustOver,
    /// Bills until a stay is nearly paid as a dear one.
    JustUnder,
    /// Sends patients home on the day on which one more would make a stay a dear one.
    SentHome,
    /// Bills a package, which is well beyond the bound.
    Package,
    /// Sells drugs for one sex to the other.
    Crossed,
    /// Sells them to whoever fetches them on the family's account.
    CrossedForFamily,
    /// Bills outpatients for what is done to the other sex.
    CrossedServices,
    /// Does not scan three lines in ten.
    Unscanned,
    /// Scans nothing on one day of the month, when its device is out of order.
    ScannerBroken,
    /// Scans one code for everything that is sold together.
    OneCode,
    /// Hands over no scans at all.
    NeverScans,
    /// Sells until a purchase costs nearly a hundred yuan, and nothing beyond.
    NearlyHundred,
    /// The same with fifty yuan.
    NearlyFifty,
    /// Sells nine customers in ten a set for eighty yuan, whatever they came for.
    Sets,
    /// Has one person in four come only to be registered.
    Registered,
    /// Tests nearly everybody for one thing, whatever they came for.
    TestsEverybody,
    /// Tests every other person for it.
    TestsHalf,
    /// Charges everybody for it by mistake and takes it back.
    TestsReturned,
    /// Tests chronic patients for it in the last month of every quarter.
    TestsQuarterly,
    /// Tests everybody for the same four things together.
    TestsPackage,
    /// Has records of operations with their material.
    Operates,
    /// Charges three times the material.
    ManyScrews,
    /// Charges a quarter of the patients for a box of it.
    BoxOfScrews,
    /// Opens a box and takes back what was not used.
    ScrewsReturned,
    /// Charges the ward again for what the theatre has charged, on the days after the operation.
    ScrewsAgain,
    /// Tests whoever lies in bed, every day.
    WardTests,
    /// Gives them dear drugs.
    WardDrugs,
    /// Dresses and pierces them anew every day.
    WardMaterial,
    /// Puts them through the scanner every day.
    WardScans,
}

/// Lean（倾向的起止）: a leaning, from one day to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lean {
    pub(crate) leaning: Leaning,
    pub(crate) from: Day,
    pub(crate) to: Day,
    /// Which row of the plan it is.
    pub(crate) plan: &'static crate::scheme::rate::Row,
}

impl Institution {
    /// How it leans on a day.
    pub(crate) fn leanings_on(&self, day: Day) -> impl Iterator<Item = Leaning> + '_ {
        self.leanings.iter().filter(move |lean| lean.from <= day && day <= lean.to).map(|lean| lean.leaning)
    }

    /// Whether packs are scanned there at all.
    pub(crate) fn has_scanner(&self) -> bool {
        self.leanings.iter().all(|lean| lean.leaning != Leaning::NeverScans)
    }

    /// Level on a day.
    pub(crate) fn level_on(&self, day: Day) -> &'static str {
        self.raised.filter(|(from, _)| *from <= day).map_or(self.level, |(_, level)| level)
    }
}

/// Places（机构与医师）.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) counties: usize,
    pub(crate) institutions: Vec<Institution>,
    pub(crate) doctors: Vec<String>,
    by_kind: Vec<Vec<Vec<usize>>>,
}

/// What stands where nobody is named: the default user of a hospital's system.
pub(crate) const PLACEHOLDER_DOCTOR: &str = "D000000000000";

/// Doctors of each hospital of whom something is planted.
const RESERVED: usize = 40;

/// Region of the city; no province begins with 99.
pub(crate) fn county_code(county: usize) -> String {
    format!("9901{:02}", county + 1)
}

impl Places {
    /// Institutions for so many persons.
    pub(crate) fn new(seed: u64, persons: usize, raised_on: Day) -> Self {
        let counties = (persons / 4000).clamp(3, 16);
        let mut places = Self { counties, institutions: Vec::new(), doctors: Vec::new(), by_kind: vec![Vec::new(); 10] };
        for of_kind in &mut places.by_kind {
            of_kind.resize(counties, Vec::new());
        }
        let mut dice = Dice::new(seed, 1);
        let more = (persons / 20_000 / counties.max(1)).min(4);
        for county in 0..counties {
            let townships = 3 + more * 2;
            let pharmacies = 6 + more * 4;
            places.add(county, Kind::Tertiary, 1 + usize::from(county == 0));
            places.add(county, Kind::Secondary, 2 + more);
            places.add(county, Kind::Tcm, 1);
            places.add(county, Kind::Township, townships);
            places.add(county, Kind::Community, 2 + more);
            places.add(county, Kind::Unrated, 1);
            places.add(county, Kind::Pharmacy, pharmacies);
            if county == 0 {
                places.add(county, Kind::Children, 1);
                places.add(county, Kind::Maternity, 1);
                places.add(county, Kind::Suspended, 1);
            }
        }
        places.vary(&mut dice, raised_on);
        places
    }

    fn add(&mut self, county: usize, kind: Kind, count: usize) {
        let (zh, level, doctors) = match kind {
            Kind::Tertiary => ("人民医院", "02", 60),
            Kind::Secondary => ("医院", "05", 30),
            Kind::Tcm => ("中医医院", "06", 20),
            Kind::Children => ("儿童医院", "02", 30),
            Kind::Maternity => ("妇幼保健院", "05", 20),
            Kind::Township => ("中心卫生院", "08", 6),
            Kind::Community => ("社区卫生服务中心", "09", 6),
            Kind::Unrated => ("综合门诊医院", "11", 5),
            Kind::Pharmacy => ("大药房", "", 2),
            Kind::Suspended => ("协作医院", "05", 10),
        };
        let region = county_code(county);
        for _ in 0..count {
            let number = self.institutions.len() + 1;
            let letter = if kind == Kind::Pharmacy { 'P' } else { 'H' };
            let first = self.doctors.len();
            let reserved = if kind == Kind::Pharmacy { 0 } else { RESERVED };
            self.doctors.extend((0..doctors + reserved).map(|index| format!("D{region}{:06}", number * 100 + index)));
            self.by_kind[kind as usize][county].push(self.institutions.len());
            self.institutions.push(Institution {
                code: format!("{letter}{region}{number:05}"),
                name: format!("合成市{}区第{number}{zh}", county + 1),
                region: region.clone(),
                kind,
                level,
                raised: None,
                clr_way: "01",
                doctors: (first, doctors),
                reserved: (first + doctors, reserved),
                leanings: Vec::new(),
            });
        }
    }

    /// One hospital is raised a level during the year, one is paid by bed-day, one by DRG points.
    fn vary(&mut self, dice: &mut Dice, raised_on: Day) {
        let county = dice.below(self.counties);
        let of = |kind: Kind, county: usize| self.by_kind[kind as usize][county].clone();
        let township = of(Kind::Township, county);
        let (raised, by_drg) = (township.first().copied(), of(Kind::Tertiary, 0).last().copied());
        let by_day = of(Kind::Secondary, (county + 1) % self.counties).last().copied();
        if let Some(index) = raised {
            self.institutions[index].raised = Some((raised_on, "06"));
        }
        if let Some(index) = by_day {
            self.institutions[index].clr_way = "03";
        }
        if let Some(index) = by_drg {
            self.institutions[index].clr_way = "05";
        }
    }

    /// The institutions of a kind, of the county if it has any, else of the whole city.
    pub(crate) fn of(&self, kind: Kind, county: usize) -> &[usize] {
        let all = &self.by_kind[kind as usize];
        let here = &all[county % self.counties];
        if here.is_empty() { all.iter().find(|some| !some.is_empty()).map_or(&[], Vec::as_slice) } else { here }
    }

    /// All institutions of a kind.
    pub(crate) fn all_of(&self, kind: Kind) -> impl Iterator<Item = usize> {
        self.by_kind[kind as usize].iter().flatten().copied()
    }
}
