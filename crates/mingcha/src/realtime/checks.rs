//! Checks（实时规则）: the pack in force, made ready for both moments, and what the lake tells of everybody. Made anew beside the old ones,
//! and put in their place at once: a message is judged by one pack.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use engine::check::{Checker, Standing};
use lake::Lake;
use rulebook::Pack;
use rulebook::rule::Stage;

use crate::today::now;

/// Months of the lake that are looked back at: a year, and the month it began in.
const MONTHS: u32 = 13;

/// Checks（实时规则）.
pub(crate) struct Checks {
    pre: Checker,
    mid: Checker,
    /// Class of each rule, for `vola_bhvr_type`.
    classes: HashMap<String, &'static str>,
    /// Digest of the pack.
    pub(crate) pack_digest: String,
    /// Version of the lake; none where there is no lake yet.
    pub(crate) lake_version: Option<u64>,
}

impl Checks {
    /// For a pack over a lake.
    pub(crate) fn load(pack: &Pack, lake: &Path, threads: usize) -> Result<Self> {
        let (standing, lake_version) = standing(pack, lake, threads)?;
        let standing = Arc::new(standing);
        // What does not compile was told when the rules were loaded.
        let (pre, _) = Checker::new(pack, Stage::Pre, Arc::clone(&standing));
        let (mid, _) = Checker::new(pack, Stage::Mid, standing);
        let classes = pack.rules.iter().map(|rule| (rule.code.clone(), rule.class.name())).collect();
        Ok(Self { pre, mid, classes, pack_digest: pack.digest(), lake_version })
    }

    /// The rules of a moment.
    pub(crate) const fn at(&self, stage: Stage) -> &Checker {
        if matches!(stage, Stage::Pre) { &self.pre } else { &self.mid }
    }

    /// The class of a rule.
    pub(crate) fn class(&self, rule: &str) -> &str {
        self.classes.get(rule).copied().unwrap_or_default()
    }
}

/// Nothing is known of anybody's past.
fn unknown() -> Standing {
    Standing::since(now().day())
}

fn standing(pack: &Pack, lake: &Path, threads: usize) -> Result<(Standing, Option<u64>)> {
    // Before the first import there is a folder and no lake: rules that look back say so.
    let Ok(snapshot) = Lake::open(lake).and_then(|lake| lake.snapshot()) else { return Ok((unknown(), None)) };
    let version = snapshot.version();
    let months = snapshot.months()?;
    let Some(last) = months.last().copied() else { return Ok((unknown(), None)) };
    let first = months.get(months.len().saturating_sub(MONTHS as usize)).copied().unwrap_or(last);
    let standing = Standing::of_lake(snapshot.with_months(first, last), pack, threads).map_err(|problem| anyhow!(problem))?;
    Ok((standing, Some(version)))
}
