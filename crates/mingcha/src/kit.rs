//! The kit（自查工具包）by which an institution judges its own claims as the bureau would: what its rules say, with the knowledge of the
//! region. What it holds is decided here, whoever hands it over.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use casework::{Publication, UserId};
use rulebook::{Knowledge, Point};
use serde_json::Value;
use store::PackFile;

use crate::files;
use crate::knowledge::row;
use crate::pack::{BESIDE, Loaded, RulesArguments, shipped};
use crate::published::{Published, all_files};

/// Tables beside the catalogues of knowledge (`kp_`) that speak of no person, doctor or institution. The others are registers, which are
/// nobody's business but the bureau's: rules that read them answer undecided.
const PLAIN: [&str; 3] = ["calendar", "line_role", "price_catalog"];

/// Columns that follow the own ones of a table.
const LAST: [&str; 13] = [
    "valid_from",
    "valid_to",
    "known_from",
    "supersedes",
    "region",
    "batch",
    "constraint",
    "remark_digest",
    "citation",
    "reviewed_by",
    "reviewed_on",
    "note",
    "rule",
];

/// Kit（自查工具包）: who stands for the pack, and its files.
pub(crate) struct Kit {
    /// What was published, without who did; where nobody published anything, the rules in force under their digest.
    pub(crate) publication: Publication,
    pub(crate) files: Vec<PackFile>,
}

/// The kit of some institutions, of what is in force.
pub(crate) fn kit(loaded: &Loaded, published: &Published, rules: &RulesArguments, institutions: &[String]) -> Result<Kit> {
    let mut files = all_files(loaded, published);
    for folder in rules.folders().iter().filter(|folder| !Published::lies_in(folder)) {
        files.extend(beside(folder)?);
    }
    files.extend(rows(&shipped()?.knowledge, &loaded.pack.knowledge, institutions)?);
    let nobody = UserId::new("");
    let publication = published.publication.clone().unwrap_or_else(|| Publication {
        number: 0,
        digest: loaded.pack.digest(),
        knowledge_digest: loaded.pack.knowledge_digest(),
        rules: loaded.pack.rules.len() as u64,
        parameters: loaded.pack.parameters.all().count() as u64,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        draft_id: String::new(),
        file: String::new(),
        authors: std::collections::BTreeSet::new(),
        proposed_by: nobody.clone(),
        reason: String::new(),
        published_by: nobody.clone(),
        published_at: String::new(),
    });
    // An institution has no business with who wrote and who published.
    let publication = Publication {
        authors: std::collections::BTreeSet::new(),
        proposed_by: nobody.clone(),
        published_by: nobody,
        reason: String::new(),
        draft_id: String::new(),
        ..publication
    };
    Ok(Kit { publication, files })
}

/// Rules, tables and exceptions that the site keeps in a folder of its own; rows of knowledge come with those in force.
fn beside(folder: &Path) -> Result<Vec<PackFile>> {
    let mut files = Vec::new();
    for file in files::under(&[folder.to_owned()])? {
        let inside = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().into_owned();
        if inside.ends_with(".toml") || inside.ends_with(".sql") {
            files.push((format!("{BESIDE}/{inside}"), files::text(&file)?));
        }
    }
    Ok(files)
}

/// Points in force that the program does not ship, or ships otherwise, as tables that the loader of rules reads.
fn rows(shipped: &Knowledge, known: &Knowledge, institutions: &[String]) -> Result<Vec<PackFile>> {
    let mut tables: BTreeMap<&str, Vec<&Point>> = BTreeMap::new();
    for point in known.points() {
        let is_plain = point.table.starts_with("kp_") || PLAIN.contains(&&*point.table);
        // What holds for one institution only is for that one.
        let of_another = point.region.as_deref().is_some_and(|region| {
            claims::code::region_of_institution(region).is_some() && !institutions.iter().any(|own| own == region)
        });
        if is_plain && !of_another && shipped.point(&point.id).is_none_or(|own| differs(own, point)) {
            tables.entry(&point.table).or_default().push(point);
        }
    }
    let table = |(table, points): (&str, Vec<&Point>)| {
        Ok((format!("{BESIDE}/knowledge/{table}/in-force.csv"), csv(known, table, &points)?))
    };
    tables.into_iter().map(table).collect()
}

