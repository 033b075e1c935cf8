//! Correction（更正与期限）: what the bureau takes back, puts off or asks for on a finding, beside the regular next step.

use axum::extract::{Path, State};
use casework::{Action, Finding, Role, State as Stage, policy};
use claims::Day;

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::finding::{decide, verdict};
use crate::guard::{Fields, Posted, Who};

/// What may be done of it to a finding as it stands.
#[expect(clippy::struct_excessive_bools, reason = "each is one form of the page")]
pub(crate) struct Beside {
    pub(crate) send_back: bool,
    pub(crate) withdraw: bool,
    pub(crate) extend: bool,
    pub(crate) unanswered: bool,
    pub(crate) ask_more: bool,
    pub(crate) correct: bool,
}

impl Beside {
    /// By whoever did not review it first, where that matters.
    pub(crate) fn of(finding: &Finding, role: Role, own: bool, today: Day) -> Self {
        let may = |action| policy::permits(role, action);
        let late = matches!(finding.state, Stage::Told { answer_by } if today > answer_by);
        let told = matches!(finding.state, Stage::Told { .. });
        let appealed = matches!(finding.state, Stage::UnderAppeal { .. });
        let confirmed = matches!(finding.state, Stage::Confirmed { .. });
        Self {
            send_back: finding.state == Stage::Passed && may(Action::SendBack),
            withdraw: told && !own && may(Action::Withdraw),
            extend: told && may(Action::Extend),
            unanswered: late && !own && may(Action::DecideAppeal),
            ask_more: appealed && !own && may(Action::AskMore),
            correct: confirmed && !own && may(Action::Correct),
        }
    }

    pub(crate) const fn any(&self) -> bool {
        self.send_back || self.withdraw || self.extend || self.unanswered || self.ask_more || self.correct
    }
}

fn reason(fields: &Fields) -> &str {
    fields.one("reason").unwrap_or_default()
}

/// POST /findings/{id}/back: 退回初审
pub(crate) async fn send_back(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    decide(&app, &who, &id, &fields, |finding| finding.send_back(&who.actor(), reason(&fields), app.today())).await
}

/// POST /findings/{id}/withdraw: 撤回下发
pub(crate) async fn withdraw(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    decide(&app, &who, &id, &fields, |finding| finding.withdraw(&who.actor(), reason(&fields), app.today())).await
}

/// POST /findings/{id}/extend: 延长答复期限
pub(crate) async fn extend(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let typed = fields.need("days", "延长几个工作日")?;
    let days: u32 = typed.parse().map_err(|_| Trouble::Input(format!("延长的工作日应为整数，现为“{typed}”")))?;
    decide(&app, &who, &id, &fields, |finding| {
        let limits = app.clocks.limits.of(&finding.filed.region);
        finding.extend(&who.actor(), days, reason(&fields), limits, &app.clocks.calendar, app.today())
    })
    .await
}

/// POST /findings/{id}/unanswered: 对逾期未答复的作出复审结论
pub(crate) async fn unanswered(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let verdict = verdict(&fields)?;
    decide(&app, &who, &id, &fields, |finding| finding.decide_unanswered(&who.actor(), verdict, reason(&fields), app.today()))
        .await
}

/// POST /findings/{id}/more: 要求补充材料
pub(crate) async fn ask_more(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    decide(&app, &who, &id, &fields, |finding| {
        let limits = app.clocks.limits.of(&finding.filed.region);
        finding.ask_more(&who.actor(), reason(&fields), limits, &app.clocks.calendar, app.today())
    })
    .await
}

/// POST /findings/{id}/correct: 更正认定
pub(crate) async fn correct(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let verdict = verdict(&fields)?;
    decide(&app, &who, &id, &fields, |finding| finding.correct(&who.actor(), verdict, reason(&fields), app.today())).await
}
