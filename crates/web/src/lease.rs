//! Leases（占用）: who takes a finding has it alone, and the next of the list comes by itself.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use casework::Lease;

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who};
use crate::queue::{Row, filter, order};

/// Writes into rows who is looking at them.
pub(crate) async fn mark(app: &App, rows: &mut [Row]) -> Result<(), Trouble> {
    let ids: Vec<String> = rows.iter().map(|row| row.line.finding_id.clone()).collect();
    let leases = app.store.leases(&ids, app.now()).await?;
    if leases.is_empty() {
        return Ok(());
    }
    let names: BTreeMap<String, String> =
        app.store.accounts().await?.into_iter().map(|account| (account.name, account.display)).collect();
    for row in rows {
        if let Some(lease) = leases.get(&row.line.finding_id) {
            row.held = names.get(&lease.by.0).unwrap_or(&lease.by.0).clone();
        }
    }
    Ok(())
}

/// Who has a finding, as its page shows it.
pub(crate) struct Held {
    /// Name that people know.
    pub(crate) by: String,
    /// Whether it is whoever looks at the page.
    pub(crate) own: bool,
    /// Hour and minute of its end.
    pub(crate) until: String,
}

/// The lease that runs on a finding.
pub(crate) async fn running(app: &App, id: &str) -> Result<Option<Lease>, Trouble> {
    Ok(app.store.leases(&[id.to_owned()], app.now()).await?.remove(id))
}

impl Held {
    pub(crate) async fn of(app: &App, who: &Who, id: &str, display: &impl Fn(&str) -> String) -> Result<Option<Self>, Trouble> {
        let held = |lease: Lease| Self {
            own: lease.by.0 == who.0.account.name,
            until: lease.until.to_string().get(11..16).unwrap_or_default().to_owned(),
            by: display(&lease.by.0),
        };
        Ok(running(app, id).await?.map(held))
    }
}

/// Takes the next of a list and opens it; without one, says so on the list.
pub(crate) async fn open_next(app: &App, who: &Who, list: &Fields, said: &str) -> Answer {
    let actor = who.actor();
    let wanted = filter(list, &actor, app.today());
    if let Some(id) = app.store.lease_next(&actor, &wanted, order(list), &app.clocks, app.now()).await? {
        return see_other(&format!("/findings/{id}?{}", list.with(&[("said", said)])));
    }
    let said = format!("{said}{}没有可审的下一条", if said.is_empty() { "" } else { "；" });
    see_other(&format!("/findings?{}", list.with(&[("said", &said)])))
}

fn back(fields: &Fields) -> Fields {
    Fields::parse(fields.one("back").unwrap_or_default().as_bytes())
}

/// POST /findings/next: 锁定并审下一条.
pub(crate) async fn next(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    open_next(&app, &who, &back(&fields), "").await
}

/// POST /findings/{id}/lease: takes this one, or keeps it longer.
pub(crate) async fn take(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    app.store.lease(&id, &who.actor(), &app.clocks, app.now()).await?;
    see_other(&format!("/findings/{id}?{}", back(&fields).with(&[])))
}

/// POST /findings/{id}/release: gives it up, and goes back to the list.
pub(crate) async fn release(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    app.store.release(Some(&id), &who.0.account.name).await?;
    see_other(&format!("/findings?{}", back(&fields).with(&[])))
}
