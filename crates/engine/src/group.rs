//! Group（团伙，T14）: people who are linked more than chance links them.
//!
//! The SELECT says who is linked with whom. What is left of a group when everybody with too few links inside it is taken away, again and
//! again, is the smallest part that carries the suspicion; who only knows one member is not accused with the others.

use std::collections::{BTreeMap, BTreeSet};

use claims::Day;
use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::unionfind::UnionFind;
use petgraph::visit::{EdgeRef, NodeIndexable};
use rulebook::Undecided;
use rulebook::logic::GroupKind;

use crate::judge::{Decision, Draft, Who, decision, reason};
use crate::program::Program;
use crate::query::{Row, day_of};
use crate::sink::Sink;
use crate::view::{GroupFacts, Own, View};

/// Links shown in the evidence of one finding.
const LINKS_SHOWN: usize = 40;

/// What links two members.
#[derive(Clone, Debug, Default)]
struct Link {
    weight: i64,
    shared: BTreeSet<String>,
    institutions: BTreeSet<String>,
    first: Option<Day>,
}

/// Members and links of one period.
#[derive(Default)]
struct Period {
    graph: UnGraph<String, Link>,
    places: BTreeMap<String, NodeIndex>,
    amounts: BTreeMap<String, i64>,
}

/// A group: its core, or nothing where peeling leaves nothing.
struct Core {
    members: Vec<NodeIndex>,
    facts: GroupFacts,
}

/// Finds the cores of every period and judges them.
pub(crate) fn judge(program: &Program, number: usize, _: &GroupKind, rows: Vec<Row>, sink: &mut Sink) -> Result<(), String> {
    let rule = &program.rules[number];
    let least = least_links(program, number)?;
    for (name, period) in periods(rows)? {
        let (cores, without) = period.cores(&name, least);
        (0..without).for_each(|_| sink.clear(number));
        if cores.is_empty() {
            continue;
        }
        let days: Vec<Day> = cores.iter().map(|core| period.first_day(core)).collect();
        let views: Vec<View<'_>> = cores
            .iter()
            .zip(&days)
            .map(|(core, day)| View { own: Own::Group(&core.facts), day: Some(*day), ..View::default() })
            .collect();
        let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
        for (row, core) in cores.iter().enumerate() {
            match decision(rule, &answers, row) {
                Decision::Out => {}
                Decision::Clear => sink.clear(number),
                Decision::Unknown(missing) => {
                    sink.undecided(number, &missing, || undecided(rule.code(), &period, core, &name, &missing));
                }
                Decision::Hit(grade) => {
                    let draft = draft(program, number, &period, core, &name, views[row], days[row]);
                    sink.hit(number, Draft { grade, ..draft }.finding());
                }
            }
        }
    }
    Ok(())
}

/// Least links of a member inside its group: an expression over parameters alone.
fn least_links(program: &Program, number: usize) -> Result<usize, String> {
    let rule = &program.rules[number];
    let answers = rule.lines.evaluate(&[View::default()], &program.settings(rule))?;
    let least = answers.int("links", 0).ok_or("links 应是由参数得出的整数")?;
    usize::try_from(least).map_err(|_| "links 不能是负数".to_owned())
}

fn periods(rows: Vec<Row>) -> Result<BTreeMap<String, Period>, String> {
    let mut periods: BTreeMap<String, Period> = BTreeMap::new();
    for row in rows {
        let text = |column: &str| row.get(column).cloned().ok_or_else(|| format!("查询结果缺少 {column}"));
        let (a, b, name) = (text("a")?, text("b")?, text("period")?);
        if a == b {
            continue;
        }
        let period = periods.entry(name).or_default();
        for (member, column) in [(&a, "a_amount_fen"), (&b, "b_amount_fen")] {
            let amount = row.get(column).and_then(|amount| amount.parse().ok()).unwrap_or(0);
            let known = period.amounts.entry(member.clone()).or_default();
            *known = amount.max(*known);
        }
        period.link(&a, &b, &row);
    }
    Ok(periods)
}

