//! Knowledge table（知识表）: its description, and reading rows by it.

use std::collections::BTreeMap;
use std::fmt;

use claims::{Day, Text, UnitPrice};
use serde::Deserialize;

use super::{Cell, Point};

/// Description of a knowledge table（知识表说明）.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
    /// Table name.
    pub table: String,
    /// Chinese name.
    pub name: String,
    /// Column with the code or codes a subject is matched by.
    pub key: String,
    /// What the key is matched with.
    #[serde(rename = "match")]
    pub matches: Match,
    /// Further columns that, with the key, make a row one of its kind.
    #[serde(default)]
    pub unique: Vec<String>,
    /// Own columns.
    #[serde(default)]
    pub columns: BTreeMap<String, Column>,
    /// Whose region its rows follow where somebody is treated away from home.
    #[serde(default)]
    pub region_of: RegionOf,
    /// Rules whose points here follow another region than the table's: one table may hold limits of use and caps of payment.
    #[serde(default)]
    pub region_of_rule: BTreeMap<String, RegionOf>,
    /// Rules whose published points stand here although their SELECT names the table among others, each with the columns that a
    /// reviewer must fill. A rule with a knowledge table of its own says both itself.
    #[serde(default)]
    pub published: BTreeMap<String, Vec<String>>,
}

/// What a key is matched with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// A line's national code.
    Item,
    /// A diagnosis code, by ICD prefix.
    Diagnosis,
    /// An operation code.
    Operation,
    /// A doctor's code: a register, not a catalogue.
    Doctor,
    /// A person's number: a register.
    Person,
    /// An institution's code: a register.
    Institution,
    /// A rule's code: the row says what rules can find, and nothing of a subject.
    Rule,
}

impl Match {
    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Item => "医保目录编码",
            Self::Diagnosis => "诊断编码（含类目展开）",
            Self::Operation => "手术操作编码",
            Self::Doctor => "医师编码",
            Self::Person => "人员编号",
            Self::Institution => "机构编码",
            Self::Rule => "规则编码",
        }
    }

    /// Whether rows speak of rules: then no rule decides by them.
    pub const fn is_of_rules(self) -> bool {
        matches!(self, Self::Rule)
    }
}

/// RegionOf（适用地区）: whose region a row follows in remote care（异地就医）. Catalogue, price and limits of use are those of the
/// place of treatment; caps of payment and entitlements are those of the place where the person is insured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionOf {
    /// 就医地
    #[default]
    Treatment,
    /// 参保地
    Insured,
}

impl RegionOf {
    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Treatment => "就医地",
            Self::Insured => "参保地",
        }
    }
}

/// An own column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Kind of its values.
    pub kind: ColumnKind,
    /// What it means, in Chinese.
    pub means: String,
    /// Words for its values.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Words of the published text that say a value, by value. None of them is part of another.
    #[serde(default)]
    pub wording: BTreeMap<String, String>,
}

/// Kind of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Text or code.
    Text,
    /// Whole number.
    Int,
    /// Decimal, six places.
    Decimal,
    /// Day.
    Date,
    /// 0 or 1.
    Flag,
}

impl ColumnKind {
    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Text => "文字",
            Self::Int => "整数",
            Self::Decimal => "小数",
            Self::Date => "日期",
            Self::Flag => "是否",
        }
    }
}

/// Knowledge fault（知识文件问题）: file, row, column, value, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnowledgeFault {
    /// File.
    pub file: String,
    /// Row, the header being 1; 0 for the whole file.
    pub row: usize,
    /// Column, or `-`.
    pub column: String,
    /// Value as found.
    pub value: String,
    /// What is wrong and what to do, in Chinese.
    pub problem: String,
}

impl KnowledgeFault {
    /// A fault of a whole file.
    pub fn whole(file: &str, problem: impl Into<String>) -> Self {
        Self { file: file.to_owned(), row: 0, column: "-".to_owned(), value: String::new(), problem: problem.into() }
    }
}

impl fmt::Display for KnowledgeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} 第{}行 列{} 值“{}”：{}", self.file, self.row, self.column, self.value, self.problem)
    }
}

impl std::error::Error for KnowledgeFault {}

impl Descriptor {
    /// Reads a description.
    pub fn parse(file: &str, text: &str) -> Result<Self, KnowledgeFault> {
        toml::from_str(text).map_err(|e| KnowledgeFault::whole(file, crate::rule::toml_problem(text, &e)))
    }

