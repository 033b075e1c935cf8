//! `mingcha risk`: risk profiles of institutions, doctors and insured persons, from a run's findings and what the lake says below them.
//!
//! What is decided is pure: `scheme` (configuration), `firewall`, `peers`, `trend`, `score`. The lake is read in `lake` and `around` only.

mod around;
mod firewall;
#[cfg(test)]
mod fixture;
mod lake;
mod page;
mod peers;
pub(crate) mod profile;
pub(crate) mod scheme;
mod score;
mod text;
mod trend;
pub(crate) mod unit;

use std::path::{Path, PathBuf};

use ::lake::Lake;
use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::files;
use crate::number::count;
use crate::place::LakeArguments;
use crate::runs::{Run, Runs};
use crate::screen::Screen;
use crate::status::{Status, WrongUse};
use crate::today::{now_text, today};
use profile::{Aside, Profile};
use scheme::{Band, Bands};
use score::Hit;
use unit::Of;

/// Profiles shown unless asked otherwise.
const TOP: usize = 20;

/// Whose profiles, from which run.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    lake: LakeArguments,
    #[arg(long, value_name = "ID|DIR", help = "哪次审核：编号，或 run --out 的目录；默认最近一次")]
    run: Option<String>,
    #[arg(
        long,
        value_enum,
        default_value = "institution",
        hide_possible_values = true,
        hide_default_value = true,
        value_name = "institution|doctor|person",
        help = "给谁画像：institution 机构（默认）、doctor 医师、person 参保人"
    )]
    of: Of,
    #[arg(long, value_name = "N", help = "只要前 N 名；默认显示前 20 名，JSON 给出全部")]
    top: Option<usize>,
    #[arg(long, value_name = "FILE", help = "地方的计分办法（TOML），只写与随程序发布的不同之处，可写多次")]
    scheme: Vec<PathBuf>,
    #[arg(long, value_name = "CODE", help = "按哪个医保区划的计分办法，六位数字；默认全国")]
    region: Option<String>,
    #[arg(long, value_name = "DIR", help = "另写一张可打印的网页和一个 JSON 文件到这个目录")]
    out: Option<PathBuf>,
}

/// Risk report（风险画像报告）.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) run_id: String,
    pub(crate) of: Of,
    pub(crate) lake_version: u64,
    pub(crate) made_at: String,
    /// The scheme's day, place and where its numbers come from.
    pub(crate) scheme_from: String,
    pub(crate) scheme_region: Option<String>,
    pub(crate) scheme_source: String,
    pub(crate) bands: Bands,
    pub(crate) least_peers: usize,
    pub(crate) units: usize,
    pub(crate) high: usize,
    pub(crate) middle: usize,
    pub(crate) low: usize,
    /// Times a rule could not tell: they raise no score.
    pub(crate) undecided: u64,
    /// Findings of rules on trial: they raise no score.
    pub(crate) trial: u64,
    /// Findings that the data explain: they raise no score.
    pub(crate) data_faults: Vec<Aside>,
    /// Pairs of one person's stays at two institutions that share a night.
    pub(crate) overlapping_stays: i64,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) html: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
}

impl Report {
    /// Findings that the data explain, as people read it.
    pub(crate) fn aside_shown(&self) -> String {
        count(self.data_faults.iter().map(|aside| aside.findings).sum::<u64>())
    }
}

impl Arguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let mut report = self.report()?;
        let shown = self.top.unwrap_or(TOP);
        if let Some(top) = self.top {
            report.profiles.truncate(top);
        }
        if let Some(out) = &self.out {
            let file = |extension: &str| out.join(format!("risk-{}-{}.{extension}", report.of.name(), report.run_id));
            let (html, json) = (file("html"), file("json"));
            files::write_whole(&html, page::render(&report, shown)?.as_bytes())?;
            (report.html, report.json) = (Some(html), Some(json.clone()));
            files::write_whole(&json, &serde_json::to_vec_pretty(&report)?)?;
        }
        screen.answer(&report, || text::table_of(&report, shown))?;
        Ok(Status::Done)
    }

    fn report(&self) -> Result<Report> {
        let local: Vec<String> = self.scheme.iter().map(|file| files::text(file)).collect::<Result<_>>()?;
        let folder = self.lake.folder();
        let run = Runs::of(folder).find_or_folder(self.run.as_deref())?;
        report(folder, &run, self.of, &local, self.region.as_deref())
    }
}

/// Profiles of all units of a kind, from a run's findings. `local` are schemes of a region, which may differ from the shipped one.
pub(crate) fn report(folder: &Path, run: &Run, of: Of, local: &[String], region: Option<&str>) -> Result<Report> {
    let (findings, audited) = (run.findings()?, run.report()?);
    let lake = Lake::open(folder)?;
    // Findings and what they are measured by are of one version, or a rate would compare two worlds.
    let snapshot = lake.snapshot_at(audited.lake_version)?;
    let day = lake::last_day(&snapshot)?.unwrap_or_else(today);
    let scheme = scheme::in_force(local, region, day).map_err(|fault| WrongUse(fault.to_string()))?;
    let units = lake::units(&snapshot, of)?;
    let around = around::of(&snapshot, &findings)?;
    let hits: Vec<Hit<'_>> = findings.iter().zip(around).map(|(finding, around)| Hit { finding, around }).collect();
    let scored = score::profiles(&units, &hits, &scheme, of);
    let of_band = |band: Band| scored.profiles.iter().filter(|profile| profile.band == band).count();
    Ok(Report {
        run_id: audited.run_id.clone(),
        of,
        lake_version: audited.lake_version,
        made_at: now_text(),
        scheme_from: scheme.from.to_string(),
        scheme_region: scheme.region.clone(),
        scheme_source: scheme.source.clone(),
        bands: scheme.bands,
        least_peers: scheme.peers.least,
        units: scored.profiles.len(),
        high: of_band(Band::High),
        middle: of_band(Band::Middle),
        low: of_band(Band::Low),
        undecided: audited.totals.undecided,
        trial: scored.trial,
        overlapping_stays: lake::overlaps(&snapshot)?,
        data_faults: scored.aside,
        profiles: scored.profiles,
        html: None,
        json: None,
    })
}
