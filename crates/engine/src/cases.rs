//! Cases（用例运行）: a case's rows become folders, and the very passes of a run judge them.

mod given;
mod tables;

use std::collections::BTreeSet;

use claims::chart::chart;
use rulebook::case::{Case, Expect, ExpectedFinding};
use rulebook::knowledge::Knowledge;
use rulebook::parameter::Value;
use rulebook::{Finding, Pack, Rule};

use crate::context::RunContext;
use crate::program::{CYCLES, Program, ROLES};
use crate::query;
use crate::sink::Sink;
use crate::stock;
use crate::timeline_pass::Timeline;
use crate::traces::Traces;
use crate::visit_pass::VisitPass;
use given::Given;

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// Name of the case.
    pub name: String,
    /// What differs from what was expected, in Chinese; none when it holds.
    pub problem: Option<String>,
}

/// Runs cases against a rule.
pub async fn test(pack: &Pack, rule: &Rule, cases: &[Case]) -> Vec<CaseResult> {
    let mut bench = Bench::new(pack, rule);
    let mut results = Vec::with_capacity(cases.len());
    for case in cases {
        let problem = bench.problem(case).await.unwrap_or_else(Some);
        results.push(CaseResult { name: case.name.clone(), problem });
    }
    results
}

/// A rule on the bench（用例台）: its cases are judged one after another.
pub(crate) struct Bench<'a> {
    pack: &'a Pack,
    rule: &'a Rule,
    plans: query::Plans,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(pack: &'a Pack, rule: &'a Rule) -> Self {
        Self { pack, rule, plans: query::Plans::default() }
    }

    /// What differs from what the case expects; the error says why it cannot be run.
    pub(crate) async fn problem(&mut self, case: &Case) -> Result<Option<String>, String> {
        Ok(compare(case, &self.run(case).await?).err())
    }

    async fn run(&mut self, case: &Case) -> Result<Sink, String> {
        judged(&pack_of(self.pack, self.rule, case)?, case, &mut self.plans).await
    }
}

/// What a pack of the one rule finds in a case.
async fn judged(pack: &Pack, case: &Case, plans: &mut query::Plans) -> Result<Sink, String> {
    let (program, faults) = Program::compile(pack, None, &[]);
    if let Some(fault) = faults.first() {
        return Err(fault.to_string());
    }
    let given = Given::read(case)?;
    let folders = given.folders()?;
    let charts: Vec<_> = folders.iter().map(|folder| chart(folder.clone(), &program.norms)).collect();
    let mut context = RunContext::of_charts(&charts);
    context.history.from = given.history_from;
    for person in given.persons() {
        context.add_identity(&person.psn_no, person.identity());
    }
    for movement in given.movements()? {
        context.add_movement(movement);
    }
    if let Some(least_signs) = program.least_trace_signs() {
        context.traces = Traces::of(given.scans()?, least_signs);
    }
    let mut pass = VisitPass::new(&program, &context);
    for folder in folders {
        pass.push(folder)?;
    }
    pass.flush()?;
    let mut sink = pass.sink;
    let mut timeline = Timeline::default();
    for event in std::mem::take(&mut sink.events) {
        timeline.add(event.key(&context), event);
    }
    timeline.judge(&program, &mut sink)?;
    stock::judge(&program, &context, &mut sink)?;
    plans.judge(&program, &|table| tables::table(&given, table), &mut sink).await;
    if let Some(fault) = sink.faults.first() {
        return Err(fault.clone());
    }
    Ok(sink)
}

/// The rule alone, with the case's parameters and knowledge.
fn pack_of(pack: &Pack, rule: &Rule, case: &Case) -> Result<Pack, String> {
    let mut rule = rule.clone();
    rule.status = rulebook::rule::Status::Active;
    for (name, value) in &case.parameters {
        let Some(parameter) = rule.parameters.get_mut(name) else {
            return Err(format!("规则没有参数 {name}"));
        };
        parameter.value = same_kind(&parameter.value, value);
    }
    let knowledge = knowledge_of(&pack.knowledge, &rule, case)?;
    Ok(Pack { rules: vec![rule], knowledge, parameters: rulebook::Parameters::default() })
}

