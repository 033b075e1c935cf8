//! Typical problems of the national self-check lists, and which rules can find them.
//!
//! They are knowledge about rules: no rule decides by them. What is shipped holds numbers, types and labels of our own, never a
//! list's sentence.

use std::collections::BTreeMap;
use std::fmt;

use claims::Text;
use serde::Serialize;

use crate::knowledge::{Cell, Knowledge, Point};
use crate::rule::Rule;

/// The knowledge table they stand in.
pub const TABLE: &str = "problem_list";

/// Typical problem（典型问题）: one item of a national self-check list.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// The knowledge row.
    pub point: &'a Point,
}

/// Reach（发现程度）: how far the rules of a typical problem get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// With the data as delivered and the knowledge as shipped.
    Ready,
    /// Once the region has filled knowledge rows.
    Local,
    /// As a clue that records must confirm.
    Clue,
    /// Not by rules: only a record or an inspection on the spot shows it.
    Inspection,
}

impl Reach {
    /// All of them, from the nearest to the farthest.
    pub const ALL: [Self; 4] = [Self::Ready, Self::Local, Self::Clue, Self::Inspection];

    /// As it stands in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Local => "local",
            Self::Clue => "clue",
            Self::Inspection => "inspection",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ready => "随发布即可发现",
            Self::Local => "须地方补知识",
            Self::Clue => "只给线索",
            Self::Inspection => "须查记录或现场",
        }
    }
}

/// Coverage（覆盖）: whether any rule that runs can find a typical problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// A rule that runs.
    Running,
    /// Only rules that do not run.
    Draft,
    /// No rule.
    Nothing,
}

impl<'a> Problem<'a> {
    fn text(self, column: &str) -> &'a str {
        match self.point.columns.get(column) {
            Some(Cell::Text(text)) => text,
            _ => "",
        }
    }

    /// Edition of the list: `2025`.
    pub fn list(self) -> &'a str {
        self.text("list")
    }

    /// Domain（领域）.
    pub fn domain(self) -> &'a str {
        self.text("domain")
    }

    /// Number in its list; where the list is not published with numbers, ours within the domain.
    pub fn number(self) -> i64 {
        match self.point.columns.get("number") {
            Some(Cell::Int(number)) => *number,
            _ => 0,
        }
    }

    /// Type of violation.
    pub fn violation(self) -> &'a str {
        self.text("violation")
    }

    /// By what it is found.
    pub fn how(self) -> &'a str {
        self.text("how")
    }

    /// What it is about, in our words.
    pub fn label(self) -> &'a str {
        &self.point.name
    }

    /// Where it stands.
    pub fn citation(self) -> &'a str {
        self.point.citation.as_deref().unwrap_or_default()
    }

    /// Codes of the rules that can find it.
    pub fn rules(self) -> &'a [Text] {
        &self.point.keys
    }

    /// How far they get; none where a row of a region says something else.
    pub fn reach(self) -> Option<Reach> {
        let name = self.text("reach");
        Reach::ALL.into_iter().find(|reach| reach.name() == name)
    }

    /// Whether a rule of these that runs can find it.
    pub fn coverage(self, rules: &[Rule]) -> Coverage {
        let known = || rules.iter().filter(|rule| self.rules().iter().any(|code| **code == *rule.code));
        if known().any(|rule| rule.status.runs()) {
            Coverage::Running
        } else if known().next().is_some() {
            Coverage::Draft
        } else {
            Coverage::Nothing
        }
    }
}

/// All typical problems, in the order of the table.
pub fn all(knowledge: &Knowledge) -> impl Iterator<Item = Problem<'_>> {
    knowledge.points().iter().filter(|point| &*point.table == TABLE).map(|point| Problem { point })
}

/// Those that a rule can find.
pub fn of_rule<'a>(knowledge: &'a Knowledge, code: &str) -> impl Iterator<Item = Problem<'a>> {
    all(knowledge).filter(move |problem| problem.rules().iter().any(|named| **named == *code))
}

/// Tally（覆盖统计）: how many typical problems are covered, and by what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// All.
    pub problems: usize,
    /// Found by a rule that runs.
    pub running: usize,
    /// Of these, by how far the rule gets.
    pub running_by_reach: BTreeMap<&'static str, usize>,
    /// Found by drafts only.
    pub draft: usize,
    /// Found by no rule.
    pub nothing: usize,
    /// Whose row somebody has reviewed.
    pub reviewed: usize,
}

