//! Program（编译后的规则）: a pack made ready to judge. Compiled once per pack, never per call.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use claims::chart::Norms;
use claims::{Day, Text};
use datafusion::execution::SessionState;
use datafusion::prelude::SessionContext;
use rulebook::knowledge::{Descriptor, KnowledgeIndex, Match, RegionOf};
use rulebook::logic::{Kind, LineKind, StayPairs};
use rulebook::parameter::Parameters;
use rulebook::{Pack, Rule, RuleFault};

use crate::facet::{self, Trees};
use crate::items::{Reach, Reached};
use crate::slots::{Settings, Slots, Vocabulary};

/// Program（编译后的规则）.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) rules: Vec<CompiledRule>,
    pub(crate) overlays: Parameters,
    /// Item code → rules whose knowledge speaks of it.
    pub(crate) by_item: Reached,
    /// Line rules that look at every line of the visits they admit.
    pub(crate) without_knowledge: Vec<u16>,
    pub(crate) tables: HashMap<String, KnowledgeIndex>,
    /// Descriptions of those tables.
    pub(crate) described: HashMap<String, Descriptor>,
    pub(crate) norms: Norms,
    /// Whether any rule reads what a stay's cost is made of.
    pub(crate) asks_costs: bool,
    /// Whether service before a knowledge row begins gives a hint（`--earlier-service hint`）; off by default.
    pub earlier_service: bool,
    /// The longest that the SELECT of one rule may take altogether.
    pub query_patience: Duration,
    /// Digest of the pack it was compiled from.
    pub digest: String,
}

/// A rule made ready.
#[derive(Clone, Debug)]
pub(crate) struct CompiledRule {
    pub(crate) rule: Arc<Rule>,
    pub(crate) visits: Option<Slots>,
    /// The scope of a line rule, asked before anything else: most lines that a code reaches are out of scope by it.
    pub(crate) scope: Option<Slots>,
    /// Slots that see one line (or the kind's only subject); of a line rule, only `hit`.
    pub(crate) lines: Slots,
    /// Slots that see what lines make up; of a line rule, what is asked of hits alone.
    pub(crate) subjects: Slots,
    pub(crate) index: Option<KnowledgeIndex>,
    pub(crate) descriptor: Option<Descriptor>,
    /// Whose region its knowledge and its parameters follow in remote care.
    pub(crate) region_of: RegionOf,
    /// Condition trees of its knowledge rows, read once.
    pub(crate) trees: Trees,
}

/// Tables that the engine itself asks, whatever the rules name.
pub(crate) const ROLES: &str = "line_role";
pub(crate) const CYCLES: &str = "kp_cycle_therapy";

/// Functions and planner settings; the same for every compilation.
static STATE: LazyLock<SessionState> = LazyLock::new(|| SessionContext::new().state());

impl Program {
    /// Compiles a pack. A rule that cannot be compiled is left out and reported; the others go on.
    ///
    /// `as_of` leaves out knowledge that was not known on that day; `only` keeps the named rules.
    pub fn compile(pack: &Pack, as_of: Option<Day>, only: &[String]) -> (Self, Vec<RuleFault>) {
        let state = &*STATE;
        let mut faults = Vec::new();
        let mut rules = Vec::new();
        for rule in pack.rules.iter().filter(|r| r.status.runs() && (only.is_empty() || only.contains(&r.code))) {
            match compile_rule(state, pack, rule, as_of) {
                Ok(compiled) => rules.push(compiled),
                Err(of_rule) => faults.extend(of_rule),
            }
        }
        let mut program = Self {
            overlays: pack.parameters.clone(),
            by_item: Reached::default(),
            without_knowledge: Vec::new(),
            tables: tables(pack, &rules, as_of),
            described: pack.knowledge.descriptors().map(|d| (d.table.clone(), d.clone())).collect(),
            norms: Norms::default(),
            asks_costs: rules.iter().any(CompiledRule::asks_costs),
            earlier_service: false,
            query_patience: crate::query::QUERY_PATIENCE,
            digest: pack.digest(),
            rules,
        };
        program.index_items();
        (program, faults)
    }

