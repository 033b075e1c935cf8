//! The synthetic city（合成城市）: a year of claims of people who do not exist, as extract files in national columns, with
//! violations planted by hand and written down in `truth.csv`.
//!
//! The city knows the knowledge points' codes and values, and nothing of the rules: what it plants it works out itself, so that
//! the engine can be measured against it ([`eval`]). Everything comes from the seed: the same configuration and knowledge give
//! the same files, byte for byte. Persons are made one after another, so that memory does not grow with the city.

#![deny(missing_docs, clippy::float_arithmetic)]

mod books;
mod catalogue;
mod dice;
pub mod eval;
mod everyday;
mod knowledge;
mod life;
mod local;
mod orders;
mod papers;
mod person;
mod place;
mod plan;
mod region;
mod registers;
mod scheme;
mod settle;
mod sheet;
mod special;
mod truth;
mod visit;
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use claims::Day;
use serde::Serialize;

pub use knowledge::{Knowledge, KnowledgeRow};
pub use plan::Rates;
pub use truth::{Expect, Truth};

use books::Books;
use dice::Dice;
use person::Person;
use plan::Plan;
use registers::{Entry, Registers};
use scheme::Scene;
use visit::Year;
use world::World;

/// Plant（植入范围）: which violations are planted. Near misses and innocent oddities are always there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Plant {
    /// Of every rule.
    #[default]
    All,
    /// None: a lawful city.
    None,
    /// Of these rules.
    Only(Vec<String>),
}

/// Packing（压缩方式） of the files; `truth.csv` and the regional knowledge stay plain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Packing {
    /// Plain CSV.
    #[default]
    None,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

/// Config（合成城市配置）.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Persons; at least [`Config::LEAST_PERSONS`].
    pub persons: usize,
    /// Months, 1 to 36.
    pub months: u32,
    /// First month; its first day is taken.
    pub start: Day,
    /// Seed.
    pub seed: u64,
    /// What is planted.
    pub plant: Plant,
    /// How often.
    pub rates: Rates,
    /// How files are packed.
    pub packing: Packing,
}

impl Config {
    /// Fewer persons than this have no room for the schemes.
    pub const LEAST_PERSONS: usize = 300;
}

impl Default for Config {
    /// Twelve months after the last of the batches that are shipped, so that every point is in force all the time.
    fn default() -> Self {
        let start = Day::ymd(2026, 2, 1).unwrap_or(Day(20_485));
        Self { persons: 2000, months: 12, start, seed: 1, plant: Plant::All, rates: Rates::Even, packing: Packing::None }
    }
}

/// Summary（生成摘要）.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Persons.
    pub persons: u64,
    /// Institutions.
    pub institutions: u64,
    /// Visits.
    pub visits: u64,
    /// Settlements, refunds included.
    pub settlements: u64,
    /// Fee lines, refunds included.
    pub lines: u64,
    /// Total of all settlements in fen.
    pub amount_fen: i64,
    /// Violations planted.
    pub planted_hits: u64,
    /// Violations planted under a data fault.
    pub planted_hidden: u64,
    /// Lawful subjects noted as near misses or oddities.
    pub planted_clear: u64,
    /// Schemes that could not be played, mostly because the knowledge handed over has no item for them, and how often.
    pub not_played: BTreeMap<String, u64>,
    /// Files and their rows.
    pub files: BTreeMap<String, u64>,
}

/// Why a city could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// Too few persons.
    #[error("合成城市至少需要 {} 人，现为 {persons} 人", Config::LEAST_PERSONS)]
    TooFewPersons {
        /// As configured.
        persons: usize,
    },
    /// Months out of range.
    #[error("月数须在 1 至 36 之间，现为 {months}")]
    Months {
        /// As configured.
        months: u32,
    },
    /// A file could not be written.
    #[error("无法写入 {}：{source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A knowledge table is no CSV.
    #[error("知识表 {table} 第 {row} 行无法读取：{source}")]
    Knowledge {
        /// Table.
        table: String,
        /// Row, the header being 1.
        row: usize,
        /// Why.
        source: csv::Error,
    },
}

