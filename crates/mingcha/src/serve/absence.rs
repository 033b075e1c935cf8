//! Absence（未再发现的原因）: why a run does not find what stands in the file, as its own answers and the lake tell it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use casework::{Absence, Filed, Sheet};
use engine::run::RuleReport;
use lake::Lake;
use rulebook::Undecided;
use store::Unfound;

use crate::rows::{literal, rows};

/// What the answers of a run say of findings that it does not have.
#[derive(Debug, Default)]
pub(crate) struct Absences {
    lake: PathBuf,
    lake_version: u64,
    versions: HashMap<String, u32>,
    hints: HashSet<String>,
    undecided: HashMap<String, OfRule>,
}

/// What a rule could not judge, by the narrowest thing that each names.
#[derive(Debug, Default)]
struct OfRule {
    by_line: HashMap<String, String>,
    by_visit: HashMap<String, String>,
    by_person: HashMap<String, String>,
    by_institution: HashMap<String, String>,
    /// Of everything that the rule may look at.
    of_all: Option<String>,
}

impl OfRule {
    fn add(&mut self, one: &Undecided) {
        let said = one.reason.clone();
        let places = [
            (&one.line_id, &mut self.by_line),
            (&one.mdtrt_id, &mut self.by_visit),
            (&one.psn_no, &mut self.by_person),
            (&one.fixmedins_code, &mut self.by_institution),
        ];
        for (key, place) in places {
            if let Some(key) = key {
                place.entry(key.clone()).or_insert(said);
                return;
            }
        }
        self.of_all.get_or_insert(said);
    }

    /// What is missing where the rule could not judge something that this finding may be about.
    fn touching(&self, filed: &Filed, sheet: &Sheet) -> Option<&String> {
        let lines = || sheet.line_ids.iter().chain(&sheet.related_lines);
        let visits = lines().filter_map(|line| line.split_once(':').map(|(visit, _)| visit)).chain(sheet.mdtrt_id.as_deref());
        lines()
            .find_map(|line| self.by_line.get(line))
            .or_else(|| visits.into_iter().find_map(|visit| self.by_visit.get(visit)))
            .or_else(|| self.by_person.get(sheet.psn_no.as_ref()?))
            .or_else(|| self.by_institution.get(filed.fixmedins_code.as_ref()?))
            .or(self.of_all.as_ref())
    }
}

impl Absences {
    /// Of a run: the version of the lake that it read, what its rules report, the ids that it has as hints only, and what it could not
    /// judge.
    pub(crate) fn of(
        (lake, lake_version): (&Path, u64),
        rules: &[RuleReport],
        hints: HashSet<String>,
        undecided: &[Undecided],
    ) -> Self {
        let mut by_rule: HashMap<String, OfRule> = HashMap::new();
        let mut listed: HashMap<&str, u64> = HashMap::new();
        for one in undecided {
            by_rule.entry(one.rule_code.clone()).or_default().add(one);
            *listed.entry(&one.rule_code).or_default() += 1;
        }
        for rule in rules {
            let all: u64 = rule.undecided.values().sum();
            if all > listed.get(rule.code.as_str()).copied().unwrap_or_default() {
                // Those not listed may be about anything.
                let said = format!("该规则有 {all} 项未决，没有全部列出");
                by_rule.entry(rule.code.clone()).or_default().of_all.get_or_insert(said);
            }
        }
        let versions = rules.iter().map(|rule| (rule.code.clone(), rule.version)).collect();
        Self { lake: lake.to_owned(), lake_version, versions, hints, undecided: by_rule }
    }

    /// Why each of these was not found.
    pub(crate) fn of_page(&self, page: &[Unfound]) -> Result<Vec<Absence>> {
        let lines = lines(&self.lake, page)?;
        Ok(page.iter().map(|one| self.why(&one.finding.value.filed, &one.sheet, &lines)).collect())
    }

    fn why(&self, filed: &Filed, sheet: &Sheet, lines: &HashMap<String, bool>) -> Absence {
        let rule = filed.rule_code.as_str();
        let own = || sheet.line_ids.iter();
        // Records that are not there any more are a fact that is missing, and no refund.
        if own().any(|line| !lines.contains_key(line)) {
            return Absence::Undecided { missing: "费用明细已不在数据中".to_owned() };
        }
        if own().next().is_some() && own().all(|line| lines.get(line) == Some(&false)) {
            return Absence::Refunded;
        }
        if let Some(missing) = self.undecided.get(rule).and_then(|of_rule| of_rule.touching(filed, sheet)) {
            return Absence::Undecided { missing: missing.clone() };
        }
        if self.hints.contains(&filed.finding_id) {
            return Absence::HintOnly;
        }
        let version = self.versions.get(rule).copied().unwrap_or(filed.rule_version);
        // Over the same records only the rule, or what it knows, can have changed.
        if version != filed.rule_version || self.lake_version == filed.lake_version {
            return Absence::RuleChanged { version };
        }
        Absence::RecordsChanged { lake_version: self.lake_version }
    }
}

