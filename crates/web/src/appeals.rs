//! Appeals（申诉复核）: what institutions contest, and what panels are about.

use askama::Template;
use axum::extract::State;
use casework::{Role, UserId};
use store::{Filter, Order};

use crate::answer::Answer;
use crate::app::App;
use crate::guard::Who;
use crate::layout::Frame;
use crate::queue::Row;

/// The most shown at once.
const MOST: i64 = 200;

#[derive(Template)]
#[template(path = "appeals.html")]
struct AppealsPage {
    frame: Frame,
    appealed: Vec<Row>,
    panels: Vec<Row>,
    classes: Vec<store::ClassLine>,
    expert: bool,
}

/// GET /appeals
pub(crate) async fn list(State(app): State<App>, who: Who) -> Answer {
    let actor = who.actor();
    let of = |state: &str| Filter { states: vec![state.to_owned()], ..Filter::default() };
    let appealed = app.store.list(&actor, &of("under_appeal"), Order::Due, 0, MOST).await?;
    let mut panels = app.store.list(&actor, &of("in_panel"), Order::Due, 0, MOST).await?;
    let expert = actor.role == Role::Expert;
    if expert {
        // An expert sees the panels that they were named to.
        let mut own = Vec::new();
        for line in panels {
            let finding = app.store.finding(&line.finding_id, &actor).await?.value;
            if let casework::State::InPanel(panel) = &finding.state
                && panel.opinions.contains_key(&UserId::new(&actor.user.0))
            {
                own.push(line);
            }
        }
        panels = own;
    }
    let rows = |lines: Vec<store::Line>| lines.into_iter().map(|line| Row::of(line, &app)).collect();
    crate::answer::page(&AppealsPage {
        frame: Frame::of(&app, &who, "/appeals").await,
        appealed: if expert { Vec::new() } else { rows(appealed) },
        panels: rows(panels),
        classes: if expert { Vec::new() } else { app.store.class_appeals(&actor, true, MOST).await? },
        expert,
    })
}
