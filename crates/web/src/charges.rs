//! Charges（违约金与罚款）: what an institution owes beside the refund, each kind in a book of its own.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use casework::charge::{ChargeDecision, ChargeKind};
use casework::recovery::Means;
use casework::{Action, UserId, policy};
use claims::Fen;
use store::ChargeLine;

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;
use crate::paging::{PAGE, Pages, Turn};
use crate::recovery::{day, money, posting_number, proof};
use crate::text::{self, Clock};

struct Row {
    line: ChargeLine,
    charged: String,
    outstanding: String,
    clock: Option<Clock>,
}

#[derive(Template)]
#[template(path = "charges.html")]
struct ChargesPage {
    frame: Frame,
    rows: Vec<Row>,
    shown: &'static str,
    pages: Pages,
    may_book: bool,
}

/// GET /charges
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (actor, turn) = (who.actor(), Turn::of(&fields));
    let kind = fields.one("kind").and_then(ChargeKind::of);
    let skip = i64::try_from(turn.skip).unwrap_or(i64::MAX);
    let lines = app.store.charges(&actor, kind, skip, i64::try_from(PAGE).unwrap_or(i64::MAX)).await?;
    let total = usize::try_from(app.store.count_charges(&actor, kind).await?).unwrap_or_default();
    crate::answer::page(&ChargesPage {
        frame: Frame::of(&app, &who, "/recoveries").await,
        pages: turn.pages("/charges", &fields, lines.len(), total),
        shown: kind.map_or("", ChargeKind::name),
        may_book: policy::permits(who.0.account.role, Action::BookCharge),
        rows: lines
            .into_iter()
            .map(|line| Row {
                charged: text::yuan(line.charged_fen),
                outstanding: text::yuan(line.outstanding_fen),
                clock: Clock::of(line.due, app.today(), &app.clocks.calendar),
                line,
            })
            .collect(),
    })
}

/// POST /charges: opens what a decision asks.
pub(crate) async fn open(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let kind = fields.one("kind").and_then(ChargeKind::of);
    let needed = |name: &str, label: &str| day(&fields, name, label)?.ok_or_else(|| Trouble::Input(format!("请填写{label}")));
    let decision = ChargeDecision {
        kind: kind.ok_or_else(|| Trouble::Input("请选择违约金或罚款".to_owned()))?,
        fixmedins_code: fields.need("inst", "机构编码")?.to_owned(),
        // The store knows which region the institution is in.
        region: String::new(),
        number: fields.need("number", "决定书文号")?.to_owned(),
        authority: fields.need("authority", "作出决定的机关")?.to_owned(),
        decided_on: needed("decided_on", "决定日期")?,
        due: needed("due", "缴纳期限")?,
        amount: money(&fields)?,
    };
    let number = app.store.open_charge(&who.actor(), decision, app.now()).await?;
    see_other(&format!("/charges/{number}"))
}

struct PostingRow {
    number: usize,
    on: String,
    means: &'static str,
    note: String,
    entries: Vec<(&'static str, String)>,
    /// Who takes it back posts here; none where nobody may, or it cannot be.
    undo: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "charge.html")]
struct ChargePage {
    frame: Frame,
    id: String,
    version: i64,
    kind: &'static str,
    institution: String,
    decision: ChargeDecision,
    amount: String,
    outstanding: String,
    postings: Vec<PostingRow>,
    may_book: bool,
    may_waive: bool,
}

/// GET /charges/{id}
pub(crate) async fn page(State(app): State<App>, who: Who, Path(id): Path<String>) -> Answer {
    let (institution, charge) = app.store.charge(&id, &who.actor()).await?;
    let may = |action| policy::permits(who.0.account.role, action);
    let postings = charge.value.postings();
    let reversed = |of: usize| postings.iter().any(|posting| posting.means == Means::Reversal { of });
    let rows = postings.iter().enumerate().map(|(number, posting)| {
        let undo = match posting.means {
            Means::Payment { .. } if may(Action::BookCharge) => Some("book"),
            Means::Waiver { .. } if may(Action::WaiveRecovery) => Some("unwaive"),
            _ => None,
        };
        PostingRow {
            number: number + 1,
            on: posting.on.to_string(),
            means: posting.means.label(),
            note: proof(&posting.means),
            entries: posting.entries.iter().map(|(account, _, fen)| (account.label(), text::yuan(*fen))).collect(),
            undo: undo.filter(|_| !reversed(number)),
        }
    });
    let open = charge.value.outstanding().is_positive();
    crate::answer::page(&ChargePage {
        frame: Frame::of(&app, &who, "/recoveries").await,
        version: charge.version,
        kind: charge.value.decision.kind.label(),
        amount: text::yuan(charge.value.decision.amount.0),
        outstanding: text::yuan(charge.value.outstanding().0),
        postings: rows.collect(),
        may_book: open && may(Action::BookCharge),
        may_waive: open && may(Action::WaiveRecovery),
        decision: charge.value.decision.clone(),
        institution,
        id,
    })
}

/// POST /charges/{id}/book: 缴纳 or 冲正.
pub(crate) async fn book(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let (means, amount) = match fields.one("means") {
        Some("payment") => {
            let receipt = fields.need("paper", "收据号")?.to_owned();
            let payer = fields.one("payer").unwrap_or_default().to_owned();
            let received = day(&fields, "received", "到账日期")?;
            if let Some(day) = received.filter(|day| *day > app.today()) {
                return Err(casework::Refusal::InFuture { day }.into());
            }
            (Means::Payment { receipt, payer, received, paper: None }, money(&fields)?)
        }
        Some("reversal") => (Means::Reversal { of: posting_number(&fields)? }, Fen::ZERO),
        _ => return Err(Trouble::Input("请选择缴纳或冲正".to_owned())),
    };
    app.store.book_charge(&id, fields.version()?, &who.actor(), amount, means, app.now()).await?;
    see_other(&format!("/charges/{id}"))
}

/// POST /charges/{id}/waive: 免除, by whoever has the power.
pub(crate) async fn waive(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let means = Means::Waiver {
        authority: UserId::new(&who.0.account.name),
        reason: fields.need("reason", "免除的理由")?.to_owned(),
    };
    app.store.book_charge(&id, fields.version()?, &who.actor(), money(&fields)?, means, app.now()).await?;
    see_other(&format!("/charges/{id}"))
}

/// POST /charges/{id}/unwaive: takes a waiver back, by whoever has the power to waive.
pub(crate) async fn unwaive(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let means = Means::Reversal { of: posting_number(&fields)? };
    app.store.book_charge(&id, fields.version()?, &who.actor(), Fen::ZERO, means, app.now()).await?;
    see_other(&format!("/charges/{id}"))
}
