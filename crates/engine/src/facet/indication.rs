//! Indication（适应症，T2）: whether the condition tree of a knowledge row holds for a line.

use claims::chart::{Chart, Sex};
use claims::diagnosis::{DiagnosisSet, code_under};
use claims::record::Operation;
use rulebook::knowledge::KnowledgeIndex;
use rulebook::tree::{Leaf, Tree};
use rulebook::{Cell, RuleFault};

use super::Trees;
use crate::context::RunContext;
use crate::history;
use crate::judge::Candidate;
use crate::program::{CompiledRule, Program};
use crate::view::{class_word, level};

/// What the indication namespace shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IndicationFacts {
    /// Whether the tree holds; none when it is open.
    pub(crate) met: Option<bool>,
    /// The tree in words.
    pub(crate) tree: String,
    /// The diagnoses it was held against.
    pub(crate) diagnoses: String,
    /// The facts that leave it open.
    pub(crate) open: Vec<String>,
}

/// Days looked back for earlier use, where the rule does not say.
const LOOK_BACK: i64 = 365;

/// Reads the trees of a rule's points. A tree that cannot be read is a fault that names the row.
pub(crate) fn trees(code: &str, index: &KnowledgeIndex, column: &str) -> Result<Trees, Vec<RuleFault>> {
    let (mut trees, mut faults) = (Trees::new(), Vec::new());
    for point in index.points() {
        let Some(Cell::Text(text)) = point.columns.get(column) else { continue };
        if trees.contains_key(&point.id) {
            continue;
        }
        match Tree::parse(text) {
            Ok(tree) => {
                trees.insert(point.id.clone(), tree);
            }
            Err(fault) => faults.push(RuleFault::new(code, column, format!("{}：{fault}", point.place()))),
        }
    }
    faults.dedup();
    if faults.is_empty() { Ok(trees) } else { Err(faults) }
}

pub(super) fn facts(
    program: &Program,
    context: &RunContext,
    rule: &CompiledRule,
    candidate: &Candidate<'_>,
) -> Option<IndicationFacts> {
    let tree = rule.trees.get(&candidate.point?.point.id)?;
    let (chart, visit) = (candidate.folder.chart, candidate.line.visit);
    let diagnoses = DiagnosisSet::of(chart, visit);
    let days = history::days_back(program, rule, candidate).unwrap_or(LOOK_BACK);
    let asked = Asked { context, candidate, chart, diagnoses: &diagnoses, days };
    let mut open = Vec::new();
    let met = tree.holds(&mut |leaf| {
        let answer = asked.answer(leaf);
        if answer.is_none() {
            open.push(missing_of(leaf));
        }
        answer
    });
    open.sort();
    open.dedup();
    let codes: Vec<&str> = diagnoses.western.iter().chain(&diagnoses.tcm).chain(&diagnoses.entitlements).map(|c| &**c).collect();
    Some(IndicationFacts { met, tree: tree.to_string(), diagnoses: codes.join("、"), open })
}

/// The fact that a leaf lacks.
fn missing_of(leaf: &Leaf) -> String {
    match leaf {
        Leaf::Diagnosis(_) | Leaf::MainDiagnosis(_) => "diag.code".to_owned(),
        Leaf::Operation(_) => "operation.code".to_owned(),
        Leaf::Item(_) => "line.code".to_owned(),
        Leaf::Used(_) => "history.covered".to_owned(),
        Leaf::Age(..) => "line.age_years".to_owned(),
        Leaf::AgeDays(..) => "line.age_days".to_owned(),
        Leaf::Sex(_) => "line.sex".to_owned(),
        Leaf::Visit(_) => "visit.class".to_owned(),
        Leaf::Level(_) => "inst.level".to_owned(),
        Leaf::Record(what) => format!("病历证据：{what}"),
    }
}

struct Asked<'a> {
    context: &'a RunContext,
    candidate: &'a Candidate<'a>,
    chart: &'a Chart,
    diagnoses: &'a DiagnosisSet,
    days: i64,
}