/// Whether two points of one id say different things, wherever they stand.
fn differs(one: &Point, other: &Point) -> bool {
    let plain = |point: &Point| Point { file: "".into(), row: 0, succession: Vec::new(), ..point.clone() };
    plain(one) != plain(other)
}

fn csv(known: &Knowledge, table: &str, points: &[&Point]) -> Result<String> {
    let descriptor = known.descriptor(table).with_context(|| format!("没有名为 {table} 的知识表"))?;
    let own = descriptor.columns.keys().map(String::as_str);
    let header: Vec<&str> = ["id", "name", descriptor.key.as_str()].into_iter().chain(own).chain(LAST).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header)?;
    for point in points {
        let row = row::of(known, point);
        let cell = |column: &&str| match *column {
            "remark_digest" => point.remark_digest.as_deref().unwrap_or_default().to_owned(),
            key if key == descriptor.key => point.keys.join(";"),
            column => shown(row.get(column)),
        };
        writer.write_record(header.iter().map(cell))?;
    }
    Ok(String::from_utf8(writer.into_inner().context("没能写出知识表")?)?)
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(all)) => all.iter().map(|one| shown(Some(one))).collect::<Vec<_>>().join(";"),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use claims::Day;

    use super::*;
    use crate::knowledge::import::{Given, into_lake};
    use crate::published;

    /// What a hospital judges by is what the bureau judges by, to the last row of knowledge; registers stay at the bureau.
    #[test]
    fn a_kit_holds_the_knowledge_of_the_region_and_no_register() {
        let place = tempfile::tempdir().unwrap();
        let (lake, out) = (place.path().join("lake"), place.path().join("kit"));
        let given = Given { table: None, otherwise_from: Day::ymd(2026, 2, 1).unwrap() };
        let take = |name: &str, text: &str| {
            let file = place.path().join(name);
            std::fs::write(&file, text).unwrap();
            let report = into_lake(&lake, &[file], given, &RulesArguments::default()).unwrap();
            assert!(report.faults.is_empty(), "{}", report.first_fault());
        };
        take(
            "kp_drug_pay.csv",
            "id,rule,name,codes,visit_mode,valid_from,supersedes,region,citation\n\
             LOCAL-1,E25-013,ω-3鱼油脂肪乳注射液,XB05BAU005B002010101415,er_ip,2026-02-01,KP-eae83fbb982038e0,,示例文件，第一条\n\
             LOCAL-2,GZ10000101012000,某注射液,XC01AAA0042010105549;XC01AAA0042010305549,,2026-02-01,,9901,\"含,逗号\"\n",
        );
        let loaded = RulesArguments::default().load_with(&lake).unwrap();
        let made = kit(&loaded, &Published::default(), &RulesArguments::default(), &[]).unwrap();
        published::write(&out, &made.publication, &made.files).unwrap();
        let theirs = RulesArguments::of(vec![out]).load().unwrap();
        assert_eq!(theirs.faults.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
        assert_eq!(theirs.pack.digest(), loaded.pack.digest());
        assert_eq!(theirs.published.as_deref(), Some(loaded.pack.digest().as_str()));

        take("doctor_right.csv", "dr_code,tier\nD990101000001,1\n");
        let loaded = RulesArguments::default().load_with(&lake).unwrap();
        let made = kit(&loaded, &Published::default(), &RulesArguments::default(), &[]).unwrap();
        assert!(
            made.files.iter().any(|(name, text)| name == "beside/knowledge/kp_drug_pay/in-force.csv" && text.contains("LOCAL-2"))
        );
        assert!(made.files.iter().all(|(_, text)| !text.contains("D990101000001,")), "a register is nobody's business");
    }
}
