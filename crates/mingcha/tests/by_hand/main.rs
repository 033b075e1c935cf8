//! The binary as a user meets it: commands in, text and files out.

mod audit;
mod demo;
mod knowledge;
mod rule_commands;
mod surface;
