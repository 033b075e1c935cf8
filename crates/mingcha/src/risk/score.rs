//! Score（风险分）: units and findings → profiles. Pure: nothing is read and nobody is asked the time.
//!
//! A unit's points rise with its own findings and never fall by them: its peers are the others, a visit counts by its gravest
//! finding, and a line's money once. Undecided subjects are not looked at.

use std::collections::{BTreeMap, HashMap};

use engine::settle::distinct;
use rulebook::{Finding, Grade};

use super::firewall::{DataFault, Surround, explain};
use super::peers::Others;
use super::profile::{Aside, FactorScore, GradeCounts, MonthRow, Profile, rounded};
use super::scheme::{Factor, How, Scheme};
use super::trend::Trend;
use super::unit::{Of, Unit};

/// A finding, and what surrounds it in the lake.
pub(crate) struct Hit<'a> {
    pub(crate) finding: &'a Finding,
    pub(crate) around: Surround,
}

impl Hit<'_> {
    /// Whom it is about; none where nobody can be named.
    fn unit(&self, of: Of) -> Option<&str> {
        match of {
            Of::Institution => self.finding.fixmedins_code.as_deref(),
            Of::Doctor => self.around.doctor.as_deref(),
            Of::Person => self.finding.psn_no.as_deref(),
        }
    }

    /// What it counts once in: its visit, or itself where it is about no single visit.
    fn visit(&self) -> &str {
        self.finding.mdtrt_id.as_deref().unwrap_or(&self.finding.finding_id)
    }
}

/// What was found at one unit.
#[derive(Default)]
struct Found<'a> {
    counted: Vec<&'a Hit<'a>>,
    aside: BTreeMap<DataFault, u64>,
    trial: u64,
}

/// Profiles, and what was set aside of nobody in particular.
pub(crate) struct Scored {
    pub(crate) profiles: Vec<Profile>,
    pub(crate) aside: Vec<Aside>,
    pub(crate) trial: u64,
}

/// Profiles of all units, the highest score first.
pub(crate) fn profiles(units: &[Unit], hits: &[Hit<'_>], scheme: &Scheme, of: Of) -> Scored {
    let (by_unit, aside, trial) = sorted_out(hits, scheme, of);
    let nothing = Found::default();
    let strangers: Vec<Unit> = strangers(units, &by_unit);
    let units: Vec<&Unit> = units.iter().chain(&strangers).collect();
    let found: Vec<&Found<'_>> = units.iter().map(|unit| by_unit.get(unit.code.as_str()).unwrap_or(&nothing)).collect();
    let factors = match of {
        Of::Institution => &scheme.institution,
        Of::Doctor => &scheme.doctor,
        Of::Person => &scheme.person,
    };
    let mut of_unit: Vec<Vec<FactorScore>> = units.iter().map(|_| Vec::new()).collect();
    for (name, factor) in factors {
        let figures: Vec<Figure> = units.iter().zip(&found).map(|(unit, found)| figure(name, unit, found, scheme)).collect();
        let groups = groups(&units, &figures, factor);
        for ((unit, figure), scores) in units.iter().zip(&figures).zip(&mut of_unit) {
            scores.push(points(name, factor, *figure, &groups[unit.peers.as_str()], scheme));
        }
    }
    let mut profiles: Vec<Profile> =
        units.iter().zip(found).zip(of_unit).map(|((unit, found), factors)| profile(unit, found, factors, scheme)).collect();
    profiles.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.code.cmp(&b.code)));
    for (place, profile) in profiles.iter_mut().enumerate() {
        profile.rank = place + 1;
    }
    Scored { profiles, aside: listed(&aside), trial }
}

type SortedOut<'a> = (HashMap<&'a str, Found<'a>>, BTreeMap<DataFault, u64>, u64);