    fn index_items(&mut self) {
        for (number, compiled) in self.rules.iter().enumerate() {
            let number = u16::try_from(number).expect("a rule base has fewer than 65,536 rules");
            match &compiled.index {
                Some(index) if compiled.matches() == Some(Match::Item) => {
                    for code in index.codes() {
                        let reach = Reach { rule: number, points: index.of_code(code).to_vec() };
                        self.by_item.entry(Text::clone(code)).or_default().push(reach);
                    }
                }
                // A rule that looks somebody up in an empty register would acquit everybody: it is not asked, and the run says so.
                None if matches!(compiled.rule.logic.kind, Kind::Line(_) | Kind::Prescription(_))
                    && self.empty_tables(compiled).is_none() =>
                {
                    self.without_knowledge.push(number);
                }
                _ => {}
            }
        }
    }

    pub(crate) fn settings<'a>(&'a self, rule: &'a CompiledRule) -> Settings<'a> {
        Settings { rule: &rule.rule, overlays: &self.overlays, region_of: rule.region_of }
    }

    /// The rules, in order of code.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|compiled| &*compiled.rule)
    }

    /// The tables that a rule needs, where it needs any and none has a row: such a rule cannot find anything.
    pub(crate) fn empty_tables(&self, rule: &CompiledRule) -> Option<Vec<&Descriptor>> {
        let own = rule.rule.logic.knowledge.as_deref().map(|table| (table, rule.index.as_ref().map_or(0, |index| index.count)));
        let rows = |table: &str| self.tables.get(table).map_or(0, |index| index.count);
        let further = rule.rule.logic.kind.further_tables().into_iter().map(|table| (table, rows(table)));
        let needed: Vec<(&str, usize)> = own.into_iter().chain(further).collect();
        let empty = !needed.is_empty() && needed.iter().all(|(_, rows)| *rows == 0);
        empty.then(|| needed.iter().filter_map(|(table, _)| self.described.get(*table)).collect())
    }

    /// Whether a rule's rows or parameters, or a register that it looks in, follow the place where the person is insured.
    pub(crate) fn asks_insured(&self) -> bool {
        let register = |rule: &CompiledRule| register_of(&rule.rule.logic.kind).and_then(|table| self.described.get(table));
        let insured = |rule: &CompiledRule| {
            rule.region_of == RegionOf::Insured || register(rule).is_some_and(|d| d.region_of == RegionOf::Insured)
        };
        self.rules.iter().any(insured)
    }

    /// Whether a rule needs stays of one person at several institutions.
    pub(crate) fn needs_overlaps(&self) -> bool {
        self.rules.iter().any(|r| matches!(&r.rule.logic.kind, Kind::StayPair(k) if k.pairs == StayPairs::Overlapping))
    }

    /// Least signs of a trace code that any rule looks at; none where no rule looks at trace codes.
    pub(crate) fn least_trace_signs(&self) -> Option<usize> {
        let of = |rule: &CompiledRule| match &rule.rule.logic.kind {
            Kind::Trace(kind) => Some(kind.least_signs),
            _ => None,
        };
        self.rules.iter().filter_map(of).min()
    }

    /// Whether a rule needs visits that fall within a stay.
    pub(crate) fn needs_elsewhere(&self) -> bool {
        self.rules.iter().any(|r| r.rule.logic.kind == Kind::Elsewhere)
    }
}

/// Facts of a stay that are worked out only where a rule asks for one of them.
const COSTS: [&str; 8] = [
    "stay.drug_share",
    "stay.exam_share",
    "stay.treatment_share",
    "stay.material_share",
    "stay.exam_kinds",
    "stay.late_exam_days",
    "stay.operations",
    "stay.service_days",
];

