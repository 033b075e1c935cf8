//! `mingcha knowledge diff`: what an import would change, before it is done.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use rulebook::{Knowledge, Point};
use serde::Serialize;

use super::delivery::{Delivery, Refusing};
use super::row;
use crate::files;
use crate::pack::RulesArguments;
use crate::place::LakeArguments;
use crate::screen::{Screen, say_faults};
use crate::status::Status;
use crate::today::today;

/// What to compare.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(required = true, value_name = "FILE", help = "尚未导入的知识文件")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    rules: RulesArguments,
    #[arg(long, value_name = "NAME", help = "知识表名；默认取文件名或工作表名")]
    table: Option<String>,
}

/// Difference（知识差异）by kind of change.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Difference {
    pub(crate) added: Vec<Change>,
    pub(crate) ended: Vec<Change>,
    pub(crate) changed: Vec<Change>,
    pub(crate) unchanged: usize,
}

/// A point before and after.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let mut loaded = self.rules.load_with(self.lake.folder())?;
        let before = loaded.pack.knowledge.clone();
        let mut faults = Vec::new();
        for path in files::under(&self.paths)? {
            let bytes = files::bytes(&path)?;
            let name = files::name(&path);
            let delivery = Delivery {
                name: &name,
                label: &path.display().to_string(),
                table: self.table.as_deref(),
                otherwise_from: today(),
                bytes: &bytes,
            };
            faults.extend(delivery.take(&mut loaded.pack, Refusing::Find)?.faults);
        }
        let difference = compare(&before, &loaded.pack.knowledge);
        say_faults(screen, &faults);
        screen.answer(&difference, || difference.text())?;
        Ok(Status::refused_if(!faults.is_empty()))
    }
}

/// What knowledge says afterwards that it did not say before.
pub(crate) fn compare(before: &Knowledge, after: &Knowledge) -> Difference {
    let mut difference = Difference::default();
    for new in after.points() {
        let old = before.point(&new.id);
        let says = |knowledge: &Knowledge, point: &Point| {
            let reviewed = if point.is_reviewed() { "" } else { "，待审核" };
            format!("{}，{} 个编码，{}{reviewed}", row::values(knowledge, point), point.keys.len(), row::period(point))
        };
        let change = Change {
            id: new.id.to_string(),
            name: new.name.to_string(),
            before: old.map(|old| says(before, old)),
            after: Some(says(after, new)),
        };
        match old {
            None => difference.added.push(change),
            Some(old) if old.columns == new.columns && old.keys == new.keys && old.is_reviewed() == new.is_reviewed() => {
                if old.valid_to == new.valid_to && old.valid_from == new.valid_from {
                    difference.unchanged += 1;
                } else {
                    difference.ended.push(change);
                }
            }
            Some(_) => difference.changed.push(change),
        }
    }
    difference
}

impl Difference {
    fn text(&self) -> String {
        let mut text = String::new();
        for (title, changes) in [("新增", &self.added), ("有效期改变（被取代）", &self.ended), ("取值或编码改变", &self.changed)]
        {
            text.push_str(&format!("{title}：{} 个\n", changes.len()));
            for change in changes {
                text.push_str(&format!("  {} {}\n", change.id, change.name));
                for (label, value) in [("原", &change.before), ("新", &change.after)] {
                    if let Some(value) = value {
                        text.push_str(&format!("    {label}：{value}\n"));
                    }
                }
            }
        }
        text.push_str(&format!("不变：{} 个\n", self.unchanged));
        text
    }
}
