//! The site as a browser meets it: who may go where, and a day in the life of a finding.

mod access;
mod day;
mod desk;
