//! `mingcha findings explain FINDING_ID`.

use anyhow::{Result, bail};
use clap::Args;
use rulebook::Finding;

use crate::place::LakeArguments;
use crate::runs::Runs;
use crate::screen::Screen;
use crate::status::Status;

/// What to explain.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "FINDING_ID", help = "疑点编号，写前几位也可以")]
    finding: String,
    #[command(flatten)]
    lake: LakeArguments,
    #[arg(long, value_name = "ID", help = "哪次审核，默认最近一次有它的")]
    run: Option<String>,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let runs = Runs::of(self.lake.folder());
        let searched = match &self.run {
            Some(id) => vec![runs.find(Some(id))?],
            None => runs.all()?,
        };
        for run in searched {
            let mut found = run.findings()?;
            found.retain(|finding| finding.finding_id.starts_with(&self.finding));
            match found.as_slice() {
                [] => {}
                [finding] => {
                    screen.answer(finding, || format!("审核 {}\n{}", run.id, rulebook::explain::finding(finding)))?;
                    return Ok(Status::Done);
                }
                several => bail!("有 {} 条疑点的编号以 {} 开头：{}", several.len(), self.finding, ids(several)),
            }
        }
        bail!("没有编号为 {} 的疑点；用 mingcha findings 查看", self.finding)
    }
}

fn ids(findings: &[Finding]) -> String {
    findings.iter().take(5).map(|finding| finding.finding_id.as_str()).collect::<Vec<_>>().join("、")
}
