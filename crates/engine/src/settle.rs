//! Settling（归并）: relations between rules, and every line's money counted once.

use std::collections::HashMap;

use rulebook::finding::AmountBasis;
use rulebook::relation::RelationKind;
use rulebook::{Finding, Grade};

use crate::program::Program;

/// Totals in which every line's money counts once, however many findings share it（readings, contract 3）.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Distinct {
    /// Excess amounts in fen.
    pub amount_fen: i64,
    /// Fund's share of them in fen.
    pub fund_amount_fen: i64,
}

/// Applies relations and puts findings into a fixed order.
pub(crate) fn settle(program: &Program, findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (&a.rule_code, &a.fixmedins_code, a.occurred_on, &a.finding_id).cmp(&(
            &b.rule_code,
            &b.fixmedins_code,
            b.occurred_on,
            &b.finding_id,
        ))
    });
    let mut by_line: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, finding) in findings.iter().enumerate() {
        for line in &finding.line_ids {
            by_line.entry(line.clone()).or_default().push(index);
        }
    }
    let mut changes: Vec<(usize, Change)> = Vec::new();
    for rule in program.rules() {
        for relation in &rule.relations {
            for (index, finding) in findings.iter().enumerate().filter(|(_, f)| f.rule_code == rule.code) {
                let mut others: Vec<usize> = finding.line_ids.iter().filter_map(|l| by_line.get(l)).flatten().copied().collect();
                others.sort_unstable();
                others.dedup();
                for other in others.into_iter().filter(|o| relation.rules.contains(&findings[*o].rule_code)) {
                    changes.push(change(relation.kind, findings, index, other));
                }
            }
        }
    }
    for (index, change) in changes {
        apply(&mut findings[index], change);
    }
}

enum Change {
    Supports(String),
    Yields(String),
}

fn change(kind: RelationKind, findings: &[Finding], index: usize, other: usize) -> (usize, Change) {
    let name = |i: usize| format!("{} {}（{}）", findings[i].rule_code, findings[i].rule_name, findings[i].finding_id);
    match kind {
        RelationKind::Outranks | RelationKind::Subsumes => (other, Change::Supports(name(index))),
        RelationKind::Excludes => {
            let weaker = if findings[index].grade <= findings[other].grade { other } else { index };
            let stronger = if weaker == other { index } else { other };
            (weaker, Change::Yields(name(stronger)))
        }
    }
}

fn apply(finding: &mut Finding, change: Change) {
    let note = match change {
        Change::Supports(primary) => format!("与主疑点 {primary} 涉及同一明细，本疑点为佐证，金额不重复计算"),
        Change::Yields(stronger) => {
            finding.grade = Grade::Hint;
            finding.evidence.graded_because = Some(format!("与 {stronger} 互斥，降为提示"));
            format!("与 {stronger} 互斥")
        }
    };
    if !finding.evidence.notes.contains(&note) {
        finding.evidence.notes.push(note);
        *finding = finding.clone().sealed();
    }
}

/// Counts every line's money once, at its highest excess. Index amounts and hints are outside; findings without lines count whole.
pub fn distinct<'a>(findings: impl Iterator<Item = &'a Finding>) -> Distinct {
    let mut by_line: HashMap<&str, (i64, i64)> = HashMap::new();
    let mut total = Distinct::default();
    for finding in findings {
        let outside = matches!(finding.amount_basis, AmountBasis::Index | AmountBasis::None) || finding.grade == Grade::Hint;
        if outside {
            continue;
        }
        if finding.evidence.charged.is_empty() {
            total.amount_fen += finding.amount_fen;
            total.fund_amount_fen += finding.fund_amount_fen.unwrap_or(0);
        }
        for line in &finding.evidence.charged {
            let counted = by_line.entry(&line.line_id).or_default();
            counted.0 = counted.0.max(line.excess.0);
            counted.1 = counted.1.max(line.fund.map_or(0, |f| f.0));
        }
    }
    total.amount_fen += by_line.values().map(|(amount, _)| amount).sum::<i64>();
    total.fund_amount_fen += by_line.values().map(|(_, fund)| fund).sum::<i64>();
    total
}

#[cfg(test)]
mod tests {
    use claims::{Day, Fen};
    use rulebook::finding::{ChargedLine, Evidence};

    use super::*;