impl CompiledRule {
    /// Whether an expression or the message reads one of the costs of a stay.
    fn asks_costs(&self) -> bool {
        let slots = [Some(&self.lines), Some(&self.subjects), self.visits.as_ref(), self.scope.as_ref()];
        let mut facts = slots.into_iter().flatten().flat_map(Slots::fact_names);
        facts.any(|fact| COSTS.contains(&fact.as_str())) || COSTS.iter().any(|fact| self.rule.message.contains(fact))
    }

    pub(crate) fn code(&self) -> &str {
        &self.rule.code
    }

    /// Only rules of single lines say anything about service before their knowledge began.
    pub(crate) fn judges_early_service(&self) -> bool {
        matches!(self.rule.logic.kind, Kind::Line(_))
    }

    pub(crate) fn matches(&self) -> Option<Match> {
        self.descriptor.as_ref().map(|d| d.matches)
    }
}

/// The register that a line rule looks somebody up in.
fn register_of(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Line(LineKind { register: Some(need), .. }) => Some(&need.table),
        _ => None,
    }
}

/// Whose region a rule's knowledge follows: that of its own table, else of any table that it reads by hand.
fn region_of(pack: &Pack, rule: &Rule) -> RegionOf {
    let points_of = rule.logic.points_of.as_deref().unwrap_or(&rule.code);
    let follows = |table: &str| pack.knowledge.descriptor(table).map_or(RegionOf::Treatment, |d| d.region_of(points_of));
    match &rule.logic.knowledge {
        Some(table) => follows(table),
        None if rule.logic.kind.further_tables().into_iter().any(|table| follows(table) == RegionOf::Insured) => {
            RegionOf::Insured
        }
        None => RegionOf::Treatment,
    }
}

/// Kinds that look their subjects up at the place of treatment alone.
const fn knows_treatment_only(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Diagnosis
            | Kind::Operation(_)
            | Kind::Pair
            | Kind::Prescription(_)
            | Kind::Stay
            | Kind::StayPair(_)
            | Kind::Elsewhere
            | Kind::Stock(_)
            | Kind::Trace(_)
    )
}

fn tables(pack: &Pack, rules: &[CompiledRule], as_of: Option<Day>) -> HashMap<String, KnowledgeIndex> {
    let mut names: Vec<String> = vec![ROLES.to_owned(), CYCLES.to_owned()];
    for compiled in rules {
        names.extend(compiled.rule.logic.kind.further_tables().into_iter().map(str::to_owned));
    }
    names.into_iter().map(|name| (name.clone(), KnowledgeIndex::of_table(&pack.knowledge, &name, as_of))).collect()
}

/// What the scope of a line rule may read: it is asked before anything is looked up beside the line.
const LINE_FACTS: &[&str] = &["line", "visit", "stay", "person", "inst"];

/// In which order a kind asks its slots. What is asked later is asked of fewer subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stages {
    /// All at once.
    Once,
    /// The scope of lines, then the rest of what the lines make up.
    LinesThenSubjects,
    /// The scope of lines, then what is a hit among them, then what lifts, grades and measures the hits.
    ScopeHitRest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Visits,
    Scope,
    Lines,
    Subjects,
}

impl Stages {
    const fn of_kind(kind: &Kind) -> Self {
        match kind {
            Kind::Line(_) => Self::ScopeHitRest,
            Kind::Window(_) | Kind::Pair => Self::LinesThenSubjects,
            Kind::Prescription(kind) if kind.listed.is_none() => Self::LinesThenSubjects,
            _ => Self::Once,
        }
    }

    fn of(self, slot: &str) -> Stage {
        match (self, slot) {
            (_, "visits") => Stage::Visits,
            (Self::ScopeHitRest, "scope") => Stage::Scope,
            (Self::Once, _) | (Self::LinesThenSubjects, "scope" | "members") | (Self::ScopeHitRest, "hit") => Stage::Lines,
            _ => Stage::Subjects,
        }
    }
}