/// Findings by unit, those apart that the data explain and those of rules on trial.
fn sorted_out<'a>(hits: &'a [Hit<'a>], scheme: &Scheme, of: Of) -> SortedOut<'a> {
    let mut by_unit: HashMap<&str, Found<'_>> = HashMap::new();
    let (mut aside, mut trial) = (BTreeMap::new(), 0);
    for hit in hits {
        let unit = hit.unit(of);
        if hit.finding.rule_status == "trial" {
            trial += 1;
            by_unit.entry(unit.unwrap_or_default()).or_default().trial += 1;
        } else if let Some(fault) = explain(hit.finding, &hit.around, &scheme.data_faults, of) {
            *aside.entry(fault).or_default() += 1;
            *by_unit.entry(unit.unwrap_or_default()).or_default().aside.entry(fault).or_default() += 1;
        } else if let Some(unit) = unit {
            by_unit.entry(unit).or_default().counted.push(hit);
        }
    }
    by_unit.remove("");
    for found in by_unit.values_mut() {
        let weight = |hit: &Hit<'_>| (hit.finding.grade, std::cmp::Reverse(hit.finding.amount_fen));
        found.counted.sort_by(|a, b| (weight(a), &a.finding.finding_id).cmp(&(weight(b), &b.finding.finding_id)));
    }
    (by_unit, aside, trial)
}

/// Units that only findings speak of: they have no peers, and are not passed over in silence.
fn strangers(units: &[Unit], found: &HashMap<&str, Found<'_>>) -> Vec<Unit> {
    let known: std::collections::HashSet<&str> = units.iter().map(|unit| unit.code.as_str()).collect();
    let mut codes: Vec<&str> = found.keys().copied().filter(|code| !known.contains(code)).collect();
    codes.sort_unstable();
    let unknown = |code: &str| Unit { code: code.to_owned(), peers: "不明".to_owned(), ..Unit::default() };
    codes.into_iter().map(unknown).collect()
}

/// Numerator and denominator; none where there is nothing to divide by.
type Figure = Option<(f64, f64)>;

#[expect(clippy::cast_precision_loss, reason = "sums of a unit are far below what a float counts exactly")]
fn figure(name: &str, unit: &Unit, found: &Found<'_>, scheme: &Scheme) -> Figure {
    let total = unit.total();
    let (above, below) = match name {
        "findings" => {
            let weights = visit_weights(&found.counted, scheme);
            // What was found is at least part of what there is, where a delivery lacks visits.
            (
                weights.values().map(|weight| i64::from(*weight)).sum::<i64>() as f64 / 100.0,
                total.visits.max(i64::try_from(weights.len()).unwrap_or(i64::MAX)),
            )
        }
        "money" => {
            let money = distinct(found.counted.iter().map(|hit| hit.finding)).amount_fen;
            (money as f64, total.amount_fen.max(money))
        }
        other => unit.figures.get(other).map_or((0.0, 0), |(above, below)| (*above as f64, *below)),
    };
    (below > 0).then_some((above, below as f64))
}

/// Each visit by its gravest finding.
fn visit_weights<'a>(hits: &[&'a Hit<'a>], scheme: &Scheme) -> BTreeMap<&'a str, u32> {
    let mut weights = BTreeMap::new();
    for hit in hits {
        let weight = weights.entry(hit.visit()).or_insert(0);
        *weight = scheme.grades.of(hit.finding.grade).max(*weight);
    }
    weights
}

/// The figure as it is compared.
fn compared(figure: Figure, factor: &Factor) -> Option<f64> {
    let (above, below) = figure?;
    match factor.how {
        How::Rate => Some(above / below),
        How::Count => (above >= 1.0).then(|| above.ln()),
        How::Size => Some(above),
    }
}

/// Sorted figures by peer group; every group is there, however empty.
fn groups<'a>(units: &[&'a Unit], figures: &[Figure], factor: &Factor) -> HashMap<&'a str, Vec<f64>> {
    let mut groups: HashMap<&str, Vec<f64>> = HashMap::new();
    for (unit, figure) in units.iter().zip(figures) {
        groups.entry(unit.peers.as_str()).or_default().extend(compared(*figure, factor));
    }
    for values in groups.values_mut() {
        values.sort_by(f64::total_cmp);
    }
    groups
}

