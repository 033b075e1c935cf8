//! Traces（重复的追溯码，T13）: scans of packs that may have been sold more than once, for the visit pass to find by settlement.

pub(crate) mod sale;

use std::collections::HashMap;

use claims::chart::Folder;
use claims::code::can_be_trace_code;
use claims::lines::LineRow;
use claims::record::{Settlement, TraceScan};
use claims::{Quantity, Text};
use foldhash::fast::FixedState;

/// A scan that does not say how many packs were sold tells of one.
const ONE_PACK: Quantity = Quantity(10_000);

/// Traces（重复的追溯码）: what is left of the scans when returns, packs sold in part and packs sold once are taken off.
///
/// They are found by the settlement that they name, else by the visit. So a scan is not lost where the visit was not delivered but
/// its settlement was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traces {
    by_settlement: HashMap<Text, Vec<TraceScan>, FixedState>,
    by_visit: HashMap<Text, Vec<TraceScan>, FixedState>,
}

/// Whether a scan may be one of the sales that make a code a repeated one: a pack sold in part may lawfully be sold again.
pub(crate) fn counts(least_signs: usize, code: &str, opened: Option<bool>) -> bool {
    opened != Some(true) && can_be_trace_code(code, least_signs)
}

impl Traces {
    /// The scans of sales that stand, of the codes that have at least two of whole packs.
    pub(crate) fn of(scans: Vec<TraceScan>, least_signs: usize) -> Self {
        let standing = standing(&scans);
        let mut whole: HashMap<&str, u32, FixedState> = HashMap::default();
        for (scan, _) in scans.iter().zip(&standing).filter(|(_, stands)| **stands) {
            if counts(least_signs, &scan.drug_trac_codg, scan.trdn_flag) {
                *whole.entry(&scan.drug_trac_codg).or_default() += 1;
            }
        }
        let twice = |scan: &TraceScan| whole.get(scan.drug_trac_codg.as_str()).is_some_and(|scans| *scans >= 2);
        let kept: Vec<bool> = scans.iter().zip(&standing).map(|(scan, stands)| *stands && twice(scan)).collect();
        let mut traces = Self::default();
        for (scan, _) in scans.into_iter().zip(kept).filter(|(_, kept)| *kept) {
            let place = match &scan.setl_id {
                Some(settlement) => traces.by_settlement.entry(Text::clone(settlement)),
                None => traces.by_visit.entry(Text::clone(&scan.mdtrt_id)),
            };
            place.or_default().push(scan);
        }
        traces
    }

    /// The lines of a folder's scanned settlements whose visit was not delivered: no chart has them, but they tell what a pack was
    /// billed at, and when. None where no settlement of the folder was scanned, which is so of almost every folder.
    pub(crate) fn unplaced_lines(&self, folder: &Folder) -> Option<Vec<LineRow>> {
        if self.by_settlement.is_empty() && self.by_visit.is_empty() {
            return None;
        }
        let scanned: Vec<&Settlement> = folder.settlements.iter().filter(|settlement| self.have(settlement)).collect();
        if scanned.is_empty() {
            return None;
        }
        let placed = |mdtrt_id: &str| folder.visits.iter().any(|visit| visit.vali_flag && visit.mdtrt_id == mdtrt_id);
        let unplaced = |line: &&LineRow| {
            line.vali_flag() && scanned.iter().any(|s| s.mdtrt_id == line.mdtrt_id()) && !placed(line.mdtrt_id())
        };
        Some(folder.lines.iter().filter(unplaced).cloned().collect())
    }

    fn have(&self, settlement: &Settlement) -> bool {
        !self.of_settlement(settlement).is_empty() || !self.of_visit(&settlement.mdtrt_id).is_empty()
    }

    /// The scans that name the settlement.
    fn of_settlement(&self, settlement: &Settlement) -> &[TraceScan] {
        self.by_settlement.get(&settlement.setl_id).map_or(&[], Vec::as_slice)
    }

    /// The scans that name a visit and no settlement.
    fn of_visit(&self, mdtrt_id: &Text) -> &[TraceScan] {
        self.by_visit.get(mdtrt_id).map_or(&[], Vec::as_slice)
    }
}

/// Which scans are sales that stand: more packs of the code were sold at the visit than came back.
fn standing(scans: &[TraceScan]) -> Vec<bool> {
    let packs = |scan: &TraceScan| scan.sel_retn_cnt.unwrap_or(ONE_PACK);
    let mut net: HashMap<(&str, &str), Quantity, FixedState> = HashMap::default();
    for scan in scans {
        *net.entry((&scan.drug_trac_codg, &scan.mdtrt_id)).or_default() += packs(scan);
    }
    let sold =
        |scan: &TraceScan| net.get(&(scan.drug_trac_codg.as_str(), scan.mdtrt_id.as_str())).is_some_and(|n| n.is_positive());
    scans.iter().map(|scan| packs(scan).is_positive() && sold(scan)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(code: &str, visit: &str, packs: i64, opened: Option<bool>) -> TraceScan {
        TraceScan {
            fixmedins_code: "P99010100001".into(),
            mdtrt_id: visit.into(),
            setl_id: None,
            bkkp_sn: Some("L1".into()),
            psn_no: Some("P1".into()),
            med_list_codg: None,
            drug_trac_codg: code.into(),
            trdn_flag: opened,
            sel_retn_cnt: Some(Quantity(packs * 10_000)),
            sel_retn_time: None,
        }
    }

    fn left(scans: Vec<TraceScan>) -> Vec<String> {
        let mut visits: Vec<String> = Traces::of(scans, 8).by_visit.keys().map(ToString::to_string).collect();
        visits.sort();
        visits
    }

    const CODE: &str = "81234560000000000017";
    const WHOLE: Option<bool> = Some(false);

    #[test]
    fn a_code_sold_at_two_visits_is_left_with_both() {
        assert_eq!(left(vec![scan(CODE, "M1", 1, WHOLE), scan(CODE, "M2", 1, None)]), ["M1", "M2"]);
    }

    #[test]
    fn what_came_back_or_was_opened_or_is_no_code_leaves_nothing() {
        let returned = vec![scan(CODE, "M1", 1, WHOLE), scan(CODE, "M1", -1, WHOLE), scan(CODE, "M2", 1, WHOLE)];
        assert_eq!(left(returned), [] as [&str; 0]);
        assert_eq!(left(vec![scan(CODE, "M1", 1, Some(true)), scan(CODE, "M2", 1, WHOLE)]), [] as [&str; 0]);
        assert_eq!(left(vec![scan("00000000", "M1", 1, WHOLE), scan("00000000", "M2", 1, WHOLE)]), [] as [&str; 0]);
    }
}
