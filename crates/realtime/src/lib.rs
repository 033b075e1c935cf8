//! Real time（实时审核）: the national interface 3101, 3102, 3103 as messages, without a socket or a database.
//!
//! [`envelope`] opens what was sent, [`question`] reads the persons and visits in it whatever shape their values have, [`records`] makes
//! them the records that rules judge, [`answer`] turns findings into the reply, [`feedback`] reads what the user made of it.

pub mod answer;
pub mod budget;
pub mod dialect;
pub mod envelope;
pub mod feedback;
pub mod node;
pub mod question;
pub mod records;
pub mod scene;
pub mod signature;
pub mod writing;

pub use answer::{Answer, Told};
pub use dialect::Dialect;
pub use envelope::{Envelope, Refusal, Reply, Service};
pub use feedback::{Feedback, Way};
pub use question::Question;
pub use scene::Scene;