fn points(name: &str, factor: &Factor, figure: Figure, group: &[f64], scheme: &Scheme) -> FactorScore {
    let own = compared(figure, factor);
    let others = Others::of(group, own);
    let enough = others.len() >= scheme.peers.least;
    let mut score = FactorScore::of(name, factor, figure, others.len(), enough);
    let Some(own) = own else { return score };
    if factor.how == How::Size {
        let share = others.share_below(own).filter(|_| enough);
        score.share_below = share.map(|share| rounded(share, 4));
        score.points = share.unwrap_or(0.0) * factor.points;
        return score;
    }
    let (median, scale) = if enough {
        let median = others.median().unwrap_or(0.0);
        (median, others.scale(median).max(factor.floor))
    } else if factor.absolute {
        (0.0, factor.floor)
    } else {
        return score;
    };
    if enough {
        score.peers_median = Some(if factor.how == How::Count { median.exp() } else { median });
    }
    score.scale = Some(scale);
    let below = figure.map_or(0.0, |(_, below)| below);
    score.believed = if factor.how == How::Rate { below / (below + factor.shrink) } else { 1.0 };
    let deviation = (own - median) / scale;
    score.deviation = Some(deviation);
    // Capped first, shrunk then: however far out two visits are, they never earn all points.
    score.points = factor.points * score.believed * deviation.clamp(0.0, scheme.peers.cap) / scheme.peers.cap;
    score
}

fn profile(unit: &Unit, found: &Found<'_>, mut factors: Vec<FactorScore>, scheme: &Scheme) -> Profile {
    let score: f64 = factors.iter().map(|factor| factor.points).sum();
    factors.sort_by(|a, b| b.points.total_cmp(&a.points).then_with(|| b.of.total_cmp(&a.of)).then_with(|| a.name.cmp(&b.name)));
    let months = months(unit, found, scheme);
    let rates: Vec<f64> = months.iter().filter(|month| month.below.visits > 0).map(|month| month.rate).collect();
    let money = distinct(found.counted.iter().map(|hit| hit.finding));
    Profile {
        rank: 0,
        code: unit.code.clone(),
        name: unit.name.clone(),
        peers: unit.peers.clone(),
        score,
        band: scheme.bands.of(score),
        trend: Trend::of(&rates, &scheme.trend),
        total: unit.total(),
        findings: GradeCounts::of(found.counted.iter().map(|hit| hit.finding)),
        amount_fen: money.amount_fen,
        fund_amount_fen: money.fund_amount_fen,
        factors,
        aside: listed(&found.aside),
        trial: found.trial,
        gravest: found.counted.iter().take(3).map(|hit| hit.finding.finding_id.clone()).collect(),
        months,
    }
}

#[expect(clippy::cast_precision_loss, reason = "visits of a month are few")]
fn months(unit: &Unit, found: &Found<'_>, scheme: &Scheme) -> Vec<MonthRow> {
    let mut by_month: BTreeMap<String, Vec<&Hit<'_>>> = unit.months.keys().map(|month| (month.clone(), Vec::new())).collect();
    for hit in &found.counted {
        by_month.entry(hit.finding.occurred_on.month()).or_default().push(*hit);
    }
    let row = |(month, hits): (String, Vec<&Hit<'_>>)| {
        let below = unit.months.get(&month).copied().unwrap_or_default();
        let weight: i64 = visit_weights(&hits, scheme).values().map(|weight| i64::from(*weight)).sum();
        let rate = if below.visits > 0 { weight as f64 / below.visits as f64 } else { 0.0 };
        MonthRow { month, below, findings: hits.len() as u64, rate: rounded(rate, 4) }
    };
    by_month.into_iter().map(row).collect()
}

fn listed(aside: &BTreeMap<DataFault, u64>) -> Vec<Aside> {
    aside.iter().map(|(fault, findings)| Aside { fault: *fault, reason: fault.label(), findings: *findings }).collect()
}

impl GradeCounts {
    fn of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            match finding.grade {
                Grade::Violation => counts.violation += 1,
                Grade::SuspicionHigh => counts.suspicion_high += 1,
                Grade::Suspicion => counts.suspicion += 1,
                Grade::Hint => counts.hint += 1,
            }
        }
        counts
    }
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
