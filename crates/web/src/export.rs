//! Export（导出）: the rows of a list as they are on screen, and where they come from.

use axum::extract::{RawQuery, State};
use rust_xlsxwriter::{Workbook, XlsxError};
use store::{Line, Place};

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::queue::{filter, order};
use crate::{sight, text, workbook};

/// The most rows of one file.
const MOST: i64 = 100_000;

/// GET /findings.xlsx. Printing and exporting personal data is an act on the record.
pub(crate) async fn findings(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let query = query.unwrap_or_default();
    let fields = Fields::parse(query.as_bytes());
    let (actor, today) = (who.actor(), app.today());
    let lines = app.store.list(&actor, &filter(&fields, &actor, today), order(&fields), 0, MOST).await?;
    let data = app.records.version().await.map(|data| format!("v{}", data.version)).unwrap_or_default();
    let body = serde_json::json!({ "query": query, "rows": lines.len() }).to_string();
    app.store.record("export:findings", &who.0.account.name, "exported", body, app.now()).await?;
    let seen = lines.iter().filter_map(|line| Some((line.psn_no.clone()?, line.finding_id.clone()))).collect();
    sight::of_persons(&app, &who, Place::Export, seen).await?;
    let about = [
        ("筛选条件", fields.with(&[])),
        ("数据版本", data),
        ("导出人", who.0.account.display.clone()),
        ("导出时间", app.now().to_string()),
        ("行数", lines.len().to_string()),
    ];
    let content = sheets(&lines, &about).map_err(|problem| Trouble::Input(format!("没能生成表格：{problem}")))?;
    Ok(workbook::answer("findings", content))
}

fn sheets(lines: &[Line], about: &[(&str, String)]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("疑点")?;
    let heads =
        ["级别", "规则", "理由", "机构", "状态", "医师", "参保人", "服务日", "涉及金额 元", "其中基金 元", "时限", "疑点编号"];
    workbook::heads(sheet, &heads)?;
    for (row, line) in (1_u32..).zip(lines) {
        let person = line.psn_no.as_deref().map(text::masked).unwrap_or_default();
        let doctor = line.bilg_dr_code.clone().unwrap_or_default();
        let cells = [
            text::grade(&line.grade).0,
            &line.rule_name,
            &line.message,
            &line.institution,
            text::state(&line.state).0,
            &doctor,
            &person,
            &line.occurred_on,
        ];
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write(row, column, cell)?;
        }
        for (column, fen) in [(8, line.amount_fen), (9, line.fund_fen)] {
            workbook::amount(sheet, row, column, fen)?;
        }
        sheet.write(row, 10, line.due.map(|day| day.to_string()).unwrap_or_default())?;
        sheet.write(row, 11, &line.finding_id)?;
    }
    workbook::finished(book, about)
}
