//! Bank lists（对账）: what the bank or the treasury says came in, against what was booked here.

use askama::Template;
use axum::extract::{Path, State};
use casework::reconcile::{BankFault, BankLine, COLUMNS, Match, read};
use casework::{Action, policy};
use claims::Day;
use store::{BankList, BankView};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Posted, Who};
use crate::layout::Frame;
use crate::recovery::day;
use crate::text;
use crate::upload::Sent;

/// The most lists shown.
const MOST: i64 = 200;

/// The most faults of one list that are told at once.
const MOST_FAULTS: usize = 20;

#[derive(Template)]
#[template(path = "bank_lists.html")]
struct BankListsPage {
    frame: Frame,
    lists: Vec<BankList>,
    columns: String,
    may_import: bool,
}

/// GET /bank-lists
pub(crate) async fn list(State(app): State<App>, who: Who) -> Answer {
    crate::answer::page(&BankListsPage {
        frame: Frame::of(&app, &who, "/recoveries").await,
        lists: app.store.bank_lists(&who.actor(), MOST).await?,
        columns: COLUMNS.join(","),
        may_import: policy::permits(who.0.account.role, Action::BookRecovery),
    })
}

/// POST /bank-lists: a list as a file, or typed in.
pub(crate) async fn import(State(app): State<App>, who: Who, sent: Sent) -> Answer {
    let fields = &sent.fields;
    let (name, content) = match sent.papers.first() {
        Some(file) => {
            let text = std::str::from_utf8(&file.content);
            let problem = |_| Trouble::Input(format!("{} 不是 UTF-8 文本，请另存为“CSV UTF-8”后再导入", file.name));
            (store::paper::plain_name(&file.name)?, text.map_err(problem)?.to_owned())
        }
        None => ("录入.csv".to_owned(), fields.need("lines", "到账清单的文件或内容")?.to_owned()),
    };
    let lines = read(&name, &content).map_err(|faults| Trouble::Input(told(&faults)))?;
    let days = days(&lines, day(fields, "from", "起始日期")?, day(fields, "to", "截止日期")?);
    let number = app.store.import_bank_list(&who.actor(), &name, &lines, days, app.now()).await?;
    see_other(&format!("/bank-lists/{number}"))
}

/// The days that a list speaks of: those that were named, or else from its first line to its last.
fn days(lines: &[BankLine], from: Option<Day>, to: Option<Day>) -> (Day, Day) {
    let (first, last) = (lines.iter().map(|line| line.on).min(), lines.iter().map(|line| line.on).max());
    (from.or(first).unwrap_or(Day(0)), to.or(last).unwrap_or(Day(0)))
}

fn told(faults: &[BankFault]) -> String {
    let mut text: Vec<String> = faults.iter().take(MOST_FAULTS).map(ToString::to_string).collect();
    if faults.len() > MOST_FAULTS {
        text.push(format!("另有 {} 处", faults.len() - MOST_FAULTS));
    }
    text.join("；")
}

struct LineRow {
    line: BankLine,
    fund: String,
    amount: String,
    outcome: String,
    colour: &'static str,
    /// Debts that it pays for, with what was booked of each.
    debts: Vec<(String, String)>,
}

/// A payment that the list does not have.
struct MissingRow {
    debt_id: String,
    on: String,
    payer: String,
    receipt: String,
    fund: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "bank_list.html")]
struct BankListPage {
    frame: Frame,
    list: BankList,
    rows: Vec<LineRow>,
    missing: Vec<MissingRow>,
    counts: Vec<(&'static str, usize)>,
    may_import: bool,
}

/// GET /bank-lists/{id}
pub(crate) async fn page(State(app): State<App>, who: Who, Path(id): Path<String>) -> Answer {
    let view = app.store.bank_view(&id, &who.actor()).await?;
    crate::answer::page(&BankListPage {
        frame: Frame::of(&app, &who, "/recoveries").await,
        rows: rows(&view),
        missing: missing(&view),
        counts: counts(&view),
        may_import: policy::permits(who.0.account.role, Action::BookRecovery),
        list: view.list,
    })
}

fn counts(view: &BankView) -> Vec<(&'static str, usize)> {
    let of = |holds: fn(&Match) -> bool| view.found.lines.iter().filter(|(outcome, _)| holds(outcome)).count();
    vec![
        ("相符", of(|outcome| *outcome == Match::Agrees)),
        ("不符", of(|outcome| matches!(outcome, Match::Differs(_)))),
        ("已在其他清单对过", of(|outcome| matches!(outcome, Match::Before(_)))),
        ("此处未登记", of(|outcome| *outcome == Match::MissingHere)),
        ("清单中没有", view.found.missing_there.len()),
    ]
}

fn rows(view: &BankView) -> Vec<LineRow> {
    let row = |(line, (outcome, numbers)): (&BankLine, &(Match, Vec<usize>))| {
        let paid = numbers.iter().filter_map(|number| view.paid.get(*number));
        LineRow {
            fund: text::fund(&line.fund).to_owned(),
            amount: text::yuan(line.amount.0),
            outcome: outcome.label(),
            colour: match outcome {
                Match::Agrees => "green",
                Match::Before(_) => "secondary",
                Match::Differs(_) => "orange",
                Match::MissingHere => "red",
            },
            debts: paid.map(|payment| (payment.debt_id.clone(), text::yuan(payment.amount.0))).collect(),
            line: line.clone(),
        }
    };
    view.lines.iter().zip(&view.found.lines).map(row).collect()
}

fn missing(view: &BankView) -> Vec<MissingRow> {
    let paid = view.found.missing_there.iter().filter_map(|number| view.paid.get(*number));
    paid.map(|payment| MissingRow {
        debt_id: payment.debt_id.clone(),
        on: payment.on.to_string(),
        payer: payment.payer.clone(),
        receipt: payment.receipt.clone(),
        fund: text::fund(&payment.fund).to_owned(),
        amount: text::yuan(payment.amount.0),
    })
    .collect()
}

/// POST /bank-lists/{id}/again: holds it against what is booked by now.
pub(crate) async fn again(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    app.store.reconcile(&id, fields.version()?, &who.actor(), app.now()).await?;
    see_other(&format!("/bank-lists/{id}"))
}
