//! What a rule, a knowledge row and a finding are: reading, checking, versions, cases, explanation.
//!
//! Pure: text goes in, checked values come out. Nothing here knows how a rule is run; SQL in a rule is kept as text, and the
//! engine plans it against the vocabulary of [`fact`].

#![deny(missing_docs, clippy::float_arithmetic)]
#![recursion_limit = "256"]

pub mod case;
pub mod exception;
pub mod explain;
pub mod fact;
pub mod finding;
pub mod knowledge;
pub mod lock;
pub mod logic;
pub mod notion;
pub mod pack;
pub mod parameter;
pub mod problem;
pub mod relation;
pub mod rule;
pub mod schema;
pub mod tree;

pub use claims::Text;
pub use fact::{Fact, FactKind};
pub use finding::{Evidence, Exempted, Finding, Grade, Undecided};
pub use knowledge::{Cell, Knowledge, Point};
pub use logic::{Logic, Sql};
pub use pack::Pack;
pub use parameter::{Overlay, Parameter, Parameters};
pub use rule::{Rule, RuleFault};
