//! Network（关系网）: members, what links them, and how the part that carries a suspicion is told.
//!
//! A SELECT delivers links, one a row: `a` and `b` (members), `shared` (what links them), `weight` (how often; 1 where it does not
//! say), `fixmedins_code`, `occurred_on`, `related_lines` (the lines that show the link, `;` between), and `a_amount_fen`,
//! `b_amount_fen` where members have amounts. Whatever kind of rule reads them, a finding tells them in one way: members among what
//! is related, lines among the related lines, and one sentence a link.

use std::collections::{BTreeMap, BTreeSet};

use claims::Day;
use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::unionfind::UnionFind;
use petgraph::visit::{EdgeRef, NodeIndexable};

use crate::query::{Row, day_of, list};
use crate::view::GroupFacts;

/// Links shown in the evidence of one finding.
const LINKS_SHOWN: usize = 40;

/// Days shown of one link.
const DAYS_SHOWN: usize = 6;

/// What links two members.
#[derive(Clone, Debug, Default)]
struct Link {
    weight: i64,
    shared: BTreeSet<String>,
    institutions: BTreeSet<String>,
    days: BTreeSet<Day>,
    lines: BTreeSet<String>,
}

/// Members and links.
#[derive(Default)]
pub(crate) struct Network {
    graph: UnGraph<String, Link>,
    places: BTreeMap<String, NodeIndex>,
    amounts: BTreeMap<String, i64>,
}

/// Some members of a network, sorted by name.
pub(crate) type Members = Vec<NodeIndex>;

/// A part of a network as a finding tells it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) members: Vec<String>,
    /// Lines that show the links.
    pub(crate) lines: Vec<String>,
    /// A sentence for each link.
    pub(crate) sentences: Vec<String>,
    /// Where most of the links arose.
    pub(crate) institution: Option<String>,
}

/// Whether a row of an answer is a link.
pub(crate) fn is_link(row: &Row) -> bool {
    row.contains_key("a") && row.contains_key("b")
}

/// How often a row links its members.
pub(crate) fn weight(row: &Row) -> i64 {
    row.get("weight").and_then(|weight| weight.parse().ok()).unwrap_or(1)
}

impl Network {
    /// The network of some rows.
    pub(crate) fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Result<Self, String> {
        let mut network = Self::default();
        rows.into_iter().try_for_each(|row| network.add(row))?;
        Ok(network)
    }

    /// Adds one link; nobody is linked with himself.
    pub(crate) fn add(&mut self, row: &Row) -> Result<(), String> {
        let member = |column: &str| row.get(column).ok_or_else(|| format!("查询结果缺少 {column}"));
        let (a, b) = (member("a")?, member("b")?);
        if a == b {
            return Ok(());
        }
        for (name, column) in [(a, "a_amount_fen"), (b, "b_amount_fen")] {
            let amount = row.get(column).and_then(|amount| amount.parse().ok()).unwrap_or(0);
            let known = self.amounts.entry(name.clone()).or_default();
            *known = amount.max(*known);
        }
        let (a, b) = (self.member(a), self.member(b));
        let edge = self.graph.find_edge(a, b).unwrap_or_else(|| self.graph.add_edge(a, b, Link::default()));
        let Some(link) = self.graph.edge_weight_mut(edge) else { return Ok(()) };
        link.weight += weight(row);
        link.shared.extend(row.get("shared").cloned());
        link.institutions.extend(row.get("fixmedins_code").cloned());
        link.lines.extend(list(row, "related_lines"));
        if row.contains_key("occurred_on") {
            link.days.insert(day_of(row));
        }
        Ok(())
    }

    fn member(&mut self, name: &str) -> NodeIndex {
        if let Some(place) = self.places.get(name) {
            *place
        } else {
            let place = self.graph.add_node(name.to_owned());
            self.places.insert(name.to_owned(), place);
            place
        }
    }

    /// Everybody.
    pub(crate) fn everybody(&self) -> Members {
        self.places.values().copied().collect()
    }

    /// Groups in which every member has at least `least` links, and how many groups have no such part.
    pub(crate) fn cores(&self, least: usize) -> (Vec<Members>, usize) {
        let kept = self.peeled(least);
        let all = self.components(&vec![true; self.graph.node_bound()]);
        let without = all.iter().filter(|members| members.iter().all(|member| !kept[member.index()])).count();
        (self.components(&kept), without)
    }

