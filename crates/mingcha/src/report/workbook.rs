//! The workbook of a report: the same figures as sheets, and every finding.

use anyhow::Result;
use rulebook::Finding;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet};

use super::summary::Summary;
use super::tally::Group;
use crate::number::yuan;

/// Rows that a sheet can hold below its head.
const MOST_ROWS: usize = 1_048_575;

/// A cell.
enum Cell<'a> {
    Text(&'a str),
    Count(u64),
    Money(i64),
    Nothing,
}

/// The workbook as bytes.
pub(super) fn render(summary: &Summary, findings: &[Finding]) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    months(book.add_worksheet(), summary)?;
    institutions(book.add_worksheet(), summary)?;
    rules(book.add_worksheet(), summary)?;
    lines(book.add_worksheet(), summary)?;
    undecided(book.add_worksheet(), summary)?;
    all_findings(book.add_worksheet(), findings)?;
    about(book.add_worksheet(), summary)?;
    Ok(book.save_to_buffer()?)
}

/// All findings of a run as one sheet.
pub(crate) fn of_findings(findings: &[Finding]) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    all_findings(book.add_worksheet(), findings)?;
    Ok(book.save_to_buffer()?)
}

fn sheet<'a>(
    sheet: &mut Worksheet,
    name: &str,
    head: &[(&str, f64)],
    rows: impl Iterator<Item = Vec<Cell<'a>>>,
) -> Result<()> {
    let title = Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top).set_background_color("EEF0F3");
    let money = Format::new().set_num_format("#,##0.00");
    let number = Format::new().set_num_format("#,##0");
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    for ((label, width), column) in head.iter().zip(0_u16..) {
        sheet.write_with_format(0, column, *label, &title)?.set_column_width(column, *width)?;
    }
    for (cells, row) in rows.take(MOST_ROWS).zip(1_u32..) {
        for (cell, column) in cells.iter().zip(0_u16..) {
            match cell {
                Cell::Text(text) => sheet.write(row, column, *text)?,
                Cell::Count(n) => sheet.write_with_format(row, column, *n, &number)?,
                Cell::Money(fen) => sheet.write_with_format(row, column, spreadsheet_number(*fen), &money)?,
                Cell::Nothing => continue,
            };
        }
    }
    Ok(())
}

/// Yuan for a spreadsheet, which knows only doubles: the double nearest to the exact decimal, which shows it exactly.
fn spreadsheet_number(fen: i64) -> f64 {
    claims::Fen(fen).to_string().parse().unwrap_or_default()
}

fn group<'a>(group: &Group) -> [Cell<'a>; 5] {
    [
        Cell::Count(group.institutions),
        Cell::Count(group.cases),
        Cell::Count(group.lines),
        Cell::Money(group.amount_fen),
        Cell::Money(group.fund_amount_fen),
    ]
}

fn months(to: &mut Worksheet, summary: &Summary) -> Result<()> {
    let head = [
        ("月份", 10.0),
        ("明确违规 机构", 10.0),
        ("明确违规 病例", 10.0),
        ("明确违规 明细", 10.0),
        ("明确违规 金额（元）", 16.0),
        ("明确违规 其中基金（元）", 16.0),
        ("可疑 机构", 10.0),
        ("可疑 病例", 10.0),
        ("可疑 明细", 10.0),
        ("可疑 金额（元）", 16.0),
        ("可疑 其中基金（元）", 16.0),
        ("提示", 8.0),
    ];
    let line = |label, violations: &Group, suspicions: &Group, hints| {
        let mut row = vec![Cell::Text(label)];
        row.extend(group(violations));
        row.extend(group(suspicions));
        row.push(Cell::Count(hints));
        row
    };
    let rows = summary.months.iter().map(|row| line(row.month.as_str(), &row.violations, &row.suspicions, row.hints));
    let total = line("合计（去重）", &summary.violations, &summary.suspicions, summary.hints);
    sheet(to, "月度汇总", &head, rows.chain([total]))
}

fn institutions(to: &mut Worksheet, summary: &Summary) -> Result<()> {
    let head = [
        ("机构编码", 18.0),
        ("机构名称", 30.0),
        ("疑点", 8.0),
        ("明确违规", 10.0),
        ("病例", 8.0),
        ("明细", 8.0),
        ("金额（元）", 16.0),
        ("其中基金（元）", 16.0),
    ];
    let rows = summary.institutions.iter().map(|row| {
        vec![
            Cell::Text(&row.code),
            Cell::Text(&row.name),
            Cell::Count(row.all.findings),
            Cell::Count(row.violations.findings),
            Cell::Count(row.all.cases),
            Cell::Count(row.all.lines),
            Cell::Money(row.all.amount_fen),
            Cell::Money(row.all.fund_amount_fen),
        ]
    });
    sheet(to, "按机构", &head, rows)
}

fn rules(to: &mut Worksheet, summary: &Summary) -> Result<()> {
    let head = [
        ("规则编码", 20.0),
        ("规则名称", 30.0),
        ("状态", 8.0),
        ("判定数", 10.0),
        ("命中", 8.0),
        ("不命中", 10.0),
        ("未决", 8.0),
        ("机构", 8.0),
        ("病例", 8.0),
        ("明细", 8.0),
        ("金额（元）", 16.0),
        ("其中基金（元）", 16.0),
    ];
    let rows = summary.rules.iter().map(|row| {
        let mut cells = vec![
            Cell::Text(&row.code),
            Cell::Text(&row.name),
            Cell::Text(if row.trial { "试运行" } else { "启用" }),
            Cell::Count(row.rows),
            Cell::Count(row.hit),
            Cell::Count(row.clear),
            Cell::Count(row.undecided),
        ];
        cells.extend(group(&row.group));
        cells
    });
    sheet(to, "按规则", &head, rows)
}

