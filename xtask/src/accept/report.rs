//! Reading reports as the contract shapes them, and money without floats.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// A scalar as text, without quotes.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Decimal yuan to fen, exactly; none for anything else, a third decimal other than 0 included.
pub(super) fn fen(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let (cents, rest) = part.split_at_checked(2).unwrap_or((part, ""));
    if !rest.bytes().all(|digit| digit == b'0') {
        return None;
    }
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    let whole: i64 = whole.parse().ok()?;
    whole.checked_mul(100)?.checked_add(cents).map(|fen| sign * fen)
}

/// The entry of one name in a list of objects or in an object of objects: reports may print either.
pub(super) fn entry<'a>(report: &'a Value, list: &str, names: &[&str], wanted: &str) -> Option<&'a Value> {
    match &report[list] {
        Value::Object(entries) => entries.get(wanted),
        Value::Array(entries) => entries.iter().find(|entry| names.iter().any(|name| plain(&entry[*name]) == wanted)),
        _ => None,
    }
}

/// A count of one table in an import report.
pub(super) fn table_count(report: &Value, table: &str, column: &str) -> Option<i64> {
    entry(report, "tables", &["table", "name"], table)?[column].as_i64()
}

/// An acceptance check of the inspection extract by its number.
pub(super) fn acceptance(report: &Value, number: i64) -> Option<&Value> {
    let numbered = |check: &&Value| ["number", "no", "check", "code"].iter().any(|key| plain(&check[*key]) == number.to_string());
    report["acceptance"].as_array()?.iter().find(numbered)
}

/// A measured share in percent: `0.0325`, `3.25`, or `"3.25 %"`.
pub(super) fn percent(value: &Value) -> Option<f64> {
    let text = plain(value);
    let number: f64 = text.trim_end_matches('%').trim().parse().ok()?;
    let is_share = !text.ends_with('%') && number.abs() < 1.0;
    Some(if is_share { number * 100.0 } else { number })
}

/// One rule's counts in `run.json`.
pub(super) struct RuleCounts {
    pub(super) code: String,
    pub(super) rows: i64,
    pub(super) hit: i64,
    pub(super) clear: i64,
    pub(super) undecided: i64,
}

/// The `run.json` in the folder of a run.
pub(super) fn report_of_run(out: &Path) -> Result<Value> {
    let path = out.join("run.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}

/// The rules of a run, from the `run.json` in its folder.
pub(super) fn rules_of_run(out: &Path) -> Result<Vec<RuleCounts>> {
    let report = report_of_run(out)?;
    let rules = match &report["rules"] {
        Value::Array(rules) => rules.iter().map(|rule| (String::new(), rule)).collect(),
        Value::Object(rules) => rules.iter().map(|(code, rule)| (code.clone(), rule)).collect(),
        _ => Vec::new(),
    };
    rules.into_iter().map(|(code, rule)| counts(code, rule)).collect()
}

fn counts(code: String, rule: &Value) -> Result<RuleCounts> {
    let code = ["rule_code", "code"].iter().find_map(|key| rule[*key].as_str()).map_or(code, str::to_owned);
    let number = |key: &str| rule[key].as_i64().with_context(|| format!("run.json: {code} has no `{key}`"));
    let undecided = match &rule["undecided"] {
        Value::Object(reasons) => reasons.values().filter_map(Value::as_i64).sum(),
        other => other.as_i64().unwrap_or(0),
    };
    Ok(RuleCounts { rows: number("rows")?, hit: number("hit")?, clear: number("clear")?, undecided, code })
}

/// A finding, as far as the checks look at it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FoundRow {
    pub(super) finding_id: String,
    pub(super) rule_code: String,
    pub(super) grade: String,
    pub(super) digest: String,
    pub(super) amount_fen: String,
    pub(super) fund_amount_fen: String,
}

/// The findings in CSV text.
pub(super) fn findings(text: &str) -> Result<Vec<FoundRow>> {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers()?.clone();
    let place = |name: &str| {
        headers.iter().position(|header| header == name).with_context(|| format!("findings have no column `{name}`"))
    };
    let places = [
        place("finding_id")?,
        place("rule_code")?,
        place("grade")?,
        place("digest")?,
        place("amount_fen")?,
        place("fund_amount_fen")?,
    ];
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let [finding_id, rule_code, grade, digest, amount_fen, fund_amount_fen] =
            places.map(|at| record.get(at).unwrap_or_default().to_owned());
        rows.push(FoundRow { finding_id, rule_code, grade, digest, amount_fen, fund_amount_fen });
    }
    Ok(rows)
}

/// The findings that a run exported with `--csv`.
pub(super) fn findings_of_run(out: &Path) -> Result<Vec<FoundRow>> {
    let path = out.join("findings.csv");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    findings(&text)
}

/// Ids that occur more than once.
pub(super) fn doubled(rows: &[FoundRow]) -> usize {
    let distinct: BTreeSet<&str> = rows.iter().map(|row| row.finding_id.as_str()).collect();
    rows.len() - distinct.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yuan_becomes_fen_exactly() {
        assert_eq!(fen("1219867.22"), Some(121_986_722));
        assert_eq!(fen("408297020"), Some(40_829_702_000));
        assert_eq!(fen("-0.5"), Some(-50));
        assert_eq!(fen("1.2300"), Some(123));
        assert_eq!(fen("1.234"), None);
        assert_eq!(fen("1e3"), None);
    }

    #[test]
    fn tables_are_found_in_a_list_and_in_an_object() {
        let list = json!({ "tables": [{ "table": "setl_d", "rows_loaded": 3 }] });
        let object = json!({ "tables": { "setl_d": { "rows_loaded": 3 } } });
        assert_eq!(table_count(&list, "setl_d", "rows_loaded"), Some(3));
        assert_eq!(table_count(&object, "setl_d", "rows_loaded"), Some(3));
        assert_eq!(table_count(&list, "mdtrt_d", "rows_loaded"), None);
    }

    #[test]
    fn an_acceptance_check_is_found_by_its_number() {
        let report = json!({ "acceptance": [{ "number": 13, "pass": true }, { "number": 3, "pass": false }] });
        assert_eq!(acceptance(&report, 3).map(|check| check["pass"].clone()), Some(json!(false)));
    }

    #[test]
    fn a_share_is_read_as_percent_however_it_is_written() {
        for value in [json!(0.0325), json!(3.25), json!("3.25 %"), json!("3.25%")] {
            assert!(percent(&value).is_some_and(|percent| (percent - 3.25).abs() < 1e-9), "{value}");
        }
    }

    #[test]
    fn doubled_findings_are_counted() {
        let header = "finding_id,rule_code,grade,digest,amount_fen,fund_amount_fen\n";
        let rows = findings(&format!("{header}a,R,violation,d,1,1\na,R,violation,d,1,1\nb,R,hint,d,1,\n")).expect("lawful CSV");
        assert_eq!(doubled(&rows), 1);
        assert_eq!(rows[2].fund_amount_fen, "");
    }
}
