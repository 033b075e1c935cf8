//! Feeds（导入计划）: a file, what it is, and where each column of each national table comes from.

use std::collections::BTreeMap;

use claims::table::{Column, Need, Table, tables};

use super::checks;
use super::computed::Computed;
use super::profile::{CellSpec, FullSpec, IntoSpec, Profile, RepeatSpec, SourceSpec, Unit};
use super::source::{Sniffed, SourceFile};

/// Feed（一个文件的导入计划）.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) file: SourceFile,
    pub(crate) digest: String,
    pub(crate) sniffed: Sniffed,
    /// Name of the source table: the sender's or the national one.
    pub(crate) source: String,
    /// Columns that the sender must fill.
    pub(crate) required: Vec<Required>,
    pub(crate) targets: Vec<Target>,
    /// Columns that nothing uses.
    pub(crate) unused: Vec<String>,
}

impl Feed {
    /// Masters first, then visits, then what hangs on visits.
    pub(crate) fn rank(&self) -> usize {
        self.targets.iter().map(|target| rank(target.table.name)).min().unwrap_or(usize::MAX)
    }
}

pub(crate) fn rank(table: &str) -> usize {
    const ORDER: [&str; 7] = ["psn_info_b", "fixmedins_b", "dr_info_b", "death_register", "mdtrt_d", "setl_d", "fee_list_d"];
    ORDER.iter().position(|name| *name == table).unwrap_or(ORDER.len())
}

/// Target（去向）: how rows of one national table are made from a block.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) table: &'static Table,
    /// For every column of the table.
    pub(crate) cells: Vec<Cell>,
    pub(crate) filter: Option<Computed>,
    pub(crate) self_paid: Option<Computed>,
    /// Lists in fields are split at this.
    pub(crate) split: Option<String>,
    /// Column without which no row is made.
    pub(crate) need: Option<usize>,
}

/// Cell（取值方式）.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Absent,
    Field {
        index: usize,
        map: Option<BTreeMap<String, String>>,
        unit: Unit,
        /// Holds a joined list.
        listed: bool,
    },
    /// The entries of one list, column by column.
    Fields {
        indexes: Vec<Option<usize>>,
        map: Option<BTreeMap<String, String>>,
    },
    Constant {
        first: String,
        rest: String,
    },
    Position,
    RowNumber,
    Sql(Computed),
}

/// Why a file cannot be fed.
#[derive(Debug)]
pub(crate) struct Unfit {
    pub(crate) check: &'static str,
    pub(crate) column: Option<String>,
    pub(crate) message: String,
}

/// What a file is.
pub(crate) enum Identity<'a> {
    Source(&'a SourceSpec),
    National(&'static Table),
    Unknown,
}

/// Finds out what a file is: by its name, else by its header.
pub(crate) fn identify<'a>(profile: &'a Profile, name: &str, header: &[String]) -> Result<Identity<'a>, Unfit> {
    let stem = stem(name);
    let by_name = profile.source.iter().filter_map(|source| Some((longest(&source.files, &stem)?, Identity::Source(source))));
    let national = tables().iter().filter(|_| profile.national).filter_map(|table| {
        let names: Vec<String> = std::iter::once(table.name).chain(table.aliases.iter().copied()).map(str::to_owned).collect();
        Some((longest(&names, &stem)?, Identity::National(table)))
    });
    let named = by_name.chain(national).max_by_key(|(length, _)| *length).map(|(_, identity)| identity);
    let by_header = by_header(profile, header);
    match (named, by_header) {
        (Some(named), _) if fits(&named, header) => Ok(named),
        (Some(named), Some(other)) => Err(Unfit {
            check: checks::WRONG_TABLE,
            column: None,
            message: format!("文件名是 {}，表头却是 {} 的列", identity_name(&named), identity_name(&other)),
        }),
        (Some(named), None) => Ok(named),
        (None, Some(found)) => Ok(found),
        (None, None) => Ok(Identity::Unknown),
    }
}

fn identity_name<'a>(identity: &'a Identity<'_>) -> &'a str {
    match identity {
        Identity::Source(source) => &source.name,
        Identity::National(table) => table.name,
        Identity::Unknown => "未知",
    }
}

fn fits(identity: &Identity<'_>, header: &[String]) -> bool {
    match identity {
        Identity::Source(source) => source.header.iter().all(|name| position(header, name).is_some()),
        Identity::National(table) => has_needed(table, header),
        Identity::Unknown => false,
    }
}

fn has_needed(table: &Table, header: &[String]) -> bool {
    let needed = table.columns.iter().filter(|column| is_needed(table, column));
    needed
        .map(|column| column.name)
        .all(|wanted| header.iter().any(|name| table.column(name).is_some_and(|one| one.name == wanted)))
}