    fn finding(basis: AmountBasis, grade: Grade, charged: &[(&str, i64, Option<i64>)]) -> Finding {
        let charged = charged.iter().map(|(line, excess, fund)| ChargedLine {
            line_id: (*line).to_owned(),
            excess: Fen(*excess),
            fund: fund.map(Fen),
        });
        let evidence = Evidence { charged: charged.collect(), ..Evidence::default() };
        Finding {
            finding_id: String::new(),
            revision: 1,
            rule_code: "R".to_owned(),
            rule_version: 1,
            rule_name: String::new(),
            rule_status: "active".to_owned(),
            knowledge_id: None,
            grade,
            subject: "line".to_owned(),
            subject_key: String::new(),
            fixmedins_code: None,
            psn_no: None,
            mdtrt_id: None,
            setl_id: None,
            bilg_dr_code: None,
            related: Vec::new(),
            line_ids: evidence.charged.iter().map(|line| line.line_id.clone()).collect(),
            related_lines: Vec::new(),
            insutype: None,
            insu_admdvs: None,
            fund_parts: Vec::new(),
            amount_basis: basis,
            occurred_on: Day(20_000),
            quantity_excess: None,
            amount_fen: evidence.charged.iter().map(|line| line.excess.0).sum(),
            fund_amount_fen: Some(evidence.charged.iter().filter_map(|line| line.fund).map(|fund| fund.0).sum()),
            message: String::new(),
            evidence,
            digest: String::new(),
        }
    }

    fn total(findings: &[Finding]) -> (i64, i64) {
        let Distinct { amount_fen, fund_amount_fen } = distinct(findings.iter());
        (amount_fen, fund_amount_fen)
    }

    #[test]
    fn a_line_found_twice_counts_once_at_its_highest_excess() {
        let one = finding(AmountBasis::Line, Grade::Violation, &[("M1:1", 1_000, Some(800)), ("M1:2", 500, Some(400))]);
        let other = finding(AmountBasis::Excess, Grade::Suspicion, &[("M1:2", 700, Some(560)), ("M2:2", 90, None)]);
        assert_eq!(total(&[one.clone(), other.clone()]), (1_000 + 700 + 90, 800 + 560));
        assert_eq!(total(&[other, one]), (1_790, 1_360), "the order of findings does not matter");
    }

    #[test]
    fn index_amounts_and_hints_are_outside() {
        let index = finding(AmountBasis::Index, Grade::Violation, &[("M1:1", 1_000, Some(800))]);
        let hint = finding(AmountBasis::Line, Grade::Hint, &[("M1:2", 1_000, Some(800))]);
        assert_eq!(total(&[index, hint]), (0, 0));
    }

    #[test]
    fn a_finding_without_lines_counts_whole() {
        let stock =
            Finding { amount_fen: 12_300, fund_amount_fen: None, ..finding(AmountBasis::Difference, Grade::Suspicion, &[]) };
        assert_eq!(total(&[stock]), (12_300, 0));
    }

    /// What the national rule base says of two rules on one line（rules 5）: the first is the finding, the second supports it, and the
    /// yuan is counted once.
    #[test]
    fn of_related_rules_one_leads_and_the_yuan_is_counted_once() {
        let pack = rulebook::Pack::shipped().unwrap();
        let related = [
            ("GZ10000204001000", "M011"),
            ("GZ10000204001000", "M010"),
            ("M056", "M023"),
            ("GZ10000102014000", "M027"),
            ("GZ10000102012000", "M027"),
            ("GZ10000102012000", "GZ10000102014000"),
            ("GZ10000101008000", "GZ10000301007000"),
        ];
        for (leading, supporting) in related {
            let (program, faults) = Program::compile(&pack, None, &[leading.to_owned(), supporting.to_owned()]);
            assert!(faults.is_empty(), "{faults:?}");
            let of = |rule: &str, fen: i64| Finding {
                rule_code: rule.to_owned(),
                finding_id: rule.to_owned(),
                line_ids: vec!["M1:1".to_owned()],
                ..finding(AmountBasis::Line, Grade::Suspicion, &[("M1:1", fen, Some(fen))])
            };
            let mut findings = vec![of(supporting, 60), of(leading, 100)];
            settle(&program, &mut findings);
            let notes = |rule: &str| findings.iter().find(|f| f.rule_code == rule).unwrap().evidence.notes.clone();
            assert!(notes(supporting).iter().any(|note| note.contains("佐证")), "{leading} does not lead {supporting}");
            assert!(notes(leading).is_empty(), "{leading} stands by itself");
            assert_eq!(distinct(findings.iter()), Distinct { amount_fen: 100, fund_amount_fen: 100 });
        }
    }
}