    /// Which members are left when those with too few links among the others are taken away, again and again.
    fn peeled(&self, least: usize) -> Vec<bool> {
        let mut kept = vec![true; self.graph.node_bound()];
        let mut links: Vec<usize> = self.graph.node_indices().map(|member| self.graph.neighbors(member).count()).collect();
        let mut leaving: Vec<NodeIndex> = self.graph.node_indices().filter(|member| links[member.index()] < least).collect();
        while let Some(member) = leaving.pop() {
            if !std::mem::replace(&mut kept[member.index()], false) {
                continue;
            }
            for other in self.graph.neighbors(member).filter(|other| kept[other.index()]) {
                links[other.index()] -= 1;
                if links[other.index()] < least {
                    leaving.push(other);
                }
            }
        }
        kept
    }

    fn components(&self, kept: &[bool]) -> Vec<Members> {
        let mut together = UnionFind::<usize>::new(self.graph.node_bound());
        for edge in self.graph.edge_references().filter(|e| kept[e.source().index()] && kept[e.target().index()]) {
            together.union(edge.source().index(), edge.target().index());
        }
        let mut components: BTreeMap<usize, Members> = BTreeMap::new();
        for member in self.graph.node_indices().filter(|member| kept[member.index()]) {
            components.entry(together.find(member.index())).or_default().push(member);
        }
        let mut components: Vec<Members> = components.into_values().collect();
        for members in &mut components {
            members.sort_by(|a, b| self.graph[*a].cmp(&self.graph[*b]));
        }
        components.sort_by(|a, b| self.graph[a[0]].cmp(&self.graph[b[0]]));
        components
    }

    /// What rules may ask of some members and the links among them.
    pub(crate) fn facts(&self, members: &[NodeIndex], period: &str) -> GroupFacts {
        let links: Vec<&Link> = self.links(members).into_iter().map(|(_, _, link)| link).collect();
        let mut shared: BTreeMap<&str, i64> = BTreeMap::new();
        for what in links.iter().flat_map(|link| &link.shared) {
            *shared.entry(what).or_default() += 1;
        }
        let most = shared.iter().max_by_key(|(what, count)| (**count, std::cmp::Reverse(**what)));
        let days: BTreeSet<Day> = links.iter().flat_map(|link| &link.days).copied().collect();
        let (size, count) = (whole(members.len()), whole(links.len()));
        let possible = size * (size - 1) / 2;
        GroupFacts {
            size,
            links: count,
            weight: links.iter().map(|link| link.weight).sum(),
            days: whole(days.len()),
            density: if possible > 0 { count * 1_000_000 / possible } else { 0 },
            shared: most.map(|(what, _)| (*what).to_owned()),
            shared_links: most.map_or(0, |(_, count)| *count),
            amount_fen: members.iter().filter_map(|member| self.amounts.get(&self.graph[*member])).sum(),
            period: period.to_owned(),
        }
    }

    /// Links among members, by names.
    fn links(&self, members: &[NodeIndex]) -> Vec<(&str, &str, &Link)> {
        let inside: BTreeSet<NodeIndex> = members.iter().copied().collect();
        let edges = self.graph.edge_references().filter(|e| inside.contains(&e.source()) && inside.contains(&e.target()));
        let mut links: Vec<(&str, &str, &Link)> = edges
            .map(|edge| {
                let (a, b) = (self.graph[edge.source()].as_str(), self.graph[edge.target()].as_str());
                (a.min(b), a.max(b), edge.weight())
            })
            .collect();
        links.sort_by_key(|(a, b, _)| (*a, *b));
        links
    }

    /// The first day of the links among members.
    pub(crate) fn first_day(&self, members: &[NodeIndex]) -> Day {
        self.links(members).iter().filter_map(|(_, _, link)| link.days.first().copied()).min().unwrap_or(Day(0))
    }

    /// The names of members.
    pub(crate) fn names(&self, members: &[NodeIndex]) -> Vec<String> {
        members.iter().map(|member| self.graph[*member].clone()).collect()
    }

    /// Members and links as a finding tells them.
    pub(crate) fn told(&self, members: &[NodeIndex]) -> Told {
        let links = self.links(members);
        let mut institutions: BTreeMap<&str, usize> = BTreeMap::new();
        for place in links.iter().flat_map(|(_, _, link)| &link.institutions) {
            *institutions.entry(place).or_default() += 1;
        }
        let most = institutions.iter().max_by_key(|(place, count)| (**count, std::cmp::Reverse(**place)));
        let mut sentences: Vec<String> = links.iter().take(LINKS_SHOWN).map(|(a, b, link)| sentence(a, b, link)).collect();
        if links.len() > LINKS_SHOWN {
            sentences.push(format!("另有 {} 条联系", links.len() - LINKS_SHOWN));
        }
        let lines: BTreeSet<&String> = links.iter().flat_map(|(_, _, link)| &link.lines).collect();
        Told {
            members: self.names(members),
            lines: lines.into_iter().cloned().collect(),
            sentences,
            institution: most.map(|(place, _)| (*place).to_owned()),
        }
    }
}

