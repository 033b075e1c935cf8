//! `mingcha knowledge import`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use claims::Day;
use clap::Args;
use rulebook::Pack;
use rulebook::knowledge::{BatchReport, KnowledgeFault};
use serde::Serialize;

use super::delivery::{Add as _, Delivery, Refusing};
use super::store::{Store, digest};
use crate::files;
use crate::pack::RulesArguments;
use crate::place::LakeArguments;
use crate::screen::{Screen, say_faults};
use crate::status::{Status, WrongUse};
use crate::today::today;

/// What to import.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(
        required = true,
        value_name = "FILE",
        help = "公布的批次（.json、.json.gz）或地方表（.csv、.csv.gz、.xlsx），目录也可以"
    )]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    rules: RulesArguments,
    #[arg(long, value_name = "NAME", help = "知识表名；默认取文件名或工作表名")]
    table: Option<String>,
    #[arg(long, value_name = "DATE", help = "批次的公布日，知识点自己没有写明时使用；不写则从导入这天起生效")]
    published: Option<String>,
}

/// Report（知识导入报告）.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    pub(crate) points: BatchReport,
    /// Files that were imported before, with the same content.
    already_imported: Vec<String>,
    /// Columns that the tables do not have; the rest of their rows was read.
    ignored_columns: Vec<String>,
    pub(crate) faults: Vec<FaultReport>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FaultReport {
    file: String,
    row: usize,
    column: String,
    value: String,
    problem: String,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let parsed = |day: &str| Day::parse(day).ok_or_else(|| WrongUse(format!("“{day}”不是日期，写成 2026-03-02")));
        let published = self.published.as_deref().map(parsed).transpose()?;
        let given = Given { table: self.table.as_deref(), otherwise_from: published.unwrap_or_else(today) };
        let report = into_lake(self.lake.folder(), &self.paths, given, &self.rules)?;
        say_faults(screen, &report.faults.iter().map(FaultReport::sentence).collect::<Vec<_>>());
        screen.summary(&report, || report.text())?;
        Ok(Status::refused_if(!report.faults.is_empty()))
    }
}

/// What is said of the files beside what stands in them.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) table: Option<&'a str>,
    pub(crate) otherwise_from: Day,
}

/// Takes the files' points and keeps the files.
pub(crate) fn into_lake(lake: &Path, paths: &[PathBuf], given: Given<'_>, rules: &RulesArguments) -> Result<Report> {
    let Given { table, otherwise_from } = given;
    let store = Store::of(lake);
    let mut loaded = rules.load_with(lake)?;
    let entries = store.entries()?;
    let mut known: HashSet<String> = entries.iter().map(|entry| entry.digest.clone()).collect();
    let mut names: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
    let mut report = Report::default();
    for path in files::under(paths)? {
        let (bytes, name) = (files::bytes(&path)?, files::name(&path));
        if !known.insert(digest(&bytes)) {
            report.already_imported.push(path.display().to_string());
            continue;
        }
        let label = label(&name, &names);
        let delivery = Delivery { name: &name, label: &label, table, otherwise_from, bytes: &bytes };
        let taken = delivery.take(&mut loaded.pack, Refusing::Find)?;
        if taken.report.points_loaded > 0 {
            store.keep(&delivery, &taken)?;
            names.push(name.clone());
        }
        report.points.add(taken.report);
        report.ignored_columns.extend(taken.ignored);
        report.faults.extend(taken.faults.into_iter().map(FaultReport::from));
    }
    Ok(report)
}

/// Takes a file's points into a pack, to see what would come of it; what is refused or not read of it, a sentence each.
pub(crate) fn try_out(lake: &Path, path: &Path, given: Given<'_>, pack: &mut Pack) -> Result<Vec<String>> {
    let (bytes, name) = (files::bytes(path)?, files::name(path));
    let names: Vec<String> = Store::of(lake).entries()?.into_iter().map(|entry| entry.name).collect();
    let label = label(&name, &names);
    let Given { table, otherwise_from } = given;
    let taken = Delivery { name: &name, label: &label, table, otherwise_from, bytes: &bytes }.take(pack, Refusing::Find)?;
    Ok(taken.faults.into_iter().map(|fault| FaultReport::from(fault).sentence()).chain(taken.ignored).collect())
}

/// Name of a file as the source of its points: another file of that name may have come before.
fn label(name: &str, earlier: &[String]) -> String {
    match earlier.iter().filter(|known| *known == name).count() {
        0 => name.to_owned(),
        times => format!("{name}（第{}次）", times + 1),
    }
}

impl From<KnowledgeFault> for FaultReport {
    fn from(fault: KnowledgeFault) -> Self {
        Self { file: fault.file, row: fault.row, column: fault.column, value: fault.value, problem: fault.problem }
    }
}

impl FaultReport {
    fn sentence(&self) -> String {
        let Self { file, row, column, value, problem } = self;
        let row = if *row == 0 { String::new() } else { format!(" 第{row}行") };
        let column = if column == "-" { String::new() } else { format!(" 列{column} 值“{value}”") };
        format!("{file}{row}{column}：{problem}")
    }
}

impl Report {
    pub(crate) fn first_fault(&self) -> String {
        self.faults.first().map(FaultReport::sentence).unwrap_or_default()
    }

    fn text(&self) -> String {
        let points = &self.points;
        let mut text = format!(
            "读入知识点 {} 个，载入 {} 个，拒收 {} 个；取代旧知识点 {} 个，待审核 {} 个\n",
            points.points_read, points.points_loaded, points.points_rejected, points.superseding, points.unreviewed
        );
        for (rule, count) in &points.by_rule {
            text.push_str(&format!("  {rule}：{count} 个\n"));
        }
        for ignored in &self.ignored_columns {
            text.push_str(&format!("{ignored}\n"));
        }
        for file in &self.already_imported {
            text.push_str(&format!("{file} 以前已经导入，内容相同，没有改变\n"));
        }
        text
    }
}
