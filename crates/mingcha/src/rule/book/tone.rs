//! Colours of badges: one place says which meaning has which.

use rulebook::Grade;
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
