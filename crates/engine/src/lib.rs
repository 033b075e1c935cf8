//! Rules × claims → findings.
//!
//! [`program`] compiles a pack once: SQL slots become physical expressions, knowledge becomes indexes. The visit pass judges
//! charts (everything one person had at one institution) and emits a few events; the timeline pass judges what crosses
//! institutions; query rules are plain SQL; [`settle`] lets every yuan count once.

mod answers;
pub mod cases;
pub mod check;
pub mod context;
mod event;
pub mod export;
mod facet;
mod functions;
mod group;
mod history;
mod inputs;
mod items;
mod judge;
pub mod lake_source;
pub mod mutants;
mod network;
mod operators;
pub mod program;
pub mod query;
pub mod run;
pub mod settle;
pub mod sink;

mod rate;
mod slots;
mod stock;
mod timeline_pass;
mod traces;
mod value;
mod view;
mod visit_pass;
