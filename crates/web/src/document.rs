//! Documents（文书）as DOCX, with numbers: the notice of a finding, the decision on an appeal, the notice of a refund, the receipt of a
//! payment.

use std::io::Cursor;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use casework::Role;
use casework::recovery::Received;
use docx_rs::{AlignmentType, Docx, Paragraph, Run, RunFonts, Table, TableCell, TableRow};
use store::Place;

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::finding::Card;
use crate::guard::{Posted, Who};
use crate::history::Happened;
use crate::recovery::posting_number;
use crate::{sight, text};

/// Typefaces of official documents; a system without them takes its own.
const BODY: &str = "仿宋";
const TITLE: &str = "方正小标宋简体";
/// Sizes in half points: 三号 and 二号.
const BODY_SIZE: usize = 32;
const TITLE_SIZE: usize = 44;

/// A kind of document: its name in the store, its title, the word of its number.
struct Kind {
    name: &'static str,
    title: &'static str,
    word: &'static str,
}

const NOTICE: Kind = Kind { name: "notice", title: "医疗保障基金使用疑点告知书", word: "医保疑告" };
const DECISION: Kind = Kind { name: "decision", title: "疑点申诉复审决定书", word: "医保疑复" };
const REFUND: Kind = Kind { name: "refund", title: "退回医疗保障基金通知书", word: "医保退通" };

const RECEIPT: Kind = Kind { name: "receipt", title: "医疗保障基金退回收款收据", word: "医保退收" };

/// Whether an appeal was decided.
pub(crate) fn is_decided(history: &[Happened]) -> bool {
    history.iter().any(|step| step.what == "复审结论")
}

/// POST /findings/{id}/notice; the institution's own page has the same.
pub(crate) async fn notice(State(app): State<App>, who: Who, Path(id): Path<String>, _form: Posted) -> Answer {
    let card = Card::of(&app, &who, &id).await?;
    if !card.finding.told {
        return Err(Trouble::Input("这条疑点还没有下发，没有告知书".to_owned()));
    }
    let told = card.disclosed.iter().rfind(|step| step.what == "下发机构");
    let mut paragraphs = vec![
        format!("{}：", card.sheet.institution),
        format!("经智能审核和人工初审，你单位 {} 的结算数据存在以下疑点，现予告知。", card.finding.filed.occurred_on),
        format!("一、疑点：{}。{}", card.sheet.rule_name, card.sheet.message),
        format!("二、涉及金额 {} 元，其中医疗保障基金 {} 元。", card.amount, card.fund),
        format!("三、依据：{}。", card.law.join("；")),
        format!(
            "四、请于{}。认可的，基金按原支付渠道退回；有异议的，请提出申诉并附材料：{}。",
            told.map_or("期限内答复", |step| step.reason.as_str()),
            card.sheet.cleared_by.join("；")
        ),
    ];
    paragraphs.push("疑点不是对违法行为的认定。".to_owned());
    issue(&app, &who, &id, &NOTICE, &card, paragraphs).await
}

/// POST /findings/{id}/decision; the institution's own page has the same.
pub(crate) async fn decision(State(app): State<App>, who: Who, Path(id): Path<String>, _form: Posted) -> Answer {
    let card = Card::of(&app, &who, &id).await?;
    let Some(decided) = card.disclosed.iter().rfind(|step| step.what == "复审结论") else {
        return Err(Trouble::Input("这条疑点还没有复审结论，没有决定书".to_owned()));
    };
    let grounds = card.disclosed.iter().rfind(|step| step.what == "机构申诉").map(|step| step.reason.clone()).unwrap_or_default();
    let paragraphs = vec![
        format!("{}：", card.sheet.institution),
        format!("你单位对疑点“{}”（{}）提出申诉，理由：{grounds}", card.sheet.rule_name, card.sheet.message),
        format!("经由初审以外的人员复审，结论如下：{}", decided.reason),
        match &card.owed {
            Some(owed) => format!("认定涉及金额 {owed} 元，应退回的基金另行通知。"),
            None => "该疑点不成立，不涉及退回。".to_owned(),
        },
    ];
    issue(&app, &who, &id, &DECISION, &card, paragraphs).await
}

/// POST /findings/{id}/refund; the institution's own page has the same.
pub(crate) async fn refund(State(app): State<App>, who: Who, Path(id): Path<String>, _form: Posted) -> Answer {
    let card = Card::of(&app, &who, &id).await?;
    let line = app.store.debt_line(&id, &who.actor()).await?;
    if line.claimed_fen == 0 {
        return Err(Trouble::Input(format!("这条疑点没有应退的款项（{}），没有退款通知书", crate::recoveries::note(&line))));
    }
    let debt = app.store.debt(&id, &who.actor()).await?.value;
    let due = debt.instalments().last().map(|part| part.due.to_string()).unwrap_or_default();
    let paragraphs = vec![
        format!("{}：", card.sheet.institution),
        format!("疑点“{}”（{}）已经认定。", card.sheet.rule_name, card.sheet.message),
        format!(
            "应退回医疗保障基金 {} 元，现未退 {} 元，请于 {due} 以前退回。",
            text::yuan(-debt.total(casework::recovery::Account::Claimed).0),
            text::yuan(debt.outstanding().0)
        ),
        "退回的基金按原支付渠道入账；经协商可以分期，也可以从结算款中抵扣。".to_owned(),
    ];
    issue(&app, &who, &id, &REFUND, &card, paragraphs).await
}

