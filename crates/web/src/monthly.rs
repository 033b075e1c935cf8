//! Monthly（月度智能审核通报）: a month's findings by institution and group of rules, as a form that is printed and signed.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{RawQuery, State};
use casework::{Action, policy};
use rust_xlsxwriter::{Workbook, XlsxError};
use store::{Counted, Filter, Grouping};

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::queue::month_days;
use crate::{text, workbook};

/// What findings the report counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// Only what was confirmed.
    Confirmed,
    /// Everything that was filed and neither withdrawn nor gone.
    Filed,
}

impl Basis {
    fn of(fields: &Fields) -> Self {
        if fields.one("basis") == Some("filed") { Self::Filed } else { Self::Confirmed }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Filed => "filed",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Confirmed => "已认定",
            Self::Filed => "已立案",
        }
    }

    fn states(self) -> Vec<String> {
        let names: &[&str] = match self {
            Self::Confirmed => &["confirmed"],
            Self::Filed => &["filed", "passed", "told", "under_appeal", "supplementing", "in_panel", "confirmed"],
        };
        names.iter().map(ToString::to_string).collect()
    }
}

/// What findings add up to, every line and every visit counted once however many findings name it.
#[derive(Default)]
struct Sums<'a> {
    findings: usize,
    /// Visits; what concerns no single visit counts as one case of its own.
    cases: BTreeSet<&'a str>,
    lines: BTreeMap<&'a str, (i64, i64)>,
    /// Amounts of findings that charge no single line.
    apart: (i64, i64),
    rules: BTreeSet<&'a str>,
}

impl<'a> Sums<'a> {
    fn add(&mut self, one: &'a Counted) {
        self.findings += 1;
        self.cases.insert(one.mdtrt_id.as_deref().unwrap_or(&one.finding_id));
        self.rules.insert(&one.rule_code);
        if one.lines.is_empty() {
            self.apart.0 += one.amount_fen;
            self.apart.1 += one.fund_fen;
        }
        for (line, excess, fund) in &one.lines {
            let most = self.lines.entry(line).or_default();
            *most = (*most).max((*excess, *fund));
        }
    }

    fn of(found: &'a [Counted]) -> Self {
        let mut sums = Self::default();
        for one in found {
            sums.add(one);
        }
        sums
    }

    fn amount(&self) -> i64 {
        self.apart.0 + self.lines.values().map(|(excess, _)| excess).sum::<i64>()
    }

    fn fund(&self) -> i64 {
        self.apart.1 + self.lines.values().map(|(_, fund)| fund).sum::<i64>()
    }
}

/// A row of the form: an institution and a group of rules.
struct Row {
    number: usize,
    institution: String,
    group: String,
    figures: Figures,
    /// Query of its rows in the queue.
    query: String,
}

#[derive(Clone, Default)]
struct Figures {
    findings: usize,
    cases: usize,
    lines: usize,
    amount_fen: i64,
    fund_fen: i64,
    amount: String,
    fund: String,
}

impl Figures {
    /// As the form shows them.
    fn cells(&self) -> [String; 5] {
        let count = |number: usize| number.to_string();
        [count(self.findings), count(self.cases), count(self.lines), self.amount.clone(), self.fund.clone()]
    }
}

impl From<&Sums<'_>> for Figures {
    fn from(sums: &Sums<'_>) -> Self {
        let (amount_fen, fund_fen) = (sums.amount(), sums.fund());
        Self {
            findings: sums.findings,
            cases: sums.cases.len(),
            lines: sums.lines.len(),
            amount_fen,
            fund_fen,
            amount: text::yuan(amount_fen),
            fund: text::yuan(fund_fen),
        }
    }
}

/// The report of a month.
struct Report {
    month: String,
    basis: Basis,
    institutions: usize,
    rows: Vec<Row>,
    /// All together, every line once.
    total: Figures,
    /// Query of all of it in the queue.
    query: String,
}

