//! Reading（查阅）: what pages show of the lake's folder beside claims. The binary hands it over, as it does the claims.

use async_trait::async_trait;

mod compared;
mod intake;
mod knowledge;
mod risk;

pub use compared::{Compared, Fate};
pub use intake::{Delivered, DeliveredFault, DeliveredTable, FaultPlace, RefusedAsked, RefusedPage, RefusedRow};
pub use knowledge::{KnowledgeChange, KnowledgeChanges, KnowledgeImport, PointCard, Points, PointsAsked, TableCard};
pub use risk::{ProfileOf, ProfilesAsked, RiskAside, RiskFactor, RiskHead, RiskMonth, RiskProfile};

/// Reading（查阅）: knowledge, risk profiles, deliveries, runs side by side; read only. What cannot be read is said in words.
#[async_trait]
pub trait Reading: Send + Sync {
    /// Tables of knowledge, by name.
    async fn tables(&self) -> Result<Vec<TableCard>, String>;
    /// Points that meet a question, in the order of the tables.
    async fn points(&self, asked: PointsAsked) -> Result<Points, String>;
    /// The point of an id; none where there is no such point.
    async fn point(&self, id: &str) -> Result<Option<PointCard>, String>;
    /// Files of knowledge that were brought in, the newest first.
    async fn knowledge_imports(&self) -> Result<Vec<KnowledgeImport>, String>;
    /// What a file changed in what was in force before it; none where there is no such file.
    async fn knowledge_changes(&self, number: usize) -> Result<Option<KnowledgeChanges>, String>;
    /// What the newest profiles of a kind have in common; none where none were worked out.
    async fn risk(&self, of: ProfileOf) -> Result<Option<RiskHead>, String>;
    /// How many profiles meet a question, and those of the page, the riskiest first.
    async fn profiles(&self, asked: ProfilesAsked) -> Result<(usize, Vec<RiskProfile>), String>;
    /// The profile of a code; none where there is none.
    async fn profile(&self, of: ProfileOf, code: &str) -> Result<Option<RiskProfile>, String>;
    /// Imports, the newest first.
    async fn deliveries(&self) -> Result<Vec<Delivered>, String>;
    /// Rows that were refused.
    async fn refused(&self, asked: RefusedAsked) -> Result<RefusedPage, String>;
    /// Findings of two runs side by side; none where there is no such run.
    async fn compared(&self, before: &str, after: &str) -> Result<Option<Vec<Compared>>, String>;
}
