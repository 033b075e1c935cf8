//! Testkit（测试工具）: what tests of several crates need: a real PostgreSQL. Nothing of it is in the binary.

mod postgres;

pub use postgres::database;
