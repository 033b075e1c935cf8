//! Person（参保人轨迹）: the visits of one insured person. Who looked is on the record.

use askama::Template;
use axum::extract::{Path, State};
use store::{Filter, Order, Place};

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::finding::Stay;
use crate::guard::Who;
use crate::layout::Frame;
use crate::queue::Row;
use crate::{sight, text};

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    frame: Frame,
    person: String,
    stays: Vec<Stay>,
    rows: Vec<Row>,
}

/// GET /persons/{psn_no}: only of persons whom a finding within the actor's scope concerns.
pub(crate) async fn page(State(app): State<App>, who: Who, Path(person): Path<String>) -> Answer {
    let actor = who.actor();
    let filter = Filter { psn_no: Some(person.clone()), ..Filter::default() };
    let lines = app.store.list(&actor, &filter, Order::Occurred, 0, 100).await?;
    if lines.is_empty() {
        return Err(Trouble::Store(store::StoreError::NotFound));
    }
    sight::of_person(&app, &who, Place::Track, Some(&person), "").await?;
    let visits = app.records.visits(&person).await.map_err(Trouble::Records)?;
    let stay = |visit: crate::app::Visit| Stay { amount: text::yuan(visit.amount_fen), here: false, visit };
    crate::answer::page(&PersonPage {
        frame: Frame::of(&app, &who, "/findings").await,
        person: text::masked(&person),
        stays: visits.into_iter().map(stay).collect(),
        rows: lines.into_iter().map(|line| Row::of(line, &app)).collect(),
    })
}
