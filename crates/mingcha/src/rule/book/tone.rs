//! Colours of badges: one place says which meaning has which.

use rulebook::Grade;
use rulebook::problem::Reach;
use rulebook::rule::{ResultType, Status};

pub(super) const fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "green",
        Status::Trial => "yellow",
        Status::Draft | Status::Suspended | Status::Retired => "",
    }
}

pub(super) const fn result(result: ResultType) -> &'static str {
    grade(result.grade())
}

pub(super) const fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Violation => "red",
        Grade::SuspicionHigh => "orange",
        Grade::Suspicion => "yellow",
        Grade::Hint => "",
    }
}

/// How near a typical problem is to being found.
pub(super) const fn reach(reach: Option<Reach>) -> &'static str {
    match reach {
        Some(Reach::Ready) => "green",
        Some(Reach::Local) => "yellow",
        Some(Reach::Clue) => "orange",
        Some(Reach::Inspection) | None => "",
    }
}
