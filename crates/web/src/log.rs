//! Log（操作日志）: everything that anybody did, and whether the chains still fit.

use askama::Template;
use axum::extract::{RawQuery, State};
use claims::Day;
use store::Entry;

use crate::answer::Answer;
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::layout::Frame;

/// The most entries shown at once.
const MOST: i64 = 300;

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    frame: Frame,
    entries: Vec<Entry>,
    day: String,
    actor: String,
    verified: Option<store::Verified>,
}

/// GET /log
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let day = fields.one("day").and_then(Day::parse);
    let actor = fields.one("actor");
    let verified = match fields.one("verify") {
        Some(_) => Some(app.store.verify().await?),
        None => None,
    };
    crate::answer::page(&LogPage {
        frame: Frame::of(&app, &who, "/log").await,
        entries: app.store.log(day, actor, MOST).await?,
        day: day.map(|day| day.to_string()).unwrap_or_default(),
        actor: actor.unwrap_or_default().to_owned(),
        verified,
    })
}
