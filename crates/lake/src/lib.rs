//! The lake: import, profiles, data checks, quarantine, versioned tables, snapshots.
//!
//! A lake is a folder of Delta Lake tables. Rows of a visit lie together, in the partition of the visit's month and institution,
//! so that an audit reads it whole in one pass. A version of the lake is a manifest that names a version of every table: a
//! delivery over many tables is seen whole or not at all.

#![deny(missing_docs)]

pub mod append;
pub mod compact;
mod data_file;
mod delta;
pub mod error;
pub mod folders;
pub mod intake;
mod lake;
pub mod layout;
pub mod lock;
pub mod manifest;
mod parquet_write;
mod people;
pub mod personal;
pub mod schema;
mod shard_columns;
pub mod side;
mod side_by_side;
mod snapshot;
pub mod sql;

pub use append::{Append, DeliveryOptions, LoadReport, Pushed, Refusal, Refused, Staged};
pub use compact::compact;
pub use error::LakeError;
pub use folders::{FolderReader, Grouped, ItemLine, LineColumn, LineColumns, VisitSpan, queried_lines};
pub use lake::{Lake, Recovery};
pub use layout::{Config, Month};
pub use manifest::{DeliveryRecord, Manifest, Source, TableCounts};
pub use personal::{PersonalKey, PersonalValue, read_secret};
pub use side::{SideTable, SideWrite};
pub use side_by_side::side_by_side;
pub use snapshot::{Institutions, Snapshot};
pub use sql::{SqlSession, blank_session};
