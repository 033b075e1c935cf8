//! Real time（事前事中）on disk: what institutions ask while a doctor writes or a cashier settles, what they were answered, and what they
//! did about it.
//!
//! Calls come by the hundred a second and are answered when they are on the disk: those that wait at one moment are recorded together,
//! in one transaction and few statements.

mod call;
mod feedback;
mod figures;
mod key;
mod nonce;
mod online_visit;
mod record;
mod rows;
mod warning;
mod warning_list;

pub use call::{Call, EarlierReply};
pub use feedback::{Answer, Feedback, Way};
pub use figures::{CallDay, Figures, FiguresBy, FiguresFilter};
pub use key::{Algorithm, InstitutionKey, KeyLine};
pub use nonce::Nonce;
pub use online_visit::{MOST_VISITS, OnlineVisit, Source};
pub use record::{CallOutcome, CallRecord};
pub use warning::{HeldBack, Judged, Judgement, Stage, UNDECIDED, Warning};
pub use warning_list::{KeptWarning, WarningFilter};

/// Who asks about an institution's calls: its own people in the portal, or the bureau's.
fn may_see(actor: &casework::Actor, bureau: casework::Action) -> Result<(), casework::Refusal> {
    let institution = actor.role == casework::Role::Institution;
    casework::policy::allow(actor, if institution { casework::Action::UsePortal } else { bureau })
}
