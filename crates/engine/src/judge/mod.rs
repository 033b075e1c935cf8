//! Judging（判定）: one file a kind of logic. Each takes charts, evaluates the rule's slots, and writes to the sink.

mod diagnosis;
mod discount;
mod draft;
mod idle;
mod line;
mod operation;
mod pair;
mod prescription;
mod readmission;
mod sheet;
mod stay;
mod uses;
mod window;

use claims::chart::{Chart, ChartVisit, NetLine, Stay};
use rulebook::finding::line_id;
use rulebook::knowledge::{Chosen, PointInForce, RegionOf, choose, choose_anywhere, first_later};
use rulebook::logic::Charge;
use rulebook::{Grade, Undecided};

pub(crate) use draft::{Charged, Draft, Who};
pub(crate) use idle::profiles;
pub(crate) use prescription::sheet;
pub(crate) use readmission::cycle_therapy;

use crate::answers::Answers;
use crate::items::Items;
use crate::program::{CompiledRule, Program};
use crate::sink::{Lifted, Sink};
use crate::value::Tri;
use crate::view::{Places, StayProfile, View};

/// The missing fact of a knowledge row whose deciding value nobody has reviewed.
pub(crate) const NOT_REVIEWED: &str = "knowledge not reviewed";

/// The missing fact of a rule whose knowledge tables are all empty: it looked at nothing, and that is no acquittal.
pub(crate) const NO_KNOWLEDGE: &str = "no knowledge";

/// The missing fact where a region's row or parameter may decide, and nobody knows where the person is insured.
pub(crate) const INSURED_PLACE: &str = "visit.insu_admdvs";

/// The missing fact of a rule that looks back further than the data reach; the first day of the data follows.
pub(crate) const HISTORY_FROM: &str = "history from ";

/// A chart with what every rule asks of it, worked out once.
pub(crate) struct Folder<'a> {
    pub(crate) chart: &'a Chart,
    pub(crate) places: Places,
    /// Regions of the person's insurance, visit by visit; none where nobody knows it. Empty where no rule asks.
    insured: Vec<Option<Places>>,
    pub(crate) profiles: Vec<StayProfile>,
}

impl<'a> Folder<'a> {
    /// Folders come institution by institution: the places of the one before usually are this one's too.
    pub(crate) fn of(program: &Program, chart: &'a Chart, before: Option<&Self>) -> Self {
        let region = Self::region(chart);
        let same = |other: &&Self| other.chart.fixmedins_code == chart.fixmedins_code && Self::region(other.chart) == region;
        let places = before.filter(same).map_or_else(|| Places::of(&chart.fixmedins_code, region), |other| other.places.clone());
        let profiles = profiles(program, chart, &places);
        let insured = if program.asks_insured() { insured(chart, before) } else { Vec::new() };
        Self { chart, places, insured, profiles }
    }

    /// The places that a table's rows are chosen by for a visit; none where nobody knows them.
    pub(crate) fn places_of(&self, region_of: RegionOf, visit: usize) -> Option<&Places> {
        match region_of {
            RegionOf::Treatment => Some(&self.places),
            RegionOf::Insured => self.insured.get(visit).and_then(Option::as_ref),
        }
    }