fn compile_rule(state: &SessionState, pack: &Pack, rule: &Rule, as_of: Option<Day>) -> Result<CompiledRule, Vec<RuleFault>> {
    let logic = &rule.logic;
    crate::functions::check(rule)?;
    let mut faults = Vec::new();
    let descriptor = match &logic.knowledge {
        Some(table) => match pack.knowledge.descriptor(table) {
            Some(descriptor) => Some(descriptor.clone()),
            None => return Err(vec![RuleFault::new(&rule.code, "logic.knowledge", format!("没有名为 {table} 的知识表"))]),
        },
        None => None,
    };
    let index = logic.knowledge.as_ref().map(|table| {
        let (index, problems) = KnowledgeIndex::build(
            &pack.knowledge,
            table,
            logic.points_of.as_deref().unwrap_or(&rule.code),
            &logic.deciding,
            as_of,
        );
        faults.extend(problems.iter().map(|p| RuleFault::new(&rule.code, "logic.knowledge", p.to_string())));
        index
    });
    let region_of = region_of(pack, rule);
    if region_of == RegionOf::Insured && knows_treatment_only(&logic.kind) {
        let problem = "知识表按参保地取值，这种判定类型只能按就医地取值";
        faults.push(RuleFault::new(&rule.code, "logic.knowledge", problem));
    }
    let mut trees = Trees::new();
    if let Kind::Line(kind) = &logic.kind {
        let matches = |table: &str| pack.knowledge.descriptor(table).map(|d| d.matches);
        let problems = facet::unknown_names(kind, rule, descriptor.as_ref(), &matches);
        faults.extend(problems.into_iter().map(|p| RuleFault::new(&rule.code, "logic", p)));
        if let Some((index, column)) = index.as_ref().zip(kind.indication.as_ref()) {
            match facet::trees(&rule.code, index, column) {
                Ok(read) => trees = read,
                Err(unreadable) => faults.extend(unreadable),
            }
        }
    }
    let unknown =
        |slot: &str, problem: &str| RuleFault::new(&rule.code, &format!("logic.{slot}"), format!("表达式无法编译：{problem}"));
    let register = register_of(&logic.kind).and_then(|table| pack.knowledge.descriptor(table));
    let mut compile = |spaces: &[&str], wanted: &dyn Fn(&str) -> bool| {
        let vocabulary = Vocabulary::of(rule, descriptor.as_ref(), register, spaces).fixing(rule, &pack.parameters);
        let expressions: Vec<(String, String)> =
            logic.expressions().into_iter().filter(|(slot, _)| wanted(slot)).map(|(slot, sql)| (slot, sql.0.clone())).collect();
        match Slots::compile(state, &vocabulary, &expressions) {
            Ok(slots) => Some(slots),
            Err(problems) => {
                faults.extend(problems.iter().map(|(slot, p)| unknown(slot, p)));
                None
            }
        }
    };
    let spaces = logic.kind.namespaces();
    let stages = Stages::of_kind(&logic.kind);
    let of_lines = |slot: &str| stages.of(slot) == Stage::Lines;
    let of_subjects = |slot: &str| stages.of(slot) == Stage::Subjects;
    let visits = logic.visits.as_ref().map(|_| compile(&["visit", "stay", "person", "inst"], &|slot| slot == "visits"));
    let scope =
        logic.scope.as_ref().filter(|_| stages == Stages::ScopeHitRest).map(|_| compile(LINE_FACTS, &|slot| slot == "scope"));
    let (lines, subjects) = (compile(&spaces, &of_lines), compile(&spaces, &of_subjects));
    match (lines, subjects) {
        (Some(lines), Some(subjects)) if faults.is_empty() => {
            let (visits, scope) = (visits.flatten(), scope.flatten());
            let rule = Arc::new(rule.clone());
            Ok(CompiledRule { rule, visits, scope, lines, subjects, index, descriptor, region_of, trees })
        }
        _ => Err(faults),
    }
}
