//! Chosen findings（选中的疑点）: one act on those that are ticked in a list, each as the list showed it.

use axum::extract::State;
use casework::{BulkAct, Finding, Look, UserId};
use claims::{Day, Moment};
use store::{Dealt, Left, StoreError};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who};

/// The most findings that one decision may name by ticks; whole groups are decided by their preview.
const MOST_AT_ONCE: usize = 500;
/// Findings that a sentence names.
const MOST_NAMED: usize = 5;

/// POST /findings/review: 初审 of many.
pub(crate) async fn review(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let act = if fields.one("verdict") == Some("pass") { BulkAct::Pass } else { BulkAct::Dismiss };
    each(&app, &who, &fields, &act).await
}

/// POST /findings/tell: 下发 of many.
pub(crate) async fn tell(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    each(&app, &who, &fields, &BulkAct::Tell).await
}

/// POST /findings/assign: 分派 of many.
pub(crate) async fn assign(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let act = assigned(&app, &fields).await?;
    each(&app, &who, &fields, &act).await
}

/// POST /findings/snooze: 暂缓 of many.
pub(crate) async fn snooze(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    each(&app, &who, &fields, &put_off(&fields)?).await
}

/// 分派, to somebody who is there.
pub(crate) async fn assigned(app: &App, fields: &Fields) -> Result<BulkAct, Trouble> {
    let to = fields.need("to", "分派给谁")?.to_owned();
    app.store.account(&to).await.map_err(|_| Trouble::Input(format!("没有用户“{to}”")))?;
    Ok(BulkAct::Assign { to: UserId::new(to) })
}

/// 暂缓, to a day.
pub(crate) fn put_off(fields: &Fields) -> Result<BulkAct, Trouble> {
    let text = fields.need("until", "暂缓到哪一天")?;
    let until = Day::parse(text).ok_or_else(|| Trouble::Input(format!("日期应如 2026-03-02，现为“{text}”")))?;
    Ok(BulkAct::Snooze { until })
}

/// Decides on each of the chosen findings by itself, as the page showed it; what cannot be decided is named, with its reason.
async fn each(app: &App, who: &Who, fields: &Fields, act: &BulkAct) -> Answer {
    let (actor, seen, today, now) = (who.actor(), fields.seen()?, app.today(), app.now());
    if seen.len() > MOST_AT_ONCE {
        return Err(Trouble::Input(format!("一次最多办 {MOST_AT_ONCE} 条，现选中 {} 条", seen.len())));
    }
    let (reason, clocks) = (fields.one("reason").unwrap_or_default(), &app.clocks);
    act.check(&actor, reason, today)?;
    let decide =
        |finding: &Finding| act.decide(finding, &actor, reason, clocks.limits.of(&finding.filed.region), &clocks.calendar, today);
    let opened = fields.one("opened").and_then(Moment::parse);
    let look = opened.map(|opened| Look::at(opened, now, clocks.limits.base));
    let dealt = app.store.decide_each(&actor, &seen, &decide, (&[], look), clocks, now).await?;
    if dealt.left.len() == seen.len() && dealt.left.iter().all(|(_, left)| *left == Left::Hidden) {
        return Err(Trouble::Store(StoreError::NotFound));
    }
    let back = Fields::parse(fields.one("back").unwrap_or_default().as_bytes());
    see_other(&format!("/findings?{}", back.with(&[("said", &said("已办", &dealt))])))
}

/// What was done, and what was not.
pub(crate) fn said(verb: &str, dealt: &Dealt) -> String {
    let mut said = format!("{verb} {} 条", dealt.done.len());
    if !dealt.left.is_empty() {
        let named = dealt.left.iter().take(MOST_NAMED).map(|(id, left)| format!("{id}（{left}）"));
        let named = named.collect::<Vec<_>>().join("、");
        let more = if dealt.left.len() > MOST_NAMED { "等" } else { "" };
        said.push_str(&format!("；{} 条没有办：{named}{more}", dealt.left.len()));
    }
    said
}