/// Counts problems by what covers them.
pub fn tally<'a>(problems: impl Iterator<Item = Problem<'a>>, rules: &[Rule]) -> Tally {
    let mut tally = Tally::default();
    for problem in problems {
        tally.problems += 1;
        tally.reviewed += usize::from(problem.point.is_reviewed());
        match problem.coverage(rules) {
            Coverage::Running => {
                tally.running += 1;
                if let Some(reach) = problem.reach() {
                    *tally.running_by_reach.entry(reach.name()).or_default() += 1;
                }
            }
            Coverage::Draft => tally.draft += 1,
            Coverage::Nothing => tally.nothing += 1,
        }
    }
    tally
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} 项：运行的规则可及 {} 项", self.problems, self.running)?;
        let counted = |reach: &Reach| self.running_by_reach.get(reach.name()).map(|n| format!("{} {n}", reach.label()));
        let parts: Vec<String> = Reach::ALL.iter().filter_map(counted).collect();
        if !parts.is_empty() {
            write!(f, "（{}）", parts.join("，"))?;
        }
        write!(f, "，只有草稿 {} 项，没有规则、须查记录或现场 {} 项", self.draft, self.nothing)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::pack::Pack;
    use crate::rule::Status;

    fn shipped() -> Pack {
        Pack::shipped().expect("the shipped pack reads")
    }

    #[test]
    fn every_item_of_the_lists_is_there_once() {
        let pack = shipped();
        let problems: Vec<Problem<'_>> = all(&pack.knowledge).collect();
        assert_eq!(problems.len(), 236);
        let places: BTreeSet<_> = problems.iter().map(|p| (p.list(), p.domain(), p.number())).collect();
        assert_eq!(places.len(), 236);
        // 25 headings of the source: two carry no item, and the common part of 2025 is written under two.
        let domains: BTreeSet<_> = problems.iter().map(|p| (p.list(), p.domain())).collect();
        assert_eq!(domains.len(), 22);
        let of_institutions = problems.iter().filter(|p| p.list() == "2025" && p.domain() != "定点零售药店");
        assert_eq!(of_institutions.map(|p| p.number()).collect::<BTreeSet<_>>(), (1..=183).collect());
    }

    #[test]
    fn every_rule_named_is_a_rule_and_what_no_rule_finds_names_none() {
        let pack = shipped();
        for problem in all(&pack.knowledge) {
            let id = &problem.point.id;
            for code in problem.rules() {
                assert!(pack.rule(code).is_some(), "{id}: {code}");
            }
            let reach = problem.reach().unwrap_or_else(|| panic!("{id}: reach"));
            assert_eq!(reach == Reach::Inspection, problem.rules().is_empty(), "{id}");
            assert!(!problem.how().is_empty() && !problem.citation().is_empty(), "{id}");
            assert!((1..=25).contains(&problem.label().chars().count()), "{id}: {}", problem.label());
        }
    }

    #[test]
    fn what_is_said_to_be_found_as_shipped_has_a_running_rule_with_reviewed_points() {
        let pack = shipped();
        let armed = |code: &Text| {
            let rule = pack.rule(code).expect("the rule exists");
            let needs_points = rule.logic.knowledge.is_some();
            rule.status.runs() && (!needs_points || pack.knowledge.feeding(rule).any(Point::is_reviewed))
        };
        for problem in all(&pack.knowledge).filter(|problem| problem.reach() == Some(Reach::Ready)) {
            assert!(problem.rules().iter().any(armed), "{}", problem.point.id);
        }
    }

    #[test]
    fn the_words_of_the_table_are_those_of_the_program() {
        let pack = shipped();
        let labels = &pack.knowledge.descriptor(TABLE).expect("the table is shipped").columns["reach"].labels;
        let ours = Reach::ALL.map(|reach| (reach.name().to_owned(), reach.label().to_owned()));
        assert_eq!(*labels, BTreeMap::from(ours));
    }

    #[test]
    fn a_problem_counts_as_covered_by_a_rule_that_runs_only() {
        let pack = shipped();
        let whole = tally(all(&pack.knowledge), &pack.rules);
        assert_eq!(whole.problems, whole.running + whole.draft + whole.nothing);
        let no_rules = tally(all(&pack.knowledge), &[]);
        assert_eq!(no_rules.nothing, no_rules.problems);
        let drafts: Vec<Rule> = pack.rules.iter().cloned().map(|rule| Rule { status: Status::Draft, ..rule }).collect();
        let by_drafts = tally(all(&pack.knowledge), &drafts);
        assert_eq!(by_drafts.running, 0);
        assert!(by_drafts.draft > 0);
    }
}
