//! The profiles as text on a terminal.

use super::Report;
use super::profile::Profile;
use crate::number::{count, table, yuan};

/// A table of the first ones, their points in words, and what was left out of the scores.
pub(super) fn table_of(report: &Report, shown: usize) -> String {
    let head = ["名次", "编码", "名称", "同行", "风险分", "等级", "走势", "疑点", "就诊", "疑点金额（元）", "数据问题"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    let first: Vec<&Profile> = report.profiles.iter().take(shown).collect();
    rows.extend(first.iter().map(|profile| row(profile)));
    let mut text = table(&rows);
    for profile in first.iter().take(DETAILED) {
        text.push_str(&format!("\n{} {} {:.1} 分（{}）\n", profile.code, profile.name, profile.score, profile.band.label()));
        for factor in profile.factors.iter().filter(|factor| factor.points >= 0.05) {
            text.push_str(&format!(
                "  {:>4.1}/{:.0} 分  {} {}（n = {}）：{}\n",
                factor.points,
                factor.of,
                factor.label,
                factor.value(),
                factor.n(),
                factor.words()
            ));
        }
    }
    text.push_str(&format!("\n{}", closing(report)));
    text
}

/// Profiles told factor by factor on a terminal; the page has all that are shown.
const DETAILED: usize = 3;

fn row(profile: &Profile) -> Vec<String> {
    let aside: u64 = profile.aside.iter().map(|aside| aside.findings).sum();
    let found = profile.findings;
    vec![
        profile.rank.to_string(),
        profile.code.clone(),
        profile.name.clone(),
        profile.peers.clone(),
        format!("{:.1}", profile.score),
        profile.band.label().to_owned(),
        profile.trend.label().to_owned(),
        count(found.violation + found.suspicion_high + found.suspicion + found.hint),
        count(profile.total.visits),
        yuan(profile.amount_fen),
        count(aside),
    ]
}

fn closing(report: &Report) -> String {
    let mut text = format!(
        "审核 {}：{} {} 个，高风险 {}，中风险 {}，低风险 {}（{} 分起为高，{} 分起为中；计分办法自 {} 起，{}）\n",
        report.run_id,
        report.of.label(),
        count(report.units as u64),
        report.high,
        report.middle,
        report.low,
        report.bands.high,
        report.bands.middle,
        report.scheme_from,
        report.scheme_source
    );
    text.push_str(&format!("同行少于 {} 个的不作比较；未决 {} 次，不影响得分\n", report.least_peers, count(report.undecided)));
    if report.trial > 0 {
        text.push_str(&format!("试运行规则的疑点 {} 条，不计分\n", count(report.trial)));
    }
    for aside in &report.data_faults {
        text.push_str(&format!("数据问题 {} 条，不计分：{}\n", count(aside.findings), aside.reason));
    }
    for (what, file) in [("网页", &report.html), ("JSON", &report.json)] {
        if let Some(file) = file {
            text.push_str(&format!("{what}：{}\n", file.display()));
        }
    }
    text
}
