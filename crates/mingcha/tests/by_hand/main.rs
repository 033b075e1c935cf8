//! The binary as a user meets it: commands in, text and files out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by stopping")]

mod audit;
mod batches;
mod casework;
mod deliveries;
mod demo;
mod exceptions;
mod jobs;
mod knowledge;
mod pages;
mod realtime;
mod risk;
mod rule_book;
mod rule_change;
mod rule_commands;
mod rule_label;
mod site;
mod surface;
