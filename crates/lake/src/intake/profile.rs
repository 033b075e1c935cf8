//! Profiles（映射文件）: how files of a foreign layout become national tables. TOML, so that a new layout needs no code.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Profile（映射文件）: which file is which table, and which column is which.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name.
    pub name: String,
    /// What it is for.
    pub title: String,
    /// Words that mean “no value”, beside the empty text, `NULL`, `null` and `\N`.
    #[serde(default)]
    pub null_words: Vec<String>,
    /// Whether files of the national tables, under their own names, are accepted too.
    #[serde(default)]
    pub national: bool,
    /// Whether codes are of the national structures. Foreign codes are loaded unchecked, and the report says so.
    #[serde(default = "yes")]
    pub national_codes: bool,
    /// The kinds of files.
    #[serde(default)]
    pub source: Vec<SourceSpec>,
}

fn yes() -> bool {
    true
}

/// Source（来源表）: one kind of file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// Name of the table as the sender calls it.
    pub name: String,
    /// Names of files, without extension: the name itself, followed by `_`, `-`, `.` or a digit, or a pattern with `*`.
    pub files: Vec<String>,
    /// Columns by which a file of another name is known.
    #[serde(default)]
    pub header: Vec<String>,
    /// Columns that the sender must fill（必填项）, counted by acceptance check 10.
    #[serde(default)]
    pub required: Vec<String>,
    /// Columns that the sender must fill where a SQL condition holds.
    #[serde(default)]
    pub required_where: BTreeMap<String, String>,
    /// The tables it feeds. None: the file is known and not used.
    #[serde(default)]
    pub into: Vec<IntoSpec>,
}

/// Into（去向）: rows of one national table made from the rows of a source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntoSpec {
    /// National table.
    pub table: String,
    /// SQL condition over the source's columns: which rows are taken.
    #[serde(rename = "where")]
    pub filter: Option<String>,
    /// SQL condition: which settlements were paid without insurance（自费）, left out of acceptance check 12.
    pub self_paid: Option<String>,
    /// National column → where it comes from.
    #[serde(default)]
    pub columns: BTreeMap<String, CellSpec>,
    /// Several rows from one: each entry makes rows of its own, with these columns over those above.
    #[serde(default)]
    pub repeat: Vec<RepeatSpec>,
}

/// Repeat（一行变多行）: numbered columns or joined lists, unpivoted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatSpec {
    /// First and last number that `{n}` in the names of columns stands for.
    pub numbers: Option<(u32, u32)>,
    /// What joins the list inside one field; all columns named here are split alike.
    pub split: Option<String>,
    /// Column without which no row is made; an entry that repeats an earlier one of the same row is left out.
    pub need: String,
    /// National column → where it comes from.
    pub columns: BTreeMap<String, CellSpec>,
}

/// Where a value comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum CellSpec {
    /// A source column as it is.
    Column(String),
    /// Anything else.
    Full(FullSpec),
}

/// Where a value comes from, in full: exactly one of `column`, `columns`, `value`, `sql`, `position`, `row_number`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullSpec {
    /// Source column.
    pub column: Option<String>,
    /// In a repeat: source columns that are entries of one list, in order.
    pub columns: Option<Vec<String>>,
    /// Constant.
    pub value: Option<String>,
    /// In a list: the constant of all entries but the first.
    pub rest: Option<String>,
    /// SQL expression over the source's columns, all of them text.
    pub sql: Option<String>,
    /// Number of the entry in its list, from 1.
    #[serde(default)]
    pub position: bool,
    /// Number of the record in its file, for rows that have no number of their own.
    #[serde(default)]
    pub row_number: bool,
    /// Delivered value → national value; others become empty.
    pub map: Option<BTreeMap<String, String>>,
    /// Unit of a delivered amount, if not yuan.
    #[serde(default)]
    pub unit: Unit,
}

