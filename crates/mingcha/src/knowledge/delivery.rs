//! A file of knowledge: a published batch or a regional table, brought to points.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Cursor;

use anyhow::{Context, Result, bail};
use calamine::{Data, Reader, open_workbook_auto_from_rs};
use claims::Day;
use rulebook::knowledge::{BatchReport, KnowledgeFault, KnowledgeIndex, import_batch};
use rulebook::{Knowledge, Pack, Point, Rule};
use serde_json::{Value, json};

use crate::files;

/// Rows that the user hands over are taken as reviewed by whoever imports them.
const REVIEWER: &str = "import";
/// A column that only a published batch has.
const PUBLISHED: &str = "rule_class";
/// Columns of a published batch that hold several codes.
const PUBLISHED_LIST: &str = "med_codes";

/// Delivery（知识文件）: what was handed over.
pub(crate) struct Delivery<'a> {
    /// Name as the user gave it.
    pub(crate) name: &'a str,
    /// Name in messages and as the points' source; other than the name where a file of that name came before.
    pub(crate) label: &'a str,
    /// Knowledge table, where the name does not tell.
    pub(crate) table: Option<&'a str>,
    /// Day from which points of a published batch hold that name no day of publication.
    pub(crate) otherwise_from: Day,
    pub(crate) bytes: &'a [u8],
}

/// Which points contradict others, and so are left out.
#[derive(Clone, Copy)]
pub(crate) enum Refusing<'a> {
    /// To be found out: the file is new.
    Find,
    /// Found out when the file was imported.
    Known(&'a HashSet<String>),
}

/// What became of a file's points.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) report: BatchReport,
    pub(crate) faults: Vec<KnowledgeFault>,
    /// Ids of points refused because they contradict others.
    pub(crate) refused: Vec<String>,
    /// Columns that the table does not have, in words.
    pub(crate) ignored: Vec<String>,
}

/// One sheet: a name, a head, rows.
struct Sheet {
    name: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Delivery<'_> {
    /// Takes the file's points into the pack.
    pub(crate) fn take(&self, pack: &mut Pack, refusing: Refusing<'_>) -> Result<Taken> {
        let mut taken = Taken::default();
        if self.plain_name().ends_with(".json") {
            let text = files::unpacked_text(self.name, self.bytes)?;
            taken.batch(pack, (self.label, &text), self.otherwise_from, refusing);
            return Ok(taken);
        }
        for sheet in self.sheets()? {
            if sheet.header.iter().any(|column| column == PUBLISHED) {
                taken.batch(pack, (&sheet.name, &sheet.published()), self.otherwise_from, refusing);
            } else {
                let table = self.table_of(&sheet, &pack.knowledge)?;
                taken.table(pack, &table, sheet, refusing);
            }
        }
        Ok(taken)
    }

    fn plain_name(&self) -> String {
        self.name.trim_end_matches(".gz").to_lowercase()
    }

    fn sheets(&self) -> Result<Vec<Sheet>> {
        let name = self.plain_name();
        if name.ends_with(".csv") {
            return Ok(vec![csv_sheet(self.label, &files::unpacked_text(self.name, self.bytes)?)?]);
        }
        if name.ends_with(".xlsx") {
            return workbook(self.label, self.bytes);
        }
        bail!("{}：不认识这种文件；知识点用 .json、.csv（可再压缩为 .gz）或 .xlsx", self.name)
    }

    fn table_of(&self, sheet: &Sheet, knowledge: &Knowledge) -> Result<String> {
        let name = self.plain_name();
        let stem = name.rsplit('/').next().and_then(|last| last.split('.').next()).unwrap_or_default();
        let within = sheet.name.rsplit_once('[').map(|(_, inner)| inner.trim_end_matches(']'));
        let candidates = [self.table, within, Some(stem)];
        let known = candidates.into_iter().flatten().find(|table| knowledge.descriptor(table).is_some());
        known.map(str::to_owned).with_context(|| {
            let all: Vec<&str> = knowledge.descriptors().map(|d| d.table.as_str()).collect();
            format!("{}：看不出是哪张知识表；把文件命名为知识表名，或写 --table。可用：{}", sheet.name, all.join("、"))
        })
    }
}

impl Taken {
    fn batch(&mut self, pack: &mut Pack, (file, text): (&str, &str), otherwise_from: Day, refusing: Refusing<'_>) {
        let mut after = pack.knowledge.clone();
        let mut report = BatchReport::default();
        self.faults.extend(import_batch(&mut after, &pack.rules, file, text, Some(otherwise_from), &mut report));
        self.report.add(report);
        let points = after.points().iter().filter(|p| &*p.file == file).cloned().collect();
        let refused = self.put(pack, file, points, refusing);
        self.report.points_loaded -= refused;
    }

    fn table(&mut self, pack: &mut Pack, table: &str, sheet: Sheet, refusing: Refusing<'_>) {
        if let Some(descriptor) = pack.knowledge.descriptor(table) {
            let unknown = descriptor.unknown_columns(&sheet.header).into_iter();
            self.ignored.extend(unknown.map(|column| format!("{}：表 {table} 没有列 {column}，该列未读入", sheet.name)));
        }
        let mut alone = Knowledge::default();
        pack.knowledge.descriptors().for_each(|descriptor| alone.describe(descriptor.clone()));
        let (_, faults) = alone.read_rows(table, &sheet.name, &sheet.header, sheet.rows.into_iter(), REVIEWER);
        self.report.points_read += alone.points().len() + faults.len();
        self.report.points_rejected += faults.len();
        self.faults.extend(faults);
        let points = alone.points().to_vec();
        for point in &points {
            self.report.count(point);
        }
        let refused = self.put(pack, &sheet.name, points, refusing);
        self.report.points_loaded -= refused;
    }

