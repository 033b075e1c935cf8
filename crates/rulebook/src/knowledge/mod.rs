//! Knowledge（知识点）: dated, regional, cited rows that say what is true, and that rules decide by.
//!
//! A table is described by `knowledge/<table>.toml` and filled by CSV files and imported batches. A point without a reviewed
//! deciding value is kept, and makes its rule answer undecided.

mod batch;
mod index;
mod published;
mod succession;
mod table;

use std::collections::{BTreeMap, HashMap};

use claims::{Day, Text};
use include_dir::{Dir, include_dir};

pub use batch::{BatchReport, import_batch, remark_digest};
pub use index::{Chosen, KnowledgeIndex, PointInForce, choose, choose_anywhere, first_later};
pub use table::{Column, ColumnKind, Descriptor, KnowledgeFault, Match, RegionOf};

use crate::rule::Rule;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../knowledge");

/// Cell（取值）of a point's own column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// A text or code.
    Text(Text),
    /// A whole number.
    Int(i64),
    /// A decimal in millionths.
    Decimal(i64),
    /// A flag.
    Flag(bool),
    /// A day.
    Day(Day),
}

impl Cell {
    /// As people read it.
    pub fn show(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::Int(n) => n.to_string(),
            Self::Decimal(n) => claims::UnitPrice(*n).to_string(),
            Self::Flag(true) => "是".to_owned(),
            Self::Flag(false) => "否".to_owned(),
            Self::Day(day) => day.to_string(),
        }
    }
}

/// Point（知识点）: one row of a knowledge table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Published id, or our own.
    pub id: Text,
    /// Knowledge table.
    pub table: Text,
    /// Rule it feeds; none means every rule whose deciding columns it fills.
    pub rule: Option<Text>,
    /// Item or drug name.
    pub name: Text,
    /// Codes it is matched by.
    pub keys: Vec<Text>,
    /// Own columns that are filled.
    pub columns: BTreeMap<String, Cell>,
    /// In force from（生效日）.
    pub valid_from: Option<Day>,
    /// In force to, inclusive（失效日）.
    pub valid_to: Option<Day>,
    /// Published on（公布日）.
    pub known_from: Option<Day>,
    /// Points it replaces from its own begin on.
    pub supersedes: Vec<Text>,
    /// Region; none is national.
    pub region: Option<Text>,
    /// Number of the published batch.
    pub batch: Option<i64>,
    /// Deciding phrase of the published restriction, short.
    pub constraint: Option<Text>,
    /// Hash of the published restriction, to see whether a later batch changed it.
    pub remark_digest: Option<Text>,
    /// Where it stands.
    pub citation: Option<Text>,
    /// Who reviewed the deciding value; none makes the rule answer undecided.
    pub reviewed_by: Option<Text>,
    /// When.
    pub reviewed_on: Option<Day>,
    /// Note, such as a difference between two readings.
    pub note: Option<Text>,
    /// What it replaced and what replaced it, in sentences; worked out when knowledge is settled, never read.
    pub succession: Vec<Text>,
    /// File it was read from.
    pub file: Text,
    /// Row in that file, the header being 1.
    pub row: usize,
}

impl Point {
    /// Whether its deciding value was reviewed.
    pub const fn is_reviewed(&self) -> bool {
        self.reviewed_by.is_some()
    }

    /// Whether it is in force on a day.
    pub fn in_force(&self, day: Day) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }

    /// `file:row`, for messages.
    pub fn place(&self) -> String {
        format!("{} 第{}行（{}）", self.file, self.row, self.id)
    }
}

/// Knowledge（知识库）: all tables and their points.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    descriptors: BTreeMap<String, Descriptor>,
    points: Vec<Point>,
    by_id: HashMap<Text, usize>,
}

impl Knowledge {
    /// The knowledge in the binary. A fault in it is a fault of the build, and a test says so.
    pub fn shipped() -> Result<Self, Vec<KnowledgeFault>> {
        let mut all = Self::default();
        let mut faults = Vec::new();
        for file in SHIPPED.files().filter(|f| f.path().extension().is_some_and(|e| e == "toml")) {
            let name = file.path().display().to_string();
            match Descriptor::parse(&name, file.contents_utf8().unwrap_or_default()) {
                Ok(descriptor) => all.describe(descriptor),
                Err(fault) => faults.push(fault),
            }
        }
        for dir in SHIPPED.dirs() {
            let table = dir.path().display().to_string();
            let mut files: Vec<_> = dir.files().collect();
            files.sort_by_key(|file| file.path());
            for file in files {
                let name = format!("knowledge/{}", file.path().display());
                faults.extend(all.read_csv(&table, &name, file.contents_utf8().unwrap_or_default(), "").1);
            }
        }
        if faults.is_empty() { Ok(all) } else { Err(faults) }
    }