    /// The points that may speak of a line, and whether it stays open which of them does.
    pub(crate) fn points<'p>(&self, region_of: RegionOf, list: &'p [PointInForce], line: &NetLine) -> (Chosen<'p>, bool) {
        match self.places_of(region_of, line.visit) {
            Some(places) => (choose(list, line.day, &places.list()), false),
            None => choose_anywhere(list, line.day),
        }
    }

    fn region(chart: &Chart) -> Option<&str> {
        let of_visit = chart.visits.iter().find_map(|v| v.region.as_deref());
        of_visit.or_else(|| claims::code::region_of_institution(&chart.fixmedins_code))
    }

    /// The view of a visit, without a line.
    pub(crate) fn visit_view(&'a self, visit: usize) -> View<'a> {
        let record = &self.chart.visits[visit];
        View {
            chart: Some(self.chart),
            visit: Some(record),
            stay: Some((&self.chart.stays[record.stay], &self.profiles[record.stay])),
            places: Some(&self.places),
            insured: self.places_of(RegionOf::Insured, visit),
            day: Some(record.record.begntime.day()),
            ..View::default()
        }
    }

    /// The view of a line.
    pub(crate) fn line_view(&'a self, line: &'a NetLine, point: Option<&'a PointInForce>) -> View<'a> {
        View { line: Some(line), point: point.map(|p| &*p.point), day: Some(line.day), ..self.visit_view(line.visit) }
    }
}

/// Most visits of one person are insured at one place, and most persons of an institution too.
fn insured(chart: &Chart, before: Option<&Folder<'_>>) -> Vec<Option<Places>> {
    let mut last = before.and_then(|other| {
        let visit = other.chart.visits.last()?;
        Some((visit.insu_admdvs.as_deref(), other.insured.last().cloned().flatten()))
    });
    let mut all = Vec::with_capacity(chart.visits.len());
    for visit in &chart.visits {
        let admdvs = visit.insu_admdvs.as_deref();
        let places = match last.take() {
            Some((known, places)) if known == admdvs => places,
            _ => Places::insured(admdvs),
        };
        all.push(places.clone());
        last = Some((admdvs, places));
    }
    all
}

/// A line that a rule looks at, with the knowledge row that speaks of it.
pub(crate) struct Candidate<'a> {
    pub(crate) folder: &'a Folder<'a>,
    pub(crate) line: &'a NetLine,
    pub(crate) point: Option<&'a PointInForce>,
    /// The knowledge row begins only after the service day: at most a hint, never an amount（architecture 2）.
    pub(crate) early: bool,
    /// Another region's row may decide instead: nobody knows where the person is insured.
    pub(crate) place_open: bool,
}

impl<'a> Candidate<'a> {
    pub(crate) fn view(&self) -> View<'a> {
        self.folder.line_view(self.line, self.point)
    }

    pub(crate) fn visit(&self) -> &'a ChartVisit {
        &self.folder.chart.visits[self.line.visit]
    }

    pub(crate) fn stay(&self) -> &'a Stay {
        &self.folder.chart.stays[self.visit().stay]
    }

    /// What keeps its knowledge row from deciding, as a missing fact; none where the row decides, or where there is none.
    pub(crate) fn open(&self) -> Option<&'static str> {
        if self.place_open {
            return Some(INSURED_PLACE);
        }
        self.point.filter(|point| !point.decides).map(|_| NOT_REVIEWED)
    }

    pub(crate) fn undecided(&self, rule: &str, missing: &str) -> Undecided {
        let visit = &self.visit().record;
        Undecided {
            rule_code: rule.to_owned(),
            subject: "line".to_owned(),
            fixmedins_code: Some(self.folder.chart.fixmedins_code.to_string()),
            psn_no: Some(visit.psn_no.to_string()),
            mdtrt_id: Some(visit.mdtrt_id.to_string()),
            line_id: Some(line_id(self.line.record.mdtrt_id(), self.line.record.bkkp_sn())),
            item: self.line.code().map(ToString::to_string),
            period: None,
            trace: None,
            reason: self.reason(missing),
            missing_fact: missing.to_owned(),
        }
    }

    /// Why the line is undecided; a row that waits for review is named, with what it replaced.
    fn reason(&self, missing: &str) -> String {
        let waiting = self.point.filter(|point| missing == NOT_REVIEWED && !point.decides);
        waiting.map_or_else(
            || reason(missing),
            |point| {
                let named =
                    std::iter::once(point.point.place_in_time()).chain(point.point.succession.iter().map(ToString::to_string));
                format!("{}：{}", reason(missing), named.collect::<Vec<_>>().join("；"))
            },
        )
    }
}

