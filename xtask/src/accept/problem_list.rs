//! The typical problems agree with the national lists item by item, and copy none of their sentences.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use super::bench::Bench;
use super::medimodel::own;
use super::report::plain;
use super::shared;

const ITEMS: usize = 236;
/// Two headings carry no item.
const HEADINGS: usize = 25;
/// As many signs on end as are no longer a name both would use.
const COPIED: usize = 12;

/// List, domain, number.
type Place = (String, String, i64);

/// An item of the lists.
struct Item {
    place: Place,
    sentence: String,
}

pub(super) fn check(bench: &mut Bench<'_>) -> Result<()> {
    let text = shared::gunzip(&bench.data("nhsa_two_libraries/kb1_problem_lists.json.gz")?)?;
    let lists: Value = serde_json::from_str(&text).context("the problem lists are no JSON")?;
    let headings = lists["domains"].as_array().context("the problem lists have no domains")?;
    let items: Vec<Item> = headings.iter().flat_map(items).collect();
    bench.equal("problem lists: headings", headings.len(), HEADINGS);
    bench.equal("problem lists: items", items.len(), ITEMS);

    let listed = bench.mingcha.run(&["knowledge", "list", "--table", "problem_list", "--json"])?.done(&[0])?.json()?;
    let rows = listed.as_array().context("`knowledge list --json` is no array")?;
    let theirs: BTreeSet<&Place> = items.iter().map(|item| &item.place).collect();
    let ours: Vec<Place> = rows.iter().map(place).collect();
    let only_ours = ours.iter().filter(|place| !theirs.contains(place)).count();
    let only_theirs = theirs.iter().filter(|place| !ours.contains(place)).count();
    let same = ours.len() == items.len() && only_ours + only_theirs == 0;
    let measured = format!("{} rows, {only_ours} only here, {only_theirs} only there", ours.len());
    bench.holds("problem lists: list, domain and number", measured, format!("the same {}", theirs.len()), same);

    let sentences: Vec<String> = items.iter().map(|item| bare(&item.sentence)).collect();
    let copies: Vec<String> = rows.iter().filter_map(|row| copied(row, &sentences)).collect();
    for copy in &copies {
        bench.note(&format!("problem lists: copied words: {copy}"));
    }
    bench.equal("problem lists: rows with a list's own words", copies.len(), 0);
    Ok(())
}

/// The items under a heading; an item without a number has its place under the heading for one, as our rows do.
fn items(heading: &Value) -> Vec<Item> {
    let list: String = plain(&heading["version"]).chars().take_while(char::is_ascii_digit).collect();
    // The crawl wrote some domains with 类 and some without.
    let domain = plain(&heading["domain"]).trim_end_matches('类').to_owned();
    let item = |(index, item): (usize, &Value)| {
        let number = item["no"].as_i64().or_else(|| i64::try_from(index + 1).ok()).unwrap_or_default();
        Item { place: (list.clone(), domain.clone(), number), sentence: plain(&item["text"]) }
    };
    heading["items"].as_array().map(|items| items.iter().enumerate().map(item).collect()).unwrap_or_default()
}

fn place(row: &Value) -> Place {
    let text = |column: &str| own(row, column).unwrap_or_default();
    (text("list"), text("domain"), text("number").parse().unwrap_or_default())
}

/// The first words of a row that stand in a sentence of the lists, or are one.
fn copied(row: &Value, sentences: &[String]) -> Option<String> {
    let id = own(row, "id").unwrap_or_default();
    ["name", "how", "note"].iter().filter_map(|column| own(row, column)).find_map(|text| {
        let signs: Vec<char> = bare(&text).chars().collect();
        let whole: String = signs.iter().collect();
        let is_sentence = sentences.contains(&whole);
        let mut runs = signs.windows(COPIED).map(|run| run.iter().collect::<String>());
        let taken = runs.find(|run| sentences.iter().any(|sentence| sentence.contains(run.as_str())));
        taken.or_else(|| is_sentence.then_some(whole)).map(|words| format!("{id}: {words}"))
    })
}

/// Without spaces and punctuation, so that a comma more hides nothing.
fn bare(text: &str) -> String {
    text.chars().filter(|sign| sign.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_without_a_number_counts_under_its_heading() {
        let heading =
            json!({ "version": "2025版", "domain": "手术类", "items": [{ "no": 180, "text": "甲" }, { "text": "乙" }] });
        let places: Vec<Place> = items(&heading).into_iter().map(|item| item.place).collect();
        assert_eq!(places, [("2025".into(), "手术".into(), 180), ("2025".into(), "手术".into(), 2)]);
    }

    #[test]
    fn copied_words_are_found_through_punctuation_and_short_names_are_not() {
        let sentences = [bare("甲乙丙丁，戊己庚辛（壬癸）子丑寅卯。"), bare("子丑寅。")];
        let row = |name: &str| json!({ "id": "p-1", "name": name });
        assert_eq!(copied(&row("说：甲乙丙丁戊己 庚辛壬癸子丑"), &sentences).as_deref(), Some("p-1: 甲乙丙丁戊己庚辛壬癸子丑"));
        assert_eq!(copied(&row("甲乙丙丁戊己"), &sentences), None);
        assert!(copied(&row("子丑寅"), &sentences).is_some());
    }
}
