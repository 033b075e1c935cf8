//! Letter keys（单键快捷键）: which there are, and whether whoever looks wants them. Who dictates to a machine does not.

use askama::Template;
use axum::extract::State;

use crate::answer::{Answer, see_other};
use crate::app::App;
use crate::guard::{Posted, Who};
use crate::layout::home;

#[derive(Template)]
#[template(path = "letter_keys.html")]
struct KeysPage {
    csrf: String,
    on: bool,
    home: &'static str,
}

/// GET /keys
pub(crate) async fn page(State(app): State<App>, who: Who) -> Answer {
    let account = &who.0.account;
    let on = app.store.letter_keys(&account.name).await?;
    crate::answer::page(&KeysPage { csrf: who.0.csrf.clone(), on, home: home(account.role) })
}

/// POST /keys: on or off.
pub(crate) async fn switch(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    app.store.set_letter_keys(&who.0.account.name, fields.one("keys") == Some("on")).await?;
    see_other("/keys")
}
