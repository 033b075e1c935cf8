//! History（既往使用，T8）: earlier uses of the codes that line rules ask for, over all institutions.

use std::collections::{BTreeSet, HashMap};

use claims::chart::Chart;
use claims::institution::level_on;
use claims::{Day, Text};
use foldhash::fast::FixedState;
use rulebook::knowledge::Descriptor;
use rulebook::logic::{HistoryNeed, Kind, LineKind};
use rulebook::parameter::Value;
use rulebook::tree::Tree;
use rulebook::{Cell, Point, Rule};

use crate::context::RunContext;
use crate::facet::listed;
use crate::judge::Candidate;
use crate::program::{CompiledRule, Program};
use crate::view::HistoryFacts;

/// A use of an item, as far as rules ask about the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EarlierUse {
    pub(crate) day: Day,
    /// Level class of the institution on that day; none when not known.
    pub(crate) level: Option<u8>,
}

/// History（既往使用）of everybody, for the codes that rules ask about.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    by_person: HashMap<u64, Vec<(Text, EarlierUse)>, FixedState>,
    /// First day that the data cover; none when nothing is known to be missing.
    pub(crate) from: Option<Day>,
}

impl History {
    pub(crate) fn add(&mut self, person: u64, code: Text, one: EarlierUse) {
        self.by_person.entry(person).or_default().push((code, one));
    }

    /// The same days covered, and nobody's uses.
    pub(crate) fn of_nobody(&self) -> Self {
        Self { by_person: HashMap::default(), from: self.from }
    }

    /// Takes over what another knows of a person.
    pub(crate) fn take_over(&mut self, other: &Self, person: u64) {
        if let Some(uses) = other.by_person.get(&person) {
            self.by_person.entry(person).or_insert_with(|| uses.clone());
        }
    }

    /// The uses of these codes, or beginnings of codes, in the days before a day.
    pub(crate) fn facts(&self, person: u64, codes: &[Text], day: Day, days: i64) -> HistoryFacts {
        let first = day.plus(i32::try_from(-days).unwrap_or(i32::MIN / 2));
        let asked = |code: &Text| codes.iter().any(|wanted| code.starts_with(&**wanted));
        let uses: Vec<&EarlierUse> = self
            .by_person
            .get(&person)
            .into_iter()
            .flatten()
            .filter(|(code, one)| first <= one.day && one.day < day && asked(code))
            .map(|(_, one)| one)
            .collect();
        let distinct: BTreeSet<Day> = uses.iter().map(|one| one.day).collect();
        let covered = self.from.is_none_or(|from| from <= first);
        HistoryFacts {
            uses: i64::try_from(distinct.len()).unwrap_or(i64::MAX),
            level: uses.iter().filter_map(|one| one.level).max().map_or(0, i64::from),
            covered,
            complete: covered && uses.iter().all(|one| one.level.is_some()),
        }
    }

    /// The uses that charts held in memory tell, of every item: cases and single checks are small.
    pub(crate) fn add_chart(&mut self, person: u64, chart: &Chart) {
        for line in &chart.lines {
            let Some(code) = line.code() else { continue };
            let visit = &chart.visits[line.visit].record;
            let level = level_on(&chart.institution, line.day, visit.hosp_lv.as_deref());
            self.add(person, Text::clone(code), EarlierUse { day: line.day, level });
        }
    }
}

/// What the candidate's person had before, where its rule asks for it.
pub(crate) fn facts(
    program: &Program,
    context: &RunContext,
    rule: &CompiledRule,
    candidate: &Candidate<'_>,
) -> Option<HistoryFacts> {
    let codes = codes_asked(need(rule)?, &candidate.point?.point)?;
    let days = days_back(program, rule, candidate)?;
    let person = context.identity(&candidate.visit().record.psn_no, candidate.folder.chart.person.identity());
    Some(context.history.facts(person, &codes, candidate.line.day, days))
}

/// The days that a rule looks back, as set at the candidate's place.
pub(crate) fn days_back(program: &Program, rule: &CompiledRule, candidate: &Candidate<'_>) -> Option<i64> {
    program.settings(rule).whole_number(&need(rule)?.days, &candidate.view())
}

