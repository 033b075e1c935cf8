//! From a run's findings to what is filed: trial rules, hints, and rules whose findings were mostly withdrawn stay out, the rest keeps its
//! whole evidence.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use casework::Filed;
use casework::filing::Coverage;
use casework::sheet::{Charged, Sheet};
use casework::standing::{Floor, Record, Standing};
use claims::Day;
use rulebook::{Finding, Grade};
use store::{Clocks, FilingOutcome, RuleRecords, Store};

use super::absence::Absences;
use crate::institutions::{self, Institution};
use crate::runs::Run;
use crate::today::now;

/// The days that a run looks at where nobody said others. They are written as four digits of a year, as days are compared.
const FIRST: Day = Day(-719_162);
const LAST: Day = Day(2_932_896);
/// How many findings go in before whoever waits hears of it.
const SLICE: usize = 2_000;

/// What is filed of a run.
pub(crate) struct Filing {
    pub(crate) coverage: Coverage,
    pub(crate) found: Vec<(Filed, Sheet)>,
    absences: Arc<Absences>,
    /// Rules that say hints only by now, with what was decided on them and how many findings of the run are not filed for that.
    pub(crate) hints_only: BTreeMap<String, (Record, usize)>,
}

impl Filing {
    /// Reads a run. Findings of trial rules are for whoever tries the rule, and hints accuse nobody: neither is filed. A rule below the
    /// region's floor gives hints, and what is open of it stays with whoever has it: the filing says nothing of it.
    pub(crate) fn of(lake: &Path, run: &Run, records: &RuleRecords, floor: Floor) -> Result<Self> {
        let report = run.report()?;
        let names = institutions::of(lake);
        let regions = institutions::regions(lake);
        let active = |rule: &&engine::run::RuleReport| rule.status == "active";
        let broken = |code: &str| report.faults.iter().any(|fault| fault.contains(code));
        let mut hints_only = below(report.rules.iter().map(|rule| (rule.code.as_str(), rule.version)), records, floor);
        let speaks = |code: &String| !broken(code) && !hints_only.contains_key(code);
        let rules: BTreeSet<String> = report.rules.iter().filter(active).map(|rule| rule.code.clone()).filter(speaks).collect();
        let accuses = |finding: &Finding| finding.rule_status == "active" && finding.grade != Grade::Hint;
        let mut found = run.findings()?;
        let hints: HashSet<String> =
            found.iter().filter(|finding| finding.grade == Grade::Hint).map(|finding| finding.finding_id.clone()).collect();
        let absences = Arc::new(Absences::of((lake, report.lake_version), &report.rules, hints, &run.undecided()?));
        found.retain(accuses);
        found.retain(|finding| hints_only.get_mut(&finding.rule_code).map(|(_, count)| *count += 1).is_none());
        let found = found
            .iter()
            .map(|finding| (filed_of(finding, &report.run_id, report.lake_version, &regions), sheet_of(finding, &names)));
        let coverage = Coverage {
            run_id: report.run_id.clone(),
            lake_version: report.lake_version,
            rules,
            from: report.from.unwrap_or(FIRST),
            to: report.to.unwrap_or(LAST),
            institutions: None,
        };
        Ok(Self { found: found.collect(), coverage, absences, hints_only })
    }

    /// Which rules accuse nobody any more, and why; empty where all do as they were made to.
    pub(crate) fn said_of_hints(&self) -> String {
        let said = |(code, (record, count)): (&String, &(Record, usize))| {
            format!("；{code} 已认定 {} / {}，低于降级线，自动降为提示，{count} 条未立案", record.confirmed, record.decided())
        };
        self.hints_only.iter().map(said).collect()
    }

    /// Files it. `told` hears how far it is, and says whether to go on; what is filed by then stays, and the next try goes on from there.
    pub(crate) async fn file<F>(&self, store: &Store, clocks: &Clocks, by: &str, mut told: F) -> Result<FilingOutcome>
    where
        F: AsyncFnMut(usize, usize) -> Result<bool>,
    {
        let mut outcome = FilingOutcome::default();
        let mut done = 0;
        for slice in self.found.chunks(SLICE) {
            let part = store.file(slice, clocks, now()).await?;
            outcome.add(part);
            done += slice.len();
            if !told(done, self.found.len()).await? {
                return Err(anyhow!("已取消，已立案 {done} 条；再次立案会接着办"));
            }
        }
        self.settle_absent(store, clocks, &mut outcome).await?;
        Ok(store.end_filing(&self.coverage, by, outcome, now()).await?)
    }

