//! `mingcha findings`: the findings of a run, as text, CSV, XLSX, Parquet.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use rulebook::Finding;
use serde_json::json;

use crate::files;
use crate::number::{count, table, yuan};
use crate::place::LakeArguments;
use crate::report;
use crate::runs::Runs;
use crate::screen::Screen;
use crate::status::Status;

/// What to list.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    lake: LakeArguments,
    #[arg(long, value_name = "ID", help = "哪次审核，默认最近一次")]
    run: Option<String>,
    #[arg(long, value_name = "CODE,…", value_delimiter = ',', help = "只要这些规则的")]
    rule: Vec<String>,
    #[arg(long, value_enum, value_name = "csv|xlsx|parquet", hide_possible_values = true, help = "导出格式：csv 默认写到标准输出，xlsx、parquet 默认写到当前目录")]
    format: Option<Format>,
    #[arg(long, value_name = "FILE", requires = "format", help = "导出到这个文件")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Csv,
    Xlsx,
    Parquet,
}

/// Findings shown as text; all of them are in the exports.
const SHOWN: usize = 50;

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let run = Runs::of(self.lake.folder()).find(self.run.as_deref())?;
        let mut findings = run.findings()?;
        if !self.rule.is_empty() {
            findings.retain(|finding| self.rule.contains(&finding.rule_code));
        }
        let Some(format) = self.format else {
            screen.answer(&findings, || text(&run.id, &findings))?;
            return Ok(Status::Done);
        };
        let lake_version = run.report()?.lake_version;
        let batch = || engine::export::findings_batch(&findings, &run.id, lake_version).map_err(|problem| anyhow::anyhow!(problem));
        let default = |extension: &str| PathBuf::from(format!("findings-{}.{extension}", run.id));
        match format {
            Format::Csv => {
                let mut csv = Vec::new();
                engine::export::write_csv(&batch()?, &mut csv)?;
                match self.out {
                    Some(out) => save(screen, &out, &csv, findings.len())?,
                    None => std::io::stdout().lock().write_all(&csv)?,
                }
            }
            Format::Xlsx => {
                save(screen, &self.out.unwrap_or_else(|| default("xlsx")), &report::findings_workbook(&findings)?, findings.len())?;
            }
            Format::Parquet => {
                let out = self.out.unwrap_or_else(|| default("parquet"));
                engine::export::write_parquet(&out, &batch()?)?;
                said(screen, &out, findings.len())?;
            }
        }
        Ok(Status::Done)
    }
}

fn save(screen: &Screen, out: &Path, bytes: &[u8], findings: usize) -> Result<()> {
    files::write_whole(out, bytes)?;
    said(screen, out, findings)
}

fn said(screen: &Screen, out: &Path, findings: usize) -> Result<()> {
    screen.summary(&json!({ "file": out, "findings": findings }), || format!("{findings} 条疑点已写入 {}\n", out.display()))
}

fn text(run: &str, findings: &[Finding]) -> String {
    let mut rows = vec![["编号", "程度", "规则", "机构", "日期", "金额（元）", "事由"].map(str::to_owned).to_vec()];
    rows.extend(findings.iter().take(SHOWN).map(|f| {
        vec![
            f.finding_id.clone(),
            f.grade.label().to_owned(),
            f.rule_name.clone(),
            f.fixmedins_code.clone().unwrap_or_default(),
            f.occurred_on.to_string(),
            yuan(f.amount_fen),
            f.message.clone(),
        ]
    }));
    let mut text = table(&rows);
    if findings.len() > SHOWN {
        text.push_str(&format!("……只显示前 {SHOWN} 条，用 --format csv 导出全部\n"));
    }
    text.push_str(&format!("审核 {run} 共 {} 条疑点\n", count(findings.len() as u64)));
    text
}
