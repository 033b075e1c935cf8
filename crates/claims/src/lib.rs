//! What a claim is: the national tables and their columns, codes, money, days, and the notions every rule shares.
//!
//! Pure: no files, no SQL engine, no clock. The records in [`record`] are what an institution delivered; [`chart`] is the same
//! after normalisation (refunds netted, stays merged, ages and fund shares worked out), which is all that rules may look at.

#![deny(missing_docs, clippy::float_arithmetic)]

pub mod age;
pub mod baby;
pub mod chart;
pub mod code;
pub mod day;
pub mod diagnosis;
pub mod fault;
pub mod fund;
pub mod institution;
pub mod lines;
pub mod money;
pub mod net;
pub mod placeholder;
pub mod record;
pub mod region;
pub mod service_time;
pub mod sex;
pub mod stay;
pub mod table;
pub mod unit;
pub mod visit_class;

#[cfg(test)]
mod sample;

pub use day::{Day, Moment};
pub use money::{Fen, Quantity, UnitPrice};

/// A short text, such as a code or an id: most are no longer than a pointer or two, and are copied instead of shared.
pub type Text = smol_str::SmolStr;