/// Makes the city's files in a folder, which is created if it is missing.
pub fn city(config: &Config, knowledge: &Knowledge, out: &Path) -> Result<Summary, SynthError> {
    if config.persons < Config::LEAST_PERSONS {
        return Err(SynthError::TooFewPersons { persons: config.persons });
    }
    if !(1..=36).contains(&config.months) {
        return Err(SynthError::Months { months: config.months });
    }
    std::fs::create_dir_all(out).map_err(|source| SynthError::Write { path: out.to_owned(), source })?;
    let world = World::new(config, knowledge);
    let plan = Plan::new(config);
    let mut books = Books::create(out, config.packing, &world)?;
    let mut registers = Registers::create(out, &world)?;
    let mut counts = Counts::new(&world);
    for index in 0..config.persons {
        for entry in one_person(&world, config, &plan, index, &mut books, &mut counts)? {
            registers.add(&entry)?;
        }
    }
    let Counts { stock, beds, procurement } = counts;
    let ledger = stock.write(&world, &config.plant, out, config.packing)?;
    let (rows, of_beds) = beds.planted(&world, &config.plant);
    let (agreements, of_agreements) = procurement.planted(&world);
    rows.iter().chain(&agreements).try_for_each(|entry| registers.add(entry))?;
    let of_rates = scheme::rate::planted(&world);
    let of_referrals = scheme::referral::planted(&world, &config.plant, config.persons);
    let counted = ledger.truth.iter().chain(&of_beds).chain(&of_rates).chain(&of_agreements).chain(&of_referrals);
    counted.for_each(|truth| books.truth(truth));
    let mut summary = books.finish()?;
    summary.institutions = world.places.institutions.len() as u64;
    summary.files.insert(ledger.name, ledger.rows);
    summary.files.extend(region::registers(out, &world, config.packing)?);
    summary.files.extend(region::write(out, &world, knowledge, &stock)?);
    summary.files.extend(registers.finish()?);
    Ok(summary)
}

/// What is counted of everybody, to be judged when all have been made.
struct Counts {
    stock: scheme::stock::Stock,
    beds: scheme::beds::Beds,
    procurement: scheme::procurement::Procurement,
}

impl Counts {
    fn new(world: &World) -> Self {
        Self {
            stock: scheme::stock::Stock::new(world),
            beds: scheme::beds::Beds::new(world),
            procurement: scheme::procurement::Procurement::new(world),
        }
    }

    fn count(&mut self, world: &World, visit: &visit::Visit) {
        self.stock.count(world, visit);
        self.beds.count(world, visit);
        self.procurement.count(visit);
    }
}

fn one_person(
    world: &World,
    config: &Config,
    plan: &Plan,
    index: usize,
    books: &mut Books,
    counts: &mut Counts,
) -> Result<Vec<Entry>, SynthError> {
    let mut dice = Dice::new(config.seed, index as u64 + 1000);
    let turn = plan.turn_of(index);
    let who = turn.map(|turn| plan.schemes[turn.scheme].who);
    let mut person = Person::new(&mut dice, index, world.places.counties, world.first, who);
    let mut year = Year::new(index, world.first, world.days());
    let (mut truth, mut rows) = (Vec::new(), Vec::new());
    match turn {
        Some(turn) => {
            let scheme = &plan.schemes[turn.scheme];
            let room = scheme::make_room(world, &mut year, scheme, turn.scheme, turn.subject, &mut dice);
            let played = room.and_then(|(day, shared)| {
                let (subject, member) = (turn.subject, turn.member);
                let (person, dice, year) = (&mut person, &mut dice, &mut year);
                let (truth, rows) = (&mut truth, &mut rows);
                (scheme.play)(&mut Scene { world, person, dice, year, truth, rows, scheme, day, turn: subject, member, shared })
            });
            if played.is_none() {
                truth.clear();
                rows.clear();
                *books.summary.not_played.entry(scheme.name()).or_default() += 1;
            }
        }
        None => person.blur(&mut dice),
    }
    life::live(world, &mut person, &mut dice, &mut year);
    if turn.is_none() {
        scheme::referral::prescribe(world, &config.plant, person.county, &mut year);
    }
    life::scan_the_rest(world, &mut year);
    truth.extend(posted_late(world, &person, &year));
    truth.extend(life::lean::crossed(world, &person, &year));
    truth.extend(life::lean::kept(world, &person, &year));
    rows.extend(life::lean::groups(&year));
    for one in &truth {
        books.truth(one);
    }
    year.visits.iter_mut().for_each(|visit| orders::deliver(world, visit));
    year.visits.iter().for_each(|visit| counts.count(world, visit));
    rows.extend(scheme::consent::sent(world, &person, &year));
    books.person(world, &person, &mut year)?;
    Ok(rows)
}

/// Stays posted as a whole at discharge: a cautious rule about days may find them suspicious, never a violation.
fn posted_late(world: &World, person: &Person, year: &Year) -> Vec<Truth> {
    let basics = world.catalogue.basics;
    let daily = [basics.bed, basics.nursing, basics.consult];
    let late = year.visits.iter().filter(|visit| visit.posted_late && world.catalogue.specials.once_a_day);
    late.map(|visit| {
        let lines = visit.lines.iter().filter(|line| daily.contains(&line.item)).map(|line| visit.line_id(line.sn));
        let place = &world.places.institutions[visit.place].code;
        Truth {
            scheme: "trap-posted-late".to_owned(),
            rule_code: "GZ10000102014000".to_owned(),
            subject: format!("{place}|{}", visit.id),
            fixmedins_code: place.clone(),
            psn_no: person.number.clone(),
            mdtrt_id: visit.id.to_string(),
            line_ids: lines.collect::<Vec<_>>().join(";"),
            amount_fen: None,
            expect: Expect::Clear,
        }
    })
    .collect()
}