    /// Adds a table.
    pub fn describe(&mut self, descriptor: Descriptor) {
        self.descriptors.insert(descriptor.table.clone(), descriptor);
    }

    /// A table's description.
    pub fn descriptor(&self, table: &str) -> Option<&Descriptor> {
        self.descriptors.get(table)
    }

    /// All tables by name.
    pub fn descriptors(&self) -> impl Iterator<Item = &Descriptor> {
        self.descriptors.values()
    }

    /// All points.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The point of an id.
    pub fn point(&self, id: &str) -> Option<&Point> {
        self.by_id.get(id).map(|index| &self.points[*index])
    }

    /// The points that feed a rule: those written for it (or for the rule whose points it reads), and those written for none that
    /// fill its deciding columns.
    pub fn feeding<'a>(&'a self, rule: &'a Rule) -> impl Iterator<Item = &'a Point> {
        let of = rule.logic.points_of.as_deref().unwrap_or(&rule.code);
        let deciding = &rule.logic.deciding;
        self.points.iter().filter(move |point| {
            rule.logic.knowledge.as_deref() == Some(&*point.table)
                && match &point.rule {
                    Some(written_for) => &**written_for == of,
                    None => deciding.iter().all(|column| point.columns.contains_key(column)),
                }
        })
    }

    /// Adds a point, or replaces the one of the same id.
    pub fn put(&mut self, point: Point) {
        if let Some(index) = self.by_id.get(&point.id) {
            self.points[*index] = point;
        } else {
            self.by_id.insert(Text::clone(&point.id), self.points.len());
            self.points.push(point);
        }
    }

    /// Drops all points of a table; used by cases that bring their own.
    pub fn clear_table(&mut self, table: &str) {
        self.points.retain(|point| &*point.table != table);
        self.by_id = self.points.iter().enumerate().map(|(i, p)| (Text::clone(&p.id), i)).collect();
    }

    /// Reads a CSV file into a table. Bad rows are refused with file, row, column, value; the rest is kept.
    ///
    /// `reviewer` is written into rows that name none and bring their deciding values; empty leaves them unreviewed.
    pub fn read_csv(&mut self, table: &str, file: &str, text: &str, reviewer: &str) -> (usize, Vec<KnowledgeFault>) {
        let Some(descriptor) = self.descriptors.get(table) else {
            return (0, vec![KnowledgeFault::whole(file, format!("没有名为 {table} 的知识表"))]);
        };
        let (points, faults) = table::read_csv(descriptor, file, text, reviewer);
        let count = points.len();
        for point in points {
            self.put(point);
        }
        (count, faults)
    }

    /// Reads rows already split into cells, such as a spreadsheet's.
    pub fn read_rows(
        &mut self,
        table: &str,
        file: &str,
        header: &[String],
        rows: impl Iterator<Item = Vec<String>>,
        reviewer: &str,
    ) -> (usize, Vec<KnowledgeFault>) {
        let Some(descriptor) = self.descriptors.get(table) else {
            return (0, vec![KnowledgeFault::whole(file, format!("没有名为 {table} 的知识表"))]);
        };
        let (points, faults) = table::read_rows(descriptor, file, header, rows, reviewer);
        let count = points.len();
        for point in points {
            self.put(point);
        }
        (count, faults)
    }

    /// Ends superseded points where their successors begin（取代）.
    pub fn settle(&mut self) {
        self.points.iter_mut().for_each(|point| point.succession.clear());
        let mut replaced: Vec<(usize, usize)> = Vec::new();
        for (new, point) in self.points.iter().enumerate().filter(|(_, point)| point.valid_from.is_some()) {
            let olds = point.supersedes.iter().filter_map(|old| self.by_id.get(old).copied());
            replaced.extend(olds.filter(|old| *old != new).map(|old| (old, new)));
        }
        for (old, new) in replaced {
            let Ok([old, new]) = self.points.get_disjoint_mut([old, new]) else { continue };
            succession::replace(old, new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_knowledge_loads_without_a_fault() {
        if let Err(faults) = Knowledge::shipped() {
            panic!("{} faults, first: {}", faults.len(), faults[0]);
        }
    }
}
