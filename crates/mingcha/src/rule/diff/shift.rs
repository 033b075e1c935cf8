//! Where findings appear and vanish: by institution, level of institution, department.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use anyhow::Result;
use lake::Lake;
use rulebook::Finding;
use serde::Serialize;

use crate::findings::difference::Difference;
use crate::institutions::{self, Institution, level_label};
use crate::rows::{literal, rows};

/// Shift（变化）of one group of findings; amounts as the findings have them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Shift {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) appeared: usize,
    pub(super) appeared_fen: i64,
    pub(super) vanished: usize,
    pub(super) vanished_fen: i64,
    pub(super) changed: usize,
    /// Amount after minus amount before, over all three.
    pub(super) amount_fen: i64,
}

impl Shift {
    fn appear(&mut self, finding: &Finding) {
        self.appeared += 1;
        self.appeared_fen += finding.amount_fen;
        self.amount_fen += finding.amount_fen;
    }

    fn vanish(&mut self, finding: &Finding) {
        self.vanished += 1;
        self.vanished_fen += finding.amount_fen;
        self.amount_fen -= finding.amount_fen;
    }

    fn change(&mut self, before: &Finding, after: &Finding) {
        self.changed += 1;
        self.amount_fen += after.amount_fen - before.amount_fen;
    }
}

/// Everything together.
pub(super) fn total(found: &Difference<'_>) -> Shift {
    by(found, |_| (String::new(), String::new())).pop().unwrap_or_default()
}

/// By a code and its name; where most money moves comes first.
pub(super) fn by(found: &Difference<'_>, group: impl Fn(&Finding) -> (String, String)) -> Vec<Shift> {
    let mut groups: BTreeMap<String, Shift> = BTreeMap::new();
    let mut of = |finding: &Finding, add: &dyn Fn(&mut Shift)| {
        let (code, name) = group(finding);
        add(groups.entry(code.clone()).or_insert_with(|| Shift { code, name, ..Shift::default() }));
    };
    for finding in &found.appeared {
        of(finding, &|shift| shift.appear(finding));
    }
    for finding in &found.vanished {
        of(finding, &|shift| shift.vanish(finding));
    }
    for (before, after) in &found.changed {
        of(after, &|shift| shift.change(before, after));
    }
    let mut shifts: Vec<Shift> = groups.into_values().collect();
    let moved = |shift: &Shift| (shift.appeared_fen + shift.vanished_fen, shift.appeared + shift.vanished + shift.changed);
    shifts.sort_by_key(|shift| std::cmp::Reverse(moved(shift)));
    shifts
}

/// Places（归属）: institutions by code and departments by line.
pub(super) struct Places {
    institutions: HashMap<String, Institution>,
    departments: HashMap<String, String>,
}

/// Visits asked for at once.
const VISITS: usize = 10_000;

impl Places {
    pub(super) fn of(lake: &Path, version: u64, found: &Difference<'_>) -> Result<Self> {
        let findings =
            || found.appeared.iter().chain(&found.vanished).copied().chain(found.changed.iter().map(|(_, after)| *after));
        let lines: HashSet<&str> = findings().flat_map(|finding| &finding.line_ids).map(String::as_str).collect();
        let mut visits: Vec<&str> = lines.iter().filter_map(|line| line.rsplit_once(':')).map(|(visit, _)| visit).collect();
        visits.sort_unstable();
        visits.dedup();
        let snapshot = Lake::open(lake)?.snapshot_at(version)?;
        let mut departments = HashMap::new();
        for some in visits.chunks(VISITS) {
            let list: Vec<String> = some.iter().map(|visit| literal(visit)).collect();
            let query = format!(
                "SELECT mdtrt_id || ':' || bkkp_sn, coalesce(nullif(bilg_dept_name, ''), bilg_dept_codg) FROM fee_list_d \
                 WHERE mdtrt_id IN ({})",
                list.join(",")
            );
            for row in rows(&snapshot, &query)? {
                let [line, department] = row.as_slice() else { continue };
                if lines.contains(line.as_str()) && !department.is_empty() {
                    departments.insert(line.clone(), department.clone());
                }
            }
        }
        Ok(Self { institutions: institutions::of(lake), departments })
    }

    pub(super) fn institution(&self, finding: &Finding) -> (String, String) {
        let Some(code) = &finding.fixmedins_code else { return (String::new(), "（未归到机构）".to_owned()) };
        (code.clone(), self.institutions.get(code).map(|known| known.name.clone()).unwrap_or_default())
    }

    pub(super) fn level(&self, finding: &Finding) -> (String, String) {
        let known = finding.fixmedins_code.as_ref().and_then(|code| self.institutions.get(code));
        let level = known.and_then(|institution| institution.level);
        (level.map(|level| level.to_string()).unwrap_or_default(), level_label(level).to_owned())
    }

    /// The department that ordered most of the lines; of equals, the first by name.
    pub(super) fn department(&self, finding: &Finding) -> (String, String) {
        let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
        for department in finding.line_ids.iter().filter_map(|line| self.departments.get(line)) {
            *lines.entry(department).or_default() += 1;
        }
        let most = lines.iter().rev().max_by_key(|(_, count)| **count);
        most.map_or_else(|| (String::new(), "（科室不明）".to_owned()), |(name, _)| ((*name).to_owned(), (*name).to_owned()))
    }
}
