//! The knowledge rows that the city draws its codes from. Plain data: nothing here knows what a rule does with a row.

use std::collections::{BTreeMap, HashMap, HashSet};

use claims::Day;

use crate::SynthError;

/// Knowledge row（知识点）: one dated row of a knowledge table, as its CSV has it.
#[derive(Clone, Debug, Default)]
pub struct KnowledgeRow {
    /// Table, such as `kp_drug_label`.
    pub table: String,
    /// Rule that the point feeds.
    pub rule: String,
    /// Its id.
    pub id: String,
    /// Name of the item or drug.
    pub name: String,
    /// Codes a line is matched by.
    pub codes: Vec<String>,
    /// All columns that are filled.
    pub columns: BTreeMap<String, String>,
    /// In force from this day; none means always.
    pub valid_from: Option<Day>,
    /// In force to this day, included; none means open.
    pub valid_to: Option<Day>,
    /// Whether somebody has reviewed its deciding values.
    pub reviewed: bool,
}

/// Columns that hold what a line is matched by, one in each table.
const KEYS: [&str; 7] = ["codes", "herb_code", "icd", "item_code", "med_list_codg", "code", "item_a"];

impl KnowledgeRow {
    /// A column's value; empty when it is not filled.
    pub fn get(&self, column: &str) -> &str {
        self.columns.get(column).map_or("", String::as_str)
    }

    /// A column's value as a whole number.
    pub fn number(&self, column: &str) -> Option<i32> {
        self.get(column).parse().ok()
    }

    /// Whether it is in force all the time between two days.
    pub(crate) fn holds(&self, from: Day, to: Day) -> bool {
        self.reviewed && self.valid_from.is_none_or(|day| day <= from) && self.valid_to.is_none_or(|day| day >= to)
    }
}

/// Knowledge（知识点集合）: the rows handed over by the caller.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    rows: Vec<KnowledgeRow>,
    by_code: HashMap<String, Vec<usize>>,
    pairs: HashSet<(String, String)>,
    paired: HashSet<String>,
}

impl Knowledge {
    /// Reads one table's CSV text: UTF-8, header, comma. Rows of another region than the synthetic one are left out.
    pub fn from_csv(table: &str, text: &str) -> Result<Self, SynthError> {
        let mut knowledge = Self::default();
        knowledge.add_csv(table, text)?;
        Ok(knowledge)
    }

    /// Reads another table's, or another file's, CSV text into it.
    pub fn add_csv(&mut self, table: &str, text: &str) -> Result<(), SynthError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let fault = |row: usize, source| SynthError::Knowledge { table: table.to_owned(), row, source };
        let header: Vec<String> = reader.headers().map_err(|e| fault(1, e))?.iter().map(str::to_owned).collect();
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(|e| fault(index + 2, e))?;
            let filled = header.iter().zip(record.iter()).filter(|(_, value)| !value.is_empty());
            self.add(row(table, filled.map(|(name, value)| (name.clone(), value.to_owned())).collect()));
        }
        Ok(())
    }

    fn add(&mut self, row: KnowledgeRow) {
        if !matches!(row.get("region"), "" | "synthetic") {
            return;
        }
        let index = self.rows.len();
        for code in &row.codes {
            self.by_code.entry(code.clone()).or_default().push(index);
        }
        if row.table == "kp_pair_exclusion" {
            let (a, b) = (row.get("item_a").to_owned(), row.get("item_b").to_owned());
            self.paired.insert(a.clone());
            self.paired.insert(b.clone());
            self.pairs.insert((a, b));
        }
        self.rows.push(row);
    }

    /// All rows.
    pub fn rows(&self) -> &[KnowledgeRow] {
        &self.rows
    }

    /// Rows of one table that feed one rule.
    pub(crate) fn of<'a>(&'a self, table: &'a str, rule: &'a str) -> impl Iterator<Item = &'a KnowledgeRow> {
        self.rows.iter().filter(move |row| row.table == table && row.rule == rule)
    }

    /// Rows of any table in which the code is what a line is matched by, pairs left out.
    pub(crate) fn about<'a>(&'a self, code: &str) -> impl Iterator<Item = &'a KnowledgeRow> {
        let rows = self.by_code.get(code).map_or(&[][..], Vec::as_slice);
        rows.iter()
            .map(|index| &self.rows[*index])
            .filter(|row| !matches!(row.table.as_str(), "kp_pair_exclusion" | "price_catalog"))
    }

    /// Whether no table says anything about the code, so that it can be used freely.
    pub(crate) fn is_silent_on(&self, code: &str) -> bool {
        self.about(code).next().is_none() && !self.paired.contains(code)
    }

    /// Whether the two may not be billed together, whichever comes first.
    pub(crate) fn excludes(&self, one: &str, other: &str) -> bool {
        self.contains(one, other) || self.contains(other, one)
    }

    /// Whether a pair says that the first contains the second.
    pub(crate) fn contains(&self, whole: &str, part: &str) -> bool {
        self.pairs.contains(&(whole.to_owned(), part.to_owned()))
    }

    /// Whether the code is a member of any pair.
    pub(crate) fn is_paired(&self, code: &str) -> bool {
        self.paired.contains(code)
    }
}

fn row(table: &str, columns: BTreeMap<String, String>) -> KnowledgeRow {
    let get = |name: &str| columns.get(name).cloned().unwrap_or_default();
    let key = if table == "kp_pair_exclusion" { Some(&"item_a") } else { KEYS.iter().find(|key| columns.contains_key(**key)) };
    let codes = key.map(|key| get(key)).unwrap_or_default();
    KnowledgeRow {
        table: table.to_owned(),
        rule: get("rule"),
        id: get("id"),
        name: get("name"),
        codes: codes.split(';').map(str::trim).filter(|code| !code.is_empty()).map(str::to_owned).collect(),
        valid_from: Day::parse(&get("valid_from")),
        valid_to: Day::parse(&get("valid_to")),
        reviewed: columns.contains_key("reviewed_by"),
        columns,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_with_their_codes_and_dates() {
        let text =
            "id,rule,name,codes,gender,valid_from,region,reviewed_by\na,R1,甲,X1;X2,1,2026-01-01,,me\nb,R1,乙,X3,2,,370000,me\n";
        let knowledge = Knowledge::from_csv("kp_drug_label", text).unwrap();
        assert_eq!(knowledge.rows().len(), 1, "another region's row is not the city's");
        let row = &knowledge.rows()[0];
        assert_eq!(row.codes, ["X1", "X2"]);
        assert_eq!(row.number("gender"), Some(1));
        assert!(row.holds(Day::ymd(2026, 1, 1).unwrap(), Day::ymd(2027, 1, 1).unwrap()));
        assert!(!row.holds(Day::ymd(2025, 12, 31).unwrap(), Day::ymd(2027, 1, 1).unwrap()));
        assert!(!knowledge.is_silent_on("X2"));
        assert!(knowledge.is_silent_on("X3"));
    }

    #[test]
    fn a_pair_excludes_both_ways() {
        let knowledge = Knowledge::from_csv("kp_pair_exclusion", "rule,item_a,item_b,window\nR,A,B,day\n").unwrap();
        assert!(knowledge.excludes("B", "A"));
        assert!(!knowledge.excludes("A", "C"));
        assert!(!knowledge.is_silent_on("B"));
    }
}
