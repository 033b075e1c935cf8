//! `mingcha findings diff RUN RUN`: what appeared, vanished, changed.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use clap::Args;
use rulebook::Finding;
use serde::Serialize;

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
struct Difference {
    appeared: Vec<Row>,
    vanished: Vec<Row>,
    changed: Vec<Change>,
    unchanged: usize,
    by_rule: BTreeMap<String, Counts>,
}

#[derive(Debug, Serialize)]
struct Row {
    finding_id: String,
    rule_code: String,
    grade: &'static str,
    amount_fen: i64,
    message: String,
}

#[derive(Debug, Serialize)]
struct Change {
    before: Row,
    after: Row,
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

fn row(finding: &Finding) -> Row {
    Row {
        finding_id: finding.finding_id.clone(),
        rule_code: finding.rule_code.clone(),
        grade: finding.grade.name(),
        amount_fen: finding.amount_fen,
        message: finding.message.clone(),
    }
}

fn compare(before: &[Finding], after: &[Finding]) -> Difference {
    let mut old: HashMap<&str, &Finding> = before.iter().map(|f| (f.finding_id.as_str(), f)).collect();
    let mut difference =
        Difference { appeared: Vec::new(), vanished: Vec::new(), changed: Vec::new(), unchanged: 0, by_rule: BTreeMap::new() };
    let mut count = |finding: &Finding, amount: i64, what: fn(&mut Counts) -> &mut usize| {
        let counts = difference.by_rule.entry(finding.rule_code.clone()).or_default();
        counts.rule_name.clone_from(&finding.rule_name);
        counts.amount_fen += amount;
        *what(counts) += 1;
    };
    for new in after {
        match old.remove(new.finding_id.as_str()) {
            None => {
                count(new, new.amount_fen, |c| &mut c.appeared);
                difference.appeared.push(row(new));
            }
            Some(same) if same.digest == new.digest => difference.unchanged += 1,
            Some(other) => {
                count(new, new.amount_fen - other.amount_fen, |c| &mut c.changed);
                difference.changed.push(Change { before: row(other), after: row(new) });
            }
        }
    }
    for gone in before.iter().filter(|f| old.contains_key(f.finding_id.as_str())) {
        count(gone, -gone.amount_fen, |c| &mut c.vanished);
        difference.vanished.push(row(gone));
    }
    difference
}

impl Difference {
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
            self.appeared.len(),
            self.vanished.len(),
            self.changed.len(),
            self.unchanged,
            if rows.len() > 1 { table(&rows) } else { String::new() }
        )
    }
}