/// A decimal parameter may be given as a whole number in a case.
fn same_kind(default: &Value, given: &Value) -> Value {
    match (default, given) {
        (Value::Decimal(_), Value::Int(n)) => Value::Decimal(n * 1_000_000),
        _ => given.clone(),
    }
}

/// The tables the rule reads: the case's rows where it gives any, else what is shipped.
fn knowledge_of(shipped: &Knowledge, rule: &Rule, case: &Case) -> Result<Knowledge, String> {
    let mut knowledge = Knowledge::default();
    let mut wanted: Vec<&str> = vec![ROLES, CYCLES];
    wanted.extend(rule.logic.knowledge.as_deref());
    wanted.extend(rule.logic.kind.further_tables());
    wanted.extend(case.knowledge.keys().map(String::as_str));
    for table in wanted {
        let Some(descriptor) = shipped.descriptor(table) else {
            return Err(format!("没有名为 {table} 的知识表"));
        };
        if knowledge.descriptor(table).is_some() {
            continue;
        }
        knowledge.describe(descriptor.clone());
        let Some(rows) = case.knowledge.get(table) else {
            shipped.points().iter().filter(|p| &*p.table == table).for_each(|p| knowledge.put(p.clone()));
            continue;
        };
        let mut header: Vec<String> = rows.iter().flat_map(|row| row.keys().cloned()).collect();
        header.extend(["id", "valid_from", "reviewed_by"].map(str::to_owned));
        header.push(descriptor.key.clone());
        if Some(table) == rule.logic.knowledge.as_deref() {
            header.push("rule".to_owned());
        }
        header.sort();
        header.dedup();
        let cells = rows.iter().enumerate().map(|(number, row)| {
            let cell = |name: &String| match (row.get(name), name.as_str()) {
                (Some(cell), _) => cell.0.clone(),
                (None, "id") => format!("{table}-K{}", number + 1),
                (None, "valid_from") => "2000-01-01".to_owned(),
                (None, "reviewed_by") => "case".to_owned(),
                (None, "rule") => rule.logic.points_of.clone().unwrap_or_else(|| rule.code.clone()),
                (None, _) => String::new(),
            };
            header.iter().map(cell).collect::<Vec<String>>()
        });
        let (_, faults) = knowledge.read_rows(table, "用例", &header, cells, "");
        if let Some(fault) = faults.first() {
            return Err(fault.to_string());
        }
    }
    knowledge.settle();
    Ok(knowledge)
}

fn compare(case: &Case, sink: &Sink) -> Result<(), String> {
    let undecided: u64 = sink.tallies.iter().map(crate::sink::Tally::undecided_total).sum();
    match &case.expect {
        Expect::Undecided if !sink.findings.is_empty() => Err(format!("应为无法判定，实际有疑点：{}", shown(&sink.findings))),
        Expect::Undecided if undecided == 0 => Err("应为无法判定，实际已判定为无疑点".to_owned()),
        Expect::Undecided => Ok(()),
        Expect::Findings(expected) => {
            if expected.is_empty() && sink.findings.is_empty() && undecided > 0 {
                let why: Vec<&String> = sink.tallies.iter().flat_map(|t| t.undecided.keys()).collect();
                return Err(format!("应为无疑点，实际无法判定：{why:?}"));
            }
            let mut left: Vec<&Finding> = sink.findings.iter().collect();
            for one in expected {
                let Some(found) = left.iter().position(|f| mismatch(one, f).is_none()) else {
                    let why = left.iter().find_map(|f| mismatch(one, f)).unwrap_or_else(|| "没有疑点".to_owned());
                    let further = if undecided > 0 { "；另有无法判定的对象" } else { "" };
                    return Err(format!("缺少期望的疑点：{why}{further}；实际：{}", shown(&sink.findings)));
                };
                left.remove(found);
            }
            if left.is_empty() {
                Ok(())
            } else {
                Err(format!("多出疑点：{}", left.iter().map(|f| show(f)).collect::<Vec<_>>().join("；")))
            }
        }
    }
}

