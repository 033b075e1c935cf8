//! Deliveries as pages show them: kept reports, and the rows in quarantine.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use web::reading::{Delivered, DeliveredFault, DeliveredTable, FaultPlace, RefusedAsked, RefusedPage, RefusedRow};

use crate::files;
use crate::imports::{self, Kept};

/// Columns that say when something was done, the most telling first.
const TIMES: [&str; 3] = ["fee_ocur_time", "setl_time", "begntime"];

/// The newest first.
pub(super) fn deliveries(lake: &Path) -> Result<Vec<Delivered>> {
    Ok(imports::all(lake)?.into_iter().map(delivered).collect())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn delivered(kept: Kept) -> Delivered {
    let Kept { number: place, imported_at, report } = kept;
    let table = |(name, rows): (&String, &Value)| DeliveredTable {
        table: claims::table::table(name).map_or_else(|| name.clone(), |table| format!("{}（{name}）", table.zh)),
        rows: ["rows_read", "rows_loaded", "rows_rejected", "rows_duplicate", "rows_revised"].map(|field| number(&rows[field])),
        amount_fen: ["amount_read_fen", "amount_loaded_fen"].map(|field| rows[field].as_i64().unwrap_or_default()),
    };
    Delivered {
        number: place,
        delivery: report["delivery"].as_i64(),
        at: imported_at,
        loaded: report["loaded"].as_bool().unwrap_or_default(),
        files: each(&report["files"]).map(|file| (text(&file["file"]), text(&file["source"]), number(&file["rows"]))).collect(),
        tables: report["tables"].as_object().into_iter().flatten().map(table).collect(),
        faults: each(&report["faults"]).map(fault).collect(),
        acceptance: each(&report["acceptance"])
            .map(|check| (number(&check["number"]), text(&check["name"]), check["pass"].as_bool(), text(&check["detail"])))
            .collect(),
        warnings: each(&report["warnings"]).map(text).collect(),
    }
}

fn fault(fault: &Value) -> DeliveredFault {
    DeliveredFault {
        check: text(&fault["check"]),
        name: text(&fault["name"]),
        severity: text(&fault["severity"]),
        table: text(&fault["table"]),
        count: number(&fault["count"]),
        hint: text(&fault["hint"]),
        examples: each(&fault["examples"]).map(place).collect(),
    }
}

fn place(value: &Value) -> FaultPlace {
    FaultPlace {
        file: text(&value["file"]),
        row: number(&value["row"]),
        column: text(&value["column"]),
        value: text(&value["value"]),
        message: text(&value["message"]),
    }
}

/// Reads what is in quarantine row by row, and keeps the page that is asked for.
pub(super) fn refused(lake: &Path, asked: &RefusedAsked) -> Result<RefusedPage> {
    let mut page = RefusedPage::default();
    let mut by_place: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut by_check: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (delivery, path) in
        quarantined(lake)?.into_iter().filter(|(delivery, _)| asked.delivery.is_none_or(|asked| asked == *delivery))
    {
        let file = File::open(&path).with_context(|| format!("无法读取 {}", path.display()))?;
        for line in BufReader::new(zstd::Decoder::new(file)?).lines() {
            let row = row(delivery, &serde_json::from_str(&line?)?);
            if !asked.wants(&row) {
                continue;
            }
            page.total += 1;
            *by_place.entry((row.institution.clone(), row.month.clone())).or_default() += 1;
            *by_check.entry((row.check.clone(), row.name.clone())).or_default() += 1;
            if page.total > asked.skip && page.rows.len() < asked.most {
                page.rows.push(row);
            }
        }
    }
    page.by_place = by_place.into_iter().map(|((institution, month), rows)| (institution, month, rows)).collect();
    page.by_check = by_check.into_iter().map(|((check, name), rows)| (check, name, rows)).collect();
    Ok(page)
}

/// Files of refused rows by the number of their delivery, the newest first.
fn quarantined(lake: &Path) -> Result<Vec<(i64, PathBuf)>> {
    let folder = lake.join("quarantine");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found: Vec<(i64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("无法打开目录 {}", folder.display()))? {
        let folder = entry?.path();
        let file = folder.join("rejected.jsonl.zst");
        found.extend(files::name(&folder).parse().ok().filter(|_| file.is_file()).map(|number: i64| (number, file)));
    }
    found.sort_by(|a, b| b.cmp(a));
    Ok(found)
}

fn row(delivery: i64, refusal: &Value) -> RefusedRow {
    let raw = |name: &str| {
        let mut fields = refusal["raw"].as_object().into_iter().flatten();
        fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| text(value)).unwrap_or_default()
    };
    RefusedRow {
        delivery,
        check: text(&refusal["check"]),
        name: text(&refusal["name"]),
        table: text(&refusal["table"]),
        institution: raw("fixmedins_code"),
        month: TIMES.iter().find_map(|time| month(&raw(time))).unwrap_or_default(),
        place: place(refusal),
        hint: text(&refusal["hint"]),
    }
}

/// The month of a time as it was delivered, `2026-03-02 09:00:00` or `20260302`; none where it cannot be read.
fn month(time: &str) -> Option<String> {
    let digits: String = time.chars().take(10).filter(char::is_ascii_digit).collect();
    let (year, month): (u32, u32) = (digits.get(..4)?.parse().ok()?, digits.get(4..6)?.parse().ok()?);
    let fits = digits.len() == 8 && (1900..2100).contains(&year) && (1..=12).contains(&month);
    fits.then(|| format!("{year:04}-{month:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_as_they_are_delivered_or_not_at_all() {
        for (time, expected) in [
            ("2026-03-02 09:00:00", Some("2026-03")),
            ("20260302", Some("2026-03")),
            ("2026/03/02", Some("2026-03")),
            ("2026-13-02", None),
            ("三月", None),
            ("", None),
        ] {
            assert_eq!(month(time).as_deref(), expected, "{time}");
        }
    }
}