    /// Columns of a file's head that the table does not have: a misspelt limit must not vanish without a word.
    pub fn unknown_columns<'a>(&self, header: &'a [String]) -> Vec<&'a str> {
        let known = |name: &str| name == self.key || self.columns.contains_key(name) || COMMON.contains(&name);
        header.iter().map(String::as_str).filter(|name| !name.is_empty() && !known(name)).collect()
    }

    /// Whose region the points of a rule follow.
    pub fn region_of(&self, rule: &str) -> RegionOf {
        self.region_of_rule.get(rule).copied().unwrap_or(self.region_of)
    }

    /// Where a published restriction says another value than the class under which it was published: both, in the words of the text.
    /// Lists are known to circulate under each other's names, and the name then turns every row into its opposite.
    pub(super) fn contradiction(&self, class: &str, restriction: &str) -> Option<(&str, &str)> {
        self.columns.values().find_map(|column| {
            let said = |text: &str| column.wording.values().map(String::as_str).find(|word| text.contains(word));
            said(class).zip(said(restriction)).filter(|(named, told)| named != told)
        })
    }

    /// Words for a cell, where the description gives them.
    pub fn label(&self, column: &str, cell: &Cell) -> String {
        let shown = match cell {
            Cell::Flag(flag) => if *flag { "1" } else { "0" }.to_owned(),
            other => other.show(),
        };
        let words = self.columns.get(column).and_then(|c| c.labels.get(&shown));
        words.cloned().unwrap_or_else(|| cell.show())
    }
}

pub(super) fn read_csv(descriptor: &Descriptor, file: &str, text: &str, reviewer: &str) -> (Vec<Point>, Vec<KnowledgeFault>) {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(|h| h.trim().to_owned()).collect(),
        Err(e) => return (Vec::new(), vec![KnowledgeFault::whole(file, format!("表头无法读取：{e}"))]),
    };
    let mut broken = Vec::new();
    let rows: Vec<Vec<String>> = reader
        .records()
        .enumerate()
        .map(|(index, record)| match record {
            Ok(record) => record.iter().map(|cell| cell.trim().to_owned()).collect(),
            Err(e) => {
                broken.push(KnowledgeFault {
                    row: index + 2, ..KnowledgeFault::whole(file, format!("这一行无法读取：{e}"))
                });
                Vec::new()
            }
        })
        .collect();
    let (points, mut faults) = read_rows(descriptor, file, &header, rows.into_iter(), reviewer);
    faults.extend(broken);
    (points, faults)
}

pub(super) fn read_rows(
    descriptor: &Descriptor,
    file: &str,
    header: &[String],
    rows: impl Iterator<Item = Vec<String>>,
    reviewer: &str,
) -> (Vec<Point>, Vec<KnowledgeFault>) {
    if !header.contains(&descriptor.key) {
        let problem = format!("缺少关键列 {}；表 {} 按它与明细匹配", descriptor.key, descriptor.table);
        return (Vec::new(), vec![KnowledgeFault::whole(file, problem)]);
    }
    let mut faults = Vec::new();
    let mut points = Vec::new();
    for (index, cells) in rows.enumerate() {
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let row = RawRow { descriptor, file, row: index + 2, header, cells: &cells };
        match row.point(reviewer) {
            Ok(point) => points.push(point),
            Err(fault) => faults.push(fault),
        }
    }
    (points, faults)
}

const COMMON: [&str; 17] = [
    "id",
    "rule",
    "name",
    "valid_from",
    "valid_to",
    "known_from",
    "supersedes",
    "region",
    "batch",
    "constraint",
    "remark_digest",
    "citation",
    "reviewed_by",
    "reviewed_on",
    "note",
    "table",
    "row",
];

struct RawRow<'a> {
    descriptor: &'a Descriptor,
    file: &'a str,
    row: usize,
    header: &'a [String],
    cells: &'a [String],
}

