//! The published knowledge points of batches 1–8 load as data, and agree with a second, independent reading of them; the typical
//! problems agree with the national lists.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use super::bench::Bench;
use super::medimodel::{CLASSES, Class, REMARKS, Reading, gather, own};
use super::problem_list;
use super::report::plain;
use super::shared;

const POINTS: i64 = 2_693;

pub(super) fn check(bench: &mut Bench<'_>) -> Result<()> {
    let text = shared::gunzip(&bench.data("nhsa_two_libraries/dev_batches_01_08.json.gz")?)?;
    let published: Vec<Value> = serde_json::from_str(&text).context("the published batches are no JSON array")?;
    let batches = bench.folder("batches")?.join("dev_batches_01_08.json");
    std::fs::write(&batches, &text)?;
    let lake = bench.folder("lake")?;
    let (from, at) = (batches.display().to_string(), lake.display().to_string());
    let report = bench.mingcha.run(&["knowledge", "import", &from, "--lake", &at, "--json"])?.done(&[0, 1])?.json()?;
    loaded(bench, &report, &published);

    let listed = bench.mingcha.run(&["knowledge", "list", "--lake", &at, "--json"])?.done(&[0])?.json()?;
    let rows = listed.as_array().context("`knowledge list --json` is no array")?;
    let ours = by_class(rows, &published);
    for class in CLASSES.iter().chain(&REMARKS) {
        compare(bench, class, &ours)?;
    }
    problem_list::check(bench)
}

fn loaded(bench: &mut Bench<'_>, report: &Value, published: &[Value]) {
    let number = |key: &str| report[key].as_i64().unwrap_or(-1);
    bench.equal("points read", number("points_read"), POINTS);
    // One published row is a note on excepted persons, without any code: it may be refused, by name.
    let notes = published.iter().filter(|point| point["med_codes"].as_array().is_none_or(Vec::is_empty)).count();
    let (loaded, rejected) = (number("points_loaded"), number("points_rejected"));
    let whole = loaded + rejected == POINTS && usize::try_from(rejected).is_ok_and(|rejected| rejected <= notes);
    bench.holds(
        "points loaded",
        format!("{loaded} loaded, {rejected} rejected"),
        format!("{POINTS}, at most {notes} rejected"),
        whole,
    );
}

/// Our rows by published class: the id of a point is the published one, and the class stands beside it there.
fn by_class<'a>(rows: &'a [Value], published: &[Value]) -> BTreeMap<String, Vec<&'a Value>> {
    let classes: BTreeMap<String, String> =
        published.iter().map(|point| (plain(&point["kp_id"]), plain(&point["rule_class"]))).collect();
    let mut sorted: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        if let Some(class) = own(row, "id").and_then(|id| classes.get(&id)) {
            sorted.entry(class.clone()).or_default().push(row);
        }
    }
    sorted
}

fn compare(bench: &mut Bench<'_>, class: &Class, ours: &BTreeMap<String, Vec<&Value>>) -> Result<()> {
    let title = class.names.join("、");
    let theirs = class.read(bench)?;
    let rows: Vec<&Value> = class.names.iter().filter_map(|name| ours.get(*name)).flatten().copied().collect();
    let mine = gather(rows.iter().flat_map(|row| keys(row).into_iter().map(|key| (key, (class.ours)(row)))).collect());
    let only_mine = mine.keys().filter(|code| !theirs.contains_key(*code)).count();
    let only_theirs = theirs.keys().filter(|code| !mine.contains_key(*code)).count();
    let measured = format!("{} codes, {only_mine} only here, {only_theirs} only there", mine.len());
    bench.holds(&format!("{title}: codes"), measured, format!("the same {}", theirs.len()), only_mine + only_theirs == 0);

    let differing = differing(&mine, &theirs);
    let silent = differing.iter().filter(|code| !has_note(&rows, code)).count();
    for (difference, codes) in by_row(&rows, &differing, &mine, &theirs) {
        bench.note(&format!("{title}: {difference} ({codes} codes)"));
    }
    let measured = format!("{} differ, {silent} of them without a note", differing.len());
    bench.holds(&format!("{title}: deciding values"), measured, "each difference noted in its row", silent == 0);
    Ok(())
}

fn differing<'a>(mine: &'a Reading, theirs: &Reading) -> Vec<&'a String> {
    // Where the second reading states no value, there is nothing to compare.
    mine.iter()
        .filter(|(code, values)| theirs.get(*code).is_some_and(|other| !other.is_empty() && other != *values))
        .map(|(code, _)| code)
        .collect()
}

/// Differences by the row they stand in, with the number of its codes: a drug's codes differ together or not at all.
fn by_row(rows: &[&Value], differing: &[&String], mine: &Reading, theirs: &Reading) -> BTreeMap<String, usize> {
    let mut differences = BTreeMap::new();
    for row in rows {
        let text = |column: &str| own(row, column).unwrap_or_default();
        for code in keys(row).iter().filter(|code| differing.contains(code)) {
            let values = |reading: &Reading| reading[code].iter().cloned().collect::<Vec<_>>().join(" or ");
            let (here, there) = (values(mine), values(theirs));
            let line = format!("{} {}: here {here}, there {there}; {}", text("id"), text("name"), text("note"));
            *differences.entry(line).or_insert(0) += 1;
        }
    }
    differences
}

fn has_note(rows: &[&Value], code: &str) -> bool {
    let mut of_code = rows.iter().filter(|row| keys(row).iter().any(|key| key == code)).peekable();
    of_code.peek().is_some() && of_code.any(|row| own(row, "note").is_some())
}

/// The codes a row is matched by; for a pair, both in order.
fn keys(row: &Value) -> Vec<String> {
    if let (Some(a), Some(b)) = (own(row, "item_a"), own(row, "item_b")) {
        return vec![format!("{a}×{b}")];
    }
    match &row["codes"] {
        Value::Array(codes) => codes.iter().map(plain).collect(),
        other => plain(other).split(';').map(|code| code.trim().to_owned()).filter(|code| !code.is_empty()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn codes_are_read_from_lists_texts_and_pairs() {
        assert_eq!(keys(&json!({ "codes": ["a", "b"] })), ["a", "b"]);
        assert_eq!(keys(&json!({ "codes": "a; b" })), ["a", "b"]);
        assert_eq!(keys(&json!({ "item_a": "a", "item_b": "b" })), ["a×b"]);
    }

    #[test]
    fn a_difference_needs_a_value_on_both_sides() {
        let reading = |pairs: &[(&str, Option<&str>)]| {
            gather(pairs.iter().map(|(code, value)| ((*code).to_owned(), value.map(str::to_owned))).collect())
        };
        let mine = reading(&[("a", Some("1")), ("b", Some("1")), ("c", Some("1"))]);
        let theirs = reading(&[("a", Some("1")), ("b", Some("2")), ("c", None)]);
        assert_eq!(differing(&mine, &theirs), ["b"]);
    }

    #[test]
    fn rows_are_sorted_by_the_class_published_with_their_id() {
        let rows = [json!({ "id": "KP-1" }), json!({ "id": "own-1" })];
        let published = [json!({ "kp_id": "KP-1", "rule_class": "药品区分性别使用" })];
        let sorted = by_class(&rows, &published);
        assert_eq!(sorted["药品区分性别使用"].len(), 1);
        assert_eq!(sorted.len(), 1);
    }
}
