//! Recoveries（追回台账）: what is owed, what came back, and what is overdue, by fund; penalties and fines beside it, never in one sum.

use askama::Template;
use axum::extract::{RawQuery, State};
use casework::charge::ChargeKind;
use casework::recovery::{Account, Age, DebtState};
use casework::{Action, policy};
use rust_xlsxwriter::{Workbook, XlsxError};
use store::{Balance, ChargeBalance, DebtFilter, DebtLine, StoreError};

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::paging::{PAGE, Pages, Turn};
use crate::text::{self, Clock};
use crate::workbook;

/// The most rows of one file.
const MOST: i64 = 100_000;

struct Row {
    line: DebtLine,
    claimed: String,
    outstanding: String,
    credit: String,
    note: String,
    clock: Option<Clock>,
}

/// A label with an amount for each column.
struct Sums {
    label: String,
    cells: Vec<String>,
}

#[derive(Template)]
#[template(path = "recoveries.html")]
struct RecoveriesPage {
    frame: Frame,
    rows: Vec<Row>,
    accounts: Vec<&'static str>,
    funds: Vec<Sums>,
    books: Vec<Sums>,
    ages: Vec<(&'static str, String, i64)>,
    shown: &'static str,
    query: String,
    /// How many wait for somebody to determine them.
    undetermined: i64,
    pages: Pages,
    may_book: bool,
}

/// What became of the money of a debt, where there is something to say.
pub(crate) fn note(line: &DebtLine) -> String {
    match line.state {
        DebtState::Claimed if line.credit_fen > 0 => format!("应退还机构 {} 元", text::yuan(line.credit_fen)),
        DebtState::Claimed if line.claimed_fen == 0 => "已撤销".to_owned(),
        DebtState::Claimed => "收清".to_owned(),
        state => state.label().to_owned(),
    }
}

/// What became of a finding's money, for whoever may see that; none where there is no row of it.
pub(crate) async fn of_finding(app: &App, who: &Who, id: &str) -> Result<Option<String>, Trouble> {
    if !policy::permits(who.0.account.role, Action::ViewRecovery) {
        return Ok(None);
    }
    match app.store.debt_line(id, &who.actor()).await {
        Ok(line) if line.outstanding_fen > 0 => Ok(Some(format!("未收 {} 元", text::yuan(line.outstanding_fen)))),
        Ok(line) => Ok(Some(note(&line))),
        Err(StoreError::NotFound) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}

/// Which debts a query asks for.
fn filter(fields: &Fields) -> (&'static str, DebtFilter) {
    let all = DebtFilter { open: false, institution: fields.one("inst").map(str::to_owned), state: None };
    match fields.one("show") {
        Some("all") => ("all", all),
        Some("undetermined") => ("undetermined", DebtFilter { state: Some(DebtState::Undetermined), ..all }),
        Some("before") => ("before", DebtFilter { state: Some(DebtState::BookedBefore), ..all }),
        _ => ("open", DebtFilter { open: true, ..all }),
    }
}

/// GET /recoveries
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (actor, today) = (who.actor(), app.today());
    let ((shown, filter), turn) = (filter(&fields), Turn::of(&fields));
    let skip = i64::try_from(turn.skip).unwrap_or(i64::MAX);
    let debts = app.store.debt_page(&actor, &filter, skip, i64::try_from(PAGE).unwrap_or(i64::MAX)).await?;
    let total = usize::try_from(app.store.count_debts(&actor, &filter).await?).unwrap_or_default();
    let balances = app.store.balances(&actor).await?;
    let ages = app.store.debt_ages(&actor, today).await?;
    crate::answer::page(&RecoveriesPage {
        frame: Frame::of(&app, &who, "/recoveries").await,
        accounts: Account::ALL.iter().map(|account| account.label()).collect(),
        funds: funds(&balances),
        books: books(&balances, &app.store.charge_balances(&actor).await?),
        ages: ages.iter().map(|age: &Age| (age.band.label(), text::yuan(age.amount.0), age.instalments)).collect(),
        pages: turn.pages("/recoveries", &fields, debts.len(), total),
        query: fields.with(&[]),
        undetermined: app
            .store
            .count_debts(&actor, &DebtFilter { state: Some(DebtState::Undetermined), ..DebtFilter::default() })
            .await?,
        shown,
        may_book: policy::permits(who.0.account.role, Action::BookRecovery),
        rows: debts
            .into_iter()
            .map(|line| Row {
                claimed: text::yuan(line.claimed_fen),
                outstanding: text::yuan(line.outstanding_fen),
                credit: text::yuan(line.credit_fen),
                note: note(&line),
                clock: Clock::of(line.due, today, &app.clocks.calendar),
                line,
            })
            .collect(),
    })
}

/// What stands on each account, a fund a row.
fn funds(balances: &[Balance]) -> Vec<Sums> {
    let mut funds: Vec<&str> = balances.iter().map(|balance| balance.fund.as_str()).collect();
    funds.dedup();
    let cell = |fund: &str, account: &Account| {
        let of = |balance: &&Balance| balance.fund == fund && balance.account == account.name();
        shown(*account, balances.iter().filter(of).map(|balance| balance.amount_fen).sum())
    };
    let row = |fund: &&str| Sums {
        label: text::fund(fund).to_owned(),
        cells: Account::ALL.iter().map(|account| cell(fund, account)).collect(),
    };
    funds.iter().map(row).collect()
}

/// The three books side by side: the refund, contractual penalties, fines. Nothing is summed over them.
fn books(balances: &[Balance], charges: &[ChargeBalance]) -> Vec<Sums> {
    let refund = |account: Account| {
        balances.iter().filter(|balance| balance.account == account.name()).map(|balance| balance.amount_fen).sum()
    };
    let charge = |account: Account, kind: ChargeKind| {
        let of = |balance: &&ChargeBalance| balance.account == account.name() && balance.kind == kind.name();
        charges.iter().filter(of).map(|balance| balance.amount_fen).sum()
    };
    let row = |account: Account| {
        let label = if account == Account::Claimed { "应收".to_owned() } else { account.label().to_owned() };
        let of_kind = |kind| match account {
            Account::Claimed | Account::Outstanding | Account::Paid | Account::Waived => shown(account, charge(account, kind)),
            // Nothing else ever moves a charge.
            Account::Offset | Account::Credit | Account::Returned => "—".to_owned(),
        };
        let mut cells = vec![shown(account, refund(account))];
        cells.extend(ChargeKind::ALL.map(of_kind));
        Sums { label, cells }
    };
    Account::ALL.map(row).into()
}

/// What stands on the other side is shown as people say it.
fn shown(account: Account, sum: i64) -> String {
    text::yuan(if account.is_other_side() { -sum } else { sum })
}

/// GET /recoveries.xlsx
pub(crate) async fn export(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let query = query.unwrap_or_default();
    let fields = Fields::parse(query.as_bytes());
    let actor = who.actor();
    let lines = app.store.debt_page(&actor, &filter(&fields).1, 0, MOST).await?;
    let balances = app.store.balances(&actor).await?;
    let body = serde_json::json!({ "query": query, "rows": lines.len() }).to_string();
    app.store.record("export:recoveries", &who.0.account.name, "exported", body, app.now()).await?;
    let about = [
        ("内容", "只记应退回的基金；违约金、罚款不在这里".to_owned()),
        ("筛选条件", fields.with(&[])),
        ("导出人", who.0.account.display.clone()),
        ("导出时间", app.now().to_string()),
        ("行数", lines.len().to_string()),
    ];
    let content = sheets(&lines, &balances, &about).map_err(|problem| Trouble::Input(format!("没能生成表格：{problem}")))?;
    Ok(workbook::answer("recoveries", content))
}

fn sheets(lines: &[DebtLine], balances: &[Balance], about: &[(&str, String)]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("款项")?;
    let heads = ["款项编号", "来源", "状态", "机构编码", "机构", "规则", "认定日", "时限", "应追回 元", "未收 元", "应退还 元"];
    workbook::heads(sheet, &heads)?;
    for (row, line) in (1_u32..).zip(lines) {
        let due = line.due.map(|day| day.to_string()).unwrap_or_default();
        let state = if line.outstanding_fen > 0 { "未收清".to_owned() } else { note(line) };
        let cells = [
            &line.debt_id,
            line.origin.label(),
            &state,
            &line.fixmedins_code,
            &line.institution,
            &line.rule_code,
            &line.opened_on,
            &due,
        ];
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write(row, column, cell)?;
        }
        for (column, fen) in [(8, line.claimed_fen), (9, line.outstanding_fen), (10, line.credit_fen)] {
            workbook::amount(sheet, row, column, fen)?;
        }
    }
    let sheet = book.add_worksheet().set_name("各基金余额")?;
    workbook::heads(sheet, &["基金", "科目", "余额 元"])?;
    for (row, balance) in (1_u32..).zip(balances) {
        let account = Account::ALL.into_iter().find(|account| account.name() == balance.account);
        sheet.write(row, 0, text::fund(&balance.fund))?;
        sheet.write(row, 1, account.map_or("", Account::label))?;
        let sign = if account.is_some_and(Account::is_other_side) { -1 } else { 1 };
        workbook::amount(sheet, row, 2, sign * balance.amount_fen)?;
    }
    workbook::finished(book, about)
}