fn sentence(a: &str, b: &str, link: &Link) -> String {
    let shared = link.shared.iter().cloned().collect::<Vec<_>>().join("、");
    let parts = [format!("{a}—{b}：{}次", link.weight), days(link), shared];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("，")
}

/// The days of a link, or the first of them where the SELECT tells no more.
fn days(link: &Link) -> String {
    let days: Vec<String> = link.days.iter().take(DAYS_SHOWN).map(Day::to_string).collect();
    match (days.as_slice(), link.days.len()) {
        ([], _) => String::new(),
        ([only], _) if link.weight > 1 => format!("{only}起"),
        (_, all) if all > DAYS_SHOWN => format!("{}等{all}天", days.join("、")),
        _ => days.join("、"),
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(a: &str, b: &str, more: &[(&str, &str)]) -> Row {
        let ends = [("a", a), ("b", b), ("shared", "同日入院")];
        ends.iter().chain(more).map(|(column, value)| ((*column).to_owned(), (*value).to_owned())).collect()
    }

    fn linked(links: &[(&str, &str)]) -> Network {
        Network::of(&links.iter().map(|(a, b)| row(a, b, &[])).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn who_only_knows_one_member_is_not_accused_with_the_others() {
        let network = linked(&[("A", "B"), ("B", "C"), ("A", "C"), ("C", "D"), ("D", "E"), ("X", "Y")]);
        let (cores, without) = network.cores(2);
        assert_eq!(cores.len(), 1);
        assert_eq!(network.names(&cores[0]), ["A", "B", "C"]);
        let facts = network.facts(&cores[0], "2026");
        assert_eq!((facts.size, facts.links, facts.density), (3, 3, 1_000_000));
        assert_eq!(without, 1, "X and Y are a pair and no group");
    }

    #[test]
    fn a_bridge_does_not_make_one_group_of_two() {
        let network = linked(&[("A", "B"), ("B", "C"), ("A", "C"), ("P", "Q"), ("Q", "R"), ("P", "R"), ("C", "M"), ("M", "P")]);
        // M has two links, but not two inside a group of three: it stays only where the rule asks for no more than two.
        assert_eq!(network.cores(2).0.len(), 1);
        let apart = linked(&[("A", "B"), ("B", "C"), ("A", "C"), ("P", "Q"), ("Q", "R"), ("P", "R"), ("C", "M")]);
        assert_eq!(apart.cores(2).0.len(), 2);
    }

    #[test]
    fn a_part_is_told_with_its_members_its_lines_and_a_sentence_a_link() {
        let network = Network::of(&[
            row("P1", "S", &[("occurred_on", "2026-03-10"), ("related_lines", "M1:1;M1:2"), ("fixmedins_code", "S")]),
            row("P1", "S", &[("occurred_on", "2026-03-17"), ("related_lines", "M2:1"), ("weight", "2")]),
            row("P2", "S", &[("occurred_on", "2026-03-17"), ("related_lines", "M3:1")]),
            row("S", "S", &[]),
        ])
        .unwrap();
        let everybody = network.everybody();
        let facts = network.facts(&everybody, "2026-03");
        assert_eq!((facts.size, facts.links, facts.weight, facts.days), (3, 2, 4, 2));
        let told = network.told(&everybody);
        assert_eq!(told.members, ["P1", "P2", "S"]);
        assert_eq!(told.lines, ["M1:1", "M1:2", "M2:1", "M3:1"]);
        assert_eq!(told.sentences, ["P1—S：3次，2026-03-10、2026-03-17，同日入院", "P2—S：1次，2026-03-17，同日入院"]);
        assert_eq!(told.institution.as_deref(), Some("S"));
    }

    #[test]
    fn a_link_without_an_end_is_a_fault() {
        let one = Row::from([("a".to_owned(), "P1".to_owned())]);
        assert!(!is_link(&one));
        assert_eq!(Network::of([&one]).err().as_deref(), Some("查询结果缺少 b"));
    }
}