    /// What the run looked for and does not have: closed, or in doubt.
    async fn settle_absent(&self, store: &Store, clocks: &Clocks, outcome: &mut FilingOutcome) -> Result<()> {
        let mut after = String::new();
        loop {
            let page = store.unfound(&self.coverage, &after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.finding.value.filed.finding_id);
            let absences = Arc::clone(&self.absences);
            let (page, why) = tokio::task::spawn_blocking(move || absences.of_page(&page).map(|why| (page, why))).await??;
            let absent: Vec<_> = page.into_iter().map(|one| one.finding).zip(why).collect();
            outcome.add(store.absent(&self.coverage, absent, clocks, now()).await?);
        }
    }
}

/// Rules whose running version is below the floor, with what was decided on it; none of their findings is counted yet.
fn below<'a>(
    rules: impl Iterator<Item = (&'a str, u32)>,
    records: &RuleRecords,
    floor: Floor,
) -> BTreeMap<String, (Record, usize)> {
    let record = |(code, version): (&str, u32)| {
        let record = records.get(&(code.to_owned(), version)).copied()?;
        (record.standing(floor) == Standing::HintOnly).then(|| (code.to_owned(), (record, 0)))
    };
    rules.filter_map(record).collect()
}

fn filed_of(finding: &Finding, run_id: &str, lake_version: u64, regions: &HashMap<String, String>) -> Filed {
    let code = finding.fixmedins_code.as_deref();
    // An institution's code holds its region where the register has none.
    let own =
        code.and_then(|code| regions.get(code).cloned()).or_else(|| code.and_then(|code| code.get(1..7)).map(str::to_owned));
    Filed {
        finding_id: finding.finding_id.clone(),
        run_id: run_id.to_owned(),
        lake_version,
        rule_code: finding.rule_code.clone(),
        rule_version: finding.rule_version,
        fixmedins_code: finding.fixmedins_code.clone(),
        region: own.or_else(|| finding.insu_admdvs.clone()).unwrap_or_default(),
        occurred_on: finding.occurred_on,
        amount_fen: finding.amount_fen,
        fund_parts: finding.fund_parts.clone(),
        digest: finding.digest.clone(),
    }
}

fn sheet_of(finding: &Finding, names: &HashMap<String, Institution>) -> Sheet {
    let code = finding.fixmedins_code.clone().unwrap_or_default();
    let name = names.get(&code).map(|institution| institution.name.clone()).filter(|name| !name.is_empty());
    let charged = finding.evidence.charged.iter().map(|line| Charged {
        line_id: line.line_id.clone(),
        excess: line.excess.0,
        fund: line.fund.map(|fund| fund.0),
    });
    Sheet {
        rule_name: finding.rule_name.clone(),
        grade: finding.grade.name().to_owned(),
        subject: finding.subject.clone(),
        institution: name.unwrap_or(if code.is_empty() { "多家或不明".to_owned() } else { code }),
        psn_no: finding.psn_no.clone(),
        mdtrt_id: finding.mdtrt_id.clone(),
        setl_id: finding.setl_id.clone(),
        bilg_dr_code: finding.bilg_dr_code.clone(),
        knowledge_id: finding.knowledge_id.clone(),
        amount_basis: finding.amount_basis.name().to_owned(),
        message: finding.message.clone(),
        line_ids: finding.line_ids.clone(),
        related_lines: finding.related_lines.clone(),
        related: finding.related.clone(),
        charged: charged.collect(),
        cleared_by: finding.evidence.cleared_by.clone(),
        evidence: serde_json::to_string(&finding.evidence).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_answers_for_itself_alone() {
        let bad = Record { confirmed: 3, overturned: 40, ..Record::default() };
        let records = RuleRecords::from([(("A".to_owned(), 1), bad), (("B".to_owned(), 2), bad)]);
        let running = [("A", 2), ("B", 2), ("C", 1)];
        let fallen = below(running.into_iter(), &records, Floor::default());
        assert_eq!(fallen, BTreeMap::from([("B".to_owned(), (bad, 0))]), "A was mended since, and nobody decided on C");
        let filing = Filing {
            coverage: nothing(),
            found: Vec::new(),
            absences: Arc::default(),
            hints_only: BTreeMap::from([("B".to_owned(), (bad, 7))]),
        };
        assert_eq!(filing.said_of_hints(), "；B 已认定 3 / 43，低于降级线，自动降为提示，7 条未立案");
    }

    #[test]
    fn days_without_end_are_written_as_days_are_compared() {
        assert_eq!((FIRST.to_string().as_str(), LAST.to_string().as_str()), ("0001-01-01", "9999-12-31"));
    }

    fn nothing() -> Coverage {
        let day = Day(0);
        Coverage { run_id: String::new(), lake_version: 1, rules: BTreeSet::new(), from: day, to: day, institutions: None }
    }
}
