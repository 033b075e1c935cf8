//! Settings（实时接口配置）, the part `[realtime]` of the site's configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use realtime::budget::Budget;
use serde::Deserialize;

/// Settings（实时接口配置）.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The file with the ways in which regions write the interface.
    pub(crate) dialects: Option<PathBuf>,
    /// Calls that an institution may make in a second, on average.
    pub(crate) per_second: u32,
    /// Calls that are worked on at once; beyond it callers are told to ask again.
    pub(crate) at_once: usize,
    /// The longest that a call may take, in seconds, its reading included.
    pub(crate) longest_seconds: u64,
    /// The largest message, in KiB.
    pub(crate) largest_kib: usize,
    /// How much a doctor is reminded.
    pub(crate) budget: Budget,
    /// The same for single institutions.
    pub(crate) institution: BTreeMap<String, Budget>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            dialects: None,
            per_second: 100,
            at_once: 64,
            longest_seconds: 10,
            largest_kib: 2_048,
            budget: Budget::default(),
            institution: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// The budget of an institution: its own, else the site's.
    pub(crate) fn budget_of(&self, fixmedins_code: &str) -> Budget {
        self.institution.get(fixmedins_code).copied().unwrap_or(self.budget)
    }
}