impl Report {
    fn of(found: &[Counted], month: &str, basis: Basis, group_of: impl Fn(&str) -> String) -> Self {
        let mut cells: BTreeMap<(&str, String), (&str, Sums<'_>)> = BTreeMap::new();
        for one in found {
            let (name, sums) = cells.entry((&one.fixmedins_code, group_of(&one.rule_code))).or_default();
            *name = &one.institution;
            sums.add(one);
        }
        let institutions: BTreeSet<&str> =
            found.iter().map(|one| one.fixmedins_code.as_str()).filter(|code| !code.is_empty()).collect();
        let row = |place: usize, (code, group): (&str, String), name: &str, sums: &Sums<'_>| Row {
            number: place + 1,
            institution: name.to_owned(),
            query: cell_query(Some(code), month, basis, &sums.rules),
            figures: Figures::from(sums),
            group,
        };
        Self {
            month: month.to_owned(),
            basis,
            institutions: institutions.len(),
            total: Figures::from(&Sums::of(found)),
            query: cell_query(None, month, basis, &BTreeSet::new()),
            rows: (0_usize..).zip(cells).map(|(place, (cell, (name, sums)))| row(place, cell, name, &sums)).collect(),
        }
    }
}

/// The rows of a cell are those of its own rules; those of the total are the month's.
fn cell_query(code: Option<&str>, month: &str, basis: Basis, rules: &BTreeSet<&str>) -> String {
    let inst = match code {
        None => "",
        Some("") => "-",
        Some(code) => code,
    };
    let mut query = Fields::default().with(&[("view", "all"), ("inst", inst), ("month", month)]);
    for rule in rules {
        query.push_str(&format!("&rule={rule}"));
    }
    for state in basis.states() {
        query.push_str(&format!("&state={state}"));
    }
    query
}

/// A month that has findings: name, query, how many there are, amount, whether it is shown.
type MonthLink = (String, String, String, String, bool);

async fn read(app: &App, who: &Who, fields: &Fields) -> Result<(Report, Vec<MonthLink>), Trouble> {
    let (actor, basis) = (who.actor(), Basis::of(fields));
    let filter = Filter { states: basis.states(), ..Filter::default() };
    let mut months = app.store.tallied(&actor, &filter, Grouping::Month, 1_200).await?;
    months.sort_by(|a, b| b.key.cmp(&a.key));
    let month = match fields.one("month") {
        Some(month) => month.to_owned(),
        None => months.first().map_or_else(|| app.today().month(), |newest| newest.key.clone()),
    };
    let (first, last) = month_days(&month).ok_or_else(|| Trouble::Input(format!("月份应如 2026-03，现为“{month}”")))?;
    let found = app.store.counted(&actor, &Filter { from: Some(first), to: Some(last), ..filter }).await?;
    let group_of = |code: &str| {
        let rule = app.rulebook.cards().iter().find(|rule| rule.code == code).map(|rule| rule.class.clone());
        rule.filter(|class| !class.is_empty()).unwrap_or_else(|| "其他".to_owned())
    };
    let links = months.into_iter().map(|group| {
        let query = Fields::default().with(&[("month", &group.key), ("basis", basis.name())]);
        (group.key.clone(), query, text::count(group.totals.findings), text::yuan(group.totals.amount_fen), group.key == month)
    });
    let links = links.collect();
    Ok((Report::of(&found, &month, basis, group_of), links))
}