fn shown(findings: &[Finding]) -> String {
    if findings.is_empty() { "无疑点".to_owned() } else { findings.iter().map(show).collect::<Vec<_>>().join("；") }
}

fn show(finding: &Finding) -> String {
    let fund = finding.fund_amount_fen.map_or("未知".to_owned(), |f| f.to_string());
    format!(
        "[{}] {} 明细 {:?} 金额 {} 分 基金 {fund} 分 口径 {}",
        finding.grade.name(),
        finding.mdtrt_id.as_deref().unwrap_or("-"),
        finding.line_ids,
        finding.amount_fen,
        finding.amount_basis.name()
    )
}

/// What of a finding differs from what is expected.
fn mismatch(expected: &ExpectedFinding, finding: &Finding) -> Option<String> {
    if let Some(lines) = &expected.lines {
        let short = |id: &String| id.rsplit_once(':').map_or(id.clone(), |(_, sn)| sn.to_owned());
        let mut wanted: Vec<String> = lines.clone();
        let full = wanted.iter().any(|l| l.contains(':'));
        let mut found: Vec<String> = finding.line_ids.iter().map(|l| if full { l.clone() } else { short(l) }).collect();
        wanted.sort();
        found.sort();
        if wanted != found {
            return Some(format!("明细应为 {wanted:?}，实际 {found:?}"));
        }
    }
    for (name, wanted, found) in
        [("相关对象", &expected.related, &finding.related), ("相关明细", &expected.related_lines, &finding.related_lines)]
    {
        let wanted: Option<BTreeSet<&String>> = wanted.as_ref().map(|wanted| wanted.iter().collect());
        let found: BTreeSet<&String> = found.iter().collect();
        if wanted.as_ref().is_some_and(|wanted| *wanted != found) {
            return Some(format!("{name}应为 {wanted:?}，实际 {found:?}"));
        }
    }
    let texts = [
        ("等级", &expected.grade, Some(finding.grade.name().to_owned())),
        ("就诊", &expected.mdtrt_id, finding.mdtrt_id.clone()),
        ("口径", &expected.amount_basis, Some(finding.amount_basis.name().to_owned())),
    ];
    for (name, wanted, found) in texts {
        if wanted.is_some() && *wanted != found {
            return Some(format!("{name}应为 {wanted:?}，实际 {found:?}"));
        }
    }
    let amounts =
        [("金额", expected.amount_fen, Some(finding.amount_fen)), ("基金", expected.fund_amount_fen, finding.fund_amount_fen)];
    amounts
        .into_iter()
        .find(|(_, wanted, found)| wanted.is_some() && wanted != found)
        .map(|(name, wanted, found)| format!("{name}应为 {wanted:?} 分，实际 {found:?} 分"))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use rulebook::parameter::{Overlay, Parameters};

    use super::*;

    /// Without a row in any of its tables a rule finds nothing, hits what needs no row, or is undecided; it acquits nobody.
    #[tokio::test]
    async fn a_rule_without_knowledge_acquits_nobody() {
        let pack = Pack::shipped().unwrap();
        let (program, _) = Program::compile(&pack, None, &[]);
        let mut acquit = String::new();
        let mut rules = 0;
        for compiled in program.rules.iter().filter(|rule| program.empty_tables(rule).is_some()) {
            let rule = &compiled.rule;
            rules += 1;
            let was_hit = |case: &&Case| matches!(&case.expect, Expect::Findings(found) if !found.is_empty());
            for case in rule.cases.iter().filter(was_hit).filter(|case| !case.knowledge.is_empty()) {
                let bare = Case { knowledge: std::collections::BTreeMap::default(), ..case.clone() };
                let tally = Bench::new(&pack, rule).run(&bare).await.unwrap().tallies.remove(0);
                if tally.clear > 0 && tally.hit == 0 && tally.undecided_total() == 0 {
                    writeln!(acquit, "{} {}", rule.code, case.name).unwrap();
                }
            }
        }
        assert!(rules > 60, "{rules} rules have no knowledge");
        assert!(acquit.is_empty(), "\n{acquit}");
    }

    /// One rule, three moments: at settlement it says of the same facts what it says afterwards.
    #[tokio::test]
    async fn a_check_says_what_a_run_says() {
        use crate::check::{Checker, Standing, answers_at};
        let pack = Pack::shipped().unwrap();
        let (mut rules, mut hits, mut differ) = (0, 0, String::new());
        for rule in pack.rules.iter().filter(|rule| answers_at(rule, rulebook::rule::Stage::Mid)) {
            rules += 1;
            for case in &rule.cases {
                let own = pack_of(&pack, rule, case).unwrap();
                let after = judged(&own, case, &mut query::Plans::default()).await.unwrap();
                let given = Given::read(case).unwrap();
                let folders = given.folders().unwrap();
                let charts: Vec<_> = folders.iter().map(|f| chart(f.clone(), &claims::chart::Norms::default())).collect();
                let mut standing = RunContext::of_charts(&charts);
                standing.history.from = given.history_from;
                given.persons().iter().for_each(|person| standing.add_identity(&person.psn_no, person.identity()));
                let (checker, faults) =
                    Checker::new(&own, rulebook::rule::Stage::Mid, std::sync::Arc::new(Standing::of_context(standing)));
                assert!(faults.is_empty(), "{faults:?}");
                let checked = checker.check(folders).unwrap();
                let digests = |findings: &[Finding]| findings.iter().map(|f| f.digest.clone()).collect::<BTreeSet<_>>();
                hits += checked.findings.len();
                if digests(&checked.findings) != digests(&after.findings) || checked.undecided.len() != after.undecided.len() {
                    let (now, then) = (shown(&checked.findings), shown(&after.findings));
                    writeln!(differ, "{} {}：{now} / {then}", rule.code, case.name).unwrap();
                }
            }
        }
        assert!(rules > 60 && hits > 400, "{rules} rules, {hits} hits");
        assert!(differ.is_empty(), "\n{differ}");
    }

    fn overlay(rule: &Rule, parameter: &str, value: i64, region: &str) -> Overlay {
        Overlay {
            rule: rule.code.clone(),
            parameter: parameter.to_owned(),
            value: Value::Int(value),
            region: region.to_owned(),
            from: None,
            to: None,
            source: "某局".to_owned(),
            set_by: "某局".to_owned(),
            set_on: claims::Day(0),
        }
    }

    /// The same case, with what a region has set, for a person insured there, elsewhere, or nobody knows where.
    async fn with_overlay(code: &str, case: &str, set: (&str, i64), insured: Option<&str>) -> (u64, u64, u64) {
        let pack = Pack::shipped().unwrap();
        let rule = pack.rule(code).unwrap();
        let mut case = rule.cases.iter().find(|one| one.name == case).unwrap().clone();
        for visit in case.given.get_mut("mdtrt_d").unwrap() {
            visit.remove("insu_admdvs");
            visit.extend(insured.map(|region| ("insu_admdvs".to_owned(), rulebook::case::Scalar(region.to_owned()))));
        }
        case.parameters.clear();
        let mut own = pack_of(&pack, rule, &case).unwrap();
        own.parameters = Parameters::default();
        own.parameters.add(overlay(rule, set.0, set.1, "370600"));
        let tally = judged(&own, &case, &mut query::Plans::default()).await.unwrap().tallies.remove(0);
        (tally.hit, tally.clear, tally.undecided_total())
    }

    /// An insurance year that begins in July: of the region where the person is insured, wherever the treatment was.
    #[tokio::test]
    async fn a_region_sets_the_parameters_of_a_cap_for_its_own_insured() {
        let across_new_year = "跨年的两次不累计";
        let july = ("year_begin_month", 7);
        let of = |insured| with_overlay("GZ10000102015000", across_new_year, july, insured);
        assert_eq!(of(Some("370602")).await.0, 1, "its year runs over the new year");
        assert_eq!(of(Some("990101")).await.0, 0, "another region's year does not");
        let (hit, _, undecided) = of(None).await;
        assert!(hit == 0 && undecided > 0, "nobody knows which year it is");
    }
}
