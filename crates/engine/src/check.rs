//! Check（实时审核）: the visits of one person, held in memory, judged by the very rules of a run while a doctor waits.

mod standing;

use std::collections::HashMap;
use std::sync::Arc;

use claims::chart::{Chart, Folder, chart};
use rulebook::logic::Kind;
use rulebook::rule::Stage;
use rulebook::{Finding, Pack, Rule, RuleFault, Undecided};

use crate::program::Program;
use crate::settle::settle;
use crate::timeline_pass::Timeline;
use crate::visit_pass::VisitPass;

pub use standing::Standing;

/// Checker（实时审核器）: the rules that answer at one moment, made ready once, and what a lake tells of everybody.
#[derive(Debug)]
pub struct Checker {
    program: Program,
    standing: Arc<Standing>,
    /// How the program numbers the rules of the standing events.
    numbers: HashMap<u16, u16>,
}

/// Checked（审核结果）: what the rules say of one person's visits.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Findings, related ones settled, in a fixed order.
    pub findings: Vec<Finding>,
    /// Subjects that could not be judged, and what is missing.
    pub undecided: Vec<Undecided>,
}

/// Whether a rule answers at a moment. A SELECT, a rate, a group, a ledger of stock or a pack's other sales are answers about many
/// persons: one person's visits do not hold their facts, so they are asked after settlement only.
pub fn answers_at(rule: &Rule, stage: Stage) -> bool {
    let of_many = matches!(rule.logic.kind, Kind::Query(_) | Kind::Rate(_) | Kind::Group(_) | Kind::Stock(_) | Kind::Trace(_));
    rule.status.runs() && rule.stages.contains(&stage) && !of_many
}

impl Checker {
    /// Makes the rules ready that answer at a moment. One that does not compile is left out and named.
    pub fn new(pack: &Pack, stage: Stage, standing: Arc<Standing>) -> (Self, Vec<RuleFault>) {
        let rules = pack.rules.iter().filter(|rule| answers_at(rule, stage));
        let of_moment = Pack { rules: rules.cloned().collect(), ..pack.clone() };
        let (mut program, faults) = Program::compile(&of_moment, None, &[]);
        // Findings name the whole pack, as those of a run do.
        program.digest = pack.digest();
        let numbers = standing.numbers(&program);
        (Self { program, standing, numbers }, faults)
    }

    /// The rules that answer, in order of code.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.program.rules()
    }

    /// Judges the folders of one person: the visit at hand and whatever is known of others, at any institution.
    ///
    /// # Errors
    /// If an expression of a rule cannot be evaluated, which its compilation has mostly ruled out.
    pub fn check(&self, folders: Vec<Folder>) -> Result<Checked, String> {
        let charts: Vec<Chart> = folders.into_iter().map(|folder| chart(self.registered(folder), &self.program.norms)).collect();
        let context = self.standing.context.about(&charts);
        let beside = self.standing.events_beside(&charts, &self.numbers);
        let mut pass = VisitPass::new(&self.program, &context);
        for chart in charts {
            pass.take(chart)?;
        }
        pass.flush()?;
        let mut sink = pass.sink;
        let mut timeline = Timeline::default();
        for event in std::mem::take(&mut sink.events).into_iter().chain(beside) {
            timeline.add(event.key(&context), event);
        }
        timeline.judge(&self.program, &mut sink)?;
        let mut findings = sink.findings;
        settle(&self.program, &mut findings);
        Ok(Checked { findings, undecided: sink.undecided })
    }

    /// With the dated rows of its institution, where the lake has them.
    fn registered(&self, mut folder: Folder) -> Folder {
        if folder.institution.is_empty() {
            folder.institution = self.standing.institution(&folder.fixmedins_code).cloned().unwrap_or_default();
        }
        folder
    }
}
