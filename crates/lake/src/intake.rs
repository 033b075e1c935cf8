//! Intake（导入）: from delivered files to typed rows, with every fault named.
//!
//! Everything arrives as text. A [`profile`] says which file is which table; values are coerced column by column with reasons;
//! rows that cannot be used go whole to quarantine; the rest is handed to the lake, visits first, and committed at once or not
//! at all. [`check`] does the same and loads nothing.

pub mod acceptance;
mod block;
mod check_rows;
pub mod checks;
mod coerce;
mod computed;
mod delivery;
pub mod fault;
mod feed;
mod fingerprint;
mod import;
mod options;
mod pipeline;
mod prepare;
pub mod profile;
mod quarantine;
mod refusals;
pub mod report;
mod source;
mod text_report;
mod value;
mod view;

pub use acceptance::{Acceptance, Expect, Pass};
pub use checks as data_check;
pub use fault::{Example, Fault, Severity};
pub use import::{check, import};
pub use options::{ImportError, Options, Progress, Watch};
pub use profile::{Profile, ProfileError};
pub use report::Report;
