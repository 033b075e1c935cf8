//! Export（导出）of findings: the rows of a list as they are on screen, and where they come from.

use axum::extract::{RawQuery, State};
use store::{Line, Place};

use crate::answer::Answer;
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::queue::{filter, order};
use crate::workbook::{self, Cell, MOST, Table};
use crate::{sight, text};

/// Columns of findings, in the order of the rows below.
const HEADS: [&str; 12] =
    ["级别", "规则", "理由", "机构", "状态", "医师", "参保人", "服务日", "涉及金额 元", "其中基金 元", "时限", "疑点编号"];

/// GET /findings.xlsx
pub(crate) async fn findings(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (actor, today) = (who.actor(), app.today());
    let filter = filter(&fields, &actor, today);
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let lines = app.store.list(&actor, &filter, order(&fields), 0, most).await?;
    sight::of_persons(&app, &who, Place::Export, persons(&lines)).await?;
    let total = app.store.totals(&actor, &filter).await?.findings;
    workbook::export(&app, &who, "findings", &fields, vec![table("疑点", &lines).of(total)]).await
}

/// GET /portal/findings.xlsx: what an institution was told, as far as the page shows it.
pub(crate) async fn told(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (actor, most) = (who.actor(), i64::try_from(MOST).unwrap_or(i64::MAX));
    let (_, filter) = crate::portal::asked(&fields);
    let filter = store::Filter { rule_code: fields.one("rule").map(str::to_owned), ..filter };
    let lines = app.store.list(&actor, &filter, order(&fields), 0, most).await?;
    sight::of_persons(&app, &who, Place::Export, persons(&lines)).await?;
    let total = app.store.totals(&actor, &filter).await?.findings;
    workbook::export(&app, &who, "told-findings", &fields, vec![table("疑点", &lines).of(total)]).await
}

/// Whom a list names.
fn persons(lines: &[Line]) -> store::PersonsSeen {
    lines.iter().filter_map(|line| Some((line.psn_no.clone()?, line.finding_id.clone()))).collect()
}

/// Findings as a table. Numbers of persons are masked, as they are on the page.
pub(crate) fn table(name: &'static str, lines: &[Line]) -> Table {
    Table::new(name, &HEADS, lines.iter().map(row))
}

fn row(line: &Line) -> Vec<Cell> {
    vec![
        text::grade(&line.grade).0.into(),
        (&line.rule_name).into(),
        (&line.message).into(),
        (&line.institution).into(),
        text::state(&line.state).0.into(),
        line.bilg_dr_code.clone().unwrap_or_default().into(),
        line.psn_no.as_deref().map(text::masked).unwrap_or_default().into(),
        (&line.occurred_on).into(),
        Cell::Yuan(line.amount_fen),
        Cell::Yuan(line.fund_fen),
        line.due.map(|day| day.to_string()).unwrap_or_default().into(),
        (&line.finding_id).into(),
    ]
}

/// The same with what became of each in a bulk decision.
pub(crate) fn outcomes(lines: &[(Option<Line>, String, String)]) -> Table {
    let heads: Vec<&str> = HEADS.into_iter().chain(["办理结果"]).collect();
    let row = |(line, id, outcome): &(Option<Line>, String, String)| {
        let hidden = || (1..HEADS.len()).map(|_| Cell::from("")).chain([Cell::from(id)]).collect();
        line.as_ref().map_or_else(hidden, row).into_iter().chain([Cell::from(outcome)]).collect::<Vec<Cell>>()
    };
    Table::new("批量办理", &heads, lines.iter().map(row))
}
