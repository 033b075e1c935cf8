//! Risk profiles kept in the lake's folder, `risk/<run>/<kind>.jsonl`: what they have in common first, then a line a profile, the
//! riskiest first. A page reads as far as it needs.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, ensure};
use web::reading::{ProfileOf, ProfilesAsked, RiskAside, RiskFactor, RiskHead, RiskMonth, RiskProfile};

use crate::files;
use crate::institutions;
use crate::risk::profile::{Aside, FactorScore, Profile};
use crate::risk::scheme::Band;
use crate::risk::unit::Of;
use crate::risk::{self, Report};
use crate::runs::{Run, Runs};

const ALL: [(ProfileOf, Of); 3] =
    [(ProfileOf::Institution, Of::Institution), (ProfileOf::Doctor, Of::Doctor), (ProfileOf::Person, Of::Person)];

/// Works out all profiles of a run and keeps them; returns how many there are of each kind. It may be told to stop between two kinds.
pub(in crate::serve) fn keep(lake: &Path, run: &Run, stop: &AtomicBool) -> Result<[usize; 3]> {
    let regions = institutions::regions(lake);
    let mut units = [0; 3];
    for ((kind, of), count) in ALL.into_iter().zip(&mut units) {
        let report = risk::report(lake, run, of, &[], None)?;
        ensure!(!stop.load(Ordering::Relaxed), "已停止，画像没有算完");
        let mut text = serde_json::to_string(&head_of(&report))?;
        for profile in &report.profiles {
            text.push('\n');
            text.push_str(&serde_json::to_string(&profile_of(profile, &regions))?);
        }
        files::write_whole(&file(lake, &run.id, kind), text.as_bytes())?;
        *count = report.units;
    }
    Ok(units)
}

fn file(lake: &Path, run: &str, kind: ProfileOf) -> PathBuf {
    let name = match kind {
        ProfileOf::Institution => "institution",
        ProfileOf::Doctor => "doctor",
        ProfileOf::Person => "person",
    };
    lake.join("risk").join(run).join(format!("{name}.jsonl"))
}

/// Lines of the newest run that has profiles; none where no run has.
fn newest(lake: &Path, kind: ProfileOf) -> Result<Option<Lines<BufReader<File>>>> {
    let runs = Runs::of(lake).all()?;
    let Some(path) = runs.iter().map(|run| file(lake, &run.id, kind)).find(|path| path.is_file()) else { return Ok(None) };
    let file = File::open(&path).with_context(|| format!("无法读取 {}", path.display()))?;
    Ok(Some(BufReader::new(file).lines()))
}

pub(super) fn head(lake: &Path, kind: ProfileOf) -> Result<Option<RiskHead>> {
    let Some(mut lines) = newest(lake, kind)? else { return Ok(None) };
    let first = lines.next().context("画像文件是空的")??;
    Ok(Some(serde_json::from_str(&first)?))
}

pub(super) fn page(lake: &Path, asked: &ProfilesAsked) -> Result<(usize, Vec<RiskProfile>)> {
    let (mut total, mut rows) = (0, Vec::new());
    for line in newest(lake, asked.of)?.into_iter().flatten().skip(1) {
        let profile: RiskProfile = serde_json::from_str(&line?)?;
        if asked.wants(&profile) {
            total += 1;
            if total > asked.skip && rows.len() < asked.most {
                rows.push(profile);
            }
        }
    }
    Ok((total, rows))
}

pub(super) fn one(lake: &Path, kind: ProfileOf, code: &str) -> Result<Option<RiskProfile>> {
    // The code stands first in its line: others need not be understood.
    let beginning = format!("{{\"code\":{}", serde_json::to_string(code)?);
    for line in newest(lake, kind)?.into_iter().flatten().skip(1) {
        let line = line?;
        if line.starts_with(&beginning) {
            return Ok(Some(serde_json::from_str(&line)?));
        }
    }
    Ok(None)
}

fn head_of(report: &Report) -> RiskHead {
    let place = report.scheme_region.as_deref().map(|region| format!("（{region}）")).unwrap_or_default();
    RiskHead {
        run_id: report.run_id.clone(),
        lake_version: report.lake_version,
        made_at: report.made_at.clone(),
        scheme: format!("计分办法自 {} 起{place}，{}", report.scheme_from, report.scheme_source),
        bands: (report.bands.high.to_string(), report.bands.middle.to_string()),
        units: report.units,
        by_band: (report.high, report.middle, report.low),
        undecided: report.undecided,
        trial: report.trial,
        least_peers: report.least_peers,
        aside: asides(&report.data_faults),
    }
}

fn asides(asides: &[Aside]) -> Vec<RiskAside> {
    asides.iter().map(|aside| RiskAside { reason: aside.reason.to_owned(), findings: aside.findings }).collect()
}

fn profile_of(profile: &Profile, regions: &HashMap<String, String>) -> RiskProfile {
    let grades = profile.findings;
    // An institution's code holds its region where the register has none.
    let region = regions.get(&profile.code).cloned().or_else(|| profile.code.get(1..7).map(str::to_owned));
    RiskProfile {
        code: profile.code.clone(),
        rank: profile.rank,
        name: profile.name.clone(),
        region: region.unwrap_or_default(),
        peers: profile.peers.clone(),
        score: format!("{:.1}", profile.score),
        band: match profile.band {
            Band::High => "high",
            Band::Middle => "middle",
            Band::Low => "low",
        }
        .to_owned(),
        trend: profile.trend.label().to_owned(),
        grades: (grades.violation, grades.suspicion_high, grades.suspicion, grades.hint),
        amount_fen: profile.amount_fen,
        fund_fen: profile.fund_amount_fen,
        visits: profile.total.visits,
        factors: profile.factors.iter().map(factor_of).collect(),
        aside: asides(&profile.aside),
        trial: profile.trial,
        gravest: profile.gravest.clone(),
        months: profile
            .months
            .iter()
            .map(|month| RiskMonth {
                month: month.month.clone(),
                visits: month.below.visits,
                amount_fen: month.below.amount_fen,
                fund_fen: month.below.fund_fen,
                findings: month.findings,
            })
            .collect(),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of all points lies between 0 and 100")]
fn factor_of(factor: &FactorScore) -> RiskFactor {
    let share = if factor.of > 0.0 { (100.0 * factor.points / factor.of).clamp(0.0, 100.0) } else { 0.0 };
    RiskFactor {
        label: factor.label.clone(),
        counts: factor.counts.clone(),
        value: factor.value(),
        n: factor.n(),
        median: factor.median(),
        peers: factor.peers,
        points: format!("{:.1}", factor.points),
        of: factor.of.to_string(),
        percent: share as u8,
        words: factor.words(),
    }
}
