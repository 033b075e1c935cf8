//! The rulebook（规则库）as pages see it: what is in force, and what a pack would be with a draft in it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context, Result, anyhow};
use async_trait::async_trait;
use casework::DraftKind;
use store::Store;
use web::app::{Composed, Kit, RuleCard, Rulebook};

use super::records;
use crate::kit;
use crate::pack::{Loaded, RulesArguments};
use crate::published::{Published, all_files, is_of};

/// What a new rule begins with.
const TEMPLATE: &str = include_str!("../../templates/rule.toml");
/// What new regional parameters begin with.
const PARAMETERS: &str = include_str!("../../templates/parameters.toml");

/// Rules over a lake's knowledge and a store's packs.
pub(crate) struct Shelf {
    store: Store,
    lake: PathBuf,
    rules: RulesArguments,
    cards: RwLock<Arc<[RuleCard]>>,
}

impl Shelf {
    /// With what is in force; what of it cannot be read is told.
    pub(crate) async fn open(store: Store, lake: &Path, rules: RulesArguments) -> Result<(Self, Loaded)> {
        let loaded = in_force(&store, &rules, lake).await?;
        let cards = RwLock::new(records::cards(&loaded.pack).into());
        Ok((Self { store, lake: lake.to_owned(), rules, cards }, loaded))
    }

    async fn compose_pack(&self, published: Published, file: String) -> Result<Composed> {
        let (rules, lake) = (self.rules.clone(), self.lake.clone());
        let work = tokio::task::spawn_blocking(move || {
            let mut loaded = rules.bare_with(&lake)?;
            loaded.take_published(&published);
            if let Some(fault) = loaded.faults.iter().find(|fault| fault.file == file) {
                return Err(anyhow!("{fault}"));
            }
            Ok(Composed {
                digest: loaded.pack.digest(),
                knowledge_digest: loaded.pack.knowledge_digest(),
                rules: loaded.pack.rules.len() as u64,
                parameters: loaded.pack.parameters.all().count() as u64,
                program: env!("CARGO_PKG_VERSION").to_owned(),
                files: all_files(&loaded, &published),
            })
        });
        work.await.context("没能组成规则包")?
    }

    async fn text(&self, kind: DraftKind, name: &str) -> Result<String> {
        let file = kind.file(name);
        let published = Published::in_force(&self.store).await?;
        if let Some((_, text)) = published.files.into_iter().find(|(known, _)| *known == file) {
            return Ok(text);
        }
        if kind == DraftKind::Parameters {
            return Ok(PARAMETERS.replace("{name}", name));
        }
        let shipped = rulebook::pack::shipped_rule_files();
        let of_code = shipped.into_iter().find(|(_, text)| is_of(text, name));
        Ok(of_code
            .map_or_else(|| TEMPLATE.replace("{code}", name).replace("{name}", "（规则名称）"), |(_, text)| text.to_owned()))
    }
}

/// The rules of a site: shipped ones, those beside them, and what two people put into force.
pub(crate) async fn in_force(store: &Store, rules: &RulesArguments, lake: &Path) -> Result<Loaded> {
    let published = Published::in_force(store).await?;
    let (rules, lake) = (rules.clone(), lake.to_owned());
    let loaded = tokio::task::spawn_blocking(move || {
        let mut loaded = rules.load_with(&lake)?;
        if published.publication.is_some() {
            loaded.take_published(&published);
        }
        Ok(loaded)
    });
    loaded.await.context("没能读取规则")?
}

#[async_trait]
impl Rulebook for Shelf {
    fn cards(&self) -> Arc<[RuleCard]> {
        self.cards.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn beginning(&self, kind: DraftKind, name: &str) -> Result<String, String> {
        self.text(kind, name).await.map_err(|problem| format!("{problem:#}"))
    }

    async fn compose(&self, kind: DraftKind, name: &str, text: &str) -> Result<Composed, String> {
        let file = kind.file(name);
        let published = Published::in_force(&self.store).await.map_err(|problem| format!("{problem:#}"))?;
        self.compose_pack(published.with(&file, text), file).await.map_err(|problem| format!("{problem:#}"))
    }

    async fn kit(&self, institutions: &[String]) -> Result<Kit, String> {
        let told = |problem: anyhow::Error| format!("{problem:#}");
        let published = Published::in_force(&self.store).await.map_err(told)?;
        let loaded = in_force(&self.store, &self.rules, &self.lake).await.map_err(told)?;
        let (rules, institutions) = (self.rules.clone(), institutions.to_vec());
        let work = tokio::task::spawn_blocking(move || kit::kit(&loaded, &published, &rules, &institutions));
        let made = work.await.map_err(|problem| problem.to_string())?.map_err(told)?;
        Ok(Kit { publication: made.publication, files: made.files })
    }

    async fn renew(&self) -> Result<(), String> {
        let loaded = in_force(&self.store, &self.rules, &self.lake).await.map_err(|problem| format!("{problem:#}"))?;
        *self.cards.write().unwrap_or_else(PoisonError::into_inner) = records::cards(&loaded.pack).into();
        Ok(())
    }
}
