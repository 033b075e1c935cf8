//! Log（操作日志）: everything that anybody did within the reader's scope, who saw the person of a finding, and whether the chains still
//! fit. It names no person's whole number.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use claims::Day;
use store::{Entry, Place, Sighting, StoreError};

use crate::answer::{Answer, Trouble};
use crate::app::App;
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::{sight, text};

/// The most entries shown at once.
const MOST: i64 = 300;
/// How the subject begins of what was done with a person's whole number.
const PERSON: &str = "person:";

/// Somebody who saw a person, and where.
struct Looked {
    at: String,
    who: String,
    place: &'static str,
    about: String,
}

/// Who saw the person of a finding.
struct WhoSaw {
    finding: String,
    person: String,
    rows: Vec<Looked>,
}

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    frame: Frame,
    entries: Vec<Entry>,
    who_saw: Option<WhoSaw>,
    day: String,
    actor: String,
    of: String,
    verified: Option<store::Verified>,
}

/// GET /log
pub(crate) async fn list(State(app): State<App>, who: Who, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (day, actor, of) = (fields.one("day").and_then(Day::parse), fields.one("actor"), fields.one("of"));
    let verified = match fields.one("verify") {
        Some(_) => Some(verified(&app).await?),
        None => None,
    };
    let (who_saw, entries) = match of {
        Some(finding) => (Some(who_saw(&app, &who, finding).await?), Vec::new()),
        None => (None, app.store.log(&who.actor(), day, actor, MOST).await?),
    };
    crate::answer::page(&LogPage {
        frame: Frame::of(&app, &who, "/log").await,
        entries: entries.into_iter().map(masked).collect(),
        who_saw,
        day: day.map(|day| day.to_string()).unwrap_or_default(),
        actor: actor.unwrap_or_default().to_owned(),
        of: of.unwrap_or_default().to_owned(),
        verified,
    })
}

async fn verified(app: &App) -> Result<store::Verified, StoreError> {
    let mut verified = app.store.verify().await?;
    verified.faults.iter_mut().for_each(|fault| *fault = text::without_numbers(fault));
    Ok(verified)
}

/// An entry as the log shows it.
fn masked(entry: Entry) -> Entry {
    let subject = match entry.subject.strip_prefix(PERSON) {
        Some(number) => format!("{PERSON}{}", text::masked(number)),
        None => text::without_numbers(&entry.subject),
    };
    Entry { subject, body: text::without_numbers(&entry.body), ..entry }
}

/// 谁看过: of a person whom a finding within the actor's scope concerns. Who asks is on the record as well.
async fn who_saw(app: &App, who: &Who, finding: &str) -> Result<WhoSaw, Trouble> {
    let actor = who.actor();
    let line = app.store.lines(&actor, &[finding.to_owned()]).await?.into_iter().next().ok_or(StoreError::NotFound)?;
    let person = line.psn_no.ok_or_else(|| Trouble::Input("这条疑点不涉及单个参保人".to_owned()))?;
    sight::of_person(app, who, Place::Log, Some(&person), finding).await?;
    let accounts = app.store.accounts().await?;
    let names: HashMap<&str, &str> = accounts.iter().map(|account| (account.name.as_str(), account.display.as_str())).collect();
    let looked = |one: Sighting| Looked {
        at: one.at,
        who: names
            .get(one.account.as_str())
            .map_or_else(|| one.account.clone(), |display| format!("{display}（{}）", one.account)),
        place: place(&one.place),
        about: one.about,
    };
    let sightings = app.store.who_saw(&actor, &person, MOST).await?;
    Ok(WhoSaw { finding: finding.to_owned(), person: text::masked(&person), rows: sightings.into_iter().map(looked).collect() })
}

fn place(name: &str) -> &'static str {
    match (Place::named(name), name) {
        (Some(place), _) => place.label(),
        (None, "unmasked") => "查看全号",
        (None, _) => "查看",
    }
}
