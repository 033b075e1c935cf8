//! Findings and units for tests of risk profiles.

use claims::{Day, Fen};
use rulebook::finding::{AmountBasis, ChargedLine, Evidence};
use rulebook::{Finding, Grade};

use super::unit::{Month, Unit};

/// A plain violation of one line of 100.00 yuan in visit `V<number>` at H1.
pub(super) fn finding(rule: &str, number: u32) -> Finding {
    let line_id = format!("V{number}:1");
    let charged = vec![ChargedLine { line_id: line_id.clone(), excess: Fen(10_000), fund: Some(Fen(8_000)) }];
    Finding {
        finding_id: String::new(),
        revision: 1,
        rule_code: rule.to_owned(),
        rule_version: 1,
        rule_name: rule.to_owned(),
        rule_status: "active".to_owned(),
        knowledge_id: None,
        grade: Grade::Violation,
        subject: "line".to_owned(),
        subject_key: line_id.clone(),
        fixmedins_code: Some("H1".to_owned()),
        psn_no: Some("P1".to_owned()),
        mdtrt_id: Some(format!("V{number}")),
        setl_id: None,
        bilg_dr_code: Some("D1".to_owned()),
        related: Vec::new(),
        line_ids: vec![line_id],
        related_lines: Vec::new(),
        insutype: None,
        insu_admdvs: None,
        fund_parts: Vec::new(),
        amount_basis: AmountBasis::Line,
        occurred_on: Day(20_000),
        quantity_excess: None,
        amount_fen: 10_000,
        fund_amount_fen: Some(8_000),
        message: String::new(),
        evidence: Evidence { charged, ..Evidence::default() },
        digest: String::new(),
    }
    .sealed()
}

/// A unit with so many visits in one month, 100.00 yuan each.
pub(super) fn unit(code: &str, visits: i64) -> Unit {
    let month = Month { visits, lines: visits, amount_fen: visits * 10_000, fund_fen: visits * 8_000 };
    Unit {
        code: code.to_owned(),
        peers: "医院二级".to_owned(),
        months: std::iter::once((Day(20_000).month(), month)).collect(),
        figures: [("size_fund", (month.fund_fen, 1))].into_iter().collect(),
        ..Unit::default()
    }
}
