//! `mingcha rule explain CODE --curve`: what a rule would find with each of its numeric parameters elsewhere.
//!
//! The rule itself is judged again for every threshold, over the whole lake: no count is estimated.

mod compared;
mod grid;
mod text;

use std::path::Path;

use anyhow::Result;
use engine::settle::{Distinct, distinct};
use rulebook::parameter::{Parameter, Value};
use rulebook::{Finding, Grade, Pack, Rule};
use serde::Serialize;

use super::trial::{self, Tried, Variant};
use crate::screen::Screen;
use crate::status::WrongUse;
use compared::{Zone, Zones};
pub(super) use text::of as text;

/// Curves（阈值曲线）of a rule, one a numeric parameter.
#[derive(Debug, Serialize)]
pub(super) struct Curves {
    code: String,
    name: String,
    version: u32,
    lake_version: u64,
    zones: Option<Zones>,
    #[serde(rename = "curves")]
    by_parameter: Vec<Curve>,
    /// Parameters that are no numbers.
    without: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Curve {
    parameter: String,
    means: String,
    unit: Option<String>,
    default: String,
    min: Option<String>,
    max: Option<String>,
    /// Where the parameter stands in the logic, such as `stays.gap_days <= p.max_gap`.
    condition: Option<String>,
    points: Vec<Point>,
}

/// One threshold, and what the rule answers with it.
#[derive(Debug, Serialize)]
struct Point {
    value: String,
    is_default: bool,
    /// Regions in which it is set.
    regions: Vec<String>,
    /// Whether it is a quantile of what the hits have, not a step of the grid.
    observed: bool,
    zone: Option<Zone>,
    hit: u64,
    undecided: u64,
    findings: u64,
    /// Findings of the core zone, and the others; where the rule has zones.
    core: Option<u64>,
    watch: Option<u64>,
    amount_fen: i64,
    fund_amount_fen: i64,
    /// Every line's money counted once.
    distinct: Distinct,
}

/// A threshold to try.
struct Step<'a> {
    name: &'a str,
    value: Value,
    observed: bool,
}

pub(super) fn of(lake: &Path, pack: &Pack, rule: &Rule, only: &[String], screen: &Screen) -> Result<Curves> {
    if let Some(unknown) = only.iter().find(|name| !rule.parameters.contains_key(*name)) {
        let known: Vec<&str> = rule.parameters.keys().map(String::as_str).collect();
        return Err(WrongUse(format!("规则 {} 没有参数 {unknown}；它的参数有：{}", rule.code, known.join("、"))).into());
    }
    let asked = |name: &String| only.is_empty() || only.contains(name);
    let (numeric, without): (Vec<_>, Vec<_>) =
        rule.parameters.iter().filter(|(name, _)| asked(name)).partition(|(_, parameter)| grid::is_numeric(&parameter.value));
    let mut steps: Vec<Step<'_>> = Vec::new();
    for (name, parameter) in &numeric {
        let values = grid::around(parameter, regional(pack, rule, name));
        steps.extend(values.into_iter().map(|value| Step { name, value, observed: false }));
    }
    let (mut tried, mut lake_version) = attempt(lake, pack, rule, &steps, screen)?;
    // Where the hits lie says more than any grid; it is known only once there are hits.
    let further: Vec<Step<'_>> =
        numeric.iter().flat_map(|(name, parameter)| observed(rule, name, parameter, &steps, &tried)).collect();
    if !further.is_empty() {
        let (more, version) = attempt(lake, pack, rule, &further, screen)?;
        tried.extend(more);
        steps.extend(further);
        lake_version = version;
    }
    let zones = Zones::of(rule);
    let by_parameter = numeric
        .iter()
        .map(|(name, parameter)| {
            let of_parameter = steps.iter().zip(&tried).filter(|(step, _)| step.name == *name);
            curve(pack, rule, name, parameter, zones.as_ref(), of_parameter)
        })
        .collect();
    Ok(Curves {
        code: rule.code.clone(),
        name: rule.name.clone(),
        version: rule.version,
        lake_version,
        zones,
        by_parameter,
        without: without.into_iter().map(|(name, _)| name.clone()).collect(),
    })
}

