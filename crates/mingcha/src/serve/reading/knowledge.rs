//! Knowledge as pages show it: the tables of the pack in force, and the files that were brought in.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Result;
use claims::Text;
use rulebook::{Pack, Point, Rule};
use web::reading::{KnowledgeChange, KnowledgeChanges, KnowledgeImport, PointCard, Points, PointsAsked, TableCard};

use crate::knowledge::diff::{Change, compare};
use crate::knowledge::row;
use crate::knowledge::store::{Entry, Store};
use crate::pack::RulesArguments;
use crate::rule::book::shelf::tables_of;

fn named(rule: &Rule) -> (String, String) {
    (rule.code.clone(), rule.name.clone())
}

pub(super) fn tables(pack: &Pack) -> Vec<TableCard> {
    let mut cards: HashMap<&str, TableCard> = HashMap::new();
    for point in pack.knowledge.points() {
        let card = cards.entry(&point.table).or_default();
        card.points += 1;
        card.reviewed += usize::from(point.is_reviewed());
        card.regional += usize::from(point.region.is_some());
    }
    for rule in &pack.rules {
        for table in tables_of(rule).into_iter().collect::<HashSet<_>>() {
            cards.entry(table).or_default().rules.push(named(rule));
        }
    }
    let card = |descriptor: &rulebook::knowledge::Descriptor| TableCard {
        table: descriptor.table.clone(),
        name: descriptor.name.clone(),
        ..cards.remove(descriptor.table.as_str()).unwrap_or_default()
    };
    pack.knowledge.descriptors().map(card).collect()
}

pub(super) fn points(pack: &Pack, asked: &PointsAsked) -> Points {
    let feeding: Option<HashSet<&Text>> = asked.rule.as_deref().map(|code| {
        let rule = pack.rule(code);
        rule.into_iter().flat_map(|rule| pack.knowledge.feeding(rule)).map(|point| &point.id).collect()
    });
    let wanted = |point: &&Point| {
        asked.table.as_deref().is_none_or(|table| &*point.table == table)
            && feeding.as_ref().is_none_or(|ids| ids.contains(&point.id))
            && asked.on.is_none_or(|day| point.in_force(day))
            && asked.file.as_deref().is_none_or(|label| is_from(point, label))
            && (!asked.unreviewed || !point.is_reviewed())
            && asked.words.as_deref().is_none_or(|words| speaks_of(point, words))
    };
    let found: Vec<&Point> = pack.knowledge.points().iter().filter(wanted).collect();
    let rows = found.iter().skip(asked.skip).take(asked.most).map(|point| card(pack, point));
    Points { total: found.len(), rows: rows.collect() }
}

/// Whether a point came from a file; a workbook's points name the sheet too.
fn is_from(point: &Point, label: &str) -> bool {
    point.file.strip_prefix(label).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}

fn speaks_of(point: &Point, words: &str) -> bool {
    let code = words.to_ascii_uppercase();
    let texts = [Some(&point.name), point.constraint.as_ref(), point.citation.as_ref(), point.note.as_ref()];
    *point.id == *words
        || point.keys.iter().any(|key| key.starts_with(code.as_str()))
        || texts.into_iter().flatten().any(|text| text.contains(words))
}

/// A point as a row; who judges by it is asked for its own page only.
fn card(pack: &Pack, point: &Point) -> PointCard {
    let text = |text: &Option<Text>| text.as_deref().unwrap_or_default().to_owned();
    let by = text(&point.reviewed_by);
    PointCard {
        id: point.id.to_string(),
        table: point.table.to_string(),
        table_name: pack.knowledge.descriptor(&point.table).map(|table| table.name.clone()).unwrap_or_default(),
        name: point.name.to_string(),
        codes: point.keys.iter().map(ToString::to_string).collect(),
        values: row::values(&pack.knowledge, point),
        period: row::period(point),
        region: text(&point.region),
        constraint: text(&point.constraint),
        citation: text(&point.citation),
        reviewed: point.reviewed_on.map_or_else(|| by.clone(), |day| format!("{by}，{day}")),
        note: text(&point.note),
        source: format!("{} 第 {} 行", point.file, point.row),
        succession: point.succession.iter().map(ToString::to_string).collect(),
        rules: Vec::new(),
        readers: Vec::new(),
    }
}

pub(super) fn point(pack: &Pack, id: &str) -> Option<PointCard> {
    let point = pack.knowledge.point(id)?;
    let judges = |rule: &&Rule| pack.knowledge.feeding(rule).any(|fed| fed.id == point.id);
    let reads = |rule: &&Rule| rule.logic.kind.further_tables().contains(&&*point.table);
    let mut card = card(pack, point);
    card.rules = pack.rules.iter().filter(judges).map(named).collect();
    card.readers = pack.rules.iter().filter(reads).map(named).collect();
    Some(card)
}

/// The newest first.
pub(super) fn imports(pack: &Pack, entries: &[Entry]) -> Vec<KnowledgeImport> {
    entries.iter().enumerate().rev().map(|(place, entry)| import(pack, place + 1, entry)).collect()
}

fn import(pack: &Pack, number: usize, entry: &Entry) -> KnowledgeImport {
    KnowledgeImport {
        number,
        name: entry.name.clone(),
        label: entry.label.clone(),
        at: entry.imported_at.clone(),
        digest: entry.digest.clone(),
        points: pack.knowledge.points().iter().filter(|point| is_from(point, &entry.label)).count(),
        refused: entry.refused.len(),
    }
}

/// Brings in anew all that came before the file, then the file itself, and compares.
pub(super) fn changes(
    lake: &Path,
    rules: &RulesArguments,
    now: &Pack,
    entries: &[Entry],
    number: usize,
) -> Result<Option<KnowledgeChanges>> {
    let Some((earlier, entry)) =
        number.checked_sub(1).and_then(|place| Some((&entries[..place.min(entries.len())], entries.get(place)?)))
    else {
        return Ok(None);
    };
    let (store, mut pack) = (Store::of(lake), rules.load()?.pack);
    earlier.iter().try_for_each(|entry| store.apply(entry, &mut pack))?;
    let before = pack.knowledge.clone();
    store.apply(entry, &mut pack)?;
    let found = compare(&before, &pack.knowledge);
    let change = |change: Change| KnowledgeChange {
        id: change.id,
        name: change.name,
        before: change.before.unwrap_or_default(),
        after: change.after.unwrap_or_default(),
    };
    let all = |changes: Vec<Change>| changes.into_iter().map(change).collect();
    Ok(Some(KnowledgeChanges {
        import: import(now, number, entry),
        added: all(found.added),
        ended: all(found.ended),
        changed: all(found.changed),
        unchanged: found.unchanged,
        refused: entry.refused.clone(),
    }))
}
