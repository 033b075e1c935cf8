//! `mingcha synth`: a synthetic city as extract files.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use claims::Day;
use clap::Args;
use rulebook::Cell;
use rulebook::knowledge::Descriptor;
use synth::{Config, Knowledge, Packing, Plant, Rates, Summary};

use crate::number::{count, yuan};
use crate::pack;
use crate::screen::Screen;
use crate::status::Status;

/// What to make.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "N", help = "参保人数")]
    persons: usize,
    #[arg(long, default_value_t = 12, value_name = "M", help = "月数")]
    months: u32,
    #[arg(long, value_name = "DATE", value_parser = first_day, help = "第一个月，如 2026-02-01")]
    start: Option<Day>,
    #[arg(long, default_value_t = 1, value_name = "S", help = "随机种子：相同则文件相同")]
    seed: u64,
    #[arg(long, default_value = "all", value_name = "all|none|CODE,…", help = "植入哪些违规：全部、没有、或这些规则的")]
    plant: String,
    #[arg(long, default_value = "even", value_name = "even|real", value_parser = rates, help = "每种违规植入多少：一样多，或按公开的稽核结果")]
    rates: Rates,
    #[arg(long, default_value = "none", value_name = "none|gzip|zstd", value_parser = packing, help = "压缩方式")]
    pack: Packing,
    #[arg(long, value_name = "DIR", help = "写到哪个目录")]
    out: PathBuf,
}

impl Arguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let plant = match self.plant.as_str() {
            "all" => Plant::All,
            "none" => Plant::None,
            codes => Plant::Only(codes.split(',').map(|code| code.trim().to_owned()).collect()),
        };
        let config = Config {
            persons: self.persons,
            months: self.months,
            start: self.start.unwrap_or(Config::default().start),
            seed: self.seed,
            plant,
            rates: self.rates,
            packing: self.pack,
        };
        let summary = make(&config, &self.out)?;
        screen.summary(&summary, || text(&summary, &self.out))?;
        Ok(Status::Done)
    }
}

fn first_day(text: &str) -> Result<Day, String> {
    Day::parse(text).filter(|day| day.month_start() == *day).ok_or_else(|| "写成某月的第一天，如 2026-02-01".to_owned())
}

fn rates(text: &str) -> Result<Rates, String> {
    match text {
        "even" => Ok(Rates::Even),
        "real" => Ok(Rates::Real),
        _ => Err("可用：even、real".to_owned()),
    }
}

fn packing(text: &str) -> Result<Packing, String> {
    match text {
        "none" => Ok(Packing::None),
        "gzip" => Ok(Packing::Gzip),
        "zstd" => Ok(Packing::Zstd),
        _ => Err("可用：none、gzip、zstd".to_owned()),
    }
}

/// Makes a city from the shipped knowledge.
pub(crate) fn make(config: &Config, out: &Path) -> Result<Summary> {
    let occupied = out.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    ensure!(!occupied, "{} 不是空目录；为免混入别的文件，请换一个", out.display());
    let shipped = pack::shipped()?.knowledge;
    let mut knowledge = Knowledge::default();
    for descriptor in shipped.descriptors() {
        knowledge.add_csv(&descriptor.table, &as_csv(&shipped, descriptor)?)?;
    }
    Ok(synth::city(config, &knowledge, out)?)
}

/// A knowledge table as the city reads it.
fn as_csv(knowledge: &rulebook::Knowledge, descriptor: &Descriptor) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let common = ["id", "rule", "name", "valid_from", "valid_to", "region", "reviewed_by", &descriptor.key];
    let own = || descriptor.columns.keys().filter(|column| **column != descriptor.key);
    writer.write_record(common.into_iter().chain(own().map(String::as_str)))?;
    for point in knowledge.points().iter().filter(|point| *point.table == *descriptor.table) {
        let text = |text: &Option<claims::Text>| text.as_deref().unwrap_or_default().to_owned();
        let day = |day: Option<Day>| day.map(|d| d.to_string()).unwrap_or_default();
        let mut record = vec![point.id.to_string(), text(&point.rule), point.name.to_string()];
        record.extend([day(point.valid_from), day(point.valid_to), text(&point.region), text(&point.reviewed_by)]);
        record.push(point.keys.join(";"));
        record.extend(own().map(|column| point.columns.get(column).map(plain).unwrap_or_default()));
        writer.write_record(record)?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// A cell as it stands in files.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Flag(flag) => i32::from(*flag).to_string(),
        other => other.show(),
    }
}

fn text(summary: &Summary, out: &Path) -> String {
    let mut text = format!(
        "合成城市：{} 人，{} 家机构，{} 次就诊，{} 次结算，{} 条明细，金额 {} 元\n植入违规 {} 处，另有 {} 处因数据缺失应答无法判定，{} 处合法的近似情形\n写在 {}\n",
        count(summary.persons),
        count(summary.institutions),
        count(summary.visits),
        count(summary.settlements),
        count(summary.lines),
        yuan(summary.amount_fen),
        count(summary.planted_hits),
        count(summary.planted_hidden),
        count(summary.planted_clear),
        out.display()
    );
    for (scheme, times) in &summary.not_played {
        text.push_str(&format!("没有演成：{scheme} {times} 次\n"));
    }
    text
}