/// Unit of delivered amounts（金额单位）.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 元
    #[default]
    Yuan,
    /// 分
    Fen,
    /// 万元
    TenThousandYuan,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Neither a shipped name nor a file.
    #[error("没有名为 {name} 的映射：随附的有 {}，或给出 TOML 文件的路径", NAMES.join("、"))]
    Unknown {
        /// Name given.
        name: String,
    },
    /// The file cannot be read.
    #[error("无法读取映射文件 {}：{source}", path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is no profile.
    #[error("映射文件 {name} 写得不对：{source}")]
    Toml {
        /// Name or path.
        name: String,
        /// What the parser said.
        source: Box<toml::de::Error>,
    },
    /// It names what does not exist.
    #[error("映射文件 {name} 写得不对：{detail}")]
    Content {
        /// Name of the profile.
        name: String,
        /// What is wrong.
        detail: String,
    },
}

/// Names of the shipped profiles.
pub const NAMES: [&str; 5] = ["national", "inspection-2024", "provider-fraud", "synthea", "front-page"];

const SHIPPED: [(&str, &str); 5] = [
    ("national", include_str!("../../profiles/national.toml")),
    ("inspection-2024", include_str!("../../profiles/inspection-2024.toml")),
    ("provider-fraud", include_str!("../../profiles/provider-fraud.toml")),
    ("synthea", include_str!("../../profiles/synthea.toml")),
    ("front-page", include_str!("../../profiles/front-page.toml")),
];

impl Profile {
    /// A shipped profile by name, or one from a TOML file.
    pub fn load(name: &str) -> Result<Self, ProfileError> {
        if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            return Self::parse(name, text);
        }
        let path = Path::new(name);
        if path.extension().is_none_or(|extension| extension != "toml") {
            return Err(ProfileError::Unknown { name: name.to_owned() });
        }
        let text = std::fs::read_to_string(path).map_err(|source| ProfileError::Io { path: path.to_owned(), source })?;
        Self::parse(name, &text)
    }

    /// Reads a profile's text and checks what it names.
    pub fn parse(name: &str, text: &str) -> Result<Self, ProfileError> {
        let fail = |source| ProfileError::Toml { name: name.to_owned(), source: Box::new(source) };
        let profile: Self = toml::from_str(text).map_err(fail)?;
        profile.verify()?;
        Ok(profile)
    }

    fn verify(&self) -> Result<(), ProfileError> {
        for source in &self.source {
            for into in &source.into {
                let wrong = |detail: String| ProfileError::Content {
                    name: self.name.clone(),
                    detail: format!("来源 {} → {}：{detail}", source.name, into.table),
                };
                let Some(table) = claims::table::table(&into.table) else {
                    return Err(wrong("没有这张国家库表".to_owned()));
                };
                let repeated = into.repeat.iter().flat_map(|repeat| repeat.columns.iter());
                for (column, cell) in into.columns.iter().chain(repeated) {
                    if !table.columns.iter().any(|one| one.name == column) {
                        return Err(wrong(format!("表中没有列 {column}")));
                    }
                    if let CellSpec::Full(full) = cell
                        && full.sources() != 1
                    {
                        return Err(wrong(format!(
                            "列 {column} 应恰好给出 column、columns、value、sql、position、row_number 之一"
                        )));
                    }
                }
                if let Some(repeat) = into.repeat.iter().find(|repeat| !repeat.columns.contains_key(&repeat.need)) {
                    return Err(wrong(format!("need 列 {} 不在 columns 中", repeat.need)));
                }
            }
        }
        Ok(())
    }
}

impl FullSpec {
    fn sources(&self) -> usize {
        [self.column.is_some(), self.columns.is_some(), self.value.is_some(), self.sql.is_some(), self.position, self.row_number]
            .into_iter()
            .filter(|given| *given)
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_profiles_are_valid() {
        for name in NAMES {
            let profile = Profile::load(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(profile.name, name);
        }
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let text = "name = \"x\"\ntitle = \"x\"\n[[source]]\nname = \"a\"\nfiles = [\"a\"]\n[[source.into]]\ntable = \"setl_d\"\ncolumns = { setl_idd = \"ID\" }\n";
        let error = Profile::parse("x", text).unwrap_err().to_string();
        assert!(error.contains("setl_idd"), "{error}");
        assert!(Profile::load("nothing").unwrap_err().to_string().contains("front-page"));
    }
}
