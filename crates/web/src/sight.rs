//! Sight（查看）: whom a page shows is put down before it is shown.

use store::{PersonsSeen, Place, StoreError};

use crate::app::App;
use crate::guard::Who;

/// Persons, each with the finding that they are shown with.
pub(crate) async fn of_persons(app: &App, who: &Who, place: Place, seen: PersonsSeen) -> Result<(), StoreError> {
    app.store.saw(&who.0.account.name, place, &seen, app.now()).await
}

/// The person of a finding, if it is about one.
pub(crate) async fn of_person(app: &App, who: &Who, place: Place, person: Option<&str>, finding: &str) -> Result<(), StoreError> {
    let seen = person.map(|person| (person.to_owned(), finding.to_owned()));
    of_persons(app, who, place, seen.into_iter().collect()).await
}
