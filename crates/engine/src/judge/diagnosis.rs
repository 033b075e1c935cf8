//! Diagnosis（诊断规则，T11）: a diagnosis against the person. One finding a visit.

use std::collections::BTreeMap;

use claims::record::Diagnosis;
use rulebook::Undecided;
use rulebook::knowledge::{Match, PointInForce};

use super::{Admitted, Draft, Folder, NOT_REVIEWED, Who, grade, lifted, named, reason};
use crate::program::Program;
use crate::sink::{Lifted, Sink};
use crate::value::Tri;
use crate::view::{Own, View};

struct Diagnosed<'a> {
    folder: &'a Folder<'a>,
    visit: usize,
    diagnosis: &'a Diagnosis,
    point: &'a PointInForce,
}

pub(super) fn judge(
    program: &Program,
    number: usize,
    folders: &[Folder<'_>],
    admitted: &Admitted,
    sink: &mut Sink,
) -> Result<(), String> {
    let rule = &program.rules[number];
    let Some(index) = rule.index.as_ref().filter(|_| rule.matches() == Some(Match::Diagnosis)) else { return Ok(()) };
    let mut found = Vec::new();
    for (at, folder) in folders.iter().enumerate() {
        let places = folder.places.list();
        for diagnosis in &folder.chart.diagnoses {
            let of_visit = |v: &claims::chart::ChartVisit| v.record.mdtrt_id == diagnosis.mdtrt_id;
            let Some(visit) = folder.chart.visits.iter().position(of_visit) else { continue };
            // TCM codes look like ICD codes, and mean something else.
            if matches!(diagnosis.diag_type.as_deref(), Some("2" | "3")) || !admitted.allows(number, at, visit) {
                continue;
            }
            let day = folder.chart.visits[visit].record.begntime.day();
            let points = index.select_above(&diagnosis.diag_code, day, &places);
            found.extend(points.into_iter().map(|point| Diagnosed { folder, visit, diagnosis, point }));
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let views: Vec<View<'_>> = found
        .iter()
        .map(|d| View { own: Own::Diagnosis(d.diagnosis), point: Some(&d.point.point), ..d.folder.visit_view(d.visit) })
        .collect();
    let answers = rule.lines.evaluate(&views, &program.settings(rule))?;
    let mut by_visit: BTreeMap<(String, usize), Vec<usize>> = BTreeMap::new();
    for (row, d) in found.iter().enumerate() {
        by_visit
            .entry((d.folder.chart.fixmedins_code.to_string() + &d.folder.chart.visits[d.visit].record.mdtrt_id, d.visit))
            .or_default()
            .push(row);
    }
    for rows in by_visit.into_values() {
        let of_visit = rows[0];
        let mut missing: Vec<String> = Vec::new();
        let mut hits = Vec::new();
        let mut exempted = None;
        let mut seen = false;
        for row in rows {
            match (answers.tri("scope", row, Tri::Yes), answers.tri("hit", row, Tri::Unknown)) {
                (Tri::No, _) => continue,
                _ if !found[row].point.decides => missing.push(NOT_REVIEWED.to_owned()),
                (Tri::Unknown, _) => missing.extend(answers.missing("scope", row)),
                (Tri::Yes, Tri::Unknown) => missing.extend(answers.missing("hit", row)),
                (Tri::Yes, Tri::No) => {}
                (Tri::Yes, Tri::Yes) => match lifted(rule, &answers, row) {
                    Lifted::Stands => hits.push(row),
                    Lifted::Falls(exception) => exempted = Some((row, exception)),
                    Lifted::Unknown(names) => missing.extend(names),
                },
            }
            seen = true;
        }
        if let Some(first) = hits.first() {
            sink.hit(number, draft(program, number, &found, &hits, views[*first], grade(rule, &answers, *first)).finding());
        } else if !missing.is_empty() {
            let missing = named(missing);
            let first = &found[of_visit];
            sink.undecided(number, &missing, || undecided(rule.code(), first, &missing));
        } else if let Some((row, exception)) = exempted {
            sink.exempt(number, exception, |by| undecided(rule.code(), &found[row], by));
        } else if seen {
            sink.clear(number);
        }
    }
    Ok(())
}

fn draft<'a>(
    program: &'a Program,
    number: usize,
    found: &[Diagnosed<'_>],
    hits: &[usize],
    view: View<'a>,
    grade: (rulebook::Grade, Option<String>),
) -> Draft<'a> {
    let first = &found[hits[0]];
    let visit = &first.folder.chart.visits[first.visit];
    let shown: Vec<String> = hits
        .iter()
        .map(|row| {
            let d = found[*row].diagnosis;
            format!("{}（{}）", d.diag_name.as_deref().unwrap_or("诊断"), d.diag_code)
        })
        .collect();
    Draft {
        program,
        rule: &program.rules[number],
        view,
        subject: "visit",
        key: format!("{}|{}", first.folder.chart.fixmedins_code, first.folder.chart.stays[visit.stay].id),
        who: Who::of(&first.folder.chart.fixmedins_code, visit),
        charged: Vec::new(),
        related: Vec::new(),
        related_lines: Vec::new(),
        occurred_on: visit.record.begntime.day(),
        grade,
        no_amount: false,
        quantity_excess: None,
        arithmetic: Vec::new(),
        notes: Vec::new(),
        words: vec![("diagnoses", shown.join("、"))],
    }
}

fn undecided(rule: &str, d: &Diagnosed<'_>, missing: &str) -> Undecided {
    let visit = &d.folder.chart.visits[d.visit].record;
    Undecided {
        rule_code: rule.to_owned(),
        subject: "visit".to_owned(),
        fixmedins_code: Some(d.folder.chart.fixmedins_code.to_string()),
        psn_no: Some(visit.psn_no.to_string()),
        mdtrt_id: Some(visit.mdtrt_id.to_string()),
        line_id: None,
        item: Some(d.diagnosis.diag_code.to_string()),
        period: None,
        trace: None,
        reason: reason(missing),
        missing_fact: missing.to_owned(),
    }
}