/// The lines of these findings that the lake has, each with whether anything of its item is still charged to the visit.
fn lines(lake: &Path, page: &[Unfound]) -> Result<HashMap<String, bool>> {
    let visits: HashSet<&str> =
        page.iter().flat_map(|one| &one.sheet.line_ids).filter_map(|line| line.split_once(':').map(|(visit, _)| visit)).collect();
    if visits.is_empty() {
        return Ok(HashMap::new());
    }
    let visits: Vec<String> = visits.into_iter().map(literal).collect();
    let query = format!(
        "SELECT mdtrt_id || ':' || bkkp_sn, CASE WHEN sum(det_item_fee_sumamt) OVER (PARTITION BY fixmedins_code, mdtrt_id, \
         coalesce(med_list_codg, medins_list_codg)) > 0 THEN 1 ELSE 0 END FROM fee_list_d WHERE mdtrt_id IN ({})",
        visits.join(", ")
    );
    let line = |row: Vec<String>| {
        let mut cells = row.into_iter();
        Some((cells.next()?, cells.next()? == "1"))
    };
    Ok(rows(&Lake::open(lake)?.snapshot()?, &query)?.into_iter().filter_map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undecided(line: Option<&str>, visit: Option<&str>, person: Option<&str>) -> Undecided {
        Undecided {
            rule_code: "A".to_owned(),
            line_id: line.map(str::to_owned),
            mdtrt_id: visit.map(str::to_owned),
            psn_no: person.map(str::to_owned),
            reason: "缺少：出院诊断".to_owned(),
            ..Undecided::default()
        }
    }

    fn filed(lake_version: u64) -> Filed {
        Filed {
            finding_id: "f".to_owned(),
            run_id: "R1".to_owned(),
            lake_version,
            rule_code: "A".to_owned(),
            rule_version: 1,
            fixmedins_code: Some("H1".to_owned()),
            region: "990101".to_owned(),
            occurred_on: claims::Day(20_500),
            amount_fen: 100,
            fund_parts: Vec::new(),
            digest: "d".to_owned(),
        }
    }

    fn sheet() -> Sheet {
        let own = |text: &str| Some(text.to_owned());
        Sheet { psn_no: own("P1"), mdtrt_id: own("M1"), line_ids: vec!["M1:1".to_owned()], ..Sheet::default() }
    }

    fn charged(still: bool) -> HashMap<String, bool> {
        HashMap::from([("M1:1".to_owned(), still)])
    }

    fn why(undecided: &[Undecided], hint: bool, lake_version: u64) -> Absence {
        let hints = if hint { HashSet::from(["f".to_owned()]) } else { HashSet::new() };
        Absences::of((Path::new("lake"), 2), &[], hints, undecided).why(&filed(lake_version), &sheet(), &charged(true))
    }

    #[test]
    fn what_could_not_be_judged_is_told_from_what_is_in_order() {
        let missing = Absence::Undecided { missing: "缺少：出院诊断".to_owned() };
        let person = Some("P1");
        for touching in [
            undecided(Some("M1:1"), Some("M1"), person),
            undecided(None, Some("M1"), person),
            undecided(None, None, person),
            undecided(None, None, None),
        ] {
            assert_eq!(why(&[touching], true, 1), missing);
        }
        for other in
            [undecided(Some("M1:2"), Some("M1"), person), undecided(None, Some("M2"), person), undecided(None, None, Some("P2"))]
        {
            assert_eq!(why(&[other], false, 1), Absence::RecordsChanged { lake_version: 2 });
        }
    }

    #[test]
    fn what_was_given_back_is_told_from_what_is_not_there() {
        let absences = Absences::of((Path::new("lake"), 2), &[], HashSet::new(), &[undecided(None, None, None)]);
        let why = |lines: &HashMap<String, bool>| absences.why(&filed(1), &sheet(), lines);
        assert_eq!(why(&charged(false)), Absence::Refunded);
        assert_eq!(why(&HashMap::new()), Absence::Undecided { missing: "费用明细已不在数据中".to_owned() });
        assert!(matches!(why(&charged(true)), Absence::Undecided { missing } if missing == "缺少：出院诊断"));
    }

    #[test]
    fn over_the_same_records_the_rule_has_changed() {
        assert_eq!(why(&[], false, 2), Absence::RuleChanged { version: 1 });
        assert_eq!(why(&[], true, 1), Absence::HintOnly);
    }
}
