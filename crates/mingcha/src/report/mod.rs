//! `mingcha report`: a run summed up by month, institution, rule, as one self-contained web page and as a workbook.

mod chart;
mod page;
mod summary;
mod tally;
mod workbook;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use crate::files;
use crate::institutions;
use crate::number::{count, yuan};
use crate::place::LakeArguments;
use crate::runs::Runs;
use crate::screen::Screen;
use crate::status::Status;
use summary::Summary;
pub(crate) use workbook::of_findings as findings_workbook;

/// What to report on.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    lake: LakeArguments,
    #[arg(long, value_name = "ID", help = "哪次审核，默认最近一次")]
    run: Option<String>,
    #[arg(long, value_name = "DIR", help = "写到哪个目录")]
    out: PathBuf,
}

/// Where the report lies, and what it sums up to.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    pub(crate) html: PathBuf,
    pub(crate) xlsx: PathBuf,
    #[serde(flatten)]
    pub(crate) summary: Summary,
}

impl Arguments {
    pub(crate) fn run(self, screen: &Screen) -> Result<Status> {
        let written = write(self.lake.folder(), self.run.as_deref(), &self.out)?;
        screen.summary(&written, || {
            let all = &written.summary.all;
            format!(
                "审核 {}：疑点 {} 条，涉及机构 {} 家、就诊 {} 人次、明细 {} 条，金额 {} 元，其中基金 {} 元\n网页：{}\n表格：{}\n",
                written.summary.run_id,
                count(all.findings),
                count(all.institutions),
                count(all.cases),
                count(all.lines),
                yuan(all.amount_fen),
                yuan(all.fund_amount_fen),
                written.html.display(),
                written.xlsx.display()
            )
        })?;
        Ok(Status::Done)
    }
}

/// Writes both files of the report on a run.
pub(crate) fn write(lake: &Path, run: Option<&str>, out: &Path) -> Result<Written> {
    let run = Runs::of(lake).find(run)?;
    let (findings, report) = (run.findings()?, run.report()?);
    let summary = Summary::of(&findings, &report, &institutions::of(lake));
    let (html, xlsx) = (out.join(format!("report-{}.html", run.id)), out.join(format!("report-{}.xlsx", run.id)));
    files::write_whole(&html, page::render(&summary)?.as_bytes())?;
    files::write_whole(&xlsx, &workbook::render(&summary, &findings).context("无法制作电子表格")?)?;
    Ok(Written { html, xlsx, summary })
}