/// POST /recoveries/{id}/receipt: of one payment that stands. A second copy has the same number.
pub(crate) async fn receipt(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let line = app.store.debt_line(&id, &who.actor()).await?;
    let debt = app.store.debt(&id, &who.actor()).await?.value;
    let number = posting_number(&fields)?;
    let paid: Vec<Received> = debt.received().into_iter().filter(|one| one.posting == number).collect();
    let Some(first) = paid.first() else {
        return Err(Trouble::Input("这一笔不是缴回，或者已经冲正，不能开收据".to_owned()));
    };
    let sum: i64 = paid.iter().map(|one| one.amount_fen).sum();
    let payer = if first.payer.is_empty() { &line.institution } else { &first.payer };
    let paragraphs = vec![
        format!("今收到{payer}退回的医疗保障基金 {} 元。", text::yuan(sum)),
        format!("款项编号 {id}（{}），机构：{}。", line.origin.label(), line.institution),
        format!("到账日期 {}，缴款凭证号 {}。", first.on, first.receipt),
        format!("收款后这笔款项未收 {} 元。", text::yuan(debt.outstanding().0)),
    ];
    let mut rows = vec![("基金".to_owned(), "金额（元）".to_owned())];
    rows.extend(paid.iter().map(|one| (text::fund(&one.fund).to_owned(), text::yuan(one.amount_fen))));
    send(&app, &who, &format!("{id}-{}", number + 1), &RECEIPT, &paragraphs, &rows, None).await
}

async fn issue(app: &App, who: &Who, id: &str, kind: &Kind, card: &Card, paragraphs: Vec<String>) -> Answer {
    let mut rows = vec![("事实".to_owned(), "取值".to_owned())];
    rows.extend(card.facts.iter().map(|fact| (fact.label.clone(), fact.value.clone())));
    rows.extend(card.arithmetic.iter().map(|step| ("计算".to_owned(), step.clone())));
    let foot = format!("证据摘要 {}", card.finding.filed.digest);
    sight::of_person(app, who, Place::Document, card.sheet.psn_no.as_deref(), id).await?;
    send(app, who, id, kind, &paragraphs, &rows, Some(&foot)).await
}

async fn send(
    app: &App,
    who: &Who,
    id: &str,
    kind: &Kind,
    paragraphs: &[String],
    rows: &[(String, String)],
    foot: Option<&str>,
) -> Answer {
    // A document is the bureau's: where its institution asks first, the system gives the number, and not somebody of the institution.
    let by = if who.0.account.role == Role::Institution { "" } else { &who.0.account.name };
    let numbered = app.store.number_document(kind.name, id, by, app.now()).await?;
    let number = format!("{}〔{}〕{} 号", kind.word, numbered.year, numbered.number);
    let content = docx(kind.title, &number, paragraphs, rows, foot, (&app.bureau, &numbered.on))?;
    let name: String =
        url::form_urlencoded::byte_serialize(format!("{number}.docx").as_bytes()).collect::<String>().replace('+', "%20");
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.wordprocessingml.document".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, content).into_response())
}

fn run(text: &str, face: &str, size: usize) -> Run {
    Run::new().add_text(text).size(size).fonts(RunFonts::new().east_asia(face).ascii("Times New Roman"))
}

fn docx(
    title: &str,
    number: &str,
    paragraphs: &[String],
    rows: &[(String, String)],
    foot: Option<&str>,
    (bureau, day): (&str, &str),
) -> Result<Vec<u8>, Trouble> {
    let centred = |text: &str, face: &str, size| Paragraph::new().add_run(run(text, face, size)).align(AlignmentType::Center);
    let mut document =
        Docx::new().add_paragraph(centred(title, TITLE, TITLE_SIZE)).add_paragraph(centred(number, BODY, BODY_SIZE));
    for text in paragraphs {
        document = document.add_paragraph(Paragraph::new().add_run(run(text, BODY, BODY_SIZE)));
    }
    let cell = |text: &str| TableCell::new().add_paragraph(Paragraph::new().add_run(run(text, BODY, 24)));
    let rows = rows.iter().map(|(label, value)| TableRow::new(vec![cell(label), cell(value)]));
    document = document.add_table(Table::new(rows.collect()));
    let signed = |text: &str| Paragraph::new().add_run(run(text, BODY, BODY_SIZE)).align(AlignmentType::Right);
    document = document.add_paragraph(signed(bureau)).add_paragraph(signed(day));
    if let Some(foot) = foot {
        document = document.add_paragraph(Paragraph::new().add_run(run(foot, BODY, 20)));
    }
    let mut out = Cursor::new(Vec::new());
    document.build().pack(&mut out).map_err(|problem| Trouble::Input(format!("没能生成文书：{problem}")))?;
    Ok(out.into_inner())
}
