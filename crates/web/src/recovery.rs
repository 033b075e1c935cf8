//! Recoveries（追回台账）: what is owed, what came back, and what is overdue, by fund.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use casework::recovery::{Account, Instalment, Means, Posting};
use casework::{Action, UserId, policy};
use claims::{Day, Fen};
use store::DebtLine;

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;
use crate::text::{self, Clock};

struct Row {
    line: DebtLine,
    claimed: String,
    outstanding: String,
    clock: Option<Clock>,
}

/// Balances of one fund, an account a column.
struct FundRow {
    fund: String,
    cells: Vec<String>,
}

#[derive(Template)]
#[template(path = "recoveries.html")]
struct RecoveriesPage {
    frame: Frame,
    rows: Vec<Row>,
    accounts: Vec<&'static str>,
    funds: Vec<FundRow>,
    ages: Vec<(&'static str, String, usize)>,
    open: bool,
}

/// GET /recoveries
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (actor, today) = (who.actor(), app.today());
    let open = fields.one("show") != Some("all");
    let debts = app.store.debts(&actor, open, fields.one("inst"), 1_000).await?;
    let balances = app.store.balances(&actor).await?;
    let mut funds: Vec<&str> = balances.iter().map(|balance| balance.fund.as_str()).collect();
    funds.dedup();
    let cell = |fund: &str, account: Account| {
        let sum: i64 = balances
            .iter()
            .filter(|balance| balance.fund == fund && balance.account == account.name())
            .map(|balance| balance.amount_fen)
            .sum();
        // What is claimed is the other side of all else, and is shown as people say it.
        text::yuan(if account == Account::Claimed { -sum } else { sum })
    };
    let fund_rows = funds.iter().map(|fund| FundRow {
        fund: text::fund(fund).to_owned(),
        cells: store::debt::ACCOUNTS.iter().map(|account| cell(fund, *account)).collect(),
    });
    let ages = ages(&debts, today);
    crate::answer::page(&RecoveriesPage {
        frame: Frame::of(&app, &who, "/recoveries").await,
        accounts: store::debt::ACCOUNTS.iter().map(|account| account.label()).collect(),
        funds: fund_rows.collect(),
        ages,
        rows: debts
            .into_iter()
            .map(|line| Row {
                claimed: text::yuan(line.claimed_fen),
                outstanding: text::yuan(line.outstanding_fen),
                clock: Clock::of(line.due, today, &app.clocks.calendar),
                line,
            })
            .collect(),
        open,
    })
}