/// Why a subject is undecided, in Chinese.
pub(crate) fn reason(missing: &str) -> String {
    if missing == NOT_REVIEWED {
        return "知识点的取值尚未审核".to_owned();
    }
    if let Some(from) = missing.strip_prefix(HISTORY_FROM) {
        return format!("缺少：{from} 以前的就诊数据");
    }
    let labels: Vec<String> = missing
        .split('、')
        .map(|name| {
            if name == NOT_REVIEWED {
                return "知识点取值的审核".to_owned();
            }
            let Some((space, own)) = name.split_once('.') else { return name.to_owned() };
            // A fact of the vocabulary, or a column of a national table, which people know by its Chinese name and look up by its own.
            let fact = rulebook::fact::find(space, own).map(|fact| fact.label.to_owned());
            let column = || claims::table::table(space)?.column(own).map(|column| format!("{}（{name}）", column.zh));
            fact.or_else(column).unwrap_or_else(|| name.to_owned())
        })
        .collect();
    format!("缺少：{}", labels.join("、"))
}

/// Missing facts as one text, so that counts group by it.
pub(crate) fn named(mut missing: Vec<String>) -> String {
    missing.sort();
    missing.dedup();
    if missing.is_empty() { "expression".to_owned() } else { missing.join("、") }
}

/// Whether the lines of a charge may enter at all: in scope, out, or unknown.
pub(crate) fn chargeable(rule: &CompiledRule, line: &NetLine) -> Tri {
    match (rule.rule.logic.charge, line.in_scope) {
        (Charge::All, _) => Tri::Yes,
        (Charge::InScope, Some(amount)) if amount.is_positive() => Tri::Yes,
        (Charge::InScope, Some(_)) => Tri::No,
        (Charge::InScope, None) => Tri::Unknown,
    }
}

/// Whether an exception lifts a hit.
pub(crate) fn lifted(rule: &CompiledRule, answers: &Answers<'_>, row: usize) -> Lifted {
    let mut missing = Vec::new();
    for number in 0..rule.rule.logic.unless.len() {
        let slot = format!("unless.{number}");
        match answers.tri(&slot, row, Tri::No) {
            Tri::Yes => return Lifted::Falls(rule.rule.logic.unless[number].says.clone()),
            Tri::No => {}
            Tri::Unknown => missing.extend(answers.missing(&slot, row)),
        }
    }
    let unknown = (0..rule.rule.logic.unless.len()).any(|n| answers.tri(&format!("unless.{n}"), row, Tri::No) == Tri::Unknown);
    if unknown { Lifted::Unknown(missing) } else { Lifted::Stands }
}

/// The grade of a hit, and why where it is not the rule's own.
pub(crate) fn grade(rule: &CompiledRule, answers: &Answers<'_>, row: usize) -> (Grade, Option<String>) {
    for (number, when) in rule.rule.logic.grades.iter().enumerate() {
        if answers.tri(&format!("grade.{number}"), row, Tri::No) == Tri::Yes {
            return (when.grade, Some(when.because.clone()));
        }
    }
    (rule.rule.result.grade(), None)
}

/// The views of candidates. Lines of one visit come together, and what they share is looked up once.
fn views<'a>(candidates: &[Candidate<'a>]) -> Vec<View<'a>> {
    let mut of_visit: Option<(&Folder<'_>, usize, View<'a>)> = None;
    let view = |candidate: &Candidate<'a>| {
        let (folder, line) = (candidate.folder, candidate.line);
        let shared = match of_visit {
            Some((known, visit, view)) if std::ptr::eq(known, folder) && visit == line.visit => view,
            _ => of_visit.insert((folder, line.visit, folder.visit_view(line.visit))).2,
        };
        View { line: Some(line), point: candidate.point.map(|point| &*point.point), day: Some(line.day), ..shared }
    };
    candidates.iter().map(view).collect()
}

