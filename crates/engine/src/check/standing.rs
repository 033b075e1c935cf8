//! Standing（库中已知）: what a lake tells of everybody before a call comes in: stays, earlier uses, usual prices, institutions, and what
//! rules over several institutions count.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use claims::chart::Chart;
use claims::record::Institution;
use claims::{Day, Text};
use foldhash::fast::FixedState;
use lake::{Snapshot, side_by_side};
use rulebook::Pack;
use rulebook::logic::{Kind, StayPairs};
use rulebook::rule::Stage;

use super::answers_at;
use crate::context::RunContext;
use crate::event::Event;
use crate::lake_source::{self, LakeSource};
use crate::program::Program;
use crate::run::Source;
use crate::visit_pass::VisitPass;

/// Standing（库中已知）.
#[derive(Debug, Default)]
pub struct Standing {
    pub(crate) context: RunContext,
    /// Events by person.
    events: HashMap<u64, Vec<Event>, FixedState>,
    /// Codes of the rules that the events number.
    codes: Vec<String>,
    institutions: Arc<HashMap<Text, Arc<[Institution]>>>,
}

impl Standing {
    /// With this context, and no events.
    pub fn of_context(context: RunContext) -> Self {
        Self { context, ..Self::default() }
    }

    /// Where there is no lake: nothing is known of the days before this one, and rules that look back cannot answer.
    pub fn since(day: Day) -> Self {
        let mut context = RunContext::default();
        context.history.from = Some(day);
        Self::of_context(context)
    }

    /// What a lake tells, for the rules of a pack that answer before or at settlement.
    ///
    /// # Errors
    /// If the lake cannot be read.
    pub fn of_lake(snapshot: Snapshot, pack: &Pack, threads: usize) -> Result<Self, String> {
        let at_any = |rule: &&rulebook::Rule| answers_at(rule, Stage::Pre) || answers_at(rule, Stage::Mid);
        let of = |wanted: &dyn Fn(&Kind) -> bool| {
            let rules = pack.rules.iter().filter(at_any).filter(|rule| wanted(&rule.logic.kind)).cloned().collect();
            Program::compile(&Pack { rules, ..pack.clone() }, None, &[]).0
        };
        let context = lake_source::context(&snapshot, &of(&|_| true), threads)?;
        let institutions = snapshot.institutions().map_err(|e| e.to_string())?.clone();
        let across = of(&counts_across);
        let codes = across.rules().map(|rule| rule.code.clone()).collect();
        let source = LakeSource::new(snapshot, &across)?;
        let shards: Vec<usize> = (0..source.shards()).collect();
        let told = side_by_side(threads, &shards, |shard| -> Result<Vec<Event>, String> {
            let mut pass = VisitPass::new(&across, &context);
            for folder in source.folders(*shard)? {
                pass.push(folder?)?;
            }
            pass.flush()?;
            Ok(pass.sink.events)
        })?;
        let mut events: HashMap<u64, Vec<Event>, FixedState> = HashMap::default();
        for event in told.into_iter().flatten() {
            events.entry(event.key(&context)).or_default().push(event);
        }
        Ok(Self { context, events, codes, institutions })
    }

    /// The dated rows of an institution.
    pub fn institution(&self, fixmedins_code: &str) -> Option<&Arc<[Institution]>> {
        self.institutions.get(fixmedins_code)
    }

    /// Events of a person that the charts at hand do not tell themselves, with the rules as `program` numbers them.
    pub(super) fn events_beside(&self, charts: &[Chart], numbers: &HashMap<u16, u16>) -> Vec<Event> {
        let told: HashSet<&str> = charts.iter().flat_map(|chart| &chart.visits).map(|visit| &*visit.record.mdtrt_id).collect();
        let persons: HashSet<u64> = charts.iter().flat_map(|chart| self.keys(chart)).collect();
        let known = persons.iter().filter_map(|person| self.events.get(person)).flatten();
        known.filter_map(|event| beside(event, &told, numbers)).collect()
    }

    fn keys<'a>(&'a self, chart: &'a Chart) -> impl Iterator<Item = u64> + 'a {
        chart.visits.iter().map(|visit| self.context.identity(&visit.record.psn_no, &visit.record.psn_no).max(1))
    }

    /// How a program numbers the rules of the events.
    pub(super) fn numbers(&self, program: &Program) -> HashMap<u16, u16> {
        let place = |code: &String| program.rules.iter().position(|rule| rule.code() == code);
        let numbered = self.codes.iter().enumerate().filter_map(|(number, code)| Some((number, place(code)?)));
        numbered.filter_map(|(from, to)| Some((u16::try_from(from).ok()?, u16::try_from(to).ok()?))).collect()
    }
}

/// An event that none of these visits tells; none where one does, or where its rule is not asked.
fn beside(event: &Event, told: &HashSet<&str>, numbers: &HashMap<u16, u16>) -> Option<Event> {
    match event {
        Event::Stay(stay) => (!stay.members.iter().any(|visit| told.contains(visit.as_str()))).then(|| event.clone()),
        Event::Visit(visit) => (!told.contains(visit.mdtrt_id.as_str())).then(|| event.clone()),
        Event::Use(one) if told.contains(one.mdtrt_id.as_str()) => None,
        Event::Use(one) => {
            let mut one = one.clone();
            one.rule = *numbers.get(&one.rule)?;
            Some(Event::Use(one))
        }
        Event::Sale(_) => None,
    }
}

/// Whether a kind counts what several institutions did for one person.
fn counts_across(kind: &Kind) -> bool {
    match kind {
        Kind::Course(_) | Kind::Period(_) | Kind::Elsewhere => true,
        Kind::StayPair(kind) => kind.pairs == StayPairs::Overlapping,
        _ => false,
    }
}
