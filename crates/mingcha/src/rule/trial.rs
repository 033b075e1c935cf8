//! Trial（试算）: variants of a rule judged side by side over a lake, in one pass; nothing is kept in the lake.
//!
//! Every variant runs under a code of its own and reads the points, and the regional parameters, of the rule that it stands for. What
//! comes out has the rule's own code again, and so the ids that a run would give.

use std::path::Path;

use anyhow::{Result, bail};
use engine::program::Program;
use engine::run::{Options, Outcome, RuleReport};
use lake::Lake;
use rulebook::rule::Status;
use rulebook::{Finding, Pack, Parameters, Rule, Undecided};

use crate::run;
use crate::screen::Screen;

/// A rule to try, in place of what the pack has under its code.
pub(super) struct Variant {
    pub(super) rule: Rule,
    /// A parameter that holds everywhere as the rule has it, whatever a region has set.
    pub(super) fixed: Option<String>,
}

/// What came of a variant.
pub(super) struct Tried {
    pub(super) report: RuleReport,
    pub(super) findings: Vec<Finding>,
    pub(super) undecided: Vec<Undecided>,
}

/// Variants of one pass. All their findings are in memory until the pass ends, so that more are tried in several passes.
const AT_ONCE: usize = 8;

/// Tries the variants, and says which version of the lake they were tried on.
pub(super) fn all(lake: &Path, pack: &Pack, variants: &[Variant], screen: &Screen) -> Result<(Vec<Tried>, u64)> {
    let lake = Lake::open(lake)?;
    let version = lake.snapshot()?.version();
    let mut tried = Vec::with_capacity(variants.len());
    for together in variants.chunks(AT_ONCE) {
        let of_trial = pack_of(pack, together);
        let (program, faults) = Program::compile(&of_trial, None, &[]);
        if let Some(fault) = faults.first() {
            bail!("规则无法编译：{}：{}", fault.key, fault.problem);
        }
        let options =
            Options { run_id: "trial".to_owned(), from: None, to: None, threads: run::threads(None), lake_version: version };
        let outcome = run::judge(
            lake.snapshot_at(version)?,
            program,
            &of_trial.knowledge_digest(),
            &options,
            std::sync::Arc::default(),
            screen,
        )?;
        if let Some(fault) = outcome.report.faults.first() {
            bail!("规则无法运行：{fault}");
        }
        tried.extend(parted(outcome, together)?);
    }
    Ok((tried, version))
}

fn alias(code: &str, number: usize) -> String {
    format!("{code}#{number}")
}

/// The variants alone, each under its alias, with the knowledge and the regional parameters of the pack.
fn pack_of(pack: &Pack, variants: &[Variant]) -> Pack {
    let mut parameters = Parameters::default();
    let mut rules = Vec::with_capacity(variants.len());
    for (number, variant) in variants.iter().enumerate() {
        let mut rule = variant.rule.clone();
        let code = alias(&rule.code, number);
        for overlay in pack.parameters.all().filter(|overlay| overlay.rule == rule.code) {
            if variant.fixed.as_deref() != Some(&*overlay.parameter) && rule.parameters.contains_key(&overlay.parameter) {
                parameters.add(rulebook::Overlay { rule: code.clone(), ..overlay.clone() });
            }
        }
        rule.logic.points_of.get_or_insert_with(|| rule.code.clone());
        // A draft is tried like any other, or nobody could know what it would do.
        rule.status = Status::Active;
        rule.code = code;
        rules.push(rule);
    }
    Pack { rules, knowledge: pack.knowledge.clone(), parameters }
}

/// What belongs to each variant, under its own code again.
fn parted(outcome: Outcome, variants: &[Variant]) -> Result<Vec<Tried>> {
    let Outcome { mut findings, mut undecided, report, .. } = outcome;
    let mut tried = Vec::with_capacity(variants.len());
    for (number, variant) in variants.iter().enumerate() {
        let (rule, code) = (&variant.rule, alias(&variant.rule.code, number));
        let Some(mut of_rule) = report.rules.iter().find(|known| known.code == code).cloned() else {
            bail!("规则 {} 没有运行", rule.code);
        };
        of_rule.code.clone_from(&rule.code);
        let own = |mut finding: Finding| {
            finding.rule_code.clone_from(&rule.code);
            rule.status.name().clone_into(&mut finding.rule_status);
            finding.sealed()
        };
        let named = |mut undecided: Undecided| {
            undecided.rule_code.clone_from(&rule.code);
            undecided
        };
        tried.push(Tried {
            report: of_rule,
            findings: findings.extract_if(.., |finding| finding.rule_code == code).map(own).collect(),
            undecided: undecided.extract_if(.., |one| one.rule_code == code).map(named).collect(),
        });
    }
    Ok(tried)
}
