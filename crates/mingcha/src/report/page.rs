//! The web page of a report: one file with its style and charts inside.

use anyhow::Result;
use askama::Template;

use super::chart::{self, Bar};
use super::summary::{InstitutionRow, RuleRow, Summary};
use super::tally::Group;
use crate::number;

/// Rows shown of the long tables; the workbook has them all.
const INSTITUTIONS_SHOWN: usize = 30;
const CHART_ROWS: usize = 12;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    s: &'a Summary,
    institutions: &'a [InstitutionRow],
    rules: Vec<(&'a RuleRow, String)>,
    month_chart: String,
    rule_chart: String,
    institution_chart: String,
}

/// The page as text.
pub(super) fn render(summary: &Summary) -> Result<String> {
    let shown = summary.institutions.len().min(INSTITUTIONS_SHOWN);
    let page = Page {
        s: summary,
        institutions: &summary.institutions[..shown],
        rules: summary.rules.iter().map(|rule| (rule, chart::answers(rule.hit, rule.clear, rule.undecided))).collect(),
        month_chart: chart::columns("各月涉及金额", &months(summary)),
        rule_chart: chart::rows("各规则涉及金额", &by_rule(summary)),
        institution_chart: chart::rows("各机构涉及金额", &by_institution(summary)),
    };
    Ok(page.render()?)
}

impl Page<'_> {
    fn yuan(&self, fen: &i64) -> String {
        number::yuan(*fen)
    }

    fn count(&self, n: &u64) -> String {
        number::count(*n)
    }

    /// The five figures of a group, as cells.
    fn cells(&self, group: &Group) -> String {
        let counts = [group.institutions, group.cases, group.lines].map(|n| format!("<td class=\"n\">{}</td>", number::count(n)));
        let money = [group.amount_fen, group.fund_amount_fen].map(|fen| format!("<td class=\"n\">{}</td>", number::yuan(fen)));
        counts.concat() + &money.concat()
    }
}

fn months(summary: &Summary) -> Vec<Bar> {
    let bar = |row: &super::summary::MonthRow| {
        let parts = vec![row.violations.amount_fen, row.suspicions.amount_fen];
        let says = format!("明确违规 {} 元，可疑 {} 元", number::yuan(parts[0]), number::yuan(parts[1]));
        Bar { label: row.month.clone(), parts, says }
    };
    summary.months.iter().map(bar).collect()
}

fn by_rule(summary: &Summary) -> Vec<Bar> {
    let with_money = summary.rules.iter().filter(|rule| rule.group.amount_fen > 0).take(CHART_ROWS);
    with_money.map(|rule| bar(&rule.name, vec![rule.group.amount_fen])).collect()
}

fn by_institution(summary: &Summary) -> Vec<Bar> {
    let with_money = summary.institutions.iter().filter(|row| row.all.amount_fen > 0).take(CHART_ROWS);
    with_money
        .map(|row| {
            let label = if row.name.is_empty() { &row.code } else { &row.name };
            let violations = row.violations.amount_fen.min(row.all.amount_fen);
            bar(label, vec![violations, row.all.amount_fen - violations])
        })
        .collect()
}

fn bar(label: &str, parts: Vec<i64>) -> Bar {
    let says = number::yuan(parts.iter().sum());
    Bar { label: label.to_owned(), parts, says }
}