/// What regions have set.
fn regional<'a>(pack: &'a Pack, rule: &'a Rule, name: &'a str) -> impl Iterator<Item = Value> + 'a {
    let set = pack.parameters.all().filter(move |overlay| overlay.rule == rule.code && overlay.parameter == name);
    set.map(|overlay| overlay.value.clone())
}

fn attempt(lake: &Path, pack: &Pack, rule: &Rule, steps: &[Step<'_>], screen: &Screen) -> Result<(Vec<Tried>, u64)> {
    let variant = |step: &Step<'_>| {
        let mut moved = rule.clone();
        if let Some(parameter) = moved.parameters.get_mut(step.name) {
            parameter.value = step.value.clone();
        }
        Variant { rule: moved, fixed: Some(step.name.to_owned()) }
    };
    let variants: Vec<Variant> = steps.iter().map(variant).collect();
    trial::all(lake, pack, &variants, screen)
}

/// Quantiles of what the hits have where the parameter is compared with, as further thresholds.
fn observed<'a>(rule: &Rule, name: &'a str, parameter: &Parameter, steps: &[Step<'_>], tried: &[Tried]) -> Vec<Step<'a>> {
    let Some(compared) = compared::of(rule, name) else { return Vec::new() };
    let of_parameter = || steps.iter().zip(tried).filter(|(step, _)| step.name == name);
    let Some((_, widest)) = of_parameter().max_by_key(|(_, tried)| tried.findings.len()) else { return Vec::new() };
    let values = compared::values(&widest.findings, &compared.fact);
    let known: Vec<&Value> = of_parameter().map(|(step, _)| &step.value).collect();
    let quantiles = grid::quantiles(parameter, values).into_iter().filter(|value| !known.contains(&value));
    quantiles.map(|value| Step { name, value, observed: true }).collect()
}

fn curve<'a>(
    pack: &Pack,
    rule: &Rule,
    name: &str,
    parameter: &Parameter,
    zones: Option<&Zones>,
    steps: impl Iterator<Item = (&'a Step<'a>, &'a Tried)>,
) -> Curve {
    let regions = |value: &Value| {
        let set = pack.parameters.all().filter(|o| o.rule == rule.code && o.parameter == name && o.value == *value);
        set.map(|overlay| overlay.region.clone()).collect()
    };
    let mut of_value: Vec<(&Step<'_>, &Tried)> = steps.collect();
    of_value.sort_by_key(|(step, _)| grid::millionths(&step.value));
    let point = |(step, tried): (&Step<'_>, &Tried)| {
        let (core, watch) = zones.map(|zones| split(zones, &tried.findings)).unzip();
        Point {
            value: step.value.show(),
            is_default: step.value == parameter.value,
            regions: regions(&step.value),
            observed: step.observed,
            zone: zones.and_then(|zones| zones.place(rule, name, &step.value)),
            hit: tried.report.hit,
            undecided: tried.report.undecided.values().sum(),
            findings: tried.report.findings,
            core,
            watch,
            amount_fen: tried.report.amount_fen,
            fund_amount_fen: tried.report.fund_amount_fen,
            distinct: distinct(tried.findings.iter()),
        }
    };
    Curve {
        parameter: name.to_owned(),
        means: parameter.means.clone(),
        unit: parameter.unit.clone(),
        default: parameter.value.show(),
        min: parameter.min.as_ref().map(Value::show),
        max: parameter.max.as_ref().map(Value::show),
        condition: compared::of(rule, name).map(|compared| format!("{} {} p.{name}", compared.fact, compared.relation.sign())),
        points: of_value.into_iter().map(point).collect(),
    }
}

/// Findings of the core zone, and the others; hints are in neither.
fn split(zones: &Zones, findings: &[Finding]) -> (u64, u64) {
    let core = findings.iter().filter(|finding| finding.grade <= zones.grade).count();
    let watch = findings.iter().filter(|finding| finding.grade > zones.grade && finding.grade < Grade::Hint).count();
    (core as u64, watch as u64)
}