    /// Puts points into the pack but those that contradict others; returns how many these are.
    fn put(&mut self, pack: &mut Pack, file: &str, points: Vec<Point>, refusing: Refusing<'_>) -> usize {
        let (refused, sound): (Vec<Point>, Vec<Point>) = match refusing {
            Refusing::Known(ids) => points.into_iter().partition(|point| ids.contains(&*point.id)),
            Refusing::Find => self.contradicting(pack, file, points),
        };
        for point in sound {
            pack.knowledge.put(point);
        }
        pack.knowledge.settle();
        self.refused.extend(refused.iter().map(|point| point.id.to_string()));
        self.report.points_rejected += refused.len();
        refused.len()
    }

    fn contradicting(&mut self, pack: &Pack, file: &str, points: Vec<Point>) -> (Vec<Point>, Vec<Point>) {
        let mut after = pack.knowledge.clone();
        for point in &points {
            after.put(point.clone());
        }
        after.settle();
        let found = contradictions(&after, &pack.rules, file);
        let rows: HashSet<usize> = found.iter().map(|fault| fault.row).collect();
        self.faults.extend(found);
        points.into_iter().partition(|point| rows.contains(&point.row))
    }
}

/// Points of the file that hold at the same time as another of the same code and say something else.
fn contradictions(knowledge: &Knowledge, rules: &[Rule], file: &str) -> Vec<KnowledgeFault> {
    let mut found: HashMap<usize, KnowledgeFault> = HashMap::new();
    for rule in rules {
        let Some(table) = &rule.logic.knowledge else { continue };
        let (_, faults) = KnowledgeIndex::build(knowledge, table, &rule.code, &rule.logic.deciding, None);
        for fault in faults.into_iter().filter(|fault| fault.file == file) {
            found.entry(fault.row).or_insert(fault);
        }
    }
    let ordered: BTreeMap<usize, KnowledgeFault> = found.into_iter().collect();
    ordered.into_values().collect()
}

fn csv_sheet(name: &str, text: &str) -> Result<Sheet> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let cells = |record: &csv::StringRecord| record.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let header = cells(reader.headers().with_context(|| format!("{name}：表头无法读取"))?);
    let rows: Result<Vec<_>, _> = reader.records().map(|record| record.map(|r| cells(&r))).collect();
    Ok(Sheet { name: name.to_owned(), header, rows: rows.with_context(|| format!("{name}：无法读取"))? })
}

fn workbook(name: &str, bytes: &[u8]) -> Result<Vec<Sheet>> {
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).with_context(|| format!("{name}：不是电子表格"))?;
    let mut sheets = Vec::new();
    for (title, range) in book.worksheets() {
        let mut rows = range.rows().map(|row| row.iter().map(cell).collect::<Vec<String>>());
        if let Some(header) = rows.next() {
            sheets.push(Sheet { name: format!("{name}[{title}]"), header, rows: rows.collect() });
        }
    }
    Ok(sheets)
}

fn cell(data: &Data) -> String {
    match data {
        Data::DateTime(at) => day(at.as_f64()).to_string(),
        Data::Bool(flag) => i32::from(*flag).to_string(),
        other => other.to_string().trim().to_owned(),
    }
}

/// Spreadsheets count days from 1899-12-30.
#[expect(clippy::cast_possible_truncation, reason = "a spreadsheet's days are few; the time of day is left out")]
fn day(serial: f64) -> Day {
    const FIRST: i32 = 25_569;
    Day(serial as i32 - FIRST)
}

impl Sheet {
    /// A published batch as the JSON in which batches are published.
    fn published(&self) -> String {
        let points: Vec<Value> =
            self.rows.iter().filter(|row| row.iter().any(|cell| !cell.is_empty())).map(|row| self.point(row)).collect();
        Value::from(points).to_string()
    }

    fn point(&self, row: &[String]) -> Value {
        let filled = self.header.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        filled
            .map(|(column, cell)| {
                let value = match column.as_str() {
                    PUBLISHED_LIST => json!(cell.split(';').map(str::trim).collect::<Vec<_>>()),
                    "batch" => cell.parse::<i64>().map_or_else(|_| json!(cell), |n| json!(n)),
                    _ => json!(cell),
                };
                (column.clone(), value)
            })
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

/// Adds one report to another.
pub(crate) trait Add {
    fn add(&mut self, other: BatchReport);
}

impl Add for BatchReport {
    fn add(&mut self, other: BatchReport) {
        self.points_read += other.points_read;
        self.points_loaded += other.points_loaded;
        self.points_rejected += other.points_rejected;
        self.superseding += other.superseding;
        self.unreviewed += other.unreviewed;
        for (rule, points) in other.by_rule {
            *self.by_rule.entry(rule).or_default() += points;
        }
    }
}
