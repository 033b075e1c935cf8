//! What surrounds the lines of findings in the lake: who ordered them, and whether their codes can be trusted.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::Result;
use claims::{Text, placeholder};
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::datasource::MemTable;
use lake::{Snapshot, SqlSession};
use rulebook::Finding;

use super::firewall::Surround;
use crate::rows::texts;

/// A line of a finding as it stands in the lake.
#[derive(Clone, Debug, Default)]
struct Line {
    unmapped: bool,
    mapped_twice: bool,
}

/// What surrounds each finding, in their order.
pub(super) fn of(snapshot: &Snapshot, findings: &[Finding]) -> Result<Vec<Surround>> {
    let session = snapshot.session()?;
    let (lines, doctors) = (lines(&session, findings)?, visit_doctors(&session, findings)?);
    let around = |finding: &Finding| {
        let own = finding.bilg_dr_code.as_deref().map(Text::from);
        let visit = finding.mdtrt_id.as_deref().and_then(|visit| doctors.get(visit)).map(|code| Text::from(code.as_str()));
        // Whoever ordered a line answers for it; the attending doctor is not asked because an account was shared.
        let doctor = if own.is_some() { placeholder::doctor(own.as_ref()) } else { placeholder::doctor(visit.as_ref()) };
        let charged: Vec<&Line> = finding.line_ids.iter().filter_map(|line| lines.get(line)).collect();
        Surround {
            doctor: doctor.map(|code| code.to_string()),
            unmapped: charged.iter().any(|line| line.unmapped),
            mapped_twice: charged.iter().any(|line| line.mapped_twice),
        }
    };
    Ok(findings.iter().map(around).collect())
}

/// Lines of findings by id. Joined inside the session, because findings are many and the lake is larger.
fn lines(session: &SqlSession, findings: &[Finding]) -> Result<HashMap<String, Line>> {
    let ids: HashSet<&str> = findings.iter().flat_map(|finding| &finding.line_ids).map(String::as_str).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let split: Vec<(&str, &str)> = ids.iter().filter_map(|id| id.rsplit_once(':')).collect();
    let columns: [(&str, ArrayRef); 2] = [
        ("found_visit", Arc::new(split.iter().map(|(visit, _)| Some(*visit)).collect::<StringArray>())),
        ("found_line", Arc::new(split.iter().map(|(_, line)| Some(*line)).collect::<StringArray>())),
    ];
    let batch = RecordBatch::try_from_iter(columns)?;
    session.register("found_lines", Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))?;
    let month = "substr(CAST(CAST(fee_ocur_time AS DATE) AS VARCHAR), 1, 7)";
    let query = format!(
        "SELECT l.mdtrt_id, l.bkkp_sn, coalesce(l.med_list_codg, l.hilist_code, ''), coalesce(t.codes, 1) FROM \
         (SELECT *, {month} AS m FROM fee_list_d) l JOIN found_lines f ON l.mdtrt_id = f.found_visit AND l.bkkp_sn = f.found_line \
         LEFT JOIN (SELECT fixmedins_code, medins_list_codg, {month} AS m, count(DISTINCT med_list_codg) AS codes FROM fee_list_d \
         WHERE medins_list_codg IS NOT NULL GROUP BY 1, 2, 3 HAVING count(DISTINCT med_list_codg) > 1) t \
         ON t.fixmedins_code = l.fixmedins_code AND t.medins_list_codg = l.medins_list_codg AND t.m = l.m"
    );
    let mut found = HashMap::new();
    for row in texts(&session.query(&query)?)? {
        let line = Line { unmapped: placeholder::is_placeholder(&row[2]), mapped_twice: row[3] != "1" };
        found.insert(format!("{}:{}", row[0], row[1]), line);
    }
    Ok(found)
}

/// Attending doctors of the visits whose findings name no ordering doctor.
fn visit_doctors(session: &SqlSession, findings: &[Finding]) -> Result<HashMap<String, String>> {
    let nameless = findings.iter().filter(|finding| finding.bilg_dr_code.is_none());
    let visits: HashSet<&str> = nameless.filter_map(|finding| finding.mdtrt_id.as_deref()).collect();
    if visits.is_empty() {
        return Ok(HashMap::new());
    }
    let column: ArrayRef = Arc::new(visits.iter().map(|visit| Some(*visit)).collect::<StringArray>());
    let batch = RecordBatch::try_from_iter([("found_visit", column)])?;
    session.register("found_visits", Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))?;
    let query = "SELECT v.mdtrt_id, v.chfpdr_code FROM mdtrt_d v JOIN found_visits f ON v.mdtrt_id = f.found_visit \
                 WHERE v.chfpdr_code IS NOT NULL";
    Ok(texts(&session.query(query)?)?.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect())
}