fn by_header<'a>(profile: &'a Profile, header: &[String]) -> Option<Identity<'a>> {
    let known = profile.source.iter().filter(|source| !source.header.is_empty());
    let source = known.filter(|source| source.header.iter().all(|name| position(header, name).is_some()));
    if let Some(source) = source.max_by_key(|source| source.header.len()) {
        return Some(Identity::Source(source));
    }
    if !profile.national {
        return None;
    }
    let recognised = |table: &Table| header.iter().filter(|name| table.column(name).is_some()).count();
    let candidates = tables().iter().filter(|table| has_needed(table, header) && recognised(table) * 10 >= header.len() * 6);
    candidates.max_by_key(|table| recognised(table)).map(Identity::National)
}

/// A file's name without folders and extensions, in lower case.
fn stem(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_lowercase();
    let mut stem = name.as_str();
    for extension in [".gz", ".zst", ".zstd", ".csv", ".txt", ".tsv", ".parquet", ".dat"] {
        stem = stem.strip_suffix(extension).unwrap_or(stem);
    }
    stem.to_owned()
}

/// Length of the longest pattern that matches.
fn longest(patterns: &[String], stem: &str) -> Option<usize> {
    patterns.iter().filter(|pattern| matches(&pattern.to_lowercase(), stem)).map(String::len).max()
}

fn matches(pattern: &str, stem: &str) -> bool {
    if pattern.contains('*') {
        return matches_glob(pattern, stem);
    }
    let rest = stem.strip_prefix(pattern);
    rest.is_some_and(|rest| rest.chars().next().is_none_or(|next| !next.is_alphabetic()))
}

fn matches_glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<_> = parts.collect();
    let (last, middle) = parts.split_last().map_or(("", &[][..]), |(last, middle)| (*last, middle));
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Index of a column in a header: as written, else in any case.
pub(crate) fn position(header: &[String], name: &str) -> Option<usize> {
    let exact = header.iter().position(|one| one == name);
    exact.or_else(|| header.iter().position(|one| one.eq_ignore_ascii_case(name)))
}

/// Targets of a national table's own file.
pub(crate) fn national_targets(table: &'static Table, header: &[String]) -> Result<Vec<Target>, Unfit> {
    let mut cells = vec![Cell::Absent; table.columns.len()];
    for (index, name) in header.iter().enumerate() {
        let Some(column) = table.column(name) else { continue };
        let Some(at) = table.columns.iter().position(|one| one.name == column.name) else { continue };
        let is_own_name = column.name.eq_ignore_ascii_case(name);
        if is_own_name || matches!(cells[at], Cell::Absent) {
            cells[at] = Cell::Field { index, map: None, unit: Unit::Yuan, listed: false };
        }
    }
    check_needed(table, &cells)?;
    Ok(vec![Target { table, cells, filter: None, self_paid: None, split: None, need: None }])
}

/// Targets of a profile's source.
pub(crate) fn source_targets(profile: &Profile, source: &SourceSpec, header: &[String]) -> Result<Vec<Target>, Unfit> {
    let mut targets = Vec::new();
    for into in &source.into {
        let table = claims::table::table(&into.table).expect("a profile's tables were checked when it was read");
        if into.repeat.is_empty() {
            targets.push(target(profile, table, into, None, header)?);
        }
        for repeat in &into.repeat {
            targets.push(target(profile, table, into, Some(repeat), header)?);
        }
    }
    targets.sort_by_key(|target| rank(target.table.name));
    Ok(targets)
}

fn target(
    profile: &Profile,
    table: &'static Table,
    into: &IntoSpec,
    repeat: Option<&RepeatSpec>,
    header: &[String],
) -> Result<Target, Unfit> {
    let sql = |text: &Option<String>| text.as_ref().map(|text| plan(profile, text, header)).transpose();
    let mut cells = Vec::with_capacity(table.columns.len());
    for column in table.columns {
        let repeated = repeat.and_then(|repeat| repeat.columns.get(column.name));
        let spec = repeated.or_else(|| into.columns.get(column.name));
        cells.push(match spec {
            Some(spec) => cell(profile, &in_full(spec), header, repeat.filter(|_| repeated.is_some()))?,
            None => Cell::Absent,
        });
    }
    check_needed(table, &cells)?;
    let need = repeat.and_then(|repeat| table.columns.iter().position(|column| column.name == repeat.need));
    let split = repeat.and_then(|repeat| repeat.split.clone());
    Ok(Target { table, cells, filter: sql(&into.filter)?, self_paid: sql(&into.self_paid)?, split, need })
}

fn in_full(spec: &CellSpec) -> FullSpec {
    match spec {
        CellSpec::Column(name) => FullSpec { column: Some(name.clone()), ..FullSpec::default() },
        CellSpec::Full(full) => full.clone(),
    }
}

fn cell(profile: &Profile, spec: &FullSpec, header: &[String], repeat: Option<&RepeatSpec>) -> Result<Cell, Unfit> {
    let names: Option<Vec<String>> = spec.column.clone().map(|name| vec![name]).or_else(|| spec.columns.clone());
    if let Some(names) = names {
        let numbers = repeat.and_then(|repeat| repeat.numbers);
        return Ok(match (&names[..], numbers) {
            ([name], None) => position(header, name).map_or(Cell::Absent, |index| {
                let listed = repeat.is_some_and(|repeat| repeat.split.is_some());
                Cell::Field { index, map: spec.map.clone(), unit: spec.unit, listed }
            }),
            (names, numbers) => listed_cell(names, numbers, header, spec),
        });
    }
    if let Some(value) = &spec.value {
        return Ok(Cell::Constant { first: value.clone(), rest: spec.rest.clone().unwrap_or_else(|| value.clone()) });
    }
    if let Some(sql) = &spec.sql {
        return Ok(Cell::Sql(plan(profile, sql, header)?));
    }
    Ok(if spec.row_number { Cell::RowNumber } else { Cell::Position })
}

