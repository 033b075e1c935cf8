//! `mingcha knowledge review ID`: somebody puts their name to a point's values.
//!
//! What was reviewed is kept as a row of the point's table, like any other knowledge that was handed over, so that nothing but the
//! list of files says what is in force.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use rulebook::knowledge::Descriptor;
use rulebook::{Knowledge, Pack, Point};

use super::delivery::{Delivery, Refusing};
use super::row;
use super::store::Store;
use crate::pack::RulesArguments;
use crate::place::LakeArguments;
use crate::screen::Screen;
use crate::status::{Status, WrongUse};
use crate::today::today;

/// What was reviewed.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "ID", help = "知识点编号；待审核的用 knowledge list --unreviewed 列出")]
    id: String,
    #[arg(long = "set", value_name = "列=值", help = "写明一列的取值，可写多次；等号后留空则清除")]
    values: Vec<String>,
    #[arg(long, value_name = "NAME", help = "审核人")]
    by: String,
    #[command(flatten)]
    lake: LakeArguments,
    #[command(flatten)]
    rules: RulesArguments,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let mut pack = self.rules.load_with(self.lake.folder())?.pack;
        let id = self.id.trim();
        let point = pack.knowledge.point(id).with_context(|| format!("没有编号为 {id} 的知识点"))?.clone();
        let descriptor = pack.knowledge.descriptor(&point.table).context("知识点的表没有说明")?.clone();
        let mut cells = cells(&descriptor, &point);
        self.fill(&descriptor, &mut cells)?;
        still_missing(&pack, &point, &cells)?;
        let bytes = csv(&cells)?;
        let name = format!("{}.csv", point.table);
        let label = format!("审核 {id}（{}）", self.by);
        let delivery = Delivery { name: &name, label: &label, table: Some(&point.table), otherwise_from: today(), bytes: &bytes };
        let taken = delivery.take(&mut pack, Refusing::Find)?;
        if let Some(fault) = taken.faults.first() {
            bail!("没有审核：{fault}");
        }
        Store::of(self.lake.folder()).keep(&delivery, &taken)?;
        let reviewed = pack.knowledge.point(id).context("审核后的知识点应在库中")?;
        screen.answer(&row::of(&pack.knowledge, reviewed), || text(&pack.knowledge, reviewed))?;
        Ok(Status::Done)
    }

    fn fill(&self, descriptor: &Descriptor, cells: &mut BTreeMap<String, String>) -> Result<()> {
        for value in &self.values {
            let (column, value) = value.split_once('=').ok_or_else(|| WrongUse(format!("“{value}”应写成 列=值")))?;
            let column = column.trim();
            ensure!(
                descriptor.columns.contains_key(column),
                "表 {} 没有列 {column}；可用：{}",
                descriptor.table,
                descriptor.columns.keys().cloned().collect::<Vec<_>>().join("、")
            );
            cells.insert(column.to_owned(), value.trim().to_owned());
        }
        cells.insert("reviewed_by".to_owned(), self.by.trim().to_owned());
        cells.insert("reviewed_on".to_owned(), today().to_string());
        Ok(())
    }
}

/// The point as a row of its table.
fn cells(descriptor: &Descriptor, point: &Point) -> BTreeMap<String, String> {
    let text = |text: &Option<claims::Text>| text.as_deref().unwrap_or_default().to_owned();
    let day = |day: Option<claims::Day>| day.map(|day| day.to_string()).unwrap_or_default();
    let own = point.columns.iter().map(|(name, cell)| (name.clone(), cell.show()));
    let common = [
        ("id", point.id.to_string()),
        ("rule", text(&point.rule)),
        ("name", point.name.to_string()),
        (descriptor.key.as_str(), point.keys.join(";")),
        ("valid_from", day(point.valid_from)),
        ("valid_to", day(point.valid_to)),
        ("known_from", day(point.known_from)),
        ("supersedes", point.supersedes.join(";")),
        ("region", text(&point.region)),
        ("batch", point.batch.map(|batch| batch.to_string()).unwrap_or_default()),
        ("constraint", text(&point.constraint)),
        ("remark_digest", text(&point.remark_digest)),
        ("citation", text(&point.citation)),
        ("note", text(&point.note)),
    ];
    own.chain(common.map(|(name, value)| (name.to_owned(), value))).collect()
}

/// A review that leaves a deciding value open would change nothing.
fn still_missing(pack: &Pack, point: &Point, cells: &BTreeMap<String, String>) -> Result<()> {
    let Some(rule) = point.rule.as_deref().and_then(|code| pack.rule(code)) else { return Ok(()) };
    let filled = |column: &String| cells.get(column).is_some_and(|value| !value.is_empty());
    let deciding = pack.knowledge.deciding(rule, &point.table);
    let missing: Vec<&str> = deciding.iter().filter(|column| !filled(column)).map(String::as_str).collect();
    ensure!(missing.is_empty(), "规则 {} 还需要：{}；用 --set 列=值 写明", rule.code, missing.join("、"));
    Ok(())
}

fn csv(cells: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.keys())?;
    writer.write_record(cells.values())?;
    writer.into_inner().context("内存中的表应能写完")
}

fn text(knowledge: &Knowledge, point: &Point) -> String {
    format!("{} {}：{}\n{}\n", point.place_in_time(), point.name, row::values(knowledge, point), point.succession.join("\n"))
}
