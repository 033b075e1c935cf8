//! Real time（实时提醒）: how often hospitals ask, how quickly they are answered, what doctors make of what they are told, and who lies in
//! hospital now.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use casework::{Action, policy};
use claims::Day;
use store::realtime::{Figures, FiguresBy, FiguresFilter, KeptWarning, OnlineVisit, WarningFilter, Way};
use store::{Place, StoreError};

use crate::answer::Answer;
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::paging::{PAGE, Pages, Turn};
use crate::{sight, text};

/// Days that the figures look back, where the query names none.
const DAYS: i32 = 30;

/// The most rules, departments and doctors shown.
const MOST: i64 = 100;

/// Reminders of a rule, and the share of followed ones in percent below which it is said that nobody follows it.
const IGNORED: (i64, i64) = (50, 5);

/// A day's calls of one service.
struct CallRow {
    day: String,
    service: &'static str,
    calls: String,
    half: String,
    most: String,
}

/// What became of the reminders of a rule, a department, a doctor.
struct FigureRow {
    name: String,
    place: String,
    query: String,
    figures: Figures,
    followed: String,
    ignored: bool,
}

#[derive(Template)]
#[template(path = "realtime.html")]
struct RealtimePage {
    frame: Frame,
    from: String,
    to: String,
    inst: String,
    calls: Vec<CallRow>,
    tables: Vec<(&'static str, Vec<FigureRow>)>,
    may_list: bool,
}

/// GET /realtime
pub(crate) async fn page(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let (actor, fields) = (who.actor(), Fields::parse(query.unwrap_or_default().as_bytes()));
    let filter = FiguresFilter {
        from: day(&fields, "from").or_else(|| Some(app.today().plus(-DAYS))),
        to: day(&fields, "to"),
        fixmedins_code: fields.one("inst").map(str::to_owned),
    };
    let names: BTreeMap<String, String> =
        app.rulebook.cards().iter().map(|rule| (rule.code.clone(), rule.name.clone())).collect();
    let mut tables = Vec::new();
    for (label, by, field) in
        [("按规则", FiguresBy::Rule, "rule"), ("按科室", FiguresBy::Department, "dept"), ("按医师", FiguresBy::Doctor, "dr")]
    {
        let figures = app.store.warning_figures(&actor, &filter, by, MOST).await?;
        tables.push((label, figures.into_iter().map(|one| figure(one, field, (&fields, filter.from), &names)).collect()));
    }
    let calls = app.store.calls_by_day(&actor, &filter).await?;
    crate::answer::page(&RealtimePage {
        frame: Frame::of(&app, &who, "/realtime").await,
        from: shown(filter.from),
        to: shown(filter.to),
        inst: filter.fixmedins_code.unwrap_or_default(),
        calls: calls
            .into_iter()
            .rev()
            .map(|one| CallRow {
                day: one.day,
                service: service(&one.infno),
                calls: text::count(one.calls),
                half: milliseconds(one.p50),
                most: milliseconds(one.p99),
            })
            .collect(),
        tables,
        may_list: policy::permits(who.0.account.role, Action::ListFindings),
    })
}

fn figure(figures: Figures, field: &'static str, asked: (&Fields, Option<Day>), names: &BTreeMap<String, String>) -> FigureRow {
    // The list counts from the day that the figures do, also where the address did not name it.
    let (fields, from) = (asked.0, shown(asked.1));
    let inst = figures.fixmedins_code.as_str();
    let mut changes = vec![("from", from.as_str()), (field, figures.key.as_str())];
    changes.extend((!inst.is_empty()).then_some(("inst", inst)));
    let name = names.get(&figures.key).map_or_else(|| figures.key.clone(), |name| format!("{} {name}", figures.key));
    let (least, percent) = IGNORED;
    FigureRow {
        name: if name.is_empty() { "未填写".to_owned() } else { name },
        place: figures.fixmedins_code.clone(),
        query: fields.with(&changes),
        followed: if figures.shown == 0 { String::new() } else { format!("{} %", figures.followed * 100 / figures.shown) },
        ignored: field == "rule" && figures.shown >= least && figures.followed * 100 < figures.shown * percent,
        figures,
    }
}

/// A reminder in the list.
pub(crate) struct WarningRow {
    pub(crate) at: String,
    pub(crate) stage: &'static str,
    pub(crate) grade: (&'static str, &'static str),
    pub(crate) rule: String,
    pub(crate) sentence: String,
    place: String,
    pub(crate) doctor: String,
    pub(crate) person: String,
    pub(crate) visit: String,
    pub(crate) amount: String,
    pub(crate) provisional: bool,
    held_back: &'static str,
    pub(crate) answer: String,
}

#[derive(Template)]
#[template(path = "warnings.html")]
struct WarningsPage {
    frame: Frame,
    rows: Vec<WarningRow>,
    pages: Pages,
}

/// GET /realtime/warnings
pub(crate) async fn warnings(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let (actor, fields) = (who.actor(), Fields::parse(query.unwrap_or_default().as_bytes()));
    let one = |name: &str| fields.one(name).map(str::to_owned);
    let filter = WarningFilter {
        from: day(&fields, "from"),
        to: day(&fields, "to"),
        fixmedins_code: one("inst"),
        mdtrt_ids: fields.all("visit"),
        rule_code: one("rule"),
        dept_code: one("dept"),
        dr_code: one("dr"),
        shown: fields.one("all").is_none(),
        way: fields.one("way").and_then(Way::of_code),
        unanswered: fields.one("unanswered").is_some(),
        ..WarningFilter::default()
    };
    let turn = Turn::of(&fields);
    let (skip, most) = (i64::try_from(turn.skip).unwrap_or(i64::MAX), i64::try_from(PAGE).unwrap_or(i64::MAX));
    let kept = app.store.warnings(&actor, &filter, skip, most).await?;
    let total = usize::try_from(app.store.count_warnings(&actor, &filter).await?).unwrap_or_default();
    let names: BTreeMap<String, String> =
        app.rulebook.cards().iter().map(|rule| (rule.code.clone(), rule.name.clone())).collect();
    seen(&app, &who, &kept).await?;
    let rows: Vec<WarningRow> = kept.iter().map(|one| warning(one, &names)).collect();
    crate::answer::page(&WarningsPage {
        frame: Frame::of(&app, &who, "/realtime").await,
        pages: turn.pages("/realtime/warnings", &fields, rows.len(), total),
        rows,
    })
}

/// Puts down whose reminders are shown.
pub(crate) async fn seen(app: &App, who: &Who, kept: &[KeptWarning]) -> Result<(), StoreError> {
    let about = |one: &KeptWarning| (one.warning.psn_no.clone(), one.finding_id.clone().unwrap_or_default());
    sight::of_persons(app, who, Place::Reminders, kept.iter().map(about).collect()).await
}

pub(crate) fn warning(kept: &KeptWarning, names: &BTreeMap<String, String>) -> WarningRow {
    let warning = &kept.warning;
    let detail: serde_json::Value = serde_json::from_str(&warning.detail).unwrap_or_default();
    let answer = match &kept.answer {
        Some(answer) if answer.way == Way::GoBack => format!("返回修改 {}", answer.at),
        Some(answer) => format!("继续执行：{}", answer.reason.as_deref().unwrap_or("未说明")),
        None => String::new(),
    };
    WarningRow {
        at: kept.created_at.to_string(),
        stage: if warning.stage == store::realtime::Stage::Pre { "事前" } else { "事中" },
        grade: text::grade(&warning.grade),
        rule: names.get(&warning.rule_code).cloned().unwrap_or_else(|| warning.rule_code.clone()),
        sentence: detail["sentence"].as_str().unwrap_or_default().to_owned(),
        place: kept.fixmedins_code.clone(),
        doctor: warning.dr_code.clone().unwrap_or_default(),
        person: text::masked(&warning.psn_no),
        visit: warning.mdtrt_id.clone().unwrap_or_default(),
        amount: text::yuan(warning.amount_fen),
        provisional: warning.provisional,
        held_back: warning.held_back.map_or("", |why| match why {
            store::realtime::HeldBack::Grade => "提示，不发送",
            store::realtime::HeldBack::Budget => "超出提醒预算",
            store::realtime::HeldBack::Repeated => "同一医嘱已答复",
            store::realtime::HeldBack::Undecided => "无法判定",
            store::realtime::HeldBack::Context => "不是当前医嘱",
        }),
        answer,
    }
}

/// A patient in hospital.
struct PatientRow {
    visit: OnlineVisit,
    person: String,
    days: i32,
    warnings: usize,
    amount: String,
}

#[derive(Template)]
#[template(path = "inhouse.html")]
struct InHousePage {
    frame: Frame,
    rows: Vec<PatientRow>,
    inst: String,
    today: String,
    cut: bool,
}

/// The most patients shown at once: a large hospital has some thousands, and is looked at by itself.
const PATIENTS: i64 = 2_000;

/// Visits whose reminders are asked for in one question.
const TOGETHER: usize = 400;

/// GET /inhouse: 在院患者, with what was said of them today, and room to check beds on paper.
pub(crate) async fn in_house(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let (actor, fields) = (who.actor(), Fields::parse(query.unwrap_or_default().as_bytes()));
    let inst = fields.one("inst").map(str::to_owned);
    let patients = app.store.in_house(&actor, inst.as_deref(), 0, PATIENTS).await?;
    let seen = patients.iter().map(|visit| (visit.psn_no.clone(), String::new())).collect();
    sight::of_persons(&app, &who, Place::InHouse, seen).await?;
    let mut said: BTreeMap<(String, String), (usize, i64)> = BTreeMap::new();
    for some in patients.chunks(TOGETHER) {
        let filter = WarningFilter {
            from: Some(app.today()),
            fixmedins_code: inst.clone(),
            mdtrt_ids: some.iter().map(|visit| visit.mdtrt_id.clone()).collect(),
            shown: true,
            ..WarningFilter::default()
        };
        for kept in app.store.warnings(&actor, &filter, 0, PATIENTS).await? {
            let visit = kept.warning.mdtrt_id.clone().unwrap_or_default();
            let sums = said.entry((kept.fixmedins_code.clone(), visit)).or_default();
            *sums = (sums.0 + 1, sums.1 + kept.warning.amount_fen);
        }
    }
    let rows = patients.into_iter().map(|visit| {
        let key = (visit.fixmedins_code.clone(), visit.mdtrt_id.clone());
        let (warnings, fen) = said.get(&key).copied().unwrap_or_default();
        PatientRow {
            person: text::masked(&visit.psn_no),
            days: app.today().since(visit.begin_day),
            warnings,
            amount: if warnings == 0 { String::new() } else { text::yuan(fen) },
            visit,
        }
    });
    let rows: Vec<PatientRow> = rows.collect();
    crate::answer::page(&InHousePage {
        frame: Frame::of(&app, &who, "/inhouse").await,
        cut: rows.len() >= usize::try_from(PATIENTS).unwrap_or(usize::MAX),
        rows,
        inst: inst.unwrap_or_default(),
        today: app.today().to_string(),
    })
}

fn day(fields: &Fields, name: &str) -> Option<Day> {
    fields.one(name).and_then(Day::parse)
}

fn shown(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn service(infno: &str) -> &'static str {
    match infno {
        "3101" => "3101 事前",
        "3102" => "3102 事中",
        "3103" => "3103 反馈",
        _ => "其他",
    }
}

fn milliseconds(micros: i64) -> String {
    format!("{}.{:01}", micros / 1_000, micros % 1_000 / 100)
}
