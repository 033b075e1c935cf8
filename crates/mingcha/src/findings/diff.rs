//! `mingcha findings diff RUN RUN`: what appeared, vanished, changed.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use rulebook::Finding;
use serde::Serialize;

use super::difference::{self, Difference, Lists};
use crate::number::{table, yuan};
use crate::place::LakeArguments;
use crate::runs::Runs;
use crate::screen::Screen;
use crate::status::Status;

/// What to compare.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(value_name = "RUN", help = "先前的审核")]
    before: String,
    #[arg(value_name = "RUN", help = "后来的审核")]
    after: String,
    #[command(flatten)]
    lake: LakeArguments,
}

#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    lists: Lists,
    unchanged: usize,
    by_rule: BTreeMap<String, Counts>,
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    rule_name: String,
    appeared: usize,
    vanished: usize,
    changed: usize,
    /// Amount after minus amount before.
    amount_fen: i64,
}

impl Arguments {
    pub(super) fn run(self, screen: &Screen) -> Result<Status> {
        let runs = Runs::of(self.lake.folder());
        let findings = |id: &str| runs.find(Some(id))?.findings();
        let difference = compare(&findings(&self.before)?, &findings(&self.after)?);
        screen.answer(&difference, || difference.text())?;
        Ok(Status::Done)
    }
}

/// Findings of one id are of one subject; the digest says whether everything about them is as it was.
pub(crate) fn between<'a>(before: &'a [Finding], after: &'a [Finding]) -> Difference<'a> {
    difference::between(before, after, |f| f.finding_id.as_str(), |old, new| old.digest == new.digest)
}

fn compare(before: &[Finding], after: &[Finding]) -> Report {
    let found = between(before, after);
    let mut by_rule: BTreeMap<String, Counts> = BTreeMap::new();
    let mut count = |finding: &Finding, amount: i64, what: fn(&mut Counts) -> &mut usize| {
        let counts = by_rule.entry(finding.rule_code.clone()).or_default();
        counts.rule_name.clone_from(&finding.rule_name);
        counts.amount_fen += amount;
        *what(counts) += 1;
    };
    for new in &found.appeared {
        count(new, new.amount_fen, |c| &mut c.appeared);
    }
    for (old, new) in &found.changed {
        count(new, new.amount_fen - old.amount_fen, |c| &mut c.changed);
    }
    for gone in &found.vanished {
        count(gone, -gone.amount_fen, |c| &mut c.vanished);
    }
    Report { lists: Lists::of(&found), unchanged: found.unchanged.len(), by_rule }
}

impl Report {
    fn text(&self) -> String {
        let mut rows = vec![["规则", "名称", "新出现", "消失", "改变", "金额变化（元）"].map(str::to_owned).to_vec()];
        rows.extend(self.by_rule.iter().map(|(code, counts)| {
            let numbers = [counts.appeared, counts.vanished, counts.changed].map(|n| n.to_string());
            let mut row = vec![code.clone(), counts.rule_name.clone()];
            row.extend(numbers);
            row.push(yuan(counts.amount_fen));
            row
        }));
        format!(
            "新出现 {} 条，消失 {} 条，改变 {} 条，不变 {} 条\n{}",
            self.lists.appeared.len(),
            self.lists.vanished.len(),
            self.lists.changed.len(),
            self.unchanged,
            if rows.len() > 1 { table(&rows) } else { String::new() }
        )
    }
}