/// The views of candidates, and the answers of a rule's line slots for them.
fn evaluated<'r, 'a>(
    program: &'r Program,
    rule: &'r CompiledRule,
    candidates: &[Candidate<'a>],
) -> Result<(Vec<View<'a>>, Answers<'r>), String> {
    let views = views(candidates);
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    Ok((views, answers))
}

/// What became of a subject by its rule's own slots, before money.
pub(crate) enum Decision {
    /// Outside the rule's scope: not counted.
    Out,
    Clear,
    /// A hit that an exception lifts, in its words.
    Exempt(String),
    /// Undecided, with the missing facts as one text.
    Unknown(String),
    /// A hit that no exception lifts, with its grade and why where it is not the rule's own.
    Hit((Grade, Option<String>)),
}

/// Decides a subject by the slots `scope`, `hit`, the exceptions and the grades.
pub(crate) fn decision(rule: &CompiledRule, answers: &Answers<'_>, row: usize) -> Decision {
    match (answers.tri("scope", row, Tri::Yes), answers.tri("hit", row, Tri::Unknown)) {
        (Tri::No, _) => Decision::Out,
        (Tri::Unknown, _) => Decision::Unknown(named(answers.missing("scope", row))),
        (Tri::Yes, Tri::No) => Decision::Clear,
        (Tri::Yes, Tri::Unknown) => Decision::Unknown(named(answers.missing("hit", row))),
        (Tri::Yes, Tri::Yes) => match lifted(rule, answers, row) {
            Lifted::Stands => Decision::Hit(grade(rule, answers, row)),
            Lifted::Falls(exception) => Decision::Exempt(exception),
            Lifted::Unknown(missing) => Decision::Unknown(named(missing)),
        },
    }
}

/// Lines of the charts that a rule looks at, rule by rule.
pub(crate) struct Candidates<'a> {
    pub(crate) by_rule: Vec<Vec<Candidate<'a>>>,
    /// Visits that the rules admit, for kinds that look at more than lines.
    pub(crate) admitted: Admitted,
}

impl<'a> Candidates<'a> {
    /// Finds, once for all rules, which lines each of them looks at.
    pub(crate) fn gather<'p: 'a>(program: &'p Program, items: &mut Items<'p>, folders: &'a [Folder<'a>]) -> Result<Self, String> {
        let admitted = admitted_visits(program, folders)?;
        items.looked_at.resize(program.rules.len(), 0);
        let mut by_rule: Vec<Vec<Candidate<'a>>> = items.looked_at.iter().map(|lines| Vec::with_capacity(*lines)).collect();
        for (number, folder) in folders.iter().enumerate() {
            let places = folder.places.list();
            for line in &folder.chart.lines {
                for reach in items.of(&line.record) {
                    let index = usize::from(reach.rule);
                    if !admitted.allows(index, number, line.visit) {
                        continue;
                    }
                    let (points, place_open) = match program.rules[index].region_of {
                        RegionOf::Treatment => (choose(&reach.points, line.day, &places), false),
                        region_of @ RegionOf::Insured => folder.points(region_of, &reach.points, line),
                    };
                    let looked_at = |point, early| Candidate { folder, line, point: Some(point), early, place_open };
                    if points.is_empty() && program.earlier_service && program.rules[index].judges_early_service() {
                        let elsewhere = folder.places_of(program.rules[index].region_of, line.visit).map(Places::list);
                        let later = first_later(&reach.points, line.day, elsewhere.as_deref().unwrap_or_default()).into_iter();
                        by_rule[index].extend(later.map(|point| looked_at(point, true)));
                    }
                    by_rule[index].extend(points.into_iter().map(|point| looked_at(point, false)));
                }
                for rule in &program.without_knowledge {
                    if admitted.allows(usize::from(*rule), number, line.visit) {
                        by_rule[usize::from(*rule)].push(Candidate {
                            folder,
                            line,
                            point: None,
                            early: false,
                            place_open: false,
                        });
                    }
                }
            }
        }
        items.looked_at = by_rule.iter().map(Vec::len).collect();
        Ok(Self { by_rule, admitted })
    }
}

/// Visits that a rule's `visits` slot admits.
pub(crate) struct Admitted {
    by_rule: Vec<Option<Vec<Vec<bool>>>>,
}

impl Admitted {
    pub(crate) fn allows(&self, rule: usize, folder: usize, visit: usize) -> bool {
        self.by_rule[rule].as_ref().is_none_or(|admitted| admitted[folder][visit])
    }
}

