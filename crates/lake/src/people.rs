//! People（参保人）: the person table and the death register, in little memory.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use claims::Day;
use claims::record::Person;
use claims::table::{Table, table};
use datafusion::arrow::array::{Array, AsArray, Date32Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::Date32Type;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::append::columns_of;
use crate::data_file::DataFileReader;
use crate::error::LakeError;
use crate::snapshot::Snapshot;

const READ_ROWS: usize = 8192;
const NO_DAY: i32 = i32::MIN;

/// All persons, a few dozen bytes each.
#[derive(Debug, Default)]
pub(crate) struct People {
    numbers: String,
    ends: Vec<usize>,
    facts: Vec<Facts>,
    hashes: Vec<[u8; 32]>,
    /// Rows by their numbers, which are not kept twice.
    rows: HashTable<u32>,
    deaths: HashMap<String, Day, FixedState>,
}

#[derive(Clone, Copy, Debug)]
struct Facts {
    gend: u8,
    brdy: i32,
    die_date: i32,
    dead: Option<bool>,
    hash: u32,
}

impl Snapshot {
    /// Persons of this version; read once.
    pub(crate) fn people(&self) -> Result<&Arc<People>, LakeError> {
        if let Some(people) = self.people.get() {
            return Ok(people);
        }
        let people = Arc::new(People::read(self)?);
        Ok(self.people.get_or_init(|| people))
    }
}

impl People {
    fn read(snapshot: &Snapshot) -> Result<Self, LakeError> {
        let mut people = Self::default();
        if let Some(persons) = table("psn_info_b") {
            people.read_persons(snapshot, persons)?;
        }
        if let Some(register) = table("death_register") {
            people.read_deaths(snapshot, register)?;
        }
        let rows = 0..u32::try_from(people.facts.len()).unwrap_or(u32::MAX);
        let mut by_number = HashTable::with_capacity(people.facts.len());
        for row in rows {
            let number = people.number(row);
            // Of two rows of one number the first counts.
            let entry =
                by_number.entry(hash_of(number), |other| people.number(*other) == number, |row| hash_of(people.number(*row)));
            entry.or_insert(row);
        }
        people.rows = by_number;
        Ok(people)
    }

    fn read_persons(&mut self, snapshot: &Snapshot, persons: &Table) -> Result<(), LakeError> {
        let schema = columns_of(persons, &["psn_no", "gend", "brdy", "surv_stas", "die_date", "cert_hash"]);
        for file in snapshot.files(persons.name)? {
            for batch in DataFileReader::open(&file.path, &schema, READ_ROWS)? {
                self.add(&batch?);
            }
        }
        Ok(())
    }

    fn add(&mut self, batch: &RecordBatch) {
        let text = |name: &str| batch.column_by_name(name).map(AsArray::as_string::<i32>);
        let day = |name: &str| batch.column_by_name(name).map(AsArray::as_primitive::<Date32Type>);
        let Some(numbers) = text("psn_no") else { return };
        let (gend, alive, hashes) = (text("gend"), text("surv_stas"), text("cert_hash"));
        let (brdy, died) = (day("brdy"), day("die_date"));
        for row in 0..batch.num_rows() {
            self.numbers.push_str(numbers.value(row));
            self.ends.push(self.numbers.len());
            let hash = value(hashes, row).and_then(bytes_of).map_or(u32::MAX, |hash| {
                self.hashes.push(hash);
                u32::try_from(self.hashes.len() - 1).unwrap_or(u32::MAX)
            });
            self.facts.push(Facts {
                gend: value(gend, row).and_then(|gend| gend.bytes().next()).unwrap_or(0),
                brdy: day_at(brdy, row),
                die_date: day_at(died, row),
                dead: dead(value(alive, row), day_at(died, row)),
                hash,
            });
        }
    }

    fn read_deaths(&mut self, snapshot: &Snapshot, register: &Table) -> Result<(), LakeError> {
        let schema = columns_of(register, &["psn_no", "die_date"]);
        for file in snapshot.files(register.name)? {
            for batch in DataFileReader::open(&file.path, &schema, READ_ROWS)? {
                let batch = batch?;
                let numbers = batch.column_by_name("psn_no").map(AsArray::as_string::<i32>);
                let days = batch.column_by_name("die_date").map(AsArray::as_primitive::<Date32Type>);
                let (Some(numbers), Some(days)) = (numbers, days) else { continue };
                for row in (0..batch.num_rows()).filter(|row| numbers.is_valid(*row) && days.is_valid(*row)) {
                    let day = Day(days.value(row));
                    let latest = self.deaths.entry(numbers.value(row).to_owned()).or_insert(day);
                    *latest = day.max(*latest);
                }
            }
        }
        Ok(())
    }

    fn number(&self, row: u32) -> &str {
        let row = row as usize;
        let begin = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.numbers[begin..self.ends[row]]
    }

    fn row(&self, psn_no: &str) -> Option<u32> {
        self.rows.find(hash_of(psn_no), |row| self.number(*row) == psn_no).copied()
    }

    /// A person; of one that no table has, only the number is known. Where tables differ in the day of death the latest counts, as it does
    /// between them and the visit: a wrong day in one of them accuses nobody of treating the dead.
    pub(crate) fn person(&self, psn_no: &str) -> Person {
        let registered = self.deaths.get(psn_no).copied();
        let Some(row) = self.row(psn_no) else {
            return Person { psn_no: psn_no.to_owned(), die_date: registered, ..Person::default() };
        };
        let facts = self.facts[row as usize];
        let die_date = known(facts.die_date).max(registered);
        Person {
            psn_no: psn_no.to_owned(),
            gend: sex_text(facts.gend),
            brdy: known(facts.brdy),
            dead: facts.dead,
            die_date,
            cert_hash: self.hashes.get(facts.hash as usize).map(|hash| hex(hash).into()),
        }
    }
}

fn hash_of(psn_no: &str) -> u64 {
    FixedState::default().hash_one(psn_no)
}

/// Whether a person is marked as dead. Bureaus fill `surv_stas` by different code books, and nobody may be called dead by a code
/// misread: only a day of death or the word itself counts.
fn dead(surv_stas: Option<&str>, die_date: i32) -> Option<bool> {
    match surv_stas {
        _ if die_date != NO_DAY => Some(true),
        Some(text) if text.contains("死亡") => Some(true),
        Some("正常" | "健在" | "生存" | "存活") => Some(false),
        _ => None,
    }
}

fn value(column: Option<&StringArray>, row: usize) -> Option<&str> {
    column.filter(|column| column.is_valid(row)).map(|column| column.value(row))
}

fn day_at(column: Option<&Date32Array>, row: usize) -> i32 {
    column.filter(|column| column.is_valid(row)).map_or(NO_DAY, |column| column.value(row))
}

fn known(day: i32) -> Option<Day> {
    (day != NO_DAY).then_some(Day(day))
}

fn sex_text(code: u8) -> Option<claims::Text> {
    (code != 0).then(|| char::from(code).to_string().into())
}

fn bytes_of(hash: &str) -> Option<[u8; 32]> {
    crate::personal::unhex(hash)
}

fn hex(bytes: &[u8]) -> String {
    crate::personal::hex(bytes)
}
