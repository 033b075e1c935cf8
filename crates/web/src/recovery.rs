//! Recovery（追回款）: one debt, its movements, and what may be done with it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use casework::recovery::{Account, Debt, DebtState, Instalment, Means, Posting};
use casework::self_refund::Origin;
use casework::{Action, UserId, policy};
use claims::record::FUND_COLUMNS;
use claims::{Day, Fen};
use serde_json::Value as Json;
use store::{DebtLine, Entry, Paper};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;
use crate::text;
use crate::upload::Sent;

struct PostingRow {
    number: usize,
    on: String,
    means: &'static str,
    note: String,
    paper: Option<String>,
    list: Option<String>,
    amount: String,
    entries: Vec<(String, &'static str, String)>,
    /// Who takes it back posts here; none where nobody may, or it cannot be.
    undo: Option<&'static str>,
    receipt: bool,
}

/// A fund with what stands of it: its column, its name, the amount.
struct FundRow {
    code: String,
    name: String,
    amount: String,
}

/// What the actor may do with the debt as it stands.
#[expect(clippy::struct_excessive_bools, reason = "each is one form of the page")]
struct Acts {
    book: bool,
    waive: bool,
    determine: bool,
    name: bool,
    lower: bool,
    give_back: bool,
    again: bool,
}

#[derive(Template)]
#[template(path = "recovery.html")]
struct RecoveryPage {
    frame: Frame,
    id: String,
    line: DebtLine,
    state: &'static str,
    note: String,
    of_finding: bool,
    outstanding: String,
    overdue: String,
    credit: Option<String>,
    owed: String,
    unnamed: String,
    postings: Vec<PostingRow>,
    plan: Vec<(String, String)>,
    /// Lines on which others came first: line, who, what they booked.
    before: Vec<(String, String, String)>,
    /// What of its lines is booked under it.
    lines: Vec<(String, String)>,
    slips: Vec<Paper>,
    open_funds: Vec<FundRow>,
    claimed_funds: Vec<FundRow>,
    all_funds: Vec<FundRow>,
    acts: Acts,
}

/// GET /recoveries/{id}
pub(crate) async fn page(State(app): State<App>, who: Who, Path(id): Path<String>) -> Answer {
    let actor = who.actor();
    let line = app.store.debt_line(&id, &actor).await?;
    let debt = match line.state {
        DebtState::Claimed => Some(app.store.debt(&id, &actor).await?.value),
        _ => None,
    };
    let reconciled = app.store.reconciled(&id).await?;
    let may = |action| policy::permits(who.0.account.role, action);
    let postings = debt.as_ref().map(|debt| rows(debt, &reconciled, &may)).unwrap_or_default();
    let of_finding = line.origin == Origin::Finding;
    let owed = if of_finding { owed(&app, &who, &id).await? } else { String::new() };
    let (open, claimed) =
        debt.as_ref().map(|debt| (funds(debt, Account::Outstanding), funds(debt, Account::Claimed))).unwrap_or_default();
    let (outstanding, credit) = (line.outstanding_fen > 0, line.credit_fen > 0);
    let acts = Acts {
        book: outstanding && may(Action::BookRecovery),
        waive: outstanding && may(Action::WaiveRecovery),
        determine: line.state == DebtState::Undetermined && may(Action::DetermineRecovery),
        name: debt.as_ref().is_some_and(|debt| debt.unnamed().is_positive()) && may(Action::DetermineRecovery),
        lower: line.claimed_fen > 0 && may(Action::LowerRecovery),
        give_back: credit && may(Action::BookRecovery),
        again: line.state == DebtState::BookedBefore && may(Action::BookRecovery),
    };
    crate::answer::page(&RecoveryPage {
        frame: Frame::of(&app, &who, "/recoveries").await,
        state: line.state.label(),
        note: crate::recoveries::note(&line),
        outstanding: text::yuan(line.outstanding_fen),
        overdue: text::yuan(debt.as_ref().map_or(0, |debt| debt.overdue(app.today()).0)),
        credit: credit.then(|| text::yuan(line.credit_fen)),
        unnamed: text::yuan(debt.as_ref().map_or(0, |debt| debt.unnamed().0)),
        plan: debt.iter().flat_map(Debt::instalments).map(|part| (part.due.to_string(), text::yuan(part.amount.0))).collect(),
        before: app.store.entries(&store::debt::subject(&id)).await?.iter().rev().find_map(before).unwrap_or_default(),
        lines: app.store.booked_by(&id).await?.into_iter().map(|(line, fen)| (line, text::yuan(fen))).collect(),
        slips: app.store.slips(&id, &actor).await?,
        open_funds: open,
        claimed_funds: claimed,
        all_funds: FUND_COLUMNS
            .iter()
            .map(|(code, _)| FundRow { code: (*code).to_owned(), name: text::fund(code).to_owned(), amount: String::new() })
            .collect(),
        postings,
        owed,
        of_finding,
        acts,
        line,
        id,
    })
}

/// What the finding owes: no more of it can be of the funds.
async fn owed(app: &App, who: &Who, id: &str) -> Result<String, Trouble> {
    // Who counts sees the money and not the finding.
    if !policy::permits(who.0.account.role, Action::ViewFinding) {
        return Ok(String::new());
    }
    let finding = app.store.finding(id, &who.actor()).await?.value;
    Ok(if let casework::State::Confirmed { owed, .. } = finding.state { text::yuan(owed.0) } else { String::new() })
}

fn funds(debt: &Debt, account: Account) -> Vec<FundRow> {
    let row = |(fund, fen): (&str, i64)| FundRow {
        code: fund.to_owned(),
        name: text::fund(fund).to_owned(),
        amount: text::yuan(fen.abs()),
    };
    debt.balance(account).into_iter().filter(|(_, fen)| *fen != 0).map(row).collect()
}

/// Who came first on which line, as the debt's own record says it.
fn before(entry: &Entry) -> Option<Vec<(String, String, String)>> {
    let body: Json = serde_json::from_str(&entry.body).ok()?;
    let mut all = Vec::new();
    for line in body["before"].as_array()? {
        for first in line[1].as_array().into_iter().flatten() {
            let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
            all.push((text(&line[0]), text(&first[0]), text::yuan(first[1].as_i64().unwrap_or_default())));
        }
    }
    Some(all)
}

fn rows(debt: &Debt, reconciled: &[(usize, String)], may: &impl Fn(Action) -> bool) -> Vec<PostingRow> {
    let reversal = |posting: &Posting| if let Means::Reversal { of } = posting.means { Some(of) } else { None };
    let reversed: Vec<usize> = debt.postings().iter().filter_map(reversal).collect();
    let row = |(number, posting): (usize, &Posting)| {
        let stands = posting.means.is_reversible() && !reversed.contains(&number);
        let undo = match debt.action(&Means::Reversal { of: number }) {
            Action::WaiveRecovery if may(Action::WaiveRecovery) => Some("unwaive"),
            Action::BookRecovery if may(Action::BookRecovery) => Some("book"),
            _ => None,
        };
        let payment = matches!(posting.means, Means::Payment { .. });
        row(number, posting, undo.filter(|_| stands), stands && payment && may(Action::BookRecovery), reconciled)
    };
    debt.postings().iter().enumerate().map(row).collect()
}

fn row(
    number: usize,
    posting: &Posting,
    undo: Option<&'static str>,
    receipt: bool,
    reconciled: &[(usize, String)],
) -> PostingRow {
    let entries =
        posting.entries.iter().map(|(account, fund, fen)| (text::fund(fund).to_owned(), account.label(), text::yuan(*fen)));
    let outstanding: i64 =
        posting.entries.iter().filter(|(account, ..)| *account == Account::Outstanding).map(|(.., fen)| *fen).sum();
    PostingRow {
        number: number + 1,
        on: posting.on.to_string(),
        means: posting.means.label(),
        note: proof(&posting.means),
        paper: if let Means::Payment { paper, .. } = &posting.means { paper.clone() } else { None },
        list: reconciled.iter().find(|(of, _)| *of == number).map(|(_, list)| list.clone()),
        amount: text::yuan(outstanding),
        entries: entries.collect(),
        undo,
        receipt,
    }
}

/// What proves a movement.
pub(crate) fn proof(means: &Means) -> String {
    match means {
        Means::Claim => String::new(),
        Means::Payment { receipt, payer, received, .. } => {
            let on = received.map(|day| format!("，到账 {day}")).unwrap_or_default();
            let by = if payer.is_empty() { String::new() } else { format!("，付款人 {payer}") };
            format!("收据 {receipt}{by}{on}")
        }
        Means::Offset { clr_ym, settlement } if clr_ym.is_empty() => format!("结算 {settlement}"),
        Means::Offset { clr_ym, settlement } if settlement.is_empty() => format!("清算年月 {clr_ym}"),
        Means::Offset { clr_ym, settlement } => format!("清算年月 {clr_ym}，结算 {settlement}"),
        Means::Waiver { authority, reason } => format!("{} 批准：{reason}", authority.0),
        Means::Lowering { authority, reason } => format!("{} 调减：{reason}", authority.0),
        Means::Naming { authority, reason } => format!("{} 划分：{reason}", authority.0),
        Means::Return { voucher } => format!("凭证 {voucher}"),
        Means::Reversal { of } => format!("冲正第 {} 笔", of + 1),
    }
}

pub(crate) fn money(fields: &Fields) -> Result<Fen, Trouble> {
    fen(fields.need("amount", "金额")?).map(Fen)
}

pub(crate) fn fen(typed: &str) -> Result<i64, Trouble> {
    text::parse_yuan(typed).ok_or_else(|| Trouble::Input(format!("金额应如 1234.50，单位元，现为“{typed}”")))
}

/// A day that somebody typed; none where nothing is.
pub(crate) fn day(fields: &Fields, name: &str, label: &str) -> Result<Option<Day>, Trouble> {
    let Some(typed) = fields.one(name) else { return Ok(None) };
    Day::parse(typed).map(Some).ok_or_else(|| Trouble::Input(format!("{label}应如 2026-03-02，现为“{typed}”")))
}

/// Amounts by fund as a form has them: `fund:hifp_pay`.
fn by_fund(fields: &Fields, funds: &[String]) -> Result<Vec<(String, i64)>, Trouble> {
    let mut parts = Vec::new();
    for fund in funds {
        if let Some(typed) = fields.one(&format!("fund:{fund}")) {
            parts.push((fund.clone(), fen(typed)?));
        }
    }
    Ok(parts)
}

/// The funds that settlements name.
fn named_funds() -> Vec<String> {
    FUND_COLUMNS.iter().map(|(code, _)| (*code).to_owned()).collect()
}

/// Which posting a form takes back, or is of.
pub(crate) fn posting_number(fields: &Fields) -> Result<usize, Trouble> {
    let number: usize = fields.need("of", "哪一笔")?.parse().map_err(|_| Trouble::Input("笔号应为整数".to_owned()))?;
    Ok(number.saturating_sub(1))
}

/// POST /recoveries/{id}/book: 缴回, 抵扣, 退还 or 冲正.
pub(crate) async fn book(State(app): State<App>, who: Who, Path(id): Path<String>, sent: Sent) -> Answer {
    let (fields, actor) = (&sent.fields, who.actor());
    let version = fields.version()?;
    let means = match fields.one("means") {
        Some("payment") => {
            let receipt = fields.need("paper", "收据号")?.to_owned();
            let payer = fields.one("payer").unwrap_or_default().to_owned();
            let received = day(fields, "received", "到账日期")?;
            if let Some(day) = received.filter(|day| *day > app.today()) {
                return Err(casework::Refusal::InFuture { day }.into());
            }
            let paper = match sent.papers.first() {
                Some(paper) => Some(app.store.hand_in_slip(&actor, &id, &paper.handed("缴款凭证"), app.now()).await?),
                None => None,
            };
            Means::Payment { receipt, payer, received, paper }
        }
        Some("offset") => Means::Offset {
            clr_ym: fields.need("clr_ym", "清算年月")?.to_owned(),
            settlement: fields.one("paper").unwrap_or_default().to_owned(),
        },
        Some("return") => Means::Return { voucher: fields.need("paper", "退还凭证号")?.to_owned() },
        Some("reversal") => {
            let means = Means::Reversal { of: posting_number(fields)? };
            app.store.book(&id, version, &actor, Fen::ZERO, means, app.now()).await?;
            return see_other(&format!("/recoveries/{id}"));
        }
        _ => return Err(Trouble::Input("请选择缴回、抵扣、退还或冲正".to_owned())),
    };
    let debt = app.store.debt(&id, &actor).await?.value;
    let funds: Vec<String> = debt.balance(Account::Claimed).into_keys().map(str::to_owned).collect();
    let parts = by_fund(fields, &funds)?;
    if parts.is_empty() {
        app.store.book(&id, version, &actor, money(fields)?, means, app.now()).await?;
    } else {
        let sum: i64 = parts.iter().map(|(_, part)| *part).sum();
        if fields.one("amount").is_some() && money(fields)?.0 != sum {
            return Err(Trouble::Input(format!("各基金合计 {} 元，与金额不同", text::yuan(sum))));
        }
        app.store.book_by_fund(&id, version, &actor, &parts, means, app.now()).await?;
    }
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

/// POST /recoveries/{id}/unwaive: takes a waiver back, by whoever has the power to waive.
pub(crate) async fn unwaive(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let means = Means::Reversal { of: posting_number(&fields)? };
    app.store.book(&id, fields.version()?, &who.actor(), Fen::ZERO, means, app.now()).await?;
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

/// POST /recoveries/{id}/determine: 核定金额, fund by fund.
pub(crate) async fn determine(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let version = fields.version()?;
    let parts = by_fund(&fields, &named_funds())?;
    if parts.is_empty() && fields.one("nothing").is_none() {
        return Err(Trouble::Input("请填写各基金的金额；基金未支付的，请勾选“基金未支付”".to_owned()));
    }
    if !parts.is_empty() && fields.one("nothing").is_some() {
        return Err(Trouble::Input("既填了金额又勾选了“基金未支付”，请只留一项".to_owned()));
    }
    let reason = fields.one("reason").unwrap_or_default();
    app.store.determine(&id, version, &who.actor(), &parts, reason, &app.clocks, app.now()).await?;
    see_other(&format!("/recoveries/{id}"))
}

/// POST /recoveries/{id}/funds: 划分基金.
pub(crate) async fn name_funds(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let (version, parts) = (fields.version()?, by_fund(&fields, &named_funds())?);
    app.store.name_funds(&id, version, &who.actor(), &parts, fields.one("reason").unwrap_or_default(), app.now()).await?;
    see_other(&format!("/recoveries/{id}"))
}

/// POST /recoveries/{id}/lower: 调减 to what is typed of each fund, or 撤销 where nothing is.
pub(crate) async fn lower(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let version = fields.version()?;
    let debt = app.store.debt(&id, &who.actor()).await?.value;
    let funds: Vec<String> = debt.balance(Account::Claimed).into_keys().map(str::to_owned).collect();
    let to = match fields.one("what") {
        Some("withdraw") => Vec::new(),
        Some("lower") => by_fund(&fields, &funds)?,
        _ => return Err(Trouble::Input("请选择调减或撤销".to_owned())),
    };
    if to.is_empty() && fields.one("what") == Some("lower") {
        return Err(Trouble::Input("请填写各基金调减后的金额；全部不追回的，请选择撤销".to_owned()));
    }
    let reason = fields.one("reason").unwrap_or_default();
    app.store.lower_debt(&id, version, &who.actor(), &to, reason, app.now()).await?;
    see_other(&format!("/recoveries/{id}"))
}

/// POST /recoveries/{id}/again: 重新入账, after an earlier decision gave its lines free.
pub(crate) async fn again(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    app.store.book_again(&id, fields.version()?, &who.actor(), &app.clocks, app.now()).await?;
    see_other(&format!("/recoveries/{id}"))
}

/// GET /recoveries/{id}/slips/{digest}
pub(crate) async fn slip(State(app): State<App>, who: Who, Path((id, digest)): Path<(String, String)>) -> Answer {
    let (paper, content) = app.store.slip(&id, &digest, &who.actor()).await?;
    let name: String = url::form_urlencoded::byte_serialize(paper.name.as_bytes()).collect::<String>().replace('+', "%20");
    let headers = [
        (header::CONTENT_TYPE, paper.kind.clone()),
        // Never shown as a page of ours, whatever is in it.
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, content).into_response())
}
