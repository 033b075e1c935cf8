//! Samples for tests: people of one city, and a finding at its first hospital.

use std::collections::BTreeSet;

use claims::Day;

use crate::actor::{Actor, Role, Scope, UserId};
use crate::calendar::Calendar;
use crate::filing::Coverage;
use crate::finding::{Filed, Finding};
use crate::notice::Limits;
use crate::review::FirstReview;

pub(crate) const HOSPITAL: &str = "H99010100001";

/// A day of March 2026, by its number.
pub(crate) fn day(number: i32) -> Day {
    Day::ymd(2026, 3, 1).expect("a date").plus(number - 1)
}

pub(crate) fn limits() -> Limits {
    Limits { answer: 5, decide: 10, silence_accepts: false, ..Limits::default() }
}

pub(crate) fn actor(name: &str, role: Role) -> Actor {
    let scope = match role {
        Role::Institution => Scope::Institutions(BTreeSet::from([HOSPITAL.to_owned()])),
        _ => Scope::Regions(BTreeSet::from(["9901".to_owned()])),
    };
    Actor { user: UserId::new(name), role, scope }
}

pub(crate) fn auditor(name: &str) -> Actor {
    actor(name, Role::Auditor)
}

pub(crate) fn hospital() -> Actor {
    actor("医保办", Role::Institution)
}

/// What a run found, by its amount in fen, all of it paid by the pooled fund.
pub(crate) fn filed(amount_fen: i64) -> Filed {
    Filed {
        finding_id: "f1".to_owned(),
        run_id: "R1".to_owned(),
        lake_version: 1,
        rule_code: "E25-013".to_owned(),
        rule_version: 1,
        fixmedins_code: Some(HOSPITAL.to_owned()),
        region: "990101".to_owned(),
        occurred_on: day(1),
        amount_fen,
        fund_parts: vec![("310100".to_owned(), amount_fen)],
        digest: format!("d{amount_fen}"),
    }
}

/// A finding of which the hospital was told on 4 March, a Wednesday.
pub(crate) fn told(amount_fen: i64) -> Finding {
    let filed = Finding::filed(filed(amount_fen), day(2)).next;
    let passed = filed.review(&auditor("初审员"), FirstReview::Pass, day(3)).expect("it may be reviewed").next;
    passed.tell(&auditor("初审员"), limits(), &Calendar::default(), day(4)).expect("it may be told").next
}

/// A finding that the hospital contests since 5 March.
pub(crate) fn appealed(amount_fen: i64) -> Finding {
    let step = told(amount_fen).appeal(&hospital(), "附病历", vec![], limits(), &Calendar::default(), day(5));
    step.expect("it may be contested").next
}

pub(crate) fn coverage() -> Coverage {
    Coverage {
        run_id: "R2".to_owned(),
        lake_version: 2,
        rules: BTreeSet::from(["E25-013".to_owned()]),
        from: day(1),
        to: day(31),
        institutions: None,
    }
}