/// What a rule asks of the past, if anything.
pub(crate) fn need(rule: &CompiledRule) -> Option<&HistoryNeed> {
    match &rule.rule.logic.kind {
        Kind::Line(LineKind { history, .. }) => history.as_ref(),
        _ => None,
    }
}

/// The codes whose earlier use a knowledge row asks for; none when it asks for nothing.
pub(crate) fn codes_asked(need: &HistoryNeed, point: &Point) -> Option<Vec<Text>> {
    let asks = need.only.as_ref().is_none_or(|column| point.columns.get(column) == Some(&Cell::Flag(true)));
    if !asks {
        return None;
    }
    let codes = if need.codes == "point" { point.keys.clone() } else { listed(point, &need.codes) };
    (!codes.is_empty()).then_some(codes)
}

/// Names in a rule's `history` that are neither parameter nor column, in words.
pub(crate) fn unknown_names(need: &HistoryNeed, rule: &Rule, descriptor: Option<&Descriptor>) -> Vec<String> {
    let has_column = |column: &String| descriptor.is_some_and(|d| d.columns.contains_key(column));
    let mut problems = Vec::new();
    if !matches!(rule.parameters.get(&need.days).map(|p| &p.value), Some(Value::Int(_))) {
        problems.push(format!("days = \"{}\" 不是本规则的整数参数", need.days));
    }
    let columns = (need.codes != "point").then_some(&need.codes).into_iter().chain(need.only.as_ref());
    problems.extend(columns.filter(|c| !has_column(c)).map(|column| format!("知识表没有列 {column}")));
    problems
}

impl Program {
    /// Every code, or beginning of codes, whose earlier use some rule asks for.
    pub(crate) fn history_codes(&self) -> BTreeSet<Text> {
        let of_trees = self.rules.iter().flat_map(|rule| rule.trees.values()).flat_map(Tree::used_codes).cloned();
        let of_rule = |rule: &CompiledRule| {
            let points = need(rule).zip(rule.index.as_ref()).into_iter();
            let codes = points.flat_map(|(need, index)| index.points().filter_map(|point| codes_asked(need, point)).flatten());
            codes.collect::<Vec<_>>()
        };
        self.rules.iter().flat_map(of_rule).chain(of_trees).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn history(from: Option<&str>, uses: &[(&str, Option<u8>)]) -> History {
        let mut history = History { from: from.map(day), ..History::default() };
        for (on, level) in uses {
            history.add(1, Text::from("A"), EarlierUse { day: day(on), level: *level });
        }
        history
    }

    #[test]
    fn only_the_days_looked_back_count_and_never_the_day_itself() {
        let uses = [("2025-03-10", Some(3)), ("2025-03-11", Some(2)), ("2026-03-10", Some(1)), ("2026-03-11", Some(3))];
        let facts = history(None, &uses).facts(1, &[Text::from("A")], day("2026-03-11"), 365);
        assert_eq!(facts, HistoryFacts { uses: 2, level: 2, covered: true, complete: true });
    }

    #[test]
    fn nothing_is_known_of_days_before_the_data_begin() {
        let asked = |from: &str| history(Some(from), &[]).facts(1, &[Text::from("A")], day("2026-03-11"), 365);
        assert!(asked("2025-03-11").complete);
        assert!(!asked("2025-03-12").complete);
    }

    #[test]
    fn a_use_at_an_institution_of_unknown_level_leaves_the_level_open() {
        let facts = history(None, &[("2026-01-05", None)]).facts(1, &[Text::from("A")], day("2026-03-11"), 365);
        assert_eq!(facts, HistoryFacts { uses: 1, level: 0, covered: true, complete: false });
    }

    #[test]
    fn another_persons_use_is_not_ones_own() {
        let facts = history(None, &[("2026-01-05", Some(3))]).facts(2, &[Text::from("A")], day("2026-03-11"), 365);
        assert_eq!(facts.uses, 0);
    }
}
