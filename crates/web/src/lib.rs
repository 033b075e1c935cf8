//! Web（网页）: pages for the bureau's staff, and the portal for institutions.
//!
//! It decides nothing: it reads a form, asks casework for the step, has the store keep it, and answers. What the lake holds it sees
//! through [`app::Records`], which the binary hands over.

mod access;
mod answer;
pub mod app;
mod appeals;
mod assets;
mod class_appeal;
mod document;
mod drafts;
mod exemptions;
mod export;
mod finding;
mod guard;
mod health;
mod layout;
mod lease;
mod log;
mod login;
mod packs;
mod person;
mod portal;
mod queue;
mod recovery;
mod routes;
mod rules;
mod runs;
mod sso;
mod stats;
mod text;
mod users;
mod workbench;

pub use app::{App, Setup};
pub use guard::Need;
pub use routes::{Route, routes, site};
pub use runs::{EXAMINE, FILE, RUN};
pub use sso::{SHORTEST_SECRET, Sso};