impl RawRow<'_> {
    fn get(&self, column: &str) -> Option<&str> {
        let index = self.header.iter().position(|h| h == column)?;
        self.cells.get(index).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    fn text(&self, column: &str) -> Option<Text> {
        self.get(column).map(Text::from)
    }

    fn fault(&self, column: &str, problem: impl Into<String>) -> KnowledgeFault {
        KnowledgeFault {
            file: self.file.to_owned(),
            row: self.row,
            column: column.to_owned(),
            value: self.get(column).unwrap_or_default().to_owned(),
            problem: problem.into(),
        }
    }

    fn day(&self, column: &str) -> Result<Option<Day>, KnowledgeFault> {
        self.get(column).map(|v| Day::parse(v).ok_or_else(|| self.fault(column, "不是日期，写成 2026-03-02"))).transpose()
    }

    fn cell(&self, name: &str, column: &Column) -> Result<Option<Cell>, KnowledgeFault> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let cell = match column.kind {
            ColumnKind::Text => Some(Cell::Text(Text::from(value))),
            ColumnKind::Int => value.parse().ok().map(Cell::Int),
            ColumnKind::Decimal => UnitPrice::parse(value).ok().map(|v| Cell::Decimal(v.0)),
            ColumnKind::Date => Day::parse(value).map(Cell::Day),
            ColumnKind::Flag => match value {
                "1" | "true" | "是" => Some(Cell::Flag(true)),
                "0" | "false" | "否" => Some(Cell::Flag(false)),
                _ => None,
            },
        };
        cell.map(Some).ok_or_else(|| self.fault(name, format!("“{}”应填{}", column.means, column.kind.expected())))
    }

    fn point(&self, reviewer: &str) -> Result<Point, KnowledgeFault> {
        let key = &self.descriptor.key;
        let keys: Vec<Text> = self
            .get(key)
            .unwrap_or_default()
            .split(';')
            .map(str::trim)
            .filter(|code| !code.is_empty())
            .map(|code| Text::from(code.to_ascii_uppercase()))
            .collect();
        let mut columns = BTreeMap::new();
        for (name, column) in &self.descriptor.columns {
            if let Some(cell) = self.cell(name, column)? {
                columns.insert(name.clone(), cell);
            }
        }
        let id = self.get("id").map_or_else(|| self.made_id(), Text::from);
        if keys.is_empty() && self.get("id").is_none() {
            return Err(self.fault(key, "编码不能为空；一行对应一个或一组（;分隔）编码"));
        }
        let (valid_from, valid_to) = (self.day("valid_from")?, self.day("valid_to")?);
        let of_institution = |region: &str| claims::code::region_of_institution(region).is_some();
        let follows = self.descriptor.region_of(self.get("rule").unwrap_or_default());
        if follows == RegionOf::Insured && self.get("region").is_some_and(of_institution) {
            return Err(self.fault("region", "这张表按参保地取值，地区只能写医保区划，不能写机构编码"));
        }
        if let (Some(from), Some(to)) = (valid_from, valid_to)
            && to < from
        {
            return Err(self.fault("valid_to", "失效日早于生效日"));
        }
        let batch = match self.get("batch") {
            Some(batch) => Some(batch.parse().map_err(|_| self.fault("batch", "批次应是整数"))?),
            None => None,
        };
        let reviewed_by = self.text("reviewed_by").or_else(|| (!reviewer.is_empty()).then(|| Text::from(reviewer)));
        Ok(Point {
            id,
            table: Text::from(self.descriptor.table.as_str()),
            rule: self.text("rule"),
            name: self.text("name").unwrap_or_else(|| keys.first().cloned().unwrap_or_else(|| Text::from(""))),
            keys,
            columns,
            valid_from,
            valid_to,
            known_from: self.day("known_from")?.or(valid_from),
            supersedes: self.get("supersedes").unwrap_or_default().split(';').filter(|s| !s.is_empty()).map(Text::from).collect(),
            region: self.text("region").filter(|r| &**r != "national"),
            batch,
            constraint: self.text("constraint"),
            remark_digest: self.text("remark_digest"),
            citation: self.text("citation"),
            reviewed_by,
            reviewed_on: self.day("reviewed_on")?,
            note: self.text("note"),
            succession: Vec::new(),
            file: Text::from(self.file),
            row: self.row,
        })
    }

    /// An id for a row that brings none: the same row gets the same id in every import.
    fn made_id(&self) -> Text {
        let mut parts: Vec<&str> = vec![&self.descriptor.key];
        for name in self.header {
            parts.push(name);
            parts.push(self.get(name).unwrap_or_default());
        }
        let digest = crate::finding::finding_id(&self.descriptor.table, "point", &parts.join("\u{1f}"));
        Text::from(format!("{}-{}", self.descriptor.table, &digest[..16]))
    }
}

impl ColumnKind {
    const fn expected(self) -> &'static str {
        match self {
            Self::Text => "文字",
            Self::Int => "整数",
            Self::Decimal => "小数（最多六位）",
            Self::Date => "日期，如 2026-03-02",
            Self::Flag => "0 或 1",
        }
    }
}
