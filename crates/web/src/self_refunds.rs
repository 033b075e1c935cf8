//! Self-refunds（自查退回）: money that an institution gives back by itself, line by line.

use askama::Template;
use axum::extract::State;
use casework::self_refund::{GivenBack, Origin, SelfRefund};
use claims::Fen;
use claims::record::FUND_COLUMNS;

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::recovery::day;
use crate::text;
use crate::upload::Sent;

#[derive(Template)]
#[template(path = "self_refunds.html")]
struct SelfRefundPage {
    frame: Frame,
    origins: Vec<(&'static str, &'static str)>,
    funds: Vec<(&'static str, &'static str)>,
}

/// GET /self-refunds
pub(crate) async fn page(State(app): State<App>, who: Who) -> Answer {
    let by_itself = Origin::ALL.into_iter().filter(|origin| *origin != Origin::Finding);
    crate::answer::page(&SelfRefundPage {
        frame: Frame::of(&app, &who, "/recoveries").await,
        origins: by_itself.map(|origin| (origin.name(), origin.label())).collect(),
        funds: FUND_COLUMNS.iter().map(|(code, _)| (*code, text::fund(code))).collect(),
    })
}

/// POST /self-refunds
pub(crate) async fn book(State(app): State<App>, who: Who, sent: Sent) -> Answer {
    let fields = &sent.fields;
    let origin = fields.one("origin").and_then(Origin::of).filter(|origin| *origin != Origin::Finding);
    let refund = SelfRefund {
        fixmedins_code: fields.need("inst", "机构编码")?.to_owned(),
        // The store knows which region the institution is in.
        region: String::new(),
        origin: origin.ok_or_else(|| Trouble::Input("请选择自查自纠或主动退回".to_owned()))?,
        received: day(fields, "received", "到账日期")?.ok_or_else(|| Trouble::Input("请填写到账日期".to_owned()))?,
        receipt: fields.need("paper", "收据号")?.to_owned(),
        payer: fields.need("payer", "付款人")?.to_owned(),
        lines: lines(fields)?,
    };
    let paper = sent.papers.first().map(|paper| paper.handed("缴款凭证"));
    let number = app.store.book_self_refund(&who.actor(), &refund, paper.as_ref(), app.now()).await?;
    see_other(&format!("/recoveries/{number}"))
}

/// Lines as they were typed, one a row: line, what the funds paid for it, fund, what comes back.
fn lines(fields: &Fields) -> Result<Vec<GivenBack>, Trouble> {
    let typed = fields.need("lines", "退回的明细")?;
    let rows = (1_usize..).zip(typed.lines()).filter(|(_, row)| !row.trim().is_empty());
    rows.map(|(number, row)| line(number, row)).collect()
}

fn line(number: usize, row: &str) -> Result<GivenBack, Trouble> {
    let cells: Vec<&str> = row.split_whitespace().collect();
    let [line_id, share, fund, amount] = cells.as_slice() else {
        return Err(Trouble::Input(format!("第 {number} 行应为“明细 基金支付 基金 退回金额”四项，以空格分开，现为“{row}”")));
    };
    let money = |what: &str, typed: &str| {
        let problem = || Trouble::Input(format!("第 {number} 行的{what}应如 1234.50，单位元，现为“{typed}”"));
        text::parse_yuan(typed).map(Fen).ok_or_else(problem)
    };
    let named = casework::recovery::fund_named(fund);
    Ok(GivenBack {
        line_id: (*line_id).to_owned(),
        fund_share: money("基金支付", share)?,
        fund: named.ok_or_else(|| Trouble::Input(format!("第 {number} 行没有基金“{fund}”")))?.to_owned(),
        amount: money("退回金额", amount)?,
    })
}
