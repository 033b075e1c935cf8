//! The smallest part（最小子图）of a unit's links with which its rule still finds what it finds.
//!
//! Links fall into bundles that stand or fall together: the queue of one day, all that one patient had of one doctor. The heaviest
//! come first, and as many are taken as the rule's own expression asks for. Who is not needed is not named.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use claims::Day;

use super::compared::of_part;
use crate::judge::{Decision, decision};
use crate::network::{Network, Told, is_link, weight};
use crate::program::Program;
use crate::query::Row;
use crate::view::{Own, RateFacts, View};

/// The links of units, by unit and period.
#[derive(Debug, Default)]
pub(super) struct Ties(BTreeMap<(String, String), Vec<Row>>);

/// The smallest part, and how it is told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) told: Told,
    /// How large it is, in words.
    pub(super) words: String,
}

impl Ties {
    /// Takes the rows that tell links out of an answer.
    pub(super) fn split(rows: Vec<Row>) -> Result<(Self, Vec<Row>), String> {
        let (links, units): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(is_link);
        let mut ties = Self::default();
        for link in links {
            let named = |column: &str| link.get(column).cloned().ok_or_else(|| format!("查询结果缺少 {column}"));
            ties.0.entry((named("unit")?, named("period")?)).or_default().push(link);
        }
        Ok((ties, units))
    }

    /// The links of a unit.
    pub(super) fn of(&self, facts: &RateFacts) -> &[Row] {
        self.0.get(&(facts.unit.clone(), facts.period.clone())).map_or(&[], Vec::as_slice)
    }

    /// Fills in what rules may ask of the links.
    pub(super) fn fill(&self, facts: &mut RateFacts) -> Result<(), String> {
        let network = Network::of(self.of(facts))?;
        facts.group = network.facts(&network.everybody(), &facts.period);
        Ok(())
    }
}

/// The smallest part of the links with which the unit is still a hit; none where there are no links.
pub(super) fn smallest(
    program: &Program,
    number: usize,
    whole: &RateFacts,
    day: Day,
    links: &[Row],
) -> Result<Option<Part>, String> {
    if links.is_empty() {
        return Ok(None);
    }
    let bundles = bundles(links);
    let mut network = Network::default();
    let mut parts = Vec::new();
    for bundle in &bundles {
        bundle.iter().try_for_each(|row| network.add(row))?;
        parts.push(of_part(whole, network.facts(&network.everybody(), &whole.period)));
    }
    let rule = &program.rules[number];
    let views: Vec<View<'_>> =
        parts.iter().map(|part| View { own: Own::Rate(part), day: Some(day), ..View::default() }).collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    let enough = (0..parts.len()).find(|row| matches!(decision(rule, &answers, *row), Decision::Hit(_)));
    let last = enough.unwrap_or(parts.len() - 1);
    let network = Network::of(bundles[..=last].iter().flatten().copied())?;
    Ok(Some(told(&network, whole, &parts[last])))
}

/// Links that stand or fall together, the heaviest first.
fn bundles(links: &[Row]) -> Vec<Vec<&Row>> {
    let mut by_name: BTreeMap<[&str; 3], Vec<&Row>> = BTreeMap::new();
    for row in links {
        let cell = |column: &str| row.get(column).map_or("", String::as_str);
        let name = if row.contains_key("bundle") { [cell("bundle"), "", ""] } else { ["", cell("a"), cell("b")] };
        by_name.entry(name).or_default().push(row);
    }
    let mut bundles: Vec<Vec<&Row>> = by_name.into_values().collect();
    bundles.sort_by_key(|rows| Reverse(rows.iter().map(|row| weight(row)).sum::<i64>()));
    bundles
}

fn told(network: &Network, whole: &RateFacts, part: &RateFacts) -> Part {
    let mut told = network.told(&network.everybody());
    // The unit itself carries the suspicion, whether or not it is an end of a link.
    if !told.members.contains(&whole.unit) {
        told.members.push(whole.unit.clone());
    }
    let (group, left) = (&part.group, whole.group.weight - part.group.weight);
    let words = format!("{}对联系、{}次、{}天", group.links, group.weight, group.days);
    let more = if left > 0 { format!("；同样的另有{left}次，不列入") } else { String::new() };
    told.sentences.insert(0, format!("足以成立的最小部分：{words}{more}"));
    Part { told, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(bundle: Option<&str>, a: &str, weight: &str) -> Row {
        let cells = [("a", Some(a)), ("b", Some("S")), ("weight", Some(weight)), ("bundle", bundle)];
        cells.into_iter().filter_map(|(column, cell)| Some((column.to_owned(), cell?.to_owned()))).collect()
    }

    #[test]
    fn what_stands_together_is_one_bundle_and_the_heaviest_comes_first() {
        let rows = [
            link(Some("day 1"), "P1", "1"),
            link(Some("day 2"), "P1", "1"),
            link(Some("day 2"), "P2", "1"),
            link(None, "P3", "3"),
        ];
        let persons: Vec<Vec<&str>> =
            bundles(&rows).iter().map(|rows| rows.iter().map(|row| row["a"].as_str()).collect()).collect();
        assert_eq!(persons, [vec!["P3"], vec!["P1", "P2"], vec!["P1"]]);
    }

    #[test]
    fn the_unit_is_named_and_so_is_what_is_left_out() {
        let rows = [link(None, "P1", "3")];
        let network = Network::of(&rows).unwrap();
        let facts = |weight| {
            let group = crate::view::GroupFacts { weight, links: 1, days: 2, ..Default::default() };
            RateFacts { unit: "D1".to_owned(), group, ..RateFacts::default() }
        };
        let part = told(&network, &facts(5), &facts(3));
        assert_eq!(part.told.members, ["P1", "S", "D1"]);
        assert_eq!(part.words, "1对联系、3次、2天");
        assert_eq!(part.told.sentences, ["足以成立的最小部分：1对联系、3次、2天；同样的另有2次，不列入", "P1—S：3次"]);
    }

    #[test]
    fn links_without_a_unit_are_a_fault() {
        assert_eq!(Ties::split(vec![link(None, "P1", "1")]).err().as_deref(), Some("查询结果缺少 unit"));
    }
}
