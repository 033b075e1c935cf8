//! The site as a browser meets it: who may go where, and a day in the life of a finding.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by stopping")]

mod access;
mod bulk;
mod correction;
mod day;
mod desk;
mod figures;
mod imports;
mod life;
mod logged;
mod money;
mod packs;
mod portal;
mod privacy;
