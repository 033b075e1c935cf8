//! The lake as pages see it: read only, and never on the threads that answer.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use async_trait::async_trait;
use claims::Fen;
use claims::chart::VisitClass;
use claims::visit_class::visit_class;
use lake::Lake;
use rulebook::Pack;
use tokio::sync::Mutex;
use web::app::{DataVersion, FeeLine, Records, RuleCard, RunCard, Visit};

use crate::rows::{literal, rows};
use crate::runs::Runs;

/// How long a page may name the version before: it is asked for with every page, and changes with an import.
const FRESH: Duration = Duration::from_secs(20);

/// Records of a lake.
pub(crate) struct LakeRecords {
    lake: PathBuf,
    version: Mutex<Option<(Instant, DataVersion)>>,
}

impl LakeRecords {
    pub(crate) fn new(lake: &Path) -> Self {
        Self { lake: lake.to_owned(), version: Mutex::default() }
    }

    /// Asks the lake on a thread of its own: its queries wait.
    async fn ask<T: Send + 'static>(&self, question: impl FnOnce(&Path) -> Result<T> + Send + 'static) -> Result<T, String> {
        let lake = self.lake.clone();
        let answer = tokio::task::spawn_blocking(move || question(&lake)).await.map_err(|problem| problem.to_string())?;
        answer.map_err(|problem| format!("{problem:#}"))
    }
}

/// Yuan as the lake writes them, in fen.
fn fen(text: &str) -> i64 {
    Fen::parse(text).map_or(0, |fen| fen.0)
}

fn cell(row: &[String], number: usize) -> String {
    row.get(number).cloned().unwrap_or_default()
}

#[async_trait]
impl Records for LakeRecords {
    async fn version(&self) -> Result<DataVersion, String> {
        let mut known = self.version.lock().await;
        if let Some((_, version)) = known.as_ref().filter(|(since, _)| since.elapsed() < FRESH) {
            return Ok(version.clone());
        }
        let version = self.ask(|lake| {
            let snapshot = Lake::open(lake)?.snapshot()?;
            let last = rows(&snapshot, "SELECT max(visit_month) FROM mdtrt_d").unwrap_or_default();
            Ok(DataVersion { version: snapshot.version(), until: last.first().map(|row| cell(row, 0)).unwrap_or_default() })
        });
        let version = version.await?;
        *known = Some((Instant::now(), version.clone()));
        Ok(version)
    }

    async fn lines(&self, fixmedins_code: Option<&str>, mdtrt_id: &str) -> Result<Vec<FeeLine>, String> {
        // Lines lie by institution: its code lets whole parts of the lake be passed over.
        let place = fixmedins_code.map(|code| format!(" AND fixmedins_code = {}", literal(code))).unwrap_or_default();
        let query = format!(
            "SELECT mdtrt_id || ':' || bkkp_sn, fee_ocur_time, coalesce(med_list_codg, medins_list_codg), \
             coalesce(medins_list_name, hilist_name), cnt, pric, det_item_fee_sumamt, chrgitm_lv FROM fee_list_d \
             WHERE mdtrt_id = {}{place} ORDER BY fee_ocur_time, bkkp_sn",
            literal(mdtrt_id)
        );
        let line = |row: Vec<String>| FeeLine {
            line_id: cell(&row, 0),
            fee_ocur_time: cell(&row, 1).replace('T', " ").chars().take(16).collect(),
            item_code: cell(&row, 2),
            item_name: cell(&row, 3),
            quantity: plain(&cell(&row, 4)),
            price: plain(&cell(&row, 5)),
            amount_fen: fen(&cell(&row, 6)),
            chrgitm_lv: cell(&row, 7),
        };
        self.ask(move |lake| Ok(rows(&Lake::open(lake)?.snapshot()?, &query)?.into_iter().map(line).collect())).await
    }

    async fn visits(&self, psn_no: &str) -> Result<Vec<Visit>, String> {
        let query = format!(
            "SELECT m.mdtrt_id, coalesce(m.fixmedins_name, m.fixmedins_code), m.med_type, m.begntime, coalesce(m.endtime, m.begntime), \
             coalesce(m.dscg_maindiag_name, m.dscg_maindiag_code, ''), coalesce(sum(s.medfee_sumamt), 0), m.fixmedins_code FROM mdtrt_d m \
             LEFT JOIN setl_d s ON s.mdtrt_id = m.mdtrt_id WHERE m.psn_no = {} GROUP BY 1, 2, 3, 4, 5, 6, m.fixmedins_code ORDER BY 4 DESC LIMIT 60",
            literal(psn_no)
        );
        let visit = |row: Vec<String>| Visit {
            mdtrt_id: cell(&row, 0),
            institution: cell(&row, 1),
            kind: kind(visit_class(Some(&cell(&row, 2)), &cell(&row, 7))).to_owned(),
            begun: cell(&row, 3).chars().take(10).collect(),
            ended: cell(&row, 4).chars().take(10).collect(),
            diagnosis: cell(&row, 5),
            amount_fen: fen(&cell(&row, 6)),
        };
        self.ask(move |lake| Ok(rows(&Lake::open(lake)?.snapshot()?, &query)?.into_iter().map(visit).collect())).await
    }

    async fn runs(&self) -> Result<Vec<RunCard>, String> {
        self.ask(|lake| {
            let card = |run: crate::runs::Run| -> Result<RunCard> {
                let report = run.report()?;
                Ok(RunCard {
                    run_id: run.id,
                    lake_version: report.lake_version,
                    lines: report.totals.lines,
                    findings: report.totals.findings,
                    undecided: report.totals.undecided,
                    amount_fen: report.totals.distinct_amount_fen,
                    fund_fen: report.totals.distinct_fund_amount_fen,
                    pack_digest: report.pack_digest,
                    published_pack: report.published_pack,
                    seconds: format!("{:.1}", report.seconds),
                })
            };
            Runs::of(lake).all()?.into_iter().map(card).collect()
        })
        .await
    }
}

/// A class of care as people say it.
const fn kind(class: VisitClass) -> &'static str {
    match class {
        VisitClass::Inpatient => "住院",
        VisitClass::Outpatient => "门诊",
        VisitClass::Emergency => "急诊",
        VisitClass::Chronic => "门诊慢特病",
        VisitClass::Pharmacy => "药店购药",
        VisitClass::Special => "日间手术等",
        VisitClass::Unknown => "不明",
    }
}

/// A number without the zeros at its end.
fn plain(number: &str) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_owned() } else { number.to_owned() }
}

/// Rules as pages show them.
pub(crate) fn cards(pack: &Pack) -> Vec<RuleCard> {
    let card = |rule: &rulebook::Rule| RuleCard {
        code: rule.code.clone(),
        name: rule.name.clone(),
        class: rule.class.label().to_owned(),
        status: rule.status.label().to_owned(),
        version: rule.version,
        knowledge_rows: pack.knowledge.feeding(rule).count(),
        explanation: rulebook::explain::rule(rule, &pack.knowledge),
    };
    pack.rules.iter().map(card).collect()
}
