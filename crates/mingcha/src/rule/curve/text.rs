//! Curves as a terminal shows them: a row a threshold, a bar a row.

use rulebook::Rule;

use super::{Curve, Curves, Point};
use crate::number::{count, table, yuan};

/// Signs of the longest bar.
const BAR: u64 = 24;

pub(in super::super) fn of(curves: &Curves, rule: &Rule) -> String {
    let mut text =
        format!("阈值曲线：{} {}（第{}版），数据 v{}\n", curves.code, curves.name, curves.version, curves.lake_version);
    if let Some(zones) = &curves.zones {
        text.push_str(&zones.text(rule.result.label()));
    }
    if curves.by_parameter.is_empty() {
        text.push_str("本规则没有数值参数\n");
    }
    for curve in &curves.by_parameter {
        text.push_str(&format!("\n{}", of_curve(curve, curves.zones.is_some())));
    }
    if !curves.without.is_empty() {
        text.push_str(&format!("\n不是数值、没有曲线的参数：{}\n", curves.without.join("、")));
    }
    text
}

fn of_curve(curve: &Curve, has_zones: bool) -> String {
    let unit = curve.unit.as_deref().map_or_else(String::new, |unit| format!(" {unit}"));
    let bound = |bound: &Option<String>| bound.clone().unwrap_or_else(|| "不限".to_owned());
    let mut text = format!(
        "参数 {}：{}\n默认 {}{unit}，允许 {} 至 {}",
        curve.parameter,
        curve.means,
        curve.default,
        bound(&curve.min),
        bound(&curve.max)
    );
    text.push_str(&curve.condition.as_ref().map_or_else(|| "\n".to_owned(), |condition| format!("，条件 {condition}\n")));
    let most = curve.points.iter().map(|point| point.findings).max().unwrap_or(0);
    let places = curve.points.iter().any(|point| point.zone.is_some());
    let mut rows = vec![head(has_zones, places)];
    rows.extend(curve.points.iter().map(|point| row(point, most, has_zones, places)));
    text.push_str(&table(&rows));
    let answers = |point: &Point| (point.findings, point.undecided, point.amount_fen, point.core);
    if curve.points.windows(2).all(|two| answers(&two[0]) == answers(&two[1])) {
        text.push_str("在这份数据上，它取哪个值结果都一样\n");
    }
    text
}

fn head(has_zones: bool, places: bool) -> Vec<String> {
    let mut head = vec!["值", ""];
    head.extend(places.then_some("位置"));
    head.push("疑点");
    head.extend(has_zones.then_some(["核心区", "关注区"]).into_iter().flatten());
    head.extend(["未决", "金额（元）", "每条明细只计一次（元）", "其中基金（元）", ""]);
    head.into_iter().map(str::to_owned).collect()
}

fn row(point: &Point, most: u64, has_zones: bool, places: bool) -> Vec<String> {
    let mut row = vec![point.value.clone(), marks(point)];
    row.extend(places.then(|| point.zone.map_or_else(String::new, |zone| zone.label().to_owned())));
    row.push(count(point.findings));
    let (core, watch) = (point.core.unwrap_or(0), point.watch.unwrap_or(0));
    row.extend(has_zones.then(|| [count(core), count(watch)]).into_iter().flatten());
    row.push(count(point.undecided));
    row.extend([point.amount_fen, point.distinct.amount_fen, point.distinct.fund_amount_fen].map(yuan));
    row.push(bar(point.findings, if has_zones { core } else { point.findings }, most));
    row
}

fn marks(point: &Point) -> String {
    let mut marks: Vec<String> = Vec::new();
    marks.extend(point.is_default.then(|| "默认".to_owned()));
    marks.extend(point.regions.iter().map(|region| format!("地方 {region}")));
    marks.extend(point.observed.then(|| "观测".to_owned()));
    marks.join("、")
}

/// Full blocks for the core zone, shaded ones for the rest; whatever there is at all has at least one.
fn bar(all: u64, core: u64, most: u64) -> String {
    let length = |part: u64| if part == 0 || most == 0 { 0 } else { (part * BAR).div_ceil(most) };
    let (whole, full) = (length(all), length(core).min(length(all)));
    let times = |sign: &str, n: u64| sign.repeat(usize::try_from(n).unwrap_or(0));
    format!("{}{}", times("█", full), times("░", whole - full))
}