/// One list made of several columns. A file may have fewer of them than its form allows.
fn listed_cell(names: &[String], numbers: Option<(u32, u32)>, header: &[String], spec: &FullSpec) -> Cell {
    let (from, to) = numbers.unwrap_or((1, 1));
    let mut indexes = Vec::new();
    for name in names {
        if name.contains("{n}") {
            indexes.extend((from..=to).map(|number| position(header, &name.replace("{n}", &number.to_string()))));
        } else {
            indexes.push(position(header, name));
        }
    }
    if indexes.iter().all(Option::is_none) { Cell::Absent } else { Cell::Fields { indexes, map: spec.map.clone() } }
}

fn plan(profile: &Profile, sql: &str, header: &[String]) -> Result<Computed, Unfit> {
    Computed::plan(sql, header).map_err(|error| Unfit {
        check: checks::WRONG_TABLE,
        column: None,
        message: format!("映射 {} 的表达式 {sql} 在这个文件的表头上不成立：{error}", profile.name),
    })
}

/// Whether a row cannot do without the column. Institution and person of what hangs on a visit are those of the visit.
pub(crate) fn is_needed(table: &Table, column: &Column) -> bool {
    let of_visit =
        crate::schema::is_clustered(table.name) && table.name != "mdtrt_d" && matches!(column.name, "fixmedins_code" | "psn_no");
    column.need.must_be_filled() && !of_visit
}

fn check_needed(table: &'static Table, cells: &[Cell]) -> Result<(), Unfit> {
    for (column, cell) in table.columns.iter().zip(cells) {
        if !matches!(cell, Cell::Absent) || !is_needed(table, column) {
            continue;
        }
        let is_key = column.need == Need::Key;
        let check = if is_key { checks::MISSING_KEY_COLUMN } else { checks::MISSING_REQUIRED_COLUMN };
        let kind = if is_key { "主键列" } else { "必需列" };
        return Err(Unfit {
            check,
            column: Some(column.name.to_owned()),
            message: format!("{}（{}）缺少{kind} {}（{}）", table.zh, table.name, column.name, column.zh),
        });
    }
    Ok(())
}

/// Columns of the header that no target reads.
pub(crate) fn unused(header: &[String], targets: &[Target]) -> Vec<String> {
    let reads = |target: &Target, index: usize| {
        target.cells.iter().any(|cell| match cell {
            Cell::Field { index: one, .. } => *one == index,
            Cell::Fields { indexes, .. } => indexes.contains(&Some(index)),
            Cell::Sql(computed) => computed.reads(index),
            _ => false,
        }) || [&target.filter, &target.self_paid].into_iter().flatten().any(|computed| computed.reads(index))
    };
    let used = |index: usize| targets.iter().any(|target| reads(target, index));
    header.iter().enumerate().filter(|(index, name)| !used(*index) && *name != "rn").map(|(_, name)| name.clone()).collect()
}

/// Required（必填列）: a column of a file that the sender must fill, always or where a condition holds.
#[derive(Debug)]
pub(crate) struct Required {
    pub(crate) index: usize,
    pub(crate) condition: Option<Computed>,
}

/// The columns of a profile's source that must be filled.
pub(crate) fn source_required(profile: &Profile, source: &SourceSpec, header: &[String]) -> Result<Vec<Required>, Unfit> {
    let always = source.required.iter().filter_map(|name| position(header, name));
    let mut required: Vec<_> = always.map(|index| Required { index, condition: None }).collect();
    for (name, sql) in &source.required_where {
        if let Some(index) = position(header, name) {
            required.push(Required { index, condition: Some(plan(profile, sql, header)?) });
        }
    }
    Ok(required)
}

/// The columns of a national table's own file that must be filled.
pub(crate) fn national_required(target: &Target) -> Vec<Required> {
    let columns = target.table.columns.iter().zip(&target.cells);
    let needed = columns.filter(|(column, _)| column.need.must_be_filled());
    needed
        .filter_map(|(_, cell)| match cell {
            Cell::Field { index, .. } => Some(Required { index: *index, condition: None }),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        assert_eq!(stem("a/FEE_LIST_D_202603.csv.gz"), "fee_list_d_202603");
        assert!(matches("settle_zy", "settle_zy_detail"));
        assert!(matches("fee_list_d", "fee_list_d-1"));
        assert!(!matches("setl_d", "setl_diag_list_d"));
        assert!(matches("*inpatientdata*", "train_inpatientdata-1542865627584"));
        assert!(!matches("*inpatientdata", "train_inpatientdata-1"));
    }
}
