//! The lake's folder as pages read it, beside claims: what commands print, as rows of pages. Never on the threads that answer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use async_trait::async_trait;
use rulebook::Pack;
use web::reading::{
    Compared, Delivered, KnowledgeChanges, KnowledgeImport, PointCard, Points, PointsAsked, ProfileOf, ProfilesAsked, Reading,
    RefusedAsked, RefusedPage, RiskHead, RiskProfile, TableCard,
};

use crate::knowledge::store::{Entry, Store};
use crate::pack::RulesArguments;

mod compared;
mod intake;
mod knowledge;
pub(super) mod risk;

/// Rules and knowledge in force, with the files by which they are.
#[derive(Clone)]
struct InForce {
    pack: Arc<Pack>,
    entries: Vec<Entry>,
}

/// Reading of a lake's folder.
#[derive(Clone)]
pub(super) struct LakeReading {
    lake: PathBuf,
    rules: RulesArguments,
    /// What was read last: it changes only when a file of knowledge is brought in.
    known: Arc<Mutex<Option<InForce>>>,
}

impl LakeReading {
    pub(super) fn new(lake: &Path, rules: &RulesArguments) -> Self {
        Self { lake: lake.to_owned(), rules: rules.clone(), known: Arc::default() }
    }

    /// Asks on a thread of its own: files and queries wait.
    async fn ask<T: Send + 'static>(&self, question: impl FnOnce(&Self) -> Result<T> + Send + 'static) -> Result<T, String> {
        let reading = self.clone();
        let answer = tokio::task::spawn_blocking(move || question(&reading)).await.map_err(|problem| problem.to_string())?;
        answer.map_err(|problem| format!("{problem:#}"))
    }

    fn in_force(&self) -> Result<InForce> {
        let entries = Store::of(&self.lake).entries()?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.as_ref().filter(|found| found.entries == entries) {
            return Ok(found.clone());
        }
        let found = InForce { pack: Arc::new(self.rules.load_with(&self.lake)?.pack), entries };
        *known = Some(found.clone());
        drop(known);
        Ok(found)
    }
}

#[async_trait]
impl Reading for LakeReading {
    async fn tables(&self) -> Result<Vec<TableCard>, String> {
        self.ask(|reading| Ok(knowledge::tables(&reading.in_force()?.pack))).await
    }

    async fn points(&self, asked: PointsAsked) -> Result<Points, String> {
        self.ask(move |reading| Ok(knowledge::points(&reading.in_force()?.pack, &asked))).await
    }

    async fn point(&self, id: &str) -> Result<Option<PointCard>, String> {
        let id = id.to_owned();
        self.ask(move |reading| Ok(knowledge::point(&reading.in_force()?.pack, &id))).await
    }

    async fn knowledge_imports(&self) -> Result<Vec<KnowledgeImport>, String> {
        self.ask(|reading| {
            let found = reading.in_force()?;
            Ok(knowledge::imports(&found.pack, &found.entries))
        })
        .await
    }

    async fn knowledge_changes(&self, number: usize) -> Result<Option<KnowledgeChanges>, String> {
        self.ask(move |reading| {
            let found = reading.in_force()?;
            knowledge::changes(&reading.lake, &reading.rules, &found.pack, &found.entries, number)
        })
        .await
    }

    async fn risk(&self, of: ProfileOf) -> Result<Option<RiskHead>, String> {
        self.ask(move |reading| risk::head(&reading.lake, of)).await
    }

    async fn profiles(&self, asked: ProfilesAsked) -> Result<(usize, Vec<RiskProfile>), String> {
        self.ask(move |reading| risk::page(&reading.lake, &asked)).await
    }

    async fn profile(&self, of: ProfileOf, code: &str) -> Result<Option<RiskProfile>, String> {
        let code = code.to_owned();
        self.ask(move |reading| risk::one(&reading.lake, of, &code)).await
    }

    async fn deliveries(&self) -> Result<Vec<Delivered>, String> {
        self.ask(|reading| intake::deliveries(&reading.lake)).await
    }

    async fn refused(&self, asked: RefusedAsked) -> Result<RefusedPage, String> {
        self.ask(move |reading| intake::refused(&reading.lake, &asked)).await
    }

    async fn compared(&self, before: &str, after: &str) -> Result<Option<Vec<Compared>>, String> {
        let (before, after) = (before.to_owned(), after.to_owned());
        self.ask(move |reading| compared::compared(&reading.lake, &before, &after)).await
    }
}
