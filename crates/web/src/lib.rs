//! Web（网页）: pages for the bureau's staff, and the portal for institutions.
//!
//! It decides nothing: it reads a form, asks casework for the step, has the store keep it, and answers. What the lake holds it sees
//! through [`app::Records`], which the binary hands over.

mod access;
mod answer;
pub mod app;
mod appeals;
mod assets;
mod bank_lists;
mod bulk;
mod charges;
mod chart;
mod chosen;
mod class_appeal;
mod compare;
mod correction;
mod document;
mod drafts;
mod exemptions;
mod export;
mod finding;
mod guard;
mod health;
mod history;
mod imports;
pub mod inbox;
mod knowledge;
mod layout;
mod lease;
mod letter_keys;
mod log;
mod login;
mod monthly;
mod packs;
mod paging;
mod person;
mod portal;
mod portal_answer;
mod portal_figures;
mod profiles;
mod quality;
mod queue;
pub mod reading;
mod realtime;
mod recoveries;
mod recovery;
mod routes;
mod rules;
mod runs;
mod self_refunds;
mod sight;
mod sso;
mod stats;
mod text;
mod trend;
mod upload;
mod users;
mod workbench;
mod workbook;

pub use app::{App, Setup};
pub use guard::Need;
pub use inbox::{IMPORT, LEARN};
pub use profiles::PROFILE;
pub use routes::{Route, routes, site};
pub use runs::{EXAMINE, FILE, RUN};
pub use sso::{SHORTEST_SECRET, Sso};