impl Asked<'_> {
    fn answer(&self, leaf: &Leaf) -> Option<bool> {
        let line = self.candidate.line;
        match leaf {
            Leaf::Diagnosis(codes) => {
                let found = codes.iter().any(|code| self.diagnosed(code));
                // TCM terms alone say nothing of a disease by its ICD-10 code.
                (found || !self.diagnoses.western.is_empty()).then_some(found)
            }
            Leaf::MainDiagnosis(codes) => {
                let main = self.main_diagnosis()?;
                Some(codes.iter().any(|code| code_under(main, code)))
            }
            Leaf::Operation(codes) => {
                let records: Vec<&Operation> = self.operations().collect();
                let found = records.iter().any(|one| codes.iter().any(|code| one.oprn_oprt_code.starts_with(&**code)));
                // A stay whose operations were not delivered looks like one without any.
                (found || !records.is_empty() || !self.stay().inpatient).then_some(found)
            }
            Leaf::Item(codes) => {
                let mut of_stay = self.chart.lines.iter().filter(|other| self.stay().visits.contains(&other.visit));
                let mut unmapped = false;
                let found = of_stay.any(|other| {
                    if let Some(own) = other.code() {
                        codes.iter().any(|code| own.starts_with(&**code))
                    } else {
                        unmapped = true;
                        false
                    }
                });
                (found || !unmapped).then_some(found)
            }
            Leaf::Used(codes) => self.used(codes),
            Leaf::Age(least, most) => line.age.map(|age| within(i64::from(age.years), *least, *most)),
            Leaf::AgeDays(least, most) => line.age.map(|age| within(i64::from(age.days), *least, *most)),
            Leaf::Sex(sex) => line.sex.map(|own| matches!((own, &**sex), (Sex::Male, "1") | (Sex::Female, "2"))),
            Leaf::Visit(classes) => {
                let class = class_word(self.candidate.visit().class)?;
                Some(classes.iter().any(|one| **one == *class))
            }
            Leaf::Level(least) => level(&self.candidate.view()).map(|own| own >= *least),
            Leaf::Record(_) => None,
        }
    }

    fn diagnosed(&self, code: &str) -> bool {
        let exact = |set: &std::collections::BTreeSet<claims::Text>| set.iter().any(|own| own.starts_with(code));
        self.diagnoses.has_under(code) || exact(&self.diagnoses.entitlements)
    }

    fn stay(&self) -> &claims::chart::Stay {
        &self.chart.stays[self.candidate.visit().stay]
    }

    fn operations(&self) -> impl Iterator<Item = &Operation> {
        let of_stay = |id: &str| self.stay().visits.iter().any(|visit| &*self.chart.visits[*visit].record.mdtrt_id == id);
        self.chart.operations.iter().filter(move |one| of_stay(&one.mdtrt_id))
    }

    fn main_diagnosis(&self) -> Option<&str> {
        let of_visit = &self.candidate.visit().record;
        let marked = self.chart.diagnoses.iter().find(|one| one.maindiag_flag && one.mdtrt_id == of_visit.mdtrt_id);
        of_visit.dscg_maindiag_code.as_deref().or(marked.map(|one| &*one.diag_code))
    }

    /// Earlier use, or use in the same stay up to this day.
    fn used(&self, codes: &[claims::Text]) -> Option<bool> {
        let line = self.candidate.line;
        let here = self.chart.lines.iter().filter(|other| self.stay().visits.contains(&other.visit) && other.day <= line.day);
        let in_stay = here.filter_map(|other| other.code()).any(|own| codes.iter().any(|code| own.starts_with(&**code)));
        let person = self.context.identity(&self.candidate.visit().record.psn_no, self.chart.person.identity());
        let before = self.context.history.facts(person, codes, line.day, self.days);
        if in_stay || before.uses > 0 {
            return Some(true);
        }
        before.covered.then_some(false)
    }
}

fn within(value: i64, least: Option<i64>, most: Option<i64>) -> bool {
    least.is_none_or(|least| least <= value) && most.is_none_or(|most| value <= most)
}