fn lines(to: &mut Worksheet, summary: &Summary) -> Result<()> {
    let head =
        [("明细", 30.0), ("机构", 24.0), ("服务日", 12.0), ("程度", 10.0), ("规则", 30.0), ("事由", 60.0), ("金额（元）", 16.0)];
    let rows = summary.lines.iter().map(|row| {
        let texts = [&row.line_id, &row.institution, &row.occurred_on].map(|text| Cell::Text(text));
        let mut cells: Vec<Cell<'_>> = texts.into();
        cells.extend([Cell::Text(row.grade), Cell::Text(&row.rules), Cell::Text(&row.message), Cell::Money(row.amount_fen)]);
        cells
    });
    sheet(to, "金额最大的明细", &head, rows)
}

fn undecided(to: &mut Worksheet, summary: &Summary) -> Result<()> {
    let head = [("缺失的事实", 40.0), ("次数", 12.0), ("影响的规则", 80.0)];
    let joined: Vec<String> = summary.undecided.iter().map(|row| row.rules.join("；")).collect();
    let rows = summary.undecided.iter().zip(&joined);
    sheet(to, "未决原因", &head, rows.map(|(row, rules)| vec![Cell::Text(&row.label), Cell::Count(row.count), Cell::Text(rules)]))
}

fn all_findings(to: &mut Worksheet, findings: &[Finding]) -> Result<()> {
    let head = [
        ("疑点编号", 34.0),
        ("规则编码", 20.0),
        ("规则名称", 28.0),
        ("规则状态", 10.0),
        ("程度", 10.0),
        ("机构", 16.0),
        ("参保人", 16.0),
        ("就诊", 18.0),
        ("结算", 18.0),
        ("服务日", 12.0),
        ("事由", 60.0),
        ("金额（元）", 14.0),
        ("其中基金（元）", 14.0),
        ("金额口径", 10.0),
        ("明细", 40.0),
        ("知识点", 24.0),
    ];
    let texts: Vec<(String, String)> = findings.iter().map(|f| (f.occurred_on.to_string(), f.line_ids.join(";"))).collect();
    let rows = findings.iter().zip(&texts).map(|(f, (day, lines))| finding_row(f, day, lines));
    sheet(to, "疑点清单", &head, rows)
}

fn finding_row<'a>(f: &'a Finding, day: &'a str, lines: &'a str) -> Vec<Cell<'a>> {
    let maybe = |text: &'a Option<String>| text.as_deref().map_or(Cell::Nothing, Cell::Text);
    // A cell holds at most 32,767 signs; the list of lines is whole in the Parquet and CSV exports.
    let lines = lines.get(..32_000).unwrap_or(lines);
    vec![
        Cell::Text(&f.finding_id),
        Cell::Text(&f.rule_code),
        Cell::Text(&f.rule_name),
        Cell::Text(if f.rule_status == "trial" { "试运行" } else { "启用" }),
        Cell::Text(f.grade.label()),
        maybe(&f.fixmedins_code),
        maybe(&f.psn_no),
        maybe(&f.mdtrt_id),
        maybe(&f.setl_id),
        Cell::Text(day),
        Cell::Text(&f.message),
        Cell::Money(f.amount_fen),
        f.fund_amount_fen.map_or(Cell::Nothing, Cell::Money),
        Cell::Text(basis(f)),
        Cell::Text(lines),
        maybe(&f.knowledge_id),
    ]
}

/// How an amount is to be understood, in words.
pub(crate) const fn basis(finding: &Finding) -> &'static str {
    use rulebook::finding::AmountBasis;
    match finding.amount_basis {
        AmountBasis::Line => "整条明细",
        AmountBasis::Excess => "超出部分",
        AmountBasis::Difference => "差价",
        AmountBasis::Case => "整个病例",
        AmountBasis::Index => "仅供参考",
        AmountBasis::None => "不计金额",
    }
}

fn about(to: &mut Worksheet, summary: &Summary) -> Result<()> {
    let facts = [
        ("审核", summary.run_id.clone()),
        ("服务日", summary.period.clone()),
        ("数据版本", format!("v{}", summary.lake_version)),
        ("规则包", summary.pack.clone()),
        ("知识", summary.knowledge.clone()),
        ("报告时间", summary.made_at.clone()),
        ("疑点", summary.all.findings.to_string()),
        ("涉及金额（元，每条明细只计一次）", yuan(summary.all.amount_fen)),
        ("其中基金（元）", yuan(summary.all.fund_amount_fen)),
        ("试运行规则的疑点（不计入总数）", summary.trial.findings.to_string()),
        ("说明", "疑点由规则判定，尚未经申诉和复核，不是处理结论。".to_owned()),
    ];
    sheet(to, "说明", &[("项目", 36.0), ("内容", 80.0)], facts.iter().map(|(label, value)| vec![Cell::Text(label), Cell::Text(value)]))
}