#[derive(Template)]
#[template(path = "monthly.html")]
struct MonthlyPage {
    frame: Frame,
    report: Report,
    months: Vec<MonthLink>,
    bases: Vec<(&'static str, String, bool)>,
    query: String,
    today: String,
    /// Whether the rows behind the figures may be opened.
    may_open: bool,
}

/// GET /monthly
pub(crate) async fn page(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (report, months) = read(&app, &who, &fields).await?;
    let choice = |basis: Basis| {
        (basis.label(), Fields::default().with(&[("month", &report.month), ("basis", basis.name())]), basis == report.basis)
    };
    let bases = vec![choice(Basis::Confirmed), choice(Basis::Filed)];
    crate::answer::page(&MonthlyPage {
        frame: Frame::of(&app, &who, "/monthly").await,
        query: Fields::default().with(&[("month", &report.month), ("basis", report.basis.name())]),
        today: app.today().to_string(),
        may_open: policy::permits(who.0.account.role, Action::ListFindings),
        report,
        months,
        bases,
    })
}

/// GET /monthly.xlsx: the form as it is on screen. What leaves the house is on the record.
pub(crate) async fn export(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (report, _) = read(&app, &who, &fields).await?;
    let data = app.records.version().await.map(|data| format!("v{}", data.version)).unwrap_or_default();
    let body = serde_json::json!({ "month": report.month, "basis": report.basis.name(), "rows": report.rows.len() }).to_string();
    app.store.record("export:monthly", &who.0.account.name, "exported", body, app.now()).await?;
    let about = [
        ("月份", report.month.clone()),
        (
            "口径",
            format!(
                "{}，按服务日；每行明细、每次就诊只计一次；已认定的按认定金额，按病种、按床日付费的不计金额",
                report.basis.label()
            ),
        ),
        ("数据版本", data),
        ("导出人", who.0.account.display.clone()),
        ("导出时间", app.now().to_string()),
    ];
    let content = sheets(&report, &about).map_err(|problem| Trouble::Input(format!("没能生成表格：{problem}")))?;
    Ok(workbook::answer(&format!("monthly-{}", report.month), content))
}

/// The columns of the form.
const HEADS: [&str; 8] = ["序号", "机构", "规则类别", "疑点 条", "例次", "明细条目 条", "涉及金额 元", "其中基金 元"];

fn sheets(report: &Report, about: &[(&str, String)]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("通报")?;
    workbook::heads(sheet, &HEADS)?;
    let total = ("合计".to_owned(), String::new(), String::new(), &report.total);
    let rows = report.rows.iter().map(|row| (row.number.to_string(), row.institution.clone(), row.group.clone(), &row.figures));
    for (line, (number, institution, group, figures)) in (1_u32..).zip(rows.chain([total])) {
        for (column, cell) in (0_u16..).zip([number, institution, group]) {
            sheet.write(line, column, cell)?;
        }
        for (column, count) in (3_u16..).zip([figures.findings, figures.cases, figures.lines]) {
            sheet.write(line, column, u32::try_from(count).unwrap_or(u32::MAX))?;
        }
        for (column, fen) in (6_u16..).zip([figures.amount_fen, figures.fund_fen]) {
            workbook::amount(sheet, line, column, fen)?;
        }
    }
    workbook::finished(book, about)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(id: &str, rule: &str, visit: &str, lines: &[(&str, i64)]) -> Counted {
        Counted {
            finding_id: id.to_owned(),
            rule_code: rule.to_owned(),
            fixmedins_code: "H1".to_owned(),
            institution: "甲院".to_owned(),
            mdtrt_id: Some(visit.to_owned()),
            amount_fen: lines.iter().map(|(_, fen)| fen).sum(),
            fund_fen: 0,
            lines: lines.iter().map(|(line, fen)| ((*line).to_owned(), *fen, *fen / 2)).collect(),
        }
    }

    #[test]
    fn a_line_and_a_visit_count_once_however_many_rules_name_them() {
        let found = [
            counted("f1", "A", "V1", &[("V1:1", 100), ("V1:2", 50)]),
            counted("f2", "B", "V1", &[("V1:1", 300)]),
            counted("f3", "C", "V2", &[("V2:1", 10)]),
        ];
        let group_of = |code: &str| if code == "C" { "管理".to_owned() } else { "政策".to_owned() };
        let report = Report::of(&found, "2026-02", Basis::Confirmed, group_of);
        let shown: Vec<_> = report.rows.iter().map(|row| (row.group.as_str(), row.figures.clone())).collect();
        let figures = |figures: &Figures| (figures.findings, figures.cases, figures.lines, figures.amount_fen, figures.fund_fen);
        let of = |group: &str| shown.iter().find(|(known, _)| *known == group).map(|(_, own)| figures(own));
        assert_eq!((of("政策"), of("管理")), (Some((2, 1, 2, 350, 175)), Some((1, 1, 1, 10, 5))));
        assert_eq!((figures(&report.total), report.institutions), ((3, 2, 3, 360, 180), 1));
    }
}