impl Period {
    fn member(&mut self, name: &str) -> NodeIndex {
        if let Some(place) = self.places.get(name) {
            *place
        } else {
            let place = self.graph.add_node(name.to_owned());
            self.places.insert(name.to_owned(), place);
            place
        }
    }

    fn link(&mut self, a: &str, b: &str, row: &Row) {
        let (a, b) = (self.member(a), self.member(b));
        let edge = self.graph.find_edge(a, b).unwrap_or_else(|| self.graph.add_edge(a, b, Link::default()));
        let Some(link) = self.graph.edge_weight_mut(edge) else { return };
        link.weight += row.get("weight").and_then(|weight| weight.parse::<i64>().ok()).unwrap_or(1);
        link.shared.extend(row.get("shared").cloned());
        link.institutions.extend(row.get("fixmedins_code").cloned());
        if row.contains_key("occurred_on") {
            let day = day_of(row);
            link.first = Some(link.first.map_or(day, |first| first.min(day)));
        }
    }

    /// Cores of the groups in which every member has at least `least` links, and how many groups have none.
    fn cores(&self, name: &str, least: usize) -> (Vec<Core>, usize) {
        let kept = self.peeled(least);
        let all = self.components(&vec![true; self.graph.node_bound()]);
        let without = all.iter().filter(|members| members.iter().all(|member| !kept[member.index()])).count();
        let cores = self.components(&kept).into_iter().map(|members| self.core(name, members)).collect();
        (cores, without)
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

    fn components(&self, kept: &[bool]) -> Vec<Vec<NodeIndex>> {
        let mut together = UnionFind::<usize>::new(self.graph.node_bound());
        for edge in self.graph.edge_references().filter(|e| kept[e.source().index()] && kept[e.target().index()]) {
            together.union(edge.source().index(), edge.target().index());
        }
        let mut components: BTreeMap<usize, Vec<NodeIndex>> = BTreeMap::new();
        for member in self.graph.node_indices().filter(|member| kept[member.index()]) {
            components.entry(together.find(member.index())).or_default().push(member);
        }
        let mut components: Vec<Vec<NodeIndex>> = components.into_values().collect();
        for members in &mut components {
            members.sort_by(|a, b| self.graph[*a].cmp(&self.graph[*b]));
        }
        components.sort_by(|a, b| self.graph[a[0]].cmp(&self.graph[b[0]]));
        components
    }

    fn core(&self, name: &str, members: Vec<NodeIndex>) -> Core {
        let links: Vec<&Link> = self.links(&members).into_iter().map(|(_, _, link)| link).collect();
        let mut shared: BTreeMap<&str, i64> = BTreeMap::new();
        for what in links.iter().flat_map(|link| &link.shared) {
            *shared.entry(what).or_default() += 1;
        }
        let most = shared.iter().max_by_key(|(what, count)| (**count, std::cmp::Reverse(**what)));
        let (size, count) = (whole(members.len()), whole(links.len()));
        let possible = size * (size - 1) / 2;
        let facts = GroupFacts {
            size,
            links: count,
            weight: links.iter().map(|link| link.weight).sum(),
            density: if possible > 0 { count * 1_000_000 / possible } else { 0 },
            shared: most.map(|(what, _)| (*what).to_owned()),
            shared_links: most.map_or(0, |(_, count)| *count),
            amount_fen: members.iter().filter_map(|member| self.amounts.get(&self.graph[*member])).sum(),
            period: name.to_owned(),
        };
        Core { members, facts }
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

    fn first_day(&self, core: &Core) -> Day {
        self.links(&core.members).iter().filter_map(|(_, _, link)| link.first).min().unwrap_or(Day(0))
    }

    fn names(&self, core: &Core) -> Vec<String> {
        core.members.iter().map(|member| self.graph[*member].clone()).collect()
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The three smallest members and the period name a group, as the contract says.
fn key(names: &[String], period: &str) -> String {
    format!("{}|{period}", names.iter().take(3).cloned().collect::<Vec<_>>().join("|"))
}

fn draft<'a>(
    program: &'a Program,
    number: usize,
    period: &Period,
    core: &Core,
    name: &str,
    view: View<'a>,
    day: Day,
) -> Draft<'a> {
    let names = period.names(core);
    let links = period.links(&core.members);
    let mut institutions: BTreeMap<&str, usize> = BTreeMap::new();
    for place in links.iter().flat_map(|(_, _, link)| &link.institutions) {
        *institutions.entry(place).or_default() += 1;
    }
    let place = institutions.iter().max_by_key(|(place, count)| (**count, std::cmp::Reverse(**place)));
    let mut arithmetic: Vec<String> = links
        .iter()
        .take(LINKS_SHOWN)
        .map(|(a, b, link)| {
            let shared = link.shared.iter().cloned().collect::<Vec<_>>().join("、");
            format!("{a}—{b}：{}次，{shared}", link.weight)
        })
        .collect();
    if links.len() > LINKS_SHOWN {
        arithmetic.push(format!("另有 {} 条联系", links.len() - LINKS_SHOWN));
    }
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "group",
        key: key(&names, name),
        who: Who { fixmedins_code: place.map(|(place, _)| (*place).to_owned()), ..Who::default() },
        charged: Vec::new(),
        related: names,
        related_lines: Vec::new(),
        occurred_on: day,
        grade: (program.rules[number].rule.result.grade(), None),
        no_amount: false,
        quantity_excess: None,
        arithmetic,
        notes: Vec::new(),
        words: Vec::new(),
    }
}

fn undecided(rule: &str, period: &Period, core: &Core, name: &str, missing: &str) -> Undecided {
    Undecided {
        rule_code: rule.to_owned(),
        subject: "group".to_owned(),
        fixmedins_code: None,
        psn_no: period.names(core).into_iter().next(),
        mdtrt_id: None,
        line_id: None,
        item: None,
        period: Some(name.to_owned()),
        trace: None,
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(links: &[(&str, &str)]) -> Period {
        let mut period = Period::default();
        for (a, b) in links {
            let row = Row::from([("shared".to_owned(), "同日入院".to_owned())]);
            period.link(a, b, &row);
        }
        period
    }

    #[test]
    fn who_only_knows_one_member_is_not_accused_with_the_others() {
        let period = linked(&[("A", "B"), ("B", "C"), ("A", "C"), ("C", "D"), ("D", "E"), ("X", "Y")]);
        let (cores, without) = period.cores("2026", 2);
        assert_eq!(cores.len(), 1);
        assert_eq!(period.names(&cores[0]), ["A", "B", "C"]);
        assert_eq!((cores[0].facts.size, cores[0].facts.links, cores[0].facts.density), (3, 3, 1_000_000));
        assert_eq!(without, 1, "X and Y are a pair and no group");
    }

    #[test]
    fn a_bridge_does_not_make_one_group_of_two() {
        let period = linked(&[("A", "B"), ("B", "C"), ("A", "C"), ("P", "Q"), ("Q", "R"), ("P", "R"), ("C", "M"), ("M", "P")]);
        // M has two links, but not two inside a group of three: it stays only where the rule asks for no more than two.
        assert_eq!(period.cores("2026", 2).0.len(), 1);
        let apart = linked(&[("A", "B"), ("B", "C"), ("A", "C"), ("P", "Q"), ("Q", "R"), ("P", "R"), ("C", "M")]);
        assert_eq!(apart.cores("2026", 2).0.len(), 2);
    }

    #[test]
    fn a_group_is_named_by_its_three_smallest_members() {
        let names: Vec<String> = ["B", "C", "D", "E"].map(str::to_owned).to_vec();
        assert_eq!(key(&names, "2026"), "B|C|D|2026");
    }
}