/// 账龄: what is outstanding, by how long it has been due.
fn ages(debts: &[DebtLine], today: Day) -> Vec<(&'static str, String, usize)> {
    let bands: [(&'static str, i32, i32); 4] =
        [("未到期", i32::MIN, 0), ("逾期 30 天内", 1, 30), ("逾期 31 至 90 天", 31, 90), ("逾期 90 天以上", 91, i32::MAX)];
    let band = |(label, from, to): (&'static str, i32, i32)| {
        let within = |line: &&DebtLine| line.due.is_some_and(|due| (from..=to).contains(&today.since(due)));
        let lines: Vec<&DebtLine> = debts.iter().filter(within).collect();
        (label, text::yuan(lines.iter().map(|line| line.outstanding_fen).sum()), lines.len())
    };
    bands.into_iter().map(band).collect()
}

struct PostingRow {
    number: usize,
    on: String,
    means: &'static str,
    note: String,
    amount: String,
    entries: Vec<(String, &'static str, String)>,
    reversible: bool,
}

#[derive(Template)]
#[template(path = "recovery.html")]
struct RecoveryPage {
    frame: Frame,
    id: String,
    version: i64,
    outstanding: String,
    overdue: String,
    postings: Vec<PostingRow>,
    plan: Vec<(String, String)>,
    may_book: bool,
    may_waive: bool,
    settled: bool,
}

/// GET /recoveries/{id}
pub(crate) async fn page(State(app): State<App>, who: Who, Path(id): Path<String>) -> Answer {
    let debt = app.store.debt(&id, &who.actor()).await?;
    let reversed: Vec<usize> = debt
        .value
        .postings()
        .iter()
        .filter_map(|posting| if let Means::Reversal { of } = posting.means { Some(of) } else { None })
        .collect();
    let rows = debt.value.postings().iter().enumerate().map(|(number, posting)| {
        let fixed = matches!(posting.means, Means::Claim | Means::Reversal { .. });
        row(number, posting, !fixed && !reversed.contains(&number))
    });
    let may = |action| policy::permits(who.0.account.role, action);
    crate::answer::page(&RecoveryPage {
        frame: Frame::of(&app, &who, "/recoveries").await,
        postings: rows.collect(),
        outstanding: text::yuan(debt.value.outstanding().0),
        overdue: text::yuan(debt.value.overdue(app.today()).0),
        plan: debt.value.instalments().iter().map(|part| (part.due.to_string(), text::yuan(part.amount.0))).collect(),
        settled: debt.value.outstanding() == Fen::ZERO,
        version: debt.version,
        may_book: may(Action::BookRecovery),
        may_waive: may(Action::WaiveRecovery),
        id,
    })
}

fn row(number: usize, posting: &Posting, reversible: bool) -> PostingRow {
    let note = match &posting.means {
        Means::Claim => String::new(),
        Means::Payment { receipt } => format!("收据 {receipt}"),
        Means::Offset { settlement } => format!("结算 {settlement}"),
        Means::Waiver { authority, reason } => format!("{} 批准：{reason}", authority.0),
        Means::Reversal { of } => format!("冲正第 {} 笔", of + 1),
    };
    let entries =
        posting.entries.iter().map(|(account, fund, fen)| (text::fund(fund).to_owned(), account.label(), text::yuan(*fen)));
    let outstanding: i64 =
        posting.entries.iter().filter(|(account, ..)| *account == Account::Outstanding).map(|(.., fen)| *fen).sum();
    PostingRow {
        number: number + 1,
        on: posting.on.to_string(),
        means: posting.means.label(),
        note,
        amount: text::yuan(outstanding),
        entries: entries.collect(),
        reversible,
    }
}

fn money(fields: &Fields) -> Result<Fen, Trouble> {
    let typed = fields.need("amount", "金额")?;
    text::parse_yuan(typed).map(Fen).ok_or_else(|| Trouble::Input(format!("金额应如 1234.50，单位元，现为“{typed}”")))
}

/// POST /recoveries/{id}/book: 缴回, 抵扣 or 冲正.
pub(crate) async fn book(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let (means, amount) = match fields.one("means") {
        Some("payment") => (Means::Payment { receipt: fields.need("paper", "收据号")?.to_owned() }, money(&fields)?),
        Some("offset") => (Means::Offset { settlement: fields.need("paper", "抵扣的结算单号")?.to_owned() }, money(&fields)?),
        Some("reversal") => {
            let number: usize =
                fields.need("of", "冲正哪一笔")?.parse().map_err(|_| Trouble::Input("冲正的笔号应为整数".to_owned()))?;
            (Means::Reversal { of: number.saturating_sub(1) }, Fen::ZERO)
        }
        _ => return Err(Trouble::Input("请选择缴回、抵扣或冲正".to_owned())),
    };
    app.store.book(&id, fields.version()?, &who.actor(), amount, means, app.now()).await?;
    see_other(&format!("/recoveries/{id}"))
}

/// POST /recoveries/{id}/waive: 免除, by whoever has the power.
pub(crate) async fn waive(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let means = Means::Waiver {
        authority: UserId::new(&who.0.account.name),
        reason: fields.need("reason", "免除的理由")?.to_owned(),
    };
    app.store.book(&id, fields.version()?, &who.actor(), money(&fields)?, means, app.now()).await?;
    see_other(&format!("/recoveries/{id}"))
}

/// POST /recoveries/{id}/plan: 分期, a line each: day and amount.
pub(crate) async fn plan(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let instalment = |line: &str| {
        let (day, amount) = line.split_once([' ', '\t', '，', ',']).unwrap_or((line, ""));
        let due = Day::parse(day.trim());
        let amount = text::parse_yuan(amount);
        due.zip(amount)
            .map(|(due, amount)| Instalment { due, amount: Fen(amount) })
            .ok_or_else(|| Trouble::Input(format!("每行应为“日期 金额”，如“2026-03-02 1234.50”，现为“{line}”")))
    };
    let text = fields.need("plan", "分期")?;
    let plan: Vec<Instalment> =
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| instalment(line.trim())).collect::<Result<_, _>>()?;
    app.store.plan(&id, fields.version()?, &who.actor(), plan, app.now()).await?;
    see_other(&format!("/recoveries/{id}"))
}
