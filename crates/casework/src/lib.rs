//! Casework（办理）: what happens to findings after a run: review, notice, appeal, panel, recovery; and how a rule
//! gets into force.
//!
//! Pure: every decision is a function of a state, an actor and a day. Nothing here reads a clock, a file or a database.

pub mod absence;
pub mod actor;
mod anew;
mod appeal;
mod bulk;
pub mod calendar;
pub mod charge;
mod class_appeal;
mod correction;
pub mod disclosure;
pub mod event;
pub mod exemption;
pub mod filing;
pub mod finding;
mod handling;
pub mod lease;
pub mod line_ledger;
pub mod notice;
pub mod open_amount;
mod panel;
pub mod policy;
pub mod reconcile;
pub mod recovery;
mod refusal;
mod regional;
mod review;
pub mod rule_draft;
#[cfg(test)]
mod sample;
pub mod self_refund;
pub mod sheet;
pub mod standing;
mod supplement;

pub use absence::{Absence, Doubt};
pub use actor::{Actor, Role, Scope, UserId};
pub use anew::Anew;
pub use appeal::Verdict;
pub use bulk::BulkAct;
pub use calendar::Calendar;
pub use class_appeal::{Brief, ClassAppeal, ClassVerdict, Ruled};
pub use disclosure::{Office, disclosed};
pub use event::{Event, Step};
pub use exemption::Exemption;
pub use finding::{Filed, Finding, State};
pub use lease::Lease;
pub use notice::Limits;
pub use panel::{Opinion, Panel};
pub use policy::Action;
pub use refusal::Refusal;
pub use regional::RegionalLimits;
pub use review::{FirstReview, Look};
pub use rule_draft::{DraftKind, DraftState, Examination, Publication, RuleDraft, TrialFigures};
pub use sheet::Sheet;