/// Evaluates the `visits` slots. An unknown answer admits: the rule's scope will say what is missing.
fn admitted_visits(program: &Program, folders: &[Folder<'_>]) -> Result<Admitted, String> {
    let mut by_rule = Vec::with_capacity(program.rules.len());
    let mut views: Option<Vec<View<'_>>> = None;
    for rule in &program.rules {
        let Some(slots) = &rule.visits else {
            by_rule.push(None);
            continue;
        };
        let views = views.get_or_insert_with(|| {
            folders.iter().flat_map(|f| (0..f.chart.visits.len()).map(|visit| f.visit_view(visit))).collect()
        });
        let answers = slots.evaluate(views, &program.settings(rule))?;
        let mut row = 0;
        let mut admitted = Vec::with_capacity(folders.len());
        for folder in folders {
            let of_folder = (row..row + folder.chart.visits.len()).map(|r| answers.tri("visits", r, Tri::Yes) != Tri::No);
            admitted.push(of_folder.collect());
            row += folder.chart.visits.len();
        }
        by_rule.push(Some(admitted));
    }
    Ok(Admitted { by_rule })
}

/// Judges charts by every rule that needs no more than one person at one institution, and emits events for the rest.
pub(crate) fn judge<'p>(
    program: &'p Program,
    context: &crate::context::RunContext,
    items: &mut Items<'p>,
    charts: &[Chart],
    sink: &mut Sink,
) -> Result<(), String> {
    use rulebook::logic::{Kind, StayPairs};
    let mut folders: Vec<Folder<'_>> = Vec::with_capacity(charts.len());
    for chart in charts {
        folders.push(Folder::of(program, chart, folders.last()));
    }
    let candidates = Candidates::gather(program, items, &folders)?;
    for (number, rule) in program.rules.iter().enumerate() {
        let begin = std::time::Instant::now();
        let lines = &candidates.by_rule[number];
        match &rule.rule.logic.kind {
            Kind::Line(kind) => line::judge(program, context, number, kind, lines, sink)?,
            Kind::Diagnosis => diagnosis::judge(program, number, &folders, &candidates.admitted, sink)?,
            Kind::Pair => pair::judge(program, number, lines, sink)?,
            Kind::Window(kind) => window::judge(program, number, kind, lines, sink)?,
            Kind::Period(_) | Kind::Course(_) => uses::emit(program, number, lines, sink)?,
            Kind::Discount(kind) => discount::judge(program, context, number, kind, lines, sink)?,
            Kind::Prescription(kind) if kind.listed.is_none() => sheet::judge(program, number, lines, sink)?,
            Kind::Prescription(_) => prescription::judge(program, number, lines, sink)?,
            Kind::Operation(kind) => operation::judge(program, number, kind, &folders, &candidates.admitted, sink)?,
            Kind::Stay => stay::judge(program, number, &folders, &candidates.admitted, sink)?,
            Kind::StayPair(kind) if kind.pairs == StayPairs::Consecutive => readmission::judge(program, number, &folders, sink)?,
            Kind::StayPair(_)
            | Kind::Elsewhere
            | Kind::Stock(_)
            | Kind::Trace(_)
            | Kind::Rate(_)
            | Kind::Group(_)
            | Kind::Query(_) => {}
        }
        sink.tallies[number].nanoseconds += u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
    }
    for folder in &folders {
        stay::emit(program, context, folder, sink);
        count_faults(folder, sink);
    }
    Ok(())
}

fn count_faults(folder: &Folder<'_>, sink: &mut Sink) {
    sink.lines += folder.chart.lines.len() as u64;
    for fault in &folder.chart.faults {
        *sink.chart_faults.entry(fault.check.to_owned()).or_default() += 1;
    }
    let unmapped = folder.chart.lines.iter().filter(|line| line.code().is_none());
    for line in unmapped {
        let count = sink.unmapped.entry(folder.chart.fixmedins_code.to_string()).or_default();
        count.lines += 1;
        count.amount_fen += line.amount.0;
    }
}
